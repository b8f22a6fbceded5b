//! Who bore what the margins of the losers did not cover.

use firesale_record::Layer;

use crate::data::{LAYERS, RunData};
use crate::figure::{Bar, Figure, Layer as Drawn, Panel, XAxis, YAxis};
use crate::format::{Unit, usd};
use crate::style::BLUE;

/// One bar for each bearer, in the order in which they are reached. Layers of clearing houses stand
/// there if one of them paid.
#[must_use]
pub fn losses_by_bearer(data: &RunData) -> Figure {
    let all = bearers(data);
    let total: f64 = all.iter().map(|bearer| bearer.1).sum();
    let bars = all.iter().enumerate().map(|(place, &(_, amount))| Bar {
        x: (place as f64 - 0.35, place as f64 + 0.35),
        y: (0.0, amount),
    });
    let mut panel = Panel::new("borne (USD)", 360.0, YAxis::linear(Unit::Usd).with(0.0))
        .or_say("no fund lost, and no winner was closed");
    if total > 0.0 {
        panel.add(Drawn::Bars {
            bars: bars.collect(),
            color: BLUE,
        });
    }
    Figure {
        title: "Who bore the losses beyond margin".to_owned(),
        subtitle: format!("{}. {} in all.", data.run_name(), usd(total)),
        legend: Vec::new(),
        x: XAxis::Names {
            names: all
                .iter()
                .map(|bearer| bearer.0.replace('_', " "))
                .collect(),
            title: "bearer".to_owned(),
        },
        events: Vec::new(),
        spans: Vec::new(),
        panels: vec![panel],
    }
}

fn bearers(data: &RunData) -> Vec<(&'static str, f64)> {
    let lost = data.insurance.iter().filter_map(|fund| {
        let (first, last) = (fund.first()?.1, fund.last()?.1);
        Some((first - last).max(0.0))
    });
    let layers = LAYERS.map(Layer::name).into_iter().zip(data.forced.layers);
    let cleared = data.forced.layers.iter().any(|&amount| amount > 0.0);
    let mut all = vec![
        ("insurance funds", lost.sum()),
        ("winners (ADL)", data.forced.given_up),
    ];
    all.extend(layers.filter(|_| cleared));
    all
}
