//! Where a leveraged position is liquidated and where it is bankrupt, through the exchange.
//!
//! An isolated position of one coin entered at p0 with leverage l and maintenance rate m:
//! a long is liquidated at p0 (1 - 1/l) / (1 - m) and bankrupt at p0 (1 - 1/l), a short at
//! p0 (1 + 1/l) / (1 + m) and p0 (1 + 1/l). (Equity p0/l + side (p - p0) equals m p, or zero.)
//!
//! The position is opened by an order; then the mark moves against it tick by tick.

use firesale_exchange::{ExchangeEvent, FundingRule, MarginMode, Stage, VenueRecord};
use firesale_types::{AccountId, Price, Qty, Rate, Side, UnitValue};
use rayon::prelude::*;

use crate::check::{Row, Tolerance};
use crate::checks::venue::{PERP, Venue, perpetual};
use crate::engine::Engine;

/// Ticks of one dollar; prices are published with four decimals.
const TICKS: i64 = 10_000;
const ENTRY: i64 = 100;

/// One published case.
#[derive(Clone, Copy)]
struct Case {
    leverage: i64,
    /// Maintenance rate in basis points.
    maintenance_bps: i64,
    side: Side,
    /// Liquidation and bankruptcy price in dollars.
    published: [f64; 2],
}

const fn case(leverage: i64, maintenance_bps: i64, side: Side, published: [f64; 2]) -> Case {
    Case {
        leverage,
        maintenance_bps,
        side,
        published,
    }
}

const CASES: [Case; 6] = [
    case(10, 50, Side::Buy, [90.4523, 90.0]),
    case(10, 50, Side::Sell, [109.4527, 110.0]),
    case(20, 50, Side::Buy, [95.4774, 95.0]),
    case(20, 50, Side::Sell, [104.4776, 105.0]),
    case(50, 40, Side::Buy, [98.3936, 98.0]),
    case(50, 40, Side::Sell, [101.5936, 102.0]),
];

/// Two ticks: one for the strict inequality of the rule, one for the rounding of the figure.
const TOLERANCE: Tolerance = Tolerance::Absolute(2.0 / TICKS as f64);

/// The cases.
pub(crate) fn prices(engine: &Engine) -> Vec<Row> {
    let rows: Vec<[Row; 3]> = CASES.par_iter().map(|case| case.rows(engine)).collect();
    rows.into_iter().flatten().collect()
}

impl Case {
    fn rows(&self, engine: &Engine) -> [Row; 3] {
        let side = match self.side {
            Side::Buy => "long",
            Side::Sell => "short",
        };
        let (leverage, rate) = (self.leverage, self.maintenance_bps as f64 / 100.0);
        let row = |what: &str, published, ours: Option<Price>| {
            Row::new(
                format!("{side} {leverage}x, maintenance {rate}%: {what}"),
                published,
                ours.map_or(f64::NAN, |price| price.0 as f64 / TICKS as f64),
                TOLERANCE,
            )
        };
        let [liquidated, bankrupt] = self.published;
        let (at, recorded) = self.liquidation(engine);
        [
            row("liquidation price", liquidated, at),
            row("equity gone", bankrupt, self.bankruptcy(engine)),
            row("recorded bankruptcy price", bankrupt, recorded),
        ]
    }

    /// The first mark at which the position is liquidated, and the bankruptcy price in the record
    /// of its close.
    fn liquidation(&self, engine: &Engine) -> (Option<Price>, Option<Price>) {
        let (mut venue, _, other) = self.opened(engine, true);
        let found = self
            .marks()
            .find(|&price| {
                venue.mark(price);
                !venue.exchange.liquidations().is_empty()
            })
            .map(|at| (at, self.recorded(&mut venue, other)));
        (
            found.map(|(at, _)| at),
            found.and_then(|(_, recorded)| recorded),
        )
    }

    /// Gives the liquidation order a counterparty at the mark and lets it trade.
    fn recorded(&self, venue: &mut Venue, other: AccountId) -> Option<Price> {
        let mark = venue.exchange.mark(PERP);
        venue.limit(other, 1, self.side, mark, Qty(1));
        let due = venue.effects.later.iter().rev();
        let step = due
            .copied()
            .find(|later| matches!(later.event, ExchangeEvent::Liquidate { .. }))?;
        venue.now = step.at;
        venue.apply(&step.event);
        venue
            .effects
            .records
            .iter()
            .find_map(|record| match *record {
                VenueRecord::Liquidation {
                    bankruptcy_price,
                    stage: Stage::Book,
                    ..
                } => Some(bankruptcy_price),
                _ => None,
            })
    }

    /// The last mark at which the position's margin and open profit are not below zero, at a venue
    /// that does not liquidate.
    fn bankruptcy(&self, engine: &Engine) -> Option<Price> {
        let (mut venue, holder, _) = self.opened(engine, false);
        let mut last = None;
        for price in self.marks() {
            venue.mark(price);
            let position = venue.exchange.position(holder, PERP)?;
            if (position.margin + position.unrealised).0 < 0 {
                return last;
            }
            last = Some(price);
        }
        None
    }

    /// A venue on which the position has just been opened, its holder and the other side.
    fn opened(&self, engine: &Engine, liquidates: bool) -> (Venue, AccountId, AccountId) {
        let entry = Price(ENTRY * TICKS);
        let leverage = Rate(self.leverage * Rate::ONE.0);
        let perpetual = perpetual(
            entry,
            UnitValue(1_000_000 / TICKS),
            Rate::bps(self.maintenance_bps),
            leverage,
            FundingRule::Off,
        );
        let mut venue = Venue::new(engine, perpetual, liquidates);
        let holder = venue.open(MarginMode::Isolated, 1_000);
        let other = venue.open(MarginMode::Cross, 1_000_000);
        let (buyer, seller) = match self.side {
            Side::Buy => (holder, other),
            Side::Sell => (other, holder),
        };
        venue.trade(buyer, seller, entry, Qty(1));
        (venue, holder, other)
    }

    /// Marks that go against the position, tick by tick, from the entry to half or double.
    fn marks(&self) -> impl Iterator<Item = Price> {
        let entry = ENTRY * TICKS;
        let against = -self.side.sign();
        (0..entry / 2).map(move |ticks| Price(entry + against * ticks))
    }
}
