//! Powers of fixed-point numbers through logarithm and exponential (Balancer `LogExpMath`).
//!
//! The contract computes with signed numbers; all its divisions round toward zero, so sign and
//! magnitude give the same.

use super::fixed::ONE;
use crate::PoolError;
use ruint::aliases::U256;

const OVERFLOW: PoolError = PoolError::Overflow;

const fn wide(value: u128) -> U256 {
    U256::from_limbs([value as u64, (value >> 64) as u64, 0, 0])
}

/// 1 with 20 decimals.
const ONE_20: U256 = wide(100_000_000_000_000_000_000);
/// 1 with 36 decimals.
const ONE_36: U256 = wide(1_000_000_000_000_000_000_000_000_000_000_000_000);
/// The largest exponent of e, 130.
const MAX_NATURAL_EXPONENT: U256 = wide(130_000_000_000_000_000_000);
/// Minus the least exponent of e, -41.
const MIN_NATURAL_EXPONENT: U256 = wide(41_000_000_000_000_000_000);
/// Between 0.9 and 1.1 the logarithm is computed with 36 decimals.
const NEAR_ONE: U256 = wide(100_000_000_000_000_000);

/// e^128 without decimals.
const E_128: U256 = U256::from_limbs([
    0x0262_8270_0000_0000,
    0xf53a_2717_2fa9_ec63,
    0x0195_e54c_5dd4_2177,
    0,
]);
/// e^64 without decimals.
const E_64: U256 = wide(6_235_149_080_811_616_882_910_000_000);

/// (x, e^x) for x = 2^5 down to 2^-4, both with 20 decimals, as the contract rounds them.
const POWERS: [(u128, u128); 10] = [
    (
        3_200_000_000_000_000_000_000,
        7_896_296_018_268_069_516_100_000_000_000_000,
    ),
    (
        1_600_000_000_000_000_000_000,
        888_611_052_050_787_263_676_000_000,
    ),
    (800_000_000_000_000_000_000, 298_095_798_704_172_827_474_000),
    (400_000_000_000_000_000_000, 5_459_815_003_314_423_907_810),
    (200_000_000_000_000_000_000, 738_905_609_893_065_022_723),
    (100_000_000_000_000_000_000, 271_828_182_845_904_523_536),
    (50_000_000_000_000_000_000, 164_872_127_070_012_814_685),
    (25_000_000_000_000_000_000, 128_402_541_668_774_148_407),
    (12_500_000_000_000_000_000, 113_314_845_306_682_631_683),
    (6_250_000_000_000_000_000, 106_449_445_891_785_942_956),
];
/// The powers of e that the exponential takes out before its series.
const EXPONENTIAL_POWERS: usize = 8;

/// A number with its sign.
#[derive(Clone, Copy)]
struct Signed {
    negative: bool,
    magnitude: U256,
}

/// base^exponent, all with 18 decimals.
///
/// # Errors
///
/// [`PoolError::Overflow`] if a number is out of the contract's bounds.
pub(super) fn pow(base: U256, exponent: U256) -> Result<U256, PoolError> {
    if exponent.is_zero() {
        return Ok(ONE);
    }
    if base.is_zero() {
        return Ok(U256::ZERO);
    }
    // Both must fit the contract's signed numbers; the exponent is bounded so that a product does.
    if base.bit(255) || exponent >= (U256::ONE << 254) / ONE_20 {
        return Err(OVERFLOW);
    }
    let product = if base > ONE - NEAR_ONE && base < ONE + NEAR_ONE {
        let log = ln_36(base)?;
        let whole = (log.magnitude / ONE).checked_mul(exponent);
        let rest = (log.magnitude % ONE).checked_mul(exponent);
        let sum = whole
            .zip(rest)
            .and_then(|(whole, rest)| whole.checked_add(rest / ONE));
        Signed {
            negative: log.negative,
            magnitude: sum.ok_or(OVERFLOW)?,
        }
    } else {
        let log = ln(base)?;
        Signed {
            negative: log.negative,
            magnitude: log.magnitude.checked_mul(exponent).ok_or(OVERFLOW)?,
        }
    };
    exp(Signed {
        negative: product.negative,
        magnitude: product.magnitude / ONE,
    })
}

/// e^x with 18 decimals.
fn exp(x: Signed) -> Result<U256, PoolError> {
    let bound = if x.negative {
        MIN_NATURAL_EXPONENT
    } else {
        MAX_NATURAL_EXPONENT
    };
    if x.magnitude > bound {
        return Err(OVERFLOW);
    }
    let positive = exp_of_positive(x.magnitude)?;
    Ok(if x.negative {
        ONE_36 / positive
    } else {
        positive
    })
}

fn exp_of_positive(mut x: U256) -> Result<U256, PoolError> {
    let (x0, x1) = (wide(128) * ONE, wide(64) * ONE);
    let first = if x >= x0 {
        x -= x0;
        E_128
    } else if x >= x1 {
        x -= x1;
        E_64
    } else {
        U256::ONE
    };
    // From here with 20 decimals.
    x *= wide(100);
    let mut product = ONE_20;
    for (power, e_to_power) in &POWERS[..EXPONENTIAL_POWERS] {
        if x >= wide(*power) {
            x -= wide(*power);
            product = product * wide(*e_to_power) / ONE_20;
        }
    }
    // The series 1 + x + x^2 / 2! + ... of twelve terms.
    let mut sum = ONE_20 + x;
    let mut term = x;
    for n in 2..=12 {
        term = term * x / ONE_20 / wide(n);
        sum += term;
    }
    let scaled = (product * sum / ONE_20)
        .checked_mul(first)
        .ok_or(OVERFLOW)?;
    Ok(scaled / wide(100))
}

/// The natural logarithm with 18 decimals.
fn ln(a: U256) -> Result<Signed, PoolError> {
    if a < ONE {
        // ln(a) = -ln(1 / a).
        return Ok(Signed {
            negative: true,
            magnitude: ln_of_large(ONE_36 / a)?,
        });
    }
    Ok(Signed {
        negative: false,
        magnitude: ln_of_large(a)?,
    })
}

fn ln_of_large(mut a: U256) -> Result<U256, PoolError> {
    let mut sum = U256::ZERO;
    for (power, e_to_power) in [(128, E_128), (64, E_64)] {
        if e_to_power.checked_mul(ONE).is_some_and(|least| a >= least) {
            a /= e_to_power;
            sum += wide(power) * ONE_20;
        }
    }
    // From here with 20 decimals.
    a = a.checked_mul(wide(100)).ok_or(OVERFLOW)?;
    for (power, e_to_power) in POWERS {
        if a >= wide(e_to_power) {
            a = a * ONE_20 / wide(e_to_power);
            sum += wide(power);
        }
    }
    let z = (a - ONE_20) * ONE_20 / (a + ONE_20);
    Ok((sum + series(z, ONE_20, 11) * wide(2)) / wide(100))
}

/// The natural logarithm of a number near 1, with 36 decimals.
fn ln_36(x: U256) -> Result<Signed, PoolError> {
    let x = x.checked_mul(ONE).ok_or(OVERFLOW)?;
    let z = x.abs_diff(ONE_36) * ONE_36 / (x + ONE_36);
    Ok(Signed {
        negative: x < ONE_36,
        magnitude: series(z, ONE_36, 15) * wide(2),
    })
}

/// z + z^3 / 3 + z^5 / 5 + ... up to the given power.
fn series(z: U256, one: U256, last: u128) -> U256 {
    let square = z * z / one;
    let mut term = z;
    let mut sum = z;
    for n in (3..=last).step_by(2) {
        term = term * square / one;
        sum += term / wide(n);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{ONE, pow, wide};
    use ruint::aliases::U256;

    /// Thousandths to the power of thousandths; expected values from arithmetic of 40 digits.
    #[test]
    fn powers_are_those_of_the_functions() {
        let milli = |n: u128| wide(n) * wide(1_000_000_000_000_000);
        for (base, exponent, expected) in [
            (2_000, 500, 1_414_213_562_373_095_048),
            (2_000, 10_000, 1_024_000_000_000_000_000_000),
            (500, 500, 707_106_781_186_547_524),
            (1_050, 200, 1_009_805_797_673_485_308),
            (950, 300, 984_729_801_817_575_106),
            (123_456, 100, 1_618_643_546_831_829_630_u128),
        ] {
            let got = pow(milli(base), milli(exponent)).unwrap();
            let error = got.abs_diff(wide(expected));
            assert!(
                error <= wide(expected) / wide(100_000_000_000_000),
                "{base} {exponent} {got}"
            );
        }
    }

    #[test]
    fn the_ends_of_the_domain() {
        assert_eq!(pow(U256::ZERO, U256::ZERO), Ok(ONE));
        assert_eq!(pow(U256::ZERO, ONE), Ok(U256::ZERO));
        assert!(pow(U256::MAX, ONE).is_err());
        assert!(pow(wide(2) * ONE, wide(200) * ONE).is_err());
        assert!(pow(ONE / wide(2), wide(60) * ONE).is_err());
        assert!(pow(ONE, U256::MAX).is_err());
    }
}
