//! Forced closes of the whole run by time.

use firesale_record::Stage;

use super::over_time;
use crate::data::{Forced, RunData, STAGES, Sums};
use crate::figure::{Bar, Figure, Key, Layer, Panel, YAxis};
use crate::format::{Unit, percent, usd};
use crate::style::{BLUE, Color, GREEN, ORANGE, PURPLE, VERMILION};

/// Longs upwards, shorts downwards, stacked by the stage that took them.
#[must_use]
pub fn liquidations_by_minute(data: &RunData) -> Figure {
    let width = data.forced.longs[0].bins.width_words();
    let mut figure = over_time(
        data,
        format!("Liquidations by {width}"),
        subtitle(data, &data.forced),
    );
    let title = format!("closed by force each {width} (USD): longs ↑   shorts ↓");
    let axis = YAxis {
        magnitude: true,
        ..YAxis::linear(Unit::Usd).with(0.0)
    };
    let mut panel = Panel::new(title, 400.0, axis).or_say("no liquidations");
    let bars = [
        stack(&data.forced.longs, 1.0),
        stack(&data.forced.shorts, -1.0),
    ];
    for (place, stage) in STAGES.into_iter().enumerate() {
        let (label, color) = look(stage);
        let both: Vec<Bar> = bars
            .iter()
            .flat_map(|side| side[place].iter().copied())
            .collect();
        if !both.is_empty() {
            figure.legend.push(Key::filled(label, color));
        }
        panel.add(Layer::Bars { bars: both, color });
    }
    figure.panels.push(panel);
    figure
}

fn look(stage: Stage) -> (&'static str, Color) {
    match stage {
        Stage::Book => ("public book", BLUE),
        Stage::Backstop => ("backstop vault", ORANGE),
        Stage::Insurance => ("insurance fund", GREEN),
        Stage::Adl => ("auto-deleveraging (ADL)", VERMILION),
        Stage::Clearing => ("clearing house", PURPLE),
    }
}

/// The boxes of each stage on top of those before it; a small gap separates the bins.
fn stack(stages: &[Sums; STAGES.len()], sign: f64) -> [Vec<Bar>; STAGES.len()] {
    let mut bars: [Vec<Bar>; STAGES.len()] = Default::default();
    let bins = stages[0].bins;
    for bin in 0..bins.count {
        let (left, right) = bins.edges(bin);
        let air = 0.08 * (right - left);
        let mut below = 0.0;
        for (stage, bars) in stages.iter().zip(&mut bars) {
            let amount = stage.values[bin];
            if amount > 0.0 {
                let y = (sign * below, sign * (below + amount));
                bars.push(Bar {
                    x: (left + air, right - air),
                    y,
                });
                below += amount;
            }
        }
    }
    bars
}

fn subtitle(data: &RunData, forced: &Forced) -> String {
    let (longs, shorts) = forced.totals();
    let run = data.run_name();
    if longs + shorts <= 0.0 {
        return format!("{run}. No liquidations.");
    }
    let adl: f64 = forced.adl.iter().map(Sums::total).sum();
    format!(
        "{run}. All venues: longs {}, shorts {} ({} of it longs); winners closed by ADL {}.",
        usd(longs),
        usd(shorts),
        percent(longs / (longs + shorts)),
        usd(adl)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Bins;

    #[test]
    fn stacks_grow_away_from_zero() {
        let bins = Bins {
            start: 0.0,
            width: 10.0,
            count: 2,
        };
        let sums = |values: [f64; 2]| Sums {
            bins,
            values: values.to_vec(),
        };
        let stages = [
            sums([2.0, 0.0]),
            sums([1.0, 0.0]),
            sums([0.0, 0.0]),
            sums([0.5, 4.0]),
            sums([0.0, 0.0]),
        ];
        let bars = stack(&stages, -1.0);
        assert_eq!(bars[0][0].y, (-0.0, -2.0));
        assert_eq!(bars[1][0].y, (-2.0, -3.0));
        assert!(bars[2].is_empty());
        assert_eq!([bars[3][0].y, bars[3][1].y], [(-3.0, -3.5), (-0.0, -4.0)]);
    }
}
