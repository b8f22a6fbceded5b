//! Loss versus rebalancing: what arbitrage takes from a constant-product pool.
//!
//! Milionis, Moallemi, Roughgarden and Zhang (2022): a pool without fee loses sigma^2 / 8 of its
//! value a year to arbitrageurs who trade at the outside price. For an outside price without drift
//! the losses of any steps telescope to 1 - exp(-sigma^2 T / 8) of the first value, since what is
//! left is 2 L E sqrt(P).
//!
//! Milionis, Moallemi and Roughgarden (2023): with a fee of gamma (in logs) and blocks at Poisson
//! times, dt apart in the mean, there is something to earn in a part P = 1 / (1 + gamma sqrt(2 / dt)
//! / sigma) of the blocks, and the arbitrageurs earn that part of the loss.

use firesale_types::{exponential, normal};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::checks::pools::{arbitrage, price_of};
use crate::engine::Engine;
use crate::stats::{SEEDS, median, stream};

/// A million tokens of 18 decimals of each coin.
const RESERVE: u128 = 1_000_000_000_000_000_000_000_000;
/// Volatility a year.
const SIGMA: f64 = 0.8;
const YEAR: f64 = 365.0 * 86_400.0;

/// Thirty days, in years.
const HORIZON: f64 = 30.0 / 365.0;
const STEPS: u32 = 2_000;
/// Paths of a seed; the standard error of all seeds together is 0.12% of the figure.
const PATHS: u32 = 400;

/// Blocks of a seed.
const BLOCKS: u32 = 250_000;

/// (seconds between blocks, fee in parts per million, part of blocks with a trade).
const FEES: [(f64, u32, f64); 4] = [
    (12.0, 500, 0.410_98),
    (12.0, 3_000, 0.104_06),
    (120.0, 500, 0.688_12),
    (120.0, 3_000, 0.268_62),
];

/// Without a fee.
pub(crate) fn without_fee(engine: &Engine) -> Vec<Row> {
    let paths = engine.sample(PATHS);
    let lost = |seed: u64| -> f64 { (0..paths).map(|path| path_loss(engine, seed, path)).sum() };
    let sums: Vec<f64> = (0..SEEDS).into_par_iter().map(lost).collect();
    let mean = sums.iter().sum::<f64>() / (SEEDS as f64 * f64::from(paths));
    vec![Row::new(
        "loss of the first value in 30 days, volatility 0.8".to_owned(),
        0.006_553_8,
        mean,
        Tolerance::Relative(0.005),
    )]
}

/// What arbitrage takes on one path, over the pool's first value.
fn path_loss(engine: &Engine, seed: u64, path: u32) -> f64 {
    let mut rng = stream("lvr", u64::from(path), seed);
    let mut pool = engine.pool(0, [RESERVE; 2]);
    let step = HORIZON / f64::from(STEPS);
    let (drift, scale) = (-SIGMA * SIGMA * step / 2.0, SIGMA * libm::sqrt(step));
    let (mut log, mut lost) = (0.0, 0.0);
    for _ in 0..STEPS {
        log += drift + scale * normal(&mut rng);
        lost += arbitrage(&mut pool, libm::exp(log)).unwrap_or(0.0);
    }
    lost / (2.0 * RESERVE as f64)
}

/// With a fee.
pub(crate) fn with_fee(engine: &Engine) -> Vec<Row> {
    let rows: Vec<[Row; 2]> = FEES.iter().map(|case| fee_rows(engine, *case)).collect();
    rows.into_iter().flatten().collect()
}

fn fee_rows(engine: &Engine, (dt, fee, published): (f64, u32, f64)) -> [Row; 2] {
    let runs: Vec<[f64; 2]> = (0..SEEDS)
        .into_par_iter()
        .map(|seed| blocks(engine, dt, fee, seed))
        .collect();
    let of = |at: usize| median(runs.iter().map(|run| run[at]).collect());
    let percent = f64::from(fee) / 10_000.0;
    let row = |what: &str, ours, tolerance| {
        let name = format!("{what}, fee {percent}%, blocks of {dt} s");
        Row::new(name, published, ours, Tolerance::Relative(tolerance))
    };
    [
        row("blocks with a trade", of(0), 0.01),
        row("profit over the loss without fee", of(1), 0.02),
    ]
}

/// Which part of the blocks sees a trade, and the profit over sigma^2 / 8 of the value a year.
fn blocks(engine: &Engine, dt: f64, fee: u32, seed: u64) -> [f64; 2] {
    let mut rng = stream("lvr-fee", u64::from(fee) + dt as u64, seed);
    let mut pool = engine.pool(fee, [RESERVE; 2]);
    let count = engine.sample(BLOCKS);
    let (mut log, mut trades, mut profit, mut loss) = (0.0, 0_u32, 0.0, 0.0);
    for _ in 0..count {
        let span = exponential(&mut rng, dt) / YEAR;
        let worth = 2.0 * pool.reserves()[1] as f64;
        loss += SIGMA * SIGMA / 8.0 * span * worth;
        log += SIGMA * libm::sqrt(span) * normal(&mut rng) - SIGMA * SIGMA * span / 2.0;
        let price = libm::exp(log);
        // Outside the band of the fee only.
        let apart = libm::fabs(libm::log(price_of(&pool) / price));
        if apart <= -libm::log1p(-f64::from(pool.fee_pips()) / 1e6) {
            continue;
        }
        if let Some(gain) = arbitrage(&mut pool, price) {
            trades += 1;
            profit += gain;
        }
    }
    [f64::from(trades) / f64::from(count), profit / loss]
}
