//! The three cases of `docs/SCENARIOS.md` that a person computes on paper, from the text of the document
//! itself, and the same market from CSV files.

use std::fs;
use std::path::Path;

use firesale_exchange::Exchange;
use firesale_types::{AccountId, InstrumentId, Usd, VenueId};

use crate::lab::{load, simulation};

const ANN: u32 = 0;
const BEN: u32 = 1;
const CAT: u32 = 2;

/// The example of the document.
fn example() -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SCENARIOS.md");
    let text = fs::read_to_string(document).unwrap();
    let blocks = text.split("```toml\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    let found = blocks.find(|block| block.contains("name = \"by_hand\""));
    found.expect("the document holds the example").to_owned()
}

/// What is left at the end.
#[derive(Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) equities: [Usd; 3],
    pub(crate) bad_debt: Usd,
    pub(crate) fund: Usd,
    pub(crate) open_lots: i64,
    pub(crate) liquidations: usize,
}

fn run(file: &Path, overrides: &[&str]) -> End {
    let mut simulation = simulation(load(file.to_str().unwrap(), overrides), None);
    while simulation.step().unwrap() {}
    let exchange = simulation.venues().get(VenueId(0)).exchange();
    let equity = |n: u32| exchange.equity(AccountId(Exchange::SYSTEM_ACCOUNTS + n));
    End {
        equities: [equity(ANN), equity(BEN), equity(CAT)],
        bad_debt: Usd(i64::try_from(exchange.bad_debt()).unwrap()),
        fund: exchange.insurance_balance(),
        open_lots: exchange.open_interest(InstrumentId(0)).0,
        liquidations: exchange.liquidations().len(),
    }
}

pub(crate) fn run_example(overrides: &[&str]) -> End {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("by_hand.toml");
    fs::write(&file, example()).unwrap();
    run(&file, overrides)
}

pub(crate) fn dollars<const N: usize>(amounts: [i64; N]) -> [Usd; N] {
    amounts.map(Usd::dollars)
}

/// The problems of the example with overrides.
pub(crate) fn problems_of(overrides: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("by_hand.toml");
    fs::write(&file, example()).unwrap();
    match load(file.to_str().unwrap(), overrides) {
        Ok(_) => String::new(),
        Err(error) => error.render(false),
    }
}

/// Case 1: sold to the bid of 88,000, 2,000 below the bankruptcy price.
fn sold_below_bankruptcy() -> End {
    End {
        equities: dollars([0, 56_000, 206_000]),
        bad_debt: Usd::dollars(2_000),
        fund: Usd::dollars(-2_000),
        open_lots: 1000,
        liquidations: 1,
    }
}

#[test]
fn case_1_sold_below_the_bankruptcy_price() {
    assert_eq!(run_example(&[]), sold_below_bankruptcy());
}

#[test]
fn case_2_the_insurance_fund_takes_over() {
    let end = run_example(&["venues.desk.liquidation.limit=\"bankruptcy\""]);
    let expected = End {
        equities: dollars([0, 56_000, 200_000]),
        bad_debt: Usd::ZERO,
        fund: Usd::dollars(4_000),
        open_lots: 1000,
        liquidations: 1,
    };
    assert_eq!(end, expected);
}

#[test]
fn case_3_the_winner_is_deleveraged() {
    let end = run_example(&[
        "venues.desk.liquidation.limit=\"bankruptcy\"",
        "venues.desk.adl=\"queue\"",
        "script.0.price=88000",
    ]);
    let expected = End {
        equities: dollars([0, 60_000, 200_000]),
        bad_debt: Usd::ZERO,
        fund: Usd::ZERO,
        open_lots: 0,
        liquidations: 1,
    };
    assert_eq!(end, expected);
}

/// A mark of 94,737 is above the liquidation price of 94,736.84, one of 94,736 below.
#[test]
fn the_liquidation_price_is_exact() {
    assert_eq!(run_example(&["script.0.price=94737"]).liquidations, 0);
    assert_eq!(run_example(&["script.0.price=94736"]).liquidations, 1);
}

#[test]
fn the_same_market_from_csv_files() {
    let dir = tempfile::tempdir().unwrap();
    let market = example();
    let market = market.split("[[accounts]]").next().unwrap();
    let files = [
        (
            "accounts.csv",
            "id, venue, collateral, margin_mode, instrument, qty, entry, margin\n\
             # three people\n\
             ann, desk, 0, isolated, BTC-PERP, 1, 100_000, 10_000\n\
             ben, desk, 50_000, , BTC-PERP, -1, 100_000,\n\
             cat, desk, 200_000, , , , ,\n",
        ),
        (
            "orders.csv",
            "id,instrument,side,price,qty,account\nbid,BTC-PERP,buy,88_000,1,cat\n",
        ),
        (
            "script.csv",
            "at,op,instrument,price\n10s,set_mark,BTC-PERP,94_000\n",
        ),
    ];
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let keys = "accounts_file = \"accounts.csv\"\norders_file = \"orders.csv\"\nscript_file = \"script.csv\"\n";
    let file = dir.path().join("by_hand.toml");
    fs::write(&file, format!("{keys}{market}")).unwrap();
    assert_eq!(run(&file, &[]), sold_below_bankruptcy());
}

#[test]
fn a_broken_csv_row_is_shown_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("by_hand.toml");
    fs::write(
        &file,
        format!("accounts_file = \"more.csv\"\n{}", example()),
    )
    .unwrap();
    let problem = |csv: &str| {
        fs::write(dir.path().join("more.csv"), csv).unwrap();
        let error = load(file.to_str().unwrap(), &[]).unwrap_err();
        error.to_string()
    };
    let said = problem("id,venue,collateral\ndan,desk,1000\neve,dusk,1000\n");
    assert!(
        said.contains("more.csv:3:5") && said.contains("dusk"),
        "{said}"
    );
    let said = problem("id,venue,colateral\ndan,desk,1000\n");
    assert!(
        said.contains("more.csv:1:10") && said.contains("colateral"),
        "{said}"
    );
    let said = problem("id,venue,collateral\ndan,desk\n");
    assert!(
        said.contains("more.csv:2:1") && said.contains("2 cells"),
        "{said}"
    );
    let said = problem("id,venue,collateral\ndan,desk,a lot\n");
    assert!(said.contains("more.csv:2:10"), "{said}");
}
