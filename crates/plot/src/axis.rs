//! Where ticks stand.

use crate::format::{Clock, Unit};

/// A tick: its value and its label.
pub(crate) type Tick = (f64, String);

/// The largest of 1, 2, 2.5 and 5 times a power of ten that gives at least `target` steps over a
/// span, or nearly so.
pub(crate) fn nice_step(span: f64, target: f64) -> f64 {
    let raw = span / target.max(1.0);
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let factor = match raw / power {
        f if f < 1.4 => 1.0,
        f if f < 2.2 => 2.0,
        f if f < 3.5 => 2.5,
        f if f < 7.0 => 5.0,
        _ => 10.0,
    };
    factor * power
}

/// Multiples of a nice step within a range.
pub(crate) fn linear_ticks(low: f64, high: f64, unit: Unit, target: f64) -> Vec<Tick> {
    let mut step = nice_step(high - low, target);
    if unit == Unit::Count {
        step = step.max(1.0);
    }
    let largest = low.abs().max(high.abs());
    multiples(low, high, step)
        .map(|value| (value, unit.tick(value, step, largest)))
        .collect()
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let slack = step * 1e-9;
    let first = ((low - slack) / step).ceil();
    let count = ((high + slack) / step).floor() - first;
    let count = if count.is_finite() {
        count.clamp(-1.0, 200.0) as i64
    } else {
        -1
    };
    (0..=count).map(move |k| (first + k as f64) * step)
}

/// Powers of ten within a range; with 2 and 5 between them if there would be few, and multiples of
/// a step if there would still be fewer than two.
pub(crate) fn log_ticks(low: f64, high: f64, unit: Unit, target: f64) -> Vec<Tick> {
    let (from, to) = (libm::floor(libm::log10(low)), libm::ceil(libm::log10(high)));
    let decades = (to - from).max(1.0);
    let factors: &[f64] = if decades * 1.8 <= target {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let stride = (decades / target).ceil().max(1.0) as usize;
    let inside = |v: &f64| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9);
    let ticks: Vec<f64> = (from as i64..=to as i64)
        .step_by(stride)
        .flat_map(|k| factors.iter().map(move |f| f * libm::pow(10.0, k as f64)))
        .filter(inside)
        .collect();
    if ticks.len() < 2 {
        return linear_ticks(low, high, unit, target.min(4.0))
            .into_iter()
            .filter(|t| t.0 > 0.0)
            .collect();
    }
    ticks.into_iter().map(|v| (v, unit.log_tick(v))).collect()
}

/// Steps of time axes in seconds.
const TIME_STEPS: [f64; 24] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    31_104_000.0,
];

/// Round clock times within a range of seconds since the start.
pub(crate) fn time_ticks(low: f64, high: f64, clock: Clock) -> Vec<Tick> {
    let start = clock.start_s();
    let with_day = clock.is_dated() && spans_days(start + low, start + high);
    // "10 Oct 12:00" is twice as long as "12:00".
    let most = if with_day { 7.0 } else { 12.0 };
    let last = TIME_STEPS[TIME_STEPS.len() - 1];
    let fits = |step: &f64| (high - low) / step <= most;
    let step = TIME_STEPS
        .into_iter()
        .find(fits)
        .unwrap_or(last * ((high - low) / last / most).ceil());
    multiples(start + low, start + high, step)
        .map(|at| at - start)
        .map(|at| (at, clock.label(at, step, with_day)))
        .collect()
}

/// Whether a range of Unix times is longer than a day and a half, where clock times alone mislead.
fn spans_days(from: f64, to: f64) -> bool {
    to - from > 1.5 * 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn prices_step_roundly() {
        let ticks = labels(linear_ticks(101_300.0, 117_200.0, Unit::Price, 6.0));
        assert_eq!(
            ticks,
            [
                "102,500", "105,000", "107,500", "110,000", "112,500", "115,000"
            ]
        );
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(
            labels(linear_ticks(0.0, 2.0, Unit::Count, 6.0)),
            ["0", "1", "2"]
        );
    }

    #[test]
    fn many_decades_and_few() {
        assert_eq!(
            labels(log_ticks(0.8, 20_000.0, Unit::Bps, 6.0)),
            ["1", "10", "100", "1k", "10k"]
        );
        assert_eq!(
            labels(log_ticks(1.5, 60.0, Unit::Bps, 6.0)),
            ["2", "5", "10", "20", "50"]
        );
        assert_eq!(log_ticks(3.1, 3.9, Unit::Bps, 6.0).len(), 4);
    }

    #[test]
    fn clock_ticks_are_round_even_if_the_start_is_not() {
        let clock = Clock::new(Some("2025-10-10T20:07:30Z"));
        let ticks = time_ticks(0.0, 10_800.0, clock);
        assert_eq!(ticks[0].1, "20:15");
        assert_eq!(ticks[0].0, 450.0);
        assert_eq!(ticks.last().unwrap().1, "23:00");
        let days = labels(time_ticks(0.0, 14.0 * 86_400.0, clock));
        assert_eq!(days[0], "11 Oct");
        assert!(days.len() <= 8);
    }

    #[test]
    fn strange_ranges_give_few_ticks_and_no_panic() {
        for (low, high) in [
            (0.0, 0.0),
            (1.0, 0.0),
            (-1e300, 1e300),
            (0.0, 1e-300),
            (1e15, 1e15 + 1.0),
        ] {
            assert!(
                linear_ticks(low, high, Unit::Usd, 6.0).len() < 30,
                "{low} {high}"
            );
            assert!(
                time_ticks(low, high, Clock::default()).len() < 30,
                "{low} {high}"
            );
        }
    }
}
