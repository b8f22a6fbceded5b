//! Identifiers and the side of an order.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The identifier as an index into a dense table.
            #[inline]
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A venue, by its place in the scenario.
    VenueId, u16
);
id!(
    /// An instrument, by its place in its venue.
    InstrumentId, u16
);
id!(
    /// An asset, by its place in the scenario.
    AssetId, u16
);
id!(
    /// A trading account, by its place in its venue.
    AccountId, u32
);
id!(
    /// An agent, by its order of creation in the run.
    AgentId, u32
);

/// The identity of an order: the account that sent it, one of the account's order slots, and the
/// number of times that slot has been used.
///
/// The sender chooses it, so it can cancel what the venue has not yet acknowledged, and the venue
/// finds the order by indexing, without a hash map.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct OrderId(pub u64);

impl OrderId {
    /// Packs an identity.
    #[inline]
    #[must_use]
    pub const fn new(account: AccountId, slot: u16, seq: u16) -> Self {
        Self(((account.0 as u64) << 32) | ((slot as u64) << 16) | seq as u64)
    }

    /// The account that sent the order.
    #[inline]
    #[must_use]
    pub const fn account(self) -> AccountId {
        AccountId((self.0 >> 32) as u32)
    }

    /// The slot of the account that the order occupies.
    #[inline]
    #[must_use]
    pub const fn slot(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// How often the slot had been used before, modulo 2^16.
    #[inline]
    #[must_use]
    pub const fn seq(self) -> u16 {
        self.0 as u16
    }
}

/// The side of an order, a fill or a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Side {
    /// Buys, or is long.
    Buy = 0,
    /// Sells, or is short.
    Sell = 1,
}

impl Side {
    /// The other side.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// `1` for a buy, `-1` for a sell.
    #[inline]
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }

    /// The side of a signed quantity; zero counts as a buy.
    #[inline]
    #[must_use]
    pub const fn of(signed: i64) -> Self {
        if signed < 0 { Self::Sell } else { Self::Buy }
    }

    /// The side as a table index: buy 0, sell 1.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_id_round_trips() {
        let id = OrderId::new(AccountId(u32::MAX), 7, 65_535);
        assert_eq!(
            (id.account(), id.slot(), id.seq()),
            (AccountId(u32::MAX), 7, 65_535)
        );
    }
}
