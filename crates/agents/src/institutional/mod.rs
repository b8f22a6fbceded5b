//! Institutions: large, informed or patient, bound by mandates.

pub mod execution;
pub mod patient;
pub mod value;

use firesale_sim::{Plugin, SimApp};

/// Registers the institutional kinds.
pub struct InstitutionPlugin;

impl Plugin for InstitutionPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<value::ValueTrader, _>(value::decide);
        sim.add_agent::<execution::ExecutionTrader, _>(execution::decide);
        sim.add_agent::<patient::PatientInvestor, _>(patient::decide);
    }
}
