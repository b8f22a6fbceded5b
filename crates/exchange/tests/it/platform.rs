//! The platform around the books: lag, outages, freezes, runs.

use firesale_exchange::{
    ApiConfig, Exchange, ExchangeEvent, Gated, HotWallet, Interval, OverloadConfig, PlatformConfig,
    Refusal, Report, SolvencyConfig, Stage, VenueConfig, VenueRecord, WithdrawalConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{AccountId, OrderId, Price, Qty, Rate, Side, SimDuration, SimTime, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp, plain};

fn with(platform: PlatformConfig) -> VenueConfig {
    VenueConfig {
        platform,
        ..plain(vec![perp("BTC", BTC)])
    }
}

fn second(n: i64) -> SimTime {
    SimTime(n * 1_000_000_000)
}

const fn between(from: i64, to: i64) -> Interval {
    Interval {
        from: SimTime(from * 1_000_000_000),
        to: SimTime(to * 1_000_000_000),
    }
}

fn api(per_second: u32, max_delay: i64, overload: Option<OverloadConfig>) -> PlatformConfig {
    PlatformConfig {
        api: Some(ApiConfig {
            per_second,
            max_delay: SimDuration::millis(max_delay),
            overload,
        }),
        ..PlatformConfig::default()
    }
}

fn refusals(lab: &Lab, account: AccountId) -> Vec<Refusal> {
    let all = lab.reports.iter().filter_map(|(to, report)| match *report {
        Report::Refused { why, .. } if *to == account => Some(why),
        _ => None,
    });
    all.collect()
}

fn withdraw(lab: &mut Lab, account: AccountId, dollars: i64) {
    lab.apply(ExchangeEvent::Withdraw {
        account,
        asset: USD,
        amount: Usd::dollars(dollars),
    });
}

/// Answers to withdrawals so far: account, what, dollars.
fn answers(lab: &Lab) -> Vec<(AccountId, &'static str, i64)> {
    let all = lab.reports.iter().filter_map(|&(to, report)| match report {
        Report::Withdrawn { amount, .. } => Some((to, "paid", amount.0 / 1_000_000)),
        Report::WithdrawalQueued { amount, .. } => Some((to, "queued", amount.0 / 1_000_000)),
        Report::WithdrawalRefused { amount, .. } => Some((to, "refused", amount.0 / 1_000_000)),
        _ => None,
    });
    all.collect()
}

#[test]
fn messages_behind_a_backlog_wait_and_keep_their_order() {
    let mut lab = Lab::new(with(api(10, 300, None)));
    let (a, b) = (lab.cross(10_000), lab.cross(10_000));
    lab.advance(1000);
    lab.limit(a, 0, Side::Buy, 990, 1);
    // This would cancel nothing if it overtook the order that it follows.
    lab.limit(b, 0, Side::Buy, 980, 1);
    let id = OrderId::new(b, 0, 0);
    lab.apply(ExchangeEvent::Cancel {
        instrument: FIRST,
        id,
    });
    assert_eq!(
        lab.exchange.api_delay(lab.now),
        (SimDuration::millis(300), false)
    );
    lab.limit(a, 1, Side::Buy, 985, 1);
    lab.limit(a, 2, Side::Buy, 985, 1);
    assert_eq!(refusals(&lab, a), [Refusal::Overloaded]);
    assert!(lab.exchange.open_order(a, 0).is_some() && lab.exchange.open_order(b, 0).is_none());
    lab.advance(100);
    assert!(lab.exchange.open_order(b, 0).is_some());
    lab.advance(100);
    assert!(lab.exchange.open_order(b, 0).is_none());
    assert!(refusals(&lab, b).is_empty());
    lab.advance(100);
    assert!(lab.exchange.open_order(a, 1).is_some());
    let counters = lab.exchange.platform_counters();
    assert_eq!((counters.delayed, counters.overloaded), (3, 1));
    assert_eq!(counters.longest_delay, SimDuration::millis(300));
}

#[test]
fn liquidations_do_not_wait_at_the_gate() {
    let mut lab = Lab::new(with(api(1, 60_000, None)));
    let (long, short) = (lab.cross(500), lab.cross(100_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.limit(short, 0, Side::Buy, 985, 10);
    for slot in 1..6 {
        lab.limit(short, slot, Side::Buy, 900, 1);
    }
    lab.set_mark(FIRST, 990);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 985, Stage::Book)]);
}

#[test]
fn a_lasting_backlog_is_an_outage() {
    let overload = OverloadConfig {
        delay: SimDuration::secs(2),
        lasting: SimDuration::secs(1),
        down: SimDuration::secs(30),
    };
    let mut lab = Lab::new(with(api(1, 60_000, Some(overload))));
    let a = lab.cross(100_000);
    for slot in 0..4 {
        lab.limit(a, slot, Side::Buy, 900, 1);
    }
    lab.advance(1000);
    lab.limit(a, 4, Side::Buy, 900, 1);
    // The first two have been served; two that waited and this one are turned away.
    assert_eq!(refusals(&lab, a), [Refusal::Down; 3]);
    assert_eq!(lab.records, [VenueRecord::Outage { until: second(31) }]);
    lab.apply(ExchangeEvent::CancelAll { account: a });
    let answer = Report::Unavailable { why: Refusal::Down };
    assert_eq!(lab.last_report(a), Some(answer));
    lab.advance(30_000);
    lab.limit(a, 4, Side::Buy, 900, 1);
    assert!(lab.exchange.open_order(a, 4).is_some());
    let counters = lab.exchange.platform_counters();
    assert_eq!(
        (counters.outages, counters.downtime),
        (1, SimDuration::secs(30))
    );
}

#[test]
fn an_outage_stops_users_and_liquidations_by_key() {
    for liquidates in [true, false] {
        let mut lab = Lab::new(with(PlatformConfig {
            outages: vec![between(10, 60)],
            liquidates_while_down: liquidates,
            ..PlatformConfig::default()
        }));
        let (long, short) = (lab.cross(500), lab.cross(100_000));
        lab.seed(long, FIRST, 10, 1000);
        lab.seed(short, FIRST, -10, 1000);
        lab.limit(short, 0, Side::Buy, 985, 10);
        lab.advance(20_000);
        lab.limit(short, 1, Side::Buy, 985, 10);
        assert_eq!(refusals(&lab, short), [Refusal::Down]);
        // The mark goes on.
        lab.set_mark(FIRST, 990);
        assert_eq!(lab.exchange.mark(FIRST), Price(990));
        lab.advance(39_999);
        assert_eq!(lab.closes().len(), usize::from(liquidates));
        lab.advance(1);
        assert_eq!(lab.closes(), [(long, 10, 985, Stage::Book)]);
        lab.limit(short, 1, Side::Buy, 980, 1);
        assert!(lab.exchange.open_order(short, 1).is_some());
    }
}

#[test]
fn frozen_transfers_arrive_later_and_margin_does_not_move() {
    let mut lab = Lab::new(with(PlatformConfig {
        transfer_freezes: vec![between(0, 100)],
        ..PlatformConfig::default()
    }));
    let (a, b) = (lab.isolated(10_000), lab.cross(100_000));
    lab.limit(b, 0, Side::Sell, 1000, 1);
    lab.limit(a, 0, Side::Buy, 1000, 1);
    let amount = Usd::dollars(10);
    let add = ExchangeEvent::AddMargin {
        account: a,
        instrument: FIRST,
        leg: firesale_exchange::Leg::Net,
        amount,
    };
    lab.apply(add);
    let refused = Report::MarginRefused {
        instrument: FIRST,
        amount,
    };
    assert_eq!(lab.last_report(a), Some(refused));
    let before = lab.exchange.balance(a, USD);
    lab.apply(ExchangeEvent::Deposit {
        account: a,
        asset: USD,
        amount,
    });
    lab.advance(99_999);
    assert_eq!(lab.exchange.balance(a, USD), before);
    lab.advance(1);
    assert_eq!(lab.exchange.balance(a, USD), before + amount);
    lab.apply(add);
    assert_eq!(lab.exchange.balance(a, USD), before);
}

#[test]
fn a_run_on_the_wallet() {
    let mut lab = Lab::new(with(PlatformConfig {
        withdrawals: WithdrawalConfig {
            hot_wallet: Some(HotWallet {
                size: Usd::dollars(100),
                refill_per_hour: Usd::dollars(3600),
            }),
            ..WithdrawalConfig::default()
        },
        ..PlatformConfig::default()
    }));
    let (a, b, c) = (lab.cross(500), lab.cross(500), lab.cross(500));
    withdraw(&mut lab, a, 70);
    withdraw(&mut lab, b, 50);
    // Thirty are left, enough for this one, but b asked before. It asks for more than it has.
    withdraw(&mut lab, c, 600);
    withdraw(&mut lab, c, 10);
    let mut expected = vec![
        (a, "paid", 70),
        (b, "queued", 50),
        (c, "queued", 600),
        (c, "queued", 10),
    ];
    assert_eq!(answers(&lab), expected);
    assert_eq!(lab.exchange.withdrawal_queue(), (3, Usd::dollars(660)));
    // A dollar a second: 20 are missing.
    lab.advance(19_999);
    assert_eq!(answers(&lab).len(), 4);
    lab.advance(1);
    expected.push((b, "paid", 50));
    assert_eq!(answers(&lab), expected);
    // The next is beyond the wallet: its turn is when the wallet is full, and then it is refused.
    lab.advance(99_999);
    assert_eq!(lab.exchange.withdrawal_queue().0, 2);
    lab.advance(1);
    expected.extend([(c, "refused", 600), (c, "paid", 10)]);
    assert_eq!(answers(&lab), expected);
    assert_eq!(lab.exchange.withdrawal_queue(), (0, Usd::ZERO));
    assert_eq!(lab.exchange.balance(b, USD), Usd::dollars(450));
}

#[test]
fn a_freeze_and_a_daily_limit() {
    let mut lab = Lab::new(with(PlatformConfig {
        withdrawal_freezes: vec![between(0, 100)],
        withdrawals: WithdrawalConfig {
            daily_limit: Some(Usd::dollars(100)),
            gated: Gated::Refuse,
            ..WithdrawalConfig::default()
        },
        ..PlatformConfig::default()
    }));
    let a = lab.cross(500);
    withdraw(&mut lab, a, 10);
    lab.advance(100_000);
    withdraw(&mut lab, a, 60);
    withdraw(&mut lab, a, 41);
    withdraw(&mut lab, a, 40);
    lab.advance(86_300_000);
    withdraw(&mut lab, a, 100);
    let expected = [
        (a, "refused", 10),
        (a, "paid", 60),
        (a, "refused", 41),
        (a, "paid", 40),
        (a, "paid", 100),
    ];
    assert_eq!(answers(&lab), expected);
}

#[test]
fn a_platform_that_lent_the_money_away() {
    let token = (BTC, Usd(2_000_000));
    let mut lab = Lab::new(with(PlatformConfig {
        solvency: Some(SolvencyConfig {
            affiliate_loan: Usd::dollars(600),
            loan_recovery: Rate::bps(2500),
            own_token: Some(token),
        }),
        ..PlatformConfig::default()
    }));
    let (a, b) = (lab.cross(500), lab.cross(500));
    lab.apply(ExchangeEvent::IndexPrice {
        asset: BTC,
        price: Usd::dollars(100),
    });
    let sheet = lab.exchange.balance_sheet();
    assert_eq!(sheet.held, Usd::dollars(400));
    assert_eq!(
        (sheet.loan, sheet.token),
        (Usd::dollars(150), Usd::dollars(200))
    );
    assert_eq!(sheet.liabilities, Usd::dollars(1000));
    assert_eq!(sheet.shortfall(), Usd::dollars(250));
    withdraw(&mut lab, a, 400);
    // Who asks for more than he owns proves nothing.
    withdraw(&mut lab, a, 101);
    assert!(!lab.exchange.is_insolvent());
    withdraw(&mut lab, b, 1);
    assert!(lab.exchange.is_insolvent());
    let shortfall = Usd::dollars(600 - 350);
    assert_eq!(lab.records, [VenueRecord::Insolvent { shortfall }]);
    lab.advance(86_400_000);
    withdraw(&mut lab, a, 1);
    let expected = [
        (a, "paid", 400),
        (a, "refused", 101),
        (b, "queued", 1),
        (a, "queued", 1),
    ];
    assert_eq!(answers(&lab), expected);
}

#[test]
fn the_feed_shows_the_last_order_of_a_second() {
    let mut config = with(PlatformConfig::default());
    config.liquidation.latency = SimDuration::millis(100);
    let mut lab = Lab::new(config);
    let short = lab.cross(100_000);
    let longs: Vec<AccountId> = [4, 6]
        .map(|qty| {
            let long = lab.cross(50 * qty);
            lab.seed(long, FIRST, qty, 1000);
            long
        })
        .to_vec();
    lab.seed(short, FIRST, -10, 1000);
    let bid = |slot, price, qty| {
        OrderRequest::limit(
            OrderId::new(short, slot, 0),
            Side::Buy,
            Price(price),
            Qty(qty),
        )
    };
    for (slot, price, qty) in [(0, 985, 5), (1, 980, 5)] {
        lab.submit(FIRST, bid(slot, price, qty));
    }
    lab.set_mark(FIRST, 990);
    lab.advance(1000);
    assert_eq!(lab.closes().len(), 3);
    assert!(longs.iter().all(|&long| lab.qty(long, FIRST) == 0));
    let all = lab.exchange.counters(FIRST).liquidated_long;
    assert_eq!(all, (5 * 985 + 5 * 980) * 1_000_000);
    // The second order traded one at 985 and five at 980.
    assert_eq!(
        lab.exchange.liquidated_in_feed(FIRST),
        (985 + 5 * 980) * 1_000_000
    );
}

#[test]
fn nonsense_is_refused_with_its_reason() {
    let refused = |platform| with(platform).validate().unwrap_err().to_string();
    let overload = OverloadConfig {
        delay: SimDuration::secs(2),
        lasting: SimDuration::secs(1),
        down: SimDuration::secs(30),
    };
    assert!(refused(api(0, 10, None)).contains("rate of the gate"));
    assert!(refused(api(1, 1000, Some(overload))).contains("longer than any"));
    let outages = vec![between(5, 5)];
    let platform = PlatformConfig {
        outages,
        ..PlatformConfig::default()
    };
    assert!(refused(platform).contains("ends before it begins"));
    assert!(Exchange::new(with(PlatformConfig::default())).is_ok());
}
