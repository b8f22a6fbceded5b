//! The gate that users' messages pass, and outages.

use std::collections::VecDeque;

use firesale_types::{AccountId, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::config::Interval;
use crate::leg::PositionKey;
use crate::{
    ApiConfig, Effects, Exchange, ExchangeEvent, Later, PlatformConfig, Refusal, Report,
    VenueRecord,
};

/// What users met at the platform's gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformCounters {
    /// Messages that had to wait.
    pub delayed: u64,
    /// The longest wait.
    pub longest_delay: SimDuration,
    /// Messages refused because they would have waited too long.
    pub overloaded: u64,
    /// Messages refused because the platform was down.
    pub refused_down: u64,
    /// Outages by load, and how long they lasted together.
    pub outages: u32,
    /// The time that outages by load took together.
    pub downtime: SimDuration,
}

/// A server with one queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gate {
    /// Whether there is anything to pass.
    is_on: bool,
    /// When everything that has arrived will have been served.
    busy_until: SimTime,
    /// Messages that wait, in the order of their arrival.
    waiting: VecDeque<(SimTime, ExchangeEvent)>,
    /// Since when the delay has been above the threshold of outages.
    loaded_since: Option<SimTime>,
    /// The end of the outage by load.
    down_until: SimTime,
    counters: PlatformCounters,
}

/// What the gate says to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passage {
    /// Served at once.
    Now,
    /// Served at this moment.
    At(SimTime),
    /// It would wait too long.
    Overloaded,
}

impl Gate {
    pub(crate) fn new(rules: &PlatformConfig) -> Self {
        Self {
            is_on: rules.api.is_some()
                || !rules.outages.is_empty()
                || !rules.transfer_freezes.is_empty(),
            down_until: SimTime(i64::MIN),
            ..Self::default()
        }
    }

    /// The backlog drains at the rate; each message adds one.
    fn arrive(&mut self, rules: &ApiConfig, now: SimTime) -> Passage {
        let start = self.busy_until.max(now);
        let delay = start.since(now);
        if delay > rules.max_delay {
            return Passage::Overloaded;
        }
        let per_second = i64::from(rules.per_second);
        self.busy_until = start + SimDuration((1_000_000_000 + per_second - 1) / per_second);
        if delay == SimDuration::ZERO {
            return Passage::Now;
        }
        self.counters.delayed += 1;
        self.counters.longest_delay = self.counters.longest_delay.max(delay);
        Passage::At(start)
    }

    /// How long a message that arrives now would wait.
    fn delay(&self, now: SimTime) -> SimDuration {
        self.busy_until.since(now).max(SimDuration::ZERO)
    }

    /// Whether a message that would wait so long brings the platform down; then it stays down
    /// until the moment returned, and the backlog is gone. Between messages the backlog only
    /// falls, so that it is enough to look when one arrives.
    fn collapse(&mut self, rules: &ApiConfig, now: SimTime, delay: SimDuration) -> Option<SimTime> {
        let overload = rules.overload?;
        if delay < overload.delay {
            self.loaded_since = None;
            return None;
        }
        let since = *self.loaded_since.get_or_insert(now);
        if now.since(since) < overload.lasting {
            return None;
        }
        self.loaded_since = None;
        self.busy_until = now;
        self.down_until = now + overload.down;
        self.counters.outages += 1;
        self.counters.downtime = self.counters.downtime + overload.down;
        Some(self.down_until)
    }
}

impl Exchange {
    /// Whether an event is to be processed now. If not it has been queued, put off or refused.
    #[inline]
    pub(crate) fn passes(
        &mut self,
        event: &ExchangeEvent,
        now: SimTime,
        out: &mut Effects,
    ) -> bool {
        !self.state.platform.gate.is_on || self.is_let_through(event, now, out)
    }

    fn is_let_through(&mut self, event: &ExchangeEvent, now: SimTime, out: &mut Effects) -> bool {
        let rules = &self.state.config.platform;
        match event {
            ExchangeEvent::Deposit { .. } => {
                let frozen = Interval::end_at(&rules.transfer_freezes, now);
                put_off(frozen, event, out)
            }
            ExchangeEvent::Liquidate { .. } | ExchangeEvent::ReleaseTriggered { .. } => {
                let down = self
                    .down_until(now)
                    .filter(|_| !rules.liquidates_while_down);
                put_off(down, event, out)
            }
            event if is_users(event) => self.meets_the_gate(event, now, out),
            _ => true,
        }
    }

    fn meets_the_gate(&mut self, event: &ExchangeEvent, now: SimTime, out: &mut Effects) -> bool {
        if self.down_until(now).is_some() {
            self.state.platform.gate.counters.refused_down += 1;
            self.turn_away(event, Refusal::Down, out);
            return false;
        }
        let Some(api) = self.state.config.platform.api else {
            return true;
        };
        let gate = &mut self.state.platform.gate;
        let delay = gate.delay(now);
        let passage = gate.arrive(&api, now);
        let collapse = gate.collapse(&api, now, delay);
        if let Some(until) = collapse {
            self.come_down(until, out);
        }
        let gate = &mut self.state.platform.gate;
        match passage {
            _ if collapse.is_some() => {
                gate.counters.refused_down += 1;
                self.turn_away(event, Refusal::Down, out);
            }
            Passage::Now => return true,
            Passage::At(at) => {
                gate.waiting.push_back((at, *event));
                let event = ExchangeEvent::Serve;
                out.later.push(Later { at, event });
            }
            Passage::Overloaded => {
                gate.counters.overloaded += 1;
                self.turn_away(event, Refusal::Overloaded, out);
            }
        }
        false
    }

    /// The load has brought the platform down: all that wait are turned away.
    fn come_down(&mut self, until: SimTime, out: &mut Effects) {
        out.records.push(VenueRecord::Outage { until });
        for (_, event) in std::mem::take(&mut self.state.platform.gate.waiting) {
            self.state.platform.gate.counters.refused_down += 1;
            self.turn_away(&event, Refusal::Down, out);
        }
    }

    /// Margin moves between the cash and an isolated position, unless transfers are frozen.
    pub(crate) fn move_margin(
        &mut self,
        account: AccountId,
        key: PositionKey,
        amount: Usd,
        now: SimTime,
        out: &mut Effects,
    ) {
        let freezes = &self.state.config.platform.transfer_freezes;
        if Interval::end_at(freezes, now).is_some() {
            let instrument = key.instrument;
            let report = Report::MarginRefused { instrument, amount };
            out.reports.push((account, report));
        } else {
            self.state.add_margin(account, key, amount, out);
        }
    }

    /// Serves the waiting messages that are due.
    pub(crate) fn serve(&mut self, now: SimTime, out: &mut Effects) {
        while let Some(&(at, event)) = self.state.platform.gate.waiting.front()
            && at <= now
        {
            self.state.platform.gate.waiting.pop_front();
            if self.down_until(now).is_some() {
                self.state.platform.gate.counters.refused_down += 1;
                self.turn_away(&event, Refusal::Down, out);
            } else {
                self.dispatch(now, &event, out);
                self.settle_stirred(now, out);
            }
        }
    }

    /// The end of the present outage.
    fn down_until(&self, now: SimTime) -> Option<SimTime> {
        let by_load = self.state.platform.gate.down_until;
        let scheduled = Interval::end_at(&self.state.config.platform.outages, now);
        scheduled.max((now < by_load).then_some(by_load))
    }

    /// Answers a message that is not processed.
    fn turn_away(&mut self, event: &ExchangeEvent, why: Refusal, out: &mut Effects) {
        let (account, report) = match *event {
            ExchangeEvent::Order {
                instrument,
                ref request,
            } => {
                let id = request.id;
                (
                    id.account(),
                    Report::Refused {
                        instrument,
                        id,
                        why,
                    },
                )
            }
            ExchangeEvent::Cancel { instrument, id }
            | ExchangeEvent::Replace { instrument, id, .. } => (
                id.account(),
                Report::Refused {
                    instrument,
                    id,
                    why,
                },
            ),
            ExchangeEvent::CancelAll { account }
            | ExchangeEvent::SetLeverage { account, .. }
            | ExchangeEvent::SetPositionMode { account, .. }
            | ExchangeEvent::SetMarginMode { account, .. }
            | ExchangeEvent::VaultDeposit { account, .. }
            | ExchangeEvent::VaultWithdraw { account, .. } => {
                (account, Report::Unavailable { why })
            }
            ExchangeEvent::AddMargin {
                account,
                instrument,
                amount,
                ..
            } => (account, Report::MarginRefused { instrument, amount }),
            ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            } => {
                self.refuse_withdrawal(account, asset, amount, out);
                return;
            }
            _ => return,
        };
        out.reports.push((account, report));
    }

    /// What users met at the gate so far.
    #[must_use]
    pub fn platform_counters(&self) -> PlatformCounters {
        self.state.platform.gate.counters
    }

    /// How long a message that arrives now would wait, and whether the platform is down.
    #[must_use]
    pub fn api_delay(&self, now: SimTime) -> (SimDuration, bool) {
        let delay = self.state.platform.gate.delay(now);
        (delay, self.down_until(now).is_some())
    }
}

/// Whether an event is a user's message.
const fn is_users(event: &ExchangeEvent) -> bool {
    matches!(
        event,
        ExchangeEvent::Order { .. }
            | ExchangeEvent::Cancel { .. }
            | ExchangeEvent::Replace { .. }
            | ExchangeEvent::CancelAll { .. }
            | ExchangeEvent::AddMargin { .. }
            | ExchangeEvent::SetLeverage { .. }
            | ExchangeEvent::SetPositionMode { .. }
            | ExchangeEvent::SetMarginMode { .. }
            | ExchangeEvent::Withdraw { .. }
            | ExchangeEvent::VaultDeposit { .. }
            | ExchangeEvent::VaultWithdraw { .. }
    )
}

/// Puts an event off until a moment, if there is one. Returns whether it is processed now.
fn put_off(until: Option<SimTime>, event: &ExchangeEvent, out: &mut Effects) -> bool {
    let Some(at) = until else { return true };
    out.later.push(Later { at, event: *event });
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OverloadConfig;

    fn ms(n: i64) -> SimTime {
        SimTime(n * 1_000_000)
    }

    #[test]
    fn the_wait_is_the_backlog_over_the_rate() {
        let rules = ApiConfig {
            per_second: 10,
            max_delay: SimDuration::millis(250),
            overload: None,
        };
        let mut gate = Gate::default();
        assert_eq!(gate.arrive(&rules, ms(1000)), Passage::Now);
        assert_eq!(gate.arrive(&rules, ms(1000)), Passage::At(ms(1100)));
        assert_eq!(gate.arrive(&rules, ms(1050)), Passage::At(ms(1200)));
        assert_eq!(gate.arrive(&rules, ms(1050)), Passage::At(ms(1300)));
        // Behind three and a half messages it would wait 350 ms.
        assert_eq!(gate.arrive(&rules, ms(1050)), Passage::Overloaded);
        assert_eq!(gate.arrive(&rules, ms(1150)), Passage::At(ms(1400)));
        assert_eq!(gate.arrive(&rules, ms(1500)), Passage::Now);
        assert_eq!(gate.counters.longest_delay, SimDuration::millis(250));
    }

    #[test]
    fn a_lasting_backlog_brings_it_down() {
        let rules = ApiConfig {
            per_second: 10,
            max_delay: SimDuration::secs(60),
            overload: Some(OverloadConfig {
                delay: SimDuration::millis(300),
                lasting: SimDuration::millis(500),
                down: SimDuration::secs(7),
            }),
        };
        let mut gate = Gate::default();
        let mut arrive = |at| {
            let delay = gate.delay(ms(at));
            gate.arrive(&rules, ms(at));
            gate.collapse(&rules, ms(at), delay)
        };
        // Waits of 0, 100, 200, 300 and 350 ms: loaded since time 0.
        for at in [0, 0, 0, 0, 50] {
            assert_eq!(arrive(at), None);
        }
        // 250 ms: no longer. From 300 on again, each wait 300 ms.
        for at in [250, 300, 400, 500, 600, 700, 799] {
            assert_eq!(arrive(at), None);
        }
        assert_eq!(arrive(800), Some(ms(7800)));
    }
}
