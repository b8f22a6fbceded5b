//! The files behind the check of the waves, where they are: every wave and every rule.

use std::collections::BTreeMap;

use firesale_exchange::{AdlCandidate, AdlNeed, AdlPolicy};
use firesale_types::{AccountId, Qty, Side, Usd};
use firesale_validation::{Engine, measure, suite};

use crate::data;

/// Waves whose largest part the files refer to profits that they do not hold.
const OTHER_BASE: [&str; 5] = ["9", "11", "21", "25", "28"];

const DATA: &str = "hyperliquid-adl-waves-2025-10-10";

/// The rows of a file, by column.
fn rows(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(data(DATA)?.join(name)).unwrap();
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// What pro rata by profit takes of four winners with these profits, in dollars, a micro-dollar a
/// lot; and the part it takes of the first.
fn pro_rata(budget: f64, profits: f64) -> (f64, f64) {
    let winner = |(n, part): (usize, f64)| {
        let profit = Usd((profits * part * 1e6) as i64);
        AdlCandidate {
            account: AccountId(n as u32),
            weight: 1,
            side: Side::Sell,
            lots: Qty(profit.0),
            cost: profit + profit,
            notional: profit,
            equity: profit,
            collateral: Usd::ZERO,
            maintenance: Usd::ZERO,
        }
    };
    let parts = [0.7, 0.2, 0.06, 0.04].into_iter().enumerate();
    let of: Vec<AdlCandidate> = parts.map(winner).collect();
    let need = AdlNeed {
        qty: Qty((budget * 1e6) as i64),
        loss_per_lot: Usd(1),
        key: 0,
    };
    let given = AdlPolicy::CappedProRata.allocate(&of, &need);
    let all: i64 = given.iter().map(|qty| qty.0).sum();
    (
        all as f64 / 1e6,
        given[0].0 as f64 / of[0].profit().0 as f64,
    )
}

#[test]
fn every_wave_under_every_rule() {
    let Some(waves) = rows("policy_per_wave_metrics.csv") else {
        return;
    };
    assert_eq!(waves.len(), 16);
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for wave in &waves {
        let capacity = number(wave, "total_cap");
        let columns = [
            "budget_prod",
            "budget_pr",
            "budget_pnl_pr",
            "budget_eq_pr",
            "budget_vector",
            "budget_contract_pr",
            "budget_fixed_point_ilp_integer",
        ];
        for column in columns {
            let (raised, _) = pro_rata(number(wave, column), capacity);
            *sums.entry(column).or_default() += raised / 1e6;
        }
        let needed = number(wave, "budget_needed");
        let (raised, part) = pro_rata(needed, capacity);
        assert!((raised - needed).abs() < 1e-5, "{raised} of {needed}");
        let published = number(wave, "max_pct_pr");
        let same = (part / published - 1.0).abs() < 1e-3;
        let other = OTHER_BASE.contains(&wave["wave"].as_str());
        assert_ne!(same, other, "{part} {published}");
    }
    let published = [
        ("budget_prod", 60.108),
        ("budget_pr", 15.080),
        ("budget_pnl_pr", 15.080),
        ("budget_eq_pr", 15.080),
        ("budget_vector", 13.287),
        ("budget_contract_pr", 12.060),
        ("budget_fixed_point_ilp_integer", 15.172),
    ];
    for (column, millions) in published {
        let ours = sums[column];
        assert!((ours / millions - 1.0).abs() < 1e-3, "{column}: {ours}");
    }
}

/// The summary in the suite is that of the files.
#[test]
fn the_summary_is_that_of_the_files() {
    let (Some(waves), Some(horizons)) = (
        rows("policy_per_wave_metrics.csv"),
        rows("eval_horizon_sweep_gap_ms=5000.csv"),
    ) else {
        return;
    };
    let check = suite().into_iter().find(|c| c.name == "adl-waves").unwrap();
    let report = measure(&check, &Engine::real());
    let ours = |name: String| {
        let row = report.rows.iter().find(|row| row.name == name);
        row.unwrap_or_else(|| panic!("no row {name}")).ours
    };
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
    for (name, column) in [
        ("needed by 16 waves", "budget_needed"),
        ("taken by the venue", "budget_prod"),
    ] {
        let sum: f64 = waves.iter().map(|wave| number(wave, column)).sum();
        close(ours(format!("{name}, M USD")), sum / 1e6);
    }
    let same_base = |wave: &&BTreeMap<String, String>| !OTHER_BASE.contains(&wave["wave"].as_str());
    for wave in waves.iter().filter(same_base) {
        let name = format!("wave {}: part of each profit", wave["wave"]);
        close(ours(name), number(wave, "max_pct_pr"));
    }
    for row in &horizons {
        let millis = &row["eval_horizon_ms"];
        let name = match millis.as_str() {
            "0" => "excess, M USD".to_owned(),
            later => format!("excess, winners looked at {later} ms later, M USD"),
        };
        let excess = number(row, "total_overshoot_prod_minus_needed_usd");
        close(ours(name), excess / 1e6);
    }
}
