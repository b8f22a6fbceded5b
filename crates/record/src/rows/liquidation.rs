//! Forced closing: liquidations, auto-deleveraging, cascades.

use std::borrow::Cow;

use firesale_types::{AccountId, InstrumentId, Usd, VenueId};

use crate::table::table;
use crate::{PopulationId, PositionSide, Reason, Stage};

/// The identity of a liquidation across venues: venues number their own from 0.
///
/// The first venue's liquidations keep their numbers.
#[must_use]
pub const fn liquidation_key(venue: VenueId, id: u32) -> i64 {
    ((venue.0 as i64) << 32) | id as i64
}

/// The identity of another link of the chains of causes across venues: a release of stops or a halt,
/// by the venue's number of it, which is at least 2^31. So it never meets a liquidation's.
#[must_use]
pub const fn link_key(venue: VenueId, number: u32) -> i64 {
    liquidation_key(venue, number)
}

table! {
    /// One forced close: a fill of a liquidation order, a takeover, or the bankrupt side of
    /// auto-deleveraging. One liquidation of one account may take several.
    LiquidationRow in "liquidations" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The liquidation it belongs to.
        id: i64 = "id",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// Whose position was closed.
        account: AccountId = "account",
        /// The account's population; missing for explicit accounts.
        population: Option<PopulationId> = "name",
        /// The direction of the closed position.
        side: PositionSide = "long, short",
        /// How much was closed.
        qty: f64 = "units of the base asset",
        /// Quantity times fill price.
        notional: Usd = "USD",
        /// The mark price at that moment.
        mark: f64 = "USD",
        /// The price at which closing everything would leave exactly nothing.
        bankruptcy_price: f64 = "USD",
        /// The price at which this part was closed.
        fill_price: f64 = "USD",
        /// Who took the position.
        stage: Stage = "book, backstop, insurance, adl",
        /// The liquidation, the release of stops (table `stops`) or the halt that had the largest
        /// part in this breach; missing if something else had.
        cause_id: Option<i64> = "id",
        /// What had the largest part in this breach, all that was forced taken together.
        cause: Reason = "reason",
        /// The first liquidation of the chain of causes.
        root_id: i64 = "id",
        /// Links from the root, which is 0.
        generation: u16 = "links",
        /// The part of the loss into the breach that was brought about by force: by liquidation
        /// orders, or by what they set off.
        forced_share: f64 = "fraction",
        /// What brought the most of the loss: an instrument or a collateral asset; `charge` for a
        /// share of others' losses.
        via: Cow<'static, str> = "symbol",
        /// Whether that is another instrument than the closed one, or a collateral that is not its
        /// base: contagion by cross margin.
        crossed_instrument: bool = "true, false",
        /// Whether the largest part was had by another venue's liquidation, or by what it set off:
        /// contagion through index, collateral or a lost hedge.
        crossed_venue: bool = "true, false",
        /// Real accounts that this one stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One position in profit that was closed to cover a bankrupt account.
    AdlRow in "adl" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The liquidation that is covered.
        id: i64 = "id in liquidations",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// The bankrupt account.
        account: AccountId = "account",
        /// The account whose position was closed.
        counterparty: AccountId = "account",
        /// How much was closed.
        qty: f64 = "units of the base asset",
        /// The price at which it was closed.
        price: f64 = "USD",
        /// The mark price at that moment.
        mark: f64 = "USD",
        /// What the counterparty gave up against the mark: quantity times |mark - price|.
        haircut: Usd = "USD",
        /// Whether the counterparty's position was in profit.
        in_profit: bool = "true, false",
        /// The first liquidation of the chain of causes; the cause is the liquidation that is
        /// covered.
        root_id: i64 = "id in liquidations",
        /// Links from the root.
        generation: u16 = "links",
        /// Real accounts that the counterparty stands for.
        weight: u32 = "accounts",
    }
}

table! {
    /// One tree of liquidations that caused each other.
    CascadeRow in "cascades" {
        /// The liquidation at its root.
        root_id: i64 = "id in liquidations",
        /// The root's venue.
        venue: VenueId = "name",
        /// When the root began.
        start_ns: i64 = "ns since start",
        /// Accounts liquidated, each counted with its weight.
        size: i64 = "accounts",
        /// Links from the root to the furthest liquidation.
        depth: i64 = "links",
        /// Closed by force in the whole tree.
        notional_usd: f64 = "USD",
        /// How many venues it has reached.
        venues: i64 = "venues",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_venues_never_meet() {
        assert_eq!(liquidation_key(VenueId(0), 7), 7);
        assert!(liquidation_key(VenueId(0), u32::MAX) < liquidation_key(VenueId(1), 0));
    }
}
