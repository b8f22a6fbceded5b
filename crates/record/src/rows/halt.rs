//! Halts of books.

use std::borrow::Cow;

use firesale_types::{InstrumentId, VenueId};

use crate::Reason;
use crate::table::table;

table! {
    /// One halt of one book, from its begin to its reopening.
    HaltRow in "halts" {
        /// When it began.
        time_ns: i64 = "ns since start",
        /// Its place among all links of the chains of causes.
        id: i64 = "id",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// What halted it last: a halt may be prolonged by another brake.
        brake: Cow<'static, str> = "script, luld, market_wide, rolling, stop_logic, coordinated",
        /// When it reopened; missing if the run ended before.
        end_ns: Option<i64> = "ns since start",
        /// The price of the reopening auction; null if nothing traded.
        price: f64 = "USD",
        /// That price, or without one the mark, over the last price before the halt, less one;
        /// null if it did not reopen.
        gap_frac: f64 = "fraction",
        /// What had the largest part in the moves that led to it.
        cause: Reason = "reason",
        /// The liquidation, the release of stops or the halt of another venue that had the largest
        /// part; missing if something else had.
        cause_id: Option<i64> = "id",
        /// The first liquidation of the chain of causes; missing if none led to it.
        root_id: Option<i64> = "id in liquidations",
        /// Links from the root.
        generation: u16 = "links",
        /// The part of the moves that was brought about by force.
        forced_share: f64 = "fraction",
    }
}
