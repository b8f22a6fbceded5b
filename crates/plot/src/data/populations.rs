//! Populations over time.

use std::collections::BTreeMap;

use firesale_record::{PopulationId, PopulationRow, RecordError, RunReader};
use firesale_types::VenueId;

use super::series::{Bins, Lasts, add_up};
use super::{FINE_BINS, seconds};

/// One population in equal bins of time.
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name.
    pub name: String,
    /// Equity, USD.
    pub equity: Vec<f64>,
    /// Profit and loss since the start, USD.
    pub pnl: Vec<f64>,
    /// Part of its accounts with positive equity.
    pub alive: Vec<f64>,
    /// The bins.
    pub bins: Bins,
}

/// A population at one venue, or at all, while its rows go by.
struct Gathered {
    equity: Lasts,
    pnl: Lasts,
    accounts: Lasts,
    alive: Lasts,
}

/// Finished series in the order equity, pnl, accounts, alive.
type Series = [Vec<f64>; 4];

/// Reads `populations`. A population's rows over all venues count; where there are none, those of
/// its venues are added up.
pub(super) fn scan(reader: &RunReader, range: (f64, f64)) -> Result<Vec<Population>, RecordError> {
    let bins = Bins::fine(range, FINE_BINS);
    let mut found: BTreeMap<(PopulationId, Option<VenueId>), Gathered> = BTreeMap::new();
    reader.scan::<PopulationRow>(|row| {
        let gathered = found
            .entry((row.population, row.venue))
            .or_insert_with(|| Gathered {
                equity: Lasts::new(bins),
                pnl: Lasts::new(bins),
                accounts: Lasts::new(bins),
                alive: Lasts::new(bins),
            });
        let time = seconds(row.time_ns);
        gathered.equity.set(time, row.equity_usd);
        gathered.pnl.set(time, row.pnl_usd);
        gathered.accounts.set(time, row.accounts as f64);
        gathered.alive.set(time, row.alive as f64);
    })?;
    let mut by_population: BTreeMap<PopulationId, BTreeMap<Option<VenueId>, Series>> =
        BTreeMap::new();
    for ((population, venue), g) in found {
        let series = [g.equity, g.pnl, g.accounts, g.alive].map(Lasts::finish);
        by_population
            .entry(population)
            .or_default()
            .insert(venue, series);
    }
    let finish = |(id, parts): (PopulationId, BTreeMap<Option<VenueId>, Series>)| {
        let name = reader
            .names()
            .population(id)
            .map_or_else(|| format!("#{}", id.0), str::to_owned);
        let [equity, pnl, accounts, alive] = match parts.get(&None) {
            Some(whole) => whole.clone(),
            None => std::array::from_fn(|k| add_up(parts.values().map(|series| &series[k]))),
        };
        let alive = alive
            .iter()
            .zip(&accounts)
            .map(|(alive, all)| alive / all)
            .collect();
        Population {
            name,
            equity,
            pnl,
            alive,
            bins,
        }
    };
    Ok(by_population.into_iter().map(finish).collect())
}
