use super::*;

/// Factor 80% to be absorbed, the borrower loses 5%, buyers get 60% of that.
fn absorbing() -> LendingConfig {
    let mut config = market();
    config.reserves[0].borrowable = false;
    config.liquidation = LiquidationRule::Absorb {
        base: USD,
        store_front_bps: 6_000,
    };
    config
}

#[test]
fn the_account_is_taken_whole_and_its_collateral_sold() {
    let mut pool = borrowed(absorbing(), 15_000 * D);
    assert_eq!(pool.absorb(NOW, BORROWER), Err(LendingError::Healthy));
    assert_eq!(pool.liquidate(NOW, &call(D)), Err(LendingError::OtherRule));
    pool.set_price(COIN, 1_800 * P).unwrap();
    assert_eq!(pool.liquidatable(NOW), [BORROWER]);
    // 18,000 * 0.95 - 15,000 = 2,100 stay the borrower's.
    let done = pool.absorb(NOW, BORROWER).unwrap();
    assert_eq!(done.seized, [(COIN, 10 * C)]);
    assert_eq!((done.debt, done.refund), (15_000 * D, 2_100 * D));
    assert_eq!(pool.supply_of(BORROWER, USD, NOW), 2_100 * D);
    assert_eq!(pool.reserve(USD, NOW).unwrap().absorbed, 17_100 * D);
    pool.audit().unwrap();
    // The discount is 0.6 * 5% = 3%: 1,746 a coin.
    assert_eq!(
        pool.quote(COIN, 1_746 * D),
        Ok(Sale {
            paid: 1_746 * D,
            bought: C
        })
    );
    assert_eq!(
        pool.buy_collateral(NOW, COIN, 8_730 * D).unwrap().bought,
        5 * C
    );
    assert_eq!(pool.for_sale(COIN, NOW), 5 * C);
    // More than all is all: 17,460 in sum, 360 more than debt and refund, for the treasury.
    let rest = pool.buy_collateral(NOW, COIN, 100_000 * D).unwrap();
    assert_eq!((rest.paid, rest.bought), (8_730 * D, 5 * C));
    assert_eq!(
        pool.buy_collateral(NOW, COIN, D),
        Err(LendingError::Nothing)
    );
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!(
        (report.absorbed, report.deficit, report.treasury),
        (0, 0, 360 * D)
    );
    pool.audit().unwrap();
}

#[test]
fn what_the_sale_does_not_bring_is_a_deficit() {
    let mut pool = borrowed(absorbing(), 15_000 * D);
    pool.set_price(COIN, 1_500 * P).unwrap();
    // 15,000 * 0.95 does not cover the debt: nothing is refunded.
    assert_eq!(pool.absorb(NOW, BORROWER).unwrap().refund, 0);
    assert_eq!(pool.account(BORROWER), None);
    // It falls further before it is sold: 10 * 1,200 * 0.97 = 11,640.
    pool.set_price(COIN, 1_200 * P).unwrap();
    let sale = pool.buy_collateral(NOW, COIN, 20_000 * D).unwrap();
    assert_eq!((sale.paid, sale.bought), (11_640 * D, 10 * C));
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!((report.absorbed, report.deficit), (0, 3_360 * D));
    assert_eq!(pool.counters().bad_debt, 3_360 * P);
    pool.audit().unwrap();
}
