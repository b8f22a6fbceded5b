//! The messages of users, and what the book holds for them: orders, cancels, stops, expiry, halts.

use firesale_matching::{OrderRequest, OrderView, Pricing, RejectReason, TimeInForce};
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Side, SimTime};

use crate::account::{Account, MarginMode, Slot};
use crate::admission::Intended;
use crate::desk::Desk;
use crate::genealogy::note_stop;
use crate::leg::PositionKey;
use crate::state::State;
use crate::triggers::Direction;
use crate::{Cause, Effects, Exchange, ExchangeEvent, Later, Refusal, Report};

impl Exchange {
    /// A new order of a user.
    pub(crate) fn order(
        &mut self,
        instrument: InstrumentId,
        request: &OrderRequest,
        now: SimTime,
        out: &mut Effects,
    ) {
        self.order_as_it_is(instrument, &honest(request), now, out);
    }

    /// A new order whose tag need not be a user's reason.
    pub(crate) fn order_as_it_is(
        &mut self,
        instrument: InstrumentId,
        request: &OrderRequest,
        now: SimTime,
        out: &mut Effects,
    ) {
        if let Err(why) = self.try_order(instrument, request, now, out) {
            refuse(instrument, request.id, why, out);
        }
    }

    fn try_order(
        &mut self,
        instrument: InstrumentId,
        request: &OrderRequest,
        now: SimTime,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let id = request.id;
        self.known(id.account(), instrument)?;
        let (account, side, reduces) = (id.account(), request.side, request.reduce_only);
        let key = self.state.key_of_order(account, instrument, side, reduces);
        if in_liquidation(&self.state.accounts[account.index()], key) {
            return Err(Refusal::InLiquidation);
        }
        if self.state.instruments[instrument.index()].expiry.is_over {
            return Err(Refusal::Expired);
        }
        self.state
            .throttle(id.account(), request.reduce_only, now)?;
        let account = &mut self.state.accounts[id.account().index()];
        if !account.claim(id, key, reserved_limit(request)) {
            return Err(Refusal::SlotInUse);
        }
        let done = self.submit(instrument, request, now, out);
        if done.is_err() {
            self.state.accounts[id.account().index()].release(id);
        }
        done
    }

    /// Submits an order that has its slot.
    fn submit(
        &mut self,
        instrument: InstrumentId,
        request: &OrderRequest,
        now: SimTime,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let (at, id) = (instrument.index(), request.id);
        let book = &mut self.books[at];
        if request.trigger.is_none() && !request.reduce_only {
            let funding = self.state.instruments[at].funding.index;
            let key = self
                .state
                .key_of_order(id.account(), instrument, request.side, false);
            self.state.accounts[id.account().index()].entry(key, funding);
            let intended = Intended::order(request);
            self.state
                .admit(id.account(), instrument, &intended, book)?;
            self.state
                .within_limits(id.account(), instrument, &intended)?;
        } else if request.trigger.is_none() {
            self.state
                .admit_reduction(id.account(), instrument, request.side, request.qty)?;
        }
        let opposite = request.side.opposite();
        let before = book.best(opposite).map(|(price, _)| price);
        let mut desk = Desk::new(&mut self.state, out, instrument);
        desk.incoming = Some(id);
        let submitted = book
            .submit(now, request, &mut desk)
            .map_err(Refusal::Book)?;
        if submitted.resting.is_none() && !desk.triggered {
            self.state.accounts[id.account().index()].release(id);
        }
        if submitted.filled.0 > 0 {
            self.note_impact(instrument, request.side, Cause(request.tag), before, now);
        }
        if matches!(request.tif, TimeInForce::Gtd(_)) {
            self.schedule_expiry(instrument, out);
        }
        Ok(())
    }

    /// Books by how much a taker moved the best price on the other side; to the last trade if it
    /// took everything.
    pub(crate) fn note_impact(
        &mut self,
        instrument: InstrumentId,
        side: Side,
        cause: Cause,
        before: Option<Price>,
        now: SimTime,
    ) {
        let book = &self.books[instrument.index()];
        let after = book
            .best(side.opposite())
            .map(|(price, _)| price)
            .or(book.last());
        let (Some(before), Some(after)) = (before, after) else {
            return;
        };
        let ticks = side.sign() * (after.0 - before.0);
        if ticks > 0 {
            let direction = match side {
                Side::Buy => Direction::Rising,
                Side::Sell => Direction::Falling,
            };
            let instrument = &mut self.state.instruments[instrument.index()];
            instrument.impact.add(now, direction, cause, ticks);
        }
    }

    /// Takes an order back at its owner's request.
    pub(crate) fn cancel(&mut self, instrument: InstrumentId, id: OrderId, out: &mut Effects) {
        let done = self.slot_of(instrument, id).and_then(|slot| {
            let mut desk = Desk::new(&mut self.state, out, instrument);
            self.books[instrument.index()]
                .cancel(slot.handle, id, &mut desk)
                .map_err(Refusal::Book)
        });
        if let Err(why) = done {
            refuse(instrument, id, why, out);
        }
    }

    /// Changes price and quantity of a resting order.
    pub(crate) fn replace(
        &mut self,
        instrument: InstrumentId,
        id: OrderId,
        (price, qty): (Price, Qty),
        now: SimTime,
        out: &mut Effects,
    ) {
        if let Err(why) = self.try_replace(instrument, id, (price, qty), now, out) {
            refuse(instrument, id, why, out);
        }
    }

    fn try_replace(
        &mut self,
        instrument: InstrumentId,
        id: OrderId,
        (price, qty): (Price, Qty),
        now: SimTime,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.slot_of(instrument, id)?;
        let key = PositionKey::new(instrument, slot.leg);
        if in_liquidation(&self.state.accounts[id.account().index()], key) {
            return Err(Refusal::InLiquidation);
        }
        self.state.throttle(id.account(), false, now)?;
        let book = &mut self.books[instrument.index()];
        let Some(old) = book.order(slot.handle, id) else {
            // A waiting order has no place in the book: the book says so.
            let mut desk = Desk::new(&mut self.state, out, instrument);
            let refused = book.replace(now, slot.handle, id, price, qty, &mut desk);
            return refused.map(|_| ()).map_err(Refusal::Book);
        };
        if !old.reduce_only {
            let intended = replacing(&old, price, qty);
            self.state
                .admit(id.account(), instrument, &intended, book)?;
            self.state
                .within_limits(id.account(), instrument, &intended)?;
        }
        let before = book.best(old.side.opposite()).map(|(price, _)| price);
        let mut desk = Desk::new(&mut self.state, out, instrument);
        desk.replaced = Some((id, price));
        let submitted = book
            .replace(now, slot.handle, id, price, qty, &mut desk)
            .map_err(Refusal::Book)?;
        if submitted.resting.is_none() {
            self.state.accounts[id.account().index()].release(id);
        }
        if submitted.filled.0 > 0 {
            self.note_impact(instrument, old.side, Cause(old.tag), before, now);
        }
        Ok(())
    }

    /// Takes back all orders of an account, or those in one instrument. `by_venue` if the owner did
    /// not ask and is told. Triggered orders on their way to the book are not there any more.
    pub(crate) fn cancel_all(
        &mut self,
        account: AccountId,
        only: Option<InstrumentId>,
        by_venue: bool,
        out: &mut Effects,
    ) {
        self.cancel_where(account, only, by_venue, |_| true, out);
    }

    /// Takes back the orders of an account whose slots are `meant`, in one instrument or in all.
    pub(crate) fn cancel_where(
        &mut self,
        account: AccountId,
        only: Option<InstrumentId>,
        by_venue: bool,
        meant: impl Fn(&Slot) -> bool,
        out: &mut Effects,
    ) {
        let slots = self
            .state
            .accounts
            .get(account.index())
            .map_or(0, |a| a.slots.len());
        for at in 0..slots {
            let slot = self.state.accounts[account.index()].slots[at];
            let elsewhere = only.is_some_and(|only| only != slot.instrument);
            if !slot.used || elsewhere || !meant(&slot) {
                continue;
            }
            let id = OrderId::new(account, at as u16, slot.seq);
            let mut desk = Desk::new(&mut self.state, out, slot.instrument);
            desk.by_venue = by_venue;
            let book = &mut self.books[slot.instrument.index()];
            // Unknown to the book only while a triggered order waits for its release.
            let _ = book.cancel(slot.handle, id, &mut desk);
        }
    }

    /// Submits the orders whose triggers fired, the first to fire first.
    pub(crate) fn release_triggered(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) {
        if instrument.index() >= self.books.len() {
            return;
        }
        if let Some(at) = self.held_until(instrument, now) {
            let event = ExchangeEvent::ReleaseTriggered { instrument };
            return out.later.push(Later { at, event });
        }
        let state = &mut self.state.instruments[instrument.index()];
        state.release_scheduled = false;
        let link = state.release.take();
        let mut released = std::mem::take(&mut state.released);
        self.books[instrument.index()].take_triggered(&mut released);
        let link = match link {
            Some(link) => link,
            None if released.is_empty() => 0,
            None => self.state.note_fired(instrument, now, out),
        };
        for request in released.drain(..) {
            let (side, reduces) = (request.side, request.reduce_only);
            let key = self
                .state
                .key_of_order(request.id.account(), instrument, side, reduces);
            let account = &self.state.accounts[request.id.account().index()];
            let done = if in_liquidation(account, key) {
                Err(Refusal::InLiquidation)
            } else {
                note_stop(link, instrument, &request, out);
                self.submit(instrument, &State::linked(link, &request), now, out)
            };
            if let Err(why) = done {
                self.state.accounts[request.id.account().index()].release(request.id);
                refuse(instrument, request.id, why, out);
            }
        }
        self.state.instruments[instrument.index()].released = released;
    }

    /// Schedules the release of triggered orders, at the same moment unless a brake makes them
    /// wait.
    pub(crate) fn schedule_release(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) {
        let state = &mut self.state.instruments[instrument.index()];
        if !state.release_scheduled && self.books[instrument.index()].has_triggered() {
            state.release_scheduled = true;
            let link = self.state.note_fired(instrument, now, out);
            self.state.instruments[instrument.index()].release = Some(link);
            let at = self.release_time(instrument, now, out);
            out.later.push(Later {
                at,
                event: ExchangeEvent::ReleaseTriggered { instrument },
            });
        }
    }

    /// Removes orders whose time is over.
    pub(crate) fn expire(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        let Some(book) = self.books.get_mut(instrument.index()) else {
            return;
        };
        book.expire(now, &mut Desk::new(&mut self.state, out, instrument));
        self.state.instruments[instrument.index()].expiry_scheduled = SimTime::MAX;
        self.schedule_expiry(instrument, out);
    }

    /// Schedules the next expiry, unless an earlier one is scheduled.
    fn schedule_expiry(&mut self, instrument: InstrumentId, out: &mut Effects) {
        let state = &mut self.state.instruments[instrument.index()];
        if let Some(at) = self.books[instrument.index()].next_expiry()
            && at < state.expiry_scheduled
        {
            state.expiry_scheduled = at;
            out.later.push(Later {
                at,
                event: ExchangeEvent::Expire { instrument },
            });
        }
    }

    /// Reopens with a call auction around the mark. Liquidations that were waiting join it with
    /// limit orders within the venue's bound.
    pub(crate) fn reopen(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        let at = instrument.index();
        let is_over = |at: usize| self.state.instruments[at].expiry.is_over;
        if self.books.get(at).is_none_or(|book| !book.is_halted()) || is_over(at) {
            return;
        }
        let parked = self.join_auction(instrument, now, out);
        let reference = self.state.instruments[at].mark;
        let mut desk = Desk::new(&mut self.state, out, instrument);
        let auction = self.books[at].reopen(now, reference, &mut desk);
        self.leave_auction(instrument, &parked, now, out);
        self.note_gap(instrument, auction.map(|(price, _)| price), now);
        self.take_last_trade(at, now);
        self.note_reopened(instrument, auction, now, out);
        self.recompute_mark(at, now);
    }

    /// The account of a message, if account and instrument exist here.
    fn known(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
    ) -> Result<&mut Account, Refusal> {
        if instrument.index() >= self.books.len() {
            return Err(Refusal::Unknown);
        }
        self.state
            .accounts
            .get_mut(account.index())
            .ok_or(Refusal::Unknown)
    }

    /// The slot of an open order.
    fn slot_of(&mut self, instrument: InstrumentId, id: OrderId) -> Result<Slot, Refusal> {
        let account = self.known(id.account(), instrument)?;
        let slot = account.slot(id, instrument).copied();
        slot.ok_or(Refusal::Book(RejectReason::UnknownOrder))
    }
}

fn refuse(instrument: InstrumentId, id: OrderId, why: Refusal, out: &mut Effects) {
    let report = Report::Refused {
        instrument,
        id,
        why,
    };
    out.reports.push((id.account(), report));
}

/// The request without a tag that only the venue may use: a user's order is never taken for a
/// liquidation.
fn honest(request: &OrderRequest) -> OrderRequest {
    let forged = !Cause(request.tag).is_reason();
    OrderRequest {
        tag: if forged { Cause::SCRIPT.0 } else { request.tag },
        ..*request
    }
}

/// What a slot keeps: the limit price of an order that reserves something when it rests.
fn reserved_limit(request: &OrderRequest) -> Price {
    match request.pricing {
        Pricing::Limit(price) if !request.reduce_only => price,
        _ => Price::ZERO,
    }
}

fn replacing(old: &OrderView, price: Price, qty: Qty) -> Intended {
    Intended {
        side: old.side,
        qty,
        limit: Some(price),
        replaces: Some((old.qty, old.price)),
    }
}

impl State {
    /// The position that an order of an account opens or closes.
    #[inline]
    pub(crate) fn key_of_order(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        reduces: bool,
    ) -> PositionKey {
        if self.instruments[instrument.index()].is_margined() {
            self.accounts[account.index()].key_for(instrument, side, reduces)
        } else {
            instrument.into()
        }
    }
}

/// Whether the margin unit that a position belongs to is being liquidated.
pub(crate) fn in_liquidation(account: &Account, key: PositionKey) -> bool {
    match account.mode {
        MarginMode::Cross | MarginMode::Portfolio => account.health.in_liquidation(),
        MarginMode::Isolated => account
            .position(key)
            .is_some_and(|p| p.health.in_liquidation()),
    }
}
