//! Positions: liquidity of one owner in one range (v3-core `Position`, `mint`, `burn`, `collect`).

use super::sqrt_price::{amount_0, amount_1};
use super::{ConcentratedLiquidity, sqrt_ratio_at_tick};
use crate::PoolError;
use crate::math::full::mul_div;
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// Whose liquidity in which range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PositionKey {
    /// The owner; the chain knows who that is.
    pub owner: u32,
    /// The range's first tick.
    pub tick_lower: i32,
    /// The tick at which the range ends.
    pub tick_upper: i32,
}

/// A position of an owner in a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its liquidity.
    pub liquidity: u128,
    /// Fee growth inside the range when the position was last touched, Q128 modulo 2^256.
    pub fee_growth_inside_last: [U256; 2],
    /// Tokens that can be collected: burned liquidity and fees up to the last touch.
    pub tokens_owed: [u128; 2],
}

/// A map with keys of several fields as a list, which every serde format can hold.
pub(super) mod as_pairs {
    use super::{Position, PositionKey};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    pub(in super::super) fn serialize<S: Serializer>(
        map: &BTreeMap<PositionKey, Position>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<PositionKey, Position>, D::Error> {
        Vec::<(PositionKey, Position)>::deserialize(deserializer)
            .map(|pairs| pairs.into_iter().collect())
    }
}

impl ConcentratedLiquidity {
    /// Adds liquidity to a range; returns the tokens it takes, rounded up.
    ///
    /// # Errors
    ///
    /// A zero amount, a wrong range, more liquidity than a tick may hold, amounts beyond u128.
    pub fn mint(&mut self, key: PositionKey, liquidity: u128) -> Result<[u128; 2], PoolError> {
        self.check_range(key.tick_lower, key.tick_upper)?;
        if liquidity == 0 {
            return Err(PoolError::ZeroLiquidity);
        }
        let delta = i128::try_from(liquidity).map_err(|_| PoolError::Overflow)?;
        let amounts = self.amounts_of(key.tick_lower, key.tick_upper, liquidity, true)?;
        let balances = [0, 1].map(|i| self.balances[i].checked_add(amounts[i]));
        let [Some(balance_0), Some(balance_1)] = balances else {
            return Err(PoolError::Overflow);
        };
        for tick in [key.tick_lower, key.tick_upper] {
            let gross = self.ticks.get(tick).map_or(0, |tick| tick.liquidity_gross);
            let after = gross.checked_add(liquidity);
            if after.is_none_or(|after| after > self.max_liquidity_per_tick) {
                return Err(PoolError::TickLiquidity(tick));
            }
        }
        self.modify(key, delta)?;
        self.balances = [balance_0, balance_1];
        Ok(amounts)
    }

    /// Takes liquidity from a range; what it frees, rounded down, can be collected. Burning nothing
    /// makes the fees up to now collectable.
    ///
    /// # Errors
    ///
    /// A position that holds less, or none to burn nothing of.
    pub fn burn(&mut self, key: PositionKey, liquidity: u128) -> Result<[u128; 2], PoolError> {
        self.check_range(key.tick_lower, key.tick_upper)?;
        let held = self.positions.get(&key).map_or(0, |held| held.liquidity);
        if held == 0 || liquidity > held {
            return Err(PoolError::PositionTooSmall);
        }
        let delta = i128::try_from(liquidity).map_err(|_| PoolError::Overflow)?;
        let amounts = self.amounts_of(key.tick_lower, key.tick_upper, liquidity, false)?;
        self.modify(key, -delta)?;
        let position = self.positions.entry(key).or_default();
        for (owed, amount) in position.tokens_owed.iter_mut().zip(amounts) {
            *owed = owed.wrapping_add(amount);
        }
        Ok(amounts)
    }

    /// Pays out what a position is owed, at most these amounts. An emptied position is forgotten.
    pub fn collect(&mut self, key: PositionKey, requested: [u128; 2]) -> [u128; 2] {
        let Some(position) = self.positions.get_mut(&key) else {
            return [0; 2];
        };
        let paid = [0, 1].map(|i| requested[i].min(position.tokens_owed[i]));
        for (i, amount) in paid.into_iter().enumerate() {
            position.tokens_owed[i] -= amount;
            self.balances[i] -= amount;
        }
        if position.liquidity == 0 && position.tokens_owed == [0; 2] {
            self.positions.remove(&key);
        }
        paid
    }

    /// Tokens behind this much liquidity of a range at the present price, without fees.
    ///
    /// # Errors
    ///
    /// A wrong range, amounts beyond u128.
    pub fn amounts_of(
        &self,
        lower: i32,
        upper: i32,
        liquidity: u128,
        round_up: bool,
    ) -> Result<[u128; 2], PoolError> {
        self.check_range(lower, upper)?;
        let (low, high) = (sqrt_ratio_at_tick(lower)?, sqrt_ratio_at_tick(upper)?);
        // By tick and not by price: just after a downward crossing the two differ.
        let price = if self.slot.tick < lower {
            low
        } else if self.slot.tick < upper {
            self.slot.sqrt_price
        } else {
            high
        };
        let amounts = [
            amount_0(price, high, liquidity, round_up)?,
            amount_1(low, price, liquidity, round_up),
        ];
        let [Ok(first), Ok(second)] = amounts.map(u128::try_from) else {
            return Err(PoolError::Overflow);
        };
        Ok([first, second])
    }

    /// Changes a position, its ticks and the active liquidity; the limits were checked before.
    fn modify(&mut self, key: PositionKey, delta: i128) -> Result<(), PoolError> {
        let (lower, upper) = (key.tick_lower, key.tick_upper);
        let (tick, global) = (self.slot.tick, self.slot.fee_growth_global);
        let mut emptied = [false; 2];
        if delta != 0 {
            emptied[0] = self.ticks.update(lower, false, delta, tick, global)?;
            emptied[1] = self.ticks.update(upper, true, delta, tick, global)?;
        }
        let inside = self.ticks.fee_growth_inside((lower, upper), tick, global);
        self.positions
            .entry(key)
            .or_default()
            .touch(delta, inside)?;
        for (tick, emptied) in [lower, upper].into_iter().zip(emptied) {
            if emptied {
                self.ticks.remove(tick);
            }
        }
        if (lower..upper).contains(&tick) {
            self.slot.liquidity = self
                .slot
                .liquidity
                .checked_add_signed(delta)
                .ok_or(PoolError::Overflow)?;
        }
        Ok(())
    }

    /// Fees of a position, those not yet booked in `tokens_owed` included.
    #[must_use]
    pub fn fees_owed(&self, key: PositionKey) -> [u128; 2] {
        let Some(position) = self.positions.get(&key) else {
            return [0; 2];
        };
        let inside = self.ticks.fee_growth_inside(
            (key.tick_lower, key.tick_upper),
            self.slot.tick,
            self.slot.fee_growth_global,
        );
        let earned = position.earned(inside);
        [0, 1].map(|i| position.tokens_owed[i].wrapping_add(earned[i]))
    }
}

impl Position {
    /// Fees since the last touch: growth * liquidity / 2^128.
    fn earned(&self, inside: [U256; 2]) -> [u128; 2] {
        if self.liquidity == 0 {
            return [0; 2];
        }
        [0, 1].map(|i| {
            let growth = inside[i].wrapping_sub(self.fee_growth_inside_last[i]);
            // Below 2^256: the liquidity is below 2^128. The contract keeps the low 128 bits.
            mul_div(growth, U256::from(self.liquidity), U256::ONE << 128, false)
                .map_or(0, |fees| fees.wrapping_to())
        })
    }

    fn touch(&mut self, delta: i128, inside: [U256; 2]) -> Result<(), PoolError> {
        let earned = self.earned(inside);
        self.liquidity = self
            .liquidity
            .checked_add_signed(delta)
            .ok_or(PoolError::PositionTooSmall)?;
        self.fee_growth_inside_last = inside;
        for (owed, earned) in self.tokens_owed.iter_mut().zip(earned) {
            *owed = owed.wrapping_add(earned);
        }
        Ok(())
    }
}
