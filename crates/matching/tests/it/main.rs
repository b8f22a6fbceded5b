//! The book against its naive twin, and worked cases of each rule.

mod command;
mod coverage;
mod drive;
mod shrink;
mod twin;
