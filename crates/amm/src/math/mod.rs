//! Arithmetic of the contracts on unsigned integers of 256 bits.

pub(crate) mod full;
pub(crate) mod wide;
