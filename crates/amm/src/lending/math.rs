//! Fixed-point arithmetic of the lending contracts: rays (27 decimals), wads (18), basis points.
//!
//! Source: `WadRayMath`, `PercentageMath` and `MathUtils` of Aave v3 (P). Products are exact in 256
//! bits; the limits of the market ([`MAX_TOKENS`], [`MAX_PRICE`], [`MAX_INDEX`]) keep every one of
//! them below 2^256.

use ruint::aliases::U256;

/// One, with 27 decimals: indices and rates.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
/// One, with 18 decimals: health factors.
pub const WAD: u128 = 1_000_000_000_000_000_000;
/// One, in basis points.
pub const BPS: u128 = 10_000;
/// One unit of the currency in which prices are stated, usually a dollar.
pub const BASE_UNIT: u128 = 100_000_000;
/// The largest amount, and the largest sum of scaled balances of a reserve, in whole tokens: 4,503
/// trillion.
pub const MAX_TOKENS: u128 = 1 << 52;
/// The highest price of a whole token: 184 billion dollars.
pub const MAX_PRICE: u128 = u64::MAX as u128;
/// The highest index: a debt that has grown 1,024-fold grows no further.
pub const MAX_INDEX: u128 = RAY << 10;

/// What happens to the part of a quotient below one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Down,
    Up,
    /// To the nearest, a half up: the rule of the contracts where neither side is to be favoured.
    HalfUp,
}

/// Widens.
#[inline]
pub(crate) fn wide(value: u128) -> U256 {
    U256::from(value)
}

/// Narrows a value that the limits of the market keep below 2^128.
#[inline]
pub(crate) fn narrow(value: U256) -> u128 {
    u128::try_from(value).expect("amounts, prices and indices have limits")
}

/// Narrows, the largest number standing for all above it.
#[inline]
pub(crate) fn narrow_or_max(value: U256) -> u128 {
    u128::try_from(value).unwrap_or(u128::MAX)
}

/// An exact product; `ruint`'s operator would wrap.
#[inline]
pub(crate) fn times(a: U256, b: U256) -> U256 {
    a.checked_mul(b)
        .expect("amounts, prices and indices have limits")
}

/// A quotient; the divisor is never zero.
#[inline]
pub(crate) fn divide(numerator: U256, divisor: U256, round: Round) -> U256 {
    match round {
        Round::Down => numerator / divisor,
        Round::Up => {
            let (quotient, rest) = numerator.div_rem(divisor);
            quotient + U256::from(u64::from(!rest.is_zero()))
        }
        Round::HalfUp => (numerator + (divisor >> 1)) / divisor,
    }
}

/// `a * b / c`.
#[inline]
pub(crate) fn mul_div(a: u128, b: u128, c: u128, round: Round) -> u128 {
    narrow(divide(times(wide(a), wide(b)), wide(c), round))
}

/// A product of rays, or of an amount and a ray.
#[inline]
pub(crate) fn ray_mul(a: u128, b: u128, round: Round) -> u128 {
    mul_div(a, b, RAY, round)
}

/// A quotient of rays, or of an amount and a ray.
#[inline]
pub(crate) fn ray_div(a: u128, b: u128, round: Round) -> u128 {
    mul_div(a, RAY, b, round)
}

/// So many basis points of a value.
#[inline]
pub(crate) fn percent(value: u128, bps: u128, round: Round) -> u128 {
    mul_div(value, bps, BPS, round)
}

/// The value of which `bps` basis points are the value given.
#[inline]
pub(crate) fn percent_div(value: u128, bps: u128, round: Round) -> u128 {
    mul_div(value, BPS, bps, round)
}

/// One token in its smallest units.
#[inline]
pub(crate) fn unit(decimals: u8) -> u128 {
    10_u128.pow(u32::from(decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_roundings() {
        // 7 * 3 / 2 = 10.5; 7 * 3 / 4 = 5.25; 7 * 3 / 7 = 3.
        let all = |a, b, c| [Round::Down, Round::Up, Round::HalfUp].map(|r| mul_div(a, b, c, r));
        assert_eq!(all(7, 3, 2), [10, 11, 11]);
        assert_eq!(all(7, 3, 4), [5, 6, 5]);
        assert_eq!(all(7, 3, 7), [3, 3, 3]);
    }

    #[test]
    fn the_limits_fit() {
        // The widest product: debt price * debt * collateral unit.
        let debt = ray_mul(MAX_TOKENS * unit(18), MAX_INDEX, Round::Up);
        let value = times(times(wide(MAX_PRICE), wide(debt)), wide(unit(18)));
        assert!(value > U256::ZERO);
        // 6.5 trillion tokens of 18 decimals, ten times over.
        const { assert!(65_000_000_000_000 < MAX_TOKENS) };
    }
}
