//! What can be asked of the twin.

use std::collections::BTreeMap;

use firesale_types::{OrderId, Price, Qty, Side, SimTime};

use super::rules::rests;
use super::{Book, Mutation, NaiveBook, Resting, WAITING, Waiting};
use crate::{
    BookEvent, CancelReason, Host, MAX_PRICE, OrderHandle, OrderRequest, OrderView, Pricing,
    RejectReason, Submitted, TimeInForce, TriggerSource, TriggerWhen,
};

impl Book for NaiveBook {
    fn submit(
        &mut self,
        now: SimTime,
        request: &OrderRequest,
        host: &mut impl Host,
    ) -> Result<Submitted, RejectReason> {
        self.check(now, request)?;
        if let Some(trigger) = request.trigger {
            if self.is_full() {
                return Err(RejectReason::BookFull);
            }
            let id = request.id;
            if self.is_satisfied(&trigger) {
                self.triggered.push(OrderRequest {
                    trigger: None,
                    ..*request
                });
                host.on_event(BookEvent::Triggered { id });
                return Ok(Submitted::default());
            }
            let handle = self.waiting_handles.take();
            self.arrivals += 1;
            self.waiting.push(Waiting {
                handle,
                request: *request,
                trigger,
                arrival: self.arrivals,
            });
            host.on_event(BookEvent::Waiting { id, handle });
            return Ok(Submitted {
                filled: Qty::ZERO,
                resting: Some(handle),
            });
        }
        let limit = self.limit(request)?;
        self.admit(request, limit, host)?;
        let crosses = self.counter_price(request.side, limit).is_some();
        if self.is_full() && rests(request) && (self.halted || !crosses) {
            return Err(RejectReason::BookFull);
        }
        Ok(self.execute(request, limit, host))
    }

    fn cancel(
        &mut self,
        handle: OrderHandle,
        id: OrderId,
        host: &mut impl Host,
    ) -> Result<Qty, RejectReason> {
        if let Some(waiting) = self.named_waiting(handle, id) {
            return Ok(self.cancel_waiting(waiting.handle, CancelReason::Requested, host));
        }
        let order = self.named(handle, id)?;
        if self.mutation == Some(Mutation::CancelsDropped) {
            return Ok(Qty(order.open()));
        }
        Ok(self.cancel_resting(handle, CancelReason::Requested, host))
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
        if self.named_waiting(handle, id).is_some() {
            return Err(RejectReason::InvalidCombination);
        }
        let order = self.named(handle, id)?;
        self.check_qty(qty)?;
        let kept = Ok(Submitted {
            filled: Qty::ZERO,
            resting: Some(handle),
        });
        if price == order.price && qty.0 <= order.open() {
            let by = order.open() - qty.0;
            if by > 0 {
                self.shrink(handle, by);
                host.on_event(BookEvent::Reduced {
                    id,
                    side: order.side(),
                    price,
                    by: Qty(by),
                    left: qty,
                });
            }
            return kept;
        }
        let request = OrderRequest {
            qty,
            pricing: Pricing::Limit(price),
            display: order.request.display.map(|display| display.min(qty)),
            ..order.request
        };
        self.check(now, &request)?;
        let limit = self.limit(&request)?;
        self.admit(&request, limit, host)?;
        if self.mutation == Some(Mutation::ReplaceKeepsPlace) && price == order.price {
            if let Some(order) = self.find_mut(handle) {
                order.visible += qty.0 - order.open();
            }
            return kept;
        }
        self.cancel_resting(handle, CancelReason::Requested, host);
        Ok(self.execute(&request, limit, host))
    }

    fn set_reference(&mut self, source: TriggerSource, price: Price) {
        if price >= Price(1) && price <= MAX_PRICE {
            self.references[source as usize] = Some(price);
            self.fire(source);
        }
    }

    fn take_triggered(&mut self, out: &mut Vec<OrderRequest>) {
        out.append(&mut self.triggered);
    }

    fn has_triggered(&self) -> bool {
        !self.triggered.is_empty()
    }

    fn expire(&mut self, now: SimTime, host: &mut impl Host) {
        let mut over: Vec<(SimTime, OrderHandle)> = self.dated();
        over.retain(|&(time, _)| time <= now);
        over.sort_unstable();
        for (_, handle) in over {
            if handle.0 & WAITING == 0 {
                self.cancel_resting(handle, CancelReason::Expired, host);
            } else {
                self.cancel_waiting(handle, CancelReason::Expired, host);
            }
        }
    }

    fn next_expiry(&self) -> Option<SimTime> {
        self.dated().into_iter().map(|(time, _)| time).min()
    }

    fn set_band(&mut self, band: Option<(Price, Price)>) {
        self.band = band;
    }

    fn halt(&mut self) {
        self.halted = true;
    }

    fn is_halted(&self) -> bool {
        self.halted
    }

    fn indicative(&self) -> Option<(Price, Qty)> {
        self.clearing(self.last())
    }

    fn reopen(
        &mut self,
        now: SimTime,
        reference: Price,
        host: &mut impl Host,
    ) -> Option<(Price, Qty)> {
        self.expire(now, host);
        let mut result: Option<(Price, Qty)> = None;
        while let Some((price, _)) = self.clearing(Some(reference)) {
            while let Some(qty) = self.pair(price, host) {
                if qty > 0 {
                    let before = result.map_or(Qty::ZERO, |(_, volume)| volume);
                    result = Some((price, before + Qty(qty)));
                }
            }
        }
        self.halted = false;
        result
    }

    fn best(&self, side: Side) -> Option<(Price, Qty)> {
        let price = self.best_price(side)?;
        let queue = &self.queues[side.index()][&price];
        Some((price, Qty(queue.iter().map(|order| order.visible).sum())))
    }

    fn last(&self) -> Option<Price> {
        self.references[TriggerSource::Last as usize]
    }

    fn levels(&self, side: Side) -> Vec<(Price, Qty)> {
        let visible = |price: &Price| -> i64 {
            let queue = &self.queues[side.index()][price];
            queue.iter().map(|order| order.visible).sum()
        };
        let prices = self.prices_best_first(side);
        prices
            .iter()
            .map(|price| (*price, Qty(visible(price))))
            .collect()
    }

    fn depth_to(&self, side: Side, limit: Price) -> (Qty, i128) {
        let (mut qty, mut value) = (0, 0);
        for (price, visible) in self.levels(side) {
            let inside = match side {
                Side::Buy => price >= limit,
                Side::Sell => price <= limit,
            };
            if inside {
                qty += visible.0;
                value += i128::from(price.0) * i128::from(visible.0);
            }
        }
        (Qty(qty), value)
    }

    fn price_for_value(&self, side: Side, value: i128) -> Option<(Qty, i128)> {
        let (mut qty, mut walked) = (0_i64, 0_i128);
        for (price, visible) in self.levels(side) {
            let price = i128::from(price.0);
            let full = price * i128::from(visible.0);
            if walked + full < value {
                walked += full;
                qty += visible.0;
                continue;
            }
            let missing = value - walked;
            let lots = missing / price + i128::from(missing % price > 0);
            let total = i128::from(qty) + lots;
            return (missing > 0).then_some((Qty(total as i64), walked + lots * price));
        }
        None
    }

    fn orders(&self) -> Vec<OrderView> {
        let queues = [Side::Buy, Side::Sell].into_iter().flat_map(|side| {
            let prices = self.prices_best_first(side).into_iter();
            prices.flat_map(move |price| &self.queues[side.index()][&price])
        });
        queues.map(Resting::view).collect()
    }

    fn orders_at(&self, side: Side, price: Price) -> Vec<OrderView> {
        let queue = self.queues[side.index()].get(&price);
        queue.into_iter().flatten().map(Resting::view).collect()
    }

    fn order(&self, handle: OrderHandle, id: OrderId) -> Option<OrderView> {
        self.named(handle, id).ok().map(|order| order.view())
    }

    fn waiting_orders(&self) -> Vec<(OrderHandle, OrderRequest)> {
        let mut waiting = self.waiting.clone();
        waiting.sort_by_key(|w| {
            let (direction, price) = match w.trigger.when {
                TriggerWhen::AtOrAbove => (0, w.trigger.price.0),
                TriggerWhen::AtOrBelow => (1, -w.trigger.price.0),
            };
            (w.trigger.source, direction, price, w.arrival)
        });
        waiting.iter().map(|w| (w.handle, w.request)).collect()
    }

    fn len(&self) -> usize {
        self.places.len()
    }
}

impl NaiveBook {
    /// All good-till-date orders, resting or waiting.
    fn dated(&self) -> Vec<(SimTime, OrderHandle)> {
        let resting = self.queues.iter().flat_map(BTreeMap::values).flatten();
        let resting = resting.map(|order| (order.handle, &order.request));
        let waiting = self.waiting.iter().map(|w| (w.handle, &w.request));
        resting
            .chain(waiting)
            .filter_map(|(handle, request)| match request.tif {
                TimeInForce::Gtd(time) => Some((time, handle)),
                _ => None,
            })
            .collect()
    }
}
