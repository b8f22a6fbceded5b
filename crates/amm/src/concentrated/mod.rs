//! Concentrated liquidity: Uniswap v3-core's pool.
//!
//! # Model
//!
//! * Liquidity L of a position is active while the price is in its range of ticks; within a tick
//!   the pool is a constant product of virtual reserves, `dx = L d(1/sqrtP)`, `dy = L d(sqrtP)`
//!   (whitepaper 6.2; primary source, as all below).
//! * A tick is a price of 1.0001^tick, the price a square root in Q64.96; a range that nobody covers
//!   is an empty book and a swap jumps over it.
//! * A fee in parts per million stays outside the curve: it grows a counter per unit of active
//!   liquidity, from which each position's share is the growth inside its range (6.3, 6.4).
//! * Swaps step from initialized tick to initialized tick, but never beyond one 256-bit word of the
//!   bitmap; amounts in are rounded up, amounts out down, so every step of it is in the result.
//! * Growth counters wrap at 2^256, as in the contract; only their differences are used.
//!
//! **Invariants:** the pool holds at least what its positions and the protocol are owed; growth of
//! fees never falls (modulo wrapping); a refused operation leaves no trace.

mod position;
mod sqrt_price;
mod swap;
mod swap_step;
mod tick_math;
mod ticks;
mod view;

pub use position::{Position, PositionKey};
pub use swap::{AmountSpecified, SwapDeltas};
pub use tick_math::{
    MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
pub use ticks::Tick;
pub(crate) use view::to_f64;
pub use view::{LiquiditySegment, liquidity_for_amounts, price_to_sqrt_x96, sqrt_x96_to_price};

use crate::{ConfigError, PoolError};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use swap_step::PIPS;
use ticks::TickTable;

/// A Uniswap v3 pool of two tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcentratedLiquidity {
    fee_pips: u32,
    tick_spacing: i32,
    max_liquidity_per_tick: u128,
    /// 1/n of the fees goes to the protocol, by the token paid in; 0: nothing.
    fee_protocol: [u8; 2],
    slot: Slot,
    protocol_fees: [u128; 2],
    /// Tokens held: reserves, fees not collected, and the protocol's.
    balances: [u128; 2],
    ticks: TickTable,
    #[serde(with = "position::as_pairs")]
    positions: BTreeMap<PositionKey, Position>,
}

/// What a swap changes besides ticks and balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    sqrt_price: U256,
    tick: i32,
    liquidity: u128,
    fee_growth_global: [U256; 2],
}

/// The fee tiers of the factory with their tick spacings: 0.01%, 0.05%, 0.3%, 1% (primary
/// source).
pub const FEE_TIERS: [(u32, i32); 4] = [(100, 1), (500, 10), (3_000, 60), (10_000, 200)];

impl ConcentratedLiquidity {
    /// An empty pool at a square-root price (Q64.96).
    ///
    /// # Errors
    ///
    /// `fee` of 100% or more, `tick_spacing` outside 1..16384 (the factory's limits),
    /// `sqrt_price` out of range.
    pub fn new(fee_pips: u32, tick_spacing: i32, sqrt_price: U256) -> Result<Self, ConfigError> {
        if u64::from(fee_pips) >= PIPS {
            return Err(ConfigError::new(
                "fee",
                format!("{fee_pips} parts per million is 100% or more"),
            ));
        }
        if !(1..16_384).contains(&tick_spacing) {
            return Err(ConfigError::new(
                "tick_spacing",
                format!("{tick_spacing} is not in 1..16384"),
            ));
        }
        let tick = tick_at_sqrt_ratio(sqrt_price)
            .map_err(|error| ConfigError::new("sqrt_price", error.to_string()))?;
        Ok(Self {
            fee_pips,
            tick_spacing,
            max_liquidity_per_tick: max_liquidity_per_tick(tick_spacing),
            fee_protocol: [0; 2],
            slot: Slot {
                sqrt_price,
                tick,
                liquidity: 0,
                fee_growth_global: [U256::ZERO; 2],
            },
            protocol_fees: [0; 2],
            balances: [0; 2],
            ticks: TickTable::new(tick_spacing),
            positions: BTreeMap::new(),
        })
    }

    /// An empty pool of one of the factory's fee tiers, with the tier's spacing.
    ///
    /// # Errors
    ///
    /// A `fee` that is no tier, or a `sqrt_price` out of range.
    pub fn of_tier(fee_pips: u32, sqrt_price: U256) -> Result<Self, ConfigError> {
        let tier = FEE_TIERS.iter().find(|(fee, _)| *fee == fee_pips);
        let Some((_, spacing)) = tier else {
            return Err(ConfigError::new(
                "fee",
                format!("{fee_pips} is none of the tiers 100, 500, 3000, 10000"),
            ));
        };
        Self::new(fee_pips, *spacing, sqrt_price)
    }

    /// Sets the protocol's part of the fees paid in token 0 and 1: 1/n, or 0 for none.
    ///
    /// # Errors
    ///
    /// `fee_protocol` that is neither 0 nor 4 to 10.
    pub fn set_fee_protocol(&mut self, parts: [u8; 2]) -> Result<(), ConfigError> {
        if parts.iter().any(|n| *n != 0 && !(4..=10).contains(n)) {
            return Err(ConfigError::new(
                "fee_protocol",
                format!(
                    "1/{} and 1/{}: only 0 and 4 to 10 are allowed",
                    parts[0], parts[1]
                ),
            ));
        }
        self.fee_protocol = parts;
        Ok(())
    }

    /// Pays out fees of the protocol, at most these amounts.
    pub fn collect_protocol(&mut self, requested: [u128; 2]) -> [u128; 2] {
        let paid = [0, 1].map(|i| requested[i].min(self.protocol_fees[i]));
        for (i, amount) in paid.into_iter().enumerate() {
            self.protocol_fees[i] -= amount;
            self.balances[i] -= amount;
        }
        paid
    }

    /// The fee in parts per million of the input.
    #[must_use]
    pub fn fee_pips(&self) -> u32 {
        self.fee_pips
    }

    /// Ticks that may begin or end a range are multiples of this.
    #[must_use]
    pub fn tick_spacing(&self) -> i32 {
        self.tick_spacing
    }

    /// The square root of the price of token 0 in token 1, Q64.96.
    #[must_use]
    pub fn sqrt_price_x96(&self) -> U256 {
        self.slot.sqrt_price
    }

    /// The tick of the price: the largest not above it, or the one below a tick just crossed.
    #[must_use]
    pub fn tick(&self) -> i32 {
        self.slot.tick
    }

    /// The active liquidity.
    #[must_use]
    pub fn liquidity(&self) -> u128 {
        self.slot.liquidity
    }

    /// Fees per unit of liquidity since the beginning, per token, Q128 modulo 2^256.
    #[must_use]
    pub fn fee_growth_global(&self) -> [U256; 2] {
        self.slot.fee_growth_global
    }

    /// Fees of the protocol that it has not collected.
    #[must_use]
    pub fn protocol_fees(&self) -> [u128; 2] {
        self.protocol_fees
    }

    /// Tokens held, uncollected fees included.
    #[must_use]
    pub fn balances(&self) -> [u128; 2] {
        self.balances
    }

    /// The most liquidity that may begin or end at one tick: 2^128 - 1 over the number of ticks.
    #[must_use]
    pub fn max_liquidity_per_tick(&self) -> u128 {
        self.max_liquidity_per_tick
    }

    /// The initialized ticks in order.
    pub fn ticks(&self) -> impl Iterator<Item = &Tick> {
        self.ticks.iter()
    }

    /// A position, if there ever was one.
    #[must_use]
    pub fn position(&self, key: PositionKey) -> Option<&Position> {
        self.positions.get(&key)
    }

    /// All positions by owner and range.
    pub fn positions(&self) -> impl Iterator<Item = (&PositionKey, &Position)> {
        self.positions.iter()
    }

    /// Refuses a range that is reversed, out of range or off the spacing.
    pub(crate) fn check_range(&self, lower: i32, upper: i32) -> Result<(), PoolError> {
        if lower >= upper {
            return Err(PoolError::TicksReversed { lower, upper });
        }
        for tick in [lower, upper] {
            if !(MIN_TICK..=MAX_TICK).contains(&tick) {
                return Err(PoolError::TickOutOfRange(tick));
            }
            if tick % self.tick_spacing != 0 {
                return Err(PoolError::TickOffSpacing {
                    tick,
                    spacing: self.tick_spacing,
                });
            }
        }
        Ok(())
    }
}

/// (2^128 - 1) / number of usable ticks.
fn max_liquidity_per_tick(spacing: i32) -> u128 {
    let count = 2 * (MAX_TICK / spacing) + 1;
    u128::MAX / count.unsigned_abs() as u128
}
