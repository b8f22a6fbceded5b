//! The checks, one file for each model.

pub(crate) mod access;
pub(crate) mod adl;
pub mod avellaneda_stoikov;
pub(crate) mod bills;
pub(crate) mod brakes;
pub(crate) mod clearing;
pub(crate) mod cst;
pub(crate) mod cst_chain;
mod data;
pub(crate) mod deposits;
pub(crate) mod funding;
pub(crate) mod global_game;
pub(crate) mod lending;
pub(crate) mod lvr;
pub(crate) mod margin;
pub(crate) mod market_maker;
pub(crate) mod perp_basis;
pub(crate) mod pools;
pub(crate) mod portfolio;
pub(crate) mod premium;
pub(crate) mod tiers;
pub(crate) mod venue;
pub(crate) mod zero_intelligence;
