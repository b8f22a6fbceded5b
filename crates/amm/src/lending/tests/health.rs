use super::*;

#[test]
fn the_factor_rounds_as_the_contract_does() {
    let mut pool = borrowed(market(), 15_000 * D);
    // 20,000 * 0.8 / 15,000 = 1.0666..., down.
    assert_eq!(pool.health_factor(BORROWER, NOW), 1_066_666_666_666_666_666);
    pool.set_price(COIN, 187_500_000_000).unwrap();
    // 18,750 * 0.8 / 15,000 = 1: healthy to the last unit of the price, in breach below.
    assert_eq!(pool.health_factor(BORROWER, NOW), WAD);
    assert!(pool.liquidatable(NOW).is_empty());
    pool.set_price(COIN, 187_499_999_999).unwrap();
    // 10 coins lose 10 units of 1e-8: 1 - 10 / 1,875,000,000,000 = 0.999999999994666...
    assert_eq!(pool.health_factor(BORROWER, NOW), 999_999_999_994_666_666);
    assert_eq!(pool.liquidatable(NOW), [BORROWER]);
    let health = pool.health(BORROWER, NOW);
    assert_eq!(health.collateral, 1_874_999_999_990);
    assert_eq!(
        (health.debt, health.ltv_bps, health.threshold_bps),
        (15_000 * P, 7_500, 8_000)
    );
    assert_eq!(pool.health_factor(SAVER, NOW), NO_DEBT);
    assert_eq!(pool.health_factor(AccountId(99), NOW), NO_DEBT);
}

#[test]
fn rates_are_weighted_by_value() {
    let mut config = market();
    config.reserves.push(ReserveConfig {
        ltv_bps: 5_000,
        liquidation_threshold_bps: 6_500,
        collateral: true,
        price: 100_000_000,
        ..ReserveConfig::plain("ALT", 8)
    });
    let mut pool = borrowed(config, 15_000 * D);
    // 10,000 ALT at 1 dollar beside 20,000 dollars of coins.
    pool.supply(NOW, BORROWER, ReserveId(2), 1_000_000_000_000)
        .unwrap();
    let health = pool.health(BORROWER, NOW);
    assert_eq!(health.collateral, 30_000 * P);
    // (20 * 75 + 10 * 50) / 30 = 66.66...; (20 * 80 + 10 * 65) / 30 = 75.
    assert_eq!((health.ltv_bps, health.threshold_bps), (6_666, 7_500));
    // (16,000 + 6,500) / 15,000.
    assert_eq!(health.factor, 1_500_000_000_000_000_000);
    // Without the coins: 6,500 / 15,000 would be a breach.
    let limit = LendingError::Undercollateralized;
    assert_eq!(pool.set_collateral(NOW, BORROWER, COIN, false), Err(limit));
    pool.set_collateral(NOW, BORROWER, ReserveId(2), false)
        .unwrap();
    assert_eq!(pool.health(BORROWER, NOW).collateral, 20_000 * P);
}

/// A synthetic dollar at 18 decimals against a dollar at 6.
fn dollars(source: PriceSource, category: Option<PriceSource>) -> LendingConfig {
    let synthetic = ReserveConfig {
        ltv_bps: 7_200,
        liquidation_threshold_bps: 7_500,
        liquidation_bonus_bps: 850,
        collateral: true,
        source,
        ..ReserveConfig::plain("SYN", 18)
    };
    LendingConfig {
        reserves: vec![synthetic, dollar()],
        categories: vec![CategoryConfig {
            label: "stablecoins".to_owned(),
            ltv_bps: 9_000,
            liquidation_threshold_bps: 9_300,
            liquidation_bonus_bps: 200,
            collateral: vec![COIN],
            borrowable: vec![USD],
            source: category,
        }],
        ..LendingConfig::default()
    }
}

/// 10,000 synthetic dollars, 9,000 borrowed in the category.
fn looped(config: LendingConfig) -> LendingPool {
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 1_000_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, 10_000 * C).unwrap();
    let limit = LendingError::Undercollateralized;
    assert_eq!(pool.borrow(NOW, BORROWER, USD, 9_000 * D), Err(limit));
    pool.set_category(NOW, BORROWER, Some(CategoryId(0)))
        .unwrap();
    pool.borrow(NOW, BORROWER, USD, 9_000 * D).unwrap();
    pool
}

#[test]
fn categories_lend_more() {
    let mut pool = looped(dollars(PriceSource::Venue, None));
    // 10,000 * 0.93 / 9,000 = 1.0333...
    assert_eq!(pool.health_factor(BORROWER, NOW), 1_033_333_333_333_333_333);
    // Outside it the threshold of 75% would be passed.
    let limit = LendingError::Undercollateralized;
    assert_eq!(pool.set_category(NOW, BORROWER, None), Err(limit));
    let unknown = LendingError::UnknownCategory(CategoryId(1));
    assert_eq!(
        pool.set_category(NOW, BORROWER, Some(CategoryId(1))),
        Err(unknown)
    );
    assert_eq!(
        pool.borrow(NOW, BORROWER, COIN, 1),
        Err(LendingError::NotBorrowable)
    );
    // The category's bonus of 2%, not 8.5%: 0.95 * 0.93 / 0.9 = 0.98166...: half of 9,000, worth
    // 4,500 / 0.95 * 1.02 = 4,831.578947... coins.
    pool.set_price(COIN, 95_000_000).unwrap();
    let done = pool.liquidate(NOW, &call(ALL)).unwrap();
    assert_eq!(done.repaid, 4_500 * D);
    assert_eq!(done.seized / 1_000_000_000, 4_831_578_947_368);
    pool.audit().unwrap();
}

/// The venue prints 0.65 and the lender does not see it.
#[test]
fn a_pegged_oracle_sees_no_depeg() {
    let peg = PriceSource::Pegged {
        to: Some(USD),
        value: 100_000_000,
    };
    let mut blind = looped(dollars(peg, None));
    let mut seeing = looped(dollars(PriceSource::Venue, None));
    assert_eq!(blind.set_price(COIN, 65_000_000), Ok(false));
    assert_eq!(seeing.set_price(COIN, 65_000_000), Ok(true));
    assert_eq!(
        (blind.price(COIN), seeing.price(COIN)),
        (Some(100_000_000), Some(65_000_000))
    );
    assert!(blind.liquidatable(NOW).is_empty());
    assert_eq!(seeing.liquidatable(NOW), [BORROWER]);
    // What it is pegged to moves it: 0.93 / 0.9 stays.
    blind.set_price(USD, 101_000_000).unwrap();
    assert_eq!(blind.price(COIN), Some(101_000_000));
    assert_eq!(
        blind.health_factor(BORROWER, NOW),
        1_033_333_333_333_333_333
    );
}

#[test]
fn a_price_of_the_category() {
    let mut pool = looped(dollars(PriceSource::Venue, Some(PriceSource::Venue)));
    // None is fed yet: each its own.
    pool.set_price(COIN, 90_000_000).unwrap();
    assert_eq!(pool.liquidatable(NOW), [BORROWER]);
    assert_eq!(pool.set_category_price(CategoryId(0), 99_000_000), Ok(true));
    assert!(pool.liquidatable(NOW).is_empty());
    assert_eq!(pool.health(BORROWER, NOW).collateral, 9_900 * P);
    let peg = PriceSource::Pegged {
        to: None,
        value: 100_000_000,
    };
    let mut pool = looped(dollars(PriceSource::Venue, Some(peg)));
    assert_eq!(
        pool.set_category_price(CategoryId(0), 50_000_000),
        Ok(false)
    );
    pool.set_price(COIN, 50_000_000).unwrap();
    assert!(pool.liquidatable(NOW).is_empty());
}

#[test]
fn histogram_and_totals() {
    let mut pool = borrowed(market(), 10_000 * D);
    pool.supply(NOW, KEEPER, COIN, 10 * C).unwrap();
    pool.borrow(NOW, KEEPER, USD, 15_000 * D).unwrap();
    // Factors 1.6 and 1.0666.
    let buckets = pool.health_histogram(NOW, &[WAD, WAD * 3 / 2, 2 * WAD]);
    let accounts: Vec<u64> = buckets.iter().map(|bucket| bucket.accounts).collect();
    assert_eq!(accounts, [0, 1, 1, 0]);
    assert_eq!(
        (buckets[1].debt, buckets[2].collateral),
        (15_000 * P, 20_000 * P)
    );
    let totals = pool.totals(NOW);
    assert_eq!(
        (totals.supplied, totals.borrowed),
        (1_040_000 * P, 25_000 * P)
    );
    assert_eq!((totals.cash, totals.deficit), (1_015_000 * P, 0));
}
