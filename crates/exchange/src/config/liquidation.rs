//! How accounts below maintenance margin are closed.

use firesale_types::{Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

/// What a venue does with accounts below maintenance margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiquidationConfig {
    /// False in the twin without forced selling: breaches are not even looked for.
    pub enabled: bool,
    /// From the breach to the first liquidation order, and from each order to the next look at the
    /// same account.
    pub latency: SimDuration,
    /// Positions above this notional are first closed in part (Hyperliquid: 100,000 dollars).
    /// Refers to one real account: the notional over the account's weight.
    pub partial_above: Usd,
    /// The part that goes to the book (Hyperliquid: 20%).
    pub partial_fraction: Rate,
    /// After a partial step every order of that account is whole for this long (Hyperliquid: 30 s).
    pub cooldown: SimDuration,
    /// How far a liquidation order may trade.
    pub limit: LiquidationLimit,
    /// How often an unfilled liquidation order may be sent before the next stage takes over, while
    /// equity is above the backstop's threshold.
    pub book_attempts: u16,
}

impl Default for LiquidationConfig {
    /// One order a second for the whole position, no worse than the bankruptcy price.
    fn default() -> Self {
        Self {
            enabled: true,
            latency: SimDuration::secs(1),
            partial_above: Usd::MAX,
            partial_fraction: Rate::ONE,
            cooldown: SimDuration::ZERO,
            limit: LiquidationLimit::Bankruptcy,
            book_attempts: 3,
        }
    }
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiquidationLimit {
    /// Any price inside the band.
    None,
    /// The price at which closing all positions leaves exactly nothing.
    Bankruptcy,
}
