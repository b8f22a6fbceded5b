//! Auto-deleveraging pro rata: all winners give in proportion to their size.

use firesale_types::{AccountId, Qty};

use super::adl::Bankrupt;
use crate::Effects;
use crate::state::State;

impl State {
    /// Closes against all opposite positions in profit in proportion to their size, to one lot by
    /// the largest remainder; only if they do not suffice against the others, likewise. Returns
    /// how much was closed.
    pub(super) fn deleverage_pro_rata(
        &mut self,
        bankrupt: &Bankrupt,
        qty: Qty,
        out: &mut Effects,
    ) -> Qty {
        self.refresh_ranking(bankrupt, Self::part_by_profit);
        let left = self.share_out(bankrupt, qty, out);
        if left.is_zero() {
            return qty;
        }
        // Positions opened since the ranking was made are the only ones left.
        self.make_ranking(bankrupt, Self::part_by_profit);
        qty - self.share_out(bankrupt, left, out)
    }

    fn share_out(&mut self, bankrupt: &Bankrupt, qty: Qty, out: &mut Effects) -> Qty {
        let side = bankrupt.side.opposite();
        let at = bankrupt.instrument.index();
        let ranking = std::mem::take(&mut self.instruments[at].rankings[side.index()]);
        let (winners, others) = ranking.order.split_at(ranking.in_profit);
        let mut left = qty;
        for group in [winners, others] {
            left -= self.share_among(bankrupt, group, left, out);
        }
        self.instruments[at].rankings[side.index()] = ranking;
        left
    }

    /// Returns how much the group took.
    fn share_among(
        &mut self,
        bankrupt: &Bankrupt,
        group: &[AccountId],
        qty: Qty,
        out: &mut Effects,
    ) -> Qty {
        let sizes: Vec<i64> = group
            .iter()
            .map(|&id| self.opposite_qty(bankrupt, id).0)
            .collect();
        let shares = proportional(&sizes, qty.0);
        for (&counterparty, &share) in group.iter().zip(&shares) {
            if share > 0 {
                self.deleverage_one(bankrupt, counterparty, Qty(share), out);
            }
        }
        Qty(shares.iter().sum())
    }

    /// Orders the ranking: positions in profit first, by account.
    fn part_by_profit(&mut self, bankrupt: &Bankrupt) {
        let side = bankrupt.side.opposite();
        let at = bankrupt.instrument.index();
        let mut ranking = std::mem::take(&mut self.instruments[at].rankings[side.index()]);
        let loses = |account: &AccountId| {
            let position = self.accounts[account.index()].position(bankrupt.instrument);
            !position.is_some_and(|position| self.is_in_profit(position))
        };
        ranking
            .order
            .sort_by_cached_key(|account| (loses(account), *account));
        ranking.in_profit = ranking.order.partition_point(|account| !loses(account));
        self.instruments[at].rankings[side.index()] = ranking;
    }
}

/// Splits `total` over `sizes` in proportion, nobody more than its size: floors first, then one
/// lot each to the largest remainders, the first of equals.
fn proportional(sizes: &[i64], total: i64) -> Vec<i64> {
    let all: i128 = sizes.iter().map(|&size| i128::from(size)).sum();
    if i128::from(total) >= all {
        return sizes.to_vec();
    }
    let exact = |size: i64| i128::from(size) * i128::from(total);
    let mut shares: Vec<i64> = sizes
        .iter()
        .map(|&size| (exact(size) / all) as i64)
        .collect();
    let left = total - shares.iter().sum::<i64>();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&at| (std::cmp::Reverse(exact(sizes[at]) % all), at));
    for &at in by_remainder.iter().take(left as usize) {
        shares[at] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn largest_remainders_by_hand() {
        // 10 over 5:3:3 is 4.545, 2.727, 2.727: the two remainders of .727 get the spare lots.
        assert_eq!(proportional(&[5, 3, 3], 10), [4, 3, 3]);
        assert_eq!(proportional(&[1, 1, 1], 1), [1, 0, 0]);
        assert_eq!(proportional(&[2, 0, 2], 9), [2, 0, 2]);
        assert_eq!(proportional(&[], 9), [] as [i64; 0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_within(
            sizes in prop::collection::vec(0_i64..1_000_000, 1..40),
            total in 0_i64..20_000_000,
        ) {
            let shares = proportional(&sizes, total);
            let all: i64 = sizes.iter().sum();
            prop_assert_eq!(shares.iter().sum::<i64>(), total.min(all));
            for (&share, &size) in shares.iter().zip(&sizes) {
                let exact = size as f64 * (total.min(all) as f64 / all.max(1) as f64);
                prop_assert!(share <= size && (share as f64 - exact).abs() <= 1.0 + 1e-9);
            }
        }
    }
}
