//! firesale-amm against the Rust implementations of Uniswap v3 in the package registry, on swaps that
//! cross three initialized ticks.
//!
//! `cargo run --release --manifest-path crates/peers-bench/Cargo.toml --bin pools [ROUNDS]`
//!
//! # Method
//!
//! * One pool, fee 0.3%, spacing 60, forty adjoining positions of different liquidity and one wide one;
//!   swaps go down and up by turns, each over three initialized ticks to another place within a tick,
//!   and each begins where the last one ended.
//! * The peers compute what a swap moves and the pool's new price, tick and liquidity. firesale does a
//!   whole swap on a stored pool: it also grows the fees, crosses the ticks' counters and books
//!   balances.
//! * The measure is the CPU time of the thread. The engines run in turn within each round, in an order
//!   that rotates, and the ratio is taken within the round against the faster peer.
//! * Sums of what was paid and received must be the same for all; if they are not, the program stops.
//! * All are compiled with the same flags for the default processor of the target, overflow checked.

mod engine;

use engine::{Engine, Firesale, Math, Sdk};
use firesale_amm::{AmountSpecified, ConcentratedLiquidity, PositionKey, U256, sqrt_ratio_at_tick};
use firesale_peers_bench::{Spread, cpu_seconds, rounds};

const ROUNDS: usize = 9;
const SWAPS: usize = 50_000;

/// A swap of the stream.
#[derive(Clone, Copy)]
pub struct Order {
    /// Token 0 is paid.
    pub zero_for_one: bool,
    /// The amount is what is paid, else what is received.
    pub exact_in: bool,
    /// The amount.
    pub amount: u128,
}

/// What all swaps moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Paid in, modulo 2^128.
    pub paid: u128,
    /// Received, modulo 2^128.
    pub received: u128,
}

impl Totals {
    /// Adds a swap.
    pub fn add(&mut self, paid: u128, received: u128) {
        self.paid = self.paid.wrapping_add(paid);
        self.received = self.received.wrapping_add(received);
    }
}

fn main() {
    let rounds = rounds("pools", ROUNDS);
    println!(
        "Nanoseconds of CPU time for a swap over three ticks: median [min-max] of {rounds} rounds\n"
    );
    for (name, exact_in) in [("EXACT INPUT", true), ("EXACT OUTPUT", false)] {
        compare(name, exact_in, rounds);
    }
}

/// The pool before the first swap.
fn pool() -> ConcentratedLiquidity {
    let price = sqrt_ratio_at_tick(30).expect("in range");
    let mut pool = ConcentratedLiquidity::of_tier(3_000, price).expect("a tier");
    let ranges = (-20_i32..20).map(|i| (i * 60, (i + 1) * 60, 1 + (i.unsigned_abs() * 7) % 5));
    for (tick_lower, tick_upper, parts) in ranges.chain([(-887_220, 887_220, 1)]) {
        let key = PositionKey {
            owner: 0,
            tick_lower,
            tick_upper,
        };
        let liquidity = u128::from(parts) * 1_234_567_890_123_456_789_012;
        pool.mint(key, liquidity).expect("valid");
    }
    pool
}

/// Swaps down to somewhere in the tick from -180 to -120, and up to somewhere in that from 0 to 60.
fn orders(exact_in: bool) -> Vec<Order> {
    let mut pool = pool();
    let mut orders = Vec::with_capacity(SWAPS);
    for i in 0..SWAPS {
        let zero_for_one = i % 2 == 0;
        let within = 1 + (i as i32 * 37) % 58;
        let tick = if zero_for_one { -180 } else { 0 } + within;
        let limit = sqrt_ratio_at_tick(tick).expect("in range");
        let all = AmountSpecified::ExactIn(U256::from(u128::MAX));
        let to = pool.quote(zero_for_one, all, Some(limit)).expect("liquid");
        let amount = if exact_in {
            to.amount_in
        } else {
            to.amount_out
        };
        let order = Order {
            zero_for_one,
            exact_in,
            amount,
        };
        let done = pool
            .swap(zero_for_one, engine::specified(&order), None)
            .expect("liquid");
        assert_eq!(done.ticks_crossed, 3);
        orders.push(order);
    }
    orders
}

/// Runs all rounds and prints the lines.
fn compare(name: &str, exact_in: bool, rounds: usize) {
    let orders = orders(exact_in);
    let pool = pool();
    println!("{name}: {SWAPS} swaps");
    let names = [Firesale::NAME, Sdk::NAME, Math::NAME];
    let mut nanoseconds = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..rounds {
        let mut totals = [Totals::default(); 3];
        for turn in 0..3 {
            let which = (turn + round) % 3;
            let (seconds, total) = match which {
                0 => time::<Firesale>(&pool, &orders),
                1 => time::<Sdk>(&pool, &orders),
                _ => time::<Math>(&pool, &orders),
            };
            totals[which] = total;
            nanoseconds[which].push(seconds * 1e9 / SWAPS as f64);
        }
        assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
    }
    for (name, nanoseconds) in names.iter().zip(&nanoseconds) {
        println!("  {name:<24} {}", Spread::of(nanoseconds.clone()));
    }
    let ratios = (0..rounds).map(|i| nanoseconds[1][i].min(nanoseconds[2][i]) / nanoseconds[0][i]);
    println!("  {:<24} {}\n", "ratio", Spread::of(ratios.collect()));
}

/// Seconds of CPU time for all swaps, and what they moved.
fn time<E: Engine>(pool: &ConcentratedLiquidity, orders: &[Order]) -> (f64, Totals) {
    let mut engine = E::new(pool);
    let start = cpu_seconds();
    let totals = engine.run(orders);
    (cpu_seconds() - start, totals)
}
