//! Rows in the order of their time.

use std::collections::BTreeMap;
use std::path::Path;

use crate::replay::ReplayError;
use crate::replay::source::{Line, Source};

/// Gives the time of a row, and the row.
pub(crate) type Parse<T> = fn(&Line<'_>) -> Result<(i64, T), ReplayError>;

/// Rows that a file holds roughly in the order of their time: each is held back until a row of much
/// later time has been read. Rows of equal time keep the order of the file.
pub(crate) struct Feed<T> {
    source: Source,
    parse: Parse<T>,
    /// How long rows are held back, in the unit of their time.
    patience: i64,
    held: BTreeMap<(i64, u64), T>,
    newest: i64,
    pub(crate) rows: u64,
    is_over: bool,
}

impl<T> Feed<T> {
    pub(crate) fn open(
        file: &Path,
        header: &[&str],
        patience: i64,
        parse: Parse<T>,
    ) -> Result<Self, ReplayError> {
        Ok(Self {
            source: Source::open(file, header)?,
            parse,
            patience,
            held: BTreeMap::new(),
            newest: i64::MIN,
            rows: 0,
            is_over: false,
        })
    }

    /// The next row, and its time.
    pub(crate) fn next(&mut self) -> Result<Option<(i64, T)>, ReplayError> {
        while !self.is_over && !self.is_due() {
            match self.source.next()? {
                None => self.is_over = true,
                Some(line) => {
                    let (time, row) = (self.parse)(&line)?;
                    self.newest = self.newest.max(time);
                    self.held.insert((time, line.number), row);
                    self.rows += 1;
                }
            }
        }
        let first = self.held.pop_first();
        Ok(first.map(|((time, _), row)| (time, row)))
    }

    fn is_due(&self) -> bool {
        let first = self.held.first_key_value();
        first.is_some_and(|(&(time, _), _)| self.newest.saturating_sub(time) > self.patience)
    }
}
