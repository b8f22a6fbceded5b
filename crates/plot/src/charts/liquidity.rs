//! Depth and spread of one instrument.

use super::{medians, over_time, shade_halts};
use crate::data::{Market, RunData, Stat};
use crate::figure::{Figure, Key, Layer, Panel, YAxis};
use crate::format::Unit;
use crate::style::{Color, INK, LONG, LineStyle, SHORT};

/// Depth within 1% of the mid on both sides above, spread on a logarithmic axis below.
#[must_use]
pub fn depth_and_spread(data: &RunData, market: Option<&Market>) -> Figure {
    let name = market.map_or_else(String::new, |m| format!("{}: ", m.label()));
    let subtitle = format!(
        "{}. Lines: medians of short spans; shades: lowest to highest; gaps: a side of the book was \
         empty.",
        data.run_name()
    );
    let mut figure = over_time(data, capital(&format!("{name}depth and spread")), subtitle);
    let depth_axis = YAxis::linear(Unit::Usd).with(0.0);
    let mut depth = Panel::new(
        "resting orders within 1% of the mid (USD)",
        230.0,
        depth_axis,
    );
    let spread_axis = YAxis::log(Unit::Bps, 0.001);
    let mut spread = Panel::new("spread (bps of the mid, logarithmic)", 190.0, spread_axis);
    if let Some(market) = market {
        figure.legend = vec![
            noisy(&mut depth, &market.bid_depth, "bids", SHORT),
            noisy(&mut depth, &market.ask_depth, "asks", LONG),
            noisy(&mut spread, &market.spread, "spread", INK),
        ];
        shade_halts(&mut figure, market);
    }
    figure.panels = vec![depth, spread];
    figure
}

/// Median and extremes of a noisy series.
fn noisy(panel: &mut Panel, stats: &[Stat], label: &str, color: Color) -> Key {
    let points = stats.iter().map(|s| (s.time, s.low, s.high)).collect();
    panel.add(Layer::Band {
        points,
        color,
        opacity: 0.22,
    });
    let style = LineStyle::solid(color, 1.6);
    panel.line(medians(stats), style);
    Key::line(label, style)
}

/// A title begins with a capital unless an instrument's name does.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
