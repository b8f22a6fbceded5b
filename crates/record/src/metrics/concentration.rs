//! How unevenly an amount is spread over accounts.
//!
//! A holder is (amount in total, number of real accounts it stands for); the accounts of one holder
//! share its amount equally. Holders without accounts or with an amount that is not finite are
//! skipped; a negative amount counts as nothing.

/// The holders sorted by amount per account, ascending, as (amount, accounts).
fn sorted(holders: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let usable = |&(amount, accounts): &(f64, f64)| {
        amount.is_finite() && accounts.is_finite() && accounts > 0.0
    };
    let mut list: Vec<(f64, f64)> = holders
        .into_iter()
        .filter(usable)
        .map(|(amount, accounts)| (amount.max(0.0), accounts))
        .collect();
    list.sort_unstable_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    list
}

/// The Gini coefficient: twice the area between the Lorenz curve and the diagonal,
/// `1 - sum_i n_i (S_i + S_(i-1)) / (S N)` over holders sorted by amount per account, with `n_i`
/// accounts, running sums `S_i` of amounts, their total `S` and `N` accounts in all.
///
/// 0 if all hold the same; `1 - 1/N` if one of `N` holds everything; none if nothing is held.
#[must_use]
pub fn gini(holders: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let list = sorted(holders);
    let total: f64 = list.iter().map(|h| h.0).sum();
    let accounts: f64 = list.iter().map(|h| h.1).sum();
    if total <= 0.0 {
        return None;
    }
    let (mut sum, mut area) = (0.0, 0.0);
    for (amount, count) in list {
        area += count * (2.0 * sum + amount);
        sum += amount;
    }
    Some(1.0 - area / (total * accounts))
}

/// The share of the `top` largest accounts in the whole; none if nothing is held.
#[must_use]
pub fn top_share(holders: impl IntoIterator<Item = (f64, f64)>, top: f64) -> Option<f64> {
    let list = sorted(holders);
    let total: f64 = list.iter().map(|h| h.0).sum();
    if total <= 0.0 {
        return None;
    }
    let (mut left, mut sum) = (top, 0.0);
    for (amount, count) in list.into_iter().rev() {
        let taken = left.min(count);
        sum += amount * taken / count;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    Some(sum / total)
}

/// The smallest value below or at which a part `q` of the weight lies; values are (value, weight)
/// and are sorted in place. None without weight.
#[must_use]
pub fn weighted_quantile(values: &mut [(f64, f64)], q: f64) -> Option<f64> {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|v| v.1).sum();
    let mut sum = 0.0;
    let mut found = None;
    for &(value, weight) in values.iter().filter(|v| v.1 > 0.0) {
        found = Some(value);
        sum += weight;
        if sum >= q * total {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    #[test]
    fn gini_by_hand() {
        assert!(close(gini([(5.0, 1.0), (5.0, 1.0)]), 0.0));
        assert!(close(
            gini([(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (8.0, 1.0)]),
            0.75
        ));
        // Lorenz curve of 1, 3: area above = (0.25 + 0 + 1 + 0.25) / 2 / 2 => Gini 1/4.
        assert!(close(gini([(3.0, 1.0), (1.0, 1.0)]), 0.25));
        assert_eq!(gini([]), None);
        assert_eq!(gini([(0.0, 3.0), (f64::NAN, 1.0)]), None);
    }

    #[test]
    fn top_share_by_hand() {
        let holders = [(10.0, 1.0), (30.0, 3.0), (60.0, 2.0)];
        assert!(close(top_share(holders, 1.0), 0.3));
        assert!(close(top_share(holders, 3.0), 0.7));
        assert!(close(top_share(holders, 10.0), 1.0));
        assert_eq!(top_share([], 10.0), None);
    }

    #[test]
    fn quantiles_by_hand() {
        let mut values = [(3.0, 1.0), (1.0, 2.0), (2.0, 1.0)];
        assert_eq!(weighted_quantile(&mut values, 0.5), Some(1.0));
        assert_eq!(weighted_quantile(&mut values, 0.51), Some(2.0));
        assert_eq!(weighted_quantile(&mut values, 1.0), Some(3.0));
        assert_eq!(weighted_quantile(&mut values, 0.0), Some(1.0));
        assert_eq!(weighted_quantile(&mut [(1.0, 0.0)], 0.5), None);
    }

    proptest! {
        /// A holder of weight w is the same as w accounts with equal parts.
        #[test]
        fn weights_are_accounts(holders in prop::collection::vec((0.0f64..100.0, 1u32..6), 1..12), top in 1u32..8) {
            let weighted: Vec<(f64, f64)> = holders.iter().map(|&(a, n)| (a, f64::from(n))).collect();
            let single: Vec<f64> = holders
                .iter()
                .flat_map(|&(a, n)| (0..n).map(move |_| a / f64::from(n)))
                .collect();
            let total: f64 = single.iter().sum();
            prop_assume!(total > 1e-6);
            let n = single.len() as f64;
            let pairs: f64 = single.iter().flat_map(|a| single.iter().map(move |b| (a - b).abs())).sum();
            let mean_difference = pairs / (2.0 * n * total);
            prop_assert!((gini(weighted.iter().copied()).unwrap() - mean_difference).abs() < 1e-9);

            let mut sorted = single;
            sorted.sort_unstable_by(f64::total_cmp);
            let largest: f64 = sorted.iter().rev().take(top as usize).sum();
            let share = top_share(weighted, f64::from(top)).unwrap();
            prop_assert!((share - largest / total).abs() < 1e-9);
        }
    }
}
