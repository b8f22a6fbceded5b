//! Two sequences of trades against each other.

use std::collections::{BTreeMap, VecDeque};

use crate::replay::{Trade, TradeCounts};

/// Pairs published trades with made ones, whichever comes first.
///
/// A pair has the same maker, taker and price, and amounts no further apart than the feed's
/// rounding. How many pairs are in order is the length of the longest increasing subsequence.
pub(crate) struct Matcher {
    /// By how much amounts may differ.
    rounding: i64,
    waiting: [Waiting; 2],
    sent: [u32; 2],
    /// Paired sequence numbers, published and made.
    pairs: Vec<(u32, u32)>,
}

/// Where a trade comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Published,
    Made,
}

/// A trade that has not found its counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unpaired {
    pub(crate) trade: Trade,
    /// When it happened, in the feed's unit.
    pub(crate) time: i64,
    pub(crate) line: u64,
    seq: u32,
}

/// Unpaired trades of one origin by (maker, taker), and in order.
#[derive(Default)]
struct Waiting {
    by_orders: BTreeMap<(u64, u64), VecDeque<Unpaired>>,
    in_order: BTreeMap<u32, (u64, u64)>,
}

impl Waiting {
    fn add(&mut self, one: Unpaired) {
        let key = (one.trade.maker, one.trade.taker);
        self.by_orders.entry(key).or_default().push_back(one);
        self.in_order.insert(one.seq, key);
    }

    /// Takes the first trade that fits.
    fn take(&mut self, trade: &Trade, rounding: i64) -> Option<Unpaired> {
        let key = (trade.maker, trade.taker);
        let queue = self.by_orders.get_mut(&key)?;
        let fits = |one: &Unpaired| {
            one.trade.price == trade.price
                && one.trade.taker_side == trade.taker_side
                && (one.trade.qty - trade.qty).abs() <= rounding
        };
        let at = queue.iter().position(fits)?;
        let found = queue.remove(at)?;
        if queue.is_empty() {
            self.by_orders.remove(&key);
        }
        self.in_order.remove(&found.seq);
        Some(found)
    }

    /// Takes the oldest trade, if it happened before a moment.
    fn expire(&mut self, before: i64) -> Option<Unpaired> {
        let (&seq, key) = self.in_order.first_key_value()?;
        let queue = self.by_orders.get_mut(key)?;
        let at = queue.iter().position(|one| one.seq == seq)?;
        if queue[at].time >= before {
            return None;
        }
        let gone = queue.remove(at);
        if queue.is_empty() {
            self.by_orders.remove(key);
        }
        self.in_order.remove(&seq);
        gone
    }
}

impl Matcher {
    pub(crate) fn new(rounding: i64) -> Self {
        Self {
            rounding,
            waiting: [Waiting::default(), Waiting::default()],
            sent: [0; 2],
            pairs: Vec::new(),
        }
    }

    /// One more trade.
    pub(crate) fn add(&mut self, origin: Origin, trade: Trade, time: i64, line: u64) {
        let (mine, other) = match origin {
            Origin::Published => (0, 1),
            Origin::Made => (1, 0),
        };
        let seq = self.sent[mine];
        self.sent[mine] += 1;
        match self.waiting[other].take(&trade, self.rounding) {
            Some(found) if mine == 0 => self.pairs.push((seq, found.seq)),
            Some(found) => self.pairs.push((found.seq, seq)),
            None => self.waiting[mine].add(Unpaired {
                trade,
                time,
                line,
                seq,
            }),
        }
    }

    /// Gives up on the trades before a moment: appends the missing and the extra ones.
    pub(crate) fn give_up(
        &mut self,
        before: i64,
        missing: &mut Vec<Unpaired>,
        extra: &mut Vec<Unpaired>,
    ) {
        let [published, made] = &mut self.waiting;
        missing.extend(std::iter::from_fn(|| published.expire(before)));
        extra.extend(std::iter::from_fn(|| made.expire(before)));
    }

    /// The totals so far, trades that still wait counted as missing and extra.
    pub(crate) fn counts(&mut self) -> TradeCounts {
        self.pairs.sort_unstable();
        let identical = longest_increasing(self.pairs.iter().map(|&(_, made)| made));
        let [published, made] = self.sent.map(u64::from);
        let pairs = self.pairs.len() as u64;
        TradeCounts {
            published,
            made,
            identical,
            reordered: pairs - identical,
            missing: published - pairs,
            extra: made - pairs,
        }
    }
}

/// The length of the longest strictly increasing subsequence (patience sorting).
fn longest_increasing(sequence: impl Iterator<Item = u32>) -> u64 {
    let mut tails: Vec<u32> = Vec::new();
    for x in sequence {
        let at = tails.partition_point(|&tail| tail < x);
        if at == tails.len() {
            tails.push(x);
        } else {
            tails[at] = x;
        }
    }
    tails.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::Side;
    use proptest::prelude::*;

    fn trade(maker: u64, taker: u64, qty: i64) -> Trade {
        Trade {
            maker,
            taker,
            taker_side: Side::Buy,
            price: 10,
            qty,
        }
    }

    fn compare(published: &[Trade], made: &[Trade], rounding: i64) -> TradeCounts {
        let mut matcher = Matcher::new(rounding);
        for (at, &trade) in published.iter().enumerate() {
            matcher.add(Origin::Published, trade, at as i64, 0);
        }
        for (at, &trade) in made.iter().enumerate() {
            matcher.add(Origin::Made, trade, at as i64, 0);
        }
        matcher.counts()
    }

    #[test]
    fn by_hand() {
        let [a, b, c] = [trade(1, 9, 5), trade(2, 9, 5), trade(3, 9, 7)];
        let other = trade(4, 9, 1);
        let counts = compare(&[a, b, c], &[b, a, other, c], 0);
        assert_eq!((counts.published, counts.made), (3, 4));
        assert_eq!((counts.identical, counts.reordered), (2, 1));
        assert_eq!((counts.missing, counts.extra), (0, 1));
        let rounded = trade(1, 9, 6);
        assert_eq!(compare(&[a], &[rounded], 0).identical, 0);
        assert_eq!(compare(&[a], &[rounded], 1).identical, 1);
    }

    #[test]
    fn every_field_counts() {
        let a = trade(1, 9, 5);
        for changed in [
            Trade { price: 11, ..a },
            Trade {
                taker_side: Side::Sell,
                ..a
            },
            Trade { taker: 8, ..a },
            Trade { maker: 2, ..a },
        ] {
            assert_eq!(compare(&[a], &[changed], 0).identical, 0);
        }
    }

    #[test]
    fn what_is_given_up_is_named() {
        let mut matcher = Matcher::new(0);
        matcher.add(Origin::Published, trade(1, 9, 5), 100, 1);
        matcher.add(Origin::Made, trade(2, 9, 5), 100, 2);
        matcher.add(Origin::Published, trade(3, 9, 5), 200, 3);
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        matcher.give_up(150, &mut missing, &mut extra);
        assert_eq!(missing.iter().map(|one| one.line).collect::<Vec<_>>(), [1]);
        assert_eq!(extra.iter().map(|one| one.line).collect::<Vec<_>>(), [2]);
    }

    proptest! {
        #[test]
        fn longest_increasing_as_by_dynamic_programming(x in prop::collection::vec(0_u32..30, 0..40)) {
            let mut best = vec![0_u64; x.len()];
            for i in 0..x.len() {
                let before = (0..i).filter(|&j| x[j] < x[i]).map(|j| best[j]).max();
                best[i] = before.unwrap_or(0) + 1;
            }
            let expected = best.into_iter().max().unwrap_or(0);
            prop_assert_eq!(longest_increasing(x.into_iter()), expected);
        }
    }
}
