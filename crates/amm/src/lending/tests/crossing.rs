//! The index of breaches against a scan of all accounts.

use super::*;

fn scan(pool: &LendingPool, now: SimTime) -> Vec<AccountId> {
    let ids = pool.accounts().map(|(id, _)| id);
    ids.filter(|id| pool.health_factor(*id, now) < WAD)
        .collect()
}

/// Three thousand accounts of one coin each, from cents to millions, at every leverage.
fn crowd(rng: &mut Dice) -> LendingPool {
    let mut config = market();
    config.reserves[0].rate = RateConfig {
        base_bps: 50,
        slope1_bps: 300,
        slope2_bps: 6_000,
        optimal_bps: 8_000,
    };
    config.reserves[1].rate = RateConfig {
        base_bps: 100,
        slope1_bps: 400,
        slope2_bps: 7_500,
        optimal_bps: 9_000,
    };
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 100_000_000_000 * D).unwrap();
    for id in 10..3_010 {
        let id = AccountId(id);
        let coins = C / 1_000_000 * 10_u128.pow(rng.pick(0, 8)) * rng.between(1, 9);
        pool.supply(NOW, id, COIN, coins).unwrap();
        let most = pool.max_borrow(id, USD, NOW);
        let part = most * rng.between(1, 1_000) / 1_000;
        let _ = pool.borrow(NOW, id, USD, part);
    }
    pool
}

#[test]
fn the_index_finds_what_a_scan_finds() {
    let mut rng = Dice::new(1);
    let mut pool = crowd(&mut rng);
    let mut breaches = 0;
    let mut price = 2_000 * P;
    for step in 1..=200 {
        price = price * rng.between(985, 1_013) / 1_000;
        pool.set_price(COIN, price).unwrap();
        pool.set_price(USD, P * rng.between(97, 103) / 100).unwrap();
        let now = days(step);
        assert_eq!(pool.liquidatable(now), scan(&pool, now));
        breaches += pool.liquidatable(now).len();
    }
    assert!(breaches > 1_000, "{breaches}");
    pool.audit().unwrap();
}

/// A price that brings few into breach costs few looks.
#[test]
fn the_index_looks_at_few() {
    let mut pool = crowd(&mut Dice::new(2));
    // Debts below a cent are looked at each time.
    let cents = pool
        .accounts()
        .filter(|(id, _)| pool.health(*id, NOW).debt < 1_000_000);
    let always = cents.count();
    let (found, seen) = pool.breaches(NOW);
    assert!(
        found.is_empty() && seen < always + 30,
        "{seen} and {always}"
    );
    for price in [1_870, 1_850, 1_800, 1_500] {
        pool.set_price(COIN, price * P).unwrap();
        let (found, seen) = pool.breaches(NOW);
        assert!(!found.is_empty());
        assert!(
            seen <= found.len() + always + 10,
            "{seen} seen, {} found",
            found.len()
        );
    }
}

/// The edge: factors within one unit of the price of 1, debts of a few units.
#[test]
fn roundings_hide_nobody() {
    let mut rng = Dice::new(3);
    for _ in 0..2_000 {
        let mut pool = pool(market());
        pool.supply(NOW, SAVER, USD, 1_000_000 * D).unwrap();
        let coins = C / 10_u128.pow(rng.pick(0, 14)) * rng.between(1, 8);
        pool.supply(NOW, BORROWER, COIN, coins).unwrap();
        let most = pool.max_borrow(BORROWER, USD, NOW);
        let debt = most - most.min(rng.between(0, 2));
        if pool.borrow(NOW, BORROWER, USD, debt).is_err() {
            continue;
        }
        // About the price at which it crosses.
        let cross = math::mul_div(debt * BPS / 8_000, C * 100, coins, math::Round::Up);
        for price in [
            cross.saturating_sub(2),
            cross.saturating_sub(1),
            cross,
            cross + 1,
        ] {
            pool.set_price(COIN, price.clamp(1, MAX_PRICE)).unwrap();
            assert_eq!(pool.liquidatable(NOW), scan(&pool, NOW));
        }
    }
}
