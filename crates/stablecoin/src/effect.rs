//! What an issuer does to the world.

use firesale_types::{Rate, SimTime};
use serde::{Deserialize, Serialize};

use crate::units::{Amount, Money};
use crate::{AuctionId, HolderId, LegId, TierId, UnitPrice};

/// What an issuer does to the world. All money and all tokens that come or go are here or in the
/// event itself, so a caller can prove that none is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerEffect {
    /// New tokens for a holder.
    MintTokens {
        /// Whose they are.
        to: HolderId,
        /// How many.
        amount: Amount,
    },
    /// Tokens in the issuer's account are no more.
    BurnTokens {
        /// How many.
        amount: Amount,
    },
    /// Tokens in the issuer's account go back.
    ReturnTokens {
        /// To whom.
        to: HolderId,
        /// How many.
        amount: Amount,
    },
    /// A redemption is paid.
    Pay {
        /// To whom.
        to: HolderId,
        /// Net of the fee.
        usd: Money,
    },
    /// Money that was delivered in vain goes back; it has never been the issuer's.
    ReturnMoney {
        /// To whom.
        to: HolderId,
        /// All of it.
        usd: Money,
    },
    /// Something of the reserve is sold, or a deposit drawn; the money comes at `settles`.
    SellReserve {
        /// Which tier, asset or position.
        tier: TierId,
        /// What leaves the reserve, at its book value.
        face: Money,
        /// What will be paid for it.
        proceeds: Money,
        /// The proceeds over the book value.
        price: Rate,
        /// When the money is there.
        settles: SimTime,
    },
    /// Idle money is invested at its price.
    BuyReserve {
        /// Which tier, asset or position.
        tier: TierId,
        /// What is paid, and the new book value.
        face: Money,
    },
    /// Units of a backing asset are bought (positive) or sold (negative).
    TradeAsset {
        /// Which.
        asset: TierId,
        /// How many.
        units: i128,
        /// What is paid (negative, at once) or received (positive), trading cost included.
        usd: Money,
        /// When the money of a sale is there.
        settles: SimTime,
    },
    /// Money comes to the reserve from outside: interest, staking rewards.
    Income {
        /// From which tier, asset or position.
        tier: TierId,
        /// How much.
        usd: Money,
    },
    /// A part of the reserve is lost.
    Loss {
        /// Where.
        tier: TierId,
        /// How much.
        usd: Money,
    },
    /// A part of the reserve cannot be reached any more.
    Froze {
        /// Where.
        tier: TierId,
        /// How much.
        usd: Money,
    },
    /// A frozen claim is paid.
    Recovered {
        /// Where.
        tier: TierId,
        /// How much.
        usd: Money,
    },
    /// A redemption waits.
    Queued {
        /// Whose.
        holder: HolderId,
        /// Tokens.
        amount: Amount,
    },
    /// A request is refused; what was delivered goes back in an effect of its own.
    Refused {
        /// Whose.
        holder: HolderId,
        /// Why.
        reason: Refusal,
    },
    /// Redemption opens or closes.
    Gate(Gate),
    /// What the public may know is from this moment now.
    Attested {
        /// The moment that the attestation is of.
        as_of: SimTime,
    },
    /// A vault's share has a new price.
    SharePrice {
        /// Dollars a whole share.
        price: UnitPrice,
    },
    /// The short of a leg is to change: more is positive. The venue's answer is a
    /// [`HedgeEvent::Report`](crate::HedgeEvent::Report).
    Hedge {
        /// Which.
        leg: LegId,
        /// Units of the hedged asset.
        change: i128,
    },
    /// Margin moves to the account of a leg, or back from it if negative.
    MoveMargin {
        /// Which.
        leg: LegId,
        /// How much.
        usd: Money,
    },
    /// New seigniorage tokens for a holder.
    MintSeigniorage {
        /// Whose they are.
        to: HolderId,
        /// How many.
        amount: Amount,
    },
    /// Seigniorage tokens that were delivered are no more.
    BurnSeigniorage {
        /// How many.
        amount: Amount,
    },
    /// Seigniorage tokens that were delivered go back.
    ReturnSeigniorage {
        /// To whom.
        to: HolderId,
        /// How many.
        amount: Amount,
    },
    /// Collateral leaves the issuer.
    ReleaseCollateral {
        /// To whom.
        to: HolderId,
        /// Units of collateral.
        units: Amount,
    },
    /// New governance tokens for the winner of a debt auction.
    MintGovernance {
        /// To whom.
        to: HolderId,
        /// Units of the governance token.
        units: Amount,
    },
    /// An auction begins, or begins again.
    AuctionStarted {
        /// Which.
        auction: AuctionId,
        /// Whose collateral; `None` for a debt auction.
        owner: Option<HolderId>,
        /// Units for sale.
        lot: Amount,
        /// Tokens to be raised.
        tab: Amount,
    },
    /// An auction is over.
    AuctionEnded {
        /// Which.
        auction: AuctionId,
        /// Tokens raised.
        raised: Amount,
        /// Debt that stays uncovered.
        shortfall: Amount,
    },
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// Only those with primary access may.
    NoAccess,
    /// The payment rail is closed.
    RailClosed,
    /// The issuer has suspended it.
    Suspended,
    /// It is too small.
    BelowMinimum,
    /// It is more than this holder may redeem a day.
    OverCapacity,
    /// Too many wait.
    QueueFull,
    /// Nothing of the holder's waits, or the claim or debt does not exist.
    NothingThere,
    /// This issuer does not offer it.
    NotOffered,
    /// There is no price, or it is too old.
    NoPrice,
    /// The number does not fit, or the result would not.
    OutOfRange,
    /// The collateral would not be enough.
    Undercollateralized,
    /// A ceiling is reached.
    OverCeiling,
    /// There is not enough of what is asked for.
    Insufficient,
    /// The auction is over, waits for its end, or does not exist.
    NoAuction,
    /// The bid does not beat the one before.
    BidTooLow,
}

/// A change of whether redemptions are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Gate {
    /// The payment rail opens.
    RailOpened,
    /// The payment rail closes.
    RailClosed,
    /// The issuer suspends redemption.
    Suspended,
    /// The issuer resumes redemption.
    Resumed,
    /// The limit of the day is reached.
    DayLimit,
}

/// Where an issuer puts its effects.
pub(crate) type Effects = Vec<IssuerEffect>;
