//! Stable assets: who holds them, and who keeps them at their peg.

mod holder;
mod peg;
mod seller;
mod spiral;

use firesale_sim::prelude::*;

pub use holder::{CoinHolder, CoinHolderConfig};
pub use peg::{PegArbitrageur, PegArbitrageurConfig};
pub use seller::{PoolSeller, PoolSellerConfig};
pub use spiral::{SeigniorageArbitrageur, SeigniorageArbitrageurConfig};

/// Registers everybody who deals in stable assets.
pub struct StablePlugin;

impl Plugin for StablePlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<CoinHolder, _>(holder::decide);
        sim.add_agent::<PegArbitrageur, _>(peg::decide);
        sim.add_agent::<PoolSeller, _>(seller::decide);
        sim.add_agent::<SeigniorageArbitrageur, _>(spiral::decide);
    }
}
