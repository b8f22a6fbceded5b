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
        /// The liquidation whose orders had the largest part; missing if something else had.
        cause_id: Option<i64> = "id in liquidations",
    }
}
