//! Who bears what the margin of a bankrupt account does not cover.

use firesale_types::{Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

/// A vault that takes over accounts the book could not close (Hyperliquid's HLP).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackstopConfig {
    /// Its capital at the start.
    pub capital: Usd,
    /// It takes over below this part of maintenance margin (Hyperliquid: two thirds).
    pub threshold: Rate,
    /// Largest total notional over capital.
    pub max_leverage: Rate,
    /// Largest notional in one instrument over capital.
    pub max_leverage_per_instrument: Rate,
    /// How it gets rid of what it took over; without a policy it keeps it.
    pub unwind: Option<UnwindPolicy>,
    /// Depositors must leave a deposit in for so long (Hyperliquid's HLP: four days).
    pub lockup: SimDuration,
}

/// How a vault or a fund closes the positions it has taken over: every `period` it sends, for each,
/// an immediate-or-cancel order for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnwindPolicy {
    /// From one order to the next.
    pub period: SimDuration,
    /// The part of what is held.
    pub fraction: Rate,
    /// How far from the mark it may trade.
    pub slippage: Rate,
}

impl BackstopConfig {
    /// A vault that takes over below two thirds of maintenance margin, up to three times its
    /// capital.
    #[must_use]
    pub const fn two_thirds(capital: Usd) -> Self {
        Self {
            capital,
            threshold: Rate(666_666_667),
            max_leverage: Rate(3 * Rate::ONE.0),
            max_leverage_per_instrument: Rate(3 * Rate::ONE.0),
            unwind: None,
            lockup: SimDuration::ZERO,
        }
    }
}

/// Who pays for a position that nobody takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdlPolicy {
    /// Nobody: the insurance fund takes the position and may go below zero, as bad debt.
    Off,
    /// The highest score first: (mark / entry) * (notional / account value) for longs, entry / mark
    /// for shorts (Hyperliquid).
    Queue,
    /// All opposite positions in profit in proportion to their size.
    ProRata,
}
