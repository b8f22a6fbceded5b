//! What a scenario file says, key by key. What it means is worked out in `resolve`.

mod agents;
mod brakes;
mod chain;
mod clearing;
mod explicit;
mod habits;
mod instrument;
mod issuer;
mod loss;
mod modes;
mod oracle;
mod platform;
mod portfolio;
mod record;
mod venue;

use std::collections::BTreeMap;

use firesale_types::{Rate, SimDuration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{DurationText, Moment, Money, Ratio, Span, Spanned, UtcTime};

pub use agents::{
    AgentsTable, CurveTable, GasOfferTable, InLenderTable, LatencyTable, LeverageTable,
    LognormalTable, MarginName, ParetoTable, PositionTable, SideName, SizeTable, WakeTable,
};
pub use brakes::{
    BreakerTable, ConcentrationTable, DuringHaltTable, LevelTable, LimitsTable, LuldTable,
    LuldTierName, MakersTable, MarketWideTable, PenaltyName, RollingTable, StopLogicTable,
    ThrottleTable, WhileHaltedName,
};
pub use chain::{
    ChainTable, DemandTable, EModeTable, GasTable, LenderLiquidationName, LenderOracleTable,
    LenderTable, LiquidityPoolTable, PoolKindName, PriceSourceName, RampTable, RangeTable,
    ReserveTable,
};
pub use clearing::{AuctionTable, ClearingTable};
pub use explicit::{
    AccountTable, CollateralAmount, HeldTable, OrderTable, ReasonText, ScriptOp, ScriptTable,
    SideText,
};
pub use habits::{RollTable, RunTable};
pub use instrument::{
    CapTable, FundingName, FundingTable, InstrumentKindName, InstrumentTable, MarkName,
    MarkRuleTable, MarkTable, PremiumTable, TierTable,
};
pub use issuer::{
    AnchorTable, AttestationTable, IssuerKindName, IssuerTable, PrimaryTable, RailHoursName,
    RailTable, SeigniorageTable, TierKindName, TierRow, VaultPositionTable,
};
pub(crate) use loss::CLAWBACK_WINDOW;
pub use loss::{
    AdlName, AdlPriceName, AdlTable, AdlWhenName, InsuranceTable, PoolTable, SharingName,
    SurplusName,
};
pub use modes::{IsolatedLeverageName, PositionModeName};
pub use oracle::{
    AssetIndexTable, AverageName, FaultName, IndexSourceName, OracleTable, OutlierName,
};
pub use platform::{
    ApiTable, GatedName, GatesTable, HotWalletTable, OutageTable, OverloadTable, SolvencyTable,
};
pub use portfolio::{OffsetTable, PortfolioTable};
pub use record::{ChartsTable, RecordTable, ReferenceTable, RoleText, TargetTable};
pub use venue::{
    BackstopTable, CancelName, CollateralTable, FeesTable, HaircutTierTable, LimitName,
    LiquidationTable, MarginTable, MethodName, UnwindTable, VenueTable,
};

/// A whole scenario file, without `[[agents]]`: their keys depend on the registered kinds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// What the scenario is and asks.
    pub scenario: ScenarioTable,
    /// When it happens.
    pub clock: ClockTable,
    /// What is traded, and what it is worth.
    #[serde(default)]
    pub assets: Vec<Spanned<AssetTable>>,
    /// Calm and stress of the fundamental values.
    #[serde(default)]
    pub regime: Option<RegimeTable>,
    /// Where it is traded.
    #[serde(default)]
    pub venues: Vec<Spanned<VenueTable>>,
    /// What is traded there.
    #[serde(default)]
    pub instruments: Vec<Spanned<InstrumentTable>>,
    /// Blockchains.
    #[serde(default)]
    pub chains: Vec<Spanned<ChainTable>>,
    /// Pools on them.
    #[serde(default)]
    pub pools: Vec<Spanned<LiquidityPoolTable>>,
    /// Lending markets on them.
    #[serde(default)]
    pub lenders: Vec<Spanned<LenderTable>>,
    /// Issuers of stable assets.
    #[serde(default)]
    pub issuers: Vec<Spanned<IssuerTable>>,
    /// What strikes from outside.
    #[serde(default)]
    pub shocks: Vec<Spanned<ShockTable>>,
    /// Explicit accounts.
    #[serde(default)]
    pub accounts: Vec<Spanned<AccountTable>>,
    /// Explicit resting orders.
    #[serde(default)]
    pub orders: Vec<Spanned<OrderTable>>,
    /// Explicit commands.
    #[serde(default)]
    pub script: Vec<Spanned<ScriptTable>>,
    /// Published figures to compare with.
    #[serde(default)]
    pub targets: Vec<Spanned<TargetTable>>,
    /// What is recorded.
    #[serde(default)]
    pub record: RecordTable,
    /// What the charts show beside the run.
    #[serde(default)]
    pub charts: ChartsTable,
}

/// `[scenario]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioTable {
    /// A short name.
    pub name: String,
    /// The question it answers, in one line.
    pub question: String,
    /// The seed of a run, unless the command says otherwise.
    #[serde(default = "one")]
    pub seed: u64,
    /// Whether venues liquidate, take over and deleverage; false gives the twin without forced selling.
    #[serde(default = "yes")]
    pub forced_selling: bool,
    /// Factor on the excess of starting leverage over one: 0 is a market without leverage.
    #[serde(default = "full_leverage")]
    pub leverage: Spanned<Ratio>,
    /// Agents for each real account: below 1 the largest accounts stay one to one, the body is
    /// sampled by stratified quantiles.
    #[serde(default = "hundred_percent")]
    pub scale: Ratio,
}

/// `[clock]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockTable {
    /// The moment of time zero.
    pub start: UtcTime,
    /// How long the run lasts.
    pub duration: DurationText,
    /// Ends the run earlier.
    #[serde(default)]
    pub until: Option<DurationText>,
    /// The grid of decisions.
    #[serde(default = "default_tick")]
    pub tick: DurationText,
    /// The grid of the record.
    #[serde(default = "default_record")]
    pub record_every: DurationText,
}

/// One of `[[assets]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetTable {
    /// Its symbol.
    pub symbol: String,
    /// What it is.
    pub kind: AssetKind,
    /// Decimals on a chain; default: 18 for coins, 6 for dollars and what claims to be worth one.
    #[serde(default)]
    pub decimals: Option<u8>,
    /// Decimals on venues and in wallets.
    #[serde(default = "six")]
    pub venue_decimals: u8,
    /// The process of its value; a dollar or stablecoin without one stays at one dollar.
    #[serde(default)]
    pub fundamental: Option<FundamentalTable>,
}

/// The kind of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetKind {
    /// A coin.
    Crypto,
    /// A coin that claims to be worth a dollar.
    Stablecoin,
    /// A claim on staked coins.
    Lst,
    /// Dollars.
    Dollar,
}

/// `fundamental = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundamentalTable {
    /// Dollars at the start.
    pub price: f64,
    /// Volatility per year.
    #[serde(default)]
    pub volatility: Ratio,
    /// Correlation with the common factor.
    #[serde(default)]
    pub correlation: Ratio,
    /// Jumps per day.
    #[serde(default)]
    pub jumps_per_day: f64,
    /// Standard deviation of the log size of a jump.
    #[serde(default)]
    pub jump_size: Ratio,
}

/// `[regime]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeTable {
    /// Mean time in calm.
    pub calm: DurationText,
    /// Mean time in stress.
    pub stress: DurationText,
    /// Factor on volatility in stress.
    pub volatility_factor: f64,
}

/// One of `[[shocks]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShockTable {
    /// When.
    pub at: Spanned<Moment>,
    /// What.
    pub kind: ShockKind,
    /// What the news says.
    #[serde(default)]
    pub label: String,
    /// How long the world needs to price it in.
    #[serde(default = "no_time")]
    pub ramp: DurationText,
    /// For news: the change of each asset's value.
    #[serde(default)]
    pub jump: BTreeMap<String, Ratio>,
    /// For everything that strikes a venue: which.
    #[serde(default)]
    pub venue: Option<Spanned<String>>,
    /// For everything that strikes an issuer: which.
    #[serde(default)]
    pub issuer: Option<Spanned<String>>,
    /// And which tier of its reserve, or position of its vault.
    #[serde(default)]
    pub tier: Option<Spanned<String>>,
    /// For a failed bank: the part of the tier that cannot be reached; default: all.
    #[serde(default = "hundred_percent")]
    pub share: Ratio,
    /// For a failed bank: the part of that which the public expects back. For a backstop: the part
    /// that comes back.
    #[serde(default = "hundred_percent")]
    pub recovery: Ratio,
    /// For a reserve loss: how much, in dollars.
    #[serde(default)]
    pub loss: Money,
    /// For everything that lasts: how long.
    #[serde(default)]
    pub duration: Option<DurationText>,
    /// For an oracle fault: the asset whose index it is; default: all.
    #[serde(default)]
    pub asset: Option<Spanned<String>>,
    /// For an oracle fault: what is wrong.
    #[serde(default)]
    pub fault: Option<FaultName>,
    /// For a delayed oracle: by how much.
    #[serde(default)]
    pub by: Option<DurationText>,
    /// For a wrong oracle: the multiple of what it should be.
    #[serde(default = "oracle::unchanged")]
    pub factor: Ratio,
}

/// The kind of a shock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShockKind {
    /// News that changes what assets are worth.
    News,
    /// The index prices of a venue are frozen, late or wrong.
    OracleFault,
    /// A venue is down: users' messages are refused.
    Outage,
    /// A venue pays nothing out.
    WithdrawalFreeze,
    /// A venue moves no money: deposits and margin arrive afterwards.
    TransferFreeze,
    /// A bank fails with a part of an issuer's reserve.
    BankFailure,
    /// What was stuck at a failed bank is decided: the part `recovery` comes back.
    Backstop,
    /// A part of an issuer's reserve, or of a vault's assets, is lost.
    ReserveLoss,
    /// An issuer tells the truth.
    Disclosure,
    /// An issuer redeems nothing.
    RedemptionFreeze,
}

impl ShockKind {
    /// Whether it strikes an issuer.
    #[must_use]
    pub const fn strikes_issuer(self) -> bool {
        matches!(
            self,
            Self::BankFailure
                | Self::Backstop
                | Self::ReserveLoss
                | Self::Disclosure
                | Self::RedemptionFreeze
        )
    }
}

const fn yes() -> bool {
    true
}

const fn full_leverage() -> Spanned<Ratio> {
    Spanned {
        span: Span::NONE,
        value: hundred_percent(),
    }
}

const fn hundred_percent() -> Ratio {
    Ratio::new(Rate::bps(100 * 100))
}

const fn default_tick() -> DurationText {
    DurationText::new(SimDuration::millis(100))
}

const fn default_record() -> DurationText {
    DurationText::new(SimDuration::secs(1))
}

const fn six() -> u8 {
    6
}

const fn one() -> u64 {
    1
}

const fn no_time() -> DurationText {
    DurationText::new(SimDuration::millis(0))
}
