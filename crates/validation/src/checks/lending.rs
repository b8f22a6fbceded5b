//! Loans, loops and liquidations through the lending market.
//!
//! * Repaying da takes (1 + i) da of collateral, so a liquidation lowers the loan-to-value only below
//!   1 / (1 + i), and beyond it leaves bad debt when all is closed (Warmuz, Chaudhary and Pinna, 2022;
//!   McFarlane, 2025). A keeper who loses a factor lam when he sells must be given (1 + i) lam for the
//!   same gain: 1 / ((1 + i) lam).
//! * Deposit, borrow, buy, deposit again: the exposure tends to 1 / (1 - LTV).

use firesale_amm::lending::{
    ALL, LendingConfig, LendingError, LendingPool, Liquidation, LiquidationCall, LiquidationRule,
    Receive, ReserveConfig, ReserveId,
};
use firesale_types::{AccountId, SimTime};

use crate::check::{Row, Tolerance};
use crate::engine::Engine;

const COIN: ReserveId = ReserveId(0);
const USD: ReserveId = ReserveId(1);
const SAVER: AccountId = AccountId(1);
const BORROWER: AccountId = AccountId(2);
const KEEPER: AccountId = AccountId(3);
const NOW: SimTime = SimTime::ZERO;

/// A coin of 18 decimals.
const C: u128 = 1_000_000_000_000_000_000;
/// A dollar of 6 decimals.
const D: u128 = 1_000_000;
/// A dollar as a price.
const P: u128 = 100_000_000;

/// 10 coins stand behind 15,000 dollars.
const COINS: u128 = 10 * C;
const DEBT: u128 = 15_000 * D;

/// (what is given to liquidators in basis points, loan-to-value beyond which they do harm).
const FRONTIERS: [(u32, f64); 4] = [
    (500, 0.952_38),
    (800, 0.925_93),
    (1_000, 0.909_09),
    // 1.08 * 1.02: a bonus of 8% after a sale that loses 2%.
    (1_016, 0.907_77),
];

/// (loan-to-value in basis points, exposure).
const LOOPS: [(u32, f64); 3] = [(5_000, 2.0), (7_500, 4.0), (9_000, 10.0)];

/// (price at which a debt of 15,000 dollars is closed against 10 coins, dollars lost): what
/// 10 p / 1.08 does not cover.
const LOSSES: [(u128, f64); 3] = [
    (1_400, 2_037.037_037),
    (1_000, 5_740.740_741),
    (500, 10_370.370_370),
];

/// All rows.
pub(crate) fn rows(engine: &Engine) -> Vec<Row> {
    let mut rows = Vec::new();
    for (bonus, published) in FRONTIERS {
        let tolerance = Tolerance::Absolute(1e-5);
        let name = format!("loan-to-value that a liquidation at {bonus} bps leaves unchanged");
        rows.push(Row::new(
            name,
            published,
            frontier(engine, bonus),
            tolerance,
        ));
    }
    rows.push(Row::new(
        "loan-to-value of 0.95 after a close of a tenth, 8%".to_owned(),
        0.952_75,
        after_a_tenth(engine, 800, price_at(0.95)).map_or(f64::NAN, |(_, after)| after),
        Tolerance::Absolute(1e-5),
    ));
    rows.push(Row::new(
        "loan-to-value from which a full close leaves bad debt, 8%".to_owned(),
        0.925_93,
        insolvency(engine, 800),
        Tolerance::Absolute(1e-5),
    ));
    for (price, published) in LOSSES {
        let lost = closed(engine, 800, price * P).map(|done| lost_dollars(&done));
        rows.push(Row::new(
            format!("bad debt of a close at {price} dollars, 8%"),
            published,
            lost.unwrap_or(f64::NAN),
            Tolerance::Absolute(1e-5),
        ));
    }
    for (ltv, published) in LOOPS {
        rows.push(Row::new(
            format!("exposure of loops at {ltv} bps"),
            published,
            exposure(engine, ltv),
            Tolerance::Relative(1e-5),
        ));
    }
    rows
}

/// A market without interest, small positions or partial closes, at 2,000 dollars a coin.
fn market(ltv_bps: u32, bonus: u32) -> LendingConfig {
    let coin = ReserveConfig {
        ltv_bps,
        liquidation_threshold_bps: ltv_bps.max(7_800),
        liquidation_bonus_bps: bonus,
        collateral: true,
        price: 2_000 * P as u64,
        ..ReserveConfig::plain("COIN", 18)
    };
    let dollar = ReserveConfig {
        borrowable: true,
        ..ReserveConfig::plain("USD", 6)
    };
    LendingConfig {
        reserves: vec![coin, dollar],
        liquidation: LiquidationRule::CloseFactor {
            close_factor_bps: 10_000,
            full_close_factor_at: 0,
            small_position: 0,
            min_leftover: 0,
        },
        ..LendingConfig::default()
    }
}

/// The borrower at a price, or nothing if the market does not lend.
fn borrowed(engine: &Engine, bonus: u32, price: u128) -> Result<LendingPool, LendingError> {
    let mut pool = engine.lender(market(7_500, bonus));
    pool.supply(NOW, SAVER, USD, 1_000_000 * D)?;
    pool.supply(NOW, BORROWER, COIN, COINS)?;
    pool.borrow(NOW, BORROWER, USD, DEBT)?;
    pool.set_price(COIN, price)?;
    Ok(pool)
}

fn call(repay: u128) -> LiquidationCall {
    LiquidationCall {
        liquidator: KEEPER,
        borrower: BORROWER,
        collateral: COIN,
        debt: USD,
        repay,
        receive: Receive::Tokens,
    }
}

/// The price at which the loan-to-value is this.
fn price_at(ltv: f64) -> u128 {
    (1_500.0 * P as f64 / ltv) as u128
}

fn loan_to_value(pool: &LendingPool) -> f64 {
    let health = pool.health(BORROWER, NOW);
    health.debt as f64 / health.collateral as f64
}

/// The loan-to-value before and after a tenth of the debt is closed.
fn after_a_tenth(engine: &Engine, bonus: u32, price: u128) -> Result<(f64, f64), LendingError> {
    let mut pool = borrowed(engine, bonus, price)?;
    let before = loan_to_value(&pool);
    pool.liquidate(NOW, &call(DEBT / 10))?;
    Ok((before, loan_to_value(&pool)))
}

/// A close of all that can be closed.
fn closed(engine: &Engine, bonus: u32, price: u128) -> Result<Liquidation, LendingError> {
    borrowed(engine, bonus, price)?.liquidate(NOW, &call(ALL))
}

fn lost_dollars(done: &Liquidation) -> f64 {
    let lost: u128 = done.bad_debt.iter().map(|(_, amount)| amount).sum();
    lost as f64 / D as f64
}

/// The loan-to-value at which harm begins, by bisection over the price: `harmful` is true at low
/// prices.
fn threshold(harmful: impl Fn(u128) -> Result<bool, LendingError>) -> f64 {
    let (mut low, mut high) = (price_at(0.99), price_at(0.82));
    while high - low > 1 {
        let middle = u128::midpoint(low, high);
        match harmful(middle) {
            Ok(true) => low = middle,
            Ok(false) => high = middle,
            Err(_) => return f64::NAN,
        }
    }
    1_500.0 * P as f64 / low as f64
}

/// Where a close of a tenth begins to raise the loan-to-value.
fn frontier(engine: &Engine, bonus: u32) -> f64 {
    threshold(|price| {
        let (before, after) = after_a_tenth(engine, bonus, price)?;
        Ok(after > before)
    })
}

/// Where a close of all begins to leave bad debt.
fn insolvency(engine: &Engine, bonus: u32) -> f64 {
    threshold(|price| Ok(lost_dollars(&closed(engine, bonus, price)?) > 0.0))
}

/// Coins held per coin brought, after as many loops as lend a cent.
fn exposure(engine: &Engine, ltv_bps: u32) -> f64 {
    let mut pool = engine.lender(market(ltv_bps, 0));
    let funded = pool.supply(NOW, SAVER, USD, 100_000_000 * D);
    let brought = pool.supply(NOW, BORROWER, COIN, COINS);
    let mut more = funded.is_ok() && brought.is_ok();
    while more {
        let loan = pool.max_borrow(BORROWER, USD, NOW);
        let coins = loan * (C / D) / 2_000;
        more = loan >= D / 100
            && pool.borrow(NOW, BORROWER, USD, loan).is_ok()
            && pool.supply(NOW, BORROWER, COIN, coins).is_ok();
    }
    pool.supply_of(BORROWER, COIN, NOW) as f64 / COINS as f64
}
