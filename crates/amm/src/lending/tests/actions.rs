use super::*;

#[test]
fn supply_borrow_repay_withdraw() {
    let mut pool = borrowed(market(), 15_000 * D);
    assert_eq!(pool.reserve(USD, NOW).unwrap().cash, 985_000 * D);
    assert_eq!(pool.repay(NOW, BORROWER, USD, 5_000 * D), Ok(5_000 * D));
    assert_eq!(pool.repay(NOW, BORROWER, USD, ALL), Ok(10_000 * D));
    assert_eq!(
        pool.repay(NOW, BORROWER, USD, ALL),
        Err(LendingError::NoDebt)
    );
    assert_eq!(pool.withdraw(NOW, BORROWER, COIN, ALL), Ok(10 * C));
    assert_eq!(pool.account(BORROWER), None);
    assert_eq!(pool.withdraw(NOW, SAVER, USD, ALL), Ok(1_000_000 * D));
    pool.audit().unwrap();
}

#[test]
fn refusals() {
    let mut pool = borrowed(market(), 15_000 * D);
    let limit = LendingError::Undercollateralized;
    // 20,000 * 0.75 = 15,000 are borrowed: not a unit more.
    assert_eq!(pool.borrow(NOW, BORROWER, USD, 1), Err(limit));
    // 15,000 / 0.8 / 2,000 = 9.375 coins must stay.
    assert_eq!(
        pool.withdraw(NOW, BORROWER, COIN, 625 * C / 1_000 + 1),
        Err(limit)
    );
    assert_eq!(
        pool.withdraw(NOW, BORROWER, COIN, 625 * C / 1_000),
        Ok(625 * C / 1_000)
    );
    assert_eq!(pool.set_collateral(NOW, BORROWER, COIN, false), Err(limit));
    assert_eq!(
        pool.set_collateral(NOW, SAVER, USD, true),
        Err(LendingError::NoCollateral)
    );
    assert_eq!(pool.borrow(NOW, SAVER, USD, 1), Err(limit));
    let short = LendingError::NotEnough {
        available: 1_000_000 * D,
    };
    assert_eq!(pool.withdraw(NOW, SAVER, USD, 1_000_001 * D), Err(short));
    assert_eq!(pool.supply(NOW, SAVER, USD, 0), Err(LendingError::Nothing));
    assert_eq!(
        pool.supply(NOW, SAVER, USD, ALL),
        Err(LendingError::TooLarge)
    );
    assert_eq!(
        pool.supply(NOW, SAVER, ReserveId(2), 1),
        Err(LendingError::UnknownReserve(ReserveId(2)))
    );
    assert_eq!(
        pool.withdraw(NOW, KEEPER, USD, 1),
        Err(LendingError::UnknownAccount(KEEPER))
    );
    assert_eq!(pool.set_price(COIN, 0), Err(LendingError::BadPrice));
    assert_eq!(
        pool.set_price(COIN, MAX_PRICE + 1),
        Err(LendingError::BadPrice)
    );
    pool.audit().unwrap();
}

/// All that lies there is lent: who saved waits until somebody repays.
#[test]
fn a_frozen_market() {
    let mut config = market();
    config.reserves[1].rate.slope2_bps = 5_000;
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 15_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, 10 * C).unwrap();
    pool.borrow(NOW, BORROWER, USD, 15_000 * D).unwrap();
    assert_eq!(pool.reserve(USD, NOW).unwrap().utilization, RAY);
    let lent_out = LendingError::NoLiquidity { available: 0 };
    assert_eq!(pool.withdraw(NOW, SAVER, USD, 1), Err(lent_out));
    assert_eq!(pool.max_withdraw(SAVER, USD, NOW), 0);
    pool.repay(NOW, BORROWER, USD, 100 * D).unwrap();
    assert_eq!(pool.max_withdraw(SAVER, USD, NOW), 100 * D);
    assert_eq!(pool.withdraw(NOW, SAVER, USD, 100 * D), Ok(100 * D));
}

#[test]
fn frozen_paused_capped() {
    let mut config = market();
    config.reserves[1].supply_cap = Some(1_000_000);
    config.reserves[1].borrow_cap = Some(10_000);
    let mut pool = borrowed(config, 10_000 * D);
    assert_eq!(
        pool.supply(NOW, SAVER, USD, 1),
        Err(LendingError::SupplyCap)
    );
    assert_eq!(
        pool.borrow(NOW, BORROWER, USD, 1),
        Err(LendingError::BorrowCap)
    );
    assert_eq!(pool.max_borrow(BORROWER, USD, NOW), 0);
    pool.set_frozen(USD, true).unwrap();
    assert_eq!(
        pool.borrow(NOW, BORROWER, USD, 1),
        Err(LendingError::Frozen)
    );
    assert_eq!(pool.supply(NOW, SAVER, USD, 1), Err(LendingError::Frozen));
    assert_eq!(pool.withdraw(NOW, SAVER, USD, D), Ok(D));
    pool.set_paused(USD, true).unwrap();
    assert_eq!(pool.withdraw(NOW, SAVER, USD, D), Err(LendingError::Paused));
    assert_eq!(pool.repay(NOW, BORROWER, USD, D), Err(LendingError::Paused));
    pool.set_price(COIN, 1_000 * P).unwrap();
    assert_eq!(pool.liquidate(NOW, &call(D)), Err(LendingError::Paused));
    assert_eq!(pool.liquidatable(NOW), [BORROWER]);
}

/// The most that the views promise is given, and little more is refused.
#[test]
fn views_of_the_most() {
    let mut pool = borrowed(market(), 3_333_333_333);
    for (price, factor) in [(2_000, 7_500), (1_777, 7_500)] {
        pool.set_price(COIN, price * P).unwrap();
        let most = pool.max_borrow(BORROWER, USD, NOW);
        let room = 10 * price * D * factor / BPS - 3_333_333_333;
        assert!(most <= room && most + 10 > room, "{most} of {room}");
        let mut copy = pool.clone();
        assert_eq!(copy.borrow(NOW, BORROWER, USD, most), Ok(most));
        assert!(copy.borrow(NOW, BORROWER, USD, 10).is_err());
        let most = pool.max_withdraw(BORROWER, COIN, NOW);
        assert_eq!(pool.clone().withdraw(NOW, BORROWER, COIN, most), Ok(most));
        assert!(
            pool.clone()
                .withdraw(NOW, BORROWER, COIN, most + C / 1_000_000_000)
                .is_err()
        );
    }
}

/// Deposit, borrow, buy, deposit: exposure tends to 1 / (1 - LTV), here 1 / (1 - 0.75) = 4.
#[test]
fn loop_leverage() {
    let mut pool = pool(market());
    pool.supply(NOW, SAVER, USD, 10_000_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, C).unwrap();
    let mut debt = 0;
    for _ in 0..60 {
        let loan = pool.max_borrow(BORROWER, USD, NOW);
        if loan < D {
            break;
        }
        pool.borrow(NOW, BORROWER, USD, loan).unwrap();
        debt += loan;
        // 2,000 dollars of 6 decimals buy a coin of 18.
        pool.supply(NOW, BORROWER, COIN, loan * (C / D) / 2_000)
            .unwrap();
    }
    let exposure = pool.supply_of(BORROWER, COIN, NOW);
    assert!(
        exposure > 3_995 * C / 1_000 && exposure <= 4 * C,
        "{exposure}"
    );
    assert!(debt > 5_990 * D && debt <= 6_000 * D);
    pool.audit().unwrap();
}
