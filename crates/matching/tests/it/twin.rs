//! The property suite: ten million random commands, and mutants that it must catch.
//!
//! The long run: `cargo test --release -p firesale-matching --test it -- --ignored twin_long`.

use firesale_matching::naive::{Mutation, NaiveBook};

use crate::command::Generator;
use crate::drive::drive;
use crate::shrink::shrink;

const COMMANDS_PER_CASE: usize = 5_000;

/// Fails with a short list of commands.
fn check_seeds(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let case = Generator::new(seed).case(COMMANDS_PER_CASE);
        let twin = || NaiveBook::new(case.config);
        if let Err(first) = drive(&case, twin(), 250) {
            let (short, difference) = shrink(case.clone(), twin);
            panic!(
                "seed {seed}, command {}: {}\nshrunk to {short}\nwhich ends in {}",
                first.index, first.what, difference.what
            );
        }
    }
}

#[test]
fn twin_1() {
    check_seeds(0..500);
}

#[test]
fn twin_2() {
    check_seeds(500..1_000);
}

#[test]
fn twin_3() {
    check_seeds(1_000..1_500);
}

#[test]
fn twin_4() {
    check_seeds(1_500..2_000);
}

#[test]
#[ignore = "half a billion commands: minutes"]
fn twin_long() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let cases = 100_000;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let first = 2_000 + cases * thread / threads;
            let end = 2_000 + cases * (thread + 1) / threads;
            scope.spawn(move || check_seeds(first..end));
        }
    });
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
