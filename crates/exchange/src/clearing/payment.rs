//! Payments of the waterfall: who pays, where the money goes, what is recorded.

use firesale_types::{AccountId, Usd};

use super::Layer;
use super::plan::Plan;
use crate::leg::PositionKey;
use crate::liquidation::Defaulted;
use crate::state::State;
use crate::{Effects, Exchange, Report, VenueRecord};

impl State {
    /// A deficit of a unit that has no positions left goes down the waterfall; what no layer covers
    /// is the house's, as a bad debt.
    pub(crate) fn share_deficit(&mut self, unit: Defaulted, deficit: Usd, out: &mut Effects) {
        let Some(rules) = self.config.clearing.clone() else {
            return;
        };
        let plan = self.plan(&rules, unit, deficit, None);
        self.pay(unit, &plan, out);
        self.fall_to_the_house(unit, plan.paid.uncovered, out);
    }

    /// Takes what a plan says from its payers and gives it to the unit.
    pub(super) fn pay(&mut self, unit: Defaulted, plan: &Plan, out: &mut Effects) {
        let paid = &plan.paid;
        self.take_contribution(
            unit.account,
            (unit.account, Layer::Contribution),
            paid.contribution,
            out,
        );
        self.take_own_capital(unit.account, 0, paid.own_capital, out);
        for (&member, &amount) in plan.members.iter().zip(&paid.fund) {
            self.take_contribution(unit.account, (member, Layer::MutualFund), amount, out);
        }
        self.take_own_capital(unit.account, 1, paid.second_capital, out);
        for (&member, &amount) in plan.members.iter().zip(&paid.assessments) {
            if let Some(member) = self.clearing.as_mut().and_then(|c| c.member(member)) {
                member.assessed += amount;
            }
            self.take(unit.account, (member, None), Layer::Assessment, amount, out);
        }
        for (&gainer, &amount) in plan.gainers.iter().zip(&paid.haircuts) {
            if !amount.is_zero() {
                self.settle_unit_variation(gainer);
                self.take(unit.account, gainer, Layer::GainsHaircut, amount, out);
            }
        }
        let many = [&paid.fund, &paid.assessments, &paid.haircuts];
        let many: Usd = many
            .into_iter()
            .flatten()
            .fold(Usd::ZERO, |sum, &one| sum + one);
        let all = paid.contribution + paid.own_capital + paid.second_capital + many;
        self.credit_unit(unit, all);
    }

    fn take_contribution(
        &mut self,
        defaulter: AccountId,
        (payer, layer): (AccountId, Layer),
        amount: Usd,
        out: &mut Effects,
    ) {
        if let Some(member) = self.clearing.as_mut().and_then(|c| c.member(payer)) {
            member.held -= amount;
        }
        self.accounts[Exchange::DEFAULT_FUND.index()].cash -= amount;
        self.note_layer(defaulter, layer, payer, amount, out);
    }

    fn take_own_capital(
        &mut self,
        defaulter: AccountId,
        tranche: usize,
        amount: Usd,
        out: &mut Effects,
    ) {
        if let Some(clearing) = &mut self.clearing {
            clearing.own[tranche] -= amount;
        }
        self.accounts[Exchange::CLEARING_CAPITAL.index()].cash -= amount;
        let layer = [Layer::OwnCapital, Layer::SecondCapital][tranche];
        self.note_layer(defaulter, layer, Exchange::CLEARING_CAPITAL, amount, out);
    }

    /// Takes money from a unit's cash, or from the margin of an isolated position.
    pub(super) fn take(
        &mut self,
        defaulter: AccountId,
        (payer, isolated): (AccountId, Option<PositionKey>),
        layer: Layer,
        amount: Usd,
        out: &mut Effects,
    ) {
        self.credit_unit(
            Defaulted {
                account: payer,
                isolated,
            },
            -amount,
        );
        self.note_layer(defaulter, layer, payer, amount, out);
        if !amount.is_zero() {
            self.touch(payer, false);
        }
    }

    fn settle_unit_variation(&mut self, (account, isolated): (AccountId, Option<PositionKey>)) {
        for at in self.open_positions(account, isolated) {
            self.settle_variation(account, at);
        }
    }

    /// Adds to the money of a unit: cash, or an isolated position's margin.
    pub(super) fn credit_unit(&mut self, unit: Defaulted, amount: Usd) {
        let account = &mut self.accounts[unit.account.index()];
        match unit.isolated.map(|key| account.find(key)) {
            Some(Ok(at)) => account.positions[at].set_aside += amount,
            _ => account.cash += amount,
        }
    }

    /// Records what somebody bears, and tells it, unless it is nothing.
    pub(super) fn note_layer(
        &mut self,
        defaulter: AccountId,
        layer: Layer,
        payer: AccountId,
        amount: Usd,
        out: &mut Effects,
    ) {
        if amount.is_zero() {
            return;
        }
        out.records.push(VenueRecord::Waterfall {
            account: defaulter,
            layer,
            payer,
            amount,
        });
        if !Self::is_system(payer) {
            out.reports.push((payer, Report::Charged { layer, amount }));
        }
        let words = [
            i64::from(defaulter.0),
            layer as i64,
            i64::from(payer.0),
            amount.0,
        ];
        self.digest.mix_all(words);
    }

    /// What nobody else bears.
    pub(super) fn fall_to_the_house(&mut self, unit: Defaulted, left: Usd, out: &mut Effects) {
        if left <= Usd::ZERO {
            return;
        }
        self.accounts[Exchange::CLEARING_CAPITAL.index()].cash -= left;
        self.credit_unit(unit, left);
        self.note_bad_debt(unit.account, left, out);
    }
}
