//! Liquidations while a book is halted: they wait, and join the reopening auction.

use firesale_matching::{OrderHandle, TimeInForce};
use firesale_types::{InstrumentId, OrderId, Qty, SimTime};

use super::method::Offer;
use crate::desk::Desk;
use crate::{Effects, Exchange};

/// A liquidation that takes part in an auction, and its resting order.
pub(crate) struct Joined {
    number: u32,
    order: Option<(OrderHandle, OrderId)>,
}

impl Exchange {
    /// The liquidation waits until a halted book of its unit reopens.
    pub(super) fn park(&mut self, number: u32) {
        let case = &mut self.state.liquidations[number as usize];
        case.next = SimTime::MAX;
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

    /// Waiting liquidations send limit orders at their bankruptcy prices into the halted book.
    pub(crate) fn join_auction(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) -> Vec<Joined> {
        let parked = std::mem::take(&mut self.state.instruments[instrument.index()].parked);
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
        let at = self.state.accounts[account.index()].find(instrument).ok()?;
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
        let request = self.liquidation_order(number, at, &offer);
        let mut desk = Desk::new(&mut self.state, out, instrument);
        let submitted = self.books[instrument.index()]
            .submit(now, &request, &mut desk)
            .ok()?;
        Some((submitted.resting?, request.id))
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
