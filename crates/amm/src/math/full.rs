//! Multiplication followed by division without loss in between, and roots.

use super::wide::{Wide, divide, multiply};
use crate::PoolError;
use ruint::aliases::U256;

const OVERFLOW: PoolError = PoolError::Overflow;

/// The low four limbs if the others are zero.
#[inline]
fn narrow(wide: &Wide) -> Result<U256, PoolError> {
    if wide[4] | wide[5] | wide[6] | wide[7] != 0 {
        return Err(OVERFLOW);
    }
    Ok(U256::from_limbs([wide[0], wide[1], wide[2], wide[3]]))
}

/// The quotient of a wide number, rounded up if asked; an error if it has more than 256 bits.
#[inline]
pub(crate) fn quotient(numerator: &Wide, divisor: &[u64], up: bool) -> Result<U256, PoolError> {
    let (quotient, inexact) = divide(numerator, divisor);
    let floor = narrow(&quotient)?;
    if up && inexact {
        floor.checked_add(U256::ONE).ok_or(OVERFLOW)
    } else {
        Ok(floor)
    }
}

/// a * b / divisor through 512 bits, rounded down or up.
///
/// # Errors
///
/// [`PoolError::Overflow`] if the divisor is zero or the result exceeds 256 bits, where the
/// contracts revert.
#[inline]
pub(crate) fn mul_div(a: U256, b: U256, divisor: U256, up: bool) -> Result<U256, PoolError> {
    if divisor.is_zero() {
        return Err(OVERFLOW);
    }
    let numerator = multiply(a.as_limbs(), b.as_limbs());
    quotient(&numerator, divisor.as_limbs(), up)
}

/// a * b / divisor of small factors, rounded down or up.
#[inline]
pub(crate) fn mul_div_small(a: U256, b: u64, divisor: u64, up: bool) -> Result<U256, PoolError> {
    let numerator = multiply(a.as_limbs(), &[b]);
    quotient(&numerator, &[divisor], up)
}

/// The integer part of the square root.
pub(crate) fn sqrt(value: U256) -> U256 {
    if value.is_zero() {
        return value;
    }
    // Newton's iteration falls from any start above the root.
    let mut root = U256::ONE << value.bit_len().div_ceil(2);
    loop {
        let next = (root + value / root) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use super::{mul_div, mul_div_small, sqrt};
    use proptest::prelude::*;
    use ruint::aliases::{U256, U512};

    /// Numbers of every length, and those of long runs of ones and zeros, on which quotient digits
    /// are guessed wrong.
    fn number() -> impl Strategy<Value = U256> {
        let limb = prop_oneof![
            Just(0),
            Just(u64::MAX),
            Just(1),
            Just(1 << 63),
            any::<u64>(),
        ];
        (prop::array::uniform4(limb), 0_usize..256)
            .prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
    }

    fn widened(x: U256) -> U512 {
        U512::from(x)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn a_quotient_is_that_of_plain_wide_integers(a in number(), b in number(), d in number()) {
            let d = d.max(U256::ONE);
            let product = widened(a) * widened(b);
            let (floor, rest) = product.div_rem(widened(d));
            let ceil = floor + U512::from(u8::from(!rest.is_zero()));
            for (expected, up) in [(floor, false), (ceil, true)] {
                let got = mul_div(a, b, d, up).ok().map(widened);
                let fits = expected <= widened(U256::MAX);
                prop_assert_eq!(got, fits.then_some(expected));
            }
        }

        #[test]
        fn a_small_quotient_is_the_same(a in number(), b in any::<u64>(), d in 1_u64..) {
            for up in [false, true] {
                prop_assert_eq!(
                    mul_div_small(a, b, d, up).ok(),
                    mul_div(a, U256::from(b), U256::from(d), up).ok()
                );
            }
        }

        #[test]
        fn a_root_is_the_largest_whose_square_fits(x in number()) {
            let root = sqrt(x);
            let square = |r: U256| widened(r) * widened(r);
            prop_assert!(square(root) <= widened(x));
            prop_assert!(square(root + U256::ONE) > widened(x));
        }
    }

    #[test]
    fn a_division_by_zero_is_an_error() {
        assert!(mul_div(U256::ONE, U256::ONE, U256::ZERO, true).is_err());
    }
}
