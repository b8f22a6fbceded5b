//! One issuer's coins: how many there are, who gives them back, who waits.

use super::stack::{axis_for, first, highest, is_ever_positive, last};
use super::{has_values, over_time};
use crate::data::{Issuer, Points, RunData};
use crate::figure::{Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, percent, short, usd};
use crate::style::{BLUE, Color, GREEN, LineStyle, ORANGE, PURPLE, SHADE, VERMILION};

/// Supplies further apart than this factor stand on a logarithmic axis.
const DECADES: f64 = 50.0;

/// Supply, what was made, destroyed and paid out since the start, and coins in redemptions that
/// wait; shaded while the issuer pays nothing.
#[must_use]
pub fn supply_and_redemptions(data: &RunData, issuer: &Issuer) -> Figure {
    let title = format!("{}: supply and redemptions of {}", issuer.name, issuer.coin);
    let mut figure = over_time(data, title, subtitle(data, issuer));
    let mut supply = Panel::new(
        "supply (coins)",
        170.0,
        axis_for(Unit::Count, [&issuer.supply], DECADES),
    );
    let flows = "since the start (coins; paid out: USD)";
    let mut flow = Panel::new(flows, 150.0, YAxis::linear(Unit::Count).with(0.0));
    let made = made(issuer);
    let lines: [(&Points, &str, Color); 4] = [
        (&issuer.supply, "supply", BLUE),
        (&made, "made", GREEN),
        (&issuer.burned, "destroyed", ORANGE),
        (&issuer.redeemed, "paid out for redemptions", VERMILION),
    ];
    for (place, (points, label, color)) in lines.into_iter().enumerate() {
        if has_values(points) {
            // What is destroyed is often what was paid for: both lines are to be seen.
            let style = if place == 3 {
                LineStyle::dashed(color, 2.2)
            } else {
                LineStyle::solid(color, 1.6)
            };
            let panel = if place == 0 { &mut supply } else { &mut flow };
            panel.line(points.clone(), style);
            figure.legend.push(Key::line(label, style));
        }
    }
    figure.panels = vec![supply, flow, queue(issuer, &mut figure.legend)];
    if !issuer.closed.is_empty() {
        figure.spans.clone_from(&issuer.closed);
        let key = Key::filled("redemptions are not paid", SHADE);
        figure.legend.push(key);
    }
    figure
}

/// Coins made since the first record. A total that counts the coins of the start, as it is at least
/// the supply, begins at nothing all the same.
fn made(issuer: &Issuer) -> Points {
    let before = match (first(&issuer.minted), first(&issuer.supply)) {
        (Some(minted), Some(supply)) if minted >= supply => minted,
        _ => 0.0,
    };
    issuer.minted.iter().map(|p| (p.0, p.1 - before)).collect()
}

fn queue(issuer: &Issuer, legend: &mut Vec<Key>) -> Panel {
    let title = "waiting to be redeemed (coins)";
    let mut panel =
        Panel::new(title, 110.0, YAxis::linear(Unit::Count).with(0.0)).or_say("nobody ever waited");
    if is_ever_positive(&issuer.queue) {
        let points = issuer.queue.iter().map(|&(at, v)| (at, 0.0, v));
        panel.add(Layer::Band {
            points: points.collect(),
            color: PURPLE,
            opacity: 0.5,
        });
        panel.line(issuer.queue.clone(), LineStyle::solid(PURPLE, 1.2));
        legend.push(Key::filled("waiting", PURPLE));
    }
    panel
}

fn subtitle(data: &RunData, issuer: &Issuer) -> String {
    let mut out = format!("{}.", data.run_name());
    if let (Some(from), Some(to)) = (first(&issuer.supply), last(&issuer.supply)) {
        out += &format!(" From {} to {} coins", short(from), short(to));
        if from > 0.0 {
            out += &match to / from - 1.0 {
                change if change < 10.0 => format!(" ({})", percent(change)),
                change => format!(" (times {})", short(change + 1.0)),
            };
        }
        out += ".";
    }
    if let Some(paid) = last(&issuer.redeemed) {
        out += &format!(" {} paid out", usd(paid));
        if let Some(most) = highest(&issuer.queue).filter(|most| *most > 0.0) {
            out += &format!(", at most {} coins waited", short(most));
        }
        if issuer.refused > 0 {
            out += &format!(", {} requests refused", short(issuer.refused as f64));
        }
        out += ".";
    }
    out
}
