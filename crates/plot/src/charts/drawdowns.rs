//! All instruments on one scale.

use super::{over_time, short_label};
use crate::data::{Market, RunData};
use crate::figure::{Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, percent};
use crate::style::{LineStyle, REST, SERIES, SOFT_INK};

/// Last trades, 100 at the first news or at the start; the deepest falls are named first.
#[must_use]
pub fn drawdowns(data: &RunData) -> Figure {
    let from = if data.news.is_empty() {
        "the start"
    } else {
        "the news"
    };
    let subtitle = format!(
        "{}. Last trade; the legend gives the largest fall after {from}, deepest first.",
        data.run_name()
    );
    let mut figure = over_time(data, format!("All instruments from {from} on"), subtitle);
    let axis = YAxis::linear(Unit::Number).with(100.0);
    let mut panel = Panel::new(format!("price (100 at {from})"), 420.0, axis);
    let style = LineStyle::dashed(SOFT_INK, 1.0);
    panel.add(Layer::Level {
        y: 100.0,
        label: String::new(),
        style,
    });

    let mut falls: Vec<(&Market, f64)> = data
        .markets
        .iter()
        .filter(|m| m.event_price > 0.0 && super::has_values(&m.last))
        .map(|m| (m, (m.low / m.event_price).min(1.0)))
        .collect();
    falls.sort_by(|a, b| a.1.total_cmp(&b.1));
    // The greys go to the back.
    for (place, &(market, depth)) in falls.iter().enumerate().rev() {
        let style = LineStyle::series(place);
        let indexed = |&(t, p): &(f64, f64)| (t, 100.0 * p / market.event_price);
        panel.line(market.last.iter().map(indexed).collect(), style);
        if place < 2 * SERIES.len() {
            let fall = percent(depth - 1.0);
            figure.legend.push(Key::line(
                format!("{} {fall}", short_label(data, market)),
                style,
            ));
        }
    }
    figure.legend.reverse();
    if falls.len() > 2 * SERIES.len() {
        figure
            .legend
            .push(Key::line("others", LineStyle::solid(REST, 1.0)));
    }
    figure.panels.push(panel);
    figure
}
