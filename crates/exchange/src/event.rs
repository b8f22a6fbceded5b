//! What happens to a venue, what it answers, and what it leaves for the record.

use firesale_matching::{CancelReason, OrderRequest, RejectReason};
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimTime, Usd,
};
use serde::{Deserialize, Serialize};

use crate::Brake;
use crate::clearing::Layer;

/// Why an order was sent: the last link of a chain that never ends in a blank.
///
/// Travels as the `tag` of an order: values below [`Cause::FIRST_LIQUIDATION`] are the reasons of
/// agents, values from there on name a liquidation of this venue.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cause(pub u32);

impl Cause {
    /// Nothing stated; used by explicit scripts.
    pub const SCRIPT: Self = Self(0);
    /// A change of the fundamental value made public.
    pub const NEWS: Self = Self(1);
    /// A trading signal, an opinion, a need for cash.
    pub const SIGNAL: Self = Self(2);
    /// A stop-loss or take-profit.
    pub const STOP: Self = Self(3);
    /// A margin call, or fear of one.
    pub const MARGIN: Self = Self(4);
    /// A hedge or an arbitrage of a price elsewhere.
    pub const HEDGE: Self = Self(5);
    /// A market maker's inventory or quote.
    pub const INVENTORY: Self = Self(6);
    /// A move of the index, for marks.
    pub const INDEX: Self = Self(7);
    /// The vault or the fund sells what it has taken over.
    pub const UNWIND: Self = Self(8);
    /// The first value that names a liquidation.
    pub const FIRST_LIQUIDATION: u32 = 16;

    /// The cause of an order that liquidation `id` of this venue sends.
    #[must_use]
    pub const fn liquidation(id: u32) -> Self {
        Self(id + Self::FIRST_LIQUIDATION)
    }

    /// The liquidation of this venue that it names, if it does.
    #[must_use]
    pub const fn as_liquidation(self) -> Option<u32> {
        self.0.checked_sub(Self::FIRST_LIQUIDATION)
    }

    /// The reason's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "script",
            1 => "news",
            2 => "signal",
            3 => "stop",
            4 => "margin",
            5 => "hedge",
            6 => "inventory",
            7 => "index",
            8 => "unwind",
            9..=15 => "reserved",
            _ => "liquidation",
        }
    }
}

/// Something that happens to a venue at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExchangeEvent {
    /// A new order; its id names the account.
    Order {
        /// Where.
        instrument: InstrumentId,
        /// What.
        request: OrderRequest,
    },
    /// Takes an order back.
    Cancel {
        /// Where.
        instrument: InstrumentId,
        /// Which.
        id: OrderId,
    },
    /// Changes price and open quantity of an order; keeps priority only when the price stays and
    /// the quantity does not grow.
    Replace {
        /// Where.
        instrument: InstrumentId,
        /// Which.
        id: OrderId,
        /// The new price.
        price: Price,
        /// The new open quantity.
        qty: Qty,
    },
    /// Takes back all orders of an account.
    CancelAll {
        /// Whose.
        account: AccountId,
    },
    /// Money arrives from custody.
    Deposit {
        /// To whom.
        account: AccountId,
        /// Of what, in millionths of a unit.
        asset: AssetId,
        /// How much.
        amount: Usd,
    },
    /// Money leaves to custody, if the margin allows it; the answer is a report.
    Withdraw {
        /// From whom.
        account: AccountId,
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Usd,
    },
    /// Moves free cash of the account into an isolated position's margin (negative: out of it).
    AddMargin {
        /// Whose.
        account: AccountId,
        /// Which position.
        instrument: InstrumentId,
        /// How much.
        amount: Usd,
    },
    /// Free cash becomes a stake in the backstop vault.
    VaultDeposit {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Usd,
    },
    /// Shares of the backstop vault become cash.
    VaultWithdraw {
        /// Whose.
        account: AccountId,
        /// How many shares.
        shares: i64,
    },
    /// Vault or fund sell a part of what they have taken over; returns after the policy's period.
    Unwind {
        /// Which account of the venue.
        account: AccountId,
    },
    /// A new index price of an asset from the oracle.
    IndexPrice {
        /// Of what.
        asset: AssetId,
        /// In micro-USD per whole unit.
        price: Usd,
    },
    /// The mid price of the same perpetual elsewhere, for mark rules that use it.
    OtherMid {
        /// Of what.
        instrument: InstrumentId,
        /// In this instrument's ticks; `None` if it has none there any more.
        price: Option<Price>,
    },
    /// Recomputes all marks and looks for breaches; returns after `mark_period`.
    MarkTick,
    /// Sets a scripted mark.
    SetMark {
        /// Of what.
        instrument: InstrumentId,
        /// The mark.
        price: Price,
    },
    /// Samples the premium; returns after the rule's `sample`.
    FundingSample {
        /// Of what.
        instrument: InstrumentId,
    },
    /// Pays funding; returns after the rule's `interval`.
    FundingPayment {
        /// Of what.
        instrument: InstrumentId,
    },
    /// Delivers a dated future at its expiry.
    Deliver {
        /// Which.
        instrument: InstrumentId,
    },
    /// Pays the variation of all positions of a cleared instrument and recalculates its margin;
    /// returns after the clearing house's settlement period.
    Settle {
        /// Of what.
        instrument: InstrumentId,
    },
    /// Sizes the default fund of the clearing house; returns after its sizing period.
    SizeFund,
    /// Looks at an account that breached, and acts by stage.
    Liquidate {
        /// Whose.
        account: AccountId,
        /// The one isolated position, or `None` for all cross positions.
        isolated: Option<InstrumentId>,
        /// The liquidation this step belongs to.
        liquidation: u32,
    },
    /// Submits orders whose triggers fired.
    ReleaseTriggered {
        /// Where.
        instrument: InstrumentId,
    },
    /// Removes orders whose time is over.
    Expire {
        /// Where.
        instrument: InstrumentId,
    },
    /// Stops matching.
    Halt {
        /// Where.
        instrument: InstrumentId,
    },
    /// Reopens with a call auction.
    Reopen {
        /// Where.
        instrument: InstrumentId,
    },
    /// Stops matching until a moment, because a breaker of another venue did.
    HaltAlong {
        /// Where.
        instrument: InstrumentId,
        /// When it ends.
        until: SimTime,
    },
    /// Serves the users' messages that have waited at the gate; comes from the venue itself.
    Serve,
    /// Pays withdrawals that have waited; comes from the venue itself.
    PayWithdrawals,
    /// A brake's halt or limit state may be over; comes from the venue itself.
    Brake {
        /// Where.
        instrument: InstrumentId,
    },
}

/// The order in which events of one instant are processed, as on venues that settle in blocks:
/// oracle, mark, liquidation, release of stops, then the users' messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum EventClass {
    /// Index and other outside prices, funding.
    Oracle = 0,
    /// Marks.
    Mark = 1,
    /// Liquidations, backstop, ADL.
    Liquidation = 2,
    /// Stops and take-profits.
    Trigger = 3,
    /// Custody.
    Transfer = 4,
    /// Cancels of users.
    Cancel = 5,
    /// Orders of users.
    Order = 6,
}

impl ExchangeEvent {
    /// The class that orders simultaneous events. Cancels do not precede orders of the same
    /// instant, because one sender's messages keep their order: both are user messages.
    #[must_use]
    pub const fn class(&self) -> EventClass {
        match self {
            Self::IndexPrice { .. }
            | Self::OtherMid { .. }
            | Self::FundingSample { .. }
            | Self::FundingPayment { .. }
            | Self::Deliver { .. } => EventClass::Oracle,
            Self::MarkTick
            | Self::SetMark { .. }
            | Self::Halt { .. }
            | Self::Reopen { .. }
            | Self::HaltAlong { .. }
            | Self::Brake { .. }
            | Self::Settle { .. }
            | Self::SizeFund => EventClass::Mark,
            Self::PayWithdrawals => EventClass::Transfer,
            Self::Serve => EventClass::Order,
            Self::Liquidate { .. } | Self::Unwind { .. } => EventClass::Liquidation,
            Self::ReleaseTriggered { .. } | Self::Expire { .. } => EventClass::Trigger,
            Self::Deposit { .. }
            | Self::Withdraw { .. }
            | Self::AddMargin { .. }
            | Self::VaultDeposit { .. }
            | Self::VaultWithdraw { .. } => EventClass::Transfer,
            Self::Order { .. }
            | Self::Cancel { .. }
            | Self::Replace { .. }
            | Self::CancelAll { .. } => EventClass::Order,
        }
    }
}

/// Why a venue refused a request that the book alone would have taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The book refused.
    #[error("{0}")]
    Book(RejectReason),
    /// The account has not enough free margin.
    #[error("not enough free margin")]
    InsufficientMargin,
    /// The account has not enough of the asset.
    #[error("not enough balance")]
    InsufficientBalance,
    /// The account is being liquidated.
    #[error("the account is in liquidation")]
    InLiquidation,
    /// No such account, instrument or asset here.
    #[error("unknown account, instrument or asset")]
    Unknown,
    /// The future has been delivered.
    #[error("the instrument has expired")]
    Expired,
    /// The order slot is above the venue's limit or still holds another order.
    #[error("the order slot is not free")]
    SlotInUse,
    /// The account sends too many messages.
    #[error("too many messages")]
    Throttled,
    /// The message would have waited too long at the platform's gate.
    #[error("the platform is overloaded")]
    Overloaded,
    /// The platform is down.
    #[error("the platform is down")]
    Down,
    /// The position could become larger than one account may hold.
    #[error("above the position limit")]
    PositionLimit,
    /// The position could become too large a share of the open interest.
    #[error("above the concentration limit")]
    Concentration,
}

/// What an account is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Report {
    /// An order traded.
    Fill {
        /// Where.
        instrument: InstrumentId,
        /// Which order.
        id: OrderId,
        /// Its side.
        side: Side,
        /// At what price.
        price: Price,
        /// How much.
        qty: Qty,
        /// What is left.
        left: Qty,
        /// Whether the order was resting.
        maker: bool,
    },
    /// A request was refused.
    Refused {
        /// Where.
        instrument: InstrumentId,
        /// Which order.
        id: OrderId,
        /// Why.
        why: Refusal,
    },
    /// An order is gone without its owner asking.
    Cancelled {
        /// Where.
        instrument: InstrumentId,
        /// Which order.
        id: OrderId,
        /// Why.
        reason: CancelReason,
    },
    /// Equity is close to maintenance margin.
    MarginCall {
        /// Equity.
        equity: Usd,
        /// Maintenance margin.
        maintenance: Usd,
    },
    /// A position was closed by force, in part or whole.
    Liquidated {
        /// Where.
        instrument: InstrumentId,
        /// How much, in lots of the closed side.
        qty: Qty,
        /// At what price.
        price: Price,
        /// By which stage.
        stage: Stage,
    },
    /// A position in profit was closed to cover another's bankruptcy.
    Deleveraged {
        /// Where.
        instrument: InstrumentId,
        /// How much.
        qty: Qty,
        /// At what price.
        price: Price,
    },
    /// A position in a dated future was closed at the settlement price.
    Delivered {
        /// Where.
        instrument: InstrumentId,
        /// How much was held; long positive.
        qty: Qty,
        /// The settlement price.
        price: Price,
    },
    /// A part of a deficit that the insurance fund could not bear was charged to the account.
    LossShared {
        /// Where the deficit arose.
        instrument: InstrumentId,
        /// How much.
        amount: Usd,
    },
    /// The clearing house took a part of another's loss from the account, or used the account's own
    /// contribution for its own.
    Charged {
        /// As which layer of the waterfall.
        layer: Layer,
        /// How much.
        amount: Usd,
    },
    /// The account paid into the default fund; negative: it got money back.
    FundCalled {
        /// How much.
        amount: Usd,
    },
    /// A withdrawal was paid out; custody carries it on.
    Withdrawn {
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Usd,
    },
    /// A deposit was refused: the asset is unknown here, or the balance would leave the ledger's
    /// range. Custody keeps the money.
    DepositRefused {
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Usd,
    },
    /// A withdrawal waits: for money in the wallet, for the end of a freeze, or for others that
    /// asked before. Its answer follows.
    WithdrawalQueued {
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Usd,
    },
    /// A message that names no order was not processed.
    Unavailable {
        /// Why.
        why: Refusal,
    },
    /// A withdrawal was refused.
    WithdrawalRefused {
        /// Of what.
        asset: AssetId,
        /// How much was asked.
        amount: Usd,
    },
    /// A stake in the backstop vault was bought.
    VaultDeposited {
        /// For how much.
        amount: Usd,
        /// How many shares.
        shares: i64,
    },
    /// A stake in the backstop vault was paid out.
    VaultWithdrawn {
        /// How much.
        amount: Usd,
        /// For how many shares.
        shares: i64,
    },
    /// A deposit to the vault or a withdrawal from it was refused: no vault, no free cash, no such
    /// stake, the lockup, or the vault's own limits.
    VaultRefused,
    /// Moving margin into or out of an isolated position was refused.
    MarginRefused {
        /// Which position.
        instrument: InstrumentId,
        /// How much was asked.
        amount: Usd,
    },
}

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
        /// The first liquidation of the chain.
        root: u32,
        /// Links from the root.
        generation: u16,
        /// The part of the move into the breach that was made by liquidation orders.
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

/// An effect that re-enters the venue's own queue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: ExchangeEvent,
}

/// Everything that leaves [`crate::Exchange::apply`]; owned by the caller and reused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Events for the venue's own queue.
    pub later: Vec<Later>,
    /// What accounts are told.
    pub reports: Vec<(AccountId, Report)>,
    /// What is recorded.
    pub records: Vec<VenueRecord>,
}

impl Effects {
    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.later.clear();
        self.reports.clear();
        self.records.clear();
    }
}
