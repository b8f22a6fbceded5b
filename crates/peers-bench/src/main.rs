//! firesale-matching against bourse-book 0.4.0, on the streams of `firesale_matching::stream`.
//!
//! `cargo run --release --manifest-path crates/peers-bench/Cargo.toml [ROUNDS]`
//!
//! # Method
//!
//! * Every engine gets the same messages in memory; only the timed part of a stream counts.
//! * The measure is the CPU time of the thread, so other work on the machine disturbs it less than
//!   wall time; what it does to caches and memory remains. The engines run in turn within each
//!   round, in an order that alternates, and the ratio is taken within the round.
//! * Fills and notional of every run must be those that the generator saw.
//! * Each engine is given what its interface asks for: firesale a request and a handle kept in a
//!   table by order number, bourse its own order numbers and a time that grows (its queues need
//!   it). firesale's host counts each fill as it comes; bourse keeps a list of trades, which is
//!   summed up after the clock has stopped.
//! * Both are compiled with the same flags for the default processor of the target; firesale keeps
//!   its overflow checks.

mod engine;

use engine::{Bourse, Engine, Firesale};
use firesale_matching::stream::Stream;
use firesale_peers_bench::{Spread, cpu_seconds, rounds};

const ROUNDS: usize = 7;

fn main() {
    let rounds = rounds("firesale-peers-bench", ROUNDS);
    let streams = [
        ("STEADY", Stream::steady(2_000_000)),
        ("CRASH", Stream::crash(100_000)),
    ];
    println!("Million messages (and fills) per CPU-second: median [min-max] of {rounds} rounds\n");
    for (name, stream) in &streams {
        compare(name, stream, rounds);
    }
}

/// Runs all rounds of one stream and prints its lines.
fn compare(name: &str, stream: &Stream, rounds: usize) {
    println!(
        "{name}: {} messages after {} of warm-up, {} fills",
        stream.timed.len(),
        stream.warm_up.len(),
        stream.tape.fills
    );
    let mut seconds = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for turn in 0..2 {
            let which = (turn + round) % 2;
            seconds[which].push(match which {
                0 => time::<Firesale>(stream),
                _ => time::<Bourse>(stream),
            });
        }
    }
    for (engine, seconds) in [Firesale::NAME, Bourse::NAME].iter().zip(&seconds) {
        let messages = per_second(stream.timed.len() as f64, seconds);
        let fills = per_second(stream.tape.fills as f64, seconds);
        println!("  {engine:<24} {messages} messages   {fills} fills");
    }
    let ratios = seconds[0]
        .iter()
        .zip(&seconds[1])
        .map(|(ours, theirs)| theirs / ours);
    println!("  {:<24} {}\n", "ratio", Spread::of(ratios.collect()));
}

/// Seconds of CPU time for the timed part.
fn time<E: Engine>(stream: &Stream) -> f64 {
    let mut engine = E::new(stream.warm_up.len() + stream.timed.len());
    engine.feed(&stream.warm_up);
    engine.forget_fills();
    let start = cpu_seconds();
    engine.feed(&stream.timed);
    let seconds = cpu_seconds() - start;
    assert_eq!(engine.tape(), stream.tape, "{} makes other trades", E::NAME);
    seconds
}

fn per_second(count: f64, seconds: &[f64]) -> Spread {
    Spread::of(seconds.iter().map(|s| count / s / 1e6).collect())
}
