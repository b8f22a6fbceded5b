//! Exact division of an amount.

use std::cmp::Reverse;

/// Splits `total` in proportion to weights (not negative), exactly: floors first, then one
/// micro-dollar each to the largest remainders, the first of equals. Without any weight the parts
/// are equal. Of a total not above the sum of the weights nobody gets more than its weight.
pub(super) fn pro_rata(weights: &[i64], total: i64) -> Vec<i64> {
    let all: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if all == 0 {
        return match weights.len() {
            0 => Vec::new(),
            n => pro_rata(&vec![1; n], total),
        };
    }
    let exact = |weight: i64| i128::from(weight) * i128::from(total);
    let parts = weights.iter().map(|&weight| (exact(weight) / all) as i64);
    let mut parts: Vec<i64> = parts.collect();
    let left = total - parts.iter().sum::<i64>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&at| (Reverse(exact(weights[at]) % all), at));
    for &at in by_remainder.iter().take(left as usize) {
        parts[at] += 1;
    }
    parts
}

/// Splits what of `total` the caps can bear in proportion to weights, nobody above its cap: what one
/// cannot bear the others do.
pub(super) fn capped(weights: &[i64], caps: &[i64], total: i64) -> Vec<i64> {
    let mut parts = vec![0; weights.len()];
    let mut left = total;
    let mut open: Vec<usize> = (0..weights.len())
        .filter(|&at| weights[at] > 0 && caps[at] > 0)
        .collect();
    while left > 0 && !open.is_empty() {
        let among: Vec<i64> = open.iter().map(|&at| weights[at]).collect();
        let shares = pro_rata(&among, left);
        let pairs = open.iter().copied().zip(shares.iter().copied());
        let full = pairs.filter(|&(at, share)| share >= caps[at]);
        let full: Vec<usize> = full.map(|(at, _)| at).collect();
        if full.is_empty() {
            for (&at, share) in open.iter().zip(shares) {
                parts[at] = share;
            }
            break;
        }
        for &at in &full {
            parts[at] = caps[at];
            left -= caps[at];
        }
        open.retain(|at| !full.contains(at));
    }
    parts
}

/// Splits `total` in proportion to weights, nobody below a minimum; what the minima add up to, if
/// that is more.
pub(super) fn with_minimum(weights: &[i64], minimum: i64, total: i64) -> Vec<i64> {
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
