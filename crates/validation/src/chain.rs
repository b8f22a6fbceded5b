//! Pools and lenders as the engine under test makes them.

use firesale_amm::ConstantProduct;
use firesale_amm::lending::{LendingConfig, LendingPool};
use firesale_types::SimTime;

use crate::engine::{Engine, Mutation};

/// One percent, in parts per million.
const PERCENT: u32 = 10_000;

impl Engine {
    /// A pool of two coins.
    pub(crate) fn pool(&self, fee_pips: u32, reserves: [u128; 2]) -> ConstantProduct {
        let more = if self.breaks(Mutation::PoolFeeRaised) {
            PERCENT
        } else {
            0
        };
        let made = ConstantProduct::with_reserves(fee_pips + more, reserves);
        made.expect("a check's pool has coins").0
    }

    /// A lending market that opens at the start.
    pub(crate) fn lender(&self, mut config: LendingConfig) -> LendingPool {
        for reserve in &mut config.reserves {
            if self.breaks(Mutation::LoansHalved) {
                reserve.ltv_bps /= 2;
            }
            if self.breaks(Mutation::BonusDropped) {
                reserve.liquidation_bonus_bps = 0;
            }
        }
        LendingPool::new(config, SimTime::ZERO).expect("a check's market makes sense")
    }
}
