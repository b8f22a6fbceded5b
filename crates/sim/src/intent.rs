//! What an agent may want, and why.

use firesale_exchange::Cause;
use firesale_matching::{Pricing, TimeInForce, Trigger};
use firesale_types::{AssetId, Price, Qty, Side, SimTime, Usd, VenueId};

use crate::MarketId;

/// One wish of an agent; it becomes a message to a venue or to custody.
///
/// Built by a constructor and refined: `Intent::buy(qty).limit(price).slot(3).because(Cause::HEDGE)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent {
    pub(crate) market: Option<MarketId>,
    pub(crate) cause: Cause,
    pub(crate) action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Action {
    Place(Placement),
    Replace {
        slot: u16,
        price: Price,
        qty: Qty,
    },
    Cancel {
        slot: u16,
    },
    CancelAll,
    AddMargin {
        amount: Usd,
    },
    Deposit {
        venue: VenueId,
        asset: AssetId,
        amount: Usd,
    },
    Withdraw {
        venue: VenueId,
        asset: AssetId,
        amount: Usd,
        then: Option<VenueId>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    pub(crate) slot: u16,
    pub(crate) side: Side,
    pub(crate) qty: Qty,
    pub(crate) pricing: Pricing,
    pub(crate) tif: TimeInForce,
    pub(crate) post_only: bool,
    pub(crate) reduce_only: bool,
    pub(crate) display: Option<Qty>,
    pub(crate) trigger: Option<Trigger>,
}

impl Intent {
    const fn place(side: Side, qty: Qty) -> Self {
        Self {
            market: None,
            cause: Cause::SIGNAL,
            action: Action::Place(Placement {
                slot: 0,
                side,
                qty,
                pricing: Pricing::Market,
                tif: TimeInForce::Ioc,
                post_only: false,
                reduce_only: false,
                display: None,
                trigger: None,
            }),
        }
    }

    const fn other(action: Action) -> Self {
        Self {
            market: None,
            cause: Cause::SIGNAL,
            action,
        }
    }

    /// Buys `qty` at any price; refine with [`Self::limit`].
    #[must_use]
    pub const fn buy(qty: Qty) -> Self {
        Self::place(Side::Buy, qty)
    }

    /// Sells `qty` at any price; refine with [`Self::limit`].
    #[must_use]
    pub const fn sell(qty: Qty) -> Self {
        Self::place(Side::Sell, qty)
    }

    /// Trades `qty` on `side` at any price.
    #[must_use]
    pub const fn order(side: Side, qty: Qty) -> Self {
        Self::place(side, qty)
    }

    /// A market order to buy.
    #[must_use]
    pub const fn market_buy(qty: Qty) -> Self {
        Self::place(Side::Buy, qty)
    }

    /// A market order to sell.
    #[must_use]
    pub const fn market_sell(qty: Qty) -> Self {
        Self::place(Side::Sell, qty)
    }

    /// Changes price and open quantity of the order in `slot`.
    #[must_use]
    pub const fn replace(slot: u16, price: Price, qty: Qty) -> Self {
        Self::other(Action::Replace { slot, price, qty })
    }

    /// Takes back the order in `slot`.
    #[must_use]
    pub const fn cancel(slot: u16) -> Self {
        Self::other(Action::Cancel { slot })
    }

    /// Takes back all orders on the market's venue.
    #[must_use]
    pub const fn cancel_all() -> Self {
        Self::other(Action::CancelAll)
    }

    /// Moves free cash into the margin of the isolated position on the market.
    #[must_use]
    pub const fn add_margin(amount: Usd) -> Self {
        Self::other(Action::AddMargin { amount })
    }

    /// Sends money from the wallet to a venue.
    #[must_use]
    pub const fn deposit(venue: VenueId, asset: AssetId, amount: Usd) -> Self {
        Self::other(Action::Deposit {
            venue,
            asset,
            amount,
        })
    }

    /// Asks a venue to pay out to the wallet.
    #[must_use]
    pub const fn withdraw(venue: VenueId, asset: AssetId, amount: Usd) -> Self {
        Self::other(Action::Withdraw {
            venue,
            asset,
            amount,
            then: None,
        })
    }

    /// Asks a venue to pay out to another one.
    #[must_use]
    pub const fn transfer(from: VenueId, to: VenueId, asset: AssetId, amount: Usd) -> Self {
        Self::other(Action::Withdraw {
            venue: from,
            asset,
            amount,
            then: Some(to),
        })
    }

    /// On this market instead of the agent's own.
    #[must_use]
    pub const fn on(mut self, market: MarketId) -> Self {
        self.market = Some(market);
        self
    }

    /// For this reason (default: a signal).
    #[must_use]
    pub const fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    const fn refine(mut self, change: Refinement) -> Self {
        if let Action::Place(p) = &mut self.action {
            match change {
                Refinement::Limit(price, tif) => {
                    p.pricing = Pricing::Limit(price);
                    p.tif = tif;
                }
                Refinement::Slot(slot) => p.slot = slot,
                Refinement::PostOnly => p.post_only = true,
                Refinement::ReduceOnly => p.reduce_only = true,
                Refinement::Trigger(trigger) => p.trigger = Some(trigger),
                Refinement::Display(qty) => p.display = Some(qty),
            }
        }
        self
    }

    /// Rests at `price` until cancelled.
    #[must_use]
    pub const fn limit(self, price: Price) -> Self {
        self.refine(Refinement::Limit(price, TimeInForce::Gtc))
    }

    /// Rests at `price` until `end`.
    #[must_use]
    pub const fn limit_until(self, price: Price, end: SimTime) -> Self {
        self.refine(Refinement::Limit(price, TimeInForce::Gtd(end)))
    }

    /// Trades at once at `price` or better; the rest is cancelled.
    #[must_use]
    pub const fn at_worst(self, price: Price) -> Self {
        self.refine(Refinement::Limit(price, TimeInForce::Ioc))
    }

    /// In this order slot; an order keeps its slot until it is gone.
    #[must_use]
    pub const fn slot(self, slot: u16) -> Self {
        self.refine(Refinement::Slot(slot))
    }

    /// Only as a maker.
    #[must_use]
    pub const fn post_only(self) -> Self {
        self.refine(Refinement::PostOnly)
    }

    /// Only against an existing position.
    #[must_use]
    pub const fn reduce_only(self) -> Self {
        self.refine(Refinement::ReduceOnly)
    }

    /// Only once the trigger fires: a stop or take-profit.
    #[must_use]
    pub const fn when(self, trigger: Trigger) -> Self {
        self.refine(Refinement::Trigger(trigger))
    }

    /// As an iceberg that shows `qty`.
    #[must_use]
    pub const fn display(self, qty: Qty) -> Self {
        self.refine(Refinement::Display(qty))
    }
}

enum Refinement {
    Limit(Price, TimeInForce),
    Slot(u16),
    PostOnly,
    ReduceOnly,
    Trigger(Trigger),
    Display(Qty),
}
