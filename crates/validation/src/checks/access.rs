//! Who may redeem: wider primary access steadies the price and feeds runs.
//!
//! * Ma, Zeng and Zhang: the more arbitrageurs, the smaller the gap to par and the likelier a run; an
//!   issuer with 6 of them had a mean gap of some 20 basis points, and a run was 3.45% (March 2022) to
//!   17.04% (September 2021) likely in an early version. The forms of the sweep are this project's
//!   own, and so is their calibration at 6.
//! * Lyons and Viswanath-Natraj: when an issuer opened its primary market, deviations fell to 0.4 to
//!   0.6 of what they were (an arbitrage spread of 70 to 30 basis points). The market that is played is
//!   a pool in which holders sell or buy, and dealers who trade at its price and redeem or mint with
//!   the issuer; its sizes are this project's own.

use firesale_amm::ConstantProduct;
use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig};
use firesale_stablecoin::{
    AttestationConfig, DOLLAR, Decimals, HolderId, Issuer, IssuerEffect, IssuerEvent, Money,
    PrimaryAccessModel, RailHours,
};
use firesale_types::{Rate, SimDuration, SimTime, normal};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::checks::pools::price_of;
use crate::coins::tell;
use crate::engine::Engine;
use crate::mutation::Mutation;
use crate::stats::{SEEDS, median, rank_correlation, stream};

/// Arbitrageurs of the sweep; 6 and 560 are those of the two large issuers.
const SWEEP: [u32; 10] = [1, 2, 4, 6, 12, 25, 50, 100, 200, 560];

/// Two curves and their ends.
pub(crate) fn ma_zeng_zhang(engine: &Engine) -> Vec<Row> {
    let model = engine.access(PrimaryAccessModel::default());
    let count = SWEEP.map(f64::from);
    let gaps = SWEEP.map(|n| model.mean_gap(n));
    let runs = SWEEP.map(|n| model.run_probability(n));
    let row = |name: &str, published, ours, tolerance| {
        Row::new(name.to_owned(), published, ours, tolerance)
    };
    let exact = Tolerance::Absolute(0.0);
    let ends = |curve: &[f64; 10]| {
        let [first, .., last] = curve;
        let [fewest, .., most] = SWEEP;
        vec![format!("{first:.6} with {fewest}, {last:.6} with {most}")]
    };
    let gap = rank_correlation(&count, &gaps);
    let run = rank_correlation(&count, &runs);
    vec![
        row("rank correlation of arbitrageurs and gap", -1.0, gap, exact).with_notes(ends(&gaps)),
        row("rank correlation of arbitrageurs and runs", 1.0, run, exact).with_notes(ends(&runs)),
        row(
            "gap to par, 6 arbitrageurs",
            0.002,
            model.mean_gap(6),
            Tolerance::Relative(0.1),
        ),
        row(
            "probability of a run, 6 arbitrageurs",
            0.102_45,
            model.run_probability(6),
            Tolerance::Between(0.034_5, 0.170_4),
        ),
    ]
}

/// Access on over access off: by the model, and played.
pub(crate) fn primary_access(engine: &Engine) -> Vec<Row> {
    let model = engine.access(PrimaryAccessModel::default());
    let seeds = (0..SEEDS).into_par_iter();
    let played = median(seeds.map(|seed| ratio(engine, seed)).collect());
    let row = |name: &str, ours| Row::new(name.to_owned(), 0.5, ours, Tolerance::Between(0.4, 0.6));
    vec![
        row(
            "deviation with six arbitrageurs over without",
            model.access_ratio(0, 6),
        ),
        row(
            "deviation with 560 dealers over six, pool and issuer",
            played,
        ),
    ]
}

/// Days of a market.
const DAYS: u32 = 250;
const DAY: SimDuration = SimDuration::secs(86_400);
/// Coins and dollars of the pool.
const DEPTH: Money = 4_000_000_000 * DOLLAR;
/// The standard deviation of a day's sales.
const NOISE: f64 = 14_000_000.0;
/// What a dealer may redeem, and mints at most, a day.
const CAPACITY: Money = 500_000 * DOLLAR;
/// What redeeming and minting cost.
const FEE: Rate = Rate::bps(25);

/// Mean deviation of wide over narrow access, under the same sales.
fn ratio(engine: &Engine, seed: u64) -> f64 {
    let [wide, narrow] = [560, 6].map(|dealers| deviation(engine, dealers, seed));
    wide / narrow
}

/// The mean deviation from par after the dealers have traded; each day begins at par.
fn deviation(engine: &Engine, dealers: u32, seed: u64) -> f64 {
    let mut rng = stream("primary-access", 0, seed);
    let mut issuer = engine.fiat(issuer(dealers));
    let days = engine.sample(DAYS);
    let mut sum = 0.0;
    for day in 0..days {
        let now = SimTime::ZERO + SimDuration(DAY.0 * i64::from(day));
        let mut pool = engine.pool(0, [DEPTH as u128; 2]);
        let sold = normal(&mut rng) * NOISE * DOLLAR as f64;
        let coin = usize::from(sold < 0.0);
        let moved = pool.swap(coin, libm::fabs(sold) as u128, 0);
        moved.expect("a day's sales are small");
        if !engine.breaks(Mutation::ArbitrageIdle) {
            for dealer in (0..dealers).map(HolderId) {
                trade(&mut issuer, &mut pool, dealer, now);
            }
        }
        sum += libm::fabs(1.0 - price_of(&pool));
    }
    sum / f64::from(days)
}

/// An issuer with cash only and so many dealers.
fn issuer(dealers: u32) -> FiatConfig {
    let supply = 10_000_000_000 * DOLLAR;
    FiatConfig {
        decimals: Decimals(6),
        supply: Decimals(6).at_par(supply),
        equity: 0,
        ladder: vec![TierConfig::cash("bank", supply)],
        rail: RailHours::always(),
        primary: PrimaryAccess {
            dealers: Dealers::First(dealers),
            capacity_daily: Some(CAPACITY),
            minimum: 0,
            mint_fee: FEE,
            redeem_fee: FEE,
            redeems: true,
        },
        daily_limit: None,
        suspends_when_short: false,
        attestation: AttestationConfig::REAL_TIME,
        bill_yield_bps: 0,
    }
}

/// A dealer buys in the pool and redeems, or mints and sells there, until the day's capacity is used
/// or the fee is all that is left.
fn trade(issuer: &mut Issuer, pool: &mut ConstantProduct, holder: HolderId, now: SimTime) {
    let fee = FEE.to_f64();
    let price = price_of(pool);
    let [coins, usd] = pool.reserves().map(|reserve| reserve as f64);
    let level = libm::sqrt(coins * usd);
    if price < 1.0 - fee {
        // Coins that are left at the price 1 - fee.
        let wanted = coins - level / libm::sqrt(1.0 - fee);
        let wanted = (wanted as u128).min(CAPACITY as u128);
        let Ok(paid) = buy(pool, wanted) else { return };
        let redeem = IssuerEvent::Redeem {
            holder,
            amount: wanted,
        };
        let effects = tell(issuer, now, redeem);
        let is_paid = |effect: &IssuerEffect| matches!(effect, IssuerEffect::Pay { .. });
        assert!(paid == 0 || effects.iter().any(is_paid), "{effects:?}");
    } else if price > 1.0 + fee {
        let wanted = level / libm::sqrt(1.0 + fee) - coins;
        let usd = (wanted as i128).min(CAPACITY);
        for effect in tell(issuer, now, IssuerEvent::Mint { holder, usd }) {
            if let IssuerEffect::MintTokens { amount, .. } = effect {
                let _ = pool.swap(0, amount, 0);
            }
        }
    }
}

/// Buys so many coins; says what they cost.
fn buy(pool: &mut ConstantProduct, coins: u128) -> Result<u128, firesale_amm::PoolError> {
    let [x, y] = pool.reserves();
    let cost = (y as f64 * coins as f64 / (x - coins) as f64) as u128;
    pool.swap(1, cost, 0)?;
    Ok(cost)
}
