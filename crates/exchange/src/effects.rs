//! What leaves a venue: later events of its own, reports, records.

use firesale_types::{AccountId, SimTime};
use serde::{Deserialize, Serialize};

use crate::{ExchangeEvent, GenealogyRecord, Report, VenueRecord};

/// An effect that re-enters the venue's own queue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: ExchangeEvent,
}

/// Everything that leaves [`crate::Exchange::apply`]; owned by the caller and reused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Events for the venue's own queue.
    pub later: Vec<Later>,
    /// What accounts are told.
    pub reports: Vec<(AccountId, Report)>,
    /// What is recorded.
    pub records: Vec<VenueRecord>,
    /// What brought about what.
    pub links: Vec<GenealogyRecord>,
}

impl Effects {
    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.later.clear();
        self.reports.clear();
        self.records.clear();
        self.links.clear();
    }
}
