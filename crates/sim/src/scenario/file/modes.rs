//! `position_mode` of accounts, and `margin.isolated_leverage` of a venue.

use firesale_exchange::{IsolatedLeverage, PositionMode};
use schemars::JsonSchema;
use serde::Deserialize;

/// One position in an instrument, or a long and a short one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionModeName {
    /// One, long or short.
    #[default]
    OneWay,
    /// A long and a short one: orders open, reduce-only orders close.
    Hedge,
}

impl PositionModeName {
    /// As the exchange calls it.
    #[must_use]
    pub const fn mode(self) -> PositionMode {
        match self {
            Self::OneWay => PositionMode::OneWay,
            Self::Hedge => PositionMode::Hedge,
        }
    }
}

/// What a new leverage does to the margin of an open isolated position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IsolatedLeverageName {
    /// Its margin follows.
    #[default]
    Resets,
    /// A lower leverage is refused, a higher one leaves the margin where it is.
    OnlyRises,
}

impl IsolatedLeverageName {
    /// As the exchange calls it.
    #[must_use]
    pub const fn rule(self) -> IsolatedLeverage {
        match self {
            Self::Resets => IsolatedLeverage::Resets,
            Self::OnlyRises => IsolatedLeverage::OnlyRises,
        }
    }
}
