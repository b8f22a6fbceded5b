//! The reproduction suite: published results, and real order flow, against the engine.
//!
//! # Model
//!
//! * A [`Check`] takes a published result, has the engine produce it, and compares: each [`Row`] has
//!   the published figure, ours, the tolerance and the verdict. [`run`] runs them.
//! * Order book models run through [`firesale_matching::OrderBook`] with real orders; margin and
//!   funding through [`firesale_exchange::Exchange`], deleveraging through its
//!   [`firesale_exchange::AdlPolicy`]; pools and lenders through [`firesale_amm`]; issuers and runs
//!   through [`firesale_stablecoin`]. Nothing is computed beside the engine except what the source
//!   computes.
//! * Recorded results of contracts are read from files that are not part of the project; without
//!   them ([`Engine::with_data`]) their checks are skipped.
//! * Random rows have fixed seeds, ten of them; the figure is the median. Their tolerances come from
//!   the source's own error and the scatter over seeds.
//! * An [`Engine`] can have one rule broken ([`Mutation`]): FIFO turned round, cancels dropped,
//!   margin halved. Each row of each check fails under at least one of them.
//! * [`replay`] feeds files of real order events to the book and compares its trades with those
//!   that happened.
//!
//! # Invariants
//!
//! * The same engine gives the same figures, for any number of threads.
//! * A mutation changes a rule of the engine, never an expected figure.
//! * A replay feeds the book what the exchange's users sent, not what the exchange did with it (only
//!   LOBSTER files name no takers: there an execution becomes an order of its price and size). Where
//!   the two differ, the difference is listed before the book is brought to what the file says.
//!
//! # Absent
//!
//! Statistical facts of whole markets (they need the simulator, not the engine), balance sheets,
//! impact of large orders.

mod chain;
mod check;
mod checks;
mod coins;
mod engine;
mod mutation;
pub mod replay;
mod stats;
mod suite;
mod table;
mod vectors;

pub use check::{Check, Report, Row, Tolerance, Verdict};
pub use checks::avellaneda_stoikov;
pub use engine::Engine;
pub use mutation::Mutation;
pub use suite::{SuiteError, measure, run, suite};
pub use table::{to_json, total};
