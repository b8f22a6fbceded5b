use super::*;

/// 5,476.190476 dollars of bad debt, see the liquidation tests.
const LOST: u128 = 5_476_190_476;

fn broken(config: LendingConfig, insurance: u128) -> LendingPool {
    let mut pool = borrowed(config, 15_000 * D);
    if insurance > 0 {
        assert_eq!(pool.insure(USD, insurance), Ok(insurance));
    }
    pool.set_price(COIN, 1_000 * P).unwrap();
    pool.liquidate(NOW, &call(ALL)).unwrap();
    pool.audit().unwrap();
    pool
}

#[test]
fn who_comes_first_is_paid_in_full() {
    let mut pool = broken(market(), 0);
    let short = LendingError::NoLiquidity {
        available: 1_000_000 * D - LOST,
    };
    assert_eq!(pool.withdraw(NOW, SAVER, USD, ALL), Err(short));
    pool.withdraw(NOW, SAVER, USD, 1_000_000 * D - LOST)
        .unwrap();
    assert_eq!(pool.supply_of(SAVER, USD, NOW), LOST);
    // Somebody covers part, then too much.
    assert_eq!(pool.cover_deficit(NOW, USD, 1_000 * D), Ok(1_000 * D));
    assert_eq!(pool.cover_deficit(NOW, USD, ALL), Ok(LOST - 1_000 * D));
    assert_eq!(
        pool.cover_deficit(NOW, USD, ALL),
        Err(LendingError::Nothing)
    );
    assert_eq!(pool.withdraw(NOW, SAVER, USD, ALL), Ok(LOST));
    pool.audit().unwrap();
}

#[test]
fn insurance_comes_first() {
    let pool = broken(market(), 5_000 * D);
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!((report.deficit, report.insurance), (LOST - 5_000 * D, 0));
    let pool = broken(market(), 6_000 * D);
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!((report.deficit, report.insurance), (0, 6_000 * D - LOST));
    assert_eq!(report.bad_debt, LOST);
}

#[test]
fn suppliers_share() {
    let mut config = market();
    config.bad_debt = BadDebtRule::Socialize;
    let mut pool = broken(config, 0);
    let report = pool.reserve(USD, NOW).unwrap();
    assert_eq!((report.deficit, report.socialized), (0, LOST));
    // All of it from the only supplier, who can take the rest at once.
    assert_eq!(pool.supply_of(SAVER, USD, NOW), 1_000_000 * D - LOST);
    assert_eq!(
        pool.withdraw(NOW, SAVER, USD, ALL),
        Ok(1_000_000 * D - LOST)
    );
    assert_eq!(pool.account(SAVER), None);
    pool.audit().unwrap();
}

/// Everything that was saved is lost: the index stops short of zero, the rest stays a deficit.
#[test]
fn a_total_loss() {
    let mut config = market();
    config.bad_debt = BadDebtRule::Socialize;
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 15_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, 10 * C).unwrap();
    pool.borrow(NOW, BORROWER, USD, 15_000 * D).unwrap();
    pool.set_price(COIN, 1).unwrap();
    // Ten coins are worth a tenth of the smallest unit of a dollar: nothing is repaid.
    let done = pool.liquidate(NOW, &call(ALL)).unwrap();
    assert_eq!((done.repaid, done.seized), (0, 10 * C));
    assert_eq!(pool.indices(USD, NOW).unwrap().supply, RAY / 1_000);
    assert_eq!(pool.supply_of(SAVER, USD, NOW), 15 * D);
    assert_eq!(pool.reserve(USD, NOW).unwrap().deficit, 15 * D);
    pool.audit().unwrap();
    pool.supply(NOW, KEEPER, USD, D).unwrap();
    assert_eq!(pool.withdraw(NOW, KEEPER, USD, ALL), Ok(D));
    pool.audit().unwrap();
}

#[test]
fn all_debts_of_an_account_are_written_off() {
    let mut config = market();
    config.reserves.push(ReserveConfig {
        borrowable: true,
        ..ReserveConfig::plain("EUR", 6)
    });
    let eur = ReserveId(2);
    let mut pool = borrowed(config, 10_000 * D);
    pool.supply(NOW, SAVER, eur, 100_000 * D).unwrap();
    pool.borrow(NOW, BORROWER, eur, 5_000 * D).unwrap();
    pool.set_price(COIN, 500 * P).unwrap();
    // 5,000 of collateral repay 4,761.904762 dollars.
    let done = pool.liquidate(NOW, &call(ALL)).unwrap();
    assert_eq!(
        done.bad_debt,
        [(USD, 10_000 * D - 4_761_904_762), (eur, 5_000 * D)]
    );
    assert_eq!(pool.reserve(eur, NOW).unwrap().deficit, 5_000 * D);
    pool.audit().unwrap();
}
