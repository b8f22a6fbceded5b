//! Maintenance margin at the edges of published brackets, through the exchange.
//!
//! A bracket with rate r and deduction d asks N r - d. The deductions are published so that both
//! brackets ask the same at the edge between them: d' = d + edge (r' - r). Each edge is looked at
//! from both sides: at the edge by the lower bracket, one dollar above it by the upper one.
//!
//! * Binance BTCUSDT, snapshot of October 2024 (brackets and their deductions: domain facts 2.3, a
//!   public data set \[D\]).
//! * Hyperliquid (2.2 \[P\]): the rate is half of the initial margin at the tier's highest leverage,
//!   the deduction by the formula above.

use firesale_exchange::{
    AccountSpec, Exchange, FundingRule, InstrumentConfig, MarginTier, MarginTiers, VenueConfig,
};
use firesale_types::{Price, Qty, Rate, UnitValue, Usd};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{DOLLAR, PERP, perpetual};
use crate::engine::Engine;

/// Cap and rate in basis points, highest leverage, deduction; in dollars.
type Bracket = (i64, i64, i64, i64);

const BINANCE_BTC: [Bracket; 7] = [
    (50_000, 40, 125, 0),
    (600_000, 50, 100, 50),
    (3_000_000, 65, 75, 950),
    (12_000_000, 100, 50, 11_450),
    (70_000_000, 200, 25, 131_450),
    (100_000_000, 250, 20, 481_450),
    (230_000_000, 500, 10, 2_981_450),
];

/// (symbol, cap of the first tier, highest leverages): 2.2.
const HYPERLIQUID: [(&str, i64, [i64; 2]); 4] = [
    ("BTC", 150_000_000, [40, 20]),
    ("ETH", 100_000_000, [25, 15]),
    ("SOL", 70_000_000, [20, 10]),
    ("XRP", 40_000_000, [20, 10]),
];

/// A cent: margins are rounded up to the micro-dollar, and rates of a third to the billionth.
const CENT: Tolerance = Tolerance::Absolute(0.01);

/// All edges.
pub(crate) fn edges(engine: &Engine) -> Vec<Row> {
    let mut rows = binance(engine);
    for (symbol, cap, leverage) in HYPERLIQUID {
        rows.extend(hyperliquid(engine, symbol, cap, leverage));
    }
    rows
}

fn binance(engine: &Engine) -> Vec<Row> {
    let tier = |&(up_to, bps, leverage, _): &Bracket| MarginTier {
        up_to: Usd::dollars(up_to),
        maintenance: Rate::bps(bps),
        max_leverage: Rate(leverage * Rate::ONE.0),
    };
    let tiers = MarginTiers::new(BINANCE_BTC.iter().map(tier).collect());
    let tiers = tiers.expect("the published brackets are sound");
    let asks = |&(_, bps, _, deduction): &Bracket, notional: i64| {
        (notional * bps) as f64 / 10_000.0 - deduction as f64
    };
    let mut rows = Vec::new();
    for pair in BINANCE_BTC.windows(2) {
        let edge = pair[0].0;
        for (bracket, notional) in [(&pair[0], edge), (&pair[1], edge + 1)] {
            rows.push(row(
                engine,
                "Binance BTCUSDT",
                &tiers,
                notional,
                asks(bracket, notional),
            ));
        }
    }
    rows
}

fn hyperliquid(engine: &Engine, symbol: &str, cap: i64, leverage: [i64; 2]) -> [Row; 2] {
    let [first, last] = leverage.map(|times| Rate(times * Rate::ONE.0));
    let tiers = MarginTiers::half_of_initial(&[(Usd::dollars(cap), first), (Usd::MAX, last)]);
    let tiers = tiers.expect("the published tiers are sound");
    let [low, high] = leverage.map(|times| 0.5 / times as f64);
    let deduction = cap as f64 * (high - low);
    let name = format!("Hyperliquid {symbol}");
    let above = (cap + 1) as f64 * high - deduction;
    [
        row(engine, &name, &tiers, cap, cap as f64 * low),
        row(engine, &name, &tiers, cap + 1, above),
    ]
}

fn row(engine: &Engine, name: &str, tiers: &MarginTiers, dollars: i64, published: f64) -> Row {
    let name = format!("{name}, notional {dollars}");
    let ours = maintenance(engine, tiers, dollars);
    Row::new(name, published, ours.to_f64(), CENT)
}

/// What a long position of so many dollars needs.
fn maintenance(engine: &Engine, tiers: &MarginTiers, dollars: i64) -> Usd {
    let flat = Rate::ONE;
    let dollar_a_lot = UnitValue(1_000_000);
    let contract = InstrumentConfig {
        tiers: tiers.clone(),
        ..perpetual(Price(1), dollar_a_lot, Rate::bps(5), flat, FundingRule::Off)
    };
    let config = VenueConfig::plain("paper", DOLLAR, vec![contract]);
    let mut exchange = Exchange::new(engine.venue(config)).expect("the venue of a check is sound");
    let account = exchange.open_account(AccountSpec::default());
    let seeded = exchange.seed_position(account, PERP, Qty(dollars), Price(1), None);
    seeded.expect("the position is sound");
    exchange.maintenance(account)
}
