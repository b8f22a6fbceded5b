//! Pools by hand. Those recorded from contracts are compared by the crate of published results, which
//! reads their files.

mod balancer;
