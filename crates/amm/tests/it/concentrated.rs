//! Concentrated liquidity by hand: ends of the price range, limits, and views.

use firesale_amm::{
    AmountSpecified, ConcentratedLiquidity, FEE_TIERS, LiquiditySegment, MAX_SQRT_RATIO, MAX_TICK,
    MIN_SQRT_RATIO, MIN_TICK, PoolError, PositionKey, U256, liquidity_for_amounts,
    price_to_sqrt_x96, sqrt_ratio_at_tick, sqrt_x96_to_price, tick_at_sqrt_ratio,
};

const E18: u128 = 1_000_000_000_000_000_000;

fn key(tick_lower: i32, tick_upper: i32) -> PositionKey {
    PositionKey {
        owner: 1,
        tick_lower,
        tick_upper,
    }
}

fn pool_at(tick: i32) -> ConcentratedLiquidity {
    ConcentratedLiquidity::of_tier(3_000, sqrt_ratio_at_tick(tick).unwrap()).unwrap()
}

fn exact_in(amount: u128) -> AmountSpecified {
    AmountSpecified::ExactIn(U256::from(amount))
}

/// The figures of v3-core's `Tick.spec.ts`.
#[test]
fn liquidity_per_tick_is_shared_out_over_all_ticks() {
    let most = FEE_TIERS.map(|(fee, _)| {
        let pool = ConcentratedLiquidity::of_tier(fee, U256::ONE << 96).unwrap();
        pool.max_liquidity_per_tick()
    });
    assert_eq!(
        most[1..],
        [
            1_917_569_901_783_203_986_719_870_431_555_990,
            11_505_743_598_341_114_571_880_798_222_544_994,
            38_350_317_471_085_141_830_651_933_667_504_588
        ]
    );
}

#[test]
fn a_pool_may_begin_at_either_end_of_the_range() {
    let mut low = ConcentratedLiquidity::of_tier(3_000, MIN_SQRT_RATIO).unwrap();
    assert_eq!(low.tick(), MIN_TICK);
    // Below all positions a pool holds token 0 only.
    let paid = low.mint(key(-887_220, 887_220), 2_000_000).unwrap();
    assert!(paid[0] > 0 && paid[1] == 0);
    assert_eq!(low.liquidity(), 0);
    let refused = low.swap(true, exact_in(1_000), None);
    assert!(matches!(refused, Err(PoolError::PriceLimit(_))));
    let done = low.swap(false, exact_in(1_000), None).unwrap();
    assert_eq!((done.amount_in, low.liquidity()), (1_000, 2_000_000));

    let top = MAX_SQRT_RATIO - U256::ONE;
    let mut high = ConcentratedLiquidity::of_tier(3_000, top).unwrap();
    assert_eq!(high.tick(), MAX_TICK - 1);
    let paid = high.mint(key(-887_220, 887_220), 2_000_000).unwrap();
    assert!(paid[0] == 0 && paid[1] > 0);
    let refused = high.swap(false, exact_in(1_000), None);
    assert!(matches!(refused, Err(PoolError::PriceLimit(_))));
    assert_eq!(
        high.swap(true, exact_in(1_000), None).unwrap().amount_in,
        1_000
    );
    assert!(ConcentratedLiquidity::of_tier(3_000, MAX_SQRT_RATIO).is_err());
}

/// v3-core's spec: a pool at tick -23028 (1:10), a position of 3161 at its full range takes 9996
/// and 1000.
#[test]
fn amounts_of_a_first_mint() {
    let price = U256::from(25_054_144_837_504_793_118_650_146_401_u128);
    let mut pool = ConcentratedLiquidity::of_tier(3_000, price).unwrap();
    assert_eq!(pool.tick(), -23_028);
    assert_eq!(pool.mint(key(-887_220, 887_220), 3_161), Ok([9_996, 1_000]));
    // The spec's range above the price takes token 0 only.
    assert_eq!(pool.mint(key(-22_980, 0), 10_000), Ok([21_549, 0]));
    assert_eq!(pool.mint(key(-22_980 - 60, -22_980), 100), Ok([1, 1]));
}

#[test]
fn wrong_ranges_and_amounts_are_refused_without_a_trace() {
    let mut pool = pool_at(0);
    pool.mint(key(-60, 60), E18).unwrap();
    let before = pool.clone();
    let most = pool.max_liquidity_per_tick();
    for (lower, upper, liquidity, error) in [
        (
            60,
            60,
            1,
            PoolError::TicksReversed {
                lower: 60,
                upper: 60,
            },
        ),
        (-887_280, 0, 1, PoolError::TickOutOfRange(-887_280)),
        (0, 887_280, 1, PoolError::TickOutOfRange(887_280)),
        (
            0,
            61,
            1,
            PoolError::TickOffSpacing {
                tick: 61,
                spacing: 60,
            },
        ),
        (0, 60, 0, PoolError::ZeroLiquidity),
        (-60, 120, most, PoolError::TickLiquidity(-60)),
        (-120, 60, most, PoolError::TickLiquidity(60)),
        (0, 60, u128::MAX, PoolError::Overflow),
    ] {
        assert_eq!(pool.mint(key(lower, upper), liquidity), Err(error));
    }
    assert_eq!(
        pool.burn(key(-60, 60), E18 + 1),
        Err(PoolError::PositionTooSmall)
    );
    assert_eq!(
        pool.burn(key(-120, 60), 0),
        Err(PoolError::PositionTooSmall)
    );
    assert_eq!(
        pool.swap(true, exact_in(0), None),
        Err(PoolError::ZeroAmount)
    );
    let price = pool.sqrt_price_x96();
    for (zero_for_one, limit) in [
        (true, price),
        (false, price),
        (true, MIN_SQRT_RATIO),
        (false, MAX_SQRT_RATIO),
    ] {
        let refused = pool.swap(zero_for_one, exact_in(1), Some(limit));
        assert_eq!(refused, Err(PoolError::PriceLimit(limit)));
    }
    assert_eq!(pool.collect(key(-60, 0), [1; 2]), [0; 2]);
    assert_eq!(pool, before);
}

#[test]
fn wrong_pools_are_refused_by_key() {
    let price = U256::ONE << 96;
    let key = |fee, spacing, price| {
        ConcentratedLiquidity::new(fee, spacing, price)
            .unwrap_err()
            .key
    };
    assert_eq!(key(1_000_000, 60, price), "fee");
    assert_eq!(key(3_000, 0, price), "tick_spacing");
    assert_eq!(key(3_000, 16_384, price), "tick_spacing");
    assert_eq!(key(3_000, 60, U256::ONE), "sqrt_price");
    assert_eq!(
        ConcentratedLiquidity::of_tier(42, price).unwrap_err().key,
        "fee"
    );
    let refused = pool_at(0).set_fee_protocol([3, 0]);
    assert_eq!(refused.unwrap_err().key, "fee_protocol");
}

/// A swap that the caller refuses at its end has crossed ticks on the way: they are as before.
#[test]
fn a_failed_swap_uncrosses_its_ticks() {
    let mut pool = pool_at(0);
    for lower in [-240, -180, -120, -60, 0] {
        pool.mint(key(lower, lower + 60), 1_000 * E18).unwrap();
    }
    pool.swap(true, exact_in(5 * E18), None).unwrap();
    pool.swap(false, exact_in(5 * E18), None).unwrap();
    let mut faced = firesale_amm::Pool::Concentrated(pool.clone());
    let refused = faced.swap(0, 1, 9 * E18, u128::MAX);
    assert!(matches!(refused, Err(PoolError::BelowMinimum { .. })));
    assert_eq!(faced, firesale_amm::Pool::Concentrated(pool));
}

/// By hand: 1,000,000 parts of liquidity get a fee of 3 * 2^128 / 10^6 per unit from a swap of 1000:
/// of the fee of 3 a position of all the liquidity gets 2, the rounding stays in the pool.
#[test]
fn fees_go_to_those_in_range() {
    let mut pool = pool_at(0);
    let (near, far) = (key(-60, 60), key(60, 120));
    pool.mint(near, 1_000_000).unwrap();
    pool.mint(far, 1_000_000).unwrap();
    let done = pool.swap(true, exact_in(1_000), None).unwrap();
    assert_eq!(
        (done.fee, pool.fees_owed(near), pool.fees_owed(far)),
        (3, [2, 0], [0, 0])
    );
    pool.burn(near, 0).unwrap();
    assert_eq!(pool.collect(near, [1, 9]), [1, 0]);
    assert_eq!(pool.collect(near, [9, 9]), [1, 0]);
}

#[test]
fn liquidity_by_tick_sums_the_positions() {
    let mut pool = pool_at(0);
    for (lower, upper, liquidity) in [(-120, 60, 5), (-60, 120, 7), (240, 300, 11)] {
        pool.mint(key(lower, upper), liquidity).unwrap();
    }
    let expected = [
        (-120, -60, 5),
        (-60, 60, 12),
        (60, 120, 7),
        (120, 240, 0),
        (240, 300, 11),
    ];
    let expected = expected.map(|(tick_lower, tick_upper, liquidity)| LiquiditySegment {
        tick_lower,
        tick_upper,
        liquidity,
    });
    assert_eq!(pool.liquidity_by_tick(), expected);
}

#[test]
fn liquidity_for_amounts_is_what_they_pay_for() {
    let pool = pool_at(0);
    let (low, high) = (
        sqrt_ratio_at_tick(-600).unwrap(),
        sqrt_ratio_at_tick(1_200).unwrap(),
    );
    for amounts in [[E18, E18], [E18, 5], [0, E18]] {
        let liquidity = liquidity_for_amounts(pool.sqrt_price_x96(), low, high, amounts).unwrap();
        let paid = pool.amounts_of(-600, 1_200, liquidity, true).unwrap();
        assert!(paid[0] <= amounts[0] && paid[1] <= amounts[1]);
        // One part in 10^15 more would cost more than there is.
        let more = liquidity + liquidity / 1_000_000_000_000_000 + 2;
        let paid = pool.amounts_of(-600, 1_200, more, true).unwrap();
        assert!(paid[0] > amounts[0] || paid[1] > amounts[1]);
    }
}

#[test]
fn prices_in_floating_point_and_back() {
    for price in [1e-30, 0.000_123, 1.0, 2.5, 3_456.789, 1e30] {
        let root = price_to_sqrt_x96(price).unwrap();
        assert!((sqrt_x96_to_price(root) / price - 1.0).abs() < 1e-9);
    }
    assert_eq!(price_to_sqrt_x96(1.0), Some(U256::ONE << 96));
    for price in [0.0, -1.0, 1e-40, 1e40, f64::NAN, f64::INFINITY] {
        assert_eq!(price_to_sqrt_x96(price), None);
    }
    // 1.0001^46054 = 100.004...: the price of the tick.
    let price = sqrt_x96_to_price(sqrt_ratio_at_tick(46_054).unwrap());
    assert!((price - 100.0).abs() < 0.01, "{price}");
    assert_eq!(
        tick_at_sqrt_ratio(price_to_sqrt_x96(100.0).unwrap()),
        Ok(46_054)
    );
}
