//! Money that comes from custody, goes there, or moves between cash and an isolated position.

use firesale_types::{AccountId, AssetId, Qty, Rate, Usd};

use crate::account::{Account, MarginMode};
use crate::instrument::Threshold;
use crate::leg::PositionKey;
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
        let free = self.may_leave(state);
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

    /// What may leave an account: its free margin, and no more than leaves the venue's part of the
    /// notional of all that it holds on the account's equity.
    pub(crate) fn may_leave(&self, account: &Account) -> i128 {
        let free = self.free_margin_of(account, None);
        if self.config.margin_rules.transfer_floor <= Rate::ZERO || account.mode.is_isolated() {
            return free;
        }
        let held = account.positions.iter();
        let notional = held.map(|p| i128::from(self.instruments[p.instrument.index()].notional(p)));
        let floor = self.transfer_floor(notional.sum());
        free.min(self.equity_of(account) - floor)
    }

    /// The part of a notional that may not leave, rounded up.
    fn transfer_floor(&self, notional: i128) -> i128 {
        let one = i128::from(Rate::ONE.0);
        let part = notional * i128::from(self.config.margin_rules.transfer_floor.0);
        (part + one - 1).div_euclid(one)
    }

    /// Moves cash into the margin of an isolated position, or out of it as long as the position
    /// keeps what may not leave.
    pub(crate) fn add_margin(
        &mut self,
        account: AccountId,
        key: PositionKey,
        amount: Usd,
        out: &mut Effects,
    ) {
        if self.try_add_margin(account, key, amount).is_none() {
            let instrument = key.instrument;
            out.reports
                .push((account, Report::MarginRefused { instrument, amount }));
        }
    }

    fn try_add_margin(&mut self, account: AccountId, key: PositionKey, amount: Usd) -> Option<()> {
        let state = self.accounts.get(account.index())?;
        let at = state.find(key).ok()?;
        let position = &state.positions[at];
        if state.mode != MarginMode::Isolated || position.qty.is_zero() || amount.is_zero() {
            return None;
        }
        let allowed = if amount > Usd::ZERO {
            i128::from(amount.0) <= self.free_margin_of(state, None)
        } else {
            !position.health.in_liquidation()
                && self.removable_margin(state, at) >= -i128::from(amount.0)
        };
        if !allowed {
            return None;
        }
        self.settle(account, at);
        let state = &mut self.accounts[account.index()];
        state.cash -= amount;
        state.positions[at].set_aside += amount;
        self.digest
            .mix_all([i64::from(account.0), i64::from(key.instrument.0), amount.0]);
        self.touch(account, true);
        Some(())
    }

    /// What an isolated position's equity, open profit not counted, exceeds its initial margin by.
    pub(crate) fn spare_margin(&self, account: &Account, at: usize) -> i128 {
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let initial = instrument.initial(
            Qty(position.qty.0.abs()),
            account.weight,
            position.chosen_initial,
        );
        self.paid_equity(account, at) - i128::from(initial)
    }

    /// What of it may be taken out, where the venue keeps a part of the notional.
    pub(crate) fn removable_margin(&self, account: &Account, at: usize) -> i128 {
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let floor = self.transfer_floor(i128::from(instrument.notional(position)));
        let spare = self.spare_margin(account, at);
        spare.min(self.paid_equity(account, at) - floor)
    }

    /// An isolated position's equity, open profit not counted.
    fn paid_equity(&self, account: &Account, at: usize) -> i128 {
        let position = &account.positions[at];
        let standing = self.isolated_standing(position, account.weight, Threshold::Maintenance);
        standing.equity.min(i128::from(position.set_aside.0))
    }
}
