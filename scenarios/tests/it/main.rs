//! Whole scenarios: determinism, broken files, markets computed on paper.

mod broken;
mod cleared;
mod coins;
mod determinism;
mod docs;
mod lab;
mod paper;
mod places;
mod profiles;
mod rolls;
mod runs;
mod venues;
