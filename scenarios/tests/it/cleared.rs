//! A cleared venue and portfolio accounts from a scenario's keys.

use crate::paper::{End, dollars, problems_of, run_example};
use firesale_types::Usd;

const CLEARED: &str = "venues.desk.clearing={ own_capital = 500, member_equity = 1, \
                       minimum_contribution = 0, initial_volatility = 0, floor = 0 }";

/// Case 1 of the document at a clearing house. Ben, short, is its only member: a rise of 30% costs
/// 30,000, 20,000 more than the initial margin of 10,000, so 20,000 of the 50,000 go into the fund.
/// Ann's 2,000 below zero: 500 of the house, 1,500 of the fund; no insurance fund, no bad debt.
#[test]
fn a_deficit_goes_down_the_waterfall() {
    let expected = End {
        equities: dollars([0, 36_000, 206_000]),
        bad_debt: Usd::ZERO,
        fund: Usd::ZERO,
        open_lots: 1000,
        liquidations: 1,
    };
    assert_eq!(run_example(&[CLEARED]), expected);
}

/// Ben with portfolio margin: moves of 12% need 12,000 of the 50,000, and later he is in profit.
/// Moves of 60% need 60,000: he is liquidated, too.
#[test]
fn a_portfolio_account_stands_on_the_grid() {
    let grid = "venues.desk.margin.portfolio={ shocks = [\"-12%\", \"12%\"], volatility = [1] }";
    let mode = "accounts.ben.margin_mode=\"portfolio\"";
    let end = run_example(&[grid, mode]);
    assert_eq!(end.equities, dollars([0, 56_000, 206_000]));
    let wide = "venues.desk.margin.portfolio={ shocks = [\"-60%\", \"60%\"], volatility = [1] }";
    assert_eq!(run_example(&[wide, mode]).liquidations, 2);
}

#[test]
fn wrong_keys_are_refused_with_their_place() {
    for (sets, words) in [
        (
            ["accounts.ben.margin_mode=\"portfolio\"", "scenario.seed=1"],
            "offers no portfolio margin",
        ),
        (
            ["accounts.ben.margin_mode=\"spam\"", "scenario.seed=1"],
            "portfolio",
        ),
        (
            [
                "venues.desk.margin.portfolio={ shock = [0.1] }",
                "scenario.seed=1",
            ],
            "expected keys",
        ),
        (
            [
                "venues.desk.margin.portfolio={ shocks = [0.1] }",
                "scenario.seed=1",
            ],
            "both directions",
        ),
        (
            [
                "venues.desk.margin.portfolio={ overrides = { X = [0.1] } }",
                "scenario.seed=1",
            ],
            "no instrument `X`",
        ),
        (
            [
                "venues.desk.margin.portfolio={ offsets = [{ bases = [\"BTC\", \"ETH\"], rate = 1 }] }",
                "scenario.seed=1",
            ],
            "no asset `ETH`",
        ),
        ([CLEARED, "venues.desk.insurance=5"], "default fund"),
        (
            [
                "venues.desk.clearing={ confidence = 0.95 }",
                "scenario.seed=1",
            ],
            "99%",
        ),
        (
            [
                "venues.desk.clearing={ auction = { bids = 1 } }",
                "scenario.seed=1",
            ],
            "expected keys",
        ),
    ] {
        let said = problems_of(&sets);
        assert!(said.contains(words), "{sets:?}: {said}");
    }
}
