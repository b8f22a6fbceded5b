//! One face for all kinds of pools.

use crate::balancer::WeightedPool;
use crate::{AmountSpecified, ConcentratedLiquidity, ConstantProduct, PoolError, StableSwap};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// A pool of any kind. Coins are numbered from zero; amounts are in a coin's own smallest units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Uniswap v2.
    ConstantProduct(ConstantProduct),
    /// Uniswap v3.
    Concentrated(ConcentratedLiquidity),
    /// Curve.
    StableSwap(StableSwap),
    /// Balancer V3, weighted.
    Weighted(WeightedPool),
}

/// What a swap would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The coin paid.
    pub coin_in: usize,
    /// The coin received.
    pub coin_out: usize,
    /// Paid, the fee included.
    pub amount_in: u128,
    /// Received.
    pub amount_out: u128,
    /// The fee, in units of `fee_coin`.
    pub fee: u128,
    /// The coin the fee is kept in: the one paid, except for [`StableSwap`], which keeps the one
    /// received.
    pub fee_coin: usize,
}

/// What a swap did.
pub type Swap = Quote;

impl Pool {
    /// The number of coins.
    #[must_use]
    pub fn coins(&self) -> usize {
        match self {
            Self::ConstantProduct(_) | Self::Concentrated(_) => 2,
            Self::StableSwap(pool) => pool.coins(),
            Self::Weighted(pool) => pool.coins(),
        }
    }

    /// Tokens held, coin by coin: all that the pool's address owns, so uncollected fees of providers,
    /// administration and protocol are included.
    #[must_use]
    pub fn reserves(&self) -> Vec<u128> {
        let with = |held: &[u128], fees: &[u128]| {
            held.iter()
                .zip(fees)
                .map(|(held, fee)| held + fee)
                .collect()
        };
        match self {
            Self::ConstantProduct(pool) => pool.reserves().to_vec(),
            Self::Concentrated(pool) => pool.balances().to_vec(),
            Self::StableSwap(pool) => with(pool.balances(), pool.admin_balances()),
            Self::Weighted(pool) => with(pool.balances(), pool.protocol_fees()),
        }
    }

    /// The fee in parts per million of the amount, rounded down where a pool counts finer.
    #[must_use]
    pub fn fee_pips(&self) -> u32 {
        let pips = match self {
            Self::ConstantProduct(pool) => return pool.fee_pips(),
            Self::Concentrated(pool) => return pool.fee_pips(),
            Self::StableSwap(pool) => pool.fee() / 10_000,
            Self::Weighted(pool) => pool.swap_fee() / 1_000_000_000_000,
        };
        // Fees are below a whole.
        pips as u32
    }

    /// Tells the pool the chain's time, in seconds.
    pub fn set_time(&mut self, now: u64) {
        if let Self::StableSwap(pool) = self {
            pool.set_time(now);
        }
    }

    /// What an exact payment would buy; nothing changes.
    ///
    /// # Errors
    ///
    /// No such coins, a zero amount, more than the pool can fill, or a number beyond its type.
    pub fn quote(&self, coin_in: usize, coin_out: usize, amount: u128) -> Result<Quote, PoolError> {
        self.check_coins(coin_in, coin_out)?;
        let of = |amount_in, amount_out, fee, fee_coin| Quote {
            coin_in,
            coin_out,
            amount_in,
            amount_out,
            fee,
            fee_coin,
        };
        Ok(match self {
            Self::ConstantProduct(pool) => {
                // The whole swap on a copy: it refuses more than the output's formula does.
                let out = pool.clone().swap(coin_in, amount, 0)?;
                of(amount, out, fee_of(amount, pool.fee_pips()), coin_in)
            }
            Self::Concentrated(pool) => {
                let given = AmountSpecified::ExactIn(U256::from(amount));
                let deltas = pool.quote(coin_in == 0, given, None)?;
                whole(deltas.unfilled)?;
                of(deltas.amount_in, deltas.amount_out, deltas.fee, coin_in)
            }
            Self::StableSwap(pool) => {
                let done = pool.quote(coin_in, coin_out, amount)?;
                of(amount, done.amount_out, done.fee, coin_out)
            }
            Self::Weighted(pool) => {
                let done = pool.quote(coin_in, coin_out, amount)?;
                of(amount, done.amount_out, done.fee, coin_in)
            }
        })
    }

    /// What an exact purchase would cost; nothing changes.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote`]; [`PoolError::Unsupported`] for StableSwap, whose contract sells
    /// exact inputs only.
    pub fn quote_exact_out(
        &self,
        coin_in: usize,
        coin_out: usize,
        amount: u128,
    ) -> Result<Quote, PoolError> {
        self.check_coins(coin_in, coin_out)?;
        let of = |amount_in, fee| Quote {
            coin_in,
            coin_out,
            amount_in,
            amount_out: amount,
            fee,
            fee_coin: coin_in,
        };
        Ok(match self {
            Self::ConstantProduct(pool) => {
                let paid = pool.amount_in(coin_in, amount)?;
                of(paid, fee_of(paid, pool.fee_pips()))
            }
            Self::Concentrated(pool) => {
                let wanted = AmountSpecified::ExactOut(U256::from(amount));
                let deltas = pool.quote(coin_in == 0, wanted, None)?;
                whole(deltas.unfilled)?;
                of(deltas.amount_in, deltas.fee)
            }
            Self::StableSwap(_) => return Err(PoolError::Unsupported("quote exact outputs")),
            Self::Weighted(pool) => {
                let done = pool.quote_exact_out(coin_in, coin_out, amount)?;
                of(done.amount_in, done.fee)
            }
        })
    }

    /// Pays an exact amount and takes what it buys.
    ///
    /// # Errors
    ///
    /// Those of [`Self::quote`], and less than the minimum; the pool is then as before.
    pub fn swap(
        &mut self,
        coin_in: usize,
        coin_out: usize,
        amount: u128,
        minimum: u128,
    ) -> Result<Swap, PoolError> {
        self.check_coins(coin_in, coin_out)?;
        let of = |amount_out, fee, fee_coin| Swap {
            coin_in,
            coin_out,
            amount_in: amount,
            amount_out,
            fee,
            fee_coin,
        };
        Ok(match self {
            Self::ConstantProduct(pool) => {
                let out = pool.swap(coin_in, amount, minimum)?;
                of(out, fee_of(amount, pool.fee_pips()), coin_in)
            }
            Self::Concentrated(pool) => {
                let given = AmountSpecified::ExactIn(U256::from(amount));
                let done = pool.swap_if(coin_in == 0, given, None, |deltas| {
                    whole(deltas.unfilled)?;
                    at_least(deltas.amount_out, minimum)
                })?;
                of(done.amount_out, done.fee, coin_in)
            }
            Self::StableSwap(pool) => {
                let done = pool.exchange(coin_in, coin_out, amount, minimum)?;
                of(done.amount_out, done.fee, coin_out)
            }
            Self::Weighted(pool) => {
                let done = pool.swap(coin_in, coin_out, amount, minimum)?;
                of(done.amount_out, done.fee, coin_in)
            }
        })
    }

    /// The marginal price before fees: units of `coin_out` for one unit of `coin_in`, both in their
    /// smallest units. For charts and decisions only.
    ///
    /// # Errors
    ///
    /// No such coins, an empty pool, an invariant that overflows.
    pub fn price(&self, coin_in: usize, coin_out: usize) -> Result<f64, PoolError> {
        self.check_coins(coin_in, coin_out)?;
        match self {
            Self::ConstantProduct(pool) => {
                let reserves = pool.reserves();
                if reserves.contains(&0) {
                    return Err(PoolError::InsufficientLiquidity);
                }
                Ok(reserves[coin_out] as f64 / reserves[coin_in] as f64)
            }
            Self::Concentrated(pool) if coin_in == 0 => Ok(pool.price()),
            Self::Concentrated(pool) => Ok(1.0 / pool.price()),
            Self::StableSwap(pool) => pool.price(coin_in, coin_out),
            Self::Weighted(pool) => {
                let weights = pool.curve().weights();
                let value = |coin: usize| pool.balances()[coin] as f64 / weights[coin] as f64;
                Ok(value(coin_out) / value(coin_in))
            }
        }
    }

    fn check_coins(&self, coin_in: usize, coin_out: usize) -> Result<(), PoolError> {
        let coins = self.coins();
        if coin_in == coin_out || coin_in >= coins || coin_out >= coins {
            return Err(PoolError::NoSuchCoin {
                coin_in,
                coin_out,
                coins,
            });
        }
        Ok(())
    }
}

/// The part of an amount that is fee, rounded up.
fn fee_of(amount: u128, pips: u32) -> u128 {
    let product = U256::from(amount) * U256::from(pips);
    // At most the amount.
    product.div_ceil(U256::from(1_000_000)).wrapping_to()
}

/// Refuses a swap that the end of liquidity cut short.
fn whole(unfilled: U256) -> Result<(), PoolError> {
    if unfilled.is_zero() {
        Ok(())
    } else {
        Err(PoolError::InsufficientLiquidity)
    }
}

fn at_least(amount: u128, minimum: u128) -> Result<(), PoolError> {
    if amount < minimum {
        return Err(PoolError::BelowMinimum { amount, minimum });
    }
    Ok(())
}
