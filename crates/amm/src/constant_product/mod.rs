//! The constant product of two coins: Uniswap v2.
//!
//! # Model
//!
//! * Reserves x and y with `x y = k`; a swap keeps k on the input less its fee, so that
//!   `out = y g dx / (x + g dx)` with g = 0.997 by default (`UniswapV2Library`; primary
//!   source, as all below).
//! * Outputs and shares are rounded down, inputs up (the contract adds one): k never falls.
//! * The first provider gets `sqrt(x y)` shares, of which 1000 are locked for ever, so that a share
//!   can never be made too dear (whitepaper 3.4); later ones the smaller of their two proportions.
//! * Who owns the shares is the chain's business; the pool keeps their number.
//! * With the protocol fee on, a sixth of the growth of `sqrt(k)` is minted as shares to the protocol
//!   whenever liquidity comes or goes (whitepaper 2.4); off by default.
//!
//! **Invariants:** k per share never falls; no reserve exceeds 112 bits; a refused operation leaves
//! no trace.

use crate::math::full::{mul_div, sqrt};
use crate::{ConfigError, PoolError};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// Parts of a whole fee.
const PIPS: u32 = 1_000_000;
/// The contract's reserves have 112 bits.
const MAX_RESERVE: u128 = (1 << 112) - 1;

/// A Uniswap v2 pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstantProduct {
    fee_pips: u32,
    reserves: [u128; 2],
    /// Shares, the locked ones included.
    supply: u128,
    protocol_fee: bool,
    /// Shares minted to the protocol and not yet taken over by the chain.
    protocol_shares: u128,
    /// k after the last change of liquidity, zero while the protocol fee is off.
    k_last: U256,
}

impl ConstantProduct {
    /// Shares that the first mint locks for ever.
    pub const MINIMUM_LIQUIDITY: u128 = 1_000;
    /// 0.3%, in parts per million.
    pub const DEFAULT_FEE_PIPS: u32 = 3_000;

    /// An empty pool with a fee in parts per million of the input.
    ///
    /// # Errors
    ///
    /// A `fee` of 100% or more.
    pub fn new(fee_pips: u32) -> Result<Self, ConfigError> {
        if fee_pips >= PIPS {
            return Err(ConfigError::new(
                "fee",
                format!("{fee_pips} parts per million is 100% or more"),
            ));
        }
        Ok(Self {
            fee_pips,
            reserves: [0; 2],
            supply: 0,
            protocol_fee: false,
            protocol_shares: 0,
            k_last: U256::ZERO,
        })
    }

    /// A pool with reserves, and the shares of whoever put them there.
    ///
    /// # Errors
    ///
    /// A `fee` of 100% or more; `reserves` that are zero or too small for a first mint.
    pub fn with_reserves(fee_pips: u32, reserves: [u128; 2]) -> Result<(Self, u128), ConfigError> {
        let mut pool = Self::new(fee_pips)?;
        let shares = pool
            .mint(reserves)
            .map_err(|error| ConfigError::new("reserves", error.to_string()))?;
        Ok((pool, shares))
    }

    /// Turns the protocol's sixth of the fees on or off.
    pub fn set_protocol_fee(&mut self, on: bool) {
        // The contract settles when liquidity next changes; nothing has accrued if it was off.
        self.protocol_fee = on;
    }

    /// The fee in parts per million of the input.
    #[must_use]
    pub fn fee_pips(&self) -> u32 {
        self.fee_pips
    }

    /// The coins held.
    #[must_use]
    pub fn reserves(&self) -> [u128; 2] {
        self.reserves
    }

    /// Shares, the locked ones included.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.supply
    }

    /// Hands over the shares minted to the protocol so far.
    pub fn take_protocol_shares(&mut self) -> u128 {
        std::mem::take(&mut self.protocol_shares)
    }

    /// The product of the reserves.
    #[must_use]
    pub fn k(&self) -> U256 {
        U256::from(self.reserves[0]) * U256::from(self.reserves[1])
    }

    /// What comes out for an amount of coin `coin_in`, rounded down.
    ///
    /// # Errors
    ///
    /// No such coin, a zero amount, an empty pool.
    pub fn amount_out(&self, coin_in: usize, amount_in: u128) -> Result<u128, PoolError> {
        let (x, y) = self.ordered(coin_in)?;
        if amount_in == 0 {
            return Err(PoolError::ZeroAmount);
        }
        let net = U256::from(amount_in) * U256::from(PIPS - self.fee_pips);
        let denominator = x * U256::from(PIPS) + net;
        let out = mul_div(net, y, denominator, false)?;
        narrow(out)
    }

    /// What must be paid of coin `coin_in` for an amount of the other, rounded up.
    ///
    /// # Errors
    ///
    /// No such coin, a zero amount, no less than the whole reserve.
    pub fn amount_in(&self, coin_in: usize, amount_out: u128) -> Result<u128, PoolError> {
        let (x, y) = self.ordered(coin_in)?;
        if amount_out == 0 {
            return Err(PoolError::ZeroAmount);
        }
        let out = U256::from(amount_out);
        if out >= y {
            return Err(PoolError::InsufficientLiquidity);
        }
        let denominator = (y - out) * U256::from(PIPS - self.fee_pips);
        let paid = mul_div(x * out, U256::from(PIPS), denominator, false)?;
        narrow(paid + U256::ONE)
    }

    /// Pays an amount in and takes out what [`Self::amount_out`] says.
    ///
    /// # Errors
    ///
    /// Those of [`Self::amount_out`], less than the minimum, nothing, or reserves beyond 112 bits.
    pub fn swap(
        &mut self,
        coin_in: usize,
        amount_in: u128,
        minimum: u128,
    ) -> Result<u128, PoolError> {
        let out = self.amount_out(coin_in, amount_in)?;
        if out == 0 {
            return Err(PoolError::InsufficientLiquidity);
        }
        if out < minimum {
            return Err(PoolError::BelowMinimum {
                amount: out,
                minimum,
            });
        }
        self.exchange(coin_in, amount_in, out)?;
        Ok(out)
    }

    /// Takes an amount out and pays what [`Self::amount_in`] says.
    ///
    /// # Errors
    ///
    /// Those of [`Self::amount_in`], more than the maximum, or reserves beyond 112 bits.
    pub fn swap_exact_out(
        &mut self,
        coin_in: usize,
        amount_out: u128,
        maximum: u128,
    ) -> Result<u128, PoolError> {
        let paid = self.amount_in(coin_in, amount_out)?;
        if paid > maximum {
            return Err(PoolError::AboveMaximum {
                amount: paid,
                maximum,
            });
        }
        self.exchange(coin_in, paid, amount_out)?;
        Ok(paid)
    }

    /// Puts both coins in; returns the shares, rounded down.
    ///
    /// # Errors
    ///
    /// Too little for a share, or reserves beyond 112 bits.
    pub fn mint(&mut self, amounts: [u128; 2]) -> Result<u128, PoolError> {
        let after = [0, 1].map(|i| within(self.reserves[i].checked_add(amounts[i])));
        let [Some(reserve_0), Some(reserve_1)] = after else {
            return Err(PoolError::Overflow);
        };
        let protocol = self.protocol_mint()?;
        let supply = self
            .supply
            .checked_add(protocol)
            .ok_or(PoolError::Overflow)?;
        let (shares, locked) = if supply == 0 {
            let root = sqrt(U256::from(amounts[0]) * U256::from(amounts[1]));
            let shares = narrow(root)?.checked_sub(Self::MINIMUM_LIQUIDITY);
            (
                shares.ok_or(PoolError::ZeroLiquidity)?,
                Self::MINIMUM_LIQUIDITY,
            )
        } else {
            let [first, second] = [0, 1].map(|i| {
                let (amount, reserve) = (U256::from(amounts[i]), U256::from(self.reserves[i]));
                mul_div(amount, U256::from(supply), reserve, false)
            });
            (narrow(first?.min(second?))?, 0)
        };
        if shares == 0 {
            return Err(PoolError::ZeroLiquidity);
        }
        let after = supply.checked_add(shares + locked);
        self.supply = after.ok_or(PoolError::Overflow)?;
        self.protocol_shares += protocol;
        self.reserves = [reserve_0, reserve_1];
        self.note_k();
        Ok(shares)
    }

    /// Gives shares back; returns the coins, rounded down.
    ///
    /// # Errors
    ///
    /// More shares than there are, or too few for a unit of each coin.
    pub fn burn(&mut self, shares: u128) -> Result<[u128; 2], PoolError> {
        let protocol = self.protocol_mint()?;
        let supply = self
            .supply
            .checked_add(protocol)
            .ok_or(PoolError::Overflow)?;
        let free = self.supply.saturating_sub(Self::MINIMUM_LIQUIDITY);
        if shares > free {
            return Err(PoolError::InsufficientLiquidity);
        }
        let [first, second] = self.reserves.map(|reserve| {
            mul_div(
                U256::from(shares),
                U256::from(reserve),
                U256::from(supply),
                false,
            )
        });
        let amounts = [narrow(first?)?, narrow(second?)?];
        if amounts.contains(&0) {
            return Err(PoolError::ZeroLiquidity);
        }
        self.supply = supply - shares;
        self.protocol_shares += protocol;
        for (reserve, amount) in self.reserves.iter_mut().zip(amounts) {
            *reserve -= amount;
        }
        self.note_k();
        Ok(amounts)
    }

    /// Shares due to the protocol: s (r - r') / (5 r + r') of s shares, with r and r' the roots of k
    /// now and after the last change of liquidity.
    fn protocol_mint(&self) -> Result<u128, PoolError> {
        if !self.protocol_fee || self.k_last.is_zero() {
            return Ok(0);
        }
        let (root, root_last) = (sqrt(self.k()), sqrt(self.k_last));
        if root <= root_last {
            return Ok(0);
        }
        let denominator = root * U256::from(5) + root_last;
        narrow(mul_div(
            U256::from(self.supply),
            root - root_last,
            denominator,
            false,
        )?)
    }

    fn note_k(&mut self) {
        self.k_last = if self.protocol_fee {
            self.k()
        } else {
            U256::ZERO
        };
    }

    /// Reserves of the coin paid and the coin received.
    fn ordered(&self, coin_in: usize) -> Result<(U256, U256), PoolError> {
        let [x, y] = self.reserves.map(U256::from);
        let (x, y) = match coin_in {
            0 => (x, y),
            1 => (y, x),
            _ => {
                return Err(PoolError::NoSuchCoin {
                    coin_in,
                    coin_out: 0,
                    coins: 2,
                });
            }
        };
        if x.is_zero() || y.is_zero() {
            return Err(PoolError::InsufficientLiquidity);
        }
        Ok((x, y))
    }

    fn exchange(&mut self, coin_in: usize, paid: u128, out: u128) -> Result<(), PoolError> {
        let after = within(self.reserves[coin_in].checked_add(paid));
        self.reserves[coin_in] = after.ok_or(PoolError::Overflow)?;
        self.reserves[1 - coin_in] -= out;
        Ok(())
    }
}

fn within(reserve: Option<u128>) -> Option<u128> {
    reserve.filter(|reserve| *reserve <= MAX_RESERVE)
}

fn narrow(amount: U256) -> Result<u128, PoolError> {
    u128::try_from(amount).map_err(|_| PoolError::Overflow)
}

#[cfg(test)]
mod tests;
