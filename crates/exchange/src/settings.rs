//! What an account may choose while the venue runs: leverage, position mode, margin mode.

use firesale_types::{AccountId, InstrumentId, Rate, Usd};

use crate::account::{Account, MarginMode, Position};
use crate::leg::{PositionKey, PositionMode};
use crate::limits::value;
use crate::orders::in_liquidation;
use crate::state::State;
use crate::tiers::initial_rate;
use crate::{Effects, IsolatedLeverage, Report};

impl State {
    /// Chooses the leverage of an account in an instrument, for both legs at once.
    ///
    /// It is refused above what the tier of the position with its open orders allows (Binance error
    /// -2027, "Exceeded the maximum allowable position at current leverage", P), and below the old
    /// one without free margin for what it adds (-2028, "Leverage is smaller than permitted:
    /// insufficient margin balance", P). A higher leverage needs nothing. The margin of an isolated
    /// position follows by the venue's rule ([`IsolatedLeverage`]). A portfolio account may choose,
    /// but its margin does not depend on it.
    pub(crate) fn set_leverage(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        leverage: Rate,
        out: &mut Effects,
    ) {
        let report = match self.with_leverage(account, instrument, leverage) {
            Some(changed) => {
                self.accounts[account.index()] = changed;
                self.digest
                    .mix_all([i64::from(account.0), i64::from(instrument.0), leverage.0]);
                self.touch(account, true);
                Report::LeverageSet {
                    instrument,
                    leverage,
                }
            }
            None => Report::LeverageRefused {
                instrument,
                leverage,
            },
        };
        out.reports.push((account, report));
    }

    /// The account with a new leverage, if it may have it.
    fn with_leverage(
        &self,
        id: AccountId,
        instrument: InstrumentId,
        leverage: Rate,
    ) -> Option<Account> {
        let rules = self.instruments.get(instrument.index())?;
        let account = self.accounts.get(id.index())?;
        let legs = account.entries_in(instrument);
        let liquidated = |p: &Position| in_liquidation(account, p.key());
        let closed = Self::is_system(id)
            || !rules.is_margined()
            || account.health.in_liquidation()
            || legs.iter().any(liquidated);
        if leverage < Rate::ONE || closed {
            return None;
        }
        let worst = legs.iter().map(|p| p.worst().0).max().unwrap_or(0);
        let notional = Usd(value(worst, rules.mark.0, rules.unit));
        let chosen = initial_rate(leverage).min(Rate::ONE.0);
        let least = rules.tiers.initial_rate(notional, account.weight);
        if chosen < least {
            return None;
        }
        let before = legs.first().map_or(0, |p| i64::from(p.chosen_initial));
        let lowers = chosen > before.max(least);
        let mut changed = account.clone();
        changed.choose_initial(instrument, rules, chosen as u32);
        if changed.mode.is_isolated() {
            for at in changed.places_in(instrument) {
                self.follow_leverage(&mut changed, at, lowers)?;
            }
        }
        let needs = lowers && changed.mode != MarginMode::Portfolio;
        (!needs || self.free_margin_of(&changed, None) >= 0).then_some(changed)
    }

    /// Moves margin between the cash and an isolated position as a new leverage asks. `None` if the
    /// venue does not allow it.
    fn follow_leverage(&self, account: &mut Account, at: usize, lowers: bool) -> Option<()> {
        if account.positions[at].qty.is_zero() {
            return Some(());
        }
        if self.config.margin_rules.isolated_leverage == IsolatedLeverage::OnlyRises {
            return (!lowers).then_some(());
        }
        let moved = if lowers {
            self.spare_margin(account, at).min(0)
        } else {
            self.removable_margin(account, at).max(0)
        };
        let moved = crate::limits::amount(moved);
        account.cash += moved;
        account.positions[at].set_aside -= moved;
        Some(())
    }

    /// Changes between one-way and hedge mode: only without positions and open orders, for all
    /// instruments at once (Binance errors -4068 and -4067, "Position side cannot be changed if
    /// there exists position" and "... open orders", P).
    pub(crate) fn set_position_mode(
        &mut self,
        account: AccountId,
        mode: PositionMode,
        out: &mut Effects,
    ) {
        let report = if self.is_idle(account) {
            self.change_legs(account, mode);
            self.digest.mix_all([i64::from(account.0), mode as i64]);
            Report::PositionModeSet { mode }
        } else {
            Report::PositionModeRefused { mode }
        };
        out.reports.push((account, report));
    }

    /// Gives an idle account the entries of another position mode. Leverages stay, registered triggers
    /// become stale.
    fn change_legs(&mut self, account: AccountId, mode: PositionMode) {
        let state = &mut self.accounts[account.index()];
        if state.position_mode == mode {
            return;
        }
        state.position_mode = mode;
        let old = std::mem::take(&mut state.positions);
        for entry in old {
            let rules = &self.instruments[entry.instrument.index()];
            if !rules.is_margined() {
                state.positions.push(entry);
                continue;
            }
            for &leg in mode.legs() {
                let key = PositionKey::new(entry.instrument, leg);
                let new = state.entry(key, rules.funding.index);
                new.chosen_initial = entry.chosen_initial;
                new.listed |= entry.listed;
            }
        }
    }

    /// Changes between cross, isolated and portfolio margin: only without positions and open orders
    /// (Binance errors -4048 and -4047, "Margin type cannot be changed if there exists position" and
    /// "... open orders", P; there for each symbol, here for the whole account, as at Bybit, M), and
    /// without debts that only collateral outweighs.
    pub(crate) fn set_margin_mode(
        &mut self,
        account: AccountId,
        mode: MarginMode,
        out: &mut Effects,
    ) {
        let offered = mode != MarginMode::Portfolio || self.grid.is_some();
        let owes = |state: &Account| state.cash < Usd::ZERO;
        let report = if offered
            && self.is_idle(account)
            && !self.accounts.get(account.index()).is_none_or(owes)
        {
            self.accounts[account.index()].mode = mode;
            self.digest.mix_all([i64::from(account.0), mode as i64]);
            self.touch(account, true);
            Report::MarginModeSet { mode }
        } else {
            Report::MarginModeRefused { mode }
        };
        out.reports.push((account, report));
    }

    /// Whether a user's account has no position, no order and no liquidation.
    fn is_idle(&self, account: AccountId) -> bool {
        let state = self.accounts.get(account.index());
        let idle = |p: &Position| {
            let unused = p.qty.is_zero() && p.set_aside.is_zero();
            unused && !p.health.in_liquidation()
        };
        !Self::is_system(account)
            && state.is_some_and(|state| {
                !state.health.in_liquidation()
                    && state.slots.iter().all(|slot| !slot.used)
                    && state.positions.iter().all(idle)
            })
    }
}
