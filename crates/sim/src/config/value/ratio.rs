//! Dimensionless ratios: `"2%"`, `"25bps"`, `0.02`.

use std::fmt;

use firesale_types::Rate;
use schemars::json_schema;

use super::decimal::Unfit;
use super::{Decimal, ValueError, Written, quoted, written};

/// A ratio in billionths: a number (`0.02`), a percentage (`"2%"`) or basis points (`"25bps"`).
///
/// A text finer than a billionth is refused; a float is rounded to the nearest one, a half to the
/// even one (sweeps draw floats of any length). It may be negative (a rebate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(Rate);

/// The power of ten of billionths in one.
const BILLION: i32 = 9;
/// Units with their powers of ten.
const UNITS: [(&str, i32); 2] = [("%", -2), ("bps", -4)];
const HELP: &str =
    "ratios are a number, or have the unit `%` or `bps`, for example 0.02, \"2%\" or \"25bps\"";

impl Ratio {
    /// Zero.
    pub const ZERO: Self = Self(Rate::ZERO);
    /// One hundred percent.
    pub const ONE: Self = Self(Rate::ONE);

    /// A ratio for a default value.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self(rate)
    }

    /// The ratio.
    #[must_use]
    pub const fn get(self) -> Rate {
        self.0
    }

    /// The nearest double, for decisions and statistics.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0.to_f64()
    }
}

impl From<Ratio> for Rate {
    fn from(ratio: Ratio) -> Self {
        ratio.0
    }
}

/// As a percentage.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Decimal::new(self.0.0, -7))
    }
}

impl Written for Ratio {
    const EXPECTED: &'static str = "a ratio such as 0.02 or \"2%\"";
    const SCHEMA_NAME: &'static str = "Ratio";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let fail = |what: &dyn fmt::Display| Err(ValueError::of(text, what, HELP));
        let (number, unit) = match Decimal::leading(text.trim()) {
            Ok(found) => found,
            Err(what) => return fail(&what),
        };
        let unit = unit.trim_start();
        let power = match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, power)) => *power,
            None if unit.is_empty() => 0,
            None => return fail(&format!("unknown unit {}", quoted(unit))),
        };
        match number.whole(BILLION + power) {
            Ok(billionths) => Ok(Self(Rate(billionths))),
            Err(Unfit::TooFine) => fail(&"finer than a billionth"),
            Err(Unfit::TooLarge) => fail(&"too large for a ratio"),
        }
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        let rate = number.checked_mul(Rate::ONE.0).map(|n| Self(Rate(n)));
        rate.ok_or_else(|| ValueError::of_number(number, "too large for a ratio", HELP))
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        Decimal::from_f64(number)
            .and_then(|exact| exact.rounded(BILLION))
            .map(|n| Self(Rate(n)))
            .ok_or_else(|| ValueError::of_number(number, "too large for a ratio", HELP))
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "A ratio: a number, a percentage or basis points.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "pattern": r"^\s*[+-]?[0-9][0-9_]*(\.[0-9][0-9_]*)?\s*(%|bps)?\s*$" }
            ],
            "examples": [0.02, "2%", "25bps"]
        })
    }
}

written!(Ratio);

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn units_mean_the_same() {
        assert_eq!(ratio("2%"), ratio("200bps"));
        assert_eq!(ratio("2 %"), ratio("0.02"));
        assert_eq!(ratio("25bps").get(), Rate::bps(25));
        assert_eq!(ratio("0.00125%").get(), Rate(12_500));
        assert_eq!(ratio("-0.2bps").get(), Rate(-20_000));
        assert_eq!(<Ratio as Written>::from_float(0.1), Ok(ratio("10%")));
        assert_eq!(
            <Ratio as Written>::from_float(1.0 / 3.0).unwrap().get(),
            Rate(333_333_333)
        );
        assert_eq!(<Ratio as Written>::from_integer(1), Ok(Ratio::ONE));
        assert_eq!(ratio("12.5%").to_f64(), 0.125);
    }

    #[test]
    fn what_is_no_ratio_says_why() {
        let message = |text: &str| text.parse::<Ratio>().unwrap_err().message;
        assert_eq!(message("5x"), "\"5x\": unknown unit \"x\"");
        assert_eq!(message("2 bp"), "\"2 bp\": unknown unit \"bp\"");
        assert_eq!(
            message("0.00000001%"),
            "\"0.00000001%\": finer than a billionth"
        );
        assert_eq!(
            message("9999999999999%"),
            "\"9999999999999%\": too large for a ratio"
        );
        assert!("5x".parse::<Ratio>().unwrap_err().help.contains("`bps`"));
        assert!(<Ratio as Written>::from_float(1e30).is_err());
    }

    proptest::proptest! {
        #[test]
        fn it_reads_what_it_writes(billionths in proptest::num::i64::ANY) {
            let ratio = Ratio(Rate(billionths));
            proptest::prop_assert_eq!(ratio.to_string().parse::<Ratio>().unwrap(), ratio);
        }
    }
}
