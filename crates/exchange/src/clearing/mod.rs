//! Central clearing: who bears the loss when a member of a clearing house defaults.
//!
//! # Model
//!
//! * **Margin** (`model.rs`): at each settlement the initial margin of an instrument follows its
//!   volatility. The venue's tiers are the floor; above it the whole margin curve is scaled.
//! * **Settlement** (`settle.rs`): periodically all open profits and losses are paid in cash, so an
//!   open profit is the gain since the last settlement. Positions are revalued at every mark, as
//!   everywhere: equity does not wait for it.
//! * **Default fund** (`fund.rs`, `sizing.rs`): sized to the largest members' losses beyond their
//!   margin in stress, paid in by members in proportion to their margin.
//! * **Default** (`procedure.rs`, `plan.rs`, `payment.rs`, `torn.rs`): a unit that is bankrupt, or that the book could not close, is
//!   auctioned to the members (`auction.rs`); what its margin does not pay goes down the
//!   **waterfall** (`waterfall.rs`). If nobody takes it, or the layers do not suffice, its contracts
//!   are torn up pro rata against the other side.
//!
//! The layers, strictly in this order (PFMI principles 4 and 14, explanatory notes; regulation (EU)
//! 648/2012 article 45 for the first four; the tools after the fund: CPMI-IOSCO, Recovery of
//! financial market infrastructures; numbering remembered, unverified \[M\]; domain facts 2.7):
//!
//! 1. the defaulter's margin, 2. its contribution to the fund, 3. own capital of the house, 4. the
//!    other members' contributions, first those of members who did not bid, 5. a second tranche of
//!    own capital, 6. assessments, 7. a haircut of variation-margin gains, 8. tear-up.
//!
//! **Invariant**: the members' contributions add up to the money of
//! [`crate::Exchange::DEFAULT_FUND`]; nothing is paid twice, nobody beyond its cap, and what is
//! paid is the loss, to the micro-dollar.
//!
//! **Absent**: clients of members (an account clears for itself, as a member or not), liquidity
//! (everything is one settlement asset), several auction lots, stress of collateral.

pub mod auction;
mod fund;
mod model;
mod payment;
mod plan;
mod procedure;
mod settle;
mod sizing;
mod torn;
mod waterfall;

use firesale_types::{AccountId, Usd};
use serde::{Deserialize, Serialize};

pub use fund::{contributions, cover};
pub use model::MarginModel;
pub use waterfall::{Allocation, FundShare, Layer, Resources, allocate, tear_up};

use crate::VenueConfig;

/// What a clearing house remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Clearing {
    /// Who has money in the default fund, by account.
    pub(crate) members: Vec<Member>,
    /// What is left of both tranches of own capital.
    pub(crate) own: [Usd; 2],
    /// By instrument.
    pub(crate) models: Vec<MarginModel>,
}

/// One member's part of the default fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) account: AccountId,
    /// What is left of what it has paid in.
    pub(crate) held: Usd,
    /// What it should pay in since the fund was last sized: the base of its assessments.
    pub(crate) sized: Usd,
    /// What it has been assessed for since then.
    pub(crate) assessed: Usd,
}

impl Clearing {
    pub(crate) fn new(config: &VenueConfig) -> Option<Self> {
        let rules = config.clearing.as_ref()?;
        let instruments = config.instruments.iter();
        let model = |one: &crate::InstrumentConfig| {
            MarginModel::new(rules.margin.initial_volatility, one.initial_price)
        };
        Some(Self {
            members: Vec::new(),
            own: [rules.own_capital, rules.second_capital],
            models: instruments.map(model).collect(),
        })
    }

    fn member(&mut self, account: AccountId) -> Option<&mut Member> {
        let at = self.members.binary_search_by_key(&account, |m| m.account);
        at.ok().map(|at| &mut self.members[at])
    }
}
