//! The liquidation index against the full sweep: the same accounts at the same event.

use firesale_exchange::{
    AdlPolicy, BaseOffset, ClearingConfig, CollateralConfig, Effects, Exchange, ExchangeEvent,
    FundingCap, FundingRule, Leg, MarginMode, MarginModelConfig, MarginTier, MarginTiers, MarkRule,
    PortfolioMargin, PositionKey, PositionMode, ShockOverride, VenueConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{
    AccountId, AgentRng, AssetId, Domain, InstrumentId, OrderId, Price, Qty, Rate, RunSeed, Side,
    SimDuration, SimTime, StreamKey, Usd,
};

use crate::lab::{BTC, ETH, USD, perp, plain, times};

pub(crate) fn stream(seed: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 0,
        index: 0,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(seed), key)
}

/// Four perpetuals on two assets that are collateral as well; two marks are scripted, two follow
/// their index, so that one index price moves two marks and a collateral at once.
fn venue(margin_call_ratio: Rate, funding: bool) -> VenueConfig {
    let tiers = MarginTiers::new(vec![
        MarginTier {
            up_to: Usd::dollars(20_000),
            maintenance: Rate::bps(100),
            max_leverage: times(50),
        },
        MarginTier {
            up_to: Usd::dollars(100_000),
            maintenance: Rate::bps(500),
            max_leverage: times(10),
        },
        MarginTier {
            up_to: Usd::dollars(2_000_000_000),
            maintenance: Rate::bps(2500),
            max_leverage: times(2),
        },
    ])
    .unwrap();
    let window = SimDuration::secs(30);
    let median = MarkRule::MedianOfThree { window };
    let average = MarkRule::MedianWithEma {
        ema: SimDuration::secs(150),
        short_ema: window,
    };
    let marks = [MarkRule::Scripted, MarkRule::Scripted, median, average];
    let mut instruments = Vec::new();
    for (at, mark) in marks.into_iter().enumerate() {
        let base = if at % 2 == 0 { BTC } else { ETH };
        let mut one = perp(&format!("P{at}"), base);
        one.tiers = tiers.clone();
        one.mark = mark;
        if funding {
            one.funding = FundingRule::PremiumIndex {
                interval: SimDuration::secs(60),
                period: SimDuration::secs(60),
                sample: SimDuration::secs(60),
                interest: Rate::bps(10 * (at as i64 * 2 - 3)),
                clamp: Rate::bps(100),
                cap: FundingCap::Rate(Rate::bps(400)),
                impact_notional: Usd::dollars(1),
            };
        }
        instruments.push(one);
    }
    let collateral = [(BTC, 1000), (ETH, 2000)].map(|(asset, haircut_bps)| {
        CollateralConfig::new(asset, Rate::bps(haircut_bps), Usd::dollars(1000))
    });
    let mut config = plain(instruments);
    config.collateral = collateral.to_vec();
    config.margin_call_ratio = margin_call_ratio;
    config.mark_period = SimDuration::secs(1);
    config.insurance_fund = Usd::dollars(1_000_000_000);
    config.adl = AdlPolicy::Off;
    config.liquidation.book_attempts = 0;
    config
}

/// The same with a scenario grid: one perpetual moves less than the others, the two bases set off
/// each other in part, every add-on is there.
fn with_portfolios(mut config: VenueConfig) -> VenueConfig {
    let shocks = |bps: [i64; 4]| bps.map(Rate::bps).to_vec();
    config.portfolio = Some(PortfolioMargin {
        shocks: shocks([-1500, -700, 700, 1500]),
        overrides: vec![ShockOverride {
            symbol: "P2".to_owned(),
            shocks: shocks([-1200, -800, 650, 1300]),
        }],
        concentration: Rate::bps(700),
        concentrated_above: Usd::dollars(30_000),
        concentrated_above_by_base: vec![(ETH, Usd::dollars(10_000))],
        basis: Rate::bps(250),
        offsets: vec![BaseOffset {
            bases: vec![BTC, ETH],
            rate: Rate::bps(4000),
        }],
        ..PortfolioMargin::default()
    });
    config
}

/// The same with a clearing house, whose margins change at every settlement.
fn cleared(mut config: VenueConfig) -> VenueConfig {
    config.insurance_fund = Usd::ZERO;
    config.clearing = Some(ClearingConfig {
        margin: MarginModelConfig {
            decay: Rate::bps(7000),
            initial_volatility: Rate::bps(10),
            floor: Rate::ZERO,
            ..MarginModelConfig::default()
        },
        member_equity: Usd::dollars(2000),
        minimum_contribution: Usd::dollars(1),
        own_capital: Usd::dollars(1_000_000_000),
        ..ClearingConfig::default()
    });
    config
}

struct Sweep {
    exchange: Exchange,
    out: Effects,
    rng: AgentRng,
    now: SimTime,
    users: Vec<AccountId>,
    seen: usize,
    moves: u64,
    seq: u16,
}

impl Sweep {
    fn new(seed: u64, config: VenueConfig) -> Self {
        Self::with(seed, config, false)
    }

    /// Where `hedges`, half of the accounts are in hedge mode.
    fn with(seed: u64, config: VenueConfig, hedges: bool) -> Self {
        let mut exchange = Exchange::new(config).unwrap();
        let mut rng = stream(seed);
        let users = (0..40_u32)
            .map(|n| {
                let margin_mode = if n % 3 == 0 {
                    MarginMode::Isolated
                } else if n % 3 == 1 {
                    MarginMode::Portfolio
                } else {
                    MarginMode::Cross
                };
                exchange.open_account(firesale_exchange::AccountSpec {
                    weight: 1 + n % 4,
                    margin_mode,
                    position_mode: if hedges && n / 3 % 2 == 1 {
                        PositionMode::Hedge
                    } else {
                        PositionMode::OneWay
                    },
                    max_slots: 1,
                })
            })
            .collect::<Vec<_>>();
        for &user in &users {
            exchange
                .credit(user, USD, Usd(1 + rng.below(20_000_000_000) as i64))
                .unwrap();
        }
        Self {
            exchange,
            out: Effects::default(),
            rng,
            now: SimTime::ZERO,
            users,
            seen: 0,
            moves: 0,
            seq: 0,
        }
    }

    /// Applies an event; the index must have found exactly what the sweep finds.
    fn apply(&mut self, event: &ExchangeEvent) {
        self.exchange.apply(self.now, event, &mut self.out);
        self.moves += 1;
        let missed = self.exchange.sweep_breaches();
        assert!(
            missed.is_empty(),
            "move {}: missed {missed:?} after {event:?}",
            self.moves
        );
        if self.exchange.config().margin_call_ratio > Rate::ONE {
            let missed = self.exchange.sweep_calls();
            assert!(
                missed.is_empty(),
                "move {}: not called {missed:?}",
                self.moves
            );
        }
        let new = &self.exchange.liquidations()[self.seen..];
        for case in new {
            assert!(
                self.is_breach(case.account, case.isolated),
                "move {}: {case:?}",
                self.moves
            );
        }
        self.seen += new.len();
        let steps: Vec<ExchangeEvent> = self
            .out
            .later
            .drain(..)
            .map(|later| later.event)
            .filter(|event| matches!(event, ExchangeEvent::Liquidate { .. }))
            .collect();
        self.out.clear();
        for step in steps {
            self.now += SimDuration::secs(1);
            self.apply(&step);
        }
    }

    fn is_breach(&self, account: AccountId, isolated: Option<PositionKey>) -> bool {
        match isolated {
            None => self.exchange.equity(account) < self.exchange.maintenance(account),
            Some(key) => match self.exchange.leg(account, key) {
                Some(p) => p.margin + p.unrealised < p.maintenance,
                None => true,
            },
        }
    }

    fn user(&mut self) -> AccountId {
        self.users[self.rng.below(self.users.len() as u64) as usize]
    }

    /// A price moved by up to a part, mostly a little, sometimes by a crash.
    fn moved(&mut self, price: i64) -> i64 {
        let size = match self.rng.below(100) {
            0 => 0.3,
            1..10 => 0.05,
            _ => 0.004,
        };
        // Pulled back to 1000, so that prices stay in the world.
        let pull = (1000.0 - price as f64) / 1000.0 * 0.002;
        let factor = 1.0 + self.rng.range(-size, size) + pull;
        ((price as f64 * factor) as i64).clamp(20, 50_000)
    }

    fn trade(&mut self) {
        let (a, b) = (self.user(), self.user());
        if a == b {
            return;
        }
        self.seq = self.seq.wrapping_add(1);
        let instrument = InstrumentId(self.rng.below(4) as u16);
        let side = if self.rng.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        };
        let mark = self.exchange.mark(instrument);
        let price = Price((mark.0 as f64 * self.rng.range(0.995, 1.005)) as i64);
        let qty = Qty(1 + self.rng.below(60) as i64);
        for (user, side) in [(a, side), (b, side.opposite())] {
            let id = OrderId::new(user, 0, self.seq);
            let mut request = OrderRequest::limit(id, side, price, qty);
            let hedge = self.exchange.position_mode(user) == PositionMode::Hedge;
            request.reduce_only = hedge && self.rng.chance(0.4);
            self.apply(&ExchangeEvent::Order {
                instrument,
                request,
            });
        }
        for account in [a, b] {
            self.apply(&ExchangeEvent::CancelAll { account });
        }
    }

    fn transfer(&mut self) {
        let account = self.user();
        let asset = AssetId(self.rng.below(3) as u16);
        let amount = match asset {
            USD => Usd(1 + self.rng.below(5_000_000_000) as i64),
            _ => Usd(1 + self.rng.below(5_000_000) as i64),
        };
        let event = match self.rng.below(4) {
            0 | 1 => ExchangeEvent::Deposit {
                account,
                asset,
                amount,
            },
            2 => ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            },
            _ => {
                let instrument = InstrumentId(self.rng.below(4) as u16);
                let amount = Usd(amount.0 - 2_000_000_000);
                let hedge = self.exchange.position_mode(account) == PositionMode::Hedge;
                let leg = match hedge {
                    false => Leg::Net,
                    true => [Leg::Long, Leg::Short][self.rng.below(2) as usize],
                };
                ExchangeEvent::AddMargin {
                    account,
                    instrument,
                    leg,
                    amount,
                }
            }
        };
        self.apply(&event);
    }

    fn step(&mut self) {
        self.now += SimDuration::millis(100);
        match self.rng.below(100) {
            0..50 => {
                let instrument = InstrumentId(self.rng.below(2) as u16);
                let price = Price(self.moved(self.exchange.mark(instrument).0));
                self.apply(&ExchangeEvent::SetMark { instrument, price });
            }
            50..75 => {
                let asset = if self.rng.chance(0.5) { BTC } else { ETH };
                let price = self.exchange.index(InstrumentId(asset.0 - 1)).0;
                let price = Usd::dollars(self.moved(price));
                self.apply(&ExchangeEvent::IndexPrice { asset, price });
            }
            75..80 => {
                let instrument = InstrumentId(2 + self.rng.below(2) as u16);
                let price = Price(self.moved(self.exchange.mark(instrument).0));
                self.apply(&ExchangeEvent::OtherMid {
                    instrument,
                    price: Some(price),
                });
                self.apply(&ExchangeEvent::MarkTick);
            }
            80..83 => {
                let instrument = InstrumentId(self.rng.below(4) as u16);
                self.apply(&ExchangeEvent::FundingPayment { instrument });
            }
            83 if self.exchange.config().clearing.is_some() => {
                let instrument = InstrumentId(self.rng.below(4) as u16);
                self.apply(&ExchangeEvent::Settle { instrument });
                if self.rng.chance(0.05) {
                    self.apply(&ExchangeEvent::SizeFund);
                }
            }
            83..90 => self.transfer(),
            _ => self.trade(),
        }
    }

    fn run(mut self, moves: u64) {
        self.go(moves);
        let liquidations = self.exchange.liquidations();
        let cross = liquidations
            .iter()
            .filter(|case| case.isolated.is_none())
            .count();
        assert!(
            cross > 40 && liquidations.len() - cross > 50,
            "too quiet: {cross} of {}",
            liquidations.len()
        );
        let portfolio = |case: &&firesale_exchange::Liquidation| {
            self.exchange.margin_mode(case.account) == MarginMode::Portfolio
        };
        let portfolios = liquidations.iter().filter(portfolio).count();
        let offered = self.exchange.config().portfolio.is_some();
        assert_eq!(
            portfolios > 20,
            offered,
            "{portfolios} of portfolio accounts"
        );
    }

    fn go(&mut self, moves: u64) {
        while self.moves < moves {
            self.step();
        }
        let violations = firesale_exchange::Auditor::check(&self.exchange);
        assert!(violations.is_empty(), "{violations:?}");
    }

    /// How many accounts in hedge mode were liquidated, as a whole and leg by leg.
    fn run_hedged(mut self, moves: u64) -> [usize; 2] {
        self.go(moves);
        let hedge = |id| self.exchange.position_mode(id) == PositionMode::Hedge;
        let cases = self.exchange.liquidations().iter();
        let cases: Vec<_> = cases.filter(|case| hedge(case.account)).collect();
        let whole = cases.iter().filter(|case| case.isolated.is_none()).count();
        [whole, cases.len() - whole]
    }
}

const MOVES: u64 = 260_000;

#[test]
fn marks_and_collateral() {
    Sweep::new(1, venue(Rate::ZERO, false)).run(MOVES);
}

#[test]
fn marks_collateral_and_funding() {
    Sweep::new(2, venue(Rate::ZERO, true)).run(MOVES);
}

#[test]
fn margin_calls() {
    Sweep::new(3, venue(Rate::bps(15_000), false)).run(MOVES);
}

#[test]
fn margin_calls_and_funding() {
    Sweep::new(4, venue(Rate::bps(12_000), true)).run(MOVES);
}

#[test]
fn legs_of_hedge_mode() {
    let kinds = [
        venue(Rate::ZERO, true),
        venue(Rate::bps(12_000), false),
        with_portfolios(venue(Rate::bps(12_000), true)),
        with_portfolios(cleared(venue(Rate::ZERO, true))),
    ];
    let mut found = [0, 0];
    for (seed, config) in (20..).zip(kinds) {
        let [whole, legs] = Sweep::with(seed, config, true).run_hedged(MOVES / 4);
        println!("{whole} accounts, {legs} isolated legs");
        assert!(legs > 20, "{legs} isolated legs");
        found = [found[0] + whole, found[1] + legs];
    }
    assert!(found[0] > 20, "{found:?}");
}

#[test]
fn portfolios() {
    Sweep::new(5, with_portfolios(venue(Rate::ZERO, false))).run(MOVES);
}

#[test]
fn portfolios_with_margin_calls_and_funding() {
    Sweep::new(6, with_portfolios(venue(Rate::bps(12_000), true))).run(MOVES);
}

#[test]
fn margins_that_a_clearing_house_changes() {
    Sweep::new(9, with_portfolios(cleared(venue(Rate::ZERO, false)))).run(MOVES);
}

#[test]
fn margins_that_a_clearing_house_changes_with_calls_and_funding() {
    let config = with_portfolios(cleared(venue(Rate::bps(12_000), true)));
    Sweep::new(8, config).run(MOVES);
}
