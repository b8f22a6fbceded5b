//! Position modes, and the legs of an instrument that an account holds in them.
//!
//! **One-way mode.** An account has one net position in an instrument.
//!
//! **Hedge mode.** It has two, a long and a short leg, each with its own cost, margin and profit; an
//! isolated leg is a margin unit of its own. An order without reduce-only opens (a buy the long leg,
//! a sell the short one), a reduce-only order closes (a sell the long leg, a buy the short one), so
//! that no order turns a position. This is what `positionSide` LONG and SHORT say at Binance (P,
//! developers.binance.com, USDⓈ-M futures, "New Order") and `positionIdx` 1 and 2 at Bybit (M,
//! remembered and unverified); OKX calls the three net, long and short (M).
//!
//! **Nothing is netted** while an account stands. In a cross account both legs share the equity, and
//! each has its own initial and maintenance margin by the tiers of its own notional: Binance's
//! liquidation price of a cross account sums the maintenance amounts of its BOTH, LONG and SHORT
//! positions (M). Bybit asks margin for the net position only (P, see `liquidation/offset.rs`): that is
//! not modelled. Limits on positions apply to each leg likewise \[A\]. Only a portfolio account sees
//! both legs in one sum, and only a liquidation closes them against each other.

use firesale_types::{AccountId, InstrumentId, Side};
use serde::{Deserialize, Serialize};

use crate::account::{Account, Position};
use crate::instrument::Instrument;
use crate::state::State;
use crate::triggers::Direction;

/// How many positions an account has in one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionMode {
    /// One, long or short.
    #[default]
    OneWay,
    /// A long and a short one beside each other.
    Hedge,
}

impl PositionMode {
    /// The leg that an order of a side opens or, if it only reduces, closes.
    #[inline]
    #[must_use]
    pub const fn leg(self, side: Side, reduces: bool) -> Leg {
        match (self, side, reduces) {
            (Self::OneWay, ..) => Leg::Net,
            (Self::Hedge, Side::Buy, false) | (Self::Hedge, Side::Sell, true) => Leg::Long,
            (Self::Hedge, ..) => Leg::Short,
        }
    }

    /// The legs of an instrument.
    pub(crate) const fn legs(self) -> &'static [Leg] {
        match self {
            Self::OneWay => &[Leg::Net],
            Self::Hedge => &[Leg::Long, Leg::Short],
        }
    }

    /// The leg that a move in a direction harms.
    #[inline]
    pub(crate) const fn harmed_by(self, direction: Direction) -> Leg {
        match direction {
            Direction::Falling => self.leg(Side::Buy, false),
            Direction::Rising => self.leg(Side::Sell, false),
        }
    }
}

/// Which of the positions in an instrument.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Leg {
    /// The only one, in one-way mode and in spot instruments.
    #[default]
    Net,
    /// The long one of hedge mode, never below zero.
    Long,
    /// The short one of hedge mode, never above zero.
    Short,
}

/// The name of one position of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PositionKey {
    /// Where.
    pub instrument: InstrumentId,
    /// Which of the positions there.
    pub leg: Leg,
}

impl PositionKey {
    /// A leg of an instrument.
    #[inline]
    #[must_use]
    pub const fn new(instrument: InstrumentId, leg: Leg) -> Self {
        Self { instrument, leg }
    }
}

/// The position of one-way mode.
impl From<InstrumentId> for PositionKey {
    fn from(instrument: InstrumentId) -> Self {
        Self::new(instrument, Leg::Net)
    }
}

impl Position {
    #[inline]
    pub(crate) const fn key(&self) -> PositionKey {
        PositionKey::new(self.instrument, self.leg)
    }
}

impl State {
    /// The leg of an account that an order of a side opens or, if it only reduces, closes.
    pub(crate) fn leg_of(&self, account: AccountId, side: Side, reduces: bool) -> Leg {
        self.accounts[account.index()]
            .position_mode
            .leg(side, reduces)
    }
}

impl Account {
    /// The position that an order of a side opens or, if it only reduces, closes.
    #[inline]
    pub(crate) fn key_for(
        &self,
        instrument: InstrumentId,
        side: Side,
        reduces: bool,
    ) -> PositionKey {
        PositionKey::new(instrument, self.position_mode.leg(side, reduces))
    }

    /// The entries of an instrument: at most one in one-way mode, at most two in hedge mode.
    pub(crate) fn entries_in(&self, instrument: InstrumentId) -> &[Position] {
        let first = self.first_in(instrument);
        let rest = &self.positions[first..];
        let of = rest.iter().take_while(|p| p.instrument == instrument);
        &rest[..of.count()]
    }

    /// The places of these entries among the positions.
    pub(crate) fn places_in(&self, instrument: InstrumentId) -> std::ops::Range<usize> {
        let first = self.first_in(instrument);
        first..first + self.entries_in(instrument).len()
    }

    /// The entries of an instrument, to be changed.
    pub(crate) fn entries_in_mut(&mut self, instrument: InstrumentId) -> &mut [Position] {
        let places = self.places_in(instrument);
        &mut self.positions[places]
    }

    /// Chooses the initial margin of an instrument, for all of its legs.
    pub(crate) fn choose_initial(&mut self, id: InstrumentId, rules: &Instrument, chosen: u32) {
        let legs = match rules.is_margined() {
            true => self.position_mode.legs(),
            false => PositionMode::OneWay.legs(),
        };
        for &leg in legs {
            let entry = self.entry(PositionKey::new(id, leg), rules.funding.index);
            entry.chosen_initial = chosen;
        }
    }

    /// Puts the account into an instrument's list of holders, once for all of its legs.
    pub(crate) fn list(&mut self, at: usize, id: AccountId, holders: &mut Vec<AccountId>) {
        let entries = self.entries_in(self.positions[at].instrument);
        if entries.iter().all(|p| !p.listed) {
            holders.push(id);
        }
        self.positions[at].listed = true;
    }

    fn first_in(&self, instrument: InstrumentId) -> usize {
        let mut entries = self.positions.iter();
        let found = entries.position(|p| p.instrument >= instrument);
        found.unwrap_or(self.positions.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_order_of_hedge_mode_turns_a_position() {
        let hedge = |side, reduces| PositionMode::Hedge.leg(side, reduces);
        assert_eq!(hedge(Side::Buy, false), Leg::Long);
        assert_eq!(hedge(Side::Sell, true), Leg::Long);
        assert_eq!(hedge(Side::Sell, false), Leg::Short);
        assert_eq!(hedge(Side::Buy, true), Leg::Short);
        for side in [Side::Buy, Side::Sell] {
            for reduces in [false, true] {
                assert_eq!(PositionMode::OneWay.leg(side, reduces), Leg::Net);
            }
        }
    }

    #[test]
    fn falls_harm_longs() {
        assert_eq!(PositionMode::Hedge.harmed_by(Direction::Falling), Leg::Long);
        assert_eq!(PositionMode::Hedge.harmed_by(Direction::Rising), Leg::Short);
        assert_eq!(PositionMode::OneWay.harmed_by(Direction::Rising), Leg::Net);
    }
}
