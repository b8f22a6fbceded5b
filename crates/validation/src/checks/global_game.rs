//! The run as a global game, played by a crowd.
//!
//! Leaving costs t if what they leave holds and gains 1 - t if it fails; it fails if the share that
//! leaves reaches its strength theta. Each sees theta with an error. In the only equilibrium it fails
//! below theta* = 1 - t, whatever the noise (Morris and Shin's form), and at the signal at which one
//! changes one's mind leaving is worth as much as staying.

use firesale_stablecoin::{Backing, RunGame, RunRule};
use firesale_types::SimDuration;
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::engine::Engine;
use crate::stats::{SEEDS, median, stream};

/// Players of a game.
const PLAYERS: u32 = 2_000;

/// What the mean over so many strengths is taken of.
const STRENGTHS: u32 = 200;

/// Claims on the issuer, in micro-dollars: strengths are exact to a billionth.
const CLAIMS: i128 = 1_000_000_000;

/// (cost of leaving in vain, half of the width of the noise).
const GAMES: [(f64, f64); 6] = [
    (0.3, 0.2),
    (0.3, 0.05),
    (0.3, 0.01),
    (0.3, 0.001),
    (0.1, 0.05),
    (0.5, 0.05),
];

/// Where runs begin, and what leaving is worth at the switching signal.
pub(crate) fn rows(engine: &Engine) -> Vec<Row> {
    let tolerance = Tolerance::Absolute(0.01);
    let row = |what: &str, (cost, noise): (f64, f64), published, of: fn(&Engine, _, u64) -> f64| {
        let name = format!("{what}, t = {cost}, noise {noise}");
        let seeds = (0..SEEDS).into_par_iter();
        let ours = median(seeds.map(|seed| of(engine, (cost, noise), seed)).collect());
        Row::new(name, published, ours, tolerance)
    };
    let strengths = GAMES.map(|game| {
        row(
            "strength below which it fails",
            game,
            1.0 - game.0,
            critical,
        )
    });
    let gains = GAMES.map(|game| row("gain at the switching signal", game, 0.0, indifference));
    strengths.into_iter().chain(gains).collect()
}

/// The errors of a crowd, between -1 and 1.
fn errors((cost, noise): (f64, f64), seed: u64) -> Vec<f64> {
    let cell = (cost * 1e6 + noise * 1e3) as u64;
    let mut rng = stream("global-game", cell, seed);
    (0..PLAYERS).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// Whether an issuer of this strength fails when such a crowd watches it.
fn fails(rule: &RunRule, errors: &[f64], strength: f64) -> bool {
    let backing = Backing {
        liquid: (strength * CLAIMS as f64) as i128,
        liabilities: CLAIMS,
        ..Backing::default()
    };
    let leaves = |u: &&f64| rule.leaves(&backing, SimDuration::ZERO, **u);
    let leaving = errors.iter().filter(leaves).count();
    leaving as f64 >= strength * errors.len() as f64
}

/// The strength at which a crowd that plays by the run rule begins to break an issuer.
fn critical(engine: &Engine, (cost, noise): (f64, f64), seed: u64) -> f64 {
    let rule = engine.run_rule(RunRule {
        cost,
        noise,
        illiquid_weight: 0.5,
        patience: SimDuration::secs(86_400),
    });
    let errors = errors((cost, noise), seed);
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-6 {
        let middle = f64::midpoint(low, high);
        if fails(&rule, &errors, middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// What one gains by leaving at the signal at which the others change their minds, over the
/// strengths that it may stand for.
fn indifference(engine: &Engine, (cost, noise): (f64, f64), seed: u64) -> f64 {
    let game = engine.run_game(RunGame { cost, noise });
    let errors = errors((cost, noise), seed);
    let signal = game.switching_signal();
    let gain = |i: u32| {
        let part = (2.0 * f64::from(i) + 1.0) / f64::from(STRENGTHS) - 1.0;
        let strength = signal + noise * part;
        let leaves = |u: &&f64| game.leaves(strength + noise * **u);
        let leaving = errors.iter().filter(leaves).count() as f64;
        if leaving >= strength * errors.len() as f64 {
            1.0 - cost
        } else {
            -cost
        }
    };
    (0..STRENGTHS).map(gain).sum::<f64>() / f64::from(STRENGTHS)
}
