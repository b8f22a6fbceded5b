//! What happens to a venue.

use firesale_matching::OrderRequest;
use firesale_types::{AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::{Leg, MarginMode, Origin, PositionKey, PositionMode, Told};

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
        /// Which leg of it: [`Leg::Net`] in one-way mode.
        leg: Leg,
        /// How much.
        amount: Usd,
    },
    /// Chooses the leverage of an account in an instrument, for all of its legs; the answer is a
    /// report.
    SetLeverage {
        /// Whose.
        account: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// `Rate::ONE` is 1x.
        leverage: Rate,
    },
    /// Changes the position mode of an account without positions and open orders; the answer is a
    /// report.
    SetPositionMode {
        /// Whose.
        account: AccountId,
        /// To what.
        mode: PositionMode,
    },
    /// Changes the margin mode of an account, likewise.
    SetMarginMode {
        /// Whose.
        account: AccountId,
        /// To what.
        mode: MarginMode,
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
    /// What a part of the next change of an outside price, or the next halt along with another
    /// venue, comes from. Moves nothing.
    Origin {
        /// What it explains.
        of: Told,
        /// Which part of it.
        part: Rate,
        /// What the part comes from.
        origin: Origin,
    },
    /// Auto-deleveraging on another venue has taken a position of the account's owner, which may
    /// have hedged one here. Moves nothing.
    HedgeTaken {
        /// The owner's account here.
        account: AccountId,
        /// What the position was in.
        base: AssetId,
        /// How much of it, in millionths of a unit; long positive.
        amount: i64,
        /// The deleveraging.
        origin: Origin,
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
        isolated: Option<PositionKey>,
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
    /// Custody, and the settings of accounts.
    Transfer = 4,
    /// Cancels of users.
    Cancel = 5,
    /// Orders of users.
    Order = 6,
}

impl ExchangeEvent {
    /// Whether it moves nothing, and no rule may notice it.
    pub(crate) const fn only_tells(&self) -> bool {
        matches!(self, Self::Origin { .. } | Self::HedgeTaken { .. })
    }

    /// The class that orders simultaneous events. Cancels do not precede orders of the same
    /// instant, because one sender's messages keep their order: both are user messages.
    #[must_use]
    pub const fn class(&self) -> EventClass {
        match self {
            Self::IndexPrice { .. }
            | Self::OtherMid { .. }
            | Self::Origin { .. }
            | Self::HedgeTaken { .. }
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
            | Self::SetLeverage { .. }
            | Self::SetPositionMode { .. }
            | Self::SetMarginMode { .. }
            | Self::VaultDeposit { .. }
            | Self::VaultWithdraw { .. } => EventClass::Transfer,
            Self::Order { .. }
            | Self::Cancel { .. }
            | Self::Replace { .. }
            | Self::CancelAll { .. } => EventClass::Order,
        }
    }
}
