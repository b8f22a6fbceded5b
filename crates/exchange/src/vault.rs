//! The backstop vault as a fund with depositors: shares, lockup, withdrawals.
//!
//! The vault's capital at the start belongs to the house. Whoever deposits gets shares at the
//! vault's present equity; whoever withdraws gets its part of it, after the lockup, as far as the
//! vault's cash and its limit of leverage allow. So depositors share what the vault gains and
//! loses by what it takes over.

use firesale_types::{AccountId, Rounding, SimTime, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_BALANCE, value};
use crate::state::State;
use crate::{Effects, Exchange, Report};

/// One depositor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stake {
    pub(crate) owner: AccountId,
    pub(crate) shares: i64,
    /// The moment of its last deposit.
    pub(crate) since: SimTime,
}

/// Who owns the vault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VaultShares {
    /// All shares, those of the house included. The house begins with one for each micro-dollar.
    pub(crate) total: i64,
    /// By owner, ascending.
    pub(crate) stakes: Vec<Stake>,
    /// What depositors have paid in less what they have taken out.
    pub(crate) net_deposits: Usd,
}

impl VaultShares {
    fn of(&self, owner: AccountId) -> Option<&Stake> {
        let at = self.stakes.binary_search_by_key(&owner, |s| s.owner).ok()?;
        Some(&self.stakes[at])
    }

    fn add(&mut self, owner: AccountId, shares: i64, now: SimTime) {
        self.total += shares;
        match self.stakes.binary_search_by_key(&owner, |s| s.owner) {
            Ok(at) => {
                let stake = &mut self.stakes[at];
                stake.shares += shares;
                if shares > 0 {
                    stake.since = now;
                }
                if stake.shares == 0 {
                    self.stakes.remove(at);
                }
            }
            Err(at) => {
                let since = now;
                self.stakes.insert(
                    at,
                    Stake {
                        owner,
                        shares,
                        since,
                    },
                );
            }
        }
    }
}

impl State {
    /// Free cash of an account becomes a stake in the vault.
    pub(crate) fn vault_deposit(
        &mut self,
        account: AccountId,
        amount: Usd,
        now: SimTime,
        out: &mut Effects,
    ) {
        let report = match self.try_vault_deposit(account, amount, now) {
            Some(shares) => Report::VaultDeposited { amount, shares },
            None => Report::VaultRefused,
        };
        out.reports.push((account, report));
    }

    fn try_vault_deposit(&mut self, account: AccountId, amount: Usd, now: SimTime) -> Option<i64> {
        self.config.backstop?;
        let owner = self.accounts.get(account.index())?;
        let free = self.may_leave(owner);
        let allowed = !Self::is_system(account)
            && amount > Usd::ZERO
            && amount <= owner.cash
            && i128::from(amount.0) <= free
            && !owner.health.in_liquidation();
        let vault = &self.accounts[Exchange::BACKSTOP.index()];
        let equity = i64::try_from(self.equity_of(vault)).ok()?;
        let room = vault.cash.checked_add(amount)? <= MAX_BALANCE;
        if !allowed || !room || (equity <= 0 && self.vault.total > 0) {
            return None;
        }
        let shares = if self.vault.total == 0 {
            amount.0
        } else {
            mul_div(amount.0, self.vault.total, equity, Rounding::Floor).ok()?
        };
        self.vault.total.checked_add(shares)?;
        if shares <= 0 {
            return None;
        }
        self.move_to_vault(account, amount);
        self.vault.add(account, shares, now);
        Some(shares)
    }

    /// Shares become cash of their owner.
    pub(crate) fn vault_withdraw(
        &mut self,
        account: AccountId,
        shares: i64,
        now: SimTime,
        out: &mut Effects,
    ) {
        let report = match self.try_vault_withdraw(account, shares, now) {
            Some(amount) => Report::VaultWithdrawn { amount, shares },
            None => Report::VaultRefused,
        };
        out.reports.push((account, report));
    }

    fn try_vault_withdraw(&mut self, account: AccountId, shares: i64, now: SimTime) -> Option<Usd> {
        let rules = self.config.backstop?;
        let stake = self.vault.of(account)?;
        if shares <= 0 || shares > stake.shares || now < stake.since + rules.lockup {
            return None;
        }
        let equity = i64::try_from(self.vault_equity()).ok()?;
        let amount = Usd(mul_div(shares, equity.max(0), self.vault.total, Rounding::Floor).ok()?);
        let vault = &self.accounts[Exchange::BACKSTOP.index()];
        let after = i128::from(equity) - i128::from(amount.0);
        let notional = vault.positions.iter().map(|position| {
            let instrument = &self.instruments[position.instrument.index()];
            i128::from(value(
                position.qty.0.abs(),
                instrument.mark.0,
                instrument.unit,
            ))
        });
        let one = i128::from(firesale_types::Rate::ONE.0);
        let carried = notional.sum::<i128>() * one <= after * i128::from(rules.max_leverage.0);
        if amount > vault.cash || !carried {
            return None;
        }
        self.move_to_vault(account, -amount);
        self.vault.add(account, -shares, now);
        Some(amount)
    }

    fn move_to_vault(&mut self, account: AccountId, amount: Usd) {
        self.accounts[account.index()].cash -= amount;
        self.accounts[Exchange::BACKSTOP.index()].cash += amount;
        self.vault.net_deposits += amount;
        self.digest.mix_all([i64::from(account.0), amount.0]);
        self.touch(account, true);
    }

    fn vault_equity(&self) -> i128 {
        self.equity_of(&self.accounts[Exchange::BACKSTOP.index()])
    }
}

impl Exchange {
    /// What an account's stake in the backstop vault is worth, at the marks.
    #[must_use]
    pub fn vault_stake(&self, account: AccountId) -> Usd {
        let vault = &self.state.vault;
        let Some(stake) = vault.of(account) else {
            return Usd::ZERO;
        };
        let equity = self.state.vault_equity().max(0);
        crate::limits::amount(i128::from(stake.shares) * equity / i128::from(vault.total))
    }

    /// The shares an account has in the backstop vault.
    #[must_use]
    pub fn vault_shares(&self, account: AccountId) -> i64 {
        self.state.vault.of(account).map_or(0, |stake| stake.shares)
    }

    /// What the vault has earned or lost since the start, at the marks: its equity less its capital
    /// and less what depositors have paid in.
    #[must_use]
    pub fn vault_profit(&self) -> Usd {
        let capital = self
            .state
            .config
            .backstop
            .map_or(0, |rules| rules.capital.0);
        let paid = i128::from(capital) + i128::from(self.state.vault.net_deposits.0);
        crate::limits::amount(self.state.vault_equity() - paid)
    }
}
