//! Which levels of a ladder are occupied: a 64-ary tree of bits, three words deep.

/// A set of indices below a fixed power of two (at most 2^18) with constant-time search.
#[derive(Clone, Debug)]
pub(crate) struct Bitmap {
    /// One bit an index.
    leaves: Box<[u64]>,
    /// One bit a word of `leaves`.
    middle: Box<[u64]>,
    /// One bit a word of `middle`.
    root: u64,
}

impl Bitmap {
    pub(crate) fn new(size: usize) -> Self {
        assert!(size <= 1 << 18, "three words of 64 bits reach 2^18");
        let words = size.div_ceil(64);
        Self {
            leaves: vec![0; words].into_boxed_slice(),
            middle: vec![0; words.div_ceil(64)].into_boxed_slice(),
            root: 0,
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, index: usize) {
        let (word, group) = (index >> 6, index >> 12);
        self.leaves[word] |= 1 << (index & 63);
        self.middle[group] |= 1 << (word & 63);
        self.root |= 1 << group;
    }

    #[inline]
    pub(crate) fn clear(&mut self, index: usize) {
        let (word, group) = (index >> 6, index >> 12);
        self.leaves[word] &= !(1 << (index & 63));
        if self.leaves[word] == 0 {
            self.middle[group] &= !(1 << (word & 63));
            if self.middle[group] == 0 {
                self.root &= !(1 << group);
            }
        }
    }

    /// The smallest member that is not below `index`.
    #[inline]
    pub(crate) fn first_from(&self, index: usize) -> Option<usize> {
        let word = index >> 6;
        let here = self.leaves[word] & (!0 << (index & 63));
        if here != 0 {
            return Some(lowest(word, here));
        }
        let group = word >> 6;
        let beside = self.middle[group] & above(word & 63);
        if beside != 0 {
            let word = lowest(group, beside);
            return Some(lowest(word, self.leaves[word]));
        }
        let beyond = self.root & above(group);
        if beyond == 0 {
            return None;
        }
        let group = beyond.trailing_zeros() as usize;
        let word = lowest(group, self.middle[group]);
        Some(lowest(word, self.leaves[word]))
    }
}

/// The index of the lowest bit of a word that is the `place`-th of its level.
#[inline]
fn lowest(place: usize, word: u64) -> usize {
    (place << 6) | word.trailing_zeros() as usize
}

/// All bits strictly above `bit`.
#[inline]
fn above(bit: usize) -> u64 {
    (!0 << bit) << 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use firesale_types::{AgentRng, Domain, RunSeed, StreamKey};

    use super::*;

    #[test]
    fn agrees_with_a_tree_set() {
        let key = StreamKey {
            domain: Domain::Validation,
            population: 0,
            index: 0,
            time_ns: 0,
        };
        let mut rng = AgentRng::open(RunSeed(7), key);
        for size in [64_usize, 128, 4_096, 8_192, 65_536, 1 << 18] {
            let (mut bits, mut set) = (Bitmap::new(size), BTreeSet::new());
            for step in 0..20_000 {
                // Clustered members, so that words empty and fill.
                let index = (rng.below(size as u64) & rng.below(size as u64)) as usize;
                if rng.chance(if step < 10_000 { 0.7 } else { 0.1 }) {
                    bits.set(index);
                    set.insert(index);
                } else {
                    bits.clear(index);
                    set.remove(&index);
                }
                let from = rng.below(size as u64) as usize;
                assert_eq!(bits.first_from(from), set.range(from..).next().copied());
                assert_eq!(bits.first_from(0), set.first().copied());
            }
        }
    }
}
