//! `roll` and `run` of a population: habits that members of any kind may have.

use firesale_types::{Rate, SimDuration};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Ratio};

/// `roll = { ... }`: dated futures are closed before they expire, and the next contract is opened.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RollTable {
    /// The part of the members that rolls; the others let their positions be delivered.
    pub share: Ratio,
    /// The first slice comes so long before the expiry.
    pub from: DurationText,
    /// The time of the last slice ends so long before it.
    pub until: DurationText,
    /// Into how many equal slices a position is cut.
    pub slices: u32,
    /// How far an order may trade from the mid.
    pub slippage: Ratio,
}

impl Default for RollTable {
    fn default() -> Self {
        Self {
            share: Ratio::ONE,
            from: DurationText::new(SimDuration::secs(24 * 3600)),
            until: DurationText::new(SimDuration::ZERO),
            slices: 10,
            slippage: Ratio::new(Rate::bps(50)),
        }
    }
}

/// `run = { ... }`: money is taken out of a platform that is believed to fail.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunTable {
    /// The belief in failure above which a member leaves: what leaving in vain costs, over the stake.
    pub threshold: Ratio,
    /// Largest private error in a member's estimate of the platform's coverage.
    pub signal_noise: Ratio,
    /// What a queue of withdrawals as large as all liabilities takes off the estimate.
    pub queue: Ratio,
    /// What a stop of withdrawals takes off.
    pub pause: Ratio,
    /// What fresh news takes off.
    pub news: Ratio,
    /// How long news is remembered.
    pub memory: DurationText,
    /// Mean time between looks.
    pub every: DurationText,
}

impl Default for RunTable {
    fn default() -> Self {
        Self {
            threshold: Ratio::new(Rate::bps(1000)),
            signal_noise: Ratio::new(Rate::bps(500)),
            queue: Ratio::ONE,
            pause: Ratio::new(Rate::bps(2000)),
            news: Ratio::ZERO,
            memory: DurationText::new(SimDuration::secs(6 * 3600)),
            every: DurationText::new(SimDuration::secs(600)),
        }
    }
}
