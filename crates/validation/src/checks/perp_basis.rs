//! The price at which a perpetual offers no arbitrage, through the exchange's funding.
//!
//! Ackerer, Hugonnier and Jermann (Mathematical Finance, 2025): a linear perpetual on an asset x
//! whose holders pay funding at rate kappa (f - x) + iota x has the price f / x = (kappa - iota) /
//! (kappa + r_b - r_a), r_a being the rate at which dollars are financed and r_b the yield of the
//! asset. With funding every eight hours kappa is one for each period, 1095 a year.
//!
//! The arbitrageur is short the perpetual and holds the asset on credit. The market quotes a price;
//! the venue samples the premium and pays funding; the price at which the arbitrageur neither gains
//! nor loses over the period is found by bisection over venues.

use firesale_exchange::{ExchangeEvent, FundingCap, FundingRule, MarginMode, MarkRule};
use firesale_types::{Price, Qty, Rate, Side, SimDuration, SimTime, UnitValue, Usd};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{COIN, PERP, Venue, perpetual};
use crate::engine::Engine;

/// Funding periods a year.
const PERIODS: f64 = 1095.0;
/// What financing costs a year.
const R_A: f64 = 0.05;

/// The index, in ticks of a micro-dollar: 50 dollars.
const INDEX: i64 = 50_000_000;
/// The arbitrageur's position.
const LOTS: Qty = Qty(1_000_000);

/// (interest a year as the contract adds it, f / x).
const CASES: [(f64, f64); 2] = [(0.1095, 0.999_945_7), (R_A, 1.0)];

/// The basis without arbitrage.
pub(crate) fn basis(engine: &Engine) -> Vec<Row> {
    let row = |&(iota, published): &(f64, f64)| {
        Row::new(
            format!("price over index, 8 h funding, interest {iota}, financing {R_A}"),
            published,
            indifferent(engine, iota),
            Tolerance::Absolute(1e-7),
        )
    };
    CASES.iter().map(row).collect()
}

/// The price over the index at which the arbitrageur breaks even: the lowest tick at which it does
/// not lose.
fn indifferent(engine: &Engine, iota: f64) -> f64 {
    let (mut low, mut high) = (INDEX - INDEX / 100, INDEX + INDEX / 100);
    if gain(engine, iota, low) >= 0.0 || gain(engine, iota, high) < 0.0 {
        return f64::NAN;
    }
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if gain(engine, iota, middle) >= 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    high as f64 / INDEX as f64
}

/// What the arbitrageur gains in one period, in dollars, when the market quotes a price.
fn gain(engine: &Engine, iota: f64, quoted: i64) -> f64 {
    let (mut venue, period) = venue(engine, iota);
    let arbitrageur = venue.open(MarginMode::Cross, 1_000_000_000);
    let other = venue.open(MarginMode::Cross, 1_000_000_000);
    venue.trade(other, arbitrageur, Price(quoted), LOTS);
    // Impact prices count on the far side of the index only: the ask below it, the bid above it.
    let below = quoted < INDEX;
    let (bid, ask) = if below {
        (quoted - 1, quoted)
    } else {
        (quoted, quoted + 1)
    };
    venue.limit(other, 1, Side::Buy, Price(bid), LOTS);
    venue.limit(other, 2, Side::Sell, Price(ask), LOTS);
    let before = venue.exchange.equity(arbitrageur);
    venue.now = SimTime::ZERO + SimDuration(period.0 / 2);
    venue.apply(&ExchangeEvent::FundingSample { instrument: PERP });
    venue.now = SimTime::ZERO + period;
    venue.apply(&ExchangeEvent::FundingPayment { instrument: PERP });
    let funding = venue.exchange.equity(arbitrageur) - before;
    let financing = R_A / PERIODS * quoted as f64 * LOTS.0 as f64 / 1e6;
    funding.to_f64() - financing
}

/// A venue whose rate for a period is the mean premium plus `iota` a year: the clamp of the usual
/// rule, premium + clamp(interest - premium), is always at its upper end under an interest that no
/// premium reaches.
fn venue(engine: &Engine, iota: f64) -> (Venue, SimDuration) {
    let period = SimDuration::secs(8 * 3600);
    let rule = FundingRule::PremiumIndex {
        interval: period,
        period,
        sample: SimDuration::secs(4 * 3600),
        interest: Rate::ONE,
        clamp: Rate::from_f64(iota / PERIODS).unwrap_or(Rate::ZERO),
        cap: FundingCap::Rate(Rate::ONE),
        impact_notional: Usd::dollars(1_000),
    };
    let mut perpetual = perpetual(
        Price(INDEX),
        UnitValue(1),
        Rate::bps(50),
        Rate(100 * Rate::ONE.0),
        rule,
    );
    perpetual.mark = MarkRule::Scripted;
    let mut venue = Venue::new(engine, perpetual, false);
    venue.apply(&ExchangeEvent::IndexPrice {
        asset: COIN,
        price: Usd(INDEX),
    });
    (venue, period)
}
