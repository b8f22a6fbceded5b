//! What vault and fund do with the positions they have taken over: a part goes back to the book at
//! every step.

use firesale_matching::{OrderRequest, Pricing};
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Rate, Rounding, Side, SimTime};

use super::book::limit_price;
use crate::{Effects, Exchange, ExchangeEvent, Later, UnwindPolicy};

impl Exchange {
    /// Sends a reduce-only order for a part of every position of an account of the venue, and
    /// schedules the next step.
    pub(crate) fn unwind(&mut self, account: AccountId, now: SimTime, out: &mut Effects) {
        let Some(policy) = self.unwind_policy(account) else {
            return;
        };
        for at in self.state.open_positions(account, None) {
            let position = &self.state.accounts[account.index()].positions[at];
            let (instrument, held) = (position.instrument, position.qty);
            if !self.books[instrument.index()].is_halted() {
                let request = self.unwind_order(account, instrument, held, policy);
                self.order_as_it_is(instrument, &request, now, out);
            }
        }
        out.later.push(Later {
            at: now + policy.period,
            event: ExchangeEvent::Unwind { account },
        });
    }

    fn unwind_order(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        held: Qty,
        policy: UnwindPolicy,
    ) -> OrderRequest {
        let rules = &self.state.config.instruments[instrument.index()];
        let part = held
            .abs()
            .mul_div(policy.fraction.0, Rate::ONE.0, Rounding::Ceil);
        let side = Side::of(held.0).opposite();
        let mark = self.state.instruments[instrument.index()].mark;
        let slip = mark.mul_div(policy.slippage.0, Rate::ONE.0, Rounding::Floor);
        let worst = mark.0 + side.sign() * slip.map_or(0, |slip| slip.0);
        let band = self.books[instrument.index()].band();
        let limit = limit_price(Price(worst.max(1)), side, rules.price_step, band);
        self.state.unwind_orders = self.state.unwind_orders.wrapping_add(1);
        let id = OrderId::new(account, 0, self.state.unwind_orders);
        OrderRequest {
            pricing: Pricing::Limit(limit),
            reduce_only: true,
            tag: self.state.cause_of_unwinding(account, instrument).0,
            ..OrderRequest::market(
                id,
                side,
                super::book::order_qty(part.unwrap_or(held.abs()), rules),
            )
        }
    }

    /// How an account of the venue gets rid of what it took over.
    pub(crate) fn unwind_policy(&self, account: AccountId) -> Option<UnwindPolicy> {
        let rules = &self.state.config;
        if account == Self::BACKSTOP {
            rules.backstop?.unwind
        } else {
            rules.fund_unwind
        }
    }
}
