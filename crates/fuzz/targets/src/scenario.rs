//! Any bytes as the text of a scenario.
//!
//! # Model
//!
//! * Bytes that are no UTF-8 go to the parser alone, which must say where they stop being text.
//! * The rest is a scenario file for the public loader, with the shipped agent kinds. What follows a
//!   line with nothing but `\0` are overrides (`--set`), one a line.
//! * `extends` reaches the shipped scenarios and the text itself; the disk is out of reach.
//!
//! Checked: every problem has a place that exists and can be shown; a scenario that loads is written
//! back as text that loads to the same scenario.
//!
//! **Absent**: building the world. A text may well ask for a hundred million accounts.

use firesale_sim::config::{Errors, Home, Loader, Problem, Sources, parse};
use firesale_sim::{Scenario, ScenarioError, SimApp};

/// The name of the text under test.
const NAME: &str = "fuzz";

/// What `extends` can reach.
const SHIPPED: [(&str, &str); 3] = [
    (
        "october_2025",
        include_str!("../../../../scenarios/october_2025/scenario.toml"),
    ),
    (
        "calm_market",
        include_str!("../../../../scenarios/calm_market/scenario.toml"),
    ),
    (
        "flash_crash",
        include_str!("../../../../scenarios/flash_crash/scenario.toml"),
    ),
];

thread_local! {
    static APP: SimApp = firesale_agents::app();
}

/// Reads the bytes as a scenario.
///
/// # Panics
/// If firesale breaks a promise.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let mut sources = Sources::new();
        let errors = parse(&mut sources, NAME, bytes, Home::Text)
            .expect_err("bytes that are no text were read");
        check_errors(&errors, &sources);
        return;
    };
    let (text, overrides) = text.split_once("\n\0\n").unwrap_or((text, ""));
    let overrides: Vec<String> = overrides.lines().map(str::to_owned).collect();
    match load(text, &overrides) {
        Err(error) => check_errors(&error.errors, &error.sources),
        Ok(scenario) => check_scenario(&scenario),
    }
}

fn load(text: &str, overrides: &[String]) -> Result<Scenario, Box<ScenarioError>> {
    let loader = Loader::new(|name| {
        if name == NAME {
            return Some((NAME.to_owned(), text.to_owned()));
        }
        let (name, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        Some(((*name).to_owned(), (*text).to_owned()))
    })
    .names(SHIPPED.map(|(name, _)| name));
    APP.with(|app| Scenario::load(NAME, &loader, overrides, app))
}

/// What a run writes down must be the scenario that it ran.
fn check_scenario(scenario: &Scenario) {
    let again = load(scenario.resolved_toml(), &[])
        .unwrap_or_else(|error| panic!("the resolved text does not load:\n{error}"));
    assert_eq!(again.resolved_toml(), scenario.resolved_toml());
    assert_eq!(again.digest(), scenario.digest());
    assert_eq!(
        (again.seed(), again.start()),
        (scenario.seed(), scenario.start())
    );
    assert!(again.news().eq(scenario.news()));
}

fn check_errors(errors: &Errors, sources: &Sources) {
    assert!(!errors.0.is_empty(), "refused without a reason");
    assert_eq!(errors.lines(sources).lines().count(), errors.0.len());
    for problem in &errors.0 {
        check_place(problem, sources);
    }
    // Rendering looks at whole files: a few problems show what many would.
    for problem in errors.0.iter().take(4) {
        let plain = problem.render(sources, false);
        assert!(plain.contains(&problem.locate(sources).to_string()));
        assert!(problem.render(sources, true).len() >= plain.len());
    }
}

fn check_place(problem: &Problem, sources: &Sources) {
    assert!(!problem.message.is_empty());
    let place = problem.locate(sources);
    let text = sources
        .text(problem.span.file)
        .unwrap_or_else(|| panic!("no source for {problem:?}"));
    let line = text.split('\n').nth(place.line as usize - 1);
    let columns = line.map(|line| line.chars().count());
    assert!(
        columns.is_some_and(|columns| place.column as usize <= columns + 1),
        "{problem:?} is nowhere"
    );
}
