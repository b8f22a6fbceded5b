//! Scenarios: read, checked, resolved.
//!
//! Two steps: [`mod@file`] is what a file says, key by key; `resolve` is what it means. Both report every
//! problem with file, line and column.

mod explicit;
pub mod file;
mod load;
mod profiles;
pub(crate) mod resolve;
mod tables;

pub(crate) use explicit::{EXPLICIT_SLOTS, Explicit, GRID_HELP, NO_GRID, explicit};
pub use load::{Scenario, ScenarioError, schema};
