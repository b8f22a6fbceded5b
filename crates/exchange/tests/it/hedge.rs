//! Hedge mode where a figure needs more than a line of a case (`tests/cases/hedge.txt`).

use firesale_exchange::{
    AdlPolicy, Exchange, Leg, LossSharing, MarginMode, MarginRules, PositionKey, PositionMode,
    Report,
};
use firesale_types::{AccountId, Price, Qty, Rate, Usd};

use crate::index::stream;
use crate::lab::{BTC, FIRST, Lab, perp, plain};

const LONG: PositionKey = PositionKey::new(FIRST, Leg::Long);

fn hedged(lab: &mut Lab, mode: MarginMode, dollars: i64) -> AccountId {
    lab.open_in(PositionMode::Hedge, mode, 1, dollars)
}

/// The mark nearest to 1000 at which 100 times equity is below 5 times the gross notional, found by
/// going outward tick by tick, down before up.
fn naive(cash: i64, long: i64, short: i64) -> Option<i64> {
    let breach = |mark: i64| {
        let equity = cash + (long - short) * (mark - 1000);
        100 * equity < 5 * (long + short) * mark
    };
    let outward = (1..60_000).flat_map(|away| [1000 - away, 1000 + away]);
    outward.filter(|mark| *mark >= 1).find(|&mark| breach(mark))
}

#[test]
fn the_liquidation_price_of_two_legs_is_the_nearer_of_both() {
    let mut rng = stream(11);
    let (mut below, mut above, mut none) = (0, 0, 0);
    for _ in 0..300 {
        let (long, short) = (1 + rng.below(40) as i64, 1 + rng.below(40) as i64);
        let cash = 50 * (long + short) + rng.below(40_000) as i64;
        let mut lab = Lab::new(plain(vec![perp("BTC", BTC)]));
        let both = hedged(&mut lab, MarginMode::Cross, cash);
        let other = lab.cross(10_000_000);
        lab.seed(both, FIRST, long, 1000);
        lab.seed(both, FIRST, -short, 1000);
        if long != short {
            lab.seed(other, FIRST, short - long, 1000);
        }
        let found = lab.exchange.liquidation_price(both, LONG);
        let expected = naive(cash, long, short);
        match expected {
            Some(mark) => assert_eq!(found, Some(Price(mark)), "{cash} {long} {short}"),
            None => assert!(found.is_none_or(|mark| mark.0 >= 60_000)),
        }
        below += usize::from(expected.is_some_and(|mark| mark < 1000));
        above += usize::from(expected.is_some_and(|mark| mark > 1000));
        none += usize::from(expected.is_none());
        // There liquidation begins, and not a tick before.
        if let Some(mark) = expected {
            lab.set_mark(FIRST, mark - (mark - 1000).signum());
            assert!(!lab.exchange.in_liquidation(both));
            lab.set_mark(FIRST, mark);
            assert!(lab.exchange.in_liquidation(both));
        }
    }
    assert!(below >= 40 && above >= 40, "{below} {above} {none}");
}

/// Bob's 10 lots leave a deficit of 500 at 900. Hal's isolated short leg has won 1,000, whatever his
/// long leg has lost; Dan's legs share their equity and have won 500 together.
#[test]
fn a_shared_loss_is_borne_by_isolated_legs_apart_and_by_others_together() {
    let mut rules = plain(vec![perp("BTC", BTC)]);
    rules.adl = AdlPolicy::Off;
    rules.insurance.sharing = LossSharing::Socialised;
    let mut lab = Lab::new(rules);
    let hal = hedged(&mut lab, MarginMode::Isolated, 0);
    let dan = hedged(&mut lab, MarginMode::Cross, 10_000);
    let bob = lab.cross(500);
    let margin = Some(Usd::dollars(1000));
    for qty in [5, -10] {
        let seeded = lab
            .exchange
            .seed_position(hal, FIRST, Qty(qty), Price(1000), margin);
        seeded.unwrap();
        lab.seed(dan, FIRST, qty, 1000);
    }
    lab.seed(bob, FIRST, 10, 1000);
    lab.set_mark(FIRST, 900);
    lab.advance(1000);
    let charged = |account| {
        let mine = lab.reports.iter().filter(|(to, _)| *to == account);
        let amounts = mine.filter_map(|(_, report)| match report {
            Report::LossShared { amount, .. } => Some(amount.0),
            _ => None,
        });
        amounts.collect::<Vec<_>>()
    };
    assert_eq!(charged(hal), [333_333_333]);
    assert_eq!(charged(dan), [166_666_667]);
    let leg = |leg| lab.exchange.leg(hal, PositionKey::new(FIRST, leg)).unwrap();
    assert_eq!(leg(Leg::Short).margin, Usd(666_666_667));
    assert_eq!(leg(Leg::Long).margin, Usd::dollars(1000));
}

#[test]
fn what_may_not_leave_is_a_part() {
    for (floor, fine) in [(-1, false), (0, true), (10_000, true), (10_001, false)] {
        let mut rules = plain(vec![perp("BTC", BTC)]);
        rules.margin_rules = MarginRules {
            transfer_floor: Rate::bps(floor),
            ..MarginRules::default()
        };
        assert_eq!(Exchange::new(rules).is_ok(), fine, "{floor}");
    }
}

#[test]
fn each_leg_is_shown_and_ranked_by_itself() {
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC)]));
    let hal = hedged(&mut lab, MarginMode::Cross, 50_000);
    let mia = lab.cross(50_000);
    lab.seed(hal, FIRST, 7, 1000);
    lab.seed(hal, FIRST, -9, 1000);
    lab.seed(mia, FIRST, 2, 1000);
    let shown = lab.exchange.largest_positions(FIRST, 9);
    let sizes: Vec<_> = shown.iter().map(|e| (e.account, e.qty.0)).collect();
    assert_eq!(sizes, [(hal, -9), (hal, 7), (mia, 2)]);
    // Agents see the larger leg, and the sum.
    assert_eq!(lab.exchange.position(hal, FIRST).unwrap().qty, Qty(-9));
    assert_eq!(lab.exchange.position_qty(hal, FIRST), Qty(-2));
    let longs = lab
        .exchange
        .adl_candidates(FIRST, firesale_types::Side::Buy);
    let of: Vec<_> = longs.iter().map(|c| (c.account, c.lots.0)).collect();
    assert_eq!(of, [(hal, 7), (mia, 2)]);
}
