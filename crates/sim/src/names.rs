//! Names that keys of a scenario hold: populations, accounts, markets, assets. An unknown one is a
//! problem that lists the known ones.

use std::collections::{BTreeMap, BTreeSet};

use firesale_exchange::VenueConfig;

use crate::app::{Kind, KindConfig};
use crate::config::Spanned;
use crate::scenario::file::{AgentsTable, LeverageTable, ScenarioFile, VenueTable};
use crate::scenario::resolve::{Findings, Rules, symbols};
use crate::{Market, Markets, NameOf};

type Population = (Spanned<AgentsTable>, KindConfig);

/// Checks the names that only the whole scenario knows.
pub(crate) fn check(
    file: &ScenarioFile,
    agents: &[Population],
    kinds: &BTreeMap<&'static str, Kind>,
    (rules, markets): (&Rules, &Markets),
    findings: &mut Findings,
) {
    for (venue, resolved) in file.venues.iter().zip(&rules.venues) {
        check_makers(&venue.value, file, agents, findings);
        check_token(&venue.value, &resolved.config, rules, findings);
    }
    if let Some(reference) = &file.charts.reference {
        let of_markets = |m: &Market| [m.symbol.clone(), m.base_symbol.clone()];
        let known = sorted(markets.iter().flat_map(of_markets));
        let name = &reference.instrument;
        let found = known.contains(&name.value).then_some(());
        findings.find("instrument or asset", name, found, &known);
    }
    check_feeds(rules, markets, findings);
    for (table, config) in agents {
        check_symbols(table, rules, findings);
        let kind = &kinds[table.value.kind.value.as_str()];
        for (key, of, name) in (kind.names)(config) {
            let (what, known) = all_of(of, markets, rules);
            let found = known.contains(&name).then_some(());
            findings.find_key(what, (table.span, key), &name, found, &known);
        }
    }
}

/// The markets, pools and issuers that chains, lenders and issuers look at.
fn check_feeds(rules: &Rules, markets: &Markets, findings: &mut Findings) {
    use crate::scenario::file::PriceSourceName;
    for chain in &rules.chains {
        if let Some((name, ..)) = &chain.heat {
            let (what, known) = all_of(NameOf::Market, markets, rules);
            let found = known.contains(&name.value).then_some(());
            findings.find(what, name, found, &known);
        }
    }
    let of_lenders = rules.lenders.iter().flat_map(|lender| &lender.feeds);
    let of_issuers = rules
        .issuers
        .iter()
        .filter_map(|issuer| issuer.oracle.as_ref());
    for feed in of_lenders.chain(of_issuers) {
        let Some(name) = &feed.of else { continue };
        let (what, known) = match feed.source {
            PriceSourceName::Venue => all_of(NameOf::Market, markets, rules),
            PriceSourceName::Pool => all_of(NameOf::Pool, markets, rules),
            PriceSourceName::Redemption => {
                let issuers = rules.issuers.iter().map(|issuer| issuer.name.clone());
                ("issuer", sorted(issuers))
            }
            PriceSourceName::Value | PriceSourceName::Pegged => continue,
        };
        let found = known.contains(&name.value).then_some(());
        findings.find(what, name, found, &known);
    }
}

/// Everything that a name may stand for, and what to call it.
fn all_of(of: NameOf, markets: &Markets, rules: &Rules) -> (&'static str, Vec<String>) {
    let list = markets.iter();
    match of {
        NameOf::Base => {
            let known = sorted(list.map(|m| m.base_symbol.clone()));
            ("market on an asset", known)
        }
        NameOf::Symbol => ("instrument", sorted(list.map(|m| m.symbol.clone()))),
        NameOf::Market => ("market", sorted(list.map(|m| m.full_symbol.clone()))),
        NameOf::Asset => ("asset", rules.assets.clone()),
        NameOf::Coin => {
            let coins = rules.issuers.iter().map(|issuer| issuer.wares.coin);
            let known = sorted(coins.map(|coin| rules.assets[coin.index()].clone()));
            ("issued coin", known)
        }
        NameOf::Pool => (
            "pool",
            sorted(rules.pools.iter().map(|pool| pool.name.clone())),
        ),
        NameOf::Lender => {
            let known = sorted(rules.lenders.iter().map(|lender| lender.name.clone()));
            ("lender", known)
        }
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let names: BTreeSet<String> = names.collect();
    names.into_iter().collect()
}

fn check_makers(
    venue: &VenueTable,
    file: &ScenarioFile,
    agents: &[Population],
    findings: &mut Findings,
) {
    let Some(makers) = &venue.limits.makers else {
        return;
    };
    let known = obliged(file, agents, &venue.name);
    for who in &makers.who {
        let found = known.contains(&who.value).then_some(());
        findings.find("population or account here called", who, found, &known);
    }
}

/// A platform's own token must have a price there.
fn check_token(venue: &VenueTable, config: &VenueConfig, rules: &Rules, findings: &mut Findings) {
    let platform = venue.platform.as_ref();
    let Some(name) = platform.and_then(|platform| platform.own_token.as_ref()) else {
        return;
    };
    let bases = config.instruments.iter().map(|i| i.base);
    let assets = bases.chain(config.collateral.iter().map(|c| c.asset));
    let known = sorted(assets.map(|asset| rules.assets[asset.index()].clone()));
    let found = known.contains(&name.value).then_some(());
    findings.find("traded or pledged asset here called", name, found, &known);
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
