//! Pools by hand, against naive twins, and through long random lives. What contracts have recorded is
//! compared by the crate of published results, which reads the files.

mod balancer;
mod concentrated;
mod pool;
mod walks;
