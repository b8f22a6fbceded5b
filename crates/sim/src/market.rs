//! The markets of a run, as agents name them: one instrument on one venue.

use bevy_ecs::prelude::Resource;
use firesale_exchange::InstrumentKind;
use firesale_types::{AssetId, InstrumentId, Price, Qty, SimTime, UnitValue, Usd, VenueId};
use serde::{Deserialize, Serialize};

/// One instrument on one venue, by its place in [`Markets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MarketId(pub u16);

impl MarketId {
    /// No market: the own market of a member that trades on no venue.
    pub const NONE: Self = Self(u16::MAX);

    /// The market as a table index.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What never changes about a market.
#[derive(Clone, Debug)]
pub struct Market {
    /// Its id.
    pub id: MarketId,
    /// The venue.
    pub venue: VenueId,
    /// The instrument on that venue.
    pub instrument: InstrumentId,
    /// The symbol on that venue.
    pub symbol: String,
    /// Spot or perpetual.
    pub kind: InstrumentKind,
    /// The symbol with the venue: `BTC-PERP.binance`.
    pub full_symbol: String,
    /// The base or underlying asset.
    pub base: AssetId,
    /// The symbol of the base asset.
    pub base_symbol: String,
    /// The asset in which the venue settles.
    pub settlement: AssetId,
    /// Dollars per tick.
    pub tick_usd: f64,
    /// Units of the base asset per lot.
    pub lot_base: f64,
    /// The same as venues count them.
    pub lot_units: i64,
    /// Value of one tick times one lot.
    pub unit: UnitValue,
    /// When it is delivered, if it ends.
    pub expiry: Option<SimTime>,
    /// The next contract of its series.
    pub next: Option<MarketId>,
}

impl Market {
    /// The nearest price in ticks, at least one.
    #[inline]
    #[must_use]
    pub fn price(&self, usd: f64) -> Price {
        let ticks = usd / self.tick_usd;
        Price(if ticks.is_finite() {
            (libm::rint(ticks) as i64).max(1)
        } else {
            1
        })
    }

    /// The highest price in ticks that is not above `usd`, at least one.
    #[inline]
    #[must_use]
    pub fn price_below(&self, usd: f64) -> Price {
        let ticks = usd / self.tick_usd;
        Price(if ticks.is_finite() {
            (libm::floor(ticks) as i64).max(1)
        } else {
            1
        })
    }

    /// The lowest price in ticks that is not below `usd`, at least one.
    #[inline]
    #[must_use]
    pub fn price_above(&self, usd: f64) -> Price {
        let ticks = usd / self.tick_usd;
        Price(if ticks.is_finite() {
            (libm::ceil(ticks) as i64).max(1)
        } else {
            1
        })
    }

    /// A price in dollars.
    #[inline]
    #[must_use]
    pub fn usd(&self, price: Price) -> f64 {
        price.0 as f64 * self.tick_usd
    }

    /// The whole lots in `notional` dollars at `price` dollars; zero when either makes no sense.
    #[inline]
    #[must_use]
    pub fn lots(&self, notional: f64, price: f64) -> Qty {
        let lots = notional / (price * self.lot_base);
        Qty(if lots.is_finite() && lots > 0.0 {
            lots as i64
        } else {
            0
        })
    }

    /// The dollars in `qty` lots at `price` dollars.
    #[inline]
    #[must_use]
    pub fn notional(&self, qty: Qty, price: f64) -> f64 {
        qty.0 as f64 * self.lot_base * price
    }

    /// `qty` lots of the base asset as venues count it.
    #[inline]
    #[must_use]
    pub const fn base_amount(&self, qty: Qty) -> Usd {
        Usd(self.lot_units * qty.0)
    }
}

/// All markets, venue by venue in the order of the scenario.
#[derive(Clone, Debug, Default, Resource)]
pub struct Markets {
    all: Vec<Market>,
    first: Vec<u16>,
}

impl Markets {
    /// Adds the markets of the next venue.
    pub(crate) fn push_venue(&mut self, markets: impl IntoIterator<Item = Market>) {
        self.first.push(self.all.len() as u16);
        self.all.extend(markets);
    }

    /// One market.
    #[inline]
    #[must_use]
    pub fn get(&self, id: MarketId) -> &Market {
        &self.all[id.index()]
    }

    /// The market of an instrument.
    #[inline]
    #[must_use]
    pub fn of(&self, venue: VenueId, instrument: InstrumentId) -> MarketId {
        MarketId(self.first[venue.index()] + instrument.0)
    }

    /// All markets in order.
    pub fn iter(&self) -> impl Iterator<Item = &Market> {
        self.all.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The market of `symbol` on `venue`.
    #[must_use]
    pub fn find(&self, venue: VenueId, symbol: &str) -> Option<MarketId> {
        self.all
            .iter()
            .find(|m| m.venue == venue && m.symbol == symbol)
            .map(|m| m.id)
    }
}
