//! What members of any kind do beside what their kind decides: roll dated futures, run from a
//! platform. A population has a habit if the scenario gives it the key.
//!
//! A habit acts after the kind's own decision, on the same view, through the same [`Turn`]; it wakes
//! its member for itself.

mod roll;
mod run;

use firesale_exchange::Report;
use firesale_types::{AgentRng, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::{AgentKind, Market, Markets, Turn};
pub(crate) use roll::{ROLL_SLOTS, RollTerms};
use roll::{Rolling, roll};
pub(crate) use run::RunTerms;
use run::{Running, run};

/// The habits of a population.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Customs {
    pub(crate) roll: Option<RollTerms>,
    pub(crate) run: Option<RunTerms>,
}

/// Where a member stands in its habits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Habits {
    roll: Option<Box<Rolling>>,
    run: Option<Box<Running>>,
}

impl Habits {
    /// The habits of a new member with these markets; `first_slot` is the first of its order slots
    /// on a market's venue that is not its kind's.
    pub(crate) fn new<'a>(
        customs: &Customs,
        markets: impl Iterator<Item = (&'a Market, u16)>,
        rng: &mut AgentRng,
    ) -> Self {
        let roll = customs.roll.map(|terms| Rolling::new(&terms, markets, rng));
        let run = customs.run.map(|terms| Running::new(&terms, rng));
        Self {
            roll: roll.map(Box::new),
            run: run.map(Box::new),
        }
    }

    /// When a habit first needs its member awake.
    pub(crate) fn first(&self, customs: &Customs, markets: &Markets) -> Option<SimTime> {
        let roll = self.roll.as_ref().zip(customs.roll.as_ref());
        let roll = roll.and_then(|(state, terms)| state.first(terms, markets));
        let run = self.run.as_ref().map(|state| state.next);
        roll.into_iter().chain(run).min()
    }

    /// What wakes the member, for its habits' sake.
    pub(crate) fn heed(&self) -> Heed {
        Heed {
            fills_from_slot: self
                .roll
                .as_ref()
                .map_or(u16::MAX, |roll| roll.first_slot()),
            transfers: self.run.is_some(),
        }
    }
}

/// Reports that wake an agent beside those that its kind wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heed {
    fills_from_slot: u16,
    transfers: bool,
}

impl Heed {
    pub(crate) fn has(self, report: &Report) -> bool {
        match report {
            Report::Fill { id, .. } => id.slot() >= self.fills_from_slot,
            Report::WithdrawalRefused { .. } => self.transfers,
            _ => false,
        }
    }
}

/// Lets a member follow its habits.
pub(crate) fn act<K: AgentKind>(turn: &mut Turn<'_, K>) {
    let customs = &turn.population.customs;
    if customs.roll.is_none() && customs.run.is_none() {
        return;
    }
    let customs = *customs;
    let habits = std::mem::take(&mut turn.member.habits);
    let Habits {
        roll: mut rolling,
        run: mut running,
    } = habits;
    if let (Some(state), Some(terms)) = (rolling.as_mut(), customs.roll) {
        roll(state, &terms, turn);
    }
    if let (Some(state), Some(terms)) = (running.as_mut(), customs.run) {
        run(state, &terms, turn);
    }
    turn.member.habits = Habits {
        roll: rolling,
        run: running,
    };
}

/// Asks for a wake at a moment; one that has passed is asked for at once.
fn wake_at<K: AgentKind>(turn: &mut Turn<'_, K>, at: SimTime) {
    let span = at.since(turn.now()).max(SimDuration(1));
    turn.wake_in(span);
}
