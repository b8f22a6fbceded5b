//! Everything that was closed by force.

use std::collections::BTreeMap;

use firesale_record::{
    AdlRow, BadDebtRow, Layer, LiquidationRow, PositionSide, RecordError, RunReader, Stage,
    WaterfallRow,
};

use super::markets::{Market, places};
use super::seconds;
use super::series::{Bins, Points, Sums, Thinner};

/// The stages from the bottom of a stacked bar to its top.
pub const STAGES: [Stage; 5] = [
    Stage::Book,
    Stage::Backstop,
    Stage::Insurance,
    Stage::Adl,
    Stage::Clearing,
];

/// The layers of a clearing house's waterfall beyond the defaulter's margin, from the first to the
/// last.
pub const LAYERS: [Layer; 7] = [
    Layer::Contribution,
    Layer::OwnCapital,
    Layer::MutualFund,
    Layer::SecondCapital,
    Layer::Assessment,
    Layer::GainsHaircut,
    Layer::TearUp,
];

/// Bins of the markers in price charts.
const MARKER_BINS: usize = 180;

/// Forced closes of all markets by time.
#[derive(Clone, Debug)]
pub struct Forced {
    /// Longs closed by each of [`STAGES`], USD.
    pub longs: [Sums; STAGES.len()],
    /// Shorts closed by each of [`STAGES`], USD.
    pub shorts: [Sums; STAGES.len()],
    /// Winners' positions closed by auto-deleveraging, by venue, USD.
    pub adl: Vec<Sums>,
    /// Deficits so far, by venue, USD.
    pub bad_debt: Vec<Points>,
    /// What winners gave up against the mark when they were closed, USD.
    pub given_up: f64,
    /// What each of [`LAYERS`] of clearing houses bore, USD.
    pub layers: [f64; LAYERS.len()],
    /// The largest marker of any market, USD.
    pub largest_marker: f64,
}

impl Forced {
    /// Longs and shorts closed in total, USD.
    #[must_use]
    pub fn totals(&self) -> (f64, f64) {
        let total = |stages: &[Sums]| stages.iter().map(Sums::total).sum();
        (total(&self.longs), total(&self.shorts))
    }
}

/// Markers while they are gathered: by market, bin and side (amount, amount times price).
type Markers = BTreeMap<(usize, usize, PositionSide), (f64, f64)>;

/// Reads `liquidations`, `adl`, `waterfall` and `bad_debt`; gives each market its markers.
pub(super) fn scan(
    reader: &RunReader,
    range: (f64, f64),
    markets: &mut [Market],
) -> Result<Forced, RecordError> {
    let bins = Bins::minutes(range);
    let stacks = || std::array::from_fn(|_| Sums::new(bins));
    let mut longs: [Sums; STAGES.len()] = stacks();
    let mut shorts: [Sums; STAGES.len()] = stacks();
    let marker_bins = Bins::fine(range, MARKER_BINS);
    let places = places(markets);
    let mut markers = Markers::new();
    reader.scan::<LiquidationRow>(|row| {
        let (time, usd) = (seconds(row.time_ns), row.notional.to_f64().abs());
        let stage = STAGES.iter().position(|s| *s == row.stage).unwrap_or(0);
        match row.side {
            PositionSide::Long => longs[stage].add(time, usd),
            PositionSide::Short => shorts[stage].add(time, usd),
        }
        let price = if row.fill_price.is_finite() {
            row.fill_price
        } else {
            row.mark
        };
        if let Some(&place) = places.get(&(row.venue, row.instrument)) {
            markets[place].liquidated += usd;
            if price.is_finite() {
                let key = (place, marker_bins.of(time), row.side);
                let marker = markers.entry(key).or_default();
                marker.0 += usd;
                marker.1 += usd * price;
            }
        }
    })?;
    let largest_marker = place_markers(markers, marker_bins, markets);
    let (adl, given_up) = scan_adl(reader, bins)?;
    let bad_debt = scan_bad_debt(reader, range)?;
    Ok(Forced {
        longs,
        shorts,
        adl,
        bad_debt,
        given_up,
        layers: scan_layers(reader)?,
        largest_marker,
    })
}

/// Hands the markers to their markets; returns the largest amount.
fn place_markers(markers: Markers, bins: Bins, markets: &mut [Market]) -> f64 {
    let mut largest = 0.0f64;
    for ((place, bin, side), (usd, weighted)) in markers {
        if usd > 0.0 {
            largest = largest.max(usd);
            let (left, right) = bins.edges(bin);
            let marker = (f64::midpoint(left, right), weighted / usd, usd);
            match side {
                PositionSide::Long => markets[place].long_closes.push(marker),
                PositionSide::Short => markets[place].short_closes.push(marker),
            }
        }
    }
    largest
}

fn scan_layers(reader: &RunReader) -> Result<[f64; LAYERS.len()], RecordError> {
    let mut layers = [0.0; LAYERS.len()];
    reader.scan::<WaterfallRow>(|row| {
        if let Some(place) = LAYERS.iter().position(|layer| *layer == row.layer) {
            layers[place] += row.amount.to_f64();
        }
    })?;
    Ok(layers)
}

/// What was closed by venue, and what it cost in all.
fn scan_adl(reader: &RunReader, bins: Bins) -> Result<(Vec<Sums>, f64), RecordError> {
    let mut given_up = 0.0;
    let mut adl = vec![Sums::new(bins); reader.names().venues.len()];
    reader.scan::<AdlRow>(|row| {
        given_up += row.haircut.to_f64();
        if let Some(venue) = adl.get_mut(row.venue.index()) {
            venue.add(seconds(row.time_ns), (row.qty * row.price).abs());
        }
    })?;
    Ok((adl, given_up))
}

fn scan_bad_debt(reader: &RunReader, range: (f64, f64)) -> Result<Vec<Points>, RecordError> {
    let venues = reader.names().venues.len();
    let mut debts: Vec<(f64, Thinner)> = vec![(0.0, Thinner::new(range)); venues];
    reader.scan::<BadDebtRow>(|row| {
        if let Some((total, line)) = debts.get_mut(row.venue.index()) {
            let time = seconds(row.time_ns);
            line.push(time, *total);
            *total += row.amount.to_f64();
            line.push(time, *total);
        }
    })?;
    Ok(debts.into_iter().map(|(_, line)| line.finish()).collect())
}
