//! Issuers as their callers see them.

mod algorithmic;
mod caller;
mod collateralized;
mod fiat;
mod fiat_random;
mod synthetic;
mod vault;
