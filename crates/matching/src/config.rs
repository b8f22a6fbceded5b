//! The limits of a book.

use firesale_types::{Price, Qty};
use serde::{Deserialize, Serialize};

/// The highest price a book takes, in ticks.
pub const MAX_PRICE: Price = Price(1 << 40);

const MAX_QTY: i64 = 1 << 40;
const MAX_ORDERS: u32 = 1 << 30;
const WINDOW_MIN: u32 = 64;
const WINDOW_MAX: u32 = 1 << 18;

/// The grid and the limits of one book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookConfig {
    /// Limit prices are multiples of this many ticks.
    pub price_step: i64,
    /// Quantities are multiples of this many lots.
    pub qty_step: i64,
    /// The largest order, in lots; at most 2^40, and small enough that all orders of a full book
    /// together fit into 63 bits.
    pub max_order_qty: Qty,
    /// How many orders the book holds at a time: resting, waiting for a trigger, and triggered but
    /// not yet taken by the owner. At most 2^30.
    pub max_orders: u32,
    /// How many neighbouring ticks of each side are kept in the dense ladder; prices further away
    /// live in a tree. A power of two from 2^6 to 2^18. It changes speed, never a result.
    pub window: u32,
}

impl Default for BookConfig {
    fn default() -> Self {
        Self {
            price_step: 1,
            qty_step: 1,
            max_order_qty: Qty(MAX_QTY),
            max_orders: 1 << 22,
            window: 1 << 16,
        }
    }
}

impl BookConfig {
    /// The nearest configuration that a book can honour: what [`crate::OrderBook::new`] uses.
    ///
    /// Steps below one become one, limits that are too large become the largest possible, a window
    /// is rounded up to a power of two.
    #[must_use]
    pub fn within_limits(self) -> Self {
        let max_orders = self.max_orders.clamp(1, MAX_ORDERS);
        let qty_max = MAX_QTY.min(i64::MAX / i64::from(max_orders));
        Self {
            price_step: self.price_step.max(1),
            qty_step: self.qty_step.max(1),
            max_order_qty: Qty(self.max_order_qty.0.clamp(1, qty_max)),
            max_orders,
            window: self
                .window
                .clamp(WINDOW_MIN, WINDOW_MAX)
                .next_power_of_two(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_brought_within_limits() {
        let wild = BookConfig {
            price_step: 0,
            qty_step: -5,
            max_order_qty: Qty(i64::MAX),
            max_orders: u32::MAX,
            window: 65,
        };
        let tame = wild.within_limits();
        assert_eq!(
            tame,
            BookConfig {
                price_step: 1,
                qty_step: 1,
                max_order_qty: Qty(i64::MAX >> 30),
                max_orders: 1 << 30,
                window: 128,
            }
        );
        assert_eq!(tame.within_limits(), tame);
        let default = BookConfig::default();
        assert_eq!(default.within_limits(), default);
    }
}
