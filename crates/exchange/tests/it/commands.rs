//! Random commands over several instruments and venues' rules, audited after every event.

use firesale_exchange::{
    AdlPolicy, AdlPrice, AdlTerms, AdlTrigger, AuctionConfig, Cause, ClearingConfig,
    CollateralConfig, Exchange, ExchangeEvent, FeeSchedule, FundingCap, FundingRule, Leg,
    LiquidationLimit, LossSharing, MarginMode, MarginModelConfig, MarginTiers, MarkRule,
    PoolConfig, PortfolioMargin, PositionKey, PositionMode, Report, Stage, Surplus, VenueConfig,
    VenueRecord,
};
use firesale_matching::{
    OrderRequest, Pricing, SelfTrade, TimeInForce, Trigger, TriggerSource, TriggerWhen,
};
use firesale_types::{
    AccountId, AgentRng, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimDuration, Usd,
};

use crate::index::stream;
use crate::lab::{BTC, ETH, Lab, USD, perp, plain, spot, times, vault};

/// Kinds from here on offer portfolio margin.
const PORTFOLIOS: u64 = 40;
/// Kinds from here on are cleared.
const CLEARED: u64 = 52;

/// Two perpetuals and a spot pair under the rules of one kind of venue.
pub(crate) fn venue(kind: u64) -> VenueConfig {
    let median = MarkRule::MedianOfThree {
        window: SimDuration::secs(5),
    };
    let average = MarkRule::MedianWithEma {
        ema: SimDuration::secs(20),
        short_ema: SimDuration::secs(5),
    };
    let marks = [median, average, MarkRule::Last, MarkRule::Scripted];
    let mut btc = perp("BTC", BTC);
    btc.mark = marks[kind as usize % 4];
    btc.price_band = (kind.is_multiple_of(2)).then(|| Rate::bps(1500));
    btc.funding = FundingRule::PremiumIndex {
        interval: SimDuration::secs(7),
        period: SimDuration::secs(56),
        sample: SimDuration::secs(1),
        interest: Rate::bps(1),
        clamp: Rate::bps(5),
        cap: FundingCap::Rate(Rate::bps(100)),
        impact_notional: Usd::dollars(3000),
    };
    let mut eth = perp("ETH", ETH);
    eth.mark = MarkRule::Last;
    eth.qty_step = 1 + (kind % 3) as i64;
    eth.price_step = 1 + (kind % 5) as i64;
    eth.unit = firesale_types::UnitValue(333_333);
    let tiers = [(Usd::dollars(30_000), times(20)), (Usd::MAX, times(4))];
    eth.tiers = MarginTiers::half_of_initial(&tiers).unwrap();
    let mut config = plain(vec![btc, eth, spot("BTC/USD", BTC)]);
    config.collateral = vec![CollateralConfig::new(
        BTC,
        Rate::bps(1000),
        Usd::dollars(1000),
    )];
    config.fees = FeeSchedule {
        maker: Rate::bps(if kind.is_multiple_of(2) { -1 } else { 1 }),
        taker: Rate::bps(5),
        liquidation: Rate::bps(50 * (kind % 2) as i64),
    };
    config.margin_call_ratio = Rate::bps(12_000 * (kind % 2) as i64);
    config.portfolio = (kind >= PORTFOLIOS).then(PortfolioMargin::default);
    config.insurance_fund = Usd::dollars(3000 * (kind % 3) as i64);
    config.backstop = (kind.is_multiple_of(2)).then(|| vault(20_000));
    config.adl = [AdlPolicy::Queue, AdlPolicy::ProRata, AdlPolicy::Off][kind as usize % 3];
    if kind >= CLEARED {
        (config.insurance_fund, config.backstop) = (Usd::ZERO, None);
        config.fees.liquidation = Rate::ZERO;
        config.liquidation.book_attempts = (kind % 2) as u16;
        config.clearing = Some(clearing(kind));
    }
    config.mark_period = SimDuration::secs(1);
    config.liquidation.latency = SimDuration::millis((kind % 3) as i64 * 300);
    config.liquidation.partial_above = Usd::dollars(20_000);
    config.liquidation.cooldown = SimDuration::secs(4);
    config.liquidation.limit = if kind % 4 == 3 {
        LiquidationLimit::None
    } else {
        LiquidationLimit::Bankruptcy
    };
    if (12..PORTFOLIOS).contains(&kind) {
        with_losses(&mut config, kind);
    }
    config
}

/// Rules of deleveraging, insurance pools and sharing of losses: the kinds from 12 to 39.
fn with_losses(config: &mut VenueConfig, kind: u64) {
    let policies = [
        AdlPolicy::Queue,
        AdlPolicy::Quantile,
        AdlPolicy::ProRata,
        AdlPolicy::CappedProRata,
        AdlPolicy::RiskAware,
        AdlPolicy::Random,
        AdlPolicy::Largest,
    ];
    config.adl = policies[kind as usize % 7];
    let drawdown = AdlTrigger::FundDrawdown {
        start: Rate::bps(3000),
        stop: Rate::bps(2500),
        window: SimDuration::secs(20),
    };
    config.adl_terms = AdlTerms {
        trigger: [AdlTrigger::NegativeEquity, drawdown, AdlTrigger::EmptyFund][kind as usize % 3],
        price: [
            None,
            Some(AdlPrice::Bankruptcy),
            Some(AdlPrice::PreviousMark),
        ][kind as usize / 2 % 3],
        max_portion: [Rate::ONE, Rate::bps(5000)][kind as usize % 2],
        max_notional: [Usd::MAX, Usd::dollars(4_000)][kind as usize / 2 % 2],
        max_insurance_loss: [Usd::MAX, Usd::dollars(200)][kind as usize / 4 % 2],
    };
    config.insurance_fund = Usd::dollars(600 * (kind / 2 % 2) as i64);
    config.insurance.surplus = [Surplus::Account, Surplus::Fund][kind as usize / 3 % 2];
    config.insurance.pools = vec![PoolConfig {
        name: "alts".to_owned(),
        capital: Usd::dollars(2_000 * (kind % 2) as i64),
        instruments: vec![InstrumentId(1)],
    }];
    let window = SimDuration::secs(60);
    config.insurance.sharing = [
        LossSharing::None,
        LossSharing::Socialised,
        LossSharing::Clawback { window },
    ][kind as usize / 4 % 3];
    config.liquidation.limit = LiquidationLimit::None;
    if kind.is_multiple_of(9) {
        config.adl = AdlPolicy::Off;
    }
}

/// A small clearing house in a hurry, so that all of its layers are reached.
fn clearing(kind: u64) -> ClearingConfig {
    ClearingConfig {
        margin: MarginModelConfig {
            decay: Rate::bps(9000),
            initial_volatility: Rate::bps(100),
            floor: Rate::bps(300),
            ..MarginModelConfig::default()
        },
        settlement_period: SimDuration::secs(5),
        sizing_period: SimDuration::secs(20),
        member_equity: Usd::dollars(1500),
        minimum_contribution: Usd(33_333_333),
        own_capital: Usd(77_777_777),
        second_capital: Usd(55_555_555 * (kind % 2) as i64),
        assessment: Rate::bps(7000),
        gains_haircut: Rate::bps(5000 * (kind % 3) as i64),
        auction: AuctionConfig {
            limit: Rate::bps(300 * (kind % 4) as i64),
            ..AuctionConfig::default()
        },
        ..ClearingConfig::default()
    }
}

/// A generator of commands, most of them sensible.
pub(crate) struct Chaos {
    pub(crate) lab: Lab,
    pub(crate) rng: AgentRng,
    pub(crate) users: Vec<AccountId>,
    seq: u16,
    halted: Vec<bool>,
    /// Steps after which someone held both legs of an instrument.
    both_legs: usize,
}

impl Chaos {
    fn new(seed: u64, kind: u64) -> Self {
        Self::under(seed, venue(kind))
    }

    pub(crate) fn under(seed: u64, rules: VenueConfig) -> Self {
        Self::crowd(seed, rules, 12)
    }

    /// So many users under these rules.
    pub(crate) fn crowd(seed: u64, rules: VenueConfig, users: u32) -> Self {
        let halted = vec![false; rules.instruments.len()];
        let mut lab = Lab::new(rules);
        let mut rng = stream(seed);
        let users: Vec<AccountId> = (0..users)
            .map(|n| {
                let mode = if n % 3 == 0 {
                    MarginMode::Isolated
                } else if n % 3 == 1 {
                    // Cross at venues without a grid.
                    MarginMode::Portfolio
                } else {
                    MarginMode::Cross
                };
                let dollars = 500 + rng.below(8000) as i64;
                // Every margin mode in both position modes.
                let positions = if n / 3 % 2 == 1 {
                    PositionMode::Hedge
                } else {
                    PositionMode::OneWay
                };
                lab.open_in(positions, mode, 1 + n % 2 * 3, dollars)
            })
            .collect();
        for &user in &users {
            lab.exchange
                .credit(user, BTC, Usd(1 + rng.below(4_000_000) as i64))
                .unwrap();
            let leverage = times(1 + rng.below(12) as i64);
            lab.exchange
                .set_leverage(user, InstrumentId(0), leverage)
                .unwrap();
        }
        let (long, short) = (users[1], users[2]);
        lab.seed(long, InstrumentId(0), 7, 1000);
        lab.seed(short, InstrumentId(0), -7, 990);
        if lab.exchange.config().clearing.is_some() {
            for pair in users[4..].chunks_exact(3) {
                let dollars = |at: usize| lab.exchange.equity(pair[at]).0 / 1_000_000;
                let lots = dollars(0).min(dollars(1)) / 160;
                lab.seed(pair[0], InstrumentId(0), lots, 1000);
                lab.seed(pair[1], InstrumentId(0), -lots, 1000);
            }
        }
        Self {
            lab,
            rng,
            users,
            seq: 0,
            halted,
            both_legs: 0,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.rng.below(n)
    }

    fn user(&mut self) -> AccountId {
        match self.below(60) {
            0 => Exchange::INSURANCE,
            1 => Exchange::BACKSTOP,
            2 => AccountId(999),
            _ if self.users.len() > 57 => {
                let at = self.below(self.users.len() as u64);
                self.users[at as usize]
            }
            n => self.users[n as usize % self.users.len()],
        }
    }

    fn instrument(&mut self) -> InstrumentId {
        InstrumentId(self.below(self.halted.len() as u64) as u16)
    }

    /// A price near the mark, on the grid of the second instrument, sometimes far off.
    fn price(&mut self, instrument: InstrumentId) -> Price {
        let mark = self.lab.exchange.mark(instrument).0 as f64;
        let width = if self.rng.chance(0.05) { 0.4 } else { 0.02 };
        let price = (mark * (1.0 + self.rng.range(-width, width))) as i64;
        Price(if self.rng.chance(0.95) {
            price / 60 * 60 + 60
        } else {
            price
        })
    }

    fn id(&mut self, account: AccountId) -> OrderId {
        let slot = self.below(9) as u16;
        let open = self.lab.exchange.accounts() > account.0;
        match self.lab.exchange.accounts() > account.0 && self.rng.chance(0.9) {
            true if open => match self.lab.exchange.open_order(account, slot.min(7)) {
                Some(order) => order.id,
                None => OrderId::new(account, slot, self.seq),
            },
            _ => OrderId::new(account, slot, self.below(9) as u16),
        }
    }

    fn order(&mut self) -> ExchangeEvent {
        let (account, instrument) = (self.user(), self.instrument());
        self.seq = self.seq.wrapping_add(1);
        let slot = self.below(9) as u16;
        let side = if self.rng.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        };
        let qty = Qty(6 * (1 + self.below(5) as i64) - i64::from(self.rng.chance(0.05)));
        let price = self.price(instrument);
        let id = OrderId::new(account, slot, self.seq);
        let mut request = OrderRequest::limit(id, side, price, qty);
        if self.rng.chance(0.2) {
            request.pricing = Pricing::Market;
        }
        request.tif = match self.below(10) {
            0 => TimeInForce::Ioc,
            1 => TimeInForce::Fok,
            2 => {
                let span = SimDuration::millis(self.below(9000) as i64);
                TimeInForce::Gtd(self.lab.now + span)
            }
            _ => TimeInForce::Gtc,
        };
        request.post_only = self.rng.chance(0.1);
        let hedge = self.is_hedged(account);
        request.reduce_only = self.rng.chance(if hedge { 0.4 } else { 0.15 });
        request.display = self.rng.chance(0.1).then_some(Qty(6));
        request.self_trade = [
            SelfTrade::CancelNewest,
            SelfTrade::CancelOldest,
            SelfTrade::Decrement,
        ][self.below(3) as usize];
        request.tag = self.below(20) as u32;
        if self.rng.chance(0.1) {
            request.trigger = Some(Trigger {
                source: [
                    TriggerSource::Last,
                    TriggerSource::Mark,
                    TriggerSource::Index,
                ][self.below(3) as usize],
                when: [TriggerWhen::AtOrAbove, TriggerWhen::AtOrBelow][self.below(2) as usize],
                price: self.price(instrument),
            });
        }
        ExchangeEvent::Order {
            instrument,
            request,
        }
    }

    fn is_hedged(&self, account: AccountId) -> bool {
        let exchange = &self.lab.exchange;
        let known = account.0 < exchange.accounts();
        known && exchange.position_mode(account) == PositionMode::Hedge
    }

    /// A leg of the account's position mode, sometimes one of the other.
    fn leg(&mut self, account: AccountId) -> Leg {
        let hedge = self.is_hedged(account) ^ self.rng.chance(0.1);
        match (hedge, self.rng.chance(0.5)) {
            (false, _) => Leg::Net,
            (true, true) => Leg::Long,
            (true, false) => Leg::Short,
        }
    }

    /// A user's settings.
    fn settings(&mut self) -> ExchangeEvent {
        let account = self.user();
        match self.below(4) {
            0 | 1 => ExchangeEvent::SetLeverage {
                account,
                instrument: self.instrument(),
                leverage: Rate(self.below(24_000_000_000) as i64),
            },
            2 => ExchangeEvent::SetPositionMode {
                account,
                mode: [PositionMode::OneWay, PositionMode::Hedge][self.below(2) as usize],
            },
            _ => ExchangeEvent::SetMarginMode {
                account,
                mode: [
                    MarginMode::Cross,
                    MarginMode::Isolated,
                    MarginMode::Portfolio,
                ][self.below(3) as usize],
            },
        }
    }

    fn transfer(&mut self) -> ExchangeEvent {
        let account = self.user();
        let asset = AssetId(self.below(4) as u16);
        let scale = if asset == USD { 900_000_000 } else { 900_000 };
        let amount = Usd(self.below(scale) as i64 - scale as i64 / 50);
        match self.below(3) {
            0 => ExchangeEvent::Deposit {
                account,
                asset,
                amount,
            },
            1 => ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            },
            _ => {
                let instrument = self.instrument();
                let amount = Usd(self.below(900_000_000) as i64 - 400_000_000);
                ExchangeEvent::AddMargin {
                    account,
                    instrument,
                    leg: self.leg(account),
                    amount,
                }
            }
        }
    }

    fn outside(&mut self) -> ExchangeEvent {
        let shock = if self.rng.chance(0.02) { 0.25 } else { 0.01 };
        let moved = |rng: &mut AgentRng, price: i64| {
            let pull = (1000.0 - price as f64) / 1000.0 * 0.005;
            let factor = 1.0 + rng.range(-shock, shock) + pull;
            ((price as f64 * factor) as i64).clamp(50, 20_000)
        };
        let instrument = self.instrument();
        match self.below(4) {
            0 | 1 => {
                let asset = if self.rng.chance(0.5) { BTC } else { ETH };
                let price = self.lab.exchange.index(InstrumentId(asset.0 - 1)).0;
                let dollars = if asset == BTC { 1_000_000 } else { 333_333 };
                let price = Usd(moved(&mut self.rng, price) * dollars);
                ExchangeEvent::IndexPrice { asset, price }
            }
            2 => {
                let price = self.lab.exchange.index(instrument).0;
                let price = Price(moved(&mut self.rng, price));
                ExchangeEvent::OtherMid {
                    instrument,
                    price: Some(price),
                }
            }
            _ => {
                let price = self.lab.exchange.mark(instrument).0;
                let price = Price(moved(&mut self.rng, price));
                ExchangeEvent::SetMark { instrument, price }
            }
        }
    }

    fn halt_or_reopen(&mut self) -> ExchangeEvent {
        let instrument = self.instrument();
        let halted = &mut self.halted[instrument.index()];
        *halted = !*halted;
        if *halted {
            ExchangeEvent::Halt { instrument }
        } else {
            ExchangeEvent::Reopen { instrument }
        }
    }

    /// Events that only the venue itself should send, and nonsense.
    fn forged(&mut self) -> ExchangeEvent {
        let instrument = InstrumentId(self.below(5) as u16);
        match self.below(4) {
            0 => {
                let account = self.user();
                let key = PositionKey::new(instrument, self.leg(account));
                ExchangeEvent::Liquidate {
                    account,
                    isolated: self.rng.chance(0.5).then_some(key),
                    liquidation: self.below(10) as u32,
                }
            }
            1 => ExchangeEvent::ReleaseTriggered { instrument },
            2 => ExchangeEvent::Expire { instrument },
            _ => ExchangeEvent::Cancel {
                instrument,
                id: OrderId(self.rng.next()),
            },
        }
    }

    pub(crate) fn step(&mut self) {
        let millis = [0, 0, 1, 50, 400][self.below(5) as usize];
        self.lab.advance(millis);
        let event = match self.below(100) {
            0..50 => self.order(),
            50..62 => {
                let account = self.user();
                let (instrument, id) = (self.instrument(), self.id(account));
                ExchangeEvent::Cancel { instrument, id }
            }
            62..74 => {
                let account = self.user();
                let (instrument, id) = (self.instrument(), self.id(account));
                let qty = Qty(6 * self.below(5) as i64);
                let price = self.price(instrument);
                ExchangeEvent::Replace {
                    instrument,
                    id,
                    price,
                    qty,
                }
            }
            74..76 => ExchangeEvent::CancelAll {
                account: self.user(),
            },
            76..81 => self.transfer(),
            81 => self.settings(),
            82..97 => self.outside(),
            97 => self.halt_or_reopen(),
            _ => self.forged(),
        };
        self.lab.apply(event);
        let exchange = &self.lab.exchange;
        let held = |user, leg| {
            exchange
                .leg(user, PositionKey::new(InstrumentId(0), leg))
                .is_some()
        };
        let mut users = self.users.iter().take(12);
        let both = users.any(|&user| held(user, Leg::Long) && held(user, Leg::Short));
        self.both_legs += usize::from(both);
    }

    pub(crate) fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            self.step();
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.lab.exchange.hash_state(&mut hasher);
        std::hash::Hasher::finish(&hasher)
    }
}

/// A hasher that is the same in every process.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// Leverages, position modes and margin modes that were set and refused.
fn settings_of(reports: &[(AccountId, Report)]) -> [usize; 6] {
    let count = |of: fn(&Report) -> bool| reports.iter().filter(|(_, report)| of(report)).count();
    [
        count(|report| matches!(report, Report::LeverageSet { .. })),
        count(|report| matches!(report, Report::LeverageRefused { .. })),
        count(|report| matches!(report, Report::PositionModeSet { .. })),
        count(|report| matches!(report, Report::PositionModeRefused { .. })),
        count(|report| matches!(report, Report::MarginModeSet { .. })),
        count(|report| matches!(report, Report::MarginModeRefused { .. })),
    ]
}

#[test]
fn audited_after_every_event() {
    let mut stages = [0_i128; 5];
    let (mut settings, mut both) = ([0; 6], 0);
    for kind in (0..12).chain(CLEARED..CLEARED + 4) {
        let mut chaos = Chaos::new(100 + kind, kind);
        chaos.run(4000);
        assert!(chaos.lab.events > 4000);
        both += chaos.both_legs;
        for (sum, count) in settings.iter_mut().zip(settings_of(&chaos.lab.reports)) {
            *sum += count;
        }
        for instrument in 0..2 {
            let counters = chaos.lab.exchange.counters(InstrumentId(instrument));
            for (sum, stage) in stages.iter_mut().zip(counters.liquidated_by_stage) {
                *sum += stage;
            }
        }
    }
    println!("{settings:?}");
    assert!(settings.iter().all(|&count| count > 10), "{settings:?}");
    assert!(both > 1000, "{both} moments with both legs open");
    // All stages were reached.
    assert!(stages.iter().all(|&value| value > 0), "{stages:?}");
}

#[test]
fn rules_about_losses_audited_after_every_event() {
    let (mut deleveraged, mut shared) = (0, 0);
    let mut flows = [0_i64; 4];
    for kind in 12..PORTFOLIOS {
        let mut chaos = Chaos::new(300 + kind, kind);
        chaos.run(2500);
        for record in &chaos.lab.records {
            deleveraged += usize::from(matches!(record, VenueRecord::Adl { .. }));
            shared += usize::from(matches!(record, VenueRecord::LossShared { .. }));
        }
        for pool in chaos.lab.exchange.insurance_pools() {
            let of = pool.flows;
            let amounts = [of.fees, of.surplus, of.deficits, of.recovered];
            for (sum, amount) in flows.iter_mut().zip(amounts) {
                *sum += amount.0;
            }
        }
    }
    println!("{deleveraged} closes, {shared} charges, {flows:?}");
    assert!(deleveraged > 100 && shared > 20);
    assert!(flows.iter().all(|&sum| sum > 0), "{flows:?}");
}

#[test]
fn portfolio_accounts_are_audited_after_every_event() {
    let mut liquidated = 0;
    for kind in (PORTFOLIOS..PORTFOLIOS + 8).chain(CLEARED..CLEARED + 2) {
        let mut chaos = Chaos::new(300 + kind, kind);
        chaos.run(4000);
        let exchange = &chaos.lab.exchange;
        let mut cases = exchange.liquidations().iter();
        let portfolio = |account| exchange.margin_mode(account) == MarginMode::Portfolio;
        liquidated += usize::from(cases.any(|case| portfolio(case.account)));
    }
    assert!(liquidated >= 6, "only in {liquidated} of 10 venues");
}

/// The audit counts the default fund; which layers pay what is tested in `defaults.rs`.
#[test]
fn defaults_are_audited_after_every_event() {
    let (mut auctions, mut paid) = (0, 0);
    for kind in CLEARED..CLEARED + 12 {
        let mut chaos = Chaos::new(400 + kind, kind);
        chaos.run(4000);
        for record in &chaos.lab.records {
            match *record {
                VenueRecord::Waterfall { amount, .. } => {
                    assert!(amount > Usd::ZERO);
                    paid += 1;
                }
                VenueRecord::DefaultAuction { .. } => auctions += 1,
                VenueRecord::Liquidation { stage, .. } => {
                    assert!(matches!(stage, Stage::Book | Stage::Clearing), "{record:?}");
                }
                VenueRecord::Adl { .. } => panic!("{record:?}"),
                _ => {}
            }
        }
    }
    assert!(
        auctions > 20 && paid > 0,
        "{auctions} auctions, {paid} payments"
    );
}

#[test]
fn equal_commands_give_equal_histories() {
    let others = [PORTFOLIOS, PORTFOLIOS + 1, CLEARED, CLEARED + 1];
    for kind in (0..4).chain(12..19).chain(others) {
        let run = |seed| {
            let mut chaos = Chaos::new(seed, kind);
            chaos.run(1500);
            (chaos.hash(), chaos.lab.exchange.digest(), chaos.lab.events)
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7).1, run(8).1);
    }
}

#[test]
fn a_checkpoint_goes_on_as_if_nothing_had_happened() {
    let others = [PORTFOLIOS, PORTFOLIOS + 1, CLEARED, CLEARED + 1];
    for kind in (0..6).chain(12..19).chain(others) {
        let mut chaos = Chaos::new(50 + kind, kind);
        chaos.run(1200);
        let bytes = serde_json::to_vec(&chaos.lab.exchange).unwrap();
        let mut copy = Chaos::new(50 + kind, kind);
        copy.run(1200);
        copy.lab.exchange = serde_json::from_slice(&bytes).unwrap();
        chaos.run(1200);
        copy.run(1200);
        assert_eq!(chaos.hash(), copy.hash());
        assert_eq!(chaos.lab.records, copy.lab.records);
        let again = serde_json::to_vec(&chaos.lab.exchange).unwrap();
        assert_eq!(again, serde_json::to_vec(&copy.lab.exchange).unwrap());
    }
}

#[test]
fn the_causes_of_users_are_kept() {
    let mut chaos = Chaos::new(9, 2);
    chaos.run(3000);
    for (id, case) in chaos.lab.exchange.liquidations().iter().enumerate() {
        let id = id as u32;
        let parent = chaos.lab.exchange.lineage(case.cause);
        match parent.root {
            None => assert_eq!((case.root, case.generation), (id, 0)),
            Some(root) => {
                assert_eq!(root.cause, Cause::liquidation(case.root));
                assert_eq!(case.generation, parent.generation + 1);
                let root = &chaos.lab.exchange.liquidations()[case.root as usize];
                assert!(root.began <= case.began && case.root < id && case.forced_share > 0.0);
            }
        }
        assert!(case.cause.as_liquidation().is_none_or(|parent| parent < id));
    }
}

/// Numbers at the ends of everything.
fn wild(rng: &mut AgentRng) -> i64 {
    let edges = [
        0,
        1,
        -1,
        1000,
        i64::MAX,
        i64::MIN,
        1 << 40,
        1 << 55,
        (1 << 40) + 1,
        1 << 20,
    ];
    match rng.below(3) {
        0 => edges[rng.below(edges.len() as u64) as usize],
        1 => 1 << rng.below(57),
        _ => 1 + rng.below(3000) as i64,
    }
}

#[test]
fn absurd_numbers_break_nothing() {
    for kind in (0..PORTFOLIOS + 2).chain(CLEARED..CLEARED + 4) {
        let mut chaos = Chaos::new(200 + kind, kind);
        for _ in 0..3000 {
            let millis = chaos.below(300) as i64;
            chaos.lab.advance(millis);
            let (account, instrument) = (chaos.user(), chaos.instrument());
            chaos.seq = chaos.seq.wrapping_add(1);
            let id = OrderId::new(account, chaos.below(8) as u16, chaos.seq);
            let rng = &mut chaos.rng;
            let (price, qty, amount) = (Price(wild(rng)), Qty(wild(rng)), Usd(wild(rng)));
            let asset = AssetId(rng.below(4) as u16);
            let side = if rng.chance(0.5) {
                Side::Buy
            } else {
                Side::Sell
            };
            let event = match rng.below(13) {
                0..5 => {
                    let mut request = OrderRequest::limit(id, side, price, qty);
                    if rng.chance(0.3) {
                        request.pricing = Pricing::Market;
                    }
                    ExchangeEvent::Order {
                        instrument,
                        request,
                    }
                }
                5 => ExchangeEvent::Deposit {
                    account,
                    asset,
                    amount,
                },
                6 => ExchangeEvent::Withdraw {
                    account,
                    asset,
                    amount,
                },
                7 => ExchangeEvent::AddMargin {
                    account,
                    instrument,
                    leg: [Leg::Net, Leg::Long, Leg::Short][rng.below(3) as usize],
                    amount,
                },
                8 => ExchangeEvent::IndexPrice {
                    asset,
                    price: amount,
                },
                9 => ExchangeEvent::SetMark { instrument, price },
                10 => ExchangeEvent::OtherMid {
                    instrument,
                    price: Some(price),
                },
                11 => ExchangeEvent::SetLeverage {
                    account,
                    instrument,
                    leverage: Rate(price.0),
                },
                _ => ExchangeEvent::CancelAll { account },
            };
            chaos.lab.apply(event);
        }
    }
}
