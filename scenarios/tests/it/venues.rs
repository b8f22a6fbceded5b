//! What the scenarios about venue rules are for, on a few seeds; the figures over ten are in their READMEs.

use firesale_scheduler::RunLimits;
use firesale_sim::{RunOptions, Scenario, Simulation};

/// The summary's metrics of a run.
fn metric(name: &str, seed: u64, overrides: &[&str], metric: &str) -> f64 {
    let mut all = vec![format!("scenario.seed={seed}")];
    all.extend(overrides.iter().map(|s| (*s).to_owned()));
    let loader = firesale_scenarios::loader();
    let app = firesale_agents::app();
    let scenario = Scenario::load(name, &loader, &all, &app)
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    let simulation = Simulation::new(&scenario, app, &options, None).unwrap();
    let outcome = simulation.run(|_| true);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
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
