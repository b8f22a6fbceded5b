//! Customers who keep money on a platform and trade nothing.
//!
//! What they do, they do by the habit that the scenario gives them: `run = { ... }` takes the money
//! out when the platform is believed to fail.

use firesale_sim::prelude::*;

/// Depositors have no keys of their own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositorConfig {}

/// A depositor remembers nothing.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct Depositor;

impl AgentKind for Depositor {
    const KIND: &'static str = "depositor";
    type Config = DepositorConfig;

    fn new(_config: &DepositorConfig, _rng: &mut AgentRng) -> Self {
        Self
    }

    fn slots(_config: &DepositorConfig, _markets: usize) -> u16 {
        0
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, Depositor>) {
    agents.par_decide(|_, _| {});
}
