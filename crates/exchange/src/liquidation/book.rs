//! Stage 1: liquidation orders to the public book.

use firesale_matching::{OrderRequest, Pricing, SelfTrade};
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Side, SimTime, Usd};

use super::method::Offer;
use crate::account::LIQUIDATION_SLOT;
use crate::desk::Desk;
use crate::limits::MAX_PRICE;
use crate::state::State;
use crate::tiers::part_up;
use crate::valuation::Standing;
use crate::{Cause, Effects, Exchange, InstrumentConfig, LiquidationMethod, Surplus};

impl Exchange {
    /// One step in the book: an order for the position at a place, or, where positions are closed
    /// in equal parts, one for each. Returns whether anything traded.
    pub(super) fn send_orders(
        &mut self,
        number: u32,
        at: usize,
        now: SimTime,
        out: &mut Effects,
    ) -> bool {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let places = match self.state.config.liquidation.method {
            LiquidationMethod::Twap { .. } => self.tradable(account, isolated),
            _ => smallvec::smallvec![at],
        };
        let mut traded = false;
        for at in places {
            let standing = self.standing(account, isolated);
            traded |= self.close_in_book(number, at, standing, now, out);
        }
        let case = &mut self.state.liquidations[number as usize];
        case.orders = case.orders.saturating_add(1);
        traded
    }

    /// Sends an order for the position at a place, by the venue's method (`method.rs`). Returns
    /// whether it traded. No trading fee is taken, but the liquidation fee on what was closed.
    fn close_in_book(
        &mut self,
        number: u32,
        at: usize,
        standing: Standing,
        now: SimTime,
        out: &mut Effects,
    ) -> bool {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let bankruptcy_price = self.state.bankruptcy_price(account, isolated, at, standing);
        let instrument = self.state.accounts[account.index()].positions[at].instrument;
        self.state.liquidations[number as usize].bankruptcy_price = bankruptcy_price;
        let offer = self
            .state
            .offer(number, at, (standing, bankruptcy_price), now);
        let request = self.liquidation_order(number, at, &offer);
        let book = &mut self.books[instrument.index()];
        let before = book.best(request.side.opposite()).map(|(price, _)| price);
        let mut desk = Desk::new(&mut self.state, out, instrument);
        desk.incoming = Some(request.id);
        // A refusal (every order of the other side may have gone) counts as an unfilled attempt.
        let filled = book
            .submit(now, &request, &mut desk)
            .map_or(Qty::ZERO, |submitted| submitted.filled);
        self.note_impact(instrument, request.side, Cause(request.tag), before, now);
        self.state.take_liquidation_fee(number);
        self.state.take_surplus(number);
        let case = &mut self.state.liquidations[number as usize];
        let whole = filled >= request.qty;
        case.attempts = if whole {
            0
        } else {
            case.attempts.saturating_add(1)
        };
        filled.0 > 0
    }

    /// The reduce-only order that an offer becomes.
    pub(super) fn liquidation_order(&self, number: u32, at: usize, offer: &Offer) -> OrderRequest {
        let case = &self.state.liquidations[number as usize];
        let position = &self.state.accounts[case.account.index()].positions[at];
        let side = Side::of(position.qty.0).opposite();
        let rules = &self.state.config.instruments[position.instrument.index()];
        let band = self.books[position.instrument.index()].band();
        let pricing = offer.limit.map_or(Pricing::Market, |limit| {
            Pricing::Limit(limit_price(limit, side, rules.price_step, band))
        });
        OrderRequest {
            pricing,
            tif: offer.tif,
            reduce_only: true,
            self_trade: SelfTrade::CancelOldest,
            tag: Cause::liquidation(number).0,
            ..OrderRequest::market(
                OrderId::new(case.account, LIQUIDATION_SLOT, case.attempts),
                side,
                order_qty(offer.qty, rules),
            )
        }
    }
}

/// The limit of an order on a side: on the price grid, no worse than `price`, inside the band.
pub(super) fn limit_price(
    price: Price,
    side: Side,
    step: i64,
    band: Option<(Price, Price)>,
) -> Price {
    let (low, high) = band.unwrap_or((Price(1), MAX_PRICE));
    let up = |p: Price| (p.0 + step - 1) / step * step;
    let down = |p: Price| p.0 / step * step;
    let on_grid = match side {
        Side::Buy => down(price),
        Side::Sell => up(price),
    };
    Price(on_grid.clamp(up(low), down(high).max(up(low))))
}

/// A quantity on the lot grid, rounded up: a reduce-only order never trades more than there is.
pub(super) fn order_qty(qty: Qty, rules: &InstrumentConfig) -> Qty {
    let step = rules.qty_step;
    let largest = rules.max_order_qty.0 / step * step;
    Qty(((qty.0 + step - 1) / step * step).min(largest.max(step)))
}

impl State {
    /// Takes the liquidation fee on what was closed from what is left of the margin, never more
    /// than that, for the insurance fund.
    pub(super) fn take_liquidation_fee(&mut self, number: u32) {
        let case = &mut self.liquidations[number as usize];
        let base = std::mem::take(&mut case.fee_base);
        let (account, isolated) = (case.account, case.isolated);
        let fee = part_up(base.0, self.config.fees.liquidation.0);
        if fee == 0 {
            return;
        }
        let state = &self.accounts[account.index()];
        let standing = self.standing(state, isolated, crate::instrument::Threshold::Maintenance);
        let fee = Usd(i128::from(fee).min(standing.equity).max(0) as i64);
        let pool = self.take_for_fund(number, fee);
        self.note_flow(pool, |flows| flows.fees += fee);
    }

    /// Takes what the last fills fetched beyond the bankruptcy price for the insurance fund, where
    /// the venue keeps it.
    pub(super) fn take_surplus(&mut self, number: u32) {
        let case = &mut self.liquidations[number as usize];
        let surplus = std::mem::take(&mut case.surplus);
        if surplus <= Usd::ZERO {
            return;
        }
        let (account, isolated) = (case.account, case.isolated);
        let state = &self.accounts[account.index()];
        let standing = self.standing(state, isolated, crate::instrument::Threshold::Maintenance);
        let taken = Usd(i128::from(surplus.0).min(standing.equity).max(0) as i64);
        let pool = self.take_for_fund(number, taken);
        self.note_flow(pool, |flows| flows.surplus += taken);
    }

    /// Moves money of a margin unit to the insurance pool behind its liquidation.
    fn take_for_fund(&mut self, number: u32, amount: Usd) -> AccountId {
        let case = &self.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let pool = self.pool_behind(number);
        let state = &mut self.accounts[account.index()];
        match isolated.map(|key| state.find(key)) {
            Some(Ok(at)) => state.positions[at].set_aside -= amount,
            _ => state.cash -= amount,
        }
        self.accounts[pool.index()].cash += amount;
        pool
    }

    /// A liquidation order traded.
    pub(crate) fn note_forced_fill(
        &mut self,
        number: u32,
        instrument: InstrumentId,
        (side, price, qty): (Side, Price, Qty),
        out: &mut Effects,
    ) {
        let value = self.instruments[instrument.index()].quote(price, qty);
        let Some(case) = self.liquidations.get_mut(number as usize) else {
            return;
        };
        case.fee_base += value;
        if self.config.insurance.surplus == Surplus::Fund {
            let unit = self.instruments[instrument.index()].unit;
            let beyond = Price(side.sign() * (case.bankruptcy_price - price).0);
            case.surplus += Usd(crate::limits::value(qty.0, beyond.0, unit));
        }
        let close = super::ForcedClose {
            side: side.opposite(),
            qty,
            price,
            bankruptcy_price: case.bankruptcy_price,
            stage: crate::Stage::Book,
        };
        self.note_close(number, instrument, &close, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_on_the_grid_and_inside_the_band() {
        let band = Some((Price(903), Price(1097)));
        let limit = |price, side| limit_price(Price(price), side, 5, band).0;
        assert_eq!(limit(951, Side::Sell), 955);
        assert_eq!(limit(951, Side::Buy), 950);
        assert_eq!(limit(800, Side::Sell), 905);
        assert_eq!(limit(2000, Side::Buy), 1095);
        assert_eq!(limit_price(Price(3), Side::Sell, 5, None).0, 5);
    }
}
