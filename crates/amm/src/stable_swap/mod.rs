//! Coins that should be worth the same: Curve's StableSwap.
//!
//! # Model
//!
//! * Balances x_i (scaled by a rate per coin to 18 decimals) keep `Ann S + D = Ann D + D^(n+1) /
//!   (n^n prod x_i)` with Ann = A n as in the contracts: near balance almost a constant sum, far from
//!   it a constant product. Formulas and roundings are those of the contracts (primary source).
//! * D and the balance after a swap are Newton iterations on integers that stop when they move by one
//!   unit or less, 255 steps at most: their rounding is part of the result.
//! * A fee (parts of 1e10) is kept from what comes out; part of it leaves the balances for the
//!   administration. Adding or removing coins out of proportion pays n / (4 (n - 1)) of the fee on
//!   what is out of proportion.
//! * The amplification may move linearly over time; the chain says what time it is.
//! * Rates may change (a wrapped or a base pool's coin): a metapool is a pool whose last rate is the
//!   base pool's virtual price.
//!
//! **Invariants:** D per share never falls by an operation; a refused operation leaves no trace.

mod exchange;
mod invariant;
mod liquidity;
mod ramp;

pub use exchange::StableExchange;
pub use liquidity::OneCoin;
pub use ramp::Amplification;

use crate::{ConfigError, PoolError};
use invariant::{Scaled, invariant};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// Parts of a whole fee.
pub(crate) const FEE_DENOMINATOR: u64 = 10_000_000_000;
/// The most coins of a pool.
pub(crate) const MAX_COINS: usize = 8;

const OVERFLOW: PoolError = PoolError::Overflow;

/// 10^18.
const PRECISION: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// A Curve pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StableSwap {
    amplification: Amplification,
    /// The present, in the chain's seconds.
    now: u64,
    fee: u64,
    admin_fee: u64,
    /// Value of a coin's smallest unit in units of 10^-36: 10^(36 - decimals) times the coin's rate.
    rates: Vec<U256>,
    balances: Vec<u128>,
    admin_balances: Vec<u128>,
    supply: u128,
}

/// A pool's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StableSwapConfig {
    /// The contract's A, which is A n^(n-1) of the whitepaper.
    pub amplification: u64,
    /// 1, or 100 in contracts that keep A with two decimals (`amplification` is then 100 A).
    pub a_precision: u64,
    /// Fee on what comes out, in parts of 10^10.
    pub fee: u64,
    /// The administration's part of the fee, in parts of 10^10.
    pub admin_fee: u64,
    /// Per coin 10^(36 - decimals) times its rate.
    pub rates: Vec<U256>,
}

impl StableSwap {
    /// An empty pool.
    ///
    /// # Errors
    ///
    /// `amplification` of 0 or above 10^6 (times `a_precision`), `a_precision` neither 1 nor 100,
    /// `fee` or `admin_fee` of 100% or more (the latter above 100%), fewer than 2 or more than 8
    /// `rates`, or one of zero.
    pub fn new(config: StableSwapConfig) -> Result<Self, ConfigError> {
        let StableSwapConfig {
            amplification,
            a_precision,
            fee,
            admin_fee,
            rates,
        } = config;
        let coins = rates.len();
        if !(2..=MAX_COINS).contains(&coins) {
            return Err(ConfigError::new(
                "rates",
                format!("{coins} coins, not 2 to 8"),
            ));
        }
        if let Some(coin) = rates.iter().position(|rate| rate.is_zero()) {
            return Err(ConfigError::new(
                "rates",
                format!("coin {coin} has a rate of zero"),
            ));
        }
        if fee >= FEE_DENOMINATOR {
            return Err(ConfigError::new(
                "fee",
                format!("{fee} of 10^10 is 100% or more"),
            ));
        }
        if admin_fee > FEE_DENOMINATOR {
            return Err(ConfigError::new(
                "admin_fee",
                format!("{admin_fee} of 10^10 is more than 100%"),
            ));
        }
        Ok(Self {
            amplification: Amplification::constant(amplification, a_precision)?,
            now: 0,
            fee,
            admin_fee,
            balances: vec![0; coins],
            admin_balances: vec![0; coins],
            rates,
            supply: 0,
        })
    }

    /// A pool with balances and as many shares as D.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`]; `balances` of another number or with a zero.
    pub fn with_balances(
        config: StableSwapConfig,
        balances: &[u128],
    ) -> Result<(Self, u128), ConfigError> {
        let mut pool = Self::new(config)?;
        let shares = pool
            .add_liquidity(balances, 0)
            .map_err(|error| ConfigError::new("balances", error.to_string()))?;
        Ok((pool, shares))
    }

    /// A pool as it stands on a chain: balances without the administration's, and the supply of shares.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`]; `balances` of another number or with a zero; a `supply` of zero.
    pub fn from_state(
        config: StableSwapConfig,
        balances: &[u128],
        supply: u128,
    ) -> Result<Self, ConfigError> {
        if supply == 0 {
            return Err(ConfigError::new("supply", "no shares"));
        }
        let (mut pool, _) = Self::with_balances(config, balances)?;
        pool.supply = supply;
        Ok(pool)
    }

    /// The number of coins.
    #[must_use]
    pub fn coins(&self) -> usize {
        self.balances.len()
    }

    /// The coins that back the shares.
    #[must_use]
    pub fn balances(&self) -> &[u128] {
        &self.balances
    }

    /// Fees of the administration that lie in the pool besides.
    #[must_use]
    pub fn admin_balances(&self) -> &[u128] {
        &self.admin_balances
    }

    /// Pays the administration's fees out.
    pub fn withdraw_admin_fees(&mut self) -> Vec<u128> {
        let coins = self.coins();
        std::mem::replace(&mut self.admin_balances, vec![0; coins])
    }

    /// Shares.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.supply
    }

    /// The fee on what comes out, in parts of 10^10.
    #[must_use]
    pub fn fee(&self) -> u64 {
        self.fee
    }

    /// Per coin 10^(36 - decimals) times its rate.
    #[must_use]
    pub fn rates(&self) -> &[U256] {
        &self.rates
    }

    /// Changes the rates, as those of wrapped coins and of base pools' shares do.
    ///
    /// # Errors
    ///
    /// `rates` of another number or with a zero.
    pub fn set_rates(&mut self, rates: &[U256]) -> Result<(), ConfigError> {
        if rates.len() != self.coins() || rates.iter().any(|rate| rate.is_zero()) {
            return Err(ConfigError::new(
                "rates",
                "one above zero per coin is needed",
            ));
        }
        self.rates.copy_from_slice(rates);
        Ok(())
    }

    /// Tells the pool the chain's time, in seconds.
    pub fn set_time(&mut self, now: u64) {
        self.now = now;
    }

    /// The present amplification, times its precision.
    #[must_use]
    pub fn amplification(&self) -> u64 {
        self.amplification.at(self.now)
    }

    /// 1, or 100 where the amplification has two decimals.
    #[must_use]
    pub fn a_precision(&self) -> u64 {
        self.amplification.precision()
    }

    /// Starts to move the amplification linearly to `future`, reached at `future_time`.
    ///
    /// # Errors
    ///
    /// What the contract forbids: less than a day since the last start or until the end, more than a
    /// factor of ten, or a value of 0 or from 10^6 on.
    pub fn ramp_amplification(&mut self, future: u64, future_time: u64) -> Result<(), PoolError> {
        self.amplification.ramp(self.now, future, future_time)
    }

    /// Stops the amplification where it is.
    pub fn stop_ramp(&mut self) {
        self.amplification.stop(self.now);
    }

    /// D, in 18 decimals.
    ///
    /// # Errors
    ///
    /// Overflow, no convergence, or an empty pool.
    pub fn invariant(&self) -> Result<U256, PoolError> {
        self.invariant_of(&self.balances)
    }

    /// D per share, in 18 decimals.
    ///
    /// # Errors
    ///
    /// Overflow, no convergence, or a pool without shares.
    pub fn virtual_price(&self) -> Result<U256, PoolError> {
        if self.supply == 0 {
            return Err(PoolError::InsufficientLiquidity);
        }
        let scaled = self.invariant()?.checked_mul(PRECISION);
        Ok(scaled.ok_or(OVERFLOW)? / U256::from(self.supply))
    }

    /// The amplification with its precision and the number of coins.
    fn amplifier(&self) -> invariant::Amplifier {
        invariant::Amplifier::new(
            self.amplification.at(self.now),
            self.amplification.precision(),
            self.coins(),
        )
    }

    /// Balances in 18 decimals.
    fn scaled(&self, balances: &[u128]) -> Result<Scaled, PoolError> {
        let mut scaled = Scaled::new(balances.len());
        for (i, balance) in balances.iter().enumerate() {
            scaled.set(i, self.in_18(i, *balance)?);
        }
        Ok(scaled)
    }

    fn invariant_of(&self, balances: &[u128]) -> Result<U256, PoolError> {
        invariant(&self.scaled(balances)?, &self.amplifier())
    }

    /// An amount of a coin in 18 decimals, rounded down.
    fn in_18(&self, coin: usize, amount: u128) -> Result<U256, PoolError> {
        let product = U256::from(amount).checked_mul(self.rates[coin]);
        Ok(product.ok_or(OVERFLOW)? / PRECISION)
    }

    /// 18 decimals in a coin's units, rounded down.
    fn in_units(&self, coin: usize, amount: U256) -> Result<u128, PoolError> {
        let product = amount.checked_mul(PRECISION).ok_or(OVERFLOW)?;
        u128::try_from(product / self.rates[coin]).map_err(|_| OVERFLOW)
    }
}

/// A part of 10^10, rounded down.
fn part(amount: U256, fee: u64) -> Result<U256, PoolError> {
    let product = amount.checked_mul(U256::from(fee)).ok_or(OVERFLOW)?;
    Ok(product / U256::from(FEE_DENOMINATOR))
}
