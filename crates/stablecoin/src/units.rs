//! Token amounts, money and prices, and the one way to multiply and divide them.

use firesale_types::{Rate, Rounding};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use crate::{ConfigError, IssuerError};

/// A number of units of a token on its chain: `10^-decimals` of a token.
///
/// 128 bits hold the 6.5 trillion seigniorage tokens of May 2022 with 18 decimals (6.5e30 units)
/// fifty million times over.
pub type Amount = u128;

/// Money in millionths of a dollar.
pub type Money = i128;

/// One dollar.
pub const DOLLAR: Money = 1_000_000;

/// The most money in any one place, a quadrillion dollars: twice the world's wealth, and small
/// enough that no product below overflows.
pub const MONEY_MAX: Money = 1_000_000_000 * 1_000_000 * DOLLAR;

/// The highest price of a whole token, a billion dollars.
pub const PRICE_MAX: UnitPrice = UnitPrice(1_000_000_000 * UnitPrice::DOLLAR.0);

/// The price of one whole token in units of 10^-18 dollars, so that a token at a millionth of a
/// cent still has ten significant digits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnitPrice(pub u128);

impl UnitPrice {
    /// One dollar a token.
    pub const DOLLAR: Self = Self(1_000_000_000_000_000_000);

    /// Whole micro-dollars a token.
    #[must_use]
    pub const fn micro_usd(micro_usd: u128) -> Self {
        Self(micro_usd * 1_000_000_000_000)
    }

    /// Refuses a price of zero or above [`PRICE_MAX`].
    ///
    /// # Errors
    /// [`IssuerError::OutOfRange`].
    pub fn check(self, what: &'static str) -> Result<(), IssuerError> {
        if self.0 == 0 || self > PRICE_MAX {
            return Err(IssuerError::OutOfRange(what));
        }
        Ok(())
    }
}

/// How many decimals a token has on its chain: 6 to 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimals(pub u8);

impl Decimals {
    /// Refuses less than 6 (a micro-dollar would not be whole) and more than 18.
    ///
    /// # Errors
    /// A [`ConfigError`] for `key`.
    pub fn check(self, key: &str) -> Result<(), ConfigError> {
        if (6..=18).contains(&self.0) {
            return Ok(());
        }
        Err(ConfigError::new(
            key,
            format!("{} decimals; 6 to 18 are possible", self.0),
        ))
    }

    /// Units of one whole token.
    #[must_use]
    pub const fn one(self) -> Amount {
        10_u128.pow(self.0 as u32)
    }

    /// Units that are worth a micro-dollar at par.
    #[must_use]
    pub const fn per_micro(self) -> Amount {
        10_u128.pow(self.0 as u32 - 6)
    }

    /// The units that are worth `usd` at par, exactly. `usd` is not negative and at most
    /// [`MONEY_MAX`].
    #[must_use]
    pub const fn at_par(self, usd: Money) -> Amount {
        usd as u128 * self.per_micro()
    }

    /// What an amount is worth at par, rounded down, and the units that are too few for a
    /// micro-dollar.
    #[must_use]
    pub const fn par(self, amount: Amount) -> (Money, Amount) {
        let scale = self.per_micro();
        ((amount / scale) as i128, amount % scale)
    }

    /// The largest supply: what is worth [`MONEY_MAX`] at par.
    #[must_use]
    pub const fn supply_max(self) -> Amount {
        self.at_par(MONEY_MAX)
    }

    /// What an amount is worth at a price; `None` above [`MONEY_MAX`].
    #[must_use]
    pub fn value(self, amount: Amount, price: UnitPrice, rounding: Rounding) -> Option<Money> {
        let unit = 10_u128.pow(u32::from(self.0) + 12);
        let usd = i128::try_from(mul_div(amount, price.0, unit, rounding)?).ok()?;
        (usd <= MONEY_MAX).then_some(usd)
    }

    /// The units that money buys at a price; `None` if they do not fit or the price is zero.
    #[must_use]
    pub fn bought(self, usd: Money, price: UnitPrice, rounding: Rounding) -> Option<Amount> {
        let unit = 10_u128.pow(u32::from(self.0) + 12);
        mul_div(u128::try_from(usd).ok()?, unit, price.0, rounding)
    }
}

/// `a * b / c` through 256 bits, rounded as named; `None` if it does not fit or `c` is zero.
#[must_use]
pub fn mul_div(a: u128, b: u128, c: u128, rounding: Rounding) -> Option<u128> {
    if c == 0 {
        return None;
    }
    let (product, divisor) = (U256::from(a) * U256::from(b), U256::from(c));
    let (floor, rest) = product.div_rem(divisor);
    let twice = rest << 1;
    let up = match rounding {
        Rounding::Floor | Rounding::TowardZero => false,
        Rounding::Ceil => !rest.is_zero(),
        Rounding::HalfEven => twice > divisor || (twice == divisor && floor.bit(0)),
    };
    u128::try_from(floor).ok()?.checked_add(u128::from(up))
}

/// A part of an amount of money that is at most [`MONEY_MAX`]; the rate is at most ten.
#[must_use]
pub(crate) const fn part_down(usd: Money, rate: Rate) -> Money {
    (usd * rate.0 as i128).div_euclid(Rate::ONE.0 as i128)
}

/// As [`part_down`], rounded up.
#[must_use]
pub(crate) const fn part_up(usd: Money, rate: Rate) -> Money {
    -(-usd * rate.0 as i128).div_euclid(Rate::ONE.0 as i128)
}

/// `part / whole` in billionths, rounded down, `None` if nothing is the whole.
#[must_use]
pub(crate) fn ratio(part: Money, whole: Money) -> Option<Rate> {
    if whole <= 0 {
        return None;
    }
    let billionths = part.clamp(-MONEY_MAX, MONEY_MAX) * i128::from(Rate::ONE.0) / whole;
    Some(Rate(
        billionths.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_128_bits_are_exact() {
        // 6.5e13 tokens of 18 decimals at 0.00001 dollars: 6.5e8 dollars.
        let price = UnitPrice(10_000_000_000_000);
        let amount = 65_000_000_000_000 * Decimals(18).one();
        let worth = Decimals(18).value(amount, price, Rounding::Floor);
        assert_eq!(worth, Some(650_000_000 * DOLLAR));
        let back = Decimals(18).bought(650_000_000 * DOLLAR, price, Rounding::Floor);
        assert_eq!(back, Some(amount));
        assert_eq!(
            mul_div(u128::MAX, u128::MAX, u128::MAX, Rounding::Floor),
            Some(u128::MAX)
        );
        assert_eq!(mul_div(u128::MAX, 2, 1, Rounding::Floor), None);
        assert_eq!(mul_div(1, 1, 0, Rounding::Floor), None);
        let all = [
            Rounding::Floor,
            Rounding::Ceil,
            Rounding::TowardZero,
            Rounding::HalfEven,
        ];
        assert_eq!(all.map(|r| mul_div(7, 1, 2, r)), [3, 4, 3, 4].map(Some));
        assert_eq!(all.map(|r| mul_div(5, 1, 2, r)), [2, 3, 2, 2].map(Some));
    }

    #[test]
    fn parts_round_as_named() {
        let third = Rate(333_333_333);
        assert_eq!((part_down(10, third), part_up(10, third)), (3, 4));
        assert_eq!((part_down(0, third), part_up(0, third)), (0, 0));
        assert_eq!(ratio(1, 3), Some(third));
        assert_eq!(ratio(1, 0), None);
    }

    #[test]
    fn a_rest_below_a_micro_dollar_is_named() {
        assert_eq!(Decimals(18).par(1_999_999_999_999), (1, 999_999_999_999));
        assert_eq!(Decimals(6).par(7), (7, 0));
        assert!(Decimals(5).check("decimals").is_err());
        assert!(Decimals(19).check("decimals").is_err());
    }
}
