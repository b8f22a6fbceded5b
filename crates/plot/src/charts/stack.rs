//! Amounts on top of each other over time, and other pieces that several charts are made of.

use super::has_values;
use crate::data::{Bins, Points};
use crate::figure::{Layer, Panel, YAxis};
use crate::format::Unit;
use crate::style::{Color, REST, SERIES};

/// One amount of a stack in equal bins of time.
pub(super) struct Slice<'a> {
    pub(super) values: &'a [f64],
    pub(super) color: Color,
}

/// Puts the slices on top of each other, the first at the bottom; what is below zero hangs down from
/// there. A moment at which all are missing is a gap.
pub(super) fn stack(panel: &mut Panel, bins: Bins, slices: &[Slice<'_>]) {
    let known = |bin: usize| slices.iter().any(|s| value(s, bin).is_finite());
    let mut above = vec![0.0; bins.count];
    let mut below = vec![0.0; bins.count];
    for slice in slices {
        let mut points = Vec::with_capacity(bins.count);
        for bin in 0..bins.count {
            let amount = value(slice, bin);
            let amount = if amount.is_finite() { amount } else { 0.0 };
            let edge = if amount < 0.0 {
                &mut below[bin]
            } else {
                &mut above[bin]
            };
            let gap = if known(bin) { 0.0 } else { f64::NAN };
            points.push((bins.edges(bin).1, *edge + gap, *edge + amount + gap));
            *edge += amount;
        }
        // A slice that is always nothing would be drawn as a hair.
        if points.iter().any(|p| p.1 != p.2 && !p.1.is_nan()) {
            let (color, opacity) = (slice.color, 1.0);
            panel.add(Layer::Band {
                points,
                color,
                opacity,
            });
        }
    }
}

fn value(slice: &Slice<'_>, bin: usize) -> f64 {
    slice.values.get(bin).copied().unwrap_or(f64::NAN)
}

/// Whether a series in bins has anything but nothing.
pub(super) fn has_amounts(values: &[f64]) -> bool {
    values.iter().any(|v| v.is_finite() && *v != 0.0)
}

/// The colour of the `place`-th slice.
pub(super) fn color(place: usize) -> Color {
    SERIES.get(place).copied().unwrap_or(REST)
}

/// A colour mixed with much white.
pub(super) fn pale(Color(r, g, b): Color) -> Color {
    let mix = |c: u8| (0.35 * f64::from(c) + 0.65 * 255.0).round() as u8;
    Color(mix(r), mix(g), mix(b))
}

/// An axis for these lines: powers of ten if their positive values span more than this factor, else
/// equal steps.
pub(super) fn axis_for<'a>(
    unit: Unit,
    lines: impl IntoIterator<Item = &'a Points>,
    factor: f64,
) -> YAxis {
    let (mut low, mut high) = (f64::INFINITY, 0.0f64);
    for &(_, value) in lines.into_iter().flatten() {
        if value.is_finite() && value > 0.0 {
            low = low.min(value);
            high = high.max(value);
        }
    }
    if high / low > factor {
        YAxis::log(unit, low)
    } else {
        YAxis::linear(unit)
    }
}

/// A running total from the beginning to the end of a range: nothing before its first point, its
/// last value after it.
pub(super) fn whole_total(points: &Points, (from, to): (f64, f64)) -> Points {
    let last = points.last().map_or(0.0, |p| p.1);
    let mut whole = vec![(from, 0.0)];
    whole.extend_from_slice(points);
    whole.push((to, last));
    whole
}

/// The last value of a line.
pub(super) fn last(points: &Points) -> Option<f64> {
    points.iter().rev().map(|p| p.1).find(|v| v.is_finite())
}

/// The first value of a line.
pub(super) fn first(points: &Points) -> Option<f64> {
    points.iter().map(|p| p.1).find(|v| v.is_finite())
}

/// The highest value of a line.
pub(super) fn highest(points: &Points) -> Option<f64> {
    let finite = points.iter().map(|p| p.1).filter(|v| v.is_finite());
    finite.reduce(f64::max)
}

/// Whether a line is ever above nothing.
pub(super) fn is_ever_positive(points: &Points) -> bool {
    has_values(points) && highest(points).is_some_and(|v| v > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_stand_on_each_other_and_debts_hang_down() {
        let bins = Bins::fine((0.0, 2.0), 2);
        let mut panel = Panel::new("", 100.0, YAxis::linear(Unit::Usd));
        let all = [[1.0, f64::NAN], [-2.0, f64::NAN], [3.0, f64::NAN]];
        let slices = all.each_ref().map(|values| Slice {
            values,
            color: color(0),
        });
        stack(&mut panel, bins, &slices);
        let first = |layer: &Layer| match layer {
            Layer::Band { points, .. } => (points[0].1, points[0].2, points[1].1.is_nan()),
            _ => unreachable!("a stack is of bands"),
        };
        let found: Vec<_> = panel.layers.iter().map(first).collect();
        assert_eq!(
            found,
            [(0.0, 1.0, true), (0.0, -2.0, true), (1.0, 4.0, true)]
        );
    }

    #[test]
    fn only_decades_ask_for_powers_of_ten() {
        let axis = |low: f64| axis_for(Unit::Price, [&vec![(0.0, 1.0), (1.0, low)]], 20.0);
        assert!(!axis(0.3).log && axis(0.001).log && !axis(0.0).log && !axis(-5.0).log);
        assert!(!axis_for(Unit::Price, [], 20.0).log);
    }

    #[test]
    fn totals_last_from_beginning_to_end() {
        let whole = whole_total(&vec![(2.0, 0.0), (2.0, 5.0)], (0.0, 9.0));
        assert_eq!(whole, [(0.0, 0.0), (2.0, 0.0), (2.0, 5.0), (9.0, 5.0)]);
        assert_eq!(whole_total(&vec![], (0.0, 9.0)), [(0.0, 0.0), (9.0, 0.0)]);
    }
}
