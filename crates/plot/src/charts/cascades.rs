//! How liquidations cause liquidations.

use firesale_record::BranchingRow;

use super::{has_values, medians, over_time, short_label};
use crate::data::{Market, Points, RunData};
use crate::figure::{Bar, Figure, Key, Layer, Panel, XAxis, YAxis};
use crate::format::{Unit, grouped, usd};
use crate::style::{BLUE, INK, LineStyle, REST, SERIES};

/// The number of cascade trees by size, both axes logarithmic, sizes in powers of two.
#[must_use]
pub fn cascade_sizes(data: &RunData) -> Figure {
    let sizes: Vec<i64> = data.cascades.iter().map(|c| c.size.max(1)).collect();
    let mut counts: Vec<f64> = Vec::new();
    for size in &sizes {
        let bin = size.ilog2() as usize;
        counts.resize(counts.len().max(bin + 1), 0.0);
        counts[bin] += 1.0;
    }
    // Half a tree is the ground of the logarithmic axis: a bar of one tree must be seen.
    let ground = 0.5;
    let bars = counts.iter().enumerate().map(|(bin, &count)| {
        let left = libm::exp2(bin as f64);
        Bar {
            x: (left * 1.04, left * 2.0 / 1.04),
            y: (ground, count.max(ground)),
        }
    });
    let axis = YAxis::log(Unit::Count, ground).with(ground).with(1.0);
    let mut panel = Panel::new("cascades (count, logarithmic)", 380.0, axis)
        .or_say("no liquidations, so no cascades");
    panel.add(Layer::Bars {
        bars: bars.collect(),
        color: BLUE,
    });
    let widest = libm::exp2(counts.len().max(4) as f64);
    Figure {
        title: "Sizes of cascades".to_owned(),
        subtitle: sizes_subtitle(data),
        legend: Vec::new(),
        x: XAxis::Log {
            range: (1.0, widest),
            unit: Unit::Count,
            title: "accounts in one cascade (logarithmic, bars double in width)".to_owned(),
        },
        events: Vec::new(),
        spans: Vec::new(),
        panels: vec![panel],
    }
}

fn sizes_subtitle(data: &RunData) -> String {
    let run = data.run_name();
    let Some(largest) = data.cascades.iter().max_by_key(|c| c.size) else {
        return format!("{run}. No liquidations.");
    };
    let deepest = data.cascades.iter().map(|c| c.depth).max().unwrap_or(0);
    format!(
        "{run}. {} cascades; the largest took {} accounts and {}, began at {}; the deepest chain \
         has {deepest} links.",
        grouped(data.cascades.len() as f64, 0),
        grouped(largest.size as f64, 0),
        usd(largest.notional_usd),
        data.clock.label(largest.start_ns as f64 / 1e9, 1.0, false),
    )
}

/// The cascade number of each instrument that has one, with a line at 1.
#[must_use]
pub fn cascade_number(data: &RunData) -> Figure {
    let subtitle = format!(
        "{}. Forced selling that a dollar of forced selling brings about (medians of short spans).",
        data.run_name()
    );
    let mut figure = over_time(data, "Cascade number", subtitle);
    let lines: Vec<(&Market, Points)> = data
        .markets
        .iter()
        .map(|market| (market, medians(&market.cascade)))
        .filter(|(_, points)| has_values(points))
        .collect();
    let values = lines
        .iter()
        .flat_map(|(_, points)| points.iter().map(|p| p.1));
    let largest = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
    let (axis, title) = if largest > 20.0 {
        (
            YAxis::log(Unit::Number, 0.01).with(1.0),
            "cascade number (logarithmic, 0.01 or less at the bottom)",
        )
    } else {
        (
            YAxis::linear(Unit::Number).with(0.0).with(1.2),
            "cascade number",
        )
    };
    let mut panel = Panel::new(title, 380.0, axis).or_say("no cascade number");
    for (place, (market, points)) in lines.iter().enumerate().rev() {
        let style = LineStyle {
            width: 1.3,
            ..LineStyle::series(place)
        };
        panel.line(points.clone(), style);
        if place < 2 * SERIES.len() {
            figure
                .legend
                .push(Key::line(short_label(data, market), style));
        }
    }
    figure.legend.reverse();
    if lines.len() > 2 * SERIES.len() {
        figure
            .legend
            .push(Key::line("others", LineStyle::solid(REST, 1.0)));
    }
    let style = LineStyle::dashed(INK, 1.4);
    panel.add(Layer::Level {
        y: 1.0,
        label: "1: the fall feeds itself".to_owned(),
        style,
    });
    figure.panels.push(panel);
    figure
}

/// Children per liquidation by minute with a line at 1, and the forced part of the minute's breaches.
#[must_use]
pub fn branching(data: &RunData) -> Figure {
    let subtitle = format!(
        "{}. Minutes with at least 20 liquidated accounts.",
        data.run_name()
    );
    let mut figure = over_time(data, "Branching ratio", subtitle);
    let middle = |time_ns: i64| time_ns as f64 / 1e9 + 30.0;
    let points = |of: fn(&BranchingRow) -> f64| -> Points {
        let rows = data.branching.iter();
        rows.map(|row| (middle(row.time_ns), of(row))).collect()
    };
    let axis = YAxis::linear(Unit::Number).with(0.0).with(1.2);
    let mut panel = Panel::new("children per liquidation", 380.0, axis)
        .or_say("too few liquidations in any minute");
    let lines = [
        (
            "children per liquidation",
            points(|row| row.ratio),
            SERIES[0],
        ),
        (
            "part of the minute's losses brought about by force",
            points(|row| row.forced_share),
            SERIES[1],
        ),
    ];
    for (label, points, color) in lines {
        let style = LineStyle::solid(color, 1.6);
        if has_values(&points) {
            panel.line(points, style);
            figure.legend.push(Key::line(label, style));
        }
    }
    panel.add(Layer::Level {
        y: 1.0,
        label: "1: each liquidation brings about another".to_owned(),
        style: LineStyle::dashed(INK, 1.4),
    });
    figure.panels.push(panel);
    figure
}
