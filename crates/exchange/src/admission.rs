//! What an order must have behind it when it arrives.

use firesale_matching::{OrderBook, OrderRequest, Pricing};
use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};

use crate::Refusal;
use crate::account::{Account, MarginMode, Position, worst};
use crate::instrument::Instrument;
use crate::ledger::fee_on;
use crate::limits::{MAX_BALANCE, MAX_NOTIONAL, MAX_PRICE, value};
use crate::spot::base_amount;
use crate::state::State;

/// An order, or the change that a replace makes, as the margin check sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intended {
    pub(crate) side: Side,
    /// Its quantity.
    pub(crate) qty: Qty,
    /// Its limit price; `None` for a market order.
    pub(crate) limit: Option<Price>,
    /// Resting quantity and limit price that it replaces.
    pub(crate) replaces: Option<(Qty, Price)>,
}

impl Intended {
    pub(crate) fn order(request: &OrderRequest) -> Self {
        Self {
            side: request.side,
            qty: request.qty,
            limit: match request.pricing {
                Pricing::Limit(price) => Some(price),
                Pricing::Market => None,
            },
            replaces: None,
        }
    }

    pub(crate) fn replaced_qty(&self) -> Qty {
        self.replaces.map_or(Qty::ZERO, |(qty, _)| qty)
    }
}

impl State {
    /// Checks an order that may open a position or spend a balance. The account has an entry for
    /// the instrument.
    ///
    /// # Errors
    /// [`Refusal::InsufficientMargin`] or [`Refusal::InsufficientBalance`].
    pub(crate) fn admit(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        order: &Intended,
        book: &OrderBook,
    ) -> Result<(), Refusal> {
        let key = self.key_of_order(account, instrument, order.side, false);
        let account = &self.accounts[account.index()];
        let Ok(at) = account.find(key) else {
            return Err(Refusal::Unknown);
        };
        let rules = &self.instruments[instrument.index()];
        let margin_price = worst_price(order, rules, book);
        let sizes = 1..=book.config().max_order_qty.0;
        if !sizes.contains(&order.qty.0) || !(1..=MAX_PRICE.0).contains(&margin_price.0) {
            // The book will refuse it, and says why.
            return Ok(());
        }
        if !is_computable(account, &account.positions[at], rules, order, margin_price) {
            return Err(Refusal::InsufficientMargin);
        }
        if rules.is_margined() {
            self.admit_perp(account, at, rules, order, margin_price)
        } else {
            self.admit_spot(account, instrument, order, book)
        }
    }

    /// An order that does not enlarge the worst case of the position (of a portfolio account: its
    /// initial margin in the worst case) always passes. Another one
    /// needs the initial margin of the new worst case at the mark, and for the part by which it
    /// grows the taker's fee and the loss that a fill at its limit would open with.
    fn admit_perp(
        &self,
        account: &Account,
        at: usize,
        rules: &Instrument,
        order: &Intended,
        price: Price,
    ) -> Result<(), Refusal> {
        let position = &account.positions[at];
        let mut open = position.open;
        open[order.side.index()] += order.qty - order.replaced_qty();
        let before = position.worst();
        let after = worst(position.qty, open);
        if account.mode == MarginMode::Portfolio {
            if self.needs_no_more(account, at, open) {
                return Ok(());
            }
        } else if after <= before {
            return Ok(());
        }
        let notional = value(after.0, price.0.max(rules.mark.0), rules.unit);
        if notional > rules.tiers.largest(account.weight).0 {
            return Err(Refusal::InsufficientMargin);
        }
        let grows = Qty((after - before).0.max(0));
        let adverse = (order.side.sign() * (price.0 - rules.mark.0)).max(0);
        let loss = value(grows.0, adverse, rules.unit);
        let fee = fee_on(
            Usd(value(grows.0, price.0, rules.unit)),
            self.config.fees.taker,
        );
        let free = self.free_margin_of(account, Some((at, open)));
        if free >= i128::from(loss) + i128::from(fee.0) {
            Ok(())
        } else {
            Err(Refusal::InsufficientMargin)
        }
    }

    /// Whether other open orders of one entry leave the initial margin of a portfolio account where
    /// it is, or lower it.
    fn needs_no_more(&self, account: &Account, at: usize, open: [Qty; 2]) -> bool {
        let now = self.portfolio_initial(account, |_, position| position.open);
        let then = self.portfolio_initial(
            account,
            |entry, position| {
                if entry == at { open } else { position.open }
            },
        );
        then <= now
    }

    /// Checks a reduce-only order when it arrives: elsewhere it always passes, but in a portfolio
    /// account it may take a hedge off, and then needs the margin of what is left. While it rests
    /// it reserves nothing.
    ///
    /// # Errors
    /// [`Refusal::InsufficientMargin`].
    pub(crate) fn admit_reduction(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        qty: Qty,
    ) -> Result<(), Refusal> {
        let key = self.key_of_order(account, instrument, side, true);
        let account = &self.accounts[account.index()];
        let Ok(at) = account.find(key) else {
            return Ok(());
        };
        if account.mode != MarginMode::Portfolio {
            return Ok(());
        }
        let position = &account.positions[at];
        let mut open = position.open;
        open[side.index()] += Qty(qty.0.min(position.reducible(side).0).max(0));
        if self.needs_no_more(account, at, open)
            || self.free_margin_of(account, Some((at, open))) >= 0
        {
            Ok(())
        } else {
            Err(Refusal::InsufficientMargin)
        }
    }

    /// A sell needs the base, a buy the settlement money it could spend, and as much free margin.
    fn admit_spot(
        &self,
        account: &Account,
        instrument: InstrumentId,
        order: &Intended,
        book: &OrderBook,
    ) -> Result<(), Refusal> {
        let rules = &self.instruments[instrument.index()];
        let enough = match order.side {
            Side::Sell => {
                let more = order.qty - order.replaced_qty();
                self.free_base(account, rules.base) >= base_amount(rules, more)
            }
            Side::Buy => {
                let cost = match order.limit {
                    Some(limit) => self.spot_reserve(instrument, limit, order.qty),
                    None => self.market_cost(account, instrument, order.qty, book),
                };
                let reserved = order.replaces.map_or(Usd::ZERO, |(qty, limit)| {
                    self.spot_reserve(instrument, limit, qty)
                });
                let more = i128::from(cost.0) - i128::from(reserved.0);
                more <= i128::from(account.cash.0) && more <= self.free_margin_of(account, None)
            }
        };
        if enough {
            Ok(())
        } else {
            Err(Refusal::InsufficientBalance)
        }
    }

    /// What a market buy can cost at most: the walk through the visible asks inside the band, own
    /// asks left out because they may be cancelled on the way, and the fee. What the visible asks
    /// do not cover is taken to hide at the dearest of them.
    fn market_cost(
        &self,
        account: &Account,
        instrument: InstrumentId,
        qty: Qty,
        book: &OrderBook,
    ) -> Usd {
        let rules = &self.instruments[instrument.index()];
        let own = account
            .position(instrument.into())
            .map_or(0, |p| p.open[Side::Sell.index()].0);
        let highest = book.band().map_or(MAX_PRICE, |(_, high)| high);
        let mut left = i128::from(qty.0) + i128::from(own);
        let (mut walked, mut dearest) = (0, 0);
        for (price, visible) in book.levels(Side::Sell) {
            if left == 0 || price > highest {
                break;
            }
            dearest = i128::from(price.0);
            let take = left.min(i128::from(visible.0));
            walked += dearest * take;
            left -= take;
        }
        let cost = (walked + dearest * left) * i128::from(rules.unit);
        let cost = Usd(cost.min(i128::from(MAX_NOTIONAL.0)) as i64);
        cost + fee_on(cost, self.config.fees.taker)
    }
}

/// The price at which the margin check takes an order to be filled: its limit, or the best price on
/// the other side for a market order.
fn worst_price(order: &Intended, rules: &Instrument, book: &OrderBook) -> Price {
    order.limit.unwrap_or_else(|| {
        let best = book.best(order.side.opposite());
        best.map_or(rules.mark, |(price, _)| price)
    })
}

/// Whether all amounts that the order can lead to stay inside the ledger's range.
fn is_computable(
    account: &Account,
    position: &Position,
    rules: &Instrument,
    order: &Intended,
    price: Price,
) -> bool {
    let [bids, asks] = position.open;
    let lots = position.qty.0.unsigned_abs();
    let sum = i128::from(lots) + i128::from(bids.0) + i128::from(asks.0) + i128::from(order.qty.0);
    let dearest = i128::from(price.0.max(rules.mark.0)) * i128::from(rules.unit);
    let lot_units = i128::from(rules.lot_units);
    sum * dearest.max(lot_units) <= i128::from(MAX_NOTIONAL.0)
        && position.cost.abs() <= MAX_NOTIONAL
        && account.cash.abs().0 <= 4 * MAX_BALANCE.0
}
