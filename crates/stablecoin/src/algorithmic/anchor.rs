//! The yield anchor: a deposit that promises a rate, paid from a reserve while there is one.

use std::collections::BTreeMap;

use firesale_types::{Rate, Rounding, SimDuration};
use serde::{Deserialize, Serialize};

use crate::audit::Violation;
use crate::units::{Amount, mul_div};
use crate::{HolderId, Refusal};

/// One unit of a share at the start, in the index.
const INDEX_ONE: u128 = 1_000_000_000_000_000_000;
/// Nanoseconds of 365 days.
const YEAR_NS: u128 = 365 * 86_400 * 1_000_000_000;

/// What the anchor is at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AnchorConfig {
    /// The rate it promises a year; 19.5% on the largest one (R).
    pub rate: Rate,
    /// What depositors have in it at the start.
    pub deposits: Vec<(HolderId, Amount)>,
    /// Tokens from which it pays the rate.
    pub reserve: Amount,
}

/// The deposits and the reserve.
///
/// Depositors hold shares; the index says what a share is worth and grows by the rate as long as
/// the reserve can pay for it. What borrowers pay and sponsors give comes into the reserve as an
/// event. The compounding is that of the moments at which time passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct YieldAnchor {
    /// What a share is worth, in 10^-18.
    pub index: u128,
    shares: BTreeMap<HolderId, Amount>,
    total: Amount,
    /// Tokens that are nobody's claim.
    pub reserve: Amount,
}

impl YieldAnchor {
    pub(crate) fn new(config: &AnchorConfig) -> Self {
        let mut anchor = Self {
            index: INDEX_ONE,
            reserve: config.reserve,
            ..Self::default()
        };
        for (holder, amount) in &config.deposits {
            *anchor.shares.entry(*holder).or_default() += amount;
            anchor.total += amount;
        }
        anchor
    }

    fn worth(&self, shares: Amount) -> Amount {
        // The index only grows by what the reserve pays, so a claim is at most all tokens there are.
        mul_div(shares, self.index, INDEX_ONE, Rounding::Floor).unwrap_or(0)
    }

    /// What all depositors can claim.
    #[must_use]
    pub fn deposits(&self) -> Amount {
        self.worth(self.total)
    }

    /// What one can claim.
    #[must_use]
    pub fn deposit_of(&self, holder: HolderId) -> Amount {
        self.worth(self.shares.get(&holder).copied().unwrap_or(0))
    }

    /// All tokens in it.
    #[must_use]
    pub fn held(&self) -> Amount {
        self.deposits() + self.reserve
    }

    /// Pays the rate for a while, or what the reserve has.
    pub(crate) fn accrue(&mut self, rate: Rate, elapsed: SimDuration) {
        let claims = self.deposits();
        if claims == 0 || elapsed.0 <= 0 {
            return;
        }
        let year = YEAR_NS * Rate::ONE.0 as u128;
        let growth = rate.0 as u128 * elapsed.0 as u128;
        let wanted = mul_div(claims, growth, year, Rounding::Floor);
        let paid = wanted.unwrap_or(Amount::MAX).min(self.reserve);
        let index = mul_div(self.index, claims + paid, claims, Rounding::Floor);
        self.index = index.unwrap_or(self.index);
        // Exactly what the claims grew by: the rest of the rounding stays in the reserve.
        self.reserve -= self.deposits() - claims;
    }

    /// Takes tokens in; refused if they are too few for a share or too many.
    pub(crate) fn deposit(&mut self, holder: HolderId, amount: Amount) -> Result<(), Refusal> {
        let before = self.deposits();
        let shares = mul_div(amount, INDEX_ONE, self.index, Rounding::Floor);
        match shares {
            Some(0) => return Err(Refusal::BelowMinimum),
            None => return Err(Refusal::OutOfRange),
            Some(shares) => {
                *self.shares.entry(holder).or_default() += shares;
                self.total += shares;
            }
        }
        self.reserve += amount - (self.deposits() - before);
        Ok(())
    }

    /// Lets tokens out, at most the claim; says how many.
    pub(crate) fn withdraw(&mut self, holder: HolderId, amount: Amount) -> Amount {
        let claim = self.deposit_of(holder);
        let paid = amount.min(claim);
        let Some(held) = self.shares.get_mut(&holder).filter(|_| paid > 0) else {
            return 0;
        };
        let needed = mul_div(paid, INDEX_ONE, self.index, Rounding::Ceil);
        let burned = if paid == claim {
            *held
        } else {
            needed.unwrap_or(*held).min(*held)
        };
        *held -= burned;
        if *held == 0 {
            self.shares.remove(&holder);
        }
        let before = self.deposits();
        self.total -= burned;
        self.reserve += before - self.deposits() - paid;
        paid
    }

    pub(crate) fn audit(&self) -> Result<(), Violation> {
        let (found, expected) = (self.shares.values().sum(), self.total);
        if found != expected {
            let what = "shares of the anchor";
            return Err(Violation::Total {
                what,
                found,
                expected,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(reserve: Amount) -> YieldAnchor {
        YieldAnchor::new(&AnchorConfig {
            rate: Rate::bps(1_950),
            deposits: vec![(HolderId(1), 14_000_000_000), (HolderId(2), 1_000_000)],
            reserve,
        })
    }

    /// 14,001,000,000 for a year at 19.5%: 2,730,195,000 more, if the reserve has it; else all of
    /// the reserve and no more.
    #[test]
    fn the_rate_is_paid_while_it_can_be() {
        let year = SimDuration::secs(365 * 86_400);
        let mut rich = anchor(3_000_000_000);
        rich.accrue(Rate::bps(1_950), year);
        assert_eq!(rich.deposits(), 16_731_195_000);
        assert_eq!(rich.deposit_of(HolderId(2)), 1_195_000);
        assert_eq!(rich.held(), 17_001_000_000);
        let mut poor = anchor(450_000_000);
        poor.accrue(Rate::bps(1_950), year);
        poor.accrue(Rate::bps(1_950), year);
        assert!(poor.reserve <= 14, "{}", poor.reserve);
        assert_eq!(poor.held(), 14_451_000_000);
    }

    #[test]
    fn nobody_gains_by_coming_and_going() {
        let mut anchor = anchor(1_000_000_000);
        anchor.accrue(Rate::bps(1_950), SimDuration::secs(86_400 * 17));
        let held = anchor.held();
        for amount in [1, 2, 999, 1_000_001, 13_999_999_999] {
            anchor.deposit(HolderId(3), amount).ok();
            let out = anchor.withdraw(HolderId(3), Amount::MAX);
            assert!(out <= amount, "{out} of {amount}");
        }
        assert!(anchor.held() >= held);
        assert_eq!(anchor.audit(), Ok(()));
        assert_eq!(anchor.withdraw(HolderId(3), 5), 0);
    }
}
