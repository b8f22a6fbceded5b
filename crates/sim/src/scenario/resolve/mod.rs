//! What a scenario file means: references become ids, texts become rules, everything is checked.

mod brakes;
mod chain;
mod habits;
mod instrument;
mod issuer;
mod loss;
mod margin;
mod oracle;
mod platform;
mod pool;
mod venue;

use std::collections::BTreeMap;

use firesale_exchange::VenueConfig;
use firesale_types::{AssetId, InstrumentId, SimDuration, SimTime, TokenUnits, Usd, VenueId};

pub(crate) use chain::{ChainRules, FeedRules, LenderRules};
pub(crate) use habits::customs;
pub(crate) use issuer::IssuerRules;
pub(crate) use oracle::OracleRules;
pub(crate) use pool::PoolRules;

use super::file::{AssetKind, ScenarioFile, ShockKind};
use crate::config::{Decimal, Problem, Span, Spanned};
use crate::fundamental::{FundamentalConfig, News, RegimeConfig};
use crate::onchain::ChainId;

/// The rules and values of a scenario, by id.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) start: jiff::Timestamp,
    pub(crate) duration: SimDuration,
    pub(crate) tick: SimDuration,
    pub(crate) record_every: SimDuration,
    pub(crate) assets: Vec<String>,
    /// How finely each asset is counted.
    pub(crate) units: Vec<TokenUnits>,
    pub(crate) fundamentals: Vec<FundamentalConfig>,
    pub(crate) regime: RegimeConfig,
    pub(crate) news: Vec<News>,
    pub(crate) venues: Vec<VenueRules>,
    pub(crate) chains: Vec<ChainRules>,
    pub(crate) pools: Vec<PoolRules>,
    pub(crate) lenders: Vec<LenderRules>,
    pub(crate) issuers: Vec<IssuerRules>,
}

/// One venue.
#[derive(Debug)]
pub(crate) struct VenueRules {
    pub(crate) config: VenueConfig,
    pub(crate) oracle: OracleRules,
    /// What agents need to know of each instrument, beside its configuration.
    pub(crate) units: Vec<Units>,
}

/// The grid of an instrument in dollars and base units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units {
    pub(crate) tick: Decimal,
    pub(crate) lot: Decimal,
    /// Weight in the index of others, in thousandths.
    pub(crate) index_weight: u32,
    /// The next contract of its series.
    pub(crate) next: Option<InstrumentId>,
}

impl Rules {
    pub(crate) fn asset(&self, symbol: &str) -> Option<AssetId> {
        self.assets
            .iter()
            .position(|s| s == symbol)
            .map(|i| AssetId(i as u16))
    }

    pub(crate) fn venue(&self, name: &str) -> Option<VenueId> {
        self.venues
            .iter()
            .position(|v| v.config.name == name)
            .map(|i| VenueId(i as u16))
    }

    pub(crate) fn chain(&self, name: &str) -> Option<ChainId> {
        let at = self.chains.iter().position(|chain| chain.name == name)?;
        Some(ChainId(at as u16))
    }

    pub(crate) fn instrument(&self, venue: VenueId, symbol: &str) -> Option<InstrumentId> {
        let instruments = &self.venues[venue.index()].config.instruments;
        instruments
            .iter()
            .position(|i| i.symbol == symbol)
            .map(|i| InstrumentId(i as u16))
    }
}

/// Gathers problems, so that a check reports all of them.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Problem>);

impl Findings {
    pub(crate) fn add(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let problem = Problem::new(span, message);
        self.0.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// As [`Self::add`], for a key inside the value at a place: `fundamental.price`.
    pub(crate) fn add_within(&mut self, span: Span, key: &str, message: impl Into<String>) {
        self.0.push(Problem::new(span, message).within(key));
    }

    /// As [`Self::find`], for a key of the table `table` inside the value at a place.
    pub(crate) fn find_key<T>(
        &mut self,
        what: &str,
        (span, table): (Span, &str),
        name: &str,
        found: Option<T>,
        known: &[String],
    ) -> Option<T> {
        let entry = Spanned {
            span,
            value: name.to_owned(),
        };
        let before = self.0.len();
        let found = self.find(what, &entry, found, known);
        for problem in self.0.drain(before..).collect::<Vec<_>>() {
            self.0.push(problem.within(table).within_key(name));
        }
        found
    }

    /// Looks a name up in a list; an unknown one is a problem that names the known ones.
    pub(crate) fn find<T>(
        &mut self,
        what: &str,
        name: &Spanned<String>,
        found: Option<T>,
        known: &[String],
    ) -> Option<T> {
        if found.is_none() {
            let help = format!(
                "known: {}",
                if known.is_empty() {
                    "none".into()
                } else {
                    known.join(", ")
                }
            );
            self.add(
                name.span,
                format!("there is no {what} `{}`", name.value),
                Some(help),
            );
        }
        found
    }

    pub(crate) fn unique<'a>(&mut self, what: &str, names: impl Iterator<Item = (Span, &'a str)>) {
        let mut seen = std::collections::BTreeSet::new();
        for (span, name) in names {
            if !seen.insert(name) {
                self.add(span, format!("the {what} `{name}` is defined twice"), None);
            }
        }
    }
}

/// Resolves everything but agents, accounts and scripts.
pub(crate) fn rules(file: &ScenarioFile, root: Span, findings: &mut Findings) -> Option<Rules> {
    let start = file.clock.start.0;
    check_clock(file, root, findings);
    findings.unique(
        "asset",
        file.assets
            .iter()
            .map(|a| (a.span, a.value.symbol.as_str())),
    );
    findings.unique(
        "venue",
        file.venues.iter().map(|v| (v.span, v.value.name.as_str())),
    );
    findings.unique(
        "account",
        file.accounts.iter().map(|a| (a.span, a.value.id.as_str())),
    );
    findings.unique(
        "order",
        file.orders.iter().map(|a| (a.span, a.value.id.as_str())),
    );

    let assets: Vec<String> = file.assets.iter().map(|a| a.value.symbol.clone()).collect();
    let units = file.assets.iter().map(|a| units(a, findings)).collect();
    let fundamentals = file
        .assets
        .iter()
        .map(|a| fundamental(a, findings))
        .collect();
    let regime = match &file.regime {
        None => RegimeConfig {
            calm: SimDuration::ZERO,
            stress: SimDuration::ZERO,
            volatility_factor: 1.0,
        },
        Some(r) => RegimeConfig {
            calm: r.calm.get(),
            stress: r.stress.get(),
            volatility_factor: r.volatility_factor,
        },
    };
    let mut rules = Rules {
        start,
        duration: file.clock.duration.get(),
        tick: file.clock.tick.get(),
        record_every: file.clock.record_every.get(),
        assets,
        units,
        fundamentals,
        regime,
        news: Vec::new(),
        venues: Vec::new(),
        chains: Vec::new(),
        pools: Vec::new(),
        lenders: Vec::new(),
        issuers: Vec::new(),
    };
    rules.chains = chain::chain_rules(file, &rules, findings);
    rules.pools = pool::pool_rules(file, &rules, findings);
    rules.lenders = chain::lender_rules(file, &rules, findings);
    rules.issuers = issuer::issuer_rules(file, &rules, findings);
    rules.news = file
        .shocks
        .iter()
        .filter(|s| s.value.kind == ShockKind::News)
        .filter_map(|s| news(s, &rules, findings))
        .collect();
    platform::check_struck(file, findings);
    for venue in &file.venues {
        let resolved = venue::venue_rules(venue, file, &rules, findings)?;
        rules.venues.push(resolved);
    }
    for instrument in &file.instruments {
        let known: Vec<String> = file.venues.iter().map(|v| v.value.name.clone()).collect();
        let name = &instrument.value.venue;
        findings.find(
            "venue",
            name,
            known.contains(&name.value).then_some(()),
            &known,
        );
    }
    Some(rules)
}

fn check_clock(file: &ScenarioFile, root: Span, findings: &mut Findings) {
    let (tick, duration) = (file.clock.tick.get(), file.clock.duration.get());
    let record = file.clock.record_every.get();
    let times = [
        ("clock.tick", tick),
        ("clock.duration", duration),
        ("clock.record_every", record),
    ];
    let wrong = times.iter().find(|(_, time)| *time <= SimDuration::ZERO);
    if let Some((key, _)) = wrong {
        let message = "clock.tick, clock.duration and clock.record_every must be positive";
        findings.add_within(root, key, message);
    } else if 1_000_000_000 % tick.0 != 0 && tick.0 % 1_000_000_000 != 0 {
        let message = "clock.tick must divide a second, or be whole seconds";
        let problem = Problem::new(root, message).within("clock.tick");
        let help = "use 100ms, 50ms, 200ms, 1s, ...";
        findings.0.push(problem.help(help));
    } else if record.0 % tick.0 != 0 {
        let message = "clock.record_every must be a multiple of clock.tick";
        findings.add_within(root, "clock.record_every", message);
    }
}

/// How finely an asset is counted on chains and on venues.
fn units(asset: &Spanned<super::file::AssetTable>, findings: &mut Findings) -> TokenUnits {
    let table = &asset.value;
    let usual = match table.kind {
        AssetKind::Crypto | AssetKind::Lst => 18,
        AssetKind::Stablecoin | AssetKind::Dollar => 6,
    };
    let (chain, venue) = (table.decimals.unwrap_or(usual), table.venue_decimals);
    for (key, value, most) in [
        ("decimals", chain, TokenUnits::MOST_CHAIN),
        ("venue_decimals", venue, TokenUnits::MOST_VENUE),
    ] {
        if value > most {
            let message = format!("{value} decimals are out of range: 0 to {most}");
            findings.add_within(asset.span, key, message);
        }
    }
    TokenUnits {
        chain: chain.min(TokenUnits::MOST_CHAIN),
        venue: venue.min(TokenUnits::MOST_VENUE),
    }
}

fn fundamental(
    asset: &Spanned<super::file::AssetTable>,
    findings: &mut Findings,
) -> FundamentalConfig {
    let table = &asset.value;
    let still = FundamentalConfig {
        price: 1.0,
        volatility: 0.0,
        correlation: 0.0,
        jumps_per_day: 0.0,
        jump_size: 0.0,
    };
    let Some(f) = &table.fundamental else {
        if matches!(table.kind, AssetKind::Crypto | AssetKind::Lst) {
            findings.add(
                asset.span,
                format!("`{}` needs a fundamental with a price", table.symbol),
                None,
            );
        }
        return still;
    };
    if !(f.price.is_finite() && f.price > 0.0) {
        let message = format!("the price of `{}` must be positive", table.symbol);
        findings.add_within(asset.span, "fundamental.price", message);
    }
    let correlation = f.correlation.to_f64();
    if !(-1.0..=1.0).contains(&correlation) {
        let message = "a correlation lies between -1 and 1";
        findings.add_within(asset.span, "fundamental.correlation", message);
    }
    FundamentalConfig {
        price: f.price,
        volatility: f.volatility.to_f64(),
        correlation: correlation.clamp(-1.0, 1.0),
        jumps_per_day: f.jumps_per_day,
        jump_size: f.jump_size.to_f64(),
    }
}

fn news(
    shock: &Spanned<super::file::ShockTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<News> {
    let table = &shock.value;
    let at = moment(&table.at, rules, findings)?;
    let mut jump = vec![0.0; rules.assets.len()];
    for (symbol, ratio) in &table.jump {
        let known = rules.asset(symbol);
        let id = findings.find_key("asset", (shock.span, "jump"), symbol, known, &rules.assets)?;
        let fraction = ratio.to_f64();
        if fraction <= -1.0 {
            let message = format!("`{symbol}` cannot lose more than everything");
            let problem = Problem::new(shock.span, message).within("jump");
            findings.0.push(problem.within_key(symbol));
            return None;
        }
        jump[id.index()] = fraction;
    }
    Some(News {
        at,
        ramp: table.ramp.get(),
        jump,
        label: table.label.clone(),
    })
}

/// A moment of the scenario; one outside the run is a problem.
pub(crate) fn moment(
    at: &Spanned<crate::config::Moment>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<SimTime> {
    match at.value.resolve(rules.start) {
        Ok(time) if time >= SimTime::ZERO && time <= SimTime::ZERO + rules.duration => Some(time),
        Ok(_) => {
            findings.add(at.span, "this moment lies outside the run", None);
            None
        }
        Err(e) => {
            findings.add(at.span, e.to_string(), None);
            None
        }
    }
}

/// Symbols of a venue, for messages.
pub(crate) fn symbols(rules: &Rules, venue: VenueId) -> Vec<String> {
    rules.venues[venue.index()]
        .config
        .instruments
        .iter()
        .map(|i| i.symbol.clone())
        .collect()
}

/// Amounts by asset of an explicit account.
pub(crate) fn amounts(
    collateral: &super::file::CollateralAmount,
    settlement: AssetId,
    span: Span,
    rules: &Rules,
    findings: &mut Findings,
) -> BTreeMap<AssetId, Usd> {
    match collateral {
        super::file::CollateralAmount::Settlement(money) => {
            BTreeMap::from([(settlement, money.get())])
        }
        super::file::CollateralAmount::ByAsset(by_asset) => by_asset
            .iter()
            .filter_map(|(symbol, money)| {
                let place = (span, "collateral");
                let known = rules.asset(symbol);
                let id = findings.find_key("asset", place, symbol, known, &rules.assets)?;
                Some((id, money.get()))
            })
            .collect(),
    }
}
