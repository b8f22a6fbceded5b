//! The rate of funding and its fixed point, through the exchange.
//!
//! The published rule (Binance, Hyperliquid): F = P + clamp(I - P, -c, c) for a period of eight
//! hours, I = 0.01%, c = 0.05%; what is paid hourly is an eighth of it; F is capped. So F is I while
//! the premium P lies in [I - c, I + c], and P less or plus c outside.
//!
//! Arbitrage capital that is short the perpetual, holds the asset and pays r a period for it is
//! indifferent where F = r: at the premium r + c if r > I, at r - c if r < I, and anywhere in the
//! dead band if r = I. Away from that premium it enters on the side that brings the price back.
//!
//! What longs pay is what shorts get and what rounding leaves at the venue.

use firesale_exchange::{Exchange, ExchangeEvent, FundingCap, FundingRule, MarginMode};
use firesale_types::{AccountId, Price, Qty, Rate, Side, SimDuration, SimTime, UnitValue, Usd};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{COIN, DOLLAR, PERP, Venue, perpetual};
use crate::engine::Engine;

/// The index, in ticks of a micro-dollar: 50 dollars.
const INDEX: i64 = 50_000_000;
/// Ticks in a basis point of the index.
const BPS: i64 = INDEX / 10_000;
/// The period that the rate refers to, in hours.
const PERIOD_H: i64 = 8;
/// A rate is a whole number of billionths; this is one, in basis points.
const TOLERANCE: Tolerance = Tolerance::Absolute(1e-5);

/// How a case differs from eight hours, 0.4% maintenance and a cap of 4%.
#[derive(Clone, Copy)]
struct Terms {
    interval_h: i64,
    maintenance_bps: i64,
    cap: FundingCap,
}

const PLAIN: Terms = Terms {
    interval_h: PERIOD_H,
    maintenance_bps: 40,
    cap: FundingCap::Rate(Rate::bps(400)),
};
const HOURLY: Terms = Terms {
    interval_h: 1,
    ..PLAIN
};
/// Binance: 0.75 times the maintenance rate of the first bracket.
const BY_BRACKET: Terms = Terms {
    cap: FundingCap::Maintenance(Rate(750_000_000)),
    ..PLAIN
};
const THIN_COIN: Terms = Terms {
    maintenance_bps: 100,
    ..BY_BRACKET
};

/// Name, terms, premium and rate, both in basis points.
const RATES: [(&str, Terms, i64, f64); 12] = [
    ("8 h, premium at the lower edge of the band", PLAIN, -4, 1.0),
    ("8 h, premium 0", PLAIN, 0, 1.0),
    ("8 h, premium at the upper edge of the band", PLAIN, 6, 1.0),
    ("8 h, premium above the band", PLAIN, 10, 5.0),
    ("8 h, premium below the band", PLAIN, -10, -5.0),
    ("hourly, premium 0", HOURLY, 0, 0.125),
    ("hourly, premium above the band", HOURLY, 20, 1.875),
    ("hourly, premium below the band", HOURLY, -20, -1.875),
    ("below a cap of 0.75 x 0.4%", BY_BRACKET, 30, 25.0),
    ("at a cap of 0.75 x 0.4%", BY_BRACKET, 80, 30.0),
    ("at minus the cap of 0.75 x 0.4%", BY_BRACKET, -80, -30.0),
    ("at a cap of 0.75 x 1%", THIN_COIN, 200, 75.0),
];

/// Financing of a period and the premium at which the arbitrageur is indifferent, in tenths of a
/// basis point and in basis points: the lowest, and the highest.
const INDIFFERENT: [(i64, [f64; 2]); 3] = [(20, [7.0, 7.0]), (10, [-4.0, 6.0]), (5, [-4.5, -4.5])];

/// Rates, fixed point, and who pays whom.
pub(crate) fn fixed_point(engine: &Engine) -> Vec<Row> {
    let rate = |&(name, terms, premium, published): &(&str, Terms, i64, f64)| {
        let ours = bps(rate(engine, terms, INDEX + premium * BPS).0 as f64);
        Row::new(format!("{name}: rate, bp"), published, ours, TOLERANCE)
    };
    let mut rows: Vec<Row> = RATES.iter().map(rate).collect();
    for (financing, published) in INDIFFERENT {
        let financing_rate = Rate(financing * Rate::ONE.0 / 100_000);
        let edges = [("lowest", 0), ("highest", 1)];
        rows.extend(edges.map(|(which, at)| {
            Row::new(
                format!("indifferent at {financing} tenths of a bp: {which} premium, bp"),
                published[at],
                indifferent(engine, financing_rate, at == 1),
                // A tick of the price.
                Tolerance::Absolute(1.1 / BPS as f64),
            )
        }));
    }
    rows.extend(payments(engine));
    rows
}

/// Billionths in basis points.
fn bps(billionths: f64) -> f64 {
    billionths / (Rate::bps(1).0 as f64)
}

/// The rate of the first payment, when the market quotes a price all the time.
fn rate(engine: &Engine, terms: Terms, quoted: i64) -> Rate {
    let mut venue = venue(engine, terms, INDEX);
    let maker = venue.open(MarginMode::Cross, 1_000_000_000);
    pay(&mut venue, maker, terms, (quoted, INDEX));
    venue.exchange.funding_rate(PERP)
}

/// The lowest premium at which F is not below the financing rate, or the highest at which it is not
/// above it, in basis points: by bisection over venues.
fn indifferent(engine: &Engine, financing: Rate, highest: bool) -> f64 {
    let short_of = |quoted| {
        let rate = rate(engine, PLAIN, quoted);
        if highest {
            rate <= financing
        } else {
            rate < financing
        }
    };
    let (mut low, mut high) = (INDEX - 20 * BPS, INDEX + 20 * BPS);
    if !short_of(low) || short_of(high) {
        return f64::NAN;
    }
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if short_of(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let edge = if highest { low } else { high };
    (edge - INDEX) as f64 / BPS as f64
}

/// Odd sizes at an odd index of 49.999999 dollars, hourly at a premium of 10 bp: the rate is
/// (10 - 5) / 8 = 0.625 bp, 3,124.9999375 micro-dollars a lot (…938 in the millionths that the venue
/// counts). Longs of 7, 13 and 1001 lots pay 21,875 + 40,625 + 3,128,125 = 3,190,625 (each up to the
/// next whole one); shorts of 5, 17 and 999 lots get 15,624 + 53,124 + 3,121,874 = 3,190,622 (each
/// down), and 3 stay at the venue.
fn payments(engine: &Engine) -> [Row; 2] {
    let (index, premium) = (INDEX - 1, 50_000);
    let mut venue = venue(engine, HOURLY, index);
    let maker = venue.open(MarginMode::Cross, 1_000_000_000);
    let mut open = |lots: i64| (venue.open(MarginMode::Cross, 1_000_000), lots);
    let longs = [7, 13, 1001].map(&mut open);
    let shorts = [5, 17, 999].map(&mut open);
    let price = Price(index);
    for (long, lots) in longs {
        venue.trade(long, maker, price, Qty(lots));
    }
    for (short, lots) in shorts {
        venue.trade(maker, short, price, Qty(lots));
    }
    let money = |venue: &Venue, holders: &[(AccountId, i64)]| {
        let balances = holders.iter();
        let balances = balances.map(|(account, _)| venue.exchange.balance(*account, DOLLAR).0);
        balances.sum::<i64>()
    };
    let before = [&longs, &shorts].map(|holders| money(&venue, holders));
    pay(&mut venue, maker, HOURLY, (index + premium, index));
    venue.apply(&ExchangeEvent::CancelAll { account: maker });
    // A trade settles what is due.
    for (long, lots) in longs {
        venue.trade(maker, long, price, Qty(lots));
    }
    for (short, lots) in shorts {
        venue.trade(short, maker, price, Qty(lots));
    }
    let paid = before[0] - money(&venue, &longs);
    let got = money(&venue, &shorts) - before[1];
    let left = venue.exchange.balance(Exchange::FUNDING, DOLLAR).0;
    [
        ("longs pay", paid),
        ("shorts get, with what stays", got + left),
    ]
    .map(|(name, ours)| {
        let name = format!("odd sizes, hourly: {name}, micro-dollars");
        Row::new(name, 3_190_625.0, ours as f64, Tolerance::Absolute(0.0))
    })
}

/// The maker quotes a price; the venue samples the premium and pays.
fn pay(venue: &mut Venue, maker: AccountId, terms: Terms, (quoted, index): (i64, i64)) {
    // Impact prices count on the far side of the index only: the ask below it, the bid above it.
    let (bid, ask) = if quoted < index {
        (quoted - 1, quoted)
    } else {
        (quoted, quoted + 1)
    };
    let deep = Qty(100_000);
    venue.limit(maker, 1, Side::Buy, Price(bid), deep);
    venue.limit(maker, 2, Side::Sell, Price(ask), deep);
    let interval = SimDuration::secs(3600 * terms.interval_h);
    venue.now = SimTime::ZERO + SimDuration(interval.0 / 2);
    venue.apply(&ExchangeEvent::FundingSample { instrument: PERP });
    venue.now = SimTime::ZERO + interval;
    venue.apply(&ExchangeEvent::FundingPayment { instrument: PERP });
}

fn venue(engine: &Engine, terms: Terms, index: i64) -> Venue {
    let rule = FundingRule::PremiumIndex {
        interval: SimDuration::secs(3600 * terms.interval_h),
        period: SimDuration::secs(3600 * PERIOD_H),
        sample: SimDuration::secs(1800),
        interest: Rate::bps(1),
        clamp: Rate::bps(5),
        cap: terms.cap,
        impact_notional: Usd::dollars(1_000),
    };
    let perpetual = perpetual(
        Price(index),
        UnitValue(1),
        Rate::bps(terms.maintenance_bps),
        Rate(50 * Rate::ONE.0),
        rule,
    );
    let mut venue = Venue::new(engine, perpetual, false);
    venue.apply(&ExchangeEvent::IndexPrice {
        asset: COIN,
        price: Usd(index),
    });
    venue
}
