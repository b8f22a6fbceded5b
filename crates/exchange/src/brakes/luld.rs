//! Limit up, limit down: the reference, the bands, and the limit state of one instrument.

use std::collections::VecDeque;

use firesale_types::{Price, Rate, Rounding, SimDuration, SimTime, mul_div};
use serde::{Deserialize, Serialize};

use crate::LuldConfig;
use crate::limits::MAX_PRICE;
use crate::triggers::Direction;

/// What a look at the quotes found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitState {
    /// No quote stands at the band.
    Out,
    /// One has just come to it: look again at this moment.
    Began(SimTime),
    /// It stands there, not yet long enough.
    Lasting,
    /// It has stood there long enough.
    Over(Direction),
}

/// The bands of one instrument.
///
/// The reference is the mean of the trades of the window, but moves only by at least the step and
/// not sooner than the hold. Without a trade in the window it stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Luld {
    /// Half-width over the reference.
    width: Rate,
    reference: Price,
    /// Since when it is in force.
    since: SimTime,
    /// Trades of the window: moment, how many, and the sum of their prices.
    trades: VecDeque<(SimTime, i64, i64)>,
    count: i64,
    #[serde(with = "crate::wide")]
    sum: i128,
    /// The limit state: since when, and at which band.
    limit: Option<(SimTime, Direction)>,
    /// The bands in force.
    pub(crate) bands: (Price, Price),
}

impl Luld {
    pub(crate) fn new(width: Rate, reference: Price) -> Self {
        let mut new = Self {
            width,
            reference,
            since: SimTime::ZERO,
            trades: VecDeque::new(),
            count: 0,
            sum: 0,
            limit: None,
            bands: (Price(1), MAX_PRICE),
        };
        new.bands = new.bands_at(false);
        new
    }

    /// A trade in the open book.
    pub(crate) fn trade(&mut self, now: SimTime, price: Price) {
        match self.trades.back_mut() {
            Some((at, count, sum)) if *at == now && *sum < i64::MAX / 2 => {
                *count += 1;
                *sum += price.0;
            }
            _ => self.trades.push_back((now, 1, price.0)),
        }
        self.count += 1;
        self.sum += i128::from(price.0);
    }

    /// Follows the mean if it is due, and sets the bands. Returns whether they changed.
    pub(crate) fn refresh(&mut self, rules: &LuldConfig, now: SimTime, time: SimDuration) -> bool {
        while let Some(&(at, count, sum)) = self.trades.front()
            && now.since(at) >= rules.window
        {
            self.trades.pop_front();
            self.count -= count;
            self.sum -= i128::from(sum);
        }
        if let Some(mean) = self.mean()
            && now.since(self.since) >= rules.hold
        {
            let moved = i128::from((mean.0 - self.reference.0).abs()) * i128::from(Rate::ONE.0);
            if moved >= i128::from(rules.step.0) * i128::from(self.reference.0) {
                (self.reference, self.since) = (mean, now);
            }
        }
        let doubled = rules.doubled.iter();
        let doubled = doubled.clone().any(|&(from, to)| from <= time && time < to);
        let bands = self.bands_at(doubled);
        std::mem::replace(&mut self.bands, bands) != bands
    }

    /// The mean of the window's trades to the nearest tick, the pro-forma reference.
    fn mean(&self) -> Option<Price> {
        let count = i128::from(self.count);
        let mean = (2 * self.sum + count).div_euclid((2 * count).max(1));
        (count > 0).then_some(Price(mean as i64))
    }

    /// Reference less and plus the width, to the nearest tick.
    fn bands_at(&self, doubled: bool) -> (Price, Price) {
        let width = self.width.0 * if doubled { 2 } else { 1 };
        let half = mul_div(self.reference.0, width, Rate::ONE.0, Rounding::HalfEven);
        let half = half.unwrap_or(self.reference.0);
        let high = self.reference.0.saturating_add(half).min(MAX_PRICE.0);
        (Price((self.reference.0 - half).max(1)), Price(high))
    }

    /// Best bid and ask after something changed. The best ask at the lower band or beyond is a
    /// limit state, and the best bid at the upper band; with `straddle` also a side without any
    /// quote inside the band.
    pub(crate) fn look(
        &mut self,
        rules: &LuldConfig,
        now: SimTime,
        [bid, ask]: [Option<Price>; 2],
    ) -> LimitState {
        let (low, high) = self.bands;
        let no_bid = rules.straddle && bid.is_none_or(|bid| bid < low) && ask.is_some();
        let no_ask = rules.straddle && ask.is_none_or(|ask| ask > high) && bid.is_some();
        let at = if ask.is_some_and(|ask| ask <= low) || no_bid {
            Some(Direction::Falling)
        } else if bid.is_some_and(|bid| bid >= high) || no_ask {
            Some(Direction::Rising)
        } else {
            None
        };
        let Some(at) = at else {
            self.limit = None;
            return LimitState::Out;
        };
        match self.limit {
            Some((since, before)) if before == at => {
                if now.since(since) >= rules.limit_state {
                    LimitState::Over(at)
                } else {
                    LimitState::Lasting
                }
            }
            _ => {
                self.limit = Some((now, at));
                LimitState::Began(now + rules.limit_state)
            }
        }
    }

    /// The book halts: whatever state it was in is over.
    pub(crate) fn halted(&mut self) {
        self.limit = None;
    }

    /// The book has reopened: its price is the new reference, and earlier trades are forgotten.
    pub(crate) fn reopened(&mut self, now: SimTime, price: Price) {
        self.trades.clear();
        (self.count, self.sum) = (0, 0);
        (self.reference, self.since) = (price, now);
        self.bands = self.bands_at(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> SimTime {
        SimTime(seconds * SECOND)
    }

    fn refresh(luld: &mut Luld, rules: &LuldConfig, seconds: i64) -> bool {
        luld.refresh(rules, at(seconds), SimDuration::secs(seconds))
    }

    /// In cents: a first-tier stock at 100.00 has bands of 95.00 and 105.00.
    #[test]
    fn the_reference_follows_by_one_percent_after_thirty_seconds() {
        let rules = LuldConfig::default();
        let mut luld = Luld::new(Rate::bps(500), Price(10_000));
        assert_eq!(luld.bands, (Price(9_500), Price(10_500)));
        luld.trade(at(10), Price(10_000));
        luld.trade(at(20), Price(9_600));
        // The mean of 9,800 is two percent away, but the reference has not stood for 30 s.
        assert!(!refresh(&mut luld, &rules, 20));
        assert!(refresh(&mut luld, &rules, 30));
        // 5% of 9,800 is 490.
        assert_eq!(luld.bands, (Price(9_310), Price(10_290)));
        // Mean 9,733: less than one percent from 9,800.
        luld.trade(at(70), Price(9_600));
        assert!(!refresh(&mut luld, &rules, 70));
        // At 310 s the trade of 10 s is out: the mean is 9,600, two percent away.
        assert!(!refresh(&mut luld, &rules, 309));
        assert!(refresh(&mut luld, &rules, 310));
        assert_eq!(luld.bands, (Price(9_120), Price(10_080)));
        // Without any trade in the window it stays.
        assert!(!refresh(&mut luld, &rules, 4_000));
    }

    #[test]
    fn the_band_is_doubled_in_its_windows_and_rounded_to_the_tick() {
        let rules = LuldConfig {
            doubled: vec![(SimDuration::ZERO, SimDuration::secs(900))],
            ..LuldConfig::default()
        };
        let mut luld = Luld::new(Rate::bps(1000), Price(333));
        assert!(refresh(&mut luld, &rules, 0));
        // 20% of 333 is 66.6.
        assert_eq!(luld.bands, (Price(266), Price(400)));
        assert!(!refresh(&mut luld, &rules, 899));
        assert!(refresh(&mut luld, &rules, 900));
        // 10% is 33.3.
        assert_eq!(luld.bands, (Price(300), Price(366)));
    }

    #[test]
    fn fifteen_seconds_at_the_band() {
        let rules = LuldConfig {
            straddle: false,
            ..LuldConfig::default()
        };
        let mut luld = Luld::new(Rate::bps(500), Price(10_000));
        let quotes = |bid, ask| [Some(Price(bid)), Some(Price(ask))];
        assert_eq!(
            luld.look(&rules, at(0), quotes(9_900, 9_901)),
            LimitState::Out
        );
        assert_eq!(
            luld.look(&rules, at(1), [None, Some(Price(9_501))]),
            LimitState::Out
        );
        let began = luld.look(&rules, at(2), [None, Some(Price(9_500))]);
        assert_eq!(began, LimitState::Began(at(17)));
        let at_band = [None, Some(Price(9_500))];
        assert_eq!(luld.look(&rules, at(16), at_band), LimitState::Lasting);
        // The quote is taken: the state is over, and begins anew.
        assert_eq!(
            luld.look(&rules, at(16), quotes(9_500, 9_510)),
            LimitState::Out
        );
        assert_eq!(
            luld.look(&rules, at(17), at_band),
            LimitState::Began(at(32))
        );
        assert_eq!(
            luld.look(&rules, at(32), at_band),
            LimitState::Over(Direction::Falling)
        );
        let up = [Some(Price(10_500)), None];
        assert_eq!(luld.look(&rules, at(33), up), LimitState::Began(at(48)));
    }

    #[test]
    fn a_side_without_quotes_inside_the_band_counts_if_the_rule_says_so() {
        let rules = LuldConfig::default();
        let mut luld = Luld::new(Rate::bps(500), Price(10_000));
        let no_bid = [Some(Price(9_400)), Some(Price(9_900))];
        assert_eq!(luld.look(&rules, at(0), no_bid), LimitState::Began(at(15)));
        assert_eq!(luld.look(&rules, at(1), [None, None]), LimitState::Out);
    }

    #[test]
    fn a_reopening_sets_the_reference() {
        let rules = LuldConfig::default();
        let mut luld = Luld::new(Rate::bps(500), Price(10_000));
        luld.trade(at(100), Price(9_000));
        luld.reopened(at(120), Price(8_000));
        assert_eq!(luld.bands, (Price(7_600), Price(8_400)));
        assert!(!refresh(&mut luld, &rules, 200));
    }

    proptest! {
        /// Against the naive twin: the mean of all trades of the window, looked through.
        #[test]
        fn the_mean_is_that_of_all_trades(
            steps in prop::collection::vec((0i64..4, 1i64..50), 1..150),
            window in 1i64..20,
        ) {
            let rules = LuldConfig { window: SimDuration(window), ..LuldConfig::default() };
            let mut luld = Luld::new(Rate::bps(500), Price(10));
            let mut all: Vec<(i64, i64)> = Vec::new();
            let mut now = 0;
            for (pause, price) in steps {
                now += pause;
                luld.trade(SimTime(now), Price(price));
                all.push((now, price));
                luld.refresh(&rules, SimTime(now), SimDuration::ZERO);
                let inside: Vec<f64> = all.iter()
                    .filter(|(at, _)| now - at < window)
                    .map(|p| p.1 as f64)
                    .collect();
                let mean = inside.iter().sum::<f64>() / inside.len() as f64;
                let ours = luld.mean().unwrap().0 as f64;
                prop_assert!((ours - mean).abs() <= 0.5 + 1e-9, "{} against {}", ours, mean);
            }
        }
    }
}
