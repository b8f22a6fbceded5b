//! What the assets are worth: an exogenous process that no trade moves.
//!
//! Log values follow a correlated jump diffusion: one common factor, an own part for each asset, rare
//! jumps, and a two-state regime (calm, stress) that multiplies volatility. News shifts the value of
//! each asset by a stated fraction over a stated ramp; nothing else in a run moves prices from
//! outside.

use bevy_ecs::prelude::Resource;
use firesale_types::{
    AgentRng, Domain, RunSeed, SimDuration, SimTime, StreamKey, exponential, normal,
};
use serde::{Deserialize, Serialize};

const SECONDS_PER_YEAR: f64 = 365.0 * 86_400.0;

/// The value process of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FundamentalConfig {
    /// Dollars per unit at the start.
    pub price: f64,
    /// Volatility per year, all parts together.
    pub volatility: f64,
    /// Correlation with the common factor.
    pub correlation: f64,
    /// Jumps per day.
    pub jumps_per_day: f64,
    /// Standard deviation of the log size of a jump.
    pub jump_size: f64,
}

/// Switching between calm and stress.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeConfig {
    /// Mean time in calm; zero means always calm.
    pub calm: SimDuration,
    /// Mean time in stress.
    pub stress: SimDuration,
    /// Factor on volatility in stress.
    pub volatility_factor: f64,
}

/// A piece of news: each asset's value moves by its fraction, evenly in logarithms, over the ramp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// When it becomes known.
    pub at: SimTime,
    /// How long the world needs to price it in.
    pub ramp: SimDuration,
    /// The fraction by which each asset's value changes, by asset id.
    pub jump: Vec<f64>,
    /// What it says.
    pub label: String,
}

/// The values now.
#[derive(Clone, Debug, Resource, Serialize, Deserialize)]
pub struct Fundamentals {
    configs: Vec<FundamentalConfig>,
    regime: RegimeConfig,
    news: Vec<News>,
    seed: RunSeed,
    log_value: Vec<f64>,
    stressed: bool,
    next_switch: SimTime,
    now: SimTime,
    step: SimDuration,
    /// What claims on issuers are worth, by asset; empty without issuers.
    claims: Vec<Option<f64>>,
}

impl Fundamentals {
    /// The process at time zero.
    #[must_use]
    pub fn new(
        configs: Vec<FundamentalConfig>,
        regime: RegimeConfig,
        news: Vec<News>,
        seed: RunSeed,
    ) -> Self {
        let log_value = configs.iter().map(|c| libm::log(c.price)).collect();
        let mut this = Self {
            configs,
            regime,
            news,
            seed,
            log_value,
            stressed: false,
            next_switch: SimTime::MAX,
            now: SimTime::ZERO,
            step: SimDuration::secs(1),
            claims: Vec::new(),
        };
        if this.regime.calm > SimDuration::ZERO {
            this.next_switch = SimTime::ZERO + this.stay(SimTime::ZERO);
        }
        this
    }

    fn stream(&self, index: u64, at: SimTime) -> AgentRng {
        let key = StreamKey {
            domain: Domain::Fundamental,
            population: 0,
            index,
            time_ns: at.0,
        };
        AgentRng::open(self.seed, key)
    }

    fn stay(&self, at: SimTime) -> SimDuration {
        let mean = if self.stressed {
            self.regime.stress
        } else {
            self.regime.calm
        };
        SimDuration::from_secs_f64(exponential(&mut self.stream(u64::MAX, at), mean.seconds()))
    }

    /// Advances to `to` in whole seconds; a second's draws depend on that second alone.
    pub fn advance(&mut self, to: SimTime) {
        while self.now + self.step <= to {
            self.now += self.step;
            self.one_step();
        }
    }

    fn one_step(&mut self) {
        if self.now >= self.next_switch {
            self.stressed = !self.stressed;
            self.next_switch = self.now + self.stay(self.now);
        }
        let factor = if self.stressed {
            self.regime.volatility_factor
        } else {
            1.0
        };
        let dt = self.step.seconds() / SECONDS_PER_YEAR;
        let common = normal(&mut self.stream(u64::MAX - 1, self.now));
        for i in 0..self.configs.len() {
            let c = self.configs[i];
            let mut rng = self.stream(i as u64, self.now);
            let own = normal(&mut rng);
            let z = c.correlation * common + libm::sqrt(1.0 - c.correlation * c.correlation) * own;
            let sigma = c.volatility * factor;
            self.log_value[i] += sigma * libm::sqrt(dt) * z - 0.5 * sigma * sigma * dt;
            if c.jumps_per_day > 0.0 && rng.chance(c.jumps_per_day * self.step.seconds() / 86_400.0)
            {
                self.log_value[i] += c.jump_size * normal(&mut rng);
            }
        }
        for news in &self.news {
            let since = self.now.since(news.at).0;
            let ramp = news.ramp.0.max(self.step.0);
            if since > 0 && since <= ramp {
                let share = self.step.0.min(since) as f64 / ramp as f64;
                for (log_value, jump) in self.log_value.iter_mut().zip(&news.jump) {
                    *log_value += libm::log1p(*jump) * share;
                }
            }
        }
    }

    /// The value of an asset in dollars per unit: of a claim on an issuer what the public knows it to
    /// be worth.
    #[inline]
    #[must_use]
    pub fn value(&self, asset: usize) -> f64 {
        match self.claims.get(asset) {
            Some(Some(worth)) => *worth,
            _ => libm::exp(self.log_value[asset]),
        }
    }

    /// Says what a claim on an issuer is worth from now on.
    pub(crate) fn set_claim(&mut self, asset: usize, worth: f64) {
        self.claims.resize(self.log_value.len(), None);
        self.claims[asset] = Some(worth.max(1e-9));
    }

    /// The share of the news that is out, and when the latest piece became known.
    #[must_use]
    pub fn latest_news(&self, now: SimTime) -> Option<&News> {
        self.news
            .iter()
            .filter(|n| n.at <= now)
            .max_by_key(|n| n.at)
    }

    /// Whether the regime is stress.
    #[must_use]
    pub const fn stressed(&self) -> bool {
        self.stressed
    }

    /// Bits of the state, for the digest.
    pub fn bits(&self) -> impl Iterator<Item = u64> + '_ {
        self.log_value.iter().map(|v| v.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(volatility: f64, correlation: f64) -> FundamentalConfig {
        FundamentalConfig {
            price: 100.0,
            volatility,
            correlation,
            jumps_per_day: 0.0,
            jump_size: 0.0,
        }
    }

    const CALM: RegimeConfig = RegimeConfig {
        calm: SimDuration::ZERO,
        stress: SimDuration::ZERO,
        volatility_factor: 1.0,
    };

    #[test]
    fn news_moves_by_exactly_its_fraction() {
        let news = News {
            at: SimTime(10_500_000_000),
            ramp: SimDuration::secs(60),
            jump: vec![-0.03],
            label: String::new(),
        };
        let mut f = Fundamentals::new(vec![config(0.0, 0.0)], CALM, vec![news], RunSeed(1));
        f.advance(SimTime(10_000_000_000));
        assert_eq!(f.value(0), libm::exp(libm::log(100.0)));
        f.advance(SimTime(200_000_000_000));
        assert!((f.value(0) - 97.0).abs() < 0.05, "{}", f.value(0));
    }

    #[test]
    fn volatility_and_correlation_are_as_configured() {
        let configs = vec![config(0.5, 0.8), config(0.8, 0.6)];
        let mut f = Fundamentals::new(configs, CALM, vec![], RunSeed(5));
        let n = 100_000_i64;
        let (mut last, mut sums) = ([f.value(0), f.value(1)], [0.0; 3]);
        for s in 1..=n {
            f.advance(SimTime(s * 1_000_000_000));
            let now = [f.value(0), f.value(1)];
            let r = [libm::log(now[0] / last[0]), libm::log(now[1] / last[1])];
            sums[0] += r[0] * r[0];
            sums[1] += r[1] * r[1];
            sums[2] += r[0] * r[1];
            last = now;
        }
        let annual = |s: f64| libm::sqrt(s / n as f64 * SECONDS_PER_YEAR);
        assert!((annual(sums[0]) - 0.5).abs() < 0.01);
        assert!((annual(sums[1]) - 0.8).abs() < 0.02);
        let correlation = sums[2] / libm::sqrt(sums[0] * sums[1]);
        assert!((correlation - 0.48).abs() < 0.02, "{correlation}");
    }
}
