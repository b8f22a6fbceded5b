//! The tick grid.

use firesale_types::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

/// Where a run stands on its grid of ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimClock {
    tick: SimDuration,
    start: SimTime,
    end: SimTime,
}

impl SimClock {
    /// A clock at the start of the first tick of a run that lasts `duration`.
    ///
    /// # Panics
    /// If `tick` is not positive.
    #[must_use]
    pub fn new(tick: SimDuration, duration: SimDuration) -> Self {
        assert!(tick > SimDuration::ZERO, "a tick has a length");
        Self {
            tick,
            start: SimTime::ZERO,
            end: SimTime::ZERO + duration,
        }
    }

    /// The start of the current tick.
    #[must_use]
    pub const fn tick_start(&self) -> SimTime {
        self.start
    }

    /// The end of the current tick, which belongs to the next one.
    #[must_use]
    pub fn tick_end(&self) -> SimTime {
        self.start + self.tick
    }

    /// The length of a tick.
    #[must_use]
    pub const fn tick(&self) -> SimDuration {
        self.tick
    }

    /// The end of the run.
    #[must_use]
    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// Whether the run is over.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.start >= self.end
    }

    /// Goes on to the tick that contains `next`, at least by one tick; returns the number of idle
    /// ticks skipped.
    pub fn advance_to(&mut self, next: SimTime) -> i64 {
        let following = self.tick_end();
        let target = next.max(following).min(self.end);
        let grid = SimTime(target.0 - target.0.rem_euclid(self.tick.0)).max(following);
        let skipped = grid.since(following).0 / self.tick.0;
        self.start = grid;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_idle_ticks_and_stays_on_the_grid() {
        let mut clock = SimClock::new(SimDuration::millis(100), SimDuration::secs(10));
        assert_eq!(clock.advance_to(SimTime(0)), 0);
        assert_eq!(clock.tick_start(), SimTime(100_000_000));
        assert_eq!(clock.advance_to(SimTime(1_234_000_000)), 10);
        assert_eq!(clock.tick_start(), SimTime(1_200_000_000));
        clock.advance_to(SimTime::MAX);
        assert!(clock.finished());
    }
}
