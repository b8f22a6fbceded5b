use super::*;

/// Percent a year with two decimals, as a ray.
const fn bps(n: u128) -> u128 {
    n * (RAY / BPS)
}

const KINKED: RateConfig = RateConfig {
    base_bps: 100,
    slope1_bps: 400,
    slope2_bps: 6_000,
    optimal_bps: 8_000,
};

fn at(cash: u128, debt: u128, unbacked: u128) -> Rates {
    let balance = Balance {
        cash,
        debt_floor: debt,
        debt,
        unbacked,
    };
    KINKED.rates(&balance, 1_000)
}

#[test]
fn the_kink() {
    // Idle: the base.
    assert_eq!(
        at(500, 0, 0),
        Rates {
            borrow: bps(100),
            supply: 0
        }
    );
    // Half used: 1% + 4% * 0.5 / 0.8 = 3.5%; suppliers 3.5% * 0.5 * 0.9 = 1.575%.
    let half = at(500, 500, 0);
    assert_eq!(half.borrow, bps(350));
    assert_eq!(half.supply, 15_750_000_000_000_000_000_000_000);
    // At the optimum: 5%; suppliers 5% * 0.8 * 0.9 = 3.6%.
    let best = at(200, 800, 0);
    assert_eq!((best.borrow, best.supply), (bps(500), bps(360)));
    // Nine tenths: 5% + 60% * 0.1 / 0.2 = 35%; suppliers 35% * 0.9 * 0.9 = 28.35%.
    let scarce = at(100, 900, 0);
    assert_eq!((scarce.borrow, scarce.supply), (bps(3_500), bps(2_835)));
    // Full: 65%; suppliers 58.5%.
    let full = at(0, 1_000, 0);
    assert_eq!((full.borrow, full.supply), (bps(6_500), bps(5_850)));
    // A deficit of 1,000: borrowers pay as before, suppliers share among twice as many claims.
    let holed = at(200, 800, 1_000);
    assert_eq!((holed.borrow, holed.supply), (bps(500), bps(180)));
}

#[test]
fn growth_follows_the_published_formulas() {
    let year = SimDuration::secs(365 * 86_400);
    // Linear: 1 + 10%.
    assert_eq!(linear_growth(bps(1_000), year), RAY + bps(1_000));
    // Binomial: 1 + .1 + .1^2 / 2 + .1^3 / 6 = 1.10516666..., with the contract's roundings
    // .1 * (.05 + .1 * .016666...) = .1 * .0516666...66 = .005166666666666666666666667.
    let third = 1_105_166_666_666_666_666_666_666_667;
    assert_eq!(compound_growth(bps(1_000), year), third);
    // A block of 12 s at 5%: x = 0.05 * 12 / 31,536,000 = 1.9025875190258...e-8; its square over two
    // is 1.80991963...e-16, its cube over six 1.1478e-24.
    let block = SimDuration::secs(12);
    let x = 19_025_875_190_258_751_903;
    assert_eq!(linear_growth(bps(500), block), RAY + x - 1);
    // 19,025,875,190,258,751,902.587 up, plus 180,991,963,377.6 and 1,147.8.
    let compound = RAY + x + 180_991_964_525;
    assert_eq!(compound_growth(bps(500), block), compound);
    // The contract cuts x: one less.
    assert_eq!(compound - 1, 1_000_000_019_025_875_371_250_716_427);
    // No time, or time that goes back.
    for span in [SimDuration::ZERO, SimDuration::secs(-5)] {
        assert_eq!(compound_growth(bps(500), span), RAY);
        assert_eq!(linear_growth(bps(500), span), RAY);
    }
}

/// 10 coins at 2,000; 10,000 of 12,500 dollars lent: the optimum, 5% and 3.6%.
fn lent() -> LendingPool {
    let mut config = market();
    config.reserves[1].rate = KINKED;
    config.reserves[1].reserve_factor_bps = 1_000;
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 12_500 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, 10 * C).unwrap();
    pool.borrow(NOW, BORROWER, USD, 10_000 * D).unwrap();
    pool
}

#[test]
fn a_year_of_interest() {
    let pool = lent();
    let year = days(365);
    let index = pool.indices(USD, year).unwrap();
    // Supply: 1 + 3.6%. Debt: 1 + .05 + .00125 + .0000208333... = 1.0512708333...
    assert_eq!(index.supply, RAY + bps(360));
    assert_eq!(index.borrow, 1_051_270_833_333_333_333_333_333_333);
    assert_eq!(pool.supply_of(SAVER, USD, year), 12_950 * D);
    // 10,512.708333..., rounded up.
    assert_eq!(pool.debt_of(BORROWER, USD, year), 10_512_708_334);
    let mut pool = pool;
    pool.accrue(year);
    let report = pool.reserve(USD, year).unwrap();
    // The treasury: a tenth of 512.708333 (down) is 51.2708333, down 51.270833 less a rounding.
    assert_eq!(report.treasury, 51_270_832);
    assert_eq!(report.rates.borrow, pool.reserves[USD.index()].rates.borrow);
    pool.audit().unwrap();
    // Charged 512.708333 less credited 450 and 51.270833: the rest is compounding, dust by name.
    let dust = pool.audit().unwrap()[1].dust.interest / math::wide(RAY);
    assert_eq!(dust, math::wide(11_437_500));
}

#[test]
fn accruing_often_favours_neither_more_than_compounding() {
    // A flat rate: what differs is the pace alone.
    let mut config = market();
    config.reserves[1].rate = RateConfig {
        base_bps: 500,
        ..KINKED
    };
    config.reserves[1].rate.slope1_bps = 0;
    config.reserves[1].rate.slope2_bps = 0;
    let once = borrowed(config, 15_000 * D);
    let mut often = once.clone();
    for day in 1..=365 {
        often.accrue(days(day));
        often.audit().unwrap();
    }
    let (often, once) = (
        often.indices(USD, days(365)).unwrap(),
        once.indices(USD, days(365)).unwrap(),
    );
    // Daily accrual compounds the supply too; the debt differs by the fourth-order term only.
    assert!(often.supply > once.supply);
    assert!(often.borrow > once.borrow);
    // .05^4 / 24 is 2.6e-7.
    assert!(often.borrow - once.borrow < RAY / 3_000_000);
}

#[test]
fn an_idle_reserve_stands_still_and_a_grown_debt_stops() {
    let mut pool = lent();
    pool.repay(NOW, BORROWER, USD, ALL).unwrap();
    assert_eq!(pool.indices(USD, days(1_000)).unwrap().borrow, RAY);
    // 65% for ever: the index passes its limit, and the last one stays.
    let mut pool = lent();
    pool.withdraw(NOW, SAVER, USD, 2_500 * D).unwrap();
    for step in 1..=40 {
        pool.accrue(days(step * 365));
        pool.audit().unwrap();
    }
    let index = pool.indices(USD, days(40 * 365)).unwrap();
    assert!(index.borrow <= MAX_INDEX && index.borrow > 500 * RAY);
}
