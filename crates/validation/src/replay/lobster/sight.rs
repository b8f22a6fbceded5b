//! Rows of a book file, and how far into the book they let one see.
//!
//! A row has the best levels only. Messages about prices beyond its last level are not in the
//! message file, so what happens there while they are out of sight is unknown: when such a level
//! comes into sight, its size is taken over from the row. Levels that were in sight all the time
//! are never taken over; they must come out right.

use firesale_matching::{MAX_PRICE, OrderBook};
use firesale_types::{Price, Qty, Side};

use crate::replay::source::Line;

use super::message::MAX_SIZE;
use crate::replay::{Format, ReplayError, decimal};

/// One row: the best levels of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BookRow {
    /// By side, best first: price and size.
    levels: [Vec<(Price, i64)>; 2],
    /// How many levels a row has room for.
    depth: usize,
}

impl BookRow {
    /// Ask price, ask size, bid price, bid size, for level after level; levels without orders have
    /// prices that no order has (9999999999 and -9999999999).
    pub(super) fn parse(line: &Line<'_>) -> Result<Self, ReplayError> {
        let fields = line.len();
        if fields == 0 || !fields.is_multiple_of(4) {
            return Err(line.error(format!("{fields} fields where a multiple of 4 is expected")));
        }
        let mut levels = [Vec::new(), Vec::new()];
        for at in 0..fields / 4 {
            for (side, first) in [(Side::Sell, 4 * at), (Side::Buy, 4 * at + 2)] {
                let price: i64 = line.integer(first, "price of a level")?;
                let size: i64 = line.integer(first + 1, "size of a level")?;
                if size < 0 {
                    return Err(line.error(format!("the size {size} of a level is negative")));
                }
                if size > MAX_SIZE {
                    let what = format!("the size {size} of a level is more than a book takes");
                    return Err(line.error(what));
                }
                if size > 0 && (1..NO_ASK).contains(&price) && price <= MAX_PRICE.0 {
                    levels[side.index()].push((Price(price), size));
                }
            }
        }
        Ok(Self {
            levels,
            depth: fields / 4,
        })
    }

    pub(super) fn levels(&self, side: Side) -> &[(Price, i64)] {
        &self.levels[side.index()]
    }

    /// Whether its best bid is not below its best ask.
    pub(super) fn is_crossed(&self) -> bool {
        let best = |side| self.levels(side).first().map(|&(price, _)| price);
        matches!((best(Side::Buy), best(Side::Sell)), (Some(bid), Some(ask)) if bid >= ask)
    }

    /// The last price of a side if there may be more levels behind it.
    fn end(&self, side: Side) -> Option<Price> {
        let levels = self.levels(side);
        let last = levels.last().filter(|_| levels.len() == self.depth);
        last.map(|&(price, _)| price)
    }

    /// Whether the best levels of a book are those of the row, and no others.
    pub(super) fn is_equal(&self, book: &OrderBook) -> bool {
        [Side::Buy, Side::Sell].into_iter().all(|side| {
            let ours = book.levels(side).take(self.depth);
            ours.eq(self
                .levels(side)
                .iter()
                .map(|&(price, size)| (price, Qty(size))))
        })
    }

    /// The best level in which they differ, in words.
    pub(super) fn first_difference(&self, book: &OrderBook) -> String {
        for (side, name) in [(Side::Sell, "ask"), (Side::Buy, "bid")] {
            let mut ours = book.levels(side).map(|(price, qty)| (price, qty.0));
            for at in 0..self.depth {
                let (ours, theirs) = (ours.next(), self.levels(side).get(at).copied());
                if ours != theirs {
                    let (ours, theirs) = (in_words(ours), in_words(theirs));
                    return format!("{name} level {}: {theirs} in the file, {ours} here", at + 1);
                }
            }
        }
        "no difference".to_owned()
    }
}

fn in_words(level: Option<(Price, i64)>) -> String {
    level.map_or("nothing".to_owned(), |(price, size)| {
        let price = decimal(price.0, Format::Lobster.units().price_decimals);
        format!("{size} at {price}")
    })
}

/// The price of a missing ask level.
const NO_ASK: i64 = 9_999_999_999;

/// A level whose size has changed out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) by: i64,
}

/// Up to which price of each side the book is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sight {
    ends: [End; 2],
}

#[derive(Clone, Copy, Debug, Default)]
enum End {
    /// Nothing is known.
    #[default]
    Nothing,
    /// Everything up to and including a price.
    At(Price),
    /// Everything.
    Everything,
}

impl Sight {
    /// After a row whose levels our book has.
    pub(super) fn learn(&mut self, row: &BookRow) {
        for side in [Side::Buy, Side::Sell] {
            self.ends[side.index()] = row.end(side).map_or(End::Everything, End::At);
        }
    }

    /// From now on nothing is known: all levels will be taken over.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    fn is_hidden(&self, side: Side, price: Price) -> bool {
        match (self.ends[side.index()], side) {
            (End::Nothing, _) => true,
            (End::Everything, _) => false,
            (End::At(end), Side::Buy) => price < end,
            (End::At(end), Side::Sell) => price > end,
        }
    }

    /// What differs between our book and the row at prices that were out of sight.
    pub(super) fn hidden_changes(&self, book: &OrderBook, row: &BookRow) -> Vec<Change> {
        let mut changes = Vec::new();
        for side in [Side::Buy, Side::Sell] {
            let theirs = row.levels(side);
            let end = row.end(side);
            let is_beyond = |price: Price| match (end, side) {
                (None, _) => false,
                (Some(end), Side::Buy) => price < end,
                (Some(end), Side::Sell) => price > end,
            };
            let ours: Vec<(Price, i64)> = book
                .levels(side)
                .map(|(price, qty)| (price, qty.0))
                .take_while(|&(price, _)| !is_beyond(price))
                .collect();
            let of = |levels: &[(Price, i64)], price| {
                let found = levels.iter().find(|&&(at, _)| at == price);
                found.map_or(0, |&(_, size)| size)
            };
            let gone = ours.iter().filter(|&&(price, _)| of(theirs, price) == 0);
            for &(price, _) in theirs.iter().chain(gone) {
                let by = of(theirs, price) - of(&ours, price);
                if by != 0 && self.is_hidden(side, price) {
                    changes.push(Change { side, price, by });
                }
            }
        }
        // Removals first, so that what is added never meets what is to go.
        changes.sort_by_key(|change| change.by > 0);
        changes
    }
}
