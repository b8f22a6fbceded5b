//! The suite: the engine passes, and each check notices when a rule that it rests on is broken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{beside, data};
use firesale_validation::{Check, Engine, Mutation, Report, Row, SuiteError, measure, run, suite};

#[test]
fn every_row_passes() {
    let mut seen = Vec::new();
    let see = |report: &Report| seen.push(report.check.clone());
    let reports = run(&[], 0, Some(&beside()), see).unwrap();
    for report in &reports {
        assert!(report.passes(), "{report}");
        assert_eq!(report.is_skipped(), lacks_data(&report.check), "{report}");
        let names: BTreeSet<&str> = report.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(
            names.len(),
            report.rows.len(),
            "names are unique in {}",
            report.check
        );
    }
    let names: Vec<String> = suite().iter().map(|check| check.name.to_owned()).collect();
    assert_eq!(seen, names);
}

/// Whether the files of a check are not there.
fn lacks_data(check: &str) -> bool {
    let folder = match check {
        "uniswap-v3" => "uniswap-v3-vectors",
        "stable-swap" => "stableswap-vectors",
        _ => return false,
    };
    data(folder).is_none()
}

/// A mutation that a check must notice, how much of the sample shows it, and in how many rows at
/// least.
struct Bite {
    check: &'static str,
    mutation: Mutation,
    thinning: u32,
    rows: usize,
}

const fn bite(check: &'static str, mutation: Mutation, thinning: u32, rows: usize) -> Bite {
    Bite {
        check,
        mutation,
        thinning,
        rows,
    }
}

/// The fill of one's own order depends on cancels only where there are others in its queue.
const BITES: [Bite; 55] = [
    bite("cst-mid", Mutation::BidCancelsDropped, 1, 25),
    bite("cst-mid-mc", Mutation::BidCancelsDropped, 15, 25),
    bite("cst-fill", Mutation::LastInFirstOut, 1, 25),
    bite("cst-fill", Mutation::BidCancelsDropped, 1, 20),
    bite("cst-fill-mc", Mutation::LastInFirstOut, 15, 20),
    bite("cst-fill-mc", Mutation::BidCancelsDropped, 15, 20),
    bite("zi-spread", Mutation::BidCancelsDropped, 10, 6),
    bite("zi-depth", Mutation::BidCancelsDropped, 10, 6),
    bite("avellaneda-stoikov", Mutation::BidCancelsDropped, 20, 18),
    bite("avellaneda-stoikov", Mutation::TakersPrice, 20, 15),
    bite("margin", Mutation::MaintenanceHalved, 1, 6),
    bite("margin", Mutation::InitialMarginDoubled, 1, 18),
    bite("perp-basis", Mutation::InterestIgnored, 1, 2),
    bite("funding", Mutation::InterestIgnored, 1, 15),
    bite("funding", Mutation::FundingInWhole, 1, 5),
    bite("funding", Mutation::MaintenanceHalved, 1, 3),
    bite("adl-algebra", Mutation::DeleveragedByLot, 1, 10),
    bite("adl-algebra", Mutation::DeleveragedWhole, 1, 10),
    bite("adl-waves", Mutation::DeleveragedByLot, 1, 10),
    bite("adl-waves", Mutation::DeleveragedWhole, 1, 20),
    bite("tiers", Mutation::MaintenanceHalved, 1, 20),
    bite("portfolio-margin", Mutation::ShocksHalved, 1, 5),
    bite("portfolio-margin", Mutation::MaintenanceHalved, 1, 1),
    bite("portfolio-margin", Mutation::InitialMarginDoubled, 1, 1),
    bite("ccp-cover2", Mutation::CoverOne, 1, 6),
    bite("ccp-waterfall", Mutation::MaintenanceHalved, 1, 1),
    bite("ccp-waterfall", Mutation::CoverOne, 1, 10),
    bite("ccp-waterfall", Mutation::OwnCapitalLast, 1, 7),
    bite("ccp-gains", Mutation::GainsSpared, 1, 9),
    bite("ccp-gains", Mutation::CoverOne, 1, 6),
    bite("luld", Mutation::BrakesLoosened, 1, 11),
    bite("market-wide", Mutation::BrakesLoosened, 1, 7),
    bite("rolling-hour", Mutation::BrakesLoosened, 1, 4),
    bite("constant-product", Mutation::PoolFeeRaised, 1, 8),
    bite("divergence-loss", Mutation::PoolFeeRaised, 1, 4),
    bite("lvr", Mutation::PoolFeeRaised, 4, 1),
    bite("lvr-fee", Mutation::PoolFeeRaised, 4, 8),
    bite("lending", Mutation::LoansHalved, 1, 3),
    bite("lending", Mutation::BonusDropped, 1, 8),
    bite("uniswap-v3", Mutation::PoolFeeOneMore, 1, 8),
    bite("uniswap-v3", Mutation::RoundedUp, 1, 8),
    bite("uniswap-v3", Mutation::PriceLimitDropped, 1, 8),
    bite("uniswap-v3", Mutation::CurveBent, 1, 8),
    bite("stable-swap", Mutation::PoolFeeOneMore, 1, 8),
    bite("stable-swap", Mutation::RoundedUp, 1, 8),
    bite("stable-swap", Mutation::CurveBent, 1, 8),
    bite("global-game", Mutation::LeavingIsFree, 1, 12),
    bite("goldstein-pauzner", Mutation::PromisesCut, 1, 3),
    bite("diamond-dybvig", Mutation::PromisesCut, 1, 8),
    bite("diamond-dybvig", Mutation::ReservesShort, 1, 8),
    bite("diamond-dybvig", Mutation::ServedProRata, 1, 4),
    bite("ma-zeng-zhang", Mutation::ArbitrageIdle, 1, 4),
    bite("primary-access", Mutation::ArbitrageIdle, 1, 2),
    bite("collateralized-premium", Mutation::CrashUnseen, 1, 5),
    bite("bill-impulse", Mutation::SalesWithoutImpact, 1, 3),
];

/// Noise of a thinned sample stays below this many tolerances.
const CLEAR: f64 = 2.5;

fn check(name: &str) -> Check {
    let mut all = suite().into_iter();
    all.find(|check| check.name == name).unwrap()
}

#[test]
fn each_check_notices_its_mutations() {
    let mut noticed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for one in BITES.iter().filter(|one| !lacks_data(one.check)) {
        let engine = Engine::mutated(one.mutation).thinned(one.thinning);
        let engine = engine.with_data(Some(&beside()));
        let report = measure(&check(one.check), &engine);
        let threshold = if one.thinning == 1 { 1.0 } else { CLEAR };
        let clear = |row: &&Row| !row.passes() && row.strain() > threshold;
        let failed = report.rows.iter().filter(clear).count();
        println!(
            "{} under {:?}: {failed} of {} rows fail",
            one.check,
            one.mutation,
            report.rows.len()
        );
        assert!(
            failed >= one.rows,
            "{:?}: {failed} rows fail\n{report}",
            one.mutation
        );
        let failing = report.rows.into_iter().filter(|row| !row.passes());
        let names = noticed.entry(one.check).or_default();
        names.extend(failing.map(|row| row.name));
    }
    // No row passes whatever the engine does.
    for (name, rows) in noticed {
        let engine = Engine::real().thinned(1_000).with_data(Some(&beside()));
        let all = measure(&check(name), &engine).rows;
        let missed = all.iter().filter(|row| !rows.contains(&row.name));
        let missed: Vec<&str> = missed.map(|row| row.name.as_str()).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
    }
}

#[test]
fn each_check_and_each_mutation_is_among_them() {
    for check in suite() {
        assert!(
            BITES.iter().any(|one| one.check == check.name),
            "{}",
            check.name
        );
    }
    for mutation in Mutation::ALL {
        assert!(
            BITES.iter().any(|one| one.mutation == mutation),
            "{mutation:?}"
        );
    }
}

/// Without it a check could fail under a mutation because its sample is small.
#[test]
fn a_thinned_sample_of_the_real_engine_is_not_clear_of_the_tolerances() {
    let mut thinned: Vec<(&str, u32)> = BITES.iter().map(|one| (one.check, one.thinning)).collect();
    thinned.dedup();
    for (name, thinning) in thinned {
        let engine = Engine::real().thinned(thinning).with_data(Some(&beside()));
        let report = measure(&check(name), &engine);
        let worst = report.worst().map_or(0.0, Row::strain);
        println!("{name} thinned by {thinning}: {worst:.2} tolerances");
        assert!(worst < CLEAR, "{report}");
    }
}

#[test]
fn names_select_checks() {
    let names = ["margin".to_owned(), "perp".to_owned()];
    let reports = run(&names, 1, None, |_| ()).unwrap();
    let ran: Vec<&str> = reports.iter().map(|report| report.check.as_str()).collect();
    assert_eq!(ran, ["margin", "perp-basis"]);
    let error = run(&["cst".to_owned(), "cts".to_owned()], 1, None, |_| ()).unwrap_err();
    assert!(matches!(&error, SuiteError::UnknownCheck { name, .. } if name == "cts"));
    assert!(
        error.to_string().contains("cst-mid, cst-mid-mc, cst-fill"),
        "{error}"
    );
}

/// Every check is in the table of the documentation with its rows; those of files have as many as
/// the files give.
#[test]
fn the_documentation_lists_all_checks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/VALIDATION.md");
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().filter(|l| l.starts_with("| `")).collect();
    let expected: Vec<String> = suite()
        .iter()
        .map(|check| {
            let report = measure(check, &Engine::real().thinned(1_000));
            let rows = if report.is_skipped() {
                "by file".to_owned()
            } else {
                report.rows.len().to_string()
            };
            format!("| `{}` | {rows} | {} |", check.name, check.source)
        })
        .collect();
    assert_eq!(lines, expected, "\n{}", expected.join("\n"));
}
