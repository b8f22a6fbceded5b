//! The book against its naive twin, and worked cases of each rule.

mod cases;
mod command;
mod coverage;
mod drive;
mod shrink;
mod twin;
