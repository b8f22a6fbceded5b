//! A chain of liquidations from one venue to another, through arbitrage, an index and a collateral.

use firesale_record::{BranchingRow, BreachRow, CascadeRow, CauseRow, Factor, Reason};
use firesale_record::{LiquidationRow, RunReader, TradeRow, liquidation_key};
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::prelude::*;
use firesale_sim::{RunOptions, Scenario, Simulation};

/// An agent that never does anything: with one in it a scenario has oracles.
#[derive(Component, Serialize, Deserialize)]
struct Sleeper;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl AgentKind for Sleeper {
    const KIND: &'static str = "sleeper";
    type Config = Nothing;

    fn new(_: &Nothing, _: &mut AgentRng) -> Self {
        Self
    }
}

fn app() -> SimApp {
    let mut app = SimApp::new();
    app.add_agent::<Sleeper, _>(|_: Agents<'_, '_, Sleeper>| {});
    app
}

/// On `one` a signal of ten ticks brings down a long, whose liquidation moves the bid by fifty
/// dollars; an arbitrageur sells spot from 1000.5 to 870.5. On `two` bitcoin is collateral: a long
/// of ether, whose price does not move, is 29.5 dollars short.
const TEXT: &str = r#"
[scenario]
name = "two_venues"
question = "What crosses?"

[clock]
start = "2025-01-01T13:00:00Z"
duration = "20s"

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

[[venues]]
name = "one"
settlement = "USD"
oracle = { period = "1s" }

[[venues]]
name = "two"
settlement = "USD"
margin = { collateral = [{ asset = "BTC", haircut = "0%" }] }
oracle = { period = "1s" }

[[instruments]]
symbol = "BTC-PERP"
venue = "one"
kind = "perp"
base = "BTC"
tick_size = "0.1"
lot_size = "0.001"
mark = "last"
tiers = [{ max_leverage = 10 }]

[[instruments]]
symbol = "BTC-USD"
venue = "one"
kind = "spot"
base = "BTC"
tick_size = "0.1"
lot_size = "0.001"

[[instruments]]
symbol = "ETH-PERP"
venue = "two"
kind = "perp"
base = "ETH"
tick_size = "0.1"
lot_size = "0.001"
mark = "last"
tiers = [{ max_leverage = 10 }]

[[accounts]]
id = "maker"
venue = "one"
collateral = "10M"
positions = [{ instrument = "BTC-PERP", qty = -10, entry = 1000 }]

[[accounts]]
id = "long"
venue = "one"
collateral = "560"
positions = [{ instrument = "BTC-PERP", qty = 10, entry = 1000 }]

[[accounts]]
id = "seller"
venue = "one"
collateral = "1M"

[[accounts]]
id = "arbitrageur"
venue = "one"
collateral = { USD = "1M", BTC = 10 }

[[accounts]]
id = "holder"
venue = "two"
collateral = { BTC = 1 }
positions = [{ instrument = "ETH-PERP", qty = 180, entry = 100 }]

[[accounts]]
id = "other"
venue = "two"
collateral = "1M"
positions = [{ instrument = "ETH-PERP", qty = -180, entry = 100 }]

[[agents]]
kind = "sleeper"
name = "sleepers"
count = 1
venue = "one"
equity = "1000"
wake = { mean = "10s" }
"#;

fn order(id: &str, account: &str, instrument: &str, side: &str, price: &str, qty: &str) -> String {
    format!(
        "\n[[orders]]\nid = \"{id}\"\naccount = \"{account}\"\ninstrument = \"{instrument}\"\n\
         side = \"{side}\"\nprice = \"{price}\"\nqty = \"{qty}\"\n"
    )
}

fn sell(at: &str, account: &str, instrument: &str, qty: &str, rest: &str) -> String {
    format!(
        "\n[[script]]\nat = \"{at}\"\naccount = \"{account}\"\ninstrument = \"{instrument}\"\n\
         side = \"sell\"\nqty = \"{qty}\"\n{rest}\n"
    )
}

fn text() -> String {
    let mut text = TEXT.to_owned();
    for (n, (price, qty)) in [("1000", "10"), ("990", "5"), ("940", "6")]
        .into_iter()
        .enumerate()
    {
        text += &order(&format!("p{n}"), "maker", "BTC-PERP", "buy", price, qty);
    }
    text += &order("s0", "maker", "BTC-USD", "buy", "1000", "1");
    text += &order("s1", "maker", "BTC-USD", "buy", "870", "5");
    text += &order("s2", "arbitrageur", "BTC-USD", "sell", "1001", "1");
    text += &order("e0", "other", "ETH-PERP", "buy", "99.9", "1000");
    let market = |reason: &str| format!("op = \"market\"\nreason = \"{reason}\"");
    text += &sell("2500ms", "seller", "BTC-PERP", "10", &market("signal"));
    text += &sell("2600ms", "seller", "BTC-PERP", "1", &market("signal"));
    text += &sell("6500ms", "arbitrageur", "BTC-USD", "2", &market("hedge"));
    let ask = "op = \"limit\"\nprice = \"871\"";
    text + &sell("6600ms", "arbitrageur", "BTC-USD", "1", ask)
}

#[test]
fn a_chain_crosses_venues_through_index_and_collateral() {
    let text = text();
    let loader =
        Loader::new(|name| (name == "two_venues").then(|| (name.to_owned(), text.clone())));
    let scenario = Scenario::load("two_venues", &loader, &[], &app())
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = RunOptions {
        threads: 1,
        limits: RunLimits::default(),
    };
    let dir = tempfile::tempdir().unwrap();
    let simulation = Simulation::new(&scenario, app(), &options, Some(dir.path())).unwrap();
    let outcome = simulation.run(|_| true);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    let reader = RunReader::open(dir.path()).unwrap();
    let breaches = reader.rows::<BreachRow>().unwrap();
    assert_eq!(breaches.len(), 2, "{breaches:#?}");
    let (first, second) = (&breaches[0], &breaches[1]);
    assert_eq!((first.venue, first.cause), (VenueId(0), Reason::Signal));
    assert_eq!((&*first.via, first.factor), ("BTC-PERP", Factor::Mark));
    assert_eq!((first.price_before, first.price), (1000.0, 990.0));
    // The second names the first as its parent and its root.
    let root = liquidation_key(VenueId(0), 0);
    assert_eq!(
        (second.id, second.venue),
        (liquidation_key(VenueId(1), 0), VenueId(1))
    );
    assert_eq!(
        (second.cause, second.cause_id),
        (Reason::Liquidation, Some(root))
    );
    assert_eq!((second.root_id, second.generation), (root, 1));
    assert_eq!((&*second.via, second.factor), ("BTC", Factor::Collateral));
    assert_eq!((second.price_before, second.price), (1000.0, 870.5));
    assert_eq!(&*second.index_source, "all_venues");
    // A hundred ticks by the signal, five hundred by the liquidation.
    assert!((second.forced_share - 5.0 / 6.0).abs() < 1e-3, "{second:?}");
    assert!((second.abroad_share - second.forced_share).abs() < 1e-6);
    let causes = reader.rows::<CauseRow>().unwrap();
    let of_second: Vec<Reason> = causes
        .iter()
        .filter(|row| row.id == second.id)
        .map(|row| row.cause)
        .collect();
    assert_eq!(of_second, [Reason::Liquidation, Reason::Signal]);
    let closes = reader.rows::<LiquidationRow>().unwrap();
    let abroad: Vec<_> = closes
        .iter()
        .filter(|row| row.venue == VenueId(1))
        .collect();
    assert!(!abroad.is_empty());
    assert!(
        abroad
            .iter()
            .all(|row| row.crossed_venue && row.crossed_instrument)
    );
    let notional =
        |rows: &[&LiquidationRow]| -> f64 { rows.iter().map(|row| row.notional.to_f64()).sum() };
    let share = notional(&abroad) / notional(&closes.iter().collect::<Vec<_>>());
    let figure = |name| outcome.summary.get(name).unwrap();
    assert!((figure("crossed_venues_share") - share).abs() < 1e-9);
    assert!((figure("crossed_instruments_share") - share).abs() < 1e-9);
    assert!((figure("caused_abroad_share") - share * second.abroad_share).abs() < 1e-9);
    assert_eq!(figure("cascade_depth_max"), 1.0);
    let trees = reader.rows::<CascadeRow>().unwrap();
    assert_eq!((trees.len(), trees[0].size, trees[0].venues), (1, 2, 2));
    // Five sixths of a child for two liquidations.
    assert!((figure("branching_ratio") - 5.0 / 12.0).abs() < 1e-3);
    assert_eq!(reader.rows::<BranchingRow>().unwrap().len(), 1);
    let forced = reader.rows::<TradeRow>().unwrap();
    let forced = forced.iter().filter(|row| row.cause_id.is_some());
    assert!(forced.clone().count() > 0);
    assert!(forced.clone().all(|row| row.cause_id == row.liquidation_id));
}
