//! Index and mark prices, and everything that follows a change: bands, triggers, breaches.

use firesale_matching::{OrderBook, TriggerSource};
use firesale_types::{
    AccountId, AssetId, InstrumentId, Price, Rate, Rounding, Side, SimTime, Usd, mul_div,
};

use crate::account::{Position, UNWATCHED};
use crate::genealogy::spread;
use crate::instrument::Instrument;
use crate::leg::PositionKey;
use crate::limits::MAX_PRICE;
use crate::mark::Sources;
use crate::state::State;
use crate::triggers::Direction;
use crate::{Cause, Effects, Exchange, ExchangeEvent, Later, MarkRule, Told};

impl Exchange {
    /// Samples and recomputes all marks, then schedules the next tick.
    pub(crate) fn mark_tick(&mut self, now: SimTime, out: &mut Effects) {
        for at in 0..self.books.len() {
            self.sample_settlement(at, now);
            let sources = self.sources(at, now);
            let rule = &self.state.config.instruments[at].mark;
            self.state.instruments[at]
                .memory
                .sample(rule, now, &sources);
            self.recompute_mark(at, now);
        }
        self.sample_makers(now);
        self.state.watch_pools(now);
        let period = self.state.config.mark_period;
        if period.0 > 0 {
            out.later.push(Later {
                at: now + period,
                event: ExchangeEvent::MarkTick,
            });
        }
    }

    /// A new index price. Prices of assets that the venue does not know, and prices that are not
    /// positive, are ignored.
    pub(crate) fn index_price(&mut self, asset: AssetId, price: Usd, now: SimTime) {
        let Some(known) = self.state.asset(asset).filter(|_| price > Usd::ZERO) else {
            return;
        };
        self.state.digest.mix_all([i64::from(asset.0), price.0]);
        let told = self.state.take_told(Told::Index(asset));
        self.state.note_asset_price(known, price, &told, now);
        self.state.set_asset_price(known, price);
        for at in 0..self.books.len() {
            if self.state.config.instruments[at].base == asset {
                self.set_index(at, price, &told, now);
                self.recompute_mark(at, now);
            }
        }
    }

    fn set_index(&mut self, at: usize, price: Usd, told: &[(Cause, Rate)], now: SimTime) {
        let index = self.state.in_ticks(InstrumentId(at as u16), price);
        let instrument = &mut self.state.instruments[at];
        let index = instrument.in_range(index);
        let (direction, ticks) = change(instrument.index, index);
        if ticks == 0 {
            return;
        }
        instrument.index = index;
        spread(&mut instrument.impact, now, (direction, ticks), told);
        self.books[at].set_reference(TriggerSource::Index, index);
        self.state.stir(InstrumentId(at as u16));
    }

    /// The mid elsewhere; used at the next mark tick.
    pub(crate) fn other_mid(
        &mut self,
        instrument: InstrumentId,
        price: Option<Price>,
        now: SimTime,
    ) {
        let told = self.state.take_told(Told::OtherMid(instrument));
        if let Some(known) = self.state.instruments.get_mut(instrument.index())
            && price.is_none_or(|price| (1..=MAX_PRICE.0).contains(&price.0))
        {
            let rule = &self.state.config.instruments[instrument.index()].mark;
            if let (Some(before), Some(price)) = (known.other_mid, price)
                && matches!(rule, MarkRule::MedianWithEma { .. })
            {
                spread(&mut known.impact, now, change(before, price), &told);
            }
            known.other_mid = price;
        }
    }

    /// Sets a scripted mark; ignored where a rule makes the mark, and outside the range of prices.
    pub(crate) fn script_mark(&mut self, instrument: InstrumentId, price: Price, now: SimTime) {
        let at = instrument.index();
        let rules = self.state.config.instruments.get(at);
        let is_over = |at: usize| self.state.instruments[at].expiry.is_over;
        if rules.is_none_or(|rules| rules.mark != MarkRule::Scripted) || is_over(at) {
            return;
        }
        if (1..=MAX_PRICE.0).contains(&price.0) {
            let state = &mut self.state.instruments[at];
            let (direction, ticks) = change(state.mark, price);
            state.impact.add(now, direction, Cause::SCRIPT, ticks);
            self.set_mark(at, price, now);
        }
    }

    /// The mark by the rule, from what is known now.
    pub(crate) fn recompute_mark(&mut self, at: usize, now: SimTime) {
        if self.state.instruments[at].expiry.is_over {
            return;
        }
        let sources = self.sources(at, now);
        let rule = &self.state.config.instruments[at].mark;
        if let Some(mark) = self.state.instruments[at].memory.mark(rule, &sources) {
            self.set_mark(at, mark, now);
        }
    }

    fn sources(&self, at: usize, now: SimTime) -> Sources {
        let instrument = &self.state.instruments[at];
        let book = &self.books[at];
        let best = |side| book.best(side).map(|(price, _)| price);
        Sources {
            best: [best(Side::Buy), best(Side::Sell)],
            last: instrument.last,
            index: instrument.index,
            other_mid: instrument.other_mid,
            funding_rate: instrument.funding.rate,
            to_funding: instrument.funding.next.since(now),
            funding_interval: Instrument::funding_interval(&self.state.config.instruments[at]),
            halted: book.is_halted(),
        }
    }

    /// A new mark: price band, stop orders, and every account whose trigger it reaches.
    pub(crate) fn set_mark(&mut self, at: usize, mark: Price, now: SimTime) {
        let instrument = &mut self.state.instruments[at];
        let mark = instrument.in_range(mark);
        if instrument.mark == mark {
            return;
        }
        instrument.previous_mark = instrument.mark;
        instrument.mark = mark;
        instrument.impact.set_price(now, mark.0);
        instrument.mark_version += 1;
        self.books[at].set_reference(TriggerSource::Mark, mark);
        self.state.stir(InstrumentId(at as u16));
        self.apply_band(at);
        self.state.digest.mix_all([at as i64, mark.0]);
        self.state.pop_mark_triggers(at);
    }

    /// After an event: the last trade becomes the mark where the rule says so, and the release of
    /// triggered orders is scheduled for the same moment.
    pub(crate) fn settle_stirred(&mut self, now: SimTime, out: &mut Effects) {
        for next in 0.. {
            // A new mark stirs only the instrument that is being looked after.
            let Some(&id) = self.state.stirred.get(next) else {
                break;
            };
            self.take_last_trade(id.index(), now);
            self.schedule_release(id, now, out);
            self.state.instruments[id.index()].stirred = false;
        }
        self.state.stirred.clear();
    }

    /// If there were trades, takes over the last one.
    pub(crate) fn take_last_trade(&mut self, at: usize, now: SimTime) {
        let instrument = &mut self.state.instruments[at];
        if !std::mem::take(&mut instrument.traded) {
            return;
        }
        if let Some(last) = self.books[at].last() {
            if last != instrument.last {
                instrument.impact.heading = change(instrument.last, last).0;
            }
            instrument.last = last;
        }
        if self.state.config.instruments[at].mark == MarkRule::Last {
            self.recompute_mark(at, now);
        }
    }
}

/// Sets the price band around a mark, rounded inwards to whole ticks, at least one wide.
pub(crate) fn set_band(book: &mut OrderBook, mark: Price, width: Option<Rate>) {
    let Some(width) = width else { return };
    let half = mul_div(mark.0, width.0, Rate::ONE.0, Rounding::Floor).unwrap_or(mark.0);
    let low = Price((mark.0 - half).max(1));
    let high = Price(mark.0.saturating_add(half).min(MAX_PRICE.0));
    book.set_band(Some((low, high)));
}

/// The direction and the size of a price change, in ticks.
pub(crate) fn change(from: Price, to: Price) -> (Direction, i64) {
    let direction = if to < from {
        Direction::Falling
    } else {
        Direction::Rising
    };
    (direction, (to - from).abs().0)
}

impl State {
    /// Remembers who moved the price of a collateral asset.
    fn note_asset_price(&mut self, at: usize, price: Usd, told: &[(Cause, Rate)], now: SimTime) {
        let asset = &mut self.assets[at];
        if asset.counts.is_some() {
            let move_ = change(Price(asset.price.0), Price(price.0));
            spread(&mut asset.impact, now, move_, told);
            asset.impact.set_price(now, price.0);
        }
    }

    /// A new price of an asset, and every account whose trigger it reaches.
    fn set_asset_price(&mut self, at: usize, price: Usd) {
        self.assets[at].price = price;
        while let Some((key, account)) = self.assets[at].triggers.pop(price.0) {
            let id = self.assets[at].id;
            let mut held = self.accounts[account.index()].balances.iter_mut();
            let fired = held.find(|held| held.asset == id);
            if fired.is_some_and(|held| unregister(&mut held.watch, key)) {
                self.touch(account, false);
            }
        }
    }

    /// Touches every account whose mark trigger is reached.
    fn pop_mark_triggers(&mut self, at: usize) {
        for direction in Direction::BOTH {
            let level = direction.key(self.instruments[at].mark.0);
            while let Some((key, account)) =
                self.instruments[at].mark_triggers[direction.index()].pop(level)
            {
                let fired = self.watched(at, account, direction);
                let fired = fired.map(|p| &mut p.mark_watch);
                if fired.is_some_and(|watch| unregister(&mut watch[direction.index()], key)) {
                    self.touch(account, false);
                }
            }
        }
    }

    /// Touches every account whose trigger on the cumulative funding is reached.
    pub(crate) fn pop_funding_triggers(&mut self, at: usize) {
        for direction in Direction::BOTH {
            let level = direction.key(self.instruments[at].funding.index);
            while let Some((key, account)) =
                self.instruments[at].funding_triggers[direction.index()].pop(level)
            {
                let fired = self.watched(at, account, direction.opposite());
                let fired = fired.map(|p| &mut p.funding_watch);
                if fired.is_some_and(|watch| unregister(&mut watch[direction.index()], key)) {
                    self.touch(account, false);
                }
            }
        }
    }

    /// The position of an account that a fall or a rise of the mark harms.
    fn watched(&mut self, at: usize, account: AccountId, harm: Direction) -> Option<&mut Position> {
        let account = &mut self.accounts[account.index()];
        let leg = account.position_mode.harmed_by(harm);
        let key = PositionKey::new(InstrumentId(at as u16), leg);
        let place = account.find(key).ok()?;
        Some(&mut account.positions[place])
    }
}

/// A trigger has surfaced: if it is the registered one it is registered no more. Another is stale.
fn unregister(registered: &mut i64, key: i64) -> bool {
    let valid = *registered == key;
    if valid {
        *registered = UNWATCHED;
    }
    valid
}
