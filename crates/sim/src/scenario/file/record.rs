//! `[[targets]]`, `[record]`, `[charts]`.

use firesale_types::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Spanned};

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
    /// How often pools, lenders, issuers and chains are recorded.
    pub chains_every: DurationText,
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
            chains_every: DurationText::new(SimDuration::secs(60)),
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
    pub instrument: Spanned<String>,
    /// What the legend calls it.
    pub label: String,
}
