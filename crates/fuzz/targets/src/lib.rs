//! What is fuzzed: any bytes go in, and nothing but a broken promise of firesale makes it panic.
//!
//! # Model
//!
//! * [`scenario`]: bytes are the text of a scenario file, read, resolved and checked as the command
//!   does before a run.
//! * [`venue`]: bytes are decoded into events of one venue, which is audited after each.
//!
//! Both are plain functions of a byte string without libFuzzer, so that seeds and old crashes are
//! ordinary tests.

mod commands;
pub mod scenario;
pub mod venue;
mod venue_rules;
