//! Stages 2 and 3: the backstop vault or the insurance fund takes everything over.

use firesale_types::{AccountId, InstrumentId, Price, Rate, Side, Usd};

use super::ForcedClose;
use crate::ledger::{Margin, PerpFill};
use crate::leg::PositionKey;
use crate::limits::value;
use crate::state::State;
use crate::valuation::Standing;
use crate::{Effects, Exchange, Stage};

impl Exchange {
    /// Moves all positions of a unit, and what is left of its margin (a debt, if it is negative),
    /// to an account of the venue, or to the pools of the insurance fund. Returns true.
    ///
    /// The books show a transfer at the mark with the margin on top: the same as a sale at the
    /// bankruptcy price, which is what is recorded, but exact to the micro-dollar.
    pub(super) fn take_over(
        &mut self,
        number: u32,
        to: AccountId,
        standing: Standing,
        out: &mut Effects,
    ) -> bool {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let stage = if to == Self::BACKSTOP {
            Stage::Backstop
        } else {
            Stage::Insurance
        };
        let short = to == Self::INSURANCE
            && !self.state.fund_can_take(account, isolated, standing)
            && standing.equity < 0;
        let open = self.state.open_positions(account, isolated);
        let prices = open
            .iter()
            .map(|&at| self.state.bankruptcy_price(account, isolated, at, standing))
            .collect::<smallvec::SmallVec<[Price; 8]>>();
        let parts = self.state.takeover_parts(account, isolated, to, standing);
        for (&at, &bankruptcy_price) in open.iter().zip(&prices) {
            let instrument = self.state.accounts[account.index()].positions[at].instrument;
            let to = self.state.taker_of(to, instrument);
            self.state
                .transfer(number, at, to, (bankruptcy_price, stage), out);
        }
        self.state.hand_over_parts(account, isolated, &parts);
        if short {
            let deficit = crate::limits::amount(-standing.equity);
            self.state.note_bad_debt(account, deficit, out);
            for part in &parts {
                let deficit = crate::limits::amount(-part.equity);
                let of = (part.to, part.largest);
                self.state.share_loss(number, of, deficit, out);
            }
        }
        true
    }
}

/// What one account of the venue takes over of a margin unit.
#[derive(Clone, Copy, Debug)]
struct Part {
    to: AccountId,
    notional: i128,
    /// The part of the unit's equity that belongs to it.
    equity: i128,
    /// Its largest position and what that is worth.
    largest: InstrumentId,
    largest_notional: i64,
}

type Parts = smallvec::SmallVec<[Part; 2]>;

impl State {
    /// Who takes a position over when the vault or the fund does.
    fn taker_of(&self, to: AccountId, instrument: InstrumentId) -> AccountId {
        if to == Exchange::INSURANCE {
            self.pool_of(instrument)
        } else {
            to
        }
    }

    /// What each taker gets of a margin unit, the largest part first. All positions are the same
    /// relative distance from their bankruptcy prices, so equity is split by notional; the dust is
    /// the first one's.
    fn takeover_parts(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
        to: AccountId,
        standing: Standing,
    ) -> Parts {
        let mut parts = Parts::new();
        for at in self.open_positions(account, isolated) {
            let position = &self.accounts[account.index()].positions[at];
            let id = position.instrument;
            let notional = self.instruments[id.index()].notional(position);
            let to = self.taker_of(to, id);
            match parts.iter_mut().find(|part| part.to == to) {
                Some(part) => {
                    part.notional += i128::from(notional);
                    if notional > part.largest_notional {
                        (part.largest, part.largest_notional) = (id, notional);
                    }
                }
                None => parts.push(Part {
                    to,
                    notional: i128::from(notional),
                    equity: 0,
                    largest: id,
                    largest_notional: notional,
                }),
            }
        }
        parts.sort_by_key(|part| (std::cmp::Reverse(part.notional), part.to));
        let all: i128 = parts.iter().map(|part| part.notional).sum();
        let mut left = standing.equity;
        for part in parts.iter_mut().skip(1) {
            part.equity = standing.equity * part.notional / all.max(1);
            left -= part.equity;
        }
        if let Some(first) = parts.first_mut() {
            first.equity = left;
        }
        parts
    }

    /// Moves the margin of a unit to those who have taken its positions over: all of it to the
    /// first, who passes their parts on to the others in cash.
    fn hand_over_parts(
        &mut self,
        account: AccountId,
        isolated: Option<PositionKey>,
        parts: &[Part],
    ) {
        let Some(first) = parts.first() else { return };
        self.hand_over_margin(account, isolated, first.to);
        for part in parts {
            let equity = crate::limits::amount(part.equity);
            if part.to != first.to {
                self.accounts[first.to.index()].cash -= equity;
                self.accounts[part.to.index()].cash += equity;
            }
            self.note_flow(part.to, |flows| flows.takeovers += equity);
            self.touch(part.to, true);
        }
    }

    /// Moves the position at a place to another account at the mark.
    fn transfer(
        &mut self,
        number: u32,
        at: usize,
        to: AccountId,
        (bankruptcy_price, stage): (Price, Stage),
        out: &mut Effects,
    ) {
        let account = self.liquidations[number as usize].account;
        let position = &self.accounts[account.index()].positions[at];
        let (instrument, held, leg) = (position.instrument, position.qty, position.leg);
        let price = self.instruments[instrument.index()].mark;
        let side = Side::of(held.0);
        let fill = PerpFill {
            account,
            instrument,
            leg,
            side: side.opposite(),
            price,
            qty: held.abs(),
            fee: Usd::ZERO,
            margin: Margin::Stays,
        };
        self.book_perp(&fill);
        self.book_perp(&PerpFill {
            account: to,
            leg: self.leg_of(to, side, false),
            side,
            ..fill
        });
        self.note_holding(to, instrument, number, held);
        let close = ForcedClose {
            side,
            qty: held.abs(),
            price: bankruptcy_price,
            bankruptcy_price,
            stage,
        };
        self.digest
            .mix_all([i64::from(account.0), held.0, i64::from(to.0)]);
        self.note_close(number, instrument, &close, out);
    }

    /// Moves the margin of a unit: of a cross account its cash and collateral, of an isolated
    /// position what is set aside for it.
    fn hand_over_margin(
        &mut self,
        account: AccountId,
        isolated: Option<PositionKey>,
        to: AccountId,
    ) {
        let state = &mut self.accounts[account.index()];
        if let Some(key) = isolated {
            if let Ok(at) = state.find(key) {
                let margin = std::mem::take(&mut state.positions[at].set_aside);
                self.accounts[to.index()].cash += margin;
            }
            return;
        }
        let cash = std::mem::take(&mut state.cash);
        self.accounts[to.index()].cash += cash;
        for at in 0..self.accounts[account.index()].balances.len() {
            let held = &mut self.accounts[account.index()].balances[at];
            let id = held.asset;
            let counts = |asset: &&crate::state::Asset| asset.id == id && asset.counts.is_some();
            if self.assets.iter().any(|asset| counts(&asset)) {
                let amount = std::mem::take(&mut held.amount);
                *self.accounts[to.index()].balance_mut(id) += amount;
            }
        }
    }

    /// Whether the vault may take all positions of a unit: its notional over its equity stays
    /// within the limits, in each instrument (unless the position shrinks) and in total.
    pub(super) fn vault_can_take(&self, account: AccountId, isolated: Option<PositionKey>) -> bool {
        let Some(rules) = self.config.backstop else {
            return false;
        };
        let vault = &self.accounts[Exchange::BACKSTOP.index()];
        let equity = self.equity_of(vault);
        let allowed = |leverage: Rate| equity * i128::from(leverage.0) / i128::from(Rate::ONE.0);
        let mut total = 0_i128;
        for (at, instrument) in self.instruments.iter().enumerate() {
            let id = InstrumentId(at as u16);
            let held = vault.position(id.into()).map_or(0, |p| p.qty.0);
            let added = self.unit_qty(account, isolated, id);
            let notional =
                |qty: i64| i128::from(value(qty.abs(), instrument.mark.0, instrument.unit));
            let after = notional(held + added);
            let grows = added != 0 && after > notional(held);
            if grows && after > allowed(rules.max_leverage_per_instrument) {
                return false;
            }
            total += after;
        }
        equity > 0 && total <= allowed(rules.max_leverage)
    }

    /// Whether the insurance fund can carry all positions of a unit: after the takeover the equity
    /// of each pool still covers the maintenance margin of what it holds, and the loss is not above
    /// what a step may cost the fund.
    pub(super) fn fund_can_take(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
        standing: Standing,
    ) -> bool {
        let most = self.config.adl_terms.max_insurance_loss;
        if -standing.equity > i128::from(most.0) {
            return false;
        }
        let parts = self.takeover_parts(account, isolated, Exchange::INSURANCE, standing);
        parts.iter().all(|part| {
            let pool = &self.accounts[part.to.index()];
            let margin = self.instruments.iter().enumerate().map(|(at, instrument)| {
                let id = InstrumentId(at as u16);
                let added = if self.pool_of(id) == part.to {
                    self.unit_qty(account, isolated, id)
                } else {
                    0
                };
                let qty = pool.position(id.into()).map_or(0, |p| p.qty.0) + added;
                let notional = value(qty.abs(), instrument.mark.0, instrument.unit);
                i128::from(instrument.tiers.maintenance(Usd(notional), 1).0)
            });
            self.equity_of(pool) + part.equity >= margin.sum()
        })
    }

    /// What a margin unit holds in an instrument, both legs together.
    fn unit_qty(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
        instrument: InstrumentId,
    ) -> i64 {
        let entries = self.accounts[account.index()].entries_in(instrument).iter();
        let of = entries.filter(|p| isolated.is_none_or(|only| only == p.key()));
        of.map(|p| p.qty.0).sum()
    }
}
