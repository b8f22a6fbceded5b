//! Bitstamp's order events: the real files where they are, and small ones made by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use firesale_validation::replay::{
    Cause, Format, ReplayError, ReplayOptions, ReplayReport, TradeCounts, replay,
};

use crate::data;

fn real(name: &str, format: Format) -> Option<ReplayReport> {
    let report = replay(&data(name)?, format, &ReplayOptions::default()).unwrap();
    Some(report)
}

#[test]
fn fifteen_minutes_of_2026() {
    let Some(report) = real("bitstamp-l3-2026-first15min", Format::Bitstamp2026) else {
        return;
    };
    assert_eq!((report.rows, report.trades.published), (185_587, 144));
    assert!(report.identical_share() >= 0.99, "{report}");
    assert!(report.extra_share() <= 0.02, "{report}");
    assert_eq!(report.crossed, 0);
    assert_eq!(report.causes.get(&Cause::Unexplained), None, "{report}");
    let differences: u64 = report.causes.values().sum();
    assert_eq!(
        report.differences.len() as u64,
        differences,
        "all are listed"
    );
    let trades = report.trades;
    assert!(differences >= trades.missing + trades.extra);
    assert!(report.passed());
}

#[test]
fn five_hours_of_2015() {
    let Some(report) = real("bitstamp-l3-2015", Format::Bitstamp2015) else {
        return;
    };
    assert_eq!((report.rows, report.trades.published), (50_414, 570));
    assert!(report.identical_share() >= 0.99, "{report}");
    assert!(report.extra_share() <= 0.02, "{report}");
    assert_eq!(report.crossed, 0);
    assert!(report.passed());
}

const ORDERS_2026: &str = "id,timestamp,exchange_timestamp,price,volume,action,direction";
const ORDERS_2015: &str = "id,timestamp,exchange.timestamp,price,volume,action,direction";
const TRADES: &str =
    "trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side";

/// A directory with `orders.csv` and `trades.csv` of these rows; a row of an event is
/// `id time price volume action direction`.
fn by_hand(format: Format, orders: &str, trades: &str) -> Result<ReplayReport, ReplayError> {
    let dir = tempfile::tempdir().unwrap();
    let header = match format {
        Format::Bitstamp2015 => ORDERS_2015,
        _ => ORDERS_2026,
    };
    let mut text = format!("{header}\n");
    for row in orders.lines() {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let (id, time) = (fields[0], fields[1]);
        text += &format!("{id},{time},{time},{}\n", fields[2..].join(","));
    }
    fs::write(dir.path().join("orders.csv"), text).unwrap();
    let trades: String = trades
        .lines()
        .map(|row| row.replace(' ', ",") + "\n")
        .collect();
    fs::write(dir.path().join("trades.csv"), format!("{TRADES}\n{trades}")).unwrap();
    replay(dir.path(), format, &ReplayOptions::default())
}

/// Two asks, a bid that takes both and rests, a refused post-only order, a cancel.
const DAY: &str = "\
1 10 100.5 0.3 created ask
2 10 100.0 0.2 created ask
3 10 99.0 1.0 created bid
4 20 100.5 0.4 created bid
2 20 100.0 0.0 deleted ask
1 20 100.5 0.1 changed ask
4 20 100.5 0.0 deleted bid
5 30 100.5 0.7 created bid
5 30 100.5 0.7 deleted bid
3 40 99.0 1.0 deleted bid";

const DAY_TRADES: &str = "\
1 20 20 100.0 0.2 4 2 buy
2 20 20 100.5 0.2 4 1 buy";

#[test]
fn a_day_by_hand() {
    let report = by_hand(Format::Bitstamp2026, DAY, DAY_TRADES).unwrap();
    let trades = TradeCounts {
        published: 2,
        made: 2,
        identical: 2,
        ..TradeCounts::default()
    };
    assert_eq!(report.trades, trades, "{report}");
    assert_eq!(report.causes, BTreeMap::new());
    let refused = "post-only orders refused, as the exchange refused them";
    assert_eq!(report.counts.get(refused), Some(&1));
    assert_eq!(report.counts.get("cancels"), Some(&1));
}

#[test]
fn other_trades_are_differences() {
    let wrong = [
        ("1 20 20 100.0 0.2 4 2 buy\n2 20 20 100.5 0.3 4 1 buy", 1),
        ("1 20 20 100.0 0.2 4 2 buy\n2 20 20 100.4 0.2 4 1 buy", 1),
        ("1 20 20 100.0 0.2 4 2 buy\n2 20 20 100.5 0.2 9 1 buy", 1),
        ("1 20 20 100.0 0.2 4 2 sell\n2 20 20 100.5 0.2 4 1 buy", 1),
        ("1 20 20 100.0 0.2 4 2 buy", 1),
    ];
    for (trades, identical) in wrong {
        let report = by_hand(Format::Bitstamp2026, DAY, trades).unwrap();
        assert_eq!(report.trades.identical, identical, "{trades}: {report}");
        assert_eq!(report.trades.extra, 1);
        assert!(!report.causes.is_empty() && !report.passed());
    }
    let swapped = "1 20 20 100.5 0.2 4 1 buy\n2 20 20 100.0 0.2 4 2 buy";
    let report = by_hand(Format::Bitstamp2026, DAY, swapped).unwrap();
    assert_eq!((report.trades.identical, report.trades.reordered), (1, 1));
}

#[test]
fn a_day_by_hand_without_trades() {
    // The same in satoshi; order 4 shows both of its fills.
    let day = "\
1 10 100.5 30000000 created ask
2 10 100.0 20000000 created ask
3 10 99.0 100000000 created bid
4 20 100.5 40000000 created bid
2 20 100.0 0 deleted ask
4 20 100.5 20000000 changed bid
1 21 100.5 10000000 changed ask
4 21 100.5 0 deleted bid
3 40 99.0 100000000 deleted bid";
    let report = by_hand(Format::Bitstamp2015, day, "").unwrap();
    assert_eq!(
        (report.trades.published, report.trades.identical),
        (2, 2),
        "{report}"
    );
    assert!(report.passed());
}

#[test]
fn bad_rows_are_named() {
    let fails = |row: &str, trade: &str| {
        let orders = format!("1 10 100.5 0.3 created ask\n{row}");
        let error = by_hand(Format::Bitstamp2026, &orders, trade).unwrap_err();
        error.to_string()
    };
    for (row, expected) in [
        (
            "2 10 100.5 0.3 created left",
            "the direction \"left\" is not bid or ask",
        ),
        (
            "2 10 100.5 0.3 moved ask",
            "the action \"moved\" is not created",
        ),
        ("2 10 100.5 -0.3 created ask", "the volume is negative"),
        (
            "2 10 100.5 much created ask",
            "the volume \"much\" is not a number",
        ),
        (
            "2 10 100.505 0.3 created ask",
            "the price \"100.505\" is not a number with 2 decimals",
        ),
        (
            "x 10 100.5 0.3 created ask",
            "the id \"x\" is not a whole number",
        ),
        (
            "2 noon 100.5 0.3 created ask",
            "the exchange_timestamp \"noon\"",
        ),
        ("2 10 100.5 0.3 created", "6 fields where 7 are expected"),
    ] {
        let error = fails(row, "");
        assert!(
            error.contains("orders.csv:3: ") && error.contains(expected),
            "{error}"
        );
    }
    let error = fails("2 10 99.0 0.3 created bid", "1 20 20 100.0 0.2 4 2 up");
    assert!(
        error.contains("trades.csv:2: the side \"up\" is not buy or sell"),
        "{error}"
    );
    // The header of one form in the other.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("orders.csv"), ORDERS_2015).unwrap();
    let run = |format| replay(dir.path(), format, &ReplayOptions::default()).map(|_| ());
    let error = run(Format::Bitstamp2026).unwrap_err().to_string();
    assert!(error.contains("there is no trades.csv"), "{error}");
    fs::write(dir.path().join("trades.csv"), TRADES).unwrap();
    let error = run(Format::Bitstamp2026).unwrap_err().to_string();
    assert!(
        error.contains("orders.csv:1: ") && error.contains("exchange_timestamp"),
        "{error}"
    );
    let error = run(Format::Bitstamp2015).unwrap_err().to_string();
    assert!(error.ends_with("orders.csv: there are no rows"), "{error}");
}

#[test]
fn files_that_cannot_be_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["orders.csv.gz", "orders.csv.xz"] {
        let path: PathBuf = dir.path().join(name);
        fs::write(&path, "not packed at all").unwrap();
        let error = replay(&path, Format::Bitstamp2015, &ReplayOptions::default()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
