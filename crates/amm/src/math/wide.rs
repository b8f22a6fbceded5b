//! Products and quotients wider than 256 bits, on 64-bit limbs, least significant first.
//!
//! Division is schoolbook long division (Knuth, TAOCP 2, 4.3.1 D) whose quotient digits come from a
//! reciprocal of the divisor's two leading limbs (Möller and Granlund, *Improved division by
//! invariant integers*, 2011), since a hardware division costs more than all of a digit's products.

/// Limbs of the widest numerator, and one to shift into.
const ROOM: usize = 9;

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

/// a * b, of N + M limbs.
#[inline]
pub(crate) fn multiply<const N: usize, const M: usize, const K: usize>(
    a: &[u64; N],
    b: &[u64; M],
) -> [u64; K] {
    const { assert!(N + M == K) };
    let mut out = [0; K];
    for i in 0..N {
        let mut carry = 0;
        for j in 0..M {
            (out[i + j], carry) = a[i].carrying_mul_add(b[j], out[i + j], carry);
        }
        out[i + M] = carry;
    }
    out
}

/// Significant limbs.
#[inline]
fn significant<const K: usize>(limbs: &[u64; K]) -> usize {
    let mut len = K;
    while len > 0 && limbs[len - 1] == 0 {
        len -= 1;
    }
    len
}

/// `numerator / divisor` rounded down and whether something remained. The divisor must not be zero.
#[inline]
pub(crate) fn divide<const K: usize, const D: usize>(
    numerator: &[u64; K],
    divisor: &[u64; D],
) -> ([u64; K], bool) {
    const { assert!(K < ROOM && D <= 6) };
    match significant(divisor) {
        1 => LimbDivisor::new(divisor[0]).divide(numerator),
        2 => divide_by::<2, K>(numerator, divisor),
        3 => divide_by::<3, K>(numerator, divisor),
        4 => divide_by::<4, K>(numerator, divisor),
        5 => divide_by::<5, K>(numerator, divisor),
        _ => divide_by::<6, K>(numerator, divisor),
    }
}

/// A divisor of one limb with its reciprocal.
#[derive(Clone, Copy)]
pub(crate) struct LimbDivisor {
    /// The divisor, shifted so that its top bit is set.
    normal: u64,
    shift: u32,
    reciprocal: u64,
}

impl LimbDivisor {
    /// For a divisor above zero.
    #[inline]
    pub(crate) const fn new(divisor: u64) -> Self {
        let shift = divisor.leading_zeros();
        let normal = divisor << shift;
        Self {
            normal,
            shift,
            reciprocal: reciprocal(normal),
        }
    }

    /// The quotient rounded down and whether something remained.
    #[inline(always)]
    pub(crate) fn divide<const K: usize>(&self, numerator: &[u64; K]) -> ([u64; K], bool) {
        let d = self.normal;
        let len = significant(numerator);
        let mut quotient = [0; K];
        let mut rest = match len {
            0 => 0,
            len => shifted_limb(0, numerator[len - 1], self.shift),
        };
        for i in (0..len).rev() {
            let below = if i > 0 { numerator[i - 1] } else { 0 };
            let limb = shifted_limb(numerator[i], below, self.shift);
            let q = product(self.reciprocal, rest).wrapping_add(join(rest, limb));
            let mut q1 = hi(q).wrapping_add(1);
            let mut r = limb.wrapping_sub(q1.wrapping_mul(d));
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
}

/// A limb shifted left by less than 64 bits with the bits from the one below.
#[inline]
const fn shifted_limb(limb: u64, below: u64, shift: u32) -> u64 {
    limb << shift | below >> 1 >> (63 - shift)
}

/// floor((2^128 - 1) / d) - 2^64 for a d with its top bit set: Möller and Granlund, algorithm 3.
#[inline(always)]
const fn reciprocal(d: u64) -> u64 {
    let d0 = d & 1;
    let d9 = d >> 55;
    let d40 = (d >> 24) + 1;
    let d63 = (d >> 1) + d0;
    let v0 = SEED[(d9 - 256) as usize] as u64;
    let v1 = (v0 << 11) - ((v0 * v0 * d40) >> 40) - 1;
    let v2 = (v1 << 13) + ((v1 * ((1 << 60) - v1 * d40)) >> 47);
    let e = ((v2 >> 1) & 0_u64.wrapping_sub(d0)).wrapping_sub(v2.wrapping_mul(d63));
    let v3 = (v2 << 31).wrapping_add(hi(product(v2, e)) >> 1);
    v3.wrapping_sub(hi(product(v3, d) + d as u128).wrapping_add(d))
}

/// The first approximation of a reciprocal, by the divisor's nine leading bits.
const SEED: [u16; 256] = {
    let mut seed = [0; 256];
    let mut i = 0;
    while i < 256 {
        seed[i] = (((1 << 19) - 3 * (1 << 8)) / (256 + i)) as u16;
        i += 1;
    }
    seed
};

/// floor((2^192 - 1) / (d1, d0)) - 2^64 for a d1 with its top bit set: their algorithm 6.
#[inline(always)]
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
#[inline(always)]
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

/// Long division by a divisor of N limbs, the last of them not zero.
#[inline]
fn divide_by<const N: usize, const K: usize>(
    numerator: &[u64; K],
    divisor: &[u64],
) -> ([u64; K], bool) {
    let len = significant(numerator);
    let mut quotient = [0; K];
    if len < N {
        return (quotient, len > 0);
    }
    let shift = divisor[N - 1].leading_zeros();
    let mut d = [0; N];
    let mut below = 0;
    for i in 0..N {
        d[i] = shifted_limb(divisor[i], below, shift);
        below = divisor[i];
    }
    let mut u = [0; ROOM];
    let mut below = 0;
    for i in 0..K {
        u[i] = shifted_limb(numerator[i], below, shift);
        below = numerator[i];
    }
    u[K] = shifted_limb(0, below, shift);
    let top = join(d[N - 1], d[N - 2]);
    let v = reciprocal_of_two(d[N - 1], d[N - 2]);
    for j in (0..=len - N).rev() {
        quotient[j] = eliminate(&mut u, j, &d, top, v);
    }
    let rest = u[..N].iter().fold(0, |all, limb| all | limb);
    (quotient, rest != 0)
}

/// One digit of the quotient; takes its multiple of the divisor from `u` at `j`.
#[inline(always)]
fn eliminate<const N: usize>(
    u: &mut [u64; ROOM],
    j: usize,
    d: &[u64; N],
    top: u128,
    v: u64,
) -> u64 {
    let leading = join(u[j + N], u[j + N - 1]);
    let mut q = if leading >= top {
        u64::MAX
    } else {
        let (q, rest) = digit(u[j + N], u[j + N - 1], u[j + N - 2], top, v);
        if N == 2 {
            (u[j], u[j + 1], u[j + 2]) = (lo(rest), hi(rest), 0);
            return q;
        }
        q
    };
    let mut carry = 0;
    let mut borrow = false;
    for i in 0..N {
        let multiple;
        (multiple, carry) = q.carrying_mul(d[i], carry);
        (u[j + i], borrow) = u[j + i].borrowing_sub(multiple, borrow);
    }
    (u[j + N], borrow) = u[j + N].borrowing_sub(carry, borrow);
    // The digit came from two limbs of the divisor alone: it may be one, seldom two too large.
    while borrow {
        q -= 1;
        let mut carry = false;
        for i in 0..N {
            (u[j + i], carry) = u[j + i].carrying_add(d[i], carry);
        }
        (u[j + N], carry) = u[j + N].carrying_add(0, carry);
        borrow = !carry;
    }
    q
}
