//! `[[agents]]`: the keys that all kinds share.

use std::collections::BTreeMap;

use firesale_exchange::MarginMode;
use firesale_types::{Rate, SimDuration};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{PositionModeName, RollTable, RunTable, no_time};
use crate::Feed;
use crate::config::{DurationText, Money, Ratio, Spanned};

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
    /// Parts of the money behind starting positions that are held in collateral assets instead of
    /// the settlement asset, at what they count after their haircut; for cross accounts.
    #[serde(default)]
    pub collateral: BTreeMap<String, Ratio>,
    /// Money outside venues, as a part of the equity on venues.
    #[serde(default)]
    pub wallet: Ratio,
    /// The chain on which every member has an address.
    #[serde(default)]
    pub chain: Option<Spanned<String>>,
    /// Holdings on the chain, in dollars for the whole population, by asset.
    #[serde(default)]
    pub on_chain: BTreeMap<String, Money>,
    /// Holdings in wallets, in dollars for the whole population, by asset.
    #[serde(default)]
    pub in_wallet: BTreeMap<String, Money>,
    /// Coins in the yield anchor of their issuer, in dollars for the whole population, by coin.
    #[serde(default)]
    pub in_anchor: BTreeMap<String, Money>,
    /// What members have lent to a lending market and owe there.
    #[serde(default)]
    pub in_lender: Option<Spanned<InLenderTable>>,
    /// Relative sizes of members' holdings on the chain and in wallets; default: in proportion to
    /// their equity, or equal if they have none.
    #[serde(default)]
    pub sizes: Option<SizeTable>,
    /// What members offer for a place in a block.
    #[serde(default)]
    pub gas: GasOfferTable,
    /// Isolated, cross or portfolio margin.
    #[serde(default)]
    pub margin: MarginName,
    /// One position in an instrument, or a long and a short one.
    #[serde(default)]
    pub position_mode: PositionModeName,
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
    /// How members roll dated futures; without it positions are delivered.
    #[serde(default)]
    pub roll: Option<Spanned<RollTable>>,
    /// When members run from a platform; without it they never do.
    #[serde(default)]
    pub run: Option<Spanned<RunTable>>,
}

/// `in_lender = { ... }`: what members have on a lending market of their chain at the start. What they
/// have borrowed was spent before: it is outside the run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InLenderTable {
    /// The lending market.
    pub lender: Spanned<String>,
    /// Lent, in dollars for the whole population, by asset.
    pub supplied: BTreeMap<String, Money>,
    /// Owed, in dollars for the whole population, by asset.
    #[serde(default)]
    pub borrowed: BTreeMap<String, Money>,
    /// The category they have entered.
    #[serde(default)]
    pub e_mode: Option<Spanned<String>>,
    /// How much more or less than the mean a member owes for what it has lent, at most; members are
    /// spread evenly between.
    #[serde(default)]
    pub spread: Ratio,
}

/// `gas = { ... }` of a population
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GasOfferTable {
    /// What the producer gets for one gas.
    pub tip_gwei: f64,
    /// Most for one gas, base fee and tip together.
    pub most_gwei: f64,
    /// A transaction that has not been included by then is forgotten.
    pub patience: DurationText,
}

impl Default for GasOfferTable {
    /// A wallet's usual offer (M, remembered and unverified): a tip of 1 to 2 gwei.
    fn default() -> Self {
        Self {
            tip_gwei: 1.0,
            most_gwei: 500.0,
            patience: DurationText::new(SimDuration::secs(600)),
        }
    }
}

/// Isolated, cross or portfolio margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarginName {
    /// Each position has its own margin.
    Isolated,
    /// All positions share the account's equity.
    #[default]
    Cross,
    /// They share it, and hedge each other in the venue's scenario grid.
    Portfolio,
}

impl MarginName {
    /// As the exchange calls it.
    #[must_use]
    pub const fn mode(self) -> MarginMode {
        match self {
            Self::Isolated => MarginMode::Isolated,
            Self::Cross => MarginMode::Cross,
            Self::Portfolio => MarginMode::Portfolio,
        }
    }
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

const fn one_usize() -> usize {
    1
}

const fn one_and_a_half() -> f64 {
    1.5
}

const fn five_percent() -> Ratio {
    Ratio::new(Rate::bps(100 * 5))
}

const fn default_transfer() -> LatencyTable {
    LatencyTable {
        base: DurationText::new(SimDuration::secs(300)),
        jitter: DurationText::new(SimDuration::secs(300)),
    }
}
