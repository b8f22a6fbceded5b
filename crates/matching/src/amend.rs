//! Changes to orders that the book holds: cancel, replace, expire.

use firesale_types::{OrderId, Price, Qty, SimTime};

use crate::stops::Stops;
use crate::{BookEvent, CancelReason, Host, OrderBook, OrderHandle, RejectReason, Submitted};

impl OrderBook {
    /// Takes an order back, resting or waiting. Returns what was open of it.
    ///
    /// # Errors
    /// [`RejectReason::UnknownOrder`] if the handle does not lead to an order of that id.
    #[inline]
    pub fn cancel(
        &mut self,
        handle: OrderHandle,
        id: OrderId,
        host: &mut impl Host,
    ) -> Result<Qty, RejectReason> {
        if Stops::is_waiting_handle(handle) {
            self.stops
                .find(handle, id)
                .ok_or(RejectReason::UnknownOrder)?;
            return Ok(self.cancel_waiting(handle, CancelReason::Requested, host));
        }
        self.orders
            .find(handle.0, id)
            .ok_or(RejectReason::UnknownOrder)?;
        Ok(self.cancel_resting(handle.0, CancelReason::Requested, host))
    }

    fn cancel_waiting(
        &mut self,
        handle: OrderHandle,
        reason: CancelReason,
        host: &mut impl Host,
    ) -> Qty {
        let Some(stop) = self.stops.remove(handle) else {
            return Qty::ZERO;
        };
        let request = stop.request;
        crate::book::forget_expiry(&mut self.expiries, handle, &request);
        host.on_event(BookEvent::Cancelled {
            id: request.id,
            side: request.side,
            qty: request.qty,
            price: None,
            reason,
        });
        request.qty
    }

    /// Gives a resting order another price and open quantity.
    ///
    /// With the same price and no more quantity it shrinks in place ([`BookEvent::Reduced`]; the
    /// hidden part of an iceberg first) and keeps its priority. Otherwise it is cancelled and
    /// submitted again with its options, may trade, and may get another handle; the visible slice
    /// of an iceberg is capped at the new quantity.
    ///
    /// # Errors
    /// [`RejectReason::UnknownOrder`] for a stale handle, [`RejectReason::InvalidCombination`] for
    /// an order that waits for its trigger (it has no place to keep: cancel and submit), else as
    /// [`Self::submit`]. The order is untouched then.
    pub fn replace(
        &mut self,
        now: SimTime,
        handle: OrderHandle,
        id: OrderId,
        price: Price,
        qty: Qty,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        if Stops::is_waiting_handle(handle) {
            self.stops
                .find(handle, id)
                .ok_or(RejectReason::UnknownOrder)?;
            return Err(RejectReason::InvalidCombination);
        }
        let slot = handle.0;
        let order = *self
            .orders
            .find(slot, id)
            .ok_or(RejectReason::UnknownOrder)?;
        self.check_qty(qty)?;
        let open = Qty(self.orders.open(slot));
        if price == order.price() && qty <= open {
            self.shrink_to(slot, open, qty, host);
            return Ok(Submitted {
                filled: Qty::ZERO,
                resting: Some(handle),
            });
        }
        let request = self.orders.request(slot, price, qty);
        self.check(now, &request)?;
        let limit = self.limit(&request)?;
        self.admit(&request, limit, host)?;
        self.cancel_resting(slot, CancelReason::Requested, host);
        Ok(self.execute(&request, limit, host))
    }

    fn shrink_to(&mut self, slot: u32, open: Qty, qty: Qty, host: &mut impl Host) {
        let by = open - qty;
        if by.is_zero() {
            return;
        }
        self.shrink(slot, by.0);
        let order = self.orders.get(slot);
        host.on_event(BookEvent::Reduced {
            id: order.id,
            side: order.flags.side(),
            price: order.price(),
            by,
            left: qty,
        });
    }

    /// Cancels the orders whose time is over at `now`: the first to expire first, by handle at
    /// equal times. The owner calls it at [`Self::next_expiry`]; matching itself does not look.
    pub fn expire(&mut self, now: SimTime, host: &mut impl Host) {
        while let Some(&(time, handle)) = self.expiries.first()
            && time <= now
        {
            if Stops::is_waiting_handle(handle) {
                self.cancel_waiting(handle, CancelReason::Expired, host);
            } else {
                self.cancel_resting(handle.0, CancelReason::Expired, host);
            }
        }
    }
}
