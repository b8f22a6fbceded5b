//! The hot paths of a venue, each through [`Exchange::apply`]: quotes, fills, marks.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use firesale_exchange::{
    AccountSpec, BackstopConfig, CollateralConfig, Effects, Exchange, ExchangeEvent, FeeSchedule,
    FundingCap, FundingRule, InstrumentConfig, LiquidationConfig, MarginMode, MarginTiers,
    MarkRule, VenueConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{
    AccountId, AgentRng, AssetId, Domain, InstrumentId, OrderId, Price, Qty, Rate, RunSeed, Side,
    SimDuration, SimTime, StreamKey, UnitValue, Usd,
};

const USD: AssetId = AssetId(0);
const BTC: AssetId = AssetId(1);
const PERP: InstrumentId = InstrumentId(0);

/// BTC at 117,000.0 dollars: tick 0.1, lot 0.001.
const START: i64 = 1_170_000;

const fn times(n: i64) -> Rate {
    Rate(n * Rate::ONE.0)
}

fn instrument(symbol: &str, mark: MarkRule) -> InstrumentConfig {
    let tiers = [
        (Usd::dollars(150_000_000), times(40)),
        (Usd::MAX, times(20)),
    ];
    let tiers = MarginTiers::half_of_initial(&tiers).expect("good tiers");
    InstrumentConfig {
        price_band: Some(Rate::bps(3000)),
        mark,
        funding: FundingRule::PremiumIndex {
            interval: SimDuration::secs(3600),
            period: SimDuration::secs(8 * 3600),
            sample: SimDuration::secs(5),
            interest: Rate::bps(1),
            clamp: Rate::bps(5),
            cap: FundingCap::Rate(Rate::bps(400)),
            impact_notional: Usd::dollars(20_000),
        },
        ..InstrumentConfig::perp(symbol, BTC, (UnitValue(100), 1000), tiers, Price(START))
    }
}

fn venue(mark: MarkRule) -> Exchange {
    Exchange::new(VenueConfig {
        collateral: vec![CollateralConfig::new(
            BTC,
            Rate::bps(500),
            Usd::dollars(117_000),
        )],
        fees: FeeSchedule {
            maker: Rate(150_000),
            taker: Rate(450_000),
            liquidation: Rate::ZERO,
        },
        margin_call_ratio: Rate::bps(15_000),
        liquidation: LiquidationConfig {
            latency: SimDuration::millis(50),
            partial_above: Usd::dollars(100_000),
            partial_fraction: Rate::bps(2000),
            cooldown: SimDuration::secs(30),
            ..LiquidationConfig::default()
        },
        backstop: Some(BackstopConfig::two_thirds(Usd::dollars(300_000_000))),
        mark_period: SimDuration::secs(3),
        ..VenueConfig::plain("bench", USD, vec![instrument("BTC", mark)])
    })
    .expect("good rules")
}

fn stream(index: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 0,
        index,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(1), key)
}

fn rich(exchange: &mut Exchange) -> AccountId {
    let account = exchange.open_account(AccountSpec::default());
    let credit = exchange.credit(account, USD, Usd::dollars(5_000_000_000));
    credit.expect("room for the credit");
    account
}

fn limit(
    account: AccountId,
    slot: u16,
    seq: u16,
    side: Side,
    price: i64,
    qty: i64,
) -> ExchangeEvent {
    let id = OrderId::new(account, slot, seq);
    let request = OrderRequest::limit(id, side, Price(price), Qty(qty));
    ExchangeEvent::Order {
        instrument: PERP,
        request,
    }
}

/// Rests ten levels on both sides.
fn fill_book(exchange: &mut Exchange, out: &mut Effects) -> AccountId {
    let maker = rich(exchange);
    for level in 0..8 {
        for (side, slot) in [(Side::Buy, 0), (Side::Sell, 8)] {
            let price = START - side.sign() * (1 + level);
            let event = limit(maker, slot + level as u16, 0, side, price, 100_000_000);
            exchange.apply(SimTime::ZERO, &event, out);
        }
    }
    maker
}

fn quotes(c: &mut Criterion) {
    let mut group = c.benchmark_group("quotes");
    group.throughput(Throughput::Elements(1));
    let mut exchange = venue(MarkRule::Scripted);
    let mut out = Effects::default();
    fill_book(&mut exchange, &mut out);
    // A hundred makers with sixteen quotes each, at random levels below the best bid.
    let makers: Vec<AccountId> = (0..100).map(|_| rich(&mut exchange)).collect();
    let mut rng = stream(1);
    for &maker in &makers {
        for slot in 0..16 {
            let price = START - 10 - rng.below(300) as i64;
            let event = limit(maker, slot, 0, Side::Buy, price, 10);
            exchange.apply(SimTime::ZERO, &event, &mut out);
        }
    }
    group.bench_function("replace at another price", |b| {
        b.iter(|| {
            let id = OrderId::new(makers[rng.below(100) as usize], rng.below(16) as u16, 0);
            let price = Price(START - 10 - rng.below(300) as i64);
            let (instrument, qty) = (PERP, Qty(10));
            out.clear();
            let event = ExchangeEvent::Replace {
                instrument,
                id,
                price,
                qty,
            };
            exchange.apply(SimTime::ZERO, black_box(&event), &mut out);
        });
    });
    group.bench_function("cancel and place", |b| {
        b.iter(|| {
            let maker = makers[rng.below(100) as usize];
            let slot = rng.below(16) as u16;
            let cancel = ExchangeEvent::Cancel {
                instrument: PERP,
                id: OrderId::new(maker, slot, 0),
            };
            let price = START - 10 - rng.below(300) as i64;
            out.clear();
            exchange.apply(SimTime::ZERO, black_box(&cancel), &mut out);
            let place = limit(maker, slot, 0, Side::Buy, price, 10);
            exchange.apply(SimTime::ZERO, black_box(&place), &mut out);
        });
    });
    group.finish();
}

fn fills(c: &mut Criterion) {
    let mut group = c.benchmark_group("fills");
    let mut exchange = venue(MarkRule::Scripted);
    let mut out = Effects::default();
    fill_book(&mut exchange, &mut out);
    let takers: Vec<AccountId> = (0..10_000).map(|_| rich(&mut exchange)).collect();
    let mut rng = stream(2);
    group.throughput(Throughput::Elements(1));
    group.bench_function("market order of one fill", |b| {
        b.iter(|| {
            let taker = takers[rng.below(10_000) as usize];
            let side = if rng.next() & 1 == 0 {
                Side::Buy
            } else {
                Side::Sell
            };
            let id = OrderId::new(taker, 0, 0);
            let request = OrderRequest::market(id, side, Qty(1));
            let event = ExchangeEvent::Order {
                instrument: PERP,
                request,
            };
            out.clear();
            exchange.apply(SimTime::ZERO, black_box(&event), &mut out);
        });
    });
    // Sixty-four makers in front of the wall; each round fills them all and puts them back.
    let makers: Vec<AccountId> = (0..64).map(|_| rich(&mut exchange)).collect();
    group.throughput(Throughput::Elements(64));
    group.bench_function("sweep of 64 makers and their return", |b| {
        let mut round = 0_u64;
        b.iter(|| {
            round += 1;
            let side = if round & 1 == 0 {
                Side::Buy
            } else {
                Side::Sell
            };
            out.clear();
            for &maker in &makers {
                let event = limit(maker, 0, 0, side.opposite(), START, 1);
                exchange.apply(SimTime::ZERO, &event, &mut out);
            }
            let taker = takers[rng.below(10_000) as usize];
            let request = OrderRequest::market(OrderId::new(taker, 0, 0), side, Qty(64));
            let event = ExchangeEvent::Order {
                instrument: PERP,
                request,
            };
            exchange.apply(SimTime::ZERO, black_box(&event), &mut out);
        });
    });
    group.finish();
}

/// A venue with this many positions, half of them long, half isolated, leverage 1.5 to 25.
fn populated(positions: u32) -> Exchange {
    let mut exchange = venue(MarkRule::Scripted);
    let mut rng = stream(3);
    for n in 0..positions / 2 {
        let qty = 1 + rng.below(2000) as i64;
        for sign in [1, -1] {
            let leverage = rng.range(1.5, 25.0);
            let notional = qty * START * 100;
            let margin = Usd((notional as f64 / leverage) as i64);
            let isolated = n % 2 == 0;
            let account = exchange.open_account(AccountSpec {
                margin_mode: if isolated {
                    MarginMode::Isolated
                } else {
                    MarginMode::Cross
                },
                ..AccountSpec::default()
            });
            if !isolated {
                exchange
                    .credit(account, USD, margin)
                    .expect("room for the credit");
            }
            let (qty, margin) = (Qty(sign * qty), isolated.then_some(margin));
            exchange
                .seed_position(account, PERP, qty, Price(START), margin)
                .expect("a sensible position");
        }
    }
    exchange
}

fn marks(c: &mut Criterion) {
    let mut group = c.benchmark_group("marks");
    group.sample_size(20);
    for positions in [10_000, 100_000, 1_000_000] {
        let mut exchange = populated(positions);
        let mut out = Effects::default();
        let mut rng = stream(4);
        // The first event bounds everybody.
        exchange.apply(SimTime::ZERO, &ExchangeEvent::MarkTick, &mut out);
        // A walk of 5 bp steps that returns to where it began.
        let mut offset = 0_i64;
        group.bench_function(BenchmarkId::new("walk of 5 bp", positions), |b| {
            b.iter(|| {
                let step = if rng.next() & 1 == 0 { 585 } else { -585 };
                offset = (offset + step).clamp(-585 * 16, 585 * 16);
                let price = Price(START + offset);
                out.clear();
                let event = ExchangeEvent::SetMark {
                    instrument: PERP,
                    price,
                };
                exchange.apply(SimTime::ZERO, black_box(&event), &mut out);
            });
        });
        let resting = exchange.clone();
        group.bench_function(BenchmarkId::new("fall of 1%, first time", positions), |b| {
            b.iter_batched_ref(
                || resting.clone(),
                |exchange| {
                    let price = Price(START - 585 * 16 - START / 100);
                    out.clear();
                    let event = ExchangeEvent::SetMark {
                        instrument: PERP,
                        price,
                    };
                    exchange.apply(SimTime::ZERO, black_box(&event), &mut out);
                },
                criterion::BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("full sweep", positions), |b| {
            b.iter(|| black_box(exchange.sweep_breaches().len()));
        });
    }
    group.finish();
}

criterion_group!(benches, quotes, fills, marks);
criterion_main!(benches);
