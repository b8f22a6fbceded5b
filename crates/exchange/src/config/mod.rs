//! The rules of one venue, as data.

mod brakes;
pub(crate) mod clearing;
mod instrument;
mod liquidation;
mod loss;
mod margin;
mod platform;
pub(crate) mod portfolio;

use firesale_types::{AssetId, Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

pub use brakes::{
    AuctionBound, BrakesConfig, BreakerLevel, ConcentrationConfig, DrawdownReference, DuringHalt,
    LimitsConfig, LuldConfig, LuldTier, MakerConfig, MakerPenalty, MarketWideConfig, RollingConfig,
    StopLogicConfig, ThrottleConfig, WhileHalted,
};
pub(crate) use brakes::{DAY, day_of, start_of};
pub use clearing::{AuctionConfig, ClearingConfig, MarginModelConfig};
pub use instrument::{Expiry, FundingCap, FundingRule, InstrumentConfig, InstrumentKind, MarkRule};
pub use liquidation::{CancelFirst, LiquidationConfig, LiquidationLimit, LiquidationMethod};
pub use loss::{
    AdlPolicy, AdlPrice, AdlTerms, AdlTrigger, BackstopConfig, InsuranceRules, LossSharing,
    PoolConfig, Surplus, UnwindPolicy,
};
pub use margin::{IsolatedLeverage, MarginRules};
pub use platform::{
    ApiConfig, Gated, HotWallet, Interval, OverloadConfig, PlatformConfig, SolvencyConfig,
    WithdrawalConfig,
};
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
    /// What halts its books or limits its accounts.
    pub brakes: BrakesConfig,
    /// How its platform behaves under load and in trouble.
    pub platform: PlatformConfig,
    /// Trading fees.
    pub fees: FeeSchedule,
    /// A margin call is reported when equity falls below this multiple of maintenance margin
    /// (`Rate::ONE` or less switches calls off).
    pub margin_call_ratio: Rate,
    /// What may leave an account, and what a change of leverage does.
    pub margin_rules: MarginRules,
    /// The scenario grid of portfolio accounts, if the venue offers them.
    pub portfolio: Option<PortfolioMargin>,
    /// What happens below maintenance margin.
    pub liquidation: LiquidationConfig,
    /// Money in the insurance fund at the start, further pools apart.
    pub insurance_fund: Usd,
    /// How the insurance fund gets rid of the positions it took over; without it keeps them.
    pub fund_unwind: Option<UnwindPolicy>,
    /// The fund's further pools, and what else feeds it.
    pub insurance: InsuranceRules,
    /// The backstop vault, if the venue has one.
    pub backstop: Option<BackstopConfig>,
    /// Who pays when fund and vault cannot.
    pub adl: AdlPolicy,
    /// When, and at what price.
    pub adl_terms: AdlTerms,
    /// Whether everybody sees the largest positions and where they would be liquidated, as on a
    /// public chain (Hyperliquid, P).
    pub transparent: bool,
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
            brakes: BrakesConfig::default(),
            platform: PlatformConfig::default(),
            fees: FeeSchedule::default(),
            margin_call_ratio: Rate::ZERO,
            margin_rules: MarginRules::default(),
            portfolio: None,
            liquidation: LiquidationConfig::default(),
            insurance_fund: Usd::ZERO,
            fund_unwind: None,
            insurance: InsuranceRules::default(),
            backstop: None,
            adl: AdlPolicy::Queue,
            adl_terms: AdlTerms::default(),
            transparent: false,
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
    /// Larger haircuts on what one real account holds beyond these values, rising.
    pub tiers: Vec<HaircutTier>,
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
            tiers: Vec::new(),
            initial_price,
        }
    }
}

/// A haircut on the part of a holding beyond a value (the collateral value ratios by tier of Bybit
/// and others; their numbers differ by asset).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaircutTier {
    /// Index value of the holding of one real account from which on it applies.
    pub above: Usd,
    /// The part of the value beyond that does not count.
    pub haircut: Rate,
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
