//! What can be seen of a book.

use firesale_types::{OrderId, Price, Qty, Side};

use crate::level::{Level, price_of, rank_of};
use crate::side::EMPTY;
use crate::slab::{Flags, NONE};
use crate::stops::Stops;
use crate::{MAX_PRICE, OrderBook, OrderHandle, OrderRequest, TriggerSource};

/// A resting order, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Where the book keeps it.
    pub handle: OrderHandle,
    /// Its identity.
    pub id: OrderId,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Price,
    /// What is open, hidden part included.
    pub qty: Qty,
    /// What the market sees.
    pub visible: Qty,
    /// Whether it only reduces a position.
    pub reduce_only: bool,
    /// Whether it must not take.
    pub post_only: bool,
    /// The sender's mark.
    pub tag: u32,
}

impl OrderBook {
    /// The best price of a side and the visible quantity there. O(1) inside the window.
    #[inline]
    #[must_use]
    pub fn best(&self, side: Side) -> Option<(Price, Qty)> {
        let book_side = &self.sides[side.index()];
        let rank = book_side.best();
        (rank != EMPTY).then(|| (price_of(side, rank), Qty(book_side.level(rank).qty)))
    }

    /// The price of the last trade, or what was set in its place.
    #[inline]
    #[must_use]
    pub const fn last(&self) -> Option<Price> {
        self.stops.reference(TriggerSource::Last)
    }

    /// The levels of a side with their visible quantities, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = (Price, Qty)> {
        self.sides[side.index()]
            .levels()
            .map(move |(rank, level)| (price_of(side, rank), Qty(level.qty)))
    }

    /// The visible quantity of a side at `limit` or better, and its value in ticks times lots.
    #[must_use]
    pub fn depth_to(&self, side: Side, limit: Price) -> (Qty, i128) {
        let last = rank_of(side, Price(limit.0.clamp(0, MAX_PRICE.0 + 1)));
        self.sides[side.index()]
            .levels()
            .take_while(|&(rank, _)| rank <= last)
            .fold((Qty::ZERO, 0), |(qty, value), (rank, level)| {
                (
                    qty + Qty(level.qty),
                    value + value_of(side, rank, level.qty),
                )
            })
    }

    /// Walks the visible orders of a side, best first, until they are worth `value` (ticks times
    /// lots, positive): the smallest whole number of lots that is worth at least that much, and
    /// their exact value. Value over quantity is the average price, as venues use it for impact
    /// prices. `None` if the side is not worth so much.
    #[must_use]
    pub fn price_for_value(&self, side: Side, value: i128) -> Option<(Qty, i128)> {
        let (mut qty, mut walked) = (0, 0);
        for (rank, level) in self.sides[side.index()].levels() {
            let price = i128::from(price_of(side, rank).0);
            let missing = (value - walked).max(0);
            let lots = ((missing + price - 1) / price).min(i128::from(level.qty)) as i64;
            qty += lots;
            walked += value_of(side, rank, lots);
            if walked >= value {
                return (qty > 0).then_some((Qty(qty), walked));
            }
        }
        None
    }

    /// How many orders rest in the book; those that wait for a trigger are not counted.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.orders.len() as usize
    }

    /// Whether no order rests in the book.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.orders.len() == 0
    }

    /// A resting order, if the handle leads to one of that id.
    #[must_use]
    pub fn order(&self, handle: OrderHandle, id: OrderId) -> Option<OrderView> {
        self.orders.find(handle.0, id).map(|_| self.view(handle.0))
    }

    /// A waiting order, if the handle leads to one of that id.
    #[must_use]
    pub fn waiting_order(&self, handle: OrderHandle, id: OrderId) -> Option<&OrderRequest> {
        Stops::is_waiting_handle(handle)
            .then(|| self.stops.find(handle, id))
            .flatten()
            .map(|stop| &stop.request)
    }

    /// The queue of one price, the first to trade first.
    pub fn orders_at(&self, side: Side, price: Price) -> impl Iterator<Item = OrderView> {
        let inside = (1..=MAX_PRICE.0).contains(&price.0);
        let level = inside.then(|| self.sides[side.index()].level(rank_of(side, price)));
        self.queue(level.unwrap_or_default())
            .map(|slot| self.view(slot))
    }

    /// All resting orders: bids, then asks, each in the order in which they would trade.
    pub fn orders(&self) -> impl Iterator<Item = OrderView> {
        self.slots().map(|slot| self.view(slot))
    }

    /// All orders that wait for a trigger: by watched price, direction, and the order in which they
    /// would fire.
    pub fn waiting_orders(&self) -> impl Iterator<Item = (OrderHandle, &OrderRequest)> {
        self.stops
            .iter()
            .map(|(handle, stop)| (handle, &stop.request))
    }

    /// The slots of a level, the first to trade first.
    pub(crate) fn queue(&self, level: Level) -> impl Iterator<Item = u32> {
        let first = (level.head != NONE).then_some(level.head);
        std::iter::successors(first, move |&slot| {
            (slot != level.tail).then(|| self.orders.get(slot).next)
        })
    }

    fn view(&self, slot: u32) -> OrderView {
        let order = self.orders.get(slot);
        OrderView {
            handle: OrderHandle(slot),
            id: order.id,
            side: order.flags.side(),
            price: order.price(),
            qty: Qty(self.orders.open(slot)),
            visible: Qty(order.visible()),
            reduce_only: order.flags.has(Flags::REDUCE_ONLY),
            post_only: order.flags.has(Flags::POST_ONLY),
            tag: order.tag,
        }
    }
}

fn value_of(side: Side, rank: i64, lots: i64) -> i128 {
    i128::from(price_of(side, rank).0) * i128::from(lots)
}
