//! Trades and orders.

use std::borrow::Cow;

use firesale_types::{AccountId, InstrumentId, Side, Usd, VenueId};

use crate::table::table;
use crate::{OrderAction, Reason};

table! {
    /// One fill in a book.
    TradeRow in "trades" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// The resting order's price.
        price: f64 = "USD",
        /// How much.
        qty: f64 = "units of the base asset",
        /// Price times quantity.
        notional: Usd = "USD",
        /// The incoming side.
        taker_side: Side = "buy, sell",
        /// The resting account.
        maker: AccountId = "account",
        /// The incoming account.
        taker: AccountId = "account",
        /// Why the taker came.
        cause: Reason = "reason",
        /// The liquidation that sent the taker's order, if one did.
        liquidation_id: Option<i64> = "id in liquidations",
        /// The link of the chains of causes that sent it: that liquidation, the release of stops, or
        /// the liquidation whose positions the vault or the fund sells; missing if an agent did.
        cause_id: Option<i64> = "id",
        /// Real accounts that the taker stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// What happened to one order at the venue; recorded only when the scenario asks for it.
    OrderRow in "orders" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// The order's identity: account, slot and use of the slot, packed.
        order_id: i64 = "id",
        /// Who sent it.
        account: AccountId = "account",
        /// What happened.
        action: OrderAction = "accepted, rejected, replaced, cancelled",
        /// The order's kind.
        kind: Cow<'static, str> = "limit, market, stop, ...",
        /// Its side.
        side: Side = "buy, sell",
        /// Its limit; missing for market orders.
        price: f64 = "USD",
        /// What is open, or was when it was refused or taken back.
        qty: f64 = "units of the base asset",
        /// Why it was sent, refused or taken back.
        reason: Cow<'static, str> = "reason",
        /// Real accounts that the sender stands for.
        weight: u32 = "accounts",
    }
}
