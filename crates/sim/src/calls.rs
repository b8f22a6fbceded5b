//! Margin calls and what became of them.
//!
//! A call is met when the account is above the threshold of calls again (equity at least the venue's
//! call ratio times maintenance margin) within [`CALL_WINDOW`] and before any of it is liquidated,
//! whether by a deposit, by a smaller position or by a kinder price. Open calls are looked at once a
//! minute, and at the end of the run.

use std::collections::BTreeMap;

use firesale_exchange::Exchange;
use firesale_types::{AccountId, Rate, SimDuration, SimTime, VenueId};

use crate::Venues;

/// How long an account has to meet a call: a day, as margin calls of brokers have it (remembered,
/// unverified).
const CALL_WINDOW: SimDuration = SimDuration::secs(24 * 3600);
/// How often open calls are looked at.
const LOOK: SimDuration = SimDuration::secs(60);

/// The calls of a run.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Calls that are neither met nor lost: when the first was sent, and for how many real accounts.
    open: BTreeMap<(VenueId, AccountId), (SimTime, u64)>,
    pub(crate) sent: u64,
    pub(crate) met: u64,
}

impl Calls {
    pub(crate) fn call(&mut self, at: SimTime, venue: VenueId, account: AccountId, weight: u32) {
        let weight = u64::from(weight);
        self.sent += weight;
        self.open.entry((venue, account)).or_insert((at, 0)).1 += weight;
    }

    /// A part of the account is closed by force.
    pub(crate) fn liquidated(&mut self, venue: VenueId, account: AccountId) {
        self.open.remove(&(venue, account));
    }

    /// Looks at the open calls, if it is time to.
    pub(crate) fn look(&mut self, now: SimTime, venues: &Venues) {
        if now.0 % LOOK.0 == 0 {
            self.settle(now, venues);
        }
    }

    /// Looks at the open calls: those that are met are counted, those that are too old dropped.
    pub(crate) fn settle(&mut self, now: SimTime, venues: &Venues) {
        let met = &mut self.met;
        self.open.retain(|&(venue, account), &mut (since, weight)| {
            if now.since(since) > CALL_WINDOW {
                return false;
            }
            let answered = is_safe(venues.get(venue).exchange(), account);
            *met += if answered { weight } else { 0 };
            !answered
        });
    }
}

/// Whether an account is above the threshold of calls and nothing of it is in liquidation.
fn is_safe(exchange: &Exchange, account: AccountId) -> bool {
    let ratio = i128::from(exchange.config().margin_call_ratio.0);
    let equity = i128::from(exchange.equity(account).0) * i128::from(Rate::ONE.0);
    let threshold = i128::from(exchange.maintenance(account).0) * ratio;
    equity >= threshold && !exchange.in_liquidation(account)
}
