//! Links of other venues: what a venue is told of them, and how it names them.

use firesale_types::{AccountId, AssetId, InstrumentId, Rate, SimTime};
use serde::{Deserialize, Serialize};

use super::{Lineage, Link};
use crate::attribution::ImpactLedger;
use crate::state::State;
use crate::triggers::Direction;
use crate::{Cause, CauseKind, Exchange};

/// The most parts that wait for their price or halt; more are dropped and have no culprit.
const MOST_TOLD: usize = 256;

/// A link of another venue, or a reason, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Which.
    pub link: Link,
    /// Where it stands in its chain, as the venue that is told would name the root.
    pub lineage: Lineage,
}

/// What an origin explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// The next change of the index of an asset.
    Index(AssetId),
    /// The next change of the mid price elsewhere.
    OtherMid(InstrumentId),
    /// The next halt along with another venue.
    Halt(InstrumentId),
    /// What hedges do to the price of an instrument, until more is told.
    Hedges {
        /// Of what.
        instrument: InstrumentId,
        /// Downwards or upwards.
        falling: bool,
    },
}

/// A part that waits for what it explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    of: Told,
    cause: Cause,
    part: Rate,
}

/// The links of other venues that this one knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    origins: Vec<Origin>,
    /// Their places, by link.
    places: Vec<(Link, u32)>,
    told: Vec<Part>,
}

impl Elsewhere {
    pub(super) fn lineage(&self, at: u32) -> Option<Lineage> {
        self.origins.get(at as usize).map(|origin| origin.lineage)
    }

    pub(super) fn link(&self, at: u32) -> Option<Link> {
        self.origins.get(at as usize).map(|origin| origin.link)
    }

    /// The name of a link here; the same link has one name.
    fn name(&mut self, origin: Origin) -> Cause {
        match self
            .places
            .binary_search_by_key(&origin.link, |known| known.0)
        {
            Ok(at) => Cause::elsewhere(self.places[at].1),
            Err(at) => {
                let place = self.origins.len() as u32;
                self.origins.push(origin);
                self.places.insert(at, (origin.link, place));
                Cause::elsewhere(place)
            }
        }
    }
}

impl State {
    /// This venue's name of a link that it is told of; a reason stays a reason, and what it should
    /// know but does not is an unexplained move of the index.
    fn named(&mut self, origin: Origin) -> Cause {
        let cause = origin.link.cause;
        if cause.is_reason() || cause == Cause::POOLED {
            return cause;
        }
        let within = |number: u32, all: usize| (number as usize) < all;
        let exists = match cause.kind() {
            _ if origin.link.venue.is_some() => return self.genealogy.elsewhere.name(origin),
            CauseKind::Liquidation(id) | CauseKind::Adl(id) | CauseKind::Unwind(id) => {
                within(id, self.liquidations.len())
            }
            CauseKind::Stops(at) => within(at, self.genealogy.releases.len()),
            CauseKind::Halt(at) => within(at, self.genealogy.halts.len()),
            _ => false,
        };
        if exists { cause } else { Cause::INDEX }
    }

    /// Hears what a part of something that follows comes from.
    pub(crate) fn hear(&mut self, of: Told, part: Rate, origin: Origin, now: SimTime) {
        if let Told::Hedges {
            instrument,
            falling,
        } = of
        {
            let cause = self.named(origin);
            self.hear_behind((instrument, falling), (cause, part), now);
        } else if self.genealogy.elsewhere.told.len() < MOST_TOLD && part > Rate::ZERO {
            let cause = self.named(origin);
            let part = Part { of, cause, part };
            self.genealogy.elsewhere.told.push(part);
        }
    }

    /// What has been told of something that happens now: causes and parts, which add up to at most
    /// one.
    pub(crate) fn take_told(&mut self, of: Told) -> Parts {
        let mut parts = Parts::new();
        let mut left = Rate::ONE;
        self.genealogy.elsewhere.told.retain(|told| {
            if told.of == of {
                let part = told.part.min(left);
                left = left - part;
                parts.push((told.cause, part));
            }
            told.of != of
        });
        parts
    }

    /// The parent of a halt that follows another venue's.
    pub(super) fn told_halt(&mut self, instrument: InstrumentId) -> Option<(Cause, Lineage)> {
        let told = self.take_told(Told::Halt(instrument));
        let &(cause, _) = told.first()?;
        Some((cause, self.lineage(cause)))
    }

    /// Another venue's auto-deleveraging has taken a position of the owner of an account here.
    pub(crate) fn hear_of_hedge(
        &mut self,
        account: AccountId,
        (base, amount): (AssetId, i64),
        origin: Origin,
        now: SimTime,
    ) {
        let Some(holder) = self.accounts.get(account.index()) else {
            return;
        };
        // The position that it hedged: the first in the same asset on the other side.
        let hedged = holder.positions.iter().find(|position| {
            let rules = &self.config.instruments[position.instrument.index()];
            rules.base == base && position.qty.0.signum() == -amount.signum() && amount != 0
        });
        let Some(instrument) = hedged.map(|position| position.instrument) else {
            return;
        };
        let lots = amount / self.instruments[instrument.index()].lot_units.max(1);
        let cause = self.named(origin);
        self.bear_hedge(account, instrument, (lots, None), cause, now);
    }
}

/// Causes with their parts.
pub(crate) type Parts = smallvec::SmallVec<[(Cause, Rate); 8]>;

/// Books a move to what it was told to come from; the rest to the index.
pub(crate) fn spread(
    ledger: &mut ImpactLedger,
    now: SimTime,
    (direction, ticks): (Direction, i64),
    told: &[(Cause, Rate)],
) {
    let upto = |part: Rate| i128::from(ticks) * i128::from(part.0) / i128::from(Rate::ONE.0);
    let (mut sum, mut booked) = (Rate::ZERO, 0);
    for &(cause, part) in told {
        sum = sum + part;
        let ticks = upto(sum) as i64 - booked;
        booked += ticks;
        ledger.add(now, direction, cause, ticks);
    }
    if ticks > booked {
        ledger.add(now, direction, Cause::INDEX, ticks - booked);
    }
}

impl Exchange {
    /// Who has moved the price of an instrument lately, downwards or upwards: amounts by cause that
    /// compare within one call.
    #[must_use]
    pub fn movers(
        &self,
        instrument: InstrumentId,
        falling: bool,
        now: SimTime,
    ) -> Vec<(Cause, i64)> {
        let direction = Direction::BOTH[usize::from(!falling)];
        let impact = &self.state.instruments[instrument.index()].impact;
        let mut movers: Vec<(Cause, i64)> = Vec::new();
        for (cause, amount) in impact.moves(now, direction) {
            match movers.iter_mut().find(|known| known.0 == cause) {
                Some(known) => known.1 = known.1.saturating_add(amount),
                None => movers.push((cause, amount)),
            }
        }
        movers
    }
}
