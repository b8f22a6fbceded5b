//! Who gives how much: the rules as functions of a frozen list of candidates.

use firesale_types::{Qty, Usd, hash64};

use super::candidate::AdlCandidate;
use crate::AdlPolicy;
use crate::proportion::capped;

/// What has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdlNeed {
    /// How much, in lots.
    pub qty: Qty,
    /// What a lot costs the one who gives it: the distance from the mark to the closing price, as
    /// far as that price is worse for it.
    pub loss_per_lot: Usd,
    /// The key of a random draw.
    pub key: u64,
}

impl AdlNeed {
    /// How many lots cost no more than this.
    fn lots_for(&self, money: Usd) -> i64 {
        if self.loss_per_lot <= Usd::ZERO {
            return i64::MAX;
        }
        money.0.max(0) / self.loss_per_lot.0
    }
}

/// How a rule goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// One after another, each in full before the next.
    Queue,
    /// One drawn after another.
    Draw,
    /// All at once.
    Share,
}

impl AdlPolicy {
    /// How many lots each candidate gives, in their order, so that the sum is what is needed as far
    /// as they can give it.
    ///
    /// Nobody gives more than it holds, nor loses more than its equity. Equals go by account.
    ///
    /// * `Queue`, `Quantile`, `Largest`: in the order of [`AdlCandidate::queue_score`], of
    ///   profit before loss and [`AdlCandidate::leverage_pnl`], of lots a real account.
    /// * `Random`: drawn without replacement by a keyed hash; profit does not matter.
    /// * `ProRata`: positions in profit in proportion to their lots; those out of profit
    ///   likewise, once nothing else is left.
    /// * `CappedProRata`: h = min(eta, cap) of each winner's profit, eta by water-filling. The cap
    ///   is the smaller of the whole profit and what the position's lots and equity allow, so
    ///   nobody gives more than its profit; what then remains is left over. Where giving costs
    ///   nothing only the lots are a cap, and positions out of profit follow as under `ProRata`.
    /// * `RiskAware`: h = min(cap, tau * leverage), the same otherwise.
    /// * `Off`: nobody.
    #[must_use]
    pub fn allocate(self, candidates: &[AdlCandidate], need: &AdlNeed) -> Vec<Qty> {
        let mut given = vec![Qty::ZERO; candidates.len()];
        let mut left = need.qty;
        let mut take = |at: usize| {
            let c = &candidates[at];
            let lots = c.lots.0.min(need.lots_for(c.equity)).min(left.0);
            given[at] = Qty(lots);
            left -= Qty(lots);
            !left.is_zero()
        };
        let order = self.rank(candidates);
        match self.method() {
            None => {}
            Some(Method::Queue) => {
                let _ = order.into_iter().all(take);
            }
            Some(Method::Draw) => {
                let mut urn = order;
                let mut drawn = 0;
                while let Some(at) = draw(need.key, drawn, urn.len()) {
                    drawn += 1;
                    if !take(urn.swap_remove(at)) {
                        break;
                    }
                }
            }
            Some(Method::Share) => {
                let in_profit = order.partition_point(|&at| candidates[at].is_in_profit());
                let (winners, others) = order.split_at(in_profit);
                for group in [winners, others] {
                    let of: Vec<AdlCandidate> = group.iter().map(|&at| candidates[at]).collect();
                    let lots = self.share(&of, &AdlNeed { qty: left, ..*need });
                    for (&at, lots) in group.iter().zip(lots) {
                        given[at] = Qty(lots);
                        left -= Qty(lots);
                    }
                }
            }
        }
        given
    }

    pub(super) const fn method(self) -> Option<Method> {
        match self {
            Self::Off => None,
            Self::Queue | Self::Quantile | Self::Largest => Some(Method::Queue),
            Self::Random => Some(Method::Draw),
            Self::ProRata | Self::CappedProRata | Self::RiskAware => Some(Method::Share),
        }
    }

    /// Whether the rule takes nobody out of profit while one in profit can give.
    pub(super) fn parts_winners(self) -> bool {
        self == Self::Quantile || self.method() == Some(Method::Share)
    }

    /// Whether nobody gives more than its profit.
    pub(super) const fn spares_principal(self) -> bool {
        matches!(self, Self::CappedProRata | Self::RiskAware)
    }

    /// The places of the candidates in the order of the rule: by falling score, then by account.
    /// Rules that part winners from losers have the winners first.
    pub(super) fn rank(self, candidates: &[AdlCandidate]) -> Vec<usize> {
        let score = |c: &AdlCandidate| match self {
            Self::Queue => c.queue_score(),
            Self::Quantile => c.leverage_pnl(),
            Self::Largest => c.lots.0 as f64 / f64::from(c.weight),
            _ => 0.0,
        };
        let parts = self.parts_winners();
        let key = |c: &AdlCandidate| (parts && !c.is_in_profit(), score(c), c.account);
        let keys: Vec<_> = candidates.iter().map(key).collect();
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_unstable_by(|&a, &b| {
            let (a, b) = (keys[a], keys[b]);
            a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2))
        });
        order
    }

    /// What each of a group gives: all of them in profit, or all out of it.
    pub(super) fn share(self, group: &[AdlCandidate], need: &AdlNeed) -> Vec<i64> {
        let winners = group.first().is_some_and(AdlCandidate::is_in_profit);
        let by_profit = self.spares_principal();
        let cap = |c: &AdlCandidate| {
            let money = if by_profit {
                c.equity.min(c.profit())
            } else {
                c.equity
            };
            c.lots.0.min(need.lots_for(money))
        };
        let caps: Vec<i64> = group.iter().map(cap).collect();
        let weights = match self {
            Self::CappedProRata if winners => group.iter().map(|c| c.profit().0).collect(),
            Self::RiskAware if winners => risk_weights(group),
            _ => group.iter().map(|c| c.lots.0).collect(),
        };
        capped(&weights, &caps, need.qty.0)
    }
}

/// Profit times leverage, scaled to 50 bits: tau * leverage of each profit is given.
fn risk_weights(group: &[AdlCandidate]) -> Vec<i64> {
    let raw = |c: &AdlCandidate| i128::from(c.profit().0) * i128::from(c.leverage_thousandths());
    let most = group.iter().map(raw).max().unwrap_or(0);
    let shift = (128 - most.leading_zeros()).saturating_sub(50);
    group
        .iter()
        .map(|c| (raw(c) >> shift).max(1) as i64)
        .collect()
}

/// Which of so many is drawn next; `None` of nothing.
pub(super) fn draw(key: u64, drawn: u64, of: usize) -> Option<usize> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&key.to_le_bytes());
    bytes[8..].copy_from_slice(&drawn.to_le_bytes());
    hash64(&bytes).checked_rem(of as u64).map(|at| at as usize)
}

#[cfg(test)]
mod tests;
