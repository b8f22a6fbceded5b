//! The naive twin of [`OrderBook`]: the same rules over maps and queues, without a thought of
//! speed.
//!
//! It exists to be compared with: the property suite drives both with the same commands and wants
//! the same events, answers and books. A [`Mutation`] breaks one rule on purpose, for tests that
//! must notice.

use std::collections::{BTreeMap, VecDeque};

use firesale_types::{AccountId, OrderId, Price, Qty, Side, SimTime};

use crate::{
    BookConfig, BookEvent, CancelReason, Fill, Host, MAX_PRICE, OrderBook, OrderHandle,
    OrderRequest, OrderView, Pricing, RejectReason, SelfTrade, Submitted, TimeInForce, Trigger,
    TriggerSource, TriggerWhen,
};

/// What a book can do: the surface that [`OrderBook`] and [`NaiveBook`] share.
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

/// Handles of waiting orders have the highest bit set, as in [`OrderBook`].
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
        reducible(&self.request, host)
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

/// An incoming order.
struct Incoming {
    request: OrderRequest,
    limit: Price,
    left: i64,
    filled: i64,
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

    fn check_qty(&self, qty: Qty) -> Result<(), RejectReason> {
        if qty.0 <= 0 {
            return Err(RejectReason::QtyNotPositive);
        }
        if qty > self.config.max_order_qty {
            return Err(RejectReason::QtyTooLarge);
        }
        if qty.0 % self.config.qty_step != 0 {
            return Err(RejectReason::OffLotGrid);
        }
        Ok(())
    }

    fn check(&self, now: SimTime, request: &OrderRequest) -> Result<(), RejectReason> {
        self.check_qty(request.qty)?;
        let possible = |price: Price| price >= Price(1) && price <= MAX_PRICE;
        if let Pricing::Limit(price) = request.pricing {
            if !possible(price) {
                return Err(RejectReason::PriceOutOfRange);
            }
            if price.0 % self.config.price_step != 0 {
                return Err(RejectReason::OffTickGrid);
            }
        }
        if matches!(request.tif, TimeInForce::Gtd(time) if time <= now) {
            return Err(RejectReason::InvalidCombination);
        }
        if request.post_only && !rests(request) {
            return Err(RejectReason::InvalidCombination);
        }
        if let Some(display) = request.display {
            if !rests(request) || display.0 <= 0 || display > request.qty {
                return Err(RejectReason::InvalidCombination);
            }
            if display.0 % self.config.qty_step != 0 {
                return Err(RejectReason::OffLotGrid);
            }
        }
        if request
            .trigger
            .is_some_and(|trigger| !possible(trigger.price))
        {
            return Err(RejectReason::PriceOutOfRange);
        }
        Ok(())
    }

    fn limit(&self, request: &OrderRequest) -> Result<Price, RejectReason> {
        let (low, high) = self.band.unwrap_or((Price(1), MAX_PRICE));
        match (request.pricing, request.side) {
            (Pricing::Limit(price), _) => {
                if low <= price && price <= high {
                    Ok(price)
                } else {
                    Err(RejectReason::OutsideBand)
                }
            }
            (Pricing::Market, Side::Buy) => Ok(high),
            (Pricing::Market, Side::Sell) => Ok(low),
        }
    }

    /// The best price of the other side, if an order may trade there.
    fn counter_price(&self, side: Side, limit: Price) -> Option<Price> {
        self.best_price(side.opposite())
            .filter(|&price| match side {
                Side::Buy => price <= limit,
                Side::Sell => price >= limit,
            })
    }

    fn admit(
        &self,
        request: &OrderRequest,
        limit: Price,
        host: &impl Host,
    ) -> Result<(), RejectReason> {
        if self.halted && !rests(request) {
            return Err(RejectReason::Halted);
        }
        if reducible(request, host) <= 0 {
            return Err(RejectReason::NothingToReduce);
        }
        let crosses = self.counter_price(request.side, limit).is_some();
        if request.post_only && crosses && !self.halted {
            return Err(RejectReason::PostOnlyWouldTrade);
        }
        if request.tif == TimeInForce::Fok && !self.would_fill(request, limit, host) {
            return Err(RejectReason::FokUnfilled);
        }
        Ok(())
    }

    /// Tries it out on a copy of the book without the reduce-only orders of others.
    fn would_fill(&self, request: &OrderRequest, limit: Price, host: &impl Host) -> bool {
        if reducible(request, host) < request.qty.0 {
            return false;
        }
        let mut copy = self.clone();
        let unreliable: Vec<OrderHandle> = copy
            .queues
            .iter()
            .flat_map(BTreeMap::values)
            .flatten()
            .filter(|order| order.request.reduce_only && order.account() != request.id.account())
            .map(|order| order.handle)
            .collect();
        for handle in unreliable {
            copy.remove(handle);
        }
        let mut incoming = Incoming::new(*request, limit);
        copy.match_incoming(&mut incoming, &mut AllReducible);
        incoming.filled == request.qty.0
    }

    fn execute(&mut self, request: &OrderRequest, limit: Price, host: &mut impl Host) -> Submitted {
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

    fn rest(&mut self, incoming: &Incoming, host: &mut impl Host) -> OrderHandle {
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
    fn match_incoming(
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

    fn decrement_incoming(
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
    fn trade(&mut self, fill: Fill, resting: &[OrderHandle], host: &mut impl Host) {
        for &handle in resting {
            self.fill_resting(handle, fill.qty.0);
        }
        host.on_event(BookEvent::Fill(fill));
        self.references[TriggerSource::Last as usize] = Some(fill.price);
        for request in self.fire(TriggerSource::Last) {
            host.on_event(BookEvent::Triggered { id: request.id });
        }
    }

    fn fill_resting(&mut self, handle: OrderHandle, qty: i64) {
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

    fn shrink(&mut self, handle: OrderHandle, by: i64) {
        if let Some(order) = self.find_mut(handle) {
            let from_hidden = by.min(order.hidden);
            order.hidden -= from_hidden;
            order.visible -= by - from_hidden;
        }
    }

    fn decrement(&mut self, handle: OrderHandle, by: i64, host: &mut impl Host) {
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

    fn is_satisfied(&self, trigger: &Trigger) -> bool {
        let reference = self.references[trigger.source as usize];
        reference.is_some_and(|price| match trigger.when {
            TriggerWhen::AtOrAbove => price >= trigger.price,
            TriggerWhen::AtOrBelow => price <= trigger.price,
        })
    }

    /// Moves the waiting orders of a source whose time has come to the triggered ones.
    fn fire(&mut self, source: TriggerSource) -> Vec<OrderRequest> {
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

    /// Tries every price next to an order's and to the reference.
    fn clearing(&self, reference: Option<Price>) -> Option<(Price, Qty)> {
        let (high, low) = (self.best_price(Side::Buy)?, self.best_price(Side::Sell)?);
        let step = self.config.price_step;
        let mut prices = Vec::new();
        for price in self.queues.iter().flat_map(BTreeMap::keys) {
            prices.extend([price.0 - step, price.0, price.0 + step]);
        }
        if let Some(Price(reference)) = reference {
            let below = reference - reference.rem_euclid(step);
            prices.extend([below, below.saturating_add(step)]);
        }
        prices.retain(|&price| low.0 <= price && price <= high.0);
        let volume_at = |price: i64| {
            let open = |side: Side, counts: &dyn Fn(i64) -> bool| -> i64 {
                let levels = self.queues[side.index()].iter();
                let levels = levels.filter(|(price, _)| counts(price.0));
                levels.flat_map(|(_, queue)| queue).map(Resting::open).sum()
            };
            let demand = open(Side::Buy, &|limit| limit >= price);
            let supply = open(Side::Sell, &|limit| limit <= price);
            (demand.min(supply), (demand - supply).abs())
        };
        let best = prices.into_iter().min_by_key(|&price| {
            let (volume, imbalance) = volume_at(price);
            let distance = reference.map_or(0, |reference| (price - reference.0).abs());
            (-volume, imbalance, distance, price)
        })?;
        Some((Price(best), Qty(volume_at(best).0)))
    }

    /// One meeting of best bid and best ask in an auction. Returns the volume, or `None` if they
    /// do not both trade at the price.
    fn pair(&mut self, price: Price, host: &mut impl Host) -> Option<i64> {
        let bid_price = self.best_price(Side::Buy).filter(|&bid| bid >= price)?;
        let ask_price = self.best_price(Side::Sell).filter(|&ask| ask <= price)?;
        let bid = self.queues[0][&bid_price][0].clone();
        let ask = self.queues[1][&ask_price][0].clone();
        let (maker, taker) = if bid.arrival < ask.arrival {
            (bid, ask)
        } else {
            (ask, bid)
        };
        let (may_take, may_make) = (taker.reducible(host), maker.reducible(host));
        let nothing = CancelReason::NothingToReduce;
        if may_take <= 0 {
            self.cancel_resting(taker.handle, nothing, host);
            return Some(0);
        }
        if taker.account() == maker.account() {
            let by = taker.open().min(maker.open());
            match taker.request.self_trade {
                SelfTrade::CancelNewest => {
                    self.cancel_resting(taker.handle, CancelReason::SelfTrade, host);
                }
                SelfTrade::CancelOldest => {
                    self.cancel_resting(maker.handle, CancelReason::SelfTrade, host);
                }
                SelfTrade::Decrement => {
                    self.decrement(maker.handle, by, host);
                    self.decrement(taker.handle, by, host);
                }
            }
            return Some(0);
        }
        if taker.request.post_only {
            self.cancel_resting(taker.handle, CancelReason::PostOnly, host);
            return Some(0);
        }
        if may_make <= 0 {
            self.cancel_resting(maker.handle, nothing, host);
            return Some(0);
        }
        let wanted = taker.visible.min(maker.visible);
        let qty = wanted.min(may_take).min(may_make);
        let fill = Fill {
            maker: maker.request.id,
            taker: taker.request.id,
            taker_side: taker.side(),
            price,
            qty: Qty(qty),
            maker_left: Qty(maker.open() - qty),
            taker_left: Qty(taker.open() - qty),
            taker_tag: taker.request.tag,
            maker_tag: maker.request.tag,
        };
        self.trade(fill, &[taker.handle, maker.handle], host);
        for (order, may_trade) in [(taker, may_take), (maker, may_make)] {
            if qty < wanted && qty == may_trade {
                self.cancel_resting(order.handle, nothing, host);
            }
        }
        Some(qty)
    }
}

impl Incoming {
    const fn new(request: OrderRequest, limit: Price) -> Self {
        Self {
            request,
            limit,
            left: request.qty.0,
            filled: 0,
        }
    }
}

/// For the trial of a fill-or-kill order.
struct AllReducible;

impl Host for AllReducible {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::MAX
    }

    fn on_event(&mut self, _event: BookEvent) {}
}

fn rests(request: &OrderRequest) -> bool {
    match request.pricing {
        Pricing::Market => false,
        Pricing::Limit(_) => !matches!(request.tif, TimeInForce::Ioc | TimeInForce::Fok),
    }
}

fn reducible(request: &OrderRequest, host: &impl Host) -> i64 {
    if request.reduce_only {
        host.reducible(request.id.account(), request.side).0
    } else {
        i64::MAX
    }
}

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
