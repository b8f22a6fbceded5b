//! Whether the customers' money is there.

use firesale_types::{AccountId, AssetId, Rate, SimTime, Usd};

use crate::config::Interval;
use crate::limits::amount;
use crate::state::State;
use crate::{Exchange, SolvencyConfig};

/// What the platform has and what it owes, in the settlement asset.
///
/// The ledger's own accounts (fees, funds, vaults) count as the platform's: they are claims of
/// nobody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceSheet {
    /// Customer money that is really there: what came from outside less the affiliate's loan.
    pub held: Usd,
    /// What the affiliate's loan counts.
    pub loan: Usd,
    /// The own token at its index price.
    pub token: Usd,
    /// What customers own: cash, margins set aside, and open profits at the marks.
    pub liabilities: Usd,
}

impl BalanceSheet {
    /// Liabilities less assets; negative if there is a surplus.
    #[must_use]
    pub fn shortfall(&self) -> Usd {
        let assets = [self.held, self.loan, self.token].map(|part| i128::from(part.0));
        amount(i128::from(self.liabilities.0) - assets.iter().sum::<i128>())
    }
}

impl State {
    /// Whether more is asked for than is there.
    pub(super) fn cannot_pay(&self, asked: Usd) -> bool {
        let Some(rules) = &self.config.platform.solvency else {
            return false;
        };
        i128::from(asked.0) > self.held(rules)
    }

    fn held(&self, rules: &SolvencyConfig) -> i128 {
        self.external - i128::from(rules.affiliate_loan.0)
    }

    pub(super) fn balance_sheet(&self) -> BalanceSheet {
        let rules = self.config.platform.solvency.unwrap_or(SolvencyConfig {
            affiliate_loan: Usd::ZERO,
            loan_recovery: Rate::ZERO,
            own_token: None,
        });
        let part = i128::from(rules.affiliate_loan.0) * i128::from(rules.loan_recovery.0);
        let token = rules
            .own_token
            .map_or(0, |(asset, held)| self.token_value(asset, held));
        let customers = (Exchange::SYSTEM_ACCOUNTS..self.accounts.len() as u32).map(AccountId);
        let owed = customers.map(|id| {
            let account = &self.accounts[id.index()];
            self.equity_of(account) - self.collateral(account)
        });
        BalanceSheet {
            held: amount(self.held(&rules)),
            loan: amount(part / i128::from(Rate::ONE.0)),
            token: amount(token),
            liabilities: amount(owed.sum()),
        }
    }

    fn token_value(&self, asset: AssetId, held: Usd) -> i128 {
        let price = self.asset(asset).map_or(0, |at| self.assets[at].price.0);
        i128::from(held.0) * i128::from(price) / 1_000_000
    }
}

impl Exchange {
    /// The platform's balance sheet. Costs a look at every account.
    #[must_use]
    pub fn balance_sheet(&self) -> BalanceSheet {
        self.state.balance_sheet()
    }

    /// The platform's own token at its index price; zero without one.
    #[must_use]
    pub fn own_token_value(&self) -> Usd {
        let rules = self.state.config.platform.solvency;
        let token = rules.and_then(|rules| rules.own_token);
        token.map_or(Usd::ZERO, |(asset, held)| {
            amount(self.state.token_value(asset, held))
        })
    }

    /// Whether the platform pays nothing out at this moment: withdrawals are frozen, or the money
    /// is gone.
    #[must_use]
    pub fn withdrawals_are_paused(&self, now: SimTime) -> bool {
        let frozen = &self.state.config.platform.withdrawal_freezes;
        self.is_insolvent() || Interval::end_at(frozen, now).is_some()
    }
}
