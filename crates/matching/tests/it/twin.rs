//! The property suite: ten million random commands, and mutants that it must catch.
//!
//! The long run, half a billion commands:
//! `cargo test --release -p firesale-matching --test it -- --ignored twin_long`.

use std::io::Write;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use firesale_matching::naive::{Mutation, NaiveBook};

use crate::command::Generator;
use crate::drive::drive;
use crate::shrink::shrink;

const COMMANDS_PER_CASE: usize = 5_000;

/// Drives a case; fails with a short list of commands. How many commands there were.
fn check_seed(seed: u64) -> u64 {
    let case = Generator::new(seed).case(COMMANDS_PER_CASE);
    let twin = || NaiveBook::new(case.config);
    if let Err(first) = drive(&case, twin(), 250) {
        let (short, difference) = shrink(case.clone(), twin);
        panic!(
            "seed {seed}, command {}: {}\nshrunk to {short}\nwhich ends in {}",
            first.index, first.what, difference.what
        );
    }
    case.commands.len() as u64
}

/// Drives all cases on all processors and says how many commands that were.
fn check_seeds(seeds: Range<u64>) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, commands) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    commands.fetch_add(check_seed(seed), Ordering::Relaxed);
                }
            });
        }
    });
    let commands = commands.into_inner();
    // Not `println!`, which a test that passes keeps to itself.
    let line = format!("twin suite: {commands} random commands, no difference\n");
    std::io::stdout()
        .write_all(line.as_bytes())
        .expect("standard output takes a line");
    commands
}

#[test]
fn twin_ten_million() {
    assert_eq!(check_seeds(0..2_000), 10_000_000);
}

#[test]
#[ignore = "half a billion commands: minutes"]
fn twin_long() {
    assert_eq!(check_seeds(2_000..102_000), 500_000_000);
}

#[test]
fn mutants_are_caught() {
    let mutations = [
        Mutation::LastInFirstOut,
        Mutation::CancelsDropped,
        Mutation::ReplaceKeepsPlace,
    ];
    for mutation in mutations {
        for seed in 0..5 {
            let case = Generator::new(seed).case(COMMANDS_PER_CASE);
            let mutant = || NaiveBook::with_mutation(case.config, mutation);
            assert!(
                drive(&case, mutant(), 250).is_err(),
                "{mutation:?} went unnoticed with seed {seed}"
            );
            let (short, _) = shrink(case.clone(), mutant);
            assert!(short.commands.len() <= 12, "{mutation:?} needs {short}");
        }
    }
}
