//! Who lost and who gained.

use super::over_time;
use crate::data::{Population, RunData};
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::{Unit, usd};
use crate::style::{LineStyle, REST, SERIES};

/// Profit and loss of each population since the start above, the part of its accounts with positive
/// equity below. Populations with the largest swings come first.
#[must_use]
pub fn equity_by_population(data: &RunData) -> Figure {
    let mut figure = over_time(data, "Who lost and who gained", subtitle(data));
    let axis = YAxis::linear(Unit::Usd).with(0.0);
    let mut pnl = Panel::new("profit and loss since the start (USD)", 280.0, axis)
        .or_say("no populations recorded");
    let axis = YAxis::linear(Unit::Percent).with(1.0);
    let mut alive = Panel::new("accounts with positive equity (percent)", 130.0, axis)
        .or_say("no populations recorded");
    let mut populations: Vec<&Population> = data.populations.iter().collect();
    populations.sort_by(|a, b| swing(b).total_cmp(&swing(a)));
    for (place, population) in populations.iter().enumerate().rev() {
        let style = LineStyle::series(place);
        let at = |bin: usize| population.bins.edges(bin).1;
        let line = |values: &[f64]| {
            values
                .iter()
                .enumerate()
                .map(|(k, v)| (at(k), *v))
                .collect()
        };
        pnl.line(line(&population.pnl), style);
        alive.line(line(&population.alive), style);
        if place < 2 * SERIES.len() {
            let end = population.pnl.last().copied().unwrap_or(f64::NAN);
            let sign = if end > 0.0 { "+" } else { "" };
            let label = format!("{} {sign}{}", population.name, usd(end));
            figure.legend.push(Key::line(label, style));
        }
    }
    figure.legend.reverse();
    if populations.len() > 2 * SERIES.len() {
        figure
            .legend
            .push(Key::line("others", LineStyle::solid(REST, 1.0)));
    }
    figure.panels = vec![pnl, alive];
    figure
}

/// The largest gain or loss at any time.
fn swing(population: &Population) -> f64 {
    population
        .pnl
        .iter()
        .filter(|v| v.is_finite())
        .fold(0.0, |most, v| v.abs().max(most))
}

fn subtitle(data: &RunData) -> String {
    let sum = |place: fn(&[f64]) -> Option<&f64>| {
        let values = data.populations.iter().filter_map(|p| place(&p.equity));
        values.filter(|v| v.is_finite()).sum::<f64>()
    };
    let (first, last) = (sum(<[f64]>::first), sum(<[f64]>::last));
    let run = data.run_name();
    if first > 0.0 {
        format!(
            "{run}. Equity of all: {} before, {} after.",
            usd(first),
            usd(last)
        )
    } else {
        run
    }
}
