//! Why the market refuses.

use firesale_types::AccountId;

use super::config::{CategoryId, ReserveId};

/// Why an operation was refused. Nothing has changed then, but that interest may have accrued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LendingError {
    /// The market has no such asset.
    #[error("there is no asset {}", .0.0)]
    UnknownReserve(ReserveId),
    /// The market has no such category.
    #[error("there is no e-mode category {}", .0.0)]
    UnknownCategory(CategoryId),
    /// The amount is zero, or too small to be worth one scaled unit.
    #[error("the amount is nothing")]
    Nothing,
    /// The amount would pass the limits of the arithmetic.
    #[error("the amount passes the limits of the market")]
    TooLarge,
    /// The asset is frozen.
    #[error("the asset is frozen")]
    Frozen,
    /// The asset is paused.
    #[error("the asset is paused")]
    Paused,
    /// The asset is not lent, or not in the account's category.
    #[error("the asset is not lent to this account")]
    NotBorrowable,
    /// The supply cap is reached.
    #[error("the supply cap is reached")]
    SupplyCap,
    /// The borrow cap is reached.
    #[error("the borrow cap is reached")]
    BorrowCap,
    /// The tokens are lent out: at full utilisation nobody can withdraw or borrow.
    #[error("only {available} lie in the reserve")]
    NoLiquidity {
        /// What lies there.
        available: u128,
    },
    /// The account has less than that.
    #[error("the account has only {available}")]
    NotEnough {
        /// What it has.
        available: u128,
    },
    /// The account owes nothing in this asset.
    #[error("the account owes nothing in this asset")]
    NoDebt,
    /// The asset is no collateral of the account, or can be none.
    #[error("the asset is no collateral of the account")]
    NoCollateral,
    /// The collateral would not cover the debt at its loan-to-value.
    #[error("the collateral does not cover the debt")]
    Undercollateralized,
    /// The health factor is not below 1.
    #[error("the account is healthy")]
    Healthy,
    /// A liquidation must end the debt or the collateral, or leave enough of both.
    #[error("the liquidation would leave dust")]
    Dust,
    /// Nobody liquidates his own account.
    #[error("an account does not liquidate itself")]
    SelfLiquidation,
    /// The market closes accounts in another way.
    #[error("the market closes accounts in another way")]
    OtherRule,
    /// The account is not known to the market.
    #[error("the market does not know account {0}")]
    UnknownAccount(AccountId),
    /// The price is zero or beyond the limit.
    #[error("a price must be above zero and below the limit")]
    BadPrice,
}
