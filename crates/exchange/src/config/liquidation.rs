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
    /// How the position is offered to the book.
    pub method: LiquidationMethod,
    /// Which open orders of the account go before its first liquidation order.
    pub cancel: CancelFirst,
    /// Accounts are looked at on this grid only, as an engine that scans them; zero: at once.
    pub scan_period: SimDuration,
    /// Steps of liquidations that the engine can make in a second; those beyond wait in line. Zero:
    /// no limit.
    pub steps_per_second: u32,
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
            method: LiquidationMethod::Orders,
            cancel: CancelFirst::All,
            scan_period: SimDuration::ZERO,
            steps_per_second: 0,
        }
    }
}

/// How much of a position a liquidation order is for, and in which manner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum LiquidationMethod {
    /// Immediate-or-cancel orders for the whole position, or for a part of a large one
    /// (Hyperliquid; dYdX with a bounded limit).
    Orders,
    /// As much as brings the position down to the margin tier below; in the lowest tier all of it.
    StepDown {
        /// True: each order fills whole or not at all (Bybit); false: immediate-or-cancel
        /// (Binance).
        fill_or_kill: bool,
        /// After so many orders the next stage takes the rest (Binance: one); zero: no limit.
        orders: u16,
    },
    /// The whole position at a price that falls (for a short: rises) from the mark to the
    /// bankruptcy price over this time, offered anew every `latency`.
    Auction {
        /// From the mark to the bankruptcy price.
        duration: SimDuration,
    },
    /// Every position in equal parts over a time.
    Twap {
        /// From the first part to the last.
        duration: SimDuration,
        /// How many parts.
        parts: u16,
    },
}

/// Which open orders are taken back before a unit is liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelFirst {
    /// All.
    All,
    /// Those that could open or enlarge a position; reduce-only orders stay.
    Increasing,
    /// None.
    None,
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiquidationLimit {
    /// Any price inside the band.
    None,
    /// The price at which closing all positions leaves exactly nothing.
    Bankruptcy,
    /// mark * (1 - side * `spread` * m * clamp(`adjustment` * (1 - Q), 0, 1)), where m is the
    /// position's maintenance margin over its notional and Q the unit's equity over its
    /// maintenance margin (dYdX v4, `liquidations_config.go`: spread 1.5, adjustment 1). It may lie
    /// beyond the bankruptcy price: the insurance fund pays the gap.
    Bounded {
        /// Spread to the maintenance margin ratio.
        spread: Rate,
        /// Bankruptcy adjustment.
        adjustment: Rate,
    },
}
