//! Real and synthetic order flow through the engine, and the suite with its mutations.

mod adl_waves;
mod bitstamp;
mod lobster;
mod synthetic;
mod validate;
mod vectors;

use std::path::{Path, PathBuf};

/// Where data lie beside the workspace.
fn beside() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

/// A directory of the data that lie beside the workspace; `None`, with a message, where they do
/// not.
fn data(name: &str) -> Option<PathBuf> {
    let found = beside().join(name);
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: there is no {}", found.display());
    None
}

/// A file of this repository.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}
