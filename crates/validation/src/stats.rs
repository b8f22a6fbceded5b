//! Summaries of samples, and the random streams of the checks.

use firesale_types::{AgentRng, Domain, RunSeed, StreamKey, hash64};

/// How many seeds a statistical row is measured with; its figure is the median over them.
pub(crate) const SEEDS: u64 = 10;

/// The stream of one cell of one check under one seed.
pub(crate) fn stream(check: &str, cell: u64, seed: u64) -> AgentRng {
    AgentRng::open(
        RunSeed(seed),
        StreamKey {
            domain: Domain::Validation,
            population: hash64(check.as_bytes()),
            index: cell,
            time_ns: 0,
        },
    )
}

/// The median; of an even number the mean of the middle two. NaN of nothing.
pub(crate) fn median(mut sample: Vec<f64>) -> f64 {
    sample.sort_by(f64::total_cmp);
    let middle = sample.len() / 2;
    match (sample.get(middle), sample.len() % 2) {
        (None, _) => f64::NAN,
        (Some(&x), 1) => x,
        (Some(&x), _) => (sample[middle - 1] + x) / 2.0,
    }
}

/// Kendall's rank correlation of two samples of equal length: of all pairs, those in the same order
/// less those in the opposite one.
pub(crate) fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    let sign = |difference: f64| f64::from(i8::from(difference > 0.0) - i8::from(difference < 0.0));
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (at, a) in points.iter().enumerate() {
        for b in &points[at + 1..] {
            sum += sign(b.0 - a.0) * sign(b.1 - a.1);
            pairs += 1.0;
        }
    }
    sum / pairs
}

/// Mean and variance of a growing sample (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    pub(crate) fn add(&mut self, x: f64) {
        self.count += 1;
        let before = x - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (x - self.mean);
    }

    pub(crate) const fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation, with n - 1.
    pub(crate) fn sd(&self) -> f64 {
        libm::sqrt(self.squares / (self.count as f64 - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(rank_correlation(&x, &[0.1, 0.2, 7.0, 9.0]), 1.0);
        assert_eq!(rank_correlation(&x, &[4.0, 3.0, 2.0, 1.0]), -1.0);
        // Of six pairs one is turned round.
        assert!((rank_correlation(&x, &[1.0, 3.0, 2.0, 4.0]) - 4.0 / 6.0).abs() < 1e-15);
        assert_eq!(rank_correlation(&x, &[5.0; 4]), 0.0);
        let mut moments = Moments::default();
        for x in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            moments.add(x);
        }
        assert!((moments.mean() - 5.0).abs() < 1e-15);
        assert!((moments.sd() - libm::sqrt(32.0 / 7.0)).abs() < 1e-15);
    }
}
