//! What happens to an order in its queue: it shrinks, shows its next slice, leaves.

use firesale_types::Qty;

use crate::level::rank_of;
use crate::slab::Flags;
use crate::{BookEvent, CancelReason, Host, OrderBook, OrderHandle};

impl OrderBook {
    /// Takes traded quantity off a resting order; an iceberg shows its next slice at the end of
    /// the queue, a filled order leaves. Returns what is left, hidden part included.
    pub(crate) fn consume(&mut self, slot: u32, qty: i64) -> i64 {
        let order = *self.orders.get(slot);
        let hidden = self.orders.hidden(slot);
        let visible = order.visible() - qty;
        if visible > 0 {
            self.set_visible(slot, visible);
        } else if hidden > 0 {
            self.show_next_slice(slot);
        } else {
            self.remove(slot);
        }
        visible + hidden
    }

    /// Changes the visible part of a resting order in place.
    pub(crate) fn set_visible(&mut self, slot: u32, visible: i64) {
        let order = self.orders.get_mut(slot);
        let (side, change) = (order.flags.side(), visible - order.visible());
        order.set_visible(visible);
        let rank = rank_of(side, order.price());
        let book_side = &mut self.sides[side.index()];
        let mut level = book_side.level(rank);
        level.qty += change;
        book_side.update(rank, level);
    }

    fn show_next_slice(&mut self, slot: u32) {
        let order = *self.orders.get(slot);
        let cold = self.orders.cold_mut(slot);
        let slice = cold.display.min(cold.hidden);
        cold.hidden -= slice;
        let side = order.flags.side();
        let rank = rank_of(side, order.price());
        let book_side = &mut self.sides[side.index()];
        book_side.unlink(&mut self.orders, rank, slot);
        self.orders.get_mut(slot).set_visible(slice);
        book_side.push_back(&mut self.orders, rank, slot, slice);
    }

    /// Shrinks a resting order for meeting its own account; at zero it leaves.
    pub(crate) fn decrement(&mut self, slot: u32, by: i64, host: &mut impl Host) {
        let order = *self.orders.get(slot);
        let left = self.orders.open(slot) - by;
        if left == 0 {
            self.cancel_resting(slot, CancelReason::SelfTrade, host);
            return;
        }
        self.shrink(slot, by);
        host.on_event(BookEvent::Reduced {
            id: order.id,
            side: order.flags.side(),
            price: order.price(),
            by: Qty(by),
            left: Qty(left),
        });
    }

    /// Takes quantity off a resting order in place, from its hidden part first.
    pub(crate) fn shrink(&mut self, slot: u32, by: i64) {
        let from_hidden = by.min(self.orders.hidden(slot));
        if from_hidden > 0 {
            self.orders.cold_mut(slot).hidden -= from_hidden;
        }
        if by > from_hidden {
            let visible = self.orders.get(slot).visible() - (by - from_hidden);
            self.set_visible(slot, visible);
        }
    }

    /// Takes an order out of the book and says so.
    pub(crate) fn cancel_resting(
        &mut self,
        slot: u32,
        reason: CancelReason,
        host: &mut impl Host,
    ) -> Qty {
        let order = *self.orders.get(slot);
        let qty = Qty(self.orders.open(slot));
        self.remove(slot);
        host.on_event(BookEvent::Cancelled {
            id: order.id,
            side: order.flags.side(),
            qty,
            price: Some(order.price()),
            reason,
        });
        qty
    }

    /// Takes an order out of its queue and frees its slot.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) {
        let order = *self.orders.get(slot);
        let side = order.flags.side();
        if order.flags.has(Flags::EXPIRES) {
            let expires = self.orders.cold(slot).expires;
            self.expiries.remove(&(expires, OrderHandle(slot)));
        }
        let rank = rank_of(side, order.price());
        self.sides[side.index()].unlink(&mut self.orders, rank, slot);
        self.orders.free(slot);
    }
}
