//! Resting orders by time and distance from the mid.

use firesale_types::Side;

use super::over_time;
use crate::data::{Cell, Market, RunData};
use crate::figure::{Figure, Grid, Key, Layer, Panel, YAxis};
use crate::format::{Unit, short, usd};
use crate::style::{Color, PAPER};

/// Columns of the picture at most.
const COLUMNS: usize = 900;
/// Rows of the picture for each side.
const ROWS: usize = 120;
/// Decades of money between white and dark.
const DECADES: f64 = 3.0;

/// Colour is the logarithm of the dollars that rest in one basis point of distance; asks are above
/// the middle, bids below.
#[must_use]
pub fn depth_heatmap(data: &RunData, market: Option<&Market>) -> Figure {
    let name = market.map_or_else(|| "Depth".to_owned(), |m| format!("{}: depth", m.label()));
    let cells: &[Cell] = market.map_or(&[], |m| &m.depth);
    let densest = cells
        .iter()
        .map(density)
        .filter(|d| d.is_finite())
        .fold(0.0, f64::max);
    let subtitle = format!("{}. Asks above, bids below the mid.", data.run_name());
    let mut figure = over_time(data, format!("{name} by distance from the mid"), subtitle);
    let furthest = cells
        .iter()
        .map(|c| c.band.1)
        .filter(|b| b.is_finite())
        .fold(0.0, f64::max);
    let axis = YAxis::linear(Unit::Bps);
    let mut panel =
        Panel::new("distance from the mid (bps)", 400.0, axis).or_say("no depth recorded");
    if densest > 0.0 && furthest > 0.0 {
        let grid = Grid {
            x: data.range,
            y: (-furthest, furthest),
            size: (COLUMNS, 2 * ROWS),
            colors: paint(cells, data.range, furthest, densest),
        };
        panel.add(Layer::Cells { grid });
        for (part, words) in [
            (1.0, ""),
            (2.0 / 3.0, ""),
            (1.0 / 3.0, ""),
            (0.0, " or less"),
        ] {
            let amount = densest * libm::pow(10.0, DECADES * (part - 1.0));
            let label = format!("{} per bp{words}", usd(amount));
            figure.legend.push(Key::filled(label, shade(part)));
        }
        figure.subtitle = format!(
            "{} Recorded out to {} bps.",
            figure.subtitle,
            short(furthest)
        );
    }
    figure.panels.push(panel);
    figure
}

/// Dollars in a basis point.
fn density(cell: &Cell) -> f64 {
    cell.usd / (cell.band.1 - cell.band.0)
}

/// Each record covers the time until the next one.
fn paint(cells: &[Cell], (start, end): (f64, f64), furthest: f64, densest: f64) -> Vec<Color> {
    let mut colors = vec![PAPER; COLUMNS * 2 * ROWS];
    let column = |time: f64| {
        let place = (time - start) / (end - start) * COLUMNS as f64;
        place.clamp(0.0, COLUMNS as f64) as usize
    };
    let mut moments: Vec<f64> = cells.iter().map(|c| c.time).collect();
    moments.dedup();
    for cell in cells {
        let next = moments.partition_point(|&m| m <= cell.time);
        let until = moments.get(next).copied().unwrap_or(end);
        let first = column(cell.time).min(COLUMNS - 1);
        let last = column(until).clamp(first + 1, COLUMNS);
        let part = 1.0 + libm::log10(density(cell) / densest) / DECADES;
        let color = if density(cell) > 0.0 {
            shade(part)
        } else {
            PAPER
        };
        for row in rows(cell, furthest) {
            colors[row * COLUMNS + first..row * COLUMNS + last].fill(color);
        }
    }
    colors
}

/// Rows of the picture that a band covers, counted from the lowest.
fn rows(cell: &Cell, furthest: f64) -> std::ops::Range<usize> {
    let row = |bps: f64| {
        ((bps / furthest * ROWS as f64)
            .round()
            .clamp(0.0, ROWS as f64)) as usize
    };
    let (near, far) = (row(cell.band.0), row(cell.band.1));
    match cell.side {
        Side::Buy => ROWS - far.max(near)..ROWS - near,
        Side::Sell => ROWS + near..ROWS + far.max(near),
    }
}

/// From near white over blue to near black; grows darker all the way, so it reads without colour.
fn shade(part: f64) -> Color {
    const STOPS: [(f64, f64, f64); 4] = [
        (236.0, 243.0, 250.0),
        (120.0, 183.0, 217.0),
        (26.0, 110.0, 180.0),
        (8.0, 40.0, 95.0),
    ];
    let place = part.clamp(0.0, 1.0) * 3.0;
    let (from, to) = (STOPS[place as usize], STOPS[(place as usize + 1).min(3)]);
    let mix = |a: f64, b: f64| (a + (b - a) * place.fract()).round() as u8;
    Color(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn darker_is_deeper() {
        let light = |c: Color| u32::from(c.0) + u32::from(c.1) + u32::from(c.2);
        let shades: Vec<u32> = (0..=20)
            .map(|k| light(shade(f64::from(k) / 20.0)))
            .collect();
        assert!(shades.windows(2).all(|w| w[0] > w[1]), "{shades:?}");
    }

    #[test]
    fn bids_lie_below_the_middle() {
        let cell = |side, band| Cell {
            time: 0.0,
            side,
            band,
            usd: 1.0,
        };
        assert_eq!(rows(&cell(Side::Buy, (0.0, 100.0)), 100.0), 0..ROWS);
        assert_eq!(
            rows(&cell(Side::Sell, (50.0, 100.0)), 100.0),
            ROWS + ROWS / 2..2 * ROWS
        );
    }
}
