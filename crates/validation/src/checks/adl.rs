//! Who pays for a bankruptcy: the algebra of deleveraging rules, and the waves of 10 October 2025.
//!
//! All rows go through [`firesale_exchange::AdlPolicy::allocate`] on frozen lists of winners. A lot
//! costs the one who gives it a fixed sum, so that lots are money: a budget H to be raised from
//! winners with profits w, U their sum. Pro rata by profit takes h = H / U of each; the queue takes
//! H from the winner with the highest score as long as H <= w(1).

use firesale_exchange::{AdlCandidate, AdlNeed, AdlPolicy};
use firesale_types::{AccountId, Qty, Side, Usd};

use crate::check::{Row, Tolerance};
use crate::checks::data::hyperliquid_waves::{HORIZONS, RULES, WAVES};
use crate::engine::Engine;

/// What a lot costs the one who gives it: a cent.
const LOT: Usd = Usd(10_000);
const LOTS_IN_DOLLAR: i64 = 100;

const SHARING: [(&str, AdlPolicy); 3] = [
    ("pro rata", AdlPolicy::ProRata),
    ("capped pro rata", AdlPolicy::CappedProRata),
    ("risk-aware", AdlPolicy::RiskAware),
];

const ALL: [(&str, AdlPolicy); 7] = [
    ("queue", AdlPolicy::Queue),
    ("quantile", AdlPolicy::Quantile),
    ("pro rata", AdlPolicy::ProRata),
    ("capped pro rata", AdlPolicy::CappedProRata),
    ("risk-aware", AdlPolicy::RiskAware),
    ("random", AdlPolicy::Random),
    ("largest", AdlPolicy::Largest),
];

/// A short with a profit in cents that is the part `1 / collateral` of its collateral; its size is
/// twice what the profit pays for.
fn winner(account: u32, cents: i64, collateral: i64) -> AdlCandidate {
    let (lots, profit) = (2 * cents, cents * LOT.0);
    let notional = 4 * profit;
    AdlCandidate {
        account: AccountId(account),
        weight: 1,
        side: Side::Sell,
        lots: Qty(lots),
        cost: Usd(notional + profit),
        notional: Usd(notional),
        equity: Usd(profit * (1 + collateral)),
        collateral: Usd(profit * collateral),
        maintenance: Usd(notional / 20),
    }
}

/// Profits that fall like 1 / n^0.8 from 100,000 dollars; the first winner has the most leverage.
fn winners() -> Vec<AdlCandidate> {
    let one = |n: u32| {
        let cents = 100_000.0 * LOTS_IN_DOLLAR as f64 / libm::pow(f64::from(n) + 1.0, 0.8);
        let collateral = if n == 0 { 1 } else { 2 + i64::from(n * 7 % 5) };
        // Divisible, so that accounts can be split and leave no dust.
        winner(n, cents as i64 / 60 * 60, collateral)
    };
    (0..60).map(one).collect()
}

/// What each gives of a budget in lots.
fn give(engine: &Engine, policy: AdlPolicy, of: &[AdlCandidate], budget: i64) -> Vec<i64> {
    let need = AdlNeed {
        qty: Qty(budget),
        loss_per_lot: LOT,
        key: budget as u64,
    };
    let given = engine.deleverage(policy, of, &need);
    given.into_iter().map(|qty| qty.0).collect()
}

fn dollars(lots: i64) -> f64 {
    lots as f64 / LOTS_IN_DOLLAR as f64
}

/// The algebra.
pub(crate) fn algebra(engine: &Engine) -> Vec<Row> {
    let mut rows = gaps(engine);
    rows.extend(equal_deficits(engine));
    for (name, policy) in SHARING {
        rows.push(split(engine, name, policy));
        rows.push(scale(engine, name, policy));
        rows.push(growth(engine, name, policy));
    }
    rows.push(concentration(engine));
    rows
}

/// For H <= w(1) the top winner keeps H (1 - w(1) / U) more under pro rata than under the queue.
fn gaps(engine: &Engine) -> Vec<Row> {
    let of = winners();
    let top = of[0].profit().0 as f64;
    let all: f64 = of.iter().map(|c| c.profit().0 as f64).sum();
    let row = |percent: i64| {
        let budget = of[0].lots.0 / 2 * percent / 100;
        let taken = |policy| give(engine, policy, &of, budget)[0];
        let ours = taken(AdlPolicy::Queue) - taken(AdlPolicy::CappedProRata);
        Row::new(
            format!("gap of the top winner, H = {percent}% of its profit, USD"),
            dollars(budget) * (1.0 - top / all),
            dollars(ours),
            Tolerance::Absolute(0.02),
        )
    };
    [25, 50, 100].map(row).into()
}

/// Every rule raises the same budget.
fn equal_deficits(engine: &Engine) -> Vec<Row> {
    let of = winners();
    let budget = 12_345_678;
    let row = |(name, policy)| {
        let ours: i64 = give(engine, policy, &of, budget).iter().sum();
        Row::new(
            format!("raised by {name}, USD"),
            dollars(budget),
            dollars(ours),
            Tolerance::Absolute(0.001),
        )
    };
    ALL.into_iter().map(row).collect()
}

/// The top winner splits itself into six accounts: together they give what it gave.
fn split(engine: &Engine, name: &str, policy: AdlPolicy) -> Row {
    let of = winners();
    let budget = 7_654_321;
    let whole = give(engine, policy, &of, budget)[0];
    let cents = of[0].lots.0 / 2;
    let mut parts: Vec<AdlCandidate> = (0..6).map(|n| winner(100 + n, cents / 6, 1)).collect();
    parts.extend_from_slice(&of[1..]);
    let after: i64 = give(engine, policy, &parts, budget)[..6].iter().sum();
    Row::new(
        format!("{name}: given after a split into six, over before"),
        1.0,
        after as f64 / whole as f64,
        Tolerance::Absolute(1e-5),
    )
}

/// A thousand times all profits and the budget: the largest change of a part of the budget.
fn scale(engine: &Engine, name: &str, policy: AdlPolicy) -> Row {
    let of = winners();
    let budget = 1_234_567;
    let large: Vec<AdlCandidate> = of
        .iter()
        .map(|c| AdlCandidate {
            lots: Qty(c.lots.0 * 1_000),
            cost: Usd(c.cost.0 * 1_000),
            notional: Usd(c.notional.0 * 1_000),
            equity: Usd(c.equity.0 * 1_000),
            collateral: Usd(c.collateral.0 * 1_000),
            maintenance: Usd(c.maintenance.0 * 1_000),
            ..*c
        })
        .collect();
    let small = give(engine, policy, &of, budget);
    let large = give(engine, policy, &large, budget * 1_000);
    let pairs = small.iter().zip(&large);
    let changes = pairs.map(|(s, l)| (*l as f64 / 1_000.0 - *s as f64).abs() / budget as f64);
    Row::new(
        format!("{name}: parts of a thousand times the market, largest change"),
        0.0,
        changes.fold(0.0, f64::max),
        Tolerance::Absolute(2e-6),
    )
}

/// As the budget grows, how often somebody gives less, beyond a lot of rounding.
fn growth(engine: &Engine, name: &str, policy: AdlPolicy) -> Row {
    let of = winners();
    let steps: Vec<Vec<i64>> = (1..=20)
        .map(|step| give(engine, policy, &of, step * 1_000_003))
        .collect();
    let less = steps.windows(2).map(|pair| {
        let pairs = pair[0].iter().zip(&pair[1]);
        pairs
            .filter(|(before, after)| **after < **before - 1)
            .count()
    });
    Row::new(
        format!("{name}: somebody gives less of a larger budget, times"),
        0.0,
        less.sum::<usize>() as f64,
        Tolerance::Absolute(0.5),
    )
}

/// How many of the rules that share are less concentrated than the queue.
fn concentration(engine: &Engine) -> Row {
    let of = winners();
    let of = |policy| gini(give(engine, policy, &of, 12_345_678));
    let queue = of(AdlPolicy::Queue);
    let less = SHARING.iter().filter(|(_, policy)| of(*policy) < queue);
    Row::new(
        "rules that share with a lower Gini than the queue".to_owned(),
        3.0,
        less.count() as f64,
        Tolerance::Absolute(0.5),
    )
}

fn gini(mut given: Vec<i64>) -> f64 {
    given.sort_unstable();
    let (n, sum) = (given.len() as f64, given.iter().sum::<i64>() as f64);
    let ranked = given.iter().enumerate();
    let weighted: f64 = ranked.map(|(at, &x)| (at as f64 + 1.0) * x as f64).sum();
    2.0 * weighted / (n * sum) - (n + 1.0) / n
}

/// Seven winners with these profits in all: the files of the waves hold no accounts.
fn stand_ins(capacity: f64) -> Vec<AdlCandidate> {
    let cents = |percent: i64| (capacity * percent as f64) as i64;
    let parts = [40, 25, 15, 10, 5, 3, 2].into_iter().enumerate();
    parts
        .map(|(n, percent)| winner(n as u32, cents(percent), 2))
        .collect()
}

/// What pro rata by profit raises of a budget, and the part it takes of the largest profit.
fn raised(engine: &Engine, budget: f64, capacity: f64) -> (f64, f64) {
    let of = stand_ins(capacity);
    let lots = (budget * LOTS_IN_DOLLAR as f64).round() as i64;
    let given = give(engine, AdlPolicy::CappedProRata, &of, lots);
    let haircut = (given[0] * LOT.0) as f64 / of[0].profit().0 as f64;
    (dollars(given.iter().sum()), haircut)
}

const MILLION: f64 = 1e6;

/// The waves: budgets of each of them through pro rata by profit.
pub(crate) fn waves(engine: &Engine) -> Vec<Row> {
    let million = |name: &str, published, ours| {
        let name = format!("{name}, M USD");
        Row::new(name, published, ours, Tolerance::Relative(0.001))
    };
    let sum = |of: fn(&crate::checks::data::hyperliquid_waves::Wave) -> f64| -> f64 {
        let raised = |wave| raised(engine, of(wave), wave.capacity).0;
        WAVES.iter().map(raised).sum::<f64>() / MILLION
    };
    let capacity: f64 = WAVES.iter().map(|wave| wave.capacity).sum();
    let at_once = |millions: f64| raised(engine, millions * MILLION, capacity).0 / MILLION;
    let (needed, taken) = (sum(|wave| wave.needed), sum(|wave| wave.taken));
    let mut rows = vec![
        million("needed by 16 waves", 15.080, needed),
        million("taken by the venue", 60.108, taken),
        million("excess", 45.029, taken - needed),
        Row::new(
            "excess of pro rata, M USD".to_owned(),
            0.0,
            needed - WAVES.iter().map(|wave| wave.needed).sum::<f64>() / MILLION,
            Tolerance::Absolute(1e-6),
        ),
    ];
    for (millis, taken, excess) in HORIZONS {
        let name = format!("excess, winners looked at {millis} ms later");
        rows.push(million(&name, excess, at_once(taken) - needed));
    }
    for (name, taken, excess) in RULES {
        let name = format!("excess of {name}");
        rows.push(million(&name, excess, at_once(taken) - needed));
    }
    for wave in &WAVES {
        let Some(haircut) = wave.haircut else {
            continue;
        };
        let (_, ours) = raised(engine, wave.needed, wave.capacity);
        rows.push(Row::new(
            format!("wave {}: part of each profit", wave.number),
            haircut,
            ours,
            Tolerance::Relative(0.001),
        ));
    }
    rows
}
