//! What a scenario file says, key by key. What it means is worked out in `resolve`.

use std::collections::BTreeMap;

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Feed;
use crate::config::{Decimal, DurationText, Moment, Money, Ratio, Span, Spanned, UtcTime};

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
    pub venues: Vec<Spanned<VenueTable>>,
    /// What is traded there.
    pub instruments: Vec<Spanned<InstrumentTable>>,
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

/// One of `[[venues]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueTable {
    /// Its name.
    pub name: String,
    /// The asset in which profit and loss are settled.
    pub settlement: Spanned<String>,
    /// Trading fees.
    #[serde(default)]
    pub fees: FeesTable,
    /// Margin calls and collateral.
    #[serde(default)]
    pub margin: MarginTable,
    /// What happens below maintenance margin.
    #[serde(default)]
    pub liquidation: LiquidationTable,
    /// Money in the insurance fund.
    #[serde(default)]
    pub insurance: Money,
    /// The backstop vault.
    #[serde(default)]
    pub backstop: Option<Spanned<BackstopTable>>,
    /// Who pays when fund and vault cannot.
    #[serde(default)]
    pub adl: AdlName,
    /// Index prices.
    #[serde(default)]
    pub oracle: OracleTable,
    /// How often marks are recomputed.
    #[serde(default = "default_second")]
    pub mark_period: DurationText,
}

/// `fees = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeesTable {
    /// Paid by the resting order; negative is a rebate.
    pub maker: Ratio,
    /// Paid by the incoming order.
    pub taker: Ratio,
    /// Paid on liquidated notional.
    pub liquidation: Ratio,
}

/// `margin = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarginTable {
    /// Margin calls below this multiple of maintenance margin; 0 switches them off.
    pub call_ratio: Ratio,
    /// Assets that count as collateral beside the settlement asset.
    pub collateral: Vec<Spanned<CollateralTable>>,
}

/// One of `margin.collateral`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollateralTable {
    /// The asset.
    pub asset: Spanned<String>,
    /// The part that does not count.
    pub haircut: Ratio,
}

/// `liquidation = { ... }`; defaults are Hyperliquid's published rules.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidationTable {
    /// From the breach to the order, and from order to order.
    pub latency: DurationText,
    /// Positions above this notional are closed in part first.
    pub partial_above: Money,
    /// That part.
    pub partial_fraction: Ratio,
    /// After a partial step every order is whole for this long.
    pub cooldown: DurationText,
    /// The worst price.
    pub limit: LimitName,
    /// Orders that may stay unfilled before the next stage.
    pub book_attempts: u16,
}

impl Default for LiquidationTable {
    fn default() -> Self {
        Self {
            latency: DurationText::new(SimDuration::secs(3)),
            partial_above: Money::new(Usd::dollars(100_000)),
            partial_fraction: Ratio::new(Rate::bps(100 * 20)),
            cooldown: DurationText::new(SimDuration::secs(30)),
            limit: LimitName::Bankruptcy,
            book_attempts: 3,
        }
    }
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// Any price inside the band.
    None,
    /// The bankruptcy price.
    #[default]
    Bankruptcy,
}

/// `backstop = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackstopTable {
    /// Its capital.
    pub capital: Money,
    /// It takes over below this part of maintenance margin.
    #[serde(default = "two_thirds")]
    pub threshold: Ratio,
    /// Largest notional over capital.
    #[serde(default = "three_times")]
    pub max_leverage: Ratio,
    /// Largest notional in one instrument over capital.
    #[serde(default = "three_times")]
    pub max_leverage_per_instrument: Ratio,
}

/// Who pays for a position that nobody takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlName {
    /// Nobody: the insurance fund, even below zero.
    Off,
    /// The highest score first.
    #[default]
    Queue,
    /// In proportion to size.
    ProRata,
}

/// `oracle = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OracleTable {
    /// How often index prices are published.
    pub period: DurationText,
}

impl Default for OracleTable {
    fn default() -> Self {
        Self {
            period: DurationText::new(SimDuration::secs(3)),
        }
    }
}

/// One of `[[instruments]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentTable {
    /// Its symbol on its venue.
    pub symbol: String,
    /// The venue.
    pub venue: Spanned<String>,
    /// Spot or perpetual.
    pub kind: InstrumentKindName,
    /// The base or underlying asset.
    pub base: Spanned<String>,
    /// Smallest step of the price in dollars.
    pub tick_size: Spanned<Decimal>,
    /// Smallest step of the quantity in units of the base asset.
    pub lot_size: Spanned<Decimal>,
    /// Price at the start; default: the fundamental value.
    #[serde(default)]
    pub price: Option<Spanned<f64>>,
    /// Mark price rule.
    #[serde(default)]
    pub mark: MarkTable,
    /// Funding rule.
    #[serde(default)]
    pub funding: FundingTable,
    /// Margin tiers: notional up to, maximum leverage, maintenance rate (default: half of the
    /// initial margin at maximum leverage).
    #[serde(default)]
    pub tiers: Vec<Spanned<TierTable>>,
    /// Orders further from the mark are refused.
    #[serde(default)]
    pub price_band: Option<Ratio>,
    /// Largest order in dollars at the starting price.
    #[serde(default)]
    pub max_order: Option<Money>,
    /// Weight of a spot market in its asset's index.
    #[serde(default = "one_f64")]
    pub index_weight: f64,
}

/// The kind of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstrumentKindName {
    /// The asset itself.
    Spot,
    /// A linear perpetual future.
    Perp,
}

/// `mark = "last"` or `mark = { rule = ..., ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MarkTable {
    /// A rule by name, with its published windows.
    Name(MarkName),
    /// A rule with its own windows.
    Rule(MarkRuleTable),
}

impl Default for MarkTable {
    fn default() -> Self {
        Self::Name(MarkName::Last)
    }
}

/// `mark = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRuleTable {
    /// Which.
    pub rule: MarkName,
    /// Length of the mean (Binance) or time constant of the first average (Hyperliquid).
    #[serde(default)]
    pub window: Option<DurationText>,
}

/// The rule of the mark price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkName {
    /// The last trade.
    Last,
    /// Only what the script says.
    Scripted,
    /// Binance's median of three, with a 30 s mean.
    MedianOfThree,
    /// Hyperliquid's median with a 150 s average.
    MedianWithEma,
}

/// `funding = "off"` or `funding = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FundingTable {
    /// `"off"`.
    Name(FundingName),
    /// By premium index.
    Premium(PremiumTable),
}

impl Default for FundingTable {
    fn default() -> Self {
        Self::Name(FundingName::Off)
    }
}

/// A funding rule by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FundingName {
    /// No funding.
    Off,
    /// Every 8 h, as Binance publishes it.
    EightHours,
    /// Every hour an eighth, as Hyperliquid publishes it.
    Hourly,
}

/// `funding = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PremiumTable {
    /// How often it is paid.
    pub interval: DurationText,
    /// The period that the rate refers to.
    pub period: DurationText,
    /// How often the premium is sampled.
    pub sample: DurationText,
    /// Interest per period.
    pub interest: Ratio,
    /// Half-width of the dead band.
    pub clamp: Ratio,
    /// Largest rate per interval.
    pub cap: Ratio,
    /// Notional behind the impact prices.
    pub impact_notional: Money,
}

impl Default for PremiumTable {
    fn default() -> Self {
        Self {
            interval: DurationText::new(SimDuration::secs(8 * 3600)),
            period: DurationText::new(SimDuration::secs(8 * 3600)),
            sample: DurationText::new(SimDuration::secs(5)),
            interest: Ratio::new(Rate::bps(1)),
            clamp: Ratio::new(Rate::bps(5)),
            cap: Ratio::new(Rate::bps(100 * 4)),
            impact_notional: Money::new(Usd::dollars(20_000)),
        }
    }
}

/// One of `tiers`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierTable {
    /// The tier holds up to this notional; absent in the last.
    #[serde(default)]
    pub up_to: Option<Money>,
    /// Maximum leverage.
    pub max_leverage: Spanned<f64>,
    /// Maintenance rate; default: half of the initial margin.
    #[serde(default)]
    pub maintenance: Option<Ratio>,
}

/// The keys that all kinds of agents share; a kind adds its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentsTable {
    /// A registered kind.
    pub kind: Spanned<String>,
    /// The population's name.
    pub name: String,
    /// Real accounts.
    pub count: Spanned<u64>,
    /// Agents per account for this population; default: the scenario's scale.
    #[serde(default)]
    pub scale: Option<Ratio>,
    /// The venue, for one.
    #[serde(default)]
    pub venue: Option<Spanned<String>>,
    /// The venues, for several: a member has an account on each.
    #[serde(default)]
    pub venues: Vec<Spanned<String>>,
    /// The symbols that the members know on their venues; default: all perpetuals.
    #[serde(default)]
    pub instruments: Vec<Spanned<String>>,
    /// How members choose their own market among the instruments; default: in turn.
    #[serde(default)]
    pub shares: BTreeMap<String, f64>,
    /// Equity of a member in dollars, for members without a starting position.
    #[serde(default)]
    pub equity: Option<SizeTable>,
    /// Starting positions; equity follows from notional and leverage.
    #[serde(default)]
    pub position: Option<Spanned<PositionTable>>,
    /// Holdings of base assets on spot markets, in dollars for the whole population, by asset.
    #[serde(default)]
    pub inventory: BTreeMap<String, Money>,
    /// Money outside venues, as a part of the equity on venues.
    #[serde(default)]
    pub wallet: Ratio,
    /// Isolated or cross margin.
    #[serde(default)]
    pub margin: MarginName,
    /// From a decision to the arrival of its message.
    #[serde(default)]
    pub latency: LatencyTable,
    /// How long transfers between machines take.
    #[serde(default = "default_transfer")]
    pub transfer: LatencyTable,
    /// When members look.
    pub wake: WakeTable,
    /// How fast members see.
    #[serde(default)]
    pub feed: Feed,
}

/// Isolated or cross margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarginName {
    /// Each position has its own margin.
    Isolated,
    /// All positions share the account's equity.
    #[default]
    Cross,
}

/// A distribution of sizes in dollars: `"5_000"` or `{ pareto = ..., ... }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SizeTable {
    /// The same for all.
    Fixed(Money),
    /// A Pareto distribution with a cap.
    Pareto(ParetoTable),
}

/// `{ min, alpha, cap }`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParetoTable {
    /// The smallest size.
    pub min: Money,
    /// The tail exponent.
    pub alpha: f64,
    /// The largest size.
    pub cap: Money,
}

/// `position = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionTable {
    /// Long or short.
    pub side: SideName,
    /// Notional of the whole population at the starting price, by symbol.
    pub notional: BTreeMap<String, Money>,
    /// Relative sizes of members; notional is scaled to the total above.
    pub size: SizeTable,
    /// No member holds more than this part of the population's notional in a symbol.
    #[serde(default = "five_percent")]
    pub max_share: Ratio,
    /// Symbols that one member holds at once (a cross account), in proportion to the totals.
    #[serde(default = "one_usize")]
    pub legs: usize,
    /// Effective leverage at the start.
    pub leverage: LeverageTable,
    /// Mean of entry price over starting price, minus one.
    #[serde(default)]
    pub entry_mean: f64,
    /// Standard deviation of the same.
    #[serde(default)]
    pub entry_sd: f64,
    /// This population takes the other side of what all populations without this flag hold, so that
    /// long and short open interest agree; its own totals are relative weights.
    #[serde(default)]
    pub balances: bool,
}

/// Long or short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

/// Effective leverage: notional over equity.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LeverageTable {
    /// The same for all.
    Fixed(f64),
    /// By the distance to liquidation.
    Curve(CurveTable),
    /// Lognormal around a median.
    Lognormal(LognormalTable),
}

/// Share of notional liquidated at a fall `d`: `share * (1 - exp(-(d / (distance * stretch))^shape))`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CurveTable {
    /// Share that is ever liquidated; the rest has leverage `rest`.
    pub share: f64,
    /// Scale of the distance.
    pub distance: f64,
    /// Shape.
    pub shape: f64,
    /// Stretch of the distance by symbol.
    #[serde(default)]
    pub stretch: BTreeMap<String, f64>,
    /// Leverage of the others.
    #[serde(default = "one_and_a_half")]
    pub rest: f64,
}

/// `{ median, sigma, max }`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LognormalTable {
    /// The median.
    pub median: f64,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
    /// The largest.
    pub max: f64,
}

/// `{ base, jitter }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyTable {
    /// The part that every message needs.
    pub base: DurationText,
    /// The mean of the exponential part.
    #[serde(default = "no_time")]
    pub jitter: DurationText,
}

impl Default for LatencyTable {
    fn default() -> Self {
        Self {
            base: DurationText::new(SimDuration::millis(50)),
            jitter: DurationText::new(SimDuration::millis(0)),
        }
    }
}

/// `wake = { every = "500ms" }` or `{ mean = "10m" }` or `"never"`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WakeTable {
    /// Periodic, each member with its own phase.
    Every(DurationText),
    /// At random moments with this mean distance.
    Mean(DurationText),
    /// Only when something is reported.
    Never,
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
    /// The change of each asset's value.
    pub jump: BTreeMap<String, Ratio>,
}

/// The kind of a shock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShockKind {
    /// News that changes what assets are worth.
    News,
}

/// One of `[[accounts]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountTable {
    /// Its name.
    pub id: String,
    /// The venue.
    pub venue: Spanned<String>,
    /// Settlement asset, or `{ ASSET = amount }`.
    pub collateral: CollateralAmount,
    /// Isolated or cross margin.
    #[serde(default)]
    pub margin_mode: MarginName,
    /// Open positions.
    #[serde(default)]
    pub positions: Vec<Spanned<HeldTable>>,
}

/// `"1000"` or `{ USDT = "1000", BTC = 2 }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CollateralAmount {
    /// Of the settlement asset.
    Settlement(Money),
    /// By asset.
    ByAsset(BTreeMap<String, Money>),
}

/// One of an account's positions
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldTable {
    /// The instrument.
    pub instrument: Spanned<String>,
    /// Signed quantity in units of the base asset.
    pub qty: Spanned<Decimal>,
    /// Entry price in dollars.
    pub entry: Spanned<Decimal>,
    /// Its own margin, for isolated accounts.
    #[serde(default)]
    pub margin: Option<Money>,
}

/// One of `[[orders]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderTable {
    /// Its name, for later cancels.
    pub id: String,
    /// The instrument.
    pub instrument: Spanned<String>,
    /// Buy or sell.
    pub side: SideText,
    /// Price in dollars.
    pub price: Spanned<Decimal>,
    /// Quantity in units of the base asset.
    pub qty: Spanned<Decimal>,
    /// The account.
    pub account: Spanned<String>,
}

/// One of `[[script]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptTable {
    /// When.
    pub at: Spanned<Moment>,
    /// What.
    pub op: ScriptOp,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// The instrument (or, for `set_index`, the asset).
    #[serde(default)]
    pub instrument: Option<Spanned<String>>,
    /// The order's name.
    #[serde(default)]
    pub id: Option<Spanned<String>>,
    /// Buy or sell.
    #[serde(default)]
    pub side: Option<SideText>,
    /// Price in dollars.
    #[serde(default)]
    pub price: Option<Spanned<Decimal>>,
    /// Quantity in units of the base asset.
    #[serde(default)]
    pub qty: Option<Spanned<Decimal>>,
    /// The asset of a deposit or withdrawal; default: the settlement asset.
    #[serde(default)]
    pub asset: Option<Spanned<String>>,
    /// The amount of a deposit, withdrawal or margin transfer.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// What a script may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScriptOp {
    /// A limit order.
    Limit,
    /// A market order.
    Market,
    /// Takes an order back.
    Cancel,
    /// Money arrives from outside.
    Deposit,
    /// Money leaves.
    Withdraw,
    /// Moves cash into an isolated position's margin.
    AddMargin,
    /// Sets the mark price.
    SetMark,
    /// Sets the index price of the instrument's base asset.
    SetIndex,
    /// Stops matching.
    Halt,
    /// Reopens with an auction.
    Reopen,
}

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideText {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleText {
    /// Produced by the run: it counts.
    Outcome,
    /// Put into the run: it does not.
    Input,
}

/// One of `[[targets]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetTable {
    /// Its name in the sources.
    pub id: String,
    /// A metric of the summary.
    pub metric: String,
    /// The time the metric refers to, in words.
    #[serde(default)]
    pub window: String,
    /// The metric's definition, in words.
    #[serde(default)]
    pub formula: String,
    /// An outcome counts, an input does not.
    pub role: RoleText,
    /// The published figure.
    pub value: f64,
    /// What is accepted, from and to.
    pub band: [f64; 2],
    /// Where the figure comes from.
    #[serde(default)]
    pub source: String,
    /// P primary, R research, N news, D derived, M from memory, A assumed.
    #[serde(default)]
    pub grade: String,
}

/// `[record]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordTable {
    /// Every order message, too.
    pub orders: bool,
    /// Every trade.
    pub trades: bool,
    /// How often the depth of the books is recorded.
    pub depth_every: DurationText,
    /// How often populations are recorded.
    pub populations_every: DurationText,
    /// The whole audit runs this often.
    pub audit_every: DurationText,
}

impl Default for RecordTable {
    fn default() -> Self {
        Self {
            orders: false,
            trades: true,
            depth_every: DurationText::new(SimDuration::secs(30)),
            populations_every: DurationText::new(SimDuration::secs(60)),
            audit_every: DurationText::new(SimDuration::secs(60)),
        }
    }
}

/// `[charts]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChartsTable {
    /// A CSV file (time_utc, open, high, low, close) of a real path to draw beside an instrument.
    pub reference: Option<ReferenceTable>,
}

/// `reference = { ... }`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceTable {
    /// The file, relative to the scenario file, or a shipped one.
    pub file: String,
    /// The instrument's symbol.
    pub instrument: String,
    /// What the legend calls it.
    pub label: String,
}

const fn one() -> u64 {
    1
}
const fn one_usize() -> usize {
    1
}
const fn one_f64() -> f64 {
    1.0
}
const fn one_and_a_half() -> f64 {
    1.5
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
const fn five_percent() -> Ratio {
    Ratio::new(Rate::bps(100 * 5))
}
const fn two_thirds() -> Ratio {
    Ratio::new(Rate(666_666_667))
}
const fn three_times() -> Ratio {
    Ratio::new(Rate::bps(100 * 300))
}
const fn default_tick() -> DurationText {
    DurationText::new(SimDuration::millis(100))
}
const fn default_record() -> DurationText {
    DurationText::new(SimDuration::secs(1))
}
const fn default_second() -> DurationText {
    DurationText::new(SimDuration::secs(1))
}
const fn no_time() -> DurationText {
    DurationText::new(SimDuration::millis(0))
}
const fn default_transfer() -> LatencyTable {
    LatencyTable {
        base: DurationText::new(SimDuration::secs(300)),
        jitter: DurationText::new(SimDuration::secs(300)),
    }
}
