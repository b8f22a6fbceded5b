//! How the twin matches, and fires its triggers.

use firesale_types::{Price, Qty};

use super::rules::{reducible, rests};
use super::{NaiveBook, Resting, Waiting};
use crate::{
    BookEvent, CancelReason, Fill, Host, OrderHandle, OrderRequest, SelfTrade, Submitted, Trigger,
    TriggerSource, TriggerWhen,
};

/// An incoming order.
pub(super) struct Incoming {
    pub(super) request: OrderRequest,
    pub(super) limit: Price,
    pub(super) left: i64,
    pub(super) filled: i64,
}

impl Incoming {
    pub(super) const fn new(request: OrderRequest, limit: Price) -> Self {
        Self {
            request,
            limit,
            left: request.qty.0,
            filled: 0,
        }
    }
}

impl NaiveBook {
    pub(super) fn execute(
        &mut self,
        request: &OrderRequest,
        limit: Price,
        host: &mut impl Host,
    ) -> Submitted {
        let mut incoming = Incoming::new(*request, limit);
        let mut reason = None;
        if !self.halted {
            reason = self.match_incoming(&mut incoming, host);
        }
        let filled = Qty(incoming.filled);
        if incoming.left == 0 {
            return Submitted {
                filled,
                resting: None,
            };
        }
        if reason.is_none() && !rests(request) {
            reason = Some(CancelReason::Unfilled);
        }
        if reason.is_none() && incoming.filled > 0 && reducible(request, host) <= 0 {
            reason = Some(CancelReason::NothingToReduce);
        }
        if let Some(reason) = reason {
            host.on_event(BookEvent::Cancelled {
                id: request.id,
                side: request.side,
                qty: Qty(incoming.left),
                price: None,
                reason,
            });
            return Submitted {
                filled,
                resting: None,
            };
        }
        Submitted {
            filled,
            resting: Some(self.rest(&incoming, host)),
        }
    }

    pub(super) fn rest(&mut self, incoming: &Incoming, host: &mut impl Host) -> OrderHandle {
        let Incoming {
            request,
            limit: price,
            left,
            ..
        } = *incoming;
        let handle = self.handles.take();
        self.arrivals += 1;
        let visible = request.display.map_or(left, |display| display.0.min(left));
        self.queue_up(Resting {
            handle,
            request,
            price,
            visible,
            hidden: left - visible,
            arrival: self.arrivals,
        });
        host.on_event(BookEvent::Rested {
            id: request.id,
            handle,
            side: request.side,
            price,
            qty: Qty(left),
        });
        handle
    }

    /// Matches as far as possible; the reason if the rest must go.
    pub(super) fn match_incoming(
        &mut self,
        incoming: &mut Incoming,
        host: &mut impl Host,
    ) -> Option<CancelReason> {
        let request = incoming.request;
        while incoming.left > 0 {
            let price = self.counter_price(request.side, incoming.limit)?;
            let maker = self.queues[request.side.opposite().index()][&price][0].clone();
            let may_take = reducible(&request, host);
            if may_take <= 0 {
                return Some(CancelReason::NothingToReduce);
            }
            if maker.account() == request.id.account() {
                match request.self_trade {
                    SelfTrade::CancelNewest => return Some(CancelReason::SelfTrade),
                    SelfTrade::CancelOldest => {
                        self.cancel_resting(maker.handle, CancelReason::SelfTrade, host);
                    }
                    SelfTrade::Decrement => self.decrement_incoming(incoming, &maker, host),
                }
                continue;
            }
            let may_make = maker.reducible(host);
            if may_make <= 0 {
                self.cancel_resting(maker.handle, CancelReason::NothingToReduce, host);
                continue;
            }
            let wanted = incoming.left.min(maker.visible).min(may_take);
            let qty = wanted.min(may_make);
            incoming.left -= qty;
            incoming.filled += qty;
            let fill = Fill {
                maker: maker.request.id,
                taker: request.id,
                taker_side: request.side,
                price,
                qty: Qty(qty),
                maker_left: Qty(maker.open() - qty),
                taker_left: Qty(incoming.left),
                taker_tag: request.tag,
                maker_tag: maker.request.tag,
            };
            self.trade(fill, &[maker.handle], host);
            if may_make < wanted {
                self.cancel_resting(maker.handle, CancelReason::NothingToReduce, host);
            }
        }
        None
    }

    pub(super) fn decrement_incoming(
        &mut self,
        incoming: &mut Incoming,
        maker: &Resting,
        host: &mut impl Host,
    ) {
        let by = incoming.left.min(maker.open());
        self.decrement(maker.handle, by, host);
        incoming.left -= by;
        let (id, side, by) = (incoming.request.id, incoming.request.side, Qty(by));
        if incoming.left == 0 {
            host.on_event(BookEvent::Cancelled {
                id,
                side,
                qty: by,
                price: None,
                reason: CancelReason::SelfTrade,
            });
        } else {
            host.on_event(BookEvent::Reduced {
                id,
                side,
                price: maker.price,
                by,
                left: Qty(incoming.left),
            });
        }
    }

    /// Books a trade: takes it off the resting orders, tells it, moves the last price.
    pub(super) fn trade(&mut self, fill: Fill, resting: &[OrderHandle], host: &mut impl Host) {
        for &handle in resting {
            self.fill_resting(handle, fill.qty.0);
        }
        host.on_event(BookEvent::Fill(fill));
        self.references[TriggerSource::Last as usize] = Some(fill.price);
        for request in self.fire(TriggerSource::Last) {
            host.on_event(BookEvent::Triggered { id: request.id });
        }
    }

    pub(super) fn fill_resting(&mut self, handle: OrderHandle, qty: i64) {
        let Some(order) = self.find_mut(handle) else {
            return;
        };
        order.visible -= qty;
        if order.visible > 0 {
            return;
        }
        if order.hidden == 0 {
            self.remove(handle);
        } else if let Some(mut order) = self.lift(handle) {
            let slice = order
                .request
                .display
                .map_or(0, |display| display.0.min(order.hidden));
            order.hidden -= slice;
            order.visible = slice;
            self.queue_up(order);
        }
    }

    pub(super) fn shrink(&mut self, handle: OrderHandle, by: i64) {
        if let Some(order) = self.find_mut(handle) {
            let from_hidden = by.min(order.hidden);
            order.hidden -= from_hidden;
            order.visible -= by - from_hidden;
        }
    }

    pub(super) fn decrement(&mut self, handle: OrderHandle, by: i64, host: &mut impl Host) {
        let Some(order) = self.find(handle).cloned() else {
            return;
        };
        if by == order.open() {
            self.cancel_resting(handle, CancelReason::SelfTrade, host);
            return;
        }
        self.shrink(handle, by);
        host.on_event(BookEvent::Reduced {
            id: order.request.id,
            side: order.side(),
            price: order.price,
            by: Qty(by),
            left: Qty(order.open() - by),
        });
    }

    pub(super) fn is_satisfied(&self, trigger: &Trigger) -> bool {
        let reference = self.references[trigger.source as usize];
        reference.is_some_and(|price| match trigger.when {
            TriggerWhen::AtOrAbove => price >= trigger.price,
            TriggerWhen::AtOrBelow => price <= trigger.price,
        })
    }

    /// Moves the waiting orders of a source whose time has come to the triggered ones.
    pub(super) fn fire(&mut self, source: TriggerSource) -> Vec<OrderRequest> {
        let mut fired: Vec<Waiting> = self
            .waiting
            .iter()
            .filter(|w| w.trigger.source == source && self.is_satisfied(&w.trigger))
            .copied()
            .collect();
        fired.sort_by_key(|w| match w.trigger.when {
            TriggerWhen::AtOrAbove => (0, w.trigger.price.0, w.arrival),
            TriggerWhen::AtOrBelow => (1, -w.trigger.price.0, w.arrival),
        });
        let mut requests = Vec::new();
        for waiting in fired {
            self.waiting.retain(|w| w.handle != waiting.handle);
            self.waiting_handles.free.push(waiting.handle.0);
            let request = OrderRequest {
                trigger: None,
                ..waiting.request
            };
            self.triggered.push(request);
            requests.push(request);
        }
        requests
    }
}
