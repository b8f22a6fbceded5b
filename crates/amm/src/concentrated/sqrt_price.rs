//! Amounts between two square-root prices, and the price after an amount (v3-core `SqrtPriceMath`).

use crate::PoolError;
use crate::math::full::{mul_div, quotient};
use crate::math::wide::multiply;
use ruint::aliases::U256;

const OVERFLOW: PoolError = PoolError::Overflow;

const fn halves(x: u128) -> [u64; 2] {
    [x as u64, (x >> 64) as u64]
}

/// The three limbs of a number below 2^192: square-root prices have 160 bits.
#[inline]
fn price_limbs(price: U256) -> [u64; 3] {
    let [a, b, c, _] = *price.as_limbs();
    [a, b, c]
}

/// Shifts left by 96 bits, into two more limbs.
#[inline]
fn scaled<const N: usize, const K: usize>(x: &[u64; N]) -> [u64; K] {
    const { assert!(N + 2 == K) };
    let mut out = [0; K];
    for i in 0..N {
        out[i + 1] |= x[i] << 32;
        out[i + 2] = x[i] >> 32;
    }
    out
}

/// Token 0 between two prices: L * 2^96 * (high - low) / high / low.
///
/// The contract divides twice and rounds each time the same way, which is one division by the
/// product: floor(floor(n / a) / b) = floor(n / (a b)), and likewise with ceilings.
#[inline]
pub(crate) fn amount_0(
    low: U256,
    high: U256,
    liquidity: u128,
    up: bool,
) -> Result<U256, PoolError> {
    let (low, high) = if low <= high {
        (low, high)
    } else {
        (high, low)
    };
    if low.is_zero() {
        return Err(PoolError::PriceOutOfRange(low));
    }
    let difference = price_limbs(high - low);
    let product: [u64; 5] = multiply(&difference, &halves(liquidity));
    let numerator: [u64; 7] = scaled(&product);
    let denominator: [u64; 6] = multiply(&price_limbs(high), &price_limbs(low));
    quotient(&numerator, &denominator, up)
}

/// Token 1 between two prices: L * (high - low) / 2^96.
#[inline]
pub(crate) fn amount_1(low: U256, high: U256, liquidity: u128, up: bool) -> U256 {
    let difference = if low <= high { high - low } else { low - high };
    let product: [u64; 5] = multiply(&price_limbs(difference), &halves(liquidity));
    let inexact = product[0] != 0 || product[1] as u32 != 0;
    let limb = |i: usize| product[i] >> 32 | product[i + 1] << 32;
    let floor = U256::from_limbs([limb(1), limb(2), limb(3), product[4] >> 32]);
    if up && inexact {
        floor + U256::ONE
    } else {
        floor
    }
}

/// What of a price must fit 160 bits.
fn as_price(price: U256) -> Result<U256, PoolError> {
    if price.bit_len() > 160 {
        return Err(OVERFLOW);
    }
    Ok(price)
}

/// The price after an amount of token 0 is added or removed, rounded up.
#[inline]
fn next_from_amount_0(
    price: U256,
    liquidity: u128,
    amount: U256,
    add: bool,
) -> Result<U256, PoolError> {
    if amount.is_zero() {
        return Ok(price);
    }
    let numerator = U256::from(liquidity) << 96;
    let product = amount.checked_mul(price);
    if !add {
        // The liquidity must hold more of the token than is taken.
        let product = product.filter(|product| numerator > *product);
        let denominator = numerator - product.ok_or(PoolError::InsufficientLiquidity)?;
        return as_price(mul_div(numerator, price, denominator, true)?);
    }
    match product.and_then(|product| numerator.checked_add(product)) {
        Some(denominator) => mul_div(numerator, price, denominator, true),
        // A coarser formula where the exact one would not fit 256 bits.
        None => {
            let denominator = (numerator / price).checked_add(amount).ok_or(OVERFLOW)?;
            mul_div(numerator, U256::ONE, denominator, true)
        }
    }
}

/// The price after an amount of token 1 is added or removed, rounded down.
#[inline]
fn next_from_amount_1(
    price: U256,
    liquidity: u128,
    amount: U256,
    add: bool,
) -> Result<U256, PoolError> {
    let numerator: [u64; 6] = scaled(amount.as_limbs());
    let change = quotient(&numerator, &halves(liquidity), !add)?;
    if add {
        as_price(price.checked_add(change).ok_or(OVERFLOW)?)
    } else if price > change {
        Ok(price - change)
    } else {
        Err(PoolError::InsufficientLiquidity)
    }
}

/// The price after an amount came in.
#[inline]
pub(crate) fn next_from_input(
    price: U256,
    liquidity: u128,
    amount: U256,
    zero_for_one: bool,
) -> Result<U256, PoolError> {
    if price.is_zero() || liquidity == 0 {
        return Err(PoolError::InsufficientLiquidity);
    }
    if zero_for_one {
        next_from_amount_0(price, liquidity, amount, true)
    } else {
        next_from_amount_1(price, liquidity, amount, true)
    }
}

/// The price after an amount went out.
#[inline]
pub(crate) fn next_from_output(
    price: U256,
    liquidity: u128,
    amount: U256,
    zero_for_one: bool,
) -> Result<U256, PoolError> {
    if price.is_zero() || liquidity == 0 {
        return Err(PoolError::InsufficientLiquidity);
    }
    if zero_for_one {
        next_from_amount_1(price, liquidity, amount, false)
    } else {
        next_from_amount_0(price, liquidity, amount, false)
    }
}
