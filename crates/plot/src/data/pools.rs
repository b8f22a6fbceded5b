//! Chains and their pools.

use firesale_record::{
    ChainRow, LiquidityRow, Moment, PoolRow, PoolTickRow, RecordError, RunReader,
};

use super::ordered::Ordered;
use super::series::{Bins, Lasts, Points, Sums, Thinner};
use super::{FINE_BINS, seconds};

/// A chain over time.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Base fee of the next block, billionths of the native token for a unit of gas.
    pub base_fee: Points,
    /// Agents' transactions that wait.
    pub waiting: Points,
    /// Agents' transactions in blocks that did what they should.
    pub done: Sums,
    /// Agents' transactions in blocks that failed.
    pub failed: Sums,
    /// Agents' transactions that were forgotten.
    pub dropped: Sums,
}

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub coins: Vec<PoolCoin>,
    /// The bins of the coins' series.
    pub bins: Bins,
    /// What it holds at the prices outside, USD.
    pub value: Points,
    /// A share's value over that at the start.
    pub share: Points,
    /// The same of the coins of the start, held.
    pub hold: Points,
    /// The same of the rebalancing portfolio.
    pub rebalance: Points,
    /// Liquidity by price at the start.
    pub before: Ranges,
    /// Liquidity by price at the end.
    pub after: Ranges,
}

/// One coin of a pool, in equal bins of time.
#[derive(Clone, Debug)]
pub struct PoolCoin {
    /// Its symbol.
    pub symbol: String,
    /// Units in the pool.
    pub reserve: Vec<f64>,
    /// Its part of all units in the pool.
    pub share: Vec<f64>,
    /// Marginal price in units of the pool's first coin.
    pub price: Vec<f64>,
}

/// Liquidity by price at one moment.
#[derive(Clone, Debug)]
pub struct Ranges {
    /// The price in the pool; NaN if there is none.
    pub price: f64,
    /// Lower and upper price, and the liquidity between them; by price.
    pub ranges: Vec<(f64, f64, f64)>,
}

impl Ranges {
    const fn new() -> Self {
        Self {
            price: f64::NAN,
            ranges: Vec::new(),
        }
    }

    fn push(&mut self, row: &PoolTickRow) {
        let sound = row.lower >= 0.0 && row.upper > row.lower && row.liquidity.is_finite();
        if sound {
            self.price = row.price;
            self.ranges.push((row.lower, row.upper, row.liquidity));
        }
    }
}

/// Reads `chains`.
pub(super) fn scan_chains(
    reader: &RunReader,
    range: (f64, f64),
) -> Result<Vec<Chain>, RecordError> {
    let bins = Bins::minutes(range);
    let mut chains: Ordered<([Thinner; 2], [Sums; 3])> = Ordered::new();
    reader.scan::<ChainRow>(|row| {
        let new = || {
            let lines = std::array::from_fn(|_| Thinner::new(range));
            (lines, std::array::from_fn(|_| Sums::new(bins)))
        };
        let time = seconds(row.time_ns);
        let ([fee, waiting], sums) = chains.entry(&row.chain, new);
        fee.push(time, row.base_fee_gwei);
        waiting.push(time, row.waiting as f64);
        let done = row.included.saturating_sub(row.failed);
        // A row counts what happened before it.
        let before = time - 1e-3;
        for (sum, count) in sums.iter_mut().zip([done, row.failed, row.dropped]) {
            sum.add(before, count.max(0) as f64);
        }
    })?;
    let finish = |(name, (lines, sums)): (String, ([Thinner; 2], [Sums; 3]))| {
        let [base_fee, waiting] = lines.map(Thinner::finish);
        let [done, failed, dropped] = sums;
        Chain {
            name,
            base_fee,
            waiting,
            done,
            failed,
            dropped,
        }
    };
    Ok(chains.into_vec().into_iter().map(finish).collect())
}

/// A pool while its rows go by.
struct Gathered {
    /// By coin: reserve, share, price.
    coins: Ordered<[Lasts; 3]>,
    /// Value, share, hold, rebalance.
    lines: [Thinner; 4],
    before: Ranges,
    after: Ranges,
}

impl Gathered {
    fn new(range: (f64, f64)) -> Self {
        Self {
            coins: Ordered::new(),
            lines: std::array::from_fn(|_| Thinner::new(range)),
            before: Ranges::new(),
            after: Ranges::new(),
        }
    }

    fn finish(mut self, name: String, bins: Bins) -> Pool {
        for moment in [&mut self.before, &mut self.after] {
            moment.ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let coin = |(symbol, series): (String, [Lasts; 3])| {
            let [reserve, share, price] = series.map(Lasts::finish);
            PoolCoin {
                symbol,
                reserve,
                share,
                price,
            }
        };
        let [value, share, hold, rebalance] = self.lines.map(Thinner::finish);
        Pool {
            name,
            coins: self.coins.into_vec().into_iter().map(coin).collect(),
            bins,
            value,
            share,
            hold,
            rebalance,
            before: self.before,
            after: self.after,
        }
    }
}

/// Reads `pools`, `liquidity` and `pool_ticks`.
pub(super) fn scan_pools(reader: &RunReader, range: (f64, f64)) -> Result<Vec<Pool>, RecordError> {
    let bins = Bins::fine(range, FINE_BINS);
    let mut pools: Ordered<Gathered> = Ordered::new();
    reader.scan::<PoolRow>(|row| {
        let pool = pools.entry(&row.pool, || Gathered::new(range));
        let new = || std::array::from_fn(|_| Lasts::new(bins));
        let series = pool.coins.entry(&row.coin, new);
        let values = [row.reserve, row.share, row.price];
        for (line, value) in series.iter_mut().zip(values) {
            line.set(seconds(row.time_ns), value);
        }
    })?;
    reader.scan::<LiquidityRow>(|row| {
        let pool = pools.entry(&row.pool, || Gathered::new(range));
        let values = [row.value_usd, row.share, row.hold, row.rebalance];
        for (line, value) in pool.lines.iter_mut().zip(values) {
            line.push(seconds(row.time_ns), value);
        }
    })?;
    reader.scan::<PoolTickRow>(|row| {
        let pool = pools.entry(&row.pool, || Gathered::new(range));
        match row.moment {
            Moment::Before => pool.before.push(&row),
            Moment::After => pool.after.push(&row),
        }
    })?;
    let finish = |(name, gathered): (String, Gathered)| gathered.finish(name, bins);
    Ok(pools.into_vec().into_iter().map(finish).collect())
}
