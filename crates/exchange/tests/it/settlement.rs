//! Books kept to the micro-dollar.

use firesale_exchange::{Exchange, FeeSchedule};
use firesale_types::{Price, Qty, Rate, Side, UnitValue, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp, plain};

#[test]
fn fills_fees_and_profit_by_hand() {
    let mut config = plain(vec![perp("BTC", BTC)]);
    config.fees = FeeSchedule {
        maker: Rate::bps(-1),
        taker: Rate::bps(5),
        liquidation: Rate::ZERO,
    };
    let mut lab = Lab::new(config);
    let (a, b) = (lab.cross(10_000), lab.cross(10_000));
    lab.limit(a, 0, Side::Sell, 1000, 10);
    lab.market(b, Side::Buy, 10);
    lab.limit(a, 0, Side::Buy, 1010, 4);
    lab.market(b, Side::Sell, 4);
    // Rebates 1 + 0.404, fees 5 + 2.02; b made 40 on four, a lost it.
    assert_eq!(
        lab.exchange.balance(a, USD),
        Usd(10_000_000_000 + 1_404_000 - 40_000_000)
    );
    assert_eq!(
        lab.exchange.balance(b, USD),
        Usd(10_000_000_000 - 7_020_000 + 40_000_000)
    );
    assert_eq!(lab.exchange.balance(Exchange::FEES, USD), Usd(5_616_000));
    let position = lab.exchange.position(b, FIRST).unwrap();
    assert_eq!((position.qty, position.entry), (Qty(6), Price(1000)));
    assert_eq!(position.notional, Usd::dollars(6000));
    assert_eq!(position.maintenance, Usd::dollars(300));
    let counters = lab.exchange.counters(FIRST);
    assert_eq!((counters.trades, counters.traded), (2, 14_040_000_000));
    assert_eq!(counters.fees, 5_616_000);
}

#[test]
fn a_turn_closes_and_opens() {
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC)]));
    let (a, b) = (lab.isolated(10_000), lab.cross(1_000_000));
    lab.limit(b, 0, Side::Sell, 1000, 10);
    lab.market(a, Side::Buy, 10);
    lab.limit(b, 1, Side::Buy, 1100, 25);
    lab.market(a, Side::Sell, 25);
    let position = lab.exchange.position(a, FIRST).unwrap();
    // 1000 of profit; fifteen short at 1100 set 1650 aside.
    assert_eq!((position.qty, position.entry), (Qty(-15), Price(1100)));
    assert_eq!(position.margin, Usd::dollars(1650));
    assert_eq!(
        lab.exchange.balance(a, USD),
        Usd::dollars(10_000 + 1000 - 1650)
    );
}

#[test]
fn odd_splits_lose_no_micro_dollar() {
    let mut instrument = perp("BTC", BTC);
    instrument.unit = UnitValue(7);
    let mut lab = Lab::new(plain(vec![instrument]));
    let (a, b) = (lab.cross(1000), lab.cross(1000));
    for (price, qty) in [(997, 3), (1003, 7), (991, 11)] {
        lab.limit(a, 0, Side::Buy, price, qty);
        lab.market(b, Side::Sell, qty);
    }
    for qty in [5, 1, 8, 7] {
        lab.limit(a, 0, Side::Sell, 1009, qty);
        lab.market(b, Side::Buy, qty);
    }
    let bought = 7 * (997 * 3 + 1003 * 7 + 991 * 11);
    let sold = 7 * 1009 * 21;
    let start = Usd::dollars(1000).0;
    assert_eq!(lab.exchange.balance(a, USD), Usd(start + sold - bought));
    assert_eq!(lab.exchange.balance(b, USD), Usd(start - sold + bought));
}
