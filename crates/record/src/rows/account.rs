//! Accounts and what they owe.

use std::borrow::Cow;

use firesale_types::{AccountId, InstrumentId, Usd, VenueId};

use crate::table::table;
use crate::{Moment, PopulationId, PositionSide};

table! {
    /// One account at the start or at the end of the run.
    AccountRow in "accounts" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// Start (before) or end (after).
        moment: Moment = "before, after",
        /// The venue.
        venue: VenueId = "name",
        /// The account.
        account: AccountId = "account",
        /// Its population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// Collateral after haircuts plus unrealised profit and loss.
        equity: Usd = "USD",
        /// Collateral after haircuts.
        collateral: Usd = "USD",
        /// Sum of positions at the mark, long and short alike.
        notional: Usd = "USD",
        /// Open positions.
        positions: u32 = "count",
        /// The deficit that was booked for this account in the run.
        bad_debt: Usd = "USD",
        /// Real accounts that it stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One open position at the start or at the end of the run.
    PositionRow in "positions" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// Start (before) or end (after).
        moment: Moment = "before, after",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// Whose.
        account: AccountId = "account",
        /// Its direction.
        side: PositionSide = "long, short",
        /// Its size, positive.
        qty: f64 = "units of the base asset",
        /// Average price at which it was opened.
        entry_price: f64 = "USD",
        /// The mark price.
        mark: f64 = "USD",
        /// Unrealised profit and loss.
        pnl: Usd = "USD",
        /// Whether its margin is its own or the account's.
        margin_mode: Cow<'static, str> = "isolated, cross",
        /// Real accounts that the account stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One margin call.
    MarginCallRow in "margin_calls" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// Who was called.
        account: AccountId = "account",
        /// Its population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// Equity.
        equity: Usd = "USD",
        /// Maintenance margin.
        maintenance: Usd = "USD",
        /// Real accounts that it stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One deficit: an account ended below zero and somebody else paid.
    BadDebtRow in "bad_debt" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// Whose.
        account: AccountId = "account",
        /// Its population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// The deficit, positive.
        amount: Usd = "USD",
        /// Real accounts that it stands for.
        weight: u32 = "accounts",
    }
}
