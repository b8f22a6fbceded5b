//! The market-wide breaker: levels of a fall, each once a day.

use firesale_types::{Price, Rate, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::config::{day_of, start_of};
use crate::window::WindowedMax;
use crate::{DrawdownReference, MarketWideConfig};

/// The state of the breaker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MarketWide {
    /// The day and the mark at its start.
    day: Option<(i64, Price)>,
    /// How many levels have acted today; a deeper one takes those above it along.
    done: usize,
    highs: WindowedMax<Price>,
}

impl MarketWide {
    /// A mark of the instrument that stands for the market. Returns until when all books halt, if
    /// a level is reached that has not acted today and is not past its cut-off.
    pub(crate) fn look(
        &mut self,
        rules: &MarketWideConfig,
        day_start: SimDuration,
        now: SimTime,
        mark: Price,
    ) -> Option<SimTime> {
        let (today, time) = day_of(now, day_start);
        if self.day.is_none_or(|(day, _)| day != today) {
            self.day = Some((today, mark));
            self.done = 0;
        }
        let reference = self.reference(rules, now, mark)?;
        let reached = |fall: Rate| {
            let fallen = i128::from(reference.0) - i128::from(mark.0);
            fallen * i128::from(Rate::ONE.0) >= i128::from(fall.0) * i128::from(reference.0)
        };
        let deepest = rules.levels.iter().rposition(|level| {
            reached(level.fall) && level.cutoff.is_none_or(|cutoff| time < cutoff)
        })?;
        if deepest < self.done {
            return None;
        }
        self.done = deepest + 1;
        Some(match rules.levels[deepest].halt {
            Some(halt) => now + halt,
            None => start_of(today + 1, day_start),
        })
    }

    fn reference(&mut self, rules: &MarketWideConfig, now: SimTime, mark: Price) -> Option<Price> {
        match rules.reference {
            DrawdownReference::Day => self.day.map(|(_, mark)| mark),
            DrawdownReference::Rolling { window } => {
                self.highs.push(now, mark);
                self.highs.highest(now, window)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::InstrumentId;

    const MINUTE: i64 = 60_000_000_000;
    const HOUR: i64 = 60 * MINUTE;

    fn at(minutes: i64) -> SimTime {
        SimTime(minutes * MINUTE)
    }

    /// A session of six and a half hours from 9:30: 15:25 is 355 minutes in.
    fn rules() -> MarketWideConfig {
        MarketWideConfig::us_stocks(InstrumentId(0), Some(SimDuration(355 * MINUTE)))
    }

    #[test]
    fn the_levels_of_the_stock_market_by_hand() {
        let (rules, day) = (rules(), SimDuration::ZERO);
        let mut breaker = MarketWide::default();
        let mut look = |minutes, mark| breaker.look(&rules, day, at(minutes), Price(mark));
        assert_eq!(look(0, 10_000), None);
        assert_eq!(look(10, 9_301), None);
        // 7% of 10,000.
        assert_eq!(look(11, 9_300), Some(at(26)));
        assert_eq!(look(27, 9_200), None, "once a day");
        assert_eq!(look(60, 8_700), Some(at(75)));
        assert_eq!(look(61, 9_000), None);
        // -20% closes until the next day, and acts after the cut-off of the others too.
        assert_eq!(look(380, 8_000), Some(at(24 * 60)));
        // A new day, a new reference.
        assert_eq!(look(24 * 60, 8_000), None);
        assert_eq!(look(24 * 60 + 1, 7_440), Some(at(24 * 60 + 16)));
    }

    #[test]
    fn the_first_two_are_off_after_the_cutoff() {
        let rules = rules();
        let mut breaker = MarketWide::default();
        let mut look =
            |minutes, mark| breaker.look(&rules, SimDuration::ZERO, at(minutes), Price(mark));
        assert_eq!(look(0, 10_000), None);
        assert_eq!(look(355, 9_000), None);
        assert_eq!(look(356, 8_600), None);
        assert_eq!(look(357, 7_999), Some(at(24 * 60)));
    }

    #[test]
    fn a_fall_through_two_levels_acts_once() {
        let rules = rules();
        let mut breaker = MarketWide::default();
        let mut look =
            |minutes, mark| breaker.look(&rules, SimDuration::ZERO, at(minutes), Price(mark));
        assert_eq!(look(0, 10_000), None);
        assert_eq!(look(1, 8_600), Some(at(16)));
        assert_eq!(look(17, 9_200), None);
        assert_eq!(look(18, 8_650), None);
    }

    #[test]
    fn from_the_highest_of_a_rolling_window() {
        let mut rules = rules();
        rules.reference = DrawdownReference::Rolling {
            window: SimDuration(HOUR),
        };
        let mut breaker = MarketWide::default();
        let mut look =
            |minutes, mark| breaker.look(&rules, SimDuration::ZERO, at(minutes), Price(mark));
        assert_eq!(look(0, 10_000), None);
        assert_eq!(look(30, 11_000), None);
        assert_eq!(look(45, 10_231), None);
        // At minute 90 the 11,000 is out: the highest is 10,231.
        assert_eq!(look(90, 10_230), None);
        assert_eq!(look(91, 9_514), Some(at(106)), "7% of 10,231 is 716.2");
    }
}
