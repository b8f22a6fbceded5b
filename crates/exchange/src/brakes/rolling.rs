//! The lowest and the highest price of a rolling window, and the breaker that watches them.

use std::collections::VecDeque;

use firesale_types::{Price, Rate, Rounding, SimDuration, SimTime, mul_div};
use serde::{Deserialize, Serialize};

use crate::RollingConfig;
use crate::config::day_of;
use crate::triggers::Direction;

/// Minimum and maximum over the last while: two queues whose fronts are the answers. A new price
/// removes from the back what it makes irrelevant, so that each price enters and leaves once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RollingRange {
    lows: VecDeque<(SimTime, Price)>,
    highs: VecDeque<(SimTime, Price)>,
}

impl RollingRange {
    /// Adds a price.
    pub(crate) fn push(&mut self, now: SimTime, price: Price) {
        while self.lows.back().is_some_and(|&(_, low)| low >= price) {
            self.lows.pop_back();
        }
        self.lows.push_back((now, price));
        while self.highs.back().is_some_and(|&(_, high)| high <= price) {
            self.highs.pop_back();
        }
        self.highs.push_back((now, price));
    }

    /// Lowest and highest price younger than the window; prices as old as it are out.
    pub(crate) fn range(&mut self, now: SimTime, window: SimDuration) -> Option<(Price, Price)> {
        for queue in [&mut self.lows, &mut self.highs] {
            while queue
                .front()
                .is_some_and(|&(at, _)| now.since(at) >= window)
            {
                queue.pop_front();
            }
        }
        Some((self.lows.front()?.1, self.highs.front()?.1))
    }

    pub(crate) fn clear(&mut self) {
        self.lows.clear();
        self.highs.clear();
    }
}

/// The dynamic breaker of one instrument.
///
/// A trade above the window's lowest plus the variant, or below its highest less the variant,
/// trips it; the variant is the width times the day's reference, rounded down to a tick (CME).
/// On CME such a trade is prevented; here the first one takes place and the pause follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RollingBreaker {
    range: RollingRange,
    /// The day and its reference.
    day: Option<(i64, Price)>,
}

impl RollingBreaker {
    /// A trade while the book is open. `mark` becomes the reference of a new day.
    pub(crate) fn trade(
        &mut self,
        rules: &RollingConfig,
        day_start: SimDuration,
        (now, price, mark): (SimTime, Price, Price),
    ) -> Option<Direction> {
        let (today, _) = day_of(now, day_start);
        let reference = match self.day {
            Some((day, reference)) if day == today => reference,
            _ => mark,
        };
        self.day = Some((today, reference));
        let variant = variant(reference, rules.width);
        let range = self.range.range(now, rules.window);
        self.range.push(now, price);
        let (low, high) = range?;
        if price.0 > low.0.saturating_add(variant) {
            Some(Direction::Rising)
        } else if price.0 < high.0.saturating_sub(variant) {
            Some(Direction::Falling)
        } else {
            None
        }
    }

    /// The window starts anew, at the price of the reopening.
    pub(crate) fn restart(&mut self, now: SimTime, price: Option<Price>) {
        self.range.clear();
        if let Some(price) = price {
            self.range.push(now, price);
        }
    }
}

/// Width times reference, rounded down to a tick.
fn variant(reference: Price, width: Rate) -> i64 {
    mul_div(reference.0, width.0, Rate::ONE.0, Rounding::Floor).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000_000;

    /// The FAQ's formula with a settlement of 4,001.25 in ticks of 0.25 (16,005) and 3.5%:
    /// 560.175, rounded down to 560 ticks.
    #[test]
    fn a_day_at_the_futures_exchange_by_hand() {
        let rules = RollingConfig {
            width: Rate::bps(350),
            ..RollingConfig::default()
        };
        let mut breaker = RollingBreaker::default();
        let mut trade = |minute, price| {
            let now = SimTime(minute * MINUTE);
            breaker.trade(
                &rules,
                SimDuration::ZERO,
                (now, Price(price), Price(16_005)),
            )
        };
        assert_eq!(trade(0, 16_005), None);
        assert_eq!(trade(10, 15_500), None);
        // The highest of the hour is 16,005: 15,445 is allowed, 15,444 is not.
        assert_eq!(trade(20, 15_445), None);
        assert_eq!(trade(59, 15_444), Some(Direction::Falling));
        // At minute 60 the 16,005 of minute 0 is out; the highest is 15,500.
        assert_eq!(trade(60, 15_444), None);
        // The lowest is 15,444.
        assert_eq!(trade(70, 16_004), None);
        assert_eq!(trade(71, 16_005), Some(Direction::Rising));
    }

    #[test]
    fn the_window_starts_anew_after_a_pause() {
        let rules = RollingConfig::default();
        let mut breaker = RollingBreaker::default();
        let mut at = 0;
        let mut trade = |breaker: &mut RollingBreaker, price| {
            at += MINUTE;
            breaker.trade(
                &rules,
                SimDuration::ZERO,
                (SimTime(at), Price(price), Price(1000)),
            )
        };
        assert_eq!(trade(&mut breaker, 1000), None);
        assert_eq!(trade(&mut breaker, 899), Some(Direction::Falling));
        breaker.restart(SimTime(3 * MINUTE), Some(Price(890)));
        assert_eq!(trade(&mut breaker, 800), None);
        assert_eq!(trade(&mut breaker, 789), Some(Direction::Falling));
    }

    proptest! {
        /// Against the naive twin: all prices of the window, looked through.
        #[test]
        fn minimum_and_maximum_are_those_of_all_prices(
            steps in prop::collection::vec((0i64..5, 1i64..30), 1..200),
            window in 1i64..20,
        ) {
            let mut clever = RollingRange::default();
            let mut all: Vec<(i64, i64)> = Vec::new();
            let mut now = 0;
            for (pause, price) in steps {
                now += pause;
                clever.push(SimTime(now), Price(price));
                all.push((now, price));
                let inside = all.iter().filter(|(at, _)| now - at < window).map(|p| p.1);
                let expected = (inside.clone().min().unwrap(), inside.max().unwrap());
                let (low, high) = clever.range(SimTime(now), SimDuration(window)).unwrap();
                prop_assert_eq!((low.0, high.0), expected);
            }
        }
    }
}
