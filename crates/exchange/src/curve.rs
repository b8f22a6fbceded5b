//! Maintenance margin as a function of notional: a convex polygon, exact in integers.

use firesale_types::{Rate, Usd};
use serde::{Deserialize, Serialize};

/// Billionths in one.
const ONE: i64 = Rate::ONE.0;

/// One straight piece: `rate * notional - weight * deduction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    /// Where the piece begins, in micro-USD of one real account.
    from: i64,
    /// Its slope, in billionths.
    rate: i64,
    /// Its deduction: whole micro-USD, and the rest in billionths of one.
    deduction: i64,
    deduction_rest: i64,
}

/// Margin required by a position's notional, tier by tier without jumps.
///
/// `M(N) = N * rate - deduction` with `deduction_n = deduction_{n-1} + from_n * (rate_n -
/// rate_{n-1})`, as Binance and Hyperliquid publish it. One account stands for `weight` equal real
/// ones: `M_total(N) = weight * M(N / weight)`, which is `N * rate - weight * deduction`, so no
/// division by the weight is ever rounded. The result is rounded up to the micro-dollar, and never
/// falls when the notional grows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Curve {
    pieces: Vec<Piece>,
}

impl Curve {
    /// The curve with these pieces: where each begins (the first at zero) and its slope. Both
    /// must be increasing.
    pub(crate) fn new(pieces: impl IntoIterator<Item = (Usd, Rate)>) -> Self {
        let mut exact = 0_i128;
        let mut previous = 0_i64;
        let pieces = pieces
            .into_iter()
            .map(|(from, rate)| {
                exact += i128::from(from.0) * i128::from(rate.0 - previous);
                previous = rate.0;
                Piece {
                    from: from.0,
                    rate: rate.0,
                    deduction: (exact / i128::from(ONE)) as i64,
                    deduction_rest: (exact % i128::from(ONE)) as i64,
                }
            })
            .collect();
        Self { pieces }
    }

    /// The curve `ratio` times as steep.
    pub(crate) fn scaled(&self, ratio: Rate) -> Self {
        Self::new(self.pieces.iter().map(|piece| {
            let rate = i128::from(piece.rate) * i128::from(ratio.0) / i128::from(ONE);
            (Usd(piece.from), Rate(rate as i64))
        }))
    }

    /// The curve `factor` times as steep, slopes rounded up, but never so steep that `calls` times
    /// the margin of a change were more than the change.
    pub(crate) fn raised(&self, factor: Rate, calls: Rate) -> Self {
        let one = i128::from(ONE);
        let most = one * one / one.max(i128::from(calls.0));
        Self::new(self.pieces.iter().map(|piece| {
            let rate = (i128::from(piece.rate) * i128::from(factor.0) + one - 1) / one;
            (Usd(piece.from), Rate(rate.min(most) as i64))
        }))
    }

    /// The steepest slope.
    pub(crate) fn steepest(&self) -> Rate {
        self.pieces.last().map_or(Rate::ZERO, |p| Rate(p.rate))
    }

    /// The piece on which a notional lies.
    #[inline]
    fn piece(&self, notional: i64, weight: u32) -> usize {
        let mut at = 0;
        while let Some(next) = self.pieces.get(at + 1) {
            if i128::from(notional) <= i128::from(next.from) * i128::from(weight) {
                break;
            }
            at += 1;
        }
        at
    }

    /// Margin required by `notional` (micro-USD, not negative) of an account of this weight.
    #[inline]
    pub(crate) fn at(&self, notional: i64, weight: u32) -> i64 {
        match self.pieces.get(self.piece(notional, weight)) {
            Some(piece) => piece.at(notional, i64::from(weight)),
            None => 0,
        }
    }

    /// The notional below which `notional - margin(notional)` falls short of `left`, not exact:
    /// within a few units in the last place of an `f64`.
    pub(crate) fn long_notional(&self, left: i64, start: i64, weight: u32) -> f64 {
        let mut at = self.piece(start, weight);
        loop {
            let Some(piece) = self.pieces.get(at) else {
                return left as f64;
            };
            let kept = i128::from(left) - piece.deducted(weight);
            let notional = kept as f64 / ((ONE - piece.rate) as f64 / ONE as f64);
            if at == 0 || notional >= piece.from as f64 * f64::from(weight) {
                return notional;
            }
            at -= 1;
        }
    }

    /// The notional above which `notional + margin(notional)` exceeds `sum`, not exact.
    pub(crate) fn short_notional(&self, sum: i64, start: i64, weight: u32) -> f64 {
        let mut at = self.piece(start, weight);
        loop {
            let Some(piece) = self.pieces.get(at) else {
                return sum as f64;
            };
            let kept = i128::from(sum) + piece.deducted(weight);
            let notional = kept as f64 / ((ONE + piece.rate) as f64 / ONE as f64);
            match self.pieces.get(at + 1) {
                Some(next) if notional > next.from as f64 * f64::from(weight) => at += 1,
                _ => return notional,
            }
        }
    }
}

impl Piece {
    #[inline]
    fn at(&self, notional: i64, weight: i64) -> i64 {
        // Split at a billion, so that every product fits into 64 bits.
        let (high, low) = (notional / ONE, notional % ONE);
        let rest = low * self.rate - weight * self.deduction_rest;
        let up = rest.div_euclid(ONE) + i64::from(rest.rem_euclid(ONE) != 0);
        high * self.rate - weight * self.deduction + up
    }

    fn deducted(&self, weight: u32) -> i128 {
        i128::from(self.deduction) * i128::from(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binance_btc() -> Curve {
        let from = [
            0,
            50_000,
            600_000,
            3_000_000,
            12_000_000,
            70_000_000,
            100_000_000,
            230_000_000,
        ];
        let bps = [40, 50, 65, 100, 200, 250, 500, 1000];
        Curve::new(
            from.into_iter()
                .zip(bps)
                .map(|(from, bps)| (Usd::dollars(from), Rate::bps(bps))),
        )
    }

    #[test]
    fn published_deductions() {
        // The seven deductions of Binance's BTCUSDT brackets (October 2024), and the next one.
        let curve = binance_btc();
        let deductions: Vec<i64> = curve
            .pieces
            .iter()
            .map(|p| p.deduction / 1_000_000)
            .collect();
        assert_eq!(
            deductions,
            [0, 50, 950, 11_450, 131_450, 481_450, 2_981_450, 14_481_450]
        );
    }

    #[test]
    fn continuous_convex_and_rounded_up() {
        let curve = binance_btc();
        for piece in &curve.pieces[1..] {
            let at = |n: i64| curve.at(n, 1);
            assert!(at(piece.from + 1) - at(piece.from) <= 1);
        }
        assert_eq!(curve.at(Usd::dollars(100_000).0, 1), Usd::dollars(450).0);
        assert_eq!(curve.at(1, 1), 1);
        assert_eq!(curve.at(0, 1), 0);
    }

    #[test]
    fn a_weighted_account_is_many_small_ones() {
        let curve = binance_btc();
        let one = curve.at(Usd::dollars(700_000).0, 1);
        assert_eq!(curve.at(Usd::dollars(7_000_000).0, 10), 10 * one);
        assert!(curve.at(Usd::dollars(7_000_000).0, 1) > 10 * one);
    }

    #[test]
    fn a_fractional_deduction_is_exact() {
        // 3 micro-USD at 7 parts in a billion more: the deduction is 21e-9 micro-USD.
        let curve = Curve::new([(Usd(0), Rate(1)), (Usd(3), Rate(8))]);
        for n in 0..2_000_000_000_i64 / 1_000_003 {
            let n = n * 1_000_003;
            let exact = if n <= 3 {
                i128::from(n)
            } else {
                i128::from(n) * 8 - 21
            };
            let up =
                exact.div_euclid(1_000_000_000) + i128::from(exact.rem_euclid(1_000_000_000) != 0);
            assert_eq!(i128::from(curve.at(n, 1)), up);
        }
    }
}
