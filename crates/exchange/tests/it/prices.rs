//! Marks, margin calls and funding through the engine.

use firesale_exchange::{
    Exchange, ExchangeEvent, FundingCap, FundingRule, MarkRule, Report, VenueConfig, VenueRecord,
};
use firesale_types::{Price, Qty, Rate, Side, SimDuration, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, perp, plain};

fn index(dollars: i64) -> ExchangeEvent {
    ExchangeEvent::IndexPrice {
        asset: BTC,
        price: Usd::dollars(dollars),
    }
}

fn with_rule(mark: MarkRule) -> VenueConfig {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = mark;
    let mut config = plain(vec![instrument]);
    config.mark_period = SimDuration::secs(1);
    config
}

#[test]
fn last_trades_make_the_mark_and_scripts_do_not() {
    let mut lab = Lab::new(with_rule(MarkRule::Last));
    let (a, b) = (lab.cross(100_000), lab.cross(100_000));
    lab.limit(a, 0, Side::Buy, 980, 1);
    lab.limit(b, 0, Side::Sell, 970, 1);
    assert_eq!(
        (lab.exchange.mark(FIRST), lab.exchange.last(FIRST)),
        (Price(980), Price(980))
    );
    lab.set_mark(FIRST, 500);
    lab.apply(index(700));
    assert_eq!(
        (lab.exchange.mark(FIRST), lab.exchange.index(FIRST)),
        (Price(980), Price(700))
    );
    // While the book is halted the mark goes on from the index.
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    assert_eq!(lab.exchange.mark(FIRST), Price(700));
    lab.apply(index(690));
    assert_eq!(lab.exchange.mark(FIRST), Price(690));
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    assert_eq!(lab.exchange.mark(FIRST), Price(980));
    // Unknown assets and impossible prices are ignored.
    lab.apply(ExchangeEvent::IndexPrice {
        asset: ETH,
        price: Usd::dollars(1),
    });
    lab.apply(index(0));
    lab.apply(ExchangeEvent::OtherMid {
        instrument: FIRST,
        price: Some(Price(-1)),
    });
    assert_eq!(lab.exchange.index(FIRST), Price(690));
}

#[test]
fn the_median_of_three_smooths_the_book() {
    let window = SimDuration::secs(30);
    let mut lab = Lab::new(with_rule(MarkRule::MedianOfThree { window }));
    let a = lab.cross(10_000_000);
    lab.limit(a, 0, Side::Buy, 999, 10);
    lab.limit(a, 1, Side::Sell, 1001, 10);
    lab.advance(10_000);
    assert_eq!(lab.exchange.mark(FIRST), Price(1000));
    // Mids of 900 for the next ten seconds: half of the samples.
    lab.apply(ExchangeEvent::CancelAll { account: a });
    lab.limit(a, 2, Side::Buy, 899, 10);
    lab.limit(a, 3, Side::Sell, 901, 10);
    lab.advance(10_000);
    // Index 1000, index + mean basis 950, last 1000.
    assert_eq!(lab.exchange.mark(FIRST), Price(1000));
    lab.apply(index(980));
    // 980, 930, 1000.
    assert_eq!(lab.exchange.mark(FIRST), Price(980));
}

#[test]
fn the_median_with_average_follows_other_venues() {
    let rule = MarkRule::MedianWithEma {
        ema: SimDuration::secs(150),
        short_ema: SimDuration::secs(30),
    };
    let mut lab = Lab::new(with_rule(rule));
    let a = lab.cross(10_000_000);
    lab.limit(a, 0, Side::Buy, 999, 10);
    lab.limit(a, 1, Side::Sell, 1001, 10);
    lab.advance(5000);
    assert_eq!(lab.exchange.mark(FIRST), Price(1000));
    lab.apply(index(900));
    lab.apply(ExchangeEvent::OtherMid {
        instrument: FIRST,
        price: Some(Price(910)),
    });
    lab.advance(1000);
    // Index + basis: between 900 and 1000 and near 900 after one of six seconds (916.7), own price
    // 1000, elsewhere 910.
    let mark = lab.exchange.mark(FIRST);
    assert!((Price(914)..=Price(918)).contains(&mark), "{mark:?}");
}

#[test]
fn a_margin_call_is_sent_once_until_the_owner_acts() {
    let mut config = plain(vec![perp("BTC", BTC)]);
    config.margin_call_ratio = Rate::bps(15_000);
    let mut lab = Lab::new(config);
    let (long, short) = (lab.cross(1000), lab.cross(100_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    let calls = |lab: &Lab| {
        let call = |record: &&VenueRecord| matches!(record, VenueRecord::MarginCall { .. });
        lab.records.iter().filter(call).count()
    };
    // 1000 - 10 (1000 - p) < 1.5 * 0.05 * 10 p below p = 972.97.
    lab.set_mark(FIRST, 973);
    assert_eq!(calls(&lab), 0);
    lab.set_mark(FIRST, 972);
    assert_eq!(calls(&lab), 1);
    let (equity, maintenance) = (Usd::dollars(720), Usd::dollars(486));
    assert_eq!(
        lab.last_report(long),
        Some(Report::MarginCall {
            equity,
            maintenance
        })
    );
    lab.set_mark(FIRST, 1000);
    lab.set_mark(FIRST, 960);
    assert_eq!(calls(&lab), 1);
    lab.apply(ExchangeEvent::Deposit {
        account: long,
        asset: crate::lab::USD,
        amount: Usd::dollars(1000),
    });
    lab.set_mark(FIRST, 870);
    assert_eq!(calls(&lab), 1);
    lab.set_mark(FIRST, 860);
    assert_eq!(calls(&lab), 2);
    assert!(!lab.exchange.in_liquidation(long));
    lab.set_mark(FIRST, 840);
    assert!(lab.exchange.in_liquidation(long));
}

fn funded() -> VenueConfig {
    let mut config = with_rule(MarkRule::Scripted);
    config.instruments[0].funding = FundingRule::PremiumIndex {
        interval: SimDuration::secs(3600),
        period: SimDuration::secs(8 * 3600),
        sample: SimDuration::secs(5),
        interest: Rate::bps(1),
        clamp: Rate::bps(5),
        cap: FundingCap::Rate(Rate::bps(400)),
        impact_notional: Usd::dollars(5000),
    };
    config
}

#[test]
fn funding_goes_from_longs_to_shorts() {
    let mut lab = Lab::new(funded());
    let (long, short) = (lab.cross(100_000), lab.cross(100_000));
    let maker = lab.cross(1_000_000);
    lab.seed(long, FIRST, 30, 1000);
    lab.seed(short, FIRST, -30, 1000);
    lab.limit(maker, 0, Side::Buy, 1020, 100);
    lab.limit(maker, 1, Side::Sell, 1030, 100);
    lab.advance(3_600_000);
    // Premium 2% throughout: (2% - 0.05%) / 8 of 30,000 dollars.
    assert_eq!(lab.exchange.funding_rate(FIRST), Rate(2_437_500));
    assert_eq!(lab.exchange.equity(long), Usd(100_000_000_000 - 73_125_000));
    assert_eq!(
        lab.exchange.equity(short),
        Usd(100_000_000_000 + 73_125_000)
    );
    // Nothing has been settled yet; a trade settles one side.
    assert_eq!(
        lab.exchange.balance(long, crate::lab::USD),
        Usd::dollars(100_000)
    );
    lab.market(long, Side::Buy, 1);
    assert_eq!(
        lab.exchange.balance(long, crate::lab::USD),
        Usd(99_926_875_000)
    );
    assert_eq!(
        lab.exchange.balance(Exchange::FUNDING, crate::lab::USD),
        Usd(73_125_000)
    );
    assert_eq!(lab.exchange.counters(FIRST).funding_paid, 73_125_000);
    assert_eq!(lab.exchange.open_interest(FIRST), Qty(31));
}

#[test]
fn funding_alone_can_breach() {
    let mut lab = Lab::new(funded());
    let (long, short) = (lab.cross(530), lab.cross(100_000));
    let maker = lab.cross(1_000_000);
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.limit(maker, 0, Side::Buy, 1020, 100);
    // 24.375 an hour off a cushion of 30.
    lab.advance(3_600_000);
    assert!(!lab.exchange.in_liquidation(long));
    lab.advance(3_599_999);
    assert!(!lab.exchange.in_liquidation(long));
    lab.advance(1);
    assert!(lab.exchange.in_liquidation(long));
}
