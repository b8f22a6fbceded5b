//! What the brakes see after each event.

use firesale_types::{InstrumentId, Price, Side, SimTime};

use super::Brake;
use super::halt::Trip;
use super::luld::LimitState;
use crate::config::day_of;
use crate::prices::set_band;
use crate::{Effects, Exchange, ExchangeEvent, VenueRecord};

impl Exchange {
    /// Shows the brakes what an event has left behind: its records from `first` on, the quotes and
    /// the marks.
    pub(crate) fn watch_brakes(
        &mut self,
        event: &ExchangeEvent,
        first: usize,
        now: SimTime,
        out: &mut Effects,
    ) {
        if !self.state.brakes.watching {
            return;
        }
        if !matches!(
            event,
            ExchangeEvent::Reopen { .. } | ExchangeEvent::Brake { .. }
        ) {
            self.watch_trades(first, now, out);
        }
        match scope(event) {
            Some(instrument) if instrument.index() < self.books.len() => {
                self.watch_bands(instrument, now, out);
            }
            Some(_) => return,
            None => {
                for at in 0..self.books.len() {
                    self.watch_bands(InstrumentId(at as u16), now, out);
                }
            }
        }
        self.watch_market(now, out);
        self.settle_stirred(now, out);
    }

    /// The trades of an event, but not those of an auction.
    fn watch_trades(&mut self, first: usize, now: SimTime, out: &mut Effects) {
        let mut next = first;
        while let Some(&record) = out.records.get(next) {
            next += 1;
            let VenueRecord::Trade {
                instrument, price, ..
            } = record
            else {
                continue;
            };
            let mark = self.state.instruments[instrument.index()].mark;
            let rules = &self.state.config.brakes;
            let brakes = &mut self.state.brakes.instruments[instrument.index()];
            if let Some(luld) = &mut brakes.luld {
                luld.trade(now, price);
            }
            let Some(rolling) = rules.rolling else {
                continue;
            };
            let seen = (now, price, mark);
            if let Some(direction) = brakes.rolling.trade(&rolling, rules.day_start, seen) {
                let trip = Trip {
                    brake: Brake::Rolling,
                    until: now + rolling.pause,
                    direction: Some(direction),
                };
                self.trip(instrument, trip, now, out);
            }
        }
    }

    /// Moves the bands of an instrument, and halts it if a quote has stood at them long enough.
    fn watch_bands(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        let at = instrument.index();
        let Some(rules) = &self.state.config.brakes.luld else {
            return;
        };
        let (_, time) = day_of(now, self.state.config.brakes.day_start);
        let brakes = &mut self.state.brakes.instruments[at];
        let Some(luld) = brakes.luld.as_mut().filter(|_| !self.books[at].is_halted()) else {
            return;
        };
        let moved = luld.refresh(rules, now, time);
        let best = |side| self.books[at].best(side).map(|(price, _)| price);
        let state = luld.look(rules, now, [best(Side::Buy), best(Side::Sell)]);
        let until = now + rules.halt;
        if moved {
            self.apply_band(at);
        }
        match state {
            LimitState::Out | LimitState::Lasting => {}
            LimitState::Began(at) => {
                let event = ExchangeEvent::Brake { instrument };
                out.later.push(crate::Later { at, event });
            }
            LimitState::Over(direction) => {
                let trip = Trip {
                    brake: Brake::Luld,
                    until,
                    direction: Some(direction),
                };
                self.trip(instrument, trip, now, out);
            }
        }
    }

    /// Halts every book if the market has fallen far enough.
    fn watch_market(&mut self, now: SimTime, out: &mut Effects) {
        let rules = &self.state.config.brakes;
        let Some(market) = &rules.market_wide else {
            return;
        };
        let mark = self.state.instruments[market.instrument.index()].mark;
        let breaker = &mut self.state.brakes.market_wide;
        let Some(until) = breaker.look(market, rules.day_start, now, mark) else {
            return;
        };
        for at in 0..self.books.len() {
            let trip = Trip {
                brake: Brake::MarketWide,
                until,
                direction: Some(crate::triggers::Direction::Falling),
            };
            self.trip(InstrumentId(at as u16), trip, now, out);
        }
    }

    /// An event of the brakes themselves: a halt may be over. A limit state that may be over is
    /// looked at after every event anyway.
    pub(crate) fn brake_event(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) {
        if instrument.index() < self.books.len() {
            self.end_halt(instrument, now, out);
        }
    }

    /// The price band of a book: around the mark, and inside the bands of limit up, limit down
    /// while it is open. Where the two do not meet the latter alone.
    pub(crate) fn apply_band(&mut self, at: usize) {
        let width = self.state.config.instruments[at].price_band;
        let mark = self.state.instruments[at].mark;
        let book = &mut self.books[at];
        set_band(book, mark, width);
        let Some(luld) = &self.state.brakes.instruments[at].luld else {
            return;
        };
        if book.is_halted() {
            if width.is_none() {
                book.set_band(None);
            }
            return;
        }
        let (low, high) = luld.bands;
        let around = width.and(book.band()).unwrap_or(luld.bands);
        let both: (Price, Price) = (around.0.max(low), around.1.min(high));
        book.set_band(Some(if both.0 <= both.1 { both } else { luld.bands }));
    }
}

/// The one instrument whose quotes an event can change; `None` for any.
const fn scope(event: &ExchangeEvent) -> Option<InstrumentId> {
    match *event {
        ExchangeEvent::Order { instrument, .. }
        | ExchangeEvent::Cancel { instrument, .. }
        | ExchangeEvent::Replace { instrument, .. }
        | ExchangeEvent::SetMark { instrument, .. }
        | ExchangeEvent::ReleaseTriggered { instrument }
        | ExchangeEvent::Expire { instrument }
        | ExchangeEvent::Halt { instrument }
        | ExchangeEvent::HaltAlong { instrument, .. }
        | ExchangeEvent::Reopen { instrument }
        | ExchangeEvent::Brake { instrument } => Some(instrument),
        _ => None,
    }
}
