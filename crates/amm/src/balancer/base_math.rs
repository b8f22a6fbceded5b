//! Liquidity in and out of any pool with an invariant (Balancer V3 `BasePoolMath`).

use super::fixed::{ONE, Round, add, complement, div, mul, mul_div, sub};
use crate::PoolError;
use ruint::aliases::U256;

/// The curve of a kind of pool, on balances in 18 decimals that include the tokens' rates.
pub trait Curve {
    /// The invariant, rounded.
    #[doc(hidden)]
    fn invariant(&self, balances: &[U256], up: bool) -> Result<U256, PoolError>;
    /// The balance of one token, rounded up, that changes the invariant by this ratio.
    #[doc(hidden)]
    fn balance(&self, balances: &[U256], token: usize, ratio: U256) -> Result<U256, PoolError>;
    /// What an amount without fee buys.
    #[doc(hidden)]
    fn out_given_in(
        &self,
        balances: &[U256],
        tokens: (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError>;
    /// What an amount costs without fee.
    #[doc(hidden)]
    fn in_given_out(
        &self,
        balances: &[U256],
        tokens: (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError>;
    /// The least and the largest change of the invariant by liquidity out of proportion.
    #[doc(hidden)]
    fn ratio_bounds(&self) -> (U256, U256);
}

/// A pool before a change of liquidity.
pub(super) struct Before<'a, C> {
    pub(super) curve: &'a C,
    /// Balances in 18 decimals, rates included.
    pub(super) balances: &'a [U256],
    pub(super) supply: U256,
    pub(super) swap_fee: U256,
}

impl<C: Curve> Before<'_, C> {
    /// Amounts of all tokens for shares, rounded up.
    pub(super) fn proportional_in(&self, shares: U256) -> Result<Vec<U256>, PoolError> {
        let amount = |balance| mul_div(balance, shares, self.supply, Round::Up);
        self.balances.iter().copied().map(amount).collect()
    }

    /// Amounts of all tokens for shares, rounded down.
    pub(super) fn proportional_out(&self, shares: U256) -> Result<Vec<U256>, PoolError> {
        let amount = |balance| mul_div(balance, shares, self.supply, Round::Down);
        self.balances.iter().copied().map(amount).collect()
    }

    /// Shares for these amounts, rounded down, and the fees per token.
    pub(super) fn unbalanced_in(&self, amounts: &[U256]) -> Result<(U256, Vec<U256>), PoolError> {
        let mut after = Vec::with_capacity(amounts.len());
        for (balance, amount) in self.balances.iter().zip(amounts) {
            // One unit against rounding.
            after.push(sub(add(*balance, *amount)?, U256::ONE)?);
        }
        let before = self.curve.invariant(self.balances, true)?;
        let ratio = div(self.curve.invariant(&after, false)?, before, Round::Down)?;
        if ratio > self.curve.ratio_bounds().1 {
            return Err(PoolError::InvariantRatio);
        }
        let mut fees = vec![U256::ZERO; amounts.len()];
        for (i, balance) in after.iter_mut().enumerate() {
            let proportional = mul(ratio, self.balances[i], Round::Down)?;
            if *balance > proportional {
                fees[i] = mul(*balance - proportional, self.swap_fee, Round::Up)?;
                *balance = sub(*balance, fees[i])?;
            }
        }
        let growth = sub(self.curve.invariant(&after, false)?, before)?;
        Ok((mul_div(self.supply, growth, before, Round::Down)?, fees))
    }

    /// The amount of one token for exact shares, fee included and rounded up, and the fee.
    pub(super) fn single_in(&self, token: usize, shares: U256) -> Result<(U256, U256), PoolError> {
        let supply = add(shares, self.supply)?;
        let ratio = div(supply, self.supply, Round::Up)?;
        if ratio > self.curve.ratio_bounds().1 {
            return Err(PoolError::InvariantRatio);
        }
        let held = self.balances[token];
        let after = self.curve.balance(self.balances, token, ratio)?;
        let untaxed = mul_div(supply, held, self.supply, Round::Down)?;
        let taxable = sub(after, untaxed)?;
        let fee = div(taxable, complement(self.swap_fee), Round::Up)? - taxable;
        Ok((add(sub(after, held)?, fee)?, fee))
    }

    /// The amount of one token for exact shares, fee taken off and rounded down, and the fee.
    pub(super) fn single_out(&self, token: usize, shares: U256) -> Result<(U256, U256), PoolError> {
        let supply = sub(self.supply, shares)?;
        let ratio = div(supply, self.supply, Round::Up)?;
        if ratio < self.curve.ratio_bounds().0 {
            return Err(PoolError::InvariantRatio);
        }
        let held = self.balances[token];
        let after = self.curve.balance(self.balances, token, ratio)?;
        let untaxed = mul_div(supply, held, self.supply, Round::Up)?;
        let taxable = sub(untaxed, after)?;
        let fee = mul(taxable, self.swap_fee, Round::Up)?;
        Ok((sub(sub(held, after)?, fee)?, fee))
    }

    /// The shares for an exact amount of one token, rounded up, and the fee.
    pub(super) fn single_exact_out(
        &self,
        token: usize,
        amount: U256,
    ) -> Result<(U256, U256), PoolError> {
        let mut after = Vec::with_capacity(self.balances.len());
        for (i, balance) in self.balances.iter().enumerate() {
            let taken = if i == token { amount } else { U256::ZERO };
            // One unit against rounding.
            after.push(sub(sub(*balance, U256::ONE)?, taken)?);
        }
        let before = self.curve.invariant(self.balances, true)?;
        let ratio = div(self.curve.invariant(&after, true)?, before, Round::Up)?;
        if ratio < self.curve.ratio_bounds().0 {
            return Err(PoolError::InvariantRatio);
        }
        let proportional = mul(ratio, self.balances[token], Round::Up)?;
        let taxable = sub(proportional, after[token])?;
        let fee = div(taxable, complement(self.swap_fee), Round::Up)? - taxable;
        after[token] = sub(after[token], fee)?;
        let loss = sub(before, self.curve.invariant(&after, false)?)?;
        Ok((mul_div(self.supply, loss, before, Round::Up)?, fee))
    }
}

/// A percentage of 18 decimals below one.
pub(super) fn is_fee(fee: U256) -> bool {
    fee < ONE
}
