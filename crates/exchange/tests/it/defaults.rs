//! Random defaults at a cleared venue, against a ledger kept beside it.

use std::collections::BTreeMap;

use firesale_exchange::clearing::Layer;
use firesale_exchange::{
    AuctionConfig, ClearingConfig, Exchange, ExchangeEvent, MarginMode, MarginModelConfig,
    PortfolioMargin, Report, VenueConfig, VenueRecord,
};
use firesale_types::{AccountId, AgentRng, InstrumentId, Rate, Usd};

use crate::index::stream;
use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, USD, perp, plain};

/// What the records should add up to.
struct Shadow {
    lab: Lab,
    rng: AgentRng,
    users: Vec<AccountId>,
    /// Contributions.
    held: BTreeMap<AccountId, i64>,
    /// Both tranches of own capital.
    own: [i64; 2],
    /// Records and reports seen.
    seen: (usize, usize),
    reached: [u64; 8],
    auctioned: u64,
}

fn venue(rng: &mut AgentRng) -> VenueConfig {
    let any = |rng: &mut AgentRng, list: [i64; 4]| Rate::bps(list[rng.below(4) as usize]);
    let own = [0, 1_234_567_891][rng.below(2) as usize];
    let rules = ClearingConfig {
        margin: MarginModelConfig {
            initial_volatility: Rate::bps(100),
            ..MarginModelConfig::default()
        },
        stress: [-1500, 1500].map(Rate::bps).to_vec(),
        member_equity: Usd::dollars(500 * rng.below(5) as i64),
        minimum_contribution: Usd(rng.below(50_000_000) as i64),
        own_capital: Usd(own),
        second_capital: Usd(rng.below(300_000_000) as i64),
        assessment: any(rng, [0, 5000, 10_000, 30_000]),
        gains_haircut: any(rng, [0, 1000, 7000, 10_000]),
        auction: AuctionConfig {
            limit: any(rng, [0, 100, 1000, 1000]),
            ..AuctionConfig::default()
        },
        ..ClearingConfig::default()
    };
    let mut config = VenueConfig {
        clearing: Some(rules),
        portfolio: Some(PortfolioMargin::default()),
        ..plain(vec![perp("A", BTC), perp("B", ETH)])
    };
    config.liquidation.book_attempts = 0;
    config
}

impl Shadow {
    fn new(seed: u64) -> Self {
        let mut rng = stream(seed);
        let config = venue(&mut rng);
        let rules = config.clearing.clone().unwrap();
        let mut lab = Lab::new(config);
        let modes = [MarginMode::Cross, MarginMode::Cross, MarginMode::Portfolio];
        let mut users = Vec::new();
        for pair in 0..5 {
            let dollars = [(); 2].map(|()| 1_000 + rng.below(20_000) as i64);
            let mode = modes[rng.below(3) as usize];
            let ids = dollars.map(|dollars| lab.open(mode, 1, dollars));
            for (at, instrument) in [FIRST, SECOND].into_iter().enumerate() {
                // Up to five times what the first owns, split over two instruments.
                let most = dollars[0].min(3 * dollars[1]) / 400;
                let lots = 1 + rng.below(most.max(1) as u64) as i64;
                let sign = if (pair + at) % 3 == 0 { -1 } else { 1 };
                lab.seed(ids[0], instrument, sign * lots, 1000);
                lab.seed(ids[1], instrument, -sign * lots, 1000);
            }
            users.extend(ids);
        }
        let isolated = lab.isolated(50);
        let rich = lab.cross(2_000);
        for (account, qty) in [(isolated, 4), (rich, -4)] {
            let margin = (account == isolated).then_some(Usd::dollars(600));
            let (qty, price) = (firesale_types::Qty(qty), firesale_types::Price(1000));
            lab.exchange
                .seed_position(account, FIRST, qty, price, margin)
                .unwrap();
        }
        users.extend([isolated, rich]);
        let mut shadow = Self {
            lab,
            rng,
            users,
            held: BTreeMap::new(),
            own: [rules.own_capital.0, rules.second_capital.0],
            seen: (0, 0),
            reached: [0; 8],
            auctioned: 0,
        };
        shadow.lab.advance(0);
        shadow.catch_up(&BTreeMap::new());
        shadow
    }

    fn run(&mut self) {
        for _ in 0..12 {
            let instrument = InstrumentId(self.rng.below(2) as u16);
            let factor = self.rng.range(0.7, 1.35);
            let mark = (self.lab.exchange.mark(instrument).0 as f64 * factor) as i64;
            self.lab.set_mark(instrument, mark.clamp(50, 20_000));
            match self.rng.below(4) {
                0 => self.lab.apply(ExchangeEvent::Settle { instrument }),
                1 => self.lab.apply(ExchangeEvent::SizeFund),
                _ => {}
            }
            // Deposits and trades apart, only defaults change an equity from here on.
            let before = self.users.iter().map(|&user| (user, self.at_risk(user)));
            let before: BTreeMap<AccountId, i64> = before.collect();
            self.catch_up(&before);
            self.lab.advance(1000);
            self.catch_up(&before);
        }
    }

    /// The equity of a user's margin unit.
    fn at_risk(&self, user: AccountId) -> i64 {
        let exchange = &self.lab.exchange;
        let apart = match exchange.margin_mode(user) {
            MarginMode::Isolated => exchange.balance(user, USD),
            _ => Usd::ZERO,
        };
        (exchange.equity(user) - apart).0
    }

    /// Books what has been recorded and reported since the last time.
    fn catch_up(&mut self, before: &BTreeMap<AccountId, i64>) {
        for (account, report) in &self.lab.reports[self.seen.1..] {
            if let Report::FundCalled { amount } = report {
                *self.held.entry(*account).or_default() += amount.0;
            }
        }
        let records = self.lab.records[self.seen.0..].to_vec();
        self.seen = (self.lab.records.len(), self.lab.reports.len());
        let mut at = 0;
        while at < records.len() {
            let VenueRecord::DefaultAuction {
                account,
                winner,
                price,
                ..
            } = records[at]
            else {
                at += 1;
                continue;
            };
            let end = records[at + 1..]
                .iter()
                .position(|r| matches!(r, VenueRecord::DefaultAuction { .. }));
            let end = end.map_or(records.len(), |end| at + 1 + end);
            let torn = self.book_default(account, &records[at..end], before[&account], price);
            self.auctioned += u64::from(winner.is_some() && !torn);
            at = end;
        }
        let sum: i64 = self.held.values().sum();
        let fund = self.lab.exchange.equity(Exchange::DEFAULT_FUND);
        assert_eq!(fund.0, sum);
    }

    /// One default: the layers in order, none touched while one before it has something left, nobody
    /// left below zero, and what is paid is the loss.
    fn book_default(
        &mut self,
        defaulter: AccountId,
        records: &[VenueRecord],
        equity: i64,
        price: Usd,
    ) -> bool {
        let torn = records
            .iter()
            .any(|record| matches!(record, VenueRecord::TornUp { .. }));
        let mut last = Layer::Margin;
        let mut paid = 0;
        for record in records {
            match *record {
                VenueRecord::Waterfall {
                    account,
                    layer,
                    payer,
                    amount,
                } => {
                    assert_eq!(account, defaulter);
                    assert!(layer >= last && amount > Usd::ZERO, "{records:?}");
                    last = layer;
                    self.reached[layer as usize] += 1;
                    self.book_layer(layer, payer, amount.0);
                    if layer > Layer::Contribution {
                        assert_eq!(self.held.get(&defaulter).copied().unwrap_or(0), 0);
                    }
                    if layer > Layer::OwnCapital {
                        assert_eq!(self.own[0], 0);
                    }
                    if layer > Layer::MutualFund {
                        assert!(self.held.values().all(|&held| held == 0));
                    }
                    if layer > Layer::SecondCapital {
                        assert_eq!(self.own[1], 0);
                        assert!(self.lab.exchange.equity(payer) >= Usd::ZERO, "{payer:?}");
                    }
                    paid += if layer > Layer::Margin { amount.0 } else { 0 };
                }
                VenueRecord::BadDebt { amount, .. } => paid += amount.0,
                _ => {}
            }
        }
        let loss = if torn { -equity } else { price.0 - equity };
        assert_eq!(paid, loss.max(0), "{defaulter:?} of {equity}: {records:?}");
        torn
    }

    fn book_layer(&mut self, layer: Layer, payer: AccountId, amount: i64) {
        match layer {
            Layer::Contribution | Layer::MutualFund => {
                let held = self.held.get_mut(&payer).unwrap();
                *held -= amount;
                assert!(*held >= 0);
            }
            Layer::OwnCapital => self.own[0] -= amount,
            Layer::SecondCapital => self.own[1] -= amount,
            _ => {}
        }
        assert!(self.own.iter().all(|&left| left >= 0));
    }
}

#[test]
fn random_defaults_go_down_the_layers() {
    let (mut reached, mut auctioned) = ([0; 8], 0);
    for seed in 0..400 {
        let mut shadow = Shadow::new(1000 + seed);
        shadow.run();
        for (sum, n) in reached.iter_mut().zip(shadow.reached) {
            *sum += n;
        }
        auctioned += shadow.auctioned;
    }
    println!("{reached:?}, {auctioned} portfolios auctioned");
    assert!(reached.iter().all(|&n| n >= 20), "{reached:?}");
    assert!(auctioned >= 100, "{auctioned}");
}
