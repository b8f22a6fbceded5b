//! What a claim on an issuer is worth, and how strong the issuer is against a run.

use firesale_types::Rate;
use serde::{Deserialize, Serialize};

use crate::UnitPrice;
use crate::units::{Money, part_down, ratio};

/// What stands behind the tokens, by how fast it can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backing {
    /// Cash.
    pub liquid: Money,
    /// Book values, each with what a sale of all of it at once would bring a dollar.
    pub illiquid: Vec<(Money, Rate)>,
    /// Claims that cannot be reached, each with what is expected to come back a dollar.
    pub frozen: Vec<(Money, Rate)>,
    /// The tokens at par, those in the redemption queue included.
    pub liabilities: Money,
}

impl Backing {
    fn sum(parts: &[(Money, Rate)]) -> Money {
        parts.iter().map(|(usd, rate)| part_down(*usd, *rate)).sum()
    }

    /// What can be paid out soon: cash and what a fire sale brings.
    #[must_use]
    pub fn payable(&self) -> Money {
        self.liquid + Self::sum(&self.illiquid)
    }

    /// What a token is worth to whoever waits for everything: payable and expected recoveries over
    /// liabilities, at most par. Par if there are no liabilities.
    ///
    /// The formula is a closure of ours (grade D): at the March 2023 weekend 8% of the reserve was
    /// frozen, so that a recovery of nothing gives 0.92, and 0.877 was traded (N).
    #[must_use]
    pub fn redemption_value(&self) -> Rate {
        let value = self.payable() + Self::sum(&self.frozen);
        ratio(value, self.liabilities).map_or(Rate::ONE, |rate| rate.clamp(Rate::ZERO, Rate::ONE))
    }

    /// The strength theta of the run rule, `(cash + sum of l_j A_j) / supply` (R): the part of the
    /// claims that can be paid if all come at once. It may be above one; it is one if there are no
    /// claims.
    #[must_use]
    pub fn reserve_ratio(&self) -> Rate {
        ratio(self.payable(), self.liabilities).unwrap_or(Rate::ONE)
    }

    /// The part of the backing that is not cash, frozen claims included: what a run has to wait or
    /// to pay for.
    #[must_use]
    pub fn illiquid_share(&self) -> Rate {
        let slow: Money = self
            .illiquid
            .iter()
            .chain(&self.frozen)
            .map(|part| part.0)
            .sum();
        ratio(slow, slow + self.liquid).unwrap_or(Rate::ZERO)
    }
}

/// A token's price on one market against what the issuer would pay for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PegState {
    /// The price on the market.
    pub price: UnitPrice,
    /// What a claim is worth ([`Backing::redemption_value`]).
    pub redemption_value: Rate,
}

impl PegState {
    /// How far the price is below par (positive) or above (negative), of a dollar.
    #[must_use]
    pub fn discount(&self) -> Rate {
        Rate::ONE - self.price_rate()
    }

    /// What an arbitrageur earns a token by buying here and redeeming at `value` less `fee`:
    /// `value - fee - price` (R, with the cost of waiting left to the caller).
    #[must_use]
    pub fn arbitrage(&self, value: Rate, fee: Rate) -> Rate {
        value - fee - self.price_rate()
    }

    /// Whether the price is below what the claim is worth: the depeg is of the market, not of the
    /// issuer.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.price_rate() < self.redemption_value
    }

    /// Billionths of a dollar, rounded down.
    fn price_rate(&self) -> Rate {
        Rate(i64::try_from(self.price.0 / 1_000_000_000).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::DOLLAR;

    /// 40 dollars of tokens on 3.3 frozen and 36.7 reachable, of which 5 in cash, 31.7 in bills
    /// that sell at 0.999: payable 5 + 31.6683 = 36.6683, theta 0.9167075. With half of the frozen
    /// back: 36.6683 + 1.65 = 38.3183, or 0.9579575 of a dollar.
    #[test]
    fn a_claim_by_hand() {
        let bills = 31_700_000;
        let backing = Backing {
            liquid: 5 * DOLLAR,
            illiquid: vec![(bills, Rate(999_000_000))],
            frozen: vec![(3_300_000, Rate::bps(5_000))],
            liabilities: 40 * DOLLAR,
        };
        assert_eq!(backing.reserve_ratio(), Rate(916_707_500));
        assert_eq!(backing.redemption_value(), Rate(957_957_500));
        assert_eq!(backing.illiquid_share(), Rate(875_000_000));
        assert_eq!(Backing::default().redemption_value(), Rate::ONE);
        let rich = Backing {
            liquid: 50 * DOLLAR,
            ..backing
        };
        assert_eq!(rich.redemption_value(), Rate::ONE);
        assert!(rich.reserve_ratio() > Rate::ONE);
    }

    /// Bought at 0.8774 and redeemed at 0.9579 less 0.001: 0.0795 a token.
    #[test]
    fn a_discount_by_hand() {
        let peg = PegState {
            price: UnitPrice::micro_usd(877_400),
            redemption_value: Rate(957_900_000),
        };
        assert_eq!(peg.discount(), Rate(122_600_000));
        assert!(peg.is_local());
        let gain = peg.arbitrage(peg.redemption_value, Rate::bps(10));
        assert_eq!(gain, Rate(79_500_000));
    }
}
