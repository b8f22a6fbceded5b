//! An amplification that moves linearly in time.

use crate::{ConfigError, PoolError};
use serde::{Deserialize, Serialize};

/// The contract's largest A, exclusive for a ramp.
const MAX_A: u64 = 1_000_000;
/// The largest factor of one ramp.
const MAX_CHANGE: u64 = 10;
/// The shortest ramp: a day, in seconds.
const MIN_RAMP_TIME: u64 = 86_400;

/// A between two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amplification {
    precision: u64,
    initial: u64,
    future: u64,
    initial_time: u64,
    future_time: u64,
}

impl Amplification {
    /// An A, times its precision, that does not move.
    ///
    /// # Errors
    ///
    /// `amplification` of 0 or above 10^6, `a_precision` neither 1 nor 100.
    pub fn constant(amplification: u64, precision: u64) -> Result<Self, ConfigError> {
        if precision != 1 && precision != 100 {
            return Err(ConfigError::new(
                "a_precision",
                format!("{precision} is neither 1 nor 100"),
            ));
        }
        if amplification == 0 || amplification > MAX_A * precision {
            return Err(ConfigError::new(
                "amplification",
                format!("{amplification} is not in 1..={}", MAX_A * precision),
            ));
        }
        Ok(Self {
            precision,
            initial: amplification,
            future: amplification,
            initial_time: 0,
            future_time: 0,
        })
    }

    /// 1, or 100 where A has two decimals.
    #[must_use]
    pub fn precision(&self) -> u64 {
        self.precision
    }

    /// A, times its precision, at a time in seconds; rounded toward the initial value.
    #[must_use]
    pub fn at(&self, now: u64) -> u64 {
        if now >= self.future_time {
            return self.future;
        }
        let span = u128::from(self.future_time - self.initial_time);
        let passed = u128::from(now.saturating_sub(self.initial_time));
        let change = u128::from(self.future.abs_diff(self.initial)) * passed / span;
        // At most the difference of two u64.
        let change = change as u64;
        if self.future > self.initial {
            self.initial + change
        } else {
            self.initial - change
        }
    }

    pub(super) fn ramp(&mut self, now: u64, future: u64, end: u64) -> Result<(), PoolError> {
        if self.initial_time > 0 && now < self.initial_time.saturating_add(MIN_RAMP_TIME) {
            return Err(PoolError::Ramp("less than a day since the last ramp began"));
        }
        if end < now.saturating_add(MIN_RAMP_TIME) {
            return Err(PoolError::Ramp("less than a day until its end"));
        }
        if future == 0 || future >= MAX_A * self.precision {
            return Err(PoolError::Ramp("A must be above 0 and below 10^6"));
        }
        let initial = self.at(now);
        let too_far = if future >= initial {
            future > initial * MAX_CHANGE
        } else {
            future * MAX_CHANGE < initial
        };
        if too_far {
            return Err(PoolError::Ramp("more than a factor of ten"));
        }
        *self = Self {
            precision: self.precision,
            initial,
            future,
            initial_time: now,
            future_time: end,
        };
        Ok(())
    }

    pub(super) fn stop(&mut self, now: u64) {
        let present = self.at(now);
        self.initial = present;
        self.future = present;
        self.initial_time = now;
        self.future_time = now;
    }
}

#[cfg(test)]
mod tests {
    use super::Amplification;

    const DAY: u64 = 86_400;

    #[test]
    fn the_ramp_is_linear_and_rounds_toward_where_it_began() {
        let mut a = Amplification::constant(100, 1).unwrap();
        a.ramp(10 * DAY, 200, 13 * DAY).unwrap();
        // By hand: 100 + 100 * 1 / 3 = 133.3, 100 + 100 * 2 / 3 = 166.7.
        let at = [10, 11, 12, 13, 20].map(|day| a.at(day * DAY));
        assert_eq!(at, [100, 133, 166, 200, 200]);
        a.ramp(20 * DAY, 100, 23 * DAY).unwrap();
        let at = [20, 21, 22, 23].map(|day| a.at(day * DAY));
        assert_eq!(at, [200, 167, 134, 100]);
        a.stop(21 * DAY);
        assert_eq!(a.at(30 * DAY), 167);
    }

    #[test]
    fn the_contract_forbids_fast_and_far_ramps() {
        let mut a = Amplification::constant(100, 1).unwrap();
        for (future, end) in [
            (200, 11 * DAY - 1),
            (1_001, 12 * DAY),
            (9, 12 * DAY),
            (0, 12 * DAY),
        ] {
            assert!(a.ramp(10 * DAY, future, end).is_err(), "{future} {end}");
        }
        a.ramp(10 * DAY, 1_000, 11 * DAY).unwrap();
        assert!(a.ramp(11 * DAY - 1, 500, 13 * DAY).is_err());
        a.ramp(11 * DAY, 100, 13 * DAY).unwrap();
    }

    #[test]
    fn wrong_values_are_refused_by_key() {
        for a in [0, 1_000_001] {
            assert_eq!(
                Amplification::constant(a, 1).unwrap_err().key,
                "amplification"
            );
        }
        assert_eq!(
            Amplification::constant(5, 7).unwrap_err().key,
            "a_precision"
        );
        assert!(Amplification::constant(100_000_000, 100).is_ok());
    }
}
