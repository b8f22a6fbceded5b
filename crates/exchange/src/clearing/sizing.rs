//! The default fund: who is a member, how much the fund needs, and what each pays in.

use std::collections::BTreeSet;

use firesale_types::{AccountId, Rate, SimTime, Usd};

use super::{Member, contributions, cover};
use crate::account::Account;
use crate::limits::amount;
use crate::state::State;
use crate::{ClearingConfig, Effects, Exchange, ExchangeEvent, Later, Report, VenueRecord};

impl Exchange {
    /// Sizes the default fund, calls and returns contributions, and schedules the next sizing.
    pub(crate) fn size_fund(&mut self, now: SimTime, out: &mut Effects) {
        let Some(rules) = self.state.config.clearing.clone() else {
            return;
        };
        let members = self.state.eligible_members(&rules);
        let margins: Vec<Usd> = members
            .iter()
            .map(|&id| self.state.margin_held(id))
            .collect();
        let required = cover(self.state.stress(&rules, &members, &margins), rules.cover);
        let parts = contributions(required, &margins, rules.minimum_contribution);
        self.state.collect(&members, &parts, out);
        let held = self.state.accounts[Self::DEFAULT_FUND.index()].cash;
        out.records.push(VenueRecord::FundSized {
            required,
            held,
            members: members.len() as u32,
        });
        self.state.digest.mix_all([required.0, held.0]);
        out.later.push(Later {
            at: now + rules.sizing_period,
            event: ExchangeEvent::SizeFund,
        });
    }
}

impl State {
    /// Cross and portfolio accounts with positions and enough equity, by id. Walks the holders of
    /// all instruments: sizing is rare.
    fn eligible_members(&self, rules: &ClearingConfig) -> Vec<AccountId> {
        let holders = self.instruments.iter().flat_map(|one| &one.holders);
        let holders: BTreeSet<AccountId> = holders.copied().collect();
        let eligible = |id: &AccountId| {
            let account = &self.accounts[id.index()];
            let least = i128::from(rules.member_equity.0) * i128::from(account.weight);
            !Self::is_system(*id)
                && !account.mode.is_isolated()
                && !account.health.in_liquidation()
                && account.positions.iter().any(|p| !p.qty.is_zero())
                && self.equity_of(account) >= least.max(1)
        };
        holders.into_iter().filter(eligible).collect()
    }

    /// The initial margin of an account, open orders in their worst case and what spot orders
    /// reserve included.
    pub(super) fn required(&self, account: &Account) -> i128 {
        self.equity_of(account) - self.free_margin_of(account, None)
    }

    /// The margin that the house holds of a member: its initial margin, or its equity if that is
    /// less. Anything above could be withdrawn.
    fn margin_held(&self, id: AccountId) -> Usd {
        let account = &self.accounts[id.index()];
        amount(self.required(account).min(self.equity_of(account)).max(0))
    }

    /// The members' losses beyond their margins, scenario by scenario: all bases move together, and
    /// each alone.
    fn stress(
        &self,
        rules: &ClearingConfig,
        members: &[AccountId],
        margins: &[Usd],
    ) -> impl Iterator<Item = Vec<Usd>> {
        let perps = self.instruments.iter().filter(|one| one.is_margined());
        let bases: BTreeSet<usize> = perps.map(|one| one.base).collect();
        let mut which = vec![None];
        if bases.len() > 1 {
            which.extend(bases.into_iter().map(Some));
        }
        let each = |&shock: &Rate| which.iter().map(move |&base| (base, shock)).collect();
        let scenarios: Vec<Vec<(Option<usize>, Rate)>> = rules.stress.iter().map(each).collect();
        let scenarios = scenarios.into_iter().flatten();
        scenarios.map(move |(base, shock)| {
            let beyond = |(&id, &margin): (&AccountId, &Usd)| {
                let loss = self.stressed_loss(id, base, shock) - i128::from(margin.0);
                amount(loss.max(0))
            };
            members.iter().zip(margins).map(beyond).collect()
        })
    }

    /// What an account loses when one base, or all, move; rounded up.
    fn stressed_loss(&self, id: AccountId, base: Option<usize>, shock: Rate) -> i128 {
        let positions = self.accounts[id.index()].positions.iter();
        let gains = positions.map(|position| {
            let instrument = &self.instruments[position.instrument.index()];
            let moves = base.is_none_or(|only| only == instrument.base);
            let worth = self.value(position.instrument, instrument.mark, position.qty);
            i128::from(worth) * i128::from(if moves { shock.0 } else { 0 })
        });
        -gains.sum::<i128>().div_euclid(i128::from(Rate::ONE.0))
    }

    /// Moves the fund to these parts: who is no member any more gets its own back, and a call takes
    /// no more than the member's cash and free margin. Assessments begin anew.
    fn collect(&mut self, members: &[AccountId], parts: &[Usd], out: &mut Effects) {
        let Some(clearing) = &mut self.clearing else {
            return;
        };
        let former = std::mem::take(&mut clearing.members);
        let mut next: Vec<Member> = Vec::with_capacity(members.len());
        for (&account, &sized) in members.iter().zip(parts) {
            next.push(Member {
                account,
                held: Usd::ZERO,
                sized,
                assessed: Usd::ZERO,
            });
        }
        for old in former {
            match next.binary_search_by_key(&old.account, |m| m.account) {
                Ok(at) => next[at].held = old.held,
                Err(_) => self.pay_contribution(old.account, -old.held, out),
            }
        }
        for member in &mut next {
            let account = &self.accounts[member.account.index()];
            let free = amount(self.free_margin_of(account, None)).min(account.cash);
            let wanted = member.sized - member.held;
            let change = wanted.min(free.max(Usd::ZERO));
            self.pay_contribution(member.account, change, out);
            member.held += change;
        }
        if let Some(clearing) = &mut self.clearing {
            clearing.members = next;
        }
    }

    /// Money from a member into the fund; negative: back.
    fn pay_contribution(&mut self, account: AccountId, change: Usd, out: &mut Effects) {
        if change.is_zero() {
            return;
        }
        self.accounts[account.index()].cash -= change;
        self.accounts[Exchange::DEFAULT_FUND.index()].cash += change;
        self.digest.mix_all([i64::from(account.0), change.0]);
        self.touch(account, true);
        out.reports
            .push((account, Report::FundCalled { amount: change }));
    }
}
