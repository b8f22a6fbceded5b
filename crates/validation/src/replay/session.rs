//! A book that is fed with somebody else's orders.
//!
//! The feed's order ids are any 64-bit numbers; in the book every order has an account of its own,
//! so that self-trade prevention never acts. An order is remembered from its submission until the
//! feed is done with it, even if it is already gone from the book.

use std::collections::BTreeMap;

use firesale_matching::{
    BookConfig, BookEvent, Host, OrderBook, OrderHandle, OrderRequest, RejectReason, TimeInForce,
};
use firesale_types::{AccountId, OrderId, Price, Qty, Side, SimTime};

use crate::replay::Trade;

/// An order of the feed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) id: u64,
    pub(crate) side: Side,
    pub(crate) price: Price,
    /// What is open of it in our book.
    pub(crate) open: i64,
    /// What is open of it according to the feed.
    pub(crate) reported: i64,
    handle: Option<OrderHandle>,
}

/// An order to be submitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New {
    pub(crate) id: u64,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) qty: i64,
    pub(crate) tif: TimeInForce,
    pub(crate) post_only: bool,
}

impl New {
    /// A plain limit order.
    pub(crate) const fn limit(id: u64, side: Side, price: Price, qty: i64) -> Self {
        Self {
            id,
            side,
            price,
            qty,
            tif: TimeInForce::Gtc,
            post_only: false,
        }
    }
}

/// The orders that are known, and the ear of the book.
#[derive(Debug, Default)]
struct Registry {
    slots: Vec<Known>,
    free: Vec<u32>,
    by_id: BTreeMap<u64, u32>,
    trades: Vec<Trade>,
}

/// The book and the orders that the feed has named.
pub(crate) struct Session {
    book: OrderBook,
    registry: Registry,
}

impl Registry {
    fn slot_of(order: OrderId) -> usize {
        order.account().index()
    }

    fn order_of(slot: u32) -> OrderId {
        OrderId::new(AccountId(slot), 0, 0)
    }

    fn add(&mut self, known: Known) -> u32 {
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = known;
            slot
        } else {
            self.slots.push(known);
            (self.slots.len() - 1) as u32
        };
        self.by_id.insert(known.id, slot);
        slot
    }

    fn set_open(&mut self, order: OrderId, open: Qty) {
        let known = &mut self.slots[Self::slot_of(order)];
        known.open = open.0;
        if open.is_zero() {
            known.handle = None;
        }
    }
}

impl Host for Registry {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    fn on_event(&mut self, event: BookEvent) {
        match event {
            BookEvent::Fill(fill) => {
                self.set_open(fill.maker, fill.maker_left);
                self.set_open(fill.taker, fill.taker_left);
                self.trades.push(Trade {
                    maker: self.slots[Self::slot_of(fill.maker)].id,
                    taker: self.slots[Self::slot_of(fill.taker)].id,
                    taker_side: fill.taker_side,
                    price: fill.price.0,
                    qty: fill.qty.0,
                });
            }
            BookEvent::Rested {
                id, handle, qty, ..
            } => {
                let known = &mut self.slots[Self::slot_of(id)];
                (known.handle, known.open) = (Some(handle), qty.0);
            }
            BookEvent::Cancelled { id, .. } => self.set_open(id, Qty::ZERO),
            BookEvent::Reduced { id, left, .. } => self.set_open(id, left),
            BookEvent::Waiting { .. } | BookEvent::Triggered { .. } => {}
        }
    }
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            book: OrderBook::new(BookConfig::default()),
            registry: Registry::default(),
        }
    }

    pub(crate) const fn book(&self) -> &OrderBook {
        &self.book
    }

    pub(crate) const fn book_mut(&mut self) -> &mut OrderBook {
        &mut self.book
    }

    /// The order of an id, if the feed has named it and is not done with it.
    pub(crate) fn known(&self, id: u64) -> Option<&Known> {
        let slot = self.registry.by_id.get(&id)?;
        self.registry.slots.get(*slot as usize)
    }

    /// Notes what the feed says is open of an order.
    pub(crate) fn report(&mut self, id: u64, open: i64) {
        if let Some(&slot) = self.registry.by_id.get(&id) {
            self.registry.slots[slot as usize].reported = open;
        }
    }

    /// The trades since the last call.
    pub(crate) fn take_trades(&mut self, out: &mut Vec<Trade>) {
        out.clear();
        out.append(&mut self.registry.trades);
    }

    /// A new order of the feed; an id that is known already must be forgotten first. What is
    /// refused is not remembered.
    pub(crate) fn submit(&mut self, new: &New) -> Result<(), RejectReason> {
        let New {
            id,
            side,
            price,
            qty,
            ..
        } = *new;
        let slot = self.registry.add(Known {
            id,
            side,
            price,
            open: 0,
            reported: qty,
            handle: None,
        });
        let request = OrderRequest {
            tif: new.tif,
            post_only: new.post_only,
            ..OrderRequest::limit(Registry::order_of(slot), side, price, Qty(qty))
        };
        let done = self
            .book
            .submit(SimTime::ZERO, &request, &mut self.registry);
        if done.is_err() {
            self.drop_slot(new.id);
        }
        done.map(|_| ())
    }

    /// Takes what is open of an order out of the book; the order stays known.
    pub(crate) fn withdraw(&mut self, id: u64) {
        let Some(&slot) = self.registry.by_id.get(&id) else {
            return;
        };
        if let Some(handle) = self.registry.slots[slot as usize].handle {
            let order = Registry::order_of(slot);
            let gone = self.book.cancel(handle, order, &mut self.registry);
            debug_assert!(gone.is_ok(), "a remembered handle leads to its order");
        }
    }

    /// Withdraws an order and forgets it.
    pub(crate) fn forget(&mut self, id: u64) {
        self.withdraw(id);
        self.drop_slot(id);
    }

    fn drop_slot(&mut self, id: u64) {
        if let Some(slot) = self.registry.by_id.remove(&id) {
            self.registry.free.push(slot);
        }
    }

    /// Gives an order that stands in the book another price and open quantity: in place if the
    /// price stays and the quantity shrinks, else as a new order that may trade.
    pub(crate) fn change(&mut self, id: u64, price: Price, qty: i64) -> Result<(), RejectReason> {
        let Some(&slot) = self.registry.by_id.get(&id) else {
            return Err(RejectReason::UnknownOrder);
        };
        let known = &self.registry.slots[slot as usize];
        let handle = known.handle.ok_or(RejectReason::UnknownOrder)?;
        let order = Registry::order_of(slot);
        let ear = &mut self.registry;
        self.book
            .replace(SimTime::ZERO, handle, order, price, Qty(qty), ear)?;
        self.registry.slots[slot as usize].price = price;
        Ok(())
    }

    /// The orders of a price in our book, the first to trade first, with what is open of them.
    pub(crate) fn queue(&self, side: Side, price: Price) -> Vec<(u64, i64)> {
        let name = |order: OrderId| self.registry.slots[Registry::slot_of(order)].id;
        self.book
            .orders_at(side, price)
            .map(|order| (name(order.id), order.qty.0))
            .collect()
    }

    /// The first order at the best price of a side.
    pub(crate) fn first(&self, side: Side) -> Option<Known> {
        let (price, _) = self.book.best(side)?;
        let order = self.book.orders_at(side, price).next()?;
        Some(self.registry.slots[Registry::slot_of(order.id)])
    }

    /// Whether an order of this side and price would trade.
    pub(crate) fn crosses(&self, side: Side, price: Price) -> bool {
        self.book
            .best(side.opposite())
            .is_some_and(|(best, _)| match side {
                Side::Buy => best <= price,
                Side::Sell => best >= price,
            })
    }

    /// Puts a known order at the front of its queue with a quantity, in place of what is left of
    /// it. Nothing happens if it would trade.
    pub(crate) fn put_first(&mut self, id: u64, qty: i64) {
        let Some(&known) = self.known(id) else {
            return;
        };
        if self.crosses(known.side, known.price) {
            return;
        }
        self.withdraw(id);
        let others = self.queue(known.side, known.price);
        for &(other, _) in &others {
            self.withdraw(other);
        }
        self.rest_again(id, qty);
        for (other, open) in others {
            self.rest_again(other, open);
        }
    }

    /// Submits a known order that is not in the book again, at its price, so that it rests; an
    /// order that would trade is left out.
    pub(crate) fn rest_again(&mut self, id: u64, qty: i64) {
        let Some(&slot) = self.registry.by_id.get(&id) else {
            return;
        };
        let known = &self.registry.slots[slot as usize];
        let order = Registry::order_of(slot);
        let request = OrderRequest {
            post_only: true,
            ..OrderRequest::limit(order, known.side, known.price, Qty(qty))
        };
        // A refusal leaves it out of the book: its open quantity stays zero.
        let _ = self
            .book
            .submit(SimTime::ZERO, &request, &mut self.registry);
    }

    /// Ends a halt with an auction; its trades are told like all others.
    pub(crate) fn reopen(&mut self, reference: Price) {
        self.book
            .reopen(SimTime::ZERO, reference, &mut self.registry);
    }
}
