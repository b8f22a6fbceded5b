//! Why a call fails.

/// Why a call fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The sender has less than that.
    #[error("the balance is too small")]
    NotEnough,
    /// More would exist than can be counted.
    #[error("more would exist than can be counted")]
    TooMuch,
    /// There is no such pool, lender, coin or reserve, or it does not do that.
    #[error("there is no such contract, or it does not do that")]
    NoSuchContract,
    /// Nothing to do.
    #[error("the amount is zero")]
    Nothing,
    /// Less would come out than the sender accepts.
    #[error("less would come out than accepted")]
    Slippage,
    /// The pool refuses.
    #[error(transparent)]
    Pool(#[from] firesale_amm::PoolError),
    /// The lender refuses.
    #[error(transparent)]
    Lender(#[from] firesale_amm::lending::LendingError),
}
