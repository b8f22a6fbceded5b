//! Price ranges of a concentrated pool: where they lie, and how much liquidity they take.

use firesale_amm::{
    ConcentratedLiquidity, MAX_TICK, MIN_TICK, liquidity_for_amounts, sqrt_ratio_at_tick,
};
use firesale_sim::prelude::*;

/// A range, by its ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) lower: i32,
    pub(super) upper: i32,
}

/// Ranges around the pool's price: the widest reaches a factor `1 + width` up and down, the others are
/// nested in it with an equal part of that in logarithms. Ends lie on the pool's spacing, so a range reaches
/// at least one spacing to either side.
pub(super) fn around(pool: &ConcentratedLiquidity, width: f64, rungs: u32) -> Vec<Range> {
    let spacing = pool.tick_spacing();
    let centre = pool.tick().div_euclid(spacing) * spacing;
    let widest = libm::log1p(width) / libm::log(1.0001);
    let rung = |k: u32| {
        let reach = widest * f64::from(k) / f64::from(rungs);
        let steps = libm::rint(reach / f64::from(spacing)).clamp(1.0, 1e6) as i32;
        let inside =
            |tick: i32| tick.clamp(MIN_TICK / spacing * spacing, MAX_TICK / spacing * spacing);
        Range {
            lower: inside(centre.saturating_sub(steps.saturating_mul(spacing))),
            upper: inside(
                centre
                    .saturating_add(steps.saturating_mul(spacing))
                    .saturating_add(spacing),
            ),
        }
    };
    let mut ranges: Vec<Range> = (1..=rungs.max(1)).map(rung).collect();
    ranges.dedup();
    ranges
}

impl Range {
    /// The liquidity that amounts of both coins provide in it at the pool's price.
    pub(super) fn liquidity(
        self,
        pool: &ConcentratedLiquidity,
        amounts: [u128; 2],
    ) -> Option<u128> {
        let low = sqrt_ratio_at_tick(self.lower).ok()?;
        let high = sqrt_ratio_at_tick(self.upper).ok()?;
        liquidity_for_amounts(pool.sqrt_price_x96(), low, high, amounts).ok()
    }

    /// Whether the pool's price is in it.
    pub(super) fn holds(self, pool: &ConcentratedLiquidity) -> bool {
        (self.lower..self.upper).contains(&pool.tick())
    }
}

#[cfg(test)]
mod tests {
    use super::around;
    use firesale_amm::{ConcentratedLiquidity, price_to_sqrt_x96};

    /// Tick of 2,000: floor(ln 2000 / ln 1.0001) = 76012, on a spacing of 60: 75960. A factor of 1.06 is
    /// 582.7 ticks, 10 spacings; half of that is 291.3, 5 spacings.
    #[test]
    fn ranges_are_nested_around_the_price() {
        let root = price_to_sqrt_x96(2_000.0).unwrap();
        let pool = ConcentratedLiquidity::new(3_000, 60, root).unwrap();
        let ranges = around(&pool, 0.06, 2);
        let ends: Vec<_> = ranges.iter().map(|r| (r.lower, r.upper)).collect();
        assert_eq!(ends, [(75_660, 76_320), (75_360, 76_620)]);
        assert!(ranges.iter().all(|range| range.holds(&pool)));
        // However narrow, a spacing to either side.
        assert_eq!(around(&pool, 1e-9, 3).len(), 1);
    }
}
