//! Issuers as their callers see them.

mod algorithmic;
mod caller;
mod fiat;
mod fiat_random;
mod synthetic;
mod vault;
