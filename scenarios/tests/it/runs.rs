//! Customers who run from a platform, and holders who answer margin calls.

use crate::lab::{load_text, outcome, simulation};

/// Two hundred customers with a million each. The platform has lent 80M to an affiliate (half of it
/// counts) and holds 60M of its own token: (120 + 40 + 60) / 200 = 110% of what it owes. At half an
/// hour the token loses 60%: (120 + 40 + 24) / 200 = 92%, which is below the switching signal of
/// 0.9 + 0.05 * 0.8 = 94%: those with an error below 0.4 leave, 70% of all, and then the others see
/// the queue. The wallet pays 5M at once and 40M an hour.
const PLATFORM: &str = r#"[scenario]
name = "platform"
question = "Do customers run?"

[clock]
start = "2022-11-06T00:00:00Z"
duration = "8h"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "TOKEN"
kind = "crypto"
fundamental = { price = 25.0 }

[[venues]]
name = "house"
settlement = "USD"
platform = { affiliate_loan = "80M", loan_recovery = "50%", own_token = "TOKEN", own_token_value = "60M" }
gates = { hot_wallet = { size = "5M", refill_per_hour = "40M" } }
oracle = { assets = { TOKEN = { source = "redemption" } } }

[[instruments]]
symbol = "TOKEN/USD"
venue = "house"
kind = "spot"
base = "TOKEN"
tick_size = "0.01"
lot_size = "1"

[[agents]]
kind = "depositor"
name = "customers"
count = 200
venue = "house"
instruments = ["TOKEN/USD"]
equity = "1M"
wake = "never"
"#;

const SHOCK: &str = "[[shocks]]\nat = \"30m\"\nkind = \"news\"\njump = { TOKEN = \"-60%\" }\n";
const RUNS: &str = "agents.customers.run={}";

type Metrics = std::collections::BTreeMap<String, Option<f64>>;

fn run(text: &str, overrides: &[&str]) -> Metrics {
    let outcome = outcome(simulation(load_text(text, overrides), None));
    outcome.summary.metrics.into_iter().collect()
}

fn metric(metrics: &Metrics, name: &str) -> f64 {
    metrics[name].unwrap_or_else(|| panic!("{name} is null"))
}

/// 120 of 200 customers can be paid: the platform fails when the next one asks, and 80 wait.
#[test]
fn a_token_that_falls_starts_a_run() {
    let shocked = format!("{PLATFORM}{SHOCK}");
    for seed in ["scenario.seed=1", "scenario.seed=2"] {
        let metrics = run(&shocked, &[RUNS, seed]);
        assert_eq!(metric(&metrics, "insolvent.house"), 1.0);
        assert_eq!(metric(&metrics, "withdrawals_waiting.house"), 80.0);
    }
    // In four hours: at 40M an hour 120M take until 3:23.
    let early = run(&shocked, &[RUNS, "clock.until=\"3h\""]);
    assert_eq!(metric(&early, "insolvent.house"), 0.0);
    let hours = run(&shocked, &[RUNS, "clock.until=\"4h\""]);
    assert_eq!(metric(&hours, "insolvent.house"), 1.0);
}

#[test]
fn nobody_fails_where_nobody_runs() {
    let metrics = run(&format!("{PLATFORM}{SHOCK}"), &[]);
    assert_eq!(metric(&metrics, "insolvent.house"), 0.0);
    assert_eq!(metric(&metrics, "withdrawals_waiting.house"), 0.0);
}

#[test]
fn a_calm_platform_has_no_run() {
    for seed in 1..=5 {
        let metrics = run(PLATFORM, &[RUNS, &format!("scenario.seed={seed}")]);
        assert_eq!(metric(&metrics, "insolvent.house"), 0.0);
        assert_eq!(metric(&metrics, "withdrawals_waiting.house"), 0.0);
    }
}

/// Without regard to the queue only those leave whose own error says so: 70% of 200, give or take
/// three standard deviations (19).
#[test]
fn the_queue_is_what_the_others_run_from() {
    let shocked = format!("{PLATFORM}{SHOCK}");
    let blind = ["agents.customers.run={ queue = 0, pause = 0 }"];
    let metrics = run(&shocked, &blind);
    let left = 120.0 + metric(&metrics, "withdrawals_waiting.house");
    assert!((121.0..=159.0).contains(&left), "{left}");
}

/// Ten longs at ten times leverage, 2.5% maintenance, calls below 5%. At 94,000 they have 4 of 94,
/// 4.3%: called, not liquidated. With as much again from the wallet 14.9%; with half of the position
/// 8.5% of the rest.
const CALLED: &str = r#"[scenario]
name = "called"
question = "Who answers a margin call?"

[clock]
start = "2025-11-01T00:00:00Z"
duration = "10m"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 100000.0 }

[[venues]]
name = "desk"
settlement = "USD"
margin = { call_ratio = 2 }

[[instruments]]
symbol = "BTC-PERP"
venue = "desk"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "0.001"
mark = "scripted"
tiers = [{ max_leverage = 20 }]

[[accounts]]
id = "maker"
venue = "desk"
collateral = "100M"

[[orders]]
id = "bid"
instrument = "BTC-PERP"
side = "buy"
price = "94_000"
qty = "1000"
account = "maker"

[[orders]]
id = "ask"
instrument = "BTC-PERP"
side = "sell"
price = "94_010"
qty = "1000"
account = "maker"

[[agents]]
kind = "leveraged_holder"
name = "longs"
count = 10
venue = "desk"
wake = { every = "5s" }
wallet = "100%"
transfer = { base = "10s" }
reaction_seconds = 10.0
depth_share = 1.0

[agents.position]
side = "long"
notional = { BTC-PERP = "1M" }
size = "100_000"
max_share = "100%"
leverage = 10.0

[[agents]]
kind = "leveraged_holder"
name = "shorts"
count = 1
venue = "desk"
wake = "never"

[agents.position]
side = "short"
notional = { BTC-PERP = "1M" }
size = "1M"
max_share = "100%"
leverage = 1.0
balances = true

[[script]]
at = "1m"
op = "set_mark"
instrument = "BTC-PERP"
price = "94_000"
"#;

#[test]
fn calls_are_met_by_money_or_by_less_risk() {
    let calls = |overrides: &[&str]| {
        let metrics = run(CALLED, overrides);
        let figures = ["margin_calls", "margin_calls_met", "accounts_liquidated"];
        figures.map(|name| metric(&metrics, name))
    };
    assert_eq!(calls(&["agents.longs.top_up_share=1.0"]), [10.0, 10.0, 0.0]);
    assert_eq!(calls(&["agents.longs.reduce_share=1.0"]), [10.0, 10.0, 0.0]);
    assert_eq!(calls(&[]), [10.0, 0.0, 0.0]);
    // A second fall, to 2.1% of 92,000: all are liquidated, and no call counts as met.
    let fall = "\n[[script]]\nat = \"2m\"\nop = \"set_mark\"\ninstrument = \"BTC-PERP\"\nprice = \"92_000\"\n";
    let metrics = run(&format!("{CALLED}{fall}"), &[]);
    assert_eq!(metric(&metrics, "margin_calls_met"), 0.0);
    assert_eq!(metric(&metrics, "accounts_liquidated"), 10.0);
}

#[test]
fn a_venue_without_calls_has_none_met() {
    assert_eq!(run(PLATFORM, &[])["margin_calls_met"], None);
}
