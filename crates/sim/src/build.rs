//! From a checked scenario to a world ready for its first tick.

use std::collections::BTreeMap;
use std::path::Path;

use bevy_ecs::prelude::IntoScheduleConfigs;
use firesale_exchange::{AccountSpec, Exchange, GenesisError, InstrumentKind};
use firesale_record::{AccountRange, Names, RunWriter, VenueNames, WriterOptions};
use firesale_scheduler::{Channels, RunLimits, SimClock, WakeCalendar, Workers};
use firesale_types::{
    AccountId, AssetId, InstrumentId, Price, RunSeed, SimDuration, SimTime, VenueId,
};

use crate::agent::{Due, Inbox, KindOutbox, Outbox, Pool, Populations, Seed};
use crate::app::{Kind, KindConfig};
use crate::audit::Everywhere;
use crate::board::{PlatformBoard, watch_platforms};
use crate::census::CensusTaker;
use crate::config::Spanned;
use crate::genesis::{Census, Genesis, PopulationPlan, endow, plan};
use crate::halts::{Coordination, coordinate_halts};
use crate::measure::{AssetMarkets, Measures};
use crate::onchain::{
    self, Chains, Issuers, OnChainRecord, clear_chains, feed_issuers, feed_lenders, record_chains,
    redeem, warm_chains,
};
use crate::oracle::{AssetIndex, Oracle, VenueOracle, publish_index};
use crate::origins::{Relatives, tell_of_hedges};
use crate::recorder::{Recorder, Rhythm, record_events, record_state};
use crate::scenario::file::{AgentsTable, IndexSourceName, ScenarioFile, VenueTable};
use crate::scenario::resolve::{Findings, OracleRules, Rules};
use crate::tick::{
    Calendar, Clock, Directory, Failure, NOBODY, Post, clear, deliver_reports, observe_markets,
    read_quote, route, settle_transfers,
};
use crate::venue::source;
use crate::{
    Asset, Assets, Custody, Fundamentals, Market, MarketId, MarketView, Markets, Quote, Scenario,
    SimApp, SimError, TickSet, VenueMachine, Venues, WakeOn,
};

/// The largest factor on the excess of starting leverage over one.
const MOST_LEVERAGE: f64 = 10.0;

/// Checks what only the whole scenario shows: populations against venues and markets.
pub(crate) fn check(
    file: &ScenarioFile,
    rules: &Rules,
    agents: &[(Spanned<AgentsTable>, KindConfig)],
    kinds: &BTreeMap<&'static str, Kind>,
    findings: &mut Findings,
) {
    let markets = markets(rules);
    crate::names::check(file, agents, kinds, (rules, &markets), findings);
    let leverage = file.scenario.leverage;
    if !(0.0..=MOST_LEVERAGE).contains(&leverage.value.to_f64()) {
        let message = "a factor on leverage is between 0% and 1000%";
        findings.add(leverage.span, message, None);
    }
    let scale = file.scenario.scale.to_f64();
    for (table, config) in agents {
        let needs_venue = kinds[table.value.kind.value.as_str()].needs_venue;
        let config = (config.clone(), needs_venue);
        plan(table, config, scale, rules, &markets, findings);
    }
}

fn markets(rules: &Rules) -> Markets {
    let mut markets = Markets::default();
    let mut next = 0;
    for (v, venue) in rules.venues.iter().enumerate() {
        let list: Vec<Market> = venue
            .config
            .instruments
            .iter()
            .zip(&venue.units)
            .enumerate()
            .map(|(i, (config, units))| Market {
                id: MarketId(next + i as u16),
                venue: VenueId(v as u16),
                instrument: InstrumentId(i as u16),
                symbol: config.symbol.clone(),
                full_symbol: format!("{}.{}", config.symbol, venue.config.name),
                kind: config.kind,
                base: config.base,
                base_symbol: rules.assets[config.base.index()].clone(),
                settlement: venue.config.settlement,
                tick_usd: units.tick.to_f64(),
                lot_base: units.lot.to_f64(),
                lot_units: config.lot_units,
                unit: config.unit,
                expiry: config.expiry.map(|expiry| expiry.at),
                next: units.next.map(|i| MarketId(next + i.0)),
            })
            .collect();
        next += list.len() as u16;
        markets.push_venue(list);
    }
    markets
}

/// What a command decides about a run, beside the scenario; none of it changes a completed run's result.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Worker threads; they never change the result.
    pub threads: usize,
    /// Limits that end a run with an error.
    pub limits: RunLimits,
}

/// Builds the world of a scenario. With a directory, tables are written there.
pub(crate) fn build(
    scenario: &Scenario,
    app: &mut SimApp,
    options: &RunOptions,
    directory: Option<&Path>,
) -> Result<(), SimError> {
    let rules = &scenario.rules;
    let seed = RunSeed(scenario.seed());
    let markets = markets(rules);
    let mut venues = exchanges(rules, seed)?;
    let explicit = open_explicit(scenario, &mut venues)?;
    let mut custody = Custody::default();
    let mut chains = onchain::chains(rules, &markets, seed).map_err(SimError::Genesis)?;
    let mut census = populate(
        scenario,
        app,
        &markets,
        seed,
        &mut venues,
        &mut custody,
        &mut chains,
    )?;
    oblige(&scenario.file, &explicit, &census, &mut venues)?;
    for (venue, owners) in venues.iter_mut().zip(&mut census.owners) {
        owners.resize(venue.exchange().accounts() as usize, NOBODY);
        venue
            .exchange()
            .check_genesis()
            .map_err(|e| SimError::Genesis(e.to_string()))?;
        venue.start();
    }
    for (number, command) in scenario.explicit.commands.iter().enumerate() {
        let event = command.addressed(&explicit);
        venues[command.venue.index()].push(command.at, source::SCRIPT, number as u32, event);
    }
    let venues = Venues(venues);
    let assets = assets(rules);
    let held = |custody: &Custody, asset| {
        let everywhere = Everywhere {
            assets: &assets,
            venues: &venues,
            custody,
            chains: &chains,
            issuers: &Issuers::default(),
        };
        everywhere.total(asset)
    };
    let issuers = onchain::issuers(rules, &census, &mut custody, held);
    let issuers = issuers.map_err(SimError::Genesis)?;
    let everywhere = Everywhere {
        assets: &assets,
        venues: &venues,
        custody: &custody,
        chains: &chains,
        issuers: &issuers,
    };
    let money = onchain::count(everywhere);
    let machines = venues.0.len() + chains.0.len();
    app.world
        .insert_resource(onchain::feeds(rules, &markets, &chains, &issuers));
    let mut record = OnChainRecord::default();
    record.figures.begin(&issuers, &assets);
    app.world.insert_resource(record);
    app.world.insert_resource(chains);
    app.world.insert_resource(issuers);
    let until = scenario
        .file
        .clock
        .until
        .map_or(rules.duration, |u| u.get());
    let duration = until.min(rules.duration);
    let place = (directory, money, machines);
    insert(
        scenario, app, options, &markets, &venues, custody, census, duration, place, &explicit,
    )?;
    app.world.insert_resource(coordination(&scenario.file));
    app.world.insert_resource(board(scenario));
    app.world.insert_resource(view(&markets, &venues));
    app.world.insert_resource(oracle(
        rules,
        &markets,
        &scenario.file,
        !scenario.agents.is_empty(),
    ));
    app.world.insert_resource(markets);
    app.world.insert_resource(assets);
    app.world.insert_resource(venues);
    schedule(app);
    app.initialize()
}

fn assets(rules: &Rules) -> Assets {
    let all = rules.assets.iter().zip(&rules.units);
    Assets::new(all.map(|(symbol, &units)| Asset {
        symbol: symbol.clone(),
        units,
    }))
}

/// The platforms that a population may run from, and those with an affiliate or an own token.
fn board(scenario: &Scenario) -> PlatformBoard {
    let runs = |name: &str| {
        let tables = scenario.agents.iter().map(|(table, _)| &table.value);
        let mut runners = tables.filter(|table| table.run.is_some());
        runners.any(|table| {
            let mut venues = table.venue.iter().chain(&table.venues);
            venues.any(|venue| venue.value == name)
        })
    };
    let venues = scenario.file.venues.iter().enumerate();
    PlatformBoard::new(venues.filter_map(|(v, venue)| {
        let table = venue.value.platform.as_ref();
        let every = table.map_or(NEVER, |table| table.published_every.get());
        let watched = table.is_some() || runs(&venue.value.name);
        watched.then_some((VenueId(v as u16), every))
    }))
}

/// Longer than any run.
const NEVER: SimDuration = SimDuration::secs(100 * 365 * 86_400);

/// Which venues halt together.
fn coordination(file: &ScenarioFile) -> Coordination {
    let group = |venue: &VenueTable| Some(venue.breaker.as_ref()?.group.as_ref()?.value.clone());
    Coordination::new(file.venues.iter().map(|v| group(&v.value)).collect())
}

/// Names the market makers that the scenario obliges: explicit accounts and populations.
fn oblige(
    file: &ScenarioFile,
    explicit: &[AccountId],
    census: &Census,
    venues: &mut [VenueMachine],
) -> Result<(), SimError> {
    for (venue, table) in venues.iter_mut().zip(&file.venues) {
        let Some(makers) = &table.value.limits.makers else {
            continue;
        };
        let named = |name: &str| makers.who.iter().any(|who| who.value == name);
        let accounts = file.accounts.iter().zip(explicit);
        let explicit = accounts
            .filter(|(a, _)| a.value.venue.value == table.value.name && named(&a.value.id))
            .map(|(_, &id)| id);
        let owners = census.owners[venue.id().index()].iter().enumerate();
        let members = owners.filter(|&(_, &agent)| {
            agent != NOBODY && {
                let population = census.agent_population[agent as usize];
                named(&census.populations[usize::from(population)].name)
            }
        });
        let members = members.map(|(at, _)| AccountId(at as u32));
        for account in explicit.chain(members).collect::<Vec<_>>() {
            venue.exchange_mut().oblige(account).map_err(genesis)?;
        }
    }
    Ok(())
}

fn schedule(app: &mut SimApp) {
    app.schedule.add_systems(
        (
            observe_markets,
            warm_chains,
            feed_lenders,
            feed_issuers,
            tell_of_hedges,
            publish_index,
            watch_platforms,
            deliver_reports,
        )
            .chain()
            .in_set(TickSet::Observe),
    );
    app.schedule.add_systems(route.in_set(TickSet::Route));
    app.schedule
        .add_systems((clear, clear_chains).chain().in_set(TickSet::Clear));
    app.schedule.add_systems(redeem.in_set(TickSet::Redeem));
    app.schedule.add_systems(
        (settle_transfers, coordinate_halts)
            .chain()
            .in_set(TickSet::Custody),
    );
    app.schedule.add_systems(
        (record_events, record_state, record_chains)
            .chain()
            .in_set(TickSet::Record),
    );
}

fn exchanges(rules: &Rules, seed: RunSeed) -> Result<Vec<VenueMachine>, SimError> {
    rules
        .venues
        .iter()
        .enumerate()
        .map(|(v, venue)| {
            let exchange = Exchange::new(venue.config.clone())
                .map_err(|e| SimError::Genesis(e.to_string()))?;
            Ok(VenueMachine::new(
                VenueId(v as u16),
                venue.config.name.clone(),
                exchange,
                seed,
            ))
        })
        .collect()
}

fn genesis(error: GenesisError) -> SimError {
    SimError::Genesis(error.to_string())
}

fn open_explicit(
    scenario: &Scenario,
    venues: &mut [VenueMachine],
) -> Result<Vec<AccountId>, SimError> {
    let mut ids = Vec::new();
    for account in &scenario.explicit.accounts {
        let exchange = venues[account.venue.index()].exchange_mut();
        let margin_mode = account.margin_mode;
        let id = exchange.open_account(AccountSpec {
            weight: 1,
            margin_mode,
            position_mode: account.position_mode,
            max_slots: crate::scenario::EXPLICIT_SLOTS,
        });
        for (asset, amount) in account
            .balances
            .iter()
            .filter(|(_, amount)| !amount.is_zero())
        {
            exchange.credit(id, *asset, *amount).map_err(genesis)?;
        }
        for (instrument, qty, entry, margin) in &account.positions {
            let margin = margin.filter(|_| margin_mode.is_isolated());
            exchange
                .seed_position(id, *instrument, *qty, *entry, margin)
                .map_err(genesis)?;
        }
        ids.push(id);
    }
    Ok(ids)
}

fn populate(
    scenario: &Scenario,
    app: &mut SimApp,
    markets: &Markets,
    seed: RunSeed,
    venues: &mut [VenueMachine],
    custody: &mut Custody,
    chains: &mut Chains,
) -> Result<Census, SimError> {
    let mut findings = Findings::default();
    let scale = scenario.file.scenario.scale.to_f64();
    let plans: Vec<PopulationPlan<'_>> = scenario
        .agents
        .iter()
        .filter_map(|(table, config)| {
            let needs_venue = app.kinds[table.value.kind.value.as_str()].needs_venue;
            plan(
                table,
                (config.clone(), needs_venue),
                scale,
                &scenario.rules,
                markets,
                &mut findings,
            )
        })
        .collect();
    for (number, plan) in plans.iter().enumerate() {
        let configure = app.kinds[plan.table.kind.value.as_str()].configure;
        configure(&mut app.world, number as u16, &plan.config);
    }
    let leverage = scenario.file.scenario.leverage.value.to_f64();
    let genesis = Genesis {
        rules: &scenario.rules,
        markets,
        seed,
        leverage,
    };
    let mut census = genesis
        .populate(&plans, &app.kinds, venues, custody, &mut app.world)
        .map_err(SimError::Genesis)?;
    endow(&plans, &mut census, &scenario.rules, custody, chains).map_err(SimError::Genesis)?;
    Ok(census)
}

/// Puts everything that is not a market into the world.
#[expect(
    clippy::too_many_arguments,
    reason = "the one place where all parts meet"
)]
fn insert(
    scenario: &Scenario,
    app: &mut SimApp,
    options: &RunOptions,
    markets: &Markets,
    venues: &Venues,
    custody: Custody,
    census: Census,
    duration: SimDuration,
    (directory, money, machines): (Option<&Path>, Vec<i128>, usize),
    explicit: &[AccountId],
) -> Result<(), SimError> {
    let rules = &scenario.rules;
    let agents = census.rows.len();
    let mut calendar = WakeCalendar::new(rules.tick);
    for &(agent, at) in &census.first_wakes {
        calendar.schedule(agent, at);
    }
    let mut wake_on = vec![WakeOn::NOTHING; app.kinds.len()];
    for kind in app.kinds.values() {
        wake_on[kind.index] = kind.wake_on;
    }
    let names = names(scenario, markets, venues, &census, explicit);
    let writer = directory
        .map(|d| RunWriter::create(d, names, WriterOptions::default()))
        .transpose()?;
    let record = &scenario.file.record;
    let rhythm = Rhythm {
        ticks: rules.record_every,
        depth: record.depth_every.get(),
        populations: record.populations_every.get(),
        audit: record.audit_every.get(),
        chains: record.chains_every.get(),
    };
    let mut recorder = Recorder::new(
        writer,
        rhythm,
        record.trades,
        markets.len(),
        measures(scenario, markets, venues),
        CensusTaker::new(census.populations.len()),
        census.agent_population,
        census.weights,
        money,
    );
    recorder.assets.clone_from(&rules.assets);
    recorder.sources = index_sources(rules);
    let world = &mut app.world;
    world.insert_resource(recorder);
    world.insert_resource(custody);
    world.insert_resource(Calendar(calendar));
    world.insert_resource(Clock(SimClock::new(rules.tick, duration)));
    world.insert_resource(Relatives::new(&census.owners));
    world.insert_resource(Directory {
        rows: census.rows,
        owners: census.owners,
        wake_on,
        heed: census.heed,
        due_tick: vec![-1; agents],
    });
    world.insert_resource(Post {
        channels: Channels::new(agents, machines),
        limits: options.limits,
        payouts: BTreeMap::new(),
    });
    world.insert_resource(Due(vec![Vec::new(); app.kinds.len()]));
    world.insert_resource(Outbox(
        (0..app.kinds.len())
            .map(|_| KindOutbox::default().into())
            .collect(),
    ));
    world.insert_resource(Inbox::default());
    world.insert_resource(Failure::default());
    world.insert_resource(Pool(Workers::new(options.threads)?));
    world.insert_resource(Seed(RunSeed(scenario.seed())));
    world.insert_resource(Populations(census.populations));
    world.insert_resource(Fundamentals::new(
        rules.fundamentals.clone(),
        rules.regime,
        rules.news.clone(),
        RunSeed(scenario.seed()),
    ));
    Ok(())
}

fn view(markets: &Markets, venues: &Venues) -> MarketView {
    let quotes = markets
        .iter()
        .map(|m| read_quote(venues.get(m.venue), m, &Quote::default()))
        .collect();
    MarketView::new(quotes)
}

/// The oracles of all venues. A scenario without agents that has a script is set up by hand: nobody's
/// quotes could make an index, and none is published.
fn oracle(rules: &Rules, markets: &Markets, file: &ScenarioFile, has_agents: bool) -> Oracle {
    let by_hand = !file.script.is_empty() && !has_agents;
    let weight = |market: &Market| {
        rules.venues[market.venue.index()].units[market.instrument.index()].index_weight
    };
    let venues = rules.venues.iter().enumerate().map(|(v, venue)| {
        let period = if by_hand {
            SimDuration::ZERO
        } else {
            venue.oracle.period
        };
        let is_used = |asset: &AssetId| {
            let collateral = venue.config.collateral.iter().map(|c| c.asset);
            let bases = venue.config.instruments.iter().map(|i| i.base);
            collateral.chain(bases).any(|used| used == *asset)
        };
        let assets = (0..rules.assets.len()).map(|a| AssetId(a as u16));
        let indices = assets
            .filter(is_used)
            .map(|asset| index_of(asset, v, &venue.oracle, markets, weight));
        VenueOracle::new(period, indices.collect())
    });
    let others = markets.iter().map(|market| {
        let elsewhere = |other: &&Market| {
            let same = other.base == market.base && other.venue != market.venue;
            let perps = [other.kind, market.kind] == [InstrumentKind::Perp; 2];
            same && perps && weight(other) > 0
        };
        let others = markets.iter().filter(elsewhere);
        others.map(|other| (other.id, weight(other))).collect()
    });
    Oracle::new(venues.collect(), others.collect())
}

/// One venue's index of an asset: from all its spot markets, or from the venue's own alone.
fn index_of(
    asset: AssetId,
    venue: usize,
    rules: &OracleRules,
    markets: &Markets,
    weight: impl Fn(&Market) -> u32,
) -> AssetIndex {
    let of_asset = rules.assets.get(&asset);
    let source = of_asset.map_or(IndexSourceName::AllVenues, |asset| asset.source);
    let spot = markets.iter().filter(|market| {
        let meant = match source {
            IndexSourceName::AllVenues => true,
            IndexSourceName::OwnBook => market.venue.index() == venue,
            IndexSourceName::Redemption => false,
        };
        market.base == asset && market.kind == InstrumentKind::Spot && meant
    });
    let weighted = spot.map(|market| {
        let own = rules.weights.get(&market.venue).copied();
        (market.id, own.unwrap_or_else(|| weight(market)))
    });
    let sources = weighted.filter(|(_, weight)| *weight > 0).collect();
    let rule = of_asset.map_or(rules.rule, |asset| asset.rule);
    let mut index = AssetIndex::new(asset, rule, sources);
    let faults = rules.faults.iter();
    let mine = faults.filter(|(which, _)| which.is_none_or(|which| which == asset));
    index.faults.extend(mine.map(|(_, fault)| *fault));
    index
}

/// What the indices of assets are made of, where venues have rules for them.
fn index_sources(rules: &Rules) -> BTreeMap<(VenueId, AssetId), &'static str> {
    let venues = rules.venues.iter().enumerate();
    let of_venue = venues.flat_map(|(v, venue)| {
        let assets = venue.oracle.assets.iter();
        assets.map(move |(&asset, of_asset)| {
            let name = match of_asset.source {
                IndexSourceName::AllVenues => "all_venues",
                IndexSourceName::OwnBook => "own_book",
                IndexSourceName::Redemption => "redemption",
            };
            ((VenueId(v as u16), asset), name)
        })
    });
    of_venue.collect()
}

fn measures(scenario: &Scenario, markets: &Markets, venues: &Venues) -> Measures {
    let rules = &scenario.rules;
    let news_at = rules
        .news
        .iter()
        .map(|n| n.at)
        .max()
        .unwrap_or(SimTime::ZERO);
    let mut assets = Vec::new();
    for (a, symbol) in rules.assets.iter().enumerate() {
        let of_asset = |m: &&Market| m.base.index() == a;
        let all: Vec<MarketId> = markets.iter().filter(of_asset).map(|m| m.id).collect();
        let is_perp = |id: &&MarketId| markets.get(**id).kind == InstrumentKind::Perp;
        let perps: Vec<MarketId> = all.iter().filter(is_perp).copied().collect();
        let open_interest = |id: &&MarketId| {
            let m = markets.get(**id);
            let exchange = venues.get(m.venue).exchange();
            let lots = exchange.open_interest(m.instrument);
            Price(m.unit.notional(exchange.mark(m.instrument), lots).0)
        };
        // On a tie, for instance without positions, the first market leads.
        let leading = perps
            .iter()
            .rev()
            .max_by_key(open_interest)
            .or(all.first())
            .copied();
        if let Some(leading) = leading {
            let alt = symbol != "BTC" && symbol != "ETH";
            assets.push(AssetMarkets {
                symbol: symbol.clone(),
                leading,
                all,
                perps,
                alt,
            });
        }
    }
    let venue_names = venues.iter().map(|v| v.name().to_owned()).collect();
    let symbols = markets.iter().map(|m| m.full_symbol.clone()).collect();
    Measures::new(news_at, assets, venue_names, markets.len(), symbols)
}

/// What tables call a venue's own accounts.
const SYSTEM_NAMES: [(AccountId, &str); 4] = [
    (Exchange::FEES, "fees"),
    (Exchange::INSURANCE, "insurance fund"),
    (Exchange::BACKSTOP, "backstop vault"),
    (Exchange::FUNDING, "funding"),
];

/// The names behind the ids, for the tables.
fn names(
    scenario: &Scenario,
    markets: &Markets,
    venues: &Venues,
    census: &Census,
    explicit: &[AccountId],
) -> Names {
    let populations: Vec<String> = census.populations.iter().map(|p| p.name.clone()).collect();
    let list = venues
        .iter()
        .map(|venue| {
            let mut names: Vec<Option<(String, Option<u32>)>> =
                vec![None; venue.exchange().accounts() as usize];
            for (id, name) in SYSTEM_NAMES {
                names[id.index()] = Some((name.to_owned(), None));
            }
            for pool in venue.exchange().insurance_pools().skip(1) {
                let name = format!("insurance pool {}", pool.name);
                names[pool.account.index()] = Some((name, None));
            }
            for (account, id) in scenario.explicit.accounts.iter().zip(explicit) {
                if account.venue == venue.id() {
                    names[id.index()] = Some((account.id.clone(), None));
                }
            }
            let mut counters = vec![0_u32; populations.len()];
            for (index, &agent) in census.owners[venue.id().index()].iter().enumerate() {
                if agent != NOBODY {
                    let p = usize::from(census.agent_population[agent as usize]);
                    names[index] = Some((populations[p].clone(), Some(counters[p])));
                    counters[p] += 1;
                }
            }
            VenueNames {
                name: venue.name().to_owned(),
                instruments: markets
                    .iter()
                    .filter(|m| m.venue == venue.id())
                    .map(|m| m.symbol.clone())
                    .collect(),
                accounts: ranges(&names),
            }
        })
        .collect();
    Names {
        venues: list,
        populations,
    }
}

/// Consecutive accounts that are numbered on belong to one range.
fn ranges(names: &[Option<(String, Option<u32>)>]) -> Vec<AccountRange> {
    let mut ranges: Vec<AccountRange> = Vec::new();
    for (id, entry) in names.iter().enumerate() {
        let Some((name, number)) = entry else {
            continue;
        };
        if let (Some(last), Some(number)) = (ranges.last_mut(), number)
            && last.name == *name
            && last
                .number
                .is_some_and(|first| first + last.count == *number)
            && last.first + last.count == id as u32
        {
            last.count += 1;
            continue;
        }
        ranges.push(AccountRange {
            first: id as u32,
            count: 1,
            name: name.clone(),
            number: *number,
        });
    }
    ranges
}
