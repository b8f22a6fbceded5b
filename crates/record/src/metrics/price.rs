//! Falls and recoveries of a price.

use std::collections::VecDeque;

/// The fall of a price below a reference, and its recovery, within one window.
///
/// Feed it the prices of the window in order of time. With reference `p0` (for a crash: the last
/// price before the news), lowest price `low` and last price `end`:
///
/// * `drawdown_frac = 1 - low / p0`
/// * `retrace_frac = (end - low) / (p0 - low)`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceFall {
    reference: f64,
    low: f64,
    last: f64,
}

impl PriceFall {
    /// Of a window that starts at the reference price.
    #[must_use]
    pub const fn new(reference: f64) -> Self {
        Self {
            reference,
            low: f64::NAN,
            last: f64::NAN,
        }
    }

    /// The next price.
    #[inline]
    pub fn push(&mut self, price: f64) {
        if price.is_finite() {
            self.low = self.low.min(price);
            self.last = price;
        }
    }

    /// The lowest price.
    #[must_use]
    pub fn low(&self) -> Option<f64> {
        finite(self.low)
    }

    /// `1 - low / reference`: 0.1 is a fall of a tenth, negative if the price never fell below
    /// the reference.
    #[must_use]
    pub fn drawdown_frac(&self) -> Option<f64> {
        finite(1.0 - self.low / self.reference)
    }

    /// `(end - low) / (reference - low)`: 0 at the low, 1 back at the reference; none if the price
    /// never fell below the reference.
    #[must_use]
    pub fn retrace_frac(&self) -> Option<f64> {
        if self.low < self.reference {
            finite((self.last - self.low) / (self.reference - self.low))
        } else {
            None
        }
    }
}

/// The largest fall between two moments at most `window_ns` apart:
/// `max over s <= t <= s + window of 1 - p(t) / p(s)`; 0 if the price never fell.
#[derive(Clone, Debug, PartialEq)]
pub struct FastestDrop {
    window_ns: i64,
    /// Candidates for the high, time ascending and price descending.
    highs: VecDeque<(i64, f64)>,
    drop: Option<f64>,
}

impl FastestDrop {
    /// With the longest time that a fall may take.
    #[must_use]
    pub const fn new(window_ns: i64) -> Self {
        Self {
            window_ns,
            highs: VecDeque::new(),
            drop: None,
        }
    }

    /// The next price; times must not go back.
    #[inline]
    pub fn push(&mut self, time_ns: i64, price: f64) {
        if !price.is_finite() || price <= 0.0 {
            return;
        }
        while self.highs.back().is_some_and(|&(_, high)| high <= price) {
            self.highs.pop_back();
        }
        self.highs.push_back((time_ns, price));
        while self
            .highs
            .front()
            .is_some_and(|&(at, _)| time_ns - at > self.window_ns)
        {
            self.highs.pop_front();
        }
        let high = self.highs.front().map_or(price, |&(_, high)| high);
        let drop = 1.0 - price / high;
        self.drop = Some(self.drop.map_or(drop, |before| before.max(drop)));
    }

    /// The fall as a fraction; none without a price.
    #[must_use]
    pub const fn drop_frac(&self) -> Option<f64> {
        self.drop
    }
}

pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fall_by_hand() {
        let mut fall = PriceFall::new(100.0);
        assert_eq!(fall.drawdown_frac(), None);
        for price in [98.0, f64::NAN, 80.0, 90.0] {
            fall.push(price);
        }
        assert_eq!(fall.low(), Some(80.0));
        assert!((fall.drawdown_frac().unwrap() - 0.2).abs() < 1e-12);
        assert!((fall.retrace_frac().unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn without_a_fall_there_is_nothing_to_retrace() {
        let mut fall = PriceFall::new(100.0);
        fall.push(110.0);
        assert!((fall.drawdown_frac().unwrap() + 0.1).abs() < 1e-12);
        assert_eq!(fall.retrace_frac(), None);
        let mut empty = PriceFall::new(f64::NAN);
        empty.push(1.0);
        assert_eq!((empty.drawdown_frac(), empty.retrace_frac()), (None, None));
    }

    #[test]
    fn the_fastest_drop_forgets_old_highs() {
        let mut drop = FastestDrop::new(30);
        assert_eq!(drop.drop_frac(), None);
        for (time, price) in [(0, 100.0), (31, 90.0), (40, 81.0), (100, 50.0)] {
            drop.push(time, price);
        }
        assert!((drop.drop_frac().unwrap() - 0.1).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_fastest_drop_equals_all_pairs(
            path in prop::collection::vec((0i64..20, 1.0f64..100.0), 1..60),
            window in 0i64..100,
        ) {
            let mut time = 0;
            let mut drop = FastestDrop::new(window);
            let mut points: Vec<(i64, f64)> = Vec::new();
            let mut naive = 0.0f64;
            for (step, price) in path {
                time += step;
                drop.push(time, price);
                points.push((time, price));
                for &(at, high) in &points {
                    if time - at <= window {
                        naive = naive.max(1.0 - price / high);
                    }
                }
                prop_assert_eq!(drop.drop_frac(), Some(naive));
            }
        }
    }
}
