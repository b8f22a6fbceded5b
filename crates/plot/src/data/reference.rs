//! A real price path to compare with.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use firesale_record::ReferencePath;
use jiff::Timestamp;

use super::Points;
use crate::PlotError;
use crate::format::Clock;

/// Where a real path is found and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// CSV file with the columns `time_utc,open,high,low,close`; the close is drawn.
    pub path: PathBuf,
    /// What it is, for the legend.
    pub label: String,
    /// Instruments whose symbol begins with this are compared with it.
    pub symbol: String,
}

impl Reference {
    /// The one that a run's manifest names, whose file is in the run's directory.
    #[must_use]
    pub fn of_manifest(dir: &Path, noted: &ReferencePath) -> Self {
        let ReferencePath {
            file,
            label,
            symbol,
        } = noted.clone();
        Self {
            path: dir.join(file),
            label,
            symbol,
        }
    }

    /// The closes within a range of seconds since the clock's start; none without a dated clock.
    pub(crate) fn load(&self, clock: Clock, range: (f64, f64)) -> Result<Points, PlotError> {
        if !clock.is_dated() {
            return Ok(Vec::new());
        }
        let mut reader = csv::Reader::from_path(&self.path).map_err(|e| self.error(e))?;
        let headers = reader.headers().map_err(|e| self.error(e))?;
        let column = |name: &str| headers.iter().position(|h| h.trim() == name);
        let (Some(time), Some(close)) = (column("time_utc"), column("close")) else {
            return Err(self.error("the columns `time_utc` and `close` are needed"));
        };
        let mut points = Points::new();
        for (record, line) in reader.records().zip(2..) {
            let record = record.map_err(|e| self.error(e))?;
            let wrong = |what: &str| self.error(format!("line {line}: {what}"));
            let field = |column: usize| record.get(column).unwrap_or_default().trim();
            let at: Timestamp = field(time).parse().map_err(|_| wrong("no RFC 3339 time"))?;
            let price: f64 = field(close).parse().map_err(|_| wrong("no price"))?;
            let seconds = at.as_nanosecond() as f64 / 1e9 - clock.start_s();
            if range.0 <= seconds && seconds <= range.1 {
                points.push((seconds, price));
            }
        }
        Ok(points)
    }

    fn error(&self, problem: impl Display) -> PlotError {
        PlotError::Reference {
            path: self.path.clone(),
            problem: problem.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Points, PlotError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("path.csv");
        std::fs::write(&path, text).unwrap();
        let reference = Reference {
            path,
            label: "index".into(),
            symbol: "BTC".into(),
        };
        reference.load(Clock::new(Some("2025-10-10T20:00:00Z")), (0.0, 120.0))
    }

    #[test]
    fn closes_within_the_window() {
        let text = "time_utc,open,high,low,close\n2025-10-10T19:59:00Z,1,1,1,1\n\
            2025-10-10T20:01:00Z,2,2,2,2.5\n2025-10-10T20:02:00Z,1,1,1,3\n2025-10-10T20:03:00Z,1,1,1,4\n";
        assert_eq!(load(text).unwrap(), [(60.0, 2.5), (120.0, 3.0)]);
    }

    #[test]
    fn mistakes_name_file_and_line() {
        let error = load("time_utc,close\n2025-10-10T20:00:00Z,x\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("path.csv: line 2: no price"), "{error}");
        let error = load("time,close\n").unwrap_err().to_string();
        assert!(error.contains("`time_utc`"), "{error}");
    }
}
