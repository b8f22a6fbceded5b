//! Time and order, knowing nothing of finance.
//!
//! # Model
//!
//! * The run advances in ticks ([`SimClock`]); ticks in which nothing is due are skipped, the clock
//!   jumps to the next wake or event.
//! * [`WakeCalendar`] knows when each agent looks at the market next; sleeping costs nothing.
//! * A message takes the time its [`LatencyModel`] draws, but never overtakes an earlier one on the
//!   same channel ([`Channels`]).
//! * Each machine has an [`EventQueue`]; its [`EventKey`] is a total order without ties, so the order
//!   of insertion never matters.
//! * [`Workers`] runs independent parts on a thread pool and returns their results in order.
//! * [`RunLimits`] turns an endless cascade into an error.
//!
//! **Invariant:** no wall clock, no environment, no global counter: the same inputs give the same
//! order on every machine and for every number of threads.

mod calendar;
mod clock;
mod latency;
mod limits;
mod queue;
mod workers;

pub use calendar::{Wake, WakeCalendar, WakePattern};
pub use clock::SimClock;
pub use latency::{Channels, LatencyModel};
pub use limits::{LimitError, RunLimits};
pub use queue::{EventKey, EventQueue, drain_until};
pub use workers::{Workers, WorkersError};
