//! What a pool refuses.

use ruint::aliases::U256;

/// Why a pool did not do what it was asked; its state is then as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The pool was described wrongly.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An amount of zero where something must move.
    #[error("the amount is zero")]
    ZeroAmount,
    /// No liquidity was minted or burned.
    #[error("the liquidity is zero")]
    ZeroLiquidity,
    /// The pool has no coin of this number, or both coins are the same.
    #[error("no exchange of coin {coin_in} for coin {coin_out} in a pool of {coins} coins")]
    NoSuchCoin {
        /// The number of the coin paid.
        coin_in: usize,
        /// The number of the coin received.
        coin_out: usize,
        /// Coins of the pool.
        coins: usize,
    },
    /// As many amounts are needed as the pool has coins.
    #[error("{given} amounts for a pool of {coins} coins")]
    WrongNumberOfAmounts {
        /// Amounts given.
        given: usize,
        /// Coins of the pool.
        coins: usize,
    },
    /// The pool cannot fill this much.
    #[error("the pool's liquidity does not suffice")]
    InsufficientLiquidity,
    /// Less would come out than the caller accepts.
    #[error("{amount} comes out, the least accepted is {minimum}")]
    BelowMinimum {
        /// What would come out.
        amount: u128,
        /// What the caller accepts.
        minimum: u128,
    },
    /// More would be taken than the caller accepts.
    #[error("{amount} would be taken, the most accepted is {maximum}")]
    AboveMaximum {
        /// What would be taken.
        amount: u128,
        /// What the caller accepts.
        maximum: u128,
    },
    /// A result does not fit its integer: the contracts revert.
    #[error("a number outgrows its type")]
    Overflow,
    /// An iteration of the invariant did not settle.
    #[error("the invariant did not converge in 255 iterations")]
    NoConvergence,
    /// The price limit is on the wrong side of the price or out of range (`SPL`).
    #[error("the square-root price limit {0} is on the wrong side of the price or out of range")]
    PriceLimit(U256),
    /// The lower tick is not below the upper one (`TLU`).
    #[error("tick_lower {lower} is not below tick_upper {upper}")]
    TicksReversed {
        /// The range's lower tick.
        lower: i32,
        /// The range's upper tick.
        upper: i32,
    },
    /// A tick beyond the price range of the pool (`TLM`, `TUM`, `T`).
    #[error("tick {0} is outside -887272..=887272")]
    TickOutOfRange(i32),
    /// A tick that is no multiple of the spacing.
    #[error("tick {tick} is no multiple of the spacing {spacing}")]
    TickOffSpacing {
        /// The tick.
        tick: i32,
        /// The pool's tick spacing.
        spacing: i32,
    },
    /// More liquidity at one tick than the pool allows (`LO`).
    #[error("tick {0} would hold more liquidity than is allowed")]
    TickLiquidity(i32),
    /// The owner has no such position, or less liquidity in it (`NP`, `LS`).
    #[error("the position holds less liquidity")]
    PositionTooSmall,
    /// A square-root price outside the range of ticks (`R`).
    #[error("the square-root price {0} is out of range")]
    PriceOutOfRange(U256),
    /// A ramp of the amplification that the contract forbids.
    #[error("the amplification cannot be ramped so: {0}")]
    Ramp(&'static str),
    /// A trade below the vault's least amount.
    #[error("the trade is smaller than a millionth of a millionth of a token")]
    TradeTooSmall,
    /// An exchange of more than 30% of a weighted pool's balance.
    #[error("more than 30% of the balance in one swap")]
    SwapTooLarge,
    /// Liquidity that changes the invariant by more than the pool allows.
    #[error("the invariant would change by more than the pool allows")]
    InvariantRatio,
    /// The pool has no such function.
    #[error("this pool does not {0}")]
    Unsupported(&'static str),
}

/// What is wrong with a pool's description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {reason}")]
pub struct ConfigError {
    /// The key that holds the wrong value.
    pub key: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl ConfigError {
    pub(crate) fn new(key: &'static str, reason: impl Into<String>) -> Self {
        Self {
            key,
            reason: reason.into(),
        }
    }
}
