//! `summary.json`: the figures of a run and the verdicts on its targets.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::RecordError;
use crate::file::{read_json, write_json};

/// Its name in the run's directory.
pub(crate) const SUMMARY: &str = "summary.json";

/// Whether a target judges the model or restates what was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetRole {
    /// A result of the run; only these count.
    Outcome,
    /// A property of the set-up.
    Input,
}

/// One target of the scenario and what the run made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetResult {
    /// The target's id.
    pub id: String,
    /// The metric it judges.
    pub metric: String,
    /// The window of time, as the scenario words it.
    #[serde(default)]
    pub window: Option<String>,
    /// The definition, as the scenario words it.
    #[serde(default)]
    pub formula: Option<String>,
    /// Outcome or input.
    pub role: TargetRole,
    /// The historical or published value.
    pub value: Option<f64>,
    /// The accepted band, both ends inclusive.
    pub band: [f64; 2],
    /// What the run gave; absent if it has no such thing.
    pub measured: Option<f64>,
    /// Whether it lies in the band; false if it was not measured.
    pub inside: bool,
    /// Where the value is from.
    #[serde(default)]
    pub source: Option<String>,
    /// How good the source is.
    #[serde(default)]
    pub grade: Option<String>,
}

/// The figures of a run by name, and its targets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Figures; null where the scenario has no such thing. Per symbol or venue: `name.SYMBOL`.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The scenario's targets.
    #[serde(default)]
    pub targets: Vec<TargetResult>,
}

impl Summary {
    /// Sets a figure; what is not finite is absent.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Option<f64>>) {
        let value: Option<f64> = value.into();
        // Adding zero turns a negative zero, which empty sums give, into a plain one.
        let value = value.filter(|v| v.is_finite()).map(|v| v + 0.0);
        self.metrics.insert(name.into(), value);
    }

    /// A figure, if the run has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied().flatten()
    }

    /// Measures every target anew from the metrics.
    pub fn judge(&mut self) {
        for target in &mut self.targets {
            target.measured = self.metrics.get(&target.metric).copied().flatten();
            let [low, high] = target.band;
            target.inside = target.measured.is_some_and(|m| low <= m && m <= high);
        }
    }

    /// Writes `summary.json` into the run's directory, atomically.
    ///
    /// # Errors
    /// Failures of the file system.
    pub fn write(&self, dir: &Path) -> Result<(), RecordError> {
        write_json(&dir.join(SUMMARY), self)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// If it is missing or malformed.
    pub fn read(dir: &Path) -> Result<Self, RecordError> {
        read_json(&dir.join(SUMMARY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(metric: &str, band: [f64; 2]) -> TargetResult {
        TargetResult {
            id: "O6".into(),
            metric: metric.into(),
            window: None,
            formula: None,
            role: TargetRole::Outcome,
            value: Some(0.145),
            band,
            measured: None,
            inside: true,
            source: None,
            grade: None,
        }
    }

    #[test]
    fn bands_are_inclusive_and_absence_is_outside() {
        let mut summary = Summary::default();
        summary.set("drawdown_frac.BTC", 0.12);
        summary.set("amplification", None);
        summary.targets = vec![
            target("drawdown_frac.BTC", [0.12, 0.18]),
            target("drawdown_frac.BTC", [0.13, 0.18]),
            target("amplification", [0.0, 9.0]),
            target("unknown", [0.0, 9.0]),
        ];
        summary.judge();
        let inside: Vec<bool> = summary.targets.iter().map(|t| t.inside).collect();
        assert_eq!(inside, [true, false, false, false]);
        assert_eq!(summary.targets[0].measured, Some(0.12));
    }

    #[test]
    fn round_trips_with_nulls_and_exact_floats() {
        let dir = tempfile::tempdir().unwrap();
        let mut summary = Summary::default();
        summary.set("a", 0.1 + 0.2);
        summary.set("b", f64::NAN);
        summary.set("c", f64::INFINITY);
        summary.write(dir.path()).unwrap();
        let back = Summary::read(dir.path()).unwrap();
        assert_eq!(back, summary);
        assert_eq!(back.get("a"), Some(0.1 + 0.2));
        assert_eq!(back.metrics["b"], None);
        let text = std::fs::read_to_string(dir.path().join(SUMMARY)).unwrap();
        assert!(text.contains("\"b\": null"));
    }
}
