//! What the charts need from a run, read once and thinned while it is read.

mod forced;
mod lenders;
mod markets;
mod ordered;
mod pools;
mod populations;
mod reference;
mod series;
mod stable;

use std::path::Path;

use firesale_record::{
    BranchingRow, CascadeRow, Exit, LeverageRow, Manifest, Names, RecordError, RunReader,
};

pub use forced::{Forced, LAYERS, STAGES};
pub use lenders::{HealthBand, Lender, LentAsset};
pub use markets::{Cell, Market};
pub use pools::{Chain, Pool, PoolCoin, Ranges};
pub use populations::Population;
pub use reference::Reference;
pub(crate) use series::add_up;
pub use series::{Bins, Points, Stat, Sums};
pub use stable::{Coin, Issuer, Place, Tier};

use crate::PlotError;
use crate::format::Clock;

/// Bins of series that are added up over markets or venues.
const FINE_BINS: usize = 600;

/// A run as the charts see it.
#[derive(Debug)]
pub struct RunData {
    /// What ran.
    pub manifest: Manifest,
    /// Seconds to clock times.
    pub clock: Clock,
    /// First and last moment, in seconds since the start.
    pub range: (f64, f64),
    /// Public events within the range.
    pub news: Vec<(f64, String)>,
    /// Instruments at their venues, the most important first.
    pub markets: Vec<Market>,
    /// Names of the venues, in their order.
    pub venues: Vec<String>,
    /// Insurance funds by venue.
    pub insurance: Vec<Points>,
    /// Everything that was closed by force.
    pub forced: Forced,
    /// Trees of liquidations.
    pub cascades: Vec<CascadeRow>,
    /// How liquidations multiplied, by minute.
    pub branching: Vec<BranchingRow>,
    /// The histogram of leverage, before and after.
    pub leverage: Vec<LeverageRow>,
    /// Populations in the scenario's order.
    pub populations: Vec<Population>,
    /// Coins of issuers and what they cost.
    pub coins: Vec<Coin>,
    /// Issuers and their reserves.
    pub issuers: Vec<Issuer>,
    /// Chains.
    pub chains: Vec<Chain>,
    /// Pools of all chains.
    pub pools: Vec<Pool>,
    /// Lending markets of all chains.
    pub lenders: Vec<Lender>,
    /// The real path and the symbol it belongs to.
    pub reference: Option<(Reference, Points)>,
}

impl RunData {
    /// Reads a run's directory. A reference given here goes before the one the run names itself.
    ///
    /// # Errors
    /// If the tables or the reference path cannot be read.
    pub fn load(dir: &Path, reference: Option<&Reference>) -> Result<Self, PlotError> {
        let reader = RunReader::open(dir)?;
        let manifest = read_manifest(dir)?;
        let clock = Clock::new(manifest.clock_start.as_deref());
        let range = time_range(&reader, &manifest)?;
        let inside = |at: &f64| range.0 <= *at && *at <= range.1;
        let news: Vec<(f64, String)> = manifest
            .news
            .iter()
            .map(|mark| (seconds(mark.time_ns), mark.label.clone()))
            .filter(|(at, _)| inside(at))
            .collect();
        let event = news.first().map(|n| n.0);
        let mut scanned = markets::scan(&reader, range, event)?;
        let forced = forced::scan(&reader, range, &mut scanned.markets)?;
        markets::scan_depth(&reader, &mut scanned.markets)?;
        markets::scan_halts(&reader, range, &mut scanned.markets)?;
        let named = manifest
            .reference
            .as_ref()
            .map(|noted| Reference::of_manifest(dir, noted));
        let reference = match reference.cloned().or(named) {
            Some(found) => {
                let points = found.load(clock, range)?;
                Some((found, points))
            }
            None => None,
        };
        let symbol = reference.as_ref().map(|(r, _)| r.symbol.clone());
        markets::sort(&mut scanned.markets, symbol.as_deref());
        Ok(Self {
            clock,
            range,
            news,
            markets: scanned.markets,
            venues: venue_names(reader.names()),
            insurance: scanned.insurance,
            forced,
            cascades: reader.rows()?,
            branching: reader.rows()?,
            leverage: reader.rows()?,
            populations: populations::scan(&reader, range)?,
            coins: stable::scan_coins(&reader, range)?,
            issuers: stable::scan_issuers(&reader, range)?,
            chains: pools::scan_chains(&reader, range)?,
            pools: pools::scan_pools(&reader, range)?,
            lenders: lenders::scan(&reader, range)?,
            reference,
            manifest,
        })
    }

    /// Name and seed of the run, for subtitles.
    #[must_use]
    pub fn run_name(&self) -> String {
        format!("{}, seed {}", self.manifest.scenario, self.manifest.seed)
    }

    /// The moment that falls are measured from: the first news, else the start.
    #[must_use]
    pub fn event(&self) -> f64 {
        self.news.first().map_or(self.range.0, |n| n.0)
    }
}

/// A run that was killed has tables but perhaps no manifest.
fn read_manifest(dir: &Path) -> Result<Manifest, RecordError> {
    match Manifest::read(dir) {
        Err(RecordError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Manifest {
                version: String::new(),
                commit: None,
                scenario: "unfinished run".to_owned(),
                question: None,
                scenario_digest: String::new(),
                seed: 0,
                threads: 0,
                platform: String::new(),
                clock_start: None,
                simulated_ns: 0,
                news: Vec::new(),
                reference: None,
                wall_s: 0.0,
                events: 0,
                digest: String::new(),
                exit: Exit::Running,
                error: None,
            })
        }
        other => other,
    }
}

/// From the start of the run to its last row; at least a second.
fn time_range(reader: &RunReader, manifest: &Manifest) -> Result<(f64, f64), RecordError> {
    let mut end = manifest.simulated_ns;
    let mut start = 0;
    for table in [
        "ticks",
        "liquidations",
        "populations",
        "stablecoins",
        "chains",
    ] {
        if let Some((first, last)) = reader.range_i64(table, "time_ns")? {
            start = start.min(first);
            end = end.max(last);
        }
    }
    Ok((seconds(start), seconds(end).max(seconds(start) + 1.0)))
}

fn seconds(time_ns: i64) -> f64 {
    time_ns as f64 / 1e9
}

fn venue_names(names: &Names) -> Vec<String> {
    names.venues.iter().map(|v| v.name.clone()).collect()
}
