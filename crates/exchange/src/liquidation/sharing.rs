//! Deficits that the insurance fund cannot bear: all winners pay a part.

use std::collections::BTreeMap;

use firesale_types::{AccountId, InstrumentId, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

use super::adl::fill;
use crate::account::MarginMode;
use crate::instrument::Threshold;
use crate::limits::amount;
use crate::state::State;
use crate::{Effects, Exchange, LossSharing, Report, VenueRecord};

/// Profits realised since the last settlement, by instrument and account; losses subtracted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Realised {
    by_instrument: Vec<BTreeMap<AccountId, Usd>>,
    /// The next settlement.
    next: SimTime,
    window: SimDuration,
}

impl Realised {
    /// Keeps nothing unless profits can be clawed back.
    pub(crate) fn new(sharing: LossSharing, instruments: usize) -> Option<Self> {
        let LossSharing::Clawback { window } = sharing else {
            return None;
        };
        Some(Self {
            by_instrument: vec![BTreeMap::new(); instruments],
            next: SimTime::ZERO + window,
            window,
        })
    }

    /// Profits become final at each settlement that has passed.
    pub(crate) fn settle(&mut self, now: SimTime) {
        if now < self.next {
            return;
        }
        let windows = now.since(self.next).0 / self.window.0 + 1;
        self.next += SimDuration(windows * self.window.0);
        for of in &mut self.by_instrument {
            of.clear();
        }
    }

    /// An account has realised a profit, or a loss.
    pub(crate) fn add(&mut self, account: AccountId, instrument: InstrumentId, profit: Usd) {
        *self.by_instrument[instrument.index()]
            .entry(account)
            .or_default() += profit;
    }
}

/// One that pays: what its part is measured by, and the most it pays.
#[derive(Clone, Copy, Debug)]
struct Payer {
    account: AccountId,
    profit: i64,
    most: i64,
}

impl State {
    /// Before each event: profits become final at settlements.
    #[inline]
    pub(crate) fn settle_realised(&mut self, now: SimTime) {
        if let Some(realised) = &mut self.realised {
            realised.settle(now);
        }
    }

    /// A pool has borne a deficit that arose in an instrument: as far as that has left it below
    /// zero the venue's rule lets others pay it back.
    ///
    /// In proportion to profits, to the micro-dollar by the largest remainder, nobody more than its
    /// profit nor than it has; what they cannot pay stays with the pool.
    pub(super) fn share_loss(
        &mut self,
        number: u32,
        (pool, instrument): (AccountId, InstrumentId),
        deficit: Usd,
        out: &mut Effects,
    ) {
        if self.config.insurance.sharing == LossSharing::None {
            return;
        }
        let balance = amount(self.equity_of(&self.accounts[pool.index()]));
        let uncovered = Usd((-balance.0).clamp(0, deficit.0.max(0)));
        if uncovered.is_zero() {
            return;
        }
        let payers = match self.config.insurance.sharing {
            LossSharing::None => Vec::new(),
            LossSharing::Socialised => self.open_winners(instrument),
            LossSharing::Clawback { .. } => self.realised_winners(instrument),
        };
        let profits: Vec<i64> = payers.iter().map(|payer| payer.profit).collect();
        let most: Vec<i64> = payers.iter().map(|payer| payer.most).collect();
        let parts = fill(&profits, &most, uncovered.0);
        for (payer, part) in payers.iter().zip(parts).filter(|(_, part)| *part > 0) {
            self.charge(number, (payer.account, instrument), Usd(part), pool, out);
        }
    }

    /// All who have an open profit in an instrument, by account. The accounts of the insurance fund
    /// bear the rest anyway.
    fn open_winners(&self, instrument: InstrumentId) -> Vec<Payer> {
        let holders = self.instruments[instrument.index()].holders.iter();
        let payer = |&account: &AccountId| {
            let state = &self.accounts[account.index()];
            let position = state.position(instrument)?;
            let mark = self.instruments[instrument.index()].mark;
            let profit = self.value(instrument, mark, position.qty) - position.cost.0;
            let isolated = (state.mode == MarginMode::Isolated).then_some(instrument);
            let equity = self
                .standing(state, isolated, Threshold::Maintenance)
                .equity;
            let most = profit.min(amount(equity).0);
            let pays = Self::shares_losses(account) && !position.qty.is_zero() && most > 0;
            pays.then_some(Payer {
                account,
                profit,
                most,
            })
        };
        let mut payers: Vec<Payer> = holders.filter_map(payer).collect();
        payers.sort_unstable_by_key(|payer| payer.account);
        payers
    }

    /// All who have realised a profit in an instrument since the last settlement, by account.
    fn realised_winners(&self, instrument: InstrumentId) -> Vec<Payer> {
        let Some(realised) = &self.realised else {
            return Vec::new();
        };
        let gains = realised.by_instrument[instrument.index()].iter();
        let payer = |(&account, &profit): (&AccountId, &Usd)| {
            let state = &self.accounts[account.index()];
            let has = match state.mode {
                MarginMode::Cross | MarginMode::Portfolio => amount(self.equity_of(state)),
                MarginMode::Isolated => state.cash,
            };
            let (profit, most) = (profit.0, profit.min(has).0);
            (Self::shares_losses(account) && most > 0).then_some(Payer {
                account,
                profit,
                most,
            })
        };
        gains.filter_map(payer).collect()
    }

    fn shares_losses(account: AccountId) -> bool {
        !Self::is_system(account) || account == Exchange::BACKSTOP
    }

    /// Takes a part of a loss from an account and gives it to a pool.
    fn charge(
        &mut self,
        number: u32,
        (account, instrument): (AccountId, InstrumentId),
        part: Usd,
        pool: AccountId,
        out: &mut Effects,
    ) {
        let open = self.config.insurance.sharing == LossSharing::Socialised;
        let payer = &mut self.accounts[account.index()];
        match payer.find(instrument) {
            // The profit of an isolated position is part of its own margin.
            Ok(at) if open && payer.mode == MarginMode::Isolated => {
                payer.positions[at].set_aside -= part;
            }
            _ => payer.cash -= part,
        }
        if let Some(realised) = &mut self.realised {
            realised.add(account, instrument, -part);
        }
        self.accounts[pool.index()].cash += part;
        self.note_flow(pool, |flows| flows.recovered += part);
        self.touch(account, true);
        self.bear_charge(account, number, part);
        self.digest
            .mix_all([i64::from(account.0), i64::from(instrument.0), part.0]);
        let amount = part;
        out.reports
            .push((account, Report::LossShared { instrument, amount }));
        out.records.push(VenueRecord::LossShared {
            id: number,
            account,
            instrument,
            amount,
        });
    }
}
