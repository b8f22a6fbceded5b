//! Pools and lenders as the engine under test makes them.

use firesale_amm::balancer::{StableCurve, WeightedCurve};
use firesale_amm::lending::{LendingConfig, LendingPool};
use firesale_amm::{
    ConcentratedLiquidity, ConfigError, ConstantProduct, PoolError, StableSwap, StableSwapConfig,
    SwapDeltas, U256, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
use firesale_types::SimTime;

use crate::engine::Engine;
use crate::mutation::Mutation;

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

    /// A fee in a pool's own smallest unit.
    pub(crate) fn fee(&self, fee: u64) -> u64 {
        fee + u64::from(self.breaks(Mutation::PoolFeeOneMore))
    }

    /// What a pool rounds down.
    pub(crate) fn rounded(&self, amount: u128) -> u128 {
        amount + u128::from(self.breaks(Mutation::RoundedUp))
    }

    /// What a swap moves, the amount out being rounded down.
    pub(crate) fn rounded_deltas(&self, deltas: SwapDeltas) -> SwapDeltas {
        SwapDeltas {
            amount_out: self.rounded(deltas.amount_out),
            ..deltas
        }
    }

    /// The limit of a swap.
    pub(crate) fn limit(&self, limit: Option<U256>) -> Option<U256> {
        limit.filter(|_| !self.breaks(Mutation::PriceLimitDropped))
    }

    /// A pool of concentrated liquidity; bent, it opens a tick lower.
    pub(crate) fn concentrated(
        &self,
        fee_pips: u32,
        spacing: i32,
        price: U256,
    ) -> Result<ConcentratedLiquidity, ConfigError> {
        let lower = if self.breaks(Mutation::CurveBent) {
            price / U256::from(20_000)
        } else {
            U256::ZERO
        };
        let fee_pips = fee_pips + u32::from(self.breaks(Mutation::PoolFeeOneMore));
        ConcentratedLiquidity::new(fee_pips, spacing, price - lower)
    }

    /// The square-root price of a tick, or of the next one.
    pub(crate) fn sqrt_ratio(&self, tick: i32) -> Result<U256, PoolError> {
        sqrt_ratio_at_tick(tick + i32::from(self.breaks(Mutation::CurveBent)))
    }

    /// The tick of a square-root price, or the next one.
    pub(crate) fn tick_at(&self, price: U256) -> Result<i32, PoolError> {
        let tick = tick_at_sqrt_ratio(price)?;
        Ok(tick + i32::from(self.breaks(Mutation::CurveBent)))
    }

    /// A Curve pool in a state; bent, at half the amplification.
    pub(crate) fn stable_swap(
        &self,
        mut config: StableSwapConfig,
        balances: &[u128],
        supply: u128,
    ) -> Result<StableSwap, String> {
        config.fee = self.fee(config.fee);
        if self.breaks(Mutation::CurveBent) {
            config.amplification /= 2;
        }
        StableSwap::from_state(config, balances, supply).map_err(|error| error.to_string())
    }

    /// Balancer's stable curve; bent, at half the amplification.
    pub(crate) fn stable_curve(&self, amplification: u64) -> Result<StableCurve, String> {
        let parts = 1 + u64::from(self.breaks(Mutation::CurveBent));
        StableCurve::new(amplification / parts).map_err(|error| error.to_string())
    }

    /// Balancer's weighted curve; bent, a tenth of the first weight is the last one's.
    pub(crate) fn weighted_curve(&self, mut weights: Vec<u64>) -> Result<WeightedCurve, String> {
        if let ([first, .., last], true) = (&mut weights[..], self.breaks(Mutation::CurveBent)) {
            let moved = *first / 10;
            *first -= moved;
            *last += moved;
        }
        WeightedCurve::new(weights).map_err(|error| error.to_string())
    }
}
