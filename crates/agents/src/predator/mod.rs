//! Predators: they live on the forced trades of others.

pub mod hunter;

use firesale_sim::{Plugin, SimApp};

/// Registers the predatory kinds.
pub struct PredatorPlugin;

impl Plugin for PredatorPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<hunter::LiquidationHunter, _>(hunter::decide);
    }
}
