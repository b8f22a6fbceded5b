//! Results recorded from contracts, read from files and compared with the pools to the last unit.
//!
//! The files are not part of the project; what they hold is described by their schemas here, not by
//! their names: every `.json` of a folder is read, fields that nobody asks for are ignored, and a file
//! of no known schema is named. What cannot be read counts as wrong.

mod balancer;
mod curve;
mod files;
mod json;
mod tally;
mod uniswap_v3;

pub(crate) use files::files;
pub(crate) use tally::Tally;

use crate::check::Row;
use crate::engine::Engine;
use serde_json::Value;

/// What reads a file of one schema into a tally; false if the file is of another.
type Reader = fn(&Engine, &str, &Value, &mut Tally) -> bool;

/// Uniswap v3 pools: swaps and prices of ticks.
pub(crate) fn uniswap_v3(engine: &Engine) -> Vec<Row> {
    compare(
        engine,
        "uniswap-v3-vectors",
        &[uniswap_v3::swaps, uniswap_v3::ticks],
    )
}

/// Curve's pools and Balancer's, stable and weighted.
pub(crate) fn stable_swap(engine: &Engine) -> Vec<Row> {
    let readers: [Reader; 4] = [
        curve::virtual_price,
        curve::states,
        curve::sequences,
        balancer::answers,
    ];
    compare(engine, "stableswap-vectors", &readers)
}

/// No rows without the folder.
fn compare(engine: &Engine, folder: &str, readers: &[Reader]) -> Vec<Row> {
    let Some(folder) = engine.data(folder) else {
        return Vec::new();
    };
    let mut tally = Tally::default();
    for (name, content) in files(&folder) {
        match content {
            Err(error) => tally.vector(&name, "the file", Err(error)),
            Ok(value) => {
                let mut read = readers.iter();
                if !read.any(|read| read(engine, &name, &value, &mut tally)) {
                    tally.left_out(format!("{name}: of no schema known here, left out"));
                }
            }
        }
    }
    tally.rows()
}
