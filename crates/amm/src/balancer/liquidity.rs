//! Tokens put into and taken out of a pool of the vault.

use super::base_math::{Before, Curve};
use super::fixed::Round;
use super::{BalancerPool, MINIMUM_SUPPLY, MINIMUM_TRADE, narrow};
use crate::PoolError;
use ruint::aliases::U256;

/// What a change of liquidity moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityChange {
    /// Shares minted or burned.
    pub shares: u128,
    /// Tokens put in or taken out.
    pub amounts: Vec<u128>,
}

/// A change that is computed and not yet made.
struct Plan {
    shares: U256,
    amounts: Vec<u128>,
    /// Fees in 18 decimals.
    fees: Vec<U256>,
}

impl<C: Curve> BalancerPool<C> {
    /// Mints shares for all tokens in proportion, rounded up.
    ///
    /// # Errors
    ///
    /// No shares, amounts below the least trade, overflow.
    pub fn add_proportional(&mut self, shares: u128) -> Result<LiquidityChange, PoolError> {
        let live = self.live(Round::Up)?;
        let amounts = self.before(&live).proportional_in(U256::from(shares))?;
        let plan = Plan {
            shares: U256::from(shares),
            amounts: self.all_raw(&amounts, Round::Up)?,
            fees: vec![U256::ZERO; live.len()],
        };
        self.put_in(plan, 0)
    }

    /// Puts these amounts in; the shares are rounded down.
    ///
    /// # Errors
    ///
    /// Another number of amounts, an amount below the least trade, fewer shares than the minimum, a
    /// change beyond the curve's bounds, overflow.
    pub fn add_unbalanced(
        &mut self,
        amounts: &[u128],
        minimum: u128,
    ) -> Result<LiquidityChange, PoolError> {
        self.check_count(amounts)?;
        let live = self.live(Round::Up)?;
        let mut scaled = Vec::with_capacity(amounts.len());
        for (token, amount) in amounts.iter().enumerate() {
            let amount = self.scaled(token, *amount, Round::Down)?;
            check_change(amount)?;
            scaled.push(amount);
        }
        let (shares, fees) = self.before(&live).unbalanced_in(&scaled)?;
        let plan = Plan {
            shares,
            amounts: amounts.to_vec(),
            fees,
        };
        self.put_in(plan, minimum)
    }

    /// Mints exact shares for one token.
    ///
    /// # Errors
    ///
    /// No such token, no shares, a change beyond the curve's bounds, overflow.
    pub fn add_single_token(
        &mut self,
        token: usize,
        shares: u128,
    ) -> Result<LiquidityChange, PoolError> {
        self.check_token(token)?;
        let live = self.live(Round::Up)?;
        let (amount, fee) = self.before(&live).single_in(token, U256::from(shares))?;
        check_change(amount)?;
        let plan = Plan {
            shares: U256::from(shares),
            amounts: self.only(token, self.raw(token, amount, Round::Up)?),
            fees: self.only(token, fee),
        };
        self.put_in(plan, 0)
    }

    /// Burns shares for all tokens in proportion, rounded down.
    ///
    /// # Errors
    ///
    /// No shares, more than are free, amounts below the least trade.
    pub fn remove_proportional(&mut self, shares: u128) -> Result<LiquidityChange, PoolError> {
        let live = self.live(Round::Down)?;
        let amounts = self.before(&live).proportional_out(U256::from(shares))?;
        let plan = Plan {
            shares: U256::from(shares),
            amounts: self.all_raw(&amounts, Round::Down)?,
            fees: vec![U256::ZERO; live.len()],
        };
        self.take_out(plan, u128::MAX)
    }

    /// Burns exact shares for one token.
    ///
    /// # Errors
    ///
    /// No such token, no shares, more than are free, less than the minimum, a change beyond the
    /// curve's bounds, overflow.
    pub fn remove_single_token(
        &mut self,
        token: usize,
        shares: u128,
        minimum: u128,
    ) -> Result<LiquidityChange, PoolError> {
        self.check_token(token)?;
        let live = self.live(Round::Down)?;
        let (amount, fee) = self.before(&live).single_out(token, U256::from(shares))?;
        check_change(amount)?;
        let amount = self.raw(token, amount, Round::Down)?;
        if amount < minimum {
            return Err(PoolError::BelowMinimum { amount, minimum });
        }
        let plan = Plan {
            shares: U256::from(shares),
            amounts: self.only(token, amount),
            fees: self.only(token, fee),
        };
        self.take_out(plan, u128::MAX)
    }

    /// Takes an exact amount of one token; the shares are rounded up.
    ///
    /// # Errors
    ///
    /// No such token, an amount below the least trade, more shares than the maximum or than are free,
    /// a change beyond the curve's bounds, overflow.
    pub fn remove_exact_token(
        &mut self,
        token: usize,
        amount: u128,
        maximum: u128,
    ) -> Result<LiquidityChange, PoolError> {
        self.check_token(token)?;
        let live = self.live(Round::Down)?;
        let scaled = self.scaled(token, amount, Round::Up)?;
        check_change(scaled)?;
        let (shares, fee) = self.before(&live).single_exact_out(token, scaled)?;
        let plan = Plan {
            shares,
            amounts: self.only(token, amount),
            fees: self.only(token, fee),
        };
        self.take_out(plan, maximum)
    }

    fn before<'a>(&'a self, balances: &'a [U256]) -> Before<'a, C> {
        Before {
            curve: &self.curve,
            balances,
            supply: U256::from(self.supply),
            swap_fee: self.fee(),
        }
    }

    fn put_in(&mut self, plan: Plan, minimum: u128) -> Result<LiquidityChange, PoolError> {
        let shares = positive(plan.shares)?;
        if shares < minimum {
            return Err(PoolError::BelowMinimum {
                amount: shares,
                minimum,
            });
        }
        let protocol = self.protocol_parts(&plan.fees)?;
        let mut balances = Vec::with_capacity(protocol.len());
        for (token, protocol) in protocol.iter().enumerate() {
            let after = self.balances[token]
                .checked_add(plan.amounts[token])
                .and_then(|after| after.checked_sub(*protocol));
            balances.push(after.ok_or(PoolError::Overflow)?);
        }
        let supply = self.supply.checked_add(shares).ok_or(PoolError::Overflow)?;
        self.commit(balances, supply, &protocol);
        Ok(LiquidityChange {
            shares,
            amounts: plan.amounts,
        })
    }

    fn take_out(&mut self, plan: Plan, maximum: u128) -> Result<LiquidityChange, PoolError> {
        let shares = positive(plan.shares)?;
        if shares > maximum {
            return Err(PoolError::AboveMaximum {
                amount: shares,
                maximum,
            });
        }
        let free = self.supply.saturating_sub(MINIMUM_SUPPLY);
        if shares > free {
            return Err(PoolError::InsufficientLiquidity);
        }
        let protocol = self.protocol_parts(&plan.fees)?;
        let mut balances = Vec::with_capacity(protocol.len());
        for (token, protocol) in protocol.iter().enumerate() {
            let after = self.balances[token]
                .checked_sub(plan.amounts[token])
                .and_then(|after| after.checked_sub(*protocol));
            balances.push(after.ok_or(PoolError::InsufficientLiquidity)?);
        }
        let supply = self.supply - shares;
        self.commit(balances, supply, &protocol);
        Ok(LiquidityChange {
            shares,
            amounts: plan.amounts,
        })
    }

    fn commit(&mut self, balances: Vec<u128>, supply: u128, protocol: &[u128]) {
        self.balances = balances;
        self.supply = supply;
        for (owed, fee) in self.protocol_fees.iter_mut().zip(protocol) {
            // Fees were part of the balances, so their sum fits where the sum of tokens does.
            *owed = owed.saturating_add(*fee);
        }
    }

    /// The protocol's parts of the fees, in the tokens' units.
    fn protocol_parts(&self, fees: &[U256]) -> Result<Vec<u128>, PoolError> {
        let part = |(token, fee): (usize, &U256)| Ok(self.fees(token, *fee)?.1);
        fees.iter().enumerate().map(part).collect()
    }

    fn all_raw(&self, amounts: &[U256], round: Round) -> Result<Vec<u128>, PoolError> {
        let mut raw = Vec::with_capacity(amounts.len());
        for (token, amount) in amounts.iter().enumerate() {
            check_change(*amount)?;
            raw.push(self.raw(token, *amount, round)?);
        }
        Ok(raw)
    }

    /// A list with one element that is not zero.
    fn only<T: Clone + Default>(&self, token: usize, value: T) -> Vec<T> {
        let mut list = vec![T::default(); self.coins()];
        list[token] = value;
        list
    }

    fn check_token(&self, token: usize) -> Result<(), PoolError> {
        let coins = self.coins();
        if token >= coins {
            return Err(PoolError::NoSuchCoin {
                coin_in: token,
                coin_out: token,
                coins,
            });
        }
        Ok(())
    }

    fn check_count(&self, amounts: &[u128]) -> Result<(), PoolError> {
        if amounts.len() != self.coins() {
            return Err(PoolError::WrongNumberOfAmounts {
                given: amounts.len(),
                coins: self.coins(),
            });
        }
        Ok(())
    }
}

/// Shares that are at least the least trade.
fn positive(shares: U256) -> Result<u128, PoolError> {
    if shares.is_zero() {
        return Err(PoolError::ZeroLiquidity);
    }
    check_change(shares)?;
    narrow(shares)
}

/// Nothing, or at least the least trade.
fn check_change(amount: U256) -> Result<(), PoolError> {
    if !amount.is_zero() && amount < MINIMUM_TRADE {
        return Err(PoolError::TradeTooSmall);
    }
    Ok(())
}
