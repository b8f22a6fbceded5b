//! Orders that wait for a price.

use std::collections::{BTreeMap, VecDeque};

use firesale_types::{OrderId, Price};
use serde::{Deserialize, Serialize};

use crate::{OrderHandle, OrderRequest, TimeInForce, Trigger, TriggerSource, TriggerWhen};

/// Set in the handles of waiting orders, so that one type of handle serves both kinds.
const WAITING: u32 = 1 << 31;

/// A waiting order; `seq` is its place in the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) request: OrderRequest,
    pub(crate) seq: u64,
}

/// The waiting orders of one source and one direction, the first to fire first.
#[derive(Clone, Debug)]
struct Queue {
    /// By signed trigger price, then arrival. The sign is such that a lower one fires first.
    waiting: BTreeMap<(i64, u64), u32>,
    /// The signed price of the first, or the largest number.
    next: i64,
}

impl Queue {
    const EMPTY: Self = Self {
        waiting: BTreeMap::new(),
        next: i64::MAX,
    };

    fn insert(&mut self, key: (i64, u64), slot: u32) {
        self.waiting.insert(key, slot);
        self.next = self.next.min(key.0);
    }

    fn remove(&mut self, key: (i64, u64)) {
        self.waiting.remove(&key);
        self.next = self
            .waiting
            .first_key_value()
            .map_or(i64::MAX, |(&(price, _), _)| price);
    }
}

/// All waiting orders of a book, the prices they watch, and those that fired.
#[derive(Clone, Debug)]
pub(crate) struct Stops {
    slots: Vec<Option<Stop>>,
    /// Free slots, the next to be used last.
    free: Vec<u32>,
    queues: [[Queue; 2]; 3],
    references: [Option<Price>; 3],
    next_seq: u64,
    len: u32,
    triggered: VecDeque<OrderRequest>,
}

/// The waiting orders as data.
#[derive(Serialize, Deserialize)]
pub(crate) struct StopsImage {
    waiting: Vec<(OrderHandle, Stop)>,
    free: Vec<u32>,
    references: [Option<Price>; 3],
    next_seq: u64,
    triggered: Vec<OrderRequest>,
}

/// Low prices first for orders that fire on the way up, high prices first for the others.
#[inline]
const fn signed(when: TriggerWhen, price: Price) -> i64 {
    match when {
        TriggerWhen::AtOrAbove => price.0,
        TriggerWhen::AtOrBelow => -price.0,
    }
}

impl Stops {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            queues: [const { [Queue::EMPTY; 2] }; 3],
            references: [None; 3],
            next_seq: 0,
            len: 0,
            triggered: VecDeque::new(),
        }
    }

    /// How many orders wait.
    #[inline]
    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(crate) fn triggered(&self) -> &VecDeque<OrderRequest> {
        &self.triggered
    }

    #[inline]
    pub(crate) const fn reference(&self, source: TriggerSource) -> Option<Price> {
        self.references[source as usize]
    }

    /// Whether a trigger is satisfied already.
    pub(crate) fn is_satisfied(&self, trigger: &Trigger) -> bool {
        self.reference(trigger.source)
            .is_some_and(|price| signed(trigger.when, trigger.price) <= signed(trigger.when, price))
    }

    pub(crate) fn wait(&mut self, request: &OrderRequest, trigger: &Trigger) -> OrderHandle {
        let seq = self.next_seq;
        self.next_seq += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.place(
            slot,
            trigger,
            Stop {
                request: *request,
                seq,
            },
        );
        OrderHandle(slot | WAITING)
    }

    fn place(&mut self, slot: u32, trigger: &Trigger, stop: Stop) {
        self.slots[slot as usize] = Some(stop);
        self.len += 1;
        let key = (signed(trigger.when, trigger.price), stop.seq);
        self.queues[trigger.source as usize][trigger.when as usize].insert(key, slot);
    }

    pub(crate) const fn is_waiting_handle(handle: OrderHandle) -> bool {
        handle.0 & WAITING != 0
    }

    pub(crate) fn find(&self, handle: OrderHandle, id: OrderId) -> Option<&Stop> {
        let slot = (handle.0 & !WAITING) as usize;
        self.slots
            .get(slot)?
            .as_ref()
            .filter(|stop| stop.request.id == id)
    }

    /// Removes a waiting order that exists.
    pub(crate) fn remove(&mut self, handle: OrderHandle) -> Option<Stop> {
        let slot = handle.0 & !WAITING;
        let stop = self.slots.get_mut(slot as usize)?.take()?;
        if let Some(trigger) = stop.request.trigger {
            let key = (signed(trigger.when, trigger.price), stop.seq);
            self.queues[trigger.source as usize][trigger.when as usize].remove(key);
        }
        self.free.push(slot);
        self.len -= 1;
        Some(stop)
    }

    /// Puts a request whose trigger is satisfied at the end of the triggered ones.
    pub(crate) fn release(&mut self, request: &OrderRequest) {
        self.triggered.push_back(OrderRequest {
            trigger: None,
            ..*request
        });
    }

    /// Hands all triggered requests over.
    pub(crate) fn take_triggered(&mut self, out: &mut Vec<OrderRequest>) {
        out.extend(self.triggered.drain(..));
    }

    /// A watched price moved: fires what it reached, ascending triggers before descending ones.
    #[inline]
    pub(crate) fn set_reference(
        &mut self,
        source: TriggerSource,
        price: Price,
        fired: impl FnMut(OrderHandle, &OrderRequest),
    ) {
        self.references[source as usize] = Some(price);
        let [up, down] = &self.queues[source as usize];
        if (up.next <= price.0) | (down.next <= -price.0) {
            self.fire(source, price, fired);
        }
    }

    #[cold]
    #[inline(never)]
    fn fire(
        &mut self,
        source: TriggerSource,
        price: Price,
        mut fired: impl FnMut(OrderHandle, &OrderRequest),
    ) {
        for when in [TriggerWhen::AtOrAbove, TriggerWhen::AtOrBelow] {
            let reached = signed(when, price);
            while self.queues[source as usize][when as usize].next <= reached {
                let queue = &self.queues[source as usize][when as usize].waiting;
                let Some((_, &slot)) = queue.first_key_value() else {
                    break;
                };
                let handle = OrderHandle(slot | WAITING);
                if let Some(stop) = self.remove(handle) {
                    self.release(&stop.request);
                    fired(handle, &stop.request);
                }
            }
        }
    }

    /// How many waiting orders are good till a date.
    pub(crate) fn dated(&self) -> usize {
        let dated = |stop: &Stop| matches!(stop.request.tif, TimeInForce::Gtd(_));
        self.iter().filter(|(_, stop)| dated(stop)).count()
    }

    pub(crate) fn image(&self) -> StopsImage {
        StopsImage {
            waiting: self.iter().map(|(handle, stop)| (handle, *stop)).collect(),
            free: self.free.clone(),
            references: self.references,
            next_seq: self.next_seq,
            triggered: self.triggered.iter().copied().collect(),
        }
    }

    /// `None` if slots are used twice or not at all, or an order has no trigger.
    pub(crate) fn restore(image: StopsImage) -> Option<Self> {
        let mut stops = Self {
            slots: vec![None; image.waiting.len() + image.free.len()],
            references: image.references,
            next_seq: image.next_seq,
            triggered: image.triggered.into(),
            ..Self::new()
        };
        for &(handle, stop) in &image.waiting {
            let slot = handle.0 & !WAITING;
            let free = stops.slots.get(slot as usize)?.is_none();
            let trigger = stop.request.trigger.filter(|_| free)?;
            stops.place(slot, &trigger, stop);
        }
        let mut unused: Vec<u32> = image.free.clone();
        unused.sort_unstable();
        let empty = |slot: &u32| stops.slots[*slot as usize].is_none();
        let expected: Vec<u32> = (0..stops.slots.len() as u32).filter(empty).collect();
        stops.free = image.free;
        (unused == expected).then_some(stops)
    }

    /// The waiting orders: by source, direction, and the order in which they would fire.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (OrderHandle, &Stop)> {
        self.queues.iter().flatten().flat_map(|queue| {
            queue.waiting.values().filter_map(|&slot| {
                let stop = self.slots[slot as usize].as_ref()?;
                Some((OrderHandle(slot | WAITING), stop))
            })
        })
    }
}
