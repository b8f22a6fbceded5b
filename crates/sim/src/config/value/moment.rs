//! Moments: relative to the start of the scenario, or on the calendar.

use std::fmt;

use firesale_types::SimTime;
use jiff::Timestamp;
use schemars::json_schema;

use super::{DurationText, ValueError, Written, written};

/// A moment of the calendar, written by RFC 3339 with an offset: `"2025-10-10T20:00:00Z"`, with or
/// without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(pub Timestamp);

/// A moment of a scenario: a span after its start (`"50m"`) or a moment of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// So long after the start.
    After(DurationText),
    /// On the calendar.
    At(UtcTime),
}

const UTC_HELP: &str = "write date, time and offset, for example 2025-10-10T20:50:00Z";
const HELP: &str = "write a span after the start such as \"50m\", or date, time and offset such as 2025-10-10T20:50:00Z";

impl Moment {
    /// The simulated time of this moment if the scenario starts at `start`.
    ///
    /// # Errors
    /// A moment of the calendar before the start, or centuries after it.
    pub fn resolve(self, start: Timestamp) -> Result<SimTime, ValueError> {
        let at = match self {
            Self::After(span) => return Ok(SimTime::ZERO + span.get()),
            Self::At(UtcTime(at)) => at,
        };
        let nanos = at.as_nanosecond() - start.as_nanosecond();
        let fail = |what: &str| {
            let what = format!("{what} the start at {start}");
            ValueError::of_number(at, what, "compare with clock.start")
        };
        match i64::try_from(nanos) {
            Ok(..0) => Err(fail("before")),
            Ok(nanos) => Ok(SimTime(nanos)),
            Err(_) if nanos < 0 => Err(fail("before")),
            Err(_) => Err(fail("too long after")),
        }
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(span) => span.fmt(f),
            Self::At(at) => at.fmt(f),
        }
    }
}

/// Whether a text begins like a date, `2025-`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

impl Written for UtcTime {
    const EXPECTED: &'static str = "a date and time such as 2025-10-10T20:50:00Z";
    const SCHEMA_NAME: &'static str = "UtcTime";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let trimmed = text.trim();
        if !is_date(trimmed) {
            return Err(ValueError::of(text, "not a date and time", UTC_HELP));
        }
        trimmed
            .parse()
            .map(Self)
            .map_err(|_| ValueError::of(text, "not a date and time with an offset", UTC_HELP))
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        Err(ValueError::of_number(
            number,
            "not a date and time",
            UTC_HELP,
        ))
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        Err(ValueError::of_number(
            number,
            "not a date and time",
            UTC_HELP,
        ))
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "A date and time with an offset, by RFC 3339.",
            "type": "string",
            "format": "date-time",
            "examples": ["2025-10-10T20:00:00Z"]
        })
    }
}

impl Written for Moment {
    const EXPECTED: &'static str = "a moment such as \"50m\" or 2025-10-10T20:50:00Z";
    const SCHEMA_NAME: &'static str = "Moment";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        if is_date(text.trim()) {
            return UtcTime::from_text(text).map(Self::At);
        }
        match DurationText::from_text(text) {
            Ok(span) => Ok(Self::After(span)),
            Err(error) => Err(ValueError {
                help: HELP.to_owned(),
                ..error
            }),
        }
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        Err(ValueError::of_number(number, "a unit is missing", HELP))
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        Err(ValueError::of_number(number, "a unit is missing", HELP))
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "A span after the start, or a date and time with an offset.",
            "type": "string",
            "examples": ["50m", "2025-10-10T20:50:00Z"]
        })
    }
}

written!(UtcTime);
written!(Moment);

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<i64, String> {
        let start = "2025-10-10T20:00:00Z".parse().unwrap();
        let moment: Moment = text.parse().map_err(|e: ValueError| e.message)?;
        moment.resolve(start).map(|t| t.0).map_err(|e| e.message)
    }

    #[test]
    fn both_forms_mean_the_same() {
        let fifty = 50 * 60 * 1_000_000_000;
        assert_eq!(resolved("50m"), Ok(fifty));
        assert_eq!(resolved("2025-10-10T20:50:00Z"), Ok(fifty));
        assert_eq!(resolved("2025-10-10 22:50:00+02:00"), Ok(fifty));
        assert_eq!(resolved("2025-10-10T20:00:00.000000001Z"), Ok(1));
    }

    #[test]
    fn what_is_no_moment_says_why() {
        assert_eq!(
            resolved("2025-10-10T19:59:59Z").unwrap_err(),
            "2025-10-10T19:59:59Z: before the start at 2025-10-10T20:00:00Z"
        );
        assert!(
            resolved("9000-10-10T19:59:59Z")
                .unwrap_err()
                .contains("too long after")
        );
        assert!(
            resolved("0001-01-01T00:00:00Z")
                .unwrap_err()
                .contains("before")
        );
        assert!(
            resolved("2025-10-10T20:50:00")
                .unwrap_err()
                .contains("with an offset")
        );
        assert!(
            resolved("2025-13-10T20:50:00Z")
                .unwrap_err()
                .contains("with an offset")
        );
        assert_eq!(
            resolved("soon").unwrap_err(),
            "\"soon\": a digit is missing"
        );
        assert_eq!(
            resolved("-5m").unwrap_err(),
            "\"-5m\": a duration is not negative"
        );
    }
}
