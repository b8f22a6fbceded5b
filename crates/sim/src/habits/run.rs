//! Running from a platform: customers take their money out when they believe that it fails.
//!
//! A member sees what the public sees ([`PlatformView`]) and adds its own error: its estimate of the
//! platform's strength is coverage - `queue` x (waiting withdrawals / liabilities) - `pause` if
//! nothing is paid - `news` x exp(-age of the latest news / `memory`) + noise. It leaves when its
//! belief in failure is above `threshold`, as in the game of [`RunGame`]; a queue that others have
//! made is what makes a run feed on itself. It takes all that its margin sets free, once; after a
//! refusal it asks again.
//!
//! The weights are assumptions (A); the pattern is that of November 2022 (N).

use firesale_exchange::Report;
use firesale_types::{AgentRng, SimDuration, SimTime, Usd, exponential};
use serde::{Deserialize, Serialize};

use super::wake_at;
use crate::{AgentKind, Intent, PlatformView, RunGame, Turn};

/// How a population judges platforms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunTerms {
    pub(crate) game: RunGame,
    /// What a queue as large as all liabilities takes off.
    pub(crate) queue: f64,
    /// What a stop of withdrawals takes off.
    pub(crate) pause: f64,
    /// What fresh news takes off,
    pub(crate) news: f64,
    /// and how long it is remembered.
    pub(crate) memory: SimDuration,
    /// Mean time between looks.
    pub(crate) every: SimDuration,
}

/// A member's view of its platforms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Running {
    /// Its own error, between -1 and 1, which stays.
    error: f64,
    /// When it looks next.
    pub(super) next: SimTime,
    /// Whether it has asked for its money, by account.
    asked: Vec<bool>,
}

impl Running {
    pub(super) fn new(terms: &RunTerms, rng: &mut AgentRng) -> Self {
        let error = rng.range(-1.0, 1.0);
        let wait = exponential(rng, terms.every.seconds());
        Self {
            error,
            next: SimTime::ZERO + SimDuration::from_secs_f64(wait),
            asked: Vec::new(),
        }
    }
}

impl RunTerms {
    /// The strength of a platform as somebody with this error sees it.
    fn signal(&self, view: &PlatformView, since_news: Option<f64>, error: f64) -> f64 {
        let pause = if view.is_paused { self.pause } else { 0.0 };
        let fresh = since_news.map_or(0.0, |age| libm::exp(-age / self.memory.seconds()));
        let doubts = self.queue * view.queue + pause + self.news * fresh;
        view.coverage - doubts + self.game.noise * error
    }
}

/// One look of a member at the platforms that have its money.
pub(super) fn run<K: AgentKind>(me: &mut Running, terms: &RunTerms, turn: &mut Turn<'_, K>) {
    let accounts = turn.member.accounts.clone();
    me.asked.resize(accounts.len(), false);
    for heard in turn.reports() {
        if let Report::WithdrawalRefused { .. } = heard.report
            && let Some(at) = accounts.iter().position(|(venue, _)| *venue == heard.venue)
        {
            me.asked[at] = false;
        }
    }
    if turn.now() >= me.next {
        for (at, &(venue, account)) in accounts.iter().enumerate() {
            let Some(view) = turn.platform(venue).filter(|_| !me.asked[at]) else {
                continue;
            };
            let signal = terms.signal(&view, turn.since_news(), me.error);
            if !terms.game.leaves(signal) {
                continue;
            }
            let exchange = turn.world.venues.get(venue).exchange();
            let asset = exchange.config().settlement;
            let free = exchange.balance(account, asset);
            let free = free.min(exchange.free_margin(account));
            if free > Usd::ZERO {
                turn.submit(Intent::withdraw(venue, asset, free));
                me.asked[at] = true;
            }
        }
        let wait = exponential(turn.rng(), terms.every.seconds());
        me.next = turn.now() + SimDuration::from_secs_f64(wait);
    }
    wake_at(turn, me.next);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1.1 - 0.5 x 0.2 - 0.3 - 0.4 x e^-1 + 0.05 x 0.5 = 0.725 - 0.147152 = 0.577848.
    #[test]
    fn a_signal_by_hand() {
        let terms = RunTerms {
            game: RunGame {
                cost: 0.1,
                noise: 0.05,
            },
            queue: 0.5,
            pause: 0.3,
            news: 0.4,
            memory: SimDuration::secs(3600),
            every: SimDuration::secs(60),
        };
        let view = PlatformView {
            coverage: 1.1,
            queue: 0.2,
            is_paused: true,
        };
        let signal = terms.signal(&view, Some(3600.0), 0.5);
        assert!((signal - 0.577_848).abs() < 1e-6, "{signal}");
        let calm = PlatformView {
            is_paused: false,
            queue: 0.0,
            ..view
        };
        assert!((terms.signal(&calm, None, -1.0) - 1.05).abs() < 1e-12);
    }
}
