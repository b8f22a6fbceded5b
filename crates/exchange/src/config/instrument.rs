//! The rules of one instrument: grid, margin tiers, mark price, funding.

use firesale_types::{
    AssetId, Price, Qty, Rate, Rounding, SimDuration, SimTime, UnitValue, Usd, mul_div,
};
use serde::{Deserialize, Serialize};

use crate::MarginTiers;

/// One instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstrumentConfig {
    /// Its symbol on this venue.
    pub symbol: String,
    /// Spot or perpetual.
    pub kind: InstrumentKind,
    /// The asset whose index price belongs to it: the base of a spot pair, the underlying of a perp.
    pub base: AssetId,
    /// One tick times one lot, in micro-USD.
    pub unit: UnitValue,
    /// One lot in millionths of the base asset.
    pub lot_units: i64,
    /// Limit prices must be a multiple of this many ticks.
    pub price_step: i64,
    /// Quantities must be a multiple of this many lots.
    pub qty_step: i64,
    /// The largest order, in lots.
    pub max_order_qty: Qty,
    /// Limit prices further than this from the mark are refused and market orders stop there.
    pub price_band: Option<Rate>,
    /// Maintenance and initial margin (unused for spot).
    pub tiers: MarginTiers,
    /// How the mark price is made.
    pub mark: MarkRule,
    /// How funding is computed.
    pub funding: FundingRule,
    /// When and how a dated future ends.
    pub expiry: Option<Expiry>,
    /// Last, mark and index price at the start.
    pub initial_price: Price,
}

impl InstrumentConfig {
    /// A perpetual on the finest grid, with the last trade as mark, without funding or band.
    #[must_use]
    pub fn perp(
        symbol: &str,
        base: AssetId,
        (unit, lot_units): (UnitValue, i64),
        tiers: MarginTiers,
        initial_price: Price,
    ) -> Self {
        Self {
            symbol: symbol.to_owned(),
            kind: InstrumentKind::Perp,
            base,
            unit,
            lot_units,
            price_step: 1,
            qty_step: 1,
            max_order_qty: Qty(1 << 30),
            price_band: None,
            tiers,
            mark: MarkRule::Last,
            funding: FundingRule::Off,
            expiry: None,
            initial_price,
        }
    }
}

/// The end of a dated future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// When it is delivered.
    pub at: SimTime,
    /// The settlement price is the mean of the index, sampled at mark ticks, over this time before.
    pub window: SimDuration,
}

/// The kind of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// The base asset against the settlement asset, fully paid.
    Spot,
    /// A linear perpetual future, margined and settled in the settlement asset.
    Perp,
    /// A linear future that ends at its expiry, margined and settled likewise.
    Future,
}

/// The rule for the price at which positions are valued. Formulas: `domain` facts 2.2 and 2.3, as
/// published by the venues.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum MarkRule {
    /// The last trade; recomputed after every command that traded.
    Last,
    /// The index (dYdX v4 values positions at its oracle price, P).
    Index,
    /// Only what [`crate::ExchangeEvent::SetMark`] says.
    Scripted,
    /// Median of index * (1 + last funding rate * time to funding / interval), index + mean over
    /// `window` of (mid - index), and the last trade (Binance USD-M).
    MedianOfThree {
        /// Length of the mean (30 s since September 2025, 60 s before).
        window: SimDuration,
    },
    /// Median of oracle + EMA of (mid - oracle), median(best bid, best ask, last), and the median of
    /// other venues' perp mids; if one is missing, an EMA over `short_ema` of the second joins
    /// (Hyperliquid).
    MedianWithEma {
        /// Time constant of the first EMA (150 s).
        ema: SimDuration,
        /// Time constant of the substitute (30 s).
        short_ema: SimDuration,
    },
}

/// The rule for payments between longs and shorts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum FundingRule {
    /// No funding.
    Off,
    /// Rate per `period` = mean premium + clamp(interest - mean premium, -clamp, clamp), capped;
    /// every `interval` the part `interval / period` of it is paid on the index value (perp prices
    /// above the index: longs pay). The premium is sampled every `sample` from impact prices:
    /// (max(0, impact bid - index) - max(0, index - impact ask)) / index.
    PremiumIndex {
        /// How often it is paid (8 h Binance, 1 h Hyperliquid).
        interval: SimDuration,
        /// The period the rate refers to (8 h).
        period: SimDuration,
        /// How often the premium is sampled (5 s).
        sample: SimDuration,
        /// Interest per period (0.01%).
        interest: Rate,
        /// Half-width of the dead band (0.05%).
        clamp: Rate,
        /// Largest rate per interval.
        cap: FundingCap,
        /// Notional that defines the impact prices.
        impact_notional: Usd,
    },
}

/// The largest rate of one funding interval, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundingCap {
    /// This rate (Hyperliquid: 4% an hour, P).
    Rate(Rate),
    /// This multiple of the maintenance rate of the instrument's first tier, so that a changed tier
    /// changes the cap (Binance: 0.75 times; remembered, unverified).
    Maintenance(Rate),
}

impl FundingCap {
    /// The cap under these tiers; zero if it refers to tiers and there are none.
    #[must_use]
    pub fn rate(self, tiers: &MarginTiers) -> Rate {
        match self {
            Self::Rate(rate) => rate,
            Self::Maintenance(multiple) => {
                let first = tiers.tiers().first().map_or(0, |tier| tier.maintenance.0);
                let rate = mul_div(first, multiple.0, Rate::ONE.0, Rounding::HalfEven);
                Rate(rate.unwrap_or(i64::MAX))
            }
        }
    }
}
