//! Halts and reopenings.

use firesale_types::{InstrumentId, Price, Qty, Rate, Rounding, SimTime, mul_div};
use serde::{Deserialize, Serialize};

use super::Brake;
use crate::attribution::Attribution;
use crate::triggers::Direction;
use crate::{Cause, Effects, Exchange, ExchangeEvent, Later, VenueRecord};

/// A halt that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Halt {
    pub(super) brake: Brake,
    pub(super) began: SimTime,
    /// When it ends; [`SimTime::MAX`] if only a script ends it.
    pub(super) until: SimTime,
    /// The last price before it.
    before: Price,
    /// Its number in the genealogy.
    node: u32,
    /// The bands of the moment it began, for the reopening of [`Brake::Luld`].
    bands: Option<(Price, Price)>,
}

/// A reason to halt a book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trip {
    pub(super) brake: Brake,
    pub(super) until: SimTime,
    /// Where the price went, if the brake knows.
    pub(super) direction: Option<Direction>,
}

impl Exchange {
    /// Stops matching until somebody reopens; the mark goes on from the index.
    pub(crate) fn halt(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        if instrument.index() < self.books.len() {
            let trip = Trip {
                brake: Brake::Script,
                until: SimTime::MAX,
                direction: None,
            };
            self.trip(instrument, trip, now, out);
        }
    }

    /// A breaker of another venue has halted the same market there.
    pub(crate) fn halt_along(
        &mut self,
        instrument: InstrumentId,
        until: SimTime,
        now: SimTime,
        out: &mut Effects,
    ) {
        if instrument.index() < self.books.len() && until > now {
            let trip = Trip {
                brake: Brake::Coordinated,
                until,
                direction: None,
            };
            self.trip(instrument, trip, now, out);
        }
    }

    /// Halts a book, or prolongs its halt if this one would last longer.
    pub(super) fn trip(
        &mut self,
        instrument: InstrumentId,
        trip: Trip,
        now: SimTime,
        out: &mut Effects,
    ) {
        let at = instrument.index();
        let running = self.state.brakes.instruments[at].halt;
        // A dated future that has been delivered is halted for good, by no brake.
        let is_over = running.is_none() && self.books[at].is_halted();
        if is_over || running.is_some_and(|halt| halt.until >= trip.until) {
            return;
        }
        let from = self.state.moves_to_halt(instrument, trip.direction, now);
        let known = running.map(|halt| (halt.node, from.largest()));
        let (node, cause) = known.unwrap_or_else(|| {
            let node = self.state.note_halt(instrument, &from, out);
            let parent = self.parent(Cause::halt(node));
            (node, parent.unwrap_or_default())
        });
        let halt = running.unwrap_or_else(|| Halt {
            brake: trip.brake,
            began: now,
            until: trip.until,
            before: self.state.instruments[at].last,
            node,
            bands: self.state.brakes.instruments[at]
                .luld
                .as_ref()
                .map(|l| l.bands),
        });
        self.state.brakes.instruments[at].halt = Some(Halt {
            brake: trip.brake,
            until: trip.until,
            ..halt
        });
        self.stop_matching(at, now);
        let until = (trip.until < SimTime::MAX).then_some(trip.until);
        if let Some(at) = until {
            let event = ExchangeEvent::Brake { instrument };
            out.later.push(Later { at, event });
            self.state
                .digest
                .mix_all([i64::from(instrument.0), at.0, trip.brake as i64]);
        }
        out.records.push(VenueRecord::Halt {
            instrument,
            brake: trip.brake,
            until,
            id: node,
            cause,
        });
    }

    /// Books how far the auction after a halt left the mark: to the halt, which kept the orders
    /// together.
    pub(crate) fn note_gap(
        &mut self,
        instrument: InstrumentId,
        auction: Option<Price>,
        now: SimTime,
    ) {
        let halt = self.state.brakes.of(instrument).halt;
        let state = &mut self.state.instruments[instrument.index()];
        if let (Some(halt), Some(price)) = (halt, auction) {
            let (direction, ticks) = crate::prices::change(state.mark, price);
            state
                .impact
                .add(now, direction, Cause::halt(halt.node), ticks);
        }
    }

    fn stop_matching(&mut self, at: usize, now: SimTime) {
        if let Some(luld) = &mut self.state.brakes.instruments[at].luld {
            luld.halted();
        }
        self.books[at].halt();
        self.apply_band(at);
        self.recompute_mark(at, now);
    }

    /// The end of a brake's halt, unless it was prolonged meanwhile.
    pub(super) fn end_halt(&mut self, instrument: InstrumentId, now: SimTime, out: &mut Effects) {
        let at = instrument.index();
        let Some(halt) = self.state.brakes.instruments[at].halt else {
            return;
        };
        if halt.until > now {
            return;
        }
        match self.extension(at, &halt, now) {
            Some(until) => {
                let trip = Trip {
                    brake: halt.brake,
                    until,
                    direction: None,
                };
                self.trip(instrument, trip, now, out);
            }
            None => self.reopen(instrument, now, out),
        }
    }

    /// Until when a halt at the price band goes on, because its auction would leave the bands.
    fn extension(&self, at: usize, halt: &Halt, now: SimTime) -> Option<SimTime> {
        let rules = self.state.config.brakes.luld.as_ref()?;
        let (low, high) = halt.bands.filter(|_| halt.brake == Brake::Luld)?;
        let (price, _) = self.books[at].indicative()?;
        let last = halt.began + rules.max_halt;
        let inside = low <= price && price <= high;
        (!inside && now < last).then(|| (now + rules.halt).min(last))
    }

    /// After the auction: the brakes start from its price, and what the halt did to the price is
    /// recorded.
    pub(crate) fn note_reopened(
        &mut self,
        instrument: InstrumentId,
        auction: Option<(Price, Qty)>,
        now: SimTime,
        out: &mut Effects,
    ) {
        let at = instrument.index();
        let mark = self.state.instruments[at].mark;
        let price = auction.map(|(price, _)| price);
        let brakes = self.state.brakes.of(instrument);
        let halt = brakes.halt.take();
        brakes.rolling.restart(now, price);
        if let Some(luld) = &mut brakes.luld {
            luld.reopened(now, price.unwrap_or(mark));
        }
        self.apply_band(at);
        let Some(halt) = halt else { return };
        let moved = price.unwrap_or(mark).0 - halt.before.0;
        let gap = mul_div(moved, Rate::ONE.0, halt.before.0, Rounding::HalfEven);
        out.records.push(VenueRecord::Reopened {
            instrument,
            brake: halt.brake,
            began: halt.began,
            price,
            gap: Rate(gap.unwrap_or(i64::MAX)),
        });
    }

    /// Until when a brake holds the book, if it does.
    pub(crate) fn held_until(&self, instrument: InstrumentId, now: SimTime) -> Option<SimTime> {
        let halt = self.state.brakes.instruments[instrument.index()].halt?;
        (now < halt.until && halt.until < SimTime::MAX).then_some(halt.until)
    }

    /// What halts the book, and until when, if it is halted; `None` for a halt without end.
    #[must_use]
    pub fn halted_by(&self, instrument: InstrumentId) -> Option<(Brake, Option<SimTime>)> {
        let halt = self.state.brakes.instruments[instrument.index()].halt?;
        let until = (halt.until < SimTime::MAX).then_some(halt.until);
        Some((halt.brake, until))
    }

    /// The bands in force by limit up, limit down, if the instrument has any.
    #[must_use]
    pub fn luld_bands(&self, instrument: InstrumentId) -> Option<(Price, Price)> {
        let brakes = &self.state.brakes.instruments[instrument.index()];
        brakes.luld.as_ref().map(|luld| luld.bands)
    }
}

impl crate::state::State {
    /// The moves of an instrument in a direction; in both if it is not known.
    fn moves_to_halt(
        &self,
        instrument: InstrumentId,
        direction: Option<Direction>,
        now: SimTime,
    ) -> Attribution {
        let mut attribution = Attribution::default();
        for one in Direction::BOTH {
            if direction.is_none_or(|only| only == one) {
                attribution.add(&self.moves_of(instrument, one, now), 1);
            }
        }
        attribution
    }
}
