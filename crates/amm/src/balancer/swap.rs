//! Swaps through the vault.

use super::base_math::Curve;
use super::fixed::{ONE, Round, add, complement, div, mul, mul_div, sub};
use super::{BalancerPool, MINIMUM_TRADE, narrow};
use crate::PoolError;
use ruint::aliases::U256;

/// What a swap moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultSwap {
    /// Paid into the pool, the fee included.
    pub amount_in: u128,
    /// Received.
    pub amount_out: u128,
    /// The fee, in units of the token paid and rounded down.
    pub fee: u128,
    /// The protocol's part of it.
    pub protocol_fee: u128,
}

impl<C: Curve> BalancerPool<C> {
    /// What an exact payment buys; nothing changes.
    ///
    /// # Errors
    ///
    /// No such tokens, an amount below the least trade or above the largest, overflow.
    pub fn quote(&self, i: usize, j: usize, amount_in: u128) -> Result<VaultSwap, PoolError> {
        self.check_tokens(i, j, amount_in)?;
        let given = self.scaled(i, amount_in, Round::Down)?;
        let fee = mul(given, self.fee(), Round::Up)?;
        let net = sub(given, fee)?;
        check_trade(net)?;
        let live = self.live(Round::Down)?;
        let out = self.curve.out_given_in(&live, (i, j), net)?;
        check_trade(out)?;
        let rate = rate_rounded_up(self.rates[j]);
        let amount_out = narrow(div(out, self.unit(j, rate)?, Round::Down)?)?;
        self.with_fee(i, fee, amount_in, amount_out)
    }

    /// What an exact purchase costs; nothing changes.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote`].
    pub fn quote_exact_out(
        &self,
        i: usize,
        j: usize,
        amount_out: u128,
    ) -> Result<VaultSwap, PoolError> {
        self.check_tokens(i, j, amount_out)?;
        let rate = rate_rounded_up(self.rates[j]);
        let scaled = U256::from(amount_out) * U256::from(self.scaling[j]);
        let given = mul(scaled, rate, Round::Up)?;
        check_trade(given)?;
        let live = self.live(Round::Down)?;
        let net = self.curve.in_given_out(&live, (i, j), given)?;
        check_trade(net)?;
        let fee = mul_div(net, self.fee(), complement(self.fee()), Round::Up)?;
        let paid = self.raw(i, add(net, fee)?, Round::Up)?;
        self.with_fee(i, fee, paid, amount_out)
    }

    /// Pays an exact amount of token `i` for token `j`.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote`], and less than the minimum.
    pub fn swap(
        &mut self,
        i: usize,
        j: usize,
        amount_in: u128,
        minimum: u128,
    ) -> Result<VaultSwap, PoolError> {
        let swap = self.quote(i, j, amount_in)?;
        if swap.amount_out < minimum {
            return Err(PoolError::BelowMinimum {
                amount: swap.amount_out,
                minimum,
            });
        }
        self.settle(i, j, swap)
    }

    /// Buys an exact amount of token `j` with token `i`.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote_exact_out`], and more than the maximum.
    pub fn swap_exact_out(
        &mut self,
        i: usize,
        j: usize,
        amount_out: u128,
        maximum: u128,
    ) -> Result<VaultSwap, PoolError> {
        let swap = self.quote_exact_out(i, j, amount_out)?;
        if swap.amount_in > maximum {
            return Err(PoolError::AboveMaximum {
                amount: swap.amount_in,
                maximum,
            });
        }
        self.settle(i, j, swap)
    }

    fn settle(&mut self, i: usize, j: usize, swap: VaultSwap) -> Result<VaultSwap, PoolError> {
        let received = self.balances[i]
            .checked_add(swap.amount_in - swap.protocol_fee)
            .ok_or(PoolError::Overflow)?;
        let left = self.balances[j]
            .checked_sub(swap.amount_out)
            .ok_or(PoolError::InsufficientLiquidity)?;
        let owed = self.protocol_fees[i].checked_add(swap.protocol_fee);
        self.protocol_fees[i] = owed.ok_or(PoolError::Overflow)?;
        self.balances[i] = received;
        self.balances[j] = left;
        Ok(swap)
    }

    fn with_fee(
        &self,
        token: usize,
        fee: U256,
        amount_in: u128,
        amount_out: u128,
    ) -> Result<VaultSwap, PoolError> {
        let (fee, protocol_fee) = self.fees(token, fee)?;
        Ok(VaultSwap {
            amount_in,
            amount_out,
            fee,
            protocol_fee,
        })
    }

    fn check_tokens(&self, i: usize, j: usize, amount: u128) -> Result<(), PoolError> {
        let coins = self.coins();
        if i == j || i >= coins || j >= coins {
            return Err(PoolError::NoSuchCoin {
                coin_in: i,
                coin_out: j,
                coins,
            });
        }
        if amount == 0 {
            return Err(PoolError::ZeroAmount);
        }
        Ok(())
    }
}

/// A rate that is not whole was rounded down by its provider; one unit more is safe.
fn rate_rounded_up(rate: U256) -> U256 {
    if (rate % ONE).is_zero() {
        rate
    } else {
        rate + U256::ONE
    }
}

fn check_trade(amount: U256) -> Result<(), PoolError> {
    if amount < MINIMUM_TRADE {
        return Err(PoolError::TradeTooSmall);
    }
    Ok(())
}
