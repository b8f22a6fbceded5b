//! Pools and lenders of a chain as pure arithmetic on integers.
//!
//! **Invariant:** `amm` knows no agents, ECS, clock, chain or randomness; no number in it is a float.

pub mod balancer;
mod concentrated;
mod constant_product;
mod error;
pub mod lending;
mod math;
mod stable_swap;

pub use concentrated::{
    AmountSpecified, ConcentratedLiquidity, FEE_TIERS, LiquiditySegment, MAX_SQRT_RATIO, MAX_TICK,
    MIN_SQRT_RATIO, MIN_TICK, Position, PositionKey, SwapDeltas, Tick, liquidity_for_amounts,
    price_to_sqrt_x96, sqrt_ratio_at_tick, sqrt_x96_to_price, tick_at_sqrt_ratio,
};
pub use constant_product::ConstantProduct;
pub use error::{ConfigError, PoolError};
pub use ruint::aliases::U256;
pub use stable_swap::{Amplification, OneCoin, StableExchange, StableSwap, StableSwapConfig};
