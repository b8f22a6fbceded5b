//! What a venue leaves for the record.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Rate, Side, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::clearing::Layer;
use crate::{Brake, Cause};

/// The stage that closed a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// An order to the public book.
    Book,
    /// Taken over by the backstop vault.
    Backstop,
    /// Taken over by the insurance fund.
    Insurance,
    /// Closed against winners.
    Adl,
    /// Taken over by a member of the clearing house, or torn up against the other side.
    Clearing,
}

/// What a venue leaves for the record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum VenueRecord {
    /// A trade in a book.
    Trade {
        /// Where.
        instrument: InstrumentId,
        /// At what price.
        price: Price,
        /// How much.
        qty: Qty,
        /// Who took.
        taker_side: Side,
        /// The resting account.
        maker: AccountId,
        /// The incoming account.
        taker: AccountId,
        /// Why the taker came.
        cause: Cause,
    },
    /// One forced close: a fill of a liquidation order, a takeover, or the bankrupt side of ADL.
    Liquidation {
        /// The liquidation it belongs to.
        id: u32,
        /// Whose.
        account: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// The side of the position that is closed.
        side: Side,
        /// How much, positive.
        qty: Qty,
        /// The mark at that moment.
        mark: Price,
        /// The price at which closing everything would leave nothing.
        bankruptcy_price: Price,
        /// The price at which this part was closed.
        fill_price: Price,
        /// By which stage.
        stage: Stage,
        /// The largest cause of the breach.
        cause: Cause,
        /// The first liquidation of the chain; its own number if that is another venue's.
        root: u32,
        /// Links from the root.
        generation: u16,
        /// The part of the loss into the breach that was brought about by force.
        forced_share: f32,
    },
    /// A winner's side of ADL.
    Adl {
        /// The liquidation that is covered.
        id: u32,
        /// The bankrupt account.
        account: AccountId,
        /// The winner.
        counterparty: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// How much, positive.
        qty: Qty,
        /// At what price.
        price: Price,
        /// The side of the winner's position.
        side: Side,
        /// The mark at that moment: the winner gives up `qty * |mark - price|`.
        mark: Price,
        /// Whether the winner's position was in profit.
        in_profit: bool,
    },
    /// A margin call was reported.
    MarginCall {
        /// Whose.
        account: AccountId,
        /// Equity.
        equity: Usd,
        /// Maintenance margin.
        maintenance: Usd,
    },
    /// Funding was set and paid.
    Funding {
        /// Where.
        instrument: InstrumentId,
        /// Per interval.
        rate: Rate,
        /// What longs paid to shorts, in total.
        paid: Usd,
    },
    /// A dated future was delivered.
    Delivery {
        /// Which.
        instrument: InstrumentId,
        /// The settlement price.
        price: Price,
    },
    /// An account paid a part of a deficit that the insurance fund could not bear.
    LossShared {
        /// The liquidation that left the deficit.
        id: u32,
        /// Who paid.
        account: AccountId,
        /// Where the deficit arose.
        instrument: InstrumentId,
        /// How much, positive.
        amount: Usd,
    },
    /// A defaulter's portfolio was offered to the members of the clearing house.
    DefaultAuction {
        /// Whose.
        account: AccountId,
        /// Gross notional at the marks.
        notional: Usd,
        /// How many members bid.
        bids: u32,
        /// The cheapest bidder, if one was below the limit. If the layers do not suffice for its
        /// price it does not get the portfolio, and contracts are torn up.
        winner: Option<AccountId>,
        /// What it wants to be paid.
        price: Usd,
    },
    /// Somebody bore a part of a default.
    Waterfall {
        /// The defaulter.
        account: AccountId,
        /// As which layer.
        layer: Layer,
        /// Who paid.
        payer: AccountId,
        /// How much, positive.
        amount: Usd,
    },
    /// A contract of a defaulter was torn up against the other side.
    TornUp {
        /// The liquidation it belongs to.
        id: u32,
        /// The defaulter.
        account: AccountId,
        /// Who held the other side.
        counterparty: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// How much, positive.
        qty: Qty,
        /// At what price: the mark.
        price: Price,
    },
    /// Variation was paid, and margin recalculated.
    Settlement {
        /// Where.
        instrument: InstrumentId,
        /// The settlement price.
        price: Price,
        /// What some gained and others lost since the last settlement.
        paid: Usd,
        /// The margin model's rate of initial margin.
        margin: Rate,
    },
    /// The default fund was sized.
    FundSized {
        /// What it should hold.
        required: Usd,
        /// What it holds after calls and returns.
        held: Usd,
        /// By how many members.
        members: u32,
    },
    /// An account ended below zero and the deficit was booked.
    BadDebt {
        /// Whose.
        account: AccountId,
        /// How much, positive.
        amount: Usd,
    },
    /// A book was halted, or its halt prolonged.
    Halt {
        /// Where.
        instrument: InstrumentId,
        /// By what.
        brake: Brake,
        /// When it ends; `None` if only a script ends it.
        until: Option<SimTime>,
        /// The number of the halt; prolonging one does not change it.
        id: u32,
        /// The largest cause of the moves that led to it.
        cause: Cause,
    },
    /// The load has brought the platform down.
    Outage {
        /// Until when.
        until: SimTime,
    },
    /// A customer asked for money that is not there: nothing is paid out any more.
    Insolvent {
        /// What the platform owes less all it has.
        shortfall: Usd,
    },
    /// A halted book has reopened.
    Reopened {
        /// Where.
        instrument: InstrumentId,
        /// What had halted it last.
        brake: Brake,
        /// Since when it was halted.
        began: SimTime,
        /// The price of the auction, if anything traded.
        price: Option<Price>,
        /// That price (without one: the mark) over the last price before the halt, less one.
        gap: Rate,
    },
}
