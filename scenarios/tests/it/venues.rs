//! What the scenarios about venue rules are for, on a few seeds; the figures over ten are in their READMEs.

use crate::lab::{load, outcome, simulation};

/// The summary's metrics of a run.
fn metric(name: &str, seed: u64, overrides: &[&str], metric: &str) -> f64 {
    let seed = format!("scenario.seed={seed}");
    let all: Vec<&str> = std::iter::once(seed.as_str())
        .chain(overrides.iter().copied())
        .collect();
    let outcome = outcome(simulation(load(name, &all), None));
    let metrics = &outcome.summary.metrics;
    assert_eq!(metrics["audit_violations"], Some(0.0));
    metrics[metric].unwrap_or(0.0)
}

#[test]
fn only_the_own_book_cascades() {
    let liquidated = |source: &str| {
        let set = format!("venues.cex.oracle.assets.USDE.source={source}");
        let mut all: Vec<f64> = (1..4)
            .map(|seed| metric("oracle_depeg", seed, &[&set], "liquidated_usd"))
            .collect();
        all.sort_by(f64::total_cmp);
        all[1]
    };
    let own = liquidated("own_book");
    assert!(own > 50e6, "{own}");
    assert!(own >= 5.0 * liquidated("all_venues"));
    assert!(own >= 5.0 * liquidated("redemption"));
}

#[test]
fn hunters_squeeze_the_whale() {
    let off = ["agents.hunters.count=1", "agents.hunters.radius=0.0"];
    let squeezed = |overrides: &[&str]| {
        let largest = |seed| {
            metric(
                "zec_short_squeeze",
                seed,
                overrides,
                "largest_liquidation_usd",
            )
        };
        (1..4).filter(|&seed| largest(seed) > 1e6).count()
    };
    assert!(squeezed(&[]) >= 2);
    assert_eq!(squeezed(&off), 0);
}
