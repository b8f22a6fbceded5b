//! Names that keys of a scenario hold: populations, accounts, markets, assets. An unknown one is a
//! problem that lists the known ones.

use std::collections::BTreeMap;

use firesale_types::VenueId;

use crate::app::{Kind, KindConfig};
use crate::config::Spanned;
use crate::scenario::file::{AgentsTable, LeverageTable, ScenarioFile};
use crate::scenario::resolve::{Findings, Rules, symbols};
use crate::{Markets, NameOf};

type Population = (Spanned<AgentsTable>, KindConfig);

/// Checks the names that only the whole scenario knows.
pub(crate) fn check(
    file: &ScenarioFile,
    agents: &[Population],
    kinds: &BTreeMap<&'static str, Kind>,
    (rules, markets): (&Rules, &Markets),
    findings: &mut Findings,
) {
    for (v, venue) in file.venues.iter().enumerate() {
        let Some(makers) = &venue.value.limits.makers else {
            continue;
        };
        let known = obliged(file, agents, &venue.value.name);
        for who in &makers.who {
            let found = known.contains(&who.value).then_some(VenueId(v as u16));
            findings.find("population or account here called", who, found, &known);
        }
    }
    for (table, config) in agents {
        check_symbols(table, rules, findings);
        let kind = &kinds[table.value.kind.value.as_str()];
        for (key, of, name) in (kind.names)(config) {
            let mut known: Vec<String> = match of {
                NameOf::Base => markets.iter().map(|m| m.base_symbol.clone()).collect(),
                NameOf::Symbol => markets.iter().map(|m| m.symbol.clone()).collect(),
                NameOf::Market => markets.iter().map(|m| m.full_symbol.clone()).collect(),
            };
            known.sort();
            known.dedup();
            let what = match of {
                NameOf::Base => "market on an asset",
                NameOf::Symbol => "instrument",
                NameOf::Market => "market",
            };
            let found = known.contains(&name).then_some(());
            findings.find_key(what, (table.span, key), &name, found, &known);
        }
    }
}

/// Who may have obligations on a venue: explicit accounts there, and populations.
fn obliged(file: &ScenarioFile, agents: &[Population], venue: &str) -> Vec<String> {
    let accounts = file.accounts.iter().map(|account| &account.value);
    let accounts = accounts.filter(|account| account.venue.value == venue);
    let here = agents.iter().map(|(table, _)| &table.value);
    let here = here.filter(|table| {
        let mut venues = table.venue.iter().chain(&table.venues);
        venues.any(|name| name.value == venue)
    });
    let populations = here.map(|table| table.name.clone());
    accounts
        .map(|account| account.id.clone())
        .chain(populations)
        .collect()
}

/// The symbols that weigh a population's markets, or stretch its leverage.
fn check_symbols(table: &Spanned<AgentsTable>, rules: &Rules, findings: &mut Findings) {
    let venues = table.value.venue.iter().chain(&table.value.venues);
    let ids = venues.filter_map(|name| rules.venue(&name.value));
    let known: Vec<String> = ids.flat_map(|venue| symbols(rules, venue)).collect();
    let mut look = |key: &str, symbol: &str| {
        let found = known.contains(&symbol.to_owned()).then_some(());
        findings.find_key("instrument", (table.span, key), symbol, found, &known);
    };
    for symbol in table.value.shares.keys() {
        look("shares", symbol);
    }
    if let Some(position) = &table.value.position
        && let LeverageTable::Curve(curve) = &position.value.leverage
    {
        for symbol in curve.stretch.keys() {
            look("position.leverage.stretch", symbol);
        }
    }
}
