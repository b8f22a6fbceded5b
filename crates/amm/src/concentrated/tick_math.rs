//! Prices of ticks: `sqrt(1.0001^tick) * 2^96` and back (v3-core `TickMath`).

use crate::PoolError;
use crate::math::wide::divide;
use ruint::aliases::U256;

/// The least tick: the largest below log base 1.0001 of 2^-128.
pub const MIN_TICK: i32 = -887_272;
/// The largest tick.
pub const MAX_TICK: i32 = -MIN_TICK;
/// The square-root price of [`MIN_TICK`].
pub const MIN_SQRT_RATIO: U256 = U256::from_limbs([4_295_128_739, 0, 0, 0]);
/// The square-root price of [`MAX_TICK`]; a pool's price stays below it.
pub const MAX_SQRT_RATIO: U256 =
    U256::from_limbs([0x5d95_1d52_6398_8d26, 0xefd1_fc6a_5064_8849, 0xfffd_8963, 0]);

/// Entry i is 2^128 / sqrt(1.0001)^(2^i), rounded to the nearest.
const POWERS: [u128; 20] = [
    0xfffc_b933_bd6f_ad37_aa2d_162d_1a59_4001,
    0xfff9_7272_373d_4132_59a4_6990_580e_213a,
    0xfff2_e50f_5f65_6932_ef12_357c_f3c7_fdcc,
    0xffe5_caca_7e10_e4e6_1c36_24ea_a094_1cd0,
    0xffcb_9843_d60f_6159_c9db_5883_5c92_6644,
    0xff97_3b41_fa98_c081_472e_6896_dfb2_54c0,
    0xff2e_a164_66c9_6a38_43ec_78b3_26b5_2861,
    0xfe5d_ee04_6a99_a2a8_11c4_61f1_969c_3053,
    0xfcbe_86c7_900a_88ae_dcff_c83b_479a_a3a4,
    0xf987_a725_3ac4_1317_6f2b_074c_f781_5e54,
    0xf339_2b08_22b7_0005_940c_7a39_8e4b_70f3,
    0xe715_9475_a2c2_9b74_43b2_9c7f_a6e8_89d9,
    0xd097_f3bd_fd20_22b8_845a_d8f7_92aa_5825,
    0xa9f7_4646_2d87_0fdf_8a65_dc1f_90e0_61e5,
    0x70d8_69a1_56d2_a1b8_90bb_3df6_2baf_32f7,
    0x31be_135f_97d0_8fd9_8123_1505_542f_cfa6,
    0x09aa_508b_5b7a_84e1_c677_de54_f3e9_9bc9,
    0x005d_6af8_dedb_8119_6699_c329_225e_e604,
    0x0000_2216_e584_f5fa_1ea9_2604_1bed_fe98,
    0x0000_0000_048a_1703_91f7_dc42_444e_8fa2,
];

/// 2^64 / log2(sqrt(1.0001)), as v3-core rounds it.
const LOG_SQRT_10001_OF_2: U256 = U256::from_limbs([0xa301_d710_5577_4c85, 0x3627, 0, 0]);
/// The largest excess of the approximated logarithm, in 2^-128 ticks.
const TICK_LOW_ERROR: U256 = U256::from_limbs([0x5af0_12a1_9d00_3aaa, 0x028f_6481_ab7f_045a, 0, 0]);
/// The largest shortfall of the approximated logarithm, in 2^-128 ticks.
const TICK_HIGH_ERROR: U256 =
    U256::from_limbs([0x455e_2607_99a0_632f, 0xdb2d_f09e_8195_9a81, 0, 0]);

const fn halves(x: u128) -> [u64; 2] {
    [x as u64, (x >> 64) as u64]
}

/// (a * b) >> 128.
#[inline]
fn high_product(a: u128, b: u128) -> u128 {
    let [a0, a1] = halves(a).map(u128::from);
    let [b0, b1] = halves(b).map(u128::from);
    let middle = a1 * b0 + ((a0 * b0) >> 64);
    let low = a0 * b1 + (middle & u128::from(u64::MAX));
    a1 * b1 + (middle >> 64) + (low >> 64)
}

/// The square-root price of a tick, Q64.96, rounded up.
///
/// # Errors
///
/// [`PoolError::TickOutOfRange`] beyond [`MIN_TICK`] or [`MAX_TICK`].
pub fn sqrt_ratio_at_tick(tick: i32) -> Result<U256, PoolError> {
    if !(MIN_TICK..=MAX_TICK).contains(&tick) {
        return Err(PoolError::TickOutOfRange(tick));
    }
    if tick == 0 {
        return Ok(U256::ONE << 96);
    }
    let mut bits = tick.unsigned_abs();
    let mut ratio = POWERS[bits.trailing_zeros() as usize];
    bits &= bits - 1;
    while bits != 0 {
        ratio = high_product(ratio, POWERS[bits.trailing_zeros() as usize]);
        bits &= bits - 1;
    }
    let ratio = if tick > 0 {
        let (inverse, _) = divide(&[u64::MAX; 4], &halves(ratio));
        U256::from_limbs(inverse)
    } else {
        U256::from(ratio)
    };
    let rounding = ratio.as_limbs()[0] as u32 != 0;
    Ok((ratio >> 32) + U256::from(u8::from(rounding)))
}

/// The largest tick whose square-root price is at most this one.
///
/// # Errors
///
/// [`PoolError::PriceOutOfRange`] below [`MIN_SQRT_RATIO`] and from [`MAX_SQRT_RATIO`] on.
pub fn tick_at_sqrt_ratio(sqrt_price: U256) -> Result<i32, PoolError> {
    if sqrt_price < MIN_SQRT_RATIO || sqrt_price >= MAX_SQRT_RATIO {
        return Err(PoolError::PriceOutOfRange(sqrt_price));
    }
    // Modulo 2^256, in two's complement, as the contract computes it.
    let log = log2(sqrt_price).wrapping_mul(LOG_SQRT_10001_OF_2);
    let low = integer_part(log.wrapping_sub(TICK_LOW_ERROR));
    let high = integer_part(log.wrapping_add(TICK_HIGH_ERROR));
    if low == high || sqrt_ratio_at_tick(high)? > sqrt_price {
        Ok(low)
    } else {
        Ok(high)
    }
}

/// The upper 128 bits, of which a tick needs but 24.
fn integer_part(x: U256) -> i32 {
    x.as_limbs()[2] as i32
}

/// The upper half of a square, and the bit below it.
#[inline]
fn square(x: u128) -> (u128, u128) {
    let [low, high] = halves(x).map(u128::from);
    let cross = low * high;
    // x^2 = high^2 2^128 + 2 cross 2^64 + low^2.
    let middle = ((low * low) >> 64) + u128::from((cross << 1) as u64);
    let top = high * high + (cross >> 63) + (middle >> 64);
    (top, (middle >> 63) & 1)
}

/// log2(sqrt price / 2^96) with 64 fractional bits, of which 14 are computed.
#[inline]
fn log2(sqrt_price: U256) -> U256 {
    let msb = sqrt_price.bit_len() as i64 - 1;
    // The mantissa: the price scaled to 2^127..2^128.
    let mut r: u128 = if msb >= 127 {
        (sqrt_price >> (msb - 127) as usize).wrapping_to()
    } else {
        sqrt_price.wrapping_to::<u128>() << (127 - msb)
    };
    let mut log = i128::from(msb - 96) << 64;
    for bit in (50..64).rev() {
        // Squaring doubles the logarithm; a carry is its next bit.
        let (top, next) = square(r);
        let carry = (top >> 127) as u32;
        r = if carry == 1 { top } else { top << 1 | next };
        log |= i128::from(carry) << bit;
    }
    let [low, high] = halves(log as u128);
    let sign = if log < 0 { u64::MAX } else { 0 };
    U256::from_limbs([low, high, sign, sign])
}

#[cfg(test)]
mod tests {
    use super::{
        MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
    };
    use crate::PoolError;
    use ruint::aliases::U256;

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(sqrt_ratio_at_tick(MIN_TICK), Ok(MIN_SQRT_RATIO));
        assert_eq!(sqrt_ratio_at_tick(MAX_TICK), Ok(MAX_SQRT_RATIO));
        assert_eq!(
            sqrt_ratio_at_tick(MAX_TICK + 1),
            Err(PoolError::TickOutOfRange(MAX_TICK + 1))
        );
        assert_eq!(tick_at_sqrt_ratio(MIN_SQRT_RATIO), Ok(MIN_TICK));
        assert_eq!(
            tick_at_sqrt_ratio(MAX_SQRT_RATIO - U256::ONE),
            Ok(MAX_TICK - 1)
        );
        assert!(tick_at_sqrt_ratio(MAX_SQRT_RATIO).is_err());
        assert!(tick_at_sqrt_ratio(MIN_SQRT_RATIO - U256::ONE).is_err());
    }

    #[test]
    fn a_price_belongs_to_the_largest_tick_not_above_it() {
        // Every tick near the ends and near one, and each 97th between.
        let near = |tick: i32| tick.abs() < 500 || tick.abs() > MAX_TICK - 500;
        for tick in (MIN_TICK + 1..MAX_TICK).filter(|tick| near(*tick) || tick % 97 == 0) {
            let price = sqrt_ratio_at_tick(tick).unwrap();
            assert_eq!(tick_at_sqrt_ratio(price), Ok(tick));
            assert_eq!(tick_at_sqrt_ratio(price - U256::ONE), Ok(tick - 1));
        }
    }
}
