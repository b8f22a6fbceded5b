//! What a pool holds, and what its liquidity earns or loses.

use super::stack::{Slice, axis_for, color, is_ever_positive, last, stack};
use super::{has_values, over_time};
use crate::data::{Points, Pool, PoolCoin, RunData};
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::{Unit, percent, usd};
use crate::style::{BLUE, GREEN, INK, LineStyle, ORANGE, VERMILION};

/// Prices within this factor of each other are of coins that are meant to cost the same.
const PEGGED: f64 = 2.0;
/// Values further apart than this factor stand on a logarithmic axis.
const DECADES: f64 = 50.0;

/// Parts of a pool on top of each other, the first coin at the bottom; below it what the pool is
/// worth. Coins that cost about the same are counted in units, others at the pool's own prices.
#[must_use]
pub fn pool_composition(data: &RunData, pool: &Pool) -> Figure {
    let pegged = is_pegged(pool);
    let title = format!("{}: composition", pool.name);
    let mut figure = over_time(data, title, subtitle(data, pool));
    let title = if pegged {
        "share of all units in the pool"
    } else {
        "share of the value at the pool's own prices"
    };
    let axis = YAxis::linear(Unit::Percent).with(0.0).with(1.0);
    let mut panel = Panel::new(title, 300.0, axis).or_say("the pool is empty");
    let shares: Vec<Vec<f64>> = if pegged {
        pool.coins.iter().map(|coin| coin.share.clone()).collect()
    } else {
        by_value(&pool.coins)
    };
    let slice = |(place, values): (usize, &Vec<f64>)| (color(place), values.clone());
    let slices: Vec<_> = shares.iter().enumerate().map(slice).collect();
    let slices: Vec<Slice<'_>> = slices
        .iter()
        .map(|(color, values)| Slice {
            values,
            color: *color,
        })
        .collect();
    stack(&mut panel, pool.bins, &slices);
    for (place, coin) in pool.coins.iter().enumerate() {
        let key = Key::filled(coin.symbol.clone(), color(place));
        figure.legend.push(key);
    }
    figure.panels.push(panel);
    if is_ever_positive(&pool.value) {
        let axis = axis_for(Unit::Usd, [&pool.value], DECADES);
        let mut panel = Panel::new("the pool at the prices outside (USD)", 110.0, axis);
        panel.line(pool.value.clone(), LineStyle::solid(INK, 1.6));
        figure.panels.push(panel);
    }
    figure
}

/// Whether all coins of a pool begin at nearly one price.
fn is_pegged(pool: &Pool) -> bool {
    let near = |price: f64| (1.0 / PEGGED..=PEGGED).contains(&price);
    let first = |coin: &PoolCoin| coin.price.iter().copied().find(|p| p.is_finite());
    pool.coins.iter().skip(1).filter_map(first).all(near)
}

/// Parts of the value by coin. The pool's prices are in units of its first coin.
fn by_value(coins: &[PoolCoin]) -> Vec<Vec<f64>> {
    let value = |(place, coin): (usize, &PoolCoin)| -> Vec<f64> {
        let prices = coin.price.iter().zip(&coin.reserve);
        let worth = |(price, units): (&f64, &f64)| if place == 0 { *units } else { price * units };
        prices.map(worth).collect()
    };
    let mut values: Vec<Vec<f64>> = coins.iter().enumerate().map(value).collect();
    let bins = values.first().map_or(0, Vec::len);
    for bin in 0..bins {
        let total: f64 = values.iter().filter_map(|v| v.get(bin)).sum();
        for value in values.iter_mut().filter_map(|v| v.get_mut(bin)) {
            *value /= total;
        }
    }
    values
}

fn subtitle(data: &RunData, pool: &Pool) -> String {
    let most = pool.coins.iter().filter_map(|coin| {
        let shares = coin.share.iter().copied().filter(|s| s.is_finite());
        Some((shares.reduce(f64::max)?, coin))
    });
    let mut out = format!("{}.", data.run_name());
    let most = most.max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((share, coin)) = most.filter(|_| is_pegged(pool)) {
        out += &format!(" {} was up to {} of it.", coin.symbol, percent(share));
    }
    if let Some(value) = last(&pool.value) {
        out += &format!(" Worth {} in the end.", usd(value));
    }
    out
}

/// A share bought at the start against its coins held, and against the portfolio that always holds
/// what the share holds and trades at the prices outside; then the differences.
#[must_use]
pub fn lp_value(data: &RunData, pool: &Pool) -> Figure {
    let mut out = data.run_name();
    let ends = [&pool.share, &pool.hold, &pool.rebalance].map(last);
    if let [Some(share), Some(hold), Some(rebalance)] = ends {
        out += &format!(
            ". In the end the share is worth {} of its start: {} against holding its coins, {} \
             against rebalancing.",
            percent(share),
            signed(share - hold),
            signed(share - rebalance)
        );
    }
    let title = format!("{}: value of liquidity", pool.name);
    let mut figure = over_time(data, title, out);
    let start = "value over the value at the start";
    let mut value = Panel::new(start, 230.0, YAxis::linear(Unit::Percent).with(1.0));
    let less = "share minus the other (of the value at the start)";
    let mut loss = Panel::new(less, 160.0, YAxis::linear(Unit::Percent).with(0.0));
    for (points, label, style) in [
        (&pool.hold, "coins held", LineStyle::solid(ORANGE, 1.8)),
        (
            &pool.rebalance,
            "rebalancing portfolio",
            LineStyle::solid(GREEN, 1.8),
        ),
        (
            &pool.share,
            "share of the pool, with its fees",
            LineStyle::solid(BLUE, 1.8),
        ),
    ] {
        if has_values(points) {
            value.line(points.clone(), style);
            figure.legend.push(Key::line(label, style));
        }
    }
    for (other, label, style) in [
        (
            &pool.hold,
            "share minus held",
            LineStyle::dashed(ORANGE, 1.8),
        ),
        (
            &pool.rebalance,
            "share minus rebalancing",
            LineStyle::dashed(VERMILION, 1.8),
        ),
    ] {
        let line = difference(&pool.share, other);
        if has_values(&line) {
            loss.line(line, style);
            figure.legend.push(Key::line(label, style));
        }
    }
    figure.panels = vec![value, loss];
    figure
}

fn signed(part: f64) -> String {
    let sign = if part > 0.0 { "+" } else { "" };
    format!("{sign}{}", crate::format::grouped(part * 100.0, 2)) + "%"
}

/// One line minus another. Both were thinned by themselves, so each point of the first meets the
/// straight line between the neighbours in the second.
fn difference(line: &Points, other: &Points) -> Points {
    let at = |time: f64| {
        let next = other.partition_point(|p| p.0 < time);
        let (after, before) = (other.get(next), next.checked_sub(1).map(|k| other[k]));
        match (before, after) {
            (_, Some(&(t, v))) if t == time => v,
            (Some((t0, v0)), Some(&(t1, v1))) if t1 > t0 => {
                v0 + (v1 - v0) * (time - t0) / (t1 - t0)
            }
            _ => f64::NAN,
        }
    };
    line.iter().map(|&(t, v)| (t, v - at(t))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_value_use_the_price_in_the_first_coin() {
        let coin = |reserve: f64, price: f64| PoolCoin {
            symbol: String::new(),
            reserve: vec![reserve],
            share: vec![f64::NAN],
            price: vec![price],
        };
        // 300 dollars and 1 ether at 100 dollars: three quarters and one. The first coin's price is
        // in units of the second and does not count.
        let shares = by_value(&[coin(300.0, 0.01), coin(1.0, 100.0)]);
        assert_eq!(shares, [[0.75], [0.25]]);
    }

    #[test]
    fn differences_meet_between_points() {
        let line = vec![(0.0, 5.0), (1.0, 5.0), (3.0, 5.0)];
        let other = vec![(0.0, 1.0), (2.0, 3.0)];
        let found = difference(&line, &other);
        assert_eq!(found[..2], [(0.0, 4.0), (1.0, 3.0)]);
        assert!(found[2].1.is_nan());
    }
}
