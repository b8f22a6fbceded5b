//! The market module: two virtual pools whose product is constant, which drift back to balance.
//!
//! A swap is priced by the oracle; the pools only set the spread. With a base pool `B` in dollars
//! and `delta` more than that on the stable side, the pools are `B + delta` and
//! `B^2 / (B + delta)`. Offering `a` dollars of stable tokens asks for
//! `a' = B^2 / (B + delta) - B^2 / (B + delta + a)`, and costs `a - a'` but at least the minimum
//! spread; then `delta` grows by `a`. The other way round `delta` falls by what is given. Every
//! block `delta` loses one part in `recovery_blocks` of itself. This is the module of the chain as
//! its specification has it (P), in dollars instead of special drawing rights (grade D).

use firesale_types::{Rate, Rounding};
use serde::{Deserialize, Serialize};

use crate::units::{MONEY_MAX, Money, mul_div, part_up};

/// The virtual pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VirtualPools {
    /// What either pool is worth when balanced.
    pub base: Money,
    /// What the stable side has more than that; negative if less.
    pub delta: Money,
    /// In how many blocks an imbalance is gone but for a part in e.
    pub recovery_blocks: u32,
    /// The least spread of a swap.
    pub spread_min: Rate,
}

/// What a swap gives and does to the pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    /// What is given for the offer, at the oracle's price.
    pub gives: Money,
    /// The pools' new `delta`.
    pub delta: Money,
}

impl VirtualPools {
    /// The stable pool and the other one, rounded as named.
    fn pools(&self, rounding: Rounding) -> Option<(Money, Money)> {
        let stable = self.base + self.delta;
        Some((stable, self.other(stable, rounding)?))
    }

    /// What the other pool is worth if one is worth `pool`.
    fn other(&self, pool: Money, rounding: Rounding) -> Option<Money> {
        let base = u128::try_from(self.base).ok()?;
        let other = mul_div(base, base, u128::try_from(pool).ok()?, rounding)?;
        i128::try_from(other).ok()
    }

    /// Stable tokens worth `offer` at par against seigniorage tokens; `None` out of range.
    #[must_use]
    pub fn contract(&self, offer: Money) -> Option<Swap> {
        let (stable, other) = self.pools(Rounding::Floor)?;
        if stable + offer > 1_000 * MONEY_MAX {
            return None;
        }
        let asked = other - self.other(stable + offer, Rounding::Ceil)?;
        Some(Swap {
            gives: self.net(offer, asked),
            delta: self.delta + offer,
        })
    }

    /// Seigniorage tokens worth `offer` by the oracle against stable ones; `None` out of range.
    #[must_use]
    pub fn expand(&self, offer: Money) -> Option<Swap> {
        let (stable, other) = self.pools(Rounding::Ceil)?;
        let asked = stable - self.other(other + offer, Rounding::Ceil)?;
        let gives = self.net(offer, asked);
        Some(Swap {
            gives,
            delta: self.delta - gives,
        })
    }

    fn net(&self, offer: Money, asked: Money) -> Money {
        let least = offer - part_up(offer, self.spread_min);
        asked.clamp(0, least)
    }

    /// The pools drift back for so many blocks.
    pub(crate) fn recover(&mut self, blocks: i64) {
        for _ in 0..blocks {
            let step = self.delta / Money::from(self.recovery_blocks);
            if step == 0 {
                return;
            }
            self.delta -= step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::DOLLAR;

    fn pools(delta: Money) -> VirtualPools {
        VirtualPools {
            base: 100 * DOLLAR,
            delta: delta * DOLLAR,
            recovery_blocks: 4,
            spread_min: Rate::bps(50),
        }
    }

    /// Base 100. Offering 25 to balanced pools: 100 - 10,000 / 125 = 20, a spread of 20%. From a
    /// delta of 25 offering 75: 80 - 10,000 / 200 = 30 for 75. Offering 0.1: 0.0999001 would be
    /// a spread of 0.1%, so the minimum of 0.5% holds: 0.0995.
    #[test]
    fn contraction_by_hand() {
        let swap = pools(0).contract(25 * DOLLAR).unwrap();
        assert_eq!((swap.gives, swap.delta), (20 * DOLLAR, 25 * DOLLAR));
        let swap = pools(25).contract(75 * DOLLAR).unwrap();
        assert_eq!((swap.gives, swap.delta), (30 * DOLLAR, 100 * DOLLAR));
        assert_eq!(pools(0).contract(100_000).unwrap().gives, 99_500);
    }

    /// From a delta of 25 the other pool is 80: 20 worth of seigniorage brings it to 100, so 25
    /// would be fair, more than the offer; the minimum spread leaves 19.9. From balance 25 brings
    /// 100 - 10,000 / 125 = 20.
    #[test]
    fn expansion_by_hand() {
        let swap = pools(25).expand(20 * DOLLAR).unwrap();
        assert_eq!((swap.gives, swap.delta), (19_900_000, 5_100_000));
        let swap = pools(0).expand(25 * DOLLAR).unwrap();
        assert_eq!((swap.gives, swap.delta), (20 * DOLLAR, -20 * DOLLAR));
    }

    /// 100 loses a quarter a block: 75, 56.25, 42.1875.
    #[test]
    fn recovery_by_hand() {
        let mut pools = pools(100);
        pools.recover(3);
        assert_eq!(pools.delta, 42_187_500);
        pools.recover(i64::MAX);
        assert_eq!(pools.delta, 3);
    }
}
