//! Whole scenarios: determinism, broken files, markets computed on paper.

mod broken;
mod determinism;
mod docs;
mod paper;
