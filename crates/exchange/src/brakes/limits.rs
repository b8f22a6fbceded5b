//! What an account may send, and how much it may hold.

use firesale_types::{AccountId, InstrumentId, Rate, SimTime};

use super::throttle::Bucket;
use crate::Refusal;
use crate::account::worst;
use crate::admission::Intended;
use crate::limits::value;
use crate::state::State;

impl State {
    /// Counts a message. One that only reduces passes without being counted, as do those of the
    /// venue's own accounts.
    ///
    /// # Errors
    /// [`Refusal::Throttled`].
    pub(crate) fn throttle(
        &mut self,
        account: AccountId,
        reduces: bool,
        now: SimTime,
    ) -> Result<(), Refusal> {
        let Some(rules) = self.config.brakes.limits.throttle else {
            return Ok(());
        };
        if reduces || Self::is_system(account) {
            return Ok(());
        }
        let buckets = &mut self.brakes.buckets;
        if buckets.len() <= account.index() {
            buckets.resize(self.accounts.len(), Bucket::default());
        }
        if buckets[account.index()].take(rules, now) {
            Ok(())
        } else {
            Err(Refusal::Throttled)
        }
    }

    /// Whether the worst case that an order leads to is within the limits on positions: of its own
    /// leg in hedge mode, whatever the other leg is (an assumption of ours \[A\]). An order
    /// that does not enlarge the worst case always is. The account has an entry for the instrument.
    ///
    /// # Errors
    /// [`Refusal::PositionLimit`] or [`Refusal::Concentration`].
    pub(crate) fn within_limits(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        order: &Intended,
    ) -> Result<(), Refusal> {
        let limits = self.config.brakes.limits;
        let none = limits.max_position.is_none() && limits.concentration.is_none();
        let rules = &self.instruments[instrument.index()];
        if none || Self::is_system(account) || !rules.is_margined() {
            return Ok(());
        }
        let key = self.key_of_order(account, instrument, order.side, false);
        let state = &self.accounts[account.index()];
        let Some(position) = state.position(key) else {
            return Ok(());
        };
        let mut open = position.open;
        open[order.side.index()] += order.qty - order.replaced_qty();
        let after = worst(position.qty, open);
        if after <= position.worst() {
            return Ok(());
        }
        let notional = value(after.0, rules.mark.0, rules.unit) / i64::from(state.weight);
        if limits.max_position.is_some_and(|most| notional > most.0) {
            return Err(Refusal::PositionLimit);
        }
        let crowded = limits.concentration.is_some_and(|rule| {
            let all = i128::from(rules.open_interest.0) * i128::from(state.weight);
            let share = i128::from(after.0) * i128::from(Rate::ONE.0);
            notional > rule.above.0 && share > all * i128::from(rule.share.0)
        });
        if crowded {
            Err(Refusal::Concentration)
        } else {
            Ok(())
        }
    }
}
