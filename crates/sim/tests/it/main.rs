//! Whole scenarios without agents: what their keys do.

mod brakes;
mod genealogy;
mod hedge;
