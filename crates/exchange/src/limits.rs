//! The range inside which the ledger's arithmetic is exact.
//!
//! Every amount lives in an `i64`. Orders and deposits that would carry an account beyond these
//! limits are refused at the door, so the ledger behind it never meets an overflow; valuations at
//! absurd prices saturate instead of wrapping.

pub(crate) use firesale_matching::MAX_PRICE;
use firesale_types::Usd;

/// The largest notional one position may reach, orders included: 36 billion dollars.
pub const MAX_NOTIONAL: Usd = Usd(1 << 55);

/// The largest value of all long positions of an instrument: 288 billion dollars. A mark or an
/// index that would carry them beyond it is held there.
pub const MAX_OPEN_VALUE: Usd = Usd(1 << 58);

/// The largest balance a deposit may lead to: 72 billion dollars.
pub const MAX_BALANCE: Usd = Usd(1 << 56);

/// The value of a signed quantity, saturating at the ends of `i64` over four.
#[inline]
pub(crate) fn value(qty: i64, price: i64, unit: i64) -> i64 {
    const BOUND: i64 = i64::MAX / 4;
    qty.saturating_mul(price.saturating_mul(unit))
        .clamp(-BOUND, BOUND)
}

/// An exact sum of values as an amount, saturating.
#[inline]
pub(crate) fn amount(sum: i128) -> Usd {
    Usd(sum.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}
