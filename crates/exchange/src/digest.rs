//! A rolling hash of what happens.

use serde::{Deserialize, Serialize};

/// 64 bits that depend on every word mixed in so far and on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Digest(pub(crate) u64);

impl Digest {
    /// Mixes in a word: a multiplication by an odd constant and a shift, a few nanoseconds.
    #[inline]
    pub(crate) fn mix(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }

    /// Mixes in signed words.
    #[inline]
    pub(crate) fn mix_all<const N: usize>(&mut self, words: [i64; N]) {
        for word in words {
            self.mix(word as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_content_matter() {
        let of = |words: [i64; 3]| {
            let mut digest = Digest::default();
            digest.mix_all(words);
            digest.0
        };
        assert_ne!(of([1, 2, 3]), of([1, 3, 2]));
        assert_ne!(of([1, 2, 3]), of([1, 2, 4]));
        assert_ne!(of([0, 0, 1]), of([0, 1, 0]));
    }
}
