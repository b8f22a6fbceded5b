//! The surface that both books share.

use firesale_types::{OrderId, Price, Qty, Side, SimTime};

use crate::{
    Host, OrderBook, OrderHandle, OrderRequest, OrderView, RejectReason, Submitted, TriggerSource,
};

/// What a book can do: the surface that [`OrderBook`] and [`NaiveBook`](super::NaiveBook) share.
///
/// The methods are those of [`OrderBook`], documented there; lists are collected.
#[expect(missing_docs, reason = "documented at OrderBook")]
pub trait Book {
    fn submit(
        &mut self,
        now: SimTime,
        request: &OrderRequest,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason>;
    fn cancel(
        &mut self,
        handle: OrderHandle,
        id: OrderId,
        host: &mut impl Host,
    ) -> Result<Qty, RejectReason>;
    fn replace(
        &mut self,
        now: SimTime,
        handle: OrderHandle,
        id: OrderId,
        price: Price,
        qty: Qty,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason>;
    fn set_reference(&mut self, source: TriggerSource, price: Price);
    fn take_triggered(&mut self, out: &mut Vec<OrderRequest>);
    fn has_triggered(&self) -> bool;
    fn expire(&mut self, now: SimTime, host: &mut impl Host);
    fn next_expiry(&self) -> Option<SimTime>;
    fn set_band(&mut self, band: Option<(Price, Price)>);
    fn halt(&mut self);
    fn is_halted(&self) -> bool;
    fn indicative(&self) -> Option<(Price, Qty)>;
    fn reopen(
        &mut self,
        now: SimTime,
        reference: Price,
        host: &mut impl Host,
    ) -> Option<(Price, Qty)>;
    fn best(&self, side: Side) -> Option<(Price, Qty)>;
    fn last(&self) -> Option<Price>;
    fn levels(&self, side: Side) -> Vec<(Price, Qty)>;
    fn depth_to(&self, side: Side, limit: Price) -> (Qty, i128);
    fn price_for_value(&self, side: Side, value: i128) -> Option<(Qty, i128)>;
    fn orders(&self) -> Vec<OrderView>;
    fn orders_at(&self, side: Side, price: Price) -> Vec<OrderView>;
    fn order(&self, handle: OrderHandle, id: OrderId) -> Option<OrderView>;
    fn waiting_orders(&self) -> Vec<(OrderHandle, OrderRequest)>;
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Book for OrderBook {
    #[inline(always)]
    fn submit(
        &mut self,
        now: SimTime,
        request: &OrderRequest,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        self.submit(now, request, host)
    }

    #[inline]
    fn cancel(
        &mut self,
        handle: OrderHandle,
        id: OrderId,
        host: &mut impl Host,
    ) -> Result<Qty, RejectReason> {
        self.cancel(handle, id, host)
    }

    fn replace(
        &mut self,
        now: SimTime,
        handle: OrderHandle,
        id: OrderId,
        price: Price,
        qty: Qty,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        self.replace(now, handle, id, price, qty, host)
    }

    fn set_reference(&mut self, source: TriggerSource, price: Price) {
        self.set_reference(source, price);
    }

    fn take_triggered(&mut self, out: &mut Vec<OrderRequest>) {
        self.take_triggered(out);
    }

    fn has_triggered(&self) -> bool {
        self.has_triggered()
    }

    fn expire(&mut self, now: SimTime, host: &mut impl Host) {
        self.expire(now, host);
    }

    fn next_expiry(&self) -> Option<SimTime> {
        self.next_expiry()
    }

    fn set_band(&mut self, band: Option<(Price, Price)>) {
        self.set_band(band);
    }

    fn halt(&mut self) {
        self.halt();
    }

    fn is_halted(&self) -> bool {
        self.is_halted()
    }

    fn indicative(&self) -> Option<(Price, Qty)> {
        self.indicative()
    }

    fn reopen(
        &mut self,
        now: SimTime,
        reference: Price,
        host: &mut impl Host,
    ) -> Option<(Price, Qty)> {
        self.reopen(now, reference, host)
    }

    fn best(&self, side: Side) -> Option<(Price, Qty)> {
        self.best(side)
    }

    fn last(&self) -> Option<Price> {
        self.last()
    }

    fn levels(&self, side: Side) -> Vec<(Price, Qty)> {
        self.levels(side).collect()
    }

    fn depth_to(&self, side: Side, limit: Price) -> (Qty, i128) {
        self.depth_to(side, limit)
    }

    fn price_for_value(&self, side: Side, value: i128) -> Option<(Qty, i128)> {
        self.price_for_value(side, value)
    }

    fn orders(&self) -> Vec<OrderView> {
        self.orders().collect()
    }

    fn orders_at(&self, side: Side, price: Price) -> Vec<OrderView> {
        self.orders_at(side, price).collect()
    }

    fn order(&self, handle: OrderHandle, id: OrderId) -> Option<OrderView> {
        self.order(handle, id)
    }

    fn waiting_orders(&self) -> Vec<(OrderHandle, OrderRequest)> {
        self.waiting_orders()
            .map(|(handle, request)| (handle, *request))
            .collect()
    }

    fn len(&self) -> usize {
        self.len()
    }
}
