//! Accounts that end below zero.

use firesale_types::{AccountId, InstrumentId, Usd};

use super::Defaulted;
use crate::state::State;
use crate::{Effects, Exchange, VenueRecord};

impl State {
    /// A margin unit without positions owes money: the fund pays, and the deficit is recorded as
    /// bad debt. The fund may go below zero by it; nobody else is charged.
    ///
    /// The collateral of a cross account is sold to the fund first, at what it counts. At a cleared
    /// venue the deficit goes down the waterfall, and the collateral to the house.
    pub(super) fn settle_deficit(
        &mut self,
        account: AccountId,
        isolated: Option<InstrumentId>,
        out: &mut Effects,
    ) {
        if isolated.is_none() {
            if self.equity_of(&self.accounts[account.index()]) >= 0 {
                // A debt that the collateral outweighs may stand.
                return;
            }
            self.sell_collateral(account);
        }
        let state = &mut self.accounts[account.index()];
        let owed = match isolated {
            None => &mut state.cash,
            Some(instrument) => match state.find(instrument) {
                Ok(at) => &mut state.positions[at].set_aside,
                Err(_) => return,
            },
        };
        if owed.0 >= 0 {
            return;
        }
        if self.clearing.is_some() {
            let deficit = -*owed;
            let unit = Defaulted { account, isolated };
            return self.share_deficit(unit, deficit, out);
        }
        let deficit = -std::mem::take(owed);
        self.accounts[Exchange::INSURANCE.index()].cash -= deficit;
        self.note_bad_debt(account, deficit, out);
    }

    /// Records a deficit that the fund has borne.
    pub(crate) fn note_bad_debt(&mut self, account: AccountId, amount: Usd, out: &mut Effects) {
        self.bad_debt += i128::from(amount.0);
        out.records.push(VenueRecord::BadDebt { account, amount });
        self.digest.mix_all([i64::from(account.0), amount.0]);
    }

    /// Sells the collateral of an account in debt to the insurance fund, or to the clearing house, at
    /// its haircut value.
    pub(super) fn sell_collateral(&mut self, account: AccountId) {
        let buyer = match self.clearing {
            Some(_) => Exchange::CLEARING_CAPITAL,
            None => Exchange::INSURANCE,
        };
        for at in 0..self.accounts[account.index()].balances.len() {
            let state = &mut self.accounts[account.index()];
            let held = &mut state.balances[at];
            let id = held.asset;
            let Some(asset) = self.assets.iter().find(|asset| asset.id == id) else {
                continue;
            };
            let value = Usd(asset.collateral_value(held.amount, asset.price));
            if value > Usd::ZERO {
                let amount = std::mem::take(&mut held.amount);
                state.cash += value;
                let fund = &mut self.accounts[buyer.index()];
                fund.cash -= value;
                *fund.balance_mut(id) += amount;
            }
        }
    }
}
