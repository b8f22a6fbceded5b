//! What charts and agents look at. The only floating-point numbers of a pool; none returns to it.

use super::ConcentratedLiquidity;
use crate::PoolError;
use crate::math::full::mul_div;
use ruint::aliases::U256;

/// Liquidity that is the same from one tick to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquiditySegment {
    /// The first tick.
    pub tick_lower: i32,
    /// The tick at which it ends.
    pub tick_upper: i32,
    /// The liquidity while the price is between the two.
    pub liquidity: u128,
}

const TWO_POW_96: f64 = 79_228_162_514_264_337_593_543_950_336.0;

/// The price of token 0 in token 1, both in their smallest units, of a Q64.96 square root.
#[must_use]
pub fn sqrt_x96_to_price(sqrt_price: U256) -> f64 {
    let root = to_f64(sqrt_price) / TWO_POW_96;
    root * root
}

/// The Q64.96 square root of a price of token 0 in token 1, both in their smallest units, as near as
/// a double gives it; `None` outside the range of ticks.
#[must_use]
pub fn price_to_sqrt_x96(price: f64) -> Option<U256> {
    let root = price.sqrt() * TWO_POW_96;
    if !(root >= to_f64(super::MIN_SQRT_RATIO) && root < to_f64(super::MAX_SQRT_RATIO)) {
        return None;
    }
    // A double is a 53-bit integer times a power of two.
    let bits = root.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1075;
    let mantissa = U256::from((bits & ((1 << 52) - 1)) | (1 << 52));
    Some(if exponent >= 0 {
        mantissa << exponent as usize
    } else {
        mantissa >> exponent.unsigned_abs() as usize
    })
}

/// The nearest double below, limb by limb.
pub(crate) fn to_f64(x: U256) -> f64 {
    x.as_limbs().iter().rev().fold(0.0, |sum, limb| {
        sum * 18_446_744_073_709_551_616.0 + *limb as f64
    })
}

/// The most liquidity that these amounts can provide between two square-root prices
/// (v3-periphery `LiquidityAmounts.getLiquidityForAmounts`).
///
/// # Errors
///
/// [`PoolError::Overflow`] beyond u128, or if the prices are equal.
pub fn liquidity_for_amounts(
    price: U256,
    low: U256,
    high: U256,
    amounts: [u128; 2],
) -> Result<u128, PoolError> {
    let (low, high) = if low <= high {
        (low, high)
    } else {
        (high, low)
    };
    let by_0 = |from: U256| {
        let product = mul_div(from, high, U256::ONE << 96, false)?;
        mul_div(U256::from(amounts[0]), product, high - from, false)
    };
    let by_1 = |to: U256| mul_div(U256::from(amounts[1]), U256::ONE << 96, to - low, false);
    let liquidity = if price <= low {
        by_0(low)?
    } else if price < high {
        by_0(price)?.min(by_1(price)?)
    } else {
        by_1(high)?
    };
    u128::try_from(liquidity).map_err(|_| PoolError::Overflow)
}

impl ConcentratedLiquidity {
    /// The liquidity between initialized ticks, from the lowest to the highest; empty ranges between
    /// positions included with a liquidity of zero.
    #[must_use]
    pub fn liquidity_by_tick(&self) -> Vec<LiquiditySegment> {
        let mut segments = Vec::new();
        let mut liquidity = 0_u128;
        let mut ticks = self.ticks.iter().peekable();
        while let Some(tick) = ticks.next() {
            // Positions end where others began, so the sum is never negative.
            liquidity = liquidity.wrapping_add_signed(tick.liquidity_net);
            if let Some(next) = ticks.peek() {
                segments.push(LiquiditySegment {
                    tick_lower: tick.tick,
                    tick_upper: next.tick,
                    liquidity,
                });
            }
        }
        segments
    }

    /// The price of token 0 in token 1 in the tokens' smallest units.
    #[must_use]
    pub fn price(&self) -> f64 {
        sqrt_x96_to_price(self.slot.sqrt_price)
    }
}
