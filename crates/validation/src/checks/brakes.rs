//! Price bands, the market-wide breaker and the rolling breaker, through the exchange.
//!
//! The published rules are applied to round figures by hand; the venue is given trades, quotes and
//! marks, and what is measured is where it draws its bands, at which price it halts, and for how
//! long.

use firesale_exchange::{
    BrakesConfig, Exchange, FundingRule, InstrumentConfig, LuldConfig, LuldTier, MarginMode,
    MarketWideConfig, RollingConfig, VenueConfig,
};
use firesale_types::{AccountId, AssetId, Price, Qty, Rate, Side, SimDuration, SimTime, UnitValue};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{PERP, Venue, perpetual};
use crate::engine::Engine;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Figures are exact but for their representation.
const EXACT: Tolerance = Tolerance::Absolute(1e-9);

/// A venue with brakes and two accounts that trade with each other.
struct Braked {
    venue: Venue,
    buyer: AccountId,
    seller: AccountId,
    slot: u16,
}

impl Braked {
    fn new(engine: &Engine, start: i64, brakes: BrakesConfig) -> Self {
        let instrument = InstrumentConfig {
            max_order_qty: Qty(1000),
            ..perpetual(
                Price(start),
                UnitValue(10_000),
                Rate::bps(100),
                Rate(10 * Rate::ONE.0),
                FundingRule::Off,
            )
        };
        let config = VenueConfig {
            brakes,
            ..VenueConfig::plain("paper", AssetId(0), vec![instrument])
        };
        let exchange = Exchange::new(engine.venue(config)).expect("the venue of a check is sound");
        let mut venue = Venue {
            exchange,
            effects: firesale_exchange::Effects::default(),
            now: SimTime::ZERO,
        };
        let [buyer, seller] = [0, 1].map(|_| venue.open(MarginMode::Cross, 10_000_000));
        Self {
            venue,
            buyer,
            seller,
            slot: 0,
        }
    }

    /// Processes what is due up to a moment, and stands there.
    fn advance(&mut self, to: i64) {
        loop {
            let later = &self.venue.effects.later;
            let due = later.iter().enumerate().filter(|(_, l)| l.at.0 <= to);
            let Some((at, _)) = due.min_by_key(|(at, l)| (l.at, *at)) else {
                break;
            };
            let next = self.venue.effects.later.remove(at);
            self.venue.now = next.at;
            self.venue.apply(&next.event);
        }
        self.venue.now = SimTime(to);
    }

    /// One lot trades at a price.
    fn trade(&mut self, price: i64) {
        self.slot = 1 - self.slot;
        let (buyer, seller) = (self.buyer, self.seller);
        self.venue
            .limit(seller, self.slot, Side::Sell, Price(price), Qty(1));
        self.venue
            .limit(buyer, self.slot, Side::Buy, Price(price), Qty(1));
    }

    /// The band on a side, in dollars of a hundred ticks.
    fn band(&self, side: Side) -> f64 {
        let bands = self.venue.exchange.luld_bands(PERP);
        let end = |(low, high): (Price, Price)| if side == Side::Buy { low } else { high };
        bands.map_or(f64::NAN, |bands| end(bands).0 as f64 / 100.0)
    }

    /// When the present halt ends, in seconds.
    fn halt_ends(&self) -> Option<f64> {
        let (_, until) = self.venue.exchange.halted_by(PERP)?;
        until.map(|at| at.0 as f64 / SECOND as f64)
    }
}

fn luld(tier: LuldTier) -> BrakesConfig {
    let minutes = |n: i64| SimDuration::secs(60 * n);
    BrakesConfig {
        luld: Some(LuldConfig {
            tiers: vec![tier],
            // A session of six and a half hours from the start of the day.
            doubled: vec![(minutes(0), minutes(15)), (minutes(365), minutes(390))],
            ..LuldConfig::default()
        }),
        ..BrakesConfig::default()
    }
}

/// A stock at 100.00 in each tier, then one day of a first-tier stock.
pub(crate) fn bands(engine: &Engine) -> Vec<Row> {
    let mut rows = Vec::new();
    let tiers = [
        (LuldTier::One, "tier 1", 95.0, 105.0),
        (LuldTier::Two, "tier 2", 90.0, 110.0),
        (LuldTier::Cheap, "0.75 to 3 dollars", 80.0, 120.0),
    ];
    for (tier, name, low, high) in tiers {
        let mut stock = Braked::new(engine, 10_000, luld(tier));
        stock.advance(20 * MINUTE);
        stock.trade(10_000);
        for (side, published) in [(Side::Buy, low), (Side::Sell, high)] {
            let end = if side == Side::Buy { "lower" } else { "upper" };
            rows.push(row(
                &format!("{name}: {end} band"),
                published,
                stock.band(side),
            ));
        }
    }
    let mut stock = Braked::new(engine, 10_000, luld(LuldTier::One));
    stock.trade(10_000);
    rows.push(row(
        "first 15 minutes: lower band",
        90.0,
        stock.band(Side::Buy),
    ));
    stock.advance(20 * MINUTE);
    stock.trade(10_000);
    stock.advance(20 * MINUTE + 10 * SECOND);
    stock.trade(9_600);
    // The mean of 98.00 is 2% away, and the reference older than 30 s: 98.00 -/+ 4.90.
    rows.push(row(
        "after a trade at 96: lower band",
        93.10,
        stock.band(Side::Buy),
    ));
    rows.push(row(
        "after a trade at 96: upper band",
        102.90,
        stock.band(Side::Sell),
    ));
    rows.extend(limit_state(&mut stock));
    rows
}

/// An offer at the lower band, untouched: when the halt comes, and when it ends.
fn limit_state(stock: &mut Braked) -> [Row; 2] {
    let began = 21 * MINUTE;
    stock.advance(began);
    let low = stock
        .venue
        .exchange
        .luld_bands(PERP)
        .map_or(Price(1), |bands| bands.0);
    let seller = stock.seller;
    stock.venue.limit(seller, 5, Side::Sell, low, Qty(1));
    let mut seconds = 0;
    while stock.halt_ends().is_none() && seconds < 120 {
        seconds += 1;
        stock.advance(began + seconds * SECOND);
    }
    let length = stock
        .halt_ends()
        .map(|end| end - (began / SECOND + seconds) as f64);
    [
        row("seconds at the band until the halt", 15.0, seconds as f64),
        row("length of the halt, s", 300.0, length.unwrap_or(f64::NAN)),
    ]
}

/// The index falls tick by tick from 100.00: where each level acts, and for how long.
pub(crate) fn market_wide(engine: &Engine) -> Vec<Row> {
    let cutoff = SimDuration::secs(355 * 60);
    let brakes = BrakesConfig {
        market_wide: Some(MarketWideConfig::us_stocks(PERP, Some(cutoff))),
        ..BrakesConfig::default()
    };
    let mut index = index_at_100(engine, brakes.clone());
    let mut rows = Vec::new();
    let levels = [
        ("-7%", 93.0, 900.0),
        ("-13%", 87.0, 900.0),
        ("-20%", 80.0, 0.0),
    ];
    let mut mark = 10_000;
    for (level, (name, published, length)) in levels.into_iter().enumerate() {
        let at = (1 + 30 * level as i64) * MINUTE;
        index.advance(at);
        while index.halt_ends().is_none() && mark > 6_000 {
            mark -= 1;
            index.venue.mark(Price(mark));
        }
        rows.push(row(
            &format!("{name}: halts at"),
            published,
            mark as f64 / 100.0,
        ));
        let seconds = (at / SECOND) as f64;
        let ours = index.halt_ends().map_or(f64::NAN, |end| end - seconds);
        // The last halt ends with the day.
        let length = if level == 2 {
            86_400.0 - seconds
        } else {
            length
        };
        rows.push(row(&format!("{name}: length of the halt, s"), length, ours));
    }
    rows.push(row(
        "first level after 15:25: falls through to",
        80.0,
        late(engine, brakes),
    ));
    rows
}

/// An index whose first mark of the day is 100.00.
fn index_at_100(engine: &Engine, brakes: BrakesConfig) -> Braked {
    let mut index = Braked::new(engine, 9_999, brakes);
    index.venue.mark(Price(10_000));
    index
}

/// The first halt of a day on which the market falls after the cut-off only.
fn late(engine: &Engine, brakes: BrakesConfig) -> f64 {
    let mut index = index_at_100(engine, brakes);
    index.advance(356 * MINUTE);
    let mut mark = 10_000;
    while index.halt_ends().is_none() && mark > 6_000 {
        mark -= 1;
        index.venue.mark(Price(mark));
    }
    mark as f64 / 100.0
}

/// A future settled at 4,001.25 with ticks of 0.25 and a variant of 3.5%: 140.04, rounded down to
/// the tick, 140.00.
pub(crate) fn rolling(engine: &Engine) -> Vec<Row> {
    let dollars = |ticks: i64| ticks as f64 / 4.0;
    let mut rows = Vec::new();
    for (side, name, published) in [
        (Side::Sell, "first trade that trips on the way down", 3861.0),
        (Side::Buy, "first trade that trips on the way up", 4141.5),
    ] {
        let ours = first_trip(engine, side).map_or(f64::NAN, dollars);
        rows.push(row(name, published, ours));
    }
    let mut future = rolling_future(engine);
    future.trade(SETTLED);
    future.trade(SETTLED - 4 * 300);
    let length = future.halt_ends().unwrap_or(f64::NAN);
    rows.push(row("length of the pause, s", 120.0, length));
    rows.push(row(
        "minutes until a price is forgotten",
        60.0,
        memory(engine),
    ));
    rows
}

/// 4,001.25 in ticks.
const SETTLED: i64 = 16_005;

fn rolling_future(engine: &Engine) -> Braked {
    let brakes = BrakesConfig {
        rolling: Some(RollingConfig {
            width: Rate::bps(350),
            ..RollingConfig::default()
        }),
        ..BrakesConfig::default()
    };
    Braked::new(engine, SETTLED, brakes)
}

/// The nearest price to the settlement at which a second trade trips.
fn first_trip(engine: &Engine, side: Side) -> Option<i64> {
    (1..2_000)
        .map(|ticks| SETTLED + side.sign() * ticks)
        .find(|&price| {
            let mut future = rolling_future(engine);
            future.trade(SETTLED);
            future.trade(price);
            future.halt_ends().is_some()
        })
}

/// The first whole minute at which a trade 3% up and then one 3% down of the settlement do not trip
/// together.
fn memory(engine: &Engine) -> f64 {
    let far = SETTLED * 3 / 100;
    let trips = |minute: i64| {
        let mut future = rolling_future(engine);
        future.trade(SETTLED + far);
        future.advance(minute * MINUTE);
        future.trade(SETTLED - far);
        future.halt_ends().is_some()
    };
    (1..200)
        .find(|&minute| !trips(minute))
        .map_or(f64::NAN, |minute| minute as f64)
}

fn row(name: &str, published: f64, ours: f64) -> Row {
    Row::new(name.to_owned(), published, ours, EXACT)
}
