//! Ten broken scenario files: each gives a precise message with file, line and column.

use std::path::Path;

use firesale_sim::Scenario;

const GOOD: &str = r#"
[scenario]
name = "small"
question = "?"

[clock]
start = "2025-10-10T20:00:00Z"
duration = "1m"

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

[[instruments]]
symbol = "BTC-PERP"
venue = "alpha"
kind = "perp"
base = "BTC"
tick_size = "0.1"
lot_size = "0.001"
tiers = [{ max_leverage = 20 }]

[[agents]]
kind = "noise_trader"
name = "noise"
count = 10
venue = "alpha"
equity = "1000"
wake = { mean = "10s" }
order_usd = 100.0
"#;

/// The problems of a text, one line each.
fn problems(text: &[u8], dir: &Path) -> String {
    let path = dir.join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    let loader = firesale_scenarios::loader();
    let name = path.to_str().unwrap();
    match Scenario::load(name, &loader, &[], &firesale_agents::app()) {
        Ok(_) => String::new(),
        Err(error) => error.render(false),
    }
}

/// Replaces a part of the good file and expects one problem at that line with these words.
fn expect(from: &str, to: &str, words: &[&str]) {
    assert!(GOOD.contains(from), "the good file has no `{from}`");
    let dir = tempfile::tempdir().unwrap();
    let broken = GOOD.replacen(from, to, 1);
    let said = problems(broken.as_bytes(), dir.path());
    let lines: Vec<&str> = said
        .lines()
        .filter(|l| l.contains("--> ") && l.contains("scenario.toml:"))
        .collect();
    assert_eq!(lines.len(), 1, "one problem expected: {said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
    let place = lines[0].split("scenario.toml:").nth(1).unwrap();
    let numbers: Vec<usize> = place
        .split(':')
        .take(2)
        .map(|n| n.parse().unwrap())
        .collect();
    assert!(numbers[0] > 0 && numbers[1] > 0, "{said}");
}

#[test]
fn the_good_file_is_good() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(problems(GOOD.as_bytes(), dir.path()), "");
}

#[test]
fn unknown_key() {
    expect(
        "order_usd = 100.0",
        "order_usd = 100.0\norder_usb = 1",
        &["order_usb"],
    );
}

#[test]
fn wrong_unit() {
    expect(
        "duration = \"1m\"",
        "duration = \"1 parsec\"",
        &["duration"],
    );
}

#[test]
fn negative_count() {
    expect("count = 10", "count = -10", &["count"]);
}

#[test]
fn unknown_kind() {
    expect(
        "noise_trader",
        "noise_trade",
        &["noise_trade", "noise_trader"],
    );
}

#[test]
fn missing_venue() {
    expect(
        "venue = \"alpha\"\nequity",
        "venue = \"beta\"\nequity",
        &["beta", "alpha"],
    );
}

#[test]
fn duplicate_name() {
    let twice = "[[venues]]\nname = \"alpha\"\nsettlement = \"USD\"\n\n[[instruments]]";
    expect("[[instruments]]", twice, &["alpha", "twice"]);
}

#[test]
fn absurd_leverage() {
    expect("max_leverage = 20", "max_leverage = 20000", &["20000"]);
}

#[test]
fn absurd_numbers_of_agents() {
    let broken = |key: &str, value: &str| {
        let loader = firesale_scenarios::loader();
        let sets = [format!("{key}={value}")];
        let error = Scenario::load("flash_crash", &loader, &sets, &firesale_agents::app());
        error.unwrap_err().to_string()
    };
    for (key, value) in [
        ("agents.momentum.leverage_mix", "[[500000, 1]]"),
        ("agents.momentum.margin_share", "-3"),
        ("agents.dip_buyers.leverage", "1e9"),
        ("agents.arbitrage.leverage", "-1"),
        ("agents.longs.stop_share", "60"),
        ("scenario.leverage", "\"100000%\""),
    ] {
        let said = broken(key, value);
        let name = key.rsplit('.').next().unwrap();
        assert!(said.contains(name) && said.contains(":1:"), "{said}");
    }
}

#[test]
fn cyclic_extends() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("other.toml"),
        "[scenario]\nextends = \"scenario.toml\"\n",
    )
    .unwrap();
    let said = problems(b"[scenario]\nextends = \"other.toml\"\n", dir.path());
    assert!(
        said.contains("circle") && said.contains("other.toml"),
        "{said}"
    );
}

#[test]
fn empty_file() {
    let dir = tempfile::tempdir().unwrap();
    let said = problems(b"", dir.path());
    assert!(said.contains("scenario.toml:1:1"), "{said}");
}

#[test]
fn binary_garbage() {
    let dir = tempfile::tempdir().unwrap();
    let said = problems(&[0, 159, 146, 150, 255, 1, 2, 3], dir.path());
    assert!(said.contains("scenario.toml:1:"), "{said}");
}
