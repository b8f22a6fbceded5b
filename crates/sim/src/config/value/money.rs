//! Money: `"5_000"`, `"1.5M"`.

use std::fmt;

use firesale_types::Usd;
use schemars::json_schema;

use super::decimal::Unfit;
use super::{Decimal, ValueError, Written, quoted, written};

/// Dollars, not negative, exact to the micro-dollar: a number, or a text with an optional suffix
/// `k` (thousand), `M` (million) or `B` (billion).
///
/// A text finer than a micro-dollar is refused; a float is rounded to the nearest micro-dollar, a
/// half to the even one (sweeps draw floats of any length).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Usd);

/// [`Money`] that may be negative: a loss, a debt, a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedMoney(Usd);

/// Suffixes with their powers of ten.
const SUFFIXES: [(&str, i32); 3] = [("k", 3), ("M", 6), ("B", 9)];
/// The power of ten of micro-dollars in a dollar.
const MICRO: i32 = 6;
const HELP: &str =
    "money is in dollars, optionally with `k`, `M` or `B`, for example \"5_000\" or \"1.5M\"";

const TOO_LARGE: &str = "more than nine trillion dollars";

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Usd::ZERO);

    /// An amount for a default value; a negative one becomes nothing.
    #[must_use]
    pub const fn new(amount: Usd) -> Self {
        if amount.0 < 0 {
            Self::ZERO
        } else {
            Self(amount)
        }
    }

    /// The amount.
    #[must_use]
    pub const fn get(self) -> Usd {
        self.0
    }
}

impl SignedMoney {
    /// Nothing.
    pub const ZERO: Self = Self(Usd::ZERO);

    /// An amount for a default value.
    #[must_use]
    pub const fn new(amount: Usd) -> Self {
        Self(amount)
    }

    /// The amount.
    #[must_use]
    pub const fn get(self) -> Usd {
        self.0
    }
}

impl From<Money> for Usd {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl From<SignedMoney> for Usd {
    fn from(money: SignedMoney) -> Self {
        money.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::new(self.0.0, -6).fmt(f)
    }
}

impl fmt::Display for SignedMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::new(self.0.0, -6).fmt(f)
    }
}

fn from_text(text: &str) -> Result<Usd, ValueError> {
    let fail = |what: &dyn fmt::Display| Err(ValueError::of(text, what, HELP));
    let (number, suffix) = match Decimal::leading(text.trim()) {
        Ok(found) => found,
        Err(what) => return fail(&what),
    };
    let suffix = suffix.trim_start();
    let power = match SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        Some((_, power)) => *power,
        None if suffix.is_empty() => 0,
        None => return fail(&format!("unknown unit {}", quoted(suffix))),
    };
    match number.whole(MICRO + power) {
        Ok(micros) => Ok(Usd(micros)),
        Err(Unfit::TooFine) => fail(&"finer than a millionth of a dollar"),
        Err(Unfit::TooLarge) => fail(&TOO_LARGE),
    }
}

fn from_integer(number: i64) -> Result<Usd, ValueError> {
    let micros = number.checked_mul(1_000_000).map(Usd);
    micros.ok_or_else(|| ValueError::of_number(number, TOO_LARGE, HELP))
}

fn from_float(number: f64) -> Result<Usd, ValueError> {
    Decimal::from_f64(number)
        .and_then(|exact| exact.rounded(MICRO))
        .map(Usd)
        .ok_or_else(|| ValueError::of_number(number, TOO_LARGE, HELP))
}

const NEGATIVE: &str = "must be at least 0";

impl Written for Money {
    const EXPECTED: &'static str = "an amount of money";
    const SCHEMA_NAME: &'static str = "Money";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        match from_text(text)? {
            Usd(..0) => Err(ValueError::of(text, NEGATIVE, HELP)),
            amount => Ok(Self(amount)),
        }
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        match number {
            ..0 => Err(ValueError::of_number(number, NEGATIVE, HELP)),
            _ => from_integer(number).map(Self),
        }
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        if number < 0.0 {
            return Err(ValueError::of_number(number, NEGATIVE, HELP));
        }
        from_float(number).map(Self)
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "Dollars, optionally with the suffix k, M or B.",
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": r"^\s*\+?[0-9][0-9_]*(\.[0-9][0-9_]*)?\s*[kMB]?\s*$" }
            ],
            "examples": [5000, "5_000", "1.5M"]
        })
    }
}

impl Written for SignedMoney {
    const EXPECTED: &'static str = "an amount of money";
    const SCHEMA_NAME: &'static str = "SignedMoney";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        from_text(text).map(Self)
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        from_integer(number).map(Self)
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        from_float(number).map(Self)
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "Dollars that may be negative, optionally with the suffix k, M or B.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "pattern": r"^\s*[+-]?[0-9][0-9_]*(\.[0-9][0-9_]*)?\s*[kMB]?\s*$" }
            ],
            "examples": [-5000, "-5_000", "1.5M"]
        })
    }
}

written!(Money);
written!(SignedMoney);

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Money>().unwrap().get().0
    }

    fn message(text: &str) -> String {
        text.parse::<Money>().unwrap_err().message
    }

    #[test]
    fn texts_are_exact() {
        assert_eq!(micros("5_000"), 5_000_000_000);
        assert_eq!(micros("1.5M"), 1_500_000_000_000);
        assert_eq!(micros("2B"), 2_000_000_000_000_000);
        assert_eq!(micros("250 k"), 250_000_000_000);
        assert_eq!(micros("0.1"), 100_000);
        assert_eq!(micros("1.123456789k"), 1_123_456_789);
        assert_eq!(micros("9223372036854.775807"), i64::MAX);
        let signed: SignedMoney = "-1.5k".parse().unwrap();
        assert_eq!(signed.get(), Usd::dollars(-1500));
    }

    #[test]
    fn floats_mean_what_they_show_as() {
        let float = |number| <Money as Written>::from_float(number).map(|m| m.get().0);
        assert_eq!(float(0.1 + 0.2), Ok(300_000));
        assert_eq!(float(1_234_567.890_123), Ok(1_234_567_890_123));
        assert_eq!(
            float(0.000_000_5),
            Ok(0),
            "half of a micro-dollar, to the even one"
        );
        assert_eq!(float(0.000_001_5), Ok(2));
        assert!(float(1e15).is_err());
        assert!(float(-0.5).is_err());
    }

    #[test]
    fn what_is_no_money_says_why() {
        assert_eq!(message("5x"), "\"5x\": unknown unit \"x\"");
        assert_eq!(message("5m"), "\"5m\": unknown unit \"m\"");
        assert_eq!(message("5,000"), "\"5,000\": unknown unit \",000\"");
        assert_eq!(message("-5"), "\"-5\": must be at least 0");
        assert_eq!(
            message("0.0000001"),
            "\"0.0000001\": finer than a millionth of a dollar"
        );
        assert_eq!(
            message("9224B"),
            "\"9224B\": more than nine trillion dollars"
        );
        assert_eq!(message("$5"), "\"$5\": a digit is missing");
        assert!(<Money as Written>::from_integer(-1).is_err());
        assert!(<Money as Written>::from_integer(i64::MAX).is_err());
    }

    proptest::proptest! {
        #[test]
        fn it_reads_what_it_writes(micros in proptest::num::i64::ANY) {
            let money = SignedMoney(Usd(micros));
            proptest::prop_assert_eq!(money.to_string().parse::<SignedMoney>().unwrap(), money);
        }
    }
}
