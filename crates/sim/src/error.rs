//! What can end a run.

use firesale_scheduler::LimitError;
use firesale_types::SimTime;

/// A run failed; what was recorded before is kept.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A cascade did not end.
    #[error("{venue}: {source}")]
    Limit {
        /// Where.
        venue: String,
        /// Which limit.
        source: LimitError,
    },
    /// The books do not balance: a fault of firesale, never of the scenario.
    #[error("audit at {:.3} s failed: {}", at.seconds(), violations.join("; "))]
    Audit {
        /// When.
        at: SimTime,
        /// What was found.
        violations: Vec<String>,
    },
    /// A system of the tick failed.
    #[error("tick at {:.3} s, {system}: {message}", at.seconds())]
    System {
        /// When.
        at: SimTime,
        /// Which system.
        system: String,
        /// What it said.
        message: String,
    },
    /// A chain or an issuer came to a state that should not exist.
    #[error("{machine} at {:.3} s: {message}", at.seconds())]
    Machine {
        /// Which.
        machine: String,
        /// When.
        at: SimTime,
        /// What it said.
        message: String,
    },
    /// Two systems of the tick may touch the same data in an order nobody fixed.
    #[error("the schedule is ambiguous: {0}")]
    Ambiguous(String),
    /// The record could not be written.
    #[error(transparent)]
    Record(#[from] firesale_record::RecordError),
    /// The threads could not be started.
    #[error(transparent)]
    Workers(#[from] firesale_scheduler::WorkersError),
    /// The start of the market does not add up.
    #[error("the start of the market does not add up: {0}")]
    Genesis(String),
    /// The run was interrupted.
    #[error("interrupted at {:.3} s of simulated time", at.seconds())]
    Interrupted {
        /// When.
        at: SimTime,
    },
}

impl SimError {
    pub(crate) fn machine(name: &str, at: SimTime, message: String) -> Self {
        Self::Machine {
            machine: name.to_owned(),
            at,
            message,
        }
    }
}
