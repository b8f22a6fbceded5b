//! Pools against recorded contracts, against naive twins, and through long random lives.

mod concentrated;
mod pool;
mod vectors;
mod walks;
