//! A central counterparty on paper, through the exchange: the size of its default fund, the layers
//! of its waterfall, the haircut of gains, tear-up.
//!
//! Five members hold one contract at 1000 dollars; initial margin is 10% of the notional. In lots:
//!
//! | member | position | margin | falls by 20% | rises by 20% |
//! |---|---|---|---|---|
//! | D | +100 | 10,000 | 20,000 - 10,000 = 10,000 | 0 |
//! | L | +50 | 5,000 | 10,000 - 5,000 = 5,000 | 0 |
//! | S60 | -60 | 6,000 | 0 | 12,000 - 6,000 = 6,000 |
//! | S50 | -50 | 5,000 | 0 | 5,000 |
//! | S40 | -40 | 4,000 | 0 | 4,000 |
//!
//! The two largest losses beyond margin are 15,000 together when it falls and 11,000 when it rises,
//! so the fund is 15,000 (Cover-2: PFMI principle 4, key consideration 4), in proportion to margin
//! 5,000, 2,500, 3,000, 2,500 and 2,000. The house has 3,000 before the fund and 650 after it; each
//! member can be assessed for its contribution once more. D keeps 12,000 dollars at the house.
//!
//! Then the mark gaps, D's margin is gone, and the portfolio is auctioned: S60 and S50 would need no
//! more margin with it and ask 1% of its notional; S60 stands first. What D's margin does not pay
//! goes down the layers in their order (regulation (EU) 648/2012, article 45, for the first four;
//! CPMI-IOSCO, Recovery of financial market infrastructures, for the tools after them):
//!
//! * **922**: no gap but a slide through 960, where nobody trades. D has 4,200 left, below 5% of
//!   92,200. The auction costs 922, and margin pays it.
//! * **780**: D lost 22,000, 10,000 are missing and 780 go to S60. Contribution 5,000, house 3,000,
//!   2,780 of the others' 10,000 in proportion: 695, 834, 695, 556.
//! * **650**: 23,000 + 650. Contribution 5,000, house 3,000, fund 10,000, house 650, and 5,000 of
//!   10,000 assessed: 1,250, 1,500, 1,250, 1,000.
//! * **500**: 38,000 + 500; 9,850 are left after the assessments. The shorts gained 30,000, 25,000
//!   and 20,000 since the last settlement: 3,940, 3,283.33, 2,626.67 are kept back.
//! * **500, with a tenth of the gains at most**: the winner could not be paid, so there is none and
//!   38,000 are missing; 7,500 of gains leave 1,850. The 100 lots are torn up against 60 : 50 : 40, 40, 33 and
//!   27 of them, which bear 740, 610.50 and 499.50.

use firesale_exchange::clearing::Layer;
use firesale_exchange::{
    AccountSpec, AuctionConfig, ClearingConfig, Effects, Exchange, ExchangeEvent, FundingRule,
    Later, LiquidationConfig, MarginModelConfig, VenueConfig, VenueRecord,
};
use firesale_types::{AccountId, Price, Qty, Rate, SimDuration, SimTime, UnitValue, Usd};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{DOLLAR, PERP, perpetual};
use crate::engine::Engine;

/// D, L, S60, S50, S40: name, lots, dollars.
const MEMBERS: [(&str, i64, i64); 5] = [
    ("D", 100, 17_000),
    ("L", 50, 100_000),
    ("S60", -60, 100_000),
    ("S50", -50, 100_000),
    ("S40", -40, 100_000),
];

/// Half a micro-dollar: sums are exact.
const EXACT: Tolerance = Tolerance::Absolute(5e-7);

/// The house, after its fund was paid in.
struct House {
    exchange: Exchange,
    effects: Effects,
    records: Vec<VenueRecord>,
    queue: Vec<Later>,
    now: SimTime,
    members: Vec<AccountId>,
}

impl House {
    fn new(engine: &Engine, gains_haircut: Rate) -> Self {
        let tenfold = Rate(10 * Rate::ONE.0);
        let dollar_a_lot = UnitValue(1_000_000);
        let contract = perpetual(
            Price(1000),
            dollar_a_lot,
            Rate::bps(500),
            tenfold,
            FundingRule::Off,
        );
        let config = VenueConfig {
            liquidation: LiquidationConfig {
                book_attempts: 0,
                ..LiquidationConfig::default()
            },
            clearing: Some(rules(gains_haircut)),
            ..VenueConfig::plain("paper", DOLLAR, vec![contract])
        };
        let exchange = Exchange::new(engine.venue(config)).expect("the house of a check is sound");
        let mut house = Self {
            exchange,
            effects: Effects::default(),
            records: Vec::new(),
            queue: Vec::new(),
            now: SimTime::ZERO,
            members: Vec::new(),
        };
        for (_, lots, dollars) in MEMBERS {
            let account = house.exchange.open_account(AccountSpec::default());
            let credited = house
                .exchange
                .credit(account, DOLLAR, Usd::dollars(dollars));
            credited.expect("the account exists");
            let seeded = house
                .exchange
                .seed_position(account, PERP, Qty(lots), Price(1000), None);
            seeded.expect("the position is sound");
            house.members.push(account);
        }
        house.apply(&ExchangeEvent::SizeFund);
        house
    }

    fn apply(&mut self, event: &ExchangeEvent) {
        self.exchange.apply(self.now, event, &mut self.effects);
        self.records.append(&mut self.effects.records);
        self.queue.append(&mut self.effects.later);
        self.effects.clear();
    }

    /// The mark moves; liquidations follow after a second.
    fn gap(mut self, marks: &[i64]) -> Self {
        for &mark in marks {
            let price = Price(mark);
            let instrument = PERP;
            self.apply(&ExchangeEvent::SetMark { instrument, price });
            self.now += SimDuration::secs(1);
            for due in std::mem::take(&mut self.queue) {
                if matches!(due.event, ExchangeEvent::Liquidate { .. }) {
                    self.apply(&due.event);
                }
            }
        }
        self
    }

    /// What somebody bore as a layer, in dollars.
    fn bore(&self, layer: Layer, by: AccountId) -> f64 {
        let amount = |record: &VenueRecord| match *record {
            VenueRecord::Waterfall {
                layer: as_layer,
                payer,
                amount,
                ..
            } if (as_layer, payer) == (layer, by) => amount.to_f64(),
            _ => 0.0,
        };
        self.records.iter().map(amount).sum()
    }

    fn row(&self, case: &str, layer: Layer, member: usize, published: f64) -> Row {
        let name = format!("{case}: {} of {}", layer.name(), MEMBERS[member].0);
        Row::new(
            name,
            published,
            self.bore(layer, self.members[member]),
            EXACT,
        )
    }

    fn rows(&self, case: &str, layer: Layer, published: [f64; 4]) -> Vec<Row> {
        let others = (1..).zip(published);
        others
            .map(|(member, dollars)| self.row(case, layer, member, dollars))
            .collect()
    }

    fn house_row(&self, case: &str, layer: Layer, published: f64) -> Row {
        let ours = self.bore(layer, Exchange::CLEARING_CAPITAL);
        Row::new(format!("{case}: {}", layer.name()), published, ours, EXACT)
    }
}

fn rules(gains_haircut: Rate) -> ClearingConfig {
    ClearingConfig {
        margin: MarginModelConfig {
            initial_volatility: Rate::ZERO,
            floor: Rate::ZERO,
            ..MarginModelConfig::default()
        },
        stress: vec![Rate::bps(-2000), Rate::bps(2000)],
        member_equity: Usd::ZERO,
        minimum_contribution: Usd::ZERO,
        own_capital: Usd::dollars(3000),
        second_capital: Usd::dollars(650),
        gains_haircut,
        auction: AuctionConfig {
            spread: Rate::bps(100),
            ..AuctionConfig::default()
        },
        ..ClearingConfig::default()
    }
}

/// The size of the fund, and who pays what into it.
pub(crate) fn cover_two(engine: &Engine) -> Vec<Row> {
    let house = House::new(engine, Rate::ONE);
    let fund = house.exchange.balance(Exchange::DEFAULT_FUND, DOLLAR);
    let mut rows = vec![Row::new(
        "size of the fund".to_owned(),
        15_000.0,
        fund.to_f64(),
        EXACT,
    )];
    let published = [5000.0, 2500.0, 3000.0, 2500.0, 2000.0];
    for ((&account, (name, _, dollars)), published) in
        house.members.iter().zip(MEMBERS).zip(published)
    {
        let left = house.exchange.balance(account, DOLLAR);
        let paid = (Usd::dollars(dollars) - left).to_f64();
        rows.push(Row::new(
            format!("contribution of {name}"),
            published,
            paid,
            EXACT,
        ));
    }
    rows
}

/// Margin, contribution, own capital, fund, second tranche, assessments.
pub(crate) fn waterfall(engine: &Engine) -> Vec<Row> {
    let mut rows = Vec::new();
    let slide = House::new(engine, Rate::ONE).gap(&[960, 922]);
    rows.push(slide.row("922", Layer::Margin, 0, 922.0));
    let small = House::new(engine, Rate::ONE).gap(&[780]);
    rows.push(small.row("780", Layer::Contribution, 0, 5000.0));
    rows.push(small.house_row("780", Layer::OwnCapital, 3000.0));
    rows.extend(small.rows("780", Layer::MutualFund, [695.0, 834.0, 695.0, 556.0]));
    let large = House::new(engine, Rate::ONE).gap(&[650]);
    rows.push(large.row("650", Layer::Contribution, 0, 5000.0));
    rows.push(large.house_row("650", Layer::OwnCapital, 3000.0));
    rows.extend(large.rows("650", Layer::MutualFund, [2500.0, 3000.0, 2500.0, 2000.0]));
    rows.push(large.house_row("650", Layer::SecondCapital, 650.0));
    rows.extend(large.rows("650", Layer::Assessment, [1250.0, 1500.0, 1250.0, 1000.0]));
    rows
}

/// Gains kept back, and contracts torn up.
pub(crate) fn gains(engine: &Engine) -> Vec<Row> {
    let shorts = |published: [f64; 3]| (2..).zip(published);
    let kept = House::new(engine, Rate::ONE).gap(&[500]);
    let mut rows = Vec::new();
    for (member, dollars) in shorts([3940.0, 3_283.333_333, 2_626.666_667]) {
        rows.push(kept.row("500", Layer::GainsHaircut, member, dollars));
    }
    let torn = House::new(engine, Rate::bps(1000)).gap(&[500]);
    for (member, dollars) in shorts([3000.0, 2500.0, 2000.0]) {
        rows.push(torn.row("500, a tenth", Layer::GainsHaircut, member, dollars));
    }
    for (member, dollars) in shorts([740.0, 610.5, 499.5]) {
        rows.push(torn.row("500, a tenth", Layer::TearUp, member, dollars));
    }
    rows
}
