//! New orders: what is refused, what waits, what trades, what rests.

use firesale_types::{Price, Qty, SimTime};

use crate::check::may_rest;
use crate::level::rank_of;
use crate::slab::{Cold, Flags, Order};
use crate::take::{Ending, Taker, reducible};
use crate::{
    BookEvent, CancelReason, Host, OrderBook, OrderHandle, OrderRequest, Pricing, RejectReason,
    Submitted, TimeInForce, Trigger,
};

impl OrderBook {
    /// A new order. It trades what it can at once; what is left rests, waits or is cancelled as
    /// its options say. The host hears of all that follows, in order, while it happens.
    ///
    /// An order with a trigger is held back until [`Self::set_reference`] or a trade reaches its
    /// price; if that has happened already it goes to the triggered queue at once. Its price is
    /// held against the band, and its reduce-only flag against the position, when it is submitted
    /// again after its release. A market order never rests, whatever its time in force says.
    ///
    /// # Errors
    /// The first reason to refuse it in this order: quantity, price, combination of options, room
    /// for a waiting order, band, halt, nothing to reduce, post-only, fill-or-kill, room for a
    /// resting order. Nothing has changed then.
    #[inline(always)]
    pub fn submit(
        &mut self,
        now: SimTime,
        request: &OrderRequest,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        if let Some(price) = self.passive(request) {
            let flags = Flags::plain(request);
            let handle = self.queue_up(request, price, request.qty.0, flags, host);
            return Ok(Submitted {
                filled: Qty::ZERO,
                resting: Some(handle),
            });
        }
        self.submit_any(now, request, host)
    }

    /// The price of an order to which no rule applies but that of its price and quantity, and that
    /// meets no counterparty: most orders, so they take a shorter way to the same place.
    #[inline(always)]
    fn passive(&self, request: &OrderRequest) -> Option<Price> {
        let Pricing::Limit(price) = request.pricing else {
            return None;
        };
        // Not short-circuit: one branch for all of these.
        let options = request.reduce_only
            | request.display.is_some()
            | request.trigger.is_some()
            | (request.tif != TimeInForce::Gtc);
        let ordinary = !options
            && !self.halted
            && self.check_qty(request.qty).is_ok()
            && self.check_price(price).is_ok()
            && self.limit(request).is_ok()
            && !self.crosses(request.side, price)
            && !self.is_full();
        ordinary.then_some(price)
    }

    #[inline(never)]
    fn submit_any(
        &mut self,
        now: SimTime,
        request: &OrderRequest,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        self.check(now, request)?;
        if let Some(trigger) = &request.trigger {
            return self.hold_back(request, trigger, host);
        }
        let limit = self.limit(request)?;
        self.admit(request, limit, host)?;
        let trades = !self.halted && self.crosses(request.side, limit);
        // One that trades and has a rest has cleared a level, and so made room.
        if self.is_full() && may_rest(request) && !trades {
            return Err(RejectReason::BookFull);
        }
        Ok(self.execute(request, limit, host))
    }

    #[cold]
    fn hold_back(
        &mut self,
        request: &OrderRequest,
        trigger: &Trigger,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        if self.is_full() {
            return Err(RejectReason::BookFull);
        }
        let id = request.id;
        if self.stops.is_satisfied(trigger) {
            self.stops.release(request);
            host.on_event(BookEvent::Triggered { id });
            return Ok(Submitted::default());
        }
        let handle = self.stops.wait(request, trigger);
        if let TimeInForce::Gtd(expires) = request.tif {
            self.expiries.insert((expires, handle));
        }
        host.on_event(BookEvent::Waiting { id, handle });
        Ok(Submitted {
            filled: Qty::ZERO,
            resting: Some(handle),
        })
    }

    /// Trades and then rests or cancels an order that has been admitted.
    #[inline]
    pub(crate) fn execute(
        &mut self,
        request: &OrderRequest,
        limit: Price,
        host: &mut impl Host,
    ) -> Submitted {
        let mut taker = Taker::new(request, limit);
        let ending = if self.halted {
            Ending::NoCounterparty
        } else {
            self.take(&mut taker, host)
        };
        let filled = Qty(taker.filled);
        let mut resting = None;
        if taker.left > 0 {
            match self.reason_to_go(request, &taker, ending, host) {
                Some(reason) => host.on_event(BookEvent::Cancelled {
                    id: request.id,
                    side: request.side,
                    qty: Qty(taker.left),
                    price: None,
                    reason,
                }),
                None => resting = Some(self.rest(request, limit, taker.left, host)),
            }
        }
        Submitted { filled, resting }
    }

    /// Why what is left of an order does not rest.
    #[inline]
    fn reason_to_go(
        &self,
        request: &OrderRequest,
        taker: &Taker,
        ending: Ending,
        host: &impl Host,
    ) -> Option<CancelReason> {
        match ending {
            Ending::SelfTrade => Some(CancelReason::SelfTrade),
            Ending::NothingToReduce => Some(CancelReason::NothingToReduce),
            Ending::NoCounterparty if !may_rest(request) => Some(CancelReason::Unfilled),
            // Before the first fill it was admitted with something to reduce.
            Ending::NoCounterparty if taker.filled > 0 => {
                let reducible = reducible(request.reduce_only, request.id, request.side, host);
                (reducible <= 0).then_some(CancelReason::NothingToReduce)
            }
            Ending::NoCounterparty => None,
        }
    }

    /// Puts what is left of an order into the book.
    fn rest(
        &mut self,
        request: &OrderRequest,
        price: Price,
        qty: i64,
        host: &mut impl Host,
    ) -> OrderHandle {
        let mut flags = Flags::of(request);
        if self.halted {
            flags = flags.with(Flags::NUMBERED);
        }
        self.queue_up(request, price, qty, flags, host)
    }

    /// Puts an order at the end of the queue of its price.
    #[inline(always)]
    fn queue_up(
        &mut self,
        request: &OrderRequest,
        price: Price,
        qty: i64,
        flags: Flags,
        host: &mut impl Host,
    ) -> OrderHandle {
        let (id, side) = (request.id, request.side);
        let mut visible = qty;
        if let Some(display) = request.display
            && flags.has(Flags::ICEBERG)
        {
            visible = display.0.min(qty);
        }
        let order = Order::new(id, price, visible, request.tag, flags);
        let slot = self.orders.insert(order);
        let handle = OrderHandle(slot);
        if flags.has(Flags::COLD) {
            self.write_cold(request, slot, qty - visible);
        }
        self.sides[side.index()].push_back(&mut self.orders, rank_of(side, price), slot, visible);
        host.on_event(BookEvent::Rested {
            id,
            handle,
            side,
            price,
            qty: Qty(qty),
        });
        handle
    }

    #[cold]
    fn write_cold(&mut self, request: &OrderRequest, slot: u32, hidden: i64) {
        let mut cold = Cold {
            hidden,
            display: request.display.map_or(0, |display| display.0),
            ..Cold::default()
        };
        if let TimeInForce::Gtd(expires) = request.tif {
            cold.expires = expires;
            self.expiries.insert((expires, OrderHandle(slot)));
        }
        if self.halted {
            self.arrivals += 1;
            cold.arrival = self.arrivals;
        }
        self.orders.set_cold(slot, cold);
    }
}
