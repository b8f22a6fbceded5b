//! What one coin costs in each place.

use super::stack::{axis_for, is_ever_positive};
use super::{has_values, over_time};
use crate::data::{Coin, Place, Points, RunData};
use crate::figure::{Figure, Key, Layer, Panel};
use crate::format::{self, Unit};
use crate::style::{AXIS, INK, LineStyle, SOFT_INK};

/// Prices further apart than this factor stand on a logarithmic axis.
const DECADES: f64 = 20.0;

/// Solid lines are traded prices (order books and pools), dashed ones what somebody believes:
/// lending markets, and the public about the issuer's claim. The dotted line is what the claim is
/// worth in truth.
#[must_use]
pub fn peg(data: &RunData, coin: &Coin) -> Figure {
    let title = format!("{}: price by place", coin.symbol);
    let mut figure = over_time(data, title, subtitle(data, coin));
    let worth: Vec<&Points> = data
        .issuers
        .iter()
        .filter(|issuer| issuer.coin == coin.symbol && is_ever_positive(&issuer.worth))
        .map(|issuer| &issuer.worth)
        .collect();
    let prices = coin.places.iter().map(|place| &place.price);
    let axis = axis_for(Unit::Price, prices, DECADES).with(1.0);
    let mut panel = Panel::new("price (USD)", 420.0, axis).or_say("no price recorded");
    let par = LineStyle::solid(AXIS, 1.2);
    panel.add(Layer::Level {
        y: 1.0,
        label: String::new(),
        style: par,
    });
    let truth = LineStyle {
        color: SOFT_INK,
        width: 1.8,
        dash: Some((2.0, 4.0)),
    };
    for points in &worth {
        panel.line((*points).clone(), truth);
    }
    let mut believed = Vec::new();
    let mut series = 0;
    for place in coin.places.iter().filter(|p| has_values(&p.price)) {
        let style = style_of(place, &mut series);
        panel.line(place.price.clone(), style);
        let key = Key::line(label_of(place), style);
        if is_traded(place) {
            figure.legend.push(key);
        } else {
            believed.push(key);
        }
    }
    figure.legend.extend(believed);
    if !worth.is_empty() {
        let key = Key::line("worth of a claim on the issuer, in truth", truth);
        figure.legend.push(key);
    }
    figure.panels.push(panel);
    figure
}

fn is_traded(place: &Place) -> bool {
    matches!(&*place.kind, "venue" | "pool")
}

fn style_of(place: &Place, series: &mut usize) -> LineStyle {
    if place.kind == "issuer" {
        return LineStyle::dashed(INK, 1.8);
    }
    let style = LineStyle::series(*series);
    *series += 1;
    if place.kind == "lender" {
        LineStyle::dashed(style.color, 1.8)
    } else {
        style
    }
}

fn label_of(place: &Place) -> String {
    match &*place.kind {
        "venue" => format!("{} (order book)", place.name),
        "lender" => format!("{} (what the lender believes)", place.name),
        "issuer" => format!("{} (what the public believes a claim is worth)", place.name),
        kind => format!("{} ({kind})", place.name),
    }
}

/// The lowest trade of each of the two places that fell furthest.
fn subtitle(data: &RunData, coin: &Coin) -> String {
    let low = |place: &Place| {
        let finite = place.price.iter().filter(|p| p.1.is_finite());
        finite.copied().min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let mut lows: Vec<(&Place, (f64, f64))> = coin
        .places
        .iter()
        .filter(|place| is_traded(place))
        .filter_map(|place| Some((place, low(place)?)))
        .collect();
    lows.sort_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let days = data.range.1 - data.range.0 > 86_400.0;
    let words = |(place, (at, price)): &(&Place, (f64, f64))| {
        let when = data.clock.label(*at, 60.0, days);
        format!("{} on {} at {when}", format::price(*price), place.name)
    };
    let words: Vec<String> = lows.iter().take(2).map(words).collect();
    if words.is_empty() {
        data.run_name()
    } else {
        format!("{}. Lowest: {}.", data.run_name(), words.join(", "))
    }
}
