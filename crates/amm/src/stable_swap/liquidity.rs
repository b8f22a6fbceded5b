//! Coins put in and taken out of a StableSwap pool.

use super::invariant::{balance_given_others, invariant};
use super::{OVERFLOW, StableSwap, part};
use crate::PoolError;
use ruint::aliases::U256;

/// What a change of liquidity does to the pool.
struct Change {
    /// Balances afterwards, without the administration's fees.
    balances: Vec<u128>,
    /// The administration's fees per coin.
    admin_fees: Vec<u128>,
    /// D before, and after all fees.
    d: (U256, U256),
}

/// What leaves for shares in one coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneCoin {
    /// What the holder receives.
    pub amount_out: u128,
    /// The fee, the administration's part included.
    pub fee: u128,
}

impl StableSwap {
    /// Puts coins in; returns the shares, rounded down. The first to do so needs all coins and pays no
    /// fee.
    ///
    /// # Errors
    ///
    /// Another number of amounts, all of them zero (or one, at first), fewer shares than the minimum,
    /// overflow, no convergence.
    pub fn add_liquidity(&mut self, amounts: &[u128], minimum: u128) -> Result<u128, PoolError> {
        self.check_amounts(amounts)?;
        let mut after = Vec::with_capacity(amounts.len());
        for (balance, amount) in self.balances.iter().zip(amounts) {
            after.push(balance.checked_add(*amount).ok_or(OVERFLOW)?);
        }
        if self.supply == 0 {
            if amounts.contains(&0) {
                return Err(PoolError::ZeroAmount);
            }
            let shares = narrow(self.invariant_of(&after)?)?;
            check_minimum(shares, minimum)?;
            self.balances = after;
            self.supply = shares;
            return Ok(shares);
        }
        let change = self.change(after)?;
        let (before, after) = change.d;
        let growth = after.checked_sub(before).ok_or(PoolError::ZeroLiquidity)?;
        let shares = narrow(share(self.supply, growth, before)?)?;
        check_minimum(shares, minimum)?;
        let supply = self.supply.checked_add(shares).ok_or(OVERFLOW)?;
        self.apply(change)?;
        self.supply = supply;
        Ok(shares)
    }

    /// Gives shares back for all coins in proportion, rounded down and without fee.
    ///
    /// # Errors
    ///
    /// No shares, or more than there are.
    pub fn remove_liquidity(&mut self, shares: u128) -> Result<Vec<u128>, PoolError> {
        self.check_shares(shares)?;
        let supply = U256::from(self.supply);
        let mut amounts = Vec::with_capacity(self.coins());
        for balance in &mut self.balances {
            let product = U256::from(*balance) * U256::from(shares);
            let amount = narrow(product / supply)?;
            *balance -= amount;
            amounts.push(amount);
        }
        self.supply -= shares;
        Ok(amounts)
    }

    /// Takes these amounts out; returns the shares that costs, rounded up.
    ///
    /// # Errors
    ///
    /// Another number of amounts, all of them zero, more than the pool holds, more shares than the
    /// maximum or than there are, overflow, no convergence.
    pub fn remove_liquidity_imbalance(
        &mut self,
        amounts: &[u128],
        maximum: u128,
    ) -> Result<u128, PoolError> {
        self.check_amounts(amounts)?;
        if self.supply == 0 {
            return Err(PoolError::InsufficientLiquidity);
        }
        let mut after = Vec::with_capacity(amounts.len());
        for (balance, amount) in self.balances.iter().zip(amounts) {
            let left = balance.checked_sub(*amount);
            after.push(left.ok_or(PoolError::InsufficientLiquidity)?);
        }
        let change = self.change(after)?;
        let (before, after) = change.d;
        let loss = before.checked_sub(after).ok_or(PoolError::ZeroLiquidity)?;
        let shares = narrow(share(self.supply, loss, before)?)?;
        if shares == 0 {
            return Err(PoolError::ZeroLiquidity);
        }
        // One unit against rounding.
        let shares = shares.checked_add(1).ok_or(OVERFLOW)?;
        if shares > maximum {
            return Err(PoolError::AboveMaximum {
                amount: shares,
                maximum,
            });
        }
        let supply = self.supply.checked_sub(shares);
        let supply = supply.ok_or(PoolError::InsufficientLiquidity)?;
        self.apply(change)?;
        self.supply = supply;
        Ok(shares)
    }

    /// Gives shares back for one coin.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote_one_coin`], and less than the minimum.
    pub fn remove_liquidity_one_coin(
        &mut self,
        shares: u128,
        coin: usize,
        minimum: u128,
    ) -> Result<OneCoin, PoolError> {
        let out = self.quote_one_coin(shares, coin)?;
        check_minimum(out.amount_out, minimum)?;
        let admin_fee = narrow(part(U256::from(out.fee), self.admin_fee)?)?;
        let left = self.balances[coin]
            .checked_sub(out.amount_out)
            .and_then(|left| left.checked_sub(admin_fee))
            .ok_or(PoolError::InsufficientLiquidity)?;
        let admin = self.admin_balances[coin].checked_add(admin_fee);
        self.admin_balances[coin] = admin.ok_or(OVERFLOW)?;
        self.balances[coin] = left;
        self.supply -= shares;
        Ok(out)
    }

    /// What shares would give in one coin; nothing changes.
    ///
    /// # Errors
    ///
    /// No such coin, no shares or more than there are, overflow, no convergence.
    pub fn quote_one_coin(&self, shares: u128, coin: usize) -> Result<OneCoin, PoolError> {
        if coin >= self.coins() {
            let coins = self.coins();
            return Err(PoolError::NoSuchCoin {
                coin_in: coin,
                coin_out: coin,
                coins,
            });
        }
        self.check_shares(shares)?;
        let amplifier = self.amplifier();
        let scaled = self.scaled(&self.balances)?;
        let before = invariant(&scaled, &amplifier)?;
        let after = before - share(shares, before, U256::from(self.supply))?;
        let y = balance_given_others(&scaled, coin, after, &amplifier)?;
        let fee = self.imbalance_fee();
        let mut reduced = scaled;
        for (i, x) in scaled.iter().enumerate() {
            let kept = x.checked_mul(after).ok_or(OVERFLOW)? / before;
            let expected = if i == coin {
                kept.checked_sub(y).ok_or(OVERFLOW)?
            } else {
                x - kept
            };
            reduced.set(i, x - part(expected, fee)?);
        }
        let y_reduced = balance_given_others(&reduced, coin, after, &amplifier)?;
        // One unit against rounding.
        let out = reduced
            .get(coin)
            .checked_sub(y_reduced)
            .and_then(|out| out.checked_sub(U256::ONE))
            .ok_or(PoolError::ZeroAmount)?;
        let without_fee = scaled.get(coin).checked_sub(y).ok_or(OVERFLOW)?;
        let amount_out = self.in_units(coin, out)?;
        let fee = self.in_units(coin, without_fee)?.checked_sub(amount_out);
        Ok(OneCoin {
            amount_out,
            fee: fee.ok_or(OVERFLOW)?,
        })
    }

    /// n / (4 (n - 1)) of the fee.
    fn imbalance_fee(&self) -> u64 {
        let coins = self.coins() as u64;
        self.fee * coins / (4 * (coins - 1))
    }

    /// What it means to go from the present balances to these.
    fn change(&self, mut balances: Vec<u128>) -> Result<Change, PoolError> {
        let before = self.invariant()?;
        let unpaid = self.invariant_of(&balances)?;
        let fee = self.imbalance_fee();
        let mut admin_fees = Vec::with_capacity(balances.len());
        let mut charged = balances.clone();
        for (i, balance) in balances.iter_mut().enumerate() {
            let held = U256::from(self.balances[i]);
            let ideal = unpaid.checked_mul(held).ok_or(OVERFLOW)? / before;
            let fee = part(ideal.abs_diff(U256::from(*balance)), fee)?;
            let admin_fee = narrow(part(fee, self.admin_fee)?)?;
            let short = PoolError::InsufficientLiquidity;
            charged[i] = balance.checked_sub(narrow(fee)?).ok_or(short)?;
            *balance -= admin_fee;
            admin_fees.push(admin_fee);
        }
        let after = self.invariant_of(&charged)?;
        Ok(Change {
            balances,
            admin_fees,
            d: (before, after),
        })
    }

    fn apply(&mut self, change: Change) -> Result<(), PoolError> {
        let mut admin = Vec::with_capacity(self.coins());
        for (held, fee) in self.admin_balances.iter().zip(&change.admin_fees) {
            admin.push(held.checked_add(*fee).ok_or(OVERFLOW)?);
        }
        self.admin_balances = admin;
        self.balances = change.balances;
        Ok(())
    }

    fn check_amounts(&self, amounts: &[u128]) -> Result<(), PoolError> {
        if amounts.len() != self.coins() {
            return Err(PoolError::WrongNumberOfAmounts {
                given: amounts.len(),
                coins: self.coins(),
            });
        }
        if amounts.iter().all(|amount| *amount == 0) {
            return Err(PoolError::ZeroAmount);
        }
        Ok(())
    }

    fn check_shares(&self, shares: u128) -> Result<(), PoolError> {
        if shares == 0 {
            return Err(PoolError::ZeroLiquidity);
        }
        if shares > self.supply {
            return Err(PoolError::InsufficientLiquidity);
        }
        Ok(())
    }
}

/// whole * part / of, rounded down.
fn share(whole: u128, part: U256, of: U256) -> Result<U256, PoolError> {
    let product = U256::from(whole).checked_mul(part).ok_or(OVERFLOW)?;
    product
        .checked_div(of)
        .ok_or(PoolError::InsufficientLiquidity)
}

fn check_minimum(amount: u128, minimum: u128) -> Result<(), PoolError> {
    if amount < minimum {
        return Err(PoolError::BelowMinimum { amount, minimum });
    }
    Ok(())
}

fn narrow(amount: U256) -> Result<u128, PoolError> {
    u128::try_from(amount).map_err(|_| OVERFLOW)
}
