//! How far one factor may move before it has used up a budget: the arithmetic of triggers.
//!
//! Equity less margin is a sum of one term per factor: each perpetual's mark (open profit less
//! tiered margin), each collateral's price, each perpetual's cumulative funding. So a loss in one
//! factor can be computed without looking at the others.

use firesale_types::Usd;

use crate::curve::Curve;
use crate::ledger::FUNDING_SCALE;
use crate::limits::{MAX_PRICE, value};
use crate::state::Asset;
use crate::tiers::part_up;
use crate::triggers::Direction;

/// Shrinks a floating-point bound so that its rounding errors fall on the safe side.
const SAFETY: f64 = 1.0 - 1e-12;

/// The mark's part of a cushion: a position of a given size under a margin curve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarkFactor<'a> {
    /// Lots, positive.
    pub(crate) lots: i64,
    /// One tick times one lot, in micro-USD.
    pub(crate) unit: i64,
    /// The present mark, in ticks.
    pub(crate) mark: i64,
    pub(crate) curve: &'a Curve,
    pub(crate) weight: u32,
    /// If the margin is no curve of this notional alone: the part of a change of the notional by
    /// which it changes at most, in billionths.
    pub(crate) steepest: Option<i64>,
    pub(crate) harm: Direction,
}

impl MarkFactor<'_> {
    fn notional(&self, mark: i64) -> i64 {
        value(self.lots, mark, self.unit)
    }

    fn margin(&self, notional: i64) -> i64 {
        self.curve.at(notional, self.weight)
    }

    /// What equity less margin loses (at most, if the margin is only bounded) when the mark goes to
    /// `mark`, on the harmful side.
    #[inline]
    pub(crate) fn loss(&self, mark: i64) -> i64 {
        let (now, then) = (self.notional(self.mark), self.notional(mark));
        let lost = match self.harm {
            Direction::Falling => now - then,
            Direction::Rising => then - now,
        };
        match self.steepest {
            Some(steepest) => lost + part_up(lost, steepest),
            None => lost + self.margin(then) - self.margin(now),
        }
    }

    /// The mark nearest to the present one at which the loss exceeds the budget, if it can be
    /// reached. Exact: one tick before it the budget still holds.
    pub(crate) fn trigger(&self, budget: i64) -> Option<i64> {
        match self.harm {
            Direction::Falling if self.loss(1) <= budget => None,
            Direction::Rising if self.loss(MAX_PRICE.0) <= budget => None,
            _ => Some(self.refine(self.guess(budget), budget)),
        }
    }

    /// Solves for the mark in floating point, tier by tier.
    fn guess(&self, budget: i64) -> i64 {
        let now = self.notional(self.mark);
        let per_tick = self.lots as f64 * self.unit as f64;
        if let Some(steepest) = self.steepest {
            let ticks = budget as f64 / (1.0 + steepest as f64 / 1e9) / per_tick;
            let outward = match self.harm {
                Direction::Falling => -1.0,
                Direction::Rising => 1.0,
            };
            return (self.mark as f64 + outward * ticks) as i64;
        }
        let notional = match self.harm {
            Direction::Falling => {
                let left = now - self.margin(now) - budget;
                self.curve.long_notional(left, now, self.weight)
            }
            Direction::Rising => {
                let sum = now + self.margin(now) + budget;
                self.curve.short_notional(sum, now, self.weight)
            }
        };
        (notional / per_tick) as i64
    }

    /// Moves a guess to the exact mark: by bisection, so that a poor guess costs little.
    fn refine(&self, guess: i64, budget: i64) -> i64 {
        let outward = match self.harm {
            Direction::Falling => -1,
            Direction::Rising => 1,
        };
        let last = match self.harm {
            Direction::Falling => 1,
            Direction::Rising => MAX_PRICE.0,
        };
        // As distances from the present mark: `held` keeps the budget, `broken` exceeds it.
        let farthest = (last - self.mark) * outward;
        let exceeds = |distance: i64| self.loss(self.mark + outward * distance) > budget;
        let guess = ((guess - self.mark) * outward).clamp(1, farthest);
        let (mut held, mut broken) = (0, farthest);
        let mut reach = 1;
        let mut at = guess;
        loop {
            if exceeds(at) {
                broken = at;
                at -= reach;
            } else {
                held = at;
                at += reach;
            }
            if at <= held || at >= broken {
                break;
            }
            reach *= 2;
        }
        while broken - held > 1 {
            let middle = held + (broken - held) / 2;
            if exceeds(middle) {
                broken = middle;
            } else {
                held = middle;
            }
        }
        self.mark + outward * broken
    }
}

/// What a position of `lots` (positive) loses at most when the cumulative funding index moves
/// against it by `change`, rounding included.
#[inline]
pub(crate) fn funding_loss(lots: i64, change: i64) -> i64 {
    match lots.checked_mul(change) {
        Some(product) => product / FUNDING_SCALE + 1,
        None => {
            let product = i128::from(lots) * i128::from(change) / i128::from(FUNDING_SCALE);
            product.min(i128::from(i64::MAX / 8)) as i64
        }
    }
}

/// By how much the cumulative funding index may move against `lots` within the budget; saturates
/// far beyond what it ever does.
pub(crate) fn funding_room(lots: i64, budget: i64) -> i64 {
    let room = (budget - 1).max(0) as f64 * FUNDING_SCALE as f64 / lots as f64;
    (room * SAFETY) as i64
}

/// By how much the price of an asset may fall within the budget, in micro-USD a unit.
pub(crate) fn price_room(asset: &Asset, amount: Usd, budget: i64) -> i64 {
    let counts = asset.counts.map_or(0.0, firesale_types::Rate::to_f64);
    // Two roundings down, of one micro-dollar each.
    let room = (budget - 2).max(0) as f64 * 1e6 / (amount.0 as f64 * counts);
    (room * SAFETY) as i64
}

/// The part of a budget that falls to a factor of this weight among all.
pub(crate) fn share(budget: i64, weight: f64, all: f64) -> i64 {
    if weight >= all {
        return budget;
    }
    (budget as f64 * (weight / all) * SAFETY) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::Rate;
    use proptest::prelude::*;

    fn factor(curve: &Curve, lots: i64, mark: i64, harm: Direction) -> MarkFactor<'_> {
        MarkFactor {
            lots,
            unit: 1000,
            mark,
            curve,
            weight: 1,
            steepest: None,
            harm,
        }
    }

    /// Ticks of 0.0001 dollars and lots of 10: the published closed forms to the last digit.
    #[test]
    fn published_liquidation_prices() {
        let liquidation_price = |maintenance_bps, leverage: i64, harm| {
            let curve = Curve::new([(Usd(0), Rate::bps(maintenance_bps))]);
            let (price, lots) = (1_000_000, 1_000_000);
            let factor = factor(&curve, lots, price, harm);
            let notional = factor.notional(price);
            let cushion = notional / leverage - factor.margin(notional);
            factor.trigger(cushion).unwrap()
        };
        // 90.4523, 109.4527, 95.4774 and 98.3936: the first tick beyond the exact solution.
        assert_eq!(liquidation_price(50, 10, Direction::Falling), 904_522);
        assert_eq!(liquidation_price(50, 10, Direction::Rising), 1_094_528);
        assert_eq!(liquidation_price(50, 20, Direction::Falling), 954_773);
        assert_eq!(liquidation_price(40, 50, Direction::Falling), 983_935);
    }

    #[test]
    fn rooms_keep_their_budget() {
        assert!(funding_loss(7, funding_room(7, 1_000_000)) <= 1_000_000);
        assert_eq!(funding_room(7, 0), 0);
        let asset = Asset {
            id: firesale_types::AssetId(1),
            price: Usd::dollars(100),
            counts: Some(Rate::bps(9000)),
            tiers: Vec::new(),
            triggers: Default::default(),
            impact: crate::attribution::ImpactLedger::new(&crate::MarkRule::Index, 0),
            external: 0,
        };
        let amount = Usd(3_333_333);
        let at = |price| asset.collateral_value(amount, price, 1);
        let budget = Usd::dollars(15).0;
        let room = price_room(&asset, amount, budget);
        let loss = |fall: i64| at(asset.price) - at(asset.price - Usd(fall));
        assert!(loss(room) <= budget && loss(room + 5) > budget);
    }

    proptest! {
        #[test]
        fn triggers_are_exact(
            lots in 1_i64..1_000_000,
            mark in 2_i64..1_000_000,
            part in 0_f64..3.0,
            short in any::<bool>(),
            bounded in any::<bool>(),
        ) {
            let curve = Curve::new([
                (Usd(0), Rate::bps(50)),
                (Usd::dollars(1_000), Rate::bps(100)),
                (Usd::dollars(30_000), Rate::bps(700)),
                (Usd::dollars(700_000), Rate::bps(5000)),
            ]);
            let harm = if short { Direction::Rising } else { Direction::Falling };
            let factor = MarkFactor {
                steepest: bounded.then_some(173_456_789),
                ..factor(&curve, lots, mark, harm)
            };
            let budget = (factor.notional(mark) as f64 * part) as i64;
            let outward = if short { 1 } else { -1 };
            match factor.trigger(budget) {
                Some(at) => {
                    prop_assert!(factor.loss(at) > budget);
                    prop_assert!(factor.loss(at - outward) <= budget);
                }
                None => prop_assert!(factor.loss(1) <= budget),
            }
        }
    }
}
