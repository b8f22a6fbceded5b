//! Any bytes as the text of a scenario.
//!
//! # Model
//!
//! * Bytes that are no UTF-8 go to the parser alone, which must say where they stop being text.
//! * The rest is up to five parts, divided by lines with nothing but `\0`: a scenario file for the
//!   public loader with the shipped agent kinds, overrides (`--set`) one a line, and the files
//!   `accounts.csv`, `orders.csv` and `script.csv`.
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

/// The tables that a scenario can name.
const TABLES: [&str; 3] = ["accounts.csv", "orders.csv", "script.csv"];

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

/// Reads the bytes as a scenario. Whether it could run.
///
/// # Panics
/// If firesale breaks a promise.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let mut sources = Sources::new();
        let errors = parse(&mut sources, NAME, bytes, Home::Text)
            .expect_err("bytes that are no text were read");
        check_errors(&errors, &sources);
        return false;
    };
    match load(&Parts::of(text)) {
        Err(error) => {
            check_errors(&error.errors, &error.sources);
            false
        }
        Ok(scenario) => {
            check_scenario(&scenario);
            true
        }
    }
}

/// What the bytes stand for.
#[derive(Default)]
struct Parts<'a> {
    scenario: &'a str,
    overrides: Vec<String>,
    tables: [&'a str; 3],
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = text.split("\n\0\n");
        let mut part = || parts.next().unwrap_or("");
        Self {
            scenario: part(),
            // An override names files relative to the working directory.
            overrides: part()
                .lines()
                .filter(|line| !line.contains("_file"))
                .map(str::to_owned)
                .collect(),
            tables: std::array::from_fn(|_| part()),
        }
    }

    /// The name and text of a file that can be reached.
    fn find(&self, name: &str) -> Option<(String, String)> {
        let tables = TABLES.into_iter().zip(self.tables);
        let mut files = tables.chain(SHIPPED).chain([(NAME, self.scenario)]);
        let (name, text) = files.find(|(known, _)| *known == name)?;
        Some((name.to_owned(), text.to_owned()))
    }
}

fn load(parts: &Parts<'_>) -> Result<Scenario, Box<ScenarioError>> {
    let loader = Loader::new(|name| parts.find(name)).names(SHIPPED.map(|(name, _)| name));
    APP.with(|app| Scenario::load(NAME, &loader, &parts.overrides, app))
}

/// What a run writes down must be the scenario that it ran.
fn check_scenario(scenario: &Scenario) {
    let resolved = Parts {
        scenario: scenario.resolved_toml(),
        ..Parts::default()
    };
    let again =
        load(&resolved).unwrap_or_else(|error| panic!("the resolved text does not load:\n{error}"));
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
