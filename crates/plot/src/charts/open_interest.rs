//! Open interest by instrument.

use std::collections::BTreeMap;

use super::over_time;
use crate::data::{Bins, RunData, add_up};
use crate::figure::{Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, percent, usd};
use crate::style::{REST, SERIES};

/// Instruments with a colour of their own.
const NAMED: usize = 6;

/// One band of the stack.
struct Band {
    label: String,
    values: Vec<f64>,
}

/// A stack of instruments, each over all venues, the largest at the bottom.
#[must_use]
pub fn open_interest(data: &RunData) -> Figure {
    let bands = bands(data);
    let total = add_up(bands.iter().map(|b| &b.values));
    let mut figure = over_time(data, "Open interest", subtitle(data, &total));
    let title = "long positions at the mark, all venues (USD)";
    let mut panel =
        Panel::new(title, 400.0, YAxis::linear(Unit::Usd).with(0.0)).or_say("no open interest");
    let bins = Bins::fine(data.range, total.len().max(1));
    let mut below = vec![0.0; total.len()];
    for (place, band) in bands.iter().enumerate() {
        let color = if place < NAMED { SERIES[place] } else { REST };
        let mut points = Vec::with_capacity(total.len());
        for (bin, value) in band.values.iter().enumerate() {
            let low = below[bin];
            if value.is_finite() {
                below[bin] += value;
            }
            let gap = if total[bin].is_nan() { f64::NAN } else { 0.0 };
            points.push((bins.edges(bin).1, low + gap, below[bin] + gap));
        }
        panel.add(Layer::Band {
            points,
            color,
            opacity: 1.0,
        });
        figure.legend.push(Key::filled(band.label.clone(), color));
    }
    figure.panels.push(panel);
    figure
}

/// Instruments by their largest open interest; the small ones together.
fn bands(data: &RunData) -> Vec<Band> {
    let mut by_symbol: BTreeMap<&str, Vec<&Vec<f64>>> = BTreeMap::new();
    for market in data
        .markets
        .iter()
        .filter(|m| m.largest_open_interest() > 0.0)
    {
        by_symbol
            .entry(&market.symbol)
            .or_default()
            .push(&market.open_interest);
    }
    let mut bands: Vec<Band> = by_symbol
        .into_iter()
        .map(|(symbol, parts)| Band {
            label: symbol.to_owned(),
            values: add_up(parts),
        })
        .collect();
    let largest = |b: &Band| b.values.iter().copied().fold(0.0, f64::max);
    bands.sort_by(|a, b| largest(b).total_cmp(&largest(a)));
    if bands.len() > NAMED + 1 {
        let rest = bands.split_off(NAMED);
        let values = add_up(rest.iter().map(|b| &b.values));
        bands.push(Band {
            label: format!("{} others", rest.len()),
            values,
        });
    }
    bands
}

fn subtitle(data: &RunData, total: &[f64]) -> String {
    let mut finite = total.iter().copied().filter(|v| v.is_finite());
    let run = data.run_name();
    match (finite.next(), finite.next_back()) {
        (Some(first), Some(last)) if first > 0.0 => {
            let change = percent(last / first - 1.0);
            format!("{run}. From {} to {} ({change}).", usd(first), usd(last))
        }
        _ => run,
    }
}
