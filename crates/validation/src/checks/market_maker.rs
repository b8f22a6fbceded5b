//! Tables 1 to 3 of Avellaneda and Stoikov: a market maker that minds its inventory against one
//! that does not, through the book.
//!
//! One path: 200 steps of 0.005. At each step the maker replaces its two quotes; on each side, with
//! probability A exp(-k distance) dt, somebody takes one lot, the distance being that of the best
//! quote in the book from the mid; then the mid moves by 2 sqrt(dt) up or down. At the end the
//! inventory is valued at the mid.
//!
//! Conventions that the paper leaves open: the spread is the constant part (`constant_spread`), a
//! probability above one is one, and a quote on the wrong side of the mid is filled at its own
//! price. The last matters for gamma = 0.5 only, where the mean profit is between 23 and 55
//! according to it.

use firesale_matching::OrderHandle;
use firesale_types::{AccountId, AgentRng, OrderId, Price, Side};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::checks::avellaneda_stoikov::{constant_spread, reservation_price};
use crate::engine::{Engine, Market};
use crate::stats::{Moments, SEEDS, median, stream};

const MID: f64 = 100.0;
const SIGMA: f64 = 2.0;
const STEPS: u32 = 200;
const DT: f64 = 0.005;
const A: f64 = 140.0;
const K: f64 = 1.5;

/// Paths for each seed; the paper has 1000 in all.
const PATHS: u32 = 2_000;

/// Ticks of one unit of money.
const TICKS: f64 = 1_000.0;

/// How far beyond the mid the takers' limits are.
const REACH: f64 = 10.0;

/// Profit, its standard deviation, and that of the final inventory, as a table prints them.
type Line = [f64; 3];

/// gamma; the inventory strategy; the symmetric one.
const TABLES: [(f64, Line, Line); 3] = [
    (0.1, [62.94, 5.89, 2.80], [67.21, 13.43, 8.66]),
    (0.01, [66.78, 8.76, 4.70], [67.36, 13.40, 8.65]),
    (0.5, [33.92, 4.72, 1.88], [66.20, 14.53, 9.06]),
];

/// Standard deviation of profit, inventory over symmetric, that any convention gives.
const RATIOS: [f64; 3] = [0.44, 0.65, 0.35];

const COLUMNS: [&str; 3] = ["mean profit", "sd of profit", "sd of final inventory"];

/// Tables 1 to 3.
pub(crate) fn tables(engine: &Engine) -> Vec<Row> {
    let jobs: Vec<(usize, bool, u64)> = (0..TABLES.len())
        .flat_map(|table| [true, false].map(|minds| (table, minds)))
        .flat_map(|(table, minds)| (0..SEEDS).map(move |seed| (table, minds, seed)))
        .collect();
    let lines: Vec<Line> = jobs
        .par_iter()
        .map(|&(table, minds, seed)| sample(engine, table, minds, seed))
        .collect();
    let medians: Vec<Line> = lines
        .chunks(SEEDS as usize)
        .map(|seeds| [0, 1, 2].map(|column| median(seeds.iter().map(|l| l[column]).collect())))
        .collect();
    let mut rows = Vec::new();
    for (table, (gamma, inventory, symmetric)) in TABLES.iter().enumerate() {
        let ours = &medians[2 * table..2 * table + 2];
        for (strategy, published, ours) in [
            ("inventory", inventory, &ours[0]),
            ("symmetric", symmetric, &ours[1]),
        ] {
            rows.extend(line(*gamma, strategy, published, ours));
        }
        rows.push(Row::new(
            format!("gamma {gamma} sd of profit, inventory over symmetric"),
            RATIOS[table],
            ours[0][1] / ours[1][1],
            Tolerance::Absolute(0.05),
        ));
    }
    rows
}

/// The rows of one line of a table.
fn line(gamma: f64, strategy: &str, published: &Line, ours: &Line) -> Vec<Row> {
    let tolerance = |column| match column {
        0 if gamma == 0.5 && strategy == "inventory" => Tolerance::Between(20.0, 60.0),
        0 => Tolerance::Relative(0.04),
        _ => Tolerance::Relative(0.12),
    };
    let row = |column: usize| {
        Row::new(
            format!("gamma {gamma} {strategy} {}", COLUMNS[column]),
            published[column],
            ours[column],
            tolerance(column),
        )
    };
    (0..COLUMNS.len()).map(row).collect()
}

fn sample(engine: &Engine, table: usize, minds: bool, seed: u64) -> Line {
    let (gamma, ..) = TABLES[table];
    let mut rng = stream("avellaneda-stoikov", table as u64, seed);
    let mut market = engine.market(1 << 13);
    let (mut profits, mut inventories) = (Moments::default(), Moments::default());
    for _ in 0..engine.sample(PATHS) {
        market.clear();
        let mut maker = Maker::new(&mut market, gamma, minds);
        let (profit, inventory) = maker.trade(&mut rng);
        profits.add(profit);
        inventories.add(inventory);
    }
    [profits.mean(), profits.sd(), inventories.sd()]
}

/// A market maker on one path.
struct Maker<'a> {
    market: &'a mut Market,
    gamma: f64,
    /// Whether it minds its inventory.
    minds: bool,
    mid: f64,
    cash: f64,
    inventory: f64,
    /// Its quotes in the book, by side.
    quotes: [Option<(OrderHandle, OrderId)>; 2],
    /// Quotes sent so far.
    sent: u16,
}

impl<'a> Maker<'a> {
    fn new(market: &'a mut Market, gamma: f64, minds: bool) -> Self {
        Self {
            market,
            gamma,
            minds,
            mid: MID,
            cash: 0.0,
            inventory: 0.0,
            quotes: [None; 2],
            sent: 0,
        }
    }

    /// Profit and final inventory of a path.
    fn trade(&mut self, rng: &mut AgentRng) -> (f64, f64) {
        for step in 0..STEPS {
            self.quote(DT * f64::from(STEPS - step));
            for side in [Side::Buy, Side::Sell] {
                self.meet_taker(side, rng);
            }
            let move_up = rng.chance(0.5);
            self.mid += SIGMA * libm::sqrt(DT) * if move_up { 1.0 } else { -1.0 };
        }
        (self.cash + self.inventory * self.mid, self.inventory)
    }

    /// Replaces both quotes; `tau` is the time to the end.
    fn quote(&mut self, tau: f64) {
        let minded = if self.minds { self.inventory } else { 0.0 };
        let centre = reservation_price(self.mid, minded, self.gamma, SIGMA, tau);
        let half = constant_spread(self.gamma, K) / 2.0;
        for side in [Side::Buy, Side::Sell] {
            if let Some((handle, id)) = self.quotes[side.index()].take() {
                self.market.cancel(side, handle, id);
            }
        }
        for (side, price) in [(Side::Buy, centre - half), (Side::Sell, centre + half)] {
            self.sent = self.sent.wrapping_add(1);
            let id = OrderId::new(MAKER, side.index() as u16, self.sent);
            let handle = self.market.rest(id, side, ticks(price));
            self.quotes[side.index()] = handle.map(|handle| (handle, id));
        }
    }

    /// Perhaps somebody takes a lot from one side of the book.
    fn meet_taker(&mut self, resting: Side, rng: &mut AgentRng) {
        let Some((price, _)) = self.market.best(resting) else {
            return;
        };
        let sign = resting.sign() as f64;
        let distance = (self.mid - price.0 as f64 / TICKS) * sign;
        let probability = (A * DT * libm::exp(-K * distance)).min(1.0);
        if !rng.chance(probability) {
            return;
        }
        // A limit far beyond the mid: the taker wants the lot, whatever the quote.
        let limit = ticks(self.mid - sign * REACH);
        if let Some(trade) = self.market.take(resting.opposite(), limit) {
            self.cash -= sign * trade.price.0 as f64 / TICKS;
            self.inventory += sign;
            if self.quotes[resting.index()].is_some_and(|(_, id)| id == trade.maker) {
                self.quotes[resting.index()] = None;
            }
        }
    }
}

/// The maker's account; the takers' are far below it.
const MAKER: AccountId = AccountId(u32::MAX);

fn ticks(price: f64) -> Price {
    Price(libm::rint(price * TICKS) as i64)
}
