//! The order book of Cont, Stoikov and Talreja: Poisson orders of one lot, at a spread of one tick.
//!
//! Limit orders join each best queue at rate lambda, market orders take from it at rate mu, and
//! each resting order is cancelled at rate theta. From a bid queue of b and an ask queue of a lots
//! two things are asked: does the mid go up first (the ask queue empties before the bid queue), and
//! is one's own order, the last of the b bids and never cancelled, filled before the mid moves?
//!
//! Here the model is run, event by event, through the book; `cst_chain.rs` solves it.

use firesale_matching::OrderView;
use firesale_types::{AgentRng, OrderId, Price, Side};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::engine::{Engine, Market};
use crate::stats::{SEEDS, median, stream};

/// Limit orders a second at a distance of one tick from the opposite best (Sky Perfect, Table 1).
pub(crate) const LAMBDA: f64 = 1.85;
/// Market orders a second on each side.
pub(crate) const MU: f64 = 0.94;
/// Cancels a second of each order one tick from the opposite best.
pub(crate) const THETA: f64 = 0.71;

/// The best bid.
pub(crate) const BID: Price = Price(1000);
/// The best ask, one tick above.
pub(crate) const ASK: Price = Price(1001);

/// Queues of 1 to 5 lots on each side.
pub(crate) const SIZES: usize = 5;

/// A table by bid queue (rows) and ask queue (columns).
pub(crate) type Table = [[f64; SIZES]; SIZES];

/// Table 3, Laplace transform: probability that the mid goes up first.
pub(crate) const MID_UP: Table = [
    [0.500, 0.336, 0.259, 0.216, 0.188],
    [0.664, 0.500, 0.407, 0.348, 0.307],
    [0.741, 0.593, 0.500, 0.437, 0.391],
    [0.784, 0.652, 0.563, 0.500, 0.452],
    [0.812, 0.693, 0.609, 0.548, 0.500],
];

/// Proposition 5 solved: probability that an order behind b - 1 others is filled before the mid
/// moves. The paper's Table 4 prints one less the transpose of this.
pub(crate) const OWN_FILL: Table = [
    [0.503, 0.698, 0.794, 0.848, 0.882],
    [0.359, 0.551, 0.664, 0.737, 0.787],
    [0.291, 0.465, 0.578, 0.656, 0.713],
    [0.251, 0.409, 0.517, 0.596, 0.654],
    [0.224, 0.369, 0.472, 0.548, 0.607],
];

/// Paths for each cell and seed.
const PATHS: u32 = 15_000;

/// The cells of a table as (bid queue, ask queue).
pub(crate) fn cells() -> impl Iterator<Item = (usize, usize)> {
    (1..=SIZES).flat_map(|bids| (1..=SIZES).map(move |asks| (bids, asks)))
}

/// The rows of a table, given our figures in the order of [`cells`].
pub(crate) fn rows(published: &Table, ours: &[f64], half_width: f64) -> Vec<Row> {
    let compare = |((bids, asks), &ours): ((usize, usize), &f64)| {
        Row::new(
            format!("bid {bids} ask {asks}"),
            published[bids - 1][asks - 1],
            ours,
            Tolerance::Absolute(half_width),
        )
    };
    cells().zip(ours).map(compare).collect()
}

/// Table 3 by simulation.
pub(crate) fn mid_up(engine: &Engine) -> Vec<Row> {
    let ours = simulate(engine, "cst-mid-mc", false);
    rows(&MID_UP, &ours, 0.006)
}

/// The fill of one's own order by simulation.
pub(crate) fn own_fill(engine: &Engine) -> Vec<Row> {
    let ours = simulate(engine, "cst-fill-mc", true);
    rows(&OWN_FILL, &ours, 0.006)
}

/// The share of paths on which the mid went up, or one's own order was filled, by cell: medians
/// over the seeds.
fn simulate(engine: &Engine, name: &str, own: bool) -> Vec<f64> {
    let jobs: Vec<_> = cells()
        .enumerate()
        .flat_map(|(cell, sizes)| (0..SEEDS).map(move |seed| (cell as u64, sizes, seed)))
        .collect();
    let shares: Vec<f64> = jobs
        .par_iter()
        .map(|&(cell, (bids, asks), seed)| {
            let mut rng = stream(name, cell, seed);
            let mut market = engine.market(64);
            let paths = engine.sample(PATHS);
            let won = (0..paths).filter(|_| {
                let mut race = Race::start(&mut market, bids, asks, own);
                race.run(&mut rng)
            });
            won.count() as f64 / f64::from(paths)
        })
        .collect();
    shares
        .chunks(SEEDS as usize)
        .map(|seeds| median(seeds.to_vec()))
        .collect()
}

/// One path.
struct Race<'a> {
    market: &'a mut Market,
    /// One's own order, if the question is about it.
    own: Option<OrderId>,
}

impl<'a> Race<'a> {
    fn start(market: &'a mut Market, bids: usize, asks: usize, own: bool) -> Self {
        market.clear();
        let mut last = None;
        for _ in 0..bids {
            let id = market.fresh_id();
            market.rest(id, Side::Buy, BID);
            last = own.then_some(id);
        }
        for _ in 0..asks {
            let id = market.fresh_id();
            market.rest(id, Side::Sell, ASK);
        }
        Self { market, own: last }
    }

    /// Whether the path ends with a higher mid, or with a fill of one's own order.
    fn run(&mut self, rng: &mut AgentRng) -> bool {
        loop {
            let bids = queued(self.market, Side::Buy);
            let asks = queued(self.market, Side::Sell);
            if bids == 0 || asks == 0 {
                return self.own.is_none() && asks == 0;
            }
            let cancellable = bids - i64::from(self.own.is_some());
            let (cancel_bid, cancel_ask) = (THETA * cancellable as f64, THETA * asks as f64);
            let mut u = rng.uniform() * (2.0 * (LAMBDA + MU) + cancel_bid + cancel_ask);
            let mut falls_in = |rate: f64| {
                u -= rate;
                u < 0.0
            };
            if falls_in(2.0 * LAMBDA) {
                let (side, price) = pick(rng);
                let id = self.market.fresh_id();
                self.market.rest(id, side, price);
            } else if falls_in(MU) {
                let trade = self.market.take(Side::Sell, BID);
                if self.own.is_some() && trade.map(|t| t.maker) == self.own {
                    return true;
                }
            } else if falls_in(MU) {
                self.market.take(Side::Buy, ASK);
            } else if falls_in(cancel_bid) {
                self.cancel(Side::Buy, BID, rng.below(cancellable as u64) as usize);
            } else {
                self.cancel(Side::Sell, ASK, rng.below(asks as u64) as usize);
            }
        }
    }

    /// Cancels the n-th order of a queue, one's own not counted.
    fn cancel(&mut self, side: Side, price: Price, n: usize) {
        let is_own = |order: OrderView| Some(order.id) == self.own;
        let own_is_before = self.own.is_some()
            && (0..=n).any(|k| self.market.nth(side, price, k).is_some_and(is_own));
        if let Some(order) = self.market.nth(side, price, n + usize::from(own_is_before)) {
            self.market.cancel(side, order.handle, order.id);
        }
    }
}

fn pick(rng: &mut AgentRng) -> (Side, Price) {
    if rng.chance(0.5) {
        (Side::Buy, BID)
    } else {
        (Side::Sell, ASK)
    }
}

/// How many lots stand at the best price of a side.
pub(crate) fn queued(market: &Market, side: Side) -> i64 {
    market.best(side).map_or(0, |(_, lots)| lots)
}
