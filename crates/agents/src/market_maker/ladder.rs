//! The quotes a market maker wants to have standing.

use firesale_sim::prelude::*;

/// One wanted quote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rung {
    pub(super) side: Side,
    /// Dollars per unit.
    pub(super) price: f64,
    /// Dollars.
    pub(super) usd: f64,
    /// Distance from the reservation price.
    pub(super) distance: f64,
    /// Its part of the side's depth.
    pub(super) share_of_side: f64,
}

/// Depth of each level in units of the depth within 1%: depth grows as distance^exponent.
pub(super) fn parts(levels: &[f64], exponent: f64) -> Vec<f64> {
    let mut inner = 0.0;
    let part = |x: &f64| {
        let outer = libm::pow(x / 0.01, exponent);
        outer - std::mem::replace(&mut inner, outer)
    };
    levels.iter().map(part).collect()
}

/// What decides the ladder of one book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    /// Fair price in dollars.
    pub(super) fair: f64,
    /// Dollars within 1% in calm.
    pub(super) depth: f64,
    /// Part of that which stands.
    pub(super) activity: f64,
    /// Inventory over its limit, signed.
    pub(super) inventory: f64,
    /// Volatility over its calm value, at least one.
    pub(super) stress: f64,
    /// Skew at the limit in calm.
    pub(super) skew_at_limit: f64,
}

impl Ladder {
    /// The reservation price: fair, less inventory times gamma sigma^2 tau. With gamma tau expressed by
    /// the skew at the limit in calm, the skew grows with the square of volatility; it is cut where it
    /// would leave the outermost level, because nobody quotes through the market.
    pub(super) fn reservation(&self, widest: f64) -> f64 {
        let skew = self.skew_at_limit * self.inventory * self.stress * self.stress;
        self.fair * (1.0 - skew.clamp(-widest, widest))
    }

    /// Bids and asks from the touch outwards, a bid and an ask in turn; a side beyond the inventory limit
    /// is empty. Distances widen with volatility. `parts` are those of the levels.
    pub(super) fn rungs<'a>(
        &'a self,
        levels: &'a [f64],
        parts: &'a [f64],
    ) -> impl Iterator<Item = Rung> + 'a {
        let widest = levels.last().copied().unwrap_or(0.0);
        let reservation = self.reservation(widest);
        let whole: f64 = parts.iter().sum();
        levels.iter().zip(parts).flat_map(move |(&x, &part)| {
            let distance = x * self.stress;
            [Side::Buy, Side::Sell].map(move |side| {
                let sign = side.sign() as f64;
                let allowed = sign * self.inventory < 1.0;
                let usd = if allowed {
                    self.depth * part * self.activity
                } else {
                    0.0
                };
                Rung {
                    side,
                    price: reservation * (1.0 - sign * distance).max(0.01),
                    usd,
                    distance,
                    share_of_side: part / whole,
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Ladder = Ladder {
        fair: 100.0,
        depth: 1e6,
        activity: 1.0,
        inventory: 0.0,
        stress: 1.0,
        skew_at_limit: 0.004,
    };
    const LEVELS: [f64; 3] = [0.001, 0.01, 0.03];

    #[test]
    fn depth_within_one_percent_is_what_was_asked() {
        let bids: f64 = CALM
            .rungs(&LEVELS, &parts(&LEVELS, 0.6))
            .filter(|r| r.side == Side::Buy && r.price >= 99.0 - 1e-9)
            .map(|r| r.usd)
            .sum();
        assert!((bids - 1e6).abs() < 1.0, "{bids}");
        let shares: f64 = CALM
            .rungs(&LEVELS, &parts(&LEVELS, 0.6))
            .filter(|r| r.side == Side::Sell)
            .map(|r| r.share_of_side)
            .sum();
        assert!((shares - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_long_maker_quotes_lower_and_stops_buying_at_the_limit() {
        let long = Ladder {
            inventory: 0.5,
            ..CALM
        };
        assert!((long.reservation(0.03) - 99.8).abs() < 1e-9);
        let full = Ladder {
            inventory: 1.0,
            ..CALM
        };
        assert!(
            full.rungs(&LEVELS, &parts(&LEVELS, 0.6))
                .all(|r| (r.side == Side::Sell) == (r.usd > 0.0))
        );
        let stressed = Ladder {
            inventory: 0.5,
            stress: 2.0,
            ..CALM
        };
        assert!(
            (stressed.reservation(0.03) - 99.2).abs() < 1e-9,
            "skew grows with sigma squared"
        );
    }
}
