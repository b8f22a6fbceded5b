//! Who paid when margins did not suffice.

use super::over_time;
use crate::data::{Points, RunData, Sums};
use crate::figure::{Bar, Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, usd};
use crate::style::{LineStyle, REST, SERIES};

/// Insurance funds, winners closed by auto-deleveraging, bad debt so far; by venue.
#[must_use]
pub fn insurance_and_adl(data: &RunData) -> Figure {
    let adl: f64 = data.forced.adl.iter().map(Sums::total).sum();
    let ends = data.forced.bad_debt.iter().filter_map(|p| p.last());
    let debt: f64 = ends.map(|p| p.1).filter(|v| v.is_finite()).sum();
    let subtitle = format!(
        "{}. Winners closed by auto-deleveraging (ADL): {}. Bad debt: {}.",
        data.run_name(),
        usd(adl),
        usd(debt)
    );
    let mut figure = over_time(data, "Insurance, deleveraging, bad debt", subtitle);
    figure.panels = vec![
        lines(
            "insurance fund (USD)",
            150.0,
            "no insurance fund",
            &data.insurance,
            None,
        ),
        bars(data),
        lines(
            "bad debt so far (USD)",
            110.0,
            "no bad debt",
            &data.forced.bad_debt,
            Some(data.range),
        ),
    ];
    let labels = data.venues.iter().enumerate();
    figure.legend = labels
        .map(|(place, name)| Key::filled(name.clone(), color(place)))
        .collect();
    figure
}

fn color(venue: usize) -> crate::style::Color {
    SERIES.get(venue).copied().unwrap_or(REST)
}

/// A line for each venue; a total begins at nothing and stays until the end.
fn lines(
    title: &str,
    height: f64,
    if_empty: &str,
    venues: &[Points],
    total: Option<(f64, f64)>,
) -> Panel {
    let mut axis = YAxis::linear(Unit::Usd);
    if total.is_some() {
        axis = axis.with(0.0);
    }
    let mut panel = Panel::new(title, height, axis).or_say(if_empty);
    for (venue, points) in venues.iter().enumerate() {
        let mut points = points.clone();
        if let (Some((start, end)), Some(&(_, last))) = (total, points.last()) {
            points.insert(0, (start, 0.0));
            points.push((end, last));
        }
        panel.line(points, LineStyle::solid(color(venue), 1.8));
    }
    panel
}

fn bars(data: &RunData) -> Panel {
    let words = data.forced.longs[0].bins.width_words();
    let title = format!("winners' positions closed by ADL each {words} (USD)");
    let mut panel = Panel::new(title, 150.0, YAxis::linear(Unit::Usd).with(0.0)).or_say("no ADL");
    let mut below = vec![0.0; data.forced.longs[0].bins.count];
    for (venue, sums) in data.forced.adl.iter().enumerate() {
        let mut bars = Vec::new();
        for (bin, &amount) in sums.values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            let (left, right) = sums.bins.edges(bin);
            let air = 0.08 * (right - left);
            bars.push(Bar {
                x: (left + air, right - air),
                y: (below[bin], below[bin] + amount),
            });
            below[bin] += amount;
        }
        panel.add(Layer::Bars {
            bars,
            color: color(venue),
        });
    }
    panel
}
