//! One step of a swap within constant liquidity (v3-core `SwapMath`).

use super::sqrt_price::{amount_0, amount_1, next_from_input, next_from_output};
use crate::PoolError;
use crate::math::full::mul_div_limb;
use crate::math::wide::{LimbDivisor, multiply};
use ruint::aliases::U256;

/// Parts of a whole fee.
pub(crate) const PIPS: u64 = 1_000_000;
const BY_PIPS: LimbDivisor = LimbDivisor::new(PIPS);

/// A fee in parts per million, ready to be charged.
#[derive(Clone, Copy)]
pub(crate) struct Fee {
    pips: u64,
    /// What is left of a million.
    keep: u64,
    by_keep: LimbDivisor,
}

impl Fee {
    /// A fee below 100%.
    pub(crate) fn new(pips: u32) -> Self {
        let pips = u64::from(pips);
        let keep = PIPS - pips;
        Self {
            pips,
            keep,
            by_keep: LimbDivisor::new(keep),
        }
    }

    /// Whether an input less its fee, rounded down, is at least an amount: `x keep / 10^6 >= y` for a
    /// whole y is `x keep >= y 10^6`, without a division.
    #[inline]
    fn leaves(&self, input: U256, amount: U256) -> bool {
        let left: [u64; 5] = multiply(input.as_limbs(), &[self.keep]);
        let needed: [u64; 5] = multiply(amount.as_limbs(), &[PIPS]);
        left.iter().rev().ge(needed.iter().rev())
    }

    /// An input less its fee, rounded down.
    #[inline]
    fn net(&self, input: U256) -> Result<U256, PoolError> {
        mul_div_limb(input, self.keep, &BY_PIPS, false)
    }

    /// The fee on top of an amount, rounded up.
    #[inline]
    fn on_top_of(&self, amount: U256) -> Result<U256, PoolError> {
        mul_div_limb(amount, self.pips, &self.by_keep, true)
    }
}

/// What a step moved.
pub(crate) struct Step {
    /// The square-root price reached.
    pub(crate) sqrt_price: U256,
    /// The input without the fee, rounded up.
    pub(crate) amount_in: U256,
    /// The output, rounded down.
    pub(crate) amount_out: U256,
    /// The fee, on top of the input.
    pub(crate) fee: U256,
}

/// Moves from `price` toward `target` until the amount is used up.
#[inline]
pub(crate) fn swap_step(
    price: U256,
    target: U256,
    liquidity: u128,
    remaining: U256,
    exact_in: bool,
    fee: &Fee,
) -> Result<Step, PoolError> {
    let zero_for_one = price >= target;
    let amount_in_to = |reached| {
        if zero_for_one {
            amount_0(reached, price, liquidity, true)
        } else {
            Ok(amount_1(price, reached, liquidity, true))
        }
    };
    let amount_out_to = |reached| {
        if zero_for_one {
            Ok(amount_1(reached, price, liquidity, false))
        } else {
            amount_0(price, reached, liquidity, false)
        }
    };

    let (sqrt_price, amount_in, amount_out);
    if exact_in {
        let whole = amount_in_to(target)?;
        sqrt_price = if fee.leaves(remaining, whole) {
            target
        } else {
            next_from_input(price, liquidity, fee.net(remaining)?, zero_for_one)?
        };
        amount_in = if sqrt_price == target {
            whole
        } else {
            amount_in_to(sqrt_price)?
        };
        amount_out = amount_out_to(sqrt_price)?;
    } else {
        let whole = amount_out_to(target)?;
        sqrt_price = if remaining >= whole {
            target
        } else {
            next_from_output(price, liquidity, remaining, zero_for_one)?
        };
        amount_in = amount_in_to(sqrt_price)?;
        let moved = if sqrt_price == target {
            whole
        } else {
            amount_out_to(sqrt_price)?
        };
        // The price is rounded so that slightly more may be free than was asked for.
        amount_out = moved.min(remaining);
    }
    let fee = if exact_in && sqrt_price != target {
        // What the rounded price leaves of the input is fee.
        remaining - amount_in
    } else {
        fee.on_top_of(amount_in)?
    };
    Ok(Step {
        sqrt_price,
        amount_in,
        amount_out,
        fee,
    })
}
