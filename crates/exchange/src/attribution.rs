//! Which orders moved the price: the memory from which a breach takes its cause.

use firesale_types::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::triggers::Direction;
use crate::{Cause, MarkRule};

/// How many liquidations of one direction are told apart at a time; the smallest of the others are
/// pooled, so that shares stay exact.
const TOLD_APART: usize = 32;

/// Reasons of agents, told apart always.
const REASONS: usize = Cause::FIRST_LIQUIDATION as usize;

/// The window of rules that have none of their own.
const DEFAULT_WINDOW: SimDuration = SimDuration::secs(30);

/// Stands for the pooled liquidations: beyond all that are told.
const POOLED: Cause = Cause(u32::MAX);

/// Moves in one direction within one window, in ticks by cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Moves {
    reasons: [i64; REASONS],
    liquidations: Vec<(Cause, i64)>,
    pooled: i64,
}

impl Moves {
    fn add(&mut self, cause: Cause, ticks: i64) {
        if let Some(reason) = self.reasons.get_mut(cause.0 as usize) {
            *reason += ticks;
        } else if let Some(known) = self.liquidations.iter_mut().find(|known| known.0 == cause) {
            known.1 += ticks;
        } else if self.liquidations.len() < TOLD_APART {
            self.liquidations.push((cause, ticks));
        } else {
            self.replace_smallest(cause, ticks);
        }
    }

    /// Pools the smaller of the new liquidation and the smallest known one.
    fn replace_smallest(&mut self, cause: Cause, ticks: i64) {
        let smallest = self.liquidations.iter_mut().min_by_key(|known| known.1);
        self.pooled += match smallest {
            Some(known) if known.1 < ticks => std::mem::replace(known, (cause, ticks)).1,
            _ => ticks,
        };
    }

    fn iter(&self) -> impl Iterator<Item = (Cause, i64)> {
        let reasons = self.reasons.iter().enumerate();
        let reasons = reasons.map(|(reason, &ticks)| (Cause(reason as u32), ticks));
        let liquidations = self.liquidations.iter().copied();
        reasons.chain(liquidations).chain([(POOLED, self.pooled)])
    }

    fn clear(&mut self) {
        self.reasons = [0; REASONS];
        self.liquidations.clear();
        self.pooled = 0;
    }
}

/// Who moved the price of one instrument lately.
///
/// Moves are gathered in windows as long as the memory of the mark rule (its mean's window or its
/// average's time constant, else 30 s); the moves of the previous window fade linearly while the
/// present one fills. A move is what a taker's fills did to the best price on the other side, or
/// what the index or a script did to it, in ticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImpactLedger {
    window: SimDuration,
    start: SimTime,
    present: [Moves; 2],
    previous: [Moves; 2],
}

impl ImpactLedger {
    pub(crate) fn new(rule: &MarkRule) -> Self {
        let window = match *rule {
            MarkRule::Last | MarkRule::Index | MarkRule::Scripted => DEFAULT_WINDOW,
            MarkRule::MedianOfThree { window } => window,
            MarkRule::MedianWithEma { ema, .. } => ema,
        };
        Self {
            window,
            start: SimTime::ZERO,
            present: Default::default(),
            previous: Default::default(),
        }
    }

    /// Books a move.
    pub(crate) fn add(&mut self, now: SimTime, direction: Direction, cause: Cause, ticks: i64) {
        self.turn(now);
        self.present[direction.index()].add(cause, ticks);
    }

    /// Begins a new window when the present one is over.
    fn turn(&mut self, now: SimTime) {
        let age = now.since(self.start).0;
        if age < self.window.0 {
            return;
        }
        std::mem::swap(&mut self.present, &mut self.previous);
        self.present.iter_mut().for_each(Moves::clear);
        self.start += self.window;
        if age >= 2 * self.window.0 {
            self.previous.iter_mut().for_each(Moves::clear);
            self.start = now;
        }
    }

    /// The moves in one direction as they count now, in 1/65,536 of a tick; a cause may come twice.
    /// Pooled liquidations come as a cause beyond all liquidations.
    pub(crate) fn moves(
        &self,
        now: SimTime,
        direction: Direction,
    ) -> impl Iterator<Item = (Cause, i64)> {
        let age = now.since(self.start).0;
        let present = (&self.present, self.weight(age));
        let previous = (
            &self.previous,
            self.weight(age.saturating_add(self.window.0)),
        );
        [present, previous]
            .into_iter()
            .flat_map(move |(moves, weight)| {
                let moves = moves[direction.index()].iter();
                moves.map(move |(cause, ticks)| (cause, ticks.saturating_mul(weight)))
            })
            .filter(|&(_, amount)| amount > 0)
    }

    /// What a move counts in the window after its own: all of it at the start, nothing at the end.
    fn weight(&self, age: i64) -> i64 {
        let over = (age - self.window.0).max(0);
        let left = (self.window.0 - over).max(0);
        ((i128::from(left) << 16) / i128::from(self.window.0.max(1))) as i64
    }
}

/// Where a breach came from: the sum over the instruments of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attribution {
    shares: Vec<(Cause, i128)>,
}

impl Attribution {
    /// Adds the moves of one instrument, each times the value of a tick of the position.
    pub(crate) fn add(&mut self, moves: impl Iterator<Item = (Cause, i64)>, tick_value: i128) {
        for (cause, ticks) in moves {
            let amount = tick_value * i128::from(ticks);
            match self.shares.iter_mut().find(|share| share.0 == cause) {
                Some(share) => share.1 += amount,
                None => self.shares.push((cause, amount)),
            }
        }
    }

    /// The largest cause (the first of equals by number), or [`Cause::SCRIPT`] if nothing moved
    /// the price. Pooled liquidations are never it.
    pub(crate) fn largest(&self) -> Cause {
        let told = self.shares.iter().filter(|share| share.0 != POOLED);
        told.max_by_key(|share| (share.1, std::cmp::Reverse(share.0)))
            .map_or(Cause::SCRIPT, |share| share.0)
    }

    /// The share of liquidations.
    pub(crate) fn forced_share(&self) -> f32 {
        let all: i128 = self.shares.iter().map(|share| share.1).sum();
        let forced = self
            .shares
            .iter()
            .filter(|share| share.0.as_liquidation().is_some());
        let forced: i128 = forced.map(|share| share.1).sum();
        if all == 0 {
            0.0
        } else {
            (forced as f64 / all as f64) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn total(ledger: &ImpactLedger, now: i64) -> i64 {
        let moves = ledger.moves(SimTime(now), Direction::Falling);
        moves.map(|(_, amount)| amount).sum()
    }

    #[test]
    fn moves_fade_over_the_window() {
        let rule = MarkRule::MedianOfThree {
            window: SimDuration::secs(10),
        };
        let mut ledger = ImpactLedger::new(&rule);
        ledger.add(SimTime(SECOND), Direction::Falling, Cause::SIGNAL, 8);
        assert_eq!(total(&ledger, 9 * SECOND), 8 << 16);
        assert_eq!(total(&ledger, 15 * SECOND), 4 << 16);
        ledger.add(SimTime(15 * SECOND), Direction::Falling, Cause::NEWS, 3);
        assert_eq!(total(&ledger, 15 * SECOND), 7 << 16);
        assert_eq!(total(&ledger, 20 * SECOND), 3 << 16);
        assert_eq!(total(&ledger, 30 * SECOND), 0);
        assert_eq!(
            ledger
                .moves(SimTime(15 * SECOND), Direction::Rising)
                .count(),
            0
        );
        ledger.add(SimTime(100 * SECOND), Direction::Falling, Cause::NEWS, 1);
        assert_eq!(total(&ledger, 100 * SECOND), 1 << 16);
    }

    #[test]
    fn the_largest_cause_and_the_forced_share() {
        let mut ledger = ImpactLedger::new(&MarkRule::Last);
        let at = SimTime::ZERO;
        for id in 0..100 {
            ledger.add(at, Direction::Falling, Cause::liquidation(id), 1);
        }
        ledger.add(at, Direction::Falling, Cause::NEWS, 60);
        ledger.add(at, Direction::Falling, Cause::liquidation(7), 40);
        let mut attribution = Attribution::default();
        attribution.add(ledger.moves(at, Direction::Falling), 3);
        assert_eq!(attribution.largest(), Cause::NEWS);
        assert!((attribution.forced_share() - 0.7).abs() < 1e-6);
    }

    #[test]
    fn a_breach_without_a_move_has_no_culprit() {
        let attribution = Attribution::default();
        assert_eq!(attribution.largest(), Cause::SCRIPT);
        assert!(attribution.forced_share().abs() < f32::EPSILON);
    }
}
