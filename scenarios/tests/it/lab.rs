//! What tests of whole scenarios share: from a text or a name to a simulation that is ready to run.

use std::path::Path;

use firesale_scheduler::RunLimits;
use firesale_sim::{Outcome, RunOptions, Scenario, ScenarioError, Simulation};

/// A scenario by name or file, with overrides.
pub(crate) fn load(entry: &str, overrides: &[&str]) -> Result<Scenario, Box<ScenarioError>> {
    let overrides: Vec<String> = overrides.iter().map(|one| (*one).to_owned()).collect();
    let (loader, app) = (firesale_scenarios::loader(), firesale_agents::app());
    Scenario::load(entry, &loader, &overrides, &app)
}

/// A scenario that is a text.
pub(crate) fn load_text(text: &str, overrides: &[&str]) -> Result<Scenario, Box<ScenarioError>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    load(path.to_str().unwrap(), overrides)
}

/// A simulation on one thread, with tables if there is a place for them.
pub(crate) fn simulation(
    scenario: Result<Scenario, Box<ScenarioError>>,
    out: Option<&Path>,
) -> Simulation {
    let scenario = scenario.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    Simulation::new(&scenario, firesale_agents::app(), &options, out).unwrap()
}

/// Runs to the end.
pub(crate) fn outcome(simulation: Simulation) -> Outcome {
    let outcome = simulation.run(|_| true);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    outcome
}
