//! Dated futures: positions that move to the next contract, and those that are delivered.

use firesale_exchange::Exchange;
use firesale_sim::Simulation;
use firesale_types::{AccountId, InstrumentId, SimTime, VenueId};

use crate::lab::{load_text, simulation};

const NEAR: InstrumentId = InstrumentId(0);
const FAR: InstrumentId = InstrumentId(1);

/// Two contracts, quoted 20 dollars wide around 100,000 and 100,200 by one account. Three holders are
/// long ten bitcoin each in the first, at two times leverage; three others are short and do not roll.
const MARKET: &str = r#"[scenario]
name = "rolls"
question = "Where is a position after the expiry?"

[clock]
start = "2025-11-01T00:00:00Z"
duration = "90s"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 100000.0 }

[[venues]]
name = "pit"
settlement = "USD"

[[instruments]]
symbol = "BTC-NOV"
venue = "pit"
kind = "future"
base = "BTC"
tick_size = "1"
lot_size = "0.01"
mark = "scripted"
expiry = "60s"
settlement_window = "10s"
rolls_into = "BTC-DEC"
tiers = [{ max_leverage = 20 }]

[[instruments]]
symbol = "BTC-DEC"
venue = "pit"
kind = "future"
base = "BTC"
tick_size = "1"
lot_size = "0.01"
mark = "scripted"
price = 100200.0
expiry = "30d"
tiers = [{ max_leverage = 20 }]

[[accounts]]
id = "desk"
venue = "pit"
collateral = "100M"

[[orders]]
id = "near-bid"
instrument = "BTC-NOV"
side = "buy"
price = "99_990"
qty = "1000"
account = "desk"

[[orders]]
id = "far-ask"
instrument = "BTC-DEC"
side = "sell"
price = "100_210"
qty = "1000"
account = "desk"

[[orders]]
id = "near-ask"
instrument = "BTC-NOV"
side = "sell"
price = "100_010"
qty = "1000"
account = "desk"

[[orders]]
id = "far-bid"
instrument = "BTC-DEC"
side = "buy"
price = "100_190"
qty = "1000"
account = "desk"

[[agents]]
kind = "leveraged_holder"
name = "longs"
count = 3
venue = "pit"
instruments = ["BTC-NOV"]
wake = "never"
roll = { from = "40s", until = "10s", slices = 4, slippage = "1%" }

[agents.position]
side = "long"
notional = { BTC-NOV = "3M" }
size = "1M"
max_share = "100%"
leverage = 2.0

[[agents]]
kind = "leveraged_holder"
name = "shorts"
count = 3
venue = "pit"
instruments = ["BTC-NOV"]
wake = "never"

[agents.position]
side = "short"
notional = { BTC-NOV = "1M" }
size = "1M"
max_share = "100%"
leverage = 2.0
balances = true
"#;

struct Run(Simulation);

impl Run {
    fn new(text: &str, overrides: &[&str]) -> Self {
        Self(simulation(load_text(text, overrides), None))
    }

    fn until(&mut self, second: i64) {
        while self.0.now() < SimTime(second * 1_000_000_000) && self.0.step().unwrap() {}
    }

    fn exchange(&self) -> &Exchange {
        self.0.venues().get(VenueId(0)).exchange()
    }

    /// Lots of the n-th account after the desk, in the two contracts.
    fn lots(&self, n: u32) -> [i64; 2] {
        let account = AccountId(Exchange::SYSTEM_ACCOUNTS + 1 + n);
        [NEAR, FAR].map(|id| self.exchange().position_qty(account, id).0)
    }

    /// Equity in whole dollars.
    fn equity(&self, n: u32) -> i64 {
        let account = AccountId(Exchange::SYSTEM_ACCOUNTS + 1 + n);
        let equity = self.exchange().equity(account).0;
        assert_eq!(equity % 1_000_000, 0);
        equity / 1_000_000
    }
}

/// Slices of 250 lots at 20, 27.5, 35 and 42.5 s. Each bitcoin is sold 10 below its mark and bought
/// 10 above: 200 dollars for ten. The shorts are delivered at the index of 100,000, which is their
/// entry and costs nothing.
#[test]
fn a_position_moves_in_slices_at_the_cost_of_the_spread() {
    let mut run = Run::new(MARKET, &[]);
    run.until(19);
    assert_eq!(run.lots(0), [1000, 0]);
    run.until(30);
    assert_eq!(run.lots(0), [500, 500]);
    run.until(50);
    assert_eq!([0, 1, 2].map(|n| run.lots(n)), [[0, 1000]; 3]);
    assert_eq!([3, 4, 5].map(|n| run.lots(n)), [[-1000, 0]; 3]);
    assert_eq!([0, 1, 2].map(|n| run.equity(n)), [499_800; 3]);
    run.until(89);
    assert_eq!([0, 1, 2].map(|n| run.lots(n)), [[0, 1000]; 3]);
    assert_eq!([3, 4, 5].map(|n| run.lots(n)), [[0, 0]; 3]);
    assert_eq!([3, 4, 5].map(|n| run.equity(n)), [500_000; 3]);
}

#[test]
fn shorts_roll_as_longs_do() {
    let roll = "agents.shorts.roll={ from = \"40s\", until = \"10s\", slices = 3 }";
    let mut run = Run::new(MARKET, &[roll, "agents.longs.roll.share=0"]);
    run.until(89);
    assert_eq!([0, 1, 2].map(|n| run.lots(n)), [[0, 0]; 3]);
    assert_eq!([3, 4, 5].map(|n| run.lots(n)), [[0, -1000]; 3]);
    // Bought at 100,010 and sold at 100,190: 10 a bitcoin either way.
    assert_eq!([3, 4, 5].map(|n| run.equity(n)), [499_800; 3]);
}

#[test]
fn a_share_rolls_and_the_rest_is_delivered() {
    let sets = [
        "agents.longs.roll.share=50%",
        "agents.longs.count=60",
        "agents.longs.position.size=50_000",
    ];
    let mut run = Run::new(MARKET, &sets);
    run.until(89);
    let held: Vec<[i64; 2]> = (0..60).map(|n| run.lots(n)).collect();
    let rolled = held.iter().filter(|lots| **lots == [0, 50]).count();
    let delivered = held.iter().filter(|lots| **lots == [0, 0]).count();
    assert_eq!(rolled + delivered, 60);
    // Within three standard deviations (3.9) of a half.
    assert!((18..=42).contains(&rolled), "{rolled}");
}

/// The next contract offers four bitcoin until 50 s: what has been closed is opened as far as that
/// goes, then tried again until there is more. Nobody is ever exposed twice.
#[test]
fn what_finds_nobody_is_tried_again() {
    let thin = MARKET.replace(
        "price = \"100_210\"\nqty = \"1000\"",
        "price = \"100_210\"\nqty = \"4\"",
    );
    let script = "\n[[script]]\nat = \"50s\"\nop = \"limit\"\nid = \"more\"\ninstrument = \"BTC-DEC\"\n\
                  side = \"sell\"\nprice = \"100_300\"\nqty = \"100\"\naccount = \"desk\"\n";
    let mut run = Run::new(&format!("{thin}{script}"), &[]);
    for second in 20..50 {
        run.until(second);
        let sums = [0, 1, 2].map(|n| run.lots(n).iter().sum::<i64>());
        assert!(
            sums.iter().all(|sum| *sum <= 1000),
            "at {second} s: {sums:?}"
        );
    }
    let opened: i64 = (0..3).map(|n| run.lots(n)[1]).sum();
    assert_eq!(opened, 400);
    assert!((0..3).all(|n| run.lots(n)[0] == 0));
    run.until(60);
    assert_eq!([0, 1, 2].map(|n| run.lots(n)), [[0, 1000]; 3]);
}

/// A venue that trades nothing within the slippage is not traded with: everything is delivered.
#[test]
fn nothing_trades_beyond_the_slippage() {
    let mut run = Run::new(MARKET, &["agents.longs.roll.slippage=0.001%"]);
    run.until(59);
    assert_eq!(run.lots(0), [1000, 0]);
    run.until(89);
    assert_eq!((run.lots(0), run.equity(0)), ([0, 0], 500_000));
}

/// Market makers and arbitrageurs, of any kind, keep quoting the next contract near the spot price.
#[test]
fn the_next_contract_stays_quoted() {
    let without_desk = MARKET.split("[[accounts]]").next().unwrap();
    let agents = &MARKET[MARKET.find("[[agents]]").unwrap()..];
    let more = r#"
[[instruments]]
symbol = "BTC/USD"
venue = "pit"
kind = "spot"
base = "BTC"
tick_size = "1"
lot_size = "0.01"

[[agents]]
kind = "market_maker"
name = "makers"
count = 4
venue = "pit"
instruments = ["BTC-NOV", "BTC-DEC", "BTC/USD"]
equity = "50M"
inventory = { BTC = "50M" }
wake = { every = "500ms" }
depth_at_1pct = { "BTC-NOV.pit" = "20M", "BTC-DEC.pit" = "20M", "BTC/USD.pit" = "20M" }
calm_volatility = { BTC = 1e-4 }
half_quote_at = { BTC = 10.0 }

[[agents]]
kind = "arbitrageur"
name = "carry"
count = 2
venue = "pit"
instruments = ["BTC-NOV", "BTC-DEC", "BTC/USD"]
equity = "10M"
inventory = { BTC = "10M" }
wake = { every = "1s" }
clip = "100k"
"#;
    let mut run = Run::new(&format!("{without_desk}{more}{agents}"), &[]);
    run.until(89);
    assert_eq!(
        [0, 1, 2].map(|n| run.lots(n + 5)),
        [[0, 1000]; 3],
        "longs come after six others"
    );
    use firesale_types::Side::{Buy, Sell};
    let mid = |instrument: u16| {
        let book = run.exchange().book(InstrumentId(instrument));
        let [bid, ask] = [Buy, Sell].map(|side| book.best(side).unwrap().0.0);
        0.5 * (bid + ask) as f64
    };
    let basis = mid(1) / mid(2) - 1.0;
    assert!(basis.abs() < 0.005, "{basis}");
    let book = run.exchange().book(NEAR);
    assert!(book.best(Buy).is_none() && book.best(Sell).is_none());
}

#[test]
fn wrong_series_are_refused_at_their_key() {
    let line = |needle: &str| {
        let at = MARKET.find(needle).unwrap();
        MARKET[..at].matches('\n').count() + 1
    };
    for (from, to, words) in [
        (
            "rolls_into = \"BTC-DEC\"",
            "rolls_into = \"BTC-JAN\"",
            "14: instruments[0].rolls_into: there is no instrument `BTC-JAN`",
        ),
        (
            "rolls_into = \"BTC-DEC\"",
            "rolls_into = \"BTC-NOV\"",
            "14: instruments[0].rolls_into: `BTC-NOV` cannot be rolled into `BTC-NOV`",
        ),
        (
            "roll = { from = \"40s\"",
            "roll = { from = \"5s\"",
            "17: agents[0].roll.from: `from` must be longer than `until`",
        ),
        (
            "roll = { from = \"40s\", until = \"10s\", slices = 4",
            "roll = { slices = 0",
            "19: agents[0].roll.slices: `slices` must be from 1 to 1000",
        ),
    ] {
        let said = load_text(&MARKET.replace(from, to), &[]);
        let said = said.unwrap_err().to_string();
        let expected = format!("scenario.toml:{}:{words}", line(from));
        assert!(said.contains(&expected), "{expected}\n{said}");
    }
    let said = load_text(&MARKET.replace("rolls_into = \"BTC-DEC\"\n", ""), &[]);
    let said = said.unwrap_err().to_string();
    assert!(
        said.contains("agents[0].roll: no instrument here is rolled into another"),
        "{said}"
    );
}
