//! The liquidity of a stable asset: reserves, redemption queue, peg, run.
