//! Transactions that wait, and the order in which a producer takes them.

use std::collections::BTreeMap;

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

use crate::{Holder, Transaction};

/// A transaction that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// When it reached the chain.
    pub arrived: SimTime,
    /// A keyed hash of time and source: equal offers favour nobody.
    pub lottery: u32,
    /// The sender's own numbering.
    pub seq: u32,
    /// The transaction.
    pub transaction: Transaction,
}

/// Everything that waits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Mempool {
    waiting: Vec<Pending>,
    /// How many wait of each sender: everybody asks at every look.
    by_sender: BTreeMap<Holder, usize>,
}

impl Mempool {
    /// Adds a transaction.
    pub fn push(&mut self, pending: Pending) {
        *self
            .by_sender
            .entry(pending.transaction.sender)
            .or_default() += 1;
        self.waiting.push(pending);
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many of a sender's wait.
    #[must_use]
    pub fn of(&self, sender: Holder) -> usize {
        self.by_sender.get(&sender).copied().unwrap_or(0)
    }

    /// Takes those that arrived before `end`, the best offer first; a sender's own keep their order, so
    /// an offer counts for no more than the sender's earlier ones. Those whose time is over are
    /// forgotten, and returned second.
    pub(crate) fn take(&mut self, end: SimTime, base_fee: u128) -> (Vec<Pending>, u64) {
        let (here, later): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|p| p.arrived < end);
        self.by_sender.clear();
        later.into_iter().for_each(|pending| self.push(pending));
        let all = here.len();
        let mut here: Vec<Pending> = here
            .into_iter()
            .filter(|p| p.transaction.expires >= end)
            .collect();
        let expired = (all - here.len()) as u64;
        here.sort_by_key(|p| (p.transaction.sender, p.seq));
        let mut best: BTreeMap<Holder, Option<u128>> = BTreeMap::new();
        let offers: Vec<Option<u128>> = here
            .iter()
            .map(|p| {
                let own = p.transaction.tip_at(base_fee);
                let earlier = best.entry(p.transaction.sender).or_insert(own);
                *earlier = (*earlier).min(own);
                *earlier
            })
            .collect();
        let mut order: Vec<usize> = (0..here.len()).collect();
        // At equal offers the lottery decides between senders; a sender has one ticket a block.
        let mut ticket: BTreeMap<Holder, u32> = BTreeMap::new();
        for p in &here {
            ticket.entry(p.transaction.sender).or_insert(p.lottery);
        }
        order.sort_by_key(|&at| {
            let sender = here[at].transaction.sender;
            (
                std::cmp::Reverse(offers[at]),
                ticket[&sender],
                sender,
                here[at].seq,
            )
        });
        let mut slots: Vec<Option<Pending>> = here.into_iter().map(Some).collect();
        let taken = order.into_iter().filter_map(|at| slots[at].take());
        (taken.collect(), expired)
    }

    /// Puts back what found no room.
    pub(crate) fn put_back(&mut self, pending: Pending) {
        self.push(pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::SmallVec;

    fn pending(sender: u32, seq: u32, tip: u128, lottery: u32) -> Pending {
        Pending {
            arrived: SimTime(i64::from(seq)),
            lottery,
            seq,
            transaction: Transaction {
                sender: Holder(sender),
                weight: 1,
                max_fee: 1000,
                tip,
                expires: SimTime(100),
                calls: SmallVec::new(),
            },
        }
    }

    fn order(list: Vec<Pending>, base_fee: u128) -> Vec<(u32, u32)> {
        let mut pool = Mempool::default();
        list.into_iter().for_each(|p| pool.push(p));
        let (taken, _) = pool.take(SimTime(50), base_fee);
        let key = |p: &Pending| (p.transaction.sender.0, p.seq);
        taken.iter().map(key).collect()
    }

    #[test]
    fn the_best_offer_comes_first_and_a_senders_own_stay_in_order() {
        let list = vec![
            pending(1, 0, 5, 9),
            pending(1, 1, 50, 9),
            pending(2, 0, 7, 3),
            pending(3, 0, 5, 2),
        ];
        // The second of sender 1 offers most, but waits for the first: both count as 5, where the
        // ticket of sender 3 is the better one.
        assert_eq!(order(list, 0), [(2, 0), (3, 0), (1, 0), (1, 1)]);
    }

    #[test]
    fn a_tip_counts_only_as_far_as_the_fee_leaves_room() {
        let mut rich = pending(1, 0, 50, 1);
        rich.transaction.max_fee = 110;
        let plain = pending(2, 0, 20, 2);
        assert_eq!(
            order(vec![rich.clone(), plain.clone()], 50),
            [(1, 0), (2, 0)]
        );
        assert_eq!(order(vec![rich, plain], 100), [(2, 0), (1, 0)]);
    }

    #[test]
    fn what_is_late_waits_and_what_is_old_is_forgotten() {
        let mut pool = Mempool::default();
        let mut late = pending(1, 0, 1, 1);
        late.arrived = SimTime(60);
        let mut old = pending(2, 0, 1, 1);
        old.transaction.expires = SimTime(49);
        pool.push(late);
        pool.push(old);
        assert_eq!((pool.of(Holder(1)), pool.of(Holder(2))), (1, 1));
        let (taken, expired) = pool.take(SimTime(50), 0);
        assert_eq!((taken.len(), expired, pool.len()), (0, 1, 1));
        assert_eq!((pool.of(Holder(1)), pool.of(Holder(2))), (1, 0));
        pool.put_back(pending(1, 1, 1, 1));
        assert_eq!(pool.of(Holder(1)), 2);
    }
}
