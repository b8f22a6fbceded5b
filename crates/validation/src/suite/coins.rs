//! Checks of issuers and of those who hold their coins.

use crate::check::Check;
use crate::checks::{access, bills, deposits, global_game, premium};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "global-game",
            source: "Morris and Shin's form of a run: theta* = 1 - t for any noise",
            method: "2,000 players decide by the run rule, bisection, median of 10 seeds",
            run: global_game::rows,
        },
        Check {
            name: "goldstein-pauzner",
            source: "Goldstein and Pauzner (2005), linear utility: reference solution",
            method: "the integral, and what the line of an issuer pays 1,000 depositors",
            run: deposits::goldstein_pauzner,
        },
        Check {
            name: "diamond-dybvig",
            source: "Diamond and Dybvig (1983): two equilibria iff r1 > 1, 1 / r1 are paid",
            method: "1,000 depositors in the line of an issuer, the paid are counted",
            run: deposits::diamond_dybvig,
        },
        Check {
            name: "ma-zeng-zhang",
            source: "Ma, Zeng and Zhang: more arbitrageurs, smaller gaps and likelier runs",
            method: "the model at 1 to 560 arbitrageurs",
            run: access::ma_zeng_zhang,
        },
        Check {
            name: "primary-access",
            source: "Lyons and Viswanath-Natraj: wider access halves deviations, 0.4 to 0.6",
            method: "the model; dealers between a pool and an issuer, 250 days, 10 seeds",
            run: access::primary_access,
        },
        Check {
            name: "collateralized-premium",
            source: "Klages-Mundt and Minca: premium in a collateral crash; sizes by hand",
            method: "auctions of an issuer, a keeper who buys the coin in a pool",
            run: premium::rows,
        },
        Check {
            name: "bill-impulse",
            source: "Ahmed and Aldasoro, BIS WP 1270: outflows 2 to 3 times -2 to -2.5 bp",
            method: "redemptions of 3.5bn through a ladder of bills",
            run: bills::impulse,
        },
    ]
}
