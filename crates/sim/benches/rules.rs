//! What a venue's rules cost: the same commands under every shipped profile, beside ever more resting
//! positions, against the `plain` rules; in a calm market, and in one that falls by 30% within eight minutes.
//!
//! Rounds of all profiles are interleaved. A ratio is the median over the rounds of what a profile took
//! over what the plain rules took in the same round; a time is that of the fastest round, because other
//! work on the machine only ever adds to it. `cargo bench -p firesale-sim --bench rules`

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::collections::BTreeMap;
use std::time::Instant;

use firesale_exchange::{
    AccountSpec, Effects, EventClass, Exchange, ExchangeEvent, VenueConfig, profiles,
};
use firesale_matching::OrderRequest;
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::{RunOptions, Scenario, SimApp, Simulation};
use firesale_types::{
    AccountId, AgentRng, AssetId, Domain, InstrumentId, OrderId, Price, Qty, Rate, RunSeed, Side,
    SimDuration, SimTime, StreamKey, Usd,
};

const PERP: InstrumentId = InstrumentId(0);
const BTC: AssetId = AssetId(1);
/// 100,000 dollars in ticks of one.
const START: i64 = 100_000;
const MAKERS: usize = 64;
const QUOTES: u16 = 8;
const TAKERS: usize = 2_000;
const COMMANDS: usize = 100_000;
const ROUNDS: u64 = 7;
/// Two hundred commands a second.
const STEP: SimDuration = SimDuration::millis(5);
/// The oracle speaks every three seconds.
const ORACLE: usize = 600;

/// The rules of a profile with one perpetual.
fn rules(profile: &str) -> VenueConfig {
    let text = format!(
        r#"
[scenario]
name = "rules"
question = "What do the rules cost?"

[clock]
start = "2025-01-01T00:00:00Z"
duration = "1h"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = {{ price = 100000.0 }}

[[venues]]
name = "desk"
profile = "{profile}"
settlement = "USD"

[[instruments]]
symbol = "BTC-PERP"
venue = "desk"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "0.001"
"#
    );
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("rules.toml");
    std::fs::write(&file, text).expect("a file");
    let app = SimApp::new();
    let loaded = Scenario::load(
        file.to_str().expect("a plain path"),
        &Loader::files_only(),
        &[],
        &app,
    );
    let scenario = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    let simulation = Simulation::new(&scenario, app, &options, None).expect("a market");
    let venue = simulation.venues().iter().next().expect("one venue");
    venue.exchange().config().clone()
}

/// A venue, its queue, and who trades there.
#[derive(Clone)]
struct Market {
    exchange: Exchange,
    queue: BTreeMap<(SimTime, EventClass, u64), ExchangeEvent>,
    pushed: u64,
    out: Effects,
    makers: Vec<AccountId>,
    takers: Vec<AccountId>,
    now: SimTime,
    price: i64,
    seq: u16,
    events: u64,
}

impl Market {
    /// As many resting positions as asked, half of them long, at leverage 1.1 to `most`, or to nine
    /// tenths of what the venue allows.
    fn new(config: VenueConfig, positions: usize, most: f64) -> Self {
        let allowed = config.instruments[0].tiers.tiers()[0].max_leverage;
        let most = most.min(0.9 * allowed.0 as f64 / Rate::ONE.0 as f64);
        let mut exchange = Exchange::new(config).expect("good rules");
        let mut rng = stream(1);
        let open = |exchange: &mut Exchange, money: Usd| {
            let account = exchange.open_account(AccountSpec::default());
            let usd = AssetId(0);
            exchange.credit(account, usd, money).expect("room for it");
            account
        };
        let rich = Usd::dollars(500_000_000);
        let makers = (0..MAKERS).map(|_| open(&mut exchange, rich)).collect();
        let takers = (0..TAKERS).map(|_| open(&mut exchange, rich)).collect();
        for _ in 0..positions / 2 {
            let qty = 1 + rng.below(200) as i64;
            for sign in [1, -1] {
                let leverage = rng.range(1.1, most);
                let money = Usd((qty as f64 * START as f64 * 1000.0 / leverage) as i64);
                let account = open(&mut exchange, money);
                let seeded =
                    exchange.seed_position(account, PERP, Qty(sign * qty), Price(START), None);
                seeded.expect("a sensible position");
            }
        }
        let mut market = Self {
            exchange,
            queue: BTreeMap::new(),
            pushed: 0,
            out: Effects::default(),
            makers,
            takers,
            now: SimTime::ZERO,
            price: START,
            seq: 0,
            events: 0,
        };
        market.exchange.start(&mut market.out);
        market.keep();
        market.apply(&ExchangeEvent::MarkTick);
        for maker in 0..MAKERS {
            for slot in 0..QUOTES {
                let event = market.quote(maker, slot);
                market.apply(&event);
            }
        }
        market
    }

    fn keep(&mut self) {
        for later in self.out.later.drain(..) {
            self.pushed += 1;
            let key = (later.at, later.event.class(), self.pushed);
            self.queue.insert(key, later.event);
        }
        self.out.clear();
    }

    fn apply(&mut self, event: &ExchangeEvent) {
        self.events += 1;
        self.exchange.apply(self.now, event, &mut self.out);
        self.keep();
    }

    /// Lets the venue's own events happen that are due.
    fn advance(&mut self) {
        let to = self.now + STEP;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= to) {
            self.now = entry.key().0;
            let event = entry.remove();
            self.apply(&event);
        }
        self.now = to;
    }

    fn quote(&mut self, maker: usize, slot: u16) -> ExchangeEvent {
        self.seq = self.seq.wrapping_add(1);
        let id = OrderId::new(self.makers[maker], slot, self.seq);
        let side = [Side::Buy, Side::Sell][usize::from(slot) % 2];
        let away = 5 + (maker as i64 * 7 + i64::from(slot) * 13) % 60;
        let price = Price(self.price - side.sign() * away);
        let request = OrderRequest::limit(id, side, price, Qty(2_000));
        ExchangeEvent::Order {
            instrument: PERP,
            request,
        }
    }

    /// One message: a quote moves, a taker trades, or the oracle speaks.
    fn command(&mut self, rng: &mut AgentRng) {
        self.advance();
        match rng.below(100) {
            0..70 => {
                let (maker, slot) = (rng.below(MAKERS as u64) as usize, rng.below(8) as u16);
                let account = self.makers[maker];
                if let Some(order) = self.exchange.open_order(account, slot) {
                    let (instrument, id) = (PERP, order.id);
                    self.apply(&ExchangeEvent::Cancel { instrument, id });
                }
                let event = self.quote(maker, slot);
                self.apply(&event);
            }
            _ => {
                let taker = self.takers[rng.below(TAKERS as u64) as usize];
                let side = [Side::Buy, Side::Sell][rng.below(2) as usize];
                let id = OrderId::new(taker, 0, 0);
                let request = OrderRequest::market(id, side, Qty(1 + rng.below(50) as i64));
                self.apply(&ExchangeEvent::Order {
                    instrument: PERP,
                    request,
                });
            }
        }
    }

    /// A step of 2 bp, back towards the start, or down to 70% of it in the course of a round.
    fn oracle(&mut self, rng: &mut AgentRng, fall: bool) {
        let pull = if fall {
            -START * 3 / 10 / (COMMANDS / ORACLE) as i64
        } else {
            (START - self.price) / 500
        };
        let step = [-20, 20][rng.below(2) as usize];
        self.price = (self.price + step + pull).max(1);
        let price = Usd::dollars(self.price);
        self.apply(&ExchangeEvent::IndexPrice { asset: BTC, price });
    }

    /// Nanoseconds an event.
    fn round(&mut self, rng: &mut AgentRng, fall: bool) -> f64 {
        let (began, events) = (Instant::now(), self.events);
        for at in 0..COMMANDS {
            if at % ORACLE == 0 {
                self.oracle(rng, fall);
            }
            self.command(rng);
        }
        began.elapsed().as_secs_f64() * 1e9 / (self.events - events) as f64
    }
}

fn stream(index: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 0,
        index,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(1), key)
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// A line of the table: each profile's time an event, and its multiple of the plain rules' time. Every
/// round of a fall begins with the market at rest.
fn line(markets: &[Market], plain: usize, fall: bool) {
    let mut markets = markets.to_vec();
    let resting = fall.then(|| markets.clone());
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        if let Some(resting) = &resting {
            markets.clone_from(resting);
        }
        let one = |market: &mut Market| market.round(&mut stream(2 + round), fall);
        rounds.push(markets.iter_mut().map(one).collect::<Vec<f64>>());
    }
    for at in 0..markets.len() {
        let fastest = rounds
            .iter()
            .map(|times| times[at])
            .fold(f64::INFINITY, f64::min);
        let ratio = median(
            rounds
                .iter()
                .map(|times| times[at] / times[plain])
                .collect(),
        );
        print!("{fastest:>11.0} x{ratio:.2}");
    }
    println!();
}

fn main() {
    let names = profiles::ALL.map(|(name, _)| name);
    let plain = names.iter().position(|&name| name == "plain");
    let plain = plain.expect("there are plain rules");
    for (fall, most) in [(false, 2.5), (true, 20.0)] {
        println!(
            "{}: nanoseconds an event, over plain",
            ["calm", "fall"][usize::from(fall)]
        );
        print!("{:>9}", "positions");
        println!("{}", names.map(|name| format!("{name:>17}")).concat());
        // A fall of a million positions would need their state once more for every round.
        let sizes = [10_000, 100_000, 1_000_000];
        for &positions in &sizes[..sizes.len() - usize::from(fall)] {
            let markets = names.map(|name| Market::new(rules(name), positions, most));
            print!("{positions:>9}");
            line(&markets, plain, fall);
        }
    }
}
