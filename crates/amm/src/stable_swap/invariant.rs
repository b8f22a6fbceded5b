//! The invariant and its inverse, with the contract's rounding.

use super::{MAX_COINS, OVERFLOW};
use crate::PoolError;
use ruint::aliases::U256;

/// Iterations of the contract's loops.
const ITERATIONS: usize = 255;

/// Balances in 18 decimals.
#[derive(Clone, Copy)]
pub(super) struct Scaled {
    balances: [U256; MAX_COINS],
    coins: usize,
}

impl Scaled {
    pub(super) fn new(coins: usize) -> Self {
        Self {
            balances: [U256::ZERO; MAX_COINS],
            coins,
        }
    }

    pub(super) fn get(&self, coin: usize) -> U256 {
        self.balances[coin]
    }

    pub(super) fn set(&mut self, coin: usize, balance: U256) {
        self.balances[coin] = balance;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = U256> {
        self.balances[..self.coins].iter().copied()
    }

    fn sum(&self) -> Result<U256, PoolError> {
        let mut sum = U256::ZERO;
        for balance in self.iter() {
            sum = sum.checked_add(balance).ok_or(OVERFLOW)?;
        }
        Ok(sum)
    }
}

/// Ann = A n and its precision.
#[derive(Clone, Copy)]
pub(super) struct Amplifier {
    ann: U256,
    precision: U256,
    coins: U256,
}

impl Amplifier {
    pub(super) fn new(a: u64, precision: u64, coins: usize) -> Self {
        Self {
            ann: U256::from(a) * U256::from(coins),
            precision: U256::from(precision),
            coins: U256::from(coins),
        }
    }
}

/// a * b / c rounded down, in 256 bits as in the contract.
fn ratio(a: U256, b: U256, c: U256) -> Result<U256, PoolError> {
    let product = a.checked_mul(b).ok_or(OVERFLOW)?;
    product
        .checked_div(c)
        .ok_or(PoolError::InsufficientLiquidity)
}

fn sum(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_add(b).ok_or(OVERFLOW)
}

fn times(a: U256, b: U256) -> Result<U256, PoolError> {
    a.checked_mul(b).ok_or(OVERFLOW)
}

/// D: `D' = (Ann S + n P) D / ((Ann - 1) D + (n + 1) P)` with `P = D^(n+1) / (n^n prod x)`.
pub(super) fn invariant(balances: &Scaled, amplifier: &Amplifier) -> Result<U256, PoolError> {
    let Amplifier {
        ann,
        precision,
        coins,
    } = *amplifier;
    let total = balances.sum()?;
    if total.is_zero() {
        return Ok(U256::ZERO);
    }
    let mut d = total;
    for _ in 0..ITERATIONS {
        let mut p = d;
        for x in balances.iter() {
            p = ratio(p, d, times(x, coins)?)?;
        }
        let before = d;
        let numerator = sum(ratio(ann, total, precision)?, times(p, coins)?)?;
        let excess = ann.checked_sub(precision).ok_or(OVERFLOW)?;
        let denominator = sum(ratio(excess, d, precision)?, times(coins + U256::ONE, p)?)?;
        d = ratio(numerator, d, denominator)?;
        if d.abs_diff(before) <= U256::ONE {
            return Ok(d);
        }
    }
    Err(PoolError::NoConvergence)
}

/// The balance of one coin that gives D with the others: `y' = (y^2 + c) / (2 y + b - D)`.
pub(super) fn balance_given_others(
    balances: &Scaled,
    coin: usize,
    d: U256,
    amplifier: &Amplifier,
) -> Result<U256, PoolError> {
    let Amplifier {
        ann,
        precision,
        coins,
    } = *amplifier;
    let mut c = d;
    let mut total = U256::ZERO;
    for (other, x) in balances.iter().enumerate() {
        if other != coin {
            total = sum(total, x)?;
            c = ratio(c, d, times(x, coins)?)?;
        }
    }
    c = ratio(times(c, d)?, precision, times(ann, coins)?)?;
    let b = sum(total, ratio(d, precision, ann)?)?;
    let mut y = d;
    for _ in 0..ITERATIONS {
        let before = y;
        let numerator = sum(times(y, y)?, c)?;
        let denominator = sum(y << 1, b)?.checked_sub(d).ok_or(OVERFLOW)?;
        y = numerator
            .checked_div(denominator)
            .ok_or(PoolError::InsufficientLiquidity)?;
        if y.abs_diff(before) <= U256::ONE {
            return Ok(y);
        }
    }
    Err(PoolError::NoConvergence)
}
