//! `[[instruments]]`: grid, mark, funding, tiers.

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::Deserialize;

use super::brakes::LuldTierName;
use crate::config::{Decimal, DurationText, Moment, Money, PlainOr, Ratio, Spanned};

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
    /// Its tier of price bands, at a venue that has them.
    #[serde(default)]
    pub luld_tier: LuldTierName,
    /// Orders further from the mark are refused.
    #[serde(default)]
    pub price_band: Option<Ratio>,
    /// When a future is delivered.
    #[serde(default)]
    pub expiry: Option<Spanned<Moment>>,
    /// The next contract of a future's series, on the same venue.
    #[serde(default)]
    pub rolls_into: Option<Spanned<String>>,
    /// The index is averaged over this time before the expiry (default: 30 min).
    #[serde(default)]
    pub settlement_window: Option<DurationText>,
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
    /// A linear future with an expiry.
    Future,
}

/// `mark = "last"`: a rule by name, with its published windows; or `mark = { rule = ..., ... }`.
pub type MarkTable = PlainOr<MarkName, MarkRuleTable>;

/// `mark = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRuleTable {
    /// Which.
    pub rule: MarkName,
    /// Length of the mean (Binance) or time constant of the first average (Hyperliquid).
    #[serde(default)]
    pub window: Option<Spanned<DurationText>>,
    /// For `median_with_ema`: time constant of the average that stands in for a missing source.
    #[serde(default)]
    pub short_ema: Option<Spanned<DurationText>>,
}

/// The rule of the mark price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkName {
    /// The last trade.
    #[default]
    Last,
    /// The index (dYdX).
    Index,
    /// Only what the script says.
    Scripted,
    /// Binance's median of three, with a 30 s mean.
    MedianOfThree,
    /// Hyperliquid's median with a 150 s average.
    MedianWithEma,
}

/// `funding = "off"` or `funding = { ... }`
pub type FundingTable = PlainOr<FundingName, PremiumTable>;

/// A funding rule by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FundingName {
    /// No funding.
    #[default]
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
    /// Largest rate per interval, or `{ maintenance = 0.75 }`.
    pub cap: PlainOr<Ratio, CapTable>,
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
            cap: PlainOr::Plain(Ratio::new(Rate::bps(100 * 4))),
            impact_notional: Money::new(Usd::dollars(20_000)),
        }
    }
}

/// `cap = { maintenance = 0.75 }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapTable {
    /// So many times the maintenance rate of the first tier.
    pub maintenance: Ratio,
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

const fn one_f64() -> f64 {
    1.0
}
