//! What must never be, whatever happened.

use crate::units::{Amount, Money};

/// Something that must never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The tokens that wait or are deposited are not those the issuer holds.
    #[error("{found} units are claimed back, the issuer holds {expected}")]
    Escrow {
        /// The sum of the claims.
        found: Amount,
        /// What is in its account.
        expected: Amount,
    },
    /// More was burned than minted, or more held than there is.
    #[error("{minted} units minted, {burned} burned, {escrow} held")]
    Supply {
        /// Ever.
        minted: Amount,
        /// Ever.
        burned: Amount,
        /// By the issuer.
        escrow: Amount,
    },
    /// The queue is out of order.
    #[error("a later redemption stands before an earlier one")]
    QueueOrder,
    /// Assets are not liabilities plus equity.
    #[error("assets of {found}, liabilities and equity of {expected}")]
    Books {
        /// The assets, recounted.
        found: i128,
        /// Liabilities, equity paid in and income less losses.
        expected: i128,
    },
    /// Less than nothing of something.
    #[error("{place} {at} holds {usd} micro-USD")]
    Negative {
        /// What.
        place: &'static str,
        /// Which.
        at: usize,
        /// How much.
        usd: Money,
    },
    /// A total is not the sum of its parts.
    #[error("{what}: {found} recounted, {expected} kept")]
    Total {
        /// Of what.
        what: &'static str,
        /// The sum.
        found: Amount,
        /// The total.
        expected: Amount,
    },
    /// A vault that is not safe was not liquidated.
    #[error("the vault of holder {holder} is unsafe unnoticed")]
    Unnoticed {
        /// Whose.
        holder: u32,
    },
}

/// Refuses a negative amount of money.
pub(crate) const fn not_negative(
    place: &'static str,
    at: usize,
    usd: Money,
) -> Result<(), Violation> {
    if usd < 0 {
        return Err(Violation::Negative { place, at, usd });
    }
    Ok(())
}

/// Refuses two sides of the books that differ.
pub(crate) const fn balanced(found: i128, expected: i128) -> Result<(), Violation> {
    if found != expected {
        return Err(Violation::Books { found, expected });
    }
    Ok(())
}

/// Refuses a supply that cannot be, or whose escrow is not `claimed`.
pub(crate) const fn supplied(supply: &crate::Supply, claimed: Amount) -> Result<(), Violation> {
    let crate::Supply {
        minted,
        burned,
        escrow,
    } = *supply;
    if burned > minted || escrow > minted - burned {
        return Err(Violation::Supply {
            minted,
            burned,
            escrow,
        });
    }
    if escrow != claimed {
        return Err(Violation::Escrow {
            found: claimed,
            expected: escrow,
        });
    }
    Ok(())
}
