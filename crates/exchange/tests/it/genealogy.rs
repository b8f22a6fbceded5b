//! Chains of causes through everything: factors of a cross account, stops, halts, lost hedges, sales
//! of the vault, and other venues.

use firesale_exchange::{
    Cause, CollateralConfig, Exchange, ExchangeEvent, GenealogyRecord, Lineage, Link, MarkRule,
    Origin, Told, UnwindPolicy, VenueRecord, Via,
};
use firesale_matching::{OrderRequest, Trigger, TriggerSource, TriggerWhen};
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimDuration, Usd, VenueId,
};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, perp, plain, vault};

const COIN: AssetId = AssetId(3);
const ELSEWHERE: VenueId = VenueId(4);

/// The breach of a liquidation: the factor that brought the most, its part, its prices.
fn breach(lab: &Lab, number: u32) -> (Via, Rate, (i64, i64)) {
    let found = lab.links.iter().find_map(|link| match *link {
        GenealogyRecord::Breach {
            id,
            via,
            via_part,
            prices,
            ..
        } if id == number => Some((via, via_part, prices)),
        _ => None,
    });
    found.unwrap()
}

/// What brought a link about, in basis points.
fn parts(lab: &Lab, link: Cause) -> Vec<(Cause, i64)> {
    let parts = lab.links.iter().filter_map(|record| match *record {
        GenealogyRecord::Part { of, cause, part } if of == link => {
            Some((cause, (part.0 + 50_000) / 100_000))
        }
        _ => None,
    });
    parts.collect()
}

fn sell(account: AccountId, slot: u16, qty: i64, cause: Cause) -> OrderRequest {
    OrderRequest {
        tag: cause.0,
        ..OrderRequest::market(OrderId::new(account, slot, 0), Side::Sell, Qty(qty))
    }
}

/// A link of another venue as it is told.
fn told(of: Told, part: Rate, link: Link, root: Link, generation: u16) -> ExchangeEvent {
    let lineage = Lineage {
        root: Some(root),
        generation,
        forced: Rate::ONE,
    };
    ExchangeEvent::Origin {
        of,
        part,
        origin: Origin { link, lineage },
    }
}

const fn abroad(id: u32) -> Link {
    Link {
        venue: Some(ELSEWHERE),
        cause: Cause::liquidation(id),
    }
}

/// Two scripted perpetuals, a counterparty to all.
fn pair() -> (Lab, AccountId) {
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC), perp("ETH", ETH)]));
    let other = lab.cross(10_000_000);
    (lab, other)
}

#[test]
fn a_cross_account_is_closed_in_what_did_not_fall() {
    let (mut lab, other) = pair();
    let holder = lab.cross(4000);
    for (instrument, qty) in [(FIRST, 10), (SECOND, 20)] {
        lab.seed(holder, instrument, qty, 1000);
        lab.seed(other, instrument, -qty, 1000);
    }
    lab.submit(
        SECOND,
        OrderRequest::limit(OrderId::new(other, 0, 0), Side::Buy, Price(1000), Qty(20)),
    );
    // Equity 1000 against 5% of 7,000 and of 20,000.
    lab.set_mark(FIRST, 700);
    assert_eq!(breach(&lab, 0), (Via::Mark(FIRST), Rate::ONE, (1000, 700)));
    assert_eq!(
        parts(&lab, Cause::liquidation(0)),
        [(Cause::SCRIPT, 10_000)]
    );
    lab.advance(2000);
    let first = lab.records.iter().find_map(|record| match *record {
        VenueRecord::Liquidation { instrument, .. } => Some(instrument),
        _ => None,
    });
    // The position with the larger margin goes first, though it has lost nothing.
    assert_eq!(first, Some(SECOND));
    assert!(Via::Mark(FIRST).crosses(SECOND, ETH));
    assert!(!Via::Mark(FIRST).crosses(FIRST, BTC));
}

#[test]
fn causes_are_weighted_by_the_money_lost_to_each_factor() {
    let mut second = perp("ETH", ETH);
    second.mark = MarkRule::Last;
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC), second]));
    let other = lab.cross(10_000_000);
    let holder = lab.cross(4000);
    for (instrument, qty) in [(FIRST, 10), (SECOND, 20)] {
        lab.seed(holder, instrument, qty, 1000);
        lab.seed(other, instrument, -qty, 1000);
    }
    let bid = |slot, price, qty| {
        OrderRequest::limit(
            OrderId::new(other, slot, 0),
            Side::Buy,
            Price(price),
            Qty(qty),
        )
    };
    lab.submit(SECOND, bid(0, 1000, 1));
    lab.submit(SECOND, bid(1, 950, 50));
    let seller = lab.cross(1_000_000);
    lab.submit(SECOND, sell(seller, 0, 1, Cause::NEWS));
    lab.submit(SECOND, sell(seller, 1, 1, Cause::NEWS));
    assert!(lab.exchange.liquidations().is_empty());
    // Twenty at 50 lost to the news, ten at 170 to the script.
    lab.set_mark(FIRST, 830);
    let (via, part, _) = breach(&lab, 0);
    assert_eq!(via, Via::Mark(FIRST));
    assert_eq!(part.0 / 1_000, 1700 * 1_000_000 / 2700);
    assert_eq!(
        parts(&lab, Cause::liquidation(0)),
        [(Cause::SCRIPT, 6296), (Cause::NEWS, 3704)]
    );
    assert_eq!(lab.exchange.liquidations()[0].forced_share, 0.0);
}

/// A venue that takes a coin as collateral, worth a dollar.
fn with_coin() -> Lab {
    let mut config = plain(vec![perp("BTC", BTC)]);
    config.collateral = vec![CollateralConfig {
        asset: COIN,
        initial_price: Usd::dollars(1),
        haircut: Rate::ZERO,
        tiers: Vec::new(),
    }];
    Lab::new(config)
}

#[test]
fn a_fall_of_the_collateral_elsewhere_continues_the_chain() {
    let mut lab = with_coin();
    let (holder, other) = (lab.cross(0), lab.cross(1_000_000));
    lab.exchange
        .credit(holder, COIN, Usd::dollars(1000))
        .unwrap();
    lab.seed(holder, FIRST, 10, 1000);
    lab.seed(other, FIRST, -10, 1000);
    let of = Told::Index(COIN);
    // Three quarters by the fifth liquidation there, a third link of a chain that began with the
    // second; the rest is not explained.
    lab.apply(told(of, Rate::bps(7500), abroad(5), abroad(2), 3));
    let price = Usd(450_000);
    lab.apply(ExchangeEvent::IndexPrice { asset: COIN, price });
    let (via, part, prices) = breach(&lab, 0);
    assert_eq!((via, part), (Via::Collateral(COIN), Rate::ONE));
    assert_eq!(prices, (1_000_000, 450_000));
    assert!(via.crosses(FIRST, BTC) && !Via::Collateral(BTC).crosses(FIRST, BTC));
    let case = lab.exchange.liquidations()[0].clone();
    assert_eq!(lab.exchange.resolve(case.cause), abroad(5));
    assert_eq!((case.root, case.abroad), (0, Some(abroad(2))));
    assert_eq!(case.generation, 4);
    assert!((case.forced_share - 0.75).abs() < 1e-6);
    let told = parts(&lab, Cause::liquidation(0));
    assert_eq!(told, [(case.cause, 7500), (Cause::INDEX, 2500)]);
    // What it brings about goes on from the same root.
    let child = lab.exchange.lineage(Cause::liquidation(0));
    assert_eq!((child.root, child.generation), (Some(abroad(2)), 4));
    // The word was for one change only.
    let (second, price) = (lab.cross(0), Usd(300_000));
    lab.exchange
        .credit(second, COIN, Usd::dollars(1500))
        .unwrap();
    let third = lab.cross(1_000_000);
    lab.seed(second, FIRST, 10, 1000);
    lab.seed(third, FIRST, -10, 1000);
    lab.apply(ExchangeEvent::IndexPrice { asset: COIN, price });
    // 412,500 by the liquidation, 137,500 and 150,000 unexplained.
    assert_eq!(lab.exchange.liquidations()[1].account, second);
    assert_eq!(parts(&lab, Cause::liquidation(1))[0].1, 5893);
}

#[test]
fn a_chain_that_comes_home_is_its_own() {
    let mut lab = with_coin();
    let (holder, other) = (lab.cross(600), lab.cross(1_000_000));
    lab.seed(holder, FIRST, 10, 1000);
    lab.seed(other, FIRST, -10, 1000);
    lab.set_mark(FIRST, 980);
    // Two windows of the mark's rule later that fall is forgotten.
    lab.advance(60_000);
    let later = lab.cross(0);
    lab.exchange
        .credit(later, COIN, Usd::dollars(1000))
        .unwrap();
    let third = lab.cross(1_000_000);
    lab.seed(later, FIRST, 10, 980);
    lab.seed(third, FIRST, -10, 980);
    let own = |id| Link {
        venue: None,
        cause: Cause::liquidation(id),
    };
    // The ninth liquidation here does not exist: that part is not explained.
    lab.apply(told(Told::Index(COIN), Rate::bps(6000), own(0), own(0), 0));
    lab.apply(told(Told::Index(COIN), Rate::bps(4000), own(9), own(9), 0));
    let price = Usd(450_000);
    lab.apply(ExchangeEvent::IndexPrice { asset: COIN, price });
    let case = &lab.exchange.liquidations()[1];
    assert_eq!((case.account, case.cause), (later, Cause::liquidation(0)));
    assert_eq!((case.root, case.abroad, case.generation), (0, None, 1));
    assert_eq!(
        parts(&lab, Cause::liquidation(1)),
        [(Cause::liquidation(0), 6000), (Cause::INDEX, 4000)]
    );
}

#[test]
fn the_root_is_reached_through_stops() {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = MarkRule::Last;
    let mut config = plain(vec![instrument]);
    config.liquidation.latency = SimDuration::secs(50);
    let mut lab = Lab::new(config);
    // They breach below 989.5 and below 926.4.
    let (first, last) = (lab.cross(600), lab.cross(1200));
    let stopped = lab.cross(20_000);
    for (account, qty) in [(first, 10), (last, 10), (stopped, 20)] {
        lab.seed(account, FIRST, qty, 1000);
    }
    let other = lab.cross(10_000_000);
    lab.seed(other, FIRST, -40, 1000);
    let bids = [
        (990, 10),
        (980, 10),
        (960, 10),
        (940, 10),
        (920, 10),
        (900, 10),
    ];
    for (slot, (price, qty)) in bids.into_iter().enumerate() {
        lab.limit(other, slot as u16, Side::Buy, price, qty);
    }
    let trigger = Trigger {
        source: TriggerSource::Mark,
        when: TriggerWhen::AtOrBelow,
        price: Price(960),
    };
    lab.submit(
        FIRST,
        OrderRequest {
            trigger: Some(trigger),
            ..sell(stopped, 0, 20, Cause::STOP)
        },
    );
    let seller = lab.cross(1_000_000);
    lab.submit(FIRST, sell(seller, 0, 10, Cause::NEWS));
    lab.submit(FIRST, sell(seller, 1, 1, Cause::NEWS));
    assert_eq!(lab.family(), [(Cause::NEWS, 0, 0)]);
    // Fifty seconds later a third of the news' ten ticks is remembered. The liquidation sells nine
    // at 980 and one at 960, which moves the bid by twenty and sets off the stop; that sells to 920
    // and moves it by forty.
    lab.advance(50_000);
    let stops = Cause::stops(0);
    assert_eq!(
        parts(&lab, stops),
        [(Cause::liquidation(0), 8571), (Cause::NEWS, 1429)]
    );
    assert_eq!(lab.exchange.parent(stops), Some(Cause::liquidation(0)));
    let link = lab.exchange.lineage(stops);
    assert_eq!(
        link.root.map(|root| root.cause),
        Some(Cause::liquidation(0))
    );
    assert_eq!(link.generation, 1);
    assert_eq!(lab.family()[1], (stops, 0, 2));
    assert_eq!(lab.exchange.liquidations()[1].account, last);
    // Twenty by force, and six sevenths of the stop's forty.
    let forced = (20.0 + 40.0 * 6.0 / 7.0) / (20.0 + 40.0 + 10.0 / 3.0);
    let found = lab.exchange.liquidations()[1].forced_share;
    assert!((found - forced).abs() < 1e-3, "{found}");
    let released = lab.links.iter().any(|link| {
        matches!(*link, GenealogyRecord::Stop { release: 0, account, qty: Qty(20), reason, .. }
            if account == stopped && reason == Cause::STOP)
    });
    assert!(released);
    let sold: i64 = lab
        .records
        .iter()
        .map(|record| match *record {
            VenueRecord::Trade { cause, qty, .. } if cause == stops => qty.0,
            _ => 0,
        })
        .sum();
    assert_eq!(sold, 20);
}

/// A bankrupt long of the first whose only counterparty hedges a long of the second with it.
fn deleveraged() -> (Lab, AccountId) {
    let (mut lab, other) = pair();
    let (bankrupt, hedger) = (lab.cross(500), lab.cross(3000));
    lab.seed(bankrupt, FIRST, 10, 1000);
    lab.seed(hedger, FIRST, -10, 1000);
    lab.seed(hedger, SECOND, 10, 1000);
    lab.seed(other, SECOND, -10, 1000);
    lab.set_mark(FIRST, 940);
    lab.advance(2000);
    assert_eq!((lab.qty(hedger, FIRST), lab.qty(bankrupt, FIRST)), (0, 0));
    (lab, hedger)
}

#[test]
fn a_hedge_that_deleveraging_took_is_named() {
    let (mut lab, hedger) = deleveraged();
    // Without its hedge, closed at 950, it stands at 3500. The first falls by another 260 and the
    // second by 320.
    lab.set_mark(FIRST, 680);
    lab.set_mark(SECOND, 680);
    let case = &lab.exchange.liquidations()[1];
    assert_eq!((case.account, case.cause), (hedger, Cause::adl(0)));
    // The liquidation, its deleveraging, what followed.
    assert_eq!((case.root, case.generation), (0, 2));
    assert_eq!(
        parts(&lab, Cause::liquidation(1)),
        [(Cause::adl(0), 8125), (Cause::SCRIPT, 1875)]
    );
    assert_eq!(breach(&lab, 1).0, Via::Mark(SECOND));
}

#[test]
fn a_hedge_that_was_replaced_or_is_long_gone_is_not_missed() {
    let (mut lab, _) = deleveraged();
    lab.advance(700_000);
    lab.set_mark(FIRST, 680);
    lab.set_mark(SECOND, 680);
    assert_eq!(lab.family()[1], (Cause::SCRIPT, 1, 0));
    let (mut lab, hedger) = deleveraged();
    let buyer = lab.cross(1_000_000);
    lab.limit(buyer, 0, Side::Buy, 940, 10);
    lab.submit(FIRST, sell(hedger, 0, 10, Cause::HEDGE));
    assert_eq!(lab.qty(hedger, FIRST), -10);
    lab.set_mark(SECOND, 660);
    assert_eq!(lab.family()[1], (Cause::SCRIPT, 1, 0));
}

#[test]
fn a_hedge_lost_on_another_venue_is_named() {
    let (mut lab, other) = pair();
    let holder = lab.cross(1000);
    lab.seed(holder, FIRST, 10, 1000);
    lab.seed(other, FIRST, -10, 1000);
    let lineage = Lineage {
        root: Some(abroad(0)),
        generation: 1,
        forced: Rate::ONE,
    };
    let link = Link {
        venue: Some(ELSEWHERE),
        cause: Cause::adl(0),
    };
    // A short of four units of the base: a lot here is one.
    lab.apply(ExchangeEvent::HedgeTaken {
        account: holder,
        base: BTC,
        amount: -4_000_000,
        origin: Origin { link, lineage },
    });
    lab.set_mark(FIRST, 940);
    let case = &lab.exchange.liquidations()[0];
    let told = parts(&lab, Cause::liquidation(0));
    // Four of ten would have been made good.
    assert_eq!(told, [(Cause::SCRIPT, 6000), (told[1].0, 4000)]);
    assert_eq!(lab.exchange.resolve(told[1].0), link);
    assert_eq!((case.cause, case.generation), (Cause::SCRIPT, 0));
    assert!((case.forced_share - 0.4).abs() < 1e-6);
}

#[test]
fn arbitrage_passes_a_chain_on() {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = MarkRule::Last;
    let mut lab = Lab::new(plain(vec![instrument]));
    let (holder, other) = (lab.cross(1000), lab.cross(10_000_000));
    lab.seed(holder, FIRST, 10, 1000);
    lab.seed(other, FIRST, -10, 1000);
    lab.limit(other, 0, Side::Buy, 1000, 5);
    lab.limit(other, 1, Side::Buy, 940, 1);
    let of = Told::Hedges {
        instrument: FIRST,
        falling: true,
    };
    lab.apply(told(of, Rate::bps(3000), abroad(8), abroad(8), 0));
    lab.advance(1000);
    // What is told later takes its place.
    lab.apply(told(of, Rate::bps(4000), abroad(7), abroad(6), 1));
    lab.apply(told(of, Rate::bps(2000), abroad(6), abroad(6), 0));
    let arbitrageur = lab.cross(1_000_000);
    lab.submit(FIRST, sell(arbitrageur, 0, 6, Cause::HEDGE));
    let case = &lab.exchange.liquidations()[0];
    assert_eq!(lab.exchange.resolve(case.cause), abroad(7));
    assert_eq!((case.abroad, case.generation), (Some(abroad(6)), 2));
    let shares: Vec<i64> = parts(&lab, Cause::liquidation(0))
        .iter()
        .map(|one| one.1)
        .collect();
    assert_eq!(shares, [4000, 4000, 2000]);
    assert!((case.forced_share - 0.6).abs() < 1e-6);
}

#[test]
fn a_halt_along_with_another_venue_names_its_halt() {
    let (mut lab, _) = pair();
    let halt = Link {
        venue: Some(ELSEWHERE),
        cause: Cause::halt(3),
    };
    lab.apply(told(Told::Halt(FIRST), Rate::ONE, halt, abroad(2), 5));
    let until = lab.now + SimDuration::secs(10);
    lab.apply(ExchangeEvent::HaltAlong {
        instrument: FIRST,
        until,
    });
    let cause = lab.records.iter().find_map(|record| match *record {
        VenueRecord::Halt { id: 0, cause, .. } => Some(cause),
        _ => None,
    });
    assert_eq!(lab.exchange.resolve(cause.unwrap()), halt);
    let lineage = lab.exchange.lineage(Cause::halt(0));
    assert_eq!((lineage.root, lineage.generation), (Some(abroad(2)), 6));
    assert_eq!(parts(&lab, Cause::halt(0)).len(), 1);
}

#[test]
fn the_gap_of_a_reopening_belongs_to_the_halt() {
    let mut instrument = perp("BTC", BTC);
    instrument.mark = MarkRule::Last;
    let mut lab = Lab::new(plain(vec![instrument]));
    let (holder, other) = (lab.cross(1000), lab.cross(10_000_000));
    lab.seed(holder, FIRST, 10, 1000);
    lab.seed(other, FIRST, -10, 1000);
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    lab.limit(other, 0, Side::Buy, 940, 5);
    let seller = lab.cross(1_000_000);
    let id = OrderId::new(seller, 0, 0);
    lab.submit(
        FIRST,
        OrderRequest::limit(id, Side::Sell, Price(940), Qty(5)),
    );
    lab.apply(ExchangeEvent::Reopen { instrument: FIRST });
    assert_eq!(lab.exchange.mark(FIRST), Price(940));
    assert_eq!(lab.family(), [(Cause::halt(0), 0, 0)]);
    assert_eq!(lab.exchange.parent(Cause::halt(0)), Some(Cause::SCRIPT));
}

#[test]
fn what_the_vault_sells_names_whose_it_was() {
    let rules = firesale_exchange::BackstopConfig {
        unwind: Some(UnwindPolicy {
            period: SimDuration::secs(5),
            fraction: Rate::ONE,
            slippage: Rate::bps(1000),
        }),
        ..vault(100_000)
    };
    let mut config = plain(vec![perp("BTC", BTC)]);
    config.backstop = Some(rules);
    let mut lab = Lab::new(config);
    let (small, large) = (lab.cross(600), lab.cross(1200));
    let other = lab.cross(10_000_000);
    lab.seed(small, FIRST, 10, 1000);
    lab.seed(large, FIRST, 20, 1000);
    lab.seed(other, FIRST, -30, 1000);
    // No bids: below two thirds of maintenance margin the vault takes both.
    lab.set_mark(FIRST, 965);
    lab.advance(2500);
    assert_eq!(lab.qty(Exchange::BACKSTOP, FIRST), 30);
    lab.limit(other, 0, Side::Buy, 960, 30);
    lab.advance(5000);
    let sold = lab.records.iter().find_map(|record| match *record {
        VenueRecord::Trade { cause, .. } => Some(cause),
        _ => None,
    });
    // The larger part of what it held was the second's.
    assert_eq!(sold, Some(Cause::unwind(1)));
    let lineage = lab.exchange.lineage(Cause::unwind(1));
    assert_eq!((lineage.generation, lineage.forced), (1, Rate::ONE));
}

#[test]
fn unknown_names_in_what_is_told_break_nothing() {
    let (mut lab, _) = pair();
    let wild = [
        0,
        15,
        16,
        99,
        1 << 31,
        (5 << 29) | 3,
        (7 << 29) | 9,
        u32::MAX - 1,
        u32::MAX,
    ];
    for number in wild {
        for venue in [None, Some(ELSEWHERE)] {
            let link = Link {
                venue,
                cause: Cause(number),
            };
            let of = [
                Told::Index(BTC),
                Told::OtherMid(InstrumentId(9)),
                Told::Halt(FIRST),
                Told::Hedges {
                    instrument: InstrumentId(7),
                    falling: false,
                },
            ];
            for of in of {
                lab.apply(told(of, Rate(i64::MAX), link, link, u16::MAX));
                lab.apply(told(of, Rate(-1), link, link, 0));
            }
            let origin = Origin {
                link,
                lineage: Lineage::default(),
            };
            lab.apply(ExchangeEvent::HedgeTaken {
                account: AccountId(number),
                base: BTC,
                amount: i64::MIN,
                origin,
            });
        }
    }
    let price = Usd::dollars(900);
    lab.apply(ExchangeEvent::IndexPrice { asset: BTC, price });
    lab.apply(ExchangeEvent::Halt { instrument: FIRST });
    assert!(lab.exchange.lineage(Cause::stops(7)).root.is_none());
}
