//! Fixed-point numbers of 18 decimals (Balancer `FixedPoint`).

use super::log_exp::pow;
use crate::PoolError;
use ruint::aliases::U256;

const OVERFLOW: PoolError = PoolError::Overflow;

/// 1.
pub(super) const ONE: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
const TWO: U256 = U256::from_limbs([2_000_000_000_000_000_000, 0, 0, 0]);
const FOUR: U256 = U256::from_limbs([4_000_000_000_000_000_000, 0, 0, 0]);
/// A power is exact to 10^-14 of itself.
const MAX_POWER_ERROR: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// Which way a result is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    Down,
    Up,
}

/// a * b / c in 256 bits.
pub(super) fn mul_div(a: U256, b: U256, c: U256, round: Round) -> Result<U256, PoolError> {
    let product = a.checked_mul(b).ok_or(OVERFLOW)?;
    if c.is_zero() {
        return Err(PoolError::InsufficientLiquidity);
    }
    Ok(match round {
        Round::Down => product / c,
        Round::Up => product.div_ceil(c),
    })
}

pub(super) fn mul(a: U256, b: U256, round: Round) -> Result<U256, PoolError> {
    mul_div(a, b, ONE, round)
}

pub(super) fn div(a: U256, b: U256, round: Round) -> Result<U256, PoolError> {
    mul_div(a, ONE, b, round)
}

pub(super) fn add(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_add(b).ok_or(OVERFLOW)
}

/// a - b, where the contract reverts below zero.
pub(super) fn sub(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_sub(b).ok_or(PoolError::InsufficientLiquidity)
}

/// 1 - x, or 0.
pub(super) fn complement(x: U256) -> U256 {
    ONE.saturating_sub(x)
}

/// base^exponent, less or more the largest error of the approximation; exact for 1, 2 and 4.
pub(super) fn power(base: U256, exponent: U256, round: Round) -> Result<U256, PoolError> {
    if exponent == ONE {
        return Ok(base);
    }
    if exponent == TWO {
        return mul(base, base, round);
    }
    if exponent == FOUR {
        let square = mul(base, base, round)?;
        return mul(square, square, round);
    }
    let raw = pow(base, exponent)?;
    let error = mul(raw, MAX_POWER_ERROR, Round::Up)? + U256::ONE;
    match round {
        Round::Down => Ok(raw.saturating_sub(error)),
        Round::Up => add(raw, error),
    }
}
