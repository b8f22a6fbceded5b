//! Pools against recorded contracts, against naive twins, and through long random lives.

mod pool;
mod vectors;
mod walks;
