//! Issuers as their callers see them.

mod caller;
mod fiat;
mod fiat_random;
