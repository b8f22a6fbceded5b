//! What a transaction may ask of the chain, and what each request costs in gas.

use firesale_types::{AccountId, SimTime, VenueId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{Holder, TokenId};

/// A pool of a chain, by its place in the scenario.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PoolId(pub u16);

/// A lending market of a chain, by its place in the scenario.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct LenderId(pub u16);

/// How much of a token a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// So many units.
    Exact(u128),
    /// All that the sender has when the call is executed.
    All,
    /// What the call before it in the same transaction gave.
    Previous,
}

/// Where tokens go that leave the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// The sender's wallet.
    Wallet,
    /// An account on a venue.
    Venue(VenueId, AccountId),
    /// An issuer, to be redeemed.
    Issuer(u16),
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Swaps one coin of a pool for another.
    Swap {
        /// The pool.
        pool: PoolId,
        /// The coin paid in, by its place in the pool.
        from: u8,
        /// The coin taken out.
        to: u8,
        /// Paid in.
        amount: Amount,
        /// Fails if less comes out.
        least: u128,
    },
    /// Adds coins to a pool for shares.
    Add {
        /// The pool.
        pool: PoolId,
        /// By coin.
        amounts: SmallVec<[u128; 4]>,
        /// Fails if fewer shares come out.
        least: u128,
    },
    /// Gives shares back for all coins in proportion, or for one.
    Remove {
        /// The pool.
        pool: PoolId,
        /// Shares.
        shares: Amount,
        /// The one coin wanted.
        coin: Option<u8>,
    },
    /// Adds liquidity to a price range of a concentrated pool.
    AddRange {
        /// The pool.
        pool: PoolId,
        /// The lower end, a tick.
        lower: i32,
        /// The upper end.
        upper: i32,
        /// Liquidity.
        liquidity: u128,
    },
    /// Takes liquidity from a price range, with the fees it has earned.
    RemoveRange {
        /// The pool.
        pool: PoolId,
        /// The lower end, a tick.
        lower: i32,
        /// The upper end.
        upper: i32,
        /// Liquidity; zero collects fees only.
        liquidity: u128,
    },
    /// Lends to a lending market.
    Supply {
        /// The market.
        lender: LenderId,
        /// The reserve, by its place in the market.
        reserve: u8,
        /// How much.
        amount: Amount,
    },
    /// Takes back what was lent.
    Withdraw {
        /// The market.
        lender: LenderId,
        /// The reserve.
        reserve: u8,
        /// How much; [`Amount::All`] is all that is there.
        amount: Amount,
    },
    /// Borrows against what was lent.
    Borrow {
        /// The market.
        lender: LenderId,
        /// The reserve.
        reserve: u8,
        /// How much.
        amount: u128,
    },
    /// Repays debt.
    Repay {
        /// The market.
        lender: LenderId,
        /// The reserve.
        reserve: u8,
        /// How much; no more than the debt is taken.
        amount: Amount,
    },
    /// Repays somebody else's debt for collateral with a bonus.
    Liquidate {
        /// The market.
        lender: LenderId,
        /// Whose.
        borrower: Holder,
        /// The collateral taken.
        collateral: u8,
        /// The debt repaid.
        debt: u8,
        /// How much of it at most.
        repay: u128,
    },
    /// Enters a category of a lending market in which like is lent against like, or leaves it.
    Category {
        /// The market.
        lender: LenderId,
        /// The category.
        category: Option<u8>,
    },
    /// Has the market take over an account in breach, where that is its rule.
    Absorb {
        /// The market.
        lender: LenderId,
        /// Whose.
        borrower: Holder,
    },
    /// Buys collateral that the market has taken over, at its posted discount.
    BuyCollateral {
        /// The market.
        lender: LenderId,
        /// The collateral.
        collateral: u8,
        /// The asset paid with.
        base: u8,
        /// How much of it.
        pay: Amount,
    },
    /// Moves tokens to another address.
    Transfer {
        /// The token.
        token: TokenId,
        /// To whom.
        to: Holder,
        /// How much.
        amount: Amount,
    },
    /// Takes tokens off the chain.
    Leave {
        /// The token.
        token: TokenId,
        /// How much.
        amount: Amount,
        /// Where they go.
        to: Exit,
    },
}

impl Call {
    /// Gas used, typical of the contracts on Ethereum (M, remembered and unverified: 21,000 for a
    /// transfer of ether is the protocol's own figure).
    #[must_use]
    pub const fn gas(&self) -> u64 {
        match self {
            Self::Transfer { .. } | Self::Leave { .. } => 55_000,
            Self::Swap { .. } => 140_000,
            Self::Add { .. } | Self::Remove { .. } => 200_000,
            Self::AddRange { .. } => 350_000,
            Self::RemoveRange { .. } => 250_000,
            Self::Supply { .. } | Self::Repay { .. } => 220_000,
            Self::Withdraw { .. } | Self::Borrow { .. } => 300_000,
            Self::Category { .. } => 90_000,
            Self::Liquidate { .. } | Self::Absorb { .. } => 450_000,
            Self::BuyCollateral { .. } => 200_000,
        }
    }
}

/// Calls that happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Who pays.
    pub sender: Holder,
    /// How many real transactions it stands for; their gas counts.
    pub weight: u32,
    /// Most that it pays for one gas, base fee and tip together.
    pub max_fee: u128,
    /// What it offers the producer for one gas.
    pub tip: u128,
    /// It is forgotten if it was not included by then.
    pub expires: SimTime,
    /// What it asks for, in order.
    pub calls: SmallVec<[Call; 2]>,
}

impl Transaction {
    /// Gas of one real transaction: the calls and the protocol's 21,000.
    #[must_use]
    pub fn gas_of_one(&self) -> u64 {
        21_000 + self.calls.iter().map(Call::gas).sum::<u64>()
    }

    /// What the producer gets for one gas at a base fee; nothing is offered below it.
    #[must_use]
    pub fn tip_at(&self, base_fee: u128) -> Option<u128> {
        let room = self.max_fee.checked_sub(base_fee)?;
        Some(self.tip.min(room))
    }
}
