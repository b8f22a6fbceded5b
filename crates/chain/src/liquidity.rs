//! Shares of pools, whatever the pool: adding and removing liquidity, and fees of administrators.

use firesale_amm::{ConcentratedLiquidity, Pool, PoolError};

/// Shares in a pool; a concentrated pool has positions instead.
pub(crate) fn shares(pool: &Pool) -> Option<u128> {
    match pool {
        Pool::ConstantProduct(pool) => Some(pool.supply()),
        Pool::Concentrated(_) => None,
        Pool::StableSwap(pool) => Some(pool.supply()),
        Pool::Weighted(pool) => Some(pool.supply()),
    }
}

/// Adds coins; returns the shares and what was taken of each coin.
pub(crate) fn add(pool: &mut Pool, amounts: &[u128]) -> Result<(u128, Vec<u128>), PoolError> {
    let shares = match pool {
        Pool::ConstantProduct(pool) => pool.mint([amounts[0], amounts[1]])?,
        Pool::Concentrated(_) => return Err(PoolError::Unsupported("have shares")),
        Pool::StableSwap(pool) => pool.add_liquidity(amounts, 0)?,
        Pool::Weighted(pool) => pool.add_unbalanced(amounts, 0)?.shares,
    };
    Ok((shares, amounts.to_vec()))
}

/// Gives shares back for all coins in proportion.
pub(crate) fn remove(pool: &mut Pool, shares: u128) -> Result<Vec<u128>, PoolError> {
    match pool {
        Pool::ConstantProduct(pool) => Ok(pool.burn(shares)?.to_vec()),
        Pool::Concentrated(_) => Err(PoolError::Unsupported("have shares")),
        Pool::StableSwap(pool) => pool.remove_liquidity(shares),
        Pool::Weighted(pool) => Ok(pool.remove_proportional(shares)?.amounts),
    }
}

/// Gives shares back for one coin.
pub(crate) fn remove_one(pool: &mut Pool, shares: u128, coin: usize) -> Result<u128, PoolError> {
    match pool {
        Pool::StableSwap(pool) => Ok(pool.remove_liquidity_one_coin(shares, coin, 0)?.amount_out),
        Pool::Weighted(pool) => {
            let change = pool.remove_single_token(coin, shares, 0)?;
            Ok(change.amounts[coin])
        }
        Pool::ConstantProduct(_) | Pool::Concentrated(_) => {
            Err(PoolError::Unsupported("pay out one coin"))
        }
    }
}

/// What the administrators of a pool have earned, which leaves it.
pub(crate) fn take_admin_fees(pool: &mut Pool) -> Vec<u128> {
    match pool {
        Pool::StableSwap(pool) => pool.withdraw_admin_fees(),
        Pool::Weighted(pool) => pool.withdraw_protocol_fees(),
        Pool::ConstantProduct(_) | Pool::Concentrated(_) => Vec::new(),
    }
}

/// The positions of a concentrated pool.
pub(crate) const fn concentrated(pool: &mut Pool) -> Option<&mut ConcentratedLiquidity> {
    match pool {
        Pool::Concentrated(pool) => Some(pool),
        _ => None,
    }
}
