//! Funding rates.

use super::{over_time, short_label};
use crate::data::RunData;
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::Unit;
use crate::style::{LineStyle, REST, SERIES};

/// One line for each instrument that has a funding rate.
#[must_use]
pub fn funding(data: &RunData) -> Figure {
    let subtitle = format!("{}. Positive: longs pay shorts.", data.run_name());
    let mut figure = over_time(data, "Funding rate", subtitle);
    let axis = YAxis::linear(Unit::Percent).with(0.0);
    let mut panel = Panel::new(
        "rate of the current interval (percent of notional)",
        380.0,
        axis,
    )
    .or_say("no funding");
    let with_rate: Vec<_> = data
        .markets
        .iter()
        .filter(|m| super::has_values(&m.funding))
        .collect();
    for (place, market) in with_rate.iter().enumerate().rev() {
        let style = LineStyle::series(place);
        panel.line(market.funding.clone(), style);
        if place < 2 * SERIES.len() {
            figure
                .legend
                .push(Key::line(short_label(data, market), style));
        }
    }
    figure.legend.reverse();
    if with_rate.len() > 2 * SERIES.len() {
        figure
            .legend
            .push(Key::line("others", LineStyle::solid(REST, 1.0)));
    }
    figure.panels.push(panel);
    figure
}
