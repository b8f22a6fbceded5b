//! Deficits that the insurance fund cannot bear: all winners pay a part.

use std::collections::BTreeMap;

use firesale_types::{AccountId, InstrumentId, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::account::{MarginMode, Position};
use crate::instrument::Threshold;
use crate::leg::PositionKey;
use crate::limits::amount;
use crate::proportion::capped;
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
    /// Out of the margin of which isolated position, or `None` for cash.
    isolated: Option<PositionKey>,
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
        let parts = capped(&profits, &most, uncovered.0);
        for (payer, part) in payers.iter().zip(parts).filter(|(_, part)| *part > 0) {
            self.charge(number, (payer, instrument), Usd(part), pool, out);
        }
    }

    /// All who have an open profit in an instrument, by account: of isolated legs each by itself, of
    /// legs that share their equity both together. The accounts of the insurance fund bear the rest
    /// anyway.
    fn open_winners(&self, instrument: InstrumentId) -> Vec<Payer> {
        let mut holders = self.instruments[instrument.index()].holders.clone();
        holders.sort_unstable();
        let mut payers = Vec::new();
        for account in holders.into_iter().filter(|&id| Self::shares_losses(id)) {
            let state = &self.accounts[account.index()];
            let legs = state.entries_in(instrument);
            let in_unit = if state.mode.is_isolated() { 1 } else { 2 };
            for unit in legs.chunks(in_unit) {
                payers.extend(self.open_winner(account, instrument, unit));
            }
        }
        payers
    }

    /// The legs of one margin unit as a payer, if they are in profit together.
    fn open_winner(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        legs: &[Position],
    ) -> Option<Payer> {
        let state = &self.accounts[account.index()];
        let mark = self.instruments[instrument.index()].mark;
        let profit = |p: &Position| self.value(instrument, mark, p.qty) - p.cost.0;
        let profit: i64 = legs.iter().map(profit).sum();
        let isolated = state.mode.is_isolated().then_some(legs.first()?.key());
        let standing = self.standing(state, isolated, Threshold::Maintenance);
        let most = profit.min(amount(standing.equity).0);
        let is_open = legs.iter().any(|p| !p.qty.is_zero());
        (is_open && most > 0).then_some(Payer {
            account,
            isolated,
            profit,
            most,
        })
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
                isolated: None,
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
        (payer, instrument): (&Payer, InstrumentId),
        part: Usd,
        pool: AccountId,
        out: &mut Effects,
    ) {
        let account = payer.account;
        let state = &mut self.accounts[account.index()];
        match payer.isolated.map(|key| state.find(key)) {
            // The profit of an isolated position is part of its own margin.
            Some(Ok(at)) => state.positions[at].set_aside -= part,
            _ => state.cash -= part,
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
