//! One side of a book: its price levels.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};

use crate::bitmap::Bitmap;
use crate::level::{Level, Packed};
use crate::slab::{NONE, Slab};

/// The rank of a side without orders.
pub(crate) const EMPTY: i64 = i64::MAX;

/// The levels of one side, by rank. A window of ranks is a dense ring with a bitmap of the occupied
/// places; levels outside the window are in a tree.
///
/// **Invariant:** a level is in the ring exactly if its rank is in the window; `best` is the lowest
/// rank of both, `far_best` that of the tree.
///
/// The window follows the best price when operations on the tree become frequent: each pays for one
/// level that is moved out of the ring, so the cost per operation is bounded whatever prices do.
#[derive(Clone, Debug)]
pub(crate) struct BookSide {
    ring: Box<[Packed]>,
    bits: Bitmap,
    /// The lowest rank of the window.
    base: i64,
    best: i64,
    far: BTreeMap<i64, Level>,
    far_best: i64,
    /// Operations on the tree that have not paid for a move of the window yet.
    far_touches: u32,
    /// With how many of them to look again whether they can.
    far_patience: u32,
}

impl BookSide {
    pub(crate) fn new(window: u32) -> Self {
        let size = window as usize;
        Self {
            ring: vec![[0_u64; 2]; size].into_boxed_slice(),
            bits: Bitmap::new(size),
            base: 0,
            best: EMPTY,
            far: BTreeMap::new(),
            far_best: EMPTY,
            far_touches: 0,
            far_patience: 0,
        }
    }

    /// The rank of the best level, or [`EMPTY`].
    #[inline]
    pub(crate) const fn best(&self) -> i64 {
        self.best
    }

    #[inline]
    fn window(&self) -> i64 {
        self.ring.len() as i64
    }

    #[inline]
    fn covers(&self, rank: i64) -> bool {
        (rank.wrapping_sub(self.base) as u64) < self.ring.len() as u64
    }

    #[inline]
    fn place(&self, rank: i64) -> usize {
        rank as usize & self.ring.len().wrapping_sub(1)
    }

    /// The level of a rank; empty if nothing rests there.
    #[inline]
    pub(crate) fn level(&self, rank: i64) -> Level {
        if self.covers(rank) {
            Level::unpack(self.ring[self.place(rank)])
        } else {
            self.far.get(&rank).copied().unwrap_or_default()
        }
    }

    /// Overwrites a level that exists; an empty one is removed.
    #[inline]
    pub(crate) fn update(&mut self, rank: i64, level: Level) {
        if level.head == NONE {
            self.remove(rank);
        } else if self.covers(rank) {
            let place = self.place(rank);
            self.ring[place] = level.pack();
        } else {
            self.far.insert(rank, level);
        }
    }

    /// Appends an order to the queue of a rank.
    #[inline]
    pub(crate) fn push_back(&mut self, orders: &mut Slab, rank: i64, slot: u32, qty: i64) {
        if self.covers(rank) {
            let place = self.place(rank);
            let mut level = Level::unpack(self.ring[place]);
            if level.head == NONE {
                self.bits.set(place);
            }
            level.append(orders, slot, qty);
            self.ring[place] = level.pack();
            self.best = self.best.min(rank);
        } else {
            self.push_back_far(orders, rank, slot, qty);
        }
    }

    #[cold]
    #[inline(never)]
    fn push_back_far(&mut self, orders: &mut Slab, rank: i64, slot: u32, qty: i64) {
        let level = self.far.entry(rank).or_default();
        level.append(orders, slot, qty);
        self.far_best = self.far_best.min(rank);
        self.best = self.best.min(rank);
        self.touch_far();
    }

    /// Takes an order out of the queue of its rank.
    #[inline]
    pub(crate) fn unlink(&mut self, orders: &mut Slab, rank: i64, slot: u32) {
        let mut level = self.level(rank);
        level.unlink(orders, slot);
        self.update(rank, level);
    }

    /// Removes a level and finds the next best.
    #[inline]
    fn remove(&mut self, rank: i64) {
        if self.covers(rank) {
            let place = self.place(rank);
            self.ring[place] = [0; 2];
            self.bits.clear(place);
            if rank == self.best {
                self.best = self.next_near(rank).unwrap_or(EMPTY).min(self.far_best);
            }
        } else {
            self.remove_far(rank);
        }
    }

    #[cold]
    #[inline(never)]
    fn remove_far(&mut self, rank: i64) {
        self.far.remove(&rank);
        if rank == self.far_best {
            self.far_best = self.far.first_key_value().map_or(EMPTY, |(&rank, _)| rank);
        }
        if rank == self.best {
            self.best = self
                .next_near(self.base)
                .unwrap_or(EMPTY)
                .min(self.far_best);
        }
        self.touch_far();
    }

    /// The first occupied rank of the window from `from` on, which is in the window.
    #[inline]
    fn next_near(&self, from: i64) -> Option<i64> {
        let (start, mask) = (self.place(from), self.ring.len() - 1);
        let found = self
            .bits
            .first_from(start)
            .or_else(|| self.bits.first_from(0))?;
        // Before `from` in the ring means below it in rank: the search went all the way round.
        let rank = from + (found.wrapping_sub(start) & mask) as i64;
        self.covers(rank).then_some(rank)
    }

    /// Counts an operation on the tree, and lets the window follow the best price if enough of them
    /// have been counted to pay for the levels that leave the ring.
    fn touch_far(&mut self) {
        self.far_touches = self.far_touches.saturating_add(1);
        if self.far_touches < self.far_patience || self.best == EMPTY {
            return;
        }
        // A quarter into the window: a book is deeper behind its best price than the price moves
        // beyond it before the window follows again.
        let base = (self.best - self.window() / 4).max(0);
        if (base - self.base).abs() < self.window() / 8 {
            return;
        }
        let leaving = self.leaving(base);
        let price = self.near_ranks(leaving.clone()).count() as u32;
        if price > self.far_touches {
            // Twice as many at least, so that counting does not cost more than moving.
            self.far_patience = price.max(self.far_touches.saturating_mul(2));
            return;
        }
        self.move_to(base, leaving);
        self.far_touches -= price;
        self.far_patience = 0;
    }

    /// The ranks that are no longer in the window if it starts at `base`.
    fn leaving(&self, base: i64) -> Range<i64> {
        let end = self.base + self.window();
        if base > self.base {
            self.base..end.min(base)
        } else {
            self.base.max(base + self.window())..end
        }
    }

    fn move_to(&mut self, base: i64, leaving: Range<i64>) {
        let mut next = self.near_ranks(leaving.clone()).next();
        while let Some(rank) = next {
            let place = self.place(rank);
            self.far.insert(rank, Level::unpack(self.ring[place]));
            self.ring[place] = [0; 2];
            self.bits.clear(place);
            next = self.near_ranks(rank..leaving.end).next();
        }
        self.base = base;
        let window = base..base + self.window();
        while let Some((&rank, &level)) = self.far.range(window.clone()).next() {
            self.far.remove(&rank);
            let place = self.place(rank);
            self.ring[place] = level.pack();
            self.bits.set(place);
        }
        self.far_best = self.far.first_key_value().map_or(EMPTY, |(&rank, _)| rank);
    }

    /// The occupied ranks of a part of the window.
    fn near_ranks(&self, part: Range<i64>) -> impl Iterator<Item = i64> {
        let from = move |rank| {
            let inside = rank < part.end;
            let found = inside.then(|| self.next_near(rank)).flatten();
            found.filter(|&rank| rank < part.end)
        };
        std::iter::successors(from(part.start), move |&rank| from(rank + 1))
    }

    /// Checks the side against its invariants.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let ranks: Vec<i64> = self.levels().map(|(rank, _)| rank).collect();
        if !ranks.is_sorted_by(|a, b| a < b) {
            return Err(format!("levels out of order: {ranks:?}"));
        }
        let near = ranks.iter().filter(|&&rank| self.covers(rank)).count();
        let held = self.ring.iter().filter(|words| **words != [0; 2]).count();
        if near != held {
            return Err(format!("{near} levels near, but {held} in the ring"));
        }
        let best = ranks.first().copied().unwrap_or(EMPTY);
        let far_best = self.far.keys().next().copied().unwrap_or(EMPTY);
        if (best, far_best) != (self.best, self.far_best) {
            return Err(format!(
                "best {best} and {far_best}, but {} and {}",
                self.best, self.far_best
            ));
        }
        match self.far.keys().find(|&&rank| self.covers(rank)) {
            Some(rank) => Err(format!("rank {rank} of the window is in the tree")),
            None => Ok(()),
        }
    }

    /// All levels, best first.
    pub(crate) fn levels(&self) -> impl Iterator<Item = (i64, Level)> {
        let far = |range| self.far.range(range).map(|(&rank, &level)| (rank, level));
        let end = self.base + self.window();
        let near = self.near_ranks(self.base..end);
        far((Bound::Unbounded, Bound::Excluded(self.base)))
            .chain(near.map(|rank| (rank, self.level(rank))))
            .chain(far((Bound::Included(end), Bound::Unbounded)))
    }
}

#[cfg(test)]
mod tests {
    use firesale_types::{AgentRng, Domain, OrderId, RunSeed, Side, StreamKey};

    use super::*;
    use crate::level::price_of;
    use crate::slab::{Flags, Order};

    const WINDOW: i64 = 1_024;

    /// A side of orders of one lot, and the levels that it should have.
    struct Bench {
        side: BookSide,
        orders: Slab,
        model: BTreeMap<i64, Vec<u32>>,
        /// Orders that were put outside the window.
        far: u32,
        moves: u32,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                side: BookSide::new(WINDOW as u32),
                orders: Slab::new(),
                model: BTreeMap::new(),
                far: 0,
                moves: 0,
            }
        }

        fn push(&mut self, rank: i64) {
            let price = price_of(Side::Sell, rank);
            let order = Order::new(OrderId(1), price, 1, 0, Flags::default());
            let slot = self.orders.insert(order);
            let base = self.side.base;
            self.far += u32::from(!self.side.covers(rank));
            self.side.push_back(&mut self.orders, rank, slot, 1);
            self.moves += u32::from(self.side.base != base);
            self.model.entry(rank).or_default().push(slot);
        }

        fn take(&mut self, rank: i64, index: usize) {
            let queue = self.model.get_mut(&rank).expect("an occupied rank");
            let slot = queue.remove(index % queue.len());
            if queue.is_empty() {
                self.model.remove(&rank);
            }
            let base = self.side.base;
            self.side.unlink(&mut self.orders, rank, slot);
            self.orders.free(slot);
            self.moves += u32::from(self.side.base != base);
        }

        fn check(&self) {
            self.side.audit().expect("sound");
            let best = self.model.keys().next().copied();
            assert_eq!(self.side.best(), best.unwrap_or(EMPTY));
            let levels: Vec<_> = self
                .side
                .levels()
                .map(|(rank, level)| (rank, level.qty))
                .collect();
            let model = self.model.iter();
            let expected: Vec<_> = model.map(|(&rank, q)| (rank, q.len() as i64)).collect();
            assert_eq!(levels, expected);
        }
    }

    fn rng() -> AgentRng {
        let key = StreamKey {
            domain: Domain::Validation,
            population: 2,
            index: 0,
            time_ns: 0,
        };
        AgentRng::open(RunSeed(5), key)
    }

    #[test]
    fn agrees_with_a_tree_while_prices_wander() {
        let (mut bench, mut rng) = (Bench::new(), rng());
        let mut centre = 1_000_000_i64;
        for step in 0..60_000 {
            let jump = if rng.chance(0.001) { 3 * WINDOW } else { 3 };
            centre += rng.below(2 * jump as u64 + 1) as i64 - jump;
            if rng.chance(0.52) || bench.model.is_empty() {
                let spread = if rng.chance(0.1) { 2 * WINDOW } else { 60 };
                bench.push(centre + rng.below(spread as u64) as i64);
            } else {
                let best = bench.side.best();
                let from = best + rng.below(200) as i64;
                let rank = bench
                    .model
                    .range(from..)
                    .next()
                    .map_or(best, |(&rank, _)| rank);
                bench.take(rank, rng.below(9) as usize);
            }
            if step % 64 == 0 {
                bench.check();
            }
        }
        bench.check();
        assert!(bench.moves > 20, "the window moved {} times", bench.moves);
    }

    #[test]
    fn the_window_follows_a_trend() {
        // The price falls through eighty windows; a band of orders follows it.
        for direction in [1, -1] {
            let mut bench = Bench::new();
            let start = 80 * WINDOW + 1_000;
            for step in 0..80 * WINDOW {
                let centre = start + direction * step;
                bench.push(centre);
                if step >= 100 {
                    bench.take(centre - direction * 100, 0);
                }
            }
            bench.check();
            assert!(
                bench.far < 2_000,
                "{} of {} orders far from the window",
                bench.far,
                80 * WINDOW
            );
        }
    }

    #[test]
    fn a_flickering_price_cannot_make_the_window_thrash() {
        let mut bench = Bench::new();
        for rank in 0..WINDOW / 2 {
            bench.push(5_000_000 + rank);
        }
        bench.moves = 0;
        let flickers = 4_000;
        for _ in 0..flickers {
            bench.push(10);
            bench.take(10, 0);
        }
        bench.check();
        // Each move empties the ring of its 512 levels, which two operations a flicker must pay.
        assert!(
            bench.moves <= 2 * flickers / 512 + 1,
            "{} moves",
            bench.moves
        );
    }
}
