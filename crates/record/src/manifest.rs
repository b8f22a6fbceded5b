//! `manifest.json`: what ran where, and how it ended.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::RecordError;
use crate::file::{read_json, write_json};

/// Its name in the run's directory.
pub(crate) const MANIFEST: &str = "manifest.json";

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It has not yet; or the process was killed.
    Running,
    /// It reached its end.
    Done,
    /// It broke off with an error; what was computed is kept.
    Failed,
    /// It was interrupted; what was computed is kept.
    Interrupted,
}

/// A public event of the scenario, for the charts' time axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsMark {
    /// When, in nanoseconds since the start.
    pub time_ns: i64,
    /// A few words.
    pub label: String,
}

/// A recorded price path from outside that belongs beside the simulated one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencePath {
    /// CSV file with `time_utc,open,high,low,close`, relative to the run's directory.
    pub file: String,
    /// What it is, in a few words.
    pub label: String,
    /// Instruments whose symbol begins with this are compared with it.
    pub symbol: String,
}

/// Everything one needs to know to trust a run's figures and to repeat it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of firesale.
    pub version: String,
    /// Commit it was built from, if known.
    pub commit: Option<String>,
    /// The scenario's name.
    pub scenario: String,
    /// The question it asks, if it states one.
    #[serde(default)]
    pub question: Option<String>,
    /// BLAKE3 of the fully resolved scenario.
    pub scenario_digest: String,
    /// The run's seed.
    pub seed: u64,
    /// Worker threads; they do not change the result.
    pub threads: usize,
    /// Operating system and processor.
    pub platform: String,
    /// The clock's start, RFC 3339 in UTC, if the scenario has a date.
    #[serde(default)]
    pub clock_start: Option<String>,
    /// Simulated time that the run covered, in nanoseconds.
    #[serde(default)]
    pub simulated_ns: i64,
    /// Public events, in order of time.
    #[serde(default)]
    pub news: Vec<NewsMark>,
    /// A real path to compare with, if the scenario has one.
    #[serde(default)]
    pub reference: Option<ReferencePath>,
    /// Elapsed time in seconds.
    pub wall_s: f64,
    /// Events processed by all machines.
    pub events: u64,
    /// Digest of the run.
    pub digest: String,
    /// How it ended.
    pub exit: Exit,
    /// The error, if it failed.
    #[serde(default)]
    pub error: Option<String>,
}

impl Manifest {
    /// Writes `manifest.json` into the run's directory, atomically.
    ///
    /// # Errors
    /// Failures of the file system.
    pub fn write(&self, dir: &Path) -> Result<(), RecordError> {
        write_json(&dir.join(MANIFEST), self)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// If it is missing or malformed.
    pub fn read(dir: &Path) -> Result<Self, RecordError> {
        read_json(&dir.join(MANIFEST))
    }
}

/// Operating system and processor this binary was built for, as `linux-x86_64`.
#[must_use]
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        Manifest {
            version: "0.1.0".into(),
            commit: None,
            scenario: "october_2025".into(),
            question: Some("How far?".into()),
            scenario_digest: "ab".into(),
            seed: u64::MAX,
            threads: 2,
            platform: platform(),
            clock_start: Some("2025-10-10T20:00:00Z".into()),
            simulated_ns: 10_800_000_000_000,
            news: vec![NewsMark {
                time_ns: 3_000_000_000_000,
                label: "tariff".into(),
            }],
            reference: None,
            wall_s: 12.5,
            events: 7,
            digest: "cd".into(),
            exit: Exit::Interrupted,
            error: None,
        }
    }

    #[test]
    fn round_trips() {
        let dir = tempfile::tempdir().unwrap();
        example().write(dir.path()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), example());
        let text = std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
        assert!(text.contains("\"exit\": \"interrupted\""), "{text}");
    }

    #[test]
    fn an_unreadable_manifest_says_where() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Manifest::read(dir.path()).unwrap_err().to_string();
        assert!(missing.contains(MANIFEST), "{missing}");
        std::fs::write(dir.path().join(MANIFEST), "{\n  \"version\": 3 }").unwrap();
        let broken = Manifest::read(dir.path()).unwrap_err().to_string();
        assert!(broken.contains("line 2"), "{broken}");
    }
}
