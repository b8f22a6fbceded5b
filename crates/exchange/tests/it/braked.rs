//! Random commands on venues with brakes and a platform, audited after every event.

use std::collections::BTreeSet;

use firesale_exchange::{
    ApiConfig, AuctionBound, Brake, BrakesConfig, ConcentrationConfig, DrawdownReference,
    DuringHalt, ExchangeEvent, Gated, HotWallet, Interval, LimitsConfig, LuldConfig, LuldTier,
    MakerConfig, MakerPenalty, MarketWideConfig, OverloadConfig, PlatformConfig, Refusal, Report,
    RollingConfig, SolvencyConfig, StopLogicConfig, ThrottleConfig, VenueConfig, VenueRecord,
    WhileHalted, WithdrawalConfig,
};
use firesale_types::{InstrumentId, Rate, SimDuration, SimTime, Usd};

use crate::commands::{Chaos, venue};
use crate::lab::FIRST;

const fn millis(n: i64) -> SimDuration {
    SimDuration::millis(n)
}

fn during(flag: u64) -> WhileHalted {
    if flag == 0 {
        WhileHalted::Wait
    } else {
        WhileHalted::Act
    }
}

/// Every brake, with times that suit a run of minutes.
fn brakes(kind: u64) -> BrakesConfig {
    let mut market = MarketWideConfig::us_stocks(FIRST, None);
    market.reference = DrawdownReference::Rolling {
        window: millis(20_000),
    };
    for level in &mut market.levels {
        level.halt = Some(millis(3000));
    }
    BrakesConfig {
        luld: Some(LuldConfig {
            tiers: vec![LuldTier::One, LuldTier::Two, LuldTier::Exempt],
            window: millis(10_000),
            hold: millis(1000),
            limit_state: millis(700),
            halt: millis(2000),
            max_halt: millis(4000),
            doubled: vec![(millis(0), millis(30_000))],
            ..LuldConfig::default()
        }),
        market_wide: Some(market),
        rolling: Some(RollingConfig {
            width: Rate::bps(400),
            window: millis(10_000),
            pause: millis(1500),
        }),
        stop_logic: Some(StopLogicConfig {
            range: Rate::bps(50),
            pause: millis(800),
        }),
        during_halt: DuringHalt {
            backstop: during(kind % 2),
            adl: during(kind / 2 % 2),
        },
        auction_bound: if kind.is_multiple_of(3) {
            AuctionBound::FromMark(Rate::bps(800))
        } else {
            AuctionBound::Bankruptcy
        },
        limits: LimitsConfig {
            throttle: Some(ThrottleConfig {
                per_second: 1,
                burst: 1,
            }),
            max_position: Some(Usd::dollars(15_000)),
            concentration: Some(ConcentrationConfig {
                share: Rate::bps(6000),
                above: Usd::dollars(4_000),
            }),
        },
        makers: Some(MakerConfig {
            max_spread: Rate::bps(500),
            min_size: Usd::dollars(100),
            uptime: Rate::bps(3000),
            period: millis(5000),
            penalty: MakerPenalty::TakerFee,
        }),
        ..BrakesConfig::default()
    }
}

fn between(from: i64, to: i64) -> Interval {
    Interval {
        from: SimTime(from * 1_000_000_000),
        to: SimTime(to * 1_000_000_000),
    }
}

fn platform(kind: u64) -> PlatformConfig {
    PlatformConfig {
        api: Some(ApiConfig {
            per_second: 6,
            max_delay: millis(900),
            overload: Some(OverloadConfig {
                delay: millis(600),
                lasting: millis(200),
                down: millis(1000),
            }),
        }),
        outages: vec![between(40, 45), between(44, 50)],
        liquidates_while_down: kind.is_multiple_of(2),
        transfer_freezes: vec![between(60, 65)],
        withdrawal_freezes: vec![between(70, 80)],
        withdrawals: WithdrawalConfig {
            daily_limit: Some(Usd::dollars(5000)),
            hot_wallet: Some(HotWallet {
                size: Usd::dollars(2000),
                refill_per_hour: Usd::dollars(90_000),
            }),
            gated: if kind.is_multiple_of(3) {
                Gated::Refuse
            } else {
                Gated::Queue
            },
        },
        solvency: (kind % 3 == 1).then_some(SolvencyConfig {
            affiliate_loan: Usd::dollars(90_000),
            loan_recovery: Rate::bps(5000),
            own_token: None,
        }),
    }
}

fn chaos(seed: u64, kind: u64) -> Chaos {
    let rules = VenueConfig {
        brakes: brakes(kind),
        platform: platform(kind),
        ..venue(kind)
    };
    let mut chaos = Chaos::under(seed, rules);
    for user in [2, 5] {
        let user = chaos.users[user];
        chaos.lab.exchange.oblige(user).unwrap();
    }
    chaos
}

/// A random command, and now and then an event that only the venue itself should send.
fn step(chaos: &mut Chaos) {
    chaos.step();
    let instrument = InstrumentId(chaos.rng.below(4) as u16);
    let until = chaos.lab.now + millis(chaos.rng.below(3000) as i64);
    match chaos.rng.below(200) {
        0 => chaos
            .lab
            .apply(ExchangeEvent::HaltAlong { instrument, until }),
        1 => chaos.lab.apply(ExchangeEvent::Brake { instrument }),
        2 => chaos.lab.apply(ExchangeEvent::Serve),
        3 => chaos.lab.apply(ExchangeEvent::PayWithdrawals),
        _ => {}
    }
}

#[test]
fn audited_after_every_event() {
    let (mut brakes, mut refusals, mut stages) = (BTreeSet::new(), Vec::new(), [0_i128; 4]);
    let (mut queued, mut outages, mut insolvent, mut feed) = (0, 0, 0, 0);
    for kind in 0..12 {
        let mut chaos = chaos(300 + kind, kind);
        for _ in 0..3000 {
            step(&mut chaos);
        }
        for record in &chaos.lab.records {
            match *record {
                VenueRecord::Halt { brake, .. } => {
                    brakes.insert(brake);
                }
                VenueRecord::Outage { .. } => outages += 1,
                VenueRecord::Insolvent { .. } => insolvent += 1,
                _ => {}
            }
        }
        for (_, report) in &chaos.lab.reports {
            match *report {
                Report::Refused { why, .. } if !refusals.contains(&why) => refusals.push(why),
                Report::WithdrawalQueued { .. } => queued += 1,
                _ => {}
            }
        }
        for instrument in [0, 1].map(InstrumentId) {
            let counters = chaos.lab.exchange.counters(instrument);
            for (sum, stage) in stages.iter_mut().zip(counters.liquidated_by_stage) {
                *sum += stage;
            }
            let shown = chaos.lab.exchange.liquidated_in_feed(instrument);
            assert!(shown <= counters.liquidated_long + counters.liquidated_short);
            feed += shown;
        }
    }
    let all = [
        Brake::Script,
        Brake::Luld,
        Brake::MarketWide,
        Brake::Rolling,
        Brake::StopLogic,
        Brake::Coordinated,
    ];
    assert_eq!(brakes, BTreeSet::from(all));
    for why in [
        Refusal::Throttled,
        Refusal::Overloaded,
        Refusal::Down,
        Refusal::PositionLimit,
        Refusal::Concentration,
    ] {
        assert!(refusals.contains(&why), "{why}: {refusals:?}");
    }
    assert!(stages.iter().all(|&value| value > 0), "{stages:?}");
    assert!(queued > 0 && outages > 0 && insolvent > 0 && feed > 0);
}

#[test]
fn a_checkpoint_goes_on_as_if_nothing_had_happened() {
    for kind in 0..4 {
        let mut one = chaos(70 + kind, kind);
        let mut copy = chaos(70 + kind, kind);
        for _ in 0..1000 {
            step(&mut one);
            step(&mut copy);
        }
        let bytes = serde_json::to_vec(&one.lab.exchange).unwrap();
        copy.lab.exchange = serde_json::from_slice(&bytes).unwrap();
        for _ in 0..1000 {
            step(&mut one);
            step(&mut copy);
        }
        assert_eq!(one.hash(), copy.hash());
        assert_eq!(one.lab.exchange.digest(), copy.lab.exchange.digest());
        assert_eq!(one.lab.records, copy.lab.records);
        let again = serde_json::to_vec(&one.lab.exchange).unwrap();
        assert_eq!(again, serde_json::to_vec(&copy.lab.exchange).unwrap());
    }
}
