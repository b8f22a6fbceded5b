//! `oracle = { ... }` of a venue: how its index prices are made.

use std::collections::BTreeMap;

use firesale_types::{Rate, SimDuration};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Ratio, Spanned};

/// `oracle = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OracleTable {
    /// How often index prices are published; 0: never, a script sets them.
    pub period: DurationText,
    /// How the prices of several spot markets become one.
    pub average: AverageName,
    /// Prices further than this from the plain median are outliers.
    pub deviation: Option<Ratio>,
    /// What becomes of outliers.
    pub outliers: OutlierName,
    /// Markets without a bid or an ask for longer than this have no weight.
    pub stale_after: Option<DurationText>,
    /// Weight of each venue's spot market, by venue; default: the market's own `index_weight`.
    pub weights: BTreeMap<String, Spanned<f64>>,
    /// Particular rules for named assets.
    pub assets: BTreeMap<String, Spanned<AssetIndexTable>>,
}

impl Default for OracleTable {
    fn default() -> Self {
        Self {
            period: DurationText::new(SimDuration::secs(3)),
            average: AverageName::WeightedMedian,
            deviation: None,
            outliers: OutlierName::Dropped,
            stale_after: None,
            weights: BTreeMap::new(),
            assets: BTreeMap::new(),
        }
    }
}

/// One of `oracle.assets`
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AssetIndexTable {
    /// The markets that make the index.
    pub source: IndexSourceName,
    /// The part of the redemption value (the asset's fundamental value) in the index.
    pub redemption_weight: Ratio,
    /// The index is never below this part of the redemption value.
    pub floor: Option<Ratio>,
}

/// The markets that make an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexSourceName {
    /// The spot markets of all venues.
    #[default]
    AllVenues,
    /// The venue's own spot market alone.
    OwnBook,
    /// None: the redemption value itself.
    Redemption,
}

/// How several prices become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AverageName {
    /// Half of the weight is below.
    WeightedMedian,
    /// The mean.
    WeightedMean,
}

/// What becomes of an outlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutlierName {
    /// It gets no weight.
    Dropped,
    /// It counts as the price at the limit.
    Clamped,
}

/// What is wrong with an index during an `oracle_fault`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultName {
    /// It stays at its last value.
    Frozen,
    /// It lags by `by`.
    Delayed,
    /// It is `factor` times what it should be.
    Wrong,
}

/// `factor` of a fault that has none.
pub(super) const fn unchanged() -> Ratio {
    Ratio::new(Rate::ONE)
}
