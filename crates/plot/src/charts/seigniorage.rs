//! The token that an algorithmic issuer prints to keep its coin at par.

use super::over_time;
use super::stack::{axis_for, first, is_ever_positive, last};
use crate::data::{Issuer, Points, RunData};
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::{Unit, short};
use crate::style::{BLUE, LineStyle, PURPLE};

/// Coin prices further apart than this factor stand on a logarithmic axis.
const DECADES: f64 = 20.0;

/// Supply of the token on a logarithmic axis, the coin's traded prices below it, and what is left in
/// the yield anchor.
#[must_use]
pub fn seigniorage(data: &RunData, issuer: &Issuer) -> Figure {
    let title = format!("{}: seigniorage behind {}", issuer.name, issuer.coin);
    let mut figure = over_time(data, title, subtitle(data, issuer));
    let supply = LineStyle::solid(BLUE, 2.0);
    let key = Key::line("seigniorage tokens that exist", supply);
    figure.legend.push(key);
    let lowest = axis_for(Unit::Count, [&issuer.seigniorage], 0.0);
    let mut panel = Panel::new("tokens that exist", 190.0, lowest);
    panel.line(issuer.seigniorage.clone(), supply);
    figure.panels.push(panel);
    figure.panels.push(prices(data, issuer, &mut figure.legend));
    if is_ever_positive(&issuer.anchored) {
        let style = LineStyle::solid(PURPLE, 2.0);
        let axis = YAxis::linear(Unit::Count).with(0.0);
        let mut panel = Panel::new("in the yield anchor (coins)", 110.0, axis);
        panel.line(issuer.anchored.clone(), style);
        figure.legend.push(Key::line("coins in the anchor", style));
        figure.panels.push(panel);
    }
    figure
}

/// What the coin costs where it is traded.
fn prices(data: &RunData, issuer: &Issuer, legend: &mut Vec<Key>) -> Panel {
    let places: Vec<_> = data
        .coins
        .iter()
        .filter(|coin| coin.symbol == issuer.coin)
        .flat_map(|coin| &coin.places)
        .filter(|place| matches!(&*place.kind, "venue" | "pool"))
        .collect();
    let lines: Vec<&Points> = places.iter().map(|place| &place.price).collect();
    let axis = axis_for(Unit::Price, lines, DECADES).with(1.0);
    let title = format!("{} (USD)", issuer.coin);
    let mut panel = Panel::new(title, 140.0, axis).or_say("traded nowhere");
    for (place, found) in places.iter().enumerate() {
        let style = LineStyle::series(place + 1);
        panel.line(found.price.clone(), style);
        let label = format!("{} on {}", issuer.coin, found.name);
        legend.push(Key::line(label, style));
    }
    panel
}

fn subtitle(data: &RunData, issuer: &Issuer) -> String {
    match (first(&issuer.seigniorage), last(&issuer.seigniorage)) {
        (Some(from), Some(to)) if from > 0.0 => format!(
            "{}. From {} to {} tokens (times {}).",
            data.run_name(),
            short(from),
            short(to),
            short(to / from)
        ),
        _ => data.run_name(),
    }
}
