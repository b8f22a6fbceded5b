//! Scenarios of coins and chains: what they show, and how a wrong description is refused.

use firesale_record::Summary;

use crate::lab::{load, load_text, outcome, simulation};

fn metrics(name: &str, overrides: &[&str]) -> Summary {
    outcome(simulation(load(name, overrides), None)).summary
}

fn figure(summary: &Summary, name: &str) -> f64 {
    summary
        .metrics
        .get(name)
        .copied()
        .flatten()
        .unwrap_or(f64::NAN)
}

/// The sale alone takes the coin below par for a moment; with the depositors who follow it is gone within
/// a day, and its other token has multiplied.
#[test]
fn a_coin_without_a_reserve_lives_as_long_as_its_holders_stay() {
    let short = "clock.until=\"20h\"";
    let stay = [
        "agents.anchor_large.cost=1.0",
        "agents.anchor_small.cost=1.0",
    ];
    let held = metrics("terra_2022", &[short, stay[0], stay[1]]);
    let run = metrics("terra_2022", &[short]);
    let low = "peg_low.UST.curve";
    assert!(figure(&held, low) > 0.9, "{}", figure(&held, low));
    assert!(figure(&run, low) < 0.3, "{}", figure(&run, low));
    let supply = "supply_change_frac.LUNA";
    assert!(figure(&run, supply) > 10.0 * figure(&held, supply).max(0.001));
    assert_eq!(figure(&run, "audit_violations"), 0.0);
}

const PARTS: &str = r#"[scenario]
name = "parts"
question = "?"

[clock]
start = "2025-10-10T20:00:00Z"
duration = "1m"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "COIN"
kind = "stablecoin"

[[assets]]
symbol = "OTHER"
kind = "stablecoin"

[[chains]]
name = "chain"

[[pools]]
name = "pool"
chain = "chain"
kind = "stable_swap"
coins = ["COIN", "OTHER"]
reserves = { COIN = "1M", OTHER = "1M" }
fee = "1bps"
amplification = 100

[[lenders]]
name = "lender"
chain = "chain"
reserves = [{ asset = "COIN", ltv = "80%", threshold = "85%", bonus = "5%", oracle = { source = "value" } }]

[[issuers]]
name = "issuer"
kind = "fiat"
coin = "COIN"
money = "USD"
supply = "10M"
primary = { redeems = false }
ladder = [{ name = "bank", kind = "deposits", amount = "10M" }]
"#;

/// The problem of the text with one part replaced.
fn refusal(from: &str, to: &str) -> String {
    assert!(PARTS.contains(from), "the text has no {from}");
    match load_text(&PARTS.replace(from, to), &[]) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_parts_are_sound() {
    let outcome = outcome(simulation(load_text(PARTS, &[]), None));
    assert_eq!(figure(&outcome.summary, "audit_violations"), 0.0);
}

#[test]
fn a_wrong_part_is_refused_at_its_key() {
    let cases = [
        (
            "COIN = \"1M\", OTHER",
            "COIN = \"0\", OTHER",
            ":29:",
            "without liquidity",
        ),
        (
            "amplification = 100",
            "amplification = -100",
            ":31:",
            "negative",
        ),
        (
            "amplification = 100",
            "amplification = 0",
            ":31:",
            "not in 1..=",
        ),
        (
            "threshold = \"85%\"",
            "threshold = \"120%\"",
            ":36:",
            "threshold",
        ),
        ("ltv = \"80%\"", "ltv = \"90%\"", ":36:", "ltv"),
        ("amount = \"10M\"", "amount = \"9M\"", ":45:", "too few"),
        ("fee = \"1bps\"", "fee = \"100%\"", ":30:", "below 100%"),
        (
            "coins = [\"COIN\", \"OTHER\"]",
            "coins = [\"COIN\", \"ELSE\"]",
            ":28:",
            "ELSE",
        ),
        (
            "chain = \"chain\"\nkind",
            "chain = \"chian\"\nkind",
            ":26:",
            "chian",
        ),
        ("redeems = false", "redeems = true", ":44:", "nobody"),
    ];
    for (from, to, place, words) in cases {
        let text = refusal(from, to);
        assert!(
            text.contains(place) && text.contains(words),
            "{to}: expected {place} and {words}, got\n{text}"
        );
    }
}
