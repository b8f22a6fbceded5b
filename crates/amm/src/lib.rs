//! Pools and lenders of a chain as pure arithmetic on integers.
//!
//! # Model
//!
//! * Four kinds of pools, each exact to the unit with the contract it is named after:
//!   [`ConstantProduct`] (Uniswap v2), [`ConcentratedLiquidity`] (Uniswap v3), [`StableSwap`] (Curve)
//!   and the [`balancer`] pools, weighted and stable. [`Pool`] is their common face.
//! * Amounts are `u128` in a token's own smallest units; between there are 256 bits, and products of
//!   512 where a contract has them. What makes a contract revert is a [`PoolError`].
//! * Each pool counts its shares or positions; who owns them, who may call and what time it is are
//!   the chain's business.
//! * Rounding is the contract's and always in the pool's favour: whoever goes in and out again has at
//!   most what he brought, less fees.
//! * A pool that is described wrongly is refused with a [`ConfigError`] that names the key.
//!
//! **Invariants:** `amm` knows no agents, ECS, clock, chain or randomness; no number in its state is
//! a float (views of prices are, and none comes back); a refused operation leaves no trace; pools
//! serialize and are equal after it.

pub mod balancer;
mod concentrated;
mod constant_product;
mod error;
pub mod lending;
mod math;
mod pool;
mod stable_swap;

pub use concentrated::{
    AmountSpecified, ConcentratedLiquidity, FEE_TIERS, LiquiditySegment, MAX_SQRT_RATIO, MAX_TICK,
    MIN_SQRT_RATIO, MIN_TICK, Position, PositionKey, SwapDeltas, Tick, liquidity_for_amounts,
    price_to_sqrt_x96, sqrt_ratio_at_tick, sqrt_x96_to_price, tick_at_sqrt_ratio,
};
pub use constant_product::ConstantProduct;
pub use error::{ConfigError, PoolError};
pub use pool::{Pool, Quote, Swap};
pub use ruint::aliases::U256;
pub use stable_swap::{Amplification, OneCoin, StableExchange, StableSwap, StableSwapConfig};
