//! Liquidity of a concentrated pool by price.

use super::stack::pale;
use crate::data::{Pool, Ranges, RunData};
use crate::figure::{Bar, Figure, Key, Layer, Panel, XAxis, YAxis};
use crate::format::{self, Unit};
use crate::style::{BLUE, LineStyle, VERMILION};

/// The part of the concentrated capital at each moment that the picture shows.
const SHOWN: f64 = 0.9;
/// Liquidity further from the price than this factor is not concentrated. It stands everywhere, and
/// showing all of it would squeeze the rest into one line.
const FAR: f64 = 50.0;
/// Windows wider than this factor have a logarithmic axis.
const WIDE: f64 = 4.0;

/// Boxes at the start, a line at the end, and the price in the pool at both moments.
#[must_use]
pub fn liquidity_by_tick(data: &RunData, pool: &Pool) -> Figure {
    let (low, high) = window(pool);
    let mut legend = Vec::new();
    let power = power(pool, (low, high));
    let title = match power {
        0 => "liquidity between two prices (L)".to_owned(),
        _ => format!("liquidity between two prices (L, in units of 1e{power})"),
    };
    let axis = YAxis::linear(Unit::Number).with(0.0);
    let mut panel = Panel::new(title, 400.0, axis).or_say("no liquidity");
    let scale = libm::pow(10.0, f64::from(-power));
    let (at_start, at_end) = (scaled(&pool.before, scale), scaled(&pool.after, scale));
    let before = bars(&at_start, (low, high));
    if !before.is_empty() {
        let color = pale(BLUE);
        panel.add(Layer::Bars {
            bars: before,
            color,
        });
        legend.push(Key::filled("before", color));
    }
    let after = outline(&at_end, (low, high));
    if !after.is_empty() {
        let style = LineStyle::solid(VERMILION, 1.8);
        panel.line(after, style);
        legend.push(Key::line("after", style));
    }
    let (range, unit, title) = ((low, high), Unit::Price, price_title(pool));
    let x = if high / low > WIDE {
        XAxis::Log { range, unit, title }
    } else {
        XAxis::Linear { range, unit, title }
    };
    let price = |moment: &Ranges, label: &str| (moment.price, label.to_owned());
    let mut events = vec![price(&pool.before, "price before")];
    events.push(price(&pool.after, "price after"));
    events.retain(|e| e.0.is_finite());
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    Figure {
        title: format!("{}: liquidity by price", pool.name),
        subtitle: format!(
            "{}. Price {} before, {} after. The picture holds nine tenths of the concentrated capital.",
            data.run_name(),
            format::price(pool.before.price),
            format::price(pool.after.price)
        ),
        legend,
        x,
        events,
        spans: Vec::new(),
        panels: vec![panel],
    }
}

fn price_title(pool: &Pool) -> String {
    match &pool.coins[..] {
        [first, second, ..] => format!("price ({} for one {})", second.symbol, first.symbol),
        _ => "price (second coin for one of the first)".to_owned(),
    }
}

/// Capital of a range within a window, in units of the second coin, at a price: the amounts of both
/// coins that the liquidity stands for (Adams et al. 2021, section 6.2).
fn capital(&(lower, upper, liquidity): &(f64, f64, f64), window: (f64, f64), price: f64) -> f64 {
    let (a, b) = (lower.max(window.0), upper.min(window.1));
    if a >= b || liquidity <= 0.0 {
        return 0.0;
    }
    let (a, b) = (a.sqrt(), b.sqrt());
    let here = price.sqrt().clamp(a, b);
    let second = here - a;
    let first = if here > 0.0 {
        1.0 / here - 1.0 / b
    } else {
        0.0
    };
    liquidity * (second + first * price)
}

/// The narrowest window around the price that shows nine tenths of the capital that is concentrated;
/// of all if none is.
fn around(moment: &Ranges) -> Option<(f64, f64)> {
    let price = Some(moment.price).filter(|p| p.is_finite() && *p > 0.0)?;
    let far = |r: &&(f64, f64, f64)| r.0 < price / FAR || r.1 > price * FAR;
    let everywhere = moment.ranges.iter().filter(far).map(|r| r.2);
    let everywhere = everywhere.fold(0.0, f64::max);
    narrowest(&moment.ranges, price, everywhere).or_else(|| narrowest(&moment.ranges, price, 0.0))
}

/// The same of the liquidity beyond what is everywhere.
fn narrowest(ranges: &[(f64, f64, f64)], price: f64, everywhere: f64) -> Option<(f64, f64)> {
    let inside = |window| -> f64 {
        let beyond = |&(lower, upper, liquidity): &(f64, f64, f64)| {
            capital(&(lower, upper, liquidity - everywhere), window, price)
        };
        ranges.iter().map(beyond).sum()
    };
    let all = inside((0.0, f64::INFINITY));
    if !(all.is_finite() && all > 0.0) {
        return None;
    }
    let mut width = 1.001;
    while inside((price / width, price * width)) < SHOWN * all && width < 1e4 {
        width = 1.0 + (width - 1.0) * 1.25;
    }
    Some((price / width, price * width))
}

/// What is shown: the windows of both moments with some air.
fn window(pool: &Pool) -> (f64, f64) {
    let windows = [around(&pool.before), around(&pool.after)];
    let windows = windows.into_iter().flatten();
    let union = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let (low, high) = windows.reduce(union).unwrap_or((0.5, 2.0));
    let air = libm::pow(high / low, 0.06);
    (low / air, high * air)
}

/// Whether a pool has liquidity by price.
pub(super) fn has_ticks(pool: &Pool) -> bool {
    around(&pool.before).is_some() || around(&pool.after).is_some()
}

/// Ranges that reach into the window, cut at its ends.
fn cut(moment: &Ranges, (low, high): (f64, f64)) -> impl Iterator<Item = (f64, f64, f64)> {
    let inside = move |r: &&(f64, f64, f64)| r.1 > low && r.0 < high && r.2 > 0.0;
    let cut = move |r: &(f64, f64, f64)| (r.0.max(low), r.1.min(high), r.2);
    moment.ranges.iter().filter(inside).map(cut)
}

/// The power of a thousand, as one of ten, that the most liquid range is counted in.
fn power(pool: &Pool, window: (f64, f64)) -> i32 {
    let all = cut(&pool.before, window).chain(cut(&pool.after, window));
    let most = all.map(|r| r.2).fold(1.0, f64::max);
    (libm::log10(most) / 3.0).floor() as i32 * 3
}

fn scaled(moment: &Ranges, scale: f64) -> Ranges {
    let ranges = moment.ranges.iter().map(|r| (r.0, r.1, r.2 * scale));
    Ranges {
        price: moment.price,
        ranges: ranges.collect(),
    }
}

fn bars(moment: &Ranges, window: (f64, f64)) -> Vec<Bar> {
    let bar = |(a, b, liquidity)| Bar {
        x: (a, b),
        y: (0.0, liquidity),
    };
    cut(moment, window).map(bar).collect()
}

/// Up, along and down; between ranges that do not touch it lies on the ground.
fn outline(moment: &Ranges, window: (f64, f64)) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (a, b, liquidity) in cut(moment, window) {
        match points.last().copied() {
            Some((end, _)) if end * (1.0 + 1e-9) >= a => {}
            Some((end, _)) => points.extend([(end, 0.0), (a, 0.0)]),
            None if a > window.0 => points.extend([(window.0, 0.0), (a, 0.0)]),
            None => {}
        }
        points.extend([(a, liquidity), (b, liquidity)]);
    }
    if let Some(&(end, _)) = points.last()
        && end < window.1
    {
        points.extend([(end, 0.0), (window.1, 0.0)]);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_position_is_not_squeezed_by_the_full_range() {
        let moment = Ranges {
            price: 1.0,
            ranges: vec![
                (1e-38, 0.99, 50.0),
                (0.99, 1.01, 10_000.0),
                (1.01, 1e38, 50.0),
            ],
        };
        let (low, high) = around(&moment).unwrap();
        assert!(0.98 < low && low < 0.995 && 1.005 < high && high < 1.02);
        assert_eq!(bars(&moment, (0.5, 2.0))[0].x, (0.5, 0.99));
    }

    #[test]
    fn capital_is_both_coins() {
        // sqrt prices 1 to 2 at 1: nothing of the second coin, (1/1 - 1/2) of the first at 1.
        assert_eq!(capital(&(1.0, 4.0, 6.0), (0.0, 9.0), 1.0), 3.0);
        // At 4 all is in the second coin: 2 - 1.
        assert_eq!(capital(&(1.0, 4.0, 6.0), (0.0, 9.0), 4.0), 6.0);
        assert_eq!(capital(&(1.0, 4.0, 6.0), (4.0, 9.0), 4.0), 0.0);
    }

    #[test]
    fn holes_lie_on_the_ground() {
        let moment = Ranges {
            price: 1.0,
            ranges: vec![(1.0, 2.0, 5.0), (2.0, 3.0, 7.0), (4.0, 5.0, 1.0)],
        };
        let points = outline(&moment, (0.5, 6.0));
        let expected = [
            (0.5, 0.0),
            (1.0, 0.0),
            (1.0, 5.0),
            (2.0, 5.0),
            (2.0, 7.0),
            (3.0, 7.0),
            (3.0, 0.0),
            (4.0, 0.0),
            (4.0, 1.0),
            (5.0, 1.0),
            (5.0, 0.0),
            (6.0, 0.0),
        ];
        assert_eq!(points, expected);
    }
}
