//! The stable curve (Balancer V3 `StableMath`).

use super::base_math::Curve;
use super::fixed::{Round, mul, sub};
use crate::{ConfigError, PoolError};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

const OVERFLOW: PoolError = PoolError::Overflow;
const ITERATIONS: usize = 255;
/// The amplification has three decimals.
const AMP_PRECISION: u64 = 1_000;
const MAX_AMPLIFICATION: u64 = 1_000_000;

/// StableSwap with every rounding in the pool's favour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StableCurve {
    /// A n^(n-1) times 1000.
    amplification: u64,
}

impl StableCurve {
    /// A curve with A, which is A n^(n-1) of the whitepaper, times 1000.
    ///
    /// # Errors
    ///
    /// `amplification` below 1000 or above 10^9 (A of 1 to 10^6).
    pub fn new(amplification: u64) -> Result<Self, ConfigError> {
        if !(AMP_PRECISION..=MAX_AMPLIFICATION * AMP_PRECISION).contains(&amplification) {
            return Err(ConfigError::new(
                "amplification",
                format!("{amplification} thousandths are not 1 to 10^6"),
            ));
        }
        Ok(Self { amplification })
    }

    fn ann(&self, tokens: usize) -> U256 {
        U256::from(self.amplification) * U256::from(tokens)
    }

    /// D, rounded down.
    fn d(&self, balances: &[U256]) -> Result<U256, PoolError> {
        let tokens = U256::from(balances.len());
        let precision = U256::from(AMP_PRECISION);
        let ann = self.ann(balances.len());
        let mut total = U256::ZERO;
        for balance in balances {
            total = add(total, *balance)?;
        }
        if total.is_zero() {
            return Ok(total);
        }
        let mut d = total;
        for _ in 0..ITERATIONS {
            let mut p = d;
            for balance in balances {
                p = floor(times(p, d)?, times(*balance, tokens)?)?;
            }
            let before = d;
            let numerator = add(times(ann, total)? / precision, times(p, tokens)?)?;
            let denominator = add(
                times(ann - precision, d)? / precision,
                times(tokens + U256::ONE, p)?,
            )?;
            d = floor(times(numerator, d)?, denominator)?;
            if d.abs_diff(before) <= U256::ONE {
                return Ok(d);
            }
        }
        Err(PoolError::NoConvergence)
    }

    /// The balance of a token that gives D with the others, rounded up.
    fn y(&self, balances: &[U256], d: U256, token: usize) -> Result<U256, PoolError> {
        let tokens = U256::from(balances.len());
        let precision = U256::from(AMP_PRECISION);
        let ann = self.ann(balances.len());
        let mut total = balances[0];
        let mut p = times(balances[0], tokens)?;
        for balance in &balances[1..] {
            p = floor(times(times(p, *balance)?, tokens)?, d)?;
            total = add(total, *balance)?;
        }
        let total = total - balances[token];
        let square = times(d, d)?;
        let c = ceil(times(square, precision)?, times(ann, p)?)?;
        let c = times(c, balances[token])?;
        let b = add(total, times(d, precision)? / ann)?;
        let mut y = ceil(add(square, c)?, add(d, b)?)?;
        for _ in 0..ITERATIONS {
            let before = y;
            let denominator = sub(add(y << 1, b)?, d)?;
            y = ceil(add(times(y, y)?, c)?, denominator)?;
            if y.abs_diff(before) <= U256::ONE {
                return Ok(y);
            }
        }
        Err(PoolError::NoConvergence)
    }
}

impl Curve for StableCurve {
    fn invariant(&self, balances: &[U256], up: bool) -> Result<U256, PoolError> {
        let d = self.d(balances)?;
        Ok(if up && !d.is_zero() { d + U256::ONE } else { d })
    }

    fn balance(&self, balances: &[U256], token: usize, ratio: U256) -> Result<U256, PoolError> {
        let d = mul(self.invariant(balances, true)?, ratio, Round::Up)?;
        self.y(balances, d, token)
    }

    fn out_given_in(
        &self,
        balances: &[U256],
        (token_in, token_out): (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError> {
        let d = self.d(balances)?;
        let mut after = balances.to_vec();
        after[token_in] = add(after[token_in], amount)?;
        let left = self.y(&after, d, token_out)?;
        sub(sub(balances[token_out], left)?, U256::ONE)
    }

    fn in_given_out(
        &self,
        balances: &[U256],
        (token_in, token_out): (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError> {
        let d = self.d(balances)?;
        let mut after = balances.to_vec();
        after[token_out] = sub(after[token_out], amount)?;
        let needed = self.y(&after, d, token_in)?;
        add(sub(needed, balances[token_in])?, U256::ONE)
    }

    fn ratio_bounds(&self) -> (U256, U256) {
        let percent = |n: u64| U256::from(n) * U256::from(10_000_000_000_000_000_u64);
        (percent(60), percent(500))
    }
}

fn add(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_add(b).ok_or(OVERFLOW)
}

fn times(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_mul(b).ok_or(OVERFLOW)
}

fn floor(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_div(b).ok_or(PoolError::InsufficientLiquidity)
}

fn ceil(a: U256, b: U256) -> Result<U256, PoolError> {
    if b.is_zero() {
        return Err(PoolError::InsufficientLiquidity);
    }
    Ok(a.div_ceil(b))
}
