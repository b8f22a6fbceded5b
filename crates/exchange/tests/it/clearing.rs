//! A cleared venue by hand: margin that follows volatility, the default fund, defaults down the
//! waterfall.

use firesale_exchange::clearing::Layer;
use firesale_exchange::{
    AuctionConfig, ClearingConfig, ConfigError, Exchange, ExchangeEvent, MarginMode,
    MarginModelConfig, Report, Stage, VenueConfig, VenueRecord,
};
use firesale_types::{AccountId, Rate, SimDuration, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp, plain, vault};

/// Margins of the tiers only, one stress of 20% either way, no least contribution; 3,000 dollars of
/// own capital and 650 behind the fund; bids of 1% of the notional for a hedge.
fn rules() -> ClearingConfig {
    ClearingConfig {
        margin: MarginModelConfig {
            initial_volatility: Rate::ZERO,
            floor: Rate::ZERO,
            ..MarginModelConfig::default()
        },
        stress: vec![Rate::bps(-2000), Rate::bps(2000)],
        member_equity: Usd::dollars(1),
        minimum_contribution: Usd::ZERO,
        own_capital: Usd::dollars(3000),
        second_capital: Usd::dollars(650),
        auction: AuctionConfig {
            spread: Rate::bps(100),
            ..AuctionConfig::default()
        },
        ..ClearingConfig::default()
    }
}

fn venue(rules: ClearingConfig) -> VenueConfig {
    VenueConfig {
        clearing: Some(rules),
        ..plain(vec![perp("A", BTC)])
    }
}

/// Five members at 1000 dollars; tiers of 10% initial, 5% maintenance. Lots: the defaulter long 100,
/// the others long 50, short 60, short 50, short 40.
///
/// Stress losses beyond initial margin: falling 20,000 - 10,000 and 10,000 - 5,000; rising 6,000,
/// 5,000 and 4,000. Cover-2 is 15,000 dollars. Margins stand as 10 : 5 : 6 : 5 : 4, so they pay in
/// 5,000, 2,500, 3,000, 2,500 and 2,000.
struct House {
    lab: Lab,
    defaulter: AccountId,
    others: [AccountId; 4],
}

impl House {
    fn new(rules: ClearingConfig) -> Self {
        let mut lab = Lab::new(venue(rules));
        let defaulter = lab.cross(17_000);
        lab.seed(defaulter, FIRST, 100, 1000);
        let others = [50, -60, -50, -40].map(|qty| {
            let account = lab.cross(100_000);
            lab.seed(account, FIRST, qty, 1000);
            account
        });
        lab.advance(0);
        Self {
            lab,
            defaulter,
            others,
        }
    }

    /// The mark gaps; the liquidation follows after a second.
    fn gap(&mut self, price: i64) {
        self.lab.set_mark(FIRST, price);
        self.lab.advance(1000);
    }

    /// What each of the others bore as a layer, in micro-dollars.
    fn bore(&self, layer: Layer) -> [i64; 4] {
        self.others.map(|other| self.paid(layer, other))
    }

    fn paid(&self, layer: Layer, by: AccountId) -> i64 {
        let paid = self.lab.records.iter().filter_map(|record| match *record {
            VenueRecord::Waterfall {
                account,
                layer: as_layer,
                payer,
                amount,
            } if (account, as_layer, payer) == (self.defaulter, layer, by) => Some(amount.0),
            _ => None,
        });
        paid.sum()
    }

    fn house(&self, layer: Layer) -> i64 {
        self.paid(layer, Exchange::CLEARING_CAPITAL)
    }

    fn winner(&self) -> Option<(AccountId, Usd)> {
        let mut auctions = self.lab.records.iter().filter_map(|record| match *record {
            VenueRecord::DefaultAuction { winner, price, .. } => Some(winner.map(|w| (w, price))),
            _ => None,
        });
        auctions.next_back().flatten()
    }

    fn fund(&self) -> Usd {
        self.lab.exchange.balance(Exchange::DEFAULT_FUND, USD)
    }
}

const DOLLAR: i64 = 1_000_000;

fn dollars(list: [i64; 4]) -> [i64; 4] {
    list.map(|one| one * DOLLAR)
}

#[test]
fn the_fund_is_sized_and_paid_in_by_hand() {
    let house = House::new(rules());
    let sized = house.lab.records.iter().find_map(|record| match *record {
        VenueRecord::FundSized {
            required,
            held,
            members,
        } => Some((required, held, members)),
        _ => None,
    });
    let all = Usd::dollars(15_000);
    assert_eq!(sized, Some((all, all, 5)));
    assert_eq!(house.fund(), all);
    let called = |account| house.lab.last_report(account);
    let amount = |dollars| {
        Some(Report::FundCalled {
            amount: Usd::dollars(dollars),
        })
    };
    assert_eq!(called(house.defaulter), amount(5000));
    assert_eq!(
        house.others.map(called),
        [2500, 3000, 2500, 2000].map(amount)
    );
    assert_eq!(house.lab.equity(house.defaulter), 12_000);
}

#[test]
fn a_small_default_is_paid_by_the_defaulter_alone() {
    let mut house = House::new(rules());
    // 13,000 lost: 1,000 are missing. The shorts of 60 and 50 need no more margin with 100 lots
    // more, and ask 1% of 87,000; the first of them gets the portfolio.
    house.gap(870);
    assert_eq!(house.winner(), Some((house.others[1], Usd::dollars(870))));
    assert_eq!(
        house.paid(Layer::Contribution, house.defaulter),
        1870 * DOLLAR
    );
    assert_eq!(house.house(Layer::OwnCapital), 0);
    assert_eq!(house.lab.equity(house.defaulter), 0);
    assert_eq!(house.lab.qty(house.others[1], FIRST), 40);
    assert_eq!(house.fund(), Usd::dollars(15_000 - 1870));
    assert_eq!(house.lab.exchange.bad_debt(), 0);
    let [(account, qty, price, stage)] = house.lab.closes()[..] else {
        panic!("one close");
    };
    assert_eq!(
        (account, qty, price, stage),
        (house.defaulter, 100, 870, Stage::Clearing)
    );
    // 100,000 paid in 3,000, gained 60 * 130, and was paid 870.
    assert_eq!(house.lab.equity(house.others[1]), 97_000 + 7800 + 870);
}

#[test]
fn margin_pays_before_the_contribution() {
    let mut house = House::new(rules());
    // 8,000 left against 4,800: safe. 4,200 left against 4,610: nobody trades, after three orders
    // the portfolio is auctioned; 922 of the margin pay the winner and the rest is returned.
    house.lab.set_mark(FIRST, 960);
    house.gap(922);
    house.lab.advance(10_000);
    assert_eq!(house.paid(Layer::Margin, house.defaulter), 922 * DOLLAR);
    assert_eq!(house.paid(Layer::Contribution, house.defaulter), 0);
    assert_eq!(house.lab.equity(house.defaulter), 4200 - 922);
    assert_eq!(house.lab.qty(house.defaulter, FIRST), 0);
}

#[test]
fn a_large_default_reaches_the_assessments_by_hand() {
    let mut house = House::new(rules());
    // 35,000 lost, 23,000 missing, and 650 for the winner: 5,000 + 3,000 + 10,000 + 650 from the
    // layers before, and half of 10,000 assessed.
    house.gap(650);
    assert_eq!(
        house.winner().map(|(_, price)| price),
        Some(Usd::dollars(650))
    );
    assert_eq!(
        house.paid(Layer::Contribution, house.defaulter),
        5000 * DOLLAR
    );
    assert_eq!(house.house(Layer::OwnCapital), 3000 * DOLLAR);
    assert_eq!(
        house.bore(Layer::MutualFund),
        dollars([2500, 3000, 2500, 2000])
    );
    assert_eq!(house.house(Layer::SecondCapital), 650 * DOLLAR);
    assert_eq!(
        house.bore(Layer::Assessment),
        dollars([1250, 1500, 1250, 1000])
    );
    assert_eq!(house.bore(Layer::GainsHaircut), [0; 4]);
    assert_eq!(house.fund(), Usd::ZERO);
    assert_eq!(house.lab.equity(house.defaulter), 0);
    assert_eq!(house.lab.exchange.bad_debt(), 0);
}

#[test]
fn gains_are_kept_back_by_hand() {
    let mut house = House::new(rules());
    // 38,500 to cover, 28,650 before the gains: 9,850 of 30,000, 25,000 and 20,000 gained, to the
    // micro-dollar by the largest remainder.
    house.gap(500);
    let third = [0, 3_940_000_000, 3_283_333_333, 2_626_666_667];
    assert_eq!(house.bore(Layer::GainsHaircut), third);
    assert_eq!(
        house.bore(Layer::Assessment),
        dollars([2500, 3000, 2500, 2000])
    );
    assert_eq!(house.bore(Layer::TearUp), [0; 4]);
    assert_eq!(house.lab.exchange.bad_debt(), 0);
}

#[test]
fn what_is_settled_is_no_gain_any_more() {
    let mut house = House::new(rules());
    house.lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    let before = house.lab.equity(house.others[1]);
    house.lab.set_mark(FIRST, 920);
    house.lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    // 60 lots * 80 dollars are cash now; equity is what it was.
    assert_eq!(house.lab.equity(house.others[1]), before + 4800);
    let position = house.lab.exchange.position(house.others[1], FIRST).unwrap();
    assert_eq!((position.unrealised, position.entry.0), (Usd::ZERO, 920));
    let cash = house.lab.exchange.balance(house.others[1], USD);
    assert_eq!(cash, Usd::dollars(97_000 + 4800));
    // The mark gaps from there: 420 a lot are gains of the day, 63,000 in all.
    house.gap(500);
    let kept = house.bore(Layer::GainsHaircut);
    assert_eq!(kept.iter().sum::<i64>(), 9850 * DOLLAR);
    assert_eq!(kept[1], 3940 * DOLLAR);
}

#[test]
fn contracts_are_torn_up_by_hand() {
    let capped = ClearingConfig {
        gains_haircut: Rate::bps(1000),
        ..rules()
    };
    let mut house = House::new(capped);
    // A tenth of the gains is 7,500: the winner could not be paid. Without it 38,000 are missing,
    // 36,150 are covered, 1,850 are left to those whose contracts are torn up: 40, 33 and 27 lots.
    house.gap(500);
    assert_eq!(
        house.bore(Layer::GainsHaircut),
        dollars([0, 3000, 2500, 2000])
    );
    assert_eq!(
        house.bore(Layer::TearUp),
        [0, 740_000_000, 610_500_000, 499_500_000]
    );
    let lots = house.others.map(|other| house.lab.qty(other, FIRST));
    assert_eq!(lots, [50, -20, -17, -13]);
    assert_eq!(house.lab.equity(house.defaulter), 0);
    assert_eq!(house.lab.exchange.bad_debt(), 0);
    let torn: Vec<(AccountId, i64)> = house
        .lab
        .records
        .iter()
        .filter_map(|record| match *record {
            VenueRecord::TornUp {
                counterparty, qty, ..
            } => Some((counterparty, qty.0)),
            _ => None,
        })
        .collect();
    assert_eq!(torn.len(), 3);
    assert_eq!(torn.iter().map(|(_, qty)| qty).sum::<i64>(), 100);
}

#[test]
fn without_bids_a_solvent_portfolio_is_torn_up_at_the_mark() {
    let none = ClearingConfig {
        auction: AuctionConfig {
            limit: Rate::ZERO,
            ..AuctionConfig::default()
        },
        ..rules()
    };
    let mut house = House::new(none);
    house.gap(922);
    house.lab.advance(10_000);
    assert_eq!(house.winner(), None);
    assert_eq!(house.lab.qty(house.defaulter, FIRST), 0);
    assert_eq!(house.lab.equity(house.defaulter), 4200);
    assert!(Layer::ALL.iter().all(|&layer| house.bore(layer) == [0; 4]));
}

#[test]
fn those_who_do_not_bid_pay_first() {
    let mut house = House::new(rules());
    // The long of 50 keeps 20,000: at 800 it has 10,000 of equity, 6,000 of it free, and 100 lots
    // more would need 8,000. It does not bid.
    let long = house.others[0];
    let amount = Usd::dollars(97_500 - 20_000);
    house.lab.apply(ExchangeEvent::Withdraw {
        account: long,
        asset: USD,
        amount,
    });
    // 8,000 missing and 800 for the winner: 5,000 and 3,000, then 800 from its 2,500 alone.
    house.gap(800);
    assert_eq!(house.winner(), Some((house.others[1], Usd::dollars(800))));
    assert_eq!(house.bore(Layer::MutualFund), dollars([800, 0, 0, 0]));
}

#[test]
fn the_fund_is_replenished_and_former_members_are_paid_out() {
    let mut house = House::new(ClearingConfig {
        sizing_period: SimDuration::secs(60),
        ..rules()
    });
    house.gap(870);
    house.lab.advance(60_000);
    // Long 50, long 40, short 50, short 40 at 870: falling 4,350 and 3,480 beyond margin.
    assert_eq!(house.fund(), Usd::dollars(4350 + 3480));
    let member = |account| house.lab.last_report(account);
    let returned = Report::FundCalled {
        amount: -Usd::dollars(5000 - 1870),
    };
    assert_eq!(member(house.defaulter), Some(returned));
    assert_eq!(house.lab.equity(house.defaulter), 3130);
}

#[test]
fn margin_follows_volatility_and_never_falls_below_the_tiers() {
    let calm = ClearingConfig {
        margin: MarginModelConfig::default(),
        ..rules()
    };
    let mut lab = Lab::new(venue(calm));
    let account = lab.cross(100_000);
    let other = lab.cross(10_000_000);
    lab.seed(account, FIRST, 100, 1000);
    lab.seed(other, FIRST, -100, 1000);
    // 12.3373% of initial margin (see the model's own test) is 1.23373 times the 10% of the tiers:
    // maintenance is 6.168662% of 100,000.
    let maintenance = |lab: &Lab| lab.exchange.maintenance(account).0 / DOLLAR;
    assert_eq!(maintenance(&lab), 6168);
    let free = lab.exchange.free_margin(account).0 / DOLLAR;
    assert_eq!(free, 100_000 - 12_338);
    // A year of days without a move: the tiers again.
    for _ in 0..365 {
        lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    }
    assert_eq!(maintenance(&lab), 5000);
    // A day of 40%: sqrt(0.03) * 40% = 6.928% a day, 28.49% over two with the buffer.
    lab.set_mark(FIRST, 1400);
    lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    assert_eq!(maintenance(&lab), 19_944);
}

#[test]
fn a_recalculation_finds_who_is_below_the_new_margin() {
    let mut lab = Lab::new(venue(ClearingConfig {
        margin: MarginModelConfig {
            initial_volatility: Rate::ZERO,
            ..MarginModelConfig::default()
        },
        ..rules()
    }));
    let short = lab.open(MarginMode::Cross, 1, 0);
    let long = lab.cross(10_000_000);
    lab.exchange
        .credit(short, USD, Usd::dollars(30_000))
        .unwrap();
    lab.seed(short, FIRST, -100, 1000);
    lab.seed(long, FIRST, 100, 1000);
    lab.set_mark(FIRST, 1150);
    assert!(!lab.exchange.in_liquidation(short));
    // A day of 15% and decay 0.97 is 2.598% a day, 10.684% of initial margin: 1.0684 times the
    // tiers' 10%, so 5.342% of 115,000 against 15,000.
    lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    assert_eq!(lab.exchange.maintenance(short).0 / DOLLAR, 6143);
    assert!(!lab.exchange.in_liquidation(short));
    // At 1230 7,000 are left against 5.342% of 123,000 = 6,571. The next settlement sees a day of
    // 6.957%: sqrt(0.97 * 0.02598^2 + 0.03 * 0.06957^2) = 2.828% a day, 11.631%, and 5.816% of
    // 123,000 = 7,153: nothing moved, but the margin did.
    lab.set_mark(FIRST, 1230);
    assert!(!lab.exchange.in_liquidation(short));
    let before = lab.exchange.maintenance(short);
    lab.apply(ExchangeEvent::Settle { instrument: FIRST });
    assert_eq!(before.0 / DOLLAR, 6570);
    assert_eq!(lab.exchange.maintenance(short).0 / DOLLAR, 7153);
    assert!(lab.exchange.in_liquidation(short));
}

#[test]
fn deficits_that_the_book_leaves_go_down_the_waterfall_too() {
    let mut config = venue(rules());
    config.liquidation.limit = firesale_exchange::LiquidationLimit::None;
    let mut lab = Lab::new(config);
    let long = lab.cross(10_000);
    let other = lab.cross(1_000_000);
    lab.seed(long, FIRST, 50, 1000);
    lab.seed(other, FIRST, -50, 1000);
    lab.advance(0);
    lab.limit(other, 0, firesale_types::Side::Buy, 700, 50);
    // The fund: falling 10,000 - 5,000 for the long; rising 5,000 for the short.
    assert_eq!(
        lab.exchange.balance(Exchange::DEFAULT_FUND, USD),
        Usd::dollars(5000)
    );
    lab.set_mark(FIRST, 880);
    lab.advance(1000);
    // 7,500 of cash against 6,000 lost; sold at 700: 15,000 lost, 7,500 missing. 2,500 of its own
    // contribution, 3,000 of the house, 2,000 of the other's 2,500.
    assert_eq!(lab.qty(long, FIRST), 0);
    assert_eq!(lab.equity(long), 0);
    assert_eq!(
        lab.exchange.balance(Exchange::DEFAULT_FUND, USD),
        Usd::dollars(500)
    );
    assert_eq!(
        lab.exchange.balance(Exchange::CLEARING_CAPITAL, USD),
        Usd::dollars(650)
    );
    assert_eq!(lab.exchange.bad_debt(), 0);
}

#[test]
fn without_members_the_house_and_the_other_side_bear_it() {
    let poor = ClearingConfig {
        member_equity: Usd::dollars(1_000_000_000),
        gains_haircut: Rate::ZERO,
        ..rules()
    };
    let mut house = House::new(poor);
    assert_eq!(house.fund(), Usd::ZERO);
    // 17,000 - 50,000: 33,000 missing, 3,650 are the house's. Nobody bids; 29,350 are borne by those
    // whose contracts are torn up, in proportion to 40, 33 and 27 lots.
    house.gap(500);
    assert_eq!(
        house.bore(Layer::TearUp),
        [0, 11_740_000_000, 9_685_500_000, 7_924_500_000]
    );
    assert_eq!(house.lab.exchange.bad_debt(), 0);
}

#[test]
fn the_pools_of_the_house_are_closed_to_users() {
    let mut house = House::new(rules());
    for account in [Exchange::DEFAULT_FUND, Exchange::CLEARING_CAPITAL] {
        house.lab.apply(ExchangeEvent::Withdraw {
            account,
            asset: USD,
            amount: Usd(1),
        });
        assert!(matches!(
            house.lab.last_report(account),
            Some(Report::WithdrawalRefused { .. })
        ));
    }
    house.lab.apply(ExchangeEvent::Deposit {
        account: Exchange::DEFAULT_FUND,
        asset: USD,
        amount: Usd(1),
    });
    assert_eq!(house.fund(), Usd::dollars(15_000));
}

#[test]
fn wrong_rules_are_refused() {
    let refused = |change: fn(&mut VenueConfig, &mut ClearingConfig)| {
        let (mut config, mut wrong) = (venue(rules()), rules());
        change(&mut config, &mut wrong);
        config.clearing = Some(wrong);
        matches!(Exchange::new(config), Err(ConfigError::Venue { .. }))
    };
    assert!(!refused(|_, _| ()));
    assert!(refused(|v, _| v.insurance_fund = Usd(1)));
    assert!(refused(|v, _| v.backstop = Some(vault(1))));
    assert!(refused(|v, _| v.fees.liquidation = Rate(1)));
    assert!(refused(|_, c| c.margin.confidence = Rate::bps(9899)));
    assert!(refused(|_, c| c.margin.confidence = Rate::ONE));
    assert!(refused(|_, c| c.margin.decay = Rate::ONE));
    assert!(refused(|_, c| c.margin.initial_volatility = Rate(-1)));
    assert!(refused(|_, c| c.margin.close_out = SimDuration::ZERO));
    assert!(refused(|_, c| c.margin.buffer = Rate(-1)));
    assert!(refused(|_, c| c.settlement_period = SimDuration::ZERO));
    assert!(refused(|_, c| c.sizing_period = SimDuration(-1)));
    assert!(refused(|_, c| c.cover = 0));
    assert!(refused(|_, c| c.stress.clear()));
    assert!(refused(|_, c| c.stress = vec![Rate::bps(10_001)]));
    assert!(refused(|_, c| c.own_capital = Usd(-1)));
    assert!(refused(|_, c| c.member_equity = Usd::MAX));
    assert!(refused(|_, c| c.assessment = Rate(-1)));
    assert!(refused(|_, c| c.gains_haircut = Rate::bps(10_001)));
    assert!(refused(|_, c| c.auction.risk = Rate(-1)));
}
