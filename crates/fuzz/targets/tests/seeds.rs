//! The seeds as ordinary tests: no compiler flags, no libFuzzer.

use std::path::PathBuf;

use firesale_fuzz_targets::scenario;
use firesale_fuzz_targets::venue::{self, Reached};

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../seeds")
        .join(target);
    let entries = std::fs::read_dir(folder).expect("a folder of seeds");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    };
    files.into_iter().map(read).collect()
}

/// Runs a target over its seeds, each named before it may fail.
fn run<T: std::fmt::Debug>(target: &str, one: impl Fn(&[u8]) -> T) -> Vec<T> {
    let all = seeds(target).into_iter().map(|(path, bytes)| {
        println!("{}", path.display());
        let outcome = one(&bytes);
        println!("  {outcome:?}");
        outcome
    });
    all.collect()
}

#[test]
fn scenarios_are_read_or_refused() {
    let loaded = run("scenario", scenario::run);
    assert!(loaded.contains(&true) && loaded.contains(&false));
}

#[test]
fn streams_reach_every_stage_of_a_liquidation() {
    let reached = run("venue", venue::run);
    let total = |of: fn(&Reached) -> u32| reached.iter().map(of).sum::<u32>();
    assert!(total(|r| r.trades) > 100);
    for stage in 0..4 {
        let closes: u32 = reached.iter().map(|r| r.closes[stage]).sum();
        assert!(closes > 0, "stage {stage} is never reached");
    }
    assert!(total(|r| r.bad_debts) > 0);
}
