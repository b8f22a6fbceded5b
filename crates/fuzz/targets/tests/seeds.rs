//! The seeds as ordinary tests: no compiler flags, no libFuzzer.

use std::path::PathBuf;

use firesale_fuzz_targets::{scenario, venue};

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

#[test]
fn scenarios() {
    let seeds = seeds("scenario");
    assert!(!seeds.is_empty());
    for (path, bytes) in seeds {
        eprintln!("{}", path.display());
        scenario::run(&bytes);
    }
}

#[test]
fn streams() {
    let seeds = seeds("venue");
    assert!(!seeds.is_empty());
    for (path, bytes) in seeds {
        eprintln!("{}", path.display());
        venue::run(&bytes);
    }
}
