//! Money that comes from custody, goes there, or moves between cash and an isolated position.

use firesale_types::{AccountId, AssetId, InstrumentId, Qty, Usd};

use crate::account::MarginMode;
use crate::instrument::Threshold;
use crate::limits::MAX_BALANCE;
use crate::state::State;
use crate::{Effects, Exchange, Report};

impl State {
    /// A deposit. Refused if account or asset are unknown, or beyond the ledger's range.
    pub(crate) fn deposit(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
        out: &mut Effects,
    ) {
        let done = self.try_deposit(account, asset, amount);
        if done.is_none() {
            out.reports
                .push((account, Report::DepositRefused { asset, amount }));
        }
    }

    /// Books money from outside, if account and asset are known and the balance stays in range.
    pub(crate) fn try_deposit(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
    ) -> Option<()> {
        let state = self.accounts.get_mut(account.index());
        // The funding pool holds what the accounts owe each other, the default fund what its members
        // have paid in, and nothing else.
        let state =
            state.filter(|_| account != Exchange::FUNDING && account != Exchange::DEFAULT_FUND)?;
        let in_range = |balance: Usd| {
            let sum = balance.checked_add(amount).filter(|_| amount > Usd::ZERO);
            sum.filter(|&sum| sum <= MAX_BALANCE)
        };
        if asset == self.config.settlement {
            in_range(state.cash)?;
            self.add_external(account, amount);
        } else {
            let at = self.assets.iter().position(|known| known.id == asset)?;
            let balance = in_range(state.balance(asset))?;
            *state.balance_mut(asset) = balance;
            self.assets[at].external += i128::from(amount.0);
        }
        self.digest
            .mix_all([i64::from(account.0), i64::from(asset.0), amount.0]);
        self.touch(account, true);
        Some(())
    }

    /// A withdrawal, and whether it was paid: if the account has the balance free and keeps its initial margin.
    pub(crate) fn withdraw(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
        out: &mut Effects,
    ) -> bool {
        let done = self.try_withdraw(account, asset, amount);
        let report = match done {
            Some(()) => Report::Withdrawn { asset, amount },
            None => Report::WithdrawalRefused { asset, amount },
        };
        out.reports.push((account, report));
        done.is_some()
    }

    fn try_withdraw(&mut self, account: AccountId, asset: AssetId, amount: Usd) -> Option<()> {
        self.may_withdraw(account, asset, amount)?;
        if asset == self.config.settlement {
            self.add_external(account, -amount);
        } else {
            let at = self.asset(asset)?;
            *self.accounts[account.index()].balance_mut(asset) -= amount;
            self.assets[at].external -= i128::from(amount.0);
        }
        self.digest
            .mix_all([i64::from(account.0), i64::from(asset.0), -amount.0]);
        self.touch(account, true);
        Some(())
    }

    /// Whether an account may withdraw so much now.
    pub(crate) fn may_withdraw(
        &self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
    ) -> Option<()> {
        let state = self.accounts.get(account.index())?;
        let free = self.free_margin_of(state, None);
        let pools = [
            Exchange::FUNDING,
            Exchange::DEFAULT_FUND,
            Exchange::CLEARING_CAPITAL,
        ];
        let closed = pools.contains(&account) || state.health.in_liquidation();
        if amount <= Usd::ZERO || closed {
            return None;
        }
        if asset == self.config.settlement {
            if i128::from(amount.0) > free || amount > state.cash {
                return None;
            }
        } else {
            let at = self.asset(asset)?;
            if amount > self.free_base(state, at) {
                return None;
            }
            let known = &self.assets[at];
            let value =
                |amount| i128::from(known.collateral_value(amount, known.price, state.weight));
            let held = state.balance(asset);
            let loses = value(held) - value(held - amount);
            if !state.mode.is_isolated() && loses > 0 && loses > free {
                return None;
            }
        }
        Some(())
    }

    /// Moves cash into the margin of an isolated position, or out of it as long as the position
    /// keeps its initial margin.
    pub(crate) fn add_margin(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        amount: Usd,
        out: &mut Effects,
    ) {
        if self.try_add_margin(account, instrument, amount).is_none() {
            out.reports
                .push((account, Report::MarginRefused { instrument, amount }));
        }
    }

    fn try_add_margin(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        amount: Usd,
    ) -> Option<()> {
        let state = self.accounts.get(account.index())?;
        let at = state.find(instrument).ok()?;
        let position = &state.positions[at];
        if state.mode != MarginMode::Isolated || position.qty.is_zero() || amount.is_zero() {
            return None;
        }
        let allowed = if amount > Usd::ZERO {
            i128::from(amount.0) <= self.free_margin_of(state, None)
        } else {
            !position.health.in_liquidation()
                && self.spare_margin(account, at) >= -i128::from(amount.0)
        };
        if !allowed {
            return None;
        }
        self.settle(account, at);
        let state = &mut self.accounts[account.index()];
        state.cash -= amount;
        state.positions[at].set_aside += amount;
        self.digest
            .mix_all([i64::from(account.0), i64::from(instrument.0), amount.0]);
        self.touch(account, true);
        Some(())
    }

    /// What an isolated position's equity, open profit not counted, exceeds its initial margin by.
    fn spare_margin(&self, account: AccountId, at: usize) -> i128 {
        let account = &self.accounts[account.index()];
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let standing = self.isolated_standing(position, account.weight, Threshold::Maintenance);
        let initial = instrument.initial(
            Qty(position.qty.0.abs()),
            account.weight,
            position.chosen_initial,
        );
        let equity = standing.equity.min(i128::from(position.set_aside.0));
        equity - i128::from(initial)
    }
}
