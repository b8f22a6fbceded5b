//! Explicit accounts, orders and commands: what a person computes on paper comes out to the micro-dollar.

use firesale_exchange::Exchange;
use firesale_scheduler::RunLimits;
use firesale_sim::{RunOptions, Scenario, Simulation};
use firesale_types::{AccountId, InstrumentId, Qty, Usd, VenueId};

const MARKET: &str = r#"
[scenario]
name = "paper"
question = "Does the engine compute what a person computes?"

[clock]
start = "2025-10-10T20:00:00Z"
duration = "2m"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 100000.0 }

[[venues]]
name = "alpha"
settlement = "USD"
liquidation = { latency = "1s", partial_above = "1B", book_attempts = 2 }

[[instruments]]
symbol = "BTC-PERP"
venue = "alpha"
kind = "perp"
base = "BTC"
tick_size = "0.1"
lot_size = "0.001"
mark = "scripted"
tiers = [{ max_leverage = 10, maintenance = "0.5%" }]
"#;

const PERP: InstrumentId = InstrumentId(0);

/// Runs the market with explicit parts and hands the venue to the test. Accounts are numbered in order.
fn run(parts: &str, test: impl FnOnce(&Exchange, &dyn Fn(u32) -> AccountId)) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.toml");
    std::fs::write(&path, format!("{MARKET}{parts}")).unwrap();
    let loader = firesale_scenarios::loader();
    let app = firesale_agents::app();
    let scenario = Scenario::load(path.to_str().unwrap(), &loader, &[], &app)
        .unwrap_or_else(|e| panic!("{e}"));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    let mut simulation = Simulation::new(&scenario, app, &options, None).unwrap();
    while simulation.step().unwrap() {}
    let exchange = simulation.venues().get(VenueId(0)).exchange();
    test(exchange, &|n| AccountId(Exchange::SYSTEM_ACCOUNTS + n));
}

/// A long of 1 BTC from 100,000 with 10,000 of margin is liquidated below 90,000 / 0.995 = 90,452.26. At a
/// mark of 90,400 its order finds a bid of 90,200: 10,000 - 9,800 = 200 are left, nobody else pays.
#[test]
fn liquidated_above_bankruptcy() {
    let parts = r#"
[[accounts]]
id = "long"
venue = "alpha"
collateral = "0"
margin_mode = "isolated"
positions = [{ instrument = "BTC-PERP", qty = 1, entry = 100000, margin = "10_000" }]

[[accounts]]
id = "short"
venue = "alpha"
collateral = "50_000"
positions = [{ instrument = "BTC-PERP", qty = -1, entry = 100000 }]

[[accounts]]
id = "bidder"
venue = "alpha"
collateral = "100_000"

[[orders]]
id = "bid"
instrument = "BTC-PERP"
side = "buy"
price = 90200
qty = 1
account = "bidder"

[[script]]
at = "10s"
op = "set_mark"
instrument = "BTC-PERP"
price = 90460

[[script]]
at = "20s"
op = "set_mark"
instrument = "BTC-PERP"
price = 90400
"#;
    run(parts, |exchange, account| {
        assert_eq!(
            exchange.liquidations().len(),
            1,
            "at 90,460 nothing happens, at 90,400 one account"
        );
        assert_eq!(exchange.equity(account(0)), Usd::dollars(200));
        assert_eq!(
            exchange
                .position(account(0), PERP)
                .map_or(Qty::ZERO, |p| p.qty),
            Qty::ZERO
        );
        // The short gains 9,600 at the mark of 90,400; the bidder gains 200 against its fill.
        assert_eq!(exchange.equity(account(1)), Usd::dollars(59_600));
        assert_eq!(exchange.equity(account(2)), Usd::dollars(100_200));
        assert_eq!(exchange.bad_debt(), 0);
    });
}

/// The same long, but the only bid stands at 89,000, below the bankruptcy price of 90,000, and the fund is
/// empty: the short is closed at 90,000 and keeps 10,000 of profit; the long ends with nothing.
#[test]
fn deleveraged_at_bankruptcy() {
    let parts = r#"
[[accounts]]
id = "long"
venue = "alpha"
collateral = "0"
margin_mode = "isolated"
positions = [{ instrument = "BTC-PERP", qty = 1, entry = 100000, margin = "10_000" }]

[[accounts]]
id = "short"
venue = "alpha"
collateral = "50_000"
positions = [{ instrument = "BTC-PERP", qty = -1, entry = 100000 }]

[[accounts]]
id = "bidder"
venue = "alpha"
collateral = "100_000"

[[orders]]
id = "bid"
instrument = "BTC-PERP"
side = "buy"
price = 89000
qty = 1
account = "bidder"

[[script]]
at = "20s"
op = "set_mark"
instrument = "BTC-PERP"
price = 89500
"#;
    run(parts, |exchange, account| {
        assert_eq!(exchange.equity(account(0)), Usd::ZERO);
        assert_eq!(exchange.equity(account(1)), Usd::dollars(60_000));
        assert_eq!(exchange.equity(account(2)), Usd::dollars(100_000));
        assert_eq!(exchange.open_interest(PERP), Qty::ZERO);
    });
}

/// A cross account with 20,000 holds 1 BTC at 10x: 10,000 are bound. A withdrawal of 15,000 is refused, one of
/// 5,000 is paid; after a fall of 4,000 it is worth 11,000.
#[test]
fn withdrawals_respect_initial_margin() {
    let parts = r#"
[[accounts]]
id = "long"
venue = "alpha"
collateral = "20_000"
positions = [{ instrument = "BTC-PERP", qty = 1, entry = 100000 }]

[[accounts]]
id = "short"
venue = "alpha"
collateral = "50_000"
positions = [{ instrument = "BTC-PERP", qty = -1, entry = 100000 }]

[[script]]
at = "10s"
op = "withdraw"
account = "long"
amount = "15_000"

[[script]]
at = "20s"
op = "withdraw"
account = "long"
amount = "5_000"

[[script]]
at = "30s"
op = "set_mark"
instrument = "BTC-PERP"
price = 96000
"#;
    run(parts, |exchange, account| {
        assert_eq!(exchange.equity(account(0)), Usd::dollars(11_000));
        assert_eq!(exchange.equity(account(1)), Usd::dollars(54_000));
        assert!(exchange.liquidations().is_empty());
    });
}
