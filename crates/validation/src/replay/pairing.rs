//! Trades that follow from pairs of rows: the volumes of a bid and an ask fall by the same amount
//! within an instant.

use std::collections::{BTreeMap, VecDeque};

use firesale_types::{Price, Side};

use crate::replay::Trade;
use crate::replay::bitstamp::{Action, Row};

/// How far the rows of one trade are apart at most, in milliseconds.
const APART: i64 = 1_000;

/// By how many satoshi the two sides of one trade differ at most: the feed computes volumes from
/// dollar amounts.
pub(super) const ROUNDING: i64 = 3;

/// What is known of an open order.
#[derive(Clone, Copy, Debug)]
struct Open {
    price: Price,
    volume: i64,
}

/// A row that shows a fill whose other side has not been seen yet.
#[derive(Clone, Copy, Debug)]
struct Half {
    id: u64,
    side: Side,
    time: i64,
    line: u64,
    price: Price,
    /// By how much the volume fell; unknown for an order seen for the first time.
    fell: Option<i64>,
}

/// An order that stood in the book when the file began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) side: Side,
    pub(super) price: Price,
    /// Its volume at the beginning.
    pub(super) volume: i64,
}

/// A trade found, and the line of its later row.
pub(super) type Found = (Trade, u64);

/// Watches rows go by.
#[derive(Default)]
pub(super) struct Pairing {
    open: BTreeMap<u64, Open>,
    halves: VecDeque<Half>,
    /// The id of the first order created: the orders of the opening book have lower ones.
    first_id: Option<u64>,
    pub(super) openings: BTreeMap<u64, Opening>,
    /// Fills of which the other side never appeared.
    pub(super) unpaired: u64,
    /// Rows by which a volume grew.
    pub(super) grown: u64,
}

impl Pairing {
    /// The next row; a trade if it is the second half of one.
    pub(super) fn see(&mut self, row: &Row) -> Option<Found> {
        self.drop_old(row.time);
        if row.action == Action::Created {
            self.first_id.get_or_insert(row.id);
            let (price, volume) = (row.price, row.volume);
            self.open.insert(row.id, Open { price, volume });
            return None;
        }
        let before = self.open.get(&row.id).copied();
        let price = before.map_or(row.price, |open| open.price);
        self.note(row, before);
        let fell = match (before, row.action) {
            // A cancel: the volume is what was left.
            (_, Action::Deleted) if row.volume > 0 => return None,
            (Some(open), _) => Some(open.volume - row.volume),
            (None, _) => None,
        };
        if fell.is_some_and(|fell| fell <= 0) {
            self.grown += u64::from(fell < Some(0));
            return None;
        }
        self.pair(Half {
            id: row.id,
            side: row.side,
            time: row.time,
            line: row.line,
            price,
            fell,
        })
    }

    /// Keeps what the row says is open, and the opening orders.
    fn note(&mut self, row: &Row, before: Option<Open>) {
        let gone = row.action == Action::Deleted;
        if gone {
            self.open.remove(&row.id);
        } else {
            let (price, volume) = (row.price, row.volume);
            self.open.insert(row.id, Open { price, volume });
        }
        let is_opening = self.first_id.is_none_or(|first| row.id < first);
        if before.is_none() && is_opening {
            self.openings.entry(row.id).or_insert(Opening {
                side: row.side,
                price: row.price,
                volume: row.volume,
            });
        }
    }

    /// Looks for the other half.
    fn pair(&mut self, half: Half) -> Option<Found> {
        let fits = |other: &Half| {
            other.side != half.side
                && match (other.fell, half.fell) {
                    (Some(a), Some(b)) => (a - b).abs() <= ROUNDING,
                    (None, None) => false,
                    _ => true,
                }
        };
        let Some(at) = self.halves.iter().position(fits) else {
            self.halves.push_back(half);
            return None;
        };
        let other = self.halves.remove(at)?;
        let qty = other.fell.or(half.fell)?;
        for one in [&other, &half] {
            if one.fell.is_none()
                && let Some(opening) = self.openings.get_mut(&one.id)
            {
                opening.volume = opening.volume.saturating_add(qty);
            }
        }
        // Ids grow with time: the older order rests.
        let (maker, taker) = if other.id < half.id {
            (other, half)
        } else {
            (half, other)
        };
        let trade = Trade {
            maker: maker.id,
            taker: taker.id,
            taker_side: taker.side,
            price: maker.price.0,
            qty,
        };
        Some((trade, half.line.max(other.line)))
    }

    fn drop_old(&mut self, now: i64) {
        while self
            .halves
            .front()
            .is_some_and(|half| now.saturating_sub(half.time) > APART)
        {
            self.halves.pop_front();
            self.unpaired += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64, time: i64, side: Side, volume: i64, action: Action) -> Row {
        Row {
            line: time as u64,
            id,
            time,
            price: Price(100 + id as i64),
            volume,
            action,
            side,
        }
    }

    #[test]
    fn two_halves_make_a_trade() {
        let mut pairing = Pairing::default();
        let mut see = |row| pairing.see(&row);
        assert_eq!(see(row(5, 0, Side::Buy, 100, Action::Created)), None);
        assert_eq!(see(row(6, 1, Side::Sell, 30, Action::Created)), None);
        assert_eq!(see(row(5, 2, Side::Buy, 70, Action::Changed)), None);
        let (trade, line) = see(row(6, 3, Side::Sell, 0, Action::Deleted)).unwrap();
        assert_eq!(
            (trade.maker, trade.taker, trade.price, trade.qty),
            (5, 6, 105, 30)
        );
        assert_eq!((trade.taker_side, line), (Side::Sell, 3));
    }

    #[test]
    fn cancels_late_rows_and_other_amounts_do_not() {
        let mut pairing = Pairing::default();
        let mut see = |row| pairing.see(&row).is_some();
        see(row(5, 0, Side::Buy, 100, Action::Created));
        see(row(6, 0, Side::Sell, 30, Action::Created));
        see(row(7, 0, Side::Sell, 50, Action::Created));
        assert!(!see(row(5, 1, Side::Buy, 70, Action::Changed)));
        assert!(!see(row(7, 1, Side::Sell, 0, Action::Deleted)));
        assert!(!see(row(6, 2 + APART, Side::Sell, 30, Action::Deleted)));
        assert_eq!(pairing.unpaired, 2);
    }

    #[test]
    fn an_order_from_before_the_file_is_an_opening_order() {
        let mut pairing = Pairing::default();
        pairing.see(&row(9, 0, Side::Sell, 40, Action::Created));
        pairing.see(&row(3, 1, Side::Buy, 25, Action::Changed));
        let found = pairing.see(&row(9, 2, Side::Sell, 30, Action::Changed));
        assert_eq!(
            found.map(|(trade, _)| (trade.maker, trade.qty)),
            Some((3, 10))
        );
        // Above the first created id: an order whose creation is missing.
        pairing.see(&row(12, 3, Side::Buy, 5, Action::Deleted));
        let expected = Opening {
            side: Side::Buy,
            price: Price(103),
            volume: 35,
        };
        assert_eq!(pairing.openings, BTreeMap::from([(3, expected)]));
    }
}
