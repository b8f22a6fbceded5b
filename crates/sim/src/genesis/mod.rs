//! The start of the market: populations become accounts, positions and agents.
//!
//! A population's totals come from the scenario; its members' sizes from [`crate::sampling`]. Long and
//! short positions agree because populations marked `balances` take the other side of the rest.
//!
//! `plan.rs` checks what a scenario says of a population, `draft.rs` gives its members sizes, positions
//! and leverage, `accounts.rs` opens their accounts, `holdings.rs` gives them what they have on chains
//! and in wallets.

mod accounts;
mod draft;
mod holdings;
mod levered;
mod plan;

use std::collections::BTreeMap;

use bevy_ecs::prelude::World;
use firesale_stablecoin::HolderId;
use firesale_types::{AgentId, AgentRng, AssetId, Domain, RunSeed, SimTime, StreamKey, hash64};

use self::draft::Draft;
use self::plan::{gas, latency, wake};
use crate::agent::Member;
use crate::app::Kind;
use crate::habits::Heed;
use crate::scenario::resolve::Rules;
use crate::venue::VenueMachine;
use crate::{Custody, MarketId, Markets, Population};

pub(crate) use holdings::endow;
pub(crate) use plan::{PopulationPlan, gwei, plan};

/// Stands in for the time in the streams of habits; that of a member's state is -1.
const HABITS: i64 = -2;

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
    /// What agents have in yield anchors, by coin.
    pub(crate) anchored: BTreeMap<AssetId, Vec<(HolderId, u128)>>,
    /// Each agent's part in its population's holdings off venues.
    pub(crate) shares: Vec<f64>,
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
            let sizes: f64 = drafts.iter().map(|draft| draft.size).sum();
            let equal = 1.0 / drafts.len().max(1) as f64;
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
                let share = if sizes > 0.0 {
                    draft.size / sizes
                } else {
                    equal
                };
                census.shares.push(share);
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
                gas: gas(&plan.table.gas),
                members: drafts.len() as u32,
                accounts: plan.accounts,
                customs: plan.customs,
            });
        }
        Ok(census)
    }
}
