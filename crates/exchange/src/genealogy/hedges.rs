//! What hedges and arbitrage pass on: a move here that follows a move of the same asset elsewhere.
//!
//! A venue is told from time to time which part of the moves elsewhere was forced, and by which links.
//! That part of what hedges did to a price here is booked to these links when somebody asks what moved
//! it; the rest stays with the hedges. An assumption: it takes every hedge for one of the latest moves
//! elsewhere.

use firesale_types::{InstrumentId, Rate, SimTime};
use serde::{Deserialize, Serialize};

use super::elsewhere::Parts;
use crate::Cause;
use crate::state::State;
use crate::triggers::Direction;

/// What is behind hedges in one direction of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Behind {
    instrument: InstrumentId,
    direction: Direction,
    told: SimTime,
    parts: Parts,
}

/// Moves by cause.
pub(crate) type Moves = smallvec::SmallVec<[(Cause, i64); 32]>;

impl State {
    /// Hears of a part of what is behind hedges. What is told at one moment belongs together.
    pub(super) fn hear_behind(
        &mut self,
        (instrument, falling): (InstrumentId, bool),
        (cause, part): (Cause, Rate),
        now: SimTime,
    ) {
        if instrument.index() >= self.instruments.len() {
            return;
        }
        let direction = Direction::BOTH[usize::from(!falling)];
        let mut known = self.genealogy.behind.iter_mut();
        let known = known.find(|one| one.instrument == instrument && one.direction == direction);
        let Some(known) = known else {
            let parts = smallvec::smallvec![(cause, part.min(Rate::ONE))];
            return self.genealogy.behind.push(Behind {
                instrument,
                direction,
                told: now,
                parts,
            });
        };
        if known.told != now {
            known.parts.clear();
            known.told = now;
        }
        let sum = known.parts.iter().fold(Rate::ZERO, |sum, one| sum + one.1);
        known.parts.push((cause, part.min(Rate::ONE - sum)));
    }

    /// The moves of an instrument in a direction, as they count now, with what is behind hedges.
    pub(crate) fn moves_of(
        &self,
        instrument: InstrumentId,
        direction: Direction,
        now: SimTime,
    ) -> Moves {
        let impact = &self.instruments[instrument.index()].impact;
        let mut moves: Moves = impact.moves(now, direction).collect();
        let mut known = self.genealogy.behind.iter();
        let known = known.find(|one| {
            let same = one.instrument == instrument && one.direction == direction;
            same && now.since(one.told) <= impact.memory()
        });
        let Some(known) = known else { return moves };
        let mut passed_on = Moves::new();
        for (_, hedged) in moves.iter_mut().filter(|one| one.0 == Cause::HEDGE) {
            let all = i128::from(*hedged);
            for &(cause, part) in &known.parts {
                let amount = (all * i128::from(part.0) / i128::from(Rate::ONE.0)) as i64;
                passed_on.push((cause, amount));
                *hedged -= amount;
            }
        }
        moves.extend(passed_on);
        moves.retain(|one| one.1 > 0);
        moves
    }
}
