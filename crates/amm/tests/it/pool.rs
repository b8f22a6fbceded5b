//! The common face.

use firesale_amm::balancer::{BalancerPool, VaultConfig, WeightedCurve};
use firesale_amm::{
    ConcentratedLiquidity, ConstantProduct, Pool, PoolError, PositionKey, StableSwap,
    StableSwapConfig, U256, sqrt_ratio_at_tick,
};

const E18: u128 = 1_000_000_000_000_000_000;

/// A pool of each kind with a thousand tokens of each coin.
fn pools() -> Vec<Pool> {
    let rate = U256::from(E18);
    let (product, _) = ConstantProduct::with_reserves(3_000, [1_000 * E18; 2]).unwrap();
    let price = sqrt_ratio_at_tick(0).unwrap();
    let mut concentrated = ConcentratedLiquidity::of_tier(3_000, price).unwrap();
    let key = PositionKey {
        owner: 7,
        tick_lower: -887_220,
        tick_upper: 887_220,
    };
    concentrated.mint(key, 1_000 * E18).unwrap();
    let config = StableSwapConfig {
        amplification: 100,
        a_precision: 1,
        fee: 30_000_000,
        admin_fee: 5_000_000_000,
        rates: vec![rate; 2],
    };
    let (stable, _) = StableSwap::with_balances(config, &[1_000 * E18; 2]).unwrap();
    let curve = WeightedCurve::new(vec![500_000_000_000_000_000; 2]).unwrap();
    let config = VaultConfig {
        decimals: vec![18; 2],
        rates: vec![rate; 2],
        swap_fee: 3_000_000_000_000_000,
        protocol_fee: 500_000_000_000_000_000,
    };
    let (weighted, _) = BalancerPool::new(curve, config, &[1_000 * E18; 2]).unwrap();
    vec![
        Pool::ConstantProduct(product),
        Pool::Concentrated(concentrated),
        Pool::StableSwap(stable),
        Pool::Weighted(weighted),
    ]
}

#[test]
fn a_swap_does_what_its_quote_says_and_moves_the_reserves() {
    for mut pool in pools() {
        let before = pool.reserves();
        let quote = pool.quote(0, 1, 10 * E18).unwrap();
        assert_eq!(pool.reserves(), before);
        let swap = pool.swap(0, 1, 10 * E18, quote.amount_out).unwrap();
        assert_eq!(swap, quote);
        assert_eq!(
            pool.reserves(),
            [before[0] + 10 * E18, before[1] - quote.amount_out]
        );
        assert_eq!(pool.fee_pips(), 3_000);
        // 0.3% of ten tokens, whichever of the coins it is.
        let fee = quote.fee as f64 / E18 as f64;
        assert!((fee - 0.03).abs() < 1e-4, "{fee}");
    }
}

#[test]
fn the_marginal_price_is_that_of_a_small_swap_less_the_fee() {
    for mut pool in pools() {
        pool.swap(0, 1, 250 * E18, 0).unwrap();
        for (i, j) in [(0, 1), (1, 0)] {
            let price = pool.price(i, j).unwrap();
            let quote = pool.quote(i, j, E18 / 10_000).unwrap();
            let got = quote.amount_out as f64 / quote.amount_in as f64;
            assert!((got / price / 0.997 - 1.0).abs() < 1e-5, "{got} {price}");
        }
    }
}

#[test]
fn an_exact_output_costs_what_buys_it() {
    for mut pool in pools() {
        let cost = pool.quote_exact_out(1, 0, E18);
        if matches!(pool, Pool::StableSwap(_)) {
            assert!(matches!(cost, Err(PoolError::Unsupported(_))));
            continue;
        }
        let cost = cost.unwrap();
        let swap = pool.swap(1, 0, cost.amount_in, 0).unwrap();
        let error = swap.amount_out.abs_diff(E18);
        assert!(error < 100_000, "{error}");
    }
}

#[test]
fn refused_swaps_leave_no_trace() {
    for mut pool in pools() {
        let before = pool.clone();
        let quote = pool.quote(0, 1, E18).unwrap();
        let minimum = quote.amount_out + 1;
        let refused = pool.swap(0, 1, E18, minimum);
        let amount = quote.amount_out;
        assert_eq!(refused, Err(PoolError::BelowMinimum { amount, minimum }));
        for (i, j) in [(0, 0), (0, 2), (2, 0)] {
            assert!(matches!(
                pool.swap(i, j, E18, 0),
                Err(PoolError::NoSuchCoin { .. })
            ));
        }
        assert_eq!(pool.swap(0, 1, 0, 0), Err(PoolError::ZeroAmount));
        assert!(pool.swap(0, 1, u128::MAX, 0).is_err());
        assert_eq!(pool, before);
    }
}

#[test]
fn a_pool_is_the_same_after_it_was_written_and_read() {
    for mut pool in pools() {
        pool.swap(1, 0, 3 * E18, 0).unwrap();
        let text = serde_json::to_string(&pool).unwrap();
        let read: Pool = serde_json::from_str(&text).unwrap();
        assert_eq!(read, pool);
    }
}
