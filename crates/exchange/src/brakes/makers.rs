//! The obligations of market makers: who quotes, and how much of the time.

use firesale_types::{AccountId, InstrumentId, Price, Rate, Side, SimTime};
use serde::{Deserialize, Serialize};

use crate::limits::value;
use crate::{Exchange, GenesisError, MakerConfig, MakerPenalty};

/// One market maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Maker {
    account: AccountId,
    /// Samples of the present period, one for each instrument and mark tick, and those met.
    samples: [u64; 2],
    /// The same since the start.
    total: [u64; 2],
    /// Whether the last period was below the required share.
    in_breach: bool,
    /// How many periods were.
    breaches: u32,
}

/// All market makers of a venue, by account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Makers {
    list: Vec<Maker>,
    period_began: SimTime,
}

impl Makers {
    fn find(&self, account: AccountId) -> Option<&Maker> {
        let at = self
            .list
            .binary_search_by_key(&account, |maker| maker.account);
        at.ok().map(|at| &self.list[at])
    }

    /// Whether the account has lost its terms for its last period.
    pub(crate) fn in_breach(&self, account: AccountId) -> bool {
        !self.list.is_empty() && self.find(account).is_some_and(|maker| maker.in_breach)
    }
}

impl Maker {
    fn sample(&mut self, met: bool) {
        for counts in [&mut self.samples, &mut self.total] {
            counts[0] += 1;
            counts[1] += u64::from(met);
        }
    }

    fn close_period(&mut self, uptime: Rate) {
        let [all, met] = std::mem::take(&mut self.samples);
        if all > 0 {
            let short =
                i128::from(met) * i128::from(Rate::ONE.0) < i128::from(all) * i128::from(uptime.0);
            self.in_breach = short;
            self.breaches += u32::from(short);
        }
    }
}

impl Exchange {
    /// Names an account as a market maker with obligations, before the first event.
    ///
    /// # Errors
    /// [`GenesisError::Unknown`].
    pub fn oblige(&mut self, account: AccountId) -> Result<(), GenesisError> {
        if account.index() >= self.state.accounts.len() {
            return Err(GenesisError::Unknown);
        }
        let list = &mut self.state.brakes.makers.list;
        if let Err(at) = list.binary_search_by_key(&account, |maker| maker.account) {
            let new = Maker {
                account,
                samples: [0; 2],
                total: [0; 2],
                in_breach: false,
                breaches: 0,
            };
            list.insert(at, new);
        }
        Ok(())
    }

    /// The share of samples since the start in which a market maker has met its obligations, and
    /// the number of periods in breach; `None` before the first sample and for anybody else.
    #[must_use]
    pub fn maker_uptime(&self, account: AccountId) -> Option<(Rate, u32)> {
        let maker = self.state.brakes.makers.find(account)?;
        let [all, met] = maker.total.map(i128::from);
        let share = met * i128::from(Rate::ONE.0) / all.max(1);
        (all > 0).then_some((Rate(share as i64), maker.breaches))
    }

    /// Samples every market maker in every open book, and closes the period if it is over.
    pub(crate) fn sample_makers(&mut self, now: SimTime) {
        let Some(rules) = self.state.config.brakes.makers else {
            return;
        };
        let mut makers = std::mem::take(&mut self.state.brakes.makers);
        for maker in &mut makers.list {
            for at in 0..self.books.len() {
                if !self.books[at].is_halted() {
                    maker.sample(self.quotes(maker.account, InstrumentId(at as u16), &rules));
                }
            }
        }
        if now.since(makers.period_began) >= rules.period {
            makers.period_began = now;
            for maker in &mut makers.list {
                maker.close_period(rules.uptime);
            }
        }
        self.state.brakes.makers = makers;
    }

    /// Whether an account quotes both sides, tight and large enough: its best bid and ask are no
    /// further apart than the widest spread, and on each side the visible orders no further than
    /// half of it from their middle are worth enough.
    fn quotes(&self, account: AccountId, instrument: InstrumentId, rules: &MakerConfig) -> bool {
        let mut own: smallvec::SmallVec<[(Side, Price, i64); 8]> = smallvec::SmallVec::new();
        let book = &self.books[instrument.index()];
        for (id, slot) in self.state.accounts[account.index()].open_orders(account) {
            if slot.instrument == instrument
                && let Some(order) = book.order(slot.handle, id)
            {
                own.push((order.side, order.price, order.qty.0));
            }
        }
        let of = |side: Side| own.iter().filter(move |order| order.0 == side);
        let bid = of(Side::Buy).map(|order| order.1).max();
        let ask = of(Side::Sell).map(|order| order.1).min();
        let (Some(bid), Some(ask)) = (bid, ask) else {
            return false;
        };
        let (one, widest) = (i128::from(Rate::ONE.0), i128::from(rules.max_spread.0));
        let doubled_mid = i128::from(bid.0) + i128::from(ask.0);
        // |price - mid| <= spread * mid / 2, times four.
        let near = |price: Price| {
            let away = (2 * i128::from(price.0) - doubled_mid).abs();
            2 * away * one <= widest * doubled_mid
        };
        let unit = self.state.instruments[instrument.index()].unit;
        [Side::Buy, Side::Sell].into_iter().all(|side| {
            let worth = of(side)
                .filter(|order| near(order.1))
                .map(|order| i128::from(value(order.2, order.1.0, unit)));
            worth.sum::<i128>() >= i128::from(rules.min_size.0)
        })
    }
}

impl crate::state::State {
    /// The fee rate of a resting order's fill: the schedule's, unless its owner has lost it.
    #[inline]
    pub(crate) fn maker_rate(&self, account: AccountId) -> Rate {
        let fees = self.config.fees;
        let Some(rules) = &self.config.brakes.makers else {
            return fees.maker;
        };
        if !self.brakes.makers.in_breach(account) {
            return fees.maker;
        }
        match rules.penalty {
            MakerPenalty::None => fees.maker,
            MakerPenalty::Rebate => fees.maker.max(Rate::ZERO),
            MakerPenalty::TakerFee => fees.maker.max(fees.taker),
        }
    }
}
