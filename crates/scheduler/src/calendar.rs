//! When each sleeper wakes next: a timing wheel, constant time per wake.

use std::collections::BTreeMap;

use firesale_types::{AgentRng, SimDuration, SimTime, exponential};
use serde::{Deserialize, Serialize};

/// One wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wake {
    /// Who.
    pub sleeper: u32,
    /// When, exactly; the tick that contains it carries it out.
    pub at: SimTime,
}

/// The rhythm in which a population looks at the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WakePattern {
    /// Independent moments with this mean distance.
    Poisson(SimDuration),
    /// Every so often; each member has its own phase.
    Periodic(SimDuration),
    /// Only when something reports to it or it asked to be woken.
    Never,
}

impl WakePattern {
    /// The first wake after the start: a stationary draw, so that a population does not wake at once.
    #[must_use]
    pub fn first(self, rng: &mut AgentRng) -> Option<SimTime> {
        match self {
            Self::Poisson(mean) => Some(SimTime::ZERO + poisson_gap(mean, rng)),
            Self::Periodic(period) => Some(SimTime((rng.uniform() * period.0 as f64) as i64)),
            Self::Never => None,
        }
    }

    /// The wake after the one at `at`.
    #[must_use]
    pub fn next(self, at: SimTime, rng: &mut AgentRng) -> Option<SimTime> {
        match self {
            Self::Poisson(mean) => Some(at + poisson_gap(mean, rng)),
            Self::Periodic(period) => Some(at + period),
            Self::Never => None,
        }
    }
}

fn poisson_gap(mean: SimDuration, rng: &mut AgentRng) -> SimDuration {
    SimDuration::from_secs_f64(exponential(rng, mean.seconds())).max(SimDuration(1))
}

/// Ticks on the wheel; later wakes wait in a map by turn of the wheel.
const WHEEL: i64 = 8192;
const NEVER: SimTime = SimTime::MAX;

/// The wake-up times of any number of sleepers, at most one each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WakeCalendar {
    tick: SimDuration,
    /// The pending wake of each sleeper; an entry that does not match it is void.
    pending: Vec<SimTime>,
    wheel: Vec<Vec<Wake>>,
    occupied: Vec<u64>,
    /// The first tick of the turn that is on the wheel.
    turn: i64,
    /// The first tick not yet handed out.
    cursor: i64,
    later: BTreeMap<i64, Vec<Wake>>,
}

impl WakeCalendar {
    /// An empty calendar on a grid of ticks.
    #[must_use]
    pub fn new(tick: SimDuration) -> Self {
        Self {
            tick,
            pending: Vec::new(),
            wheel: vec![Vec::new(); WHEEL as usize],
            occupied: vec![0; (WHEEL / 64) as usize],
            turn: 0,
            cursor: 0,
            later: BTreeMap::new(),
        }
    }

    /// Sets the next wake of `sleeper`, replacing a pending one; a moment that has passed means the
    /// next tick to be handed out.
    pub fn schedule(&mut self, sleeper: u32, at: SimTime) {
        let index = sleeper as usize;
        if index >= self.pending.len() {
            self.pending.resize(index + 1, NEVER);
        }
        let at = at.max(SimTime(self.cursor * self.tick.0));
        if self.pending[index] == at {
            return;
        }
        self.pending[index] = at;
        self.insert(Wake { sleeper, at });
    }

    /// Brings the next wake of `sleeper` forward to `at`, if it is later.
    pub fn schedule_no_later(&mut self, sleeper: u32, at: SimTime) {
        if self
            .pending
            .get(sleeper as usize)
            .is_none_or(|&pending| pending > at)
        {
            self.schedule(sleeper, at);
        }
    }

    /// The pending wake of `sleeper`.
    #[must_use]
    pub fn pending(&self, sleeper: u32) -> Option<SimTime> {
        self.pending
            .get(sleeper as usize)
            .copied()
            .filter(|&at| at != NEVER)
    }

    fn insert(&mut self, wake: Wake) {
        let tick = wake.at.0 / self.tick.0;
        if tick < self.turn + WHEEL {
            let slot = (tick % WHEEL) as usize;
            self.wheel[slot].push(wake);
            self.occupied[slot / 64] |= 1 << (slot % 64);
        } else {
            self.later.entry(tick / WHEEL).or_default().push(wake);
        }
    }

    /// Puts the next turn that has wakes on the wheel.
    fn turn_over(&mut self) {
        let Some((turn, wakes)) = self.later.pop_first() else {
            return;
        };
        self.turn = turn * WHEEL;
        self.cursor = self.cursor.max(self.turn);
        for wake in wakes {
            self.insert(wake);
        }
    }

    /// The first occupied tick at or after the cursor on the current turn.
    fn next_on_wheel(&self) -> Option<i64> {
        let from = (self.cursor - self.turn).max(0);
        if from >= WHEEL {
            return None;
        }
        let (mut word, bit) = ((from / 64) as usize, from % 64);
        let mut bits = self.occupied[word] & (u64::MAX << bit);
        loop {
            if bits != 0 {
                return Some(self.turn + word as i64 * 64 + i64::from(bits.trailing_zeros()));
            }
            word += 1;
            bits = *self.occupied.get(word)?;
        }
    }

    /// The start of the first tick that may have a wake (void entries are not looked through).
    #[must_use]
    pub fn next(&self) -> Option<SimTime> {
        let tick = match self.next_on_wheel() {
            Some(tick) => tick,
            None => self.later.first_key_value()?.0 * WHEEL,
        };
        Some(SimTime(tick * self.tick.0))
    }

    /// Hands out every wake before `end` (a tick boundary), ordered by sleeper; a sleeper appears
    /// once and has no pending wake afterwards.
    pub fn due(&mut self, end: SimTime, out: &mut Vec<Wake>) {
        let start = out.len();
        let end_tick = end.0 / self.tick.0;
        loop {
            match self.next_on_wheel() {
                Some(tick) if tick < end_tick => {
                    let slot = (tick % WHEEL) as usize;
                    self.occupied[slot / 64] &= !(1 << (slot % 64));
                    let mut wakes = std::mem::take(&mut self.wheel[slot]);
                    for wake in wakes.drain(..) {
                        let pending = &mut self.pending[wake.sleeper as usize];
                        if *pending == wake.at {
                            *pending = NEVER;
                            out.push(wake);
                        }
                    }
                    self.wheel[slot] = wakes;
                    self.cursor = tick + 1;
                }
                Some(_) => break,
                None => match self.later.first_key_value() {
                    Some((&turn, _)) if turn * WHEEL < end_tick => self.turn_over(),
                    _ => break,
                },
            }
        }
        self.cursor = self.cursor.max(end_tick);
        if self.cursor >= self.turn + WHEEL && self.next_on_wheel().is_none() {
            // Everything of the old turn is handed out; later schedules go to the current turn.
            self.turn = self.cursor / WHEEL * WHEEL;
            if let Some(wakes) = self.later.remove(&(self.turn / WHEEL)) {
                for wake in wakes {
                    self.insert(wake);
                }
            }
        }
        out[start..].sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_table(
            commands in prop::collection::vec((0..40_u32, 0..400_000_i64, 0..3_u8), 1..300),
        ) {
            let tick = SimDuration(10);
            let mut calendar = WakeCalendar::new(tick);
            let mut naive: BTreeMap<u32, i64> = BTreeMap::new();
            let mut now = 0_i64;
            for (sleeper, ahead, what) in commands {
                match what {
                    0 => {
                        let at = now + ahead;
                        calendar.schedule(sleeper, SimTime(at));
                        naive.insert(sleeper, at);
                    }
                    1 => {
                        let at = now + ahead;
                        calendar.schedule_no_later(sleeper, SimTime(at));
                        let entry = naive.entry(sleeper).or_insert(i64::MAX);
                        *entry = (*entry).min(at);
                    }
                    _ => {
                        if let Some(next) = calendar.next() {
                            let first = naive.values().min().copied();
                            prop_assert!(first.is_none_or(|f| next.0 <= f));
                        }
                        now += ahead / 10 * 10;
                        let mut due = Vec::new();
                        calendar.due(SimTime(now), &mut due);
                        let expected: Vec<Wake> = naive
                            .iter()
                            .filter(|(_, at)| **at < now)
                            .map(|(s, at)| Wake { sleeper: *s, at: SimTime(*at) })
                            .collect();
                        prop_assert_eq!(due, expected);
                        naive.retain(|_, at| *at >= now);
                    }
                }
            }
        }
    }
}
