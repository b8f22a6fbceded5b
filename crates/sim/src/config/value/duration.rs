//! Spans of time: `"100ms"`, `"1h30m"`.

use std::fmt;

use firesale_types::SimDuration;
use schemars::json_schema;

use super::decimal::Unfit;
use super::{Decimal, ValueError, Written, quoted, written};

/// A span of time that is not negative, written as numbers with units, the largest unit first:
/// `"100ms"`, `"1.5h"`, `"1h30m"`, `"20d"`. Units are `d`, `h`, `m`, `s`, `ms`, `us`, `ns`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationText(SimDuration);

/// Units with their nanoseconds, from large to small.
const UNITS: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];
/// A hundred years of 365 days: sums of a few such spans still fit into 64 bits.
const LONGEST_NS: i64 = 36_500 * UNITS[0].1;
const HELP: &str =
    "durations have units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, for example \"100ms\" or \"1h30m\"";

impl DurationText {
    /// No time.
    pub const ZERO: Self = Self(SimDuration::ZERO);

    /// A span for a default value; a negative one becomes none.
    #[must_use]
    pub const fn new(span: SimDuration) -> Self {
        if span.0 < 0 { Self::ZERO } else { Self(span) }
    }

    /// The span.
    #[must_use]
    pub const fn get(self) -> SimDuration {
        self.0
    }
}

impl From<DurationText> for SimDuration {
    fn from(text: DurationText) -> Self {
        text.0
    }
}

/// Whole numbers of the units needed, the largest first; `"0s"` for none.
impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, nanos) in UNITS {
            if rest >= nanos {
                write!(f, "{}{unit}", rest / nanos)?;
                rest %= nanos;
            }
        }
        Ok(())
    }
}

impl Written for DurationText {
    const EXPECTED: &'static str = "a duration such as \"100ms\"";
    const SCHEMA_NAME: &'static str = "Duration";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let fail = |what: &dyn fmt::Display| Err(ValueError::of(text, what, HELP));
        let mut rest = text.trim();
        let mut total: i64 = 0;
        let mut units_left = &UNITS[..];
        loop {
            if rest.starts_with('-') {
                return fail(&"a duration is not negative");
            }
            let (number, after) = match Decimal::leading(rest) {
                Ok(found) => found,
                Err(what) => return fail(&what),
            };
            let after = after.trim_start();
            let length = after
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(after.len());
            let (word, after) = after.split_at(length);
            if word.is_empty() && after.is_empty() {
                return fail(&"a unit is missing");
            }
            let Some(index) = units_left.iter().position(|(unit, _)| *unit == word) else {
                let known = UNITS.iter().any(|(unit, _)| *unit == word);
                return if known {
                    fail(&format!("`{word}` is not smaller than the unit before it"))
                } else if word.is_empty() {
                    fail(&format!("unexpected {}", quoted(after)))
                } else {
                    fail(&format!("unknown unit {}", quoted(word)))
                };
            };
            let span = match nanos(number, units_left[index].1) {
                Ok(span) => span,
                Err(Unfit::TooFine) => return fail(&"finer than a nanosecond"),
                Err(Unfit::TooLarge) => return fail(&"longer than a hundred years"),
            };
            total = total.saturating_add(span);
            if total > LONGEST_NS {
                return fail(&"longer than a hundred years");
            }
            units_left = &units_left[index + 1..];
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self(SimDuration(total)));
            }
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
            "description": "A span of time with units d, h, m, s, ms, us, ns, the largest first.",
            "type": "string",
            "pattern": r"^\s*([0-9][0-9_]*(\.[0-9][0-9_]*)?\s*(d|h|m|s|ms|us|ns)\s*)+$",
            "examples": ["100ms", "1h30m", "20d"]
        })
    }
}

fn nanos(number: Decimal, unit: i64) -> Result<i64, Unfit> {
    match number.checked_mul(Decimal::new(unit, 0)) {
        Some(product) => product.whole(0),
        None => Err(Unfit::TooLarge),
    }
}

written!(DurationText);

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos_of(text: &str) -> i64 {
        text.parse::<DurationText>().unwrap().get().0
    }

    fn message(text: &str) -> String {
        text.parse::<DurationText>().unwrap_err().message
    }

    #[test]
    fn units_are_exact() {
        assert_eq!(nanos_of("100ms"), 100_000_000);
        assert_eq!(nanos_of("1h30m"), 5_400_000_000_000);
        assert_eq!(nanos_of(" 1.5 h "), nanos_of("1h 30m"));
        assert_eq!(nanos_of("20d"), 20 * 86_400 * 1_000_000_000);
        assert_eq!(nanos_of("0.3us"), 300);
        assert_eq!(nanos_of("0s"), 0);
        assert_eq!(nanos_of("1_000ns"), 1000);
        assert_eq!(nanos_of("36500d"), LONGEST_NS);
    }

    #[test]
    fn what_is_no_duration_says_why() {
        assert_eq!(
            message("10 parsecs"),
            "\"10 parsecs\": unknown unit \"parsecs\""
        );
        assert_eq!(message("5"), "\"5\": a unit is missing");
        assert_eq!(message("-5s"), "\"-5s\": a duration is not negative");
        assert_eq!(message("1h-5s"), "\"1h-5s\": a duration is not negative");
        assert_eq!(
            message("30m1h"),
            "\"30m1h\": `h` is not smaller than the unit before it"
        );
        assert_eq!(
            message("1s1s"),
            "\"1s1s\": `s` is not smaller than the unit before it"
        );
        assert_eq!(message("0.5ns"), "\"0.5ns\": finer than a nanosecond");
        assert_eq!(
            message("36500d1ns"),
            "\"36500d1ns\": longer than a hundred years"
        );
        assert_eq!(
            message("9999999999999d"),
            "\"9999999999999d\": longer than a hundred years"
        );
        assert_eq!(message("5%"), "\"5%\": unexpected \"%\"");
        assert_eq!(message(""), "\"\": a digit is missing");
        assert_eq!(message("1h x"), "\"1h x\": a digit is missing");
        assert!(
            "5x".parse::<DurationText>()
                .unwrap_err()
                .help
                .contains("`ms`")
        );
    }

    proptest::proptest! {
        #[test]
        fn it_reads_what_it_writes(nanos in 0..=LONGEST_NS) {
            let span = DurationText(SimDuration(nanos));
            proptest::prop_assert_eq!(span.to_string().parse::<DurationText>().unwrap(), span);
        }
    }
}
