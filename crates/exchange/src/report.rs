//! What accounts are told.

use firesale_matching::{CancelReason, RejectReason};
use firesale_types::{AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, Usd};
use serde::{Deserialize, Serialize};

use crate::clearing::Layer;
use crate::{MarginMode, PositionMode, Stage};

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
    /// Before anything of the account is sold its legs closed each other, as far as they were equal.
    Offset {
        /// Where.
        instrument: InstrumentId,
        /// How much of each.
        qty: Qty,
        /// At what price: the mark.
        price: Price,
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
    /// The leverage was chosen.
    LeverageSet {
        /// Where.
        instrument: InstrumentId,
        /// `Rate::ONE` is 1x.
        leverage: Rate,
    },
    /// A change of leverage was refused: below 1x, above what the tier of the position and its
    /// orders allows, without the margin that it needs, or not offered.
    LeverageRefused {
        /// Where.
        instrument: InstrumentId,
        /// What was asked.
        leverage: Rate,
    },
    /// The position mode was changed.
    PositionModeSet {
        /// The new one.
        mode: PositionMode,
    },
    /// A change of the position mode was refused: there are positions or orders.
    PositionModeRefused {
        /// What was asked.
        mode: PositionMode,
    },
    /// The margin mode was changed.
    MarginModeSet {
        /// The new one.
        mode: MarginMode,
    },
    /// A change of the margin mode was refused: there are positions, orders or debts, or the venue
    /// does not offer it.
    MarginModeRefused {
        /// What was asked.
        mode: MarginMode,
    },
    /// Moving margin into or out of an isolated position was refused.
    MarginRefused {
        /// Which position.
        instrument: InstrumentId,
        /// How much was asked.
        amount: Usd,
    },
}
