//! Accounts in hedge mode, leverage and transfers as a scenario names them.

use firesale_exchange::{IsolatedLeverage, Leg, PositionKey, PositionMode};
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::{RunOptions, Scenario, SimApp, Simulation};
use firesale_types::{AccountId, InstrumentId, Rate, SimDuration, Usd, VenueId};

const START: &str = r#"
[scenario]
name = "hedge"
question = "Who holds both?"

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

[[venues]]
name = "one"
settlement = "USD"
margin = { transfer_floor = "10%", isolated_leverage = "only_rises" }

[[instruments]]
symbol = "BTC-PERP"
venue = "one"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "1"
mark = "scripted"
tiers = [{ max_leverage = 10 }]

[[accounts]]
id = "hal"
venue = "one"
collateral = "500"
margin_mode = "isolated"
position_mode = "hedge"
positions = [
  { instrument = "BTC-PERP", qty = 5, entry = 1000, margin = "1000" },
  { instrument = "BTC-PERP", qty = -3, entry = 1000, margin = "600" },
]

[[accounts]]
id = "mia"
venue = "one"
collateral = "100_000"
positions = [{ instrument = "BTC-PERP", qty = -2, entry = 1000 }]
"#;

fn load(rest: &str) -> Result<Scenario, String> {
    let text = format!("{START}{rest}");
    let loader = Loader::new(|name| (name == "hedge").then(|| (name.to_owned(), text.clone())));
    Scenario::load("hedge", &loader, &[], &SimApp::new()).map_err(|error| error.render(false))
}

/// The lots and margins of both legs of the first account after ten seconds.
fn legs(rest: &str) -> [(i64, i64); 2] {
    let scenario = load(rest).unwrap_or_else(|error| panic!("{error}"));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    let mut run = Simulation::new(&scenario, SimApp::new(), &options, None).unwrap();
    while run.now().0 < SimDuration::secs(10).0 && run.step().unwrap() {}
    let exchange = run.venues().get(VenueId(0)).exchange();
    let rules = exchange.config().margin_rules;
    assert_eq!(rules.transfer_floor, Rate::bps(1000));
    assert_eq!(rules.isolated_leverage, IsolatedLeverage::OnlyRises);
    let hal = AccountId(firesale_exchange::Exchange::SYSTEM_ACCOUNTS);
    assert_eq!(exchange.position_mode(hal), PositionMode::Hedge);
    [Leg::Long, Leg::Short].map(|leg| {
        let held = exchange.leg(hal, PositionKey::new(InstrumentId(0), leg));
        held.map_or((0, 0), |held| {
            (held.qty.0, held.margin.0 / Usd::dollars(1).0)
        })
    })
}

#[test]
fn an_account_starts_with_both_legs_and_orders_open_or_close_them() {
    assert_eq!(legs(""), [(5, 1000), (-3, 600)]);
    // Two more lots short; three lots of the long leg closed, and 3/5 of its margin free; 50 dollars
    // into the short leg.
    let commands = [
        "at = \"1s\"\nop = \"limit\"\naccount = \"mia\"\nside = \"buy\"\nprice = \"1000\"\nqty = \"5\"",
        "at = \"2s\"\nop = \"market\"\naccount = \"hal\"\nside = \"sell\"\nqty = \"2\"",
        "at = \"3s\"\nop = \"market\"\naccount = \"hal\"\nside = \"sell\"\nqty = \"3\"\nreduce_only = true",
        "at = \"4s\"\nop = \"add_margin\"\naccount = \"hal\"\nleg = \"short\"\namount = \"50\"",
        "at = \"5s\"\nop = \"set_leverage\"\naccount = \"hal\"\nleverage = 5",
    ];
    let script = commands.map(|c| format!("\n[[script]]\ninstrument = \"BTC-PERP\"\n{c}\n"));
    let script = script.concat();
    assert_eq!(legs(&script), [(2, 400), (-5, 850)]);
}

#[test]
fn wrong_keys_are_named() {
    let wrong = |from: &str, to: &str, rest: &str| {
        let text = format!("{START}{rest}").replace(from, to);
        let loader = Loader::new(|name| (name == "hedge").then(|| (name.to_owned(), text.clone())));
        let loaded = Scenario::load("hedge", &loader, &[], &SimApp::new());
        loaded.map(|_| ()).unwrap_err().render(false)
    };
    let told = wrong("= \"hedge\"\npositions", "= \"both\"\npositions", "");
    assert!(told.contains("one_way") && told.contains("hedge"), "{told}");
    let told = wrong("only_rises", "never", "");
    assert!(
        told.contains("resets") && told.contains("only_rises"),
        "{told}"
    );
    let told = wrong("\"10%\"", "\"110%\"", "");
    assert!(told.contains("may not leave"), "{told}");
    let add = |account: &str, leg: &str| {
        format!(
            "[[script]]\nat = \"1s\"\nop = \"add_margin\"\naccount = \"{account}\"\n\
             instrument = \"BTC-PERP\"\namount = \"5\"\n{leg}"
        )
    };
    let told = wrong("", "", &add("hal", ""));
    assert!(told.contains("needs `leg`"), "{told}");
    let told = wrong("", "", &add("mia", "leg = \"long\"\n"));
    assert!(told.contains("only an account in hedge mode"), "{told}");
}
