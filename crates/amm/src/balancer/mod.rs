//! Balancer V3 pools: the vault's accounting around a curve.
//!
//! # Model
//!
//! * Tokens are held in their own units; the curve sees them in 18 decimals times the token's rate,
//!   rounded so that the pool never loses by it (the contracts, primary source, as all below).
//! * The weighted curve keeps `prod balance_i ^ weight_i`; powers go through logarithms and are exact
//!   to 10^-14, an error that is always charged to the trader.
//! * The stable curve is StableSwap with an amplification of three decimals and ceilings where the
//!   original rounds down.
//! * The swap fee is kept from what is paid in; liquidity out of proportion pays it on what is out of
//!   proportion. The protocol's part of it leaves the pool.
//! * A single swap or change of liquidity may move the pool only so far: 30% of a weighted balance,
//!   0.7 to 3 times a weighted invariant, 0.6 to 5 times a stable one.
//!
//! **Invariants:** the invariant per share never falls by more than the error of a power, against the
//! trader; a refused operation leaves no trace.

mod base_math;
mod fixed;
mod liquidity;
mod log_exp;
mod stable;
mod swap;
mod weighted;

pub use base_math::Curve;
pub use liquidity::LiquidityChange;
pub use stable::StableCurve;
pub use swap::VaultSwap;
pub use weighted::WeightedCurve;

use crate::{ConfigError, PoolError};
use fixed::{ONE, Round, div, mul};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// The least amount of a trade, in 18 decimals.
const MINIMUM_TRADE: U256 = U256::from_limbs([1_000_000, 0, 0, 0]);
/// Shares locked for ever by the first provider.
const MINIMUM_SUPPLY: u128 = 1_000_000;

/// A weighted pool.
pub type WeightedPool = BalancerPool<WeightedCurve>;
/// A stable pool of Balancer V3; Curve's is [`crate::StableSwap`].
pub type BalancerStable = BalancerPool<StableCurve>;

/// A pool of Balancer V3's vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancerPool<C> {
    curve: C,
    /// 10^(18 - decimals) per token.
    scaling: Vec<u64>,
    /// Rates in 18 decimals.
    rates: Vec<U256>,
    /// Tokens held in their own units, without the protocol's.
    balances: Vec<u128>,
    protocol_fees: Vec<u128>,
    supply: u128,
    swap_fee: u64,
    protocol_fee: u64,
}

/// A pool's description besides its curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultConfig {
    /// Decimals per token, at most 18.
    pub decimals: Vec<u8>,
    /// Rates of the tokens in 18 decimals; 10^18 for a plain one.
    pub rates: Vec<U256>,
    /// The fee on what is paid, in 18 decimals.
    pub swap_fee: u64,
    /// The protocol's part of it, in 18 decimals.
    pub protocol_fee: u64,
}

impl<C: Curve> BalancerPool<C> {
    /// A pool with its first balances; also the shares of whoever brought them.
    ///
    /// # Errors
    ///
    /// `fee` or `protocol_fee` of 100% or more (the latter above), `decimals` above 18, lists of
    /// different lengths, fewer than 2 or more than 8 tokens, a rate or balance of zero, too little
    /// for the locked shares.
    pub fn new(
        curve: C,
        config: VaultConfig,
        balances: &[u128],
    ) -> Result<(Self, u128), ConfigError> {
        let VaultConfig {
            decimals,
            rates,
            swap_fee,
            protocol_fee,
        } = config;
        let tokens = decimals.len();
        if !(2..=8).contains(&tokens) {
            return Err(ConfigError::new(
                "decimals",
                format!("{tokens} tokens, not 2 to 8"),
            ));
        }
        if decimals.iter().any(|decimals| *decimals > 18) {
            return Err(ConfigError::new("decimals", "more than 18"));
        }
        if rates.len() != tokens || rates.iter().any(|rate| rate.is_zero()) {
            return Err(ConfigError::new(
                "rates",
                "one above zero per token is needed",
            ));
        }
        if balances.len() != tokens || balances.contains(&0) {
            return Err(ConfigError::new(
                "balances",
                "one above zero per token is needed",
            ));
        }
        if !base_math::is_fee(U256::from(swap_fee)) {
            return Err(ConfigError::new(
                "fee",
                format!("{swap_fee} of 10^18 is 100% or more"),
            ));
        }
        if U256::from(protocol_fee) > ONE {
            return Err(ConfigError::new("protocol_fee", "more than 100%"));
        }
        let mut pool = Self {
            curve,
            scaling: decimals
                .iter()
                .map(|d| 10_u64.pow(18 - u32::from(*d)))
                .collect(),
            rates,
            balances: balances.to_vec(),
            protocol_fees: vec![0; tokens],
            supply: 0,
            swap_fee,
            protocol_fee,
        };
        let shares = pool
            .initialize()
            .map_err(|error| ConfigError::new("balances", error.to_string()))?;
        Ok((pool, shares))
    }

    /// A pool as it stands on a chain, with this supply of shares.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`]; a `supply` below the locked shares.
    pub fn from_state(
        curve: C,
        config: VaultConfig,
        balances: &[u128],
        supply: u128,
    ) -> Result<Self, ConfigError> {
        if supply < MINIMUM_SUPPLY {
            return Err(ConfigError::new(
                "supply",
                "below the shares that are always locked",
            ));
        }
        let (mut pool, _) = Self::new(curve, config, balances)?;
        pool.supply = supply;
        Ok(pool)
    }

    /// The first shares are the invariant, of which some are locked.
    fn initialize(&mut self) -> Result<u128, PoolError> {
        let live = self.live(Round::Down)?;
        let invariant = narrow(self.curve.invariant(&live, false)?)?;
        let shares = invariant.checked_sub(MINIMUM_SUPPLY);
        self.supply = invariant;
        shares.ok_or(PoolError::ZeroLiquidity)
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> &C {
        &self.curve
    }

    /// The number of tokens.
    #[must_use]
    pub fn coins(&self) -> usize {
        self.balances.len()
    }

    /// The tokens that back the shares.
    #[must_use]
    pub fn balances(&self) -> &[u128] {
        &self.balances
    }

    /// The protocol's fees that lie in the vault besides.
    #[must_use]
    pub fn protocol_fees(&self) -> &[u128] {
        &self.protocol_fees
    }

    /// Pays the protocol's fees out.
    pub fn withdraw_protocol_fees(&mut self) -> Vec<u128> {
        let tokens = self.coins();
        std::mem::replace(&mut self.protocol_fees, vec![0; tokens])
    }

    /// Shares, the locked ones included.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.supply
    }

    /// The fee on what is paid, in 18 decimals.
    #[must_use]
    pub fn swap_fee(&self) -> u64 {
        self.swap_fee
    }

    /// Changes the tokens' rates.
    ///
    /// # Errors
    ///
    /// `rates` of another number or with a zero.
    pub fn set_rates(&mut self, rates: &[U256]) -> Result<(), ConfigError> {
        if rates.len() != self.coins() || rates.iter().any(|rate| rate.is_zero()) {
            return Err(ConfigError::new(
                "rates",
                "one above zero per token is needed",
            ));
        }
        self.rates.copy_from_slice(rates);
        Ok(())
    }

    /// Balances in 18 decimals, rates included.
    ///
    /// # Errors
    ///
    /// Overflow.
    pub fn live_balances(&self) -> Result<Vec<U256>, PoolError> {
        self.live(Round::Down)
    }

    /// The invariant, rounded down.
    ///
    /// # Errors
    ///
    /// Overflow, no convergence, an empty pool.
    pub fn invariant(&self) -> Result<U256, PoolError> {
        self.curve.invariant(&self.live(Round::Down)?, false)
    }

    /// A fee in a token's units, rounded down, and the protocol's part of it.
    fn fees(&self, token: usize, fee: U256) -> Result<(u128, u128), PoolError> {
        let fee = self.raw(token, fee, Round::Down)?;
        let protocol = mul(U256::from(fee), U256::from(self.protocol_fee), Round::Down)?;
        Ok((fee, narrow(protocol)?))
    }

    fn fee(&self) -> U256 {
        U256::from(self.swap_fee)
    }

    /// All balances in 18 decimals, rates included.
    fn live(&self, round: Round) -> Result<Vec<U256>, PoolError> {
        let scaled = |(token, balance): (usize, &u128)| self.scaled(token, *balance, round);
        self.balances.iter().enumerate().map(scaled).collect()
    }

    /// An amount in 18 decimals, its rate included.
    fn scaled(&self, token: usize, amount: u128, round: Round) -> Result<U256, PoolError> {
        let scaled = U256::from(amount) * U256::from(self.scaling[token]);
        mul(scaled, self.rates[token], round)
    }

    /// What 18 decimals are in a token's units.
    fn raw(&self, token: usize, amount: U256, round: Round) -> Result<u128, PoolError> {
        narrow(div(amount, self.unit(token, self.rates[token])?, round)?)
    }

    /// A token's smallest unit in 36 decimals.
    fn unit(&self, token: usize, rate: U256) -> Result<U256, PoolError> {
        let unit = rate.checked_mul(U256::from(self.scaling[token]));
        unit.ok_or(PoolError::Overflow)
    }
}

fn narrow(amount: U256) -> Result<u128, PoolError> {
    u128::try_from(amount).map_err(|_| PoolError::Overflow)
}
