//! The reproduction suite: published results, and real order flow, against the engine.
mod check;
mod checks;
mod engine;
pub mod replay;
mod stats;
mod suite;
mod table;

pub use check::{Check, Report, Row, Tolerance, Verdict};
pub use checks::avellaneda_stoikov;
pub use engine::{Engine, Mutation};
pub use suite::{SuiteError, measure, run, suite};
pub use table::{Table, to_json};
