//! Agents in small markets of their own: what they do, and what they leave alone.

mod arbitrage;
mod lending;
mod liquidity;
mod town;
