//! Checks of books and venues.

use crate::check::Check;
use crate::checks::{
    adl, brakes, clearing, cst, cst_chain, funding, margin, market_maker, perp_basis, portfolio,
    tiers, zero_intelligence,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "cst-mid",
            source: CST_3,
            method: "Markov chain of the two best queues, its transitions read off the book",
            run: cst_chain::mid_up,
        },
        Check {
            name: "cst-mid-mc",
            source: CST_3,
            method: "Poisson orders through the book, 15,000 paths a seed, median of 10 seeds",
            run: cst::mid_up,
        },
        Check {
            name: "cst-fill",
            source: CST_5,
            method: "Markov chain of own order and ask queue, its transitions read off the book",
            run: cst_chain::own_fill,
        },
        Check {
            name: "cst-fill-mc",
            source: CST_5,
            method: "Poisson orders through the book, 15,000 paths a seed, median of 10 seeds",
            run: cst::own_fill,
        },
        Check {
            name: "zi-spread",
            source: ZI,
            method: "event-driven, time-weighted, 400,000 events a seed, median of 10 seeds",
            run: zero_intelligence::spread,
        },
        Check {
            name: "zi-depth",
            source: ZI,
            method: "as zi-spread; lots between 5 and 10 p_c from the opposite best",
            run: zero_intelligence::far_depth,
        },
        Check {
            name: "avellaneda-stoikov",
            source: "Avellaneda and Stoikov, Quant. Finance 8 (2008) 217, Tables 1 to 3",
            method: "quotes and takers through the book, 2,000 paths a seed, median of 10 seeds",
            run: market_maker::tables,
        },
        Check {
            name: "margin",
            source: "closed form: p0 (1 -/+ 1/l), over (1 -/+ m) for liquidation",
            method: "isolated position through the exchange, mark moved tick by tick",
            run: margin::prices,
        },
        Check {
            name: "perp-basis",
            source: "Ackerer, Hugonnier and Jermann, Math. Finance (2025): no-arbitrage price",
            method: "one funding period through the exchange, bisection for the break-even price",
            run: perp_basis::basis,
        },
        Check {
            name: "funding",
            source: "Binance and Hyperliquid: F = P + clamp(I - P, -c, c), capped; fixed point F = r",
            method: "premiums quoted in the book, paid through the exchange; bisection for F = r",
            run: funding::fixed_point,
        },
        Check {
            name: "adl-algebra",
            source: "Chitra, arXiv 2512.01112: queue against pro rata, splits, scale, monotonicity",
            method: "the rules on a frozen list of 60 winners",
            run: adl::algebra,
        },
        Check {
            name: "adl-waves",
            source: "Chitra, Xu, Thogiti and Trujillo (MIT): Hyperliquid, 10 October 2025, 16 waves",
            method: "published budgets through pro rata by profit; winners stand in for unknown ones",
            run: adl::waves,
        },
        Check {
            name: "tiers",
            source: "Binance BTCUSDT brackets (Oct 2024) and Hyperliquid tiers, their deductions",
            method: "maintenance margin through the exchange, at each edge and a dollar above",
            run: tiers::edges,
        },
        Check {
            name: "portfolio-margin",
            source: "worst loss over a scenario grid with add-ons: example on paper",
            method: "hedged books through the exchange; one mark gaps, liquidation to the end",
            run: portfolio::examples,
        },
        Check {
            name: "ccp-cover2",
            source: "PFMI principle 4 (Cover-2): example of five members on paper",
            method: "default fund sized and paid in through the exchange",
            run: clearing::cover_two,
        },
        Check {
            name: "ccp-waterfall",
            source: "order of layers: Regulation (EU) 648/2012 article 45; example on paper",
            method: "one member's default by gaps of the mark, through the exchange",
            run: clearing::waterfall,
        },
        Check {
            name: "ccp-gains",
            source: "gains haircut and tear-up: CPMI-IOSCO recovery tools; example on paper",
            method: "as ccp-waterfall, beyond the assessments",
            run: clearing::gains,
        },
        Check {
            name: "luld",
            source: "Limit up-limit down plan: bands, 15 s limit state, 5 min halt, worked by hand",
            method: "trades and a quote at the band through the exchange",
            run: brakes::bands,
        },
        Check {
            name: "market-wide",
            source: "US market-wide breaker: -7% and -13% for 15 min until 15:25, -20% for the day",
            method: "a mark that falls cent by cent through the exchange",
            run: brakes::market_wide,
        },
        Check {
            name: "rolling-hour",
            source: "CME dynamic circuit breaker: 3.5% of the settlement, rolling 60 min, 2 min",
            method: "pairs of trades through the exchange, tick by tick",
            run: brakes::rolling,
        },
    ]
}

const ZI: &str = "Smith, Farmer et al., Quant. Finance 3 (2003) 481; reference run of the model";
const CST_3: &str = "Cont, Stoikov and Talreja, Oper. Res. 58 (2010) 549, Table 3: P(mid up)";
const CST_5: &str =
    "Cont, Stoikov and Talreja, Oper. Res. 58 (2010) 549, Prop. 5: P(own bid filled first)";
