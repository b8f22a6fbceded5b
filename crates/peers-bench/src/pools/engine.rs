//! The implementations behind one interface.

#![expect(
    clippy::disallowed_types,
    reason = "uniswap_v3_math keeps its bitmap in a standard map; it is only looked up"
)]

use crate::{Order, Totals};
use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{I256, U160, U256};
use firesale_amm::{AmountSpecified, ConcentratedLiquidity};
use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use uniswap_v3_math::{swap_math, tick_bitmap, tick_math};
use uniswap_v3_sdk::prelude::{Tick, TickListDataProvider, v3_swap};

/// An implementation of a pool.
pub trait Engine {
    /// Name and version.
    const NAME: &'static str;

    /// In the state of this pool.
    fn new(pool: &ConcentratedLiquidity) -> Self;

    /// Swaps one order after the other.
    fn run(&mut self, orders: &[Order]) -> Totals;
}

/// firesale-amm.
pub struct Firesale(ConcentratedLiquidity);

/// An order's amount.
pub fn specified(order: &Order) -> AmountSpecified {
    let amount = firesale_amm::U256::from(order.amount);
    if order.exact_in {
        AmountSpecified::ExactIn(amount)
    } else {
        AmountSpecified::ExactOut(amount)
    }
}

impl Engine for Firesale {
    const NAME: &'static str = "firesale-amm 0.1.0";

    fn new(pool: &ConcentratedLiquidity) -> Self {
        Self(pool.clone())
    }

    fn run(&mut self, orders: &[Order]) -> Totals {
        let mut totals = Totals::default();
        for order in orders {
            let done = self
                .0
                .swap(order.zero_for_one, specified(order), None)
                .expect("liquid");
            totals.add(done.amount_in, done.amount_out);
        }
        totals
    }
}

/// The contract's signed amount.
fn signed(order: &Order) -> I256 {
    let amount = I256::from_raw(U256::from(order.amount));
    if order.exact_in { amount } else { -amount }
}

/// What was paid and received, from what is left of the amount and what was calculated.
fn moved(order: &Order, remaining: I256, calculated: I256) -> (u128, u128) {
    let given = (signed(order) - remaining).unsigned_abs().to::<u128>();
    let calculated = calculated.unsigned_abs().to::<u128>();
    if order.exact_in {
        (given, calculated)
    } else {
        (calculated, given)
    }
}

/// uniswap-v3-sdk: its whole swap, over its sorted list of ticks.
pub struct Sdk {
    ticks: TickListDataProvider<I24>,
    sqrt_price: U160,
    tick: I24,
    liquidity: u128,
}

/// Runs a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a list of ticks does not wait"),
    }
}

fn i24(tick: i32) -> I24 {
    I24::try_from(tick).expect("24 bits")
}

impl Engine for Sdk {
    const NAME: &'static str = "uniswap-v3-sdk 7.0.0";

    fn new(pool: &ConcentratedLiquidity) -> Self {
        let ticks = pool
            .ticks()
            .map(|tick| Tick::new(i24(tick.tick), tick.liquidity_gross, tick.liquidity_net))
            .collect();
        Self {
            ticks: TickListDataProvider::new(ticks, i24(pool.tick_spacing())),
            sqrt_price: U160::from(U256::from_limbs(*pool.sqrt_price_x96().as_limbs())),
            tick: i24(pool.tick()),
            liquidity: pool.liquidity(),
        }
    }

    fn run(&mut self, orders: &[Order]) -> Totals {
        let mut totals = Totals::default();
        let (fee, spacing) = (U24::from(3_000), i24(60));
        for order in orders {
            let state = ready(v3_swap(
                fee,
                self.sqrt_price,
                self.tick,
                self.liquidity,
                spacing,
                &self.ticks,
                order.zero_for_one,
                signed(order),
                None,
            ))
            .expect("liquid");
            self.sqrt_price = state.sqrt_price_x96;
            self.tick = state.tick_current;
            self.liquidity = state.liquidity;
            let (paid, received) = moved(
                order,
                state.amount_specified_remaining,
                state.amount_calculated,
            );
            totals.add(paid, received);
        }
        totals
    }
}

/// uniswap_v3_math: its steps, bitmap and prices in the contract's loop, which it leaves to its user.
pub struct Math {
    bitmap: HashMap<i16, U256>,
    liquidity_net: HashMap<i32, i128>,
    sqrt_price: U256,
    tick: i32,
    liquidity: u128,
}

impl Engine for Math {
    const NAME: &'static str = "uniswap_v3_math 0.6.2";

    fn new(pool: &ConcentratedLiquidity) -> Self {
        let mut bitmap = HashMap::new();
        for tick in pool.ticks() {
            tick_bitmap::flip_tick(&mut bitmap, tick.tick, pool.tick_spacing()).expect("valid");
        }
        Self {
            bitmap,
            liquidity_net: pool
                .ticks()
                .map(|tick| (tick.tick, tick.liquidity_net))
                .collect(),
            sqrt_price: U256::from_limbs(*pool.sqrt_price_x96().as_limbs()),
            tick: pool.tick(),
            liquidity: pool.liquidity(),
        }
    }

    fn run(&mut self, orders: &[Order]) -> Totals {
        let mut totals = Totals::default();
        for order in orders {
            let (remaining, calculated) = self.swap(order);
            let (paid, received) = moved(order, remaining, calculated);
            totals.add(paid, received);
        }
        totals
    }
}

impl Math {
    fn swap(&mut self, order: &Order) -> (I256, I256) {
        let limit = if order.zero_for_one {
            tick_math::MIN_SQRT_RATIO + U256::from(1)
        } else {
            tick_math::MAX_SQRT_RATIO - U256::from(1)
        };
        let (mut remaining, mut calculated) = (signed(order), I256::ZERO);
        while !remaining.is_zero() && self.sqrt_price != limit {
            let start = self.sqrt_price;
            let (next, initialized) = tick_bitmap::next_initialized_tick_within_one_word(
                &self.bitmap,
                self.tick,
                60,
                order.zero_for_one,
            )
            .expect("valid");
            let next = next.clamp(tick_math::MIN_TICK, tick_math::MAX_TICK);
            let end = tick_math::get_sqrt_ratio_at_tick(next).expect("valid");
            let target = if order.zero_for_one {
                end.max(limit)
            } else {
                end.min(limit)
            };
            let (price, amount_in, amount_out, fee) =
                swap_math::compute_swap_step(start, target, self.liquidity, remaining, 3_000)
                    .expect("valid");
            self.sqrt_price = price;
            let (paid, received) = (I256::from_raw(amount_in + fee), I256::from_raw(amount_out));
            if order.exact_in {
                remaining -= paid;
                calculated -= received;
            } else {
                remaining += received;
                calculated += paid;
            }
            if price == end {
                if initialized {
                    let net = self.liquidity_net[&next];
                    let change = if order.zero_for_one { -net } else { net };
                    self.liquidity = self.liquidity.checked_add_signed(change).expect("valid");
                }
                self.tick = next - i32::from(order.zero_for_one);
            } else if price != start {
                self.tick = tick_math::get_tick_at_sqrt_ratio(price).expect("valid");
            }
        }
        (remaining, calculated)
    }
}
