//! The ECS world: venues, agents, custody and news put together.
//!
//! # Model
//!
//! * A [`Scenario`] is read and checked ([`scenario`], [`config`]), a [`Simulation`] is built from it and
//!   an application ([`SimApp`]) that knows the agent kinds.
//! * A tick runs through the stages of [`TickSet`]: observe, decide, route, clear, custody, record.
//! * Agents decide on what was public at the start of the tick, in parallel; their intents become
//!   messages that arrive inside the tick or later; each venue processes its own queue event by event, so
//!   a cascade unfolds in continuous time.
//! * Capital moves between machines only through [`Custody`]. Fundamental values are exogenous
//!   ([`Fundamentals`]); nothing but trading moves prices.
//! * Idle ticks are skipped: the clock jumps to the next wake, event, arrival or record step.
//!
//! **Invariant:** same binary, scenario and seed give the same digest for any number of threads and any
//! order of plugins. bevy's schedule runs single-threaded with ambiguity as an error; parallelism lives in
//! [`Agents::par_decide`] and in the clearing of venues.

mod agent;
mod app;
mod assets;
mod audit;
mod board;
mod build;
mod calls;
mod cascade;
mod census;
pub mod config;
mod custody;
mod error;
mod fundamental;
mod genesis;
mod habits;
mod halts;
mod intent;
mod lineage;
mod market;
mod measure;
mod names;
pub mod onchain;
mod oracle;
mod origins;
pub mod prelude;
mod recorder;
mod run;
mod sampling;
pub mod scenario;
mod tick;
mod venue;
mod view;

pub use agent::{
    AgentKind, AgentReport, Agents, MOST_LEVERAGE, Member, MemberOf, Misfit, NameOf, Population,
    Populations, Surroundings, Turn, WakeOn, within,
};
pub use app::{Plugin, SimApp, TickSet};
pub use assets::{Asset, Assets};
pub use board::PlatformView;
pub use build::RunOptions;
pub use custody::{Custody, Destination, Transfer};
pub use error::SimError;
pub use firesale_stablecoin::RunGame;
pub use fundamental::{FundamentalConfig, Fundamentals, News, RegimeConfig};
pub use intent::Intent;
pub use market::{Market, MarketId, Markets};
pub use run::{Outcome, Progress, Simulation};
pub use scenario::{Scenario, ScenarioError};
pub use tick::Clock;
pub use venue::{VenueMachine, Venues};
pub use view::{Feed, MarketView, PublicPosition, Quote};
