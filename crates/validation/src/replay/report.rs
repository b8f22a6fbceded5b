//! What a replay found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::replay::Format;

/// Why something in the file and something in the engine differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An order of the feed that the exchange traded past: its end is missing in the feed.
    StaleOrder,
    /// The feed says nothing of an order that traded, or of its size.
    UnknownOrder,
    /// The exchange matched an order some time after it had announced it, and the book had changed.
    LateMatching,
    /// The place of an order in its queue cannot be known from the file.
    UnknownPriority,
    /// The engine refused an order that the exchange had taken.
    Refusal,
    /// A row contradicts the rows before it.
    Contradiction,
    /// Whose shares of a level they were: it changed where the file does not look, or somebody
    /// traded out of turn.
    Attribution,
    /// A level of our book differs from the file's.
    Level,
    /// None of these.
    Unexplained,
}

impl Cause {
    /// One sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::StaleOrder => {
                "the exchange traded past a resting order whose end is missing in the file"
            }
            Self::UnknownOrder => "the file does not show an order that traded, or its size",
            Self::LateMatching => {
                "the exchange matched the order later than it announced it, in another book"
            }
            Self::UnknownPriority => {
                "the order's place in its queue was decided outside of what the file shows"
            }
            Self::Refusal => "the engine refused an order that the exchange took",
            Self::Contradiction => "the row contradicts the rows before it",
            Self::Attribution => {
                "whose shares of the level they were was decided outside of what the file shows"
            }
            Self::Level => "a level of the book is not what the file says",
            Self::Unexplained => "no explanation",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The line of the file at which it was noticed.
    pub line: u64,
    /// Why.
    pub cause: Cause,
    /// What differs, with the numbers.
    pub what: String,
}

/// Trades of the exchange against trades of the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeCounts {
    /// That happened.
    pub published: u64,
    /// That the engine made.
    pub made: u64,
    /// Equal in maker, taker, price and amount, and in the same order.
    pub identical: u64,
    /// Equal, but in another order.
    pub reordered: u64,
    /// That happened and the engine did not make.
    pub missing: u64,
    /// That the engine made and that did not happen.
    pub extra: u64,
}

/// Rows of a file of book states against our book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookRowCounts {
    /// Rows compared.
    pub compared: u64,
    /// Rows equal in every level.
    pub equal: u64,
    /// Levels that came into sight at the far end of a row, which no message can tell, and were
    /// taken over from it.
    pub adopted_levels: u64,
}

/// The outcome of a replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// The file.
    pub file: PathBuf,
    /// Its format.
    pub format: Format,
    /// Rows read, headers not counted.
    pub rows: u64,
    /// Trades.
    pub trades: TradeCounts,
    /// Book states, where the format has them.
    pub book_rows: Option<BookRowCounts>,
    /// Moments at which our book was crossed outside of a halt: 0.
    pub crossed: u64,
    /// What was done, by name.
    pub counts: BTreeMap<String, u64>,
    /// How many differences there are, by cause.
    pub causes: BTreeMap<Cause, u64>,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// The least share of trades that must be identical.
const IDENTICAL: f64 = 0.97;
/// The largest share of extra trades.
const EXTRA: f64 = 0.03;

/// How many differences are listed; all are counted.
const LISTED: usize = 1_000;

impl ReplayReport {
    pub(crate) fn new(file: &Path, format: Format) -> Self {
        Self {
            file: file.to_owned(),
            format,
            rows: 0,
            trades: TradeCounts::default(),
            book_rows: None,
            crossed: 0,
            counts: BTreeMap::new(),
            causes: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    pub(crate) fn count(&mut self, what: &str) {
        if let Some(n) = self.counts.get_mut(what) {
            *n += 1;
        } else {
            self.counts.insert(what.to_owned(), 1);
        }
    }

    pub(crate) fn differ(&mut self, line: u64, cause: Cause, what: impl FnOnce() -> String) {
        *self.causes.entry(cause).or_default() += 1;
        if self.differences.len() < LISTED {
            self.differences.push(Difference {
                line,
                cause,
                what: what(),
            });
        }
    }

    /// Identical trades over published ones; 1 if there are none.
    #[must_use]
    pub fn identical_share(&self) -> f64 {
        share(self.trades.identical, self.trades.published, 1.0)
    }

    /// Extra trades over published ones; 0 if there are none of either.
    #[must_use]
    pub fn extra_share(&self) -> f64 {
        share(self.trades.extra, self.trades.published, 0.0)
    }

    /// Whether the engine reproduces the file. With trades of the exchange: at least 97% of them
    /// identical, at most 3% extra, the book never crossed. With book states: every one equal.
    #[must_use]
    pub fn passed(&self) -> bool {
        if self.format == Format::Lobster {
            return self.book_is_equal();
        }
        self.identical_share() >= IDENTICAL && self.extra_share() <= EXTRA && self.crossed == 0
    }

    /// What [`Self::passed`] asks for, in words.
    const fn demand(&self) -> &'static str {
        match self.format {
            Format::Lobster => "every row of the book file equal in every level",
            Format::Bitstamp2026 | Format::Bitstamp2015 => {
                "at least 97% identical, at most 3% extra, never crossed"
            }
        }
    }

    /// Whether every row of the book file was reproduced; true where there is none.
    #[must_use]
    pub fn book_is_equal(&self) -> bool {
        self.book_rows
            .is_none_or(|rows| rows.compared == rows.equal)
    }
}

impl ReplayReport {
    /// All of it as JSON, with the shares and the verdict.
    ///
    /// # Errors
    /// None that a report can cause: its maps have names for keys.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        value["identical_share"] = self.identical_share().into();
        value["extra_share"] = self.extra_share().into();
        value["passed"] = self.passed().into();
        serde_json::to_string_pretty(&value)
    }
}

fn share(part: u64, whole: u64, of_nothing: f64) -> f64 {
    match (part, whole) {
        (0, 0) => of_nothing,
        _ => part as f64 / whole as f64,
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, trades) = (self.file.display(), &self.trades);
        writeln!(f, "{file} ({}): {} rows", self.format, self.rows)?;
        for (what, n) in &self.counts {
            writeln!(f, "  {n:>9}  {what}")?;
        }
        writeln!(f, "trades")?;
        writeln!(f, "  {:>9}  happened", trades.published)?;
        writeln!(f, "  {:>9}  made by the engine", trades.made)?;
        let percent = 100.0 * self.identical_share();
        writeln!(
            f,
            "  {:>9}  identical in maker, taker, price and amount, in order ({percent:.2}%)",
            trades.identical
        )?;
        writeln!(f, "  {:>9}  identical, in another order", trades.reordered)?;
        writeln!(f, "  {:>9}  missing", trades.missing)?;
        let percent = 100.0 * self.extra_share();
        writeln!(f, "  {:>9}  extra ({percent:.2}%)", trades.extra)?;
        writeln!(f, "book")?;
        if let Some(rows) = &self.book_rows {
            writeln!(f, "  {:>9}  rows compared", rows.compared)?;
            writeln!(f, "  {:>9}  rows equal in every level", rows.equal)?;
            let adopted = rows.adopted_levels;
            writeln!(
                f,
                "  {adopted:>9}  levels taken over as they came into sight"
            )?;
        }
        writeln!(f, "  {:>9}  times crossed", self.crossed)?;
        self.write_differences(f)?;
        let verdict = if self.passed() { "pass" } else { "FAIL" };
        writeln!(f, "{verdict}: {}", self.demand())
    }
}

impl ReplayReport {
    fn write_differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u64 = self.causes.values().sum();
        if all == 0 {
            return writeln!(f, "no differences");
        }
        writeln!(f, "differences")?;
        for (cause, n) in &self.causes {
            writeln!(f, "  {n:>9}  {}", cause.explanation())?;
        }
        for one in &self.differences {
            writeln!(f, "  line {}: {}", one.line, one.what)?;
        }
        let rest = all - self.differences.len() as u64;
        if rest > 0 {
            writeln!(f, "  and {rest} more")?;
        }
        Ok(())
    }
}
