//! New orders: what is refused, what waits, what trades, what rests.

use firesale_types::{Price, Qty, Side, SimTime};

use crate::side::rank_of;
use crate::slab::{Cold, Flags, Order};
use crate::take::{Ending, Taker, reducible};
use crate::{
    BookEvent, CancelReason, Host, MAX_PRICE, OrderBook, OrderHandle, OrderRequest, Pricing,
    RejectReason, Submitted, TimeInForce, Trigger,
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
    #[inline]
    pub fn submit(
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
        if self.is_full()
            && may_rest(request)
            && (self.halted || !self.crosses(request.side, limit))
        {
            return Err(RejectReason::BookFull);
        }
        Ok(self.execute(request, limit, host))
    }

    /// What can be said against a request without looking at the book.
    #[inline]
    pub(crate) fn check(&self, now: SimTime, request: &OrderRequest) -> Result<(), RejectReason> {
        self.check_qty(request.qty)?;
        if let Pricing::Limit(price) = request.pricing {
            self.check_price(price)?;
        }
        if let TimeInForce::Gtd(expires) = request.tif
            && expires <= now
        {
            return Err(RejectReason::InvalidCombination);
        }
        if request.post_only && !may_rest(request) {
            return Err(RejectReason::InvalidCombination);
        }
        if let Some(display) = request.display {
            self.check_display(request, display)?;
        }
        match request.trigger {
            Some(trigger) if !in_range(trigger.price) => Err(RejectReason::PriceOutOfRange),
            _ => Ok(()),
        }
    }

    #[inline]
    pub(crate) fn check_qty(&self, qty: Qty) -> Result<(), RejectReason> {
        if qty.0 <= 0 {
            Err(RejectReason::QtyNotPositive)
        } else if qty > self.config.max_order_qty {
            Err(RejectReason::QtyTooLarge)
        } else if is_off_grid(qty.0, self.config.qty_step) {
            Err(RejectReason::OffLotGrid)
        } else {
            Ok(())
        }
    }

    #[inline]
    fn check_price(&self, price: Price) -> Result<(), RejectReason> {
        if !in_range(price) {
            Err(RejectReason::PriceOutOfRange)
        } else if is_off_grid(price.0, self.config.price_step) {
            Err(RejectReason::OffTickGrid)
        } else {
            Ok(())
        }
    }

    fn check_display(&self, request: &OrderRequest, display: Qty) -> Result<(), RejectReason> {
        if !may_rest(request) || display.0 <= 0 || display > request.qty {
            Err(RejectReason::InvalidCombination)
        } else if is_off_grid(display.0, self.config.qty_step) {
            Err(RejectReason::OffLotGrid)
        } else {
            Ok(())
        }
    }

    /// The worst price at which the order may trade.
    #[inline]
    pub(crate) fn limit(&self, request: &OrderRequest) -> Result<Price, RejectReason> {
        let (low, high) = self.band.unwrap_or((Price(1), MAX_PRICE));
        match request.pricing {
            Pricing::Limit(price) if price < low || price > high => Err(RejectReason::OutsideBand),
            Pricing::Limit(price) => Ok(price),
            Pricing::Market if request.side == Side::Buy => Ok(high),
            Pricing::Market => Ok(low),
        }
    }

    /// Whether there is an order that one at this price would trade with.
    #[inline]
    pub(crate) fn crosses(&self, side: Side, limit: Price) -> bool {
        let other = side.opposite();
        self.sides[other.index()].best() <= rank_of(other, limit)
    }

    /// What the state of the book and of the account says against an order.
    #[inline]
    pub(crate) fn admit(
        &self,
        request: &OrderRequest,
        limit: Price,
        host: &impl Host,
    ) -> Result<(), RejectReason> {
        if self.halted && !may_rest(request) {
            return Err(RejectReason::Halted);
        }
        if reducible(request.reduce_only, request.id, request.side, host) <= 0 {
            return Err(RejectReason::NothingToReduce);
        }
        if request.post_only && !self.halted && self.crosses(request.side, limit) {
            return Err(RejectReason::PostOnlyWouldTrade);
        }
        if request.tif == TimeInForce::Fok && !self.can_fill(request, limit, host) {
            return Err(RejectReason::FokUnfilled);
        }
        Ok(())
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

    /// Puts an order at the end of the queue of its price.
    #[inline]
    fn rest(
        &mut self,
        request: &OrderRequest,
        price: Price,
        qty: i64,
        host: &mut impl Host,
    ) -> OrderHandle {
        let (id, side) = (request.id, request.side);
        let visible = request.display.map_or(qty, |display| display.0.min(qty));
        let flags = Flags::of(request);
        let slot = self
            .orders
            .insert(Order::new(id, price, visible, request.tag, flags));
        let handle = OrderHandle(slot);
        if self.halted || flags.has(Flags::ICEBERG | Flags::EXPIRES) {
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
            let order = self.orders.get_mut(slot);
            order.flags = order.flags.with(Flags::NUMBERED);
        }
        self.orders.set_cold(slot, cold);
    }
}

/// Whether the order may stay in the book: a limit order that is good till cancelled or a date.
#[inline]
pub(crate) const fn may_rest(request: &OrderRequest) -> bool {
    matches!(request.pricing, Pricing::Limit(_))
        && matches!(request.tif, TimeInForce::Gtc | TimeInForce::Gtd(_))
}

/// Whether a book takes the price at all.
#[inline]
pub(crate) fn in_range(price: Price) -> bool {
    price.0 >= 1 && price <= MAX_PRICE
}

/// A division only where there is a grid: most books have a step of one.
#[inline]
const fn is_off_grid(value: i64, step: i64) -> bool {
    step != 1 && value % step != 0
}
