//! Exact division of an amount or a quantity in proportion to weights: as it is, under caps, or with
//! a minimum for each.

use std::cmp::Reverse;

/// Splits `total` in proportion to weights (not negative), exactly: floors first, then one unit each
/// to the largest remainders, the first of equals. Without any weight the parts are equal. Of a
/// total not above the sum of the weights nobody gets more than its weight.
pub(crate) fn pro_rata(weights: &[i64], total: i64) -> Vec<i64> {
    let all: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if all == 0 {
        return match weights.len() {
            0 => Vec::new(),
            n => pro_rata(&vec![1; n], total),
        };
    }
    let everyone: Vec<usize> = (0..weights.len()).collect();
    let mut parts = vec![0; weights.len()];
    in_proportion(weights, &everyone, (i128::from(total), all), &mut parts);
    parts
}

/// Splits `total` over `weights` in proportion, nobody more than its cap: the level rises until all
/// is shared, and those who reach their caps stay there (water-filling). The rest is split as by
/// [`pro_rata`]. What exceeds the sum of the caps is left over; those without weight get nothing.
pub(crate) fn capped(weights: &[i64], caps: &[i64], total: i64) -> Vec<i64> {
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
    in_proportion(weights, &open, (left, weight), &mut shares);
    shares
}

/// Shares what is left among the open ones, whose weights add up to `weight`.
fn in_proportion(
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

/// Splits `total` in proportion to weights, nobody below a minimum; what the minima add up to, if
/// that is more.
pub(crate) fn with_minimum(weights: &[i64], minimum: i64, total: i64) -> Vec<i64> {
    let n = weights.len() as i64;
    let total = total.max(minimum.saturating_mul(n));
    let mut parts = vec![minimum; weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).collect();
    loop {
        let left = total - minimum * (n - open.len() as i64);
        let among: Vec<i64> = open.iter().map(|&at| weights[at]).collect();
        let shares = pro_rata(&among, left);
        let above = |share: &i64| *share >= minimum;
        if shares.iter().all(above) {
            for (&at, share) in open.iter().zip(shares) {
                parts[at] = share;
            }
            return parts;
        }
        let kept = open.iter().zip(&shares).filter(|(_, share)| above(share));
        open = kept.map(|(&at, _)| at).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn largest_remainders_by_hand() {
        // 10 over 5:3:3 is 4.545, 2.727, 2.727: the two remainders of .727 get the spare lots.
        assert_eq!(capped(&[5, 3, 3], &[5, 3, 3], 10), [4, 3, 3]);
        assert_eq!(capped(&[1, 1, 1], &[1, 1, 1], 1), [1, 0, 0]);
        assert_eq!(capped(&[2, 0, 2], &[2, 0, 2], 9), [2, 0, 2]);
        assert_eq!(capped(&[], &[], 9), [] as [i64; 0]);
    }

    #[test]
    fn the_level_rises_over_caps() {
        // 12 over 1:2:3 is 2, 4, 6; the cap of 1 leaves 11 over 2:3, which is 4.4 and 6.6; the
        // second cap of 3 leaves 8 for the last.
        assert_eq!(capped(&[1, 2, 3], &[1, 99, 99], 12), [1, 4, 7]);
        assert_eq!(capped(&[1, 2, 3], &[1, 3, 99], 12), [1, 3, 8]);
        assert_eq!(capped(&[1, 2, 3], &[1, 3, 2], 12), [1, 3, 2]);
        assert_eq!(capped(&[0, 2], &[5, 5], 3), [0, 3]);
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
            let shares = capped(&weights, &caps, total);
            let room: i64 = caps.iter().sum();
            prop_assert_eq!(shares.iter().sum::<i64>(), total.min(room));
            let level = naive_level(&weights, &caps, total.min(room));
            for (at, &share) in shares.iter().enumerate() {
                prop_assert!(share <= caps[at]);
                prop_assert!((share as f64 - level[at]).abs() <= 1.0 + 1e-3, "{} {}", share, level[at]);
            }
        }
    }

    #[test]
    fn by_hand() {
        // 10 over 5:3:3 is 4.545, 2.727, 2.727.
        assert_eq!(pro_rata(&[5, 3, 3], 10), [4, 3, 3]);
        assert_eq!(pro_rata(&[0, 0, 0], 10), [4, 3, 3]);
        assert_eq!(pro_rata(&[2, 1], 300), [200, 100]);
        assert_eq!(pro_rata(&[], 5), [] as [i64; 0]);
        // 100 over equal weights, caps 10 and 60: the first is full, the others bear 45 each.
        assert_eq!(capped(&[1, 1, 1], &[10, 60, 60], 100), [10, 45, 45]);
        assert_eq!(capped(&[1, 1, 1], &[10, 20, 30], 100), [10, 20, 30]);
        assert_eq!(capped(&[3, 1], &[100, 100], 40), [30, 10]);
        // 100 over 90:9:1 with at least 5: 1 -> 5, then 95 over 90:9 is 86.4 and 8.6.
        assert_eq!(with_minimum(&[90, 9, 1], 5, 100), [86, 9, 5]);
        assert_eq!(with_minimum(&[90, 9, 1], 50, 100), [50, 50, 50]);
    }

    proptest! {
        #[test]
        fn exact_and_within_bounds(
            parts in prop::collection::vec((0_i64..1_000_000, 0_i64..1_000_000), 1..20),
            total in 0_i64..20_000_000,
            minimum in 0_i64..500_000,
        ) {
            let (weights, caps): (Vec<i64>, Vec<i64>) = parts.into_iter().unzip();
            let sum = |shares: &[i64]| shares.iter().sum::<i64>();
            prop_assert_eq!(sum(&pro_rata(&weights, total)), total);
            let most = total.min(sum(&weights));
            let within = pro_rata(&weights, most);
            prop_assert!(within.iter().zip(&weights).all(|(share, weight)| share <= weight));
            let able: i64 = weights.iter().zip(&caps).filter(|(w, _)| **w > 0).map(|(_, c)| c).sum();
            let shares = capped(&weights, &caps, total);
            prop_assert_eq!(sum(&shares), total.min(able));
            prop_assert!(shares.iter().zip(&caps).all(|(share, cap)| share <= cap));
            let shares = with_minimum(&weights, minimum, total);
            prop_assert_eq!(sum(&shares), total.max(minimum * weights.len() as i64));
            prop_assert!(shares.iter().all(|share| *share >= minimum));
        }
    }
}
