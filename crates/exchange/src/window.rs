//! The highest value of a rolling window.

use std::collections::VecDeque;

use firesale_types::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

/// The highest of the values of the last while. The lowest is the highest of [`std::cmp::Reverse`].
///
/// Keeps only values that no later one reaches, so that each is added and dropped once: a value
/// costs O(1) on average.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WindowedMax<T> {
    /// Later ones are lower.
    falling: VecDeque<(SimTime, T)>,
}

impl<T> Default for WindowedMax<T> {
    fn default() -> Self {
        Self {
            falling: VecDeque::new(),
        }
    }
}

impl<T: Copy + Ord> WindowedMax<T> {
    /// Adds a value.
    pub(crate) fn push(&mut self, now: SimTime, value: T) {
        while self.falling.back().is_some_and(|&(_, last)| last <= value) {
            self.falling.pop_back();
        }
        self.falling.push_back((now, value));
    }

    /// The highest value younger than the window; values as old as it are forgotten.
    pub(crate) fn highest(&mut self, now: SimTime, window: SimDuration) -> Option<T> {
        let is_old = |&(at, _): &(SimTime, T)| now.since(at) >= window;
        while self.falling.front().is_some_and(is_old) {
            self.falling.pop_front();
        }
        self.falling.front().map(|&(_, highest)| highest)
    }

    pub(crate) fn clear(&mut self) {
        self.falling.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let mut values = WindowedMax::default();
        let mut at = |secs, value| {
            let now = SimTime::ZERO + SimDuration::secs(secs);
            values.push(now, value);
            values.highest(now, SimDuration::secs(10)).unwrap()
        };
        assert_eq!([at(0, 100), at(4, 70), at(9, 80)], [100, 100, 100]);
        // The 100 is ten seconds old; later the 80 is.
        assert_eq!([at(10, 60), at(18, 50), at(19, 55)], [80, 80, 60]);
    }

    proptest! {
        /// Against the naive twin: all values of the window, looked through.
        #[test]
        fn both_ends_are_those_of_a_scan(
            steps in prop::collection::vec((0_i64..5, -50_i64..50), 1..200),
            window in 1_i64..20,
        ) {
            let (mut highs, mut lows) = (WindowedMax::default(), WindowedMax::default());
            let (mut now, mut all) = (SimTime::ZERO, Vec::new());
            let window = SimDuration(window);
            for (pause, value) in steps {
                now += SimDuration(pause);
                highs.push(now, value);
                lows.push(now, Reverse(value));
                all.push((now, value));
                let recent = all.iter().filter(|(at, _)| now.since(*at) < window);
                let recent: Vec<i64> = recent.map(|(_, value)| *value).collect();
                prop_assert_eq!(highs.highest(now, window), recent.iter().copied().max());
                let lowest = recent.iter().copied().min();
                prop_assert_eq!(lows.highest(now, window).map(|low| low.0), lowest);
            }
        }
    }
}
