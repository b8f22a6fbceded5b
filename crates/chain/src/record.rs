//! What a block did, for the record, and what left the chain.

use firesale_types::SimTime;

use crate::{ChainError, Exit, Holder, LenderId, PoolId, TokenId};

/// Tokens that have left the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Whose they are.
    pub holder: Holder,
    /// Which.
    pub token: TokenId,
    /// How many, in units of the chain.
    pub amount: u128,
    /// Where they go.
    pub to: Exit,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ChainRecord {
    /// A block.
    Block {
        /// Its number.
        number: u64,
        /// Its base fee.
        base_fee: u128,
        /// Gas used, others included.
        used: u64,
        /// Gas used by agents.
        agents: u64,
        /// Transactions of agents that were included.
        included: u32,
        /// Of those, the ones that failed.
        failed: u32,
        /// Transactions of agents that found no room or offered too little.
        waiting: u32,
        /// Transactions whose time was over, or whose sender could not pay for the gas.
        dropped: u32,
    },
    /// A swap.
    Swap {
        /// The pool.
        pool: PoolId,
        /// Who.
        trader: Holder,
        /// The coin paid in.
        from: u8,
        /// The coin taken out.
        to: u8,
        /// Paid in.
        paid: u128,
        /// Taken out.
        taken: u128,
    },
    /// A borrower's collateral was seized.
    Liquidation {
        /// The market.
        lender: LenderId,
        /// Whose.
        borrower: Holder,
        /// Who repaid.
        keeper: Holder,
        /// The debt, by its place in the market.
        debt: u8,
        /// How much of it was repaid.
        repaid: u128,
        /// The collateral.
        collateral: u8,
        /// How much of it was seized.
        seized: u128,
        /// Debt that nothing stands behind any more, written off in units of the debt.
        bad_debt: u128,
    },
    /// A transaction failed.
    Failed {
        /// Whose.
        sender: Holder,
        /// Why.
        why: ChainError,
    },
}

/// A record and its time.
pub(crate) type Timed = (SimTime, ChainRecord);
