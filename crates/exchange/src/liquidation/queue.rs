//! Auto-deleveraging by queue: the highest score is closed first (Hyperliquid).

use firesale_types::{Qty, Side};

use super::adl::Bankrupt;
use crate::Effects;
use crate::account::Position;
use crate::state::State;

impl State {
    /// Closes against the other side, the highest score first, each in full before the next.
    /// Returns how much was closed.
    pub(super) fn deleverage_by_queue(
        &mut self,
        bankrupt: &Bankrupt,
        qty: Qty,
        out: &mut Effects,
    ) -> Qty {
        self.refresh_ranking(bankrupt, Self::sort_by_score);
        let left = self.go_down_queue(bankrupt, qty, out);
        if left.is_zero() {
            return qty;
        }
        // Positions opened since the ranking was made are the only ones left.
        self.make_ranking(bankrupt, Self::sort_by_score);
        qty - self.go_down_queue(bankrupt, left, out)
    }

    /// Returns what is left when the ranking is used up.
    fn go_down_queue(&mut self, bankrupt: &Bankrupt, qty: Qty, out: &mut Effects) -> Qty {
        let side = bankrupt.side.opposite();
        let mut left = qty;
        loop {
            let ranking = &self.instruments[bankrupt.instrument.index()].rankings[side.index()];
            let Some(&candidate) = ranking.order.get(ranking.next) else {
                return left;
            };
            let held = self.opposite_qty(bankrupt, candidate);
            let take = Qty(held.0.min(left.0));
            if take > Qty::ZERO {
                self.deleverage_one(bankrupt, candidate, take, out);
                left -= take;
            }
            if left.is_zero() {
                return left;
            }
            let instrument = &mut self.instruments[bankrupt.instrument.index()];
            instrument.rankings[side.index()].next += 1;
        }
    }

    /// Orders the ranking by falling score, then by account.
    fn sort_by_score(&mut self, bankrupt: &Bankrupt) {
        let side = bankrupt.side.opposite();
        let at = bankrupt.instrument.index();
        let order = std::mem::take(&mut self.instruments[at].rankings[side.index()].order);
        let score = |&account: &firesale_types::AccountId| {
            let position = self.accounts[account.index()].position(bankrupt.instrument);
            let score = position.map_or(-1.0, |p| {
                let notional = self.instruments[at].notional(p);
                score(side, notional, p, self.unit_equity(account, p))
            });
            (score, account)
        };
        let mut scored: Vec<_> = order.iter().map(score).collect();
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let ranking = &mut self.instruments[at].rankings[side.index()];
        ranking.order = scored.into_iter().map(|(_, account)| account).collect();
    }
}

/// (mark / entry) * (notional / account value) for longs, (entry / mark) * (notional / account
/// value) for shorts; accounts without value come last. An isolated position's account value is
/// its own equity.
fn score(side: Side, notional: i64, position: &Position, account_value: i128) -> f64 {
    if account_value <= 0 {
        return -1.0;
    }
    let (notional, cost) = (notional as f64, position.cost.0.unsigned_abs() as f64);
    let profit = match side {
        Side::Buy => notional / cost.max(1.0),
        Side::Sell => cost / notional.max(1.0),
    };
    profit * (notional / account_value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::{InstrumentId, Usd};

    #[test]
    fn scores_by_hand() {
        let position = |cost| Position {
            cost: Usd(cost),
            ..Position::new(InstrumentId(0), 0)
        };
        // A short opened at 120 with the mark at 100, ten times its account: 1.2 * 10.
        let short = score(Side::Sell, 1000, &position(-1200), 100);
        assert!((short - 12.0).abs() < 1e-12);
        // A long opened at 80: 1.25 * 10.
        let long = score(Side::Buy, 1000, &position(800), 100);
        assert!((long - 12.5).abs() < 1e-12);
        assert!(score(Side::Buy, 1000, &position(800), 0) < 0.0);
    }
}
