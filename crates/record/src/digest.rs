//! One short number for everything that happened.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes hashed at a time.
const BLOCK: usize = 4096;
/// Bytes of the hash of the block before, at the start of each block.
const CHAIN: usize = 16;

/// A rolling hash of events and state: equal runs have equal digests.
///
/// Bytes fill blocks of 4096; each begins with the XXH3-128 of the one before, so that the value
/// after any number of bytes depends on all of them and on their order. Unlike a hasher's inside it
/// can be written into a checkpoint and goes on from there. It guards against accidents, not
/// against forgery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    block: Vec<u8>,
    bytes: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// Of nothing.
    #[must_use]
    pub fn new() -> Self {
        let mut block = Vec::with_capacity(BLOCK);
        block.resize(CHAIN, 0);
        Self { block, bytes: 0 }
    }

    /// Adds bytes with their length before them, so that `ab`, `c` differs from `a`, `bc`.
    #[inline]
    pub fn update(&mut self, bytes: &[u8]) {
        self.update_u64(bytes.len() as u64);
        self.absorb(bytes);
    }

    /// Adds an integer, eight bytes little-endian.
    #[inline]
    pub fn update_u64(&mut self, value: u64) {
        self.absorb(&value.to_le_bytes());
    }

    /// Adds a signed integer, eight bytes little-endian.
    #[inline]
    pub fn update_i64(&mut self, value: i64) {
        self.update_u64(value as u64);
    }

    /// Adds the bits of a float; the two zeros differ, as do NaNs with different bits.
    #[inline]
    pub fn update_f64(&mut self, value: f64) {
        self.update_u64(value.to_bits());
    }

    /// The digest so far: 32 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        let mut last = self.block.clone();
        last.extend_from_slice(&self.bytes.to_le_bytes());
        format!("{:032x}", xxh3_128(&last))
    }

    fn absorb(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        while bytes.len() >= BLOCK - self.block.len() {
            let (now, later) = bytes.split_at(BLOCK - self.block.len());
            self.block.extend_from_slice(now);
            self.close_block();
            bytes = later;
        }
        self.block.extend_from_slice(bytes);
    }

    #[cold]
    fn close_block(&mut self) {
        let chain = xxh3_128(&self.block).to_le_bytes();
        self.block.clear();
        self.block.extend_from_slice(&chain);
    }
}

/// BLAKE3 of a whole input in 64 hexadecimal digits: identifies scenarios and data files.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, written out over the whole input at once.
    fn naive(bytes: &[u8]) -> String {
        let mut chain = [0u8; CHAIN];
        let mut chunks = bytes.chunks_exact(BLOCK - CHAIN);
        for chunk in &mut chunks {
            chain = xxh3_128(&[&chain[..], chunk].concat()).to_le_bytes();
        }
        let length = (bytes.len() as u64).to_le_bytes();
        format!(
            "{:032x}",
            xxh3_128(&[&chain[..], chunks.remainder(), &length].concat())
        )
    }

    proptest! {
        #[test]
        fn equals_its_definition(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..12)) {
            let mut digest = Digest::new();
            let mut whole = Vec::new();
            for part in &parts {
                digest.update(part);
                whole.extend_from_slice(&(part.len() as u64).to_le_bytes());
                whole.extend_from_slice(part);
                prop_assert_eq!(digest.hex(), naive(&whole));
            }
        }

        #[test]
        fn goes_on_from_a_checkpoint(before in prop::collection::vec(any::<u64>(), 0..1500), after in prop::collection::vec(any::<u64>(), 0..1500)) {
            let mut whole = Digest::new();
            before.iter().for_each(|&v| whole.update_u64(v));
            let stored = serde_json::to_string(&whole).unwrap();
            let mut resumed: Digest = serde_json::from_str(&stored).unwrap();
            after.iter().for_each(|&v| whole.update_u64(v));
            after.iter().for_each(|&v| resumed.update_u64(v));
            prop_assert_eq!(whole.hex(), resumed.hex());
        }
    }

    #[test]
    fn order_boundaries_and_length_matter() {
        let of = |parts: &[&[u8]]| {
            let mut digest = Digest::new();
            parts.iter().for_each(|p| digest.update(p));
            digest.hex()
        };
        let all = [
            of(&[]),
            of(&[b""]),
            of(&[b"ab", b"c"]),
            of(&[b"a", b"bc"]),
            of(&[b"c", b"ab"]),
        ];
        for (i, a) in all.iter().enumerate() {
            assert_eq!(a.len(), 32);
            assert!(!all[..i].contains(a));
        }
    }

    #[test]
    fn content_hash_is_blake3() {
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(content_hash(b""), empty);
    }
}
