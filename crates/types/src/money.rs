//! Prices in ticks, quantities in lots, money in micro-USD, and the one way to multiply by a ratio.

use serde::{Deserialize, Serialize};

/// An exact computation left the range of its type or divided by zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// The exact result does not fit.
    #[error("the result does not fit into 64 bits")]
    Overflow,
    /// The divisor was zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number that is not finite was to become an amount.
    #[error("not a finite number")]
    NotFinite,
}

/// What happens to the part of a quotient below one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceil,
    /// Towards zero.
    TowardZero,
    /// To the nearest unit, a half to the even one.
    HalfEven,
}

/// `a * b / c`, exact through `i128`, rounded as named.
///
/// # Errors
/// [`ArithmeticError::DivisionByZero`] if `c` is zero, [`ArithmeticError::Overflow`] if the result
/// does not fit into `i64`.
#[inline]
pub fn mul_div(a: i64, b: i64, c: i64, rounding: Rounding) -> Result<i64, ArithmeticError> {
    if c == 0 {
        return Err(ArithmeticError::DivisionByZero);
    }
    let (n, d) = (i128::from(a) * i128::from(b), i128::from(c));
    let (n, d) = if d < 0 { (-n, -d) } else { (n, d) };
    let floor = n.div_euclid(d);
    let rest = n.rem_euclid(d);
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceil => rest != 0,
        Rounding::TowardZero => rest != 0 && n < 0,
        Rounding::HalfEven => {
            let twice = 2 * rest;
            twice > d || (twice == d && floor & 1 != 0)
        }
    };
    i64::try_from(floor + i128::from(up)).map_err(|_| ArithmeticError::Overflow)
}

/// The only door from `f64` back into state: the nearest integer, a half to the even one.
///
/// # Errors
/// [`ArithmeticError::NotFinite`] for NaN and infinities, [`ArithmeticError::Overflow`] beyond `i64`.
#[inline]
pub fn round_to_i64(x: f64) -> Result<i64, ArithmeticError> {
    if !x.is_finite() {
        return Err(ArithmeticError::NotFinite);
    }
    let rounded = libm::rint(x);
    if (-9.2e18..=9.2e18).contains(&rounded) {
        Ok(rounded as i64)
    } else {
        Err(ArithmeticError::Overflow)
    }
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The largest value.
            pub const MAX: Self = Self(i64::MAX);
            /// The smallest value.
            pub const MIN: Self = Self(i64::MIN);

            /// The raw integer.
            #[inline]
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The magnitude.
            #[inline]
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// Whether it is zero.
            #[inline]
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum, or `None` on overflow.
            #[inline]
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(x) => Some(Self(x)),
                    None => None,
                }
            }

            /// The difference, or `None` on overflow.
            #[inline]
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(x) => Some(Self(x)),
                    None => None,
                }
            }

            /// `self * numerator / denominator`, rounded as named.
            ///
            /// # Errors
            /// As [`mul_div`].
            #[inline]
            pub fn mul_div(self, numerator: i64, denominator: i64, rounding: Rounding) -> Result<Self, ArithmeticError> {
                mul_div(self.0, numerator, denominator, rounding).map(Self)
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            #[inline]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl std::ops::Sub for $name {
            type Output = Self;
            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl std::ops::Neg for $name {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl std::ops::AddAssign for $name {
            #[inline]
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl std::ops::SubAssign for $name {
            #[inline]
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, |a, b| a + b)
            }
        }
    };
}

amount!(
    /// A price in ticks of its instrument.
    Price
);
amount!(
    /// A quantity in lots of its instrument; signed where it is a position (long positive).
    Qty
);
amount!(
    /// Money in micro-USD (10^-6 dollars), and any other asset in millionths of its unit.
    Usd
);

/// The value of one tick times one lot, in micro-USD: `tick_size * lot_size * 10^6`, a whole number.
///
/// An instrument whose product is not whole is refused when it is configured, so that a notional is
/// exact: `price * qty * unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitValue(pub i64);

impl UnitValue {
    /// The exact value of `qty` at `price`; the sign is that of `qty`.
    ///
    /// # Panics
    /// If the value leaves `i64` (9.2 trillion dollars): admission limits keep orders far below.
    #[inline]
    #[must_use]
    pub fn notional(self, price: Price, qty: Qty) -> Usd {
        Usd(price.0 * self.0 * qty.0)
    }
}

impl Usd {
    /// Whole dollars.
    #[must_use]
    pub const fn dollars(dollars: i64) -> Self {
        Self(dollars * 1_000_000)
    }

    /// For decisions, statistics and charts.
    #[inline]
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The nearest micro-dollar.
    ///
    /// # Errors
    /// As [`round_to_i64`].
    pub fn from_f64(dollars: f64) -> Result<Self, ArithmeticError> {
        round_to_i64(dollars * 1e6).map(Self)
    }

    /// `self * rate`, rounded as named.
    ///
    /// # Panics
    /// If the product does not fit: a rate is at most a few hundred percent and money is bounded.
    #[inline]
    #[must_use]
    pub fn times(self, rate: Rate, rounding: Rounding) -> Self {
        self.mul_div(rate.0, Rate::ONE.0, rounding)
            .expect("a rate times money fits")
    }
}

impl std::fmt::Display for Usd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:06}",
            magnitude / 1_000_000,
            magnitude % 1_000_000
        )
    }
}

/// A dimensionless ratio in billionths: fees, margin rates, haircuts, funding per interval.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Rate(pub i64);

impl Rate {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One hundred percent.
    pub const ONE: Self = Self(1_000_000_000);

    /// Hundredths of a percent.
    #[must_use]
    pub const fn bps(bps: i64) -> Self {
        Self(bps * 100_000)
    }

    /// The nearest billionth.
    ///
    /// # Errors
    /// As [`round_to_i64`].
    pub fn from_f64(x: f64) -> Result<Self, ArithmeticError> {
        round_to_i64(x * 1e9).map(Self)
    }

    /// For decisions, statistics and charts.
    #[inline]
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl std::ops::Add for Rate {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Rate {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_by_name() {
        let all = [
            Rounding::Floor,
            Rounding::Ceil,
            Rounding::TowardZero,
            Rounding::HalfEven,
        ];
        let at = |n: i64| all.map(|r| mul_div(n, 1, 2, r).unwrap());
        assert_eq!(at(3), [1, 2, 1, 2]);
        assert_eq!(at(5), [2, 3, 2, 2]);
        assert_eq!(at(-3), [-2, -1, -1, -2]);
        assert_eq!(at(-5), [-3, -2, -2, -2]);
        assert_eq!(at(4), [2; 4]);
    }

    #[test]
    fn errors_are_named() {
        assert_eq!(
            mul_div(1, 1, 0, Rounding::Floor),
            Err(ArithmeticError::DivisionByZero)
        );
        assert_eq!(
            mul_div(i64::MAX, 2, 1, Rounding::Floor),
            Err(ArithmeticError::Overflow)
        );
        assert_eq!(round_to_i64(f64::NAN), Err(ArithmeticError::NotFinite));
        assert_eq!(round_to_i64(1e30), Err(ArithmeticError::Overflow));
        assert_eq!(round_to_i64(2.5), Ok(2));
    }

    #[test]
    fn notional_is_exact() {
        // One BTC at 117,000.1 dollars: tick 0.1, lot 0.001, one unit is 100 micro-USD.
        let unit = UnitValue(100);
        assert_eq!(
            unit.notional(Price(1_170_001), Qty(1000)),
            Usd(117_000_100_000)
        );
        assert_eq!(
            unit.notional(Price(1_170_001), Qty(-1000)).to_string(),
            "-117000.100000"
        );
    }

    proptest! {
        #[test]
        fn mul_div_brackets_the_quotient(a in any::<i32>(), b in any::<i32>(), c in any::<i32>()) {
            prop_assume!(c != 0);
            let (a, b, c) = (i64::from(a), i64::from(b), i64::from(c));
            let exact = a as f64 * b as f64 / c as f64;
            let floor = mul_div(a, b, c, Rounding::Floor);
            let ceil = mul_div(a, b, c, Rounding::Ceil);
            if let (Ok(floor), Ok(ceil)) = (floor, ceil) {
                prop_assert!(ceil - floor <= 1);
                prop_assert!(floor as f64 <= exact + exact.abs() * 1e-12);
                prop_assert!(ceil as f64 >= exact - exact.abs() * 1e-12);
                let even = mul_div(a, b, c, Rounding::HalfEven).unwrap();
                prop_assert!(even == floor || even == ceil);
            }
        }
    }
}
