//! Every stage by hand. One tick times one lot is a dollar, maintenance 5%.

use firesale_exchange::{
    AdlPolicy, Exchange, ExchangeEvent, LiquidationLimit, MarginMode, MarginTiers, Report, Stage,
    VenueConfig, VenueRecord,
};
use firesale_matching::OrderRequest;
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Rate, Side, UnitValue, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, perp, plain, times, vault};

/// A long of 10 lots at 1000 with 1000 dollars, against a rich short.
fn long_of_ten(config: VenueConfig) -> (Lab, AccountId, AccountId) {
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    let short = lab.cross(100_000);
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.exchange.check_genesis().unwrap();
    (lab, long, short)
}

fn one_perp() -> VenueConfig {
    plain(vec![perp("BTC", BTC)])
}

/// p0 = 100 dollars in ticks of 0.0001: the published closed forms, through the whole engine.
#[test]
fn published_liquidation_prices() {
    let cases = [
        (50, 10, Side::Buy, 904_523),
        (50, 10, Side::Sell, 1_094_527),
        (50, 20, Side::Buy, 954_774),
        (40, 50, Side::Buy, 983_936),
    ];
    for (maintenance_bps, leverage, side, last_safe) in cases {
        let mut instrument = perp("BTC", BTC);
        instrument.unit = UnitValue(100);
        instrument.initial_price = Price(1_000_000);
        instrument.tiers = MarginTiers::flat(Rate::bps(maintenance_bps), times(100)).unwrap();
        let mut lab = Lab::new(plain(vec![instrument]));
        let trader = lab.isolated(10_000);
        let other = lab.cross(1_000_000);
        lab.exchange
            .set_leverage(trader, FIRST, times(leverage))
            .unwrap();
        lab.limit(other, 0, side.opposite(), 1_000_000, 1000);
        lab.market(trader, side, 10);
        let position = lab.exchange.position(trader, FIRST).unwrap();
        assert_eq!(position.margin, Usd(1_000_000_000 / leverage));
        let cash = lab.exchange.balance(trader, crate::lab::USD);
        assert_eq!(cash, Usd(10_000_000_000 - 1_000_000_000 / leverage));
        lab.set_mark(FIRST, last_safe);
        assert!(!lab.exchange.in_liquidation(trader), "{leverage}x {side:?}");
        lab.set_mark(FIRST, last_safe - side.sign());
        assert!(lab.exchange.in_liquidation(trader), "{leverage}x {side:?}");
    }
}

#[test]
fn the_book_comes_first_and_ends_it_when_margin_is_restored() {
    let (mut lab, long, _) = long_of_ten(one_perp());
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 935, 5);
    lab.limit(buyer, 1, Side::Buy, 880, 5);
    lab.limit(long, 0, Side::Sell, 1100, 1);
    // Equity 400, maintenance 470: bankruptcy price 900.
    lab.set_mark(FIRST, 940);
    assert!(lab.exchange.in_liquidation(long));
    let request = OrderRequest::limit(OrderId::new(long, 1, 0), Side::Sell, Price(935), Qty(1));
    lab.submit(FIRST, request);
    let refused = lab.last_report(long);
    assert!(matches!(refused, Some(Report::Refused { why, .. })
        if why == firesale_exchange::Refusal::InLiquidation));
    lab.advance(999);
    assert_eq!(lab.qty(long, FIRST), 10);
    lab.advance(1);
    // Five sold at 935, none at 880; its own order was cancelled. Equity 375, maintenance 235.
    assert_eq!(lab.closes(), [(long, 5, 935, Stage::Book)]);
    assert_eq!((lab.qty(long, FIRST), lab.equity(long)), (5, 375));
    assert!(!lab.exchange.in_liquidation(long));
    assert!(lab.exchange.open_order(long, 0).is_none());
    assert_eq!(lab.exchange.book(FIRST).len(), 1);
    let VenueRecord::Liquidation {
        mark,
        bankruptcy_price,
        side,
        ..
    } = lab
        .records
        .iter()
        .find(|r| matches!(r, VenueRecord::Liquidation { .. }))
        .unwrap()
    else {
        unreachable!()
    };
    assert_eq!((mark.0, bankruptcy_price.0, *side), (940, 900, Side::Buy));
}

#[test]
fn recovery_before_the_first_step_ends_it() {
    let (mut lab, long, _) = long_of_ten(one_perp());
    lab.set_mark(FIRST, 940);
    lab.set_mark(FIRST, 990);
    assert!(lab.exchange.in_liquidation(long));
    lab.advance(1000);
    assert!(!lab.exchange.in_liquidation(long) && lab.closes().is_empty());
    // And it is watched again: 947 is safe (470 against 473.5 is not).
    lab.set_mark(FIRST, 948);
    assert!(!lab.exchange.in_liquidation(long));
    lab.set_mark(FIRST, 947);
    assert!(lab.exchange.in_liquidation(long));
}

#[test]
fn large_positions_go_in_parts_with_a_cooldown() {
    let mut config = one_perp();
    config.liquidation.partial_above = Usd::dollars(100_000);
    let mut lab = Lab::new(config);
    let long = lab.cross(30_000);
    let short = lab.cross(10_000_000);
    lab.seed(long, FIRST, 500, 1000);
    lab.seed(short, FIRST, -500, 1000);
    let buyer = lab.cross(10_000_000);
    lab.limit(buyer, 0, Side::Buy, 989, 100_000);
    // 24,500 against 24,725: a fifth is sold at the mark, then 24,500 against 19,780.
    lab.set_mark(FIRST, 989);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 100, 989, Stage::Book)]);
    assert!(!lab.exchange.in_liquidation(long));
    // Within thirty seconds the next order is whole: 18,900 against 19,500.
    lab.limit(buyer, 1, Side::Buy, 990, 5);
    lab.set_mark(FIRST, 975);
    lab.advance(1000);
    assert_eq!(lab.qty(long, FIRST), 0);
    assert_eq!(lab.closes().len(), 3);
}

#[test]
fn after_the_cooldown_parts_are_possible_again() {
    let mut config = one_perp();
    config.liquidation.partial_above = Usd::dollars(100_000);
    let mut lab = Lab::new(config);
    let long = lab.cross(30_000);
    let short = lab.cross(10_000_000);
    lab.seed(long, FIRST, 500, 1000);
    lab.seed(short, FIRST, -500, 1000);
    let buyer = lab.cross(10_000_000);
    lab.limit(buyer, 0, Side::Buy, 989, 100_000);
    lab.set_mark(FIRST, 989);
    lab.advance(31_001);
    lab.set_mark(FIRST, 975);
    lab.advance(1000);
    assert_eq!(lab.qty(long, FIRST), 320);
}

#[test]
fn the_vault_takes_over_below_its_threshold() {
    let mut config = one_perp();
    config.backstop = Some(vault(100_000));
    let (mut lab, long, _) = long_of_ten(config);
    // 200 against 460, two thirds of which are 306.7.
    lab.set_mark(FIRST, 920);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Backstop)]);
    assert_eq!((lab.equity(long), lab.qty(long, FIRST)), (0, 0));
    assert_eq!(lab.qty(Exchange::BACKSTOP, FIRST), 10);
    assert_eq!(lab.exchange.backstop_equity(), Usd::dollars(100_200));
    assert!(lab.bad_debts().is_empty());
}

#[test]
fn a_full_vault_leaves_it_to_the_book() {
    let mut config = one_perp();
    // 2x of 4000 in one instrument is less than 9200.
    config.backstop = Some(vault(4000));
    let (mut lab, long, _) = long_of_ten(config);
    lab.set_mark(FIRST, 920);
    lab.advance(5000);
    assert_eq!(lab.qty(long, FIRST), 10);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 905, 20);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 905, Stage::Book)]);
    assert_eq!(lab.equity(long), 50);
}

#[test]
fn the_fund_takes_a_bankrupt_position_that_it_can_carry() {
    let mut config = one_perp();
    config.insurance_fund = Usd::dollars(1000);
    let (mut lab, long, _) = long_of_ten(config);
    // Equity -100 at 890: bankruptcy price 900.
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Insurance)]);
    assert_eq!((lab.equity(long), lab.qty(long, FIRST)), (0, 0));
    assert_eq!(lab.qty(Exchange::INSURANCE, FIRST), 10);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(900));
    assert!(lab.bad_debts().is_empty());
}

#[test]
fn the_fund_takes_over_when_the_book_has_failed_often_enough() {
    let mut config = one_perp();
    config.insurance_fund = Usd::dollars(1000);
    let (mut lab, long, _) = long_of_ten(config);
    lab.set_mark(FIRST, 940);
    lab.advance(3000);
    assert!(lab.closes().is_empty());
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Insurance)]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(1400));
}

#[test]
fn without_a_vault_winners_are_closed_at_the_bankruptcy_price() {
    let (mut lab, long, short) = long_of_ten(one_perp());
    lab.set_mark(FIRST, 950);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Adl)]);
    assert_eq!((lab.equity(long), lab.equity(short)), (0, 101_000));
    assert_eq!(lab.exchange.open_interest(FIRST), Qty(0));
    let told = lab.last_report(short);
    let (qty, price) = (Qty(10), Price(900));
    assert_eq!(
        told,
        Some(Report::Deleveraged {
            instrument: FIRST,
            qty,
            price
        })
    );
}

#[test]
fn with_a_vault_they_are_closed_at_the_previous_mark() {
    let mut config = one_perp();
    config.backstop = Some(vault(0));
    let (mut lab, long, short) = long_of_ten(config);
    lab.set_mark(FIRST, 950);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 950, Stage::Adl)]);
    assert_eq!((lab.equity(long), lab.equity(short)), (500, 100_500));
    // When the previous mark would leave a deficit the bankruptcy price is better.
    let mut config = one_perp();
    config.backstop = Some(vault(0));
    let (mut lab, long, _) = long_of_ten(config);
    lab.set_mark(FIRST, 890);
    lab.set_mark(FIRST, 880);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Adl)]);
    assert_eq!(lab.equity(long), 0);
}

/// Three shorts: the score is entry / mark times leverage.
fn three_shorts(config: VenueConfig) -> (Lab, AccountId, [AccountId; 3]) {
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    let [poor, rich, late] = [lab.cross(2000), lab.cross(100_000), lab.cross(2000)];
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(poor, FIRST, -4, 1100);
    lab.seed(rich, FIRST, -6, 1100);
    lab.seed(late, FIRST, -3, 880);
    let other = lab.cross(100_000);
    lab.seed(other, FIRST, 3, 880);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    (lab, long, [poor, rich, late])
}

#[test]
fn the_queue_goes_by_profit_and_leverage() {
    let (lab, _, shorts) = three_shorts(one_perp());
    // poor: 4400/(2000 + 840); late: 2640/(2000 - 30); rich: 6600/(100,000 + ...).
    let left = shorts.map(|short| lab.qty(short, FIRST));
    assert_eq!(left, [0, -3, 0]);
    let in_profit: Vec<bool> = lab
        .records
        .iter()
        .filter_map(|record| match record {
            VenueRecord::Adl { in_profit, .. } => Some(*in_profit),
            _ => None,
        })
        .collect();
    assert_eq!(in_profit, [true, false, true]);
}

#[test]
fn pro_rata_spares_those_in_loss() {
    let mut config = one_perp();
    config.adl = AdlPolicy::ProRata;
    let (lab, _, shorts) = three_shorts(config);
    let left = shorts.map(|short| lab.qty(short, FIRST));
    assert_eq!(left, [0, 0, -3]);
}

#[test]
fn a_burst_goes_down_one_ranking() {
    let mut lab = Lab::new(one_perp());
    let longs: Vec<AccountId> = (0..20).map(|_| lab.cross(1000)).collect();
    for &long in &longs {
        lab.seed(long, FIRST, 10, 1000);
    }
    let shorts: Vec<AccountId> = (0..40).map(|n| lab.cross(10_000 + 100 * n)).collect();
    for &short in &shorts {
        lab.seed(short, FIRST, -5, 1000);
    }
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes().len(), 20);
    assert_eq!(lab.exchange.open_interest(FIRST), Qty(0));
    // The least capital per position first: in the order of the accounts.
    let order: Vec<AccountId> = lab
        .records
        .iter()
        .filter_map(|record| match record {
            VenueRecord::Adl { counterparty, .. } => Some(*counterparty),
            _ => None,
        })
        .collect();
    assert_eq!(order, shorts);
}

#[test]
fn without_adl_the_fund_goes_below_zero() {
    let mut config = one_perp();
    config.adl = AdlPolicy::Off;
    let (mut lab, long, short) = long_of_ten(config);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Insurance)]);
    assert_eq!(lab.bad_debts(), [(long, 100_000_000)]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(-100));
    assert_eq!((lab.equity(long), lab.equity(short)), (0, 101_100));
    assert_eq!(lab.exchange.bad_debt(), 100_000_000);
}

#[test]
fn slippage_beyond_bankruptcy_is_bad_debt() {
    let mut config = one_perp();
    config.liquidation.limit = LiquidationLimit::None;
    config.insurance_fund = Usd::dollars(800);
    let (mut lab, long, _) = long_of_ten(config);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 850, 10);
    lab.set_mark(FIRST, 940);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 850, Stage::Book)]);
    assert_eq!(lab.bad_debts(), [(long, 500_000_000)]);
    assert_eq!((lab.equity(long), lab.equity(buyer)), (0, 100_900));
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(300));
}

#[test]
fn the_liquidation_fee_never_exceeds_what_is_left() {
    // Equity 350 after the close; 1% of 9350 is 93.5, 10% is more than there is.
    for (fee_bps, fee) in [(100, 93_500_000), (1000, 350_000_000)] {
        let mut config = one_perp();
        config.fees.liquidation = Rate::bps(fee_bps);
        config.fees.taker = Rate::bps(500);
        let (mut lab, long, _) = long_of_ten(config);
        let buyer = lab.cross(100_000);
        lab.limit(buyer, 0, Side::Buy, 935, 10);
        lab.set_mark(FIRST, 940);
        lab.advance(1000);
        assert_eq!(lab.exchange.equity(long), Usd(350_000_000 - fee));
        assert_eq!(lab.exchange.insurance_balance(), Usd(fee));
    }
}

#[test]
fn a_portfolio_closes_its_largest_margin_first_and_shares_one_bankruptcy_distance() {
    let config = plain(vec![perp("BTC", BTC), perp("ETH", ETH)]);
    let mut lab = Lab::new(config);
    let trader = lab.cross(3000);
    let other = lab.cross(1_000_000);
    lab.seed(trader, FIRST, 10, 1000);
    lab.seed(trader, SECOND, -20, 1000);
    lab.seed(other, FIRST, -10, 1000);
    lab.seed(other, SECOND, 20, 1000);
    lab.submit(
        SECOND,
        OrderRequest::limit(OrderId::new(other, 0, 0), Side::Sell, Price(1060), Qty(4)),
    );
    // Each alone would be safe: 3000 - 500 - 1200 = 1300 against 475 + 1060 = 1535.
    lab.set_mark(FIRST, 950);
    assert!(!lab.exchange.in_liquidation(trader));
    lab.set_mark(SECOND, 1060);
    assert!(lab.exchange.in_liquidation(trader));
    lab.advance(1000);
    // 1060 * (1 + 1300 / 30,700) = 1104.9: rounded down for the one who buys back.
    assert_eq!(lab.closes(), [(trader, 4, 1060, Stage::Book)]);
    let VenueRecord::Liquidation {
        bankruptcy_price,
        instrument,
        ..
    } = lab
        .records
        .iter()
        .find(|r| matches!(r, VenueRecord::Liquidation { .. }))
        .unwrap()
    else {
        unreachable!()
    };
    assert_eq!((*instrument, bankruptcy_price.0), (SECOND, 1104));
    // Four of the larger one were enough: 1300 against 475 + 848.
    assert!(lab.exchange.in_liquidation(trader));
    lab.advance(10_000);
    assert!(!lab.exchange.in_liquidation(trader));
}

#[test]
fn an_isolated_position_loses_its_margin_and_no_more() {
    let mut config = one_perp();
    config.insurance_fund = Usd::dollars(10_000);
    let mut lab = Lab::new(config);
    let trader = lab.isolated(5000);
    let other = lab.cross(1_000_000);
    lab.limit(other, 0, Side::Sell, 1000, 10);
    lab.market(trader, Side::Buy, 10);
    // Ten times: margin 1000, cash 4000. Equity of the position at 880 is -200.
    lab.set_mark(FIRST, 880);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(trader, 10, 900, Stage::Insurance)]);
    assert_eq!(lab.equity(trader), 4000);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(9800));
}

#[test]
fn what_is_left_of_an_isolated_margin_returns() {
    let mut lab = Lab::new(one_perp());
    let trader = lab.isolated(5000);
    let other = lab.cross(1_000_000);
    lab.limit(other, 0, Side::Sell, 1000, 10);
    lab.market(trader, Side::Buy, 10);
    lab.limit(other, 1, Side::Buy, 930, 10);
    lab.set_mark(FIRST, 940);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(trader, 10, 930, Stage::Book)]);
    assert_eq!(
        lab.exchange.balance(trader, crate::lab::USD),
        Usd::dollars(4300)
    );
}

#[test]
fn a_user_who_closes_below_zero_is_a_bad_debt_too() {
    let (mut lab, long, _) = long_of_ten(one_perp());
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 850, 10);
    lab.limit(long, 0, Side::Sell, 850, 10);
    assert_eq!(lab.equity(long), -500);
    lab.advance(1000);
    assert_eq!(lab.bad_debts(), [(long, 500_000_000)]);
    assert_eq!(lab.equity(long), 0);
}

#[test]
fn collateral_pays_before_a_debt_is_bad() {
    let mut config = one_perp();
    config.collateral = vec![firesale_exchange::CollateralConfig::new(
        ETH,
        Rate::bps(1000),
        Usd::dollars(100),
    )];
    let (mut lab, long, _) = long_of_ten(config);
    lab.exchange.credit(long, ETH, Usd(1_000_000)).unwrap();
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 850, 10);
    lab.limit(long, 0, Side::Sell, 850, 10);
    // 500 owed, one ETH counts 90.
    assert_eq!(lab.equity(long), -410);
    lab.advance(1000);
    assert_eq!(lab.bad_debts(), [(long, 410_000_000)]);
    assert_eq!(lab.exchange.balance(long, ETH), Usd::ZERO);
    assert_eq!(
        lab.exchange.balance(Exchange::INSURANCE, ETH),
        Usd(1_000_000)
    );
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(-410));
}

#[test]
fn a_debt_under_falling_collateral_is_called_in() {
    let mut config = one_perp();
    config.collateral = vec![firesale_exchange::CollateralConfig::new(
        ETH,
        Rate::ZERO,
        Usd::dollars(1000),
    )];
    let mut lab = Lab::new(config);
    let debtor = lab.cross(0);
    lab.exchange.credit(debtor, ETH, Usd(1_000_000)).unwrap();
    let other = lab.cross(100_000);
    lab.limit(other, 0, Side::Sell, 1000, 5);
    lab.market(debtor, Side::Buy, 5);
    lab.limit(other, 1, Side::Buy, 900, 5);
    lab.market(debtor, Side::Sell, 5);
    // Owes 500 against one ETH of 1000, without a position.
    assert_eq!(lab.equity(debtor), 500);
    let price = |dollars| ExchangeEvent::IndexPrice {
        asset: ETH,
        price: Usd::dollars(dollars),
    };
    lab.apply(price(500));
    assert!(!lab.exchange.in_liquidation(debtor));
    lab.apply(price(499));
    assert!(lab.exchange.in_liquidation(debtor));
    lab.advance(1000);
    assert_eq!(lab.bad_debts(), [(debtor, 1_000_000)]);
}

#[test]
fn switched_off_nothing_is_forced() {
    let mut config = one_perp();
    config.liquidation.enabled = false;
    let (mut lab, long, _) = long_of_ten(config);
    lab.set_mark(FIRST, 500);
    lab.advance(100_000);
    assert_eq!(lab.equity(long), -4000);
    assert!(lab.exchange.liquidations().is_empty() && lab.closes().is_empty());
}

#[test]
fn halted_liquidations_join_the_reopening_auction() {
    let (mut lab, long, _) = long_of_ten(one_perp());
    let buyer = lab.cross(100_000);
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    lab.set_mark(FIRST, 940);
    lab.advance(60_000);
    assert!(lab.exchange.in_liquidation(long));
    lab.limit(buyer, 0, Side::Buy, 930, 8);
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    // Sell limit 900 against a bid of 8 at 930: the whole bid trades, nearest to the mark.
    assert_eq!(lab.closes(), [(long, 8, 930, Stage::Book)]);
    assert_eq!(lab.exchange.book(FIRST).len(), 0);
    assert!(!lab.exchange.in_liquidation(long));
    assert_eq!((lab.qty(long, FIRST), lab.equity(long)), (2, 320));
}

#[test]
fn a_weighted_account_is_liquidated_like_each_of_its_parts() {
    let tiers = MarginTiers::new(vec![
        firesale_exchange::MarginTier {
            up_to: Usd::dollars(10_000),
            maintenance: Rate::bps(100),
            max_leverage: times(50),
        },
        firesale_exchange::MarginTier {
            up_to: Usd::dollars(1_000_000),
            maintenance: Rate::bps(1000),
            max_leverage: times(5),
        },
    ])
    .unwrap();
    let trigger = |weight: u32, lots: i64| {
        let mut config = one_perp();
        config.instruments[0].tiers = tiers.clone();
        let mut lab = Lab::new(config);
        let trader = lab.open(MarginMode::Cross, weight, 3000 * i64::from(weight));
        let other = lab.cross(10_000_000);
        lab.seed(trader, FIRST, lots, 1000);
        lab.seed(other, FIRST, -lots, 1000);
        (1..1000).rev().find(|&mark| {
            lab.set_mark(FIRST, mark);
            lab.exchange.in_liquidation(trader)
        })
    };
    // 15 lots: 3000 - 15 (1000 - p) < 15 p / 10 - 900 below p = 822.2.
    assert_eq!(trigger(1, 15), Some(822));
    assert_eq!(trigger(7, 105), Some(822));
    assert!(trigger(1, 105) > Some(900));
}

#[test]
fn forged_and_stale_steps_are_ignored() {
    let (mut lab, long, short) = long_of_ten(one_perp());
    let step = |account, isolated: Option<InstrumentId>, liquidation| ExchangeEvent::Liquidate {
        account,
        isolated: isolated.map(Into::into),
        liquidation,
    };
    lab.set_mark(FIRST, 940);
    let buyer = lab.cross(100_000);
    lab.limit(buyer, 0, Side::Buy, 940, 10);
    lab.apply(step(long, None, 0));
    lab.apply(step(short, None, 0));
    lab.apply(step(long, Some(FIRST), 0));
    lab.apply(step(long, None, 9));
    lab.apply(step(AccountId(77), Some(InstrumentId(9)), 0));
    assert!(lab.closes().is_empty());
    lab.advance(1000);
    lab.apply(step(long, None, 0));
    assert_eq!(lab.closes(), [(long, 10, 940, Stage::Book)]);
}
