//! Margin tiers: how much margin a position of a given size needs.

use firesale_types::{Rate, Rounding, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::curve::Curve;

/// One tier, for positions (of one real account) up to a notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginTier {
    /// The largest notional of the tier; [`Usd::MAX`] in the last tier means no limit.
    pub up_to: Usd,
    /// Maintenance margin on the part of the notional inside the tier.
    pub maintenance: Rate,
    /// The highest leverage (`Rate::ONE` is 1x); initial margin is its inverse on the whole
    /// notional.
    pub max_leverage: Rate,
}

/// The tiers of one instrument.
///
/// Maintenance margin is continuous in the notional (each tier's rate applies to the part inside
/// it, through published deductions); the highest leverage is a step function of the whole
/// notional, as on Binance and Hyperliquid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<MarginTier>", into = "Vec<MarginTier>")]
pub struct MarginTiers {
    tiers: Vec<MarginTier>,
    initial: Vec<i64>,
    curve: Curve,
}

impl MarginTiers {
    /// Checks and prepares a table of tiers.
    ///
    /// # Errors
    /// [`ConfigError::Tiers`] unless caps and maintenance rates increase, leverage does not, and in
    /// each tier maintenance is positive and below initial margin.
    pub fn new(tiers: Vec<MarginTier>) -> Result<Self, ConfigError> {
        let mut from = Usd::ZERO;
        let mut previous: Option<MarginTier> = None;
        let mut initial = Vec::with_capacity(tiers.len());
        let mut pieces = Vec::with_capacity(tiers.len());
        for (at, tier) in tiers.iter().enumerate() {
            let wrong = |key, why| {
                let tier = at + 1;
                Err(ConfigError::Tiers { tier, key, why })
            };
            if tier.up_to <= from {
                return wrong("up_to", "its cap is not above the cap before it");
            }
            if tier.max_leverage < Rate::ONE || tier.max_leverage > MAX_LEVERAGE {
                return wrong("max_leverage", "its leverage is not between 1 and 1000");
            }
            let margin = initial_rate(tier.max_leverage);
            if tier.maintenance <= Rate::ZERO || tier.maintenance.0 >= margin {
                return wrong(
                    "maintenance",
                    "maintenance margin is not between zero and initial margin",
                );
            }
            if let Some(before) = previous {
                if tier.maintenance <= before.maintenance {
                    return wrong(
                        "maintenance",
                        "its maintenance rate is not above the one before it",
                    );
                }
                if tier.max_leverage > before.max_leverage {
                    return wrong("max_leverage", "its leverage is above the one before it");
                }
            }
            initial.push(margin);
            pieces.push((from, tier.maintenance));
            from = tier.up_to;
            previous = Some(*tier);
        }
        Ok(Self {
            curve: Curve::new(pieces),
            initial,
            tiers,
        })
    }

    /// No tiers, as spot instruments have.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One tier without a cap.
    ///
    /// # Errors
    /// As [`MarginTiers::new`].
    pub fn flat(maintenance: Rate, max_leverage: Rate) -> Result<Self, ConfigError> {
        Self::new(vec![MarginTier {
            up_to: Usd::MAX,
            maintenance,
            max_leverage,
        }])
    }

    /// Tiers whose maintenance rate is half the initial margin at the tier's highest leverage, as on
    /// Hyperliquid: (cap, highest leverage).
    ///
    /// # Errors
    /// As [`MarginTiers::new`].
    pub fn half_of_initial(tiers: &[(Usd, Rate)]) -> Result<Self, ConfigError> {
        let tier = |&(up_to, max_leverage): &(Usd, Rate)| MarginTier {
            up_to,
            maintenance: Rate(initial_rate(max_leverage) / 2),
            max_leverage,
        };
        Self::new(tiers.iter().map(tier).collect())
    }

    /// The table.
    #[must_use]
    pub fn tiers(&self) -> &[MarginTier] {
        &self.tiers
    }

    /// Maintenance margin of a notional (not negative) held by an account that stands for `weight`
    /// equal real ones: `weight * M(notional / weight)`, rounded up.
    #[must_use]
    pub fn maintenance(&self, notional: Usd, weight: u32) -> Usd {
        Usd(self.curve.at(notional.0, weight))
    }

    /// Initial margin of a notional (not negative): the inverse of the tier's highest leverage, or
    /// `chosen` (billionths) if that is more, of the whole notional, rounded up.
    #[must_use]
    pub fn initial(&self, notional: Usd, weight: u32, chosen: Rate) -> Usd {
        let rate = self.initial_rate(notional, weight).max(chosen.0);
        Usd(part_up(notional.0, rate))
    }

    /// The largest notional an account of this weight may reach.
    #[must_use]
    pub fn largest(&self, weight: u32) -> Usd {
        let last = self.tiers.last().map_or(Usd::MAX, |tier| tier.up_to);
        Usd(last.0.saturating_mul(i64::from(weight)))
    }

    /// The cap of the tier below the one of a notional, for an account of this weight; `None` in
    /// the lowest tier.
    pub(crate) fn cap_below(&self, notional: i64, weight: u32) -> Option<i64> {
        let tier = self.tier(Usd(notional), weight).checked_sub(1)?;
        Some(self.tiers[tier].up_to.0.saturating_mul(i64::from(weight)))
    }

    /// Initial margin rate of a notional, in billionths: the inverse of the highest leverage.
    #[inline]
    pub(crate) fn initial_rate(&self, notional: Usd, weight: u32) -> i64 {
        self.initial
            .get(self.tier(notional, weight))
            .copied()
            .unwrap_or(0)
    }

    /// The tier of a notional; the last one above all caps.
    fn tier(&self, notional: Usd, weight: u32) -> usize {
        let above = |tier: &&MarginTier| {
            i128::from(notional.0) > i128::from(tier.up_to.0) * i128::from(weight)
        };
        let below = self.tiers.iter().take_while(above).count();
        below.min(self.tiers.len().saturating_sub(1))
    }

    pub(crate) fn curve(&self) -> &Curve {
        &self.curve
    }
}

/// The highest leverage that can be configured.
const MAX_LEVERAGE: Rate = Rate(1_000 * Rate::ONE.0);

/// Initial margin at a leverage, in billionths, rounded up.
pub(crate) fn initial_rate(leverage: Rate) -> i64 {
    mul_div(Rate::ONE.0, Rate::ONE.0, leverage.0, Rounding::Ceil).unwrap_or(Rate::ONE.0)
}

/// `amount * rate` rounded up, for amounts that are not negative and rates up to one.
#[inline]
pub(crate) fn part_up(amount: i64, rate: i64) -> i64 {
    const ONE: i64 = Rate::ONE.0;
    let low = amount % ONE * rate;
    amount / ONE * rate + low / ONE + i64::from(low % ONE != 0)
}

impl TryFrom<Vec<MarginTier>> for MarginTiers {
    type Error = ConfigError;

    fn try_from(tiers: Vec<MarginTier>) -> Result<Self, ConfigError> {
        Self::new(tiers)
    }
}

impl From<MarginTiers> for Vec<MarginTier> {
    fn from(tiers: MarginTiers) -> Self {
        tiers.tiers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leverage(times: i64) -> Rate {
        Rate(times * Rate::ONE.0)
    }

    #[test]
    fn hyperliquid_btc() {
        let tiers = MarginTiers::half_of_initial(&[
            (Usd::dollars(150_000_000), leverage(40)),
            (Usd::MAX, leverage(20)),
        ])
        .unwrap();
        // 40x -> 1.25%, 20x -> 2.5% with a deduction of 150M * 1.25%.
        let at = |dollars| tiers.maintenance(Usd::dollars(dollars), 1);
        assert_eq!(at(1_000_000), Usd::dollars(12_500));
        assert_eq!(at(150_000_000), Usd::dollars(1_875_000));
        assert_eq!(at(200_000_000), Usd::dollars(5_000_000 - 1_875_000));
        let initial = |dollars| tiers.initial(Usd::dollars(dollars), 1, Rate::ZERO);
        assert_eq!(initial(150_000_000), Usd::dollars(3_750_000));
        assert_eq!(initial(150_000_001), Usd(7_500_000_050_000));
        // A leverage chosen below the highest asks for more.
        let chosen = tiers.initial(Usd::dollars(1000), 1, Rate::bps(2000));
        assert_eq!(chosen, Usd::dollars(200));
    }

    #[test]
    fn tiers_are_checked() {
        let tier = |up_to, bps, times| MarginTier {
            up_to: Usd::dollars(up_to),
            maintenance: Rate::bps(bps),
            max_leverage: leverage(times),
        };
        let bad = |tiers: &[MarginTier]| MarginTiers::new(tiers.to_vec()).is_err();
        assert!(!bad(&[tier(10, 50, 100), tier(20, 100, 50)]));
        assert!(bad(&[tier(10, 50, 100), tier(10, 100, 50)]));
        assert!(bad(&[tier(10, 50, 100), tier(20, 50, 50)]));
        assert!(bad(&[tier(10, 50, 50), tier(20, 60, 100)]));
        assert!(bad(&[tier(10, 100, 100)]));
        assert!(bad(&[tier(10, 0, 100)]));
        assert!(bad(&[tier(10, 100, 2000)]));
    }

    #[test]
    fn parts_round_up() {
        assert_eq!(part_up(1, 1), 1);
        assert_eq!(part_up(1_000_000_000, 1), 1);
        assert_eq!(part_up(1_000_000_001, 1), 2);
        assert_eq!(part_up(i64::MAX / 4, Rate::ONE.0), i64::MAX / 4);
    }
}
