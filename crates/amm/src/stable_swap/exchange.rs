//! One coin for another.

use super::invariant::{balance_given_others, invariant};
use super::{OVERFLOW, StableSwap, part};
use crate::PoolError;
use crate::concentrated::to_f64;
use ruint::aliases::U256;

/// An exchange's parts, in units of the coin received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StableExchange {
    /// What the trader receives.
    pub amount_out: u128,
    /// The fee, the administration's part included.
    pub fee: u128,
    /// The administration's part.
    pub admin_fee: u128,
}

impl StableSwap {
    /// What an exchange would give; nothing changes.
    ///
    /// # Errors
    ///
    /// No such coins, a zero amount, an empty pool, overflow, no convergence.
    pub fn quote(&self, i: usize, j: usize, amount_in: u128) -> Result<StableExchange, PoolError> {
        let coins = self.coins();
        if i == j || i >= coins || j >= coins {
            return Err(PoolError::NoSuchCoin {
                coin_in: i,
                coin_out: j,
                coins,
            });
        }
        if amount_in == 0 {
            return Err(PoolError::ZeroAmount);
        }
        let mut scaled = self.scaled(&self.balances)?;
        let before = scaled.get(j);
        let d = invariant(&scaled, &self.amplifier())?;
        let paid = self.in_18(i, amount_in)?;
        let x = scaled.get(i).checked_add(paid).ok_or(OVERFLOW)?;
        scaled.set(i, x);
        let y = balance_given_others(&scaled, j, d, &self.amplifier())?;
        // One unit against rounding.
        let dy = before
            .checked_sub(y)
            .and_then(|dy| dy.checked_sub(U256::ONE))
            .ok_or(PoolError::InsufficientLiquidity)?;
        let fee = part(dy, self.fee)?;
        let admin_fee = part(fee, self.admin_fee)?;
        Ok(StableExchange {
            amount_out: self.in_units(j, dy - fee)?,
            fee: self.in_units(j, fee)?,
            admin_fee: self.in_units(j, admin_fee)?,
        })
    }

    /// Exchanges an amount of coin `i` for coin `j`.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote`], and less than the minimum.
    pub fn exchange(
        &mut self,
        i: usize,
        j: usize,
        amount_in: u128,
        minimum: u128,
    ) -> Result<StableExchange, PoolError> {
        let done = self.quote(i, j, amount_in)?;
        if done.amount_out < minimum {
            return Err(PoolError::BelowMinimum {
                amount: done.amount_out,
                minimum,
            });
        }
        let received = self.balances[i].checked_add(amount_in).ok_or(OVERFLOW)?;
        let left = self.balances[j]
            .checked_sub(done.amount_out)
            .and_then(|left| left.checked_sub(done.admin_fee))
            .ok_or(PoolError::InsufficientLiquidity)?;
        let admin = self.admin_balances[j].checked_add(done.admin_fee);
        self.admin_balances[j] = admin.ok_or(OVERFLOW)?;
        self.balances[i] = received;
        self.balances[j] = left;
        Ok(done)
    }

    /// The marginal price before the fee: units of coin `j` for one unit of coin `i`, from the
    /// invariant's derivatives: `dF/dx_i` is proportional to `Ann + D^(n+1) / (n^n prod x) / x_i`.
    ///
    /// # Errors
    ///
    /// No such coins, an empty pool, an invariant that overflows or does not converge.
    pub fn price(&self, i: usize, j: usize) -> Result<f64, PoolError> {
        let coins = self.coins();
        if i == j || i >= coins || j >= coins {
            return Err(PoolError::NoSuchCoin {
                coin_in: i,
                coin_out: j,
                coins,
            });
        }
        if self.balances().contains(&0) {
            return Err(PoolError::InsufficientLiquidity);
        }
        let d = to_f64(self.invariant()?);
        let rates: Vec<f64> = self
            .rates()
            .iter()
            .map(|rate| to_f64(*rate) / 1e18)
            .collect();
        let scaled = |coin: usize| self.balances()[coin] as f64 * rates[coin];
        let product = (0..coins).fold(d, |p, coin| p * d / (scaled(coin) * coins as f64));
        let ann = self.amplification() as f64 / self.a_precision() as f64 * coins as f64;
        let slope = |coin: usize| (ann + product / scaled(coin)) * rates[coin];
        Ok(slope(i) / slope(j))
    }
}
