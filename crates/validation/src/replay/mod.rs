//! Real order flow through the matching engine.
//!
//! # Model
//!
//! * A file of order events is read row by row. New orders, cancels, changes and marketable orders
//!   go to an [`firesale_matching::OrderBook`] as the exchange received them; what the exchange did
//!   with them does not.
//! * The trades that the book makes are compared with those that happened: maker, taker, price,
//!   amount, order (`matcher.rs`). Where the format has book states (LOBSTER), the best levels are
//!   compared with every one of them.
//! * Each difference is explained as far as the file allows, and the book is then brought to what
//!   the file says, so that one difference does not cause another.
//!
//! A format is one file: `bitstamp_2026.rs`, `bitstamp_2015.rs`, `lobster.rs`. Memory is bounded by
//! the orders that are open at a time, plus eight bytes for each trade.

mod bitstamp;
mod bitstamp_2015;
mod bitstamp_2026;
mod error;
mod feed;
mod lobster;
mod matcher;
mod pairing;
mod report;
mod session;
mod source;

use std::path::{Path, PathBuf};

use firesale_types::Side;
use serde::{Deserialize, Serialize};

pub use error::ReplayError;
pub use report::{BookRowCounts, Cause, Difference, ReplayReport, TradeCounts};

/// The format of a file of order events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Bitstamp order events with an opening snapshot, and a file of trades beside them
    /// (`trades.csv`): volumes in BTC, exchange time in milliseconds.
    #[serde(rename = "bitstamp-2026")]
    Bitstamp2026,
    /// Bitstamp order events without snapshot and trades: volumes in satoshi, local time in
    /// milliseconds. Trades follow from pairs of rows.
    #[serde(rename = "bitstamp-2015")]
    Bitstamp2015,
    /// A LOBSTER message file and its order book file.
    #[serde(rename = "lobster")]
    Lobster,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bitstamp2026, Self::Bitstamp2015, Self::Lobster];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bitstamp2026 => "bitstamp-2026",
            Self::Bitstamp2015 => "bitstamp-2015",
            Self::Lobster => "lobster",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// No format has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no format is called {0:?}; there are: bitstamp-2026, bitstamp-2015, lobster")]
pub struct UnknownFormat(pub String);

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Files beside the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayOptions {
    /// The book states of a LOBSTER file; without it the file beside the messages that has
    /// `orderbook` where their name has `message`.
    pub book: Option<PathBuf>,
    /// The trades of a `bitstamp-2026` file; without it `trades.csv` beside the orders.
    pub trades: Option<PathBuf>,
}

/// Feeds a file to the engine and compares. `.csv`, `.csv.gz` and `.csv.xz` are read; a directory
/// stands for the `orders.csv` in it, packed or not.
///
/// # Errors
/// [`ReplayError`] with file and line for what cannot be read or is not in the format.
pub fn replay(
    path: &Path,
    format: Format,
    options: &ReplayOptions,
) -> Result<ReplayReport, ReplayError> {
    let file = orders_file(path);
    let report = match format {
        Format::Bitstamp2026 => bitstamp_2026::replay(&file, options),
        Format::Bitstamp2015 => bitstamp_2015::replay(&file),
        Format::Lobster => lobster::replay(&file, options),
    }?;
    if report.rows == 0 {
        return Err(ReplayError::Missing {
            file,
            what: "there are no rows".to_owned(),
        });
    }
    Ok(report)
}

/// The file itself, or the orders in a directory.
fn orders_file(path: &Path) -> PathBuf {
    let names = ["orders.csv", "orders.csv.gz", "orders.csv.xz"];
    let mut inside = names.iter().map(|name| path.join(name));
    match inside.find(|file| path.is_dir() && file.is_file()) {
        Some(file) => file,
        None => path.to_owned(),
    }
}

/// A trade between two orders of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trade {
    maker: u64,
    taker: u64,
    taker_side: Side,
    /// In the feed's smallest unit of price.
    price: i64,
    /// In the feed's smallest unit of quantity.
    qty: i64,
}

impl Trade {
    /// In words and in the units that people use.
    fn shown(&self, units: Units) -> String {
        let (maker, taker) = (name(self.maker), name(self.taker));
        let qty = decimal(self.qty, units.qty_decimals);
        let price = decimal(self.price, units.price_decimals);
        format!("{taker} takes {qty} of {maker} at {price}")
    }
}

/// The first of the ids that stand for orders without a name; those of a file are below.
const FIRST_NAMELESS: u64 = 1 << 63;

fn name(id: u64) -> String {
    if id < FIRST_NAMELESS {
        format!("order {id}")
    } else {
        "a nameless order".to_owned()
    }
}

/// How many decimals the smallest units of a format have in dollars, and in coins or shares.
#[derive(Clone, Copy, Debug)]
struct Units {
    price_decimals: usize,
    qty_decimals: usize,
}

impl Format {
    const fn units(self) -> Units {
        let (price_decimals, qty_decimals) = match self {
            Self::Bitstamp2026 | Self::Bitstamp2015 => (2, 8),
            Self::Lobster => (4, 0),
        };
        Units {
            price_decimals,
            qty_decimals,
        }
    }
}

/// A number of units of 10^-`decimals`.
fn decimal(value: i64, decimals: usize) -> String {
    if decimals == 0 {
        return value.to_string();
    }
    let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_shown() {
        assert_eq!(decimal(7_833_300, 2), "78333.00");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(16_393, 8), "0.00016393");
        assert_eq!(decimal(12, 0), "12");
    }

    #[test]
    fn formats_have_names() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let unknown = "lobsters".parse::<Format>().unwrap_err();
        assert!(unknown.to_string().contains("bitstamp-2015"));
    }
}
