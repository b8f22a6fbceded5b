//! Pools and lenders of a chain as pure arithmetic on integers.
//!
//! **Invariant:** `amm` knows no agents, ECS, clock, chain or randomness; no number in it is a float.

pub mod lending;
