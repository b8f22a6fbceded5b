//! The insurance fund: its pools, what feeds and drains them, and how far they have fallen.

use firesale_types::{AccountId, InstrumentId, Rate, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::leg::PositionKey;
use crate::limits::amount;
use crate::state::State;
use crate::window::WindowedMax;
use crate::{AdlTrigger, Exchange, VenueConfig};

/// What has gone into an insurance pool and out of it since the start, its own trading and funding
/// apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolFlows {
    /// Liquidation fees.
    pub fees: Usd,
    /// What liquidation orders fetched beyond the bankruptcy price.
    pub surplus: Usd,
    /// Equity that came with positions taken over; negative where they came with a debt.
    pub takeovers: Usd,
    /// Deficits paid of accounts that had nothing left to close.
    pub deficits: Usd,
    /// What others paid of deficits that the pool could not bear.
    pub recovered: Usd,
}

/// An insurance pool, seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolView {
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: AccountId,
    /// Its equity, positions it has taken over at their marks.
    pub balance: Usd,
    /// What it had at the start.
    pub capital: Usd,
    /// What has gone in and out.
    pub flows: PoolFlows,
    /// Whether its drawdown makes winners close instead of it.
    pub in_drawdown: bool,
}

/// One pool beside its account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pool {
    pub(crate) flows: PoolFlows,
    highest: WindowedMax<Usd>,
    in_drawdown: bool,
}

/// The pools of a venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pools {
    /// By number.
    list: Vec<Pool>,
    /// The pool of each instrument.
    of: Vec<u8>,
}

impl Pools {
    pub(crate) fn new(config: &VenueConfig) -> Self {
        let further = &config.insurance.pools;
        let of = |id: usize| {
            let id = InstrumentId(id as u16);
            let named = further
                .iter()
                .position(|pool| pool.instruments.contains(&id));
            named.map_or(0, |at| at as u8 + 1)
        };
        Self {
            list: vec![Pool::default(); further.len() + 1],
            of: (0..config.instruments.len()).map(of).collect(),
        }
    }

    /// The account of the pool with a number.
    pub(crate) const fn account(number: usize) -> AccountId {
        match number {
            0 => Exchange::INSURANCE,
            n => AccountId(Exchange::FIRST_POOL.0 + n as u32 - 1),
        }
    }

    /// The pool of an account, if it is one.
    fn by_account(&mut self, account: AccountId) -> Option<&mut Pool> {
        let number = match account {
            Exchange::INSURANCE => 0,
            AccountId(id) => id.checked_sub(Exchange::FIRST_POOL.0)? as usize + 1,
        };
        self.list.get_mut(number)
    }
}

impl State {
    /// Puts the capital of the further pools into their accounts.
    pub(crate) fn endow_pools(&mut self) {
        for at in 0..self.config.insurance.pools.len() {
            let capital = self.config.insurance.pools[at].capital;
            self.add_external(Pools::account(at + 1), capital);
        }
    }

    /// The account of the insurance pool of an instrument.
    pub(crate) fn pool_of(&self, instrument: InstrumentId) -> AccountId {
        Pools::account(usize::from(self.pools.of[instrument.index()]))
    }

    /// The instrument to which the deficit of a liquidation belongs: its isolated position's, or
    /// where it last closed something, or the first in which the account has traded.
    pub(crate) fn instrument_behind(&self, number: u32) -> Option<InstrumentId> {
        let case = &self.liquidations[number as usize];
        let traded = || {
            let of = self.accounts[case.account.index()].positions.iter();
            of.map(|position| position.instrument)
                .find(|id| self.instruments[id.index()].is_margined())
        };
        let isolated = case.isolated.map(|key| key.instrument);
        isolated.or(case.last_closed).or_else(traded)
    }

    /// The pool of that instrument, or the main one.
    pub(crate) fn pool_behind(&self, number: u32) -> AccountId {
        let behind = self.instrument_behind(number);
        behind.map_or(Exchange::INSURANCE, |instrument| self.pool_of(instrument))
    }

    /// Notes something that goes into a pool or out of it. Other accounts are ignored.
    pub(crate) fn note_flow(&mut self, pool: AccountId, note: impl FnOnce(&mut PoolFlows)) {
        if let Some(pool) = self.pools.by_account(pool) {
            note(&mut pool.flows);
        }
    }

    /// Where drawdowns of the fund make winners close: samples the balances of all pools.
    pub(crate) fn watch_pools(&mut self, now: SimTime) {
        let AdlTrigger::FundDrawdown {
            start,
            stop,
            window,
        } = self.config.adl_terms.trigger
        else {
            return;
        };
        for number in 0..self.pools.list.len() {
            let account = &self.accounts[Pools::account(number).index()];
            let balance = amount(self.equity_of(account));
            let pool = &mut self.pools.list[number];
            pool.highest.push(now, balance);
            let highest = pool.highest.highest(now, window).unwrap_or(balance);
            let threshold = if pool.in_drawdown { stop } else { start };
            pool.in_drawdown = balance <= Usd::ZERO || has_fallen(balance, highest, threshold);
        }
    }

    /// Whether the pool of one of the positions of a margin unit is in drawdown.
    pub(crate) fn in_drawdown(&self, account: AccountId, isolated: Option<PositionKey>) -> bool {
        let positions = &self.accounts[account.index()].positions;
        let open = self.open_positions(account, isolated);
        open.into_iter().any(|at| {
            let number = self.pools.of[positions[at].instrument.index()];
            self.pools.list[usize::from(number)].in_drawdown
        })
    }
}

/// Whether a balance is at least this part below its highest.
fn has_fallen(balance: Usd, highest: Usd, part: Rate) -> bool {
    let lost = i128::from(highest.0) - i128::from(balance.0);
    lost * i128::from(Rate::ONE.0) >= i128::from(highest.0) * i128::from(part.0)
}

impl Exchange {
    /// The pools of the insurance fund, the main one first.
    pub fn insurance_pools(&self) -> impl Iterator<Item = PoolView> {
        let config = &self.state.config;
        let pools = self.state.pools.list.iter().enumerate();
        pools.map(move |(number, pool)| {
            let further = number.checked_sub(1).map(|at| &config.insurance.pools[at]);
            let account = Pools::account(number);
            PoolView {
                name: further.map_or_else(|| "main".to_owned(), |pool| pool.name.clone()),
                account,
                balance: self.equity(account),
                capital: further.map_or(config.insurance_fund, |pool| pool.capital),
                flows: pool.flows,
                in_drawdown: pool.in_drawdown,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdowns_by_hand() {
        let fallen =
            |balance, percent: i64| has_fallen(Usd(balance), Usd(1000), Rate::bps(100 * percent));
        assert!(!fallen(701, 30) && fallen(700, 30));
        assert!(fallen(750, 25) && !fallen(751, 25));
    }
}
