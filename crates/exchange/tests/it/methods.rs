//! How a position is offered to the book, step by step, by each method.

use firesale_exchange::{
    CancelFirst, LiquidationConfig, LiquidationLimit, LiquidationMethod, MarginTier, MarginTiers,
    Stage, VenueConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{AccountId, OrderId, Price, Qty, Rate, Side, SimDuration, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp, times};

/// One perpetual with two tiers: 1% maintenance up to 5,000 dollars at 50x, 5% above at 10x.
fn two_tiers(liquidation: LiquidationConfig) -> VenueConfig {
    let tier = |up_to, bps, leverage| MarginTier {
        up_to,
        maintenance: Rate::bps(bps),
        max_leverage: times(leverage),
    };
    let mut instrument = perp("BTC", BTC);
    instrument.tiers = MarginTiers::new(vec![
        tier(Usd::dollars(5_000), 100, 50),
        tier(Usd::MAX, 500, 10),
    ])
    .unwrap();
    VenueConfig {
        liquidation,
        ..VenueConfig::plain("methods", USD, vec![instrument])
    }
}

/// A long of 10 at 1000 with `cash` dollars, and the short that stands against it.
fn long_of_ten(config: VenueConfig, cash: i64) -> (Lab, AccountId) {
    let mut lab = Lab::new(config);
    let (long, short) = (lab.cross(cash), lab.cross(1_000_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    (lab, long)
}

fn with(method: LiquidationMethod) -> LiquidationConfig {
    LiquidationConfig {
        method,
        ..LiquidationConfig::default()
    }
}

#[test]
fn a_step_down_closes_down_to_the_tier_below() {
    let method = LiquidationMethod::StepDown {
        fill_or_kill: false,
        orders: 0,
    };
    let (mut lab, long) = long_of_ten(two_tiers(with(method)), 800);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 945, 100);
    // Notional 9,500 at 950, maintenance 9,500 * 5% - 5,000 * 4% = 275; equity 300: safe.
    lab.set_mark(FIRST, 950);
    assert!(!lab.exchange.in_liquidation(long));
    // At 945 it is 250 against 272.5. The tier below ends at 5,000: (9,450 - 5,000) / 945 = 4.7,
    // so five lots go. The rest, 4,725, needs 1%: 47.25 of 250.
    lab.set_mark(FIRST, 945);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 5, 945, Stage::Book)]);
    assert_eq!((lab.qty(long, FIRST), lab.equity(long)), (5, 250));
    assert!(!lab.exchange.in_liquidation(long));
}

#[test]
fn fill_or_kill_leaves_a_thin_book_alone() {
    for (fill_or_kill, sold) in [(false, 3), (true, 0)] {
        let method = LiquidationMethod::StepDown {
            fill_or_kill,
            orders: 1,
        };
        let mut config = two_tiers(with(method));
        config.insurance_fund = Usd::dollars(100_000);
        let (mut lab, long) = long_of_ten(config, 800);
        let buyer = lab.cross(100_000);
        lab.limit(buyer, 0, Side::Buy, 945, 3);
        lab.set_mark(FIRST, 945);
        lab.advance(1000);
        assert_eq!(lab.qty(long, FIRST), 10 - sold);
        // After its one order the fund takes the rest, where that is still in breach.
        lab.advance(1000);
        let taken = lab.closes().last().copied();
        let safe = lab.qty(long, FIRST) == 7 && !lab.exchange.in_liquidation(long);
        assert!(
            safe || matches!(taken, Some((_, _, _, Stage::Insurance))),
            "{taken:?}"
        );
    }
}

#[test]
fn an_auction_asks_less_with_time() {
    let method = LiquidationMethod::Auction {
        duration: SimDuration::secs(4),
    };
    let (mut lab, long) = long_of_ten(two_tiers(with(method)), 800);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 935, 100);
    // Equity 250 at 945: bankruptcy price 920, so it asks 939 (938.75 rounded for the seller)
    // after one second, 933 after two.
    lab.set_mark(FIRST, 945);
    lab.advance(1000);
    assert!(lab.closes().is_empty());
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 935, Stage::Book)]);
    assert_eq!(lab.equity(long), 150);
}

#[test]
fn equal_parts_over_time() {
    let method = LiquidationMethod::Twap {
        duration: SimDuration::secs(6),
        parts: 4,
    };
    let (mut lab, long) = long_of_ten(two_tiers(with(method)), 600);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 942, 100);
    // Equity 50 against 272.5.
    lab.set_mark(FIRST, 945);
    lab.advance(999);
    let mut left = Vec::new();
    for _ in 0..5 {
        lab.advance(if left.is_empty() { 1 } else { 2000 });
        left.push(lab.qty(long, FIRST));
    }
    // Ten in four parts, each rounded up: 3, 3, 2, 2. With four left equity is 32 against 37.8;
    // with two left it is 26 against 18.9, and they may stay.
    assert_eq!(left, [7, 4, 2, 2, 2]);
}

#[test]
fn a_bounded_order_may_go_beyond_bankruptcy_at_the_fund_s_expense() {
    let liquidation = LiquidationConfig {
        limit: LiquidationLimit::Bounded {
            spread: Rate::bps(15_000),
            adjustment: Rate::ONE,
        },
        ..LiquidationConfig::default()
    };
    let mut config = two_tiers(liquidation);
    config.instruments[0].tiers = MarginTiers::flat(Rate::bps(500), times(10)).unwrap();
    config.insurance_fund = Usd::dollars(1_000);
    let (mut lab, long) = long_of_ten(config, 600);
    let buyer = lab.cross(100_000);
    // Mark 950: equity 100 of 475, Q = 0.21053; limit 950 * (1 - 1.5 * 0.05 * 0.78947) = 893.75,
    // asked on the grid at 894 by a seller. The bankruptcy price is 940.
    lab.limit(buyer, 0, Side::Buy, 893, 4);
    lab.limit(buyer, 1, Side::Buy, 894, 10);
    lab.set_mark(FIRST, 950);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 894, Stage::Book)]);
    // It lost 1,060 and had 600: the fund pays 460.
    assert_eq!(lab.equity(long), 0);
    assert_eq!(lab.equity(firesale_exchange::Exchange::INSURANCE), 540);
}

#[test]
fn an_engine_at_its_limit_lets_breaches_wait_in_line() {
    let liquidation = LiquidationConfig {
        latency: SimDuration::ZERO,
        steps_per_second: 2,
        ..LiquidationConfig::default()
    };
    let mut lab = Lab::new(two_tiers(liquidation));
    let longs: Vec<AccountId> = (0..6).map(|_| lab.cross(700)).collect();
    let short = lab.cross(1_000_000);
    for &long in &longs {
        lab.seed(long, FIRST, 10, 1000);
    }
    lab.seed(short, FIRST, -60, 1000);
    let buyer = lab.cross(1_000_000);
    lab.limit(buyer, 0, Side::Buy, 940, 1000);
    lab.set_mark(FIRST, 940);
    let closed = |lab: &Lab| longs.iter().filter(|&&l| lab.qty(l, FIRST) == 0).count();
    let mut seen = Vec::new();
    for _ in 0..6 {
        lab.advance(500);
        seen.push(closed(&lab));
    }
    // One at once, then one every half second.
    assert_eq!(seen, [2, 3, 4, 5, 6, 6]);
}

#[test]
fn a_scanning_engine_acts_on_its_grid() {
    let liquidation = LiquidationConfig {
        latency: SimDuration::ZERO,
        scan_period: SimDuration::secs(6),
        ..LiquidationConfig::default()
    };
    let (mut lab, long) = long_of_ten(two_tiers(liquidation), 700);
    let buyer = lab.cross(1_000_000);
    lab.limit(buyer, 0, Side::Buy, 940, 1000);
    lab.advance(1500);
    lab.set_mark(FIRST, 940);
    lab.advance(4499);
    assert_eq!(lab.qty(long, FIRST), 10);
    lab.advance(1);
    assert_eq!(lab.qty(long, FIRST), 0);
}

#[test]
fn what_is_cancelled_first_is_a_rule() {
    for (cancel, left) in [
        (CancelFirst::All, [false, false]),
        (CancelFirst::Increasing, [false, true]),
        (CancelFirst::None, [true, true]),
    ] {
        let liquidation = LiquidationConfig {
            cancel,
            ..LiquidationConfig::default()
        };
        let (mut lab, long) = long_of_ten(two_tiers(liquidation), 1_200);
        lab.limit(long, 0, Side::Buy, 500, 1);
        let id = OrderId::new(long, 1, 0);
        let exit = OrderRequest::limit(id, Side::Sell, Price(1200), Qty(1));
        let reduce_only = OrderRequest {
            reduce_only: true,
            ..exit
        };
        lab.submit(FIRST, reduce_only);
        // Equity 250 against 252.5.
        lab.set_mark(FIRST, 905);
        lab.advance(1000);
        let open = [0, 1].map(|slot| lab.exchange.open_order(long, slot).is_some());
        assert_eq!(open, left, "{cancel:?}");
    }
}
