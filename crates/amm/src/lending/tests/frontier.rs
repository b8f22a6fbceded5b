//! Toxic liquidation: repaying da takes (1 + i) da of collateral, so the loan-to-value falls only
//! below 1 / (1 + i) (Warmuz et al. 2022; with sales that lose a factor lam, 1 / ((1 + i) lam)).

use super::*;

/// Dust and close factor out of the way; the bonus in basis points.
fn open(bonus: u32) -> LendingConfig {
    let mut config = market();
    config.reserves[0].liquidation_bonus_bps = bonus;
    config.liquidation = LiquidationRule::CloseFactor {
        close_factor_bps: 10_000,
        full_close_factor_at: 0,
        small_position: 0,
        min_leftover: 0,
    };
    config
}

/// Loan-to-value in basis points of basis points before and after a close of a tenth, at a price
/// that makes it `ltv` (in 10^-8).
fn close(bonus: u32, ltv: u128) -> (u128, u128) {
    let mut pool = borrowed(open(bonus), 15_000 * D);
    // 15,000 / (10 p) = ltv.
    pool.set_price(COIN, 1_500 * P * P / ltv).unwrap();
    let of = |pool: &LendingPool| {
        let health = pool.health(BORROWER, NOW);
        health.debt * P / health.collateral
    };
    let before = of(&pool);
    let done = pool.liquidate(NOW, &call(1_500 * D)).unwrap();
    assert_eq!(done.repaid, 1_500 * D);
    pool.audit().unwrap();
    (before, of(&pool))
}

#[test]
fn repaying_lowers_the_loan_to_value_only_below_the_frontier() {
    for bonus in [500, 800, 1_016] {
        let frontier = P * BPS / (BPS + u128::from(bonus));
        for step in 0..40 {
            let ltv = 84_000_000 + step * 400_000;
            let (before, after) = close(bonus, ltv);
            if before + 100 < frontier {
                assert!(after < before, "{bonus}: {before} to {after}");
            } else if before > frontier + 100 {
                assert!(after > before, "{bonus}: {before} to {after}");
            }
        }
    }
    // At 8%: 0.92593. At 0.95 a tenth makes (15,000 - 1,500) / (15,789.47 - 1,620) = 0.95275.
    let (before, after) = close(800, 95_000_000);
    assert_eq!((before / 100, after / 1_000), (950_000, 95_275));
}

/// A keeper who sells at a loss of 2% must be given 1.08 * 1.02 = 1.1016 to earn the same 8%: the
/// frontier falls to 1 / 1.1016 = 0.90777.
#[test]
fn slippage_lowers_the_frontier() {
    let (before, after) = close(1_016, 92_000_000);
    assert!(after > before);
    let (before, after) = close(800, 92_000_000);
    assert!(after < before);
}
