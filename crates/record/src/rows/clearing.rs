//! What clearing houses did.

use firesale_types::{AccountId, Usd, VenueId};

use crate::table::table;
use crate::{Layer, PopulationId};

table! {
    /// One payment for a default at a cleared venue.
    WaterfallRow in "waterfall" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The defaulter.
        account: AccountId = "account",
        /// Its population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// As which layer somebody paid.
        layer: Layer = "margin, contribution, own_capital, mutual_fund, second_capital, assessment, gains_haircut, tear_up",
        /// Who paid.
        payer: AccountId = "account",
        /// How much, positive.
        amount: Usd = "USD",
        /// Real accounts that the defaulter stands for.
        weight: u32 = "accounts",
    }
}
