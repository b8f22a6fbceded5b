//! The zero-intelligence book of Smith, Farmer, Gillemot and Krishnamurthy (Quantitative Finance 3
//! (2003) 481) and Farmer, Patelli and Zovko (PNAS 102 (2005) 2254), through the book.
//!
//! Orders of one lot. On each side market orders arrive at rate mu; limit orders arrive at rate
//! alpha for each unit of price, anywhere up to a window from the opposite best; each is cancelled
//! at rate delta. What matters is eps = delta / mu, with prices in units of p_c = mu / alpha; the
//! tick is p_c / 50.

use firesale_matching::OrderHandle;
use firesale_types::{AccountId, AgentRng, OrderId, Price, Side};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::engine::{Engine, Market};
use crate::stats::{SEEDS, median, stream};

/// Ticks of one p_c.
const P_C: i64 = 50;

/// (eps, spread over p_c), time-weighted, of a reference run of the model by another program:
/// grid of 0.02 p_c, window of 6 p_c, 20 p_c from eps = 0.5 up. The constants that are usually
/// quoted (0.28 + 1.86 eps^(3/4)) do not fit the bare model.
const SPREADS: [(f64, f64); 6] = [
    (0.02, 0.500),
    (0.05, 0.558),
    (0.1, 0.636),
    (0.2, 0.769),
    (0.5, 1.117),
    (1.0, 1.645),
];

/// Events for each eps and seed, after a burn-in of a tenth.
const EVENTS: u32 = 400_000;

/// Where the far depth is measured, in p_c from the opposite best: far from the touch and from the
/// end of the window, which the best prices move to and fro by some p_c in the life of an order.
/// They move further when eps is large, so everything is twice as far then.
const FAR: (i64, i64) = (5, 10);
const FAR_WINDOW: i64 = 15;

/// Above this eps the model has a wide book.
const LARGE_EPS: f64 = 0.5;

/// The mean spread for each eps.
pub(crate) fn spread(engine: &Engine) -> Vec<Row> {
    let ours = medians(engine, "zi-spread", |eps| Measure {
        window: if eps < LARGE_EPS { 6 } else { 20 },
        every: 1,
        of: Model::spread,
    });
    let row = |(&(eps, published), ours)| {
        Row::new(
            format!("eps {eps} spread / p_c"),
            published,
            ours,
            Tolerance::Relative(0.015),
        )
    };
    SPREADS.iter().zip(ours).map(row).collect()
}

/// The depth far from the best prices: alpha / delta lots a side for each unit of price, which is
/// 1 / eps for each p_c, exactly.
pub(crate) fn far_depth(engine: &Engine) -> Vec<Row> {
    let ours = medians(engine, "zi-depth", |eps| {
        let scale = if eps < LARGE_EPS { 1 } else { 2 };
        Measure {
            window: scale * FAR_WINDOW,
            every: 50,
            of: Model::far_depth,
        }
    });
    let row = |(&(eps, _), ours)| {
        Row::new(
            format!("eps {eps} lots per p_c"),
            1.0 / eps,
            ours,
            Tolerance::Relative(0.015),
        )
    };
    SPREADS.iter().zip(ours).map(row).collect()
}

/// What is measured, and how.
#[derive(Clone, Copy)]
struct Measure {
    /// How far from the opposite best limit orders are placed, in p_c.
    window: i64,
    /// After how many events the book is looked at.
    every: u32,
    /// The figure at one moment, if there is one.
    of: fn(&Model) -> Option<f64>,
}

/// Time-weighted means by eps: medians over the seeds.
fn medians(engine: &Engine, name: &str, measure: fn(f64) -> Measure) -> Vec<f64> {
    let jobs: Vec<_> = (0..SPREADS.len() as u64)
        .flat_map(|cell| (0..SEEDS).map(move |seed| (cell, seed)))
        .collect();
    let means: Vec<f64> = jobs
        .par_iter()
        .map(|&(cell, seed)| {
            let (eps, _) = SPREADS[cell as usize];
            let measure = measure(eps);
            let rng = stream(name, cell, seed);
            let events = engine.sample(EVENTS);
            Model::new(engine, eps, measure.window, rng).mean(measure, events)
        })
        .collect();
    means
        .chunks(SEEDS as usize)
        .map(|seeds| median(seeds.to_vec()))
        .collect()
}

/// A resting order that the model may cancel.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: OrderId,
    handle: OrderHandle,
}

/// One run of the model; time in units of 1 / delta.
struct Model {
    market: Market,
    rng: AgentRng,
    /// Market orders on each side per unit of time.
    mu: f64,
    /// Limit orders on each side per unit of time, inside the window.
    limits: f64,
    window: i64,
    /// By side.
    live: [Vec<Live>; 2],
    /// Where the order of an account is in `live`.
    places: Vec<usize>,
    /// Accounts without an order.
    free: Vec<u32>,
    sent: u16,
    /// The best prices, or the last ones of an empty side.
    best: [i64; 2],
}

const START: i64 = 1 << 20;

impl Model {
    fn new(engine: &Engine, eps: f64, window: i64, rng: AgentRng) -> Self {
        let mu = 1.0 / eps;
        Self {
            market: engine.market(1 << 12),
            rng,
            mu,
            limits: mu * window as f64,
            window: window * P_C,
            live: [Vec::new(), Vec::new()],
            places: Vec::new(),
            free: Vec::new(),
            sent: 0,
            best: [START, START + 1],
        }
    }

    /// The time-weighted mean of a measure over so many events, after a burn-in.
    fn mean(&mut self, measure: Measure, events: u32) -> f64 {
        let (mut sum, mut time) = (0.0, 0.0);
        let burn_in = events / 10;
        for event in 0..events + burn_in {
            self.look();
            let rate = self.rate();
            if event >= burn_in
                && event % measure.every == 0
                && let Some(x) = (measure.of)(self)
            {
                // The mean waiting time instead of a drawn one: the same expectation, less noise.
                sum += x / rate;
                time += 1.0 / rate;
            }
            self.step(rate);
        }
        sum / time
    }

    fn look(&mut self) {
        for side in [Side::Buy, Side::Sell] {
            if let Some((price, _)) = self.market.best(side) {
                self.best[side.index()] = price.0;
            }
        }
    }

    /// Events per unit of time.
    fn rate(&self) -> f64 {
        2.0 * (self.mu + self.limits) + (self.live[0].len() + self.live[1].len()) as f64
    }

    fn step(&mut self, rate: f64) {
        let side = if self.rng.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        };
        let u = self.rng.uniform() * rate;
        if u < 2.0 * self.limits {
            self.limit(side);
        } else if u < 2.0 * (self.limits + self.mu) {
            self.take(side);
        } else {
            let orders = self.live[0].len() + self.live[1].len();
            let n = self.rng.below(orders as u64) as usize;
            self.cancel(n);
        }
    }

    /// A limit order anywhere in the window before the opposite best.
    fn limit(&mut self, side: Side) {
        let distance = 1 + self.rng.below(self.window as u64) as i64;
        let price = self.best[side.opposite().index()] - side.sign() * distance;
        let account = self.free.pop().unwrap_or_else(|| {
            self.places.push(0);
            self.places.len() as u32 - 1
        });
        self.sent = self.sent.wrapping_add(1);
        let id = OrderId::new(AccountId(account), side.index() as u16, self.sent);
        match self.market.rest(id, side, Price(price)) {
            Some(handle) => {
                let live = &mut self.live[side.index()];
                self.places[account as usize] = live.len();
                live.push(Live { id, handle });
            }
            None => self.free.push(account),
        }
    }

    fn take(&mut self, side: Side) {
        let limit = match side {
            Side::Buy => Price(2 * START),
            Side::Sell => Price(1),
        };
        if let Some(trade) = self.market.take(side, limit) {
            let place = self.places.get(trade.maker.account().index());
            let live = &self.live[side.opposite().index()];
            // An order that a broken rule left behind is not in the list.
            if let Some(&at) = place
                && live.get(at).is_some_and(|order| order.id == trade.maker)
            {
                self.forget(side.opposite(), at);
            }
        }
    }

    /// Cancels the n-th order of both lists together.
    fn cancel(&mut self, n: usize) {
        let bids = self.live[0].len();
        let (side, at) = if n < bids {
            (Side::Buy, n)
        } else {
            (Side::Sell, n - bids)
        };
        let order = self.live[side.index()][at];
        self.market.cancel(side, order.handle, order.id);
        self.forget(side, at);
    }

    fn forget(&mut self, side: Side, at: usize) {
        let live = &mut self.live[side.index()];
        let gone = live.swap_remove(at);
        if let Some(moved) = live.get(at) {
            self.places[moved.id.account().index()] = at;
        }
        self.free.push(gone.id.account().0);
    }

    /// Spread over p_c.
    fn spread(&self) -> Option<f64> {
        let bid = self.market.best(Side::Buy)?.0;
        let ask = self.market.best(Side::Sell)?.0;
        Some((ask.0 - bid.0) as f64 / P_C as f64)
    }

    /// Lots for each p_c, far from the best prices, mean of both sides.
    fn far_depth(&self) -> Option<f64> {
        let scale = self.window / (FAR_WINDOW * P_C);
        let (near, far) = (scale * FAR.0, scale * FAR.1);
        let mut lots = 0;
        for side in [Side::Buy, Side::Sell] {
            let opposite = self.best[side.opposite().index()];
            let to = |distance| {
                let limit = opposite - side.sign() * distance * P_C;
                self.market.depth_to(side, Price(limit))
            };
            lots += to(far) - to(near);
        }
        Some(lots as f64 / (2 * (far - near)) as f64)
    }
}
