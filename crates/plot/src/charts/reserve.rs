//! What stands behind a coin.

use super::over_time;
use super::stack::{Slice, color, has_amounts, last, pale, stack};
use crate::data::{Issuer, RunData, Tier};
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::{Unit, usd};
use crate::style::{INK, LineStyle, REST};

/// The parts of the reserve on top of each other: what is used first on top, so that a drain eats
/// from above; what is frozen, or lent and not due, in a paler colour above its own part.
#[must_use]
pub fn reserve_ladder(data: &RunData, issuer: &Issuer) -> Figure {
    let title = format!("{}: reserve behind {}", issuer.name, issuer.coin);
    let mut figure = over_time(data, title, subtitle(data, issuer));
    let title = "reserve by part (USD), the one that is used first on top";
    let axis = YAxis::linear(Unit::Usd).with(0.0);
    let mut panel = Panel::new(title, 400.0, axis).or_say("no reserve");
    let tiers: Vec<(usize, &Tier)> = tiers(issuer).enumerate().collect();
    let pales: Vec<_> = tiers.iter().map(|(place, _)| pale(color(*place))).collect();
    let slices: Vec<Slice<'_>> = tiers
        .iter()
        .rev()
        .flat_map(|&(place, tier)| {
            let slice = |values, color| Slice { values, color };
            let reached = slice(&tier.usd[..], color(place));
            [reached, slice(&tier.frozen[..], pales[place])]
        })
        .collect();
    stack(&mut panel, issuer.bins, &slices);
    for (place, tier) in &tiers {
        let key = Key::filled(tier.name.clone(), color(*place));
        figure.legend.push(key);
    }
    if tiers.iter().any(|(_, tier)| has_amounts(&tier.frozen)) {
        let key = Key::filled("paler: cannot be reached now", pale(REST));
        figure.legend.push(key);
    }
    let owed = LineStyle::dashed(INK, 1.8);
    panel.line(issuer.supply.clone(), owed);
    figure
        .legend
        .push(Key::line("coins that exist, at par", owed));
    figure.panels.push(panel);
    figure
}

/// The parts that ever held anything.
fn tiers(issuer: &Issuer) -> impl Iterator<Item = &Tier> {
    let used = |tier: &&Tier| has_amounts(&tier.usd) || has_amounts(&tier.frozen);
    issuer.tiers.iter().filter(used)
}

/// Whether an issuer has a reserve to draw.
pub(super) fn has_reserve(issuer: &Issuer) -> bool {
    tiers(issuer).next().is_some()
}

fn subtitle(data: &RunData, issuer: &Issuer) -> String {
    let end = |series: fn(&Tier) -> &Vec<f64>| -> f64 {
        let ends = tiers(issuer).filter_map(|tier| series(tier).last());
        ends.filter(|v| v.is_finite()).sum()
    };
    let mut out = format!("{}. In the end {}", data.run_name(), usd(end(|t| &t.usd)));
    let frozen = end(|t| &t.frozen);
    if frozen > 0.0 {
        out += &format!(" and {} out of reach", usd(frozen));
    }
    if let Some(owed) = last(&issuer.supply) {
        out += &format!(" against {} of coins", usd(owed));
    }
    if issuer.lost > 0.0 {
        out += &format!("; {} lost on the way", usd(issuer.lost));
    }
    out + "."
}
