//! Withdrawals: freezes, limits, the hot wallet, and the queue of those that wait.

use std::collections::{BTreeMap, VecDeque};

use firesale_types::{AccountId, AssetId, SimTime, Usd};
use serde::{Deserialize, Serialize};

use crate::config::{DAY, Interval};
use crate::state::State;
use crate::{
    Effects, Exchange, ExchangeEvent, Gated, HotWallet, Later, Report, VenueRecord,
    WithdrawalConfig,
};

/// Nanoseconds of an hour.
const HOUR: i128 = 3_600_000_000_000;

/// A withdrawal that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    account: AccountId,
    asset: AssetId,
    amount: Usd,
}

/// The desk that pays withdrawals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payouts {
    queue: VecDeque<Asked>,
    wallet: Wallet,
    /// The day, and what each account has withdrawn in it.
    day: i64,
    paid: BTreeMap<AccountId, Usd>,
    /// When the head of the queue is looked at next.
    next: Option<SimTime>,
    /// Whether the money has run out: nothing is paid any more.
    pub(super) is_insolvent: bool,
}

/// A hot wallet, in micro-dollars times the nanoseconds of an hour, so that refills are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Wallet {
    #[serde(with = "crate::wide")]
    level: i128,
    as_of: SimTime,
}

impl Wallet {
    fn refill(&mut self, rules: &HotWallet, now: SimTime) {
        let gained = i128::from(rules.refill_per_hour.0) * i128::from(now.since(self.as_of).0);
        self.level = (self.level + gained).min(i128::from(rules.size.0) * HOUR);
        self.as_of = now;
    }

    /// When it holds enough for an amount (all it can hold, for a larger one); `None` if never.
    fn ready(&mut self, rules: &HotWallet, amount: Usd, now: SimTime) -> Option<SimTime> {
        self.refill(rules, now);
        let missing = i128::from(amount.0.min(rules.size.0)) * HOUR - self.level;
        if missing <= 0 {
            return Some(now);
        }
        let rate = i128::from(rules.refill_per_hour.0);
        let wait = (missing + rate - 1).checked_div(rate)?;
        i64::try_from(wait)
            .ok()
            .map(|ns| SimTime(now.0.saturating_add(ns)))
    }
}

/// What can be done with a withdrawal now.
enum Due {
    /// It can be paid.
    Now,
    /// Not before this moment.
    At(SimTime),
    /// Never.
    Never,
}

impl Payouts {
    pub(crate) fn new(rules: &WithdrawalConfig) -> Self {
        let full = rules.hot_wallet.map_or(0, |wallet| wallet.size.0);
        Self {
            wallet: Wallet {
                level: i128::from(full) * HOUR,
                as_of: SimTime::ZERO,
            },
            ..Self::default()
        }
    }
}

impl Exchange {
    /// A request for money. Behind others that wait it waits too, so that requests are answered in
    /// their order.
    pub(crate) fn ask_withdrawal(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
        now: SimTime,
        out: &mut Effects,
    ) {
        let asked = Asked {
            account,
            asset,
            amount,
        };
        let queue_is_empty = self.state.platform.payouts.queue.is_empty();
        if queue_is_empty && self.state.settle_withdrawal(asked, now, out) {
            return;
        }
        let refuses = self.state.config.platform.withdrawals.gated == Gated::Refuse;
        if queue_is_empty && refuses {
            let report = Report::WithdrawalRefused { asset, amount };
            out.reports.push((account, report));
            return;
        }
        self.state.platform.payouts.queue.push_back(asked);
        let report = Report::WithdrawalQueued { asset, amount };
        out.reports.push((account, report));
        self.state.schedule_payout(now, out);
    }

    /// Refuses a withdrawal that did not reach the desk; behind others of the queue it waits
    /// instead, so that requests are answered in their order.
    pub(super) fn refuse_withdrawal(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
        out: &mut Effects,
    ) {
        let queue = &mut self.state.platform.payouts.queue;
        let report = if queue.iter().any(|asked| asked.account == account) {
            queue.push_back(Asked {
                account,
                asset,
                amount,
            });
            Report::WithdrawalQueued { asset, amount }
        } else {
            Report::WithdrawalRefused { asset, amount }
        };
        out.reports.push((account, report));
    }

    /// Pays what can be paid, the first to ask first.
    pub(crate) fn pay_withdrawals(&mut self, now: SimTime, out: &mut Effects) {
        if self
            .state
            .platform
            .payouts
            .next
            .is_none_or(|next| now < next)
        {
            return;
        }
        self.state.platform.payouts.next = None;
        while let Some(&asked) = self.state.platform.payouts.queue.front()
            && self.state.settle_withdrawal(asked, now, out)
        {
            self.state.platform.payouts.queue.pop_front();
        }
        self.state.schedule_payout(now, out);
    }

    /// Withdrawals that wait: how many, and what they ask for in dollars at the present prices.
    #[must_use]
    pub fn withdrawal_queue(&self) -> (usize, Usd) {
        let queue = &self.state.platform.payouts.queue;
        let sum = queue
            .iter()
            .map(|asked| i128::from(self.state.dollars(asked).0));
        (queue.len(), crate::limits::amount(sum.sum()))
    }

    /// Whether the platform has run out of its customers' money.
    #[must_use]
    pub fn is_insolvent(&self) -> bool {
        self.state.platform.payouts.is_insolvent
    }
}

impl State {
    /// Answers a withdrawal if that can be done now.
    fn settle_withdrawal(&mut self, asked: Asked, now: SimTime, out: &mut Effects) -> bool {
        let Asked {
            account,
            asset,
            amount,
        } = asked;
        if self.exceeds_the_day(&asked, now) {
            let report = Report::WithdrawalRefused { asset, amount };
            out.reports.push((account, report));
            return true;
        }
        if !matches!(self.payable(&asked, now), Due::Now) {
            return false;
        }
        let dollars = self.dollars(&asked);
        let runs_out = asset == self.config.settlement && self.cannot_pay(amount);
        if runs_out && self.may_withdraw(account, asset, amount).is_some() {
            self.declare_insolvent(out);
            return false;
        }
        if self.withdraw(account, asset, amount, out) {
            self.note_paid(account, dollars);
        }
        true
    }

    /// When a withdrawal can be paid, the balance apart.
    fn payable(&mut self, asked: &Asked, now: SimTime) -> Due {
        let dollars = self.dollars(asked);
        if self.platform.payouts.is_insolvent {
            return Due::Never;
        }
        if let Some(end) = Interval::end_at(&self.config.platform.withdrawal_freezes, now) {
            return Due::At(end);
        }
        let Some(rules) = self.config.platform.withdrawals.hot_wallet else {
            return Due::Now;
        };
        match self.platform.payouts.wallet.ready(&rules, dollars, now) {
            Some(at) if at <= now => Due::Now,
            Some(at) => Due::At(at),
            None => Due::Never,
        }
    }

    /// Schedules the next look at the head of the queue.
    fn schedule_payout(&mut self, now: SimTime, out: &mut Effects) {
        let Some(&head) = self.platform.payouts.queue.front() else {
            return;
        };
        let at = match self.payable(&head, now) {
            Due::Now => now,
            Due::At(at) => at,
            Due::Never => return,
        };
        if self.platform.payouts.next.is_some_and(|next| next <= at) {
            return;
        }
        self.platform.payouts.next = Some(at);
        let event = ExchangeEvent::PayWithdrawals;
        out.later.push(Later { at, event });
    }

    /// Whether a withdrawal would exceed what its account may withdraw today.
    fn exceeds_the_day(&mut self, asked: &Asked, now: SimTime) -> bool {
        let Some(limit) = self.config.platform.withdrawals.daily_limit else {
            return false;
        };
        let today = now.0.div_euclid(DAY.0);
        let dollars = i128::from(self.dollars(asked).0);
        let payouts = &mut self.platform.payouts;
        if payouts.day != today {
            payouts.day = today;
            payouts.paid.clear();
        }
        let weight = self
            .accounts
            .get(asked.account.index())
            .map_or(1, |a| a.weight);
        let paid = payouts
            .paid
            .get(&asked.account)
            .map_or(0, |paid| i128::from(paid.0));
        paid + dollars > i128::from(limit.0) * i128::from(weight)
    }

    fn note_paid(&mut self, account: AccountId, dollars: Usd) {
        let rules = self.config.platform.withdrawals;
        if rules.hot_wallet.is_some() {
            self.platform.payouts.wallet.level -= i128::from(dollars.0) * HOUR;
        }
        if rules.daily_limit.is_some() {
            let paid = self.platform.payouts.paid.entry(account).or_default();
            *paid = Usd(paid.0.saturating_add(dollars.0));
        }
    }

    /// A withdrawal in micro-dollars at the present price of its asset.
    fn dollars(&self, asked: &Asked) -> Usd {
        if asked.asset == self.config.settlement {
            return asked.amount;
        }
        let price = self
            .asset(asked.asset)
            .map_or(0, |at| self.assets[at].price.0);
        crate::limits::amount(i128::from(asked.amount.0) * i128::from(price) / 1_000_000)
    }

    fn declare_insolvent(&mut self, out: &mut Effects) {
        self.platform.payouts.is_insolvent = true;
        let shortfall = self.balance_sheet().shortfall();
        out.records.push(VenueRecord::Insolvent { shortfall });
        self.digest.mix(shortfall.0 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_by_hand() {
        let rules = HotWallet {
            size: Usd::dollars(100),
            refill_per_hour: Usd::dollars(36),
        };
        let second = |n: i64| SimTime(n * 1_000_000_000);
        let mut wallet = Wallet::default();
        // A cent a second.
        assert_eq!(
            wallet.ready(&rules, Usd::dollars(1), second(0)),
            Some(second(100))
        );
        assert_eq!(
            wallet.ready(&rules, Usd::dollars(1), second(60)),
            Some(second(100))
        );
        assert_eq!(
            wallet.ready(&rules, Usd::dollars(1), second(100)),
            Some(second(100))
        );
        // It never holds more than a hundred dollars.
        let full = second(10_000);
        assert_eq!(wallet.ready(&rules, Usd::dollars(500), full), Some(full));
        assert_eq!(
            wallet.ready(&rules, Usd::dollars(100), second(99_000)),
            Some(second(99_000))
        );
        wallet.level -= 500 * 1_000_000 * HOUR;
        let after = second(99_000 + 40_001);
        let ready = wallet.ready(&rules, Usd(10_000), second(99_000));
        assert_eq!(ready, Some(after));
        let dry = HotWallet {
            refill_per_hour: Usd::ZERO,
            ..rules
        };
        assert_eq!(wallet.ready(&dry, Usd(1), second(99_000)), None);
    }
}
