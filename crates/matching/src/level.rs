//! Prices as ranks, and the queue of one price.

use firesale_types::{Price, Side};

use crate::MAX_PRICE;
use crate::slab::{NONE, Slab};

/// The place of a price on a side: the lower, the earlier it trades. That is the price for sells,
/// and [`MAX_PRICE`] less the price for buys.
///
/// Sides alternate without a pattern, and a mispredicted branch costs more than all of this: the
/// mask is all ones for a buy, and `x ^ -1` is `-x - 1`.
#[inline]
pub(crate) const fn rank_of(side: Side, price: Price) -> i64 {
    mirror(side, price.0)
}

/// The price at a rank.
#[inline]
pub(crate) const fn price_of(side: Side, rank: i64) -> Price {
    Price(mirror(side, rank))
}

#[inline]
const fn mirror(side: Side, x: i64) -> i64 {
    let mask = side as i64 - 1;
    (x ^ mask).wrapping_add(mask & (MAX_PRICE.0 + 1))
}

/// The queue of one price: first and last order, and the visible quantity of all. All zero when
/// it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) qty: i64,
}

/// A level as two words. An empty one is zero, so that a fresh ladder is memory the operating
/// system has not yet had to provide.
pub(crate) type Packed = [u64; 2];

impl Level {
    #[inline]
    pub(crate) const fn pack(self) -> Packed {
        [self.head as u64 | (self.tail as u64) << 32, self.qty as u64]
    }

    #[inline]
    pub(crate) const fn unpack(words: Packed) -> Self {
        Self {
            head: words[0] as u32,
            tail: (words[0] >> 32) as u32,
            qty: words[1] as i64,
        }
    }

    /// Puts an order at the end of the queue. The tail of an empty one is the unused slot.
    #[inline]
    pub(crate) fn append(&mut self, orders: &mut Slab, slot: u32, qty: i64) {
        orders.get_mut(self.tail).next = slot;
        let order = orders.get_mut(slot);
        order.prev = self.tail;
        order.next = NONE;
        self.head = if self.head == NONE { slot } else { self.head };
        self.tail = slot;
        self.qty += qty;
    }

    /// Takes an order out of the queue.
    #[inline]
    pub(crate) fn unlink(&mut self, orders: &mut Slab, slot: u32) {
        let order = *orders.get(slot);
        // Whether there are neighbours is as good as random, so none is asked for: the unused slot
        // stands in for those that are missing.
        let (first, last) = (self.head == slot, self.tail == slot);
        let prev = if first { NONE } else { order.prev };
        orders.get_mut(prev).next = order.next;
        orders.get_mut(order.next).prev = prev;
        self.head = if first { order.next } else { self.head };
        self.tail = if last { prev } else { self.tail };
        self.qty -= order.visible();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_mirror_prices() {
        for side in [Side::Buy, Side::Sell] {
            for price in [1, 2, 70_000, MAX_PRICE.0 - 1, MAX_PRICE.0] {
                assert_eq!(price_of(side, rank_of(side, Price(price))), Price(price));
            }
        }
        let ranks = [5, 6].map(|price| rank_of(Side::Buy, Price(price)));
        assert!(ranks[0] > ranks[1], "the higher bid comes first");
        assert_eq!(rank_of(Side::Sell, Price(6)), 6);
    }
}
