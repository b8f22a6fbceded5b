//! Market makers: ladders around a fair price, inventory, and the switches that pull them.
//!
//! Quotes follow Avellaneda and Stoikov (Quantitative Finance 8, 2008): a reservation price
//! `r = s - q * gamma * sigma^2 * tau` and a half-spread `gamma * sigma^2 * tau / 2 + ln(1 + gamma / k) / gamma`,
//! here per level of a ladder. `gamma` is expressed by what a desk sets: the skew at the inventory limit in
//! a calm market. Depth follows the measured shape D(x) = D1 * (x / 1%)^0.6. Three things pull quotes:
//! volatility (half are gone at a multiple of its calm value), inventory (no bids above the limit), and
//! losses (an intraday limit pulls quotes, a larger one stops trading for hours). Withdrawal takes seconds,
//! return a quarter of an hour, staggered by firm (observed on 10 October 2025: sizing sheet A8).

mod firm;
mod ladder;

use firesale_sim::{Plugin, SimApp};

pub use firm::{MarketMaker, MarketMakerConfig};

/// Registers the market makers.
pub struct MarketMakerPlugin;

impl Plugin for MarketMakerPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<MarketMaker, _>(firm::decide);
    }
}
