//! Figures of v2-core's own tests, and some by hand.

use super::ConstantProduct;
use crate::PoolError;

const E18: u128 = 1_000_000_000_000_000_000;

fn pool(x: u128, y: u128) -> ConstantProduct {
    let (pool, _) = ConstantProduct::with_reserves(3_000, [x, y]).unwrap();
    pool
}

/// The table of `getInputPrice` in v2-core's `UniswapV2Pair.spec.ts`: (in, reserve in, reserve
/// out, out), in units of 1e18.
#[test]
fn outputs_are_those_of_the_contract() {
    for (amount, x, y, out) in [
        (1, 5, 10, 1_662_497_915_624_478_906),
        (1, 10, 5, 453_305_446_940_074_565),
        (2, 5, 10, 2_851_015_155_847_869_602),
        (2, 10, 5, 831_248_957_812_239_453),
        (1, 10, 10, 906_610_893_880_149_131),
        (1, 100, 100, 987_158_034_397_061_298),
        (1, 1_000, 1_000, 996_006_981_039_903_216_u128),
    ] {
        let pool = pool(x * E18, y * E18);
        assert_eq!(pool.amount_out(0, amount * E18), Ok(out));
        // The same output needs no more than the same input.
        assert!(pool.amount_in(0, out).unwrap() <= amount * E18);
        assert!(pool.amount_in(0, out + 1).unwrap() > amount * E18);
    }
}

/// By hand: getAmountIn(1, 100, 100) = 100 * 1 * 1000 / (99 * 997) + 1 = 1.013 + 1 -> 2;
/// getAmountOut(2, 100, 100) = 1994 * 100 / (100000 + 1994) = 1.955 -> 1.
#[test]
fn amounts_of_one_unit() {
    let mut pool = pool(1_000_000, 1_000_000);
    pool.reserves = [100, 100];
    assert_eq!(pool.amount_in(0, 1), Ok(2));
    assert_eq!(pool.amount_out(0, 2), Ok(1));
    assert_eq!(
        pool.amount_in(0, 100),
        Err(PoolError::InsufficientLiquidity)
    );
    assert_eq!(pool.swap(0, 1, 0), Err(PoolError::InsufficientLiquidity));
}

/// v2-core's spec: 1e18 and 4e18 mint 2e18 shares, of which 1000 are locked; of 3e18 and 3e18,
/// burning all that is owned leaves 1000 of each.
#[test]
fn the_first_mint_locks_a_thousand_shares() {
    let (pool, shares) = ConstantProduct::with_reserves(3_000, [E18, 4 * E18]).unwrap();
    assert_eq!((shares, pool.supply()), (2 * E18 - 1_000, 2 * E18));
    let (mut pool, shares) = ConstantProduct::with_reserves(3_000, [3 * E18; 2]).unwrap();
    assert_eq!(pool.burn(shares), Ok([3 * E18 - 1_000; 2]));
    assert_eq!((pool.supply(), pool.reserves()), (1_000, [1_000; 2]));
    assert_eq!(pool.burn(1), Err(PoolError::InsufficientLiquidity));
}

/// v2-core's spec, `feeTo:on`: 1000e18 of both, then 1e18 swapped in for 996006981039903216; a
/// burn of all mints 249750499251388 shares to the protocol.
#[test]
fn the_protocol_gets_a_sixth_of_the_growth() {
    let mut pool = ConstantProduct::new(3_000).unwrap();
    pool.set_protocol_fee(true);
    let shares = pool.mint([1_000 * E18; 2]).unwrap();
    assert_eq!(pool.swap(1, E18, 0), Ok(996_006_981_039_903_216));
    pool.burn(shares).unwrap();
    assert_eq!(pool.take_protocol_shares(), 249_750_499_251_388);
    assert_eq!(pool.supply(), 1_000 + 249_750_499_251_388);
}

#[test]
fn wrong_pools_are_refused_by_key() {
    assert_eq!(ConstantProduct::new(1_000_000).unwrap_err().key, "fee");
    for reserves in [[0, E18], [1_000, 1_000], [u128::MAX, 1]] {
        let refused = ConstantProduct::with_reserves(3_000, reserves);
        assert_eq!(refused.unwrap_err().key, "reserves", "{reserves:?}");
    }
}

#[test]
fn a_refused_swap_leaves_no_trace() {
    let mut pool = pool(E18, E18);
    let before = pool.clone();
    let refused = pool.swap(0, 1_000, 1_000);
    assert_eq!(
        refused,
        Err(PoolError::BelowMinimum {
            amount: 996,
            minimum: 1_000
        })
    );
    assert!(pool.swap(0, u128::MAX >> 2, 0).is_err());
    assert!(pool.swap(2, 1_000, 0).is_err());
    assert_eq!(pool, before);
}
