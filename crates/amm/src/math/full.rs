//! Multiplication followed by division without loss in between, and roots.

use super::wide::{LimbDivisor, divide, multiply};
use crate::PoolError;
use ruint::aliases::U256;

const OVERFLOW: PoolError = PoolError::Overflow;

/// A quotient that must fit 256 bits, rounded up if asked and inexact.
#[inline]
fn rounded<const K: usize>(
    (limbs, inexact): ([u64; K], bool),
    up: bool,
) -> Result<U256, PoolError> {
    let mut floor = [0; 4];
    for (i, limb) in limbs.into_iter().enumerate() {
        match floor.get_mut(i) {
            Some(low) => *low = limb,
            None if limb != 0 => return Err(OVERFLOW),
            None => {}
        }
    }
    let floor = U256::from_limbs(floor);
    if up && inexact {
        floor.checked_add(U256::ONE).ok_or(OVERFLOW)
    } else {
        Ok(floor)
    }
}

/// The quotient of a wide number, rounded up if asked; an error if it has more than 256 bits. The
/// divisor must not be zero.
#[inline]
pub(crate) fn quotient<const K: usize, const D: usize>(
    numerator: &[u64; K],
    divisor: &[u64; D],
    up: bool,
) -> Result<U256, PoolError> {
    rounded(divide(numerator, divisor), up)
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
    let numerator: [u64; 8] = multiply(a.as_limbs(), b.as_limbs());
    quotient(&numerator, divisor.as_limbs(), up)
}

/// a * b / divisor of small factors, rounded down or up.
#[inline]
pub(crate) fn mul_div_limb(
    a: U256,
    b: u64,
    divisor: &LimbDivisor,
    up: bool,
) -> Result<U256, PoolError> {
    let numerator: [u64; 5] = multiply(a.as_limbs(), &[b]);
    rounded(divisor.divide(&numerator), up)
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
    use super::{mul_div, mul_div_limb, sqrt};
    use crate::math::wide::LimbDivisor;
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
                    mul_div_limb(a, b, &LimbDivisor::new(d), up).ok(),
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
