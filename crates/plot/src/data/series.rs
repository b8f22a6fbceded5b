//! Long series made short enough to draw, while they are read.

/// Points of a line, in seconds and the values' unit; a NaN is a gap.
pub type Points = Vec<(f64, f64)>;

/// Buckets of a thinned line. Each gives at most three points (lowest, highest, a gap), which keeps
/// a line below 5,000 points and finer than the pixels it is drawn on.
const BUCKETS: f64 = 1600.0;

/// Thins a series to the lowest and the highest value in each bucket of time, in their order, so
/// that no peak is lost. A bucket in which nothing exists becomes a gap.
#[derive(Clone, Debug)]
pub(crate) struct Thinner {
    start: f64,
    width: f64,
    bucket: f64,
    low: Option<(f64, f64)>,
    high: Option<(f64, f64)>,
    missing: Option<f64>,
    points: Points,
}

impl Thinner {
    pub(crate) fn new((start, end): (f64, f64)) -> Self {
        let width = ((end - start) / BUCKETS).max(1e-9);
        let (low, high, missing) = (None, None, None);
        Self {
            start,
            width,
            bucket: 0.0,
            low,
            high,
            missing,
            points: Vec::new(),
        }
    }

    /// The next value; times must not go back.
    pub(crate) fn push(&mut self, time: f64, value: f64) {
        let bucket = ((time - self.start) / self.width).floor();
        if bucket != self.bucket {
            self.close();
            self.bucket = bucket;
        }
        if !value.is_finite() {
            self.missing.get_or_insert(time);
            return;
        }
        if self.low.is_none_or(|(_, low)| value < low) {
            self.low = Some((time, value));
        }
        if self.high.is_none_or(|(_, high)| value > high) {
            self.high = Some((time, value));
        }
    }

    fn close(&mut self) {
        match (self.low.take(), self.high.take()) {
            (Some(a), Some(b)) if a == b => self.points.push(a),
            (Some(a), Some(b)) if a.0 <= b.0 => self.points.extend([a, b]),
            (Some(a), Some(b)) => self.points.extend([b, a]),
            _ => {
                let gap_before = self.points.last().is_none_or(|p| p.1.is_nan());
                if let (Some(time), false) = (self.missing, gap_before) {
                    self.points.push((time, f64::NAN));
                }
            }
        }
        self.missing = None;
    }

    pub(crate) fn finish(mut self) -> Points {
        self.close();
        self.points
    }
}

/// The values of a noisy series in one span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stat {
    /// The middle of the span.
    pub time: f64,
    /// The lowest value; NaN if there is none.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The highest value.
    pub high: f64,
}

/// Gathers the values of each bin; bins without any row are left out.
#[derive(Clone, Debug)]
pub(crate) struct Stats {
    bins: Bins,
    bin: usize,
    rows: usize,
    values: Vec<f64>,
    out: Vec<Stat>,
}

impl Stats {
    pub(crate) fn new(bins: Bins) -> Self {
        Self {
            bins,
            bin: 0,
            rows: 0,
            values: Vec::new(),
            out: Vec::new(),
        }
    }

    /// The next value; times must not go back.
    pub(crate) fn push(&mut self, time: f64, value: f64) {
        let bin = self.bins.of(time);
        if bin != self.bin {
            self.close();
            self.bin = bin;
        }
        self.rows += 1;
        if value.is_finite() {
            self.values.push(value);
        }
    }

    fn close(&mut self) {
        if self.rows > 0 {
            let (left, right) = self.bins.edges(self.bin);
            let median = firesale_record::metrics::median(&mut self.values).unwrap_or(f64::NAN);
            self.out.push(Stat {
                time: f64::midpoint(left, right),
                low: self.values.first().copied().unwrap_or(f64::NAN),
                median,
                high: self.values.last().copied().unwrap_or(f64::NAN),
            });
        }
        self.rows = 0;
        self.values.clear();
    }

    pub(crate) fn finish(mut self) -> Vec<Stat> {
        self.close();
        self.out
    }
}

/// Equal bins over the whole time of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// Left edge of the first.
    pub start: f64,
    /// Width of each, in seconds.
    pub width: f64,
    /// How many.
    pub count: usize,
}

/// Widths of bins that people count in.
const WIDTHS: [f64; 11] = [
    60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21_600.0, 43_200.0, 86_400.0,
];

impl Bins {
    /// Whole minutes, or the shortest round width that gives at most 400 bins.
    #[must_use]
    pub fn minutes((start, end): (f64, f64)) -> Self {
        let start = (start / 60.0).floor() * 60.0;
        let span = end - start;
        let round = WIDTHS.into_iter().find(|w| span / w <= 400.0);
        let width = round.unwrap_or_else(|| 86_400.0 * (span / 86_400.0 / 400.0).ceil());
        Self {
            start,
            width,
            count: (span / width).ceil().max(1.0) as usize,
        }
    }

    /// So many bins.
    #[must_use]
    pub fn fine((start, end): (f64, f64), count: usize) -> Self {
        Self {
            start,
            width: ((end - start) / count as f64).max(1e-9),
            count,
        }
    }

    /// The bin of a moment; what lies outside belongs to the first or the last.
    #[must_use]
    pub fn of(&self, time: f64) -> usize {
        let place = ((time - self.start) / self.width).floor().max(0.0);
        (place as usize).min(self.count.saturating_sub(1))
    }

    /// Left and right edge of a bin.
    #[must_use]
    pub fn edges(&self, bin: usize) -> (f64, f64) {
        let left = self.start + bin as f64 * self.width;
        (left, left + self.width)
    }

    /// The width in words.
    #[must_use]
    pub fn width_words(&self) -> String {
        let (seconds, minutes, hours) = (self.width, self.width / 60.0, self.width / 3600.0);
        match self.width {
            w if w < 60.0 => format!("{seconds:.0} seconds"),
            60.0 => "minute".to_owned(),
            w if w < 3600.0 => format!("{minutes:.0} minutes"),
            3600.0 => "hour".to_owned(),
            86_400.0 => "day".to_owned(),
            _ => format!("{hours:.0} hours"),
        }
    }
}

/// Sums of amounts by bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// The bins.
    pub bins: Bins,
    /// A sum for each.
    pub values: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(bins: Bins) -> Self {
        Self {
            bins,
            values: vec![0.0; bins.count],
        }
    }

    pub(crate) fn add(&mut self, time: f64, amount: f64) {
        if amount.is_finite() {
            self.values[self.bins.of(time)] += amount;
        }
    }

    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.values.iter().sum()
    }
}

/// The last value of each bin, carried over bins without one; for series that are added up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lasts {
    bins: Bins,
    values: Vec<f64>,
}

impl Lasts {
    pub(crate) fn new(bins: Bins) -> Self {
        Self {
            bins,
            values: vec![f64::NAN; bins.count],
        }
    }

    pub(crate) fn set(&mut self, time: f64, value: f64) {
        if value.is_finite() {
            self.values[self.bins.of(time)] = value;
        }
    }

    /// One value for each bin; NaN before the first.
    pub(crate) fn finish(self) -> Vec<f64> {
        let mut last = f64::NAN;
        let carried = self.values.into_iter().map(|value| {
            if value.is_finite() {
                last = value;
            }
            last
        });
        carried.collect()
    }
}

/// Adds series bin by bin; what is missing counts as nothing unless all are.
pub(crate) fn add_up<'a>(series: impl IntoIterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let mut total: Vec<f64> = Vec::new();
    for values in series {
        total.resize(total.len().max(values.len()), f64::NAN);
        for (sum, value) in total.iter_mut().zip(values) {
            *sum = match (sum.is_nan(), value.is_nan()) {
                (true, _) => *value,
                (_, true) => *sum,
                _ => *sum + value,
            };
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_series_stay_whole() {
        let mut thinner = Thinner::new((0.0, 1600.0));
        let points = [(0.0, 5.0), (0.5, 3.0), (7.0, 4.0)];
        points.iter().for_each(|p| thinner.push(p.0, p.1));
        assert_eq!(thinner.finish(), points);
    }

    #[test]
    fn long_series_keep_their_extremes_and_stay_short() {
        let mut thinner = Thinner::new((0.0, 100_000.0));
        let wave = |k: u32| libm::sin(f64::from(k) * 0.01) + f64::from(u8::from(k == 77_777)) * 9.0;
        (0..100_000).for_each(|k| thinner.push(f64::from(k), wave(k)));
        let points = thinner.finish();
        assert!(points.len() <= 5000, "{}", points.len());
        assert!(points.windows(2).all(|w| w[0].0 < w[1].0));
        let (high, low) = points
            .iter()
            .fold((f64::MIN, f64::MAX), |(h, l), p| (h.max(p.1), l.min(p.1)));
        let all = (0..100_000).map(wave);
        assert_eq!(high, all.clone().fold(f64::MIN, f64::max));
        assert_eq!(low, all.fold(f64::MAX, f64::min));
    }

    #[test]
    fn gaps_stay_gaps() {
        let mut thinner = Thinner::new((0.0, 1600.0));
        [
            (0.0, f64::NAN),
            (1.0, 1.0),
            (2.0, f64::NAN),
            (3.0, f64::NAN),
            (4.0, 2.0),
        ]
        .iter()
        .for_each(|p| thinner.push(p.0, p.1));
        let points = thinner.finish();
        assert_eq!(points.len(), 3);
        assert!(points[0].1 == 1.0 && points[1].1.is_nan() && points[2].1 == 2.0);
    }

    #[test]
    fn noisy_series_become_medians_with_extremes() {
        let mut stats = Stats::new(Bins::fine((0.0, 30.0), 3));
        for (time, value) in [(0.0, 5.0), (1.0, 1.0), (9.0, 2.0), (25.0, f64::NAN)] {
            stats.push(time, value);
        }
        let found = stats.finish();
        assert_eq!(
            found[0],
            Stat {
                time: 5.0,
                low: 1.0,
                median: 2.0,
                high: 5.0
            }
        );
        assert!(found.len() == 2 && found[1].median.is_nan() && found[1].time == 25.0);
    }

    #[test]
    fn bins_of_any_run() {
        let three_hours = Bins::minutes((0.0, 10_800.0));
        assert_eq!((three_hours.width, three_hours.count), (60.0, 180));
        assert_eq!(
            (
                three_hours.of(-5.0),
                three_hours.of(59.9),
                three_hours.of(1e9)
            ),
            (0, 0, 179)
        );
        assert_eq!(Bins::minutes((0.0, 0.0)).count, 1);
        let weeks = Bins::minutes((0.0, 14.0 * 86_400.0));
        assert_eq!(weeks.width_words(), "hour");
        assert!(Bins::minutes((0.0, 1e9)).count <= 400);
    }

    #[test]
    fn last_values_carry_over() {
        let mut lasts = Lasts::new(Bins::fine((0.0, 4.0), 4));
        lasts.set(1.2, 5.0);
        lasts.set(1.8, 6.0);
        lasts.set(3.0, f64::NAN);
        let values = lasts.finish();
        assert!(values[0].is_nan() && values[1..] == [6.0, 6.0, 6.0]);
        let sum = add_up([&values, &vec![1.0, 1.0, f64::NAN, 1.0]]);
        assert_eq!(sum, [1.0, 7.0, 6.0, 7.0]);
    }
}
