//! Rolling a dated future: closing it before it expires and opening the next of its series.
//!
//! From `from` to `until` before the expiry a member closes what it holds in equal slices, reduce-only
//! and no further than `slippage` from the mid. Every fill is followed at once by an order for as much
//! in the next contract, so that a member is never exposed twice; what finds no counterparty is tried
//! again. The rest of the position, if there is one, is delivered.
//!
//! New business of the member belongs to the next contract from the first slice on; members of the
//! population that do not roll go on there after the delivery.

use firesale_exchange::{Cause, Report};
use firesale_types::{AgentRng, InstrumentId, Qty, Side, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use super::wake_at;
use crate::{AgentKind, Intent, Market, MarketId, Markets, Turn};

/// Order slots that rolling needs for each market that ends: one for either contract.
pub(crate) const ROLL_SLOTS: u16 = 2;
/// How often the near contract is tried in the time of a slice.
const TRIES: i64 = 10;
/// Attempts to open what has been closed before a member gives up (its account may be in liquidation).
const MOST_ATTEMPTS: u16 = 500;

/// How a population rolls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RollTerms {
    /// The part of the members that does.
    pub(crate) share: f64,
    /// The first slice comes so long before the expiry,
    pub(crate) from: SimDuration,
    /// and the time of the last ends so long before it.
    pub(crate) until: SimDuration,
    /// How many slices.
    pub(crate) slices: u32,
    /// How far an order may trade from the mid, as a part of it.
    pub(crate) slippage: f64,
}

/// A member's rolls, one for each of its markets that ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rolling {
    rolls: bool,
    legs: Vec<Leg>,
}

/// One position on its way from a contract to the next.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Leg {
    near: MarketId,
    /// The first of its two slots.
    slot: u16,
    /// What was held at the first slice.
    planned: Option<i64>,
    /// Lots closed in the near contract and not yet opened in the far one; long positive.
    owed: i64,
    /// Until then an order may still be on its way.
    near_busy: SimTime,
    far_busy: SimTime,
    attempts: u16,
}

impl Rolling {
    pub(super) fn new<'a>(
        terms: &RollTerms,
        markets: impl Iterator<Item = (&'a Market, u16)>,
        rng: &mut AgentRng,
    ) -> Self {
        let rolls = rng.uniform() < terms.share;
        let ends = markets.filter(|(market, _)| market.next.is_some());
        let legs = ends.enumerate().map(|(at, (market, slot))| Leg {
            near: market.id,
            slot: slot + ROLL_SLOTS * at as u16,
            planned: None,
            owed: 0,
            near_busy: SimTime::ZERO,
            far_busy: SimTime::ZERO,
            attempts: 0,
        });
        Self {
            rolls,
            legs: legs.collect(),
        }
    }

    /// The first slot of an order of a roll.
    pub(super) fn first_slot(&self) -> u16 {
        let slots = self.legs.iter().map(|leg| leg.slot);
        slots.min().unwrap_or(u16::MAX)
    }

    /// When the first slice is due.
    pub(super) fn first(&self, terms: &RollTerms, markets: &Markets) -> Option<SimTime> {
        let ends = self.legs.iter().filter(|_| self.rolls);
        let ends = ends.filter_map(|leg| markets.get(leg.near).expiry);
        ends.map(|end| terms.start(end)).min()
    }
}

impl RollTerms {
    fn start(&self, expiry: SimTime) -> SimTime {
        let at = SimTime(expiry.0.saturating_sub(self.from.0));
        at.max(SimTime::ZERO)
    }

    /// The time from a slice to the next.
    fn slice(&self) -> SimDuration {
        SimDuration((self.from.0 - self.until.0) / i64::from(self.slices))
    }

    /// How many slices are due, and when the next one is.
    fn due(&self, expiry: SimTime, now: SimTime) -> (i64, Option<SimTime>) {
        let start = self.start(expiry);
        let slices = i128::from(self.slices);
        let span = i128::from(expiry.0 - self.until.0 - start.0).max(1);
        if now < start {
            return (0, Some(start));
        }
        let passed = i128::from(now.0 - start.0) * slices / span;
        let next = (passed < slices - 1).then(|| {
            let after = ((passed + 1) * span + slices - 1) / slices;
            SimTime(start.0 + after as i64)
        });
        ((passed + 1).min(slices) as i64, next)
    }
}

/// One look of a member at its positions in contracts that end.
pub(super) fn roll<K: AgentKind>(me: &mut Rolling, terms: &RollTerms, turn: &mut Turn<'_, K>) {
    for leg in &mut me.legs {
        let info = turn.info(leg.near);
        let (Some(expiry), Some(next)) = (info.expiry, info.next) else {
            continue;
        };
        let begins = if me.rolls {
            terms.start(expiry)
        } else {
            expiry
        };
        if turn.now() >= begins && turn.member.home == leg.near {
            turn.member.home = next;
        }
        if me.rolls {
            advance(leg, terms, (expiry, next), turn);
        }
    }
}

fn advance<K: AgentKind>(
    leg: &mut Leg,
    terms: &RollTerms,
    (expiry, next): (SimTime, MarketId),
    turn: &mut Turn<'_, K>,
) {
    hear(leg, turn);
    let now = turn.now();
    let (due, later) = terms.due(expiry, now);
    if let Some(at) = later {
        wake_at(turn, at);
    }
    if due == 0 {
        return;
    }
    let patience = patience(turn);
    let pace = SimDuration(terms.slice().0 / TRIES).max(patience);
    let left = if now < expiry {
        over(leg, i64::from(terms.slices), due, turn)
    } else {
        0
    };
    if left > 0 && now >= leg.near_busy {
        let held = turn.position_qty(leg.near).0;
        let order = bounded(leg.near, Side::of(-held), left, terms, turn);
        turn.submit(order.reduce_only().slot(leg.slot));
        leg.near_busy = now + pace;
    }
    if leg.owed != 0 && now >= leg.far_busy && leg.attempts < MOST_ATTEMPTS {
        let order = bounded(next, Side::of(leg.owed), leg.owed.abs(), terms, turn);
        turn.submit(order.slot(leg.slot + 1));
        leg.far_busy = now + patience;
        leg.attempts += 1;
    }
    if left > 0 {
        wake_at(turn, leg.near_busy);
    }
    if leg.owed != 0 && leg.attempts < MOST_ATTEMPTS {
        wake_at(turn, leg.far_busy);
    }
}

/// Counts what the orders of the roll have traded.
fn hear<K: AgentKind>(leg: &mut Leg, turn: &Turn<'_, K>) {
    let place = |market: MarketId| (turn.info(market).venue, turn.info(market).instrument);
    let near: (_, InstrumentId) = place(leg.near);
    let far = turn.info(leg.near).next.map(place);
    for heard in turn.reports() {
        let Report::Fill {
            instrument,
            id,
            side,
            qty,
            ..
        } = heard.report
        else {
            continue;
        };
        let at = (heard.venue, instrument);
        let of_near = at == near && id.slot() == leg.slot;
        let of_far = Some(at) == far && id.slot() == leg.slot + 1;
        if of_near || of_far {
            // A sale of the near contract is owed as a purchase of the far one, and the other way.
            leg.owed -= side.sign() * qty.0;
        }
        if of_near {
            leg.attempts = 0;
        }
        if of_far {
            leg.far_busy = SimTime::ZERO;
        }
    }
}

/// Lots of the near contract that should have been closed by now.
fn over<K: AgentKind>(leg: &mut Leg, slices: i64, due: i64, turn: &Turn<'_, K>) -> i64 {
    let held = turn.position_qty(leg.near).0;
    let planned = *leg.planned.get_or_insert(held);
    if held.signum() != planned.signum() {
        return held.abs();
    }
    let kept = i128::from(planned.abs()) * i128::from(slices - due) / i128::from(slices);
    (held.abs() - kept as i64).max(0)
}

/// An order that trades at once, near the mid.
fn bounded<K: AgentKind>(
    market: MarketId,
    side: Side,
    lots: i64,
    terms: &RollTerms,
    turn: &Turn<'_, K>,
) -> Intent {
    let worst = turn.quote(market).mid * (1.0 + side.sign() as f64 * terms.slippage);
    let worst = turn.info(market).price(worst);
    let order = Intent::order(side, Qty(lots)).on(market);
    order.at_worst(worst).because(Cause::HEDGE)
}

/// How long an order and what is heard of it may take.
fn patience<K: AgentKind>(turn: &Turn<'_, K>) -> SimDuration {
    let latency = &turn.population.latency;
    SimDuration(1_000_000_000 + 2 * latency.base.0 + 8 * latency.jitter.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four slices from 100 s to 20 s before an expiry at 200 s: at 100, 120, 140 and 160 s.
    #[test]
    fn slices_fall_due_one_after_another() {
        let terms = RollTerms {
            share: 1.0,
            from: SimDuration::secs(100),
            until: SimDuration::secs(20),
            slices: 4,
            slippage: 0.0,
        };
        let second = |n: i64| SimTime(n * 1_000_000_000);
        let due = |now| terms.due(second(200), second(now));
        assert_eq!(due(0), (0, Some(second(100))));
        assert_eq!(due(100), (1, Some(second(120))));
        assert_eq!(due(119), (1, Some(second(120))));
        assert_eq!(due(120), (2, Some(second(140))));
        assert_eq!(due(160), (4, None));
        assert_eq!(due(199), (4, None));
        // A window that began before the run begins with it.
        let early = RollTerms {
            from: SimDuration::secs(500),
            ..terms
        };
        assert_eq!(early.due(second(200), second(0)), (1, Some(second(45))));
    }
}
