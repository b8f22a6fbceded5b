//! The on-chain half of the market: who provides liquidity to pools, keeps their prices in line, borrows,
//! loops and liquidates.
//!
//! Every kind sees pools, lending markets and the base fee as of the last block, and acts by transactions
//! that wait for room: congestion delays all of them alike, and who wants to be first pays for it.

mod arbitrageur;
mod borrower;
mod debt;
mod gas;
mod keeper;
mod looper;
mod provider;
mod ranges;
mod search;
mod stress;

use firesale_sim::prelude::*;

pub use arbitrageur::{PoolArbitrageur, PoolArbitrageurConfig};
pub use borrower::{Borrower, BorrowerConfig};
pub use keeper::{Keeper, KeeperConfig};
pub use looper::{Looper, LooperConfig};
pub use provider::{LiquidityProvider, LiquidityProviderConfig};

/// Registers everybody who lives on chains.
pub struct OnChainPlugin;

impl Plugin for OnChainPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<LiquidityProvider, _>(provider::decide);
        sim.add_agent::<PoolArbitrageur, _>(arbitrageur::decide);
        sim.add_agent::<Looper, _>(looper::decide);
        sim.add_agent::<Borrower, _>(borrower::decide);
        sim.add_agent::<Keeper, _>(keeper::decide);
    }
}
