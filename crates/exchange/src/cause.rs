//! Reasons: why an order was sent, and what a breach came from.

use serde::{Deserialize, Serialize};

/// Why an order was sent: the last link of a chain that never ends in a blank.
///
/// Travels as the `tag` of an order: values below [`Cause::FIRST_LIQUIDATION`] are the reasons of
/// agents, values from there on name a liquidation of this venue.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cause(pub u32);

impl Cause {
    /// Nothing stated; used by explicit scripts.
    pub const SCRIPT: Self = Self(0);
    /// A change of the fundamental value made public.
    pub const NEWS: Self = Self(1);
    /// A trading signal, an opinion, a need for cash.
    pub const SIGNAL: Self = Self(2);
    /// A stop-loss or take-profit.
    pub const STOP: Self = Self(3);
    /// A margin call, or fear of one.
    pub const MARGIN: Self = Self(4);
    /// A hedge or an arbitrage of a price elsewhere.
    pub const HEDGE: Self = Self(5);
    /// A market maker's inventory or quote.
    pub const INVENTORY: Self = Self(6);
    /// A move of the index, for marks.
    pub const INDEX: Self = Self(7);
    /// The vault or the fund sells what it has taken over.
    pub const UNWIND: Self = Self(8);
    /// The first value that names a liquidation.
    pub const FIRST_LIQUIDATION: u32 = 16;

    /// The cause of an order that liquidation `id` of this venue sends.
    #[must_use]
    pub const fn liquidation(id: u32) -> Self {
        Self(id + Self::FIRST_LIQUIDATION)
    }

    /// The liquidation of this venue that it names, if it does.
    #[must_use]
    pub const fn as_liquidation(self) -> Option<u32> {
        self.0.checked_sub(Self::FIRST_LIQUIDATION)
    }

    /// The reason's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "script",
            1 => "news",
            2 => "signal",
            3 => "stop",
            4 => "margin",
            5 => "hedge",
            6 => "inventory",
            7 => "index",
            8 => "unwind",
            9..=15 => "reserved",
            _ => "liquidation",
        }
    }
}
