//! Wealth, leverage and survival of the populations, and how crowded the liquidation prices are.

use firesale_exchange::MarginMode;
use firesale_record::{AccountRow, LeverageRow, Moment, PopulationId, PopulationRow, metrics};
use firesale_types::{AccountId, SimTime, VenueId};

use crate::tick::Directory;
use crate::{MarketId, Markets, Venues};

/// Notional of long positions that the next percent of fall would breach, by market.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowding {
    within: Vec<f64>,
}

/// The fall over which the density of liquidations is taken.
const FALL: f64 = 0.02;

impl Crowding {
    pub(crate) fn next_percent(&self, market: MarketId) -> f64 {
        self.within
            .get(market.index())
            .map_or(0.0, |w| w * 0.01 / FALL)
    }
}

/// Upper edges of the leverage histogram; the last bar is open.
const LEVERAGE_EDGES: [f64; 11] = [0.0, 1.0, 1.5, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 70.0, 130.0];

#[derive(Clone, Debug, Default)]
struct Tally {
    accounts: i64,
    alive: i64,
    equity: f64,
    notional: f64,
    long: f64,
    short: f64,
    leverages: Vec<(f64, f64)>,
    bars: [(f64, i64); LEVERAGE_EDGES.len()],
}

/// Takes a census of all accounts of agents.
#[derive(Clone, Debug, Default)]
pub(crate) struct CensusTaker {
    populations: usize,
    start_equity: Vec<Option<f64>>,
    pub(crate) crowding: Crowding,
}

/// One account as the census sees it.
struct Seen {
    equity: f64,
    notional: f64,
    long: f64,
    short: f64,
}

impl CensusTaker {
    pub(crate) fn new(populations: usize) -> Self {
        Self {
            populations,
            start_equity: vec![None; populations],
            crowding: Crowding::default(),
        }
    }

    /// One row for each population; the crowding of liquidation prices is refreshed on the way.
    pub(crate) fn take(
        &mut self,
        now: SimTime,
        markets: &Markets,
        venues: &Venues,
        directory: &Directory,
        population_of: &[u16],
        weight_of: &[u32],
    ) -> Vec<PopulationRow> {
        let tallies = self.count(markets, venues, directory, population_of, weight_of);
        let mut rows = Vec::with_capacity(tallies.len());
        for (p, mut tally) in tallies.into_iter().enumerate() {
            let start = *self.start_equity[p].get_or_insert(tally.equity);
            let mut quantile =
                |q| metrics::weighted_quantile(&mut tally.leverages, q).unwrap_or(f64::NAN);
            rows.push(PopulationRow {
                time_ns: now.0,
                population: PopulationId(p as u16),
                venue: None,
                accounts: tally.accounts,
                alive: tally.alive,
                equity_usd: tally.equity,
                pnl_usd: tally.equity - start,
                notional_usd: tally.notional,
                leverage_p10: quantile(0.1),
                leverage_p50: quantile(0.5),
                leverage_p90: quantile(0.9),
                long_usd: tally.long,
                short_usd: tally.short,
            });
        }
        rows
    }

    fn count(
        &mut self,
        markets: &Markets,
        venues: &Venues,
        directory: &Directory,
        population_of: &[u16],
        weight_of: &[u32],
    ) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.populations];
        self.crowding.within = vec![0.0; markets.len()];
        for venue in venues.iter() {
            for index in 0..directory.owners[venue.id().index()].len() {
                let account = AccountId(index as u32);
                let Some(agent) = directory.owner(venue.id(), account) else {
                    continue;
                };
                let weight = weight_of[agent.index()];
                let seen = self.look(venue.id(), account, markets, venues);
                tallies[usize::from(population_of[agent.index()])].add(&seen, weight);
            }
        }
        tallies
    }

    fn look(
        &mut self,
        venue: VenueId,
        account: AccountId,
        markets: &Markets,
        venues: &Venues,
    ) -> Seen {
        let exchange = venues.get(venue).exchange();
        let mut seen = Seen {
            equity: exchange.equity(account).to_f64(),
            notional: 0.0,
            long: 0.0,
            short: 0.0,
        };
        let isolated = exchange.margin_mode(account) == MarginMode::Isolated;
        let cushion = seen.equity - exchange.maintenance(account).to_f64();
        for position in exchange.positions(account) {
            let value = position.notional.to_f64();
            seen.notional += value;
            if position.qty.0 > 0 {
                seen.long += value;
                // An isolated position stands on its own margin, a cross one on the account's.
                let own = if isolated {
                    (position.margin + position.unrealised - position.maintenance).to_f64()
                } else {
                    cushion
                };
                if own < FALL * value {
                    self.crowding.within[markets.of(venue, position.instrument).index()] += value;
                }
            } else {
                seen.short += value;
            }
        }
        seen
    }

    /// The histogram of leverage of each population.
    #[expect(clippy::too_many_arguments, reason = "everything a row names")]
    pub(crate) fn leverage(
        &mut self,
        now: SimTime,
        moment: Moment,
        markets: &Markets,
        venues: &Venues,
        directory: &Directory,
        population_of: &[u16],
        weight_of: &[u32],
    ) -> Vec<LeverageRow> {
        let tallies = self.count(markets, venues, directory, population_of, weight_of);
        let mut rows = Vec::new();
        for (p, tally) in tallies.iter().enumerate() {
            for (bar, &(notional, accounts)) in tally.bars.iter().enumerate() {
                rows.push(LeverageRow {
                    time_ns: now.0,
                    moment,
                    population: Some(PopulationId(p as u16)),
                    venue: None,
                    leverage_from: LEVERAGE_EDGES[bar],
                    leverage_to: LEVERAGE_EDGES.get(bar + 1).copied().unwrap_or(f64::NAN),
                    notional_usd: notional,
                    accounts,
                });
            }
        }
        rows
    }

    /// One row for each account of an agent.
    #[expect(clippy::too_many_arguments, reason = "everything a row names")]
    pub(crate) fn accounts(
        now: SimTime,
        moment: Moment,
        venues: &Venues,
        directory: &Directory,
        population_of: &[u16],
        weight_of: &[u32],
        bad_debt: impl Fn(VenueId, AccountId) -> firesale_types::Usd,
        mut emit: impl FnMut(AccountRow) -> Result<(), firesale_record::RecordError>,
    ) -> Result<(), firesale_record::RecordError> {
        for venue in venues.iter() {
            let exchange = venue.exchange();
            for index in 0..exchange.accounts() {
                let account = AccountId(index);
                let owner = directory.owner(venue.id(), account);
                let equity = exchange.equity(account);
                let (mut notional, mut unrealised, mut positions) =
                    (firesale_types::Usd::ZERO, firesale_types::Usd::ZERO, 0);
                for position in exchange.positions(account) {
                    notional += position.notional;
                    unrealised += position.unrealised;
                    positions += 1;
                }
                emit(AccountRow {
                    time_ns: now.0,
                    moment,
                    venue: venue.id(),
                    account,
                    population: owner.map(|a| PopulationId(population_of[a.index()])),
                    equity,
                    collateral: equity - unrealised,
                    notional,
                    positions,
                    bad_debt: bad_debt(venue.id(), account),
                    weight: owner.map_or(1, |a| weight_of[a.index()]),
                })?;
            }
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, seen: &Seen, weight: u32) {
        self.accounts += i64::from(weight);
        self.alive += if seen.equity > 0.0 {
            i64::from(weight)
        } else {
            0
        };
        self.equity += seen.equity;
        self.notional += seen.notional;
        self.long += seen.long;
        self.short += seen.short;
        if seen.notional > 0.0 && seen.equity > 0.0 {
            let leverage = seen.notional / seen.equity;
            self.leverages.push((leverage, f64::from(weight)));
            let bar = LEVERAGE_EDGES
                .partition_point(|edge| *edge <= leverage)
                .max(1)
                - 1;
            self.bars[bar].0 += seen.notional;
            self.bars[bar].1 += i64::from(weight);
        }
    }
}
