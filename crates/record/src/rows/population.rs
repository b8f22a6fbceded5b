//! Populations: wealth, leverage, survival.

use firesale_types::VenueId;

use crate::table::table;
use crate::{Moment, PopulationId};

table! {
    /// One population at one record step.
    PopulationRow in "populations" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The population.
        population: PopulationId = "name",
        /// The venue, if the row is about one; missing: all venues together.
        venue: Option<VenueId> = "name",
        /// Accounts, each counted with its weight.
        accounts: i64 = "accounts",
        /// Accounts with positive equity, each counted with its weight.
        alive: i64 = "accounts",
        /// Sum of equities.
        equity_usd: f64 = "USD",
        /// Change of equity since the start that is not a deposit or a withdrawal.
        pnl_usd: f64 = "USD",
        /// Sum of positions at the mark, long and short alike.
        notional_usd: f64 = "USD",
        /// Leverage (notional over equity) that a tenth of the accounts with positions is below.
        leverage_p10: f64 = "times",
        /// Leverage that half of the accounts with positions is below.
        leverage_p50: f64 = "times",
        /// Leverage that nine tenths of the accounts with positions are below.
        leverage_p90: f64 = "times",
        /// Sum of long positions at the mark.
        long_usd: f64 = "USD",
        /// Sum of short positions at the mark.
        short_usd: f64 = "USD",
    }
}

table! {
    /// One bar of the histogram of leverage (notional over equity) before or after the crash.
    LeverageRow in "leverage" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// Start (before) or end (after).
        moment: Moment = "before, after",
        /// The population, if the row is about one.
        population: Option<PopulationId> = "name",
        /// The venue, if the row is about one.
        venue: Option<VenueId> = "name",
        /// Lower edge of the bar, inclusive.
        leverage_from: f64 = "times",
        /// Upper edge of the bar, exclusive; missing for the last, open bar.
        leverage_to: f64 = "times",
        /// Positions of the accounts in the bar, at the mark.
        notional_usd: f64 = "USD",
        /// Accounts in the bar, each counted with its weight.
        accounts: i64 = "accounts",
    }
}
