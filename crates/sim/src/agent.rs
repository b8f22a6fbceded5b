//! The agent API: a kind, its members, their turns, and the one sanctioned parallel loop.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::{Component, Query, Res, Resource};
use bevy_ecs::system::SystemParam;
use firesale_chain::Transaction;
use firesale_exchange::{Cause, ExchangeEvent, InstrumentKind, Leg, PositionView, Report};
use firesale_matching::{OrderRequest, Pricing, SelfTrade};
use firesale_scheduler::{LatencyModel, Wake, WakePattern, Workers};
use firesale_stablecoin::{HolderId, IssuerEvent};
use firesale_types::{
    AccountId, AgentId, AgentRng, AssetId, Domain, OrderId, Price, Qty, RunSeed, SimDuration,
    SimTime, StreamKey, Usd, VenueId,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::board::PlatformBoard;
use crate::habits::{Customs, Habits};
use crate::intent::{Action, Intent, Placement};
use crate::onchain::{ChainId, Chains, IssuerId, Issuers, Place};
use crate::{
    Assets, Custody, Feed, Fundamentals, Market, MarketId, MarketView, Markets, PlatformView,
    Quote, Venues,
};

/// A kind of agent: its state is a component, its parameters come from the scenario file.
///
/// The state holds everything a member remembers, so that a checkpoint is complete; a system of the
/// kind keeps nothing of its own.
pub trait AgentKind: Component<Mutability = Mutable> + Serialize + DeserializeOwned {
    /// The name in scenario files.
    const KIND: &'static str;
    /// Which reports wake a member at once; others are seen only by a member that is awake anyway.
    const WAKE_ON: WakeOn = WakeOn::NOTHING;
    /// Whether members trade on venues; a kind that can do without has no own market if its scenario
    /// gives it no venue.
    const NEEDS_VENUE: bool = true;
    /// The keys that this kind adds to `[[agents]]`.
    type Config: DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// A new member; `rng` is its own stream.
    fn new(config: &Self::Config, rng: &mut AgentRng) -> Self;

    /// How many orders a member may have open at once on one venue, given the number of its markets
    /// there.
    fn slots(_config: &Self::Config, _markets: usize) -> u16 {
        8
    }

    /// Whether the values of the keys make sense; most kinds ask [`within`] for each.
    ///
    /// # Errors
    /// The first key that does not, and what was expected.
    fn check(_config: &Self::Config) -> Result<(), Misfit> {
        Ok(())
    }

    /// The names of assets and markets in the kind's own keys, or in tables that they hold: the key,
    /// what it names, and the name. Unknown ones are refused.
    fn names(_config: &Self::Config) -> Vec<(&'static str, NameOf, String)> {
        Vec::new()
    }
}

/// What a name in a kind's keys stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// An asset that markets are on: `BTC`.
    Base,
    /// An instrument, on whatever venue: `BTC-PERP`.
    Symbol,
    /// An instrument of a venue: `BTC-PERP.binance`.
    Market,
    /// Any asset.
    Asset,
    /// An asset that an issuer of the scenario issues.
    Coin,
    /// A pool.
    Pool,
    /// A lending market.
    Lender,
}

/// A key of a kind whose value makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The key.
    pub key: &'static str,
    /// What is wrong with its value.
    pub message: String,
}

/// The largest leverage that an agent may take: no venue offers more than 125.
pub const MOST_LEVERAGE: f64 = 500.0;

/// Refuses the value of a key outside of a range, and what is no number.
///
/// # Errors
/// The key and the range.
pub fn within(key: &'static str, value: f64, least: f64, most: f64) -> Result<(), Misfit> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let message = format!("{value} is out of range: {least} to {most}");
    Err(Misfit { key, message })
}

/// A set of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakeOn(u8);

impl WakeOn {
    /// No report.
    pub const NOTHING: Self = Self(0);
    /// Fills.
    pub const FILLS: Self = Self(1);
    /// Margin calls.
    pub const MARGIN_CALLS: Self = Self(2);
    /// Liquidations and auto-deleveraging of the own account.
    pub const LIQUIDATIONS: Self = Self(4);
    /// Refusals and cancellations that were not asked for.
    pub const REFUSALS: Self = Self(8);
    /// Withdrawals.
    pub const TRANSFERS: Self = Self(16);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set has the report's kind.
    #[must_use]
    pub const fn has(self, report: &Report) -> bool {
        let bit = match report {
            Report::Fill { .. } => Self::FILLS,
            Report::MarginCall { .. } => Self::MARGIN_CALLS,
            Report::Liquidated { .. }
            | Report::Deleveraged { .. }
            | Report::Offset { .. }
            | Report::LossShared { .. }
            | Report::Charged { .. }
            | Report::Delivered { .. } => Self::LIQUIDATIONS,
            Report::Refused { .. } | Report::Unavailable { .. } | Report::Cancelled { .. } => {
                Self::REFUSALS
            }
            Report::FundCalled { .. }
            | Report::Withdrawn { .. }
            | Report::DepositRefused { .. }
            | Report::WithdrawalRefused { .. }
            | Report::WithdrawalQueued { .. }
            | Report::MarginRefused { .. }
            | Report::LeverageSet { .. }
            | Report::LeverageRefused { .. }
            | Report::PositionModeSet { .. }
            | Report::PositionModeRefused { .. }
            | Report::MarginModeSet { .. }
            | Report::MarginModeRefused { .. }
            | Report::VaultDeposited { .. }
            | Report::VaultWithdrawn { .. }
            | Report::VaultRefused => Self::TRANSFERS,
        };
        self.0 & bit.0 != 0
    }
}

/// Who a member is, beside its kind's state. One component type for each kind, so that the schedule sees
/// that kinds never touch each other's members.
#[derive(Component, Clone, Debug)]
pub struct MemberOf<K: AgentKind> {
    pub(crate) who: Member,
    kind: PhantomData<fn() -> K>,
}

impl<K: AgentKind> MemberOf<K> {
    pub(crate) const fn new(who: Member) -> Self {
        Self {
            who,
            kind: PhantomData,
        }
    }
}

/// Who a member is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    pub(crate) agent: AgentId,
    pub(crate) population: u16,
    pub(crate) index: u32,
    pub(crate) weight: u32,
    pub(crate) order_seq: u16,
    pub(crate) home: MarketId,
    pub(crate) accounts: SmallVec<[(VenueId, AccountId); 1]>,
    pub(crate) habits: Habits,
}

impl Member {
    fn account(&self, venue: VenueId) -> Option<AccountId> {
        self.accounts
            .iter()
            .find(|(v, _)| *v == venue)
            .map(|(_, a)| *a)
    }
}

/// What all members of a population share.
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name in the scenario.
    pub name: String,
    /// The hash of the name, for streams.
    pub(crate) hash: u64,
    /// Its kind.
    pub kind: &'static str,
    /// The markets its members know, their own first.
    pub markets: Vec<MarketId>,
    /// The time from a member's decision to the arrival of its message.
    pub latency: LatencyModel,
    /// When its members look.
    pub wake: WakePattern,
    /// How fast they see.
    pub feed: Feed,
    /// How long a transfer of theirs between machines takes.
    pub transfer: LatencyModel,
    /// What its members offer for a place in a block.
    pub gas: GasTerms,
    /// Agents.
    pub members: u32,
    /// Real accounts they stand for.
    pub accounts: u64,
    /// What they do beside what their kind decides.
    pub(crate) customs: Customs,
}

/// What the members of a population offer for a place in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasTerms {
    /// What the producer gets for one gas, in the smallest unit of the native token.
    pub tip: u128,
    /// Most for one gas, base fee and tip together.
    pub most: u128,
    /// How long a transaction may wait.
    pub patience: SimDuration,
}

/// All populations, in the order of the scenario.
#[derive(Clone, Debug, Default, Resource)]
pub struct Populations(pub Vec<Population>);

/// The parameters of one kind's populations.
#[derive(Debug, Resource)]
pub(crate) struct KindConfigs<K: AgentKind>(pub(crate) BTreeMap<u16, Arc<K::Config>>);

/// A member that decides in this tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueRow {
    pub(crate) row: u32,
    pub(crate) at: SimTime,
}

/// Who decides in this tick, by kind, ordered by row.
#[derive(Debug, Default, Resource)]
pub(crate) struct Due(pub(crate) Vec<Vec<DueRow>>);

/// The place of a kind in [`Due`] and [`Outbox`].
#[derive(Debug, Resource)]
pub(crate) struct KindIndex<K: AgentKind>(pub(crate) usize, pub(crate) PhantomData<fn() -> K>);

/// Reports of the last tick, ordered by agent.
#[derive(Debug, Default, Resource)]
pub(crate) struct Inbox(pub(crate) Vec<(AgentId, AgentReport)>);

/// A report and the venue it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgentReport {
    /// The venue.
    pub venue: VenueId,
    /// What it says.
    pub report: Report,
}

/// A message on its way from an agent.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    Venue {
        agent: AgentId,
        venue: VenueId,
        at: SimTime,
        latency: SimDuration,
        event: ExchangeEvent,
    },
    Deposit {
        agent: AgentId,
        to: VenueId,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
        arrives: SimTime,
    },
    Payout {
        from: VenueId,
        account: AccountId,
        then: Option<(VenueId, AccountId)>,
        travel: SimDuration,
    },
    Chain {
        agent: AgentId,
        chain: ChainId,
        at: SimTime,
        latency: SimDuration,
        transaction: Box<Transaction>,
    },
    ToChain {
        agent: AgentId,
        chain: ChainId,
        asset: AssetId,
        amount: Usd,
        arrives: SimTime,
    },
    ToIssuer {
        agent: AgentId,
        issuer: IssuerId,
        asset: AssetId,
        /// As venues count it.
        amount: Usd,
        answer: Place,
        event: fn(HolderId, u128) -> IssuerEvent,
        at: SimTime,
    },
    Tell {
        agent: AgentId,
        issuer: IssuerId,
        answer: Place,
        event: IssuerEvent,
        at: SimTime,
    },
}

/// What the members of one kind want, in the order of rows.
#[derive(Debug, Default)]
pub(crate) struct KindOutbox {
    pub(crate) sent: Vec<Sent>,
    pub(crate) wakes: Vec<Wake>,
}

/// One slot for each kind, so that kinds may decide in any order.
#[derive(Debug, Default, Resource)]
pub(crate) struct Outbox(pub(crate) Vec<Mutex<KindOutbox>>);

/// The threads of the run.
#[derive(Debug, Resource)]
pub(crate) struct Pool(pub(crate) Workers);

/// The seed of the run.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct Seed(pub(crate) RunSeed);

/// Below this many members due, a thread pool costs more than it saves.
const INLINE: usize = 2000;
/// Members in one part of a parallel loop.
const PART: usize = 512;

/// Everything the members of a kind may read, and the loop over those that are due.
#[derive(SystemParam)]
pub struct Agents<'w, 's, K: AgentKind> {
    rows: Query<'w, 's, (&'static mut K, &'static mut MemberOf<K>)>,
    configs: Res<'w, KindConfigs<K>>,
    kind: Res<'w, KindIndex<K>>,
    due: Res<'w, Due>,
    inbox: Res<'w, Inbox>,
    outbox: Res<'w, Outbox>,
    pool: Res<'w, Pool>,
    seed: Res<'w, Seed>,
    populations: Res<'w, Populations>,
    world: Surroundings<'w>,
}

/// What surrounds every agent alike.
#[derive(SystemParam)]
pub struct Surroundings<'w> {
    pub(crate) view: Res<'w, MarketView>,
    pub(crate) markets: Res<'w, Markets>,
    pub(crate) assets: Res<'w, Assets>,
    pub(crate) venues: Res<'w, Venues>,
    board: Res<'w, PlatformBoard>,
    custody: Res<'w, Custody>,
    pub(crate) fundamentals: Res<'w, Fundamentals>,
    pub(crate) chains: Res<'w, Chains>,
    pub(crate) issuers: Res<'w, Issuers>,
}

impl<K: AgentKind> Agents<'_, '_, K> {
    /// Lets every member that is due decide, in parallel when there are many. A decision sees the
    /// public view, the member's own state and account, and its own random stream; nothing else, so
    /// the order of decisions does not matter.
    pub fn par_decide(&mut self, decide: impl Fn(&mut K, &mut Turn<'_, K>) + Sync) {
        let due = &self.due.0[self.kind.0];
        if due.is_empty() {
            return;
        }
        let Ok(mut tables) = self.rows.contiguous_iter_mut() else {
            unreachable!("agent components are stored in tables")
        };
        let (mut states, mut members) = tables.next().expect("a kind with due members has rows");
        let (states, members) = (
            states.bypass_change_detection(),
            members.bypass_change_detection(),
        );
        assert!(
            tables.next().is_none(),
            "all members of a kind share one archetype"
        );

        let shared = Shared {
            configs: &self.configs.0,
            inbox: &self.inbox.0,
            seed: self.seed.0,
            populations: &self.populations.0,
            world: &self.world,
        };
        let part_size = if due.len() < INLINE { due.len() } else { PART };
        let mut parts = Vec::with_capacity(due.len().div_ceil(part_size));
        let (mut states, mut members, mut offset) = (states, members, 0);
        for rows in due.chunks(part_size) {
            let end = rows[rows.len() - 1].row as usize + 1 - offset;
            let (mine, rest) = states.split_at_mut(end);
            let (my_members, other_members) = members.split_at_mut(end);
            parts.push(Part {
                first: offset,
                rows,
                states: mine,
                members: my_members,
            });
            (states, members, offset) = (rest, other_members, offset + end);
        }
        let outcomes = self.pool.0.map(parts, |part| part.decide(&shared, &decide));
        let mut outbox = self.outbox.0[self.kind.0]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for mut outcome in outcomes {
            outbox.sent.append(&mut outcome.sent);
            outbox.wakes.append(&mut outcome.wakes);
        }
    }
}

struct Shared<'a, 'w, K: AgentKind> {
    configs: &'a BTreeMap<u16, Arc<K::Config>>,
    inbox: &'a [(AgentId, AgentReport)],
    seed: RunSeed,
    populations: &'a [Population],
    world: &'a Surroundings<'w>,
}

struct Part<'a, K: AgentKind> {
    first: usize,
    rows: &'a [DueRow],
    states: &'a mut [K],
    members: &'a mut [MemberOf<K>],
}

impl<K: AgentKind> Part<'_, K> {
    fn decide(
        self,
        shared: &Shared<'_, '_, K>,
        decide: &(impl Fn(&mut K, &mut Turn<'_, K>) + Sync),
    ) -> KindOutbox {
        let mut out = KindOutbox::default();
        for due in self.rows {
            let local = due.row as usize - self.first;
            let member = &mut self.members[local].who;
            let population = &shared.populations[usize::from(member.population)];
            let key = StreamKey {
                domain: Domain::Decision,
                population: population.hash,
                index: u64::from(member.index),
                time_ns: due.at.0,
            };
            let mut turn = Turn {
                now: due.at,
                rng: AgentRng::open(shared.seed, key),
                latency_rng: AgentRng::open(
                    shared.seed,
                    StreamKey {
                        domain: Domain::Latency,
                        ..key
                    },
                ),
                config: shared.configs[&member.population].as_ref(),
                reports: reports_of(shared.inbox, member.agent),
                next_wake: None,
                population,
                world: shared.world,
                out: &mut out,
                member,
            };
            decide(&mut self.states[local], &mut turn);
            crate::habits::act(&mut turn);
            let mut wake_rng = AgentRng::open(
                shared.seed,
                StreamKey {
                    domain: Domain::Wake,
                    ..key
                },
            );
            let regular = population.wake.next(due.at, &mut wake_rng);
            let at = match (turn.next_wake, regular) {
                (Some(own), Some(regular)) => Some(own.min(regular)),
                (own, regular) => own.or(regular),
            };
            let sleeper = turn.member.agent.0;
            if let Some(at) = at {
                out.wakes.push(Wake { sleeper, at });
            }
        }
        out
    }
}

fn reports_of(inbox: &[(AgentId, AgentReport)], agent: AgentId) -> &[(AgentId, AgentReport)] {
    let start = inbox.partition_point(|(a, _)| *a < agent);
    let length = inbox[start..].partition_point(|(a, _)| *a == agent);
    &inbox[start..start + length]
}

/// One decision of one member: what it sees, and where it says what it wants.
pub struct Turn<'a, K: AgentKind> {
    now: SimTime,
    rng: AgentRng,
    latency_rng: AgentRng,
    config: &'a K::Config,
    pub(crate) member: &'a mut Member,
    pub(crate) population: &'a Population,
    reports: &'a [(AgentId, AgentReport)],
    pub(crate) world: &'a Surroundings<'a>,
    out: &'a mut KindOutbox,
    next_wake: Option<SimTime>,
}

impl<K: AgentKind> Turn<'_, K> {
    /// The moment of the decision.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The member's own random stream, opened for this moment.
    pub const fn rng(&mut self) -> &mut AgentRng {
        &mut self.rng
    }

    /// The parameters of the member's population.
    #[must_use]
    pub const fn config(&self) -> &K::Config {
        self.config
    }

    /// How many real accounts the member stands for: sizes in the scenario are for one.
    #[must_use]
    pub const fn weight(&self) -> u32 {
        self.member.weight
    }

    /// The member's place in its population.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.member.index
    }

    /// The number of members of the population.
    #[must_use]
    pub const fn members(&self) -> u32 {
        self.population.members
    }

    /// The member's own market.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        self.member.home
    }

    /// All markets of the population.
    #[must_use]
    pub fn markets(&self) -> &[MarketId] {
        &self.population.markets
    }

    /// What never changes about a market.
    #[must_use]
    pub fn info(&self, market: MarketId) -> &Market {
        self.world.markets.get(market)
    }

    /// The state of a market, as fast as the population sees it.
    #[must_use]
    pub fn quote(&self, market: MarketId) -> &Quote {
        self.world.view.quote(market, self.population.feed)
    }

    /// The public view with its history.
    #[must_use]
    pub fn view(&self) -> &MarketView {
        &self.world.view
    }

    /// What the base asset of a market is worth, for kinds that do research. Prices do not follow it
    /// by themselves.
    #[must_use]
    pub fn fundamental(&self, market: MarketId) -> f64 {
        self.world
            .fundamentals
            .value(self.info(market).base.index())
    }

    /// Seconds since the latest news, if there was any.
    #[must_use]
    pub fn since_news(&self) -> Option<f64> {
        self.world
            .fundamentals
            .latest_news(self.now)
            .map(|n| self.now.since(n.at).seconds())
    }

    /// What the public knows of the platform behind a venue: nothing, if nobody watches it.
    #[must_use]
    pub fn platform(&self, venue: VenueId) -> Option<PlatformView> {
        self.world.board.view(venue)
    }

    /// The reports that reached the member since the last tick.
    pub fn reports(&self) -> impl Iterator<Item = &AgentReport> {
        self.reports.iter().map(|(_, report)| report)
    }

    /// The member's account on a market's venue.
    fn account(&self, market: MarketId) -> Option<(VenueId, AccountId)> {
        let venue = self.info(market).venue;
        self.member.account(venue).map(|account| (venue, account))
    }

    /// The member's position on a market; in hedge mode the larger of its legs there.
    #[must_use]
    pub fn position(&self, market: MarketId) -> Option<PositionView> {
        let (venue, account) = self.account(market)?;
        self.world
            .venues
            .get(venue)
            .exchange()
            .position(account, self.info(market).instrument)
    }

    /// All positions of the member on a market: at most one, in hedge mode a long and a short one.
    pub fn legs(&self, market: MarketId) -> impl Iterator<Item = PositionView> {
        let instrument = self.info(market).instrument;
        let account = self.account(market).into_iter();
        let all = account.flat_map(|(v, a)| self.world.venues.get(v).exchange().positions(a));
        all.filter(move |leg| leg.instrument == instrument)
    }

    /// The member's signed position on a market, in lots (in hedge mode of both legs together); on a
    /// spot market its base balance.
    #[must_use]
    pub fn position_qty(&self, market: MarketId) -> Qty {
        let info = self.info(market);
        if info.kind == InstrumentKind::Spot {
            return Qty((self.balance(market, info.base) / info.lot_base) as i64);
        }
        let Some((venue, account)) = self.account(market) else {
            return Qty::ZERO;
        };
        let exchange = self.world.venues.get(venue).exchange();
        exchange.position_qty(account, info.instrument)
    }

    /// Dollars the member may spend on a market: free cash on spot, free margin on a perpetual.
    #[must_use]
    pub fn buying_power(&self, market: MarketId) -> f64 {
        let info = self.info(market);
        match info.kind {
            InstrumentKind::Spot => self.balance(market, info.settlement),
            InstrumentKind::Perp | InstrumentKind::Future => self.free_margin(market).max(0.0),
        }
    }

    /// Everything the member has on a market's venue at mid prices, without haircuts: cash, spot
    /// balances, unrealised profit and loss, in dollars.
    #[must_use]
    pub fn total_value(&self, market: MarketId) -> f64 {
        let info = self.info(market);
        let mut value = self.balance(market, info.settlement);
        for other in self.world.markets.iter().filter(|m| m.venue == info.venue) {
            value += match other.kind {
                InstrumentKind::Spot => self.balance(market, other.base) * self.quote(other.id).mid,
                InstrumentKind::Perp | InstrumentKind::Future => self
                    .legs(other.id)
                    .map(|p| p.unrealised.to_f64() + p.margin.to_f64())
                    .sum(),
            };
        }
        value
    }

    /// The member's equity on a market's venue, in dollars.
    #[must_use]
    pub fn equity(&self, market: MarketId) -> f64 {
        self.account(market).map_or(0.0, |(v, a)| {
            self.world.venues.get(v).exchange().equity(a).to_f64()
        })
    }

    /// The member's maintenance margin on a market's venue, in dollars.
    #[must_use]
    pub fn maintenance(&self, market: MarketId) -> f64 {
        self.account(market).map_or(0.0, |(v, a)| {
            self.world.venues.get(v).exchange().maintenance(a).to_f64()
        })
    }

    /// What the member may still use as margin on a market's venue, in dollars.
    #[must_use]
    pub fn free_margin(&self, market: MarketId) -> f64 {
        self.account(market).map_or(0.0, |(v, a)| {
            self.world.venues.get(v).exchange().free_margin(a).to_f64()
        })
    }

    /// The member's balance of an asset on a market's venue, in units.
    #[must_use]
    pub fn balance(&self, market: MarketId, asset: AssetId) -> f64 {
        self.account(market).map_or(0.0, |(v, a)| {
            let held = self.world.venues.get(v).exchange().balance(a, asset);
            self.world.assets.units(asset, held)
        })
    }

    /// What the member holds outside venues, in units.
    #[must_use]
    pub fn wallet(&self, asset: AssetId) -> Usd {
        self.world.custody.wallet(self.member.agent, asset)
    }

    /// Price and open quantity of the order in a slot of the account on a market's venue, as of the
    /// last tick.
    #[must_use]
    pub fn open_order(&self, market: MarketId, slot: u16) -> Option<(OrderId, Price, Qty)> {
        let (venue, account) = self.account(market)?;
        let order = self
            .world
            .venues
            .get(venue)
            .exchange()
            .open_order(account, slot)?;
        Some((order.id, order.price.unwrap_or(Price::ZERO), order.qty))
    }

    /// Wakes the member again after `span`, besides its regular rhythm.
    pub fn wake_in(&mut self, span: SimDuration) {
        let at = self.now + span.max(SimDuration(1));
        self.next_wake = Some(self.next_wake.map_or(at, |other| other.min(at)));
    }

    /// Says what the member wants; returns the id of a new order. A wish that cannot be sent (a slot
    /// without an order, a venue without an account, nothing to trade, a contract that has ended) is
    /// dropped.
    pub fn submit(&mut self, intent: Intent) -> Option<OrderId> {
        let market = intent.market.unwrap_or(self.member.home);
        match intent.action {
            Action::Place(placement) => self.place(market, &placement, intent.cause),
            Action::Deposit {
                venue,
                asset,
                amount,
            } => {
                let account = self.member.account(venue)?;
                let arrives = self.now + self.draw_transfer();
                let agent = self.member.agent;
                self.out.sent.push(Sent::Deposit {
                    agent,
                    to: venue,
                    account,
                    asset,
                    amount,
                    arrives,
                });
                None
            }
            Action::Withdraw {
                venue,
                asset,
                amount,
                then,
            } => {
                let account = self.member.account(venue)?;
                let then = match then {
                    Some(to) => Some((to, self.member.account(to)?)),
                    None => None,
                };
                let travel = self.draw_transfer();
                self.out.sent.push(Sent::Payout {
                    from: venue,
                    account,
                    then,
                    travel,
                });
                self.send(
                    venue,
                    ExchangeEvent::Withdraw {
                        account,
                        asset,
                        amount,
                    },
                );
                None
            }
            Action::CancelAll => {
                let (venue, account) = self.account(market)?;
                self.send(venue, ExchangeEvent::CancelAll { account });
                None
            }
            Action::AddMargin { amount } => {
                let (venue, account) = self.account(market)?;
                let instrument = self.info(market).instrument;
                let leg = self.position(market).map_or(Leg::Net, |held| held.leg);
                self.send(
                    venue,
                    ExchangeEvent::AddMargin {
                        account,
                        instrument,
                        leg,
                        amount,
                    },
                );
                None
            }
            Action::Cancel { slot } => {
                let (id, ..) = self.open_order(market, slot)?;
                let Market {
                    venue, instrument, ..
                } = *self.info(market);
                self.send(venue, ExchangeEvent::Cancel { instrument, id });
                None
            }
            Action::Replace { slot, price, qty } => {
                let (id, ..) = self.open_order(market, slot)?;
                let Market {
                    venue, instrument, ..
                } = *self.info(market);
                self.send(
                    venue,
                    ExchangeEvent::Replace {
                        instrument,
                        id,
                        price,
                        qty,
                    },
                );
                Some(id)
            }
        }
    }

    fn place(&mut self, market: MarketId, p: &Placement, cause: Cause) -> Option<OrderId> {
        let (venue, account) = self.account(market)?;
        let is_over = self.info(market).expiry.is_some_and(|end| end <= self.now);
        if p.qty <= Qty::ZERO || is_over {
            return None;
        }
        let id = OrderId::new(account, p.slot, self.member.order_seq);
        self.member.order_seq = self.member.order_seq.wrapping_add(1);
        let request = OrderRequest {
            id,
            side: p.side,
            qty: p.qty,
            pricing: p.pricing,
            tif: match p.pricing {
                Pricing::Market => firesale_matching::TimeInForce::Ioc,
                Pricing::Limit(_) => p.tif,
            },
            post_only: p.post_only,
            reduce_only: p.reduce_only,
            display: p.display,
            trigger: p.trigger,
            self_trade: SelfTrade::CancelNewest,
            tag: cause.0,
        };
        let instrument = self.info(market).instrument;
        self.send(
            venue,
            ExchangeEvent::Order {
                instrument,
                request,
            },
        );
        Some(id)
    }

    /// The time that a message of the member takes.
    pub(crate) fn draw_latency(&mut self) -> SimDuration {
        self.population.latency.sample(&mut self.latency_rng)
    }

    /// The time that a transfer of the member takes.
    pub(crate) fn draw_transfer(&mut self) -> SimDuration {
        self.population.transfer.sample(&mut self.latency_rng)
    }

    pub(crate) fn send_out(&mut self, sent: Sent) {
        self.out.sent.push(sent);
    }

    fn send(&mut self, venue: VenueId, event: ExchangeEvent) {
        let latency = self.draw_latency();
        let (agent, at) = (self.member.agent, self.now);
        self.out.sent.push(Sent::Venue {
            agent,
            venue,
            at,
            latency,
            event,
        });
    }
}
