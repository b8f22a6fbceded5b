//! The end of a dated future: settlement price, delivery of profit, and nothing after it.
//!
//! Over the settlement window before the expiry the index is averaged at mark ticks; at the expiry
//! all orders are taken back, and every position is closed at that average. Longs pay what shorts
//! receive, to the micro-dollar, because both close at one price. (The half hour before expiry on
//! Deribit, the last hour on Binance's quarterly contracts: M, remembered and unverified.)

use firesale_types::{AccountId, InstrumentId, Price, Qty, Rounding, Side, SimTime, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::ledger::{Margin, PerpFill};
use crate::leg::PositionKey;
use crate::state::State;
use crate::{Cause, Effects, Exchange, Report, VenueRecord};

/// What a dated future remembers of its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExpiryState {
    sum: i64,
    samples: i64,
    /// Whether positions have been delivered.
    pub(crate) is_over: bool,
}

impl ExpiryState {
    /// The average of the samples, to the nearest tick.
    fn average(&self) -> Option<Price> {
        let mean = mul_div(self.sum, 1, self.samples, Rounding::HalfEven);
        mean.ok().map(Price)
    }
}

impl Exchange {
    /// Takes a sample of the index, inside the settlement window.
    pub(crate) fn sample_settlement(&mut self, at: usize, now: SimTime) {
        let Some(expiry) = self.state.config.instruments[at].expiry else {
            return;
        };
        let instrument = &mut self.state.instruments[at];
        if now + expiry.window > expiry.at && now <= expiry.at {
            instrument.expiry.sum = instrument.expiry.sum.saturating_add(instrument.index.0);
            instrument.expiry.samples += 1;
        }
    }

    /// Delivers a dated future at its expiry. Earlier, and a second time, nothing happens.
    pub(crate) fn deliver(&mut self, id: InstrumentId, now: SimTime, out: &mut Effects) {
        let rules = self.state.config.instruments.get(id.index());
        let Some(expiry) = rules.and_then(|rules| rules.expiry) else {
            return;
        };
        let instrument = &mut self.state.instruments[id.index()];
        if now < expiry.at || instrument.expiry.is_over {
            return;
        }
        instrument.expiry.is_over = true;
        // Without a mark tick inside the window the index of this moment has to do.
        let price = instrument.expiry.average().unwrap_or(instrument.index);
        let price = instrument.in_range(price);
        self.take_back_orders(id, out);
        self.books[id.index()].halt();
        let before = self.state.instruments[id.index()].mark;
        let (direction, ticks) = crate::prices::change(before, price);
        let impact = &mut self.state.instruments[id.index()].impact;
        impact.add(now, direction, Cause::INDEX, ticks);
        self.set_mark(id.index(), price, now);
        self.state.close_all_at(id, price, out);
        self.leave_halt(id, now, out);
        out.records.push(VenueRecord::Delivery {
            instrument: id,
            price,
        });
    }

    /// Takes back every order in an instrument.
    fn take_back_orders(&mut self, id: InstrumentId, out: &mut Effects) {
        for account in 0..self.state.accounts.len() {
            self.cancel_all(AccountId(account as u32), Some(id), true, out);
        }
    }
}

impl State {
    /// Closes every position in an instrument at one price.
    fn close_all_at(&mut self, id: InstrumentId, price: Price, out: &mut Effects) {
        let holders = std::mem::take(&mut self.instruments[id.index()].holders);
        for &account in &holders {
            for &leg in self.accounts[account.index()].position_mode.legs() {
                self.close_at(account, PositionKey::new(id, leg), price, out);
            }
        }
        self.instruments[id.index()].holders = holders;
    }

    /// Closes one position at a price, if there is one.
    fn close_at(&mut self, account: AccountId, key: PositionKey, price: Price, out: &mut Effects) {
        let position = self.accounts[account.index()].position(key);
        let held = position.map_or(Qty::ZERO, |position| position.qty);
        if held.is_zero() {
            return;
        }
        let instrument = key.instrument;
        let fill = PerpFill {
            account,
            instrument,
            leg: key.leg,
            side: Side::of(held.0).opposite(),
            price,
            qty: held.abs(),
            fee: Usd::ZERO,
            margin: Margin::Returns,
        };
        self.book_perp(&fill);
        let report = Report::Delivered {
            instrument,
            qty: held,
            price,
        };
        out.reports.push((account, report));
        self.digest.mix_all([i64::from(account.0), held.0, price.0]);
    }
}
