//! Which orders moved a price, and how far: the memory from which a breach takes its cause.

use firesale_types::{Rate, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::triggers::Direction;
use crate::{Cause, CauseKind, MarkRule};

/// How many liquidations of one direction are told apart at a time; the smallest of the others are
/// pooled, so that shares stay exact.
const TOLD_APART: usize = 32;

/// Reasons of agents, told apart always.
const REASONS: usize = Cause::FIRST_LIQUIDATION as usize;

/// The window of rules that have none of their own.
const DEFAULT_WINDOW: SimDuration = SimDuration::secs(30);

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
            *reason = reason.saturating_add(ticks);
        } else if let Some(known) = self.liquidations.iter_mut().find(|known| known.0 == cause) {
            known.1 = known.1.saturating_add(ticks);
        } else if self.liquidations.len() < TOLD_APART {
            self.liquidations.push((cause, ticks));
        } else {
            self.replace_smallest(cause, ticks);
        }
    }

    /// Pools the smaller of the new link and the smallest known one: stops with what is only known to
    /// be stops, all others with what is only known to be forced.
    fn replace_smallest(&mut self, cause: Cause, ticks: i64) {
        let smallest = self.liquidations.iter_mut().min_by_key(|known| known.1);
        let (cause, ticks) = match smallest {
            Some(known) if known.1 < ticks => std::mem::replace(known, (cause, ticks)),
            _ => (cause, ticks),
        };
        let pool = match cause.kind() {
            CauseKind::Stops(_) => &mut self.reasons[Cause::STOP.0 as usize],
            _ => &mut self.pooled,
        };
        *pool = pool.saturating_add(ticks);
    }

    fn iter(&self) -> impl Iterator<Item = (Cause, i64)> {
        let reasons = self.reasons.iter().enumerate();
        let reasons = reasons.map(|(reason, &ticks)| (Cause(reason as u32), ticks));
        let liquidations = self.liquidations.iter().copied();
        reasons
            .chain(liquidations)
            .chain([(Cause::POOLED, self.pooled)])
    }

    fn clear(&mut self) {
        self.reasons = [0; REASONS];
        self.liquidations.clear();
        self.pooled = 0;
    }
}

/// A level over the present and the previous window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Level {
    now: i64,
    /// When the present window began.
    present: i64,
    /// When the previous window began.
    previous: i64,
}

impl Level {
    const fn at(level: i64) -> Self {
        Self {
            now: level,
            present: level,
            previous: level,
        }
    }

    /// A window is over, or several.
    fn turn(&mut self, several: bool) {
        self.previous = if several { self.now } else { self.present };
        self.present = self.now;
    }
}

/// A part of the way of a level: from, to, and what it counts in 1/65,536.
pub(crate) type Step = (i64, i64, i64);

/// Who moved the price of one instrument, or of one asset, lately.
///
/// Moves are gathered in windows as long as the memory of the mark rule (its mean's window or its
/// average's time constant, else 30 s); the moves of the previous window fade linearly while the
/// present one fills. A move is what a taker's fills did to the best price on the other side, or
/// what the index or a script did to it, in ticks. The mark and the cumulative funding are
/// remembered from the beginning of both windows on: what a position lost by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImpactLedger {
    window: SimDuration,
    start: SimTime,
    present: [Moves; 2],
    previous: [Moves; 2],
    price: Level,
    funding: Level,
    /// Where the price went last.
    pub(crate) heading: Direction,
}

/// The memory of a rule: its mean's window or its average's time constant.
pub(crate) const fn window_of(rule: &MarkRule) -> SimDuration {
    match *rule {
        MarkRule::Last | MarkRule::Index | MarkRule::Scripted => DEFAULT_WINDOW,
        MarkRule::MedianOfThree { window } => window,
        MarkRule::MedianWithEma { ema, .. } => ema,
    }
}

impl ImpactLedger {
    pub(crate) fn new(rule: &MarkRule, price: i64) -> Self {
        Self::over(window_of(rule), price)
    }

    /// With windows of this length.
    pub(crate) fn over(window: SimDuration, price: i64) -> Self {
        Self {
            window,
            start: SimTime::ZERO,
            present: Default::default(),
            previous: Default::default(),
            price: Level::at(price),
            funding: Level::default(),
            heading: Direction::Falling,
        }
    }

    /// How long a move is remembered at most.
    pub(crate) fn memory(&self) -> SimDuration {
        SimDuration(self.window.0.saturating_mul(2))
    }

    /// The price by which positions or holdings are valued has changed, or not.
    #[inline]
    pub(crate) fn set_price(&mut self, now: SimTime, price: i64) {
        if price == self.price.now {
            return;
        }
        self.turn(now);
        self.heading = if price < self.price.now {
            Direction::Falling
        } else {
            Direction::Rising
        };
        self.price.now = price;
    }

    /// The cumulative funding has changed.
    pub(crate) fn set_funding(&mut self, now: SimTime, index: i64) {
        self.turn(now);
        self.funding.now = index;
    }

    /// The way of the price as it counts now: two parts that fade like the moves in them.
    pub(crate) fn price_steps(&self, now: SimTime) -> [Step; 2] {
        self.steps(now, &self.price)
    }

    /// The way of the cumulative funding, likewise.
    pub(crate) fn funding_steps(&self, now: SimTime) -> [Step; 2] {
        self.steps(now, &self.funding)
    }

    fn steps(&self, now: SimTime, level: &Level) -> [Step; 2] {
        let age = now.since(self.start).0;
        let before = age.saturating_add(self.window.0);
        [
            (level.present, level.now, self.weight(age)),
            (level.previous, level.present, self.weight(before)),
        ]
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
        let several = age >= 2 * self.window.0;
        if several {
            self.previous.iter_mut().for_each(Moves::clear);
            self.start = now;
        }
        self.price.turn(several);
        self.funding.turn(several);
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

/// What brought something about: amounts by cause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attribution {
    shares: Vec<(Cause, i128)>,
}

impl Attribution {
    /// Adds moves, each times the value of a tick.
    pub(crate) fn add(&mut self, moves: &[(Cause, i64)], tick_value: i128) {
        for &(cause, ticks) in moves {
            self.put(cause, tick_value * i128::from(ticks));
        }
    }

    /// Adds an amount.
    pub(crate) fn put(&mut self, cause: Cause, amount: i128) {
        match self.shares.iter_mut().find(|share| share.0 == cause) {
            Some(share) => share.1 += amount,
            None => self.shares.push((cause, amount)),
        }
    }

    /// Divides an amount among the causes of moves in proportion to them; without a move it has no
    /// culprit ([`Cause::SCRIPT`]).
    pub(crate) fn divide(&mut self, amount: i128, moves: &[(Cause, i64)]) {
        let all: i128 = moves.iter().map(|one| i128::from(one.1)).sum();
        if all == 0 {
            return self.put(Cause::SCRIPT, amount);
        }
        for &(cause, ticks) in moves {
            self.put(cause, muldiv(amount, i128::from(ticks), all));
        }
    }

    /// Gives a cause a part of the whole, taken from all others in proportion.
    pub(crate) fn displace(&mut self, cause: Cause, amount: i128) {
        let all = self.total();
        let amount = amount.clamp(0, all);
        if amount == 0 {
            return;
        }
        for share in &mut self.shares {
            share.1 = muldiv(share.1, all - amount, all);
        }
        self.put(cause, amount);
    }

    fn total(&self) -> i128 {
        self.shares.iter().map(|share| share.1).sum()
    }

    /// The largest cause: of the largest kind the largest link, or [`Cause::SCRIPT`] if nothing moved
    /// the price. A reason is the sum of many orders, so it is compared with the sum of all that was
    /// forced and not with one liquidation. Of equals the first by number. Pooled liquidations are
    /// never it.
    pub(crate) fn largest(&self) -> Cause {
        let mut kinds: smallvec::SmallVec<[(Cause, i128); 16]> = smallvec::SmallVec::new();
        for &(cause, amount) in &self.shares {
            match kinds.iter_mut().find(|kind| kind.0 == kind_of(cause)) {
                Some(kind) => kind.1 += amount,
                None => kinds.push((kind_of(cause), amount)),
            }
        }
        kinds.sort_by_key(|&(kind, amount)| (std::cmp::Reverse(amount), kind));
        let largest = |kind: &(Cause, i128)| {
            let of_kind = self
                .shares
                .iter()
                .filter(|share| kind_of(share.0) == kind.0);
            let told = of_kind.filter(|share| share.0 != Cause::POOLED);
            // Stops that are told apart go before those that are not.
            told.max_by_key(|share| (!share.0.is_reason(), share.1, std::cmp::Reverse(share.0)))
        };
        kinds
            .iter()
            .find_map(largest)
            .map_or(Cause::SCRIPT, |share| share.0)
    }

    /// The part that is forced, if of each cause this part is.
    pub(crate) fn forced(&self, of: impl Fn(Cause) -> Rate) -> Rate {
        let all = self.total();
        if all == 0 {
            return Rate::ZERO;
        }
        let forced = |share: &(Cause, i128)| {
            let of = of(share.0);
            if of == Rate::ONE {
                share.1
            } else {
                muldiv(share.1, i128::from(of.0), i128::from(Rate::ONE.0))
            }
        };
        let forced: i128 = self.shares.iter().map(forced).sum();
        Rate(muldiv(forced, i128::from(Rate::ONE.0), all) as i64)
    }

    /// The parts of the whole, the largest first, equals by number; those of at least `least`, and
    /// no more than `most`.
    pub(crate) fn parts(&self, most: usize, least: Rate) -> Vec<(Cause, Rate)> {
        let all = self.total().max(1);
        let part = |&(cause, amount): &(Cause, i128)| {
            let part = Rate(muldiv(amount, i128::from(Rate::ONE.0), all) as i64);
            (part >= least && part > Rate::ZERO).then_some((cause, part))
        };
        let mut parts: Vec<(Cause, Rate)> = self.shares.iter().filter_map(part).collect();
        parts.sort_by_key(|&(cause, part)| (std::cmp::Reverse(part), cause));
        parts.truncate(most);
        parts
    }
}

/// What a cause is added up with when causes are compared.
const fn kind_of(cause: Cause) -> Cause {
    match cause.kind() {
        CauseKind::Reason => cause,
        CauseKind::Stops(_) => Cause::STOP,
        CauseKind::Halt(_) => Cause::halt(0),
        CauseKind::Liquidation(_)
        | CauseKind::Adl(_)
        | CauseKind::Unwind(_)
        | CauseKind::Elsewhere(_)
        | CauseKind::Pooled => Cause::POOLED,
    }
}

/// amount * part / all, rounded down, for a part of all; exact up to amounts of 2^127 / all, and
/// beyond in 2^-32 of all.
fn muldiv(amount: i128, part: i128, all: i128) -> i128 {
    let exact = amount.checked_mul(part).map(|product| product / all);
    exact.unwrap_or_else(|| (amount >> 32) * ((part << 16) / (all >> 16).max(1)))
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
        let mut ledger = ImpactLedger::new(&rule, 100);
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
        let mut ledger = ImpactLedger::new(&MarkRule::Last, 100);
        let at = SimTime::ZERO;
        for id in 0..100 {
            ledger.add(at, Direction::Falling, Cause::liquidation(id), 1);
        }
        ledger.add(at, Direction::Falling, Cause::NEWS, 60);
        ledger.add(at, Direction::Falling, Cause::liquidation(7), 40);
        let mut attribution = Attribution::default();
        let moves: Vec<_> = ledger.moves(at, Direction::Falling).collect();
        attribution.add(&moves, 3);
        // Sixty by news against a hundred and forty by force, of which the seventh did most.
        assert_eq!(attribution.largest(), Cause::liquidation(7));
        assert_eq!(attribution.forced(forced), Rate::bps(7000));
        // Of 200 ticks 31 liquidations and the seventh are told apart, 68 are pooled.
        let parts = attribution.parts(3, Rate::bps(100));
        let expected = [
            (Cause::POOLED, 3400),
            (Cause::NEWS, 3000),
            (Cause::liquidation(7), 2050),
        ];
        assert_eq!(parts, expected.map(|(cause, bps)| (cause, Rate::bps(bps))));
    }

    /// All but reasons.
    fn forced(cause: Cause) -> Rate {
        if cause.is_reason() {
            Rate::ZERO
        } else {
            Rate::ONE
        }
    }

    #[test]
    fn a_level_is_remembered_as_long_as_the_moves() {
        let mut ledger = ImpactLedger::over(SimDuration::secs(10), 100);
        ledger.set_price(SimTime(SECOND), 90);
        ledger.set_price(SimTime(12 * SECOND), 85);
        // Ten down in the first window, of which half is left; five in the present one.
        assert_eq!(
            ledger.price_steps(SimTime(15 * SECOND)),
            [(90, 85, 1 << 16), (100, 90, 1 << 15)]
        );
        assert_eq!(ledger.heading, Direction::Falling);
        ledger.set_price(SimTime(100 * SECOND), 86);
        assert_eq!(
            ledger.price_steps(SimTime(100 * SECOND))[0],
            (85, 86, 1 << 16)
        );
        assert_eq!(ledger.heading, Direction::Rising);
    }

    #[test]
    fn the_largest_kind_goes_before_the_largest_link() {
        let shares = [
            (Cause::NEWS, 40),
            (Cause::STOP, 21),
            (Cause::stops(3), 11),
            (Cause::liquidation(1), 9),
            (Cause::liquidation(0), 9),
            (Cause::POOLED, 9),
        ];
        let mut attribution = Attribution::default();
        attribution.add(&shares, 1);
        assert_eq!(attribution.largest(), Cause::NEWS);
        attribution.put(Cause::stops(4), 9);
        assert_eq!(attribution.largest(), Cause::stops(3));
        attribution.put(Cause::POOLED, 20);
        assert_eq!(attribution.largest(), Cause::liquidation(0));
    }

    #[test]
    fn stops_that_are_not_told_apart_stay_stops() {
        let mut ledger = ImpactLedger::new(&MarkRule::Last, 100);
        let at = SimTime::ZERO;
        for id in 0..40 {
            ledger.add(at, Direction::Falling, Cause::stops(id), 1);
        }
        ledger.add(at, Direction::Falling, Cause::liquidation(0), 5);
        let of = |meant| {
            let moves = ledger.moves(at, Direction::Falling);
            moves
                .filter(|one| one.0 == meant)
                .map(|one| one.1 >> 16)
                .sum::<i64>()
        };
        assert_eq!((of(Cause::STOP), of(Cause::POOLED)), (9, 0));
        assert_eq!(of(Cause::liquidation(0)), 5);
    }

    #[test]
    fn amounts_are_divided_and_displaced() {
        let mut attribution = Attribution::default();
        attribution.divide(10_000, &[(Cause::NEWS, 3), (Cause::SIGNAL, 1)]);
        attribution.divide(10_000, &[]);
        attribution.displace(Cause::adl(5), 10_000);
        let parts = attribution.parts(9, Rate::ZERO);
        // 7,500, 2,500, and 10,000 without a culprit; half of each is left.
        let expected = [
            (Cause::adl(5), 5000),
            (Cause::SCRIPT, 2500),
            (Cause::NEWS, 1875),
            (Cause::SIGNAL, 625),
        ];
        assert_eq!(parts, expected.map(|(cause, bps)| (cause, Rate::bps(bps))));
        let far = muldiv(1 << 120, 3 << 40, 4 << 40);
        let exact = 3_i128 << 118;
        assert!((far - exact).abs() <= exact >> 14, "{far}");
    }

    #[test]
    fn a_breach_without_a_move_has_no_culprit() {
        let attribution = Attribution::default();
        assert_eq!(attribution.largest(), Cause::SCRIPT);
        assert_eq!(attribution.forced(forced), Rate::ZERO);
    }
}
