//! The module as its users meet it: a small scenario type, files in memory, errors as text.

mod broken;
mod extends;
mod fuzz;
mod overrides;
mod reading;
mod round_trip;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Decimal, DurationText, Errors, Home, Loader, Moment, Money, Node, Ratio, Sources, Spanned,
    UtcTime, from_node_all, load, parse,
};

/// A scenario in miniature, with every form of value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
pub(super) struct Scenario {
    scenario: Header,
    clock: Clock,
    #[serde(default)]
    venues: Vec<Venue>,
    #[serde(default)]
    instruments: Vec<Instrument>,
    #[serde(default)]
    agents: Vec<Node>,
    #[serde(default)]
    shocks: Vec<Shock>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Header {
    name: String,
    #[serde(default)]
    question: String,
    seed: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Clock {
    start: UtcTime,
    duration: DurationText,
    tick: Option<DurationText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Venue {
    name: Spanned<String>,
    profile: Profile,
    #[serde(default)]
    fees: BTreeMap<String, Ratio>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Profile {
    Hyperliquid,
    Binance,
    Plain,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Instrument {
    symbol: String,
    venue: Spanned<String>,
    tick_size: Decimal,
    lot_size: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
enum Shock {
    News { at: Moment, jump: Ratio },
    Outage { at: Moment, length: DurationText },
}

/// The keys that all populations have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Population {
    name: String,
    kind: Spanned<String>,
    count: u32,
    #[serde(default)]
    equity: Money,
}

/// The keys of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its errors")]
struct Retail {
    leverage: f64,
    #[serde(default)]
    stops: bool,
}

pub(super) const VALID: &str = r#"[scenario]
name = "test"
question = "does it parse?"
seed = 7

[clock]
start = 2025-10-10T20:00:00Z
duration = "3h"
tick = "100ms"

[[venues]]
name = "hyper"
profile = "hyperliquid"
fees = { taker = "4.5bps", maker = "1.5bps" }

[[venues]]
name = "bin"
profile = "binance"

[[instruments]]
symbol = "BTC-PERP"
venue = "hyper"
tick_size = 0.1
lot_size = "0.001"

[[instruments]]
symbol = "BTC-PERP"
venue = "bin"
tick_size = 0.1
lot_size = "0.001"

[[agents]]
name = "retail_longs"
kind = "retail"
count = 10_000
equity = "1.5k"
leverage = 20

[[agents]]
name = "retail_shorts"
kind = "retail"
count = 500
leverage = 3.5
stops = true

[[shocks]]
kind = "news"
at = "50m"
jump = "-3%"
"#;

/// A loader over texts in memory.
pub(super) fn memory<'a>(files: &'a [(&'a str, &'a str)]) -> Loader<'a> {
    Loader::new(|name| {
        let found = files.iter().find(|(n, _)| *n == name);
        found.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
    })
    .names(files.iter().map(|(name, _)| *name))
}

pub(super) fn tree(text: &str) -> Node {
    let mut sources = Sources::new();
    parse(&mut sources, "test.toml", text.as_bytes(), Home::Text)
        .unwrap_or_else(|errors| panic!("{}", errors.lines(&sources)))
}

/// The one-line errors of a file read as a [`Scenario`], populations included.
pub(super) fn errors_of(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut sources = Sources::new();
    let errors = parse(&mut sources, "test.toml", bytes, Home::Text)
        .and_then(|root| check(&root))
        .err()
        .map_or_else(Vec::new, |errors| errors.0);
    (
        errors.iter().map(|p| p.one_line(&sources)).collect(),
        errors
            .iter()
            .map(|p| p.help.clone().unwrap_or_default())
            .collect(),
    )
}

fn check(root: &Node) -> Result<(), Errors> {
    let scenario: Scenario = from_node_all(root)?;
    let mut problems = Vec::new();
    for population in &scenario.agents {
        if let Err(errors) = super::from_node_split::<Population, Retail>(population) {
            problems.extend(errors.with_paths(root).0);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Errors(problems))
    }
}

/// `VALID` with one piece replaced.
pub(super) fn with(old: &str, new: &str) -> String {
    assert!(VALID.contains(old), "{old}");
    VALID.replacen(old, new, 1)
}

#[test]
fn the_valid_file_is_valid() {
    assert_eq!(errors_of(VALID.as_bytes()).0, Vec::<String>::new());
    let sources = &mut Sources::new();
    assert!(load("test", &memory(&[("test", VALID)]), sources).is_ok());
}
