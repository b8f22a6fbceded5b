//! Retail: many small accounts that look rarely and act late.

pub mod depositor;
pub mod dip;
pub mod holder;
pub mod momentum;
pub mod noise;

use firesale_sim::{Plugin, SimApp};

/// Registers the retail kinds.
pub struct RetailPlugin;

impl Plugin for RetailPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<noise::NoiseTrader, _>(noise::decide);
        sim.add_agent::<momentum::MomentumTrader, _>(momentum::decide);
        sim.add_agent::<dip::DipBuyer, _>(dip::decide);
        sim.add_agent::<depositor::Depositor, _>(depositor::decide);
        sim.add_agent::<holder::LeveragedHolder, _>(holder::decide);
    }
}
