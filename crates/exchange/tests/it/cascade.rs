//! One liquidation sets off the next: causes, roots, generations.

use firesale_exchange::{Cause, ExchangeEvent, MarkRule, VenueRecord};
use firesale_matching::OrderRequest;
use firesale_types::{AccountId, OrderId, Price, Qty, Side, SimDuration, Usd};

use crate::lab::{BTC, FIRST, Lab, perp, plain};

/// Longs of ten at 1000 with ever more margin, bids below, the mark is the last trade. They breach
/// at 968.4, 947.4, 926.3 and 905.3.
fn ladder() -> (Lab, Vec<AccountId>) {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = MarkRule::Last;
    let mut config = plain(vec![instrument]);
    config.liquidation.latency = SimDuration::secs(50);
    let mut lab = Lab::new(config);
    let longs: Vec<AccountId> = (0..4).map(|n| lab.cross(800 + 200 * n)).collect();
    for &long in &longs {
        lab.seed(long, FIRST, 10, 1000);
    }
    let short = lab.cross(1_000_000);
    lab.seed(short, FIRST, -40, 1000);
    let buyer = lab.cross(1_000_000);
    for (slot, price) in [(0, 990), (1, 980), (2, 960), (3, 940), (4, 920), (5, 900)] {
        lab.limit(buyer, slot, Side::Buy, price, 10);
    }
    (lab, longs)
}

#[test]
fn a_chain_of_liquidations_has_one_root() {
    let (mut lab, longs) = ladder();
    let seller = lab.cross(1_000_000);
    let signal = OrderRequest {
        tag: Cause::SIGNAL.0,
        ..OrderRequest::limit(OrderId::new(seller, 0, 0), Side::Sell, Price(980), Qty(20))
    };
    // Two levels are taken: the best bid falls by 30.
    lab.submit(FIRST, signal);
    lab.advance(5000);
    assert!(lab.exchange.liquidations().is_empty());
    let more = OrderRequest {
        tag: Cause::SIGNAL.0,
        ..OrderRequest::market(OrderId::new(seller, 1, 0), Side::Sell, Qty(11))
    };
    // By another 20: at 940 the first two longs breach.
    lab.submit(FIRST, more);
    assert_eq!(lab.exchange.mark(FIRST), Price(940));
    assert_eq!(lab.family(), [(Cause::SIGNAL, 0, 0), (Cause::SIGNAL, 1, 0)]);
    // Fifty seconds later a sixth of the signal's 50 ticks is remembered. The first liquidation
    // sells nine at 940 and one at 920, and moves the best bid by 20: the third long breaches.
    lab.advance(50_000);
    assert_eq!(lab.family()[2], (Cause::liquidation(0), 0, 1));
    let third = &lab.exchange.liquidations()[2];
    assert_eq!(third.account, longs[2]);
    let share = 20.0 / (20.0 + 50.0 / 6.0);
    assert!(
        (third.forced_share - share).abs() < 1e-3,
        "{}",
        third.forced_share
    );
    lab.advance(100_000);
    let generations: Vec<u16> = lab.family().iter().map(|one| one.2).collect();
    assert!(generations[3] >= 1, "{generations:?}");
}

#[test]
fn users_cannot_pass_for_a_liquidation() {
    let (mut lab, _) = ladder();
    let seller = lab.cross(1_000_000);
    let forged = OrderRequest {
        tag: Cause::liquidation(3).0,
        ..OrderRequest::market(OrderId::new(seller, 0, 0), Side::Sell, Qty(31))
    };
    lab.submit(FIRST, forged);
    let causes: Vec<Cause> = lab
        .records
        .iter()
        .filter_map(|record| match record {
            VenueRecord::Trade { cause, .. } => Some(*cause),
            _ => None,
        })
        .collect();
    assert!(!causes.is_empty() && causes.iter().all(|&cause| cause == Cause::SCRIPT));
    assert_eq!(lab.family()[0], (Cause::SCRIPT, 0, 0));
}

#[test]
fn a_fall_of_the_index_is_the_cause_where_the_mark_follows_it() {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = MarkRule::MedianOfThree {
        window: SimDuration::secs(30),
    };
    let mut config = plain(vec![instrument]);
    config.mark_period = SimDuration::secs(1);
    let mut lab = Lab::new(config);
    let (long, short) = (lab.cross(1000), lab.cross(100_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    let price = |dollars| ExchangeEvent::IndexPrice {
        asset: BTC,
        price: Usd::dollars(dollars),
    };
    lab.advance(5000);
    lab.apply(price(880));
    // Index 880, no basis yet, last 1000: the mark is the mean of both.
    assert_eq!(lab.exchange.mark(FIRST), Price(940));
    assert_eq!(lab.family(), [(Cause::INDEX, 0, 0)]);
}
