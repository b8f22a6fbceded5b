//! Who pays for a bankruptcy, when, at what price, and who stands behind the fund; by hand. One
//! tick times one lot is a dollar, maintenance 5%.

use firesale_exchange::{
    AdlNeed, AdlPolicy, AdlPrice, AdlTrigger, Exchange, InstrumentConfig, LiquidationLimit,
    LossSharing, MarginMode, PoolConfig, Report, Stage, Surplus, VenueConfig, VenueRecord,
    adl_lights,
};
use firesale_types::{AccountId, Price, Qty, Rate, Side, SimDuration, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, perp, plain, vault};

const POLICIES: [AdlPolicy; 7] = [
    AdlPolicy::Queue,
    AdlPolicy::Quantile,
    AdlPolicy::ProRata,
    AdlPolicy::CappedProRata,
    AdlPolicy::RiskAware,
    AdlPolicy::Random,
    AdlPolicy::Largest,
];

fn one_perp() -> VenueConfig {
    plain(vec![perp("BTC", BTC)])
}

fn two_perps() -> Vec<InstrumentConfig> {
    vec![perp("BTC", BTC), perp("ETH", ETH)]
}

/// What each account gave to deleveraging, in lots, in the order of the accounts.
fn given(lab: &Lab, accounts: &[AccountId]) -> Vec<i64> {
    let of = |account: &AccountId| {
        let gave = lab.records.iter().filter_map(|record| match *record {
            VenueRecord::Adl {
                counterparty, qty, ..
            } if counterparty == *account => Some(qty.0),
            _ => None,
        });
        gave.sum()
    };
    accounts.iter().map(of).collect()
}

/// Losses shared, in dollars, by account.
fn shared(lab: &Lab) -> Vec<(AccountId, i64)> {
    let of = lab.records.iter().filter_map(|record| match *record {
        VenueRecord::LossShared {
            account, amount, ..
        } => Some((account, amount.0 / 1_000_000)),
        _ => None,
    });
    of.collect()
}

/// Gini coefficient.
fn gini(given: &[i64]) -> f64 {
    let mut sorted = given.to_vec();
    sorted.sort_unstable();
    let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<i64>() as f64);
    let ranked = sorted.iter().enumerate();
    let weighted: f64 = ranked.map(|(at, &x)| (at as f64 + 1.0) * x as f64).sum();
    2.0 * weighted / (n * sum) - (n + 1.0) / n
}

/// A long of 100 lots that ends at -1000 at a mark of 890, against 40 shorts in profit of different
/// sizes, entries and leverages.
fn frozen_book(adl: AdlPolicy) -> (Lab, AccountId, Vec<AccountId>) {
    let mut lab = Lab::new(VenueConfig { adl, ..one_perp() });
    let long = lab.cross(10_000);
    lab.seed(long, FIRST, 100, 1000);
    let mut shorts = Vec::new();
    let mut all = 0;
    for n in 0..40_i64 {
        let lots = 3 + n * n % 17 * 4;
        let short = lab.cross(lots * 200 * (1 + n % 7));
        lab.seed(short, FIRST, -lots, 905 + n % 11 * 30);
        shorts.push(short);
        all += lots;
    }
    let other = lab.cross(100_000_000);
    lab.seed(other, FIRST, all - 100, 900);
    (lab, long, shorts)
}

#[test]
fn seven_rules_on_one_frozen_book() {
    let mut ginis = Vec::new();
    for policy in POLICIES {
        let (mut lab, long, shorts) = frozen_book(policy);
        lab.set_mark(FIRST, 890);
        let frozen = lab.exchange.adl_candidates(FIRST, Side::Sell);
        assert_eq!(frozen.len(), 40);
        lab.advance(1000);
        // The deficit is the same: 100 lots at 900, ten dollars a lot beyond the mark.
        assert_eq!(lab.closes(), [(long, 100, 900, Stage::Adl)], "{policy:?}");
        assert_eq!(lab.equity(long), 0);
        let gave = given(&lab, &shorts);
        assert_eq!(gave.iter().sum::<i64>(), 100);
        // What the function says of the frozen list, but for the key of the draw.
        let need = AdlNeed {
            qty: Qty(100),
            loss_per_lot: Usd::dollars(10),
            key: 0,
        };
        let said: Vec<i64> = policy
            .allocate(&frozen, &need)
            .iter()
            .map(|q| q.0)
            .collect();
        if policy != AdlPolicy::Random {
            assert_eq!(gave, said, "{policy:?}");
        }
        if policy == AdlPolicy::ProRata {
            let all: i64 = frozen.iter().map(|c| c.lots.0).sum();
            for (candidate, &lots) in frozen.iter().zip(&gave) {
                let exact = 100.0 * candidate.lots.0 as f64 / all as f64;
                assert!((lots as f64 - exact).abs() < 1.0);
            }
        }
        ginis.push((policy, gini(&gave)));
    }
    println!("{ginis:?}");
    let of = |policy| ginis.iter().find(|(one, _)| *one == policy).unwrap().1;
    for sharing in [
        AdlPolicy::ProRata,
        AdlPolicy::CappedProRata,
        AdlPolicy::RiskAware,
    ] {
        assert!(of(AdlPolicy::Queue) > of(sharing), "{ginis:?}");
    }
}

#[test]
fn lights_show_who_is_first() {
    let (mut lab, _, shorts) = frozen_book(AdlPolicy::Quantile);
    lab.set_mark(FIRST, 890);
    let lights = adl_lights(&lab.exchange.adl_candidates(FIRST, Side::Sell));
    lab.advance(1000);
    for (gave, light) in given(&lab, &shorts).into_iter().zip(lights) {
        assert!(gave == 0 || light == 4, "{gave} of light {light}");
    }
}

#[test]
fn nobody_pays_more_than_it_has_and_the_fund_bears_the_rest() {
    let mut config = one_perp();
    config.insurance_fund = Usd::dollars(50);
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    // 900 is ten dollars beyond the mark of 890: 45 dollars last for four lots.
    let poor = lab.cross(6 * 10 + 45);
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(poor, FIRST, -6, 880);
    let other = lab.cross(100_000);
    lab.seed(other, FIRST, -4, 880);
    lab.set_mark(FIRST, 890);
    lab.exchange.check_genesis().unwrap_or(());
    lab.advance(1000);
    assert_eq!(given(&lab, &[poor, other]), [4, 4]);
    let closes: Vec<_> = lab.closes().into_iter().filter(|c| c.0 == long).collect();
    assert_eq!(
        closes,
        [(long, 8, 900, Stage::Adl), (long, 2, 900, Stage::Insurance)]
    );
    // Two lots of ten dollars from a fund of 50.
    assert_eq!((lab.equity(long), lab.bad_debts().len()), (0, 1));
    assert_eq!(lab.bad_debts()[0], (long, 20_000_000));
}

/// A long of ten that ends at -100 at 890, against a rich short, and a fund of a thousand.
fn bankrupt(change: impl FnOnce(&mut VenueConfig)) -> (Lab, AccountId, AccountId) {
    let mut config = one_perp();
    config.insurance_fund = Usd::dollars(1000);
    change(&mut config);
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    let short = lab.cross(100_000);
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    (lab, long, short)
}

#[test]
fn at_negative_equity_the_fund_is_not_asked() {
    let (mut lab, long, _) = bankrupt(|c| c.adl_terms.trigger = AdlTrigger::NegativeEquity);
    // In breach, but not bankrupt: the book is tried, again and again.
    lab.set_mark(FIRST, 940);
    lab.advance(20_000);
    assert!(lab.closes().is_empty());
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Adl)]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(1000));
}

#[test]
fn winners_close_while_the_fund_is_in_drawdown() {
    let drawdown = |c: &mut VenueConfig| {
        c.insurance_fund = Usd::dollars(10_000);
        c.adl_terms.trigger = AdlTrigger::BYBIT;
        c.mark_period = SimDuration::secs(1);
    };
    let (mut lab, long, short) = bankrupt(drawdown);
    let [second, rich] = [lab.cross(2000), lab.cross(100_000)];
    lab.seed(second, FIRST, 20, 1000);
    lab.seed(rich, FIRST, -20, 1000);
    lab.advance(1000);
    // Equities of -1000 and -2000; the fund of 10,000 carries both, and is at 70% of its highest.
    lab.set_mark(FIRST, 800);
    lab.advance(1000);
    let taken = [
        (long, 10, 900, Stage::Insurance),
        (second, 20, 900, Stage::Insurance),
    ];
    assert_eq!(lab.closes(), taken);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(7000));
    lab.advance(1000);
    assert!(lab.exchange.insurance_pools().all(|pool| pool.in_drawdown));
    // Ten more at 800 with 1000: nothing is left at 695, where the fund has 3850 and could carry it.
    let late = lab.cross(1000);
    lab.limit(short, 0, Side::Sell, 800, 10);
    lab.market(late, Side::Buy, 10);
    lab.set_mark(FIRST, 695);
    lab.advance(1000);
    assert_eq!(lab.closes()[2..], [(late, 10, 700, Stage::Adl)]);
    // At 900 the fund is back at 10,000: deleveraging stops.
    lab.set_mark(FIRST, 900);
    lab.advance(2000);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(10_000));
    assert!(!lab.exchange.insurance_pools().any(|pool| pool.in_drawdown));
}

#[test]
fn the_price_is_a_key() {
    let closes = |change: fn(&mut VenueConfig)| {
        let (mut lab, ..) = bankrupt(|c| {
            c.insurance_fund = Usd::ZERO;
            change(c);
        });
        lab.set_mark(FIRST, 950);
        lab.set_mark(FIRST, 890);
        lab.advance(1000);
        lab.closes()[0].2
    };
    assert_eq!(closes(|_| ()), 900);
    assert_eq!(closes(|c| c.backstop = Some(vault(0))), 950);
    assert_eq!(
        closes(|c| c.adl_terms.price = Some(AdlPrice::PreviousMark)),
        950
    );
    let both = |c: &mut VenueConfig| {
        c.backstop = Some(vault(0));
        c.adl_terms.price = Some(AdlPrice::Bankruptcy);
    };
    assert_eq!(closes(both), 900);
}

#[test]
fn the_previous_mark_gives_way_to_the_bankruptcy_price() {
    let (mut lab, long, _) = bankrupt(|c| {
        c.insurance_fund = Usd::ZERO;
        c.adl_terms.price = Some(AdlPrice::PreviousMark);
    });
    // A short of five with 200 dollars at 890: at 950 it can pay for three lots.
    let poor = lab.cross(150);
    let far = lab.cross(100_000);
    lab.seed(poor, FIRST, -5, 900);
    lab.seed(far, FIRST, 5, 900);
    lab.set_mark(FIRST, 950);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    // First the poor one by its leverage; nothing is left over.
    assert_eq!(given(&lab, &[poor])[0], 3);
    assert_eq!(lab.closes(), [(long, 10, 950, Stage::Adl)]);
}

#[test]
fn a_step_closes_no_more_than_its_limits() {
    let (mut lab, long, _) = bankrupt(|c| {
        c.insurance_fund = Usd::ZERO;
        c.adl = AdlPolicy::Random;
        c.adl_terms.max_portion = Rate::bps(5000);
        c.adl_terms.max_notional = Usd::dollars(3_600);
    });
    lab.set_mark(FIRST, 890);
    let mut left = Vec::new();
    for _ in 0..5 {
        lab.advance(1000);
        left.push(lab.qty(long, FIRST));
    }
    // Four of ten (3600 over 890), then three, two and one by half, and the last.
    assert_eq!(left, [6, 3, 1, 0, 0]);
    let (mut lab, long, _) = bankrupt(|c| c.adl_terms.max_insurance_loss = Usd::dollars(99));
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Adl)]);
}

#[test]
fn a_crowd_in_one_account_is_ranked_like_each_of_its_members() {
    for policy in [AdlPolicy::Queue, AdlPolicy::Quantile, AdlPolicy::Largest] {
        let mut lab = Lab::new(VenueConfig {
            adl: policy,
            ..one_perp()
        });
        let long = lab.cross(1000);
        lab.seed(long, FIRST, 10, 1000);
        let crowd = lab.open(MarginMode::Cross, 10, 20_000);
        let one = lab.cross(2_100);
        lab.seed(crowd, FIRST, -30, 1000);
        lab.seed(one, FIRST, -4, 1000);
        let other = lab.cross(1_000_000);
        lab.seed(other, FIRST, 24, 1000);
        lab.set_mark(FIRST, 890);
        lab.advance(1000);
        // Four lots on 2100 are more leverage, and more lots, than three on 2000.
        assert_eq!(given(&lab, &[one, crowd]), [4, 6], "{policy:?}");
    }
}

#[test]
fn pools_take_over_what_is_theirs() {
    let mut config = plain(two_perps());
    config.insurance_fund = Usd::dollars(5000);
    config.insurance.pools = vec![PoolConfig {
        name: "alts".to_owned(),
        capital: Usd::dollars(3000),
        instruments: vec![SECOND],
    }];
    let mut lab = Lab::new(config);
    let trader = lab.cross(3000);
    let other = lab.cross(1_000_000);
    for (instrument, lots) in [(FIRST, 10), (SECOND, 20)] {
        lab.seed(trader, instrument, lots, 1000);
        lab.seed(other, instrument, -lots, 1000);
    }
    lab.set_mark(FIRST, 900);
    lab.set_mark(SECOND, 890);
    // 3000 - 1000 - 2200 = -200 of 26,800: the pools get 9000 and 17,800 of it.
    lab.advance(1000);
    let pools: Vec<_> = lab.exchange.insurance_pools().collect();
    let alts = pools[1].account;
    assert_eq!(
        (pools[0].name.as_str(), pools[1].name.as_str()),
        ("main", "alts")
    );
    assert_eq!(lab.qty(Exchange::INSURANCE, FIRST), 10);
    assert_eq!((lab.qty(alts, SECOND), lab.qty(alts, FIRST)), (20, 0));
    // The dust is that of the larger part.
    let alts_part = -200_000_000 + 200_000_000 * 9_000 / 26_800;
    assert_eq!(pools[1].flows.takeovers, Usd(alts_part));
    assert_eq!(pools[1].balance, Usd(3_000_000_000 + alts_part));
    assert_eq!(
        pools[0].balance,
        Usd(5_000_000_000 - 200_000_000 - alts_part)
    );
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(7800));
    assert!(lab.bad_debts().is_empty());
}

#[test]
fn a_pool_without_money_leaves_it_to_winners() {
    let mut config = plain(two_perps());
    config.insurance_fund = Usd::dollars(1_000_000);
    config.insurance.pools = vec![PoolConfig {
        name: "alts".to_owned(),
        capital: Usd::ZERO,
        instruments: vec![SECOND],
    }];
    let mut lab = Lab::new(config);
    let other = lab.cross(1_000_000);
    let traders = [FIRST, SECOND].map(|instrument| {
        let trader = lab.cross(1000);
        lab.seed(trader, instrument, 10, 1000);
        lab.seed(other, instrument, -10, 1000);
        lab.set_mark(instrument, 890);
        trader
    });
    lab.advance(1000);
    let closes = lab.closes();
    assert_eq!(closes[0], (traders[0], 10, 900, Stage::Insurance));
    assert_eq!(closes[1], (traders[1], 10, 900, Stage::Adl));
}

#[test]
fn fees_and_surplus_feed_the_pool_of_the_instrument() {
    let fed = |surplus, fee_bps| {
        let mut config = plain(two_perps());
        config.fees.liquidation = Rate::bps(fee_bps);
        config.insurance.surplus = surplus;
        config.insurance.pools = vec![PoolConfig {
            name: "majors".to_owned(),
            capital: Usd::ZERO,
            instruments: vec![FIRST],
        }];
        let mut lab = Lab::new(config);
        let long = lab.cross(1000);
        let buyer = lab.cross(1_000_000);
        lab.seed(long, FIRST, 10, 1000);
        lab.seed(buyer, FIRST, -10, 1000);
        lab.limit(buyer, 0, Side::Buy, 935, 10);
        lab.set_mark(FIRST, 940);
        lab.advance(1000);
        let pool = lab.exchange.insurance_pools().nth(1).unwrap();
        assert_eq!(pool.balance, pool.flows.fees + pool.flows.surplus);
        (
            lab.exchange.equity(long).0 / 1_000_000,
            pool.flows.fees.0 / 1_000_000,
            pool.flows.surplus.0 / 1_000_000,
        )
    };
    // Sold at 935, 35 a lot above the bankruptcy price of 900.
    assert_eq!(fed(Surplus::Account, 0), (350, 0, 0));
    assert_eq!(fed(Surplus::Fund, 0), (0, 0, 350));
    // 2% of 9350 is 187, and the surplus what is left.
    assert_eq!(fed(Surplus::Fund, 200), (0, 187, 163));
}

/// A long of ten whose liquidation sells at 850: 500 below zero, and a fund of 80. Winners have
/// profits of 3000, 1000 (isolated) and none.
fn shared_deficit(sharing: LossSharing) -> (Lab, AccountId, [AccountId; 3]) {
    let mut config = one_perp();
    config.liquidation.limit = LiquidationLimit::None;
    config.insurance_fund = Usd::dollars(80);
    config.insurance.sharing = sharing;
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    let winners = [lab.cross(50_000), lab.isolated(20_000), lab.cross(50_000)];
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(winners[0], FIRST, -20, 1090);
    let margin = Some(Usd::dollars(2_000));
    lab.exchange
        .seed_position(winners[1], FIRST, Qty(-10), Price(1040), margin)
        .unwrap();
    lab.seed(winners[2], FIRST, -5, 900);
    let buyer = lab.cross(1_000_000);
    lab.seed(buyer, FIRST, 25, 1000);
    lab.limit(buyer, 0, Side::Buy, 850, 10);
    (lab, long, winners)
}

#[test]
fn a_socialised_loss_goes_by_open_profit() {
    let (mut lab, long, winners) = shared_deficit(LossSharing::Socialised);
    lab.set_mark(FIRST, 940);
    let before = winners.map(|id| lab.equity(id));
    lab.advance(1000);
    assert_eq!(lab.bad_debts(), [(long, 500_000_000)]);
    // The fund pays 80; 420 over 3000 and 1000.
    assert_eq!(shared(&lab), [(winners[0], 315), (winners[1], 105)]);
    let after = winners.map(|id| lab.equity(id));
    assert_eq!(after, [before[0] - 315, before[1] - 105, before[2]]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::ZERO);
    let report = lab.last_report(winners[0]);
    assert_eq!(
        report,
        Some(Report::LossShared {
            instrument: FIRST,
            amount: Usd::dollars(315)
        })
    );
    let pool = lab.exchange.insurance_pools().next().unwrap();
    assert_eq!(
        (pool.flows.deficits, pool.flows.recovered),
        (Usd::dollars(500), Usd::dollars(420))
    );
}

#[test]
fn nobody_shares_more_than_its_profit() {
    let mut config = one_perp();
    config.adl = AdlPolicy::Off;
    config.insurance_fund = Usd::dollars(30);
    config.insurance.sharing = LossSharing::Socialised;
    let mut lab = Lab::new(config);
    let long = lab.cross(1000);
    let short = lab.cross(100_000);
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 895);
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    // 100 below zero, of which the fund has 30; the short has won 50.
    assert_eq!(shared(&lab), [(short, 50)]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::dollars(-20));
}

#[test]
fn a_debt_that_the_owner_made_is_shared_too() {
    let (mut lab, _, winners) = shared_deficit(LossSharing::Socialised);
    lab.set_mark(FIRST, 1000);
    let user = lab.cross(1000);
    let seller = lab.cross(1_000_000);
    lab.limit(seller, 0, Side::Sell, 1000, 10);
    lab.market(user, Side::Buy, 8);
    let id = firesale_types::OrderId::new(user, 1, 0);
    let sale = firesale_matching::OrderRequest::market(id, Side::Sell, Qty(8));
    lab.submit(FIRST, sale);
    // Bought at 1000, sold at 850: 200 below zero, of which the fund has 80. Profits are 1800, 400
    // and 1200 of the one who bought at 850.
    assert_eq!(lab.equity(user), -200);
    lab.advance(1000);
    let paid: Vec<i64> = shared(&lab).iter().map(|(_, dollars)| *dollars).collect();
    assert_eq!(shared(&lab)[0].0, winners[0]);
    // 120 * 1800 / 3400 = 63.5, 14.1, 42.4.
    assert_eq!(paid, [63, 14, 42]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::ZERO);
}

#[test]
fn a_clawback_goes_by_profits_realised_since_the_settlement() {
    let window = SimDuration::secs(100);
    for (wait, expected) in [(1, [315, 105]), (98_000, [0, 0])] {
        let (mut lab, long, winners) = shared_deficit(LossSharing::Clawback { window });
        // The first two realise 600 and 200: buying 4 and 2 at 940.
        lab.set_mark(FIRST, 960);
        let seller = lab.cross(1_000_000);
        lab.limit(seller, 0, Side::Sell, 940, 6);
        lab.market(winners[0], Side::Buy, 4);
        lab.market(winners[1], Side::Buy, 2);
        lab.advance(1_000 + wait);
        lab.set_mark(FIRST, 940);
        lab.advance(1000);
        assert_eq!(lab.bad_debts(), [(long, 500_000_000)]);
        let paid: Vec<i64> = shared(&lab).iter().map(|(_, dollars)| *dollars).collect();
        assert_eq!(paid.iter().sum::<i64>(), expected.iter().sum::<i64>());
        if wait == 1 {
            assert_eq!(shared(&lab), [(winners[0], 315), (winners[1], 105)]);
        }
    }
}

#[test]
fn without_adl_a_takeover_beyond_the_fund_is_shared() {
    let (mut lab, long, short) = bankrupt(|c| {
        c.adl = AdlPolicy::Off;
        c.insurance_fund = Usd::dollars(30);
        c.insurance.sharing = LossSharing::Socialised;
    });
    lab.set_mark(FIRST, 890);
    lab.advance(1000);
    assert_eq!(lab.closes(), [(long, 10, 900, Stage::Insurance)]);
    assert_eq!(shared(&lab), [(short, 70)]);
    assert_eq!(lab.exchange.insurance_balance(), Usd::ZERO);
    assert_eq!(lab.equity(short), 101_030);
}

#[test]
fn senseless_rules_are_refused() {
    type Change = fn(&mut VenueConfig);
    let pool = |name: &str, instruments| PoolConfig {
        name: name.to_owned(),
        capital: Usd::ZERO,
        instruments,
    };
    let pools = |pools: Vec<PoolConfig>| {
        let mut config = plain(two_perps());
        config.insurance.pools = pools;
        Exchange::new(config).unwrap_err().to_string()
    };
    assert!(pools(vec![pool("a", vec![FIRST]), pool("b", vec![FIRST])]).contains("in two"));
    assert!(pools(vec![pool("main", vec![FIRST])]).contains("`main`"));
    assert!(pools(vec![pool("a", vec![])]).contains("no instruments"));
    let far = firesale_types::InstrumentId(7);
    assert!(pools(vec![pool("a", vec![far])]).contains("not a perpetual"));
    let many = (0..9).map(|n| pool(&n.to_string(), vec![FIRST]));
    assert!(pools(many.collect()).contains("more than 8"));
    let wrong: [(Change, &str); 4] = [
        (|c| c.adl_terms.max_portion = Rate::ZERO, "portion"),
        (|c| c.adl_terms.max_notional = Usd::ZERO, "notional"),
        (
            |c| {
                c.adl_terms.trigger = AdlTrigger::FundDrawdown {
                    start: Rate::bps(2000),
                    stop: Rate::bps(2500),
                    window: SimDuration::secs(1),
                }
            },
            "stops",
        ),
        (
            |c| {
                c.insurance.sharing = LossSharing::Clawback {
                    window: SimDuration::ZERO,
                }
            },
            "clawback",
        ),
    ];
    for (change, why) in wrong {
        let mut config = one_perp();
        change(&mut config);
        let error = Exchange::new(config).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
