//! Random streams that are pure functions of what they are for.

use std::convert::Infallible;

use rand::TryRng;
use serde::{Deserialize, Serialize};

/// The seed of a run: everything random in it follows from this number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunSeed(pub u64);

/// What a stream is for; streams of different domains never share a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Domain {
    /// An agent's decision at one wake.
    Decision = 1,
    /// An agent's state at its creation.
    Genesis = 2,
    /// The moment of an agent's next wake.
    Wake = 3,
    /// The fundamental values.
    Fundamental = 4,
    /// The latency of one message.
    Latency = 5,
    /// The order of messages that arrive at one instant.
    Lottery = 6,
    /// A check of the validation suite.
    Validation = 7,
    /// A shock of the scenario.
    Shock = 8,
}

/// Names one stream: population by the hash of its name, member by its index, wake time in ns.
///
/// Adding a population, or halving the tick, changes no other stream, so variants of a scenario
/// share common random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// What the stream is for.
    pub domain: Domain,
    /// The hash of the population's name ([`hash64`]).
    pub population: u64,
    /// The member within the population.
    pub index: u64,
    /// The moment, in nanoseconds.
    pub time_ns: i64,
}

/// 64 well-mixed bits of a byte string (FNV-1a, then a finaliser): stable for ever.
#[must_use]
pub fn hash64(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(hash)
}

/// Stafford's thirteenth variant of the MurmurHash3 finaliser, the output function of SplitMix64
/// (Steele, Lea and Flood, OOPSLA 2014).
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of random bits, opened in a few nanoseconds, about one nanosecond a word.
///
/// SplitMix64 with a key-dependent odd increment: the pair of start and increment is a 127-bit hash
/// of (seed, [`StreamKey`]). It implements [`rand::Rng`], so `rand`'s and this crate's samplers
/// work on it; the generator inside may be exchanged until golden digests are published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRng {
    state: u64,
    increment: u64,
}

impl AgentRng {
    /// Opens the stream that `key` names in the run of `seed`.
    #[inline]
    #[must_use]
    pub const fn open(seed: RunSeed, key: StreamKey) -> Self {
        let mut a = mix(seed.0 ^ GOLDEN);
        a = mix(a ^ (key.domain as u64).wrapping_mul(0xd6e8_feb8_6659_fd93));
        a = mix(a ^ key.population);
        a = mix(a.wrapping_add(key.index.wrapping_mul(GOLDEN)));
        a = mix(a ^ (key.time_ns as u64).wrapping_mul(0xff51_afd7_ed55_8ccd));
        Self {
            state: a,
            increment: mix(a ^ 0xa076_1d64_78bd_642f) | 1,
        }
    }

    /// The next 64 bits.
    #[inline]
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.increment);
        mix(self.state)
    }

    /// Uniform in the open interval (0, 1), on a grid of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in `low..high`.
    #[inline]
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform over `0..n` (Lemire's multiplication; the bias is below n / 2^64).
    ///
    /// # Panics
    /// If `n` is zero.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "cannot draw from an empty range");
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }
}

impl TryRng for AgentRng {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: u64, time_ns: i64) -> StreamKey {
        StreamKey {
            domain: Domain::Decision,
            population: hash64(b"retail"),
            index,
            time_ns,
        }
    }

    #[test]
    fn golden_stream() {
        let mut rng = AgentRng::open(RunSeed(1), key(0, 0));
        let first: Vec<u64> = (0..3).map(|_| rng.next()).collect();
        let mut again = AgentRng::open(RunSeed(1), key(0, 0));
        assert_eq!(first, (0..3).map(|_| again.next()).collect::<Vec<_>>());
        assert_eq!(
            first, GOLDEN_WORDS,
            "the streams changed: every golden digest changes with them"
        );
    }

    const GOLDEN_WORDS: [u64; 3] = [
        10_816_505_446_039_923_250,
        2_533_117_440_597_506_991,
        14_697_085_606_790_017_244,
    ];

    #[test]
    fn neighbouring_keys_are_uncorrelated() {
        // First words of neighbouring streams: mean of products of centred uniforms near zero.
        let n = 200_000;
        let at = |i: u64, t: i64| AgentRng::open(RunSeed(9), key(i, t)).uniform() - 0.5;
        let mut products = [0.0; 2];
        for i in 0..n {
            products[0] += at(i, 0) * at(i + 1, 0);
            products[1] += at(i, 100) * at(i, 101);
        }
        for sum in products {
            // Variance of a product is 1/144; five standard errors.
            assert!((sum / n as f64).abs() < 5.0 / 12.0 / (n as f64).sqrt());
        }
    }

    #[test]
    fn below_is_uniform() {
        let mut rng = AgentRng::open(RunSeed(3), key(5, 5));
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7) as usize] += 1;
        }
        let excess = |c: u32| f64::from(c) - 10_000.0;
        let chi2: f64 = counts
            .iter()
            .map(|&c| excess(c) * excess(c) / 10_000.0)
            .sum();
        assert!(
            chi2 < 22.5,
            "chi-squared {chi2} with six degrees of freedom, p < 0.001"
        );
    }
}
