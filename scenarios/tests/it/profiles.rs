//! Every profile walks a position through all its stages: a long of ten bitcoin against marks that a
//! script sets. The figures are worked out beside each case from the profile's own numbers.

use firesale_exchange::{Exchange, profiles};
use firesale_record::{LiquidationRow, RunReader, Stage};

use crate::lab::{load, load_text, outcome, simulation};

const ANN: u32 = 0;
const FAY: u32 = 1;

/// A market under a profile: Ann and Fay are long ten each, Ben is short, Cat bids.
fn market(
    profile: &str,
    [ann, fay]: [&str; 2],
    bid: [&str; 2],
    marks: [(&str, &str); 2],
) -> String {
    let script = marks.map(|(at, price)| {
        format!(
            "[[script]]\nat = \"{at}\"\nop = \"set_mark\"\ninstrument = \"BTC-PERP\"\nprice = \"{price}\"\n"
        )
    });
    let account = |id: &str, money: &str, qty: &str| {
        format!(
            "[[accounts]]\nid = \"{id}\"\nvenue = \"desk\"\ncollateral = \"{money}\"\n\
             positions = [{{ instrument = \"BTC-PERP\", qty = \"{qty}\", entry = \"100_000\" }}]\n"
        )
    };
    let [price, qty] = bid;
    format!(
        r#"
[scenario]
name = "walk"
question = "Which stages does a position go through?"

[clock]
start = "2025-01-01T00:00:00Z"
duration = "90s"

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
mark = "scripted"
funding = "off"

{ann}
{fay}
{ben}
[[accounts]]
id = "cat"
venue = "desk"
collateral = "2_000_000"

[[orders]]
id = "bid"
instrument = "BTC-PERP"
side = "buy"
price = "{price}"
qty = "{qty}"
account = "cat"

{script}
"#,
        ann = account("ann", ann, "10"),
        fay = account("fay", fay, "10"),
        ben = account("ben", "9_000_000", "-20"),
        script = script.join("\n"),
    )
}

/// Account, stage, quantity and price of every forced close.
fn closes(text: &str, overrides: &[&str]) -> Vec<(u32, Stage, f64, f64)> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("walk.toml");
    std::fs::write(&file, text).unwrap();
    let out = dir.path().join("run");
    outcome(simulation(
        load(file.to_str().unwrap(), overrides),
        Some(&out),
    ));
    let rows: Vec<LiquidationRow> = RunReader::open(&out).unwrap().rows().unwrap();
    let close = |row: &LiquidationRow| {
        let account = row.account.0 - Exchange::SYSTEM_ACCOUNTS;
        (account, row.stage, row.qty, row.fill_price)
    };
    rows.iter().map(close).collect()
}

#[test]
fn every_profile_has_a_walk() {
    let names = profiles::ALL.map(|(name, _)| name);
    let walked = ["hyperliquid", "binance", "bybit", "dydx", "ccp", "plain"];
    assert_eq!(names, walked);
}

/// 40x: maintenance 1.25%. At 98,200 Ann has 12,000 of 12,275: a fifth goes to the book (above
/// 100,000 dollars), and 11,800 of 9,820 is enough. At 97,300 she has 4,600 of 9,730, below two
/// thirds: the vault takes eight at 97,300 - 4,600 / 8. At 93,000 Fay is 10,000 below zero: Ben is
/// closed at the previous mark.
#[test]
fn hyperliquid() {
    let marks = [("10s", "98_200"), ("20s", "97_300")];
    let mut text = market("hyperliquid", ["30_000", "60_000"], ["98_100", "2"], marks);
    text.push_str(
        "[[script]]\nat = \"40s\"\nop = \"set_mark\"\ninstrument = \"BTC-PERP\"\nprice = \"93_000\"\n",
    );
    let expected = [
        (ANN, Stage::Book, 2.0, 98_100.0),
        (ANN, Stage::Backstop, 8.0, 96_725.0),
        (FAY, Stage::Adl, 10.0, 97_300.0),
    ];
    assert_eq!(closes(&text, &[]), expected);
}

/// Bracket to 3M: 0.65% less 950. At 98,100 Ann has 5,000 of 5,426.50. One order for what brings
/// 981,000 down to 600,000 finds a bid for one: 400 beyond the bankruptcy price of 97,600 go to
/// the fund, and 1% fee, 980. With 3,520 of 4,788.85 the fund takes nine at 98,100 - 3,520 / 9. At
/// 93,000 Fay is 10,000 below zero and the fund has lost 45,900 on the nine: Ben is closed at
/// Fay's bankruptcy price.
#[test]
fn binance() {
    let marks = [("10s", "98_100"), ("40s", "93_000")];
    let text = market("binance", ["24_000", "60_000"], ["98_000", "1"], marks);
    let expected = [
        (ANN, Stage::Book, 1.0, 98_000.0),
        (ANN, Stage::Insurance, 9.0, 97_709.0),
        (FAY, Stage::Adl, 10.0, 94_000.0),
    ];
    assert_eq!(
        closes(&text, &["venues.desk.insurance.capital=\"1k\""]),
        expected
    );
}

/// As Binance, but the order must fill whole: the bid for one is left alone, and after three
/// attempts the fund takes all ten at the bankruptcy price.
#[test]
fn bybit() {
    let marks = [("10s", "98_100"), ("40s", "93_000")];
    let text = market("bybit", ["24_000", "60_000"], ["98_000", "1"], marks);
    let expected = [
        (ANN, Stage::Insurance, 10.0, 97_600.0),
        (FAY, Stage::Adl, 10.0, 94_000.0),
    ];
    assert_eq!(
        closes(&text, &["venues.desk.insurance.capital=\"1k\""]),
        expected
    );
}

/// 3% maintenance. At 96,900 Ann has 29,000 of 29,070: her order may go to 96,889.5, and the bid
/// at 96,895 takes four. 1.5% penalty, 5,813.70, leaves 23,166.30. At 93,000 she is 233.70 below
/// zero: nobody bids inside the bound, so accounts drawn at random close six at 93,000 + 233.70 / 6.
#[test]
fn dydx() {
    let marks = [("10s", "96_900"), ("40s", "93_000")];
    let text = market("dydx", ["60_000", "600_000"], ["96_895", "4"], marks);
    let expected = [
        (ANN, Stage::Book, 4.0, 96_895.0),
        (ANN, Stage::Adl, 6.0, 93_039.0),
    ];
    assert_eq!(closes(&text, &[]), expected);
}

/// 36% maintenance. At 80,000 Ann has 250,000 of 288,000: four go to the bid. At 35,000 she is
/// 20,400 below zero: the clearing house auctions what is left.
#[test]
fn ccp() {
    let marks = [("10s", "80_000"), ("40s", "35_000")];
    let text = market("ccp", ["450_000", "3_000_000"], ["79_900", "4"], marks);
    let closes = closes(&text, &[]);
    assert_eq!(closes[0], (ANN, Stage::Book, 4.0, 79_900.0));
    let (account, stage, qty, _) = closes[1];
    assert_eq!((account, stage, qty), (ANN, Stage::Clearing, 6.0));
}

/// 2.5% maintenance. At 96,000 Ann has 20,000 of 24,000: four go to the bid. At 93,000 she has
/// 1,600 of 13,950, nobody bids, and there is no fund: Ben is closed at 93,000 - 1,600 / 6.
#[test]
fn plain() {
    let marks = [("10s", "96_000"), ("40s", "93_000")];
    let text = market("plain", ["60_000", "600_000"], ["95_900", "4"], marks);
    let expected = [
        (ANN, Stage::Book, 4.0, 95_900.0),
        (ANN, Stage::Adl, 6.0, 92_734.0),
    ];
    assert_eq!(closes(&text, &[]), expected);
}

/// A wrong key, a rule that does not exist, tiers out of order: file, line, column, and what is
/// allowed; also for a profile's own keys.
#[test]
fn wrong_profile_keys_are_refused() {
    let marks = [("10s", "96_000"), ("40s", "93_000")];
    let text = market("plain", ["60_000", "600_000"], ["95_900", "4"], marks);
    for (overrides, words) in [
        (
            "venues.desk.profile=hyperlikuid",
            "did you mean `hyperliquid`?",
        ),
        ("venues.desk.adl.rule=fairest", "capped_pro_rata"),
        ("venues.desk.fees.taker=-200%", "fee"),
        ("venues.desk.liquidation.method=hope", "step_down"),
        (
            "instruments.BTC-PERP.tiers=[{ up_to = \"3M\", max_leverage = 10 }, { up_to = \"1M\", max_leverage = 5 }]",
            "tier 2",
        ),
    ] {
        let found = load_text(&text, &[overrides]);
        let shown = found.expect_err(overrides).render(false);
        assert!(shown.contains(words), "{overrides}: {shown}");
    }
}
