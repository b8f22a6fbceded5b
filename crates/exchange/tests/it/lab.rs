//! A venue with its own little queue, and the rules that the tests start from.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use firesale_exchange::{
    AccountSpec, Auditor, BackstopConfig, Cause, Effects, EventClass, Exchange, ExchangeEvent,
    GenealogyRecord, InstrumentConfig, InstrumentKind, LiquidationConfig, MarginMode, MarginTiers,
    MarkRule, PositionMode, Report, Stage, VenueConfig, VenueRecord,
};
use firesale_matching::OrderRequest;
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimDuration, SimTime,
    UnitValue, Usd,
};

pub(crate) const USD: AssetId = AssetId(0);
pub(crate) const BTC: AssetId = AssetId(1);
pub(crate) const ETH: AssetId = AssetId(2);
pub(crate) const FIRST: InstrumentId = InstrumentId(0);
pub(crate) const SECOND: InstrumentId = InstrumentId(1);

pub(crate) const fn times(n: i64) -> Rate {
    Rate(n * Rate::ONE.0)
}

/// A perpetual: one tick times one lot is a dollar, 5% maintenance, at most 10x, scripted mark, at
/// 1000 ticks.
pub(crate) fn perp(symbol: &str, base: AssetId) -> InstrumentConfig {
    let tiers = MarginTiers::flat(Rate::bps(500), times(10)).unwrap();
    let grid = (UnitValue(1_000_000), 1_000_000);
    InstrumentConfig {
        max_order_qty: Qty(1_000_000),
        mark: MarkRule::Scripted,
        ..InstrumentConfig::perp(symbol, base, grid, tiers, Price(1000))
    }
}

/// A spot pair on the same grid.
pub(crate) fn spot(symbol: &str, base: AssetId) -> InstrumentConfig {
    InstrumentConfig {
        kind: InstrumentKind::Spot,
        tiers: MarginTiers::none(),
        ..perp(symbol, base)
    }
}

/// No fees, no fund, no vault, one second of latency, orders limited to the bankruptcy price,
/// deleveraging by queue.
pub(crate) fn plain(instruments: Vec<InstrumentConfig>) -> VenueConfig {
    VenueConfig {
        liquidation: LiquidationConfig {
            partial_above: Usd::dollars(1_000_000_000),
            partial_fraction: Rate::bps(2000),
            cooldown: SimDuration::secs(30),
            ..LiquidationConfig::default()
        },
        ..VenueConfig::plain("plain", USD, instruments)
    }
}

/// A vault that takes over at two thirds.
pub(crate) fn vault(capital: i64) -> BackstopConfig {
    BackstopConfig {
        max_leverage: times(4),
        max_leverage_per_instrument: times(2),
        ..BackstopConfig::two_thirds(Usd::dollars(capital))
    }
}

type Key = (SimTime, u32, EventClass, u64);

/// A venue, its queue, and everything it has said.
pub(crate) struct Lab {
    pub(crate) exchange: Exchange,
    pub(crate) now: SimTime,
    pub(crate) reports: Vec<(AccountId, Report)>,
    pub(crate) records: Vec<VenueRecord>,
    pub(crate) links: Vec<GenealogyRecord>,
    /// Events processed.
    pub(crate) events: u64,
    out: Effects,
    queue: BinaryHeap<Reverse<(Key, usize)>>,
    waiting: Vec<ExchangeEvent>,
    generation: u32,
}

impl Lab {
    pub(crate) fn new(config: VenueConfig) -> Self {
        let exchange = Exchange::new(config).unwrap();
        let mut out = Effects::default();
        exchange.start(&mut out);
        let mut lab = Self {
            exchange,
            now: SimTime::ZERO,
            reports: Vec::new(),
            records: Vec::new(),
            links: Vec::new(),
            events: 0,
            out,
            queue: BinaryHeap::new(),
            waiting: Vec::new(),
            generation: 0,
        };
        lab.collect();
        lab
    }

    pub(crate) fn cross(&mut self, dollars: i64) -> AccountId {
        self.open(MarginMode::Cross, 1, dollars)
    }

    pub(crate) fn isolated(&mut self, dollars: i64) -> AccountId {
        self.open(MarginMode::Isolated, 1, dollars)
    }

    pub(crate) fn open(&mut self, margin_mode: MarginMode, weight: u32, dollars: i64) -> AccountId {
        self.open_in(PositionMode::OneWay, margin_mode, weight, dollars)
    }

    pub(crate) fn open_in(
        &mut self,
        position_mode: PositionMode,
        margin_mode: MarginMode,
        weight: u32,
        dollars: i64,
    ) -> AccountId {
        let account = self.exchange.open_account(AccountSpec {
            weight,
            margin_mode,
            position_mode,
            max_slots: 8,
        });
        if dollars > 0 {
            self.exchange
                .credit(account, USD, Usd::dollars(dollars))
                .unwrap();
        }
        account
    }

    /// A seeded position, long positive.
    pub(crate) fn seed(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        qty: i64,
        entry: i64,
    ) {
        let margin = None;
        self.exchange
            .seed_position(account, instrument, Qty(qty), Price(entry), margin)
            .unwrap();
    }

    /// An event at the present moment, audited.
    pub(crate) fn apply(&mut self, event: ExchangeEvent) {
        self.generation = 0;
        self.step(&event);
    }

    fn step(&mut self, event: &ExchangeEvent) {
        let equities = crate::adl_audit::before(&self.exchange, event);
        let bystanders = crate::bystanders::before(&self.exchange, event);
        self.exchange.apply(self.now, event, &mut self.out);
        if let Some(equities) = equities {
            crate::adl_audit::check(&self.exchange, &equities, &self.out.records);
        }
        if let Some(bystanders) = bystanders {
            crate::bystanders::check(&self.exchange, &bystanders, &self.out.records);
        }
        self.events += 1;
        self.collect();
        let violations = Auditor::check(&self.exchange);
        assert!(violations.is_empty(), "after {event:?}: {violations:?}");
    }

    fn collect(&mut self) {
        for later in self.out.later.drain(..) {
            assert!(later.at >= self.now, "{later:?} lies in the past");
            let generation = if later.at == self.now {
                self.generation + 1
            } else {
                0
            };
            let seq = self.waiting.len();
            let key = (later.at, generation, later.event.class(), seq as u64);
            self.queue.push(Reverse((key, seq)));
            self.waiting.push(later.event);
        }
        self.reports.append(&mut self.out.reports);
        self.records.append(&mut self.out.records);
        self.links.append(&mut self.out.links);
    }

    /// Processes the queue up to and including the present moment plus a number of milliseconds.
    pub(crate) fn advance(&mut self, millis: i64) {
        let end = self.now + SimDuration::millis(millis);
        while let Some(&Reverse(((at, generation, _, _), seq))) = self.queue.peek()
            && at <= end
        {
            self.queue.pop();
            self.now = at;
            self.generation = generation;
            assert!(generation < 1000, "an endless chain at one moment");
            let event = self.waiting[seq];
            self.step(&event);
        }
        self.now = end;
    }

    pub(crate) fn limit(
        &mut self,
        account: AccountId,
        slot: u16,
        side: Side,
        price: i64,
        qty: i64,
    ) {
        let id = OrderId::new(account, slot, 0);
        self.submit(FIRST, OrderRequest::limit(id, side, Price(price), Qty(qty)));
    }

    pub(crate) fn market(&mut self, account: AccountId, side: Side, qty: i64) {
        let id = OrderId::new(account, 7, 0);
        self.submit(FIRST, OrderRequest::market(id, side, Qty(qty)));
    }

    pub(crate) fn submit(&mut self, instrument: InstrumentId, request: OrderRequest) {
        self.apply(ExchangeEvent::Order {
            instrument,
            request,
        });
    }

    pub(crate) fn set_mark(&mut self, instrument: InstrumentId, price: i64) {
        let price = Price(price);
        self.apply(ExchangeEvent::SetMark { instrument, price });
    }

    pub(crate) fn qty(&self, account: AccountId, instrument: InstrumentId) -> i64 {
        self.exchange
            .position(account, instrument)
            .map_or(0, |p| p.qty.0)
    }

    /// Equity in whole dollars.
    pub(crate) fn equity(&self, account: AccountId) -> i64 {
        let equity = self.exchange.equity(account).0;
        assert_eq!(equity % 1_000_000, 0, "{equity} micro-dollars");
        equity / 1_000_000
    }

    /// Forced closes so far: account, quantity, price, stage.
    pub(crate) fn closes(&self) -> Vec<(AccountId, i64, i64, Stage)> {
        let closes = self.records.iter().filter_map(|record| match *record {
            VenueRecord::Liquidation {
                account,
                qty,
                fill_price,
                stage,
                ..
            } => Some((account, qty.0, fill_price.0, stage)),
            _ => None,
        });
        closes.collect()
    }

    /// Bad debts so far, in micro-dollars.
    pub(crate) fn bad_debts(&self) -> Vec<(AccountId, i64)> {
        let debts = self.records.iter().filter_map(|record| match *record {
            VenueRecord::BadDebt { account, amount } => Some((account, amount.0)),
            _ => None,
        });
        debts.collect()
    }

    /// The last report to an account.
    pub(crate) fn last_report(&self, account: AccountId) -> Option<Report> {
        let mine = self.reports.iter().rev().find(|(to, _)| *to == account);
        mine.map(|(_, report)| *report)
    }

    /// Causes, roots and generations of the liquidations, in order.
    pub(crate) fn family(&self) -> Vec<(Cause, u32, u16)> {
        let all = self.exchange.liquidations().iter();
        all.map(|case| (case.cause, case.root, case.generation))
            .collect()
    }
}
