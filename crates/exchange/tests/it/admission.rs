//! What is let in, and what an account is told when it is not.

use firesale_exchange::{Exchange, ExchangeEvent, MarginMode, Refusal, Report, VenueConfig};
use firesale_matching::{
    CancelReason, OrderRequest, RejectReason, TimeInForce, Trigger, TriggerSource, TriggerWhen,
};
use firesale_types::{
    AccountId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimDuration, SimTime, Usd,
};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, USD, perp, plain, spot, times};

fn venue() -> VenueConfig {
    plain(vec![perp("BTC", BTC), spot("BTC/USD", ETH)])
}

fn refusal(lab: &Lab, account: AccountId) -> Option<Refusal> {
    match lab.last_report(account) {
        Some(Report::Refused { why, .. }) => Some(why),
        _ => None,
    }
}

fn limit(account: AccountId, slot: u16, side: Side, price: i64, qty: i64) -> OrderRequest {
    OrderRequest::limit(OrderId::new(account, slot, 0), side, Price(price), Qty(qty))
}

#[test]
fn the_worst_case_of_all_orders_needs_initial_margin() {
    let mut lab = Lab::new(venue());
    let a = lab.cross(1000);
    // 10x: ten lots, on either side.
    lab.limit(a, 0, Side::Buy, 990, 10);
    lab.limit(a, 1, Side::Sell, 1010, 10);
    assert_eq!(lab.last_report(a), None);
    assert_eq!(lab.exchange.free_margin(a), Usd::ZERO);
    lab.limit(a, 2, Side::Buy, 990, 1);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    // What takes the place of something else, or is smaller, passes.
    let replace = |price, qty| ExchangeEvent::Replace {
        instrument: FIRST,
        id: OrderId::new(a, 0, 0),
        price: Price(price),
        qty: Qty(qty),
    };
    lab.apply(replace(985, 10));
    lab.apply(replace(985, 8));
    assert_eq!(lab.exchange.open_order(a, 0).unwrap().qty, Qty(8));
    lab.apply(replace(984, 11));
    assert_eq!(
        lab.exchange.open_order(a, 0).unwrap().price,
        Some(Price(985))
    );
    lab.apply(replace(984, 9));
    assert_eq!(
        lab.exchange.open_order(a, 0).unwrap().price,
        Some(Price(984))
    );
    let all = ExchangeEvent::CancelAll { account: a };
    lab.apply(all);
    assert_eq!(lab.exchange.free_margin(a), Usd::dollars(1000));
    assert!(lab.exchange.book(FIRST).is_empty());
}

#[test]
fn lower_leverage_fees_and_a_bad_price_need_more() {
    let mut config = venue();
    config.fees.taker = Rate::bps(100);
    let mut lab = Lab::new(config);
    let [a, b, c] = [lab.cross(1000), lab.cross(1000), lab.cross(1000)];
    lab.exchange.set_leverage(a, FIRST, times(5)).unwrap();
    lab.limit(a, 0, Side::Buy, 1000, 5);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    lab.limit(a, 0, Side::Buy, 1000, 4);
    assert!(lab.exchange.open_order(a, 0).is_some());
    // 9 lots: 900 of margin, 90 of fee; at 1002 another 18 of loss.
    lab.limit(b, 0, Side::Sell, 1000, 9);
    assert_eq!(lab.exchange.open_order(b, 0).unwrap().qty, Qty(5));
    lab.limit(c, 0, Side::Buy, 1002, 9);
    assert_eq!(refusal(&lab, c), Some(Refusal::InsufficientMargin));
}

#[test]
fn what_reduces_always_passes() {
    let mut lab = Lab::new(venue());
    let (a, b) = (lab.cross(1000), lab.cross(100_000));
    lab.seed(a, FIRST, 10, 1000);
    lab.seed(b, FIRST, -10, 1000);
    lab.set_mark(FIRST, 960);
    assert_eq!(lab.exchange.free_margin(a), Usd::dollars(-360));
    lab.limit(a, 0, Side::Sell, 1100, 20);
    assert_eq!(lab.last_report(a), None);
    let reduce = OrderRequest {
        reduce_only: true,
        ..limit(a, 1, Side::Sell, 1100, 50)
    };
    lab.submit(FIRST, reduce);
    assert!(lab.exchange.open_order(a, 1).is_some());
    lab.limit(a, 2, Side::Sell, 1100, 1);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    let nothing = OrderRequest {
        reduce_only: true,
        ..limit(a, 3, Side::Buy, 900, 1)
    };
    lab.submit(FIRST, nothing);
    assert_eq!(
        refusal(&lab, a),
        Some(Refusal::Book(RejectReason::NothingToReduce))
    );
}

#[test]
fn tier_caps_limit_positions_per_real_account() {
    let mut config = venue();
    config.instruments[0].tiers =
        firesale_exchange::MarginTiers::new(vec![firesale_exchange::MarginTier {
            up_to: Usd::dollars(10_000),
            maintenance: Rate::bps(500),
            max_leverage: times(10),
        }])
        .unwrap();
    let mut lab = Lab::new(config);
    let rich = lab.cross(1_000_000);
    let many = lab.open(MarginMode::Cross, 3, 1_000_000);
    lab.limit(rich, 0, Side::Buy, 1000, 11);
    assert_eq!(refusal(&lab, rich), Some(Refusal::InsufficientMargin));
    lab.limit(rich, 0, Side::Buy, 1000, 10);
    lab.limit(many, 0, Side::Buy, 1000, 30);
    lab.limit(many, 1, Side::Buy, 1000, 1);
    assert_eq!(lab.exchange.book(FIRST).len(), 2);
}

#[test]
fn an_isolated_account_pays_order_margin_from_its_cash() {
    let mut lab = Lab::new(venue());
    let (a, b) = (lab.isolated(1000), lab.cross(1_000_000));
    lab.limit(b, 0, Side::Sell, 1000, 100);
    lab.market(a, Side::Buy, 6);
    assert_eq!(lab.exchange.balance(a, USD), Usd::dollars(400));
    lab.set_mark(FIRST, 1100);
    // Open profit of 600 does not help: 440 for four more.
    lab.limit(a, 0, Side::Buy, 1000, 4);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    lab.limit(a, 0, Side::Buy, 990, 3);
    assert_eq!(lab.exchange.free_margin(a), Usd::dollars(70));
    lab.limit(a, 1, Side::Sell, 1200, 6);
    assert_eq!(lab.exchange.free_margin(a), Usd::dollars(70));
    // Margin in: 70 at most; out: down to 660 of initial margin.
    let add = |dollars| ExchangeEvent::AddMargin {
        account: a,
        instrument: FIRST,
        leg: firesale_exchange::Leg::Net,
        amount: Usd::dollars(dollars),
    };
    lab.apply(add(71));
    let (instrument, amount) = (FIRST, Usd::dollars(71));
    assert_eq!(
        lab.last_report(a),
        Some(Report::MarginRefused { instrument, amount })
    );
    lab.apply(add(70));
    assert_eq!(
        lab.exchange.position(a, FIRST).unwrap().margin,
        Usd::dollars(670)
    );
    lab.apply(add(-11));
    assert_eq!(
        lab.exchange.position(a, FIRST).unwrap().margin,
        Usd::dollars(670)
    );
    lab.apply(add(-10));
    assert_eq!(
        lab.exchange.position(a, FIRST).unwrap().margin,
        Usd::dollars(660)
    );
}

#[test]
fn withdrawals_keep_the_initial_margin() {
    let mut lab = Lab::new(venue());
    let (a, b) = (lab.cross(1500), lab.cross(100_000));
    lab.seed(a, FIRST, 10, 1000);
    lab.seed(b, FIRST, -10, 1000);
    let withdraw = |dollars| ExchangeEvent::Withdraw {
        account: a,
        asset: USD,
        amount: Usd::dollars(dollars),
    };
    lab.apply(withdraw(501));
    let (asset, amount) = (USD, Usd::dollars(501));
    assert_eq!(
        lab.last_report(a),
        Some(Report::WithdrawalRefused { asset, amount })
    );
    lab.apply(withdraw(500));
    assert_eq!(lab.equity(a), 1000);
    // Profit that is only open cannot leave.
    lab.set_mark(FIRST, 2000);
    lab.apply(withdraw(1001));
    assert_eq!(lab.equity(a), 11_000);
    lab.apply(withdraw(1000));
    assert_eq!(lab.equity(a), 10_000);
    lab.apply(ExchangeEvent::Withdraw {
        account: a,
        asset: USD,
        amount: Usd(-5),
    });
    assert_eq!(lab.equity(a), 10_000);
    let deposit = |amount| ExchangeEvent::Deposit {
        account: a,
        asset: USD,
        amount,
    };
    lab.apply(deposit(Usd::dollars(5)));
    lab.apply(deposit(Usd::MAX));
    assert_eq!(lab.equity(a), 10_005);
}

#[test]
fn slots_ids_and_unknown_names() {
    let mut lab = Lab::new(venue());
    let a = lab.cross(100_000);
    lab.limit(a, 0, Side::Buy, 900, 1);
    lab.submit(
        FIRST,
        OrderRequest::limit(OrderId::new(a, 0, 1), Side::Buy, Price(900), Qty(1)),
    );
    assert_eq!(refusal(&lab, a), Some(Refusal::SlotInUse));
    lab.limit(a, 8, Side::Buy, 900, 1);
    assert_eq!(refusal(&lab, a), Some(Refusal::SlotInUse));
    lab.limit(a, u16::MAX, Side::Buy, 900, 1);
    assert_eq!(refusal(&lab, a), Some(Refusal::SlotInUse));
    lab.submit(InstrumentId(7), limit(a, 1, Side::Buy, 900, 1));
    assert_eq!(refusal(&lab, a), Some(Refusal::Unknown));
    let nobody = AccountId(1000);
    lab.submit(FIRST, limit(nobody, 1, Side::Buy, 900, 1));
    assert_eq!(refusal(&lab, nobody), Some(Refusal::Unknown));
    lab.apply(ExchangeEvent::CancelAll { account: nobody });
    let cancel = |seq| ExchangeEvent::Cancel {
        instrument: FIRST,
        id: OrderId::new(a, 0, seq),
    };
    lab.apply(cancel(1));
    assert_eq!(
        refusal(&lab, a),
        Some(Refusal::Book(RejectReason::UnknownOrder))
    );
    lab.apply(cancel(0));
    assert!(lab.exchange.open_order(a, 0).is_none());
    // The slot is free again, and a refused order leaves it free.
    lab.limit(a, 0, Side::Buy, -5, 1);
    assert_eq!(
        refusal(&lab, a),
        Some(Refusal::Book(RejectReason::PriceOutOfRange))
    );
    lab.limit(a, 0, Side::Buy, 900, i64::MAX);
    assert_eq!(
        refusal(&lab, a),
        Some(Refusal::Book(RejectReason::QtyTooLarge))
    );
    lab.limit(a, 0, Side::Buy, 900, 0);
    assert_eq!(
        refusal(&lab, a),
        Some(Refusal::Book(RejectReason::QtyNotPositive))
    );
    lab.limit(a, 0, Side::Buy, 900, 1);
    assert!(lab.exchange.open_order(a, 0).is_some());
}

#[test]
fn amounts_beyond_the_ledger_are_refused() {
    let mut config = venue();
    config.instruments[0].max_order_qty = Qty(i64::MAX);
    config.liquidation.enabled = false;
    let mut lab = Lab::new(config);
    let a = lab.cross(50_000_000_000);
    lab.limit(a, 0, Side::Buy, 1 << 40, 1 << 30);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    lab.limit(a, 0, Side::Buy, 1, 1 << 39);
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientMargin));
    // Prices may go to the ends of the world.
    let b = lab.cross(50_000_000_000);
    lab.limit(a, 0, Side::Buy, 1000, 30_000_000);
    lab.limit(b, 0, Side::Sell, 1000, 30_000_000);
    assert_eq!(lab.qty(b, FIRST), -30_000_000);
    for mark in [1, 1 << 40, 1000] {
        lab.set_mark(FIRST, mark);
        let position = lab.exchange.position(a, FIRST).unwrap();
        assert!(position.maintenance > Usd::ZERO, "at {mark}: {position:?}");
    }
}

#[test]
fn spot_is_fully_paid_and_reserved() {
    let mut config = venue();
    config.fees.taker = Rate::bps(10);
    let mut lab = Lab::new(config);
    let (a, b) = (lab.cross(1000), lab.cross(1_000_000));
    lab.exchange.credit(b, ETH, Usd(10_000_000)).unwrap();
    let buy = |slot, price, qty| limit(a, slot, Side::Buy, price, qty);
    lab.submit(SECOND, buy(0, 1000, 1));
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientBalance));
    lab.submit(SECOND, buy(0, 499, 2));
    assert_eq!(lab.exchange.balance(a, USD), Usd(1_002_000));
    // A seller cannot sell what it has not, nor twice what it has.
    lab.submit(SECOND, limit(b, 0, Side::Sell, 1200, 8));
    lab.submit(SECOND, limit(b, 1, Side::Sell, 1200, 3));
    assert_eq!(refusal(&lab, b), Some(Refusal::InsufficientBalance));
    lab.submit(SECOND, limit(b, 1, Side::Sell, 499, 2));
    assert_eq!(lab.exchange.balance(a, ETH), Usd(2_000_000));
    assert_eq!(lab.exchange.balance(a, USD), Usd(2_000_000));
    assert_eq!(lab.exchange.balance(Exchange::FEES, USD), Usd(998_000));
    // A market buy is priced by the book.
    lab.submit(
        SECOND,
        OrderRequest::market(OrderId::new(a, 3, 0), Side::Buy, Qty(1)),
    );
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientBalance));
    lab.apply(ExchangeEvent::Deposit {
        account: a,
        asset: USD,
        amount: Usd::dollars(1200),
    });
    lab.submit(
        SECOND,
        OrderRequest::market(OrderId::new(a, 3, 0), Side::Buy, Qty(1)),
    );
    assert_eq!(lab.exchange.balance(a, ETH), Usd(3_000_000));
    let withdraw = |amount| ExchangeEvent::Withdraw {
        account: b,
        asset: ETH,
        amount: Usd(amount),
    };
    lab.apply(withdraw(1_000_001));
    assert_eq!(lab.exchange.balance(b, ETH), Usd(7_000_000));
    lab.apply(ExchangeEvent::CancelAll { account: b });
    lab.apply(withdraw(7_000_000));
    assert_eq!(lab.exchange.balance(b, ETH), Usd::ZERO);
}

#[test]
fn hidden_asks_do_not_let_a_market_buyer_borrow() {
    let mut lab = Lab::new(venue());
    let (a, b) = (lab.cross(1500), lab.cross(1000));
    lab.exchange.credit(b, ETH, Usd(50_000_000)).unwrap();
    let iceberg = OrderRequest {
        display: Some(Qty(1)),
        ..limit(b, 0, Side::Sell, 1000, 50)
    };
    lab.submit(SECOND, iceberg);
    let market = |qty| OrderRequest::market(OrderId::new(a, 3, 0), Side::Buy, Qty(qty));
    lab.submit(SECOND, market(20));
    assert_eq!(refusal(&lab, a), Some(Refusal::InsufficientBalance));
    lab.submit(SECOND, market(1));
    assert_eq!(lab.exchange.balance(a, ETH), Usd(1_000_000));
}

#[test]
fn stops_are_checked_when_they_are_released() {
    let mut lab = Lab::new(venue());
    let (a, b) = (lab.cross(1000), lab.cross(1_000_000));
    lab.limit(b, 0, Side::Buy, 900, 100);
    let stop = |slot, qty, reduce_only| OrderRequest {
        trigger: Some(Trigger {
            source: TriggerSource::Mark,
            when: TriggerWhen::AtOrBelow,
            price: Price(950),
        }),
        reduce_only,
        ..OrderRequest::market(OrderId::new(a, slot, 0), Side::Sell, Qty(qty))
    };
    lab.submit(FIRST, stop(0, 5, false));
    lab.submit(FIRST, stop(1, 50, false));
    lab.submit(FIRST, stop(2, 5, true));
    assert_eq!(lab.last_report(a), None);
    assert_eq!(lab.exchange.open_order(a, 1).unwrap().price, None);
    lab.set_mark(FIRST, 950);
    assert_eq!(lab.qty(a, FIRST), 0);
    lab.advance(0);
    // Five sold, fifty refused, and there is no long to reduce.
    assert_eq!(lab.qty(a, FIRST), -5);
    let refusals: Vec<(u16, Refusal)> = lab
        .reports
        .iter()
        .filter_map(|(_, report)| match report {
            Report::Refused { id, why, .. } => Some((id.slot(), *why)),
            _ => None,
        })
        .collect();
    let nothing = Refusal::Book(RejectReason::NothingToReduce);
    assert_eq!(refusals, [(1, Refusal::InsufficientMargin), (2, nothing)]);
    assert!((0..3).all(|slot| lab.exchange.open_order(a, slot).is_none()));
    // One that is triggered at once keeps its slot until its release.
    lab.submit(
        FIRST,
        OrderRequest {
            id: OrderId::new(a, 0, 1),
            ..stop(0, 1, false)
        },
    );
    assert_eq!(lab.qty(a, FIRST), -5);
    lab.advance(0);
    assert_eq!(lab.qty(a, FIRST), -6);
}

#[test]
fn orders_expire() {
    let mut lab = Lab::new(venue());
    let a = lab.cross(10_000);
    let until = |slot, seconds: i64| OrderRequest {
        tif: TimeInForce::Gtd(SimTime::ZERO + SimDuration::secs(seconds)),
        ..limit(a, slot, Side::Buy, 900, 1)
    };
    lab.submit(FIRST, until(0, 10));
    lab.submit(FIRST, until(1, 5));
    lab.submit(FIRST, until(2, 20));
    lab.advance(10_000);
    let open: Vec<bool> = (0..3)
        .map(|slot| lab.exchange.open_order(a, slot).is_some())
        .collect();
    assert_eq!(open, [false, false, true]);
    let reason = CancelReason::Expired;
    let id = OrderId::new(a, 0, 0);
    assert_eq!(
        lab.last_report(a),
        Some(Report::Cancelled {
            instrument: FIRST,
            id,
            reason
        })
    );
    assert_eq!(lab.exchange.free_margin(a), Usd::dollars(9900));
}

#[test]
fn bands_follow_the_mark() {
    let mut config = venue();
    config.instruments[0].price_band = Some(Rate::bps(1000));
    let mut lab = Lab::new(config);
    let a = lab.cross(1_000_000);
    let outside = Some(Refusal::Book(RejectReason::OutsideBand));
    lab.limit(a, 0, Side::Buy, 899, 1);
    assert_eq!(refusal(&lab, a), outside);
    lab.set_mark(FIRST, 995);
    lab.limit(a, 0, Side::Buy, 895, 1);
    assert_eq!(refusal(&lab, a), outside);
    lab.limit(a, 0, Side::Buy, 896, 1);
    assert!(lab.exchange.open_order(a, 0).is_some());
}
