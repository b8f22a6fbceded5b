//! A made-up crash, written like a real run, to look at and to test with.
//!
//! Nothing here is a model: prices, depths and liquidations are curves and dice that look like an
//! evening on which everything falls at 20:50.

use std::path::Path;

use firesale_record::{
    AccountRange, AdlRow, BadDebtRow, CascadeRow, DepthRow, Exit, LeverageRow, LiquidationRow,
    Manifest, Moment, Names, NewsMark, PopulationId, PopulationRow, PositionSide, Reason,
    RunWriter, Stage, Summary, TargetResult, TargetRole, TickRow, VenueNames, WriterOptions,
};
use firesale_types::{
    AccountId, AgentRng, Domain, InstrumentId, RunSeed, Side, StreamKey, Usd, VenueId, exponential,
    normal, pareto,
};

/// News at 20:50, ten minutes before the first hour ends.
const NEWS: f64 = 3000.0;
const END: i64 = 10_800;

struct Coin {
    symbol: &'static str,
    price: f64,
    fall: f64,
    depth: f64,
    interest: f64,
}

const COINS: [Coin; 6] = [
    Coin {
        symbol: "BTC-PERP",
        price: 116_400.0,
        fall: 0.12,
        depth: 4.2e7,
        interest: 6.1e9,
    },
    Coin {
        symbol: "ETH-PERP",
        price: 3_980.0,
        fall: 0.17,
        depth: 2.1e7,
        interest: 3.9e9,
    },
    Coin {
        symbol: "SOL-PERP",
        price: 205.0,
        fall: 0.29,
        depth: 6.0e6,
        interest: 1.7e9,
    },
    Coin {
        symbol: "AVAX-PERP",
        price: 27.5,
        fall: 0.45,
        depth: 1.3e6,
        interest: 4.0e8,
    },
    Coin {
        symbol: "ATOM-PERP",
        price: 3.72,
        fall: 0.63,
        depth: 4.0e5,
        interest: 9.0e7,
    },
    Coin {
        symbol: "BTC-SPOT",
        price: 116_380.0,
        fall: 0.115,
        depth: 5.0e7,
        interest: f64::NAN,
    },
];
const VENUES: [&str; 2] = ["hyperliquid", "binance"];
const POPULATIONS: [&str; 7] = [
    "retail_momentum",
    "retail_dip_buyers",
    "retail_noise",
    "funds",
    "market_makers",
    "arbitrageurs",
    "shorts",
];

pub(crate) fn names() -> Names {
    let venue = |name: &&str| VenueNames {
        name: (*name).to_owned(),
        instruments: COINS.iter().map(|c| c.symbol.to_owned()).collect(),
        accounts: vec![AccountRange {
            first: 0,
            count: 100_000,
            name: POPULATIONS[0].to_owned(),
            number: Some(0),
        }],
    };
    Names {
        venues: VENUES.iter().map(venue).collect(),
        populations: POPULATIONS.iter().map(|p| (*p).to_owned()).collect(),
    }
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        version: "0.1.0".into(),
        commit: Some("0123abc".into()),
        scenario: "made_up_crash".into(),
        question: Some(
            "What does a page of charts look like when everything falls at once?".into(),
        ),
        scenario_digest: "5f".repeat(32),
        seed: 7,
        threads: 2,
        platform: "linux-x86_64".into(),
        clock_start: Some("2025-10-10T20:00:00Z".into()),
        simulated_ns: END * 1_000_000_000,
        news: vec![NewsMark {
            time_ns: NEWS as i64 * 1_000_000_000,
            label: "tariff news".into(),
        }],
        reference: None,
        wall_s: 31.4,
        events: 48_212_345,
        digest: "3b".repeat(16),
        exit: Exit::Done,
        error: None,
    }
}

fn dice(seed: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 1,
        index: seed,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(11), key)
}

/// 0 before the news, 1 at the low some 25 minutes later, then back to about a half.
fn stress(t: f64) -> f64 {
    let since = (t - NEWS) / 1500.0;
    match since {
        s if s <= 0.0 => 0.0,
        s if s < 1.0 => s * s * (3.0 - 2.0 * s),
        s => 0.5 + 0.5 * libm::exp(-(s - 1.0) * 1.3),
    }
}

/// How wild it is: a bump around the low.
fn panic_at(t: f64) -> f64 {
    let x = (t - NEWS - 1300.0) / 420.0;
    libm::exp(-x * x)
}

fn ns(t: f64) -> i64 {
    (t * 1e9) as i64
}

/// Writes tables, manifest and summary of a crash; the state of the markets every `step` seconds.
pub(crate) fn crash(dir: &Path, step: usize) {
    let mut writer = RunWriter::create(dir, names(), WriterOptions::default()).unwrap();
    ticks(&mut writer, step);
    liquidations(&mut writer);
    populations(&mut writer);
    leverage(&mut writer);
    writer.finish().unwrap();
    manifest().write(dir).unwrap();
    summary().write(dir).unwrap();
}

fn ticks(writer: &mut RunWriter, step: usize) {
    for (venue, name) in VENUES.iter().enumerate() {
        for (instrument, coin) in COINS.iter().enumerate() {
            let mut dice = dice((venue * 10 + instrument) as u64);
            let mut noise = 0.0;
            for second in (0..=END).step_by(step) {
                let t = second as f64;
                noise = 0.999 * noise + 0.00012 * (1.0 + 9.0 * panic_at(t)) * normal(&mut dice);
                let fair = coin.price * (1.0 - coin.fall * stress(t)) * (1.0 + 0.2 * noise);
                let last = fair * (1.0 + noise * coin.fall * 4.0 + 0.0004 * venue as f64);
                let empty = coin.symbol == "ATOM-PERP" && panic_at(t) > 0.9;
                let depth = coin.depth * (1.0 - 0.97 * panic_at(t)) * (1.0 - 0.4 * stress(t));
                let spot = coin.interest.is_nan();
                let row = TickRow {
                    time_ns: ns(t),
                    venue: VenueId(venue as u16),
                    instrument: InstrumentId(instrument as u16),
                    last,
                    low: last,
                    high: last,
                    mid: if empty { f64::NAN } else { last },
                    mark: if spot {
                        f64::NAN
                    } else {
                        fair * (1.0 + 0.3 * noise)
                    },
                    index: fair,
                    spread_bps: if empty {
                        f64::NAN
                    } else {
                        (0.4 + 300.0 * panic_at(t) * coin.fall) * exponential(&mut dice, 1.0)
                    },
                    bid_depth_1pct_usd: depth * (0.9 + 0.2 * dice.uniform()),
                    ask_depth_1pct_usd: depth * (1.1 + 0.2 * dice.uniform()),
                    open_interest_usd: coin.interest * (1.0 - 0.3 * stress(t)) / (venue + 1) as f64,
                    funding_rate: if spot {
                        f64::NAN
                    } else {
                        0.0001 - 0.0006 * stress(t) * coin.fall
                    },
                    volume_usd: 1e6,
                    liquidated_long_usd: 0.0,
                    liquidated_short_usd: 0.0,
                    adl_usd: 0.0,
                    insurance_usd: if *name == "binance" {
                        1.23e9 - 1.9e8 * stress(t)
                    } else {
                        3.0e8
                    },
                    cascade_number: if spot {
                        f64::NAN
                    } else {
                        (0.2 + 1.6 * panic_at(t) * (0.5 + coin.fall))
                            * exponential(&mut dice, 1.0).sqrt()
                    },
                };
                writer.push(row).unwrap();
                if second % 30 == 0 && instrument < 2 {
                    depth_rows(writer, key(t, venue, instrument), depth, coin);
                }
            }
        }
    }
}

/// Time, venue, instrument.
type Key = (i64, VenueId, InstrumentId);

fn key(t: f64, venue: usize, instrument: usize) -> Key {
    (
        ns(t),
        VenueId(venue as u16),
        InstrumentId(instrument as u16),
    )
}

fn depth_rows(writer: &mut RunWriter, (time_ns, venue, instrument): Key, depth: f64, coin: &Coin) {
    let hole = 1.0 - depth / coin.depth;
    let edges = [0.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0, 500.0];
    for side in [Side::Buy, Side::Sell] {
        for band in edges.windows(2) {
            let near = libm::exp(-band[0] / 150.0);
            let gone = if band[0] < 400.0 * (hole - 0.3) {
                0.001
            } else {
                1.0
            };
            writer
                .push(DepthRow {
                    time_ns,
                    venue,
                    instrument,
                    side,
                    from_bps: band[0],
                    to_bps: band[1],
                    notional_usd: coin.depth * near * (band[1] - band[0]) / 100.0 * gone,
                })
                .unwrap();
        }
    }
}

fn liquidations(writer: &mut RunWriter) {
    let mut dice = dice(99);
    let mut t: f64 = 600.0;
    let mut id = 0;
    while t < END as f64 - 60.0 {
        t += exponential(&mut dice, 1.0 / (0.01 + 3.0 * panic_at(t)));
        let coin = dice.below(5) as usize;
        let venue = VenueId(u16::from(dice.chance(0.4)));
        let long = dice.chance(if t < NEWS { 0.5 } else { 0.91 });
        let price = COINS[coin].price * (1.0 - COINS[coin].fall * stress(t));
        let fill = price * (1.0 + 0.01 * panic_at(t) * normal(&mut dice));
        let notional = pareto(&mut dice, 3e4, 0.9).min(1.6e8);
        let stage = match dice.uniform() {
            u if u < 0.70 || panic_at(t) < 0.3 => Stage::Book,
            u if u < 0.82 => Stage::Backstop,
            u if u < 0.86 => Stage::Insurance,
            _ => Stage::Adl,
        };
        writer
            .push(LiquidationRow {
                time_ns: ns(t),
                id,
                venue,
                instrument: InstrumentId(coin as u16),
                account: AccountId(id as u32 % 100_000),
                population: Some(PopulationId(0)),
                side: if long {
                    PositionSide::Long
                } else {
                    PositionSide::Short
                },
                qty: notional / fill,
                notional: Usd::from_f64(notional).unwrap(),
                mark: price,
                bankruptcy_price: price * 0.98,
                fill_price: fill,
                stage,
                cause_id: None,
                cause: Reason::News,
                root_id: id,
                generation: 0,
                forced_share: 0.4,
                via: "BTC-PERP".into(),
                crossed_instrument: false,
                crossed_venue: false,
                weight: 1,
            })
            .unwrap();
        if stage == Stage::Adl {
            winner_and_debt(writer, t, id, venue, (coin, notional, fill), &mut dice);
        }
        if dice.chance(0.2) {
            let size = pareto(&mut dice, 1.0, 0.9).min(9000.0) as i64;
            writer
                .push(CascadeRow {
                    root_id: id,
                    venue,
                    start_ns: ns(t),
                    size,
                    depth: i64::from(size.ilog2()),
                    notional_usd: size as f64 * 9e4,
                    venues: 1,
                })
                .unwrap();
        }
        id += 1;
    }
}

fn winner_and_debt(
    writer: &mut RunWriter,
    t: f64,
    id: i64,
    venue: VenueId,
    (coin, notional, fill): (usize, f64, f64),
    dice: &mut AgentRng,
) {
    let account = AccountId(id as u32 % 100_000);
    writer
        .push(AdlRow {
            time_ns: ns(t),
            id,
            venue,
            instrument: InstrumentId(coin as u16),
            account,
            counterparty: AccountId(dice.below(100_000) as u32),
            qty: notional / fill,
            price: fill,
            mark: fill * 0.99,
            haircut: Usd::from_f64(notional * 0.01).unwrap(),
            in_profit: true,
            root_id: id,
            generation: 1,
            weight: 1,
        })
        .unwrap();
    if dice.chance(0.1) {
        let amount = Usd::from_f64(notional * 0.02).unwrap();
        let population = Some(PopulationId(0));
        writer
            .push(BadDebtRow {
                time_ns: ns(t),
                venue,
                account,
                population,
                amount,
                weight: 1,
            })
            .unwrap();
    }
}

fn populations(writer: &mut RunWriter) {
    let fate = [-1.4e9, -5.0e8, -1.0e8, -4.0e8, 1.5e8, 6.0e7, 2.1e9];
    for (place, gain) in fate.into_iter().enumerate() {
        for second in (0..=END).step_by(10) {
            let t = second as f64;
            let pnl = gain * (0.7 * stress(t) + 0.3 * stress((t - 300.0).max(0.0)));
            let gone = if gain < -4.5e8 {
                0.25 * stress((t - 200.0).max(0.0))
            } else {
                0.0
            };
            writer
                .push(PopulationRow {
                    time_ns: ns(t),
                    population: PopulationId(place as u16),
                    venue: None,
                    accounts: 10_000,
                    alive: (10_000.0 * (1.0 - gone)) as i64,
                    equity_usd: 3e9 + pnl,
                    pnl_usd: pnl,
                    notional_usd: 9e9,
                    leverage_p10: 1.0,
                    leverage_p50: 4.0,
                    leverage_p90: 20.0,
                    long_usd: 5e9,
                    short_usd: 4e9,
                })
                .unwrap();
        }
    }
}

fn leverage(writer: &mut RunWriter) {
    let edges = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, f64::NAN];
    let before = [0.6e9, 1.9e9, 2.6e9, 3.1e9, 3.9e9, 3.2e9, 1.8e9, 0.5e9];
    for (moment, kept) in [(Moment::Before, 0.0), (Moment::After, 1.0)] {
        for (place, band) in edges.windows(2).enumerate() {
            let left = 1.0 - kept * (place as f64 / 9.0);
            writer
                .push(LeverageRow {
                    time_ns: if kept > 0.0 { END * 1_000_000_000 } else { 0 },
                    moment,
                    population: None,
                    venue: None,
                    leverage_from: band[0],
                    leverage_to: band[1],
                    notional_usd: before[place] * left,
                    accounts: (before[place] * left / 9e4) as i64,
                })
                .unwrap();
        }
    }
}

fn summary() -> Summary {
    let mut summary = Summary::default();
    let figures = [
        ("liquidated_usd", 9.3e9),
        ("liquidated_long_share", 0.912),
        ("liquidated_peak_minute_usd", 3.21e9),
        ("accounts_liquidated", 162_512.0),
        ("liquidated_usd.binance", 2.4e9),
        ("liquidated_usd.hyperliquid", 6.9e9),
        ("drawdown_frac.BTC", 0.1243),
        ("drawdown_frac.ETH", 0.171),
        ("retrace_frac.BTC", 0.412),
        ("retrace_frac.ETH", 0.39),
        ("first_adl_after_first_liquidation_s", 61.7),
        ("adl_gini", 0.981),
        ("cascade_size_max", 8_112.0),
        ("branching_ratio_peak", 1.73),
        ("events", 48_212_345.0),
        ("wall_s", 31.4),
        ("peak_rss_mb", 812.0),
        ("audit_violations", 0.0),
        ("my_own_figure", 3.0),
    ];
    for (name, value) in figures {
        summary.set(name, value);
    }
    summary.set("amplification", None);
    let target = |id: &str, metric: &str, band| TargetResult {
        id: id.into(),
        metric: metric.into(),
        window: Some("20:50 to 21:50".into()),
        formula: Some("1 - low / price at 20:50".into()),
        role: TargetRole::Outcome,
        value: Some(0.145),
        band,
        measured: None,
        inside: false,
        source: Some("S7, N S8".into()),
        grade: Some("R".into()),
    };
    summary.targets = vec![
        target("O6", "drawdown_frac.BTC", [0.09, 0.17]),
        target("O8", "drawdown_frac.ETH", [0.19, 0.22]),
        target("amp", "amplification", [2.0, 9.0]),
    ];
    summary.judge();
    summary
}
