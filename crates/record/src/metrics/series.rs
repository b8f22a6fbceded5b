//! Figures of a series over bins of time.

use super::price::finite;

/// The largest sum in one bin of simulated time; bins are `[0, w)`, `[w, 2w)`, ... from the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakBin {
    width_ns: i64,
    bin: i64,
    sum: f64,
    peak: f64,
}

impl PeakBin {
    /// With bins of this width, which must be positive.
    ///
    /// # Panics
    /// If the width is not positive.
    #[must_use]
    pub const fn new(width_ns: i64) -> Self {
        assert!(width_ns > 0, "a bin has a width");
        Self {
            width_ns,
            bin: 0,
            sum: 0.0,
            peak: 0.0,
        }
    }

    /// The next amount; times must not go back.
    #[inline]
    pub fn push(&mut self, time_ns: i64, amount: f64) {
        let bin = time_ns.div_euclid(self.width_ns);
        if bin != self.bin {
            self.bin = bin;
            self.sum = 0.0;
        }
        self.sum += amount;
        self.peak = self.peak.max(self.sum);
    }

    /// The largest sum of a bin; 0 if nothing was pushed. While amounts may be negative this is
    /// the largest partial sum.
    #[must_use]
    pub const fn peak(&self) -> f64 {
        self.peak
    }
}

/// Which end of the bins counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest median.
    Lowest,
    /// The largest median.
    Highest,
}

/// The worst bin after an event against the time before it.
///
/// Over the bins `[event + k * bin_ns, event + (k + 1) * bin_ns)`, the lowest or highest median of
/// the series, divided by the median over `[event - before_ns, event)`. With bins of a minute and
/// an hour before, this is `depth_min_over_pre` and `spread_max_over_pre`. A value that is missing
/// counts as `missing` (an empty book has depth 0) or, if that is `None`, not at all.
///
/// None if nothing was measured before or after, or the median before is 0.
#[must_use]
pub fn extreme_over_before(
    series: &[(i64, f64)],
    event_ns: i64,
    before_ns: i64,
    bin_ns: i64,
    extreme: Extreme,
    missing: Option<f64>,
) -> Option<f64> {
    let value = |v: f64| if v.is_finite() { Some(v) } else { missing };
    let within = |from: i64, to: i64| {
        let start = series.partition_point(|&(t, _)| t < from);
        let end = series.partition_point(|&(t, _)| t < to);
        series[start..end.max(start)]
            .iter()
            .filter_map(|&(_, v)| value(v))
            .collect::<Vec<f64>>()
    };
    let before = median(&mut within(event_ns.saturating_sub(before_ns), event_ns))?;
    let last = series.last()?.0;
    let mut worst: Option<f64> = None;
    let mut from = event_ns;
    while from <= last {
        let to = from.saturating_add(bin_ns.max(1));
        if let Some(m) = median(&mut within(from, to)) {
            worst = Some(match (worst, extreme) {
                (None, _) => m,
                (Some(w), Extreme::Lowest) => w.min(m),
                (Some(w), Extreme::Highest) => w.max(m),
            });
        }
        from = to;
    }
    finite(worst? / before)
}

/// The median; the mean of the two middle values if their number is even. Sorts the slice.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[n / 2]),
        _ => Some(f64::midpoint(values[n / 2 - 1], values[n / 2])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_minute_by_hand() {
        let mut peak = PeakBin::new(60);
        assert_eq!(peak.peak(), 0.0);
        for (time, amount) in [(1, 5.0), (59, 5.0), (60, 7.0), (119, 2.0), (500, 8.0)] {
            peak.push(time, amount);
        }
        assert_eq!(peak.peak(), 10.0);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn the_worst_minute_against_the_hour_before() {
        // Before: median of 8, 10, 12 = 10. Bins of 60 from 100: {4, 2, missing}, {9}.
        let series = [
            (-70, 99.0),
            (0, 8.0),
            (50, 10.0),
            (99, 12.0),
            (100, 4.0),
            (120, 2.0),
            (159, f64::NAN),
            (160, 9.0),
        ];
        let depth = |missing| extreme_over_before(&series, 100, 100, 60, Extreme::Lowest, missing);
        assert_eq!(depth(None), Some(0.3));
        assert_eq!(depth(Some(0.0)), Some(0.2));
        let highest = extreme_over_before(&series, 100, 100, 60, Extreme::Highest, None);
        assert_eq!(highest, Some(0.9));
        assert_eq!(
            extreme_over_before(&series, -70, 100, 60, Extreme::Lowest, None),
            None
        );
        assert_eq!(
            extreme_over_before(&series, 900, 10_000, 60, Extreme::Lowest, None),
            None
        );
        assert_eq!(
            extreme_over_before(&[], 0, 1, 1, Extreme::Lowest, None),
            None
        );
    }
}
