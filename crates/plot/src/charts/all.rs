//! The list of all charts: names, captions, and how each is drawn.

use super::*;
use crate::data::{Chain, Issuer, Lender, Pool};

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
