//! Initial margin that follows volatility.

use firesale_types::{Price, Rate, Rounding, SimDuration, mul_div, normal_quantile};
use serde::{Deserialize, Serialize};

use crate::MarginModelConfig;

/// Billionths in one.
const ONE: i128 = Rate::ONE.0 as i128;

/// The volatility of one instrument from settlement to settlement, exponentially weighted:
/// variance <- decay * variance + (1 - decay) * return^2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginModel {
    /// In squared billionths, for one settlement period.
    #[serde(with = "crate::wide")]
    variance: i128,
    /// The last settlement price.
    last: Price,
}

impl MarginModel {
    /// A model that has observed nothing.
    #[must_use]
    pub fn new(volatility: Rate, price: Price) -> Self {
        let volatility = i128::from(volatility.0);
        Self {
            variance: volatility * volatility,
            last: price,
        }
    }

    /// The next settlement price. A price that more than doubles counts as one that doubles.
    pub fn observe(&mut self, price: Price, rules: &MarginModelConfig) {
        let change = (price - self.last).0;
        let moved = mul_div(change, Rate::ONE.0, self.last.0.max(1), Rounding::HalfEven);
        let moved = i128::from(moved.unwrap_or(Rate::ONE.0)).clamp(-ONE, ONE);
        let decay = i128::from(rules.decay.0);
        self.variance = (decay * self.variance + (ONE - decay) * moved * moved) / ONE;
        self.last = price;
    }

    /// The rate of initial margin: volatility over the close-out period, times the normal quantile
    /// of the confidence, times one plus the buffer, not below the floor, not above 1. Each step is
    /// rounded up.
    #[must_use]
    pub fn rate(&self, rules: &MarginModelConfig, period: SimDuration) -> Rate {
        let times = |a: i128, b: i128| (a * b + ONE - 1) / ONE;
        let periods = i128::from(rules.close_out.0) * ONE * ONE / i128::from(period.0.max(1));
        let quantile = Rate::from_f64(normal_quantile(rules.confidence.to_f64()));
        let quantile = quantile.map_or(ONE, |z| i128::from(z.0));
        let over_close_out = times(root_up(self.variance), root_up(periods));
        let covered = times(over_close_out.min(ONE), quantile);
        let buffered = times(covered, ONE + i128::from(rules.buffer.0));
        let rate = buffered.max(i128::from(rules.floor.0)).min(ONE);
        Rate(rate as i64)
    }
}

/// The square root, rounded up.
fn root_up(x: i128) -> i128 {
    let root = x.max(0).isqrt();
    root + i128::from(root * root < x)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SimDuration = SimDuration::secs(86_400);

    #[test]
    fn by_hand() {
        let rules = MarginModelConfig {
            decay: Rate::bps(9400),
            ..MarginModelConfig::default()
        };
        let mut model = MarginModel::new(Rate::bps(300), Price(1000));
        // 3% * sqrt(2) * 2.326347874 * 1.25 = 12.3373%.
        let rate = model.rate(&rules, DAY).0;
        assert_eq!(rate / 100, 1_233_732, "{rate}");
        // After a fall of 10%: sqrt(0.94 * 0.0009 + 0.06 * 0.01) = 3.802631% a day, 15.63809%.
        model.observe(Price(900), &rules);
        assert_eq!(model.variance, 1_446_000_000_000_000);
        let rate = model.rate(&rules, DAY).0;
        assert_eq!(rate / 100, 1_563_809, "{rate}");
        // Settled four times a day the same volatility is for a quarter of a day: twice as much.
        let quarter = model.rate(&rules, SimDuration::secs(21_600)).0;
        assert!((quarter - 2 * rate).abs() <= 8, "{quarter}");
    }

    #[test]
    fn calm_ends_at_the_floor_and_chaos_at_everything() {
        let rules = MarginModelConfig::default();
        let mut model = MarginModel::new(Rate::bps(300), Price(1000));
        for _ in 0..1000 {
            model.observe(Price(1000), &rules);
        }
        assert_eq!(model.rate(&rules, DAY), rules.floor);
        for price in [1, 1 << 40, 1, 1 << 40] {
            model.observe(Price(price), &rules);
        }
        assert!(model.rate(&rules, DAY) > Rate::bps(9000));
        for _ in 0..100 {
            model.observe(Price(1), &rules);
            model.observe(Price(1 << 40), &rules);
        }
        assert_eq!(model.rate(&rules, DAY), Rate::ONE);
    }

    /// The share of normal moves over the close-out period beyond the margin is what it should be.
    #[test]
    fn ninety_nine_percent_are_covered() {
        let rules = MarginModelConfig {
            buffer: Rate::ZERO,
            floor: Rate::ZERO,
            close_out: DAY,
            ..MarginModelConfig::default()
        };
        let margin = MarginModel::new(Rate::bps(300), Price(1)).rate(&rules, DAY);
        let key = firesale_types::StreamKey {
            domain: firesale_types::Domain::Validation,
            population: 0,
            index: 0,
            time_ns: 0,
        };
        let mut rng = firesale_types::AgentRng::open(firesale_types::RunSeed(1), key);
        let n = 200_000;
        let beyond = (0..n)
            .filter(|_| 0.03 * firesale_types::normal(&mut rng) < -margin.to_f64())
            .count();
        // One percent of 200,000 is 2,000, its standard deviation 44.5.
        assert!((1_850..2_150).contains(&beyond), "{beyond}");
    }
}
