//! Long random lives of pools: nobody ever takes out more than was put in, and what must not fall
//! does not.
//!
//! Each walk is run always with a twentieth of its steps, and with the full million by
//! `cargo test -p firesale-amm -- --ignored`.

mod stable;
mod v2;
mod v3;
mod v3_twin;
mod weighted;

use firesale_types::{AgentRng, Domain, RunSeed, StreamKey};

/// Steps of a full walk.
const MILLION: u32 = 1_000_000;
/// Steps of the walk that is always run.
const SHORT: u32 = MILLION / 20;

/// A fixed stream of random numbers.
fn dice(name: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: name,
        index: 0,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(5), key)
}

/// A number from 1 up to 2^bits, equally likely in each power of two.
fn amount(rng: &mut AgentRng, bits: u64) -> u128 {
    let bits = rng.below(bits);
    let high = 1_u128 << bits;
    high + (u128::from(rng.below(u64::MAX)) & (high - 1))
}

/// One of these.
fn pick<T: Copy>(rng: &mut AgentRng, choices: &[T]) -> T {
    choices[rng.below(choices.len() as u64) as usize]
}

/// What the world outside has paid into a pool and not received: it may never gain from the pool.
#[derive(Clone, Debug)]
struct Ledger {
    net: Vec<u128>,
}

impl Ledger {
    fn new(coins: usize) -> Self {
        Self {
            net: vec![0; coins],
        }
    }

    fn pay(&mut self, amounts: &[u128]) {
        for (net, amount) in self.net.iter_mut().zip(amounts) {
            *net += amount;
        }
    }

    fn receive(&mut self, amounts: &[u128]) {
        for (net, amount) in self.net.iter_mut().zip(amounts) {
            *net = net.checked_sub(*amount).expect("more out than in");
        }
    }

    fn swap(&mut self, (i, paid): (usize, u128), (j, received): (usize, u128)) {
        self.net[i] += paid;
        self.net[j] = self.net[j].checked_sub(received).expect("more out than in");
    }

    /// The pool holds exactly what was paid and not received.
    fn check(&self, held: &[u128]) {
        assert_eq!(self.net, held);
    }
}
