//! What it costs to get into a block.

use super::over_time;
use super::stack::{axis_for, highest, is_ever_positive};
use crate::data::{Chain, RunData, Sums};
use crate::figure::{Bar, Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, grouped, short};
use crate::style::{BLUE, GREEN, LineStyle, ORANGE, PURPLE, VERMILION};

/// Fees further apart than this factor stand on a logarithmic axis.
const DECADES: f64 = 30.0;

/// Base fee, agents' transactions that wait, and what became of the others.
#[must_use]
pub fn gas(data: &RunData, chain: &Chain) -> Figure {
    let dropped = chain.dropped.total();
    let subtitle = format!(
        "{}. At most {} gwei. Of the agents' transactions {} failed and {} were dropped.",
        data.run_name(),
        short(highest(&chain.base_fee).unwrap_or(f64::NAN)),
        grouped(chain.failed.total(), 0),
        grouped(dropped, 0)
    );
    let title = format!("{}: gas and transactions", chain.name);
    let mut figure = over_time(data, title, subtitle);
    let axis = axis_for(Unit::Number, [&chain.base_fee], DECADES);
    let mut fee = Panel::new("base fee (gwei for a unit of gas)", 190.0, axis);
    fee.line(chain.base_fee.clone(), LineStyle::solid(BLUE, 1.6));
    let axis = YAxis::linear(Unit::Count).with(0.0);
    let mut waiting = Panel::new("waiting (transactions)", 100.0, axis).or_say("nobody waited");
    if is_ever_positive(&chain.waiting) {
        waiting.line(chain.waiting.clone(), LineStyle::solid(PURPLE, 1.4));
    }
    let flows = [
        (&chain.done, "done", GREEN),
        (&chain.failed, "failed", ORANGE),
        (&chain.dropped, "dropped", VERMILION),
    ];
    let each = chain.done.bins.width_words();
    let title = format!("agents' transactions each {each}");
    let axis = YAxis::linear(Unit::Count).with(0.0);
    let mut panel = Panel::new(title, 130.0, axis).or_say("no agent sent a transaction");
    let mut below = vec![0.0; chain.done.bins.count];
    for (sums, label, color) in flows {
        let bars = bars(sums, &mut below);
        if !bars.is_empty() {
            panel.add(Layer::Bars { bars, color });
            figure.legend.push(Key::filled(label, color));
        }
    }
    figure.panels = vec![fee, waiting, panel];
    figure
}

/// Boxes on top of what is below them.
fn bars(sums: &Sums, below: &mut [f64]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (bin, &count) in sums.values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let (left, right) = sums.bins.edges(bin);
        let air = 0.08 * (right - left);
        bars.push(Bar {
            x: (left + air, right - air),
            y: (below[bin], below[bin] + count),
        });
        below[bin] += count;
    }
    bars
}
