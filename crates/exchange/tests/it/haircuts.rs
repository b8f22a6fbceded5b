//! Haircuts by tier, by hand.

use firesale_exchange::{CollateralConfig, Exchange, ExchangeEvent, HaircutTier, VenueConfig};
use firesale_types::{Rate, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, USD, perp};

fn venue(tiers: &[(i64, i64)]) -> VenueConfig {
    let tier = |&(above, bps): &(i64, i64)| HaircutTier {
        above: Usd::dollars(above),
        haircut: Rate::bps(bps),
    };
    let collateral = CollateralConfig {
        tiers: tiers.iter().map(tier).collect(),
        ..CollateralConfig::new(ETH, Rate::bps(1_000), Usd::dollars(100))
    };
    VenueConfig {
        collateral: vec![collateral],
        ..VenueConfig::plain("haircuts", USD, vec![perp("BTC", BTC)])
    }
}

#[test]
fn each_part_counts_by_its_own_tier() {
    let mut lab = Lab::new(venue(&[(1_000, 2_500), (3_000, 6_000)]));
    let (one, four) = (lab.cross(0), lab.open(Default::default(), 4, 0));
    for account in [one, four] {
        lab.exchange.credit(account, ETH, Usd(40_000_000)).unwrap();
    }
    // 4,000 dollars: 1,000 at 90%, 2,000 at 75%, 1,000 at 40%.
    assert_eq!(lab.equity(one), 900 + 1_500 + 400);
    // Four accounts of 1,000 each: 90%.
    assert_eq!(lab.equity(four), 3_600);
    // At 50 dollars: 1,000 at 90%, 1,000 at 75%.
    let price = Usd::dollars(50);
    lab.apply(ExchangeEvent::IndexPrice { asset: ETH, price });
    assert_eq!(lab.equity(one), 900 + 750);
}

/// The index of breaches bounds a holding by its first tier, which falls fastest: nobody is missed.
#[test]
fn a_falling_price_is_noticed_to_the_cent() {
    let mut lab = Lab::new(venue(&[(1_000, 5_000)]));
    let (long, short) = (lab.cross(0), lab.cross(1_000_000));
    lab.exchange.credit(long, ETH, Usd(20_000_000)).unwrap();
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    // 2,000 dollars count as 1,400. Maintenance is 500: breach below 20 * p * 0.9 = 500 with all in
    // the first tier, so below 27.78.
    for cents in (2_700..10_000).rev().step_by(7) {
        let price = Usd(cents * 10_000);
        lab.apply(ExchangeEvent::IndexPrice { asset: ETH, price });
        assert_eq!(lab.exchange.in_liquidation(long), cents <= 2_777, "{cents}");
        if cents <= 2_777 {
            break;
        }
    }
}

#[test]
fn haircuts_must_rise() {
    let refused = |tiers: &[(i64, i64)]| Exchange::new(venue(tiers)).unwrap_err().to_string();
    assert!(refused(&[(1_000, 500)]).contains("do not rise"));
    assert!(refused(&[(1_000, 2_000), (900, 3_000)]).contains("do not rise"));
    assert!(refused(&[(1_000, 11_000)]).contains("do not rise"));
}
