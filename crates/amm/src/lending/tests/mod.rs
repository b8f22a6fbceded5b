//! Tests of the market; figures worked by hand, sums in the comments.

mod absorption;
mod actions;
mod configs;
mod crossing;
mod deficits;
mod frontier;
mod health;
mod liquidations;
mod rates;
mod walk;

use firesale_types::{AccountId, SimDuration, SimTime, hash64};

use super::*;

pub(super) const COIN: ReserveId = ReserveId(0);
pub(super) const USD: ReserveId = ReserveId(1);
pub(super) const SAVER: AccountId = AccountId(1);
pub(super) const BORROWER: AccountId = AccountId(2);
pub(super) const KEEPER: AccountId = AccountId(3);
/// A coin in smallest units.
pub(super) const C: u128 = 1_000_000_000_000_000_000;
/// A dollar in smallest units.
pub(super) const D: u128 = 1_000_000;
/// A dollar as a price.
pub(super) const P: u128 = BASE_UNIT;
pub(super) const NOW: SimTime = SimTime::ZERO;

/// A coin of 18 decimals at 2,000 dollars: LTV 75%, threshold 80%, bonus 5%, no fee.
pub(super) fn coin() -> ReserveConfig {
    ReserveConfig {
        ltv_bps: 7_500,
        liquidation_threshold_bps: 8_000,
        liquidation_bonus_bps: 500,
        collateral: true,
        borrowable: true,
        price: 2_000 * BASE_UNIT as u64,
        ..ReserveConfig::plain("COIN", 18)
    }
}

/// A dollar of 6 decimals that is lent without interest and is no collateral.
pub(super) fn dollar() -> ReserveConfig {
    ReserveConfig {
        borrowable: true,
        ..ReserveConfig::plain("USD", 6)
    }
}

pub(super) fn market() -> LendingConfig {
    LendingConfig {
        reserves: vec![coin(), dollar()],
        ..LendingConfig::default()
    }
}

pub(super) fn pool(config: LendingConfig) -> LendingPool {
    LendingPool::new(config, NOW).unwrap()
}

/// A million dollars saved; 10 coins against which `debt` dollars are borrowed.
pub(super) fn borrowed(config: LendingConfig, debt: u128) -> LendingPool {
    let mut pool = pool(config);
    pool.supply(NOW, SAVER, USD, 1_000_000 * D).unwrap();
    pool.supply(NOW, BORROWER, COIN, 10 * C).unwrap();
    pool.borrow(NOW, BORROWER, USD, debt).unwrap();
    pool.audit().unwrap();
    pool
}

/// A liquidation of the borrower's dollars.
pub(super) fn call(repay: u128) -> LiquidationCall {
    LiquidationCall {
        liquidator: KEEPER,
        borrower: BORROWER,
        collateral: COIN,
        debt: USD,
        repay,
        receive: Receive::Tokens,
    }
}

pub(super) fn days(n: i64) -> SimTime {
    SimTime::ZERO + SimDuration::secs(n * 86_400)
}

/// Numbers from a seed: the hash of a count.
pub(super) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number from `low` to `high`, both possible.
    pub(super) fn between(&mut self, low: u128, high: u128) -> u128 {
        self.thrown += 1;
        let bytes = [self.seed.to_le_bytes(), self.thrown.to_le_bytes()].concat();
        low + u128::from(hash64(&bytes)) % (high - low + 1)
    }

    /// The same for small numbers.
    pub(super) fn pick(&mut self, low: u32, high: u32) -> u32 {
        self.between(u128::from(low), u128::from(high)) as u32
    }

    pub(super) fn coin(&mut self) -> bool {
        self.between(0, 1) == 1
    }
}
