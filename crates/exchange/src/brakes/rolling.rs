//! The breaker that watches the lowest and the highest price of a rolling window.

use std::cmp::Reverse;

use firesale_types::{Price, Rate, Rounding, SimDuration, SimTime, mul_div};
use serde::{Deserialize, Serialize};

use crate::RollingConfig;
use crate::config::day_of;
use crate::triggers::Direction;
use crate::window::WindowedMax;

/// The dynamic breaker of one instrument.
///
/// A trade above the window's lowest plus the variant, or below its highest less the variant,
/// trips it; the variant is the width times the day's reference, rounded down to a tick (CME).
/// On CME such a trade is prevented; here the first one takes place and the pause follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RollingBreaker {
    lows: WindowedMax<Reverse<Price>>,
    highs: WindowedMax<Price>,
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
        let lowest = self.lows.highest(now, rules.window);
        let highest = self.highs.highest(now, rules.window);
        self.push(now, price);
        let (Reverse(low), high) = (lowest?, highest?);
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
        self.lows.clear();
        self.highs.clear();
        if let Some(price) = price {
            self.push(now, price);
        }
    }

    fn push(&mut self, now: SimTime, price: Price) {
        self.lows.push(now, Reverse(price));
        self.highs.push(now, price);
    }
}

/// Width times reference, rounded down to a tick.
fn variant(reference: Price, width: Rate) -> i64 {
    mul_div(reference.0, width.0, Rate::ONE.0, Rounding::Floor).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
