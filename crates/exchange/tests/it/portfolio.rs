//! Portfolio margin by hand, and what it saves when a basis opens.

use firesale_exchange::{
    AdlPolicy, BaseOffset, ConfigError, Exchange, MarginMode, PortfolioMargin, Refusal, Report,
    ShockOverride, VenueConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Rate, Side, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, perp, plain, times};

const THIRD: InstrumentId = InstrumentId(2);

/// Shocks of 15% either way, 2% on what is set off, at least 0.5%, initial 1.3 times maintenance.
fn rules() -> PortfolioMargin {
    PortfolioMargin {
        shocks: vec![Rate::bps(-1500), Rate::bps(1500)],
        volatility: vec![Rate::ONE],
        concentration: Rate::ZERO,
        basis: Rate::bps(200),
        ..PortfolioMargin::default()
    }
}

/// Two perpetuals on BTC and one on ETH, at 1000 dollars each; 5% maintenance by the tiers.
fn venue(rules: PortfolioMargin) -> VenueConfig {
    VenueConfig {
        portfolio: Some(rules),
        adl: AdlPolicy::Off,
        ..plain(vec![perp("A", BTC), perp("B", BTC), perp("E", ETH)])
    }
}

/// An account with positions at the marks; somebody rich has the other sides.
fn hold(lab: &mut Lab, mode: MarginMode, dollars: i64, lots: [i64; 3]) -> AccountId {
    let account = lab.open(mode, 1, dollars);
    let other = lab.cross(100_000_000);
    for (at, qty) in lots.into_iter().enumerate().filter(|(_, qty)| *qty != 0) {
        let instrument = InstrumentId(at as u16);
        let mark = lab.exchange.mark(instrument).0;
        lab.seed(account, instrument, qty, mark);
        lab.seed(other, instrument, -qty, mark);
    }
    account
}

/// Maintenance margin in dollars of these lots at 1000 dollars.
fn maintenance(rules: PortfolioMargin, lots: [i64; 3]) -> f64 {
    let mut lab = Lab::new(venue(rules));
    let account = hold(&mut lab, MarginMode::Portfolio, 1_000_000, lots);
    lab.exchange.maintenance(account).to_f64()
}

#[test]
fn the_worst_scenario_and_the_add_ons_by_hand() {
    // One leg: 15% of 10,000.
    assert_eq!(maintenance(rules(), [10, 0, 0]), 1500.0);
    assert_eq!(maintenance(rules(), [-10, 0, 0]), 1500.0);
    // Long 10, short 4 on one base: 15% of 6,000, and 2% of the 4,000 set off.
    assert_eq!(maintenance(rules(), [10, -4, 0]), 980.0);
    // Fully set off: 2% of 10,000 is above the minimum of 0.5% of 20,000.
    assert_eq!(maintenance(rules(), [10, -10, 0]), 200.0);
    let cheap = PortfolioMargin {
        basis: Rate::ZERO,
        ..rules()
    };
    assert_eq!(maintenance(cheap, [10, -10, 0]), 100.0);
    // Another base is never set off by itself: 1500 + 15% of 3,000.
    assert_eq!(maintenance(rules(), [10, 0, -3]), 1950.0);
    // 7% on what is above 12,000 of one base: 1500 * 2 + 0.07 * 8,000, ETH stays below.
    let concentrated = PortfolioMargin {
        concentration: Rate::bps(700),
        concentrated_above: Usd::dollars(12_000),
        ..rules()
    };
    assert_eq!(
        maintenance(concentrated, [20, 0, 3]),
        3000.0 + 560.0 + 450.0
    );
    let by_base = PortfolioMargin {
        concentration: Rate::bps(700),
        concentrated_above_by_base: vec![(ETH, Usd::dollars(1000))],
        ..rules()
    };
    assert_eq!(maintenance(by_base, [20, 0, 3]), 3000.0 + 450.0 + 140.0);
}

#[test]
fn volatility_shocks_widen_and_overrides_differ_by_hand() {
    let wide = PortfolioMargin {
        volatility: vec![Rate::ONE, Rate::bps(14_000)],
        ..rules()
    };
    assert_eq!(maintenance(wide.clone(), [10, 0, 0]), 2100.0);
    // B falls by 10% only where A falls by 15%, and rises by 15% with it: long A and short B loses
    // 10,000 * (21% - 14%), beside 2% of 10,000.
    let own = PortfolioMargin {
        overrides: vec![ShockOverride {
            symbol: "B".to_owned(),
            shocks: vec![Rate::bps(-1000), Rate::bps(1500)],
        }],
        ..wide
    };
    assert_eq!(maintenance(own.clone(), [10, -10, 0]), 900.0);
    // The other way round it never loses, and needs the basis add-on.
    assert_eq!(maintenance(own, [-10, 10, 0]), 200.0);
}

#[test]
fn correlated_bases_by_hand() {
    let offset = PortfolioMargin {
        offsets: vec![BaseOffset {
            bases: vec![BTC, ETH],
            rate: Rate::bps(8000),
        }],
        ..rules()
    };
    // Apart 1500 + 900, together 15% of 4,000 = 600: 2400 - 0.8 * 1800.
    assert_eq!(maintenance(offset.clone(), [10, 0, -6]), 960.0);
    // Two longs save nothing.
    assert_eq!(maintenance(offset, [10, 0, 6]), 2400.0);
}

/// A hedged book: long 10 A, short 10 B, both BTC at 1000 dollars, 250 dollars of equity.
///
/// Cross margin wants 5% of each leg: 1,000 dollars; an account of 1,250 would do. Portfolio margin
/// wants 2% of 10,000, set off: 200. When B gaps to 1060 (the basis opens by 6%) the book loses
/// 600: the account of 1,250 has 650 left, below the 1,030 it needs, and is closed without a debt.
/// The account of 250 is 350 below zero. The 350 are missing because 1,000 dollars less of margin
/// was held: what portfolio margin saved.
#[test]
fn what_it_saves_is_missing_when_the_basis_opens() {
    let outcome = |mode, dollars| {
        let mut lab = Lab::new(venue(rules()));
        let account = hold(&mut lab, mode, dollars, [10, -10, 0]);
        lab.set_mark(FIRST, 1001);
        lab.set_mark(FIRST, 1000);
        let needed = lab.exchange.maintenance(account);
        let before = lab.exchange.liquidations().len();
        lab.set_mark(SECOND, 1060);
        lab.advance(10_000);
        let closed = lab.exchange.liquidations().len() - before;
        let left = lab.exchange.equity(Exchange::INSURANCE);
        (
            needed.to_f64(),
            closed,
            lab.exchange.bad_debt(),
            left.to_f64(),
        )
    };
    let cross = outcome(MarginMode::Cross, 1250);
    // Nobody trades: after three orders the fund takes the book over with its margin.
    assert_eq!(cross, (1000.0, 1, 0, 650.0));
    let portfolio = outcome(MarginMode::Portfolio, 250);
    assert_eq!(portfolio, (200.0, 1, 350_000_000, -350.0));
}

#[test]
fn open_orders_that_undo_a_hedge_are_margined() {
    let mut lab = Lab::new(venue(rules()));
    let account = hold(&mut lab, MarginMode::Portfolio, 1000, [10, -10, 0]);
    // Initial margin is 1.3 * 200.
    assert_eq!(lab.exchange.free_margin(account), Usd::dollars(740));
    // Buying 4 of the short leg back would leave 4 unhedged, 15% of 4,000. Unfilled, 10,000 stay
    // set off. Both are counted: 1.3 * (600 + 200) = 1040.
    let buy = |qty| OrderRequest::limit(OrderId::new(account, 0, 1), Side::Buy, Price(1000), qty);
    lab.submit(SECOND, buy(Qty(4)));
    let refused = |lab: &Lab| {
        matches!(
            lab.last_report(account),
            Some(Report::Refused {
                why: Refusal::InsufficientMargin,
                ..
            })
        )
    };
    assert!(refused(&lab));
    // 2 of them: 1.3 * (300 + 200) = 650.
    lab.submit(SECOND, buy(Qty(2)));
    assert_eq!(lab.exchange.free_margin(account), Usd::dollars(350));
    // A reduce-only order is no way around it.
    let mut reduce =
        OrderRequest::limit(OrderId::new(account, 1, 1), Side::Sell, Price(1000), Qty(5));
    reduce.reduce_only = true;
    lab.submit(FIRST, reduce);
    assert!(refused(&lab));
    // Selling one of the long leg and buying back the short one together stay hedged, but fills
    // come one by one: one lot passes.
    reduce.qty = Qty(1);
    lab.submit(FIRST, reduce);
    assert_eq!(
        lab.exchange.open_order(account, 1).map(|o| o.qty),
        Some(Qty(1))
    );
}

#[test]
fn the_leg_that_needs_most_is_closed_first() {
    let mut lab = Lab::new(venue(rules()));
    // E is naked (15% of 3,000), A is worth more but hedged by B.
    let account = hold(&mut lab, MarginMode::Portfolio, 700, [10, -10, 3]);
    let buyer = lab.cross(1_000_000);
    let bid = OrderRequest::limit(OrderId::new(buyer, 0, 0), Side::Buy, Price(970), Qty(3));
    lab.submit(THIRD, bid);
    assert_eq!(lab.exchange.maintenance(account), Usd::dollars(650));
    lab.set_mark(THIRD, 975);
    lab.advance(1000);
    // Equity 625 against 200 + 15% of 2,925. Sold at 970 it keeps 610 and needs 200.
    assert_eq!(lab.qty(account, THIRD), 0);
    assert_eq!(lab.qty(account, FIRST), 10);
    assert_eq!(lab.equity(account), 610);
    assert!(!lab.exchange.in_liquidation(account));
}

#[test]
fn tiers_still_bound_the_notional() {
    let tiers = firesale_exchange::MarginTiers::new(vec![firesale_exchange::MarginTier {
        up_to: Usd::dollars(20_000),
        maintenance: Rate::bps(500),
        max_leverage: times(10),
    }]);
    let mut config = venue(rules());
    config.instruments[0].tiers = tiers.unwrap();
    let mut lab = Lab::new(config);
    let account = lab.open(MarginMode::Portfolio, 1, 1_000_000);
    lab.limit(account, 0, Side::Buy, 1000, 21);
    assert!(matches!(
        lab.last_report(account),
        Some(Report::Refused { .. })
    ));
    lab.limit(account, 0, Side::Buy, 1000, 20);
    assert!(lab.exchange.open_order(account, 0).is_some());
}

#[test]
fn without_a_grid_it_is_cross() {
    let mut lab = Lab::new(plain(vec![perp("A", BTC)]));
    let account = lab.open(MarginMode::Portfolio, 1, 1000);
    assert_eq!(lab.exchange.margin_mode(account), MarginMode::Cross);
}

#[test]
fn wrong_grids_are_refused() {
    let refused = |change: fn(&mut PortfolioMargin)| {
        let mut wrong = rules();
        change(&mut wrong);
        matches!(Exchange::new(venue(wrong)), Err(ConfigError::Venue { .. }))
    };
    assert!(!refused(|_| ()));
    assert!(refused(|r| r.shocks.clear()));
    assert!(refused(|r| r.shocks = vec![Rate::bps(-1500)]));
    assert!(refused(|r| r.shocks[0] = Rate::bps(-9900)));
    assert!(refused(|r| r.shocks[0] = Rate(i64::MIN + 1)));
    assert!(refused(|r| r.volatility.clear()));
    assert!(refused(|r| r.volatility = vec![Rate::ZERO]));
    assert!(refused(|r| r.volatility = vec![times(7)]));
    assert!(refused(|r| r.basis = Rate::bps(-1)));
    assert!(refused(|r| r.minimum = times(2)));
    assert!(refused(|r| r.concentrated_above = Usd(-1)));
    assert!(refused(|r| r.initial = Rate::bps(9999)));
    assert!(refused(|r| r.overrides = vec![ShockOverride {
        symbol: "X".to_owned(),
        shocks: r.shocks.clone(),
    }]));
    assert!(refused(|r| r.overrides = vec![ShockOverride {
        symbol: "A".to_owned(),
        shocks: vec![Rate::bps(-100), Rate::bps(100), Rate::bps(200)],
    }]));
    let offset = |bases: &[_]| BaseOffset {
        bases: bases.to_vec(),
        rate: Rate::bps(5000),
    };
    let with = |offsets: Vec<BaseOffset>| {
        let wrong = PortfolioMargin { offsets, ..rules() };
        Exchange::new(venue(wrong)).is_err()
    };
    assert!(!with(vec![offset(&[BTC, ETH])]));
    assert!(with(vec![offset(&[BTC])]));
    assert!(with(vec![offset(&[BTC, ETH]), offset(&[ETH, BTC])]));
}
