//! Breakers, gates and freezes as a scenario names them.

use firesale_exchange::{Brake, Exchange};
use firesale_record::{HaltRow, RunReader};
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::{RunOptions, Scenario, SimApp, Simulation};
use firesale_types::{AccountId, InstrumentId, OrderId, Price, SimDuration, VenueId};

/// Two venues of one group with the same perpetual, and a third that is not in it. `first` is added
/// to the first venue, `rest` to the end of the file.
fn file(first: &str, rest: &str) -> String {
    let mut text = String::from(
        r#"
[scenario]
name = "brakes"
question = "What stops?"

[clock]
start = "2025-01-01T13:00:00Z"
duration = "20m"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 1000.0 }

[[assets]]
symbol = "ETH"
kind = "crypto"
fundamental = { price = 100.0 }
"#,
    );
    for (name, extra) in [
        ("one", first),
        ("two", "breaker = { group = \"us\" }"),
        ("three", ""),
    ] {
        text += &format!("\n[[venues]]\nname = \"{name}\"\nsettlement = \"USD\"\n{extra}\n");
        for base in ["BTC", "ETH"] {
            text += &format!(
                "\n[[instruments]]\nsymbol = \"{base}-PERP\"\nvenue = \"{name}\"\nkind = \"perp\"\nbase = \"{base}\"\n\
                 tick_size = \"0.1\"\nlot_size = \"0.001\"\nmark = \"scripted\"\ntiers = [{{ max_leverage = 10 }}]\n"
            );
        }
        text += &format!(
            "\n[[accounts]]\nid = \"{name}-ann\"\nvenue = \"{name}\"\ncollateral = \"1M\"\n"
        );
    }
    text + rest
}

fn load(text: &str) -> Result<Scenario, String> {
    let loader = Loader::new(|name| (name == "brakes").then(|| (name.to_owned(), text.to_owned())));
    Scenario::load("brakes", &loader, &[], &SimApp::new()).map_err(|error| error.render(false))
}

fn start(text: &str, directory: Option<&std::path::Path>) -> Simulation {
    let scenario = load(text).unwrap_or_else(|error| panic!("{error}"));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    Simulation::new(&scenario, SimApp::new(), &options, directory).unwrap()
}

fn until(simulation: &mut Simulation, seconds: i64) {
    while simulation.now().0 < seconds * 1_000_000_000 && simulation.step().unwrap() {}
}

fn exchange(simulation: &Simulation, venue: u16) -> &Exchange {
    simulation.venues().get(VenueId(venue)).exchange()
}

const BREAKER: &str = r#"
breaker = { group = "us", market_wide = { instrument = "BTC-PERP", levels = [{ fall = "7%", halt = "5m" }] } }
"#;

const FALL: &str = r#"
[[script]]
at = "1s"
op = "set_mark"
instrument = "BTC-PERP"
price = "1000"

[[script]]
at = "10s"
op = "set_mark"
instrument = "BTC-PERP"
price = "930"
"#;

#[test]
fn a_breaker_halts_the_same_market_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut simulation = start(&file(BREAKER, FALL), Some(dir.path()));
    until(&mut simulation, 11);
    let halted = |simulation: &Simulation, venue| {
        [0, 1].map(|i| {
            exchange(simulation, venue)
                .halted_by(InstrumentId(i))
                .map(|halt| halt.0)
        })
    };
    assert_eq!(halted(&simulation, 0), [Some(Brake::MarketWide); 2]);
    assert_eq!(halted(&simulation, 1), [Some(Brake::Coordinated); 2]);
    assert_eq!(halted(&simulation, 2), [None; 2]);
    let outcome = simulation.run(|_| true);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.summary.get("halts"), Some(4.0));
    let rows = RunReader::open(dir.path())
        .unwrap()
        .rows::<HaltRow>()
        .unwrap();
    let row = |venue, instrument| {
        let mine = |row: &&HaltRow| {
            row.venue == VenueId(venue) && row.instrument == InstrumentId(instrument)
        };
        rows.iter().find(mine).unwrap()
    };
    assert_eq!(rows.len(), 4);
    let (btc, along) = (row(0, 0), row(1, 0));
    assert_eq!(
        (btc.time_ns, btc.end_ns),
        (10_000_000_000, Some(310_000_000_000))
    );
    // The next tick, and as long.
    assert_eq!(
        (along.time_ns, along.end_ns),
        (10_100_000_000, Some(310_100_000_000))
    );
    assert_eq!((&*btc.brake, &*along.brake), ("market_wide", "coordinated"));
    // Nothing traded: the mark of 930 against the last price of 1000.
    assert!(btc.price.is_nan() && (btc.gap_frac + 0.07).abs() < 1e-9);
}

#[test]
fn the_day_starts_at_a_time_of_the_clock() {
    let text = file("breaker = { day_start = \"14h30m\", luld = {} }", "");
    let simulation = start(&text, None);
    let rules = &exchange(&simulation, 0).config().brakes;
    assert_eq!(rules.day_start, SimDuration::secs(5400));
    // The default tier is the second.
    let bands = exchange(&simulation, 0).luld_bands(InstrumentId(0));
    assert_eq!(bands, Some((Price(9000), Price(11_000))));
    assert_eq!(exchange(&simulation, 1).luld_bands(InstrumentId(0)), None);
}

#[test]
fn shocks_strike_the_venues_they_name() {
    let rest = r#"
[[shocks]]
at = "5s"
kind = "outage"
venue = "one"
duration = "10s"

[[shocks]]
at = "5s"
kind = "withdrawal_freeze"
duration = "10s"

[[script]]
at = "6s"
op = "limit"
account = "one-ann"
instrument = "BTC-PERP"
id = "lost"
side = "buy"
price = "900"
qty = "1"

[[script]]
at = "6s"
op = "limit"
account = "two-ann"
instrument = "BTC-PERP"
id = "there"
side = "buy"
price = "900"
qty = "1"

[[script]]
at = "6s"
op = "withdraw"
account = "two-ann"
amount = "1000"
"#;
    let mut simulation = start(&file("", rest), None);
    until(&mut simulation, 10);
    let ann = AccountId(Exchange::SYSTEM_ACCOUNTS);
    assert_eq!(exchange(&simulation, 0).platform_counters().refused_down, 1);
    assert!(exchange(&simulation, 0).open_order(ann, 0).is_none());
    let there = exchange(&simulation, 1).open_order(ann, 0).unwrap();
    assert_eq!(there.id, OrderId::new(ann, 0, 0));
    assert_eq!(exchange(&simulation, 1).withdrawal_queue().0, 1);
    until(&mut simulation, 16);
    assert_eq!(exchange(&simulation, 1).withdrawal_queue().0, 0);
}

#[test]
fn wrong_keys_are_refused_with_their_place() {
    let cases = [
        ("breaker = { lulu = {} }", "", "lulu"),
        (
            "breaker = { during_halt = { adl = \"maybe\" } }",
            "",
            "wait",
        ),
        (
            "breaker = { market_wide = { instrument = \"SOL-PERP\" } }",
            "",
            "BTC-PERP, ETH-PERP",
        ),
        (
            "breaker = { rolling = { width = \"200%\" } }",
            "",
            "width of the rolling breaker",
        ),
        ("gates = { gated = \"later\" }", "", "queue"),
        ("api = { per_second = 0 }", "", "rate of the gate"),
        ("limits = { throttle = { per_second = 5 } }", "", "burst"),
        (
            "",
            "[[shocks]]\nat = \"5s\"\nkind = \"outage\"\nvenue = \"one\"\n",
            "needs a duration",
        ),
        (
            "",
            "[[shocks]]\nat = \"5s\"\nkind = \"outage\"\nvenue = \"ones\"\nduration = \"1m\"\n",
            "there is no venue `ones`",
        ),
    ];
    for (first, rest, expected) in cases {
        let error = load(&file(first, rest)).err().unwrap();
        assert!(error.contains(expected), "{first}{rest}: {error}");
        assert!(error.contains("brakes:"), "{error}");
    }
}
