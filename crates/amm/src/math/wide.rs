//! Products and quotients wider than 256 bits, on 64-bit limbs, least significant first.
//!
//! Division is schoolbook long division (Knuth, TAOCP 2, 4.3.1 D) whose quotient digits come from a
//! reciprocal of the divisor's two leading limbs (Möller and Granlund, *Improved division by
//! invariant integers*, 2011), since a hardware division costs more than all of a digit's products.

/// Limbs of the widest numerator.
pub(crate) const WIDE: usize = 8;

/// A numerator of up to 512 bits.
pub(crate) type Wide = [u64; WIDE];

const fn lo(x: u128) -> u64 {
    x as u64
}

const fn hi(x: u128) -> u64 {
    (x >> 64) as u64
}

const fn join(high: u64, low: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

const fn product(a: u64, b: u64) -> u128 {
    a as u128 * b as u128
}

/// a * b, of up to N and M limbs; N + M must not exceed [`WIDE`].
#[inline]
pub(crate) fn multiply<const N: usize, const M: usize>(a: &[u64; N], b: &[u64; M]) -> Wide {
    const { assert!(N + M <= WIDE) };
    let mut out = [0; WIDE];
    for i in 0..N {
        let mut carry = 0;
        for j in 0..M {
            let sum = product(a[i], b[j]) + u128::from(out[i + j]) + u128::from(carry);
            out[i + j] = lo(sum);
            carry = hi(sum);
        }
        out[i + M] = carry;
    }
    out
}

/// Significant limbs.
#[inline]
pub(crate) fn significant(limbs: &[u64]) -> usize {
    let mut len = limbs.len();
    while len > 0 && limbs[len - 1] == 0 {
        len -= 1;
    }
    len
}

/// `numerator / divisor` rounded down and whether something remained. The divisor must not be zero.
#[inline]
pub(crate) fn divide(numerator: &Wide, divisor: &[u64]) -> (Wide, bool) {
    match significant(divisor) {
        1 => divide_by_limb(numerator, divisor[0]),
        2 => divide_by::<2>(numerator, divisor),
        3 => divide_by::<3>(numerator, divisor),
        4 => divide_by::<4>(numerator, divisor),
        _ => divide_by::<5>(numerator, divisor),
    }
}

/// floor((2^128 - 1) / d) - 2^64 for a d with its top bit set: Möller and Granlund, algorithm 3.
#[inline]
fn reciprocal(d: u64) -> u64 {
    let d0 = d & 1;
    let d9 = d >> 55;
    let d40 = (d >> 24) + 1;
    let d63 = (d >> 1) + d0;
    let v0 = u64::from(SEED[(d9 - 256) as usize]);
    let v1 = (v0 << 11) - ((v0 * v0 * d40) >> 40) - 1;
    let v2 = (v1 << 13) + ((v1 * ((1 << 60) - v1 * d40)) >> 47);
    let e = ((v2 >> 1) & 0_u64.wrapping_sub(d0)).wrapping_sub(v2.wrapping_mul(d63));
    let v3 = (v2 << 31).wrapping_add(hi(product(v2, e)) >> 1);
    v3.wrapping_sub(hi(product(v3, d) + u128::from(d)).wrapping_add(d))
}

/// The first approximation of a reciprocal, by the divisor's nine leading bits.
static SEED: [u16; 256] = {
    let mut seed = [0; 256];
    let mut i = 0;
    while i < 256 {
        seed[i] = (((1 << 19) - 3 * (1 << 8)) / (256 + i)) as u16;
        i += 1;
    }
    seed
};

/// floor((2^192 - 1) / (d1, d0)) - 2^64 for a d1 with its top bit set: their algorithm 6.
#[inline]
fn reciprocal_of_two(d1: u64, d0: u64) -> u64 {
    let mut v = reciprocal(d1);
    let mut p = d1.wrapping_mul(v).wrapping_add(d0);
    if p < d0 {
        v = v.wrapping_sub(1);
        if p >= d1 {
            v = v.wrapping_sub(1);
            p = p.wrapping_sub(d1);
        }
        p = p.wrapping_sub(d1);
    }
    let t = product(v, d0);
    p = p.wrapping_add(hi(t));
    if p < hi(t) {
        v = v.wrapping_sub(1);
        if join(p, lo(t)) >= join(d1, d0) {
            v = v.wrapping_sub(1);
        }
    }
    v
}

/// The quotient of (u2, u1, u0) by `d` and the remainder, if (u2, u1) < d: their algorithm 5.
#[inline]
fn digit(u2: u64, u1: u64, u0: u64, d: u128, v: u64) -> (u64, u128) {
    let q = product(v, u2).wrapping_add(join(u2, u1));
    let (mut q1, q0) = (hi(q), lo(q));
    let r1 = u1.wrapping_sub(q1.wrapping_mul(hi(d)));
    let mut r = join(r1, u0)
        .wrapping_sub(product(lo(d), q1))
        .wrapping_sub(d);
    q1 = q1.wrapping_add(1);
    if hi(r) >= q0 {
        q1 = q1.wrapping_sub(1);
        r = r.wrapping_add(d);
    }
    if r >= d {
        q1 = q1.wrapping_add(1);
        r -= d;
    }
    (q1, r)
}

/// Shifts left by less than 64 bits; the result has one limb more.
#[inline]
fn shifted(limbs: &[u64; WIDE], shift: u32) -> [u64; WIDE + 1] {
    let mut out = [0; WIDE + 1];
    let mut carry = 0;
    for i in 0..WIDE {
        let wide = u128::from(limbs[i]) << shift;
        out[i] = lo(wide) | carry;
        carry = hi(wide);
    }
    out[WIDE] = carry;
    out
}

#[inline]
fn divide_by_limb(numerator: &Wide, divisor: u64) -> (Wide, bool) {
    let shift = divisor.leading_zeros();
    let d = divisor << shift;
    let v = reciprocal(d);
    let len = significant(numerator);
    let u = shifted(numerator, shift);
    let mut quotient = [0; WIDE];
    let mut rest = u[len];
    for i in (0..len).rev() {
        let q = product(v, rest).wrapping_add(join(rest, u[i]));
        let mut q1 = hi(q).wrapping_add(1);
        let mut r = u[i].wrapping_sub(q1.wrapping_mul(d));
        if r > lo(q) {
            q1 = q1.wrapping_sub(1);
            r = r.wrapping_add(d);
        }
        if r >= d {
            q1 = q1.wrapping_add(1);
            r -= d;
        }
        quotient[i] = q1;
        rest = r;
    }
    (quotient, rest != 0)
}

/// Long division by a divisor of N limbs, the last of them not zero.
#[inline]
fn divide_by<const N: usize>(numerator: &Wide, divisor: &[u64]) -> (Wide, bool) {
    let len = significant(numerator);
    let mut quotient = [0; WIDE];
    if len < N {
        return (quotient, len > 0);
    }
    let shift = divisor[N - 1].leading_zeros();
    let mut d = [0; N];
    let mut carry = 0;
    for i in 0..N {
        let wide = u128::from(divisor[i]) << shift;
        d[i] = lo(wide) | carry;
        carry = hi(wide);
    }
    let mut u = shifted(numerator, shift);
    let top = join(d[N - 1], d[N - 2]);
    let v = reciprocal_of_two(d[N - 1], d[N - 2]);
    for j in (0..=len - N).rev() {
        quotient[j] = eliminate(&mut u, j, &d, top, v);
    }
    let rest = u[..N].iter().any(|limb| *limb != 0);
    (quotient, rest)
}

/// One digit of the quotient; takes its multiple of the divisor from `u` at `j`.
#[inline]
fn eliminate<const N: usize>(
    u: &mut [u64; WIDE + 1],
    j: usize,
    d: &[u64; N],
    top: u128,
    v: u64,
) -> u64 {
    let leading = join(u[j + N], u[j + N - 1]);
    let (mut q, rest) = if leading >= top {
        (u64::MAX, None)
    } else {
        let (q, rest) = digit(u[j + N], u[j + N - 1], u[j + N - 2], top, v);
        (q, Some(rest))
    };
    if let (2, Some(rest)) = (N, rest) {
        (u[j], u[j + 1], u[j + 2]) = (lo(rest), hi(rest), 0);
        return q;
    }
    let mut borrow = 0;
    let mut carry = 0;
    for i in 0..N {
        let wide = product(q, d[i]) + u128::from(carry);
        carry = hi(wide);
        let (low, first) = u[j + i].overflowing_sub(lo(wide));
        let (low, second) = low.overflowing_sub(borrow);
        u[j + i] = low;
        borrow = u64::from(first | second);
    }
    let (low, first) = u[j + N].overflowing_sub(carry);
    let (low, second) = low.overflowing_sub(borrow);
    u[j + N] = low;
    // The digit came from two limbs of the divisor alone: it may be one, seldom two too large.
    let mut negative = first | second;
    while negative {
        q -= 1;
        let mut carry = false;
        for i in 0..N {
            let (sum, first) = u[j + i].overflowing_add(d[i]);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            u[j + i] = sum;
            carry = first | second;
        }
        let (sum, over) = u[j + N].overflowing_add(u64::from(carry));
        u[j + N] = sum;
        negative = !over;
    }
    q
}
