//! Debt that no collateral covers: written off, insured, covered, shared.

use firesale_types::SimTime;

use super::account::Account;
use super::config::{BadDebtRule, ReserveId};
use super::error::LendingError;
use super::math::{RAY, Round, divide, narrow, narrow_or_max, ray_mul, times, wide};
use super::pool::LendingPool;
use super::reserve::Reserve;

/// A loss that is shared lowers the supply index no further than to this part of the start's.
const LEAST_INDEX: u128 = RAY / 1_000;

impl LendingPool {
    /// Writes off all debts of an account without collateral, by asset.
    pub(crate) fn write_off(
        &mut self,
        now: SimTime,
        account: &mut Account,
    ) -> Vec<(ReserveId, u128)> {
        let mut written = Vec::new();
        for debt in std::mem::take(&mut account.debts) {
            let id = debt.reserve;
            self.accrue_one(id, now);
            let state = &mut self.reserves[id.index()];
            let owed = ray_mul(debt.scaled, state.index.borrow, Round::Up);
            state.settle(owed, debt.scaled);
            self.lose(id, account, owed);
            written.push((id, owed));
        }
        written
    }

    /// Books a loss: insurance first, then the market's rule.
    pub(crate) fn lose(&mut self, id: ReserveId, account: &Account, amount: u128) {
        let worth = self.worth(id, account.category, amount, Round::Up);
        self.counters.bad_debt = self.counters.bad_debt.saturating_add(narrow_or_max(worth));
        let rule = self.config.bad_debt;
        let state = &mut self.reserves[id.index()];
        state.bad_debt = state.bad_debt.saturating_add(amount);
        state.deficit += amount;
        let insured = state.insurance.min(state.deficit);
        state.insurance -= insured;
        state.cover(insured);
        if rule == BadDebtRule::Socialize {
            state.socialize();
        }
        self.refresh(id);
    }

    /// Sets tokens aside for later deficits of an asset; returns the tokens that move.
    ///
    /// # Errors
    /// [`LendingError::Nothing`], [`LendingError::TooLarge`], [`LendingError::UnknownReserve`].
    pub fn insure(&mut self, reserve: ReserveId, amount: u128) -> Result<u128, LendingError> {
        self.reserve_config(reserve)?;
        let state = &mut self.reserves[reserve.index()];
        if amount == 0 {
            return Err(LendingError::Nothing);
        }
        let sum = state.insurance.checked_add(amount);
        let Some(sum) = sum.filter(|sum| *sum <= state.limit()) else {
            return Err(LendingError::TooLarge);
        };
        state.insurance = sum;
        Ok(amount)
    }

    /// Covers a deficit with tokens from outside (`eliminateDeficit` of Aave v3.3, P); returns the
    /// tokens that move, at most the deficit.
    ///
    /// # Errors
    /// [`LendingError::Nothing`] if there is no deficit, [`LendingError::UnknownReserve`],
    /// [`LendingError::TooLarge`].
    pub fn cover_deficit(
        &mut self,
        now: SimTime,
        reserve: ReserveId,
        amount: u128,
    ) -> Result<u128, LendingError> {
        self.reserve_config(reserve)?;
        self.accrue_one(reserve, now);
        let state = &mut self.reserves[reserve.index()];
        let paid = amount.min(state.deficit);
        if paid == 0 {
            return Err(LendingError::Nothing);
        }
        state.admit(paid, 0)?;
        state.cover(paid);
        self.refresh(reserve);
        Ok(paid)
    }

    /// Pays the treasury what it has earned, as far as tokens lie there; returns the tokens that
    /// move.
    ///
    /// # Errors
    /// [`LendingError::Nothing`] if it has nothing or nothing lies there, [`LendingError::Paused`],
    /// [`LendingError::UnknownReserve`].
    pub fn collect_treasury(
        &mut self,
        now: SimTime,
        reserve: ReserveId,
    ) -> Result<u128, LendingError> {
        self.open(now, reserve, false)?;
        let state = &mut self.reserves[reserve.index()];
        let balance = ray_mul(state.treasury, state.index.supply, Round::Down);
        let paid = balance.min(state.cash);
        if paid == 0 {
            return Err(LendingError::Nothing);
        }
        let scaled = state.scale_withdrawal(paid, state.treasury);
        state.pay(paid, |flows| &mut flows.collected);
        state.treasury -= scaled;
        state.note_burned(paid, scaled);
        self.refresh(reserve);
        Ok(paid)
    }
}

impl Reserve {
    /// Tokens that fill a deficit.
    pub(crate) fn cover(&mut self, amount: u128) {
        self.deficit -= amount;
        self.receive(amount, |flows| &mut flows.covered);
    }

    /// Takes the deficit from all suppliers in proportion, by lowering the supply index.
    fn socialize(&mut self) {
        let claims = wide(self.claims());
        if claims.is_zero() || self.deficit == 0 {
            return;
        }
        let owed = times(claims, wide(self.index.supply));
        let floor = times(claims, wide(LEAST_INDEX));
        let spare = narrow_or_max(owed.saturating_sub(floor) / wide(RAY));
        let shared = self.deficit.min(spare);
        let left = owed - times(wide(shared), wide(RAY));
        let index = narrow(divide(left, claims, Round::Down));
        self.dust.rounding += left - times(claims, wide(index));
        self.index.supply = index;
        self.deficit -= shared;
        self.socialized = self.socialized.saturating_add(shared);
    }
}
