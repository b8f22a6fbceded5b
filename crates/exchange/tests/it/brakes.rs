//! Halts by rule, and what goes on while a book is halted.

use firesale_exchange::{
    AuctionBound, Brake, BrakesConfig, Cause, ConcentrationConfig, DrawdownReference, DuringHalt,
    ExchangeEvent, FeeSchedule, LimitsConfig, LuldConfig, LuldTier, MakerConfig, MakerPenalty,
    MarketWideConfig, Refusal, Report, RollingConfig, Stage, StopLogicConfig, ThrottleConfig,
    VenueConfig, VenueRecord, WhileHalted,
};
use firesale_matching::{OrderRequest, RejectReason, Trigger, TriggerSource, TriggerWhen};
use firesale_types::{
    AccountId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimDuration, SimTime, Usd,
};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, perp, plain, vault};

const SECOND_NS: i64 = 1_000_000_000;

fn with(brakes: BrakesConfig) -> VenueConfig {
    VenueConfig {
        brakes,
        ..plain(vec![perp("BTC", BTC), perp("ETH", ETH)])
    }
}

fn luld() -> BrakesConfig {
    BrakesConfig {
        luld: Some(LuldConfig {
            tiers: vec![LuldTier::One],
            ..LuldConfig::default()
        }),
        ..BrakesConfig::default()
    }
}

fn seconds(n: i64) -> SimTime {
    SimTime(n * SECOND_NS)
}

/// Halts so far: instrument, brake, end in seconds.
fn halts(lab: &Lab) -> Vec<(InstrumentId, Brake, Option<i64>)> {
    let halts = lab.records.iter().filter_map(|record| match *record {
        VenueRecord::Halt {
            instrument,
            brake,
            until,
            ..
        } => Some((instrument, brake, until.map(|at| at.0 / SECOND_NS))),
        _ => None,
    });
    halts.collect()
}

/// Reopenings so far: price of the auction, gap in basis points.
fn reopenings(lab: &Lab) -> Vec<(Option<i64>, i64)> {
    let all = lab.records.iter().filter_map(|record| match *record {
        VenueRecord::Reopened { price, gap, .. } => Some((price.map(|p| p.0), gap.0 / 100_000)),
        _ => None,
    });
    all.collect()
}

fn refused(lab: &Lab, account: AccountId) -> Option<Refusal> {
    match lab.last_report(account) {
        Some(Report::Refused { why, .. }) => Some(why),
        _ => None,
    }
}

#[test]
fn orders_outside_the_bands_are_refused_and_fifteen_seconds_at_the_band_halt() {
    let mut lab = Lab::new(with(luld()));
    let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
    assert_eq!(
        lab.exchange.luld_bands(FIRST),
        Some((Price(950), Price(1050)))
    );
    lab.limit(a, 0, Side::Buy, 949, 1);
    assert_eq!(
        refused(&lab, a),
        Some(Refusal::Book(RejectReason::OutsideBand))
    );
    lab.limit(a, 0, Side::Buy, 960, 1);
    lab.limit(b, 0, Side::Sell, 1040, 1);
    // A sell to the end of the band takes the bid; what is left stands at the lower band.
    lab.limit(b, 1, Side::Sell, 950, 3);
    lab.advance(14_999);
    assert!(halts(&lab).is_empty());
    lab.advance(1);
    assert_eq!(halts(&lab), [(FIRST, Brake::Luld, Some(315))]);
    assert_eq!(
        lab.exchange.halted_by(FIRST),
        Some((Brake::Luld, Some(seconds(315))))
    );
    // While it is halted the bands are off: a bid at 900 may wait for the auction.
    lab.limit(a, 1, Side::Buy, 955, 2);
    lab.limit(a, 2, Side::Buy, 900, 1);
    lab.advance(299_000);
    assert_eq!(
        lab.exchange.halted_by(FIRST).map(|halt| halt.0),
        Some(Brake::Luld)
    );
    lab.advance(1000);
    assert_eq!(lab.exchange.halted_by(FIRST), None);
    // Two trade between 950 and 955 at the price nearest to the mark of 1000; the last price
    // before the halt was 960: -0.52%.
    assert_eq!(reopenings(&lab), [(Some(955), -52)]);
    // 5% of 955 is 47.75.
    assert_eq!(
        lab.exchange.luld_bands(FIRST),
        Some((Price(907), Price(1003)))
    );
}

#[test]
fn the_other_tier_is_wider_and_the_cause_is_who_moved_the_price() {
    let mut lab = Lab::new(with(luld()));
    let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
    assert_eq!(
        lab.exchange.luld_bands(SECOND),
        Some((Price(900), Price(1100)))
    );
    lab.limit(a, 0, Side::Buy, 990, 2);
    lab.limit(a, 1, Side::Buy, 951, 2);
    lab.limit(b, 0, Side::Sell, 1040, 1);
    let sell = |slot, price, qty, cause: Cause| OrderRequest {
        tag: cause.0,
        ..OrderRequest::limit(OrderId::new(b, slot, 0), Side::Sell, Price(price), Qty(qty))
    };
    lab.submit(FIRST, sell(1, 990, 2, Cause::NEWS));
    lab.submit(FIRST, sell(2, 951, 2, Cause::HEDGE));
    // No bid is left inside the band.
    lab.advance(15_000);
    assert_eq!(halts(&lab).len(), 1);
    let cause = lab.records.iter().find_map(|record| match *record {
        VenueRecord::Halt { cause, .. } => Some(cause),
        _ => None,
    });
    // The first took the best bid from 990 to 951; the second left nothing to measure against.
    assert_eq!(cause, Some(Cause::NEWS));
}

#[test]
fn a_halt_at_the_band_is_extended_once_while_the_auction_would_leave_the_bands() {
    let mut lab = Lab::new(with(luld()));
    let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
    lab.limit(b, 0, Side::Sell, 950, 3);
    lab.advance(15_000);
    lab.limit(a, 0, Side::Buy, 800, 2);
    lab.limit(b, 1, Side::Sell, 800, 2);
    lab.exchange.book(FIRST).indicative().unwrap();
    lab.advance(300_000);
    assert_eq!(
        halts(&lab),
        [
            (FIRST, Brake::Luld, Some(315)),
            (FIRST, Brake::Luld, Some(615))
        ]
    );
    lab.advance(300_000);
    assert_eq!(reopenings(&lab), [(Some(800), -2000)]);
}

#[test]
fn the_market_falls_and_every_book_halts() {
    let mut config = with(BrakesConfig {
        market_wide: Some(MarketWideConfig {
            reference: DrawdownReference::Day,
            ..MarketWideConfig::us_stocks(SECOND, None)
        }),
        ..BrakesConfig::default()
    });
    config.mark_period = SimDuration::secs(1);
    let mut lab = Lab::new(config);
    lab.advance(1000);
    lab.set_mark(SECOND, 931);
    assert!(halts(&lab).is_empty());
    lab.set_mark(SECOND, 930);
    let both = |until| [FIRST, SECOND].map(|i| (i, Brake::MarketWide, Some(until)));
    assert_eq!(halts(&lab), both(901));
    // The second level comes while the first still holds, and prolongs it.
    lab.advance(60_000);
    lab.set_mark(SECOND, 870);
    assert_eq!(halts(&lab)[2..], both(961));
    lab.advance(900_000);
    assert!(!lab.exchange.book(FIRST).is_halted() && !lab.exchange.book(SECOND).is_halted());
    // Nothing traded: the gap is that of the mark. 1000 in the first book, 870 in the second.
    assert_eq!(reopenings(&lab), [(None, 0), (None, -1300)]);
}

#[test]
fn a_trade_far_from_the_window_pauses_for_two_minutes() {
    let mut lab = Lab::new(with(BrakesConfig {
        rolling: Some(RollingConfig::default()),
        ..BrakesConfig::default()
    }));
    let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
    for (slot, price) in [(0, 1000), (1, 901), (2, 899), (3, 700)] {
        lab.limit(a, slot, Side::Buy, price, 1);
    }
    lab.market(b, Side::Sell, 2);
    // 10% of 1000 below the highest trade is 900.
    assert!(halts(&lab).is_empty());
    lab.market(b, Side::Sell, 1);
    assert_eq!(halts(&lab), [(FIRST, Brake::Rolling, Some(120))]);
    lab.market(b, Side::Sell, 1);
    assert_eq!(refused(&lab, b), Some(Refusal::Book(RejectReason::Halted)));
    lab.advance(120_000);
    // The window is new: the same order trades at 700 and trips nothing.
    lab.market(b, Side::Sell, 1);
    assert_eq!(halts(&lab).len(), 1);
    assert_eq!(lab.exchange.last(FIRST), Price(700));
}

fn stop(account: AccountId, qty: i64) -> OrderRequest {
    OrderRequest {
        trigger: Some(Trigger {
            source: TriggerSource::Mark,
            when: TriggerWhen::AtOrBelow,
            price: Price(990),
        }),
        ..OrderRequest::market(OrderId::new(account, 5, 0), Side::Sell, Qty(qty))
    }
}

#[test]
fn stops_that_would_run_through_the_book_wait() {
    let brakes = BrakesConfig {
        stop_logic: Some(StopLogicConfig {
            range: Rate::bps(100),
            pause: SimDuration::secs(5),
        }),
        ..BrakesConfig::default()
    };
    for (qty, waits) in [(4, false), (5, true)] {
        let mut lab = Lab::new(with(brakes.clone()));
        let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
        lab.limit(a, 0, Side::Buy, 1000, 4);
        lab.limit(a, 1, Side::Buy, 980, 4);
        lab.submit(FIRST, stop(b, qty));
        lab.set_mark(FIRST, 990);
        // Four find the best price; the fifth would trade 2% away.
        let expected = if waits { 1 } else { 0 };
        assert_eq!(halts(&lab).len(), expected);
        lab.advance(4999);
        assert_eq!(lab.qty(b, FIRST), if waits { 0 } else { -4 });
        // Bids may come meanwhile, and the stop meets them after the auction.
        lab.limit(a, 2, Side::Buy, 999, 4);
        lab.advance(1);
        assert_eq!(lab.qty(b, FIRST), -qty);
        assert_eq!(halts(&lab).len(), expected);
    }
}

#[test]
fn a_script_ends_a_brakes_halt_and_its_own_has_no_end() {
    let mut lab = Lab::new(with(luld()));
    let b = lab.cross(1_000_000);
    lab.limit(b, 0, Side::Sell, 950, 3);
    lab.advance(15_000);
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    assert_eq!(lab.exchange.halted_by(FIRST), None);
    // The quote still stands at the lower band around the mark, but the script comes first.
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    lab.advance(3_600_000);
    assert_eq!(lab.exchange.halted_by(FIRST), Some((Brake::Script, None)));
    assert_eq!(halts(&lab)[1..], [(FIRST, Brake::Script, None)]);
}

#[test]
fn another_venues_halt_ends_at_its_time() {
    let mut lab = Lab::new(with(BrakesConfig::default()));
    let along = |until| ExchangeEvent::HaltAlong {
        instrument: FIRST,
        until: seconds(until),
    };
    lab.advance(10_000);
    lab.apply(along(10));
    lab.apply(along(20));
    lab.apply(along(15));
    assert_eq!(halts(&lab), [(FIRST, Brake::Coordinated, Some(20))]);
    lab.advance(10_000);
    assert_eq!(lab.exchange.halted_by(FIRST), None);
}

/// A long of ten at 1000 with 500 dollars: 5% maintenance, bankrupt at 950. The other side is
/// rich. The first book is halted by hand.
fn halted_with_a_long(change: impl Fn(&mut VenueConfig)) -> (Lab, AccountId, AccountId) {
    let mut config = with(BrakesConfig::default());
    change(&mut config);
    let mut lab = Lab::new(config);
    let (long, short) = (lab.cross(500), lab.cross(100_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    (lab, long, short)
}

#[test]
fn a_liquidation_waits_for_the_auction_and_joins_it_at_its_bankruptcy_price() {
    let (mut lab, long, short) = halted_with_a_long(|_| ());
    lab.set_mark(FIRST, 990);
    lab.advance(60_000);
    assert!(lab.exchange.in_liquidation(long) && lab.closes().is_empty());
    lab.limit(short, 0, Side::Buy, 952, 4);
    lab.limit(short, 1, Side::Buy, 949, 9);
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    // It offers at 950; only the bid at 952 is there. The price is the nearest to the mark.
    assert_eq!(lab.closes(), [(long, 4, 952, Stage::Book)]);
}

#[test]
fn the_auction_bound_may_be_a_distance_from_the_mark() {
    for (bps, closed) in [(200, 0), (400, 4), (500, 10)] {
        let (mut lab, long, short) = halted_with_a_long(|config| {
            config.brakes.auction_bound = AuctionBound::FromMark(Rate::bps(bps));
        });
        lab.set_mark(FIRST, 990);
        lab.advance(10_000);
        lab.limit(short, 0, Side::Buy, 952, 4);
        lab.limit(short, 1, Side::Buy, 941, 9);
        lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
        // 2% below 990 is 971, 4% is 951, 5% is 941: beyond bankruptcy, if the rule says so.
        let filled: i64 = lab.closes().iter().map(|close| close.1).sum();
        assert_eq!(
            (filled, lab.closes().iter().all(|c| c.0 == long)),
            (closed, true),
            "{bps}"
        );
    }
}

#[test]
fn the_vault_acts_during_a_halt_or_waits() {
    for (during, taken) in [(WhileHalted::Wait, false), (WhileHalted::Act, true)] {
        let (mut lab, long, _) = halted_with_a_long(|config| {
            config.backstop = Some(vault(20_000));
            config.brakes.during_halt.backstop = during;
        });
        // Equity 400 of a maintenance margin of 495: above two thirds, nobody acts yet.
        lab.set_mark(FIRST, 990);
        lab.advance(5_000);
        assert!(lab.closes().is_empty());
        // Equity 300 of 490.
        lab.set_mark(FIRST, 980);
        lab.advance(5_000);
        let by_vault = [(long, 10, 950, Stage::Backstop)];
        assert_eq!(lab.closes() == by_vault, taken);
        assert_eq!(lab.closes().is_empty(), !taken);
        lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
        lab.advance(5_000);
        assert_eq!(lab.closes(), by_vault);
    }
}

#[test]
fn deleveraging_acts_during_a_halt_or_waits() {
    for (during, taken) in [(WhileHalted::Wait, false), (WhileHalted::Act, true)] {
        let (mut lab, long, short) = halted_with_a_long(|config| {
            config.brakes.during_halt = DuringHalt {
                adl: during,
                ..DuringHalt::default()
            };
        });
        lab.set_mark(FIRST, 990);
        lab.advance(5_000);
        assert!(lab.closes().is_empty());
        lab.set_mark(FIRST, 940);
        lab.advance(5_000);
        assert_eq!(lab.qty(short, FIRST), if taken { 0 } else { -10 });
        lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
        lab.advance(5_000);
        assert_eq!(lab.closes(), [(long, 10, 950, Stage::Adl)]);
    }
}

#[test]
fn reduce_only_orders_wait_in_a_halted_book_and_trade_what_is_left() {
    let (mut lab, _, short) = halted_with_a_long(|_| ());
    let other = lab.cross(100_000);
    let reduce = OrderRequest {
        reduce_only: true,
        ..OrderRequest::limit(OrderId::new(short, 0, 0), Side::Buy, Price(1000), Qty(12))
    };
    lab.submit(FIRST, reduce);
    lab.limit(other, 0, Side::Sell, 1000, 12);
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    assert_eq!((lab.qty(short, FIRST), lab.qty(other, FIRST)), (0, -10));
}

#[test]
fn too_many_messages_are_refused_but_not_reductions_and_cancels() {
    let mut lab = Lab::new(with(BrakesConfig {
        limits: LimitsConfig {
            throttle: Some(ThrottleConfig {
                per_second: 1,
                burst: 2,
            }),
            ..LimitsConfig::default()
        },
        ..BrakesConfig::default()
    }));
    let (a, b) = (lab.cross(10_000), lab.cross(10_000));
    lab.limit(a, 0, Side::Buy, 990, 1);
    lab.limit(a, 1, Side::Buy, 990, 1);
    lab.limit(a, 2, Side::Buy, 990, 1);
    assert_eq!(refused(&lab, a), Some(Refusal::Throttled));
    lab.limit(b, 0, Side::Sell, 990, 1);
    let reduce = OrderRequest {
        reduce_only: true,
        ..OrderRequest::limit(OrderId::new(a, 3, 0), Side::Sell, Price(1010), Qty(1))
    };
    lab.submit(FIRST, reduce);
    assert!(lab.exchange.open_order(a, 3).is_some());
    let id = OrderId::new(a, 1, 0);
    lab.apply(ExchangeEvent::Cancel {
        instrument: FIRST,
        id,
    });
    assert!(lab.exchange.open_order(a, 1).is_none());
    lab.advance(1000);
    lab.limit(a, 1, Side::Buy, 990, 1);
    assert!(lab.exchange.open_order(a, 1).is_some());
}

#[test]
fn positions_and_shares_of_open_interest_are_limited() {
    let limits = LimitsConfig {
        max_position: Some(Usd::dollars(10_000)),
        concentration: Some(ConcentrationConfig {
            share: Rate::bps(2500),
            above: Usd::dollars(3000),
        }),
        ..LimitsConfig::default()
    };
    let mut lab = Lab::new(with(BrakesConfig {
        limits,
        ..BrakesConfig::default()
    }));
    let (a, b, c) = (lab.cross(100_000), lab.cross(100_000), lab.cross(100_000));
    lab.seed(b, FIRST, 40, 1000);
    lab.seed(c, FIRST, -40, 1000);
    lab.limit(a, 0, Side::Buy, 900, 11);
    assert_eq!(refused(&lab, a), Some(Refusal::PositionLimit));
    // Ten of forty lots are a quarter; b holds more than it might open, and may close.
    lab.limit(a, 0, Side::Buy, 900, 10);
    lab.limit(b, 0, Side::Buy, 900, 1);
    assert_eq!(refused(&lab, b), Some(Refusal::PositionLimit));
    lab.limit(b, 0, Side::Sell, 1000, 20);
    lab.limit(c, 0, Side::Buy, 1000, 20);
    assert_eq!(lab.exchange.open_interest(FIRST), Qty(20));
    let d = lab.cross(100_000);
    lab.limit(d, 0, Side::Sell, 1100, 6);
    assert_eq!(refused(&lab, d), Some(Refusal::Concentration));
    lab.limit(d, 0, Side::Sell, 1100, 5);
    assert!(lab.exchange.open_order(d, 0).is_some());
    // Up to 3,000 dollars the share does not matter.
    lab.limit(d, 1, Side::Sell, 1100, 3);
    assert_eq!(refused(&lab, d), Some(Refusal::Concentration));
}

#[test]
fn a_market_maker_that_does_not_quote_loses_its_rebate() {
    let mut config = with(BrakesConfig {
        makers: Some(MakerConfig {
            max_spread: Rate::bps(200),
            min_size: Usd::dollars(2000),
            uptime: Rate::bps(5000),
            period: SimDuration::secs(10),
            penalty: MakerPenalty::Rebate,
        }),
        ..BrakesConfig::default()
    });
    config.instruments.truncate(1);
    config.mark_period = SimDuration::secs(1);
    config.fees = FeeSchedule {
        maker: Rate::bps(-10),
        taker: Rate::bps(20),
        liquidation: Rate::ZERO,
    };
    let mut lab = Lab::new(config);
    let (maker, taker) = (lab.cross(100_000), lab.cross(100_000));
    lab.exchange.oblige(maker).unwrap();
    assert_eq!(lab.exchange.maker_uptime(maker), None);
    // 990 and 1010 are 2% apart; three lots at 990 are enough, two at 1010 too.
    lab.limit(maker, 0, Side::Buy, 990, 3);
    lab.limit(maker, 1, Side::Sell, 1010, 2);
    lab.advance(6_000);
    assert_eq!(lab.exchange.maker_uptime(maker), Some((Rate::ONE, 0)));
    lab.market(taker, Side::Sell, 2);
    // Only one lot is left on the bid; the fill of 1,980 dollars earned 1.98.
    assert_eq!(
        lab.exchange.balance(maker, crate::lab::USD),
        Usd(100_001_980_000)
    );
    lab.advance(4_000);
    // Six of ten samples: enough. In the next period none.
    assert_eq!(lab.exchange.maker_uptime(maker), Some((Rate::bps(6000), 0)));
    lab.advance(10_000);
    assert_eq!(lab.exchange.maker_uptime(maker), Some((Rate::bps(3000), 1)));
    lab.market(taker, Side::Sell, 1);
    assert_eq!(
        lab.exchange.balance(maker, crate::lab::USD),
        Usd(100_001_980_000)
    );
}

#[test]
fn nonsense_is_refused_with_its_reason() {
    let refused = |brakes: BrakesConfig| with(brakes).validate().unwrap_err().to_string();
    let mut brakes = luld();
    brakes.luld.as_mut().unwrap().max_halt = SimDuration::secs(1);
    assert!(refused(brakes).contains("shorter than the halt"));
    let mut market = MarketWideConfig::us_stocks(FIRST, None);
    market.levels.swap(0, 1);
    let brakes = BrakesConfig {
        market_wide: Some(market),
        ..BrakesConfig::default()
    };
    assert!(refused(brakes).contains("do not rise"));
    let brakes = BrakesConfig {
        market_wide: Some(MarketWideConfig::us_stocks(InstrumentId(2), None)),
        ..BrakesConfig::default()
    };
    assert!(refused(brakes).contains("does not exist"));
    let brakes = BrakesConfig {
        auction_bound: AuctionBound::FromMark(Rate::bps(-1)),
        ..BrakesConfig::default()
    };
    assert!(refused(brakes).contains("auction bound"));
}
