//! The weighted product (Balancer V3 `WeightedMath`).

use super::base_math::Curve;
use super::fixed::{ONE, Round, add, complement, div, mul, power, sub};
use crate::{ConfigError, PoolError};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// The least weight, 1%, in 18 decimals.
const MIN_WEIGHT: u64 = 10_000_000_000_000_000;
/// The largest part of a balance that one swap may move, 30%, in 18 decimals.
const MAX_SWAP_RATIO: U256 = U256::from_limbs([300_000_000_000_000_000, 0, 0, 0]);

/// `prod balance_i ^ weight_i` is constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightedCurve {
    weights: Vec<u64>,
}

impl WeightedCurve {
    /// A curve with these weights, in 18 decimals.
    ///
    /// # Errors
    ///
    /// `weights` that do not sum to 1, or one below 1%.
    pub fn new(weights: Vec<u64>) -> Result<Self, ConfigError> {
        if let Some(token) = weights.iter().position(|weight| *weight < MIN_WEIGHT) {
            return Err(ConfigError::new(
                "weights",
                format!("weight {token} is below 1%"),
            ));
        }
        let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if U256::from(sum) != ONE {
            return Err(ConfigError::new(
                "weights",
                format!("they sum to {sum} of 10^18"),
            ));
        }
        Ok(Self { weights })
    }

    /// The weights in 18 decimals.
    #[must_use]
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    fn weight(&self, token: usize) -> U256 {
        U256::from(self.weights[token])
    }
}

impl Curve for WeightedCurve {
    fn invariant(&self, balances: &[U256], up: bool) -> Result<U256, PoolError> {
        let round = if up { Round::Up } else { Round::Down };
        let mut invariant = ONE;
        for (token, balance) in balances.iter().enumerate() {
            let factor = power(*balance, self.weight(token), round)?;
            invariant = mul(invariant, factor, round)?;
        }
        if invariant.is_zero() {
            return Err(PoolError::InsufficientLiquidity);
        }
        Ok(invariant)
    }

    fn balance(&self, balances: &[U256], token: usize, ratio: U256) -> Result<U256, PoolError> {
        let exponent = div(ONE, self.weight(token), Round::Up)?;
        mul(
            balances[token],
            power(ratio, exponent, Round::Up)?,
            Round::Up,
        )
    }

    /// `b_out (1 - (b_in / (b_in + a))^(w_in / w_out))`.
    fn out_given_in(
        &self,
        balances: &[U256],
        (token_in, token_out): (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError> {
        let (held_in, held_out) = (balances[token_in], balances[token_out]);
        if amount > mul(held_in, MAX_SWAP_RATIO, Round::Down)? {
            return Err(PoolError::SwapTooLarge);
        }
        let base = div(held_in, add(held_in, amount)?, Round::Up)?;
        let exponent = div(self.weight(token_in), self.weight(token_out), Round::Down)?;
        // Rounded up, the power may exceed one.
        let kept = power(base, exponent, Round::Up)?;
        mul(held_out, complement(kept), Round::Down)
    }

    /// `b_in ((b_out / (b_out - a))^(w_out / w_in) - 1)`.
    fn in_given_out(
        &self,
        balances: &[U256],
        (token_in, token_out): (usize, usize),
        amount: U256,
    ) -> Result<U256, PoolError> {
        let (held_in, held_out) = (balances[token_in], balances[token_out]);
        if amount > mul(held_out, MAX_SWAP_RATIO, Round::Down)? {
            return Err(PoolError::SwapTooLarge);
        }
        let base = div(held_out, held_out - amount, Round::Up)?;
        let exponent = div(self.weight(token_out), self.weight(token_in), Round::Up)?;
        let grown = power(base, exponent, Round::Up)?;
        mul(held_in, sub(grown, ONE)?, Round::Up)
    }

    fn ratio_bounds(&self) -> (U256, U256) {
        let tenth = ONE / U256::from(10);
        (tenth * U256::from(7), tenth * U256::from(30))
    }
}
