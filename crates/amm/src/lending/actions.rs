//! What an account does itself: supply, withdraw, borrow, repay, choose collateral and category.
//!
//! Each returns the tokens that move between the account's wallet and the reserve; the caller moves
//! them. Source of checks and roundings: `SupplyLogic`, `BorrowLogic`, `ValidationLogic` and
//! `TokenMath` of Aave v3.5 (P).

use firesale_types::{AccountId, SimTime};

use super::account::Account;
use super::config::{CategoryId, ReserveId};
use super::error::LendingError;
use super::math::{Round, WAD, ray_div, ray_mul};
use super::pool::LendingPool;

/// Means everything that there is, in [`LendingPool::withdraw`] and [`LendingPool::repay`].
pub const ALL: u128 = u128::MAX;

impl LendingPool {
    /// Brings tokens in. A new supply counts as collateral where the asset can.
    ///
    /// # Errors
    /// [`LendingError::Frozen`], [`LendingError::Paused`], [`LendingError::SupplyCap`],
    /// [`LendingError::Nothing`], [`LendingError::TooLarge`].
    pub fn supply(
        &mut self,
        now: SimTime,
        id: AccountId,
        reserve: ReserveId,
        amount: u128,
    ) -> Result<u128, LendingError> {
        self.open(now, reserve, true)?;
        let config = &self.config.reserves[reserve.index()];
        let state = &mut self.reserves[reserve.index()];
        if amount > state.limit() {
            return Err(LendingError::TooLarge);
        }
        let scaled = state.scale_supply(amount);
        if scaled == 0 {
            return Err(LendingError::Nothing);
        }
        state.admit(amount, scaled)?;
        if let Some(cap) = config.supply_cap {
            let total = ray_mul(state.claims() + scaled, state.index.supply, Round::Down);
            if total > u128::from(cap) * state.unit {
                return Err(LendingError::SupplyCap);
            }
        }
        state.receive(amount, |flows| &mut flows.supplied);
        state.supply += scaled;
        state.note_minted(amount, scaled);
        let collateral = config.collateral;
        self.refresh(reserve);
        let mut account = self.accounts.get(&id).cloned().unwrap_or_default();
        account.add_supply(reserve, scaled, collateral);
        self.put(id, account);
        Ok(amount)
    }

    /// Takes tokens out, or all ([`ALL`]).
    ///
    /// # Errors
    /// [`LendingError::NoLiquidity`] where the tokens are lent out,
    /// [`LendingError::Undercollateralized`] where the rest would not carry the debt,
    /// [`LendingError::NotEnough`], [`LendingError::Nothing`], [`LendingError::Paused`].
    pub fn withdraw(
        &mut self,
        now: SimTime,
        id: AccountId,
        reserve: ReserveId,
        amount: u128,
    ) -> Result<u128, LendingError> {
        self.open(now, reserve, false)?;
        let mut account = self.known(id)?;
        let state = &self.reserves[reserve.index()];
        let held = account.supplied(reserve);
        let balance = ray_mul(held, state.index.supply, Round::Down);
        let amount = if amount == ALL { balance } else { amount };
        check_amount(amount, balance)?;
        if amount > state.cash {
            let available = state.cash;
            return Err(LendingError::NoLiquidity { available });
        }
        let scaled = state.scale_withdrawal(amount, held);
        let counted = self.counts(&account, reserve);
        account.take_supply(reserve, scaled);
        if counted && self.value(&account, now).factor() < WAD {
            return Err(LendingError::Undercollateralized);
        }
        let state = &mut self.reserves[reserve.index()];
        state.pay(amount, |flows| &mut flows.withdrawn);
        state.supply -= scaled;
        state.note_burned(amount, scaled);
        self.refresh(reserve);
        self.put(id, account);
        Ok(amount)
    }

    /// Borrows against the account's collateral.
    ///
    /// # Errors
    /// [`LendingError::Undercollateralized`], [`LendingError::NoLiquidity`],
    /// [`LendingError::NotBorrowable`], [`LendingError::BorrowCap`], [`LendingError::Frozen`],
    /// [`LendingError::Paused`], [`LendingError::Nothing`], [`LendingError::TooLarge`].
    pub fn borrow(
        &mut self,
        now: SimTime,
        id: AccountId,
        reserve: ReserveId,
        amount: u128,
    ) -> Result<u128, LendingError> {
        self.open(now, reserve, true)?;
        let mut account = self.known(id)?;
        let config = &self.config.reserves[reserve.index()];
        let state = &self.reserves[reserve.index()];
        if !config.borrowable || !self.category_lends(&account, reserve) {
            return Err(LendingError::NotBorrowable);
        }
        if amount == 0 {
            return Err(LendingError::Nothing);
        }
        if amount > state.cash {
            let available = state.cash;
            return Err(LendingError::NoLiquidity { available });
        }
        let scaled = ray_div(amount, state.index.borrow, Round::Up);
        if state.debt + scaled > state.limit() {
            return Err(LendingError::TooLarge);
        }
        if let Some(cap) = config.borrow_cap {
            let total = ray_mul(state.debt + scaled, state.index.borrow, Round::Up);
            if total > u128::from(cap) * state.unit {
                return Err(LendingError::BorrowCap);
            }
        }
        account.add_debt(reserve, scaled);
        if !self.value(&account, now).covers_loan() {
            return Err(LendingError::Undercollateralized);
        }
        let state = &mut self.reserves[reserve.index()];
        state.pay(amount, |flows| &mut flows.borrowed);
        state.lend(amount, scaled);
        self.refresh(reserve);
        self.put(id, account);
        Ok(amount)
    }

    /// Pays back, at most all ([`ALL`]).
    ///
    /// # Errors
    /// [`LendingError::NoDebt`], [`LendingError::Nothing`], [`LendingError::Paused`].
    pub fn repay(
        &mut self,
        now: SimTime,
        id: AccountId,
        reserve: ReserveId,
        amount: u128,
    ) -> Result<u128, LendingError> {
        self.open(now, reserve, false)?;
        let mut account = self.known(id)?;
        let state = &mut self.reserves[reserve.index()];
        let owed = account.owed(reserve);
        if owed == 0 {
            return Err(LendingError::NoDebt);
        }
        if amount == 0 {
            return Err(LendingError::Nothing);
        }
        let debt = ray_mul(owed, state.index.borrow, Round::Up);
        let paid = amount.min(debt);
        state.admit(paid, 0)?;
        let scaled = ray_div(paid, state.index.borrow, Round::Down);
        if scaled == 0 {
            return Err(LendingError::Nothing);
        }
        state.receive(paid, |flows| &mut flows.repaid);
        state.settle(paid, scaled);
        self.refresh(reserve);
        account.take_debt(reserve, scaled);
        self.put(id, account);
        Ok(paid)
    }

    /// Says whether a supply counts as collateral.
    ///
    /// # Errors
    /// [`LendingError::NoCollateral`] if there is no such supply or the asset can be none,
    /// [`LendingError::Undercollateralized`], [`LendingError::Paused`].
    pub fn set_collateral(
        &mut self,
        now: SimTime,
        id: AccountId,
        reserve: ReserveId,
        collateral: bool,
    ) -> Result<(), LendingError> {
        self.open(now, reserve, false)?;
        let mut account = self.known(id)?;
        let able = self.config.reserves[reserve.index()].collateral;
        let found = account.supplies.iter_mut().find(|it| it.reserve == reserve);
        let Some(supply) = found.filter(|_| able || !collateral) else {
            return Err(LendingError::NoCollateral);
        };
        supply.collateral = collateral;
        if !collateral && self.value(&account, now).factor() < WAD {
            return Err(LendingError::Undercollateralized);
        }
        self.put(id, account);
        Ok(())
    }

    /// Puts an account into a category, or into none.
    ///
    /// # Errors
    /// [`LendingError::NotBorrowable`] if it owes what the category does not lend,
    /// [`LendingError::Undercollateralized`] if it were in breach there,
    /// [`LendingError::UnknownCategory`].
    pub fn set_category(
        &mut self,
        now: SimTime,
        id: AccountId,
        category: Option<CategoryId>,
    ) -> Result<(), LendingError> {
        if let Some(category) = category {
            self.category_config(category)?;
        }
        let mut account = self.accounts.get(&id).cloned().unwrap_or_default();
        account.category = category;
        let mut debts = account.debts.iter();
        if !debts.all(|debt| self.category_lends(&account, debt.reserve)) {
            return Err(LendingError::NotBorrowable);
        }
        if self.value(&account, now).factor() < WAD {
            return Err(LendingError::Undercollateralized);
        }
        self.put(id, account);
        Ok(())
    }

    /// Checks that something may happen in an asset, and brings it to `now`.
    pub(crate) fn open(
        &mut self,
        now: SimTime,
        reserve: ReserveId,
        grows: bool,
    ) -> Result<(), LendingError> {
        self.reserve_config(reserve)?;
        let state = &self.reserves[reserve.index()];
        if state.paused {
            return Err(LendingError::Paused);
        }
        if state.frozen && grows {
            return Err(LendingError::Frozen);
        }
        self.accrue_one(reserve, now);
        self.refresh(reserve);
        Ok(())
    }

    /// A copy of an account.
    pub(crate) fn known(&self, id: AccountId) -> Result<Account, LendingError> {
        let found = self.accounts.get(&id).cloned();
        found.ok_or(LendingError::UnknownAccount(id))
    }

    /// Whether a supply stands behind a debt.
    fn counts(&self, account: &Account, reserve: ReserveId) -> bool {
        let chosen = account.supply(reserve).is_some_and(|it| it.collateral);
        chosen && !account.debts.is_empty() && self.risk(reserve, account.category).threshold > 0
    }

    fn category_lends(&self, account: &Account, reserve: ReserveId) -> bool {
        account.category.is_none_or(|category| {
            self.config.categories[category.index()]
                .borrowable
                .contains(&reserve)
        })
    }
}

fn check_amount(amount: u128, available: u128) -> Result<(), LendingError> {
    if amount == 0 {
        return Err(LendingError::Nothing);
    }
    if amount > available {
        return Err(LendingError::NotEnough { available });
    }
    Ok(())
}
