//! Accounts that end below zero.

use firesale_types::{AccountId, Usd};

use super::Defaulted;
use crate::state::State;
use crate::{Effects, Exchange, VenueRecord};

impl State {
    /// A margin unit without positions owes money: the fund pays, and the deficit is recorded as
    /// bad debt. The fund may go below zero by it, unless the venue shares such losses.
    ///
    /// The collateral of a cross account is sold to the fund first, at what it counts. At a cleared
    /// venue the deficit goes down the waterfall, and the collateral to the house.
    ///
    /// The fund is the pool of the instrument to which the deficit belongs.
    pub(super) fn settle_deficit(&mut self, number: u32, out: &mut Effects) {
        let case = &self.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let (pool, behind) = (self.pool_behind(number), self.instrument_behind(number));
        if isolated.is_none() {
            if self.equity_of(&self.accounts[account.index()]) >= 0 {
                // A debt that the collateral outweighs may stand.
                return;
            }
            self.sell_collateral(account, pool);
        }
        let state = &mut self.accounts[account.index()];
        let owed = match isolated {
            None => &mut state.cash,
            Some(key) => match state.find(key) {
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
        self.accounts[pool.index()].cash -= deficit;
        self.note_flow(pool, |flows| flows.deficits += deficit);
        self.note_bad_debt(account, deficit, out);
        if let Some(instrument) = behind {
            self.share_loss(number, (pool, instrument), deficit, out);
        }
    }

    /// Records a deficit that the fund has borne.
    pub(crate) fn note_bad_debt(&mut self, account: AccountId, amount: Usd, out: &mut Effects) {
        self.bad_debt += i128::from(amount.0);
        out.records.push(VenueRecord::BadDebt { account, amount });
        self.digest.mix_all([i64::from(account.0), amount.0]);
    }

    /// Sells the collateral of an account in debt to its pool of the insurance fund, or to the
    /// clearing house, at its haircut value.
    pub(super) fn sell_collateral(&mut self, account: AccountId, pool: AccountId) {
        let buyer = match self.clearing {
            Some(_) => Exchange::CLEARING_CAPITAL,
            None => pool,
        };
        for at in 0..self.accounts[account.index()].balances.len() {
            let state = &mut self.accounts[account.index()];
            let held = &mut state.balances[at];
            let id = held.asset;
            let Some(asset) = self.assets.iter().find(|asset| asset.id == id) else {
                continue;
            };
            let value = asset.collateral_value(held.amount, asset.price, state.weight);
            let value = Usd(value);
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
