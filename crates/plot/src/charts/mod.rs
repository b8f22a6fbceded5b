//! Every chart: a function from a run's data to a figure.

mod all;
mod cascades;
mod drawdowns;
mod equity;
mod funding;
mod gas;
mod heatmap;
mod insurance;
mod lending;
mod leverage;
mod liquidations;
mod liquidity;
mod losses;
mod open_interest;
mod peg;
mod pools;
mod price;
mod reserve;
mod seigniorage;
mod stack;
mod supply;
mod ticks;

pub use all::ALL;
pub use cascades::{branching, cascade_number, cascade_sizes};
pub use drawdowns::drawdowns;
pub use equity::equity_by_population;
pub use funding::funding;
pub use gas::gas;
pub use heatmap::depth_heatmap;
pub use insurance::insurance_and_adl;
pub use lending::{bad_debt_dex, health_factors, lender_utilization};
pub use leverage::leverage_before_after;
pub use liquidations::liquidations_by_minute;
pub use liquidity::depth_and_spread;
pub use losses::losses_by_bearer;
pub use open_interest::open_interest;
pub use peg::peg;
pub use pools::{lp_value, pool_composition};
pub use price::price_and_liquidations;
pub use reserve::reserve_ladder;
pub use seigniorage::seigniorage;
pub use supply::supply_and_redemptions;
pub use ticks::liquidity_by_tick;

use crate::data::{Market, Points, RunData, Stat};
use crate::figure::{Figure, Key, XAxis};
use crate::style::SHADE;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug)]
pub enum Draw {
    /// One chart of the whole run.
    Run(fn(&RunData) -> Figure),
    /// One chart of one instrument. Under the bare name it shows the most important instrument;
    /// others have files of their own, `name.SYMBOL.VENUE`.
    Market(fn(&RunData, Option<&Market>) -> Figure),
    /// One chart of each coin, issuer, chain, pool or lender that has anything to show, with its
    /// name; none in a run without them. The first stands under the bare name, others in files of
    /// their own, `name.THING`.
    Each(fn(&RunData) -> Vec<(String, Figure)>),
}

/// A chart's name, which is its file's, and what it shows.
#[derive(Clone, Copy, Debug)]
pub struct ChartSpec {
    /// The name.
    pub name: &'static str,
    /// The title, without the instrument.
    pub title: &'static str,
    /// How to read it, for the report.
    pub caption: &'static str,
    /// How it is drawn.
    pub draw: Draw,
}

/// The time axis of a run.
fn time_axis(data: &RunData) -> XAxis {
    XAxis::Time {
        range: data.range,
        clock: data.clock,
    }
}

/// A figure over time without legend and panels yet; public events are marked.
fn over_time(data: &RunData, title: impl Into<String>, subtitle: impl Into<String>) -> Figure {
    Figure {
        title: title.into(),
        subtitle: subtitle.into(),
        legend: Vec::new(),
        x: time_axis(data),
        events: data.news.clone(),
        spans: Vec::new(),
        panels: Vec::new(),
    }
}

/// Shades the halts of a market, with a key of their own.
fn shade_halts(figure: &mut Figure, market: &Market) {
    if !market.halts.is_empty() {
        figure.spans.clone_from(&market.halts);
        figure.legend.push(Key::filled("book halted", SHADE));
    }
}

/// What tells a market from the others: its symbol if only one venue has it.
fn short_label(data: &RunData, market: &Market) -> String {
    let same = data
        .markets
        .iter()
        .filter(|m| m.symbol == market.symbol)
        .count();
    if same > 1 {
        market.label()
    } else {
        market.symbol.clone()
    }
}

/// The medians of a noisy series as a line.
fn medians(stats: &[Stat]) -> Points {
    stats.iter().map(|s| (s.time, s.median)).collect()
}

/// Whether a line has a value at all.
fn has_values(points: &[(f64, f64)]) -> bool {
    points.iter().any(|p| p.1.is_finite())
}
