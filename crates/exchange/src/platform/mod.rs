//! The platform around the books: what users meet before their messages reach a book, and whether
//! their money is there.
//!
//! # Model
//!
//! * **Gate** (`gate.rs`): users' messages are served at a rate. A message behind a backlog waits
//!   for `backlog / rate`; all are served in the order of their arrival, so one sender's messages
//!   keep theirs. What would wait too long is refused.
//! * **Outages** (`gate.rs`): by schedule, or when the backlog has been large for too long. Users'
//!   messages are refused; marks go on, liquidations by key.
//! * **Freezes**: of transfers (deposits wait, margin does not move) and of withdrawals.
//! * **Withdrawals** (`payouts.rs`): paid in the order of the requests from a hot wallet that
//!   refills, within a daily limit, and only while the platform really has the money. What waits
//!   stays on the account; margin is checked again when it is paid.
//! * **Solvency** (`solvency.rs`): the ledger's balances are claims; an affiliate's loan is not
//!   there. When the rest is gone, withdrawals stop for good.
//! * **Feed** (`feed.rs`): what a feed of liquidations shows that pushes one a second.
//!
//! Messages of the venue itself, and the scenario's prices, pass no gate.

mod check;
mod feed;
mod gate;
mod payouts;
mod solvency;

use serde::{Deserialize, Serialize};

use crate::VenueConfig;
pub(crate) use feed::Feed;
use gate::Gate;
pub use gate::PlatformCounters;
use payouts::Payouts;
pub use solvency::BalanceSheet;

/// The state of the platform.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Platform {
    gate: Gate,
    payouts: Payouts,
    feeds: Vec<Feed>,
}

impl Platform {
    pub(crate) fn new(config: &VenueConfig) -> Self {
        Self {
            gate: Gate::new(&config.platform),
            payouts: Payouts::new(&config.platform.withdrawals),
            feeds: vec![Feed::default(); config.instruments.len()],
        }
    }
}
