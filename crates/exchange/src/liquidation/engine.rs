//! The liquidation engine as a machine: it scans on a grid, and makes so many steps a second.

use firesale_types::{AccountId, SimDuration, SimTime};

use crate::account::Slot;
use crate::leg::PositionKey;
use crate::state::State;
use crate::{CancelFirst, Effects, Exchange};

const SECOND: i64 = 1_000_000_000;

impl State {
    /// When a step that is due at `at` is made: on the engine's grid, behind all steps before it.
    pub(crate) fn turn_of_engine(&mut self, at: SimTime) -> SimTime {
        let rules = &self.config.liquidation;
        let on_grid = next_on_grid(at, rules.scan_period);
        if rules.steps_per_second == 0 {
            return on_grid;
        }
        let turn = on_grid.max(self.engine_free);
        self.engine_free = turn + SimDuration(SECOND / i64::from(rules.steps_per_second));
        turn
    }
}

/// The first moment of a grid that is not before `at`.
fn next_on_grid(at: SimTime, period: SimDuration) -> SimTime {
    if period.0 <= 0 {
        return at;
    }
    let over = at.0.rem_euclid(period.0);
    if over == 0 {
        at
    } else {
        at + SimDuration(period.0 - over)
    }
}

impl Exchange {
    /// Takes back the open orders that must go before a unit is liquidated: of an isolated leg only
    /// those that would open or close it, because the other leg is a unit of its own.
    pub(super) fn cancel_first(
        &mut self,
        account: AccountId,
        isolated: Option<PositionKey>,
        out: &mut Effects,
    ) {
        let increasing_only = match self.state.config.liquidation.cancel {
            CancelFirst::All => false,
            CancelFirst::Increasing => true,
            CancelFirst::None => return,
        };
        let meant = |slot: &Slot| {
            isolated.is_none_or(|key| slot.leg == key.leg) && (slot.limit.0 > 0 || !increasing_only)
        };
        let only = isolated.map(|key| key.instrument);
        self.cancel_where(account, only, true, meant, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_begins_at_zero() {
        let on = |at| next_on_grid(SimTime(at), SimDuration(3)).0;
        assert_eq!([on(0), on(1), on(3), on(4)], [0, 3, 3, 6]);
        assert_eq!(next_on_grid(SimTime(7), SimDuration::ZERO).0, 7);
    }
}
