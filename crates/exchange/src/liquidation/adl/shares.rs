//! Sharing a quantity in proportion to weights, under caps.

use std::cmp::Reverse;

/// Splits `total` over `weights` in proportion, nobody more than its cap: the level rises until all
/// is shared, and those who reach their caps stay there (water-filling). To one lot: floors first,
/// then one lot each to the largest remainders, the first of equals. What exceeds the sum of the
/// caps is left over; those without weight get nothing.
pub(crate) fn fill(weights: &[i64], caps: &[i64], total: i64) -> Vec<i64> {
    let mut shares = vec![0; weights.len()];
    let mut open: Vec<usize> = (0..weights.len())
        .filter(|&at| weights[at] > 0 && caps[at] > 0)
        .collect();
    let sum = |of: &[i64]| open.iter().map(|&at| i128::from(of[at])).sum::<i128>();
    let (room, mut weight) = (sum(caps), sum(weights));
    let mut left = i128::from(total.max(0));
    if left >= room {
        for at in open {
            shares[at] = caps[at];
        }
        return shares;
    }
    let is_full = |at: usize, left: i128, weight: i128| {
        i128::from(caps[at]) * weight <= i128::from(weights[at]) * left
    };
    if open.iter().any(|&at| is_full(at, left, weight)) {
        let product = |a: usize, b: usize| i128::from(caps[a]) * i128::from(weights[b]);
        open.sort_unstable_by(|&a, &b| product(a, b).cmp(&product(b, a)).then(a.cmp(&b)));
        let full = open.iter().take_while(|&&at| {
            let full = is_full(at, left, weight);
            if full {
                shares[at] = caps[at];
                left -= i128::from(caps[at]);
                weight -= i128::from(weights[at]);
            }
            full
        });
        let full = full.count();
        open.drain(..full);
        open.sort_unstable();
    }
    share_in_proportion(weights, &open, (left, weight), &mut shares);
    shares
}

/// Shares what is left among those whose caps are above their parts.
fn share_in_proportion(
    weights: &[i64],
    open: &[usize],
    (left, weight): (i128, i128),
    shares: &mut [i64],
) {
    let exact = |at: usize| i128::from(weights[at]) * left;
    let mut spare = left;
    for &at in open {
        shares[at] = (exact(at) / weight) as i64;
        spare -= i128::from(shares[at]);
    }
    if spare == 0 {
        return;
    }
    let mut by_remainder = open.to_vec();
    by_remainder.sort_by_key(|&at| (Reverse(exact(at) % weight), at));
    for &at in by_remainder.iter().take(spare as usize) {
        shares[at] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn largest_remainders_by_hand() {
        // 10 over 5:3:3 is 4.545, 2.727, 2.727: the two remainders of .727 get the spare lots.
        assert_eq!(fill(&[5, 3, 3], &[5, 3, 3], 10), [4, 3, 3]);
        assert_eq!(fill(&[1, 1, 1], &[1, 1, 1], 1), [1, 0, 0]);
        assert_eq!(fill(&[2, 0, 2], &[2, 0, 2], 9), [2, 0, 2]);
        assert_eq!(fill(&[], &[], 9), [] as [i64; 0]);
    }

    #[test]
    fn the_level_rises_over_caps() {
        // 12 over 1:2:3 is 2, 4, 6; the cap of 1 leaves 11 over 2:3, which is 4.4 and 6.6; the
        // second cap of 3 leaves 8 for the last.
        assert_eq!(fill(&[1, 2, 3], &[1, 99, 99], 12), [1, 4, 7]);
        assert_eq!(fill(&[1, 2, 3], &[1, 3, 99], 12), [1, 3, 8]);
        assert_eq!(fill(&[1, 2, 3], &[1, 3, 2], 12), [1, 3, 2]);
        assert_eq!(fill(&[0, 2], &[5, 5], 3), [0, 3]);
    }

    /// One lot at a time to whoever is furthest behind: those at their caps are passed over.
    fn naive_level(weights: &[i64], caps: &[i64], total: i64) -> Vec<f64> {
        let (mut low, mut high) = (0.0, 1e12);
        let at = |level: f64| -> Vec<f64> {
            let one = |(&w, &c): (&i64, &i64)| (level * w as f64).min(c as f64);
            weights.iter().zip(caps).map(one).collect()
        };
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if at(middle).iter().sum::<f64>() < total as f64 {
                low = middle;
            } else {
                high = middle;
            }
        }
        at(high)
    }

    proptest! {
        /// Against a level found by bisection: to one lot, and in sum exactly.
        #[test]
        fn shares_follow_one_level(
            parts in prop::collection::vec((1_i64..1_000_000, 0_i64..1_000_000), 1..40),
            total in 0_i64..10_000_000,
        ) {
            let (weights, caps): (Vec<i64>, Vec<i64>) = parts.into_iter().unzip();
            let shares = fill(&weights, &caps, total);
            let room: i64 = caps.iter().sum();
            prop_assert_eq!(shares.iter().sum::<i64>(), total.min(room));
            let level = naive_level(&weights, &caps, total.min(room));
            for (at, &share) in shares.iter().enumerate() {
                prop_assert!(share <= caps[at]);
                prop_assert!((share as f64 - level[at]).abs() <= 1.0 + 1e-3, "{} {}", share, level[at]);
            }
        }
    }
}
