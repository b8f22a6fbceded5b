//! Liquidation prices and the list of the largest positions.

use firesale_exchange::VenueConfig;
use firesale_types::{Price, Qty, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, USD, perp};

#[test]
fn liquidation_prices_are_where_liquidation_begins() {
    let instruments = vec![perp("BTC", BTC), perp("ETH", ETH)];
    let mut lab = Lab::new(VenueConfig::plain("shown", USD, instruments));
    let (long, short, other) = (lab.cross(2_000), lab.cross(4_000), lab.cross(1_000_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(long, SECOND, 3, 1000);
    lab.seed(short, FIRST, -20, 1000);
    lab.seed(other, FIRST, 10, 1000);
    lab.seed(other, SECOND, -3, 1000);
    // Long: equity 2,000 less maintenance 650 is 1,350; 1000 - 1350 / 10 / 0.95 = 857.9.
    assert_eq!(
        lab.exchange.liquidation_price(long, FIRST),
        Some(Price(857))
    );
    // Short: 4,000 less 1,000: 1000 + 3000 / 20 / 1.05 = 1142.9.
    assert_eq!(
        lab.exchange.liquidation_price(short, FIRST),
        Some(Price(1143))
    );
    assert_eq!(lab.exchange.liquidation_price(short, SECOND), None);
    // A million behind ten lots: no price leads there.
    assert_eq!(lab.exchange.liquidation_price(other, FIRST), None);
    lab.set_mark(FIRST, 858);
    assert!(!lab.exchange.in_liquidation(long));
    lab.set_mark(FIRST, 857);
    assert!(lab.exchange.in_liquidation(long));
}

#[test]
fn the_largest_come_first() {
    let mut lab = Lab::new(VenueConfig::plain("shown", USD, vec![perp("BTC", BTC)]));
    let accounts: Vec<_> = (0..6).map(|_| lab.cross(100_000)).collect();
    for (&account, qty) in accounts.iter().zip([5, -9, 4, 9, -5, -4]) {
        lab.seed(account, FIRST, qty, 1000);
    }
    let shown = lab.exchange.largest_positions(FIRST, 3);
    let found: Vec<_> = shown
        .iter()
        .map(|e| (e.account, e.qty, e.notional))
        .collect();
    let dollars = Usd::dollars;
    assert_eq!(
        found,
        [
            (accounts[1], Qty(-9), dollars(9_000)),
            (accounts[3], Qty(9), dollars(9_000)),
            (accounts[0], Qty(5), dollars(5_000)),
        ]
    );
    assert_eq!(lab.exchange.largest_positions(FIRST, 0).len(), 0);
    assert_eq!(lab.exchange.largest_positions(FIRST, 99).len(), 6);
}
