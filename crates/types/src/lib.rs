//! The vocabulary every firesale crate shares: exact arithmetic, identifiers, time, randomness.
//!
//! # Model
//!
//! * A [`Price`] is a number of ticks, a [`Qty`] a number of lots, [`Usd`] a number of
//!   millionths of a dollar: all `i64`, so that every balance is exact.
//! * One tick times one lot of an instrument is a whole number of micro-USD (its
//!   [`UnitValue`]), so a notional is an exact product and never rounded.
//! * Where a ratio does enter (fees, margin, funding), [`mul_div`] computes through `i128` and the
//!   caller names the [`Rounding`].
//! * [`SimTime`] counts nanoseconds since the scenario's start.
//! * A random stream is a pure function of (seed, domain, population, index, wake time), see
//!   [`AgentRng`]; samplers use `libm`, so they give the same bits on every platform.
//!
//! **Invariant:** this crate knows no market, no agent and no file format; it holds only what two
//! other crates use. Overflow is a broken invariant and stops the run; nothing wraps.

mod id;
mod money;
mod random;
mod sampler;
mod time;
mod token;

pub use id::{AccountId, AgentId, AssetId, InstrumentId, OrderId, Side, VenueId};
pub use money::{
    ArithmeticError, Price, Qty, Rate, Rounding, UnitValue, Usd, mul_div, round_to_i64,
};
pub use random::{AgentRng, Domain, RunSeed, StreamKey, hash64};
pub use sampler::{exponential, lognormal, normal, normal_quantile, pareto, poisson};
pub use time::{SimDuration, SimTime};
pub use token::TokenUnits;
