//! What others' bankruptcies have cost an account: hedges that auto-deleveraging took, and shares of
//! losses.
//!
//! A hedge that is gone brings no loss by itself: the loss is that its gain is missing when the
//! price moves on. So its part of a breach is the gain that it would have brought since, never more
//! than the whole loss: without the deleveraging the unit would have lost so much less.

use std::collections::BTreeMap;

use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::Cause;
use crate::account::MarginMode;
use crate::leg::PositionKey;
use crate::state::State;

/// How long a burden counts: who has lost a hedge has had time to find another after that. (Our
/// choice; [D].)
const MEMORY: SimDuration = SimDuration::secs(600);
/// The most burdens that are remembered of an account, the latest.
const MOST: usize = 8;

/// One burden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Burden {
    at: SimTime,
    cause: Cause,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    /// A position that was closed.
    Hedge {
        instrument: InstrumentId,
        /// Long positive.
        lots: Qty,
        /// The mark at that moment.
        mark: Price,
        /// What was left of it, if it was held at this venue.
        left: Option<Qty>,
    },
    /// Money that was taken.
    Charge(Usd),
}

/// All burdens, by account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Burdens(BTreeMap<AccountId, Vec<Burden>>);

impl Burdens {
    fn add(&mut self, account: AccountId, burden: Burden) {
        let known = self.0.entry(account).or_default();
        known.retain(|old| burden.at.since(old.at) <= MEMORY);
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push(burden);
    }
}

impl State {
    /// A position, of which `lots` (long positive) were taken, may have hedged others of a cross
    /// account. `left` is what is left of it, if it was held here.
    pub(crate) fn bear_hedge(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        (lots, left): (i64, Option<Qty>),
        cause: Cause,
        now: SimTime,
    ) {
        let key = self.held_as(account, instrument, lots);
        let holder = &self.accounts[account.index()];
        let others = holder.positions.iter().filter(|position| {
            !position.qty.is_zero() && (left.is_none() || position.key() != key)
        });
        let alone = holder.mode == MarginMode::Isolated && left.is_some();
        if others.count() == 0 || alone || lots == 0 {
            return;
        }
        let what = What::Hedge {
            instrument,
            lots: Qty(lots),
            mark: self.instruments[instrument.index()].mark,
            left,
        };
        let at = now;
        self.genealogy
            .burdens
            .add(account, Burden { at, cause, what });
    }

    /// A share of the loss that a liquidation has left was taken from an account.
    pub(crate) fn bear_charge(&mut self, account: AccountId, liquidation: u32, amount: Usd) {
        let burden = Burden {
            at: self.step_of(liquidation),
            cause: Cause::liquidation(liquidation),
            what: What::Charge(amount),
        };
        self.genealogy.burdens.add(account, burden);
    }

    /// Auto-deleveraging for a liquidation has just taken lots (long positive) of an account.
    pub(crate) fn note_deleveraged(
        &mut self,
        liquidation: u32,
        account: AccountId,
        instrument: InstrumentId,
        lots: Qty,
    ) {
        let key = self.held_as(account, instrument, lots.0);
        let position = self.accounts[account.index()].position(key);
        let left = position.map_or(Qty::ZERO, |position| position.qty);
        let (cause, at) = (Cause::adl(liquidation), self.step_of(liquidation));
        self.bear_hedge(account, instrument, (lots.0, Some(left)), cause, at);
    }

    /// When the step of a liquidation that is being made was due; a liquidation that waits for a
    /// book has none.
    fn step_of(&self, liquidation: u32) -> SimTime {
        let case = &self.liquidations[liquidation as usize];
        if case.next < SimTime::MAX {
            case.next
        } else {
            case.began
        }
    }

    fn burdens(&self, account: AccountId, now: SimTime) -> impl Iterator<Item = &Burden> {
        let known = self.genealogy.burdens.0.get(&account).into_iter().flatten();
        known.filter(move |burden| now.since(burden.at) <= MEMORY)
    }

    /// What was charged to an account lately, by cause, in micro-USD.
    pub(super) fn charges(
        &self,
        account: AccountId,
        now: SimTime,
    ) -> impl Iterator<Item = (Cause, i64)> {
        self.burdens(account, now)
            .filter_map(|burden| match burden.what {
                What::Charge(amount) => Some((burden.cause, amount.0)),
                What::Hedge { .. } => None,
            })
    }

    /// What hedges would have gained that were taken lately and not replaced, in micro-USD, by
    /// cause; of those in one instrument, or of all.
    pub(super) fn missed_gains(
        &self,
        account: AccountId,
        only: Option<InstrumentId>,
        now: SimTime,
    ) -> impl Iterator<Item = (Cause, i64)> {
        self.burdens(account, now).filter_map(move |burden| {
            let What::Hedge {
                instrument,
                lots,
                mark,
                left,
            } = burden.what
            else {
                return None;
            };
            if only.is_some_and(|only| only != instrument) {
                return None;
            }
            let missing = self.not_replaced(account, instrument, (lots, left));
            let moved = self.instruments[instrument.index()].mark.0 - mark.0;
            let gain = self.value(instrument, Price(moved), missing);
            (gain > 0).then_some((burden.cause, gain))
        })
    }

    /// The position in which an account holds lots (long positive) of an instrument.
    fn held_as(&self, account: AccountId, instrument: InstrumentId, lots: i64) -> PositionKey {
        PositionKey::new(instrument, self.leg_of(account, Side::of(lots), false))
    }

    /// How much of a hedge is still missing, long positive.
    fn not_replaced(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        (lots, left): (Qty, Option<Qty>),
    ) -> Qty {
        let Some(left) = left else { return lots };
        let side = lots.0.signum();
        let key = self.held_as(account, instrument, side);
        let position = self.accounts[account.index()].position(key);
        let held = position.map_or(0, |position| position.qty.0);
        let again = (side * (held - left.0)).clamp(0, lots.0.abs());
        Qty(lots.0 - side * again)
    }
}
