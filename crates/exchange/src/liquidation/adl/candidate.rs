//! One position that may have to give, and what the rules score it by.

use firesale_types::{AccountId, InstrumentId, Qty, Side, Usd};

use super::Bankrupt;
use crate::account::{MarginMode, Position};
use crate::instrument::Threshold;
use crate::limits::amount;
use crate::state::State;

/// A position on the side of an instrument that is deleveraged, at one moment.
///
/// In hedge mode it is the leg on that side, whatever the other leg is: a hedged account gives what
/// its hedge wins. Its margin unit is the account in cross mode, the position itself in isolated
/// mode. Everything
/// is of the whole account; the scores are ratios or refer to one of its `weight` equal real
/// accounts, so that a weighted account is ranked like each of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdlCandidate {
    /// Whose.
    pub account: AccountId,
    /// How many equal real accounts it stands for.
    pub weight: u32,
    /// The position's side.
    pub side: Side,
    /// Its size, positive.
    pub lots: Qty,
    /// What it was opened at, positive.
    pub cost: Usd,
    /// Its value at the mark, positive.
    pub notional: Usd,
    /// Equity of its margin unit.
    pub equity: Usd,
    /// What its margin unit holds beside open profits and losses.
    pub collateral: Usd,
    /// Maintenance margin of its margin unit.
    pub maintenance: Usd,
}

impl AdlCandidate {
    /// Open profit at the mark, funding apart; negative is a loss.
    #[must_use]
    pub fn profit(&self) -> Usd {
        match self.side {
            Side::Buy => self.notional - self.cost,
            Side::Sell => self.cost - self.notional,
        }
    }

    /// Whether the position is in profit at the mark.
    #[must_use]
    pub fn is_in_profit(&self) -> bool {
        self.profit() > Usd::ZERO
    }

    /// (mark / entry) * (notional / account value) for longs, (entry / mark) * (notional / account
    /// value) for shorts; -1 for accounts without value, which come last (Hyperliquid \[P\], the
    /// formula for shorts remembered, unverified).
    #[must_use]
    pub fn queue_score(&self) -> f64 {
        if self.equity <= Usd::ZERO {
            return -1.0;
        }
        let (notional, cost) = (self.notional.0 as f64, self.cost.0 as f64);
        let profit = match self.side {
            Side::Buy => notional / cost.max(1.0),
            Side::Sell => cost / notional.max(1.0),
        };
        profit * (notional / self.equity.0 as f64)
    }

    /// LeveragePnL = (unrealised profit / collateral) * margin ratio, the margin ratio being
    /// maintenance margin over equity (Binance \[P\]). Zero without equity, or without collateral
    /// for a loss; collateral of nothing under a profit counts as one micro-dollar.
    #[must_use]
    pub fn leverage_pnl(&self) -> f64 {
        if self.equity <= Usd::ZERO {
            return 0.0;
        }
        let collateral = self.collateral.0.max(1) as f64;
        let margin_ratio = self.maintenance.0 as f64 / self.equity.0 as f64;
        self.profit().0 as f64 / collateral * margin_ratio
    }

    /// Notional over equity in thousandths, at least 1 and at most a million, which is also the
    /// leverage of an account without value.
    #[must_use]
    pub fn leverage_thousandths(&self) -> i64 {
        const MOST: i128 = 1_000_000;
        if self.equity <= Usd::ZERO {
            return MOST as i64;
        }
        let leverage = i128::from(self.notional.0) * 1000 / i128::from(self.equity.0);
        leverage.clamp(1, MOST) as i64
    }
}

/// The light that each of these positions shows its owner: 4 for the fifth of the real accounts
/// that is deleveraged first under [`crate::AdlPolicy::Quantile`], 0 for the last fifth (Binance
/// \[P\]).
#[must_use]
pub fn adl_lights(candidates: &[AdlCandidate]) -> Vec<u8> {
    let all: u64 = candidates.iter().map(|c| u64::from(c.weight)).sum();
    let mut lights = vec![0; candidates.len()];
    let mut before = 0_u64;
    for at in crate::AdlPolicy::Quantile.rank(candidates) {
        lights[at] = 4 - (before * 5 / all.max(1)).min(4) as u8;
        before += u64::from(candidates[at].weight);
    }
    lights
}

impl State {
    /// The position of an account as a candidate, if it has one on the side opposite to this.
    pub(super) fn candidate(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        against: Side,
    ) -> Option<AdlCandidate> {
        let state = &self.accounts[account.index()];
        let key = state.key_for(instrument, against, true);
        let position = state.position(key)?;
        let lots = position.reducible(against);
        if lots.is_zero() {
            return None;
        }
        let isolated = (state.mode == MarginMode::Isolated).then_some(key);
        let standing = self.standing(state, isolated, Threshold::Maintenance);
        let collateral = match isolated {
            None => state.money() + self.collateral(state),
            Some(_) => i128::from(position.set_aside.0),
        };
        Some(AdlCandidate {
            account,
            weight: state.weight,
            side: against.opposite(),
            lots,
            cost: Usd(position.cost.0.abs()),
            notional: Usd(self.instruments[instrument.index()].notional(position)),
            equity: amount(standing.equity),
            collateral: amount(collateral),
            maintenance: amount(standing.margin),
        })
    }

    /// How many lots an account holds against a bankruptcy, and how many of them it can give at its
    /// price without losing more than the equity of its margin unit.
    pub(super) fn can_give(&self, bankrupt: &Bankrupt, account: AccountId) -> (Qty, Qty) {
        let state = &self.accounts[account.index()];
        let position = state.position(state.key_for(bankrupt.instrument, bankrupt.side, true));
        let Some(position) = position.filter(|_| account != bankrupt.account) else {
            return (Qty::ZERO, Qty::ZERO);
        };
        let held = position.reducible(bankrupt.side);
        let loss = self.loss_per_lot(bankrupt);
        if held.is_zero() || loss <= Usd::ZERO {
            return (held, held);
        }
        let affordable = self.unit_equity(account, position).max(0) / i128::from(loss.0);
        (held, Qty(affordable.min(i128::from(held.0)) as i64))
    }

    fn unit_equity(&self, account: AccountId, position: &Position) -> i128 {
        let state = &self.accounts[account.index()];
        let isolated = (state.mode == MarginMode::Isolated).then_some(position.key());
        self.standing(state, isolated, Threshold::Maintenance)
            .equity
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A position at a mark of one micro-dollar a lot, in a cross account.
    pub(in super::super) fn candidate(
        account: u32,
        side: Side,
        lots: i64,
        cost: i64,
        equity: i64,
    ) -> AdlCandidate {
        let with = AdlCandidate {
            account: AccountId(account),
            weight: 1,
            side,
            lots: Qty(lots),
            cost: Usd(cost),
            notional: Usd(lots),
            equity: Usd(equity),
            collateral: Usd::ZERO,
            maintenance: Usd(lots / 20),
        };
        AdlCandidate {
            collateral: with.equity - with.profit(),
            ..with
        }
    }

    #[test]
    fn queue_scores_by_hand() {
        // A short opened at 120 with the mark at 100, ten times its account: 1.2 * 10.
        let short = candidate(1, Side::Sell, 1000, 1200, 100);
        assert!((short.queue_score() - 12.0).abs() < 1e-12);
        // A long opened at 80: 1.25 * 10.
        let long = candidate(1, Side::Buy, 1000, 800, 100);
        assert!((long.queue_score() - 12.5).abs() < 1e-12);
        assert!(candidate(1, Side::Buy, 1000, 800, 0).queue_score() < 0.0);
    }

    #[test]
    fn leverage_pnl_by_hand() {
        // A long worth 1000 opened at 800 with a collateral of 100: profit 200, equity 300,
        // maintenance 50. (200 / 100) * (50 / 300) = 1/3.
        let long = candidate(1, Side::Buy, 1000, 800, 300);
        assert_eq!(long.collateral, Usd(100));
        assert!((long.leverage_pnl() - 1.0 / 3.0).abs() < 1e-12);
        // A short worth 1000 opened at 900 with 400: (-100 / 400) * (50 / 300).
        let short = candidate(1, Side::Sell, 1000, 900, 300);
        assert!((short.leverage_pnl() + 1.0 / 24.0).abs() < 1e-12);
        // 1000 over 300 is 3.333 times.
        assert_eq!(long.leverage_thousandths(), 3333);
        assert_eq!(
            candidate(1, Side::Buy, 1000, 800, -5).leverage_thousandths(),
            1_000_000
        );
    }

    #[test]
    fn lights_are_fifths_of_the_real_accounts() {
        // LeveragePnL falls with the equity: account 0 is first.
        let mut all: Vec<AdlCandidate> = (0..5)
            .map(|n| candidate(n, Side::Buy, 1000, 800, 300 + 100 * i64::from(n)))
            .collect();
        assert_eq!(adl_lights(&all), [4, 3, 2, 1, 0]);
        // The first stands for five of nine: the next has five ninths before it, which is 2.8
        // fifths.
        all[0].weight = 5;
        assert_eq!(adl_lights(&all), [4, 2, 1, 1, 0]);
        assert_eq!(adl_lights(&[]), [] as [u8; 0]);
    }
}
