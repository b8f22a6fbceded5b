//! Runs as jobs: one run from a scenario to a directory of tables, summary, charts and report.
//!
//! # Model
//!
//! * A [`Job`] names a scenario, its overrides and a directory; everything that changes the result is an
//!   override of the scenario, so the resolved `scenario.toml` in the directory repeats the run.
//! * A directory that holds the same finished run is left alone; another one is never overwritten silently.
//! * A run that fails or is interrupted keeps its closed tables, and its manifest says how it ended.
//!
//! **Invariant:** the wall clock is read here and in the command line only, for `wall_s` and the progress
//! bar; nothing of it reaches a simulation.

mod args;
mod job;
mod progress;

pub use args::{RunArgs, Surroundings, run};
pub use job::{Done, Job, JobError};
pub use progress::{Watch, interrupted, listen_for_interrupts};
