//! The naive twin of [`OrderBook`](crate::OrderBook): the same rules over maps and queues, without a thought of
//! speed.
//!
//! It exists to be compared with: the property suite drives both with the same commands and wants
//! the same events, answers and books. A [`Mutation`] breaks one rule on purpose, for tests that
//! must notice.

mod auction;
mod book;
mod rules;
mod surface;
mod trade;

use std::collections::{BTreeMap, VecDeque};

use firesale_types::{AccountId, OrderId, Price, Qty, Side};

use crate::{
    BookConfig, BookEvent, CancelReason, Host, OrderHandle, OrderRequest, OrderView, RejectReason,
    Trigger,
};

pub use book::Book;

/// A rule that a [`NaiveBook`] breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// At one price the newest order trades first.
    LastInFirstOut,
    /// A cancel of a resting order is acknowledged and forgotten.
    CancelsDropped,
    /// A replace with the same price keeps its place even if the quantity grows.
    ReplaceKeepsPlace,
}

/// Handles of waiting orders have the highest bit set, as in [`OrderBook`](crate::OrderBook).
const WAITING: u32 = 1 << 31;

#[derive(Clone, Debug)]
struct Resting {
    handle: OrderHandle,
    request: OrderRequest,
    price: Price,
    visible: i64,
    hidden: i64,
    arrival: u64,
}

impl Resting {
    const fn open(&self) -> i64 {
        self.visible + self.hidden
    }

    const fn side(&self) -> Side {
        self.request.side
    }

    const fn account(&self) -> AccountId {
        self.request.id.account()
    }

    fn reducible(&self, host: &impl Host) -> i64 {
        rules::reducible(&self.request, host)
    }

    fn view(&self) -> OrderView {
        OrderView {
            handle: self.handle,
            id: self.request.id,
            side: self.request.side,
            price: self.price,
            qty: Qty(self.open()),
            visible: Qty(self.visible),
            reduce_only: self.request.reduce_only,
            post_only: self.request.post_only,
            tag: self.request.tag,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    handle: OrderHandle,
    request: OrderRequest,
    trigger: Trigger,
    arrival: u64,
}

/// Hands out the last handle given back, else a new one.
#[derive(Clone, Debug)]
struct Handles {
    free: Vec<u32>,
    next: u32,
}

impl Handles {
    fn take(&mut self) -> OrderHandle {
        OrderHandle(self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        }))
    }
}
/// The slow and simple book.
#[derive(Clone, Debug)]
pub struct NaiveBook {
    config: BookConfig,
    mutation: Option<Mutation>,
    queues: [BTreeMap<Price, VecDeque<Resting>>; 2],
    /// Where the order of a handle rests.
    places: BTreeMap<OrderHandle, (Side, Price)>,
    handles: Handles,
    waiting: Vec<Waiting>,
    waiting_handles: Handles,
    triggered: Vec<OrderRequest>,
    references: [Option<Price>; 3],
    band: Option<(Price, Price)>,
    halted: bool,
    arrivals: u64,
}

impl NaiveBook {
    /// An empty book.
    #[must_use]
    pub fn new(config: BookConfig) -> Self {
        Self {
            config: config.within_limits(),
            mutation: None,
            queues: [BTreeMap::new(), BTreeMap::new()],
            places: BTreeMap::new(),
            handles: Handles {
                free: Vec::new(),
                next: 1,
            },
            waiting: Vec::new(),
            waiting_handles: Handles {
                free: Vec::new(),
                next: WAITING,
            },
            triggered: Vec::new(),
            references: [None; 3],
            band: None,
            halted: false,
            arrivals: 0,
        }
    }

    /// An empty book that breaks a rule.
    #[must_use]
    pub fn with_mutation(config: BookConfig, mutation: Mutation) -> Self {
        Self {
            mutation: Some(mutation),
            ..Self::new(config)
        }
    }

    fn best_price(&self, side: Side) -> Option<Price> {
        let queue = &self.queues[side.index()];
        match side {
            Side::Buy => queue.keys().next_back().copied(),
            Side::Sell => queue.keys().next().copied(),
        }
    }

    fn prices_best_first(&self, side: Side) -> Vec<Price> {
        let prices = self.queues[side.index()].keys().copied();
        match side {
            Side::Buy => prices.rev().collect(),
            Side::Sell => prices.collect(),
        }
    }

    fn find(&self, handle: OrderHandle) -> Option<&Resting> {
        let &(side, price) = self.places.get(&handle)?;
        self.queues[side.index()][&price]
            .iter()
            .find(|order| order.handle == handle)
    }

    fn find_mut(&mut self, handle: OrderHandle) -> Option<&mut Resting> {
        let &(side, price) = self.places.get(&handle)?;
        self.queues[side.index()]
            .get_mut(&price)?
            .iter_mut()
            .find(|order| order.handle == handle)
    }

    fn named(&self, handle: OrderHandle, id: OrderId) -> Result<Resting, RejectReason> {
        self.find(handle)
            .filter(|order| order.request.id == id)
            .cloned()
            .ok_or(RejectReason::UnknownOrder)
    }

    fn named_waiting(&self, handle: OrderHandle, id: OrderId) -> Option<Waiting> {
        let named = |w: &&Waiting| w.handle == handle && w.request.id == id;
        self.waiting.iter().find(named).copied()
    }

    /// Takes an order out of its queue; its handle stays in use.
    fn lift(&mut self, handle: OrderHandle) -> Option<Resting> {
        let (side, price) = self.places.remove(&handle)?;
        let queue = self.queues[side.index()].get_mut(&price)?;
        let index = queue.iter().position(|order| order.handle == handle)?;
        let order = queue.remove(index);
        if queue.is_empty() {
            self.queues[side.index()].remove(&price);
        }
        order
    }

    /// Puts an order at the end of its queue.
    fn queue_up(&mut self, order: Resting) {
        self.places
            .insert(order.handle, (order.side(), order.price));
        let queue = self.queues[order.side().index()]
            .entry(order.price)
            .or_default();
        if self.mutation == Some(Mutation::LastInFirstOut) {
            queue.push_front(order);
        } else {
            queue.push_back(order);
        }
    }

    fn remove(&mut self, handle: OrderHandle) {
        if self.lift(handle).is_some() {
            self.handles.free.push(handle.0);
        }
    }

    fn cancel_resting(
        &mut self,
        handle: OrderHandle,
        reason: CancelReason,
        host: &mut impl Host,
    ) -> Qty {
        let Some(order) = self.find(handle).cloned() else {
            return Qty::ZERO;
        };
        self.remove(handle);
        host.on_event(BookEvent::Cancelled {
            id: order.request.id,
            side: order.side(),
            qty: Qty(order.open()),
            price: Some(order.price),
            reason,
        });
        Qty(order.open())
    }

    fn cancel_waiting(
        &mut self,
        handle: OrderHandle,
        reason: CancelReason,
        host: &mut impl Host,
    ) -> Qty {
        let Some(index) = self.waiting.iter().position(|w| w.handle == handle) else {
            return Qty::ZERO;
        };
        let request = self.waiting.remove(index).request;
        self.waiting_handles.free.push(handle.0);
        host.on_event(BookEvent::Cancelled {
            id: request.id,
            side: request.side,
            qty: request.qty,
            price: None,
            reason,
        });
        request.qty
    }

    fn is_full(&self) -> bool {
        self.places.len() + self.waiting.len() + self.triggered.len()
            >= self.config.max_orders as usize
    }
}
