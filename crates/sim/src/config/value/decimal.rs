//! Exact decimal numbers, parsed by hand: no binary fraction comes between the text and the value.

use std::fmt;

use schemars::json_schema;

use super::{ValueError, Written, written};

/// An exact decimal number, `mantissa * 10^exponent`: a tick size, a lot size, a price in a table.
///
/// Kept in lowest terms (a mantissa divisible by ten is shortened), so equal numbers are equal.
/// Written as a text (`"0.10"`) or a number; a float means its shortest decimal form, which is what
/// was written unless it had more than fifteen digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    exponent: i16,
}

/// Why a number is not a whole number of some unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It has a part below the unit.
    TooFine,
    /// It does not fit into 64 bits.
    TooLarge,
}

/// The largest power of ten in an `i128`.
const MAX_POWER: u32 = 38;
const HELP: &str = "write a decimal number, for example \"0.001\" or 25";

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// `mantissa * 10^exponent`.
    #[must_use]
    pub fn new(mantissa: i64, exponent: i8) -> Self {
        Self::reduced(mantissa.into(), exponent.into()).unwrap_or(Self::ZERO)
    }

    fn reduced(mut mantissa: i128, mut exponent: i32) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self::ZERO);
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Some(Self {
            mantissa: i64::try_from(mantissa).ok()?,
            exponent: i16::try_from(exponent).ok()?,
        })
    }

    /// The digits without the point.
    #[must_use]
    pub fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// The power of ten.
    #[must_use]
    pub fn exponent(self) -> i32 {
        self.exponent.into()
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is greater than zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// The exact product, or `None` if its digits do not fit into 64 bits.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let mantissa = i128::from(self.mantissa) * i128::from(other.mantissa);
        Self::reduced(mantissa, self.exponent() + other.exponent())
    }

    /// `self * 10^places`, or `None` unless that is a whole number of 64 bits.
    ///
    /// The value of a tick times a lot in micro-USD is `tick.checked_mul(lot)?.scaled(6)`.
    #[must_use]
    pub fn scaled(self, places: i32) -> Option<i64> {
        self.whole(places).ok()
    }

    pub(super) fn whole(self, places: i32) -> Result<i64, Unfit> {
        let power = self.exponent() + places;
        if self.is_zero() {
            return Ok(0);
        }
        if power < 0 {
            return Err(Unfit::TooFine);
        }
        let factor = power_of_ten(power.unsigned_abs()).ok_or(Unfit::TooLarge)?;
        i128::from(self.mantissa)
            .checked_mul(factor)
            .and_then(|n| i64::try_from(n).ok())
            .ok_or(Unfit::TooLarge)
    }

    /// `self * 10^places` to the nearest whole number, a half to the even one; `None` if it does not
    /// fit into 64 bits.
    #[must_use]
    pub fn rounded(self, places: i32) -> Option<i64> {
        match self.whole(places) {
            Ok(number) => Some(number),
            Err(Unfit::TooLarge) => None,
            Err(Unfit::TooFine) => {
                let power = (self.exponent() + places).unsigned_abs();
                // Beyond the powers an i128 holds, a mantissa of 64 bits is far below a half.
                let divisor = power_of_ten(power).unwrap_or(i128::MAX);
                i64::try_from(div_half_even(self.mantissa.into(), divisor)).ok()
            }
        }
    }

    /// How many times `step` it is, or `None` if that is not a whole number of 64 bits (or `step` is
    /// zero): a price in ticks, a quantity in lots.
    #[must_use]
    pub fn units_of(self, step: Self) -> Option<i64> {
        if step.is_zero() {
            return None;
        }
        if self.is_zero() {
            return Some(0);
        }
        let power = self.exponent() - step.exponent();
        let scale = power_of_ten(power.unsigned_abs())?;
        let (mut above, mut below) = (i128::from(self.mantissa), i128::from(step.mantissa));
        if power < 0 {
            below = below.checked_mul(scale)?;
        } else {
            above = above.checked_mul(scale)?;
        }
        (above % below == 0)
            .then(|| i64::try_from(above / below).ok())
            .flatten()
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let text = format!("{}e{}", self.mantissa, self.exponent);
        text.parse().unwrap_or(f64::NAN)
    }

    /// The number that a float shows as; `None` if it is not finite.
    pub(super) fn from_f64(number: f64) -> Option<Self> {
        let text = format!("{number}");
        match Self::leading(&text) {
            Ok((decimal, "")) => Some(decimal),
            _ => None,
        }
    }

    /// The decimal number a text begins with, and what follows it. An underscore may stand between
    /// two digits.
    pub(super) fn leading(text: &str) -> Result<(Self, &str), &'static str> {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let mut number = Digits::default();
        let mut rest = number.take(digits, false)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            rest = number.take(fraction, true)?;
        }
        let mantissa = if negative {
            -number.significant
        } else {
            number.significant
        };
        let decimal = Self::reduced(mantissa, number.zeros - number.places).ok_or(TOO_LONG)?;
        Ok((decimal, rest))
    }
}

const NO_DIGITS: &str = "a digit is missing";
const TOO_LONG: &str = "too many digits";

/// The digits of a number as they come: `significant * 10^(zeros - places)`. Zeros are held back
/// until another digit follows, so that long numbers of few significant digits fit.
#[derive(Default)]
struct Digits {
    significant: i128,
    zeros: i32,
    places: i32,
}

impl Digits {
    /// Takes a run of digits, before or after the point, and gives the rest.
    fn take<'a>(&mut self, text: &'a str, fraction: bool) -> Result<&'a str, &'static str> {
        let bytes = text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        if !is_digit(0) {
            return Err(NO_DIGITS);
        }
        let mut at = 0;
        loop {
            if is_digit(at) {
                self.push(bytes[at] - b'0')?;
                self.places = self.places.saturating_add(fraction.into());
            } else if bytes.get(at) != Some(&b'_') || !is_digit(at + 1) {
                return Ok(&text[at..]);
            }
            at += 1;
        }
    }

    fn push(&mut self, digit: u8) -> Result<(), &'static str> {
        if digit == 0 {
            self.zeros = self.zeros.saturating_add(i32::from(self.significant != 0));
            return Ok(());
        }
        let more = power_of_ten(self.zeros.unsigned_abs() + 1).ok_or(TOO_LONG)?;
        self.significant = self
            .significant
            .checked_mul(more)
            .map(|n| n + i128::from(digit))
            .filter(|n| *n <= i64::MAX.into())
            .ok_or(TOO_LONG)?;
        self.zeros = 0;
        Ok(())
    }
}

fn power_of_ten(power: u32) -> Option<i128> {
    (power <= MAX_POWER).then(|| 10_i128.pow(power))
}

/// The quotient of a number and a positive divisor, a half to the even one.
fn div_half_even(number: i128, divisor: i128) -> i128 {
    let (floor, rest) = (number.div_euclid(divisor), number.rem_euclid(divisor));
    // Compared without doubling, which could overflow.
    let up = match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => floor % 2 != 0,
    };
    floor + i128::from(up)
}

/// Plain digits without an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let Ok(places) = usize::try_from(-self.exponent()) else {
            let zeros = usize::try_from(self.exponent()).unwrap_or(0);
            return write!(f, "{sign}{digits}{:0>zeros$}", "");
        };
        if places == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl Written for Decimal {
    const EXPECTED: &'static str = "a decimal number";
    const SCHEMA_NAME: &'static str = "Decimal";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        match Self::leading(text.trim()) {
            Ok((number, "")) => Ok(number),
            Ok((_, rest)) => {
                let what = format!("unexpected {} after the number", super::quoted(rest));
                Err(ValueError::of(text, what, HELP))
            }
            Err(what) => Err(ValueError::of(text, what, HELP)),
        }
    }

    fn from_integer(number: i64) -> Result<Self, ValueError> {
        Ok(Self::new(number, 0))
    }

    fn from_float(number: f64) -> Result<Self, ValueError> {
        Self::from_f64(number).ok_or_else(|| ValueError::of_number(number, "out of range", HELP))
    }

    fn schema() -> schemars::Schema {
        json_schema!({
            "description": "An exact decimal number, as a number or a string.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "pattern": r"^[+-]?[0-9][0-9_]*(\.[0-9][0-9_]*)?$" }
            ],
            "examples": ["0.001", 25]
        })
    }
}

written!(Decimal);

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_are_equal() {
        assert_eq!(decimal("0.10"), Decimal::new(1, -1));
        assert_eq!(decimal("1_000.000"), Decimal::new(1, 3));
        assert_eq!(decimal("-0"), Decimal::ZERO);
        assert_eq!(decimal("+5").to_string(), "5");
        assert_eq!(Decimal::from_f64(0.1), Some(decimal("0.1")));
        assert_eq!(Decimal::from_f64(1e-7), Some(decimal("0.0000001")));
        assert_eq!(
            Decimal::from_f64(-1e300),
            Some(Decimal {
                mantissa: -1,
                exponent: 300
            })
        );
        assert_eq!(Decimal::from_f64(5e-324).map(Decimal::exponent), Some(-324));
        assert_eq!(Decimal::from_f64(f64::NAN), None);
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "", " ", ".5", "5.", "-", "1__0", "_1", "1_", "1e5", "0x1", "1,000", "½", "1 2",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        let long = "9".repeat(19);
        assert_eq!(
            long.parse::<Decimal>().unwrap_err().message,
            format!("{long:?}: too many digits")
        );
        let deep = format!("0.{}1", "0".repeat(40_000));
        assert!(deep.parse::<Decimal>().is_err());
    }

    #[test]
    fn products_and_quotients_are_exact() {
        let (tick, lot) = (decimal("0.1"), decimal("0.001"));
        assert_eq!(tick.checked_mul(lot).unwrap().scaled(6), Some(100));
        assert_eq!(decimal("117000.1").units_of(tick), Some(1_170_001));
        assert_eq!(decimal("117000.15").units_of(tick), None);
        assert_eq!(decimal("-0.5").units_of(decimal("0.25")), Some(-2));
        assert_eq!(decimal("5").units_of(Decimal::ZERO), None);
        assert_eq!(decimal("0.0000001").scaled(6), None);
        assert_eq!(
            decimal("9223372036854775807").checked_mul(decimal("3")),
            None
        );
        assert_eq!(decimal("1e".trim_end_matches('e')).to_f64(), 1.0);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let rounded = |text: &str| decimal(text).rounded(0).unwrap();
        let found = ["0.5", "1.5", "2.5", "-0.5", "-1.5", "2.51", "-2.4"].map(rounded);
        assert_eq!(found, [0, 2, 2, 0, -2, 3, -2]);
        assert_eq!(
            Decimal {
                mantissa: i64::MAX,
                exponent: -19
            }
            .rounded(0),
            Some(1)
        );
        assert_eq!(
            Decimal {
                mantissa: i64::MAX,
                exponent: -400
            }
            .rounded(0),
            Some(0)
        );
        assert_eq!(
            Decimal {
                mantissa: 1,
                exponent: 19
            }
            .rounded(0),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn text_and_value_agree(mantissa in proptest::num::i64::ANY, exponent in -30_i8..30) {
            let number = Decimal::new(mantissa, exponent);
            let text = number.to_string();
            proptest::prop_assert_eq!(text.parse::<Decimal>().unwrap(), number);
            proptest::prop_assert_eq!(number.to_f64(), text.parse::<f64>().unwrap());
        }

        #[test]
        fn a_float_is_what_it_shows_as(bits in proptest::num::u64::ANY) {
            let number = f64::from_bits(bits);
            if let Some(exact) = Decimal::from_f64(number) {
                proptest::prop_assert_eq!(exact.to_f64(), number);
            } else {
                proptest::prop_assert!(!number.is_finite());
            }
        }
    }
}
