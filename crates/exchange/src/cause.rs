//! Reasons: why an order was sent, and what a breach came from.

use serde::{Deserialize, Serialize};

/// Why an order was sent: the last link of a chain that never ends in a blank.
///
/// Travels as the `tag` of an order: values below [`Cause::FIRST_LIQUIDATION`] are the reasons of
/// agents, values from there on name a link of the venue's genealogy ([`CauseKind`]): a liquidation,
/// and from 2^31 on what is no liquidation of this venue. Users cannot send the latter.
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
    /// A payment of funding.
    pub const FUNDING: Self = Self(9);
    /// The first value that names a liquidation.
    pub const FIRST_LIQUIDATION: u32 = 16;
    /// Liquidations that are not told apart.
    pub const POOLED: Self = Self(u32::MAX);

    /// The cause of an order that liquidation `id` of this venue sends.
    #[must_use]
    pub const fn liquidation(id: u32) -> Self {
        Self(id + Self::FIRST_LIQUIDATION)
    }

    /// The cause of orders that were released together by their triggers.
    #[must_use]
    pub const fn stops(release: u32) -> Self {
        Self(STOPS << KIND_BITS | release)
    }

    /// The cause of what auto-deleveraging for liquidation `id` of this venue brought about: a hedge
    /// that is gone.
    #[must_use]
    pub const fn adl(id: u32) -> Self {
        Self(ADL << KIND_BITS | id)
    }

    /// The cause of an order by which vault or fund sell what they took over from liquidation `id`
    /// of this venue.
    #[must_use]
    pub const fn unwind(id: u32) -> Self {
        Self(UNWIND << KIND_BITS | id)
    }

    /// The cause of the gap at the reopening after a halt.
    #[must_use]
    pub const fn halt(halt: u32) -> Self {
        Self(HALT << KIND_BITS | halt)
    }

    /// A link of another venue's genealogy, by its place among those this venue was told of.
    pub(crate) const fn elsewhere(place: u32) -> Self {
        Self(HALT << KIND_BITS | ELSEWHERE | place)
    }

    /// What it names.
    #[must_use]
    pub const fn kind(self) -> CauseKind {
        let number = self.0 & ((1 << KIND_BITS) - 1);
        match self.0 >> KIND_BITS {
            _ if self.0 == Self::POOLED.0 => CauseKind::Pooled,
            STOPS => CauseKind::Stops(number),
            ADL => CauseKind::Adl(number),
            UNWIND => CauseKind::Unwind(number),
            HALT if number & ELSEWHERE != 0 => CauseKind::Elsewhere(number & !ELSEWHERE),
            HALT => CauseKind::Halt(number),
            _ => match self.as_liquidation() {
                Some(id) => CauseKind::Liquidation(id),
                None => CauseKind::Reason,
            },
        }
    }

    /// The liquidation of this venue that it names, if it does.
    #[must_use]
    pub const fn as_liquidation(self) -> Option<u32> {
        if self.0 >> 31 == 0 {
            self.0.checked_sub(Self::FIRST_LIQUIDATION)
        } else {
            None
        }
    }

    /// Whether it is a reason that users may state.
    #[must_use]
    pub const fn is_reason(self) -> bool {
        self.0 < Self::FIRST_LIQUIDATION
    }

    /// The name of the reason or of the kind of link.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.kind() {
            CauseKind::Reason => self.name_of_reason(),
            CauseKind::Liquidation(_) | CauseKind::Pooled | CauseKind::Elsewhere(_) => {
                "liquidation"
            }
            CauseKind::Stops(_) => "stop",
            CauseKind::Adl(_) => "adl",
            CauseKind::Unwind(_) => "unwind",
            CauseKind::Halt(_) => "halt",
        }
    }

    const fn name_of_reason(self) -> &'static str {
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
            9 => "funding",
            _ => "reserved",
        }
    }
}

/// The bits below the kind of a cause that is neither a reason nor a liquidation.
const KIND_BITS: u32 = 29;
const STOPS: u32 = 4;
const ADL: u32 = 5;
const UNWIND: u32 = 6;
const HALT: u32 = 7;
/// Within the last kind: tells a link elsewhere from a halt here.
const ELSEWHERE: u32 = 1 << 28;

/// What a [`Cause`] names: a reason, which ends a chain, or a link of the venue's genealogy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    /// A reason.
    Reason,
    /// A liquidation of this venue, by its number.
    Liquidation(u32),
    /// Orders released together by their triggers, by the number of the release.
    Stops(u32),
    /// Auto-deleveraging for a liquidation.
    Adl(u32),
    /// The sale of what was taken over from a liquidation.
    Unwind(u32),
    /// A halt, by its number.
    Halt(u32),
    /// A link of another venue's genealogy.
    Elsewhere(u32),
    /// Liquidations that are not told apart.
    Pooled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_never_meet() {
        for number in [0, 1, 77, (1 << 28) - 2] {
            let made = [
                (Cause::liquidation(number), CauseKind::Liquidation(number)),
                (Cause::stops(number), CauseKind::Stops(number)),
                (Cause::adl(number), CauseKind::Adl(number)),
                (Cause::unwind(number), CauseKind::Unwind(number)),
                (Cause::halt(number), CauseKind::Halt(number)),
                (Cause::elsewhere(number), CauseKind::Elsewhere(number)),
            ];
            for (cause, kind) in made {
                assert_eq!(cause.kind(), kind);
                assert!(!cause.is_reason());
                let named = matches!(kind, CauseKind::Liquidation(_)).then_some(number);
                assert_eq!(cause.as_liquidation(), named);
            }
        }
        assert_eq!(Cause::POOLED.kind(), CauseKind::Pooled);
        assert_eq!(Cause::FUNDING.kind(), CauseKind::Reason);
        assert_eq!(Cause(15).name(), "reserved");
    }
}
