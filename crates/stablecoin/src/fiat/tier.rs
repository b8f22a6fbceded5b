//! One tier of the reserve, and what a sale of it brings.

use firesale_types::Rate;
use serde::{Deserialize, Serialize};

use super::config::{TierConfig, TierKind};
use crate::units::{MONEY_MAX, Money, part_up};

/// A billion dollars in thousands of dollars: volumes enter the impact in thousands, so that their
/// cubes fit.
const BILLION_IN_THOUSANDS: i128 = 1_000_000;
/// A thousand dollars.
const THOUSAND: Money = 1_000_000_000;
/// Days of a year by the convention of the bill market.
const BILL_YEAR: i128 = 360;
const ONE: i128 = Rate::ONE.0 as i128;

/// What there is of a tier now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tier {
    /// What can be sold, at book value.
    pub amount: Money,
    /// What cannot be reached, at book value.
    pub frozen: Money,
    /// What the public believes will come back of each frozen dollar.
    pub recovery: Rate,
    /// Recent sales that still weigh on the price.
    pub pressure: Money,
    /// What was sold today.
    pub sold_today: Money,
    /// What there was at the day's start.
    pub day_base: Money,
}

impl Tier {
    pub(crate) fn new(config: &TierConfig) -> Self {
        Self {
            amount: config.amount,
            day_base: config.amount,
            ..Self::default()
        }
    }

    /// What a sale of `face` costs: haircut, price impact, change of yields and liquidity fee;
    /// negative if bills are worth more than in the books. Rounded up, at most `face`.
    ///
    /// The last of `x` billion dollars sells at `1 - haircut - a x - b x^2`, `x` counting recent
    /// sales, so `face` from `s` on costs
    /// `haircut f + a (s f + f^2 / 2) + b (s^2 f + s f^2 + f^3 / 3)`. For bills `a` and `b` are in
    /// yield, and a yield `y` higher takes `y * days / 360` from the price.
    pub(crate) fn cost(&self, config: &TierConfig, face: Money, yield_change_bps: i32) -> Money {
        let duration = |cost: i128| match config.kind {
            TierKind::Bills => ceil_div(cost * i128::from(config.maturity_days), BILL_YEAR),
            _ => cost,
        };
        let moved = match config.kind {
            TierKind::Bills => ceil_div(face * i128::from(yield_change_bps), 10_000),
            _ => 0,
        };
        let impact = self.impact(config, face) + moved;
        let total = part_up(face, config.haircut) + duration(impact) + self.fee(config, face);
        total.clamp(-face, face)
    }

    /// The cost of the impact before the duration of bills enters.
    fn impact(&self, config: &TierConfig, face: Money) -> Money {
        let (s, f) = (self.pressure / THOUSAND, ceil_div(face, THOUSAND));
        // Thousands squared times billionths per billion, and cubed per billion squared.
        let linear = i128::from(config.impact_linear.0) * (2 * s * f + f * f);
        let cube = 3 * s * s * f + 3 * s * f * f + f * f * f;
        let linear = ceil_div(linear, 2 * BILLION_IN_THOUSANDS);
        let convex = ceil_div(cube, 3 * BILLION_IN_THOUSANDS * BILLION_IN_THOUSANDS);
        let convex = convex.saturating_mul(i128::from(config.impact_convex.0));
        let thousands = linear.saturating_add(convex) / ONE;
        let rest = linear.saturating_add(convex) % ONE;
        // Far above all there is, and small enough that nothing below overflows.
        let thousands = thousands.min(1_000 * (MONEY_MAX / THOUSAND));
        thousands * THOUSAND + ceil_div(rest * THOUSAND, ONE)
    }

    fn fee(&self, config: &TierConfig, face: Money) -> Money {
        let Some((threshold, fee)) = config.liquidity_fee else {
            return 0;
        };
        let free = part_up(self.day_base, threshold);
        let over = |sold: Money| (sold - free).max(0);
        part_up(over(self.sold_today + face) - over(self.sold_today), fee)
    }

    /// The least face whose sale brings `need`, or all there is; with what the sale brings.
    pub(crate) fn face_for(
        &self,
        config: &TierConfig,
        need: Money,
        yield_change_bps: i32,
    ) -> (Money, Money) {
        let brings = |face: Money| face - self.cost(config, face, yield_change_bps);
        let (mut low, mut high) = (0, self.amount);
        if brings(high) > need {
            while high - low > 1 {
                let middle = i128::midpoint(low, high);
                if brings(middle) >= need {
                    high = middle;
                } else {
                    low = middle;
                }
            }
        }
        (high, brings(high))
    }

    /// What a sale of all of it at once would bring a dollar.
    pub(crate) fn liquidation_rate(&self, config: &TierConfig, yield_change_bps: i32) -> Rate {
        let brings = self.amount - self.cost(config, self.amount, yield_change_bps);
        let rate = crate::units::ratio(brings, self.amount).unwrap_or(Rate::ONE);
        rate.clamp(Rate::ZERO, Rate::ONE)
    }

    /// A new day: a part of the impact is forgotten, the day's sales count from zero.
    pub(crate) fn new_day(&mut self, config: &TierConfig) {
        self.pressure -= part_up(self.pressure, config.impact_recovery);
        self.sold_today = 0;
        self.day_base = self.amount;
    }
}

/// The quotient rounded up; the divisor is positive.
const fn ceil_div(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::DOLLAR;

    const BILLION: Money = 1_000_000_000 * DOLLAR;

    /// Ten billion of 90-day bills, 1.6 basis points a billion. Selling 3.5 billion costs in yield
    /// 0.00016 * 3.5^2 / 2 = 0.00098 billions, times 90/360: 245,000 dollars. Selling another 0.5
    /// then: 0.00016 * (3.5 * 0.5 + 0.125) / 4 = 0.000075 billions, 75,000 dollars.
    #[test]
    fn bills_by_hand() {
        let config = TierConfig::bills(10 * BILLION);
        let mut tier = Tier::new(&config);
        assert_eq!(tier.cost(&config, 7 * BILLION / 2, 0), 245_000 * DOLLAR);
        tier.pressure = 7 * BILLION / 2;
        assert_eq!(tier.cost(&config, BILLION / 2, 0), 75_000 * DOLLAR);
        // Eight basis points more: 0.0008 / 4 of 500 million, 100,000 dollars; the same back.
        assert_eq!(tier.cost(&config, BILLION / 2, 8), 175_000 * DOLLAR);
        assert_eq!(tier.cost(&config, BILLION / 2, -8), -25_000 * DOLLAR);
        tier.new_day(&config);
        assert_eq!(tier.pressure, 315 * BILLION / 100);
    }

    /// Haircut 5%, 0.5% a billion, and 0.1% a billion squared: of two billion 100 million, 10
    /// million and 8/3 * 0.001 billion = 2.6666667 million.
    #[test]
    fn slow_assets_by_hand() {
        let config = TierConfig {
            impact_convex: Rate::bps(10),
            ..TierConfig::slow(TierKind::Gold, "gold", 3 * BILLION)
        };
        let tier = Tier::new(&config);
        let cost = tier.cost(&config, 2 * BILLION, 0);
        assert!((cost - 112_666_666_666_667).abs() < 2 * DOLLAR, "{cost}");
        let (face, brings) = tier.face_for(&config, BILLION, 0);
        assert!(brings >= BILLION && face - 1 - tier.cost(&config, face - 1, 0) < BILLION);
        assert_eq!(tier.face_for(&config, 4 * BILLION, 0).0, 3 * BILLION);
    }

    /// A fund of 100 charges 1% beyond 5: selling 8 costs 0.03, the next one 0.01.
    #[test]
    fn a_liquidity_fee_by_hand() {
        let config = TierConfig::money_fund(100 * DOLLAR);
        let mut tier = Tier::new(&config);
        assert_eq!(tier.cost(&config, 5 * DOLLAR, 0), 0);
        assert_eq!(tier.cost(&config, 8 * DOLLAR, 0), 30_000);
        tier.sold_today = 8 * DOLLAR;
        assert_eq!(tier.cost(&config, DOLLAR, 0), 10_000);
    }

    #[test]
    fn the_largest_sale_does_not_overflow() {
        let config = TierConfig {
            impact_convex: Rate::ONE,
            impact_linear: Rate::ONE,
            amount: MONEY_MAX,
            ..TierConfig::bills(0)
        };
        let mut tier = Tier::new(&config);
        tier.pressure = MONEY_MAX;
        assert_eq!(tier.cost(&config, MONEY_MAX, 10_000), MONEY_MAX);
    }
}
