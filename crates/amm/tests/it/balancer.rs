//! Balancer V3 pools, by hand.

use firesale_amm::balancer::{BalancerPool, VaultConfig, WeightedCurve};
use firesale_amm::{PoolError, U256};

#[test]
fn a_weighted_pool_moves_at_most_30_percent_at_once() {
    let half = 500_000_000_000_000_000;
    let e18 = 1_000_000_000_000_000_000;
    let config = VaultConfig {
        decimals: vec![18, 18],
        rates: vec![U256::from(e18); 2],
        swap_fee: 0,
        protocol_fee: 0,
    };
    let curve = WeightedCurve::new(vec![half; 2]).unwrap();
    let (pool, _) = BalancerPool::new(curve, config, &[100 * e18; 2]).unwrap();
    assert!(pool.quote(0, 1, 30 * e18).is_ok());
    assert_eq!(pool.quote(0, 1, 30 * e18 + 1), Err(PoolError::SwapTooLarge));
}
