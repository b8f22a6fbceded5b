//! The scenarios that ship with firesale: their texts are part of the program.
//!
//! # Model
//!
//! * Each directory holds `scenario.toml`, a `README.md` (question, parameters, expected pattern, chart) and
//!   a `main.rs` that is one line: the binary of the scenario.
//! * [`ALL`] lists them; [`loader`] finds them by name, or a file on disk by its path.

use std::process::ExitCode;

use clap::Parser;
use firesale_ensemble::{RunArgs, Surroundings, listen_for_interrupts};
use firesale_sim::config::Loader;

/// A scenario that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name, which is its directory's.
    pub name: &'static str,
    /// The text of `scenario.toml`.
    pub toml: &'static str,
    /// The text of `README.md`.
    pub readme: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            toml: include_str!(concat!($name, "/scenario.toml")),
            readme: include_str!(concat!($name, "/README.md")),
        }),*]
    };
}

/// All shipped scenarios.
pub const ALL: &[Shipped] = shipped![
    "october_2025",
    "calm_market",
    "flash_crash",
    "oracle_depeg",
    "zec_short_squeeze",
    "adl_policies",
    "breakers",
    "usdc_2023",
    "terra_2022",
];

/// Files beside scenarios: their names and texts.
const FILES: &[(&str, &str)] = &[(
    "btc_index_1m_2025-10-10.csv",
    include_str!("october_2025/btc_index_1m_2025-10-10.csv"),
)];

impl Shipped {
    /// The question in the scenario's file.
    #[must_use]
    pub fn question(&self) -> &'static str {
        let line = self
            .toml
            .lines()
            .find_map(|l| l.strip_prefix("question = "));
        line.map_or("", |l| l.trim().trim_matches('"'))
    }
}

/// Finds shipped scenarios by name, others on the disk.
#[must_use]
pub fn loader() -> Loader<'static> {
    Loader::new(|name| {
        let found = ALL
            .iter()
            .find(|s| s.name == name || name == format!("scenarios/{}/scenario.toml", s.name))?;
        Some((
            format!("scenarios/{}/scenario.toml", found.name),
            found.toml.to_owned(),
        ))
    })
    .names(ALL.iter().map(|s| s.name))
}

/// The text of a file that a scenario names: a shipped one, or one on the disk.
#[must_use]
pub fn file(name: &str) -> Option<String> {
    let shipped = FILES
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, text)| (*text).to_owned());
    shipped.or_else(|| std::fs::read_to_string(name).ok())
}

#[derive(Parser)]
struct Binary {
    #[command(flatten)]
    run: RunArgs,
}

/// The main function of a scenario's binary.
#[must_use]
pub fn main_of(name: &str) -> ExitCode {
    let args = Binary::parse().run;
    if let Err(error) = listen_for_interrupts() {
        eprintln!("warning: Ctrl-C will lose the open tables: {error}");
    }
    let loader = loader();
    let around = Surroundings {
        loader: &loader,
        app: &firesale_agents::app,
        file: &file,
        commit: None,
    };
    firesale_ensemble::run(name, &args, &around)
}
