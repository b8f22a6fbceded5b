//! One side of a book: the queues of its price levels.

use std::collections::BTreeMap;

use firesale_types::{Price, Side};

use crate::MAX_PRICE;
use crate::bitmap::Bitmap;
use crate::slab::{NONE, Slab};

/// The rank of a side without orders.
pub(crate) const EMPTY: i64 = i64::MAX;

/// The place of a price on a side: the lower, the earlier it trades.
#[inline]
pub(crate) const fn rank_of(side: Side, price: Price) -> i64 {
    match side {
        Side::Buy => MAX_PRICE.0 - price.0,
        Side::Sell => price.0,
    }
}

/// The price at a rank.
#[inline]
pub(crate) const fn price_of(side: Side, rank: i64) -> Price {
    match side {
        Side::Buy => Price(MAX_PRICE.0 - rank),
        Side::Sell => Price(rank),
    }
}

/// The queue of one price: first and last order, and the visible quantity of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) qty: i64,
}

/// A level as two words. An empty one is zero, so that a fresh ladder is memory the operating
/// system has not yet had to provide.
type Packed = [u64; 2];

impl Level {
    #[inline]
    const fn pack(self) -> Packed {
        [self.head as u64 | (self.tail as u64) << 32, self.qty as u64]
    }

    #[inline]
    const fn unpack(words: Packed) -> Self {
        Self {
            head: words[0] as u32,
            tail: (words[0] >> 32) as u32,
            qty: words[1] as i64,
        }
    }
}

/// The levels of one side, by rank. A window of ranks is a dense ring with a bitmap of the occupied
/// places; levels outside the window are in a tree.
///
/// **Invariant:** a level is in the ring exactly if its rank is in the window; `best` is the lowest
/// rank of both, `far_best` that of the tree.
///
/// The window follows the best price, but only after as many operations on the tree as there are
/// levels in the ring. A move of the window costs no more than that, so its cost per operation is
/// bounded whatever the prices do.
#[derive(Clone, Debug)]
pub(crate) struct BookSide {
    ring: Box<[Packed]>,
    bits: Bitmap,
    /// The lowest rank of the window.
    base: i64,
    /// How many levels are in the ring.
    near: u32,
    best: i64,
    far: BTreeMap<i64, Level>,
    far_best: i64,
    /// Operations on the tree since the window last moved.
    far_touches: u32,
}

impl BookSide {
    pub(crate) fn new(window: u32) -> Self {
        let size = window as usize;
        Self {
            ring: vec![[0_u64; 2]; size].into_boxed_slice(),
            bits: Bitmap::new(size),
            base: 0,
            near: 0,
            best: EMPTY,
            far: BTreeMap::new(),
            far_best: EMPTY,
            far_touches: 0,
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
        (rank - self.base) as u64 <= (self.ring.len() - 1) as u64
    }

    #[inline]
    fn place(&self, rank: i64) -> usize {
        rank as usize & (self.ring.len() - 1)
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
                self.near += 1;
            }
            append(&mut level, orders, slot, qty);
            self.ring[place] = level.pack();
            self.best = self.best.min(rank);
        } else {
            self.push_back_far(orders, rank, slot, qty);
        }
    }

    #[cold]
    #[inline(never)]
    fn push_back_far(&mut self, orders: &mut Slab, rank: i64, slot: u32, qty: i64) {
        append(self.far.entry(rank).or_default(), orders, slot, qty);
        self.far_best = self.far_best.min(rank);
        self.best = self.best.min(rank);
        self.touch_far();
    }

    /// Takes an order out of the queue of its rank.
    #[inline]
    pub(crate) fn unlink(&mut self, orders: &mut Slab, rank: i64, slot: u32) {
        let mut level = self.level(rank);
        let order = *orders.get(slot);
        level.qty -= order.visible();
        let (first, last) = (level.head == slot, level.tail == slot);
        match (first, last) {
            (true, true) => level.head = NONE,
            (true, false) => level.head = order.next,
            (false, true) => level.tail = order.prev,
            (false, false) => {
                orders.get_mut(order.prev).next = order.next;
                orders.get_mut(order.next).prev = order.prev;
            }
        }
        self.update(rank, level);
    }

    /// Removes a level and finds the next best.
    #[inline]
    fn remove(&mut self, rank: i64) {
        if self.covers(rank) {
            let place = self.place(rank);
            self.ring[place] = [0; 2];
            self.bits.clear(place);
            self.near -= 1;
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

    fn touch_far(&mut self) {
        self.far_touches += 1;
        if self.far_touches > self.near {
            self.follow_best();
        }
    }

    /// Moves the window so that the best price is a quarter into it: a book is deeper behind its
    /// best price than the price moves beyond it before the window follows again.
    fn follow_best(&mut self) {
        self.far_touches = 0;
        if self.best == EMPTY {
            return;
        }
        let base = (self.best - self.window() / 4).max(0);
        if (base - self.base).abs() < self.window() / 8 {
            return;
        }
        let (old_start, old_end) = (self.base, self.base + self.window());
        let (new_start, new_end) = (base, base + self.window());
        let leaving = if new_start > old_start {
            old_start..old_end.min(new_start)
        } else {
            old_start.max(new_end)..old_end
        };
        self.evict(leaving);
        self.base = base;
        self.admit(new_start..new_end);
        self.far_best = self.far.first_key_value().map_or(EMPTY, |(&rank, _)| rank);
    }

    fn evict(&mut self, ranks: std::ops::Range<i64>) {
        let mut from = ranks.start;
        while from < ranks.end {
            let Some(rank) = self.next_near(from).filter(|&rank| rank < ranks.end) else {
                return;
            };
            let place = self.place(rank);
            self.far.insert(rank, Level::unpack(self.ring[place]));
            self.ring[place] = [0; 2];
            self.bits.clear(place);
            self.near -= 1;
            from = rank + 1;
        }
    }

    fn admit(&mut self, ranks: std::ops::Range<i64>) {
        while let Some((&rank, &level)) = self.far.range(ranks.clone()).next() {
            self.far.remove(&rank);
            let place = self.place(rank);
            self.ring[place] = level.pack();
            self.bits.set(place);
            self.near += 1;
        }
    }

    /// Checks the side against its invariants.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let ranks: Vec<i64> = self.levels().map(|(rank, _)| rank).collect();
        if !ranks.is_sorted_by(|a, b| a < b) {
            return Err(format!("levels out of order: {ranks:?}"));
        }
        let near = ranks.iter().filter(|&&rank| self.covers(rank)).count();
        let occupied = self.ring.iter().filter(|words| **words != [0; 2]).count();
        if near != self.near as usize || near != occupied {
            return Err(format!(
                "{near} levels near, counted {}, held {occupied}",
                self.near
            ));
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
        let near = std::iter::successors(self.next_near(self.base), move |&rank| {
            (rank + 1 < end).then(|| self.next_near(rank + 1)).flatten()
        });
        let near = near.map(|rank| (rank, self.level(rank)));
        far((
            std::ops::Bound::Unbounded,
            std::ops::Bound::Excluded(self.base),
        ))
        .chain(near)
        .chain(far((
            std::ops::Bound::Included(end),
            std::ops::Bound::Unbounded,
        )))
    }
}

#[inline]
fn append(level: &mut Level, orders: &mut Slab, slot: u32, qty: i64) {
    if level.head == NONE {
        level.head = slot;
    } else {
        orders.get_mut(level.tail).next = slot;
        orders.get_mut(slot).prev = level.tail;
    }
    level.tail = slot;
    level.qty += qty;
}
