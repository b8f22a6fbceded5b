//! What a scenario says of a population, resolved and checked.

use firesale_exchange::InstrumentKind;
use firesale_scheduler::{LatencyModel, WakePattern};
use firesale_types::VenueId;

use super::levered;
use crate::agent::GasTerms;
use crate::app::KindConfig;
use crate::config::{Problem, Spanned};
use crate::habits::Customs;
use crate::onchain::ChainId;
use crate::sampling::SizeLaw;
use crate::scenario::file::{
    AgentsTable, GasOfferTable, LatencyTable, LeverageTable, MarginName, PositionTable, SizeTable,
    WakeTable,
};
use crate::scenario::resolve::{Findings, Rules, customs, symbols};
use crate::scenario::{GRID_HELP, NO_GRID};
use crate::{MarketId, Markets};

/// The most real accounts in one population.
const MOST_ACCOUNTS: u64 = 100_000_000;
/// Populations up to this size are never sampled: every account is an agent.
pub(super) const NEVER_SAMPLED: u64 = 200;

/// A population whose references are resolved.
#[derive(Debug)]
pub(crate) struct PopulationPlan<'a> {
    pub(crate) table: &'a AgentsTable,
    pub(crate) config: KindConfig,
    pub(crate) venues: Vec<VenueId>,
    pub(crate) markets: Vec<MarketId>,
    /// The same, with the contracts that members may roll into.
    pub(crate) known: Vec<MarketId>,
    /// The chain on which members have addresses.
    pub(crate) chain: Option<ChainId>,
    pub(crate) accounts: u64,
    pub(crate) members: u64,
    pub(crate) customs: Customs,
}

/// Resolves a population's references and checks its numbers.
pub(crate) fn plan<'a>(
    entry: &'a Spanned<AgentsTable>,
    (config, needs_venue): (KindConfig, bool),
    scenario_scale: f64,
    rules: &Rules,
    all: &Markets,
    findings: &mut Findings,
) -> Option<PopulationPlan<'a>> {
    let table = &entry.value;
    let known: Vec<String> = rules.venues.iter().map(|v| v.config.name.clone()).collect();
    let mut venues = Vec::new();
    for name in table.venue.iter().chain(&table.venues) {
        venues.push(findings.find("venue", name, rules.venue(&name.value), &known)?);
    }
    let chain = match &table.chain {
        None => None,
        Some(name) => {
            let known = rules.chains.iter().map(|chain| chain.name.clone());
            Some(findings.find(
                "chain",
                name,
                rules.chain(&name.value),
                &known.collect::<Vec<_>>(),
            )?)
        }
    };
    check_holdings(entry, chain, rules, findings)?;
    levered::check(entry, chain, rules, findings)?;
    if venues.is_empty() && !needs_venue {
        return off_venues(entry, config, (chain, scenario_scale), findings);
    }
    if venues.is_empty() {
        let help = Some(format!(
            "venue = \"{}\"",
            known.first().map_or("...", |s| s)
        ));
        findings.add(
            entry.span,
            format!("the population `{}` has no venue", table.name),
            help,
        );
        return None;
    }
    let (accounts, members) = head_count(entry, scenario_scale, findings)?;
    let offered = |venue: &VenueId| rules.venues[venue.index()].config.portfolio.is_some();
    if table.margin == MarginName::Portfolio && !venues.iter().all(offered) {
        findings.add(entry.span, NO_GRID, Some(GRID_HELP.to_owned()));
        return None;
    }
    let markets = population_markets(entry, &venues, rules, all, findings)?;
    if let Some(position) = &table.position {
        check_position(position, &venues, rules, findings)?;
    }
    check_collateral(entry, &venues, rules, findings)?;
    for symbol in table.inventory.keys() {
        let known = rules.asset(symbol);
        findings.find_key(
            "asset",
            (entry.span, "inventory"),
            symbol,
            known,
            &rules.assets,
        )?;
    }
    let customs = customs(entry, &venues, rules, findings);
    let mut known_markets = markets.clone();
    if customs.roll.is_some() {
        extend_series(&mut known_markets, all);
    }
    Some(PopulationPlan {
        table,
        config,
        customs,
        known: known_markets,
        venues,
        markets,
        chain,
        accounts,
        members,
    })
}

/// Real accounts, and the agents that stand for them.
fn head_count(
    entry: &Spanned<AgentsTable>,
    scenario_scale: f64,
    findings: &mut Findings,
) -> Option<(u64, u64)> {
    let table = &entry.value;
    let accounts = table.count.value;
    if !(1..=MOST_ACCOUNTS).contains(&accounts) {
        let message = format!("a count of {accounts} is out of range: 1 to {MOST_ACCOUNTS}");
        findings.add(table.count.span, message, None);
        return None;
    }
    let scale = table.scale.map_or(scenario_scale, |s| s.to_f64());
    if !(scale > 0.0 && scale <= 1.0) {
        let message = format!("a scale of {scale} is out of range: above 0, at most 1");
        findings.add_within(entry.span, "scale", message);
        return None;
    }
    let members = ((accounts as f64 * scale) as u64)
        .max(accounts.min(NEVER_SAMPLED))
        .min(accounts);
    Some((accounts, members))
}

/// A population that trades on no venue: it has addresses on a chain and wallets.
fn off_venues<'a>(
    entry: &'a Spanned<AgentsTable>,
    config: KindConfig,
    (chain, scenario_scale): (Option<ChainId>, f64),
    findings: &mut Findings,
) -> Option<PopulationPlan<'a>> {
    let table = &entry.value;
    for (key, given) in [
        ("position", table.position.is_some()),
        ("equity", table.equity.is_some()),
        ("inventory", !table.inventory.is_empty()),
        ("instruments", !table.instruments.is_empty()),
        ("run", table.run.is_some()),
        ("roll", table.roll.is_some()),
    ] {
        if given {
            let message = format!("`{key}` needs a venue, and `{}` has none", table.name);
            findings.add_within(entry.span, key, message);
            return None;
        }
    }
    let (accounts, members) = head_count(entry, scenario_scale, findings)?;
    Some(PopulationPlan {
        table,
        config,
        venues: Vec::new(),
        markets: Vec::new(),
        known: Vec::new(),
        chain,
        accounts,
        members,
        customs: Customs::default(),
    })
}

/// Whether holdings off venues are of assets that exist there.
fn check_holdings(
    entry: &Spanned<AgentsTable>,
    chain: Option<ChainId>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<()> {
    let table = &entry.value;
    for (key, list) in [
        ("on_chain", &table.on_chain),
        ("in_wallet", &table.in_wallet),
    ] {
        for symbol in list.keys() {
            let place = (entry.span, key);
            findings.find_key("asset", place, symbol, rules.asset(symbol), &rules.assets)?;
        }
    }
    if chain.is_none() && !table.on_chain.is_empty() {
        let message = format!("`{}` has holdings on a chain, but names none", table.name);
        findings.add_within(entry.span, "on_chain", message);
        return None;
    }
    Some(())
}

/// Adds the later contracts of every series in a list.
fn extend_series(list: &mut Vec<MarketId>, all: &Markets) {
    let mut at = 0;
    while let Some(&market) = list.get(at) {
        if let Some(next) = all.get(market).next
            && !list.contains(&next)
        {
            list.push(next);
        }
        at += 1;
    }
}

/// Whether a population's collateral counts on its venues.
fn check_collateral(
    entry: &Spanned<AgentsTable>,
    venues: &[VenueId],
    rules: &Rules,
    findings: &mut Findings,
) -> Option<()> {
    let table = &entry.value;
    for symbol in table.collateral.keys() {
        let (place, known) = ((entry.span, "collateral"), rules.asset(symbol));
        let asset = findings.find_key("asset", place, symbol, known, &rules.assets)?;
        for venue in venues {
            let venue = &rules.venues[venue.index()].config;
            if venue.collateral.iter().all(|c| c.asset != asset) {
                let message = format!("`{symbol}` is no collateral on `{}`", venue.name);
                let problem = Problem::new(entry.span, message).within("collateral");
                findings.0.push(problem.within_key(symbol));
                return None;
            }
        }
    }
    let part: f64 = table.collateral.values().map(|part| part.to_f64()).sum();
    let mine = table.margin == MarginName::Cross || table.collateral.is_empty();
    if !(0.0..=1.0).contains(&part) || !mine {
        let message = "collateral is for cross accounts, and its parts add up to at most 100%";
        findings.add_within(entry.span, "collateral", message);
        return None;
    }
    Some(())
}

fn population_markets(
    entry: &Spanned<AgentsTable>,
    venues: &[VenueId],
    rules: &Rules,
    markets: &Markets,
    findings: &mut Findings,
) -> Option<Vec<MarketId>> {
    let table = &entry.value;
    let mut list = Vec::new();
    for &venue in venues {
        if table.instruments.is_empty() {
            let perps = markets
                .iter()
                .filter(|m| m.venue == venue && m.kind == InstrumentKind::Perp);
            list.extend(perps.map(|m| m.id));
        } else {
            list.extend(
                table
                    .instruments
                    .iter()
                    .filter_map(|s| markets.find(venue, &s.value)),
            );
        }
    }
    for symbol in &table.instruments {
        let found = venues.iter().find_map(|&v| markets.find(v, &symbol.value));
        let known: Vec<String> = venues.iter().flat_map(|&v| symbols(rules, v)).collect();
        findings.find("instrument", symbol, found, &known)?;
    }
    if list.is_empty() {
        findings.add(
            entry.span,
            format!("the population `{}` has no market", table.name),
            None,
        );
        return None;
    }
    Some(list)
}

fn check_position(
    position: &Spanned<PositionTable>,
    venues: &[VenueId],
    rules: &Rules,
    findings: &mut Findings,
) -> Option<()> {
    let table = &position.value;
    let known = symbols(rules, venues[0]);
    for symbol in table.notional.keys() {
        let found = known.contains(symbol).then_some(());
        findings.find_key(
            "instrument",
            (position.span, "notional"),
            symbol,
            found,
            &known,
        )?;
    }
    let absurd = |l: f64| !(l > 0.0 && l <= 500.0);
    let bad = match table.leverage {
        LeverageTable::Fixed(leverage) => absurd(leverage).then_some(leverage),
        LeverageTable::Lognormal(ref l) => absurd(l.median)
            .then_some(l.median)
            .or(absurd(l.max).then_some(l.max)),
        LeverageTable::Curve(ref c) => {
            let fine = (0.0..1.0).contains(&c.share)
                && c.distance > 0.0
                && c.shape > 0.0
                && !absurd(c.rest);
            (!fine).then_some(c.rest)
        }
    };
    if let Some(leverage) = bad {
        let message = format!(
            "this leverage makes no sense ({leverage}): above 0, at most 500; share in 0..1, distance and shape positive"
        );
        findings.add_within(position.span, "leverage", message);
        return None;
    }
    Some(())
}

pub(crate) fn latency(table: &LatencyTable) -> LatencyModel {
    LatencyModel {
        base: table.base.get(),
        jitter: table.jitter.get(),
    }
}

/// Billionths of a native token with 18 decimals, in its smallest unit.
pub(crate) fn gwei(amount: f64) -> u128 {
    let smallest = libm::rint(amount * 1e9);
    if smallest.is_finite() && smallest > 0.0 {
        smallest.min(1e24) as u128
    } else {
        0
    }
}

pub(super) fn gas(table: &GasOfferTable) -> GasTerms {
    GasTerms {
        tip: gwei(table.tip_gwei),
        most: gwei(table.most_gwei),
        patience: table.patience.get(),
    }
}

pub(super) fn wake(table: &WakeTable) -> WakePattern {
    match table {
        WakeTable::Every(period) => WakePattern::Periodic(period.get()),
        WakeTable::Mean(mean) => WakePattern::Poisson(mean.get()),
        WakeTable::Never => WakePattern::Never,
    }
}

pub(super) fn size_law(table: &SizeTable) -> SizeLaw {
    match table {
        SizeTable::Fixed(money) => SizeLaw::Fixed(money.get().to_f64()),
        SizeTable::Pareto(p) => SizeLaw::Pareto {
            min: p.min.get().to_f64(),
            alpha: p.alpha,
            cap: p.cap.get().to_f64(),
        },
    }
}
