//! Results recorded from the contracts, read from the folder of shared data beside the repository.
//!
//! The files are not part of the repository. Where the folder is absent the tests say so and count
//! as skipped; under continuous integration it must be there.

mod balancer;
mod curve;
mod uniswap_v3;

use ruint::aliases::U256;
use serde_json::Value;
use std::path::PathBuf;

/// `shared/data` beside the repository.
fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if path.is_dir() {
        return Some(path);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may ask where it runs; no result depends on it"
    )]
    let required = std::env::var("CI").is_ok();
    assert!(!required, "{} is needed and absent", path.display());
    println!("skipped: {} is absent", path.display());
    None
}

/// The files of a folder of shared data whose names begin so, in order; none if it is absent.
fn files(folder_name: &str, prefix: &str) -> Vec<(String, Value)> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let folder = folder.join(folder_name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!("{}: {error}", folder.display());
    });
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name.starts_with(prefix) && name.ends_with(".json")).then_some(name)
    };
    let found: Vec<(String, Value)> = paths
        .iter()
        .filter_map(|path| Some((named(path)?, path)))
        .map(|(name, path)| {
            let text = std::fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    assert!(
        !found.is_empty(),
        "no {prefix}*.json in {}",
        folder.display()
    );
    found
}

/// An integer that is a string or a number.
fn integer(value: &Value) -> U256 {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("{other} is no integer"),
    };
    U256::from_str_radix(&text, 10).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// An integer of 128 bits.
fn amount(value: &Value) -> u128 {
    integer(value).try_into().unwrap()
}

/// A small integer, perhaps negative.
fn small(value: &Value) -> i32 {
    i32::try_from(value.as_i64().unwrap()).unwrap()
}

/// The elements of a list.
fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}
