//! Price-time priority order books and the matching engine over them.
//!
//! # Model
//!
//! * A request is checked first (`submit.rs`): a refused one changes nothing and says why.
//! * An accepted order trades with the other side, best price first, then oldest first, at the
//!   resting order's price (`take.rs`). What is left rests, waits or goes, as its options say.
//! * Orders with a trigger wait (`stops.rs`) until the last, mark or index price reaches it; then
//!   they stand in a queue from which the owner takes and submits them.
//! * Cancel, replace and expiry are in `amend.rs`, the fill-or-kill test in `fok.rs`, the halt and
//!   its reopening auction in `auction.rs`, what can be asked of a book in `query.rs`.
//! * Every consequence is told to a [`Host`] at the moment it happens, in order; the host says in
//!   turn how much a reduce-only order may still trade.
//!
//! Prices are kept in a dense ring of levels around the best price with a bitmap of the occupied
//! ones, and in a tree beyond (`side.rs`); orders are 32 bytes in a slab (`slab.rs`), linked into
//! the queues of their levels (`level.rs`, `resting.rs`). Best price and cancel are O(1), and nothing is allocated once the slab
//! has grown to the number of orders that rest at a time; waiting orders, good-till-date orders and
//! prices outside the window live in trees.
//!
//! **Invariants.** Between calls a book that is not halted is not crossed. The visible quantity of
//! a level is the sum over its queue. A handle names one order until that order is gone; the same
//! commands give the same events and handles, whatever the window. The book has no clock, no
//! randomness, no accounts, no money and no fees: those belong to its owner.

mod amend;
mod auction;
mod audit;
mod bitmap;
mod book;
mod check;
mod config;
mod event;
mod fok;
mod level;
pub mod naive;
mod order;
mod query;
mod resting;
mod side;
mod slab;
mod snapshot;
mod stops;
pub mod stream;
mod submit;
mod take;

pub use book::{OrderBook, Submitted};
pub use config::{BookConfig, MAX_PRICE};
pub use event::{BookEvent, CancelReason, Fill, Host, RejectReason};
pub use order::{
    OrderHandle, OrderRequest, Pricing, SelfTrade, TimeInForce, Trigger, TriggerSource, TriggerWhen,
};
pub use query::OrderView;
