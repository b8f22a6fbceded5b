//! The application: a world, a schedule whose sets are the process overview, and plugins.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use bevy_ecs::error::{BevyError, ErrorContext, FallbackErrorHandler};
use bevy_ecs::prelude::{IntoScheduleConfigs, Schedule, SystemSet, World};
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use bevy_ecs::system::ScheduleSystem;
use firesale_types::{AgentRng, Domain, RunSeed, StreamKey};
use schemars::Schema;

use crate::agent::{KindConfigs, KindIndex, Member, MemberOf};
use crate::config::{Errors, Node, Problem, from_node_split};
use crate::scenario::file::AgentsTable;
use crate::{AgentKind, NameOf, SimError};

/// The stages of a tick, in their order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TickSet {
    /// Publish the market view, deliver reports, find out who is due.
    Observe,
    /// Members that are due turn view and state into intents.
    Decide,
    /// Intents become messages with arrival times in the venues' queues.
    Route,
    /// Each venue processes its queue, event by event.
    Clear,
    /// Issuers answer what has reached them.
    Redeem,
    /// Wallets and transfers in transit arrive.
    Custody,
    /// Rows, cascade attribution, audit.
    Record,
}

/// A part of a simulation that registers itself.
pub trait Plugin {
    /// Adds agent kinds or systems.
    fn build(&self, sim: &mut SimApp);
}

/// The parameters of one population, known only to its kind.
#[derive(Clone, Debug)]
pub(crate) struct KindConfig(Arc<dyn Any + Send + Sync>);

/// What the application knows about a registered kind.
pub(crate) struct Kind {
    pub(crate) index: usize,
    pub(crate) wake_on: crate::WakeOn,
    /// Whether members trade on venues.
    pub(crate) needs_venue: bool,
    /// Reads a population's table: the keys that all kinds share, and the kind's own.
    pub(crate) read: fn(&Node) -> Result<(AgentsTable, KindConfig), Errors>,
    /// Keeps the kind's own keys for a population.
    pub(crate) configure: fn(&mut World, u16, &KindConfig),
    /// Order slots a member needs on a venue where it has so many markets.
    pub(crate) slots: fn(&World, u16, usize) -> u16,
    /// Adds a member's row.
    pub(crate) spawn: fn(&mut World, u64, Member, RunSeed),
    /// What a population's own keys name.
    pub(crate) names: fn(&KindConfig) -> Vec<(&'static str, NameOf, String)>,
    /// The JSON Schema of the kind's own keys.
    pub(crate) schema: fn() -> Schema,
    /// Serialises all members, for digests and checkpoints.
    pub(crate) digest: fn(&mut World, &mut Vec<u8>),
}

/// A simulation under construction, then at work.
pub struct SimApp {
    pub(crate) world: World,
    pub(crate) schedule: Schedule,
    pub(crate) kinds: BTreeMap<&'static str, Kind>,
}

thread_local! {
    /// The first error a system returned; the executor has no other way out than a function pointer.
    static SYSTEM_ERROR: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

fn keep_error(error: BevyError, context: ErrorContext) {
    SYSTEM_ERROR.with_borrow_mut(|slot| {
        slot.get_or_insert_with(|| (context.name().to_string(), error.to_string()));
    });
}

/// The first error a system returned since the last call: system and message.
pub(crate) fn take_system_error() -> Option<(String, String)> {
    SYSTEM_ERROR.take()
}

impl Default for SimApp {
    fn default() -> Self {
        Self::new()
    }
}

impl SimApp {
    /// An application with the stages of a tick and nothing in them.
    #[must_use]
    pub fn new() -> Self {
        let mut world = World::new();
        world.insert_resource(FallbackErrorHandler(keep_error));
        let mut schedule = Schedule::default();
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule.set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            ..ScheduleBuildSettings::default()
        });
        schedule.configure_sets(
            (
                TickSet::Observe,
                TickSet::Decide,
                TickSet::Route,
                TickSet::Clear,
                TickSet::Redeem,
                TickSet::Custody,
                TickSet::Record,
            )
                .chain(),
        );
        Self {
            world,
            schedule,
            kinds: BTreeMap::new(),
        }
    }

    /// Adds a plugin.
    pub fn add_plugin(&mut self, plugin: &dyn Plugin) -> &mut Self {
        plugin.build(self);
        self
    }

    /// Registers an agent kind and the system that decides for its members.
    ///
    /// # Panics
    /// If a kind of that name is registered already: two plugins contradict each other.
    pub fn add_agent<K: AgentKind, M>(
        &mut self,
        decide: impl IntoScheduleConfigs<ScheduleSystem, M>,
    ) -> &mut Self {
        let index = self.kinds.len();
        let kind = Kind {
            index,
            wake_on: K::WAKE_ON,
            needs_venue: K::NEEDS_VENUE,
            read: read::<K>,
            configure: configure::<K>,
            slots: |world, population, markets| {
                K::slots(&world.resource::<KindConfigs<K>>().0[&population], markets)
            },
            spawn: spawn::<K>,
            names: names::<K>,
            schema: || schemars::schema_for!(K::Config),
            digest: digest::<K>,
        };
        let before = self.kinds.insert(K::KIND, kind);
        assert!(
            before.is_none(),
            "agent kind `{}` is registered twice",
            K::KIND
        );
        self.world
            .insert_resource(KindConfigs::<K>(BTreeMap::new()));
        self.world
            .insert_resource(KindIndex::<K>(index, PhantomData));
        self.schedule.add_systems(decide.in_set(TickSet::Decide));
        self
    }

    /// Adds a system to a stage of the tick.
    pub fn add_system<M>(
        &mut self,
        set: TickSet,
        system: impl IntoScheduleConfigs<ScheduleSystem, M>,
    ) -> &mut Self {
        self.schedule.add_systems(system.in_set(set));
        self
    }

    /// The names of the registered kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.kinds.keys().copied()
    }

    /// Fixes the schedule.
    pub(crate) fn initialize(&mut self) -> Result<(), SimError> {
        self.schedule
            .initialize(&mut self.world)
            .map(|_| ())
            .map_err(|e| SimError::Ambiguous(e.to_string(self.schedule.graph(), &self.world)))
    }
}

fn read<K: AgentKind>(node: &Node) -> Result<(AgentsTable, KindConfig), Errors> {
    let (shared, own) = from_node_split::<AgentsTable, K::Config>(node)?;
    K::check(&own).map_err(|misfit| {
        let span = node.get(misfit.key).map_or(node.span, |value| value.span);
        Errors::from(Problem::new(span, misfit.message))
    })?;
    Ok((shared, KindConfig(Arc::new(own))))
}

fn names<K: AgentKind>(config: &KindConfig) -> Vec<(&'static str, NameOf, String)> {
    let own = config.0.downcast_ref::<K::Config>();
    own.map_or_else(Vec::new, K::names)
}

fn configure<K: AgentKind>(world: &mut World, population: u16, config: &KindConfig) {
    let config = Arc::clone(&config.0)
        .downcast::<K::Config>()
        .expect("read by the same kind");
    world
        .resource_mut::<KindConfigs<K>>()
        .0
        .insert(population, config);
}

fn spawn<K: AgentKind>(world: &mut World, population_hash: u64, member: Member, seed: RunSeed) {
    let key = StreamKey {
        domain: Domain::Genesis,
        population: population_hash,
        index: u64::from(member.index),
        time_ns: -1,
    };
    let config = &world.resource::<KindConfigs<K>>().0[&member.population];
    let state = K::new(config, &mut AgentRng::open(seed, key));
    world.spawn((state, MemberOf::<K>::new(member)));
}

fn digest<K: AgentKind>(world: &mut World, out: &mut Vec<u8>) {
    let mut query = world.query::<(&K, &MemberOf<K>)>();
    let mut rows: Vec<_> = query.iter(world).collect();
    rows.sort_by_key(|(_, member)| member.who.agent);
    for (state, member) in rows {
        out.extend_from_slice(&member.who.agent.0.to_le_bytes());
        // Infallible: a state serialises into memory.
        serde_json::to_writer(&mut *out, state).unwrap_or_default();
    }
}
