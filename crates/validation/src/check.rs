//! A published result, what the engine gives for it, and the verdict.

use serde::{Deserialize, Serialize};

use crate::Engine;

/// How far our figure may be from the published one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// At most this far.
    Absolute(f64),
    /// At most this part of the published figure.
    Relative(f64),
    /// Anywhere between two figures; for results that depend on an unpublished convention.
    Between(f64, f64),
}

impl Tolerance {
    /// The lowest and the highest figure that pass.
    #[must_use]
    pub fn band(self, published: f64) -> (f64, f64) {
        let around = |half: f64| (published - half, published + half);
        match self {
            Self::Absolute(half) => around(half),
            Self::Relative(part) => around(part * published.abs()),
            Self::Between(low, high) => (low, high),
        }
    }
}

impl std::fmt::Display for Tolerance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absolute(half) => write!(f, "+/-{half}"),
            Self::Relative(part) => write!(f, "+/-{}%", 100.0 * part),
            Self::Between(low, high) => write!(f, "{low} to {high}"),
        }
    }
}

/// Whether a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Our figure is inside the tolerance.
    Pass,
    /// It is outside, or not a number.
    Fail,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
        })
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is compared; unique within its check.
    pub name: String,
    /// The figure of the source.
    pub published: f64,
    /// The figure of the engine.
    pub ours: f64,
    /// How far they may be apart.
    pub tolerance: Tolerance,
    /// Whether they are closer than that.
    pub verdict: Verdict,
    /// What is behind the figure: which of many vectors do not match, what was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Row {
    /// Compares two figures.
    #[must_use]
    pub fn new(name: String, published: f64, ours: f64, tolerance: Tolerance) -> Self {
        let (low, high) = tolerance.band(published);
        let inside = ours >= low && ours <= high;
        Self {
            name,
            published,
            ours,
            tolerance,
            verdict: if inside { Verdict::Pass } else { Verdict::Fail },
            notes: Vec::new(),
        }
    }

    /// The same row with what is behind it.
    #[must_use]
    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// Whether the row holds.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// The distance to the published figure over the distance at which the row fails on that side:
    /// above 1 it fails. Infinite if our figure is not a number.
    #[must_use]
    pub fn strain(&self) -> f64 {
        let (low, high) = self.tolerance.band(self.published);
        let distance = self.ours - self.published;
        let room = if distance < 0.0 {
            self.published - low
        } else {
            high - self.published
        };
        if self.ours.is_nan() {
            f64::INFINITY
        } else if distance == 0.0 {
            0.0
        } else {
            distance.abs() / room
        }
    }
}

/// A published result that the engine must reproduce.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name on the command line.
    pub name: &'static str,
    /// Where the result was published.
    pub source: &'static str,
    /// What is done with the engine, in one line.
    pub method: &'static str,
    /// Measures and compares; the same engine gives the same rows, for any number of threads. None
    /// if the data of the check are not there.
    pub run: fn(&Engine) -> Vec<Row>,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The check's name.
    pub check: String,
    /// Where the result was published.
    pub source: String,
    /// What was done with the engine.
    pub method: String,
    /// The figures; none if the check was skipped.
    pub rows: Vec<Row>,
}

impl Report {
    /// Whether its data are not there.
    #[must_use]
    pub const fn is_skipped(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether all rows hold.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.rows.iter().all(Row::passes)
    }

    /// The row closest to failing, or furthest beyond.
    #[must_use]
    pub fn worst(&self) -> Option<&Row> {
        let by_strain = |a: &&Row, b: &&Row| a.strain().total_cmp(&b.strain());
        self.rows.iter().max_by(by_strain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64, tolerance: Tolerance) -> Row {
        Row::new("x".to_owned(), 2.0, ours, tolerance)
    }

    #[test]
    fn verdicts() {
        assert!(row(2.5, Tolerance::Absolute(0.5)).passes());
        assert!(!row(2.6, Tolerance::Absolute(0.5)).passes());
        assert!(row(1.8, Tolerance::Relative(0.101)).passes());
        assert!(!row(1.79, Tolerance::Relative(0.1)).passes());
        assert!(row(7.0, Tolerance::Between(1.0, 8.0)).passes());
        assert!(!row(8.5, Tolerance::Between(1.0, 8.0)).passes());
        assert!(!row(f64::NAN, Tolerance::Between(1.0, 8.0)).passes());
    }

    #[test]
    fn strain_is_one_at_the_edge() {
        assert_eq!(row(2.25, Tolerance::Absolute(0.5)).strain(), 0.5);
        assert_eq!(row(2.0, Tolerance::Absolute(0.5)).strain(), 0.0);
        assert_eq!(row(8.0, Tolerance::Between(1.0, 8.0)).strain(), 1.0);
        assert_eq!(row(1.0, Tolerance::Between(1.0, 8.0)).strain(), 1.0);
        assert!(row(f64::NAN, Tolerance::Absolute(0.5)).strain() > 1.0);
    }
}
