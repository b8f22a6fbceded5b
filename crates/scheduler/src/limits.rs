//! Bounds that end a run with an error instead of a hang.

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

/// How much may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLimits {
    /// Events of one machine in one tick.
    pub events_per_tick: u64,
    /// Links of a chain of effects within one instant.
    pub generation: u16,
    /// Events of the whole run.
    pub events: u64,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            events_per_tick: 20_000_000,
            generation: 10_000,
            events: 1 << 40,
        }
    }
}

/// A run did more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Too many events in one tick.
    #[error(
        "more than {limit} events of one machine in the tick at {at:?}: a cascade does not end"
    )]
    EventsPerTick {
        /// The limit.
        limit: u64,
        /// The time of the event that exceeded it.
        at: SimTime,
    },
    /// A chain of effects without delay does not end.
    #[error("a chain of more than {limit} effects without delay at {at:?}")]
    Generation {
        /// The limit.
        limit: u16,
        /// The time of the chain.
        at: SimTime,
    },
    /// Too many events in all.
    #[error("more than {limit} events in the run")]
    Events {
        /// The limit.
        limit: u64,
    },
}

impl RunLimits {
    /// Checks the counts after one more event of a machine.
    ///
    /// # Errors
    /// The limit that is exceeded.
    #[inline]
    pub fn check(
        &self,
        at: SimTime,
        generation: u16,
        in_tick: u64,
        in_run: u64,
    ) -> Result<(), LimitError> {
        if in_tick > self.events_per_tick {
            return Err(LimitError::EventsPerTick {
                limit: self.events_per_tick,
                at,
            });
        }
        if generation > self.generation {
            return Err(LimitError::Generation {
                limit: self.generation,
                at,
            });
        }
        if in_run > self.events {
            return Err(LimitError::Events { limit: self.events });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_speaks() {
        let limits = RunLimits {
            events_per_tick: 2,
            generation: 3,
            events: 4,
        };
        let at = SimTime(7);
        assert_eq!(limits.check(at, 3, 2, 4), Ok(()));
        assert_eq!(
            limits.check(at, 0, 3, 0),
            Err(LimitError::EventsPerTick { limit: 2, at })
        );
        assert_eq!(
            limits.check(at, 4, 0, 0),
            Err(LimitError::Generation { limit: 3, at })
        );
        assert_eq!(
            limits.check(at, 0, 0, 5),
            Err(LimitError::Events { limit: 4 })
        );
    }
}
