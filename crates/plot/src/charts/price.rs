//! The price of one instrument with its forced closes.

use super::{over_time, shade_halts};
use crate::data::{Market, RunData};
use crate::figure::{Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, usd};
use crate::style::{GREEN, INK, LONG, LineStyle, ORANGE, SHORT, SKY};

/// Radius of the largest marker in points.
const LARGEST_RADIUS: f64 = 17.0;
/// Radius below which a marker would vanish.
const SMALLEST_RADIUS: f64 = 2.2;

/// Last, mark and index price; a disc for the forced closes of each short span of time, its area
/// in proportion to the square root of their notional, on one scale for all instruments of a run.
#[must_use]
pub fn price_and_liquidations(data: &RunData, market: Option<&Market>) -> Figure {
    let Some(market) = market else {
        let mut figure = over_time(data, "Price and liquidations", data.run_name());
        figure
            .panels
            .push(Panel::new("price (USD)", 420.0, YAxis::linear(Unit::Price)));
        return figure;
    };
    let title = format!("{}: price and liquidations", market.label());
    let mut figure = over_time(data, title, subtitle(data, market));
    let mut panel = Panel::new("price (USD)", 420.0, YAxis::linear(Unit::Price));
    for (closes, color, label) in [
        (&market.long_closes, LONG, "longs closed by force"),
        (&market.short_closes, SHORT, "shorts closed by force"),
    ] {
        let dots = closes
            .iter()
            .map(|&(t, p, amount)| (t, p, radius(amount, data)))
            .collect();
        panel.add(Layer::Dots { dots, color });
        figure.legend.push(Key::dot(label, color));
    }
    lines(data, market, &mut panel, &mut figure.legend);
    shade_halts(&mut figure, market);
    figure.panels.push(panel);
    figure
}

fn lines(data: &RunData, market: &Market, panel: &mut Panel, legend: &mut Vec<Key>) {
    let real = LineStyle::dashed(GREEN, 2.0);
    if let Some((reference, points)) = &data.reference
        && market.symbol.starts_with(&reference.symbol)
        && !points.is_empty()
    {
        panel.line(points.clone(), real);
        legend.push(Key::line(format!("{} (real)", reference.label), real));
    }
    for (points, label, style) in [
        (&market.index, "index", LineStyle::solid(ORANGE, 1.8)),
        (&market.mark, "mark", LineStyle::solid(SKY, 1.8)),
        (&market.last, "last trade", LineStyle::solid(INK, 1.0)),
    ] {
        if super::has_values(points) {
            panel.line(points.clone(), style);
            legend.push(Key::line(label, style));
        }
    }
}

fn radius(amount: f64, data: &RunData) -> f64 {
    let part = (amount / data.forced.largest_marker).sqrt().sqrt();
    (LARGEST_RADIUS * part).max(SMALLEST_RADIUS)
}

fn subtitle(data: &RunData, market: &Market) -> String {
    let run = data.run_name();
    let largest = |closes: &[(f64, f64, f64)]| closes.iter().map(|c| c.2).fold(0.0, f64::max);
    let largest = largest(&market.long_closes).max(largest(&market.short_closes));
    if largest > 0.0 {
        format!(
            "{run}. {} closed by force; the largest disc stands for {}, and a disc's area grows \
             with the square root.",
            usd(market.liquidated),
            usd(largest)
        )
    } else {
        format!("{run}. No liquidations in this instrument.")
    }
}
