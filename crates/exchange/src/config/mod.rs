//! The rules of one venue, as data.

pub(crate) mod clearing;
mod instrument;
mod liquidation;
mod loss;
pub(crate) mod portfolio;

use firesale_types::{AssetId, Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

pub use clearing::{AuctionConfig, ClearingConfig, MarginModelConfig};
pub use instrument::{FundingRule, InstrumentConfig, InstrumentKind, MarkRule};
pub use liquidation::{LiquidationConfig, LiquidationLimit};
pub use loss::{AdlPolicy, BackstopConfig};
pub use portfolio::{BaseOffset, PortfolioMargin, ShockOverride};

/// Everything that distinguishes one venue from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VenueConfig {
    /// The venue's name, for errors and records.
    pub name: String,
    /// The asset in which profit and loss are settled; one unit of it counts as one dollar.
    pub settlement: AssetId,
    /// Other assets accepted as collateral of cross-margin accounts.
    pub collateral: Vec<CollateralConfig>,
    /// The instruments, in the order of their ids.
    pub instruments: Vec<InstrumentConfig>,
    /// Trading fees.
    pub fees: FeeSchedule,
    /// A margin call is reported when equity falls below this multiple of maintenance margin
    /// (`Rate::ONE` or less switches calls off).
    pub margin_call_ratio: Rate,
    /// The scenario grid of portfolio accounts, if the venue offers them.
    pub portfolio: Option<PortfolioMargin>,
    /// What happens below maintenance margin.
    pub liquidation: LiquidationConfig,
    /// Money in the insurance fund at the start.
    pub insurance_fund: Usd,
    /// The backstop vault, if the venue has one.
    pub backstop: Option<BackstopConfig>,
    /// Who pays when fund and vault cannot.
    pub adl: AdlPolicy,
    /// The clearing house, if the venue is cleared: it takes the place of fund, vault and ADL.
    pub clearing: Option<ClearingConfig>,
    /// Marks are recomputed this often, and at every [`crate::ExchangeEvent::IndexPrice`].
    pub mark_period: SimDuration,
}

impl VenueConfig {
    /// A venue without fees, funds, collateral or margin calls, which liquidates by
    /// [`LiquidationConfig::default`] and deleverages by queue. Everything else is a change to it.
    #[must_use]
    pub fn plain(name: &str, settlement: AssetId, instruments: Vec<InstrumentConfig>) -> Self {
        Self {
            name: name.to_owned(),
            settlement,
            collateral: Vec::new(),
            instruments,
            fees: FeeSchedule::default(),
            margin_call_ratio: Rate::ZERO,
            portfolio: None,
            liquidation: LiquidationConfig::default(),
            insurance_fund: Usd::ZERO,
            backstop: None,
            adl: AdlPolicy::Queue,
            clearing: None,
            mark_period: SimDuration::ZERO,
        }
    }
}

/// An asset that counts as collateral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollateralConfig {
    /// The asset.
    pub asset: AssetId,
    /// The part of its index value that does not count.
    pub haircut: Rate,
    /// Its price at the start, in micro-USD per whole unit.
    pub initial_price: Usd,
}

impl CollateralConfig {
    /// Collateral with one haircut at any amount.
    #[must_use]
    pub const fn new(asset: AssetId, haircut: Rate, initial_price: Usd) -> Self {
        Self {
            asset,
            haircut,
            initial_price,
        }
    }
}

/// Fees on the notional of each fill; a negative maker fee is a rebate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// Paid by the resting order.
    pub maker: Rate,
    /// Paid by the incoming order.
    pub taker: Rate,
    /// Paid on liquidated notional from what is left of the margin, to the insurance fund.
    pub liquidation: Rate,
}
