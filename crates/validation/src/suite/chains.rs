//! Checks of pools and lenders.

use crate::check::Check;
use crate::checks::{lending, lvr, pools};
use crate::vectors;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "constant-product",
            source: "Uniswap v2 whitepaper: x y = k, fee on the input; closed forms",
            method: "swaps through the integer pool, 18 decimals",
            run: pools::closed_forms,
        },
        Check {
            name: "divergence-loss",
            source: "closed form: 2 sqrt(r) / (1 + r) - 1 of what was put in",
            method: "an arbitrageur moves the integer pool to r times its price",
            run: pools::divergence_loss,
        },
        Check {
            name: "lvr",
            source: "Milionis, Moallemi, Roughgarden and Zhang, arXiv 2208.06046: sigma^2 / 8 a year",
            method: "GBM, 2,000 steps of 30 days, arbitrage through the integer pool, 4,000 paths",
            run: lvr::without_fee,
        },
        Check {
            name: "lvr-fee",
            source: "Milionis, Moallemi and Roughgarden, arXiv 2305.14604: 1 / (1 + gamma sqrt(2 / dt) / sigma)",
            method: "Poisson blocks, arbitrage through the integer pool, 250,000 blocks, 10 seeds",
            run: lvr::with_fee,
        },
        Check {
            name: "lending",
            source: "toxic liquidation: Warmuz et al., arXiv 2212.07306; loops 1 / (1 - LTV); by hand",
            method: "loans, loops and liquidations through the lending market",
            run: lending::rows,
        },
        Check {
            name: "uniswap-v3",
            source: "Uniswap v3-core, recorded in an EVM: files in uniswap-v3-vectors, exact",
            method: "every swap and tick of every file through the pool of integers",
            run: vectors::uniswap_v3,
        },
        Check {
            name: "stable-swap",
            source: "Curve on mainnet, curvesim, Balancer V3: files in stableswap-vectors, exact",
            method: "every operation and query of every file through the pools of integers",
            run: vectors::stable_swap,
        },
    ]
}
