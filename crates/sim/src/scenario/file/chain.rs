//! `[[chains]]`, `[[pools]]` and `[[lenders]]`: the market on chains.

use std::collections::BTreeMap;

use firesale_types::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{DurationText, Money, Ratio, Spanned};

/// One of `[[chains]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainTable {
    /// Its name.
    pub name: String,
    /// Time between blocks. Ethereum: 12 s (P).
    #[serde(default = "twelve_seconds")]
    pub block_time: DurationText,
    /// The asset that pays for gas; without one nobody pays.
    #[serde(default)]
    pub native: Option<Spanned<String>>,
    /// What room in a block costs.
    #[serde(default)]
    pub gas: GasTable,
    /// Users outside the run who want room as well.
    #[serde(default)]
    pub demand: Option<DemandTable>,
    /// From a block to the moment when what leaves the chain has arrived.
    #[serde(default = "two_minutes")]
    pub confirmation: DurationText,
}

/// `gas = { ... }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GasTable {
    /// Gas in a block at which the base fee stays.
    pub target: u64,
    /// Most gas in a block.
    pub limit: u64,
    /// The base fee at the start, in billionths of the native asset for one gas (1 gwei is 1e-9 ETH).
    pub base_fee_gwei: f64,
    /// The base fee never falls below this.
    pub floor_gwei: f64,
}

impl Default for GasTable {
    /// Ethereum in 2025 (M, remembered and unverified): 18 of 36 million gas in a block; a few gwei.
    fn default() -> Self {
        Self {
            target: 18_000_000,
            limit: 36_000_000,
            base_fee_gwei: 2.0,
            floor_gwei: 0.01,
        }
    }
}

/// `demand = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandTable {
    /// Gas that others want in a block at `price_gwei`, in calm.
    pub gas: u64,
    /// The price at which they want as much; default: the base fee at the start.
    #[serde(default)]
    pub price_gwei: Option<f64>,
    /// By how many percent their demand falls when the price rises by one (A).
    #[serde(default = "half")]
    pub elasticity: f64,
    /// The market whose swings make others eager: `ETH-USD.cex`.
    #[serde(default)]
    pub follows: Option<Spanned<String>>,
    /// The volatility per second of that market in calm; twice as much is twice the demand.
    #[serde(default = "calm")]
    pub calm_volatility: f64,
    /// The most by which stress multiplies demand.
    #[serde(default = "twenty")]
    pub most: f64,
}

/// One of `[[pools]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidityPoolTable {
    /// Its name.
    pub name: String,
    /// The chain.
    pub chain: Spanned<String>,
    /// Its curve.
    pub kind: PoolKindName,
    /// Its coins, in order.
    pub coins: Vec<Spanned<String>>,
    /// What is in it at the start, in units of each coin.
    #[serde(default)]
    pub reserves: BTreeMap<String, Money>,
    /// What a swap pays.
    pub fee: Spanned<Ratio>,
    /// For a stable-swap pool: the part of the fee that leaves the pool.
    #[serde(default)]
    pub admin_fee: Ratio,
    /// For a stable-swap pool: the amplification, as its contract counts it (A times n^(n-1)).
    #[serde(default)]
    pub amplification: Option<Spanned<i64>>,
    /// For a stable-swap pool: a change of the amplification.
    #[serde(default)]
    pub ramp: Option<RampTable>,
    /// For a weighted pool: the weight of each coin.
    #[serde(default)]
    pub weights: BTreeMap<String, Ratio>,
    /// For a concentrated pool: the price at the start, units of the second coin for one of the first.
    #[serde(default)]
    pub price: Option<Spanned<f64>>,
    /// For a concentrated pool: ticks between the ends of ranges; default: that of the fee.
    #[serde(default)]
    pub tick_spacing: Option<Spanned<i32>>,
    /// For a concentrated pool: the liquidity at the start.
    #[serde(default)]
    pub ranges: Vec<Spanned<RangeTable>>,
}

/// The curve of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolKindName {
    /// x y = k (Uniswap v2).
    ConstantProduct,
    /// Liquidity in price ranges (Uniswap v3).
    Concentrated,
    /// Flat around par (Curve).
    StableSwap,
    /// Constant product with weights (Balancer).
    Weighted,
}

/// `ramp = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RampTable {
    /// Where the amplification goes.
    pub to: i64,
    /// From the start on, and it is there at this moment.
    pub until: Spanned<crate::config::Moment>,
}

/// One of `ranges`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeTable {
    /// The lower price.
    pub lower: f64,
    /// The upper price.
    pub upper: f64,
    /// What it is worth, in units of the second coin at the starting price.
    pub value: Money,
}

/// One of `[[lenders]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LenderTable {
    /// Its name.
    pub name: String,
    /// The chain.
    pub chain: Spanned<String>,
    /// What can be lent and borrowed there.
    pub reserves: Vec<Spanned<ReserveTable>>,
    /// Categories in which like is lent against like.
    #[serde(default)]
    pub e_modes: Vec<Spanned<EModeTable>>,
    /// What becomes of an account in breach.
    #[serde(default)]
    pub liquidation: LenderLiquidationName,
    /// The part of a debt that one liquidation may repay.
    #[serde(default = "half_ratio")]
    pub close_factor: Ratio,
    /// Below this health factor all of it.
    #[serde(default = "ninety_five")]
    pub full_close_below: Ratio,
    /// Debts up to this, in dollars, are repaid whole.
    #[serde(default = "small")]
    pub small_position: Money,
}

/// What becomes of an account in breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LenderLiquidationName {
    /// Keepers repay debt for collateral with a bonus (Aave).
    #[default]
    Bonus,
    /// The protocol takes the whole account and sells the collateral at a discount (Compound III).
    Absorb,
}

/// One of `reserves`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveTable {
    /// The asset.
    pub asset: Spanned<String>,
    /// The most that can be borrowed against it, as a part of its value; 0: it is no collateral.
    #[serde(default)]
    pub ltv: Ratio,
    /// The part of its value up to which debt is safe.
    #[serde(default)]
    pub threshold: Spanned<Ratio>,
    /// What a liquidation pays on top.
    #[serde(default)]
    pub bonus: Ratio,
    /// The part of the bonus that the protocol keeps.
    #[serde(default)]
    pub protocol_fee: Ratio,
    /// The part of interest that the protocol keeps.
    #[serde(default)]
    pub reserve_factor: Ratio,
    /// Whether it can be borrowed.
    #[serde(default = "yes")]
    pub borrowable: bool,
    /// Interest a year on debt when nothing is borrowed,
    #[serde(default)]
    pub base_rate: Ratio,
    /// what is added up to the kink,
    #[serde(default)]
    pub slope_1: Ratio,
    /// and beyond it.
    #[serde(default)]
    pub slope_2: Ratio,
    /// The utilisation at the kink.
    #[serde(default = "ninety")]
    pub optimal: Ratio,
    /// Most that can be lent, in units.
    #[serde(default)]
    pub supply_cap: Option<Money>,
    /// Most that can be borrowed, in units.
    #[serde(default)]
    pub borrow_cap: Option<Money>,
    /// Lent at the start by nobody in the run, in units.
    #[serde(default)]
    pub supplied: Money,
    /// The category in which it may be used.
    #[serde(default)]
    pub e_mode: Option<Spanned<String>>,
    /// What the market believes it is worth.
    pub oracle: Spanned<LenderOracleTable>,
}

/// One of `e_modes`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EModeTable {
    /// Its name.
    pub name: String,
    /// As of a reserve.
    pub ltv: Ratio,
    /// As of a reserve.
    pub threshold: Ratio,
    /// As of a reserve.
    pub bonus: Ratio,
}

/// `oracle = { ... }` of a reserve
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LenderOracleTable {
    /// Where the price comes from.
    pub source: PriceSourceName,
    /// The market (`USDE-USDT.cex`), pool or issuer.
    #[serde(default)]
    pub of: Option<Spanned<String>>,
    /// For a pegged oracle: dollars, whatever happens.
    #[serde(default = "one_dollar")]
    pub value: f64,
    /// It is published anew when it has moved by this much,
    #[serde(default = "half_percent")]
    pub deviation: Ratio,
    /// or after this time. Chainlink's stablecoin feeds: 0.25-0.5% and a day (M, unverified).
    #[serde(default = "hour")]
    pub heartbeat: DurationText,
}

/// Where the price of a reserve or of collateral comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceSourceName {
    /// The mid of one market on a venue.
    Venue,
    /// The marginal price in a pool.
    Pool,
    /// What the issuer would pay for it.
    Redemption,
    /// The value of the asset in the world: an index of all venues that is never wrong.
    Value,
    /// A fixed price.
    Pegged,
}

const fn twelve_seconds() -> DurationText {
    DurationText::new(SimDuration::secs(12))
}
const fn two_minutes() -> DurationText {
    DurationText::new(SimDuration::secs(120))
}
const fn hour() -> DurationText {
    DurationText::new(SimDuration::secs(3600))
}
const fn half() -> f64 {
    0.5
}
const fn calm() -> f64 {
    5e-5
}
const fn twenty() -> f64 {
    20.0
}
const fn one_dollar() -> f64 {
    1.0
}
const fn yes() -> bool {
    true
}
const fn percent_tenths(tenths: i64) -> Ratio {
    Ratio::new(firesale_types::Rate::bps(10 * tenths))
}
const fn half_percent() -> Ratio {
    percent_tenths(5)
}
const fn half_ratio() -> Ratio {
    percent_tenths(500)
}
const fn ninety() -> Ratio {
    percent_tenths(900)
}
const fn ninety_five() -> Ratio {
    percent_tenths(950)
}
const fn small() -> Money {
    Money::new(firesale_types::Usd::dollars(2000))
}
