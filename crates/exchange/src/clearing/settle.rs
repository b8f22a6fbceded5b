//! Settlement: open profits and losses become cash, and the margin of the instrument follows.

use firesale_types::{AccountId, InstrumentId, Price, Rate, Rounding, SimTime, Usd, mul_div};

use crate::limits::amount;
use crate::state::State;
use crate::{Effects, Exchange, ExchangeEvent, Later, VenueRecord};

impl Exchange {
    /// Pays the variation of all positions in an instrument since the last settlement, takes the
    /// mark into the margin model, and schedules the next settlement. Looks at every holder: it is
    /// rare.
    pub(crate) fn settle_instrument(&mut self, id: InstrumentId, now: SimTime, out: &mut Effects) {
        let state = &mut self.state;
        let known = state
            .instruments
            .get(id.index())
            .map(|one| one.is_margined());
        let (Some(rules), Some(true)) = (&state.config.clearing, known) else {
            return;
        };
        let (period, margin) = (rules.settlement_period, rules.margin);
        let price = state.instruments[id.index()].mark;
        let paid = state.settle_holders(id);
        let mut rate = Rate::ZERO;
        if let Some(clearing) = &mut state.clearing {
            let model = &mut clearing.models[id.index()];
            model.observe(price, &margin);
            rate = model.rate(&margin, period);
        }
        state.follow_margin(id.index(), rate);
        state.touch_holders(id);
        state.digest.mix_all([i64::from(id.0), price.0, rate.0]);
        out.records.push(VenueRecord::Settlement {
            instrument: id,
            price,
            paid,
            margin: rate,
        });
        out.later.push(Later {
            at: now + period,
            event: ExchangeEvent::Settle { instrument: id },
        });
    }
}

impl State {
    /// Settles all positions in an instrument. Returns what was gained, which is what was lost.
    fn settle_holders(&mut self, id: InstrumentId) -> Usd {
        let mut gained = 0_i128;
        for place in 0..self.instruments[id.index()].holders.len() {
            let account = self.instruments[id.index()].holders[place];
            for at in self.accounts[account.index()].places_in(id) {
                gained += i128::from(self.settle_variation(account, at).0.max(0));
            }
        }
        amount(gained)
    }

    /// Funding and variation of one position become cash, of an isolated position its margin:
    /// nobody's equity changes. Returns the variation.
    pub(super) fn settle_variation(&mut self, account: AccountId, at: usize) -> Usd {
        self.settle(account, at);
        let position = &self.accounts[account.index()].positions[at];
        if position.qty.is_zero() {
            return Usd::ZERO;
        }
        let mark = self.instruments[position.instrument.index()].mark;
        let worth = Usd(self.value(position.instrument, mark, position.qty));
        let account = &mut self.accounts[account.index()];
        let variation = worth - account.positions[at].cost;
        account.positions[at].cost = worth;
        if account.mode.is_isolated() {
            account.positions[at].set_aside += variation;
        } else {
            account.cash += variation;
        }
        variation
    }

    /// Scales the margin of an instrument to a rate of initial margin, with the tiers as floor: the
    /// factor is that rate over the first tier's, at least 1. Holders must be looked at afterwards.
    pub(crate) fn follow_margin(&mut self, at: usize, rate: Rate) {
        let call_ratio = self.config.margin_call_ratio;
        let instrument = &mut self.instruments[at];
        let least = instrument.tiers.initial_rate(Usd::ZERO, 1).max(1);
        let factor = mul_div(rate.0, Rate::ONE.0, least, Rounding::Ceil).unwrap_or(Rate::ONE.0);
        let factor = Rate(factor.max(Rate::ONE.0));
        instrument.scale_margin(factor, call_ratio);
        if let (Some(grid), Some(rules)) = (&mut self.grid, &self.config.portfolio) {
            grid.rescale(at, factor, rules, call_ratio);
        }
    }

    /// Has every holder of an instrument looked at before the event ends: its triggers were set for
    /// another margin.
    fn touch_holders(&mut self, id: InstrumentId) {
        for place in 0..self.instruments[id.index()].holders.len() {
            let account: AccountId = self.instruments[id.index()].holders[place];
            self.touch(account, false);
        }
    }

    /// The margins by which the models begin.
    pub(crate) fn begin_margins(&mut self) {
        let Some(rules) = &self.config.clearing else {
            return;
        };
        let (margin, period) = (rules.margin, rules.settlement_period);
        for at in 0..self.instruments.len() {
            let price: Price = self.instruments[at].mark;
            if self.instruments[at].is_margined() {
                let model = super::MarginModel::new(margin.initial_volatility, price);
                self.follow_margin(at, model.rate(&margin, period));
            }
        }
    }
}
