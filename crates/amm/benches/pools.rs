//! The time of swaps in each kind of pool: `cargo bench -p firesale-amm`.

use criterion::{Criterion, criterion_group, criterion_main};
use firesale_amm::balancer::{BalancerPool, VaultConfig, WeightedCurve};
use firesale_amm::{
    AmountSpecified, ConcentratedLiquidity, ConstantProduct, Pool, PositionKey, StableSwap,
    StableSwapConfig, U256, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
use std::hint::black_box;

const E18: u128 = 1_000_000_000_000_000_000;

/// Forty adjoining ranges of a tick spacing, the price at tick 30.
fn concentrated() -> ConcentratedLiquidity {
    let price = sqrt_ratio_at_tick(30).unwrap();
    let mut pool = ConcentratedLiquidity::of_tier(3_000, price).unwrap();
    for i in -20..20 {
        let key = PositionKey {
            owner: 0,
            tick_lower: i * 60,
            tick_upper: (i + 1) * 60,
        };
        pool.mint(key, 1_234 * E18).unwrap();
    }
    pool
}

fn stable() -> StableSwap {
    let config = StableSwapConfig {
        amplification: 2_000,
        a_precision: 1,
        fee: 1_000_000,
        admin_fee: 5_000_000_000,
        rates: vec![U256::from(E18); 3],
    };
    let (pool, _) = StableSwap::with_balances(config, &[1_000_000 * E18; 3]).unwrap();
    pool
}

fn weighted() -> Pool {
    let weights = vec![800_000_000_000_000_000, 200_000_000_000_000_000];
    let config = VaultConfig {
        decimals: vec![18; 2],
        rates: vec![U256::from(E18); 2],
        swap_fee: 3_000_000_000_000_000,
        protocol_fee: 0,
    };
    let curve = WeightedCurve::new(weights).unwrap();
    let (pool, _) = BalancerPool::new(curve, config, &[1_000_000 * E18; 2]).unwrap();
    Pool::Weighted(pool)
}

fn ticks(c: &mut Criterion) {
    let price = sqrt_ratio_at_tick(12_345).unwrap() + U256::ONE;
    let mut group = c.benchmark_group("tick");
    group.bench_function("to_price", |b| {
        b.iter(|| sqrt_ratio_at_tick(black_box(12_345)));
    });
    group.bench_function("of_price", |b| {
        b.iter(|| tick_at_sqrt_ratio(black_box(price)));
    });
    group.finish();
}

/// Each iteration is two swaps, there and back.
fn swaps(c: &mut Criterion) {
    let mut group = c.benchmark_group("two_swaps");
    let all = AmountSpecified::ExactIn(U256::from(u128::MAX));
    for (name, low, high) in [("within_a_tick", 10, 50), ("over_three_ticks", -150, 30)] {
        let mut pool = concentrated();
        let [low, high] = [low, high].map(|tick| Some(sqrt_ratio_at_tick(tick).unwrap()));
        group.bench_function(format!("concentrated_{name}"), |b| {
            b.iter(|| {
                pool.swap(true, all, low).unwrap();
                pool.swap(false, all, high).unwrap()
            });
        });
    }
    let (product, _) = ConstantProduct::with_reserves(3_000, [1_000_000 * E18; 2]).unwrap();
    for (name, mut pool) in [
        ("constant_product", Pool::ConstantProduct(product)),
        ("stable_of_three_coins", Pool::StableSwap(stable())),
        ("weighted", weighted()),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                pool.swap(0, 1, E18, 0).unwrap();
                pool.swap(1, 0, E18, 0).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ticks, swaps);
criterion_main!(benches);
