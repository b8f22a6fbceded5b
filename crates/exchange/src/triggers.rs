//! Who must be looked at when a price gets to where.

use std::collections::BinaryHeap;

use firesale_types::AccountId;
use serde::{Deserialize, Serialize};

/// The way a price moves when it does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub(crate) enum Direction {
    /// Down: harms longs.
    Falling = 0,
    /// Up: harms shorts.
    Rising = 1,
}

impl Direction {
    pub(crate) const BOTH: [Self; 2] = [Self::Falling, Self::Rising];

    /// The direction that harms a signed exposure.
    #[inline]
    pub(crate) fn harmful_to(exposure: i64) -> Self {
        if exposure < 0 {
            Self::Rising
        } else {
            Self::Falling
        }
    }

    #[inline]
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Falling => Self::Rising,
            Self::Rising => Self::Falling,
        }
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// A level as a key: a trigger has been reached when its key is at or above the key of the
    /// current level, and of two triggers the nearer one has the larger key.
    #[inline]
    pub(crate) fn key(self, level: i64) -> i64 {
        match self {
            Self::Falling => level,
            Self::Rising => -level,
        }
    }
}

/// Below this many entries stale ones are not worth removing.
const COMPACT_ABOVE: usize = 4096;

/// The registered triggers of all accounts on one factor in one direction, the nearest first.
///
/// An account that registers a nearer trigger leaves its old entry behind. An entry is valid while
/// its key is the one registered with the account; the others are dropped when they surface, or
/// when they are more than half of all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Triggers {
    heap: BinaryHeap<(i64, AccountId)>,
    compact_at: usize,
}

impl Triggers {
    /// Registers a trigger. `registered` says what key an account has registered now.
    #[inline]
    pub(crate) fn push(&mut self, key: i64, account: AccountId) {
        self.heap.push((key, account));
    }

    /// Takes the nearest trigger that `level` (as a key) has reached.
    #[inline]
    pub(crate) fn pop(&mut self, level: i64) -> Option<(i64, AccountId)> {
        if self.heap.peek()?.0 < level {
            return None;
        }
        self.heap.pop()
    }

    /// Whether enough entries have gathered since the last time to look for stale ones.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.heap.len() >= self.compact_at.max(COMPACT_ABOVE)
    }

    /// Drops stale entries; an entry is valid if its key is the account's registered one.
    pub(crate) fn compact(&mut self, registered: impl Fn(AccountId) -> i64) {
        self.heap
            .retain(|&(key, account)| registered(account) == key);
        self.compact_at = 2 * self.heap.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first_in_either_direction() {
        let drain = |direction: Direction, levels: [i64; 3], at: i64| {
            let mut triggers = Triggers::default();
            for (account, level) in levels.into_iter().enumerate() {
                triggers.push(direction.key(level), AccountId(account as u32));
            }
            let mut out = Vec::new();
            while let Some((_, account)) = triggers.pop(direction.key(at)) {
                out.push(account.0);
            }
            out
        };
        assert_eq!(drain(Direction::Falling, [90, 95, 80], 90), [1, 0]);
        assert_eq!(drain(Direction::Rising, [110, 105, 120], 110), [1, 0]);
        assert_eq!(
            drain(Direction::Rising, [110, 105, 120], 104),
            [] as [u32; 0]
        );
    }

    #[test]
    fn stale_entries_are_dropped() {
        let mut triggers = Triggers::default();
        for key in 0..5000 {
            triggers.push(key, AccountId(0));
        }
        assert!(triggers.is_crowded());
        triggers.compact(|_| 4999);
        assert_eq!(triggers.heap.len(), 1);
        assert!(!triggers.is_crowded());
    }
}
