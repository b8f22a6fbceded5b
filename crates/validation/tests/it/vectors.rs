//! The readers of published vectors: the files beside the repository, and files made here.

use std::fs;
use std::path::Path;

use firesale_validation::{Engine, Report, Row, measure, suite};
use serde_json::{Value, json};

use crate::{beside, data};

const UNISWAP: &str = "uniswap-v3-vectors";
const STABLE: &str = "stableswap-vectors";

fn report(check: &str, data: &Path) -> Report {
    let check = suite().into_iter().find(|c| c.name == check).unwrap();
    measure(&check, &Engine::real().with_data(Some(data)))
}

fn row<'a>(report: &'a Report, name: &str) -> &'a Row {
    let found = report.rows.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("no row {name} in\n{report}"))
}

/// Where the folder is absent the test says so and is skipped; under continuous integration it must
/// be there.
#[test]
fn all_recorded_vectors_match_to_the_last_unit() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may ask where it runs; no result depends on it"
    )]
    let required = std::env::var("CI").is_ok();
    for (check, folder) in [("uniswap-v3", UNISWAP), ("stable-swap", STABLE)] {
        let there = data(folder).is_some();
        assert!(there || !required, "{folder} is needed and absent");
        let report = report(check, &beside());
        println!("{report}");
        assert_eq!(report.is_skipped(), !there);
        assert!(report.passes(), "{report}");
    }
}

/// A pool of the whole range at the price 1 with L = 10^18 and a fee of 0.3%: 1,000 in, of which 997
/// count: 997 / (1 + 997 / 10^18) out, 996 rounded down. A fee of 3 on 10^18 grows 3 * 2^128 / 10^18
/// = 1020847100762815390390 (rounded down).
fn uniswap_file(out: &str) -> Value {
    json!({
        "comment": "an unknown field",
        "pools": [{
            "description": "by hand",
            "fee_pips": 3_000,
            "tick_spacing": 60,
            "start_sqrt_price_x96": "79228162514264337593543950336",
            "positions": [[-887_220, 887_220, "1000000000000000000"]],
            "note": "another",
        }],
        "vectors": [{
            "pool": "by hand",
            "swap": {"zero_for_one": true, "amount_specified": 1_000, "description": "a thousand"},
            "expected": {
                "amount0Before": "1000000000000000000",
                "amount0Delta": "1000",
                "amount1Delta": out,
                "feeGrowthGlobal0X128Delta": "1020847100762815390390",
                "feeGrowthGlobal1X128Delta": "0",
                "executionPrice": "0.99600",
                "poolPriceBefore": "1.0000",
                "tickBefore": 0,
                "tickAfter": -1,
                "gas": 1,
            },
        }],
    })
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn files_of_any_name_are_read_and_mismatches_named() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join(UNISWAP);
    write(&folder, "good.json", &uniswap_file("-996").to_string());
    write(&folder, "other.json", "{\"name\": \"no vectors\"}");
    write(&folder, "README.md", "no JSON");
    let ticks = json!({"sqrt_ratio_at_tick": [
        {"tick": 0, "sqrt_price_x96": "79228162514264337593543950336"},
    ]});
    write(&folder, "ticks.json", &ticks.to_string());
    let good = report("uniswap-v3", directory.path());
    assert!(good.passes(), "{good}");
    assert_eq!(row(&good, "good.json: by hand").ours, 1.0);
    assert_eq!(row(&good, "ticks.json: sqrt_ratio_at_tick").ours, 1.0);
    let notes = &good.rows[0].notes;
    assert_eq!(notes, &["other.json: of no schema known here, left out"]);

    write(&folder, "wrong.json", &uniswap_file("-997").to_string());
    let wrong = report("uniswap-v3", directory.path());
    let named = &row(&wrong, "all: amounts").notes;
    let expected = "wrong.json: by hand: 0, a thousand: amounts -997, not -996";
    assert_eq!(named, &[expected]);
    assert!(row(&wrong, "good.json: by hand").passes());
    assert!(!row(&wrong, "wrong.json: by hand").passes());
    assert!(wrong.to_string().contains(expected), "{wrong}");
}

#[test]
fn what_cannot_be_read_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join(UNISWAP);
    write(&folder, "broken.json", "{\"pools\": [");
    let mut file = uniswap_file("-996");
    file["vectors"][0]["pool"] = json!("unheard of");
    write(&folder, "nameless.json", &file.to_string());
    let report = report("uniswap-v3", directory.path());
    assert!(!row(&report, "broken.json").passes());
    let nameless = row(&report, "nameless.json: unheard of");
    assert!(!nameless.passes());
    assert_eq!(nameless.notes, ["0, a thousand: its pool is not described"]);
}

#[test]
fn without_data_a_check_is_skipped_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    for check in ["uniswap-v3", "stable-swap"] {
        let report = report(check, directory.path());
        assert!(report.is_skipped() && report.passes());
        assert!(report.to_string().contains("skipped"), "{report}");
        let total = firesale_validation::total(&[report]);
        assert!(total.starts_with("skipped"), "{total}");
    }
    fs::create_dir(directory.path().join(STABLE)).unwrap();
    assert!(
        !report("stable-swap", directory.path()).passes(),
        "no files"
    );
}

/// Two coins at A = 100 in balance: D is the sum, a share is worth a dollar. One operation is right,
/// one wrong, one unknown; the one after the wrong one starts from what is recorded.
#[test]
fn operations_of_curve_are_compared_one_by_one() {
    let million = "1000000000000000000000000";
    let after = |lp: &str, half: &str| {
        json!({
            "op": "remove_liquidity", "lp_burned": "2000000000000000000",
            "balances_after": [half, half], "lp_after": lp, "D_after": lp,
            "virtual_price_after": "1000000000000000000",
        })
    };
    let first = after("1999998000000000000000000", "999999000000000000000000");
    let mut second = after("1999996000000000000000000", "999998000000000000000000");
    let third = after("1999994000000000000000000", "999997000000000000000000");
    second["virtual_price_after"] = json!("1000000000000000001");
    let file = json!([{
        "state": "by hand",
        "start": {
            "A": 100, "n": 2, "fee_1e10": 4_000_000, "admin_fee_1e10": "0",
            "rates": ["1000000000000000000", "1000000000000000000"],
            "balances": [million, million], "lp_total_supply": "2000000000000000000000000",
            "D": "2000000000000000000000000", "virtual_price": "1000000000000000000",
        },
        "ops": [first, second, third, {"op": "donate"}],
    }]);
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join(STABLE);
    write(&folder, "sequence.json", &file.to_string());
    let report = report("stable-swap", directory.path());
    let group = row(&report, "sequence.json: 0, by hand");
    assert_eq!((group.published, group.ours), (6.0, 3.0), "{report}");
    assert!(group.notes[0].starts_with("1, remove_liquidity: virtual price 1000000000000000001"));
    assert!(group.notes[1].contains("an operation donate is not known"));
}
