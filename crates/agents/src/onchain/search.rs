//! The best whole amount for a profit that rises and then falls.

/// The amount up to `most` with the largest profit, and that profit; nothing if no amount has a profit above
/// zero. The profit must be concave in the amount, as that of a swap through pools is; where the pool
/// refuses an amount it is none.
pub(super) fn best(most: u128, profit: impl Fn(u128) -> Option<f64>) -> Option<(u128, f64)> {
    let value = |amount| profit(amount).unwrap_or(f64::NEG_INFINITY);
    let (mut low, mut high) = (0_u128, most);
    // A profit is flat at its top: a millionth of the amount beside it costs a millionth of a millionth.
    let near = (most / 1_000_000).max(2);
    while high - low > near {
        let third = (high - low) / 3;
        let (left, right) = (low + third, high - third);
        // What a pool refuses is too much.
        if value(left) < value(right) {
            low = left;
        } else {
            high = right;
        }
    }
    let candidates = [low, low + (high - low) / 2, high, most];
    let mut found: Option<(u128, f64)> = None;
    for amount in candidates.into_iter().filter(|amount| *amount > 0) {
        let gain = value(amount);
        if gain > found.map_or(0.0, |(_, best)| best) {
            found = Some((amount, gain));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::best;
    use firesale_amm::{ConstantProduct, Pool};

    /// Arbitrage of a constant product without a fee against a price p: one sells sqrt(xy/p) - x, after
    /// which the pool's price is p. With x = 1,000, y = 2,000,000 and p = 1,800: 54.09255339.
    #[test]
    fn it_closes_the_gap_of_a_constant_product() {
        let (pool, _) =
            ConstantProduct::with_reserves(0, [1_000_000_000_000, 2_000_000_000_000_000]).unwrap();
        let pool = Pool::ConstantProduct(pool);
        let profit = |amount: u128| {
            let out = pool.quote(0, 1, amount).ok()?.amount_out as f64;
            Some(out - 1_800.0 * amount as f64)
        };
        let (amount, gain) = best(400_000_000_000, profit).unwrap();
        assert!(
            (amount as f64 / 1e9 - 54.092_553_39).abs() < 1e-3,
            "{amount}"
        );
        // y + p x - 2 sqrt(p x y) = 2,000,000 + 1,800,000 - 2 sqrt(3.6e12) dollars.
        assert!((gain / 1e9 - 5_266.807_8).abs() < 0.01, "{gain}");
        // At 2,000 there is no gap, and none above it for this direction.
        let none = |amount: u128| {
            Some(pool.quote(0, 1, amount).ok()?.amount_out as f64 - 2_000.0 * amount as f64)
        };
        assert!(best(400_000_000_000, none).is_none());
    }

    #[test]
    fn a_limit_binds_and_refusals_are_too_much() {
        let line = |amount: u128| (amount <= 70).then_some(amount as f64);
        let (amount, _) = best(100, line).unwrap();
        assert!((68..=70).contains(&amount), "{amount}");
        assert_eq!(best(50, line), Some((50, 50.0)));
        assert_eq!(best(0, line), None);
    }
}
