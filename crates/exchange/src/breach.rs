//! What is done with accounts that must be looked at: margin calls, breaches.

use firesale_types::{AccountId, Rate, SimTime};

use crate::account::{Health, MarginMode};
use crate::instrument::Threshold;
use crate::leg::PositionKey;
use crate::limits::amount;
use crate::liquidation::Liquidation;
use crate::state::State;
use crate::{Effects, ExchangeEvent, Later, Report, VenueRecord};

impl State {
    /// Looks at every touched account, in the order of their ids, at the end of an event.
    pub(crate) fn review(&mut self, now: SimTime, out: &mut Effects) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        for &id in &touched {
            let account = &mut self.accounts[id.index()];
            account.touched = false;
            let moved = std::mem::take(&mut account.moved);
            if Self::is_system(id) {
                continue;
            }
            match account.mode {
                MarginMode::Cross | MarginMode::Portfolio => {
                    self.review_unit(id, None, moved, now, out);
                }
                MarginMode::Isolated => {
                    for at in 0..self.accounts[id.index()].positions.len() {
                        self.review_unit(id, Some(at), moved, now, out);
                    }
                }
            }
        }
        touched.clear();
        self.touched = touched;
        if self.crowded {
            self.drop_stale_triggers();
        }
    }

    /// Looks at one margin unit: the whole account, or the position at a place.
    ///
    /// Until a margin call has been sent the unit is watched against the threshold of calls, from
    /// then on against maintenance margin. A call is forgotten when the owner's own trades or
    /// transfers have restored the margin, not when prices have.
    fn review_unit(
        &mut self,
        id: AccountId,
        isolated: Option<usize>,
        moved: bool,
        now: SimTime,
        out: &mut Effects,
    ) {
        let health = *self.health_mut(id, isolated);
        if health.in_liquidation() || self.has_nothing(id, isolated) {
            return;
        }
        let calls = self.config.margin_call_ratio > Rate::ONE;
        if calls && (!health.called || moved) {
            let cushion = self.cushion(id, isolated, Threshold::MarginCall);
            if cushion >= 0 {
                self.health_mut(id, isolated).called = false;
                self.watch(id, isolated, Threshold::MarginCall, cushion);
                return;
            }
        }
        let cushion = self.cushion(id, isolated, Threshold::Maintenance);
        let enabled = self.config.liquidation.enabled;
        if enabled && cushion < 0 {
            self.breach(id, isolated, now, out);
            return;
        }
        if calls && !health.called {
            self.call(id, isolated, out);
        }
        if enabled {
            self.watch(id, isolated, Threshold::Maintenance, cushion);
        }
    }

    fn health_mut(&mut self, id: AccountId, isolated: Option<usize>) -> &mut Health {
        let account = &mut self.accounts[id.index()];
        match isolated {
            None => &mut account.health,
            Some(at) => &mut account.positions[at].health,
        }
    }

    /// The state of a margin unit named by its position.
    pub(crate) fn health_of(
        &mut self,
        id: AccountId,
        isolated: Option<PositionKey>,
    ) -> Option<&mut Health> {
        let account = &mut self.accounts[id.index()];
        match isolated {
            None => Some(&mut account.health),
            Some(key) => {
                let at = account.find(key).ok()?;
                Some(&mut account.positions[at].health)
            }
        }
    }

    /// Whether the unit owes and risks nothing, so that it can neither breach nor be called.
    fn has_nothing(&self, id: AccountId, isolated: Option<usize>) -> bool {
        let account = &self.accounts[id.index()];
        match isolated {
            None => account.cash.0 >= 0 && account.positions.iter().all(|p| p.qty.is_zero()),
            Some(at) => {
                let position = &account.positions[at];
                position.qty.is_zero() && position.set_aside.0 >= 0
            }
        }
    }

    fn cushion(&self, id: AccountId, isolated: Option<usize>, threshold: Threshold) -> i128 {
        let account = &self.accounts[id.index()];
        let standing = match isolated {
            None => self.cross_standing(account, threshold),
            Some(at) => self.isolated_standing(&account.positions[at], account.weight, threshold),
        };
        standing.cushion()
    }

    /// Sends a margin call.
    fn call(&mut self, id: AccountId, isolated: Option<usize>, out: &mut Effects) {
        self.health_mut(id, isolated).called = true;
        let account = &self.accounts[id.index()];
        let key = isolated.map(|at| account.positions[at].key());
        let standing = self.standing(account, key, Threshold::Maintenance);
        let (equity, maintenance) = (amount(standing.equity), amount(standing.margin));
        out.reports.push((
            id,
            Report::MarginCall {
                equity,
                maintenance,
            },
        ));
        out.records.push(VenueRecord::MarginCall {
            account: id,
            equity,
            maintenance,
        });
        self.digest
            .mix_all([i64::from(id.0), equity.0, maintenance.0]);
    }

    /// Puts a unit into liquidation and schedules the first step.
    fn breach(&mut self, id: AccountId, isolated: Option<usize>, now: SimTime, out: &mut Effects) {
        let account = &self.accounts[id.index()];
        let isolated_in = isolated.map(|at| account.positions[at].key());
        let number = self.liquidations.len() as u32;
        let case = self.descend(id, isolated, now, out);
        let at = self.turn_of_engine(now + self.config.liquidation.latency);
        self.liquidations.push(Liquidation { next: at, ..case });
        self.health_mut(id, isolated).liquidation = number;
        out.later.push(Later {
            at,
            event: ExchangeEvent::Liquidate {
                account: id,
                isolated: isolated_in,
                liquidation: number,
            },
        });
        self.digest.mix_all([i64::from(id.0), i64::from(number)]);
    }

    /// The full sweep: all units in breach that are not in liquidation, found by looking at every
    /// account. The oracle of the index.
    pub(crate) fn sweep(&self, threshold: Threshold) -> Vec<(AccountId, Option<PositionKey>)> {
        let mut found = Vec::new();
        for (at, account) in self.accounts.iter().enumerate() {
            let id = AccountId(at as u32);
            if Self::is_system(id) {
                continue;
            }
            let mut look = |isolated: Option<PositionKey>, health: Health| {
                let due = match threshold {
                    Threshold::Maintenance => !health.in_liquidation(),
                    Threshold::MarginCall => !health.in_liquidation() && !health.called,
                };
                if due && self.standing(account, isolated, threshold).cushion() < 0 {
                    found.push((id, isolated));
                }
            };
            match account.mode {
                MarginMode::Cross | MarginMode::Portfolio => look(None, account.health),
                MarginMode::Isolated => {
                    for position in &account.positions {
                        look(Some(position.key()), position.health);
                    }
                }
            }
        }
        found
    }
}
