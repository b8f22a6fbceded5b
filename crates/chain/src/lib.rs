//! One blockchain as a pure transition function: blocks, gas, token balances, contracts.
//!
//! # Model
//!
//! * Transactions wait in a [`Mempool`] until a block has room for them. A block takes the best offers
//!   first; equal offers are decided by lottery, and a sender's own keep their order.
//! * Room is scarce: users outside the run want in as well ([`Demand`]), and the base fee follows how
//!   full the blocks are ([`GasRule`], EIP-1559). Whoever offers too little waits: that is how congestion
//!   delays arbitrageurs and keepers.
//! * A [`Transaction`] is a list of [`Call`]s that happen together or not at all; one that fails has paid
//!   for its gas all the same.
//! * Balances are in the [`Ledger`], in `u128` with the token's own decimals. Pools and lenders are
//!   holders like everybody: what they believe they have is what the ledger says they have.
//! * Tokens that leave the chain are handed out as [`Departure`]s; what happened is told as
//!   [`ChainRecord`]s.
//!
//! Nobody's transactions are seen and wrapped by others: producers do not reorder for profit.
//!
//! **Invariant:** `chain` knows no agents, ECS, clock or randomness. For every token the supply is the
//! sum of the balances; see [`Chain::audit`].

mod block;
mod call;
mod chain;
mod error;
mod execute;
mod gas;
mod ledger;
mod liquidity;
mod mempool;
mod record;

pub use block::{Block, chain_seconds};
pub use call::{Amount, Call, Exit, LenderId, PoolId, Transaction};
pub use chain::{Chain, ChainConfig, Contract};
pub use error::ChainError;
pub use gas::{Demand, GasRule};
pub use ledger::{Holder, Ledger, Token, TokenId};
pub use mempool::{Mempool, Pending};
pub use record::{ChainRecord, Departure};
