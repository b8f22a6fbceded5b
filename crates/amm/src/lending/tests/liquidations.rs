use super::*;

#[test]
fn half_of_the_debt_with_bonus() {
    let mut pool = borrowed(market(), 15_000 * D);
    assert_eq!(pool.liquidate(NOW, &call(D)), Err(LendingError::Healthy));
    pool.set_price(COIN, 1_800 * P).unwrap();
    // Factor 0.96: half of 15,000; 7,500 / 1,800 * 1.05 = 4.375 coins.
    assert_eq!(pool.max_repay(BORROWER, USD, COIN, NOW), 7_500 * D);
    // Worth 7,875 less a rounding: the bonus is 375.
    assert_eq!(pool.liquidation_profit(NOW, &call(ALL)), Some(375 * P - 1));
    let done = pool.liquidate(NOW, &call(ALL)).unwrap();
    assert_eq!((done.repaid, done.fee), (7_500 * D, 0));
    // 7,500 / 1,800 is cut at 18 decimals before the bonus: 4.166666666666666666 * 1.05, half up.
    assert_eq!(done.seized, 4_374_999_999_999_999_999);
    assert!(done.bad_debt.is_empty());
    assert_eq!(pool.debt_of(BORROWER, USD, NOW), 7_500 * D);
    assert_eq!(pool.supply_of(BORROWER, COIN, NOW), 10 * C - done.seized);
    // 5.625 * 1,800 * 0.8 / 7,500 = 1.08.
    assert!(pool.liquidatable(NOW).is_empty());
    assert_eq!(pool.counters().liquidations, 1);
    assert_eq!(pool.counters().repaid, 7_500 * P);
    pool.audit().unwrap();
}

#[test]
fn the_treasury_takes_its_part_of_the_bonus() {
    let mut config = market();
    config.reserves[0].protocol_fee_bps = 1_000;
    let mut pool = borrowed(config, 15_000 * D);
    pool.set_price(COIN, 1_500 * P).unwrap();
    // Factor 0.8: all may be repaid. 6,000 / 1,500 * 1.05 = 4.2 coins, bonus 0.2, fee 0.02.
    let done = pool.liquidate(NOW, &call(6_000 * D)).unwrap();
    assert_eq!(
        (done.repaid, done.seized, done.fee),
        (6_000 * D, 418 * C / 100, 2 * C / 100)
    );
    assert_eq!(pool.reserve(COIN, NOW).unwrap().treasury, 2 * C / 100);
    assert_eq!(pool.collect_treasury(NOW, COIN), Ok(2 * C / 100));
    pool.audit().unwrap();
}

#[test]
fn the_close_factor() {
    // Factor 0.95 exactly, 16,000 * p / 2,000 / 15,000: p = 1,781.25. At or below it, all.
    let mut pool = borrowed(market(), 15_000 * D);
    pool.set_price(COIN, 178_125_000_000).unwrap();
    assert_eq!(pool.health_factor(BORROWER, NOW), 950_000_000_000_000_000);
    assert_eq!(pool.max_repay(BORROWER, USD, COIN, NOW), 15_000 * D);
    pool.set_price(COIN, 178_126_000_000).unwrap();
    assert_eq!(pool.max_repay(BORROWER, USD, COIN, NOW), 7_500 * D);
    // A small position, 1 coin and 1,500 dollars: all at 0.96 too.
    let mut pool = self::pool(market());
    pool.supply(NOW, SAVER, USD, 1_000_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, C).unwrap();
    pool.borrow(NOW, BORROWER, USD, 1_500 * D).unwrap();
    pool.set_price(COIN, 1_800 * P).unwrap();
    assert_eq!(pool.max_repay(BORROWER, USD, COIN, NOW), 1_500 * D);
}

#[test]
fn no_dust_is_left() {
    let mut pool = borrowed(market(), 15_000 * D);
    pool.set_price(COIN, 1_700 * P).unwrap();
    // 500 dollars of debt would stay.
    assert_eq!(
        pool.liquidate(NOW, &call(14_500 * D)),
        Err(LendingError::Dust)
    );
    assert!(pool.liquidate(NOW, &call(14_000 * D)).is_ok());
    pool.audit().unwrap();
}

#[test]
fn never_more_than_the_collateral_and_the_rest_is_bad_debt() {
    let mut pool = borrowed(market(), 15_000 * D);
    pool.set_price(COIN, 1_000 * P).unwrap();
    // 10,000 of collateral pay for 10,000 / 1.05 = 9,523.809523..., up; 5,476.190476 are lost.
    let done = pool.liquidate(NOW, &call(ALL)).unwrap();
    assert_eq!((done.repaid, done.seized), (9_523_809_524, 10 * C));
    assert_eq!(done.bad_debt, [(USD, 5_476_190_476)]);
    assert_eq!(pool.account(BORROWER), None);
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!(
        (report.deficit, report.bad_debt),
        (5_476_190_476, 5_476_190_476)
    );
    assert_eq!(pool.counters().bad_debt, 547_619_047_600);
    // Claims stand at a million and the cash is short by the deficit.
    assert_eq!(report.supplied, 1_000_000 * D);
    assert_eq!(report.cash, 1_000_000 * D - 5_476_190_476);
    pool.audit().unwrap();
}

#[test]
fn collateral_that_is_lent_out() {
    let mut pool = borrowed(market(), 15_000 * D);
    pool.supply(NOW, KEEPER, COIN, 1_000 * C).unwrap();
    let other = AccountId(4);
    let mut config = market();
    config.reserves[1].collateral = true;
    config.reserves[1].liquidation_threshold_bps = 9_000;
    config.reserves[1].ltv_bps = 9_000;
    let mut pool2 = borrowed(config, 15_000 * D);
    pool2.supply(NOW, other, USD, 100_000 * D).unwrap();
    // 9 of the 10 coins are lent.
    pool2.borrow(NOW, other, COIN, 9 * C).unwrap();
    pool2.set_price(COIN, 1_800 * P).unwrap();
    let lent_out = LendingError::NoLiquidity { available: C };
    assert_eq!(pool2.liquidate(NOW, &call(7_500 * D)), Err(lent_out));
    let claim = LiquidationCall {
        receive: Receive::Supply,
        ..call(7_500 * D)
    };
    let done = pool2.liquidate(NOW, &claim).unwrap();
    assert_eq!(pool2.supply_of(KEEPER, COIN, NOW), done.seized);
    pool2.audit().unwrap();
    pool.audit().unwrap();
}

#[test]
fn refusals() {
    let mut pool = borrowed(market(), 15_000 * D);
    pool.set_price(COIN, 1_800 * P).unwrap();
    let own = LiquidationCall {
        liquidator: BORROWER,
        ..call(D)
    };
    assert_eq!(
        pool.liquidate(NOW, &own),
        Err(LendingError::SelfLiquidation)
    );
    let wrong = LiquidationCall {
        collateral: USD,
        ..call(D)
    };
    assert_eq!(pool.liquidate(NOW, &wrong), Err(LendingError::NoCollateral));
    let none = LiquidationCall {
        debt: COIN,
        ..call(D)
    };
    assert_eq!(pool.liquidate(NOW, &none), Err(LendingError::NoDebt));
    let nobody = LiquidationCall {
        borrower: AccountId(9),
        ..call(D)
    };
    assert_eq!(
        pool.liquidate(NOW, &nobody),
        Err(LendingError::UnknownAccount(AccountId(9)))
    );
    assert_eq!(pool.liquidate(NOW, &call(0)), Err(LendingError::Nothing));
    assert_eq!(pool.absorb(NOW, BORROWER), Err(LendingError::OtherRule));
    assert_eq!(pool.liquidation_profit(NOW, &own), None);
}

/// Interest alone brings an account into breach.
#[test]
fn interest_alone() {
    let mut config = market();
    config.reserves[1].rate.base_bps = 1_000;
    config.reserves[1].rate.slope2_bps = 1_000;
    let pool = borrowed(config, 15_000 * D);
    // 16,000 / 15,000 = 1.0667: at a tenth a year it takes 8 months.
    assert!(pool.liquidatable(days(200)).is_empty());
    assert_eq!(pool.liquidatable(days(260)), [BORROWER]);
}
