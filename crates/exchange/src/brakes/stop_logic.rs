//! A burst of stops may have to wait.

use firesale_types::{InstrumentId, Rate, Side, SimTime};

use super::Brake;
use super::halt::Trip;
use crate::triggers::Direction;
use crate::{Effects, Exchange};

impl Exchange {
    /// When the stops that have just been triggered are released: now, or after the pause that
    /// they cause, or after the halt that is under way.
    pub(crate) fn release_time(
        &mut self,
        instrument: InstrumentId,
        now: SimTime,
        out: &mut Effects,
    ) -> SimTime {
        if let Some(until) = self.held_until(instrument, now) {
            return until;
        }
        let Some(rules) = self.state.config.brakes.stop_logic else {
            return now;
        };
        if self.books[instrument.index()].is_halted() {
            return now;
        }
        let Some(direction) = self.runs_away(instrument, rules.range) else {
            return now;
        };
        let until = now + rules.pause;
        let trip = Trip {
            brake: Brake::StopLogic,
            until,
            direction: Some(direction),
        };
        self.trip(instrument, trip, now, out);
        until
    }

    /// The direction in which the triggered stops would trade through more than a part of the best
    /// price, or through all there is. Each counts as a market order.
    fn runs_away(&self, instrument: InstrumentId, range: Rate) -> Option<Direction> {
        let book = &self.books[instrument.index()];
        let mut qty = [0_i128; 2];
        for stop in book.triggered() {
            qty[stop.side.index()] += i128::from(stop.qty.0);
        }
        let runs = |side: Side| {
            let mut left = qty[side.index()];
            let Some((best, _)) = book.best(side.opposite()) else {
                return left > 0;
            };
            for (price, visible) in book.levels(side.opposite()) {
                if left <= 0 {
                    break;
                }
                let away = i128::from((price.0 - best.0).abs()) * i128::from(Rate::ONE.0);
                if away > i128::from(range.0) * i128::from(best.0) {
                    return true;
                }
                left -= i128::from(visible.0);
            }
            left > 0
        };
        if runs(Side::Sell) {
            Some(Direction::Falling)
        } else {
            runs(Side::Buy).then_some(Direction::Rising)
        }
    }
}
