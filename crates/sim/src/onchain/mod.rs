//! Chains and issuers as machines of the run: the market beyond the book.
//!
//! `machine.rs` is a chain with its address book, `issuer.rs` an issuer with its queue, `flow.rs` the
//! stages of a tick in which they work and in which tokens move between them and custody, `turn.rs` what
//! an agent sees of them and may ask of them, `setup.rs` how they start, `feeds.rs` the prices that lending
//! markets and issuers are told, `record.rs` and `figures.rs` what is written down.

mod feeds;
mod figures;
mod flow;
mod issuer;
mod machine;
mod record;
mod setup;
mod turn;

pub use issuer::{IssuerId, IssuerMachine, Issuers, Place};
pub use machine::{ChainId, ChainMachine, Chains, LenderRef, PoolRef};
pub use turn::Offer;

pub(crate) use feeds::{Feeds, IssuerFeed, LenderFeed, PriceSource, feed_issuers, feed_lenders};
pub(crate) use flow::{clear_chains, redeem, warm_chains};
pub(crate) use issuer::Wares;
pub(crate) use record::{OnChainRecord, record_chains};
pub(crate) use setup::{chains, count, feeds, issuers};
