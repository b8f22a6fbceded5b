//! The state of each instrument over time.

use std::collections::BTreeMap;

use firesale_record::{DepthRow, HaltRow, RecordError, RunReader, TickRow};
use firesale_types::{InstrumentId, Side, VenueId};

use super::series::{Bins, Lasts, Points, Stat, Stats, Thinner};
use super::{FINE_BINS, seconds};

/// One instrument at one venue.
#[derive(Clone, Debug)]
pub struct Market {
    /// The venue.
    pub venue: VenueId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// The instrument's symbol.
    pub symbol: String,
    /// The venue's name.
    pub venue_name: String,
    /// Last trade, USD.
    pub last: Points,
    /// Mark, USD.
    pub mark: Points,
    /// Index, USD.
    pub index: Points,
    /// Spread, bps.
    pub spread: Vec<Stat>,
    /// Bids within 1% of the mid, USD.
    pub bid_depth: Vec<Stat>,
    /// Asks within 1% of the mid, USD.
    pub ask_depth: Vec<Stat>,
    /// Funding rate, fraction per interval.
    pub funding: Points,
    /// Cascade number.
    pub cascade: Vec<Stat>,
    /// Open interest in equal bins, USD.
    pub open_interest: Vec<f64>,
    /// The last price at or before the event, or the first after it.
    pub event_price: f64,
    /// The lowest price after the event.
    pub low: f64,
    /// Closed by force in total, USD.
    pub liquidated: f64,
    /// Forced closes gathered by time and direction, for markers: (seconds, price, USD).
    pub long_closes: Vec<(f64, f64, f64)>,
    /// The same for shorts.
    pub short_closes: Vec<(f64, f64, f64)>,
    /// Resting orders by time and distance from the mid.
    pub depth: Vec<Cell>,
    /// When the book was halted, from and to.
    pub halts: Vec<(f64, f64)>,
}

/// Resting orders in one band at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The moment.
    pub time: f64,
    /// Bids or asks.
    pub side: Side,
    /// The band's edges, bps from the mid.
    pub band: (f64, f64),
    /// Price times quantity.
    pub usd: f64,
}

impl Market {
    /// `BTC-PERP on venue`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} on {}", self.symbol, self.venue_name)
    }

    /// Open interest at its highest, USD; 0 for spot.
    #[must_use]
    pub fn largest_open_interest(&self) -> f64 {
        self.open_interest.iter().copied().fold(0.0, f64::max)
    }
}

/// Bins of noisy series, which are drawn as medians and extremes.
const STAT_BINS: usize = 360;

/// What a scan of `ticks` gives.
pub(super) struct Scanned {
    pub(super) markets: Vec<Market>,
    pub(super) insurance: Vec<Points>,
}

/// A market while its rows go by.
struct Gathered {
    lines: [Thinner; 4],
    stats: [Stats; 4],
    open_interest: Lasts,
    before: f64,
    first: f64,
    low: f64,
}

impl Gathered {
    fn new(range: (f64, f64)) -> Self {
        Self {
            lines: std::array::from_fn(|_| Thinner::new(range)),
            stats: std::array::from_fn(|_| Stats::new(Bins::fine(range, STAT_BINS))),
            open_interest: Lasts::new(Bins::fine(range, FINE_BINS)),
            before: f64::NAN,
            first: f64::NAN,
            low: f64::NAN,
        }
    }

    fn push(&mut self, row: &TickRow, event: f64) {
        let time = seconds(row.time_ns);
        let values = [row.last, row.mark, row.index, row.funding_rate];
        for (line, value) in self.lines.iter_mut().zip(values) {
            line.push(time, value);
        }
        let (bids, asks) = (row.bid_depth_1pct_usd, row.ask_depth_1pct_usd);
        let values = [row.spread_bps, bids, asks, row.cascade_number];
        for (stat, value) in self.stats.iter_mut().zip(values) {
            stat.push(time, value);
        }
        self.open_interest.set(time, row.open_interest_usd);
        if row.last.is_finite() {
            if time <= event {
                self.before = row.last;
            } else {
                self.low = self.low.min(row.last);
            }
            if self.first.is_nan() {
                self.first = row.last;
            }
        }
    }

    fn finish(self, venue: VenueId, instrument: InstrumentId, reader: &RunReader) -> Market {
        let names = reader.names();
        let or_number =
            |name: Option<&str>, id: u16| name.map_or_else(|| format!("#{id}"), str::to_owned);
        let [last, mark, index, funding] = self.lines.map(Thinner::finish);
        let [spread, bid_depth, ask_depth, cascade] = self.stats.map(Stats::finish);
        Market {
            venue,
            instrument,
            symbol: or_number(names.instrument(venue, instrument), instrument.0),
            venue_name: or_number(names.venue(venue), venue.0),
            last,
            mark,
            index,
            spread,
            bid_depth,
            ask_depth,
            funding,
            cascade,
            open_interest: self.open_interest.finish(),
            event_price: if self.before.is_nan() {
                self.first
            } else {
                self.before
            },
            low: self.low,
            liquidated: 0.0,
            long_closes: Vec::new(),
            short_closes: Vec::new(),
            depth: Vec::new(),
            halts: Vec::new(),
        }
    }
}

/// Reads `ticks`. Without an event, prices are compared with those of the start.
pub(super) fn scan(
    reader: &RunReader,
    range: (f64, f64),
    event: Option<f64>,
) -> Result<Scanned, RecordError> {
    let event = event.unwrap_or(range.0);
    let mut markets: BTreeMap<(VenueId, InstrumentId), Gathered> = BTreeMap::new();
    // A venue's fund stands in the rows of all its instruments; those of one suffice.
    let mut funds: BTreeMap<VenueId, (InstrumentId, Thinner)> = BTreeMap::new();
    reader.scan::<TickRow>(|row| {
        let market = markets.entry((row.venue, row.instrument));
        market
            .or_insert_with(|| Gathered::new(range))
            .push(&row, event);
        let new_fund = || (row.instrument, Thinner::new(range));
        let (instrument, fund) = funds.entry(row.venue).or_insert_with(new_fund);
        if *instrument == row.instrument {
            fund.push(seconds(row.time_ns), row.insurance_usd);
        }
    })?;
    let markets = markets
        .into_iter()
        .map(|((venue, instrument), gathered)| gathered.finish(venue, instrument, reader));
    let mut insurance = vec![Points::new(); reader.names().venues.len()];
    for (venue, (_, fund)) in funds {
        if let Some(points) = insurance.get_mut(venue.index()) {
            *points = fund.finish();
        }
    }
    Ok(Scanned {
        markets: markets.collect(),
        insurance,
    })
}

/// Reads `depth` into the markets it belongs to.
pub(super) fn scan_depth(reader: &RunReader, markets: &mut [Market]) -> Result<(), RecordError> {
    let places: BTreeMap<(VenueId, InstrumentId), usize> = places(markets);
    reader.scan::<DepthRow>(|row| {
        if let Some(&place) = places.get(&(row.venue, row.instrument)) {
            markets[place].depth.push(Cell {
                time: seconds(row.time_ns),
                side: row.side,
                band: (row.from_bps, row.to_bps),
                usd: row.notional_usd,
            });
        }
    })
}

/// Reads `halts`; one that no reopening ended lasts until the end of the run.
pub(super) fn scan_halts(
    reader: &RunReader,
    (from, to): (f64, f64),
    markets: &mut [Market],
) -> Result<(), RecordError> {
    let places = places(markets);
    reader.scan::<HaltRow>(|row| {
        if let Some(&place) = places.get(&(row.venue, row.instrument)) {
            let end = row.end_ns.map_or(to, seconds);
            let span = (seconds(row.time_ns).max(from), end.min(to));
            markets[place].halts.push(span);
        }
    })
}

pub(super) fn places(markets: &[Market]) -> BTreeMap<(VenueId, InstrumentId), usize> {
    markets
        .iter()
        .enumerate()
        .map(|(place, m)| ((m.venue, m.instrument), place))
        .collect()
}

/// The most important first: those that a real path belongs to, then by open interest, then by what
/// was closed by force, then in the scenario's order.
pub(super) fn sort(markets: &mut [Market], symbol: Option<&str>) {
    let compared = |m: &Market| symbol.is_some_and(|s| m.symbol.starts_with(s));
    markets.sort_by(|a, b| {
        compared(b)
            .cmp(&compared(a))
            .then(
                b.largest_open_interest()
                    .total_cmp(&a.largest_open_interest()),
            )
            .then(b.liquidated.total_cmp(&a.liquidated))
    });
}
