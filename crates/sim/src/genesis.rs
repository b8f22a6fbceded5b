//! The start of the market: populations become accounts, positions and agents.
//!
//! A population's totals come from the scenario; its members' sizes from [`crate::sampling`]. Long and
//! short positions agree because populations marked `balances` take the other side of the rest.

use std::collections::BTreeMap;

use bevy_ecs::prelude::World;
use firesale_exchange::{AccountSpec, GenesisError, InstrumentKind, MarginMode};
use firesale_scheduler::{LatencyModel, WakePattern};
use firesale_types::{
    AccountId, AgentId, AgentRng, AssetId, Domain, Price, Qty, Rate, RunSeed, SimTime, StreamKey,
    Usd, VenueId, hash64,
};
use smallvec::SmallVec;

use crate::agent::Member;
use crate::app::{Kind, KindConfig};
use crate::config::{Problem, Spanned};
use crate::habits::{Customs, Habits, Heed, ROLL_SLOTS};
use crate::sampling::{LeverageLaw, SizeLaw, Stratum, permutation, stratify};
use crate::scenario::file::{
    AgentsTable, LatencyTable, LeverageTable, MarginName, PositionTable, SideName, SizeTable,
    WakeTable,
};
use crate::scenario::resolve::{Findings, Rules, customs, symbols};
use crate::scenario::{GRID_HELP, NO_GRID};
use crate::tick::NOBODY;
use crate::venue::VenueMachine;
use crate::{Custody, MarketId, Markets, Population};

/// Stands in for the time in the streams of habits; that of a member's state is -1.
const HABITS: i64 = -2;

/// The most real accounts in one population.
const MOST_ACCOUNTS: u64 = 100_000_000;
/// Populations up to this size are never sampled: every account is an agent.
const NEVER_SAMPLED: u64 = 200;

/// A population whose references are resolved.
#[derive(Debug)]
pub(crate) struct PopulationPlan<'a> {
    pub(crate) table: &'a AgentsTable,
    pub(crate) config: KindConfig,
    pub(crate) venues: Vec<VenueId>,
    pub(crate) markets: Vec<MarketId>,
    /// The same, with the contracts that members may roll into.
    pub(crate) known: Vec<MarketId>,
    pub(crate) accounts: u64,
    pub(crate) members: u64,
    pub(crate) customs: Customs,
}

/// Resolves a population's references and checks its numbers.
pub(crate) fn plan<'a>(
    entry: &'a Spanned<AgentsTable>,
    config: KindConfig,
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
    let count = table.count.value;
    if !(1..=MOST_ACCOUNTS).contains(&count) {
        findings.add(
            table.count.span,
            format!("a count of {count} is out of range: 1 to {MOST_ACCOUNTS}"),
            None,
        );
        return None;
    }
    let accounts = count;
    let scale = table.scale.map_or(scenario_scale, |s| s.to_f64());
    if !(scale > 0.0 && scale <= 1.0) {
        let message = format!("a scale of {scale} is out of range: above 0, at most 1");
        findings.add_within(entry.span, "scale", message);
        return None;
    }
    let members = ((accounts as f64 * scale) as u64)
        .max(accounts.min(NEVER_SAMPLED))
        .min(accounts);
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
        accounts,
        members,
    })
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

fn wake(table: &WakeTable) -> WakePattern {
    match table {
        WakeTable::Every(period) => WakePattern::Periodic(period.get()),
        WakeTable::Mean(mean) => WakePattern::Poisson(mean.get()),
        WakeTable::Never => WakePattern::Never,
    }
}

fn size_law(table: &SizeTable) -> SizeLaw {
    match table {
        SizeTable::Fixed(money) => SizeLaw::Fixed(money.get().to_f64()),
        SizeTable::Pareto(p) => SizeLaw::Pareto {
            min: p.min.get().to_f64(),
            alpha: p.alpha,
            cap: p.cap.get().to_f64(),
        },
    }
}

/// A starting position before it is booked: signed dollars at the starting price.
#[derive(Clone, Debug)]
struct Leg {
    market: MarketId,
    notional: f64,
}

/// A member before it is created.
#[derive(Clone, Debug)]
struct Draft {
    weight: u32,
    home: MarketId,
    legs: SmallVec<[Leg; 1]>,
    equity: f64,
    leverage: f64,
    entry: f64,
}

/// Everything that genesis builds on.
pub(crate) struct Genesis<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) markets: &'a Markets,
    pub(crate) seed: RunSeed,
    /// Factor on the excess of leverage over one.
    pub(crate) leverage: f64,
}

/// What genesis leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Census {
    pub(crate) populations: Vec<Population>,
    pub(crate) rows: Vec<(u16, u32)>,
    pub(crate) owners: Vec<Vec<u32>>,
    pub(crate) weights: Vec<u32>,
    pub(crate) agent_population: Vec<u16>,
    pub(crate) first_wakes: Vec<(u32, SimTime)>,
    pub(crate) heed: BTreeMap<u32, Heed>,
}

impl Genesis<'_> {
    fn stream(&self, population: u64, index: u64) -> AgentRng {
        let key = StreamKey {
            domain: Domain::Genesis,
            population,
            index,
            time_ns: 0,
        };
        AgentRng::open(self.seed, key)
    }

    fn price(&self, market: MarketId) -> f64 {
        let m = self.markets.get(market);
        m.usd(
            self.rules.venues[m.venue.index()].config.instruments[m.instrument.index()]
                .initial_price,
        )
    }

    /// Creates all populations.
    pub(crate) fn populate(
        &self,
        plans: &[PopulationPlan<'_>],
        kinds: &BTreeMap<&'static str, Kind>,
        venues: &mut [VenueMachine],
        custody: &mut Custody,
        world: &mut World,
    ) -> Result<Census, String> {
        let mut drafts: Vec<Vec<Draft>> = plans.iter().map(|plan| self.draft(plan)).collect();
        self.balance(plans, &mut drafts)?;
        let mut census = Census {
            owners: vec![Vec::new(); venues.len()],
            ..Census::default()
        };
        let mut rows_of_kind = vec![0_u32; kinds.len()];
        for (number, (plan, drafts)) in plans.iter().zip(drafts).enumerate() {
            let (name, kind) = kinds
                .get_key_value(plan.table.kind.value.as_str())
                .expect("checked when planned");
            let hash = hash64(plan.table.name.as_bytes());
            let wake = wake(&plan.table.wake);
            for (index, draft) in drafts.iter().enumerate() {
                let agent = AgentId(census.rows.len() as u32);
                let accounts = self.open_accounts(
                    plan,
                    number as u16,
                    kind,
                    draft,
                    agent,
                    venues,
                    custody,
                    world,
                    &mut census,
                )?;
                let habits = self.habits(plan, (kind, number as u16), (hash, index as u64), world);
                let urge = habits.first(&plan.customs, self.markets);
                if plan.customs.roll.is_some() || plan.customs.run.is_some() {
                    census.heed.insert(agent.0, habits.heed());
                }
                let member = Member {
                    agent,
                    population: number as u16,
                    index: index as u32,
                    weight: draft.weight,
                    order_seq: 0,
                    home: draft.home,
                    accounts,
                    habits,
                };
                (kind.spawn)(world, hash, member, self.seed);
                census
                    .rows
                    .push((kind.index as u16, rows_of_kind[kind.index]));
                rows_of_kind[kind.index] += 1;
                census.weights.push(draft.weight);
                census.agent_population.push(number as u16);
                let key = StreamKey {
                    domain: Domain::Wake,
                    population: hash,
                    index: index as u64,
                    time_ns: -1,
                };
                let regular = wake.first(&mut AgentRng::open(self.seed, key));
                if let Some(at) = regular.into_iter().chain(urge).min() {
                    census.first_wakes.push((agent.0, at));
                }
            }
            census.populations.push(Population {
                name: plan.table.name.clone(),
                hash,
                kind: name,
                markets: plan.known.clone(),
                latency: latency(&plan.table.latency),
                wake,
                feed: plan.table.feed,
                transfer: latency(&plan.table.transfer),
                members: drafts.len() as u32,
                accounts: plan.accounts,
                customs: plan.customs,
            });
        }
        Ok(census)
    }

    fn draft(&self, plan: &PopulationPlan<'_>) -> Vec<Draft> {
        let hash = hash64(plan.table.name.as_bytes());
        match &plan.table.position {
            Some(position) => self.draft_positions(plan, &position.value, hash),
            None => self.draft_equities(plan, hash),
        }
    }

    /// Members without a starting position: equity by law, home markets by share.
    fn draft_equities(&self, plan: &PopulationPlan<'_>, hash: u64) -> Vec<Draft> {
        let law = plan
            .table
            .equity
            .as_ref()
            .map_or(SizeLaw::Fixed(0.0), size_law);
        let strata = stratify(law, plan.accounts, plan.members);
        let order = permutation(strata.len(), &mut self.stream(hash, 1));
        let share = |m: &MarketId| plan.table.shares.get(&self.markets.get(*m).symbol).copied();
        let weights: Vec<f64> = if plan.table.shares.is_empty() {
            vec![1.0; plan.markets.len()]
        } else {
            plan.markets
                .iter()
                .map(|m| share(m).unwrap_or(0.0).max(0.0))
                .collect()
        };
        let total: f64 = weights.iter().sum();
        let n = strata.len() as f64;
        strata
            .iter()
            .enumerate()
            .map(|(i, stratum)| {
                // Systematic sampling over a random order: every market gets its share of members.
                let mut target = (f64::from(order[i]) + 0.5) / n * total;
                let mut home = plan.markets[0];
                for (market, weight) in plan.markets.iter().zip(&weights) {
                    home = *market;
                    if target < *weight {
                        break;
                    }
                    target -= weight;
                }
                Draft {
                    weight: stratum.weight,
                    home,
                    legs: SmallVec::new(),
                    equity: stratum.size * f64::from(stratum.weight),
                    leverage: 1.0,
                    entry: 1.0,
                }
            })
            .collect()
    }

    fn draft_positions(
        &self,
        plan: &PopulationPlan<'_>,
        position: &PositionTable,
        hash: u64,
    ) -> Vec<Draft> {
        let venue = plan.venues[0];
        let targets: Vec<(MarketId, f64)> = position
            .notional
            .iter()
            .filter_map(|(s, money)| Some((self.markets.find(venue, s)?, money.get().to_f64())))
            .filter(|(_, notional)| *notional > 0.0)
            .collect();
        if targets.is_empty() {
            return Vec::new();
        }
        let strata = stratify(size_law(&position.size), plan.accounts, plan.members);
        let mut drafts = self.spread(&strata, &targets, position, hash);
        self.scale_to_targets(&mut drafts, &targets);
        self.give_leverage(&mut drafts, position, plan.table.margin, hash);
        drafts
    }

    /// Gives each member its markets: at random in proportion to what is still missing there, a large
    /// member only where it stays below the largest share.
    fn spread(
        &self,
        strata: &[Stratum],
        targets: &[(MarketId, f64)],
        position: &PositionTable,
        hash: u64,
    ) -> Vec<Draft> {
        let mut rng = self.stream(hash, 2);
        let sign = if position.side == SideName::Long {
            1.0
        } else {
            -1.0
        };
        let sum: f64 = strata.iter().map(|s| f64::from(s.weight) * s.size).sum();
        let total: f64 = targets.iter().map(|t| t.1).sum();
        let factor = if sum > 0.0 { total / sum } else { 0.0 };
        let max_share = position.max_share.to_f64();
        let mut missing: Vec<f64> = targets.iter().map(|t| t.1).collect();
        let legs = position.legs.clamp(1, targets.len());
        strata
            .iter()
            .map(|stratum| {
                let notional = f64::from(stratum.weight) * stratum.size * factor;
                let single = stratum.size * factor;
                let mut chosen: SmallVec<[usize; 4]> = SmallVec::new();
                for _ in 0..legs {
                    let open = |i: &usize| {
                        !chosen.contains(i)
                            && missing[*i] > 0.0
                            && single / legs as f64 <= max_share * targets[*i].1
                    };
                    let weight: f64 = (0..targets.len()).filter(open).map(|i| missing[i]).sum();
                    let mut at = rng.uniform() * weight;
                    let pick = (0..targets.len()).filter(open).find(|&i| {
                        at -= missing[i];
                        at <= 0.0
                    });
                    let largest = || {
                        (0..targets.len())
                            .filter(|i| !chosen.contains(i))
                            .max_by(|&a, &b| missing[a].total_cmp(&missing[b]))
                    };
                    if let Some(i) = pick.or_else(largest) {
                        chosen.push(i);
                    }
                }
                let weight: f64 = chosen.iter().map(|&i| targets[i].1).sum();
                let list = chosen.iter().map(|&i| {
                    let part = notional * targets[i].1 / weight;
                    missing[i] = (missing[i] - part).max(0.0);
                    Leg {
                        market: targets[i].0,
                        notional: sign * part,
                    }
                });
                let list: SmallVec<[Leg; 1]> = list.collect();
                Draft {
                    weight: stratum.weight,
                    home: list[0].market,
                    legs: list,
                    equity: 0.0,
                    leverage: 1.0,
                    entry: 1.0,
                }
            })
            .collect()
    }

    fn scale_to_targets(&self, drafts: &mut [Draft], targets: &[(MarketId, f64)]) {
        for &(market, target) in targets {
            let legs = || {
                drafts
                    .iter()
                    .flat_map(|d| d.legs.iter())
                    .filter(|l| l.market == market)
            };
            let sum: f64 = legs().map(|l| l.notional.abs()).sum();
            if sum <= 0.0 {
                continue;
            }
            for draft in drafts.iter_mut() {
                for leg in draft.legs.iter_mut().filter(|l| l.market == market) {
                    leg.notional *= target / sum;
                }
            }
        }
    }

    /// Leverage by quantile of notional: members in random order take the quantile at which their
    /// notional stands in the running total, so that the law holds for notional, not for counts.
    fn give_leverage(
        &self,
        drafts: &mut [Draft],
        position: &PositionTable,
        margin: MarginName,
        hash: u64,
    ) {
        let order = permutation(drafts.len(), &mut self.stream(hash, 3));
        let total: f64 = drafts.iter().map(|d| gross(&d.legs)).sum();
        let mut entries = self.stream(hash, 4);
        let mut before = 0.0;
        for i in order {
            let draft = &mut drafts[i as usize];
            let notional = gross(&draft.legs);
            let u = ((before + 0.5 * notional) / total).clamp(1e-9, 1.0 - 1e-9);
            before += notional;
            draft.leverage = self.leverage_of(draft, position, margin, u);
            draft.equity = notional / draft.leverage;
            let z = firesale_types::normal(&mut entries);
            draft.entry = (1.0 + position.entry_mean + position.entry_sd * z).max(0.2);
        }
    }

    fn leverage_of(
        &self,
        draft: &Draft,
        position: &PositionTable,
        margin: MarginName,
        u: f64,
    ) -> f64 {
        let (mut maintenance, mut initial, mut stretch) = (0.0, 0.0, 0.0);
        let notional = gross(&draft.legs);
        for leg in &draft.legs {
            let m = self.markets.get(leg.market);
            let config = &self.rules.venues[m.venue.index()].config;
            let instrument = &config.instruments[m.instrument.index()];
            let value = Usd::from_f64(leg.notional.abs()).unwrap_or(Usd::ZERO);
            match &config.portfolio {
                Some(grid) if margin == MarginName::Portfolio => {
                    // All legs of a member are on one side: nothing hedges them.
                    let needed = value.to_f64() * grid.naked_rate(&instrument.symbol).to_f64();
                    maintenance += needed;
                    initial += needed * grid.initial.to_f64();
                }
                _ => {
                    let tiers = &instrument.tiers;
                    maintenance += tiers.maintenance(value, draft.weight).to_f64();
                    initial += tiers.initial(value, draft.weight, Rate::ZERO).to_f64();
                }
            }
            if let LeverageTable::Curve(curve) = &position.leverage {
                let by_symbol = curve.stretch.get(&m.symbol).copied().unwrap_or(1.0);
                stretch += by_symbol * leg.notional.abs() / notional;
            }
        }
        let law = match &position.leverage {
            LeverageTable::Fixed(leverage) => LeverageLaw::Fixed(*leverage),
            LeverageTable::Lognormal(l) => LeverageLaw::Lognormal {
                median: l.median,
                sigma: l.sigma,
                max: l.max,
            },
            LeverageTable::Curve(c) => LeverageLaw::Curve {
                share: c.share,
                distance: c.distance * stretch,
                shape: c.shape,
                rest: c.rest,
            },
        };
        law.at(
            u,
            maintenance / notional,
            notional / initial.max(1e-9),
            self.leverage,
        )
    }

    /// Populations that balance take the opposite of everybody else's net position, in proportion.
    fn balance(
        &self,
        plans: &[PopulationPlan<'_>],
        drafts: &mut [Vec<Draft>],
    ) -> Result<(), String> {
        let balances = |plan: &PopulationPlan<'_>| {
            plan.table
                .position
                .as_ref()
                .is_some_and(|p| p.value.balances)
        };
        let mut net: BTreeMap<MarketId, f64> = BTreeMap::new();
        let mut counter: BTreeMap<MarketId, f64> = BTreeMap::new();
        for (plan, drafts) in plans.iter().zip(&*drafts) {
            let side = if balances(plan) {
                &mut counter
            } else {
                &mut net
            };
            for leg in drafts.iter().flat_map(|d| &d.legs) {
                *side.entry(leg.market).or_default() += leg.notional;
            }
        }
        for (plan, drafts) in plans.iter().zip(&mut *drafts) {
            if !balances(plan) {
                continue;
            }
            for draft in drafts.iter_mut() {
                for leg in &mut draft.legs {
                    let wanted = -net.get(&leg.market).copied().unwrap_or(0.0);
                    let have = counter[&leg.market];
                    if wanted * have < 0.0 {
                        return Err(format!(
                            "`{}` is to balance {}, but the others are net {} already",
                            plan.table.name,
                            self.markets.get(leg.market).symbol,
                            if wanted > 0.0 { "short" } else { "long" },
                        ));
                    }
                    leg.notional *= wanted / have;
                }
                draft.equity = gross(&draft.legs) / draft.leverage;
            }
        }
        self.whole_lots(plans, drafts)
    }

    /// Rounds positions to lots; the rest of each market goes to its largest balancing position.
    fn whole_lots(
        &self,
        plans: &[PopulationPlan<'_>],
        drafts: &mut [Vec<Draft>],
    ) -> Result<(), String> {
        let mut sums: BTreeMap<MarketId, i64> = BTreeMap::new();
        let mut absorbers: BTreeMap<MarketId, (usize, usize, usize, f64)> = BTreeMap::new();
        for (p, plan) in plans.iter().enumerate() {
            let balances = plan
                .table
                .position
                .as_ref()
                .is_some_and(|t| t.value.balances);
            for (d, draft) in drafts[p].iter_mut().enumerate() {
                for (l, leg) in draft.legs.iter_mut().enumerate() {
                    let market = self.markets.get(leg.market);
                    let price = self.price(leg.market);
                    let lots = libm::rint(leg.notional / (price * market.lot_base));
                    leg.notional = lots;
                    *sums.entry(leg.market).or_default() += lots as i64;
                    let best = absorbers.get(&leg.market).is_none_or(|a| a.3 < lots.abs());
                    if balances && best {
                        absorbers.insert(leg.market, (p, d, l, lots.abs()));
                    }
                }
            }
        }
        for (market, sum) in sums {
            if sum == 0 {
                continue;
            }
            let Some(&(p, d, l, _)) = absorbers.get(&market) else {
                return Err(format!(
                    "positions in {} do not add up: long minus short is {sum} lots; mark a population with position.balances = true",
                    self.markets.get(market).symbol
                ));
            };
            drafts[p][d].legs[l].notional -= sum as f64;
        }
        Ok(())
    }

    /// Opens a member's accounts, credits its money and books its positions.
    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where all parts of the start meet"
    )]
    fn open_accounts(
        &self,
        plan: &PopulationPlan<'_>,
        population: u16,
        kind: &Kind,
        draft: &Draft,
        agent: AgentId,
        venues: &mut [VenueMachine],
        custody: &mut Custody,
        world: &World,
        census: &mut Census,
    ) -> Result<SmallVec<[(VenueId, AccountId); 1]>, String> {
        let mut accounts = SmallVec::new();
        let members = plan.members as f64;
        for &venue in &plan.venues {
            let own = self.own_slots(plan, venue, (kind, population), world);
            let exchange = venues[venue.index()].exchange_mut();
            let margin_mode = plan.table.margin.mode();
            let account = exchange.open_account(AccountSpec {
                weight: draft.weight,
                margin_mode,
                position_mode: plan.table.position_mode.mode(),
                max_slots: own + self.roll_slots(plan),
            });
            let owners = &mut census.owners[venue.index()];
            owners.resize(account.index() + 1, NOBODY);
            owners[account.index()] = agent.0;
            let settlement = self.rules.venues[venue.index()].config.settlement;
            if draft.legs.is_empty() {
                let money = Usd::from_f64(draft.equity).unwrap_or(Usd::ZERO);
                exchange
                    .credit(account, settlement, money)
                    .map_err(|e| e.to_string())?;
            } else {
                let parts = self.pledged_parts(plan.table);
                let part = parts.iter().map(|(_, part)| part).sum();
                self.book(draft, account, part, exchange)
                    .and_then(|money| self.pledge(&parts, money, account, exchange))
                    .map_err(|e| e.to_string())?;
            }
            for (symbol, money) in &plan.table.inventory {
                let asset = self.rules.asset(symbol).expect("checked when planned");
                let spot = |m: &&crate::Market| {
                    m.venue == venue && m.base == asset && m.kind == InstrumentKind::Spot
                };
                if self.markets.iter().find(spot).is_some() {
                    let units = money.get().to_f64()
                        / self.rules.fundamentals[asset.index()].price
                        / members;
                    let units = Usd::from_f64(units).unwrap_or(Usd::ZERO);
                    exchange
                        .credit(account, asset, units)
                        .map_err(|e| e.to_string())?;
                }
            }
            accounts.push((venue, account));
        }
        let settlement = self.rules.venues[plan.venues[0].index()].config.settlement;
        self.endow_wallet(plan, draft, agent, settlement, custody);
        Ok(accounts)
    }

    /// Order slots of a member's kind on a venue.
    fn own_slots(
        &self,
        plan: &PopulationPlan<'_>,
        venue: VenueId,
        (kind, population): (&Kind, u16),
        world: &World,
    ) -> u16 {
        let here = |m: &&MarketId| self.markets.get(**m).venue == venue;
        let markets = plan.known.iter().filter(here).count();
        (kind.slots)(world, population, markets)
    }

    /// Order slots for rolling: on every venue for every market that ends.
    fn roll_slots(&self, plan: &PopulationPlan<'_>) -> u16 {
        let ends = |m: &&MarketId| self.markets.get(**m).next.is_some();
        let ends = plan.known.iter().filter(ends).count() as u16;
        plan.customs.roll.map_or(0, |_| ROLL_SLOTS * ends)
    }

    fn habits(
        &self,
        plan: &PopulationPlan<'_>,
        (kind, population): (&Kind, u16),
        (hash, index): (u64, u64),
        world: &World,
    ) -> Habits {
        let key = StreamKey {
            domain: Domain::Genesis,
            population: hash,
            index,
            time_ns: HABITS,
        };
        let markets = plan.known.iter().map(|m| {
            let market = self.markets.get(*m);
            let slot = self.own_slots(plan, market.venue, (kind, population), world);
            (market, slot)
        });
        let rng = &mut AgentRng::open(self.seed, key);
        Habits::new(&plan.customs, markets, rng)
    }

    fn endow_wallet(
        &self,
        plan: &PopulationPlan<'_>,
        draft: &Draft,
        agent: AgentId,
        settlement: AssetId,
        custody: &mut Custody,
    ) {
        let outside = draft.equity * plan.table.wallet.to_f64();
        custody.endow(
            agent,
            settlement,
            Usd::from_f64(outside).unwrap_or(Usd::ZERO),
        );
    }

    /// Credits money in collateral assets that count as much, in the population's proportions.
    fn pledge(
        &self,
        parts: &[(AssetId, f64)],
        money: f64,
        account: AccountId,
        exchange: &mut firesale_exchange::Exchange,
    ) -> Result<(), GenesisError> {
        let all: f64 = parts.iter().map(|(_, part)| part).sum();
        for &(asset, part) in parts {
            let rules = &exchange.config().collateral;
            let rules = rules.iter().find(|c| c.asset == asset);
            let counts = rules.map_or(1.0, |rules| {
                (Rate::ONE - rules.haircut).to_f64() * rules.initial_price.to_f64()
            });
            let units = Usd::from_f64(money * part / all / counts).unwrap_or(Usd::ZERO);
            if units > Usd::ZERO {
                exchange.credit(account, asset, units)?;
            }
        }
        Ok(())
    }

    /// The parts of a population's equity that are held in collateral assets.
    fn pledged_parts(&self, table: &AgentsTable) -> Vec<(AssetId, f64)> {
        let parts = table.collateral.iter();
        parts
            .filter_map(|(symbol, part)| Some((self.rules.asset(symbol)?, part.to_f64())))
            .collect()
    }

    /// Books starting positions so that equity at the starting mark is what was drafted. Returns
    /// how much of the money paid in, the part `pledged`, is still to come as collateral, in dollars.
    fn book(
        &self,
        draft: &Draft,
        account: AccountId,
        pledged: f64,
        exchange: &mut firesale_exchange::Exchange,
    ) -> Result<f64, GenesisError> {
        let settlement = exchange.config().settlement;
        let mode = exchange.margin_mode(account);
        let mut left = 0.0;
        let value = |leg: &Leg| {
            let market = self.markets.get(leg.market);
            market.notional(Qty(leg.notional as i64), self.price(leg.market))
        };
        let gross_value: f64 = draft.legs.iter().map(|l| value(l).abs()).sum();
        for leg in &draft.legs {
            let market = self.markets.get(leg.market);
            let qty = Qty(leg.notional as i64);
            if qty == Qty::ZERO {
                continue;
            }
            let mark = self.price(leg.market);
            let share = if gross_value > 0.0 {
                value(leg).abs() / gross_value
            } else {
                0.0
            };
            let equity = Usd::from_f64(draft.equity * share).unwrap_or(Usd::ZERO);
            let unrealised = |entry: Price| {
                market.unit.notional(market.price(mark), qty) - market.unit.notional(entry, qty)
            };
            // A profit is taken out, a loss is paid in: what remains is the drafted equity. A profit
            // larger than the equity would leave a debt: such a position was opened at today's price.
            let drafted: Price = market.price(mark * draft.entry);
            let entry = if unrealised(drafted) < equity {
                drafted
            } else {
                market.price(mark)
            };
            let margin = equity - unrealised(entry);
            if mode == MarginMode::Isolated {
                exchange.seed_position(account, market.instrument, qty, entry, Some(margin))?;
            } else {
                let collateral = Usd::from_f64(margin.to_f64() * pledged).unwrap_or(Usd::ZERO);
                let collateral = collateral.min(margin);
                if margin > collateral {
                    exchange.credit(account, settlement, margin - collateral)?;
                }
                left += collateral.to_f64();
                exchange.seed_position(account, market.instrument, qty, entry, None)?;
            }
        }
        Ok(left)
    }
}

fn gross(legs: &[Leg]) -> f64 {
    legs.iter().map(|l| l.notional.abs()).sum()
}
