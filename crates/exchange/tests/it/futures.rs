//! Dated futures: settlement window, delivery, and what is left afterwards.

use firesale_exchange::{
    Auditor, ExchangeEvent, Expiry, InstrumentConfig, InstrumentKind, MarkRule, Refusal, Report,
    VenueConfig, VenueRecord,
};
use firesale_types::{Price, Side, SimDuration, SimTime, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp};

/// A future that expires after a minute, with a settlement window of four seconds and a mark tick
/// every second.
fn venue(mark: MarkRule) -> VenueConfig {
    let future = InstrumentConfig {
        kind: InstrumentKind::Future,
        mark,
        expiry: Some(Expiry {
            at: SimTime::ZERO + SimDuration::secs(60),
            window: SimDuration::secs(4),
        }),
        ..perp("BTC-DEC", BTC)
    };
    VenueConfig {
        mark_period: SimDuration::secs(1),
        insurance_fund: Usd::dollars(1_000),
        ..VenueConfig::plain("futures", USD, vec![future])
    }
}

fn index(lab: &mut Lab, dollars: i64) {
    lab.apply(ExchangeEvent::IndexPrice {
        asset: BTC,
        price: Usd::dollars(dollars),
    });
}

#[test]
fn delivery_is_at_the_mean_of_the_window() {
    let mut lab = Lab::new(venue(MarkRule::Scripted));
    let (long, short) = (lab.cross(5_000), lab.cross(5_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.limit(long, 0, Side::Buy, 900, 1);
    index(&mut lab, 800);
    lab.advance(56_500);
    // Ticks at 57, 58 and 59 s see 1010, 1010 and 1030: on average 1016.67. The one at 60 s comes
    // after the delivery of the same moment.
    index(&mut lab, 1010);
    lab.advance(2_000);
    index(&mut lab, 1030);
    lab.advance(1_000);
    index(&mut lab, 1050);
    assert_eq!(lab.qty(long, FIRST), 10);
    lab.advance(500);
    let settled = lab.records.iter().find_map(|record| match record {
        VenueRecord::Delivery { price, .. } => Some(*price),
        _ => None,
    });
    assert_eq!(settled, Some(Price(1017)));
    assert_eq!((lab.qty(long, FIRST), lab.qty(short, FIRST)), (0, 0));
    assert_eq!((lab.equity(long), lab.equity(short)), (5_170, 4_830));
    assert!(lab.exchange.open_order(long, 0).is_none());
    assert!(Auditor::check(&lab.exchange).is_empty());
    // Nothing trades any more, and no script can move the mark.
    lab.limit(long, 1, Side::Buy, 1000, 1);
    assert!(matches!(
        lab.last_report(long),
        Some(Report::Refused {
            why: Refusal::Expired,
            ..
        })
    ));
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    lab.set_mark(FIRST, 700);
    index(&mut lab, 500);
    lab.advance(5_000);
    assert_eq!(lab.exchange.mark(FIRST), Price(1017));
}

#[test]
fn a_loss_beyond_the_margin_is_bad_debt() {
    let mut lab = Lab::new(venue(MarkRule::Scripted));
    let (long, short) = (lab.cross(1_500), lab.cross(5_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    // The script keeps the mark at 1000 while the index falls to 800.
    index(&mut lab, 800);
    lab.advance(60_000);
    lab.advance(2_000);
    assert_eq!(lab.bad_debts(), [(long, 500_000_000)]);
    assert_eq!((lab.equity(long), lab.equity(short)), (0, 7_000));
    assert!(Auditor::check(&lab.exchange).is_empty());
}
