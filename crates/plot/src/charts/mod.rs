//! Every chart: a function from a run's data to a figure.

mod cascades;
mod drawdowns;
mod equity;
mod funding;
mod heatmap;
mod insurance;
mod leverage;
mod liquidations;
mod liquidity;
mod losses;
mod open_interest;
mod price;

pub use cascades::{branching, cascade_number, cascade_sizes};
pub use drawdowns::drawdowns;
pub use equity::equity_by_population;
pub use funding::funding;
pub use heatmap::depth_heatmap;
pub use insurance::insurance_and_adl;
pub use leverage::leverage_before_after;
pub use liquidations::liquidations_by_minute;
pub use liquidity::depth_and_spread;
pub use losses::losses_by_bearer;
pub use open_interest::open_interest;
pub use price::price_and_liquidations;

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

/// All charts in the order of the report.
pub const ALL: &[ChartSpec] = &[
    ChartSpec {
        name: "price_and_liquidations",
        title: "Price and liquidations",
        caption: "Last trade, mark and index price with every forced close at its price; where the \
            scenario has one, the price that was seen in reality.",
        draw: Draw::Market(price_and_liquidations),
    },
    ChartSpec {
        name: "liquidations_by_minute",
        title: "Liquidations by minute",
        caption: "Positions closed by force, longs upwards and shorts downwards, by who took them: \
            the public book, the backstop vault, the insurance fund, or winners \
            (auto-deleveraging, ADL).",
        draw: Draw::Run(liquidations_by_minute),
    },
    ChartSpec {
        name: "drawdowns",
        title: "All instruments from the news on",
        caption: "Last trade of each instrument, 100 at the moment of the news (or at the start).",
        draw: Draw::Run(drawdowns),
    },
    ChartSpec {
        name: "open_interest",
        title: "Open interest",
        caption: "Sum of long positions at the mark price, which equals that of the short ones, by \
            instrument over all venues.",
        draw: Draw::Run(open_interest),
    },
    ChartSpec {
        name: "depth_and_spread",
        title: "Depth and spread",
        caption: "Resting orders within 1% of the mid on each side, and the distance between best \
            bid and best ask: medians of short spans of time with their extremes.",
        draw: Draw::Market(depth_and_spread),
    },
    ChartSpec {
        name: "depth_heatmap",
        title: "Depth by distance from the mid",
        caption: "Resting orders by time and distance from the mid; dark is deep, white is empty.",
        draw: Draw::Market(depth_heatmap),
    },
    ChartSpec {
        name: "funding",
        title: "Funding rate",
        caption: "What longs pay to shorts in each interval; negative where shorts pay.",
        draw: Draw::Run(funding),
    },
    ChartSpec {
        name: "leverage_before_after",
        title: "Leverage before and after",
        caption: "Positions and accounts by leverage (notional over equity) at the start and at \
            the end of the run.",
        draw: Draw::Run(leverage_before_after),
    },
    ChartSpec {
        name: "cascade_sizes",
        title: "Sizes of cascades",
        caption: "Trees of liquidations that caused each other, counted by the number of accounts \
            in them.",
        draw: Draw::Run(cascade_sizes),
    },
    ChartSpec {
        name: "cascade_number",
        title: "Cascade number",
        caption: "Forced selling that one dollar of forced selling brings about: above 1 the fall \
            feeds itself.",
        draw: Draw::Run(cascade_number),
    },
    ChartSpec {
        name: "branching",
        title: "Branching ratio",
        caption: "Liquidations that a liquidation of each minute brought about, counted in parts, \
            and the part of the minute's own losses that force brought about: above 1 the cascade \
            grows.",
        draw: Draw::Run(branching),
    },
    ChartSpec {
        name: "equity_by_population",
        title: "Who lost and who gained",
        caption: "Profit and loss of each population since the start, and the part of its accounts \
            that still has equity.",
        draw: Draw::Run(equity_by_population),
    },
    ChartSpec {
        name: "insurance_and_adl",
        title: "Insurance, deleveraging, bad debt",
        caption: "Insurance funds, positions of winners that were closed to cover bankrupt \
            accounts (auto-deleveraging, ADL), and deficits that nobody's margin covered.",
        draw: Draw::Run(insurance_and_adl),
    },
    ChartSpec {
        name: "losses_by_bearer",
        title: "Who bore the losses beyond margin",
        caption: "What insurance funds lost since the start, deficits of bankrupt accounts and their \
            own trading together, what winners gave up against the mark when they were closed, and \
            what the layers of clearing houses paid.",
        draw: Draw::Run(losses_by_bearer),
    },
];

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
