//! What brought about what.

use std::borrow::Cow;

use firesale_types::{AccountId, InstrumentId, Side, Usd, VenueId};

use crate::table::table;
use crate::{Factor, PopulationId, Reason};

table! {
    /// One breach of one margin unit: the begin of a liquidation.
    BreachRow in "breaches" {
        /// When it was found.
        time_ns: i64 = "ns since start",
        /// The liquidation that begins.
        id: i64 = "id in liquidations",
        /// The venue.
        venue: VenueId = "name",
        /// Whose.
        account: AccountId = "account",
        /// The account's population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// Whether it is one isolated position, and not the account.
        isolated: bool = "true, false",
        /// Equity of the unit.
        equity: Usd = "USD",
        /// Its maintenance margin.
        maintenance: Usd = "USD",
        /// The value of its positions at the marks.
        notional: Usd = "USD",
        /// What kind of factor brought the most of the loss.
        factor: Factor = "mark, collateral, funding, charge",
        /// Which: an instrument or a collateral asset.
        via: Cow<'static, str> = "symbol",
        /// The part of the loss that it brought.
        via_share: f64 = "fraction",
        /// Its price before, as far back as the memory of the venue's marks reaches; null if it has
        /// none.
        price_before: f64 = "USD",
        /// Its price at the breach.
        price: f64 = "USD",
        /// If it is a collateral: what its index is made of here.
        index_source: Cow<'static, str> = "all_venues, own_book, redemption, none",
        /// What had the largest part, all that was forced taken together.
        cause: Reason = "reason",
        /// Which liquidation, release of stops or halt that was; missing if something else was.
        cause_id: Option<i64> = "id",
        /// The first liquidation of the chain of causes.
        root_id: i64 = "id in liquidations",
        /// Links from the root.
        generation: u16 = "links",
        /// The part of the loss that was brought about by force.
        forced_share: f64 = "fraction",
        /// The part of the loss that was brought about by force on other venues.
        abroad_share: f64 = "fraction",
        /// Real accounts that this one stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One part of what brought a breach, a release of stops or a halt about: the eight largest of
    /// at least 1%.
    CauseRow in "causes" {
        /// When the link was made.
        time_ns: i64 = "ns since start",
        /// The link.
        id: i64 = "id in breaches, stops or halts",
        /// What has this part.
        cause: Reason = "reason",
        /// Which liquidation, release of stops or halt; missing for a mere reason, and for
        /// liquidations that are not told apart.
        cause_id: Option<i64> = "id",
        /// How much of the whole.
        share: f64 = "fraction",
    }
}

table! {
    /// One order that its trigger has released. Orders released together share an id.
    StopRow in "stops" {
        /// When.
        time_ns: i64 = "ns since start",
        /// The release.
        id: i64 = "id",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// Whose order.
        account: AccountId = "account",
        /// The account's population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// The order's side.
        side: Side = "buy, sell",
        /// Its quantity.
        qty: f64 = "units of the base asset",
        /// The reason its owner gave.
        reason: Reason = "reason",
        /// What had the largest part in the moves that reached the triggers.
        cause: Reason = "reason",
        /// Which liquidation, release of stops or halt that was; missing if something else was.
        cause_id: Option<i64> = "id",
        /// The first liquidation of the chain of causes; missing if none led to it.
        root_id: Option<i64> = "id in liquidations",
        /// Links from the root.
        generation: u16 = "links",
        /// The part of those moves that was brought about by force.
        forced_share: f64 = "fraction",
        /// Real accounts that this one stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// How liquidations multiplied, by minute.
    BranchingRow in "branching" {
        /// The minute's begin.
        time_ns: i64 = "ns since start",
        /// Accounts whose liquidation began in it.
        accounts: i64 = "accounts",
        /// Accounts, in parts, whose breach these liquidations brought about, then or later.
        children: f64 = "accounts",
        /// Children over accounts: the branching ratio. Below 1 a shock dies out. Null where fewer
        /// than 20 accounts say nothing.
        ratio: f64 = "children per parent",
        /// The mean part of the minute's own breaches that was brought about by force; null likewise.
        forced_share: f64 = "fraction",
    }
}
