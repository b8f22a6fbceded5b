//! Same scenario and seed, same digest: for any number of threads and any order of plugins.

use firesale_scheduler::RunLimits;
use firesale_sim::{RunOptions, Scenario, SimApp, Simulation};

/// An application whose plugins are added in order, or in reverse.
fn app(reversed: bool) -> SimApp {
    let mut plugins = firesale_agents::plugins();
    if reversed {
        plugins.reverse();
    }
    let mut app = SimApp::new();
    for plugin in &plugins {
        app.add_plugin(plugin.as_ref());
    }
    app
}

fn digest(name: &str, overrides: &[String], threads: usize, reversed: bool) -> String {
    let loader = firesale_scenarios::loader();
    let scenario = Scenario::load(name, &loader, overrides, &app(reversed)).unwrap();
    let options = RunOptions {
        threads,
        limits: RunLimits::default(),
    };
    let outcome = Simulation::new(&scenario, app(reversed), &options, None)
        .unwrap()
        .run(|_| true);
    assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
    outcome.digest
}

fn same_everywhere(name: &str, overrides: &[&str]) {
    let overrides: Vec<String> = overrides.iter().map(|s| (*s).to_owned()).collect();
    let reference = digest(name, &overrides, 1, false);
    for (threads, reversed) in [(2, false), (8, false), (2, true)] {
        let other = digest(name, &overrides, threads, reversed);
        assert_eq!(
            reference, other,
            "{name} with {threads} threads, plugins reversed: {reversed}"
        );
    }
    let mut reseeded = overrides.clone();
    reseeded.push("scenario.seed=99".into());
    assert_ne!(
        reference,
        digest(name, &reseeded, 1, false),
        "{name}: the seed changes nothing"
    );
}

/// The news a few seconds after the start, a tenth of the agents: the test sees the crash begin.
const SHORT: &[&str] = &[
    "clock.until=\"60s\"",
    "scenario.scale=0.005",
    "record.audit_every=\"20s\"",
    "record.populations_every=\"20s\"",
];

#[test]
fn october_2025() {
    let mut overrides = SHORT.to_vec();
    overrides.extend(["shocks.0.at=\"10s\"", "shocks.0.ramp=\"20s\""]);
    same_everywhere("october_2025", &overrides);
}

#[test]
fn calm_market() {
    same_everywhere("calm_market", SHORT);
}

#[test]
fn flash_crash() {
    let overrides = ["clock.until=\"5m\"", "agents.hurried_seller.start=\"1m\""];
    same_everywhere("flash_crash", &overrides);
}

/// The bank fails after half an hour, with fewer small holders.
#[test]
fn usdc_2023() {
    let overrides = [
        "clock.until=\"90m\"",
        "shocks.0.at=\"5m\"",
        "shocks.1.at=\"30m\"",
        "agents.small_holders.count=400",
        "record.audit_every=\"5m\"",
    ];
    same_everywhere("usdc_2023", &overrides);
}

#[test]
fn terra_2022() {
    let overrides = ["clock.until=\"5h\"", "agents.anchor_small.count=500"];
    same_everywhere("terra_2022", &overrides);
}
