//! When the payment rail is open.

use firesale_types::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::error::ensure;

/// A day.
pub(crate) const DAY: SimDuration = SimDuration::secs(86_400);

/// Longest search for an open day: a year of holidays is a rail that never opens.
const SEARCH_DAYS: i64 = 366;

/// The hours in which dollars move, in UTC, the same on every day that is open.
///
/// [`SimTime`] knows no calendar; two fields say what moment of the week its zero is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RailHours {
    /// When it opens, after midnight UTC.
    pub opens: SimDuration,
    /// When it closes, after midnight UTC.
    pub closes: SimDuration,
    /// The days of the week that are open, Monday first.
    pub days: [bool; 7],
    /// Days that are closed whatever their weekday: days since that of [`SimTime::ZERO`].
    pub holidays: Vec<i64>,
    /// The weekday of [`SimTime::ZERO`] in UTC, Monday being 0.
    pub epoch_weekday: u8,
    /// The time of day of [`SimTime::ZERO`], after midnight UTC.
    pub epoch_time: SimDuration,
}

impl RailHours {
    /// Open at all times, as the rail of a chain is.
    #[must_use]
    pub const fn always() -> Self {
        Self {
            opens: SimDuration::ZERO,
            closes: DAY,
            days: [true; 7],
            holidays: Vec::new(),
            epoch_weekday: 0,
            epoch_time: SimDuration::ZERO,
        }
    }

    /// Monday to Friday, 9 to 17 in New York in winter, 14 to 22 UTC (a closure of ours, grade D:
    /// the wire system itself is open longer, the desks that use it are not).
    #[must_use]
    pub const fn new_york(epoch_weekday: u8, epoch_time: SimDuration) -> Self {
        Self {
            opens: SimDuration::secs(14 * 3_600),
            closes: SimDuration::secs(22 * 3_600),
            days: [true, true, true, true, true, false, false],
            holidays: Vec::new(),
            epoch_weekday,
            epoch_time,
        }
    }

    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] whose key begins with `rail`.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let within = self.opens.0 >= 0 && self.closes <= DAY;
        let hours = "opens and closes must be in order between 0 and 24 hours";
        ensure(within && self.opens < self.closes, "rail.opens", hours)?;
        ensure(self.days.contains(&true), "rail.days", "no day is open")?;
        let weekday = "0 is Monday, 6 is Sunday";
        ensure(self.epoch_weekday < 7, "rail.epoch_weekday", weekday)?;
        let time = "must be at least 0 and below 24 hours";
        let of_day = (0..DAY.0).contains(&self.epoch_time.0);
        ensure(of_day, "rail.epoch_time", time)
    }

    /// The day, counted from that of [`SimTime::ZERO`].
    #[must_use]
    pub const fn day(&self, now: SimTime) -> i64 {
        now.0.saturating_add(self.epoch_time.0).div_euclid(DAY.0)
    }

    /// The weekday of a day, Monday being 0.
    #[must_use]
    pub const fn weekday(&self, day: i64) -> u8 {
        (self.epoch_weekday as i64 + day).rem_euclid(7) as u8
    }

    /// Whether the rail opens on a day.
    #[must_use]
    pub fn is_banking_day(&self, day: i64) -> bool {
        self.days[usize::from(self.weekday(day))] && !self.holidays.contains(&day)
    }

    /// Whether money moves now.
    #[must_use]
    pub fn is_open(&self, now: SimTime) -> bool {
        let time = now.0.saturating_add(self.epoch_time.0).rem_euclid(DAY.0);
        self.is_banking_day(self.day(now)) && (self.opens.0..self.closes.0).contains(&time)
    }

    /// Midnight UTC at the start of a day.
    #[must_use]
    pub const fn midnight(&self, day: i64) -> SimTime {
        SimTime(day.saturating_mul(DAY.0).saturating_sub(self.epoch_time.0))
    }

    /// The next moment after `now` at which the rail opens or closes; `None` if neither happens
    /// within a year.
    #[must_use]
    pub fn next_change(&self, now: SimTime) -> Option<SimTime> {
        let today = self.day(now);
        let days = (today..today + SEARCH_DAYS).filter(|day| self.is_banking_day(*day));
        let mut changes = days.flat_map(|day| {
            let midnight = self.midnight(day);
            [midnight + self.opens, midnight + self.closes]
        });
        changes.find(|at| *at > now && self.is_open(*at) != self.is_open(SimTime(at.0 - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    /// The run starts on Friday at 20:00 UTC: open for two hours, then closed until Monday 14:00,
    /// which is 66 hours after the start.
    #[test]
    fn a_weekend_by_hand() {
        let rail = RailHours::new_york(4, SimDuration::secs(20 * 3_600));
        let open_at = |hours: i64| rail.is_open(SimTime(hours * HOUR));
        assert_eq!(
            [0, 1, 2, 30, 65, 66, 73, 74].map(open_at),
            [true, true, false, false, false, true, true, false]
        );
        let next = |hours: i64| rail.next_change(SimTime(hours * HOUR)).unwrap().0 / HOUR;
        assert_eq!([0, 2, 66, 74].map(next), [2, 66, 74, 90]);
        assert_eq!(
            (rail.day(SimTime(3 * HOUR)), rail.day(SimTime(4 * HOUR))),
            (0, 1)
        );
        assert_eq!(rail.weekday(3), 0);
        let holiday = RailHours {
            holidays: vec![3],
            ..rail
        };
        assert_eq!(holiday.next_change(SimTime(2 * HOUR)).unwrap().0 / HOUR, 90);
    }

    #[test]
    fn a_chain_never_closes() {
        let rail = RailHours::always();
        assert!((0..400).all(|hours| rail.is_open(SimTime(hours * HOUR))));
        assert_eq!(rail.next_change(SimTime(5)), None);
    }

    #[test]
    fn bad_hours_are_refused() {
        let good = RailHours::new_york(0, SimDuration::ZERO);
        let key = |rail: RailHours| rail.validate().unwrap_err().key;
        assert_eq!(good.validate(), Ok(()));
        assert_eq!(
            key(RailHours {
                opens: good.closes,
                ..good.clone()
            }),
            "rail.opens"
        );
        assert_eq!(
            key(RailHours {
                days: [false; 7],
                ..good.clone()
            }),
            "rail.days"
        );
        assert_eq!(
            key(RailHours {
                epoch_weekday: 7,
                ..good.clone()
            }),
            "rail.epoch_weekday"
        );
        assert_eq!(
            key(RailHours {
                epoch_time: DAY,
                ..good
            }),
            "rail.epoch_time"
        );
    }
}
