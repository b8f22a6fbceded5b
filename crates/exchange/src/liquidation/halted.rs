//! Liquidations while a book is halted: they wait, and join the reopening auction.

use firesale_matching::{OrderHandle, Pricing, TimeInForce};
use firesale_types::{
    AccountId, InstrumentId, OrderId, Price, Qty, Rate, Rounding, Side, SimTime, mul_div,
};

use super::book::limit_price;
use super::method::Offer;
use super::{PAUSE, step_at};
use crate::desk::Desk;
use crate::leg::PositionKey;
use crate::state::State;
use crate::{AuctionBound, Effects, Exchange};

/// A liquidation that takes part in an auction, and its resting order.
pub(crate) struct Joined {
    number: u32,
    order: Option<(OrderHandle, OrderId)>,
}

impl Exchange {
    /// The liquidation waits until a halted book of its unit reopens. If a stage beyond the book
    /// may act during halts, it is looked at again meanwhile.
    pub(super) fn park(&mut self, number: u32, now: SimTime, out: &mut Effects) {
        let case = &mut self.state.liquidations[number as usize];
        case.next = SimTime::MAX;
        if self.state.config.brakes.during_halt.any_acts() {
            let pause = self.state.config.liquidation.latency;
            case.next = now + if pause.0 > 0 { pause } else { PAUSE };
            out.later
                .push(step_at(case.next, case.account, case.isolated, number));
        }
        if std::mem::replace(&mut case.is_parked, true) {
            return;
        }
        let (account, isolated) = (case.account, case.isolated);
        let halted = self.state.open_positions(account, isolated).into_iter();
        let instruments = &self.state.accounts[account.index()].positions;
        let first = halted
            .map(|at| instruments[at].instrument)
            .find(|instrument| self.books[instrument.index()].is_halted());
        if let Some(instrument) = first {
            self.state.instruments[instrument.index()]
                .parked
                .push(number);
        }
    }

    /// Liquidations that wait for a book that never reopens go on without it.
    pub(crate) fn leave_halt(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        for number in self.take_parked(instrument) {
            self.go_on(number, true, now, out);
        }
    }

    /// The liquidations that wait for a book and are not over.
    fn take_parked(&mut self, instrument: InstrumentId) -> Vec<u32> {
        let mut parked = std::mem::take(&mut self.state.instruments[instrument.index()].parked);
        parked.retain(|&number| {
            let case = &mut self.state.liquidations[number as usize];
            case.is_parked = false;
            !case.is_over
        });
        parked
    }

    /// Waiting liquidations send limit orders into the halted book, no worse than their
    /// bankruptcy prices or than the venue's distance from the mark.
    pub(crate) fn join_auction(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) -> Vec<Joined> {
        let parked = self.take_parked(instrument);
        let join = |number| {
            let order = self.auction_order(number, instrument, now, out);
            Joined { number, order }
        };
        parked.into_iter().map(join).collect()
    }

    fn auction_order(
        &mut self,
        number: u32,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) -> Option<(OrderHandle, OrderId)> {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let at = self.state.largest_leg(account, isolated, instrument)?;
        let qty: Qty = self.state.accounts[account.index()].positions[at].qty.abs();
        let standing = self.standing(account, isolated);
        if qty.is_zero() || standing.cushion() >= 0 {
            return None;
        }
        let limit = self.state.bankruptcy_price(account, isolated, at, standing);
        self.state.liquidations[number as usize].bankruptcy_price = limit;
        let offer = Offer {
            qty,
            limit: Some(limit),
            tif: TimeInForce::Gtc,
        };
        let mut request = self.liquidation_order(number, at, &offer);
        if let AuctionBound::FromMark(away) = self.state.config.brakes.auction_bound {
            request.pricing = Pricing::Limit(self.bound_from_mark(instrument, request.side, away));
        }
        let mut desk = Desk::new(&mut self.state, out, instrument);
        let submitted = self.books[instrument.index()]
            .submit(now, &request, &mut desk)
            .ok()?;
        Some((submitted.resting?, request.id))
    }

    /// The worst price of an order of a side that may trade so far from the mark.
    fn bound_from_mark(&self, instrument: InstrumentId, side: Side, away: Rate) -> Price {
        let mark = self.state.instruments[instrument.index()].mark;
        let distance = mul_div(mark.0, away.0, Rate::ONE.0, Rounding::Floor).unwrap_or(0);
        let worst = Price((mark.0 + side.sign() * distance).max(1));
        let step = self.state.config.instruments[instrument.index()].price_step;
        limit_price(worst, side, step, self.books[instrument.index()].band())
    }

    /// After the auction: what is left of the orders is taken back, and the liquidations go on.
    pub(crate) fn leave_auction(
        &mut self,
        instrument: InstrumentId,
        joined: &[Joined],
        now: SimTime,
        out: &mut Effects,
    ) {
        for one in joined {
            if let Some((handle, id)) = one.order {
                let mut desk = Desk::new(&mut self.state, out, instrument);
                // Unknown to the book if the auction filled it.
                let _ = self.books[instrument.index()].cancel(handle, id, &mut desk);
            }
            self.state.take_liquidation_fee(one.number);
            self.state.take_surplus(one.number);
            self.go_on(one.number, true, now, out);
        }
    }
}

impl State {
    /// The place of the larger open leg that a margin unit has in an instrument, of equal ones the
    /// long one: an auction takes one order of a unit.
    fn largest_leg(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
        instrument: InstrumentId,
    ) -> Option<usize> {
        let positions = &self.accounts[account.index()].positions;
        let open = self.open_positions(account, isolated).into_iter();
        let here = open.filter(|&at| positions[at].instrument == instrument);
        here.min_by_key(|&at| std::cmp::Reverse(positions[at].qty.abs()))
    }
}
