//! How many vectors match: by group of vectors and by quantity.

use crate::check::{Row, Tolerance};
use std::fmt::Display;

/// The most mismatches of a row that are named.
const NAMED: usize = 8;

/// One vector under comparison.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Each quantity, and what is wrong with it.
    quantities: Vec<(&'static str, Option<String>)>,
}

impl Outcome {
    /// A quantity of which there is a recorded figure.
    pub(crate) fn equal(
        &mut self,
        quantity: &'static str,
        recorded: impl Display,
        ours: impl Display,
    ) {
        let (recorded, ours) = (recorded.to_string(), ours.to_string());
        let same = recorded == ours;
        self.holds(quantity, same, || format!("{recorded}, not {ours}"));
    }

    /// A quantity that is as recorded, or not.
    pub(crate) fn holds(
        &mut self,
        quantity: &'static str,
        same: bool,
        wrong: impl FnOnce() -> String,
    ) {
        let wrong = (!same).then(wrong);
        self.quantities.push((quantity, wrong));
    }

    /// Whether all quantities are as recorded.
    pub(crate) fn matches(&self) -> bool {
        self.quantities.iter().all(|(_, wrong)| wrong.is_none())
    }
}

#[derive(Debug, Default)]
struct Count {
    checked: u32,
    matched: u32,
    wrong: Vec<String>,
}

impl Count {
    fn add(&mut self, wrong: Option<String>) {
        self.checked += 1;
        match wrong {
            None => self.matched += 1,
            Some(name) if self.wrong.len() < NAMED => self.wrong.push(name),
            Some(_) => {}
        }
    }
}

/// Counts in the order in which they first came.
#[derive(Debug, Default)]
struct Counts(Vec<(String, Count)>);

impl Counts {
    fn of(&mut self, name: &str) -> &mut Count {
        let at = match self.0.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.0.push((name.to_owned(), Count::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn rows(self, name: impl Fn(&str) -> String) -> impl Iterator<Item = Row> {
        self.0.into_iter().map(move |(what, count)| {
            let (checked, matched) = (f64::from(count.checked), f64::from(count.matched));
            let row = Row::new(name(&what), checked, matched, Tolerance::Absolute(0.0));
            row.with_notes(count.wrong)
        })
    }
}

/// What all vectors of a folder gave.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    left_out: Vec<String>,
    groups: Counts,
    quantities: Counts,
}

impl Tally {
    /// A vector of a group; what could not be read or run at all is an error.
    pub(crate) fn vector(&mut self, group: &str, name: &str, outcome: Result<Outcome, String>) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                self.groups.of(group).add(Some(format!("{name}: {error}")));
                return;
            }
        };
        let mut all = Vec::new();
        for (quantity, wrong) in outcome.quantities {
            let wrong = wrong.map(|wrong| format!("{quantity} {wrong}"));
            all.extend(wrong.clone());
            let named = wrong.map(|wrong| format!("{group}: {name}: {wrong}"));
            self.quantities.of(quantity).add(named);
        }
        let wrong = (!all.is_empty()).then(|| format!("{name}: {}", all.join("; ")));
        self.groups.of(group).add(wrong);
    }

    /// Something that was met and is no vector of these pools.
    pub(crate) fn left_out(&mut self, what: String) {
        self.left_out.push(what);
    }

    /// A row for each group and for each quantity; the first says what was left out.
    pub(crate) fn rows(self) -> Vec<Row> {
        let groups = self.groups.rows(str::to_owned);
        let quantities = self.quantities.rows(|name| format!("all: {name}"));
        let mut rows: Vec<Row> = groups.chain(quantities).collect();
        if rows.is_empty() {
            // A folder without vectors shows nothing.
            let any = Tolerance::Absolute(0.0);
            rows.push(Row::new("vectors in any file".to_owned(), 1.0, 0.0, any));
        }
        rows[0].notes.extend(self.left_out);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(amount: u32, tick: u32) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.equal("amount", 5, amount);
        outcome.equal("tick", 7, tick);
        outcome
    }

    #[test]
    fn rows_by_group_and_by_quantity() {
        let mut tally = Tally::default();
        tally.left_out("b.json: of another kind".to_owned());
        tally.vector("a", "1", Ok(outcome(5, 7)));
        tally.vector("a", "2", Ok(outcome(6, 7)));
        tally.vector("b", "1", Err("there is no `x`".to_owned()));
        let rows = tally.rows();
        let figures: Vec<(&str, f64, f64)> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.published, row.ours))
            .collect();
        let expected = [
            ("a", 2.0, 1.0),
            ("b", 1.0, 0.0),
            ("all: amount", 2.0, 1.0),
            ("all: tick", 2.0, 2.0),
        ];
        assert_eq!(figures, expected);
        assert_eq!(
            rows[0].notes,
            ["2: amount 5, not 6", "b.json: of another kind"]
        );
        assert_eq!(rows[1].notes, ["1: there is no `x`"]);
        assert_eq!(rows[2].notes, ["a: 2: amount 5, not 6"]);
    }

    #[test]
    fn nothing_fails() {
        assert!(!Tally::default().rows()[0].passes());
    }
}
