//! Simulated time: whole nanoseconds, no calendar.

use serde::{Deserialize, Serialize};

/// A moment, in nanoseconds since the scenario's start.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(pub i64);

/// A span of simulated time in nanoseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimDuration(pub i64);

impl SimTime {
    /// The scenario's start.
    pub const ZERO: Self = Self(0);
    /// Later than any moment of a run.
    pub const MAX: Self = Self(i64::MAX);

    /// Seconds since the start, for decisions, statistics and charts.
    #[inline]
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span since `earlier` (negative if it is later).
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0 - earlier.0)
    }

    /// The first moment that is a multiple of `period` after `phase` and not before `self`.
    #[inline]
    #[must_use]
    pub fn next_multiple(self, period: SimDuration, phase: SimDuration) -> Self {
        let past = (self.0 - phase.0).rem_euclid(period.0);
        if past == 0 {
            self
        } else {
            Self(self.0 - past + period.0)
        }
    }
}

impl SimDuration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// Whole nanoseconds.
    #[must_use]
    pub const fn nanos(n: i64) -> Self {
        Self(n)
    }

    /// Whole microseconds.
    #[must_use]
    pub const fn micros(n: i64) -> Self {
        Self(n * 1_000)
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn millis(n: i64) -> Self {
        Self(n * 1_000_000)
    }

    /// Whole seconds.
    #[must_use]
    pub const fn secs(n: i64) -> Self {
        Self(n * 1_000_000_000)
    }

    /// The nearest nanosecond; a span that is not finite or too long becomes the longest span.
    #[inline]
    #[must_use]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self(
            crate::round_to_i64(seconds * 1e9)
                .unwrap_or(i64::MAX / 4)
                .min(i64::MAX / 4),
        )
    }

    /// Seconds, for decisions, statistics and charts.
    #[inline]
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span `n` times.
    #[must_use]
    pub const fn times(self, n: i64) -> Self {
        Self(self.0 * n)
    }
}

impl std::ops::Add<SimDuration> for SimTime {
    type Output = Self;
    #[inline]
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<SimDuration> for SimTime {
    type Output = Self;
    #[inline]
    fn sub(self, span: SimDuration) -> Self {
        Self(self.0 - span.0)
    }
}

impl std::ops::AddAssign<SimDuration> for SimTime {
    #[inline]
    fn add_assign(&mut self, span: SimDuration) {
        *self = *self + span;
    }
}

impl std::ops::Add for SimDuration {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_keep_their_phase() {
        let (period, phase) = (SimDuration::secs(8), SimDuration::secs(3));
        let at = |s: i64| {
            SimTime(s * 1_000_000_000)
                .next_multiple(period, phase)
                .seconds()
        };
        assert_eq!(
            [at(0), at(3), at(4), at(11), at(12)],
            [3.0, 3.0, 11.0, 11.0, 19.0]
        );
    }
}
