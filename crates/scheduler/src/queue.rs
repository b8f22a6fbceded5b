//! The event queue of one machine and the total order of its events.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

/// The place of an event in the total order of one machine.
///
/// Ordered by time; then generation, so that an effect without delay never precedes its cause; then
/// class (oracle before mark before liquidation before users); then a lottery that is a keyed hash of
/// time and source, so that equal latencies favour nobody; then source and the source's own sequence
/// number, which leaves no ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventKey {
    time: SimTime,
    /// generation (16 bits), class (8), lottery (32), from the top.
    rank: u64,
    /// source (32), sequence (32).
    origin: u64,
}

impl EventKey {
    /// Packs a key.
    #[inline]
    #[must_use]
    pub const fn new(
        time: SimTime,
        generation: u16,
        class: u8,
        lottery: u32,
        source: u32,
        seq: u32,
    ) -> Self {
        Self {
            time,
            rank: ((generation as u64) << 40) | ((class as u64) << 32) | lottery as u64,
            origin: ((source as u64) << 32) | seq as u64,
        }
    }

    /// When.
    #[inline]
    #[must_use]
    pub const fn time(&self) -> SimTime {
        self.time
    }

    /// Links from the message that started the chain at this instant.
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u16 {
        (self.rank >> 40) as u16
    }

    /// Who sent it.
    #[inline]
    #[must_use]
    pub const fn source(&self) -> u32 {
        (self.origin >> 32) as u32
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    key: EventKey,
    slot: u32,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    /// Reversed: the heap's greatest entry is the earliest event.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

/// A priority queue by [`EventKey`]. Small keys move in the heap, payloads stay where they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Entry>,
    payloads: Vec<Option<E>>,
    free: Vec<u32>,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            payloads: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<E> EventQueue<E> {
    /// Adds an event. Two events of one machine never share a key: a source numbers its own.
    ///
    /// # Panics
    /// If more than 2^32 events wait.
    #[inline]
    pub fn push(&mut self, key: EventKey, event: E) {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.payloads[slot as usize] = Some(event);
                slot
            }
            None => {
                self.payloads.push(Some(event));
                u32::try_from(self.payloads.len() - 1).expect("fewer than 2^32 events wait")
            }
        };
        self.heap.push(Entry { key, slot });
    }

    /// When the next event is.
    #[inline]
    #[must_use]
    pub fn next_time(&self) -> Option<SimTime> {
        self.heap.peek().map(|entry| entry.key.time)
    }

    /// Takes the next event if it is before `end`.
    #[inline]
    pub fn pop_before(&mut self, end: SimTime) -> Option<(EventKey, E)> {
        if self.next_time()? >= end {
            return None;
        }
        let Entry { key, slot } = self.heap.pop()?;
        let event = self.payloads[slot as usize]
            .take()
            .expect("an entry has its payload");
        self.free.push(slot);
        Some((key, event))
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The waiting events in no particular order, for sums.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.payloads.iter().flatten()
    }

    /// The waiting events in their order, for digests and checkpoints.
    #[must_use]
    pub fn sorted(&self) -> Vec<(EventKey, &E)> {
        let mut entries: Vec<_> = self
            .heap
            .iter()
            .filter_map(|e| {
                self.payloads[e.slot as usize]
                    .as_ref()
                    .map(|event| (e.key, event))
            })
            .collect();
        entries.sort_by_key(|(key, _)| *key);
        entries
    }
}

/// Pops every event before `end` in order and hands it to `apply`, which may push further ones.
///
/// # Errors
/// The first error of `apply`.
pub fn drain_until<E, X>(
    queue: &mut EventQueue<E>,
    end: SimTime,
    mut apply: impl FnMut(&mut EventQueue<E>, EventKey, E) -> Result<(), X>,
) -> Result<(), X> {
    while let Some((key, event)) = queue.pop_before(end) {
        apply(queue, key, event)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_order_of_the_key_is_the_documented_one() {
        let key = |t, g, c, l, s, q| EventKey::new(SimTime(t), g, c, l, s, q);
        let ordered = [
            key(1, 9, 9, 9, 9, 9),
            key(2, 0, 7, 9, 9, 9),
            key(2, 1, 0, 9, 9, 9),
            key(2, 1, 1, 3, 9, 9),
            key(2, 1, 1, 4, 8, 9),
            key(2, 1, 1, 4, 9, 0),
            key(2, 1, 1, 4, 9, 1),
        ];
        assert!(ordered.windows(2).all(|w| w[0] < w[1]));
        let k = key(5, 3, 2, 1, 77, 4);
        assert_eq!((k.time(), k.generation(), k.source()), (SimTime(5), 3, 77));
    }

    proptest! {
        #[test]
        fn pops_like_a_sorted_list(items in prop::collection::vec((0..50_i64, 0..3_u16, 0..4_u32), 0..200), cut in 0..50_i64) {
            let mut queue = EventQueue::default();
            let mut naive = Vec::new();
            for (seq, (t, g, s)) in items.into_iter().enumerate() {
                let key = EventKey::new(SimTime(t), g, 0, s.wrapping_mul(77), s, seq as u32);
                queue.push(key, seq);
                naive.push((key, seq));
            }
            naive.sort();
            let (before, after): (Vec<_>, Vec<_>) = naive.into_iter().partition(|(k, _)| k.time().0 < cut);
            let mut got = Vec::new();
            drain_until(&mut queue, SimTime(cut), |_, k, e| { got.push((k, e)); Ok::<(), ()>(()) }).unwrap();
            prop_assert_eq!(got, before);
            prop_assert_eq!(queue.sorted().into_iter().map(|(k, e)| (k, *e)).collect::<Vec<_>>(), after);
        }
    }
}
