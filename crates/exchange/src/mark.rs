//! The price at which positions are valued, by the venue's rule.

use std::collections::VecDeque;

use firesale_types::{Price, Rate, Rounding, SimDuration, SimTime, mul_div, round_to_i64};
use serde::{Deserialize, Serialize};

use crate::MarkRule;
use crate::limits::MAX_PRICE;

/// Everything a mark rule may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources {
    /// The best bid and the best ask.
    pub(crate) best: [Option<Price>; 2],
    /// The last trade, or the initial price.
    pub(crate) last: Price,
    /// The index.
    pub(crate) index: Price,
    /// The mid price elsewhere, once it has been reported.
    pub(crate) other_mid: Option<Price>,
    /// The last funding rate per interval.
    pub(crate) funding_rate: Rate,
    /// The time to the next funding payment.
    pub(crate) to_funding: SimDuration,
    /// The time between funding payments; zero without funding.
    pub(crate) funding_interval: SimDuration,
    /// Whether the book is halted.
    pub(crate) halted: bool,
}

impl Sources {
    /// Twice the mid price minus twice the index.
    fn basis_doubled(&self) -> Option<i64> {
        let [bid, ask] = self.best;
        Some(bid?.0 + ask?.0 - 2 * self.index.0)
    }

    /// The median of best bid, best ask and last trade; of what exists, if a side is empty.
    fn own_price(&self) -> i64 {
        let [bid, ask] = self.best.map(|price| price.map(|p| p.0));
        median([bid, ask, Some(self.last.0)])
    }
}

/// The memory of a mark rule: what has been sampled at mark ticks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MarkMemory {
    mean: WindowMean,
    basis: Ema,
    own_price: Ema,
}

impl MarkMemory {
    /// Takes the samples of a mark tick. While the book is halted there is nothing to sample.
    pub(crate) fn sample(&mut self, rule: &MarkRule, now: SimTime, sources: &Sources) {
        if sources.halted {
            return;
        }
        match *rule {
            MarkRule::Last | MarkRule::Index | MarkRule::Scripted => {}
            MarkRule::MedianOfThree { window } => {
                self.mean.sample(now, window, sources.basis_doubled());
            }
            MarkRule::MedianWithEma { ema, short_ema } => {
                if let Some(basis) = sources.basis_doubled() {
                    self.basis.sample(now, ema, basis);
                }
                self.own_price
                    .sample(now, short_ema, 2 * sources.own_price());
            }
        }
    }

    /// The mark by the rule, or `None` if only a script sets it. While the book is halted it is the
    /// index, whatever the rule.
    pub(crate) fn mark(&self, rule: &MarkRule, sources: &Sources) -> Option<Price> {
        let mark = match *rule {
            MarkRule::Scripted => return None,
            _ if sources.halted => sources.index.0,
            MarkRule::Last => sources.last.0,
            MarkRule::Index => sources.index.0,
            MarkRule::MedianOfThree { .. } => self.median_of_three(sources),
            MarkRule::MedianWithEma { .. } => self.median_with_ema(sources),
        };
        Some(Price(mark.clamp(1, MAX_PRICE.0)))
    }

    /// Binance USD-M: the median of index * (1 + last funding rate * time to funding / interval),
    /// index + mean over the window of (mid - index), and the last trade. Without a sample in the
    /// window the median of the other two is their mean.
    fn median_of_three(&self, sources: &Sources) -> i64 {
        let index = sources.index.0;
        let with_basis = self.mean.doubled().map(|basis| halve(2 * index + basis));
        median([
            Some(with_funding(sources)),
            with_basis,
            Some(sources.last.0),
        ])
    }

    /// Hyperliquid: the median of index + EMA of (mid - index), the median of best bid, best ask
    /// and last trade, and the mid elsewhere. If exactly one is missing, the short EMA of the
    /// second joins.
    fn median_with_ema(&self, sources: &Sources) -> i64 {
        let smooth = self
            .basis
            .doubled()
            .map(|basis| halve(2 * sources.index.0 + basis));
        let own = Some(sources.own_price());
        let other = sources.other_mid.map(|price| price.0);
        let inputs = [smooth, own, other];
        if inputs.iter().flatten().count() == 2 {
            let substitute = self.own_price.doubled().map(halve);
            median([smooth, own, other, substitute])
        } else {
            median(inputs)
        }
    }
}

/// index * (1 + last funding rate * time to funding / interval).
fn with_funding(sources: &Sources) -> i64 {
    let interval = sources.funding_interval.0;
    if interval == 0 {
        return sources.index.0;
    }
    let left = sources.to_funding.0.clamp(0, interval);
    mul_div(sources.funding_rate.0, left, interval, Rounding::HalfEven)
        .and_then(|rate| mul_div(sources.index.0, rate, Rate::ONE.0, Rounding::HalfEven))
        .map_or(sources.index.0, |premium| sources.index.0 + premium)
}

/// The median of those that exist; of an even number the mean of the middle two, rounded down.
/// Without any it is zero, which no rule lets happen.
fn median<const N: usize>(inputs: [Option<i64>; N]) -> i64 {
    let mut values = [0_i64; N];
    let mut n = 0;
    for value in inputs.into_iter().flatten() {
        values[n] = value;
        n += 1;
    }
    let values = &mut values[..n];
    values.sort_unstable();
    match n {
        0 => 0,
        _ if n % 2 == 1 => values[n / 2],
        _ => (values[n / 2 - 1] + values[n / 2]).div_euclid(2),
    }
}

/// Half of a doubled price, to the nearest tick, a half to the even one.
fn halve(doubled: i64) -> i64 {
    doubled.div_euclid(2) + i64::from(doubled.rem_euclid(4) == 3)
}

/// The nearest quotient, a half to the even one; zero if the divisor is.
fn divide(numerator: i128, divisor: i128) -> i64 {
    if divisor == 0 {
        return 0;
    }
    let (floor, rest) = (numerator.div_euclid(divisor), numerator.rem_euclid(divisor));
    let up = 2 * rest > divisor || (2 * rest == divisor && floor & 1 != 0);
    (floor + i128::from(up)) as i64
}

/// The mean of equally spaced samples over a sliding window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct WindowMean {
    samples: VecDeque<(SimTime, i64)>,
    #[serde(with = "crate::wide")]
    sum: i128,
}

impl WindowMean {
    /// Forgets what is older than the window and takes a new sample, if there is one.
    fn sample(&mut self, now: SimTime, window: SimDuration, sample: Option<i64>) {
        while let Some(&(at, old)) = self.samples.front()
            && at + window <= now
        {
            self.sum -= i128::from(old);
            self.samples.pop_front();
        }
        if let Some(sample) = sample {
            self.samples.push_back((now, sample));
            self.sum += i128::from(sample);
        }
    }

    /// The mean of what was sampled (doubled values stay doubled).
    fn doubled(&self) -> Option<i64> {
        if self.samples.is_empty() {
            return None;
        }
        Some(divide(self.sum, self.samples.len() as i128))
    }
}

/// An exponential moving average over irregular samples, as Hyperliquid publishes it: at a sample
/// `x` after a time `t`, numerator <- numerator * exp(-t/tau) + x * t, and denominator <-
/// denominator * exp(-t/tau) + t; the average is their quotient.
///
/// Both are integers (nanoseconds, times the value); the decay is rounded to 2^-32.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ema {
    #[serde(with = "crate::wide")]
    numerator: i128,
    #[serde(with = "crate::wide")]
    denominator: i128,
    last: SimTime,
    /// The decay over the time it was last computed for.
    decay: (SimDuration, i64),
}

impl Ema {
    fn sample(&mut self, now: SimTime, tau: SimDuration, value: i64) {
        let t = SimDuration(now.since(self.last).0.max(1));
        self.last = now;
        if self.decay.0 != t {
            self.decay = (t, decay(t, tau));
        }
        let fade = |x: i128| (x * i128::from(self.decay.1)) >> 32;
        self.numerator = fade(self.numerator) + i128::from(value) * i128::from(t.0);
        self.denominator = fade(self.denominator) + i128::from(t.0);
    }

    fn doubled(&self) -> Option<i64> {
        (self.denominator > 0).then(|| divide(self.numerator, self.denominator))
    }
}

/// exp(-t / tau) in units of 2^-32.
fn decay(t: SimDuration, tau: SimDuration) -> i64 {
    let factor = libm::exp(-(t.0 as f64) / tau.0 as f64);
    round_to_i64(factor * 4_294_967_296.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRTY_SECONDS: SimDuration = SimDuration::secs(30);

    fn sources(bid: i64, ask: i64, last: i64, index: i64) -> Sources {
        Sources {
            best: [Some(Price(bid)), Some(Price(ask))],
            last: Price(last),
            index: Price(index),
            other_mid: None,
            funding_rate: Rate::ZERO,
            to_funding: SimDuration::ZERO,
            funding_interval: SimDuration::secs(8 * 3600),
            halted: false,
        }
    }

    #[test]
    fn medians() {
        assert_eq!(median([Some(3), Some(1), Some(2)]), 2);
        assert_eq!(median([Some(4), None, Some(1)]), 2);
        assert_eq!(median([None, None, Some(7)]), 7);
        assert_eq!(median([Some(-3), None, Some(0)]), -2);
        assert_eq!(
            [halve(3), halve(5), halve(4), halve(-3), halve(-1)],
            [2, 2, 2, -2, 0]
        );
    }

    #[test]
    fn last_and_halts() {
        let rule = MarkRule::Last;
        let memory = MarkMemory::default();
        let mut now = sources(99, 101, 105, 90);
        assert_eq!(memory.mark(&rule, &now), Some(Price(105)));
        now.halted = true;
        assert_eq!(memory.mark(&rule, &now), Some(Price(90)));
        assert_eq!(memory.mark(&MarkRule::Scripted, &now), None);
        now.halted = false;
        assert_eq!(memory.mark(&MarkRule::Index, &now), Some(Price(90)));
    }

    #[test]
    fn binance_by_hand() {
        let rule = MarkRule::MedianOfThree {
            window: THIRTY_SECONDS,
        };
        let mut memory = MarkMemory::default();
        // Three mids 10, 20 and 60 above the index: mean 30.
        for (second, basis) in [(1, 10), (2, 20), (3, 60)] {
            let at = sources(1000 + basis - 2, 1000 + basis + 2, 0, 1000);
            memory.sample(&rule, SimTime(second * 1_000_000_000), &at);
        }
        // Price 1: 1000 * (1 + 0.02 * 2h/8h) = 1005; price 2: 1030; last decides between.
        let mut now = sources(990, 1010, 1010, 1000);
        now.funding_rate = Rate::bps(200);
        now.to_funding = SimDuration::secs(2 * 3600);
        assert_eq!(memory.mark(&rule, &now), Some(Price(1010)));
        now.last = Price(2000);
        assert_eq!(memory.mark(&rule, &now), Some(Price(1030)));
        now.last = Price(1);
        assert_eq!(memory.mark(&rule, &now), Some(Price(1005)));
        // At 31.5 s the first sample has left the window: mean 40.
        let none = Sources {
            best: [None, Some(Price(1))],
            ..now
        };
        memory.sample(&rule, SimTime(31_500_000_000), &none);
        now.last = Price(2000);
        assert_eq!(memory.mark(&rule, &now), Some(Price(1040)));
        // With an empty window the mean of the other two decides.
        memory.sample(&rule, SimTime(90_000_000_000), &none);
        assert_eq!(memory.mark(&rule, &now), Some(Price((1005 + 2000) / 2)));
    }

    #[test]
    fn hyperliquid_by_hand() {
        let rule = MarkRule::MedianWithEma {
            ema: SimDuration::secs(150),
            short_ema: THIRTY_SECONDS,
        };
        let mut memory = MarkMemory::default();
        // A single sample is its own average: index + 8, and the other mid is missing, so the
        // short EMA of median(bid, ask, last) = 1007 joins: median of 1008, 1007, 1007.
        let now = sources(1006, 1010, 1007, 1000);
        memory.sample(&rule, SimTime(3_000_000_000), &now);
        assert_eq!(memory.mark(&rule, &now), Some(Price(1007)));
        // Now the index falls, the book does not: 958, 1007, and elsewhere 960.
        let moved = Sources {
            index: Price(950),
            other_mid: Some(Price(960)),
            ..now
        };
        assert_eq!(memory.mark(&rule, &moved), Some(Price(960)));
        // Before the first sample only the last trade, 950, and the mid elsewhere exist.
        let empty = Sources {
            best: [None, None],
            last: Price(950),
            ..moved
        };
        assert_eq!(MarkMemory::default().mark(&rule, &empty), Some(Price(955)));
    }

    #[test]
    fn ema_follows_its_formula() {
        let mut ema = Ema::default();
        let tau = SimDuration::secs(150);
        let (mut numerator, mut denominator, mut last) = (0.0, 0.0, 0.0);
        let mut time = 0.0;
        for step in 1..500_i64 {
            let t = if step % 7 == 0 { 10.0 } else { 3.0 };
            time += t;
            let value = 1_000_000 + (step * 7919) % 10_000 - if step > 250 { 80_000 } else { 0 };
            let fade = libm::exp(-t / 150.0);
            numerator = numerator * fade + value as f64 * t;
            denominator = denominator * fade + t;
            last = numerator / denominator;
            ema.sample(SimTime((time * 1e9) as i64), tau, value);
        }
        let ours = ema.doubled().unwrap() as f64;
        assert!((ours - last).abs() < 0.6, "{ours} against {last}");
    }
}
