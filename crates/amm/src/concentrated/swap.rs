//! Swaps (v3-core `UniswapV3Pool.swap`).

use super::swap_step::{Fee, swap_step};
use super::tick_math::{MAX_SQRT_RATIO, MIN_SQRT_RATIO, tick_at_sqrt_ratio};
use super::ticks::{Next, Place, TickTable};
use super::{ConcentratedLiquidity, Slot};
use crate::PoolError;
use crate::math::full::quotient;
use ruint::aliases::U256;

/// Which side of a swap is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountSpecified {
    /// What is paid, with the fee.
    ExactIn(U256),
    /// What is received.
    ExactOut(U256),
}

/// What a swap moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwapDeltas {
    /// Tokens paid into the pool, the fee included.
    pub amount_in: u128,
    /// Tokens paid out of it.
    pub amount_out: u128,
    /// The fee within `amount_in`, the protocol's part included.
    pub fee: u128,
    /// Initialized ticks crossed.
    pub ticks_crossed: u32,
    /// What the limit or the end of liquidity left of the amount specified.
    pub unfilled: U256,
}

/// Access of a swap to the ticks: a quote only reads them.
trait Ticks {
    fn next(&self, from: Option<Place>, tick: i32, down: bool) -> Result<Next, PoolError>;
    fn cross(&mut self, place: Place, growth: [U256; 2]) -> i128;
}

impl Ticks for &TickTable {
    #[inline]
    fn next(&self, from: Option<Place>, tick: i32, down: bool) -> Result<Next, PoolError> {
        self.next_after(from, tick, down)
    }

    #[inline]
    fn cross(&mut self, place: Place, _: [U256; 2]) -> i128 {
        self.liquidity_net(place)
    }
}

impl Ticks for &mut TickTable {
    #[inline]
    fn next(&self, from: Option<Place>, tick: i32, down: bool) -> Result<Next, PoolError> {
        self.next_after(from, tick, down)
    }

    #[inline]
    fn cross(&mut self, place: Place, growth: [U256; 2]) -> i128 {
        TickTable::cross(self, place, growth)
    }
}

/// What was asked for.
#[derive(Clone, Copy)]
struct Order {
    zero_for_one: bool,
    exact_in: bool,
    amount: U256,
    limit: U256,
    fee: Fee,
    /// The protocol takes 1/n of the fee; 0: nothing.
    fee_protocol: u8,
}

/// Sums over the steps.
#[derive(Clone, Copy)]
struct Totals {
    remaining: U256,
    calculated: U256,
    fee: U256,
    protocol_fee: u128,
    crossed: u32,
}

impl Order {
    fn new(
        pool: &ConcentratedLiquidity,
        zero_for_one: bool,
        amount: AmountSpecified,
        limit: Option<U256>,
    ) -> Result<Self, PoolError> {
        let (exact_in, amount) = match amount {
            AmountSpecified::ExactIn(amount) => (true, amount),
            AmountSpecified::ExactOut(amount) => (false, amount),
        };
        if amount.is_zero() {
            return Err(PoolError::ZeroAmount);
        }
        // The contract's amounts are signed.
        if amount.bit(255) {
            return Err(PoolError::Overflow);
        }
        let price = pool.slot.sqrt_price;
        let limit = limit.unwrap_or(if zero_for_one {
            MIN_SQRT_RATIO + U256::ONE
        } else {
            MAX_SQRT_RATIO - U256::ONE
        });
        let allowed = if zero_for_one {
            limit < price && limit > MIN_SQRT_RATIO
        } else {
            limit > price && limit < MAX_SQRT_RATIO
        };
        if !allowed {
            return Err(PoolError::PriceLimit(limit));
        }
        Ok(Self {
            zero_for_one,
            exact_in,
            amount,
            limit,
            fee: Fee::new(pool.fee_pips),
            fee_protocol: pool.fee_protocol[usize::from(!zero_for_one)],
        })
    }

    /// Swaps until the amount is used up or the limit is reached.
    fn fill(&self, slot: &mut Slot, mut ticks: impl Ticks) -> Result<Totals, PoolError> {
        let mut totals = Totals {
            remaining: self.amount,
            calculated: U256::ZERO,
            fee: U256::ZERO,
            protocol_fee: 0,
            crossed: 0,
        };
        let token_in = usize::from(!self.zero_for_one);
        let mut crossed = None;
        while !totals.remaining.is_zero() && slot.sqrt_price != self.limit {
            let start = slot.sqrt_price;
            let next = ticks.next(crossed, slot.tick, self.zero_for_one)?;
            let beyond_limit = if self.zero_for_one {
                next.sqrt_price < self.limit
            } else {
                next.sqrt_price > self.limit
            };
            let target = if beyond_limit {
                self.limit
            } else {
                next.sqrt_price
            };
            let fee = self.step(slot, target, &mut totals)?;
            if slot.liquidity > 0 {
                let growth = fee_growth(fee, slot.liquidity)?;
                let global = &mut slot.fee_growth_global[token_in];
                *global = global.wrapping_add(growth);
            }
            if slot.sqrt_price == next.sqrt_price {
                if let Some(place) = next.place {
                    let net = ticks.cross(place, slot.fee_growth_global);
                    let change = if self.zero_for_one { -net } else { net };
                    slot.liquidity = slot
                        .liquidity
                        .checked_add_signed(change)
                        .ok_or(PoolError::Overflow)?;
                    totals.crossed += 1;
                }
                crossed = next.place;
                slot.tick = next.tick - i32::from(self.zero_for_one);
            } else if slot.sqrt_price != start {
                slot.tick = tick_at_sqrt_ratio(slot.sqrt_price)?;
            }
        }
        Ok(totals)
    }

    /// One step; returns the fee that goes to liquidity.
    #[inline]
    fn step(&self, slot: &mut Slot, target: U256, totals: &mut Totals) -> Result<U256, PoolError> {
        let step = swap_step(
            slot.sqrt_price,
            target,
            slot.liquidity,
            totals.remaining,
            self.exact_in,
            &self.fee,
        )?;
        slot.sqrt_price = step.sqrt_price;
        let paid = step.amount_in + step.fee;
        let (given, calculated) = if self.exact_in {
            (paid, step.amount_out)
        } else {
            (step.amount_out, paid)
        };
        totals.remaining -= given;
        totals.calculated += calculated;
        totals.fee += step.fee;
        let mut fee = step.fee;
        if self.fee_protocol > 0 {
            let protocol = fee / U256::from(self.fee_protocol);
            fee -= protocol;
            let protocol: u128 = protocol.try_into().map_err(|_| PoolError::Overflow)?;
            totals.protocol_fee = totals
                .protocol_fee
                .checked_add(protocol)
                .ok_or(PoolError::Overflow)?;
        }
        Ok(fee)
    }

    /// The amounts of a filled order, and what the pool holds after it.
    fn settle(
        &self,
        pool: &ConcentratedLiquidity,
        totals: &Totals,
    ) -> Result<(SwapDeltas, Holdings), PoolError> {
        let given = self.amount - totals.remaining;
        let (amount_in, amount_out) = if self.exact_in {
            (given, totals.calculated)
        } else {
            (totals.calculated, given)
        };
        let narrow = |amount: U256| u128::try_from(amount).map_err(|_| PoolError::Overflow);
        let deltas = SwapDeltas {
            amount_in: narrow(amount_in)?,
            amount_out: narrow(amount_out)?,
            fee: narrow(totals.fee)?,
            ticks_crossed: totals.crossed,
            unfilled: totals.remaining,
        };
        let (token_in, token_out) = if self.zero_for_one { (0, 1) } else { (1, 0) };
        let mut holdings = Holdings {
            balances: pool.balances,
            protocol_fees: pool.protocol_fees,
        };
        let received = &mut holdings.balances[token_in];
        *received = received
            .checked_add(deltas.amount_in)
            .ok_or(PoolError::Overflow)?;
        let paid = &mut holdings.balances[token_out];
        *paid = paid
            .checked_sub(deltas.amount_out)
            .ok_or(PoolError::InsufficientLiquidity)?;
        let owed = &mut holdings.protocol_fees[token_in];
        *owed = owed
            .checked_add(totals.protocol_fee)
            .ok_or(PoolError::Overflow)?;
        Ok((deltas, holdings))
    }
}

/// What a pool holds, and how much of it is the protocol's.
struct Holdings {
    balances: [u128; 2],
    protocol_fees: [u128; 2],
}

/// fee * 2^128 / liquidity.
#[inline]
fn fee_growth(fee: U256, liquidity: u128) -> Result<U256, PoolError> {
    let [a, b, c, d] = *fee.as_limbs();
    let liquidity = [liquidity as u64, (liquidity >> 64) as u64];
    quotient(&[0, 0, a, b, c, d], &liquidity, false)
}

impl ConcentratedLiquidity {
    /// What a swap would move, without a limit of price if none is given; nothing changes.
    ///
    /// # Errors
    ///
    /// Those of [`Self::swap`].
    pub fn quote(
        &self,
        zero_for_one: bool,
        amount: AmountSpecified,
        limit: Option<U256>,
    ) -> Result<SwapDeltas, PoolError> {
        let order = Order::new(self, zero_for_one, amount, limit)?;
        let mut slot = self.slot;
        let totals = order.fill(&mut slot, &self.ticks)?;
        Ok(order.settle(self, &totals)?.0)
    }

    /// Swaps token 0 for token 1, or the other way, up to a square-root price. What the limit leaves
    /// unfilled is not taken.
    ///
    /// # Errors
    ///
    /// A zero amount, a limit on the wrong side of the price, a number that outgrows its type, or
    /// amounts beyond u128.
    pub fn swap(
        &mut self,
        zero_for_one: bool,
        amount: AmountSpecified,
        limit: Option<U256>,
    ) -> Result<SwapDeltas, PoolError> {
        self.swap_if(zero_for_one, amount, limit, |_| Ok(()))
    }

    /// Swaps if the amounts are accepted; else, or if it fails on the way, nothing has changed.
    pub(crate) fn swap_if(
        &mut self,
        zero_for_one: bool,
        amount: AmountSpecified,
        limit: Option<U256>,
        accept: impl Fn(&SwapDeltas) -> Result<(), PoolError>,
    ) -> Result<SwapDeltas, PoolError> {
        let order = Order::new(self, zero_for_one, amount, limit)?;
        let before = self.slot;
        let done = self.try_swap(&order, &accept);
        if done.is_err() {
            // Crossing a tick is its own inverse: the same path again leaves the ticks as they were.
            let mut slot = before;
            let _ = order.fill(&mut slot, &mut self.ticks);
            self.slot = before;
        }
        done
    }

    fn try_swap(
        &mut self,
        order: &Order,
        accept: &impl Fn(&SwapDeltas) -> Result<(), PoolError>,
    ) -> Result<SwapDeltas, PoolError> {
        let totals = order.fill(&mut self.slot, &mut self.ticks)?;
        let (deltas, holdings) = order.settle(self, &totals)?;
        accept(&deltas)?;
        self.balances = holdings.balances;
        self.protocol_fees = holdings.protocol_fees;
        Ok(deltas)
    }
}
