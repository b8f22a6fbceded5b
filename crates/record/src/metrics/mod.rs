//! Definitions of the figures that come from a price path, a series or a list of amounts.
//!
//! Everything that has a path is a small accumulator fed in order of time, so that a run computes
//! it from every trade and not only from recorded steps. Values that are not finite are skipped;
//! a figure without a definition (no price, nothing liquidated) is `None`.

mod concentration;
mod price;
mod series;

pub use concentration::{gini, top_share, weighted_quantile};
pub use price::{FastestDrop, PriceFall};
pub use series::{Extreme, PeakBin, extreme_over_before, median};
