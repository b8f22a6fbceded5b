//! What happens to an issuer.

use firesale_types::Rate;
use serde::{Deserialize, Serialize};

use crate::units::{Amount, Money, UnitPrice};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The identifier as an index into a dense table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// Whoever holds tokens or money outside; the issuer knows only the number.
    HolderId, u32
);
id!(
    /// A place in the reserve: a tier of a ladder, an asset of a backing, a position of a vault.
    TierId, u16
);
id!(
    /// A hedge on one venue.
    LegId, u16
);
id!(
    /// A liquidation or debt auction, in the order in which they began.
    AuctionId, u32
);

/// What happens to an issuer. The first group is common to all kinds; an event of another kind is
/// an error ([`IssuerError::WrongKind`](crate::IssuerError::WrongKind)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerEvent {
    /// A holder has delivered dollars and wants tokens.
    Mint {
        /// Who.
        holder: HolderId,
        /// How much was delivered.
        usd: Money,
    },
    /// A holder has delivered tokens and wants what they are a claim on.
    Redeem {
        /// Who.
        holder: HolderId,
        /// How much was delivered.
        amount: Amount,
    },
    /// A holder takes back all redemptions that wait.
    Cancel {
        /// Who.
        holder: HolderId,
    },
    /// Nothing but that time has passed. Every other event does this first.
    Tick,
    /// Redemption is suspended, or resumed. What comes meanwhile waits.
    Suspend(bool),
    /// The owners pay equity in.
    Capital {
        /// How much.
        usd: Money,
    },
    /// A part of one tier cannot be reached: a bank fails, a venue freezes withdrawals.
    Freeze {
        /// Which.
        tier: TierId,
        /// The share of what is there now.
        share: Rate,
        /// What the public believes will come back of it.
        recovery: Rate,
    },
    /// What was frozen is decided: a part comes back at once, the rest is lost.
    Thaw {
        /// Which.
        tier: TierId,
        /// The share that comes back; all of it after a public backstop.
        recovered: Rate,
    },
    /// Something in the reserve is worth less than the books say, by at most what is there.
    ReserveLoss {
        /// Which.
        tier: TierId,
        /// How much is lost.
        usd: Money,
    },
    /// The issuer tells the truth now, besides its calendar.
    Disclose,
    /// What the markets say.
    Prices(Prices),
    /// To a synthetic dollar.
    Hedge(HedgeEvent),
    /// To a collateralized issuer.
    Collateral(CollateralEvent),
    /// To an algorithmic issuer.
    Seigniorage(SeigniorageEvent),
}

/// What the markets say; `None` leaves a price as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The price of an asset in the backing, or of the collateral (then the tier is 0).
    pub collateral: Option<(TierId, UnitPrice)>,
    /// The oracle price of the seigniorage token.
    pub seigniorage: Option<UnitPrice>,
    /// The yield of short bills, in basis points a year.
    pub bill_yield_bps: Option<i32>,
}

/// What happens to the hedge of a synthetic dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HedgeEvent {
    /// The venue says what the leg is now: after a fill, after funding, after auto-deleveraging.
    Report {
        /// Which.
        leg: LegId,
        /// The size of the short, in units of the hedged asset.
        units: Amount,
        /// The equity of the account at the venue, realised and not; it may be negative.
        equity: Money,
        /// How much of the change in equity since the last report is funding; negative if paid.
        funding: Money,
    },
    /// The venue takes no orders and lets no margin go, or does again.
    Frozen {
        /// Which.
        leg: LegId,
        /// Whether it is frozen.
        frozen: bool,
    },
}

/// What happens at a collateralized issuer. Collateral and tokens have been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollateralEvent {
    /// Collateral goes into the holder's vault.
    Deposit {
        /// Whose.
        holder: HolderId,
        /// Units of collateral.
        units: Amount,
    },
    /// Collateral comes out of the vault, if what is left is enough.
    Withdraw {
        /// Whose.
        holder: HolderId,
        /// Units of collateral.
        units: Amount,
    },
    /// The vault borrows new tokens.
    Draw {
        /// Whose.
        holder: HolderId,
        /// Tokens.
        amount: Amount,
    },
    /// Tokens were delivered to repay; what is more than the debt is returned.
    Repay {
        /// Whose.
        holder: HolderId,
        /// Tokens.
        amount: Amount,
    },
    /// A bid. In a falling-price auction: buys up to `lot` for at most the `amount` delivered, the
    /// rest is returned. In a rising one: offers `amount` for `lot`.
    Bid {
        /// Who.
        holder: HolderId,
        /// Where.
        auction: AuctionId,
        /// Tokens delivered.
        amount: Amount,
        /// Units wanted.
        lot: Amount,
    },
}

/// What happens at an algorithmic issuer. Tokens have been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeigniorageEvent {
    /// Seigniorage tokens were delivered to be burned for stable ones.
    Expand {
        /// Who.
        holder: HolderId,
        /// Seigniorage tokens.
        amount: Amount,
    },
    /// Stable tokens go into the yield anchor.
    Deposit {
        /// Who.
        holder: HolderId,
        /// Tokens.
        amount: Amount,
    },
    /// Stable tokens come out of the anchor; an amount above the claim takes all of it.
    Withdraw {
        /// Who.
        holder: HolderId,
        /// Tokens.
        amount: Amount,
    },
    /// Tokens for the anchor's reserve: interest of its borrowers, or a gift of its sponsors.
    Fund {
        /// Tokens.
        amount: Amount,
    },
    /// The voters change the virtual pool.
    Parameters {
        /// The new base pool.
        base_pool: Money,
        /// The new recovery period, in blocks.
        recovery_blocks: u32,
    },
}

impl IssuerEvent {
    /// Its name, for errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Mint { .. } => "Mint",
            Self::Redeem { .. } => "Redeem",
            Self::Cancel { .. } => "Cancel",
            Self::Tick => "Tick",
            Self::Suspend(_) => "Suspend",
            Self::Capital { .. } => "Capital",
            Self::Freeze { .. } => "Freeze",
            Self::Thaw { .. } => "Thaw",
            Self::ReserveLoss { .. } => "ReserveLoss",
            Self::Disclose => "Disclose",
            Self::Prices(_) => "Prices",
            Self::Hedge(_) => "Hedge",
            Self::Collateral(_) => "Collateral",
            Self::Seigniorage(_) => "Seigniorage",
        }
    }
}
