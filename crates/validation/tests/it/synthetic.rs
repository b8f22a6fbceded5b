//! LOBSTER files of a random market, cut out of its day: orders stand there before the first
//! message, and what happens beyond the last level of the file is not in it.

use std::fmt::Write as _;
use std::fs;

use firesale_types::{AgentRng, Domain, RunSeed, StreamKey};
use firesale_validation::replay::{Cause, Format, ReplayOptions, ReplayReport, replay};

struct Order {
    id: u64,
    /// 1 or -1.
    side: i64,
    price: i64,
    size: i64,
}

/// All orders, the oldest first.
struct Market {
    orders: Vec<Order>,
    rng: AgentRng,
    last_id: u64,
    levels: usize,
    messages: String,
    rows: String,
    count: usize,
}

impl Market {
    fn new(seed: u64, levels: usize) -> Self {
        let key = StreamKey {
            domain: Domain::Validation,
            population: 1,
            index: 2,
            time_ns: 3,
        };
        Self {
            orders: Vec::new(),
            rng: AgentRng::open(RunSeed(seed), key),
            last_id: 0,
            levels,
            messages: String::new(),
            rows: String::new(),
            count: 0,
        }
    }

    /// (price, shares) of a side, best first.
    fn side(&self, side: i64) -> Vec<(i64, i64)> {
        let mut all: Vec<(i64, i64)> = Vec::new();
        for order in self.orders.iter().filter(|order| order.side == side) {
            match all.iter_mut().find(|(price, _)| *price == order.price) {
                Some((_, size)) => *size += order.size,
                None => all.push((order.price, order.size)),
            }
        }
        all.sort_by_key(|&(price, _)| -side * price);
        all
    }

    fn row(&self) -> String {
        let (asks, bids) = (self.side(-1), self.side(1));
        let level = |levels: &[(i64, i64)], at: usize, none: i64| {
            let (price, size) = levels.get(at).copied().unwrap_or((none, 0));
            format!("{price},{size}")
        };
        let row: Vec<String> = (0..self.levels)
            .flat_map(|at| {
                [
                    level(&asks, at, 9_999_999_999),
                    level(&bids, at, -9_999_999_999),
                ]
            })
            .collect();
        row.join(",")
    }

    fn tell(&mut self, kind: u32, order: (u64, i64, i64, i64), row: &str) {
        let (id, size, price, side) = order;
        let time = 34_200.0 + self.count as f64 * 0.001;
        writeln!(self.messages, "{time:.6},{kind},{id},{size},{price},{side}").unwrap();
        writeln!(self.rows, "{row}").unwrap();
        self.count += 1;
    }

    /// Changes the book and tells of it, if it can be seen.
    fn act(&mut self, kind: u32, id: u64, size: i64, tells: bool) {
        let before = if tells { self.row() } else { String::new() };
        let at = self.orders.iter().position(|order| order.id == id).unwrap();
        let order = &mut self.orders[at];
        let told = (id, size, order.price, order.side);
        order.size -= size;
        if order.size == 0 {
            self.orders.remove(at);
        }
        if tells {
            let row = self.row();
            if row != before {
                self.tell(kind, told, &row);
            }
        }
    }

    fn add(&mut self, tells: bool) {
        let side = if self.rng.chance(0.5) { 1 } else { -1 };
        let opposite = self
            .side(-side)
            .first()
            .map_or(1_000_000 - 2_000 * side, |&(p, _)| p);
        // Mostly near, sometimes far.
        let reach = if self.rng.chance(0.8) { 6 } else { 40 };
        let distance = 1 + self.rng.below(reach) as i64;
        let price = opposite - side * 100 * distance;
        let size = 1 + self.rng.below(300) as i64;
        let before = if tells { self.row() } else { String::new() };
        self.last_id += 1;
        let id = self.last_id;
        self.orders.push(Order {
            id,
            side,
            price,
            size,
        });
        if tells {
            let row = self.row();
            if row != before {
                self.tell(1, (id, size, price, side), &row);
            }
        }
    }

    /// A market order that takes the oldest orders of the best levels.
    fn take(&mut self, tells: bool) {
        let side = if self.rng.chance(0.5) { 1 } else { -1 };
        let mut left = 1 + self.rng.below(500) as i64;
        while left > 0
            && let Some(&(best, _)) = self.side(side).first()
        {
            let first = |order: &&Order| order.side == side && order.price == best;
            let order = self.orders.iter().find(first).unwrap();
            let (id, size) = (order.id, order.size.min(left));
            self.act(4, id, size, tells);
            left -= size;
        }
    }

    fn step(&mut self, tells: bool) {
        let n = self.orders.len() as u64;
        let what = self.rng.below(100);
        if n < 20 || what < 42 {
            self.add(tells);
        } else if what < 85 {
            let at = self.rng.below(n) as usize;
            let (id, size) = (self.orders[at].id, self.orders[at].size);
            if what < 75 || size == 1 {
                self.act(3, id, size, tells);
            } else {
                let part = 1 + self.rng.below(size as u64 - 1) as i64;
                self.act(2, id, part, tells);
            }
        } else if what < 96 {
            self.take(tells);
        } else if tells {
            let row = self.row();
            self.tell(5, (0, 10, 1_000_000, 1), &row);
        }
    }
}

fn replayed(seed: u64, levels: usize, messages: usize) -> ReplayReport {
    let mut market = Market::new(seed, levels);
    for _ in 0..400 {
        market.step(false);
    }
    while market.count < messages {
        market.step(true);
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("random_message.csv");
    fs::write(&file, &market.messages).unwrap();
    fs::write(dir.path().join("random_orderbook.csv"), &market.rows).unwrap();
    replay(&file, Format::Lobster, &ReplayOptions::default()).unwrap()
}

#[test]
fn every_row_is_reproduced_however_few_levels_are_in_sight() {
    for levels in [1, 2, 3, 5, 10] {
        for seed in 0..3 {
            let report = replayed(seed, levels, 3_000);
            let rows = report.book_rows.unwrap();
            assert_eq!(
                rows.compared, rows.equal,
                "{levels} levels, seed {seed}: {report}"
            );
            assert_eq!(report.crossed, 0);
            let allowed = [Cause::Attribution, Cause::UnknownPriority];
            assert!(
                report.causes.keys().all(|cause| allowed.contains(cause)),
                "{levels} levels, seed {seed}: {report}"
            );
            println!(
                "{levels} levels: {:.1}% identical",
                100.0 * report.identical_share()
            );
        }
    }
}

#[test]
fn every_trade_is_reproduced_where_everything_is_in_sight() {
    for seed in 0..3 {
        let report = replayed(seed, 100, 3_000);
        let rows = report.book_rows.unwrap();
        assert_eq!((rows.compared, rows.adopted_levels), (rows.equal, 0));
        assert!(report.trades.published > 500);
        assert_eq!(report.trades.identical, report.trades.published, "{report}");
        assert_eq!(
            (report.trades.extra, report.causes.len()),
            (0, 0),
            "{report}"
        );
    }
}
