//! Every chart: a function from a run's data to a figure.

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

use crate::data::{Chain, Issuer, Lender, Market, Points, Pool, RunData, Stat};
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
    ChartSpec {
        name: "peg",
        title: "Price of a coin by place",
        caption: "What the coin costs on order books and in pools, what lending markets and the \
            public believe, and what a claim on the issuer is worth in truth: a depeg can be \
            local.",
        draw: Draw::Each(|data| each(data, &data.coins, |coin| coin.symbol.clone(), |_| true, peg)),
    },
    ChartSpec {
        name: "supply_and_redemptions",
        title: "Supply and redemptions",
        caption: "Coins that exist, what was made, destroyed and paid out since the start, and \
            coins that wait to be redeemed; shaded while redemptions are not paid.",
        draw: Draw::Each(|data| {
            let all = |_: &Issuer| true;
            each(
                data,
                &data.issuers,
                issuer_name,
                all,
                supply_and_redemptions,
            )
        }),
    },
    ChartSpec {
        name: "reserve_ladder",
        title: "Reserve by part",
        caption: "What stands behind the coins: the part that is used first on top, paler what \
            cannot be reached, and what is owed at par as a line.",
        draw: Draw::Each(|data| {
            let with = reserve::has_reserve;
            each(data, &data.issuers, issuer_name, with, reserve_ladder)
        }),
    },
    ChartSpec {
        name: "seigniorage",
        title: "Seigniorage",
        caption: "Tokens that an algorithmic issuer has printed, on a logarithmic axis, what its \
            coin costs, and the coins that the yield anchor still holds.",
        draw: Draw::Each(|data| {
            let with = |issuer: &Issuer| stack::is_ever_positive(&issuer.seigniorage);
            each(data, &data.issuers, issuer_name, with, seigniorage)
        }),
    },
    ChartSpec {
        name: "pool_composition",
        title: "Composition of a pool",
        caption: "Parts of a pool by coin: who wants to leave a coin leaves it here.",
        draw: Draw::Each(|data| {
            let with = |pool: &Pool| !pool.coins.is_empty();
            each(data, &data.pools, pool_name, with, pool_composition)
        }),
    },
    ChartSpec {
        name: "liquidity_by_tick",
        title: "Liquidity by price",
        caption: "Liquidity of a concentrated pool between each two prices at the start and at \
            the end of the run.",
        draw: Draw::Each(|data| {
            each(
                data,
                &data.pools,
                pool_name,
                ticks::has_ticks,
                liquidity_by_tick,
            )
        }),
    },
    ChartSpec {
        name: "lp_value",
        title: "Value of liquidity",
        caption: "A share of the pool with its fees, against the coins of the start held \
            (divergence loss) and against a portfolio that always holds what the share holds but \
            trades at the prices outside (loss versus rebalancing).",
        draw: Draw::Each(|data| {
            let with = |pool: &Pool| has_values(&pool.share);
            each(data, &data.pools, pool_name, with, lp_value)
        }),
    },
    ChartSpec {
        name: "health_factors",
        title: "Debt by health factor",
        caption: "Debt and borrowers of a lending market by health factor, the weakest at the \
            bottom; below 1 collateral may be seized.",
        draw: Draw::Each(|data| {
            each(
                data,
                &data.lenders,
                lender_name,
                lending::has_borrowers,
                health_factors,
            )
        }),
    },
    ChartSpec {
        name: "lender_utilization",
        title: "Utilization and rates of a lender",
        caption: "How much of what is lent is drawn out, what borrowers pay for it, and what \
            lenders can still withdraw.",
        draw: Draw::Each(|data| {
            each(
                data,
                &data.lenders,
                lender_name,
                lending::has_assets,
                lender_utilization,
            )
        }),
    },
    ChartSpec {
        name: "bad_debt_dex",
        title: "Seized collateral and bad debt",
        caption: "Collateral that keepers seized in a lending market, and debt that it wrote off.",
        draw: Draw::Each(|data| {
            each(
                data,
                &data.lenders,
                lender_name,
                lending::has_losses,
                bad_debt_dex,
            )
        }),
    },
    ChartSpec {
        name: "gas",
        title: "Gas and transactions",
        caption: "Base fee of a chain, agents' transactions that wait for a block, and what \
            became of the others.",
        draw: Draw::Each(|data| {
            let name = |chain: &Chain| chain.name.clone();
            each(data, &data.chains, name, |_| true, gas)
        }),
    },
];

fn issuer_name(issuer: &Issuer) -> String {
    issuer.name.clone()
}

fn pool_name(pool: &Pool) -> String {
    pool.name.clone()
}

fn lender_name(lender: &Lender) -> String {
    lender.name.clone()
}

/// The figures of the things that have something to show.
fn each<T>(
    data: &RunData,
    things: &[T],
    name: impl Fn(&T) -> String,
    shown: impl Fn(&T) -> bool,
    draw: fn(&RunData, &T) -> Figure,
) -> Vec<(String, Figure)> {
    let shown = things.iter().filter(|thing| shown(thing));
    shown
        .map(|thing| (name(thing), draw(data, thing)))
        .collect()
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
