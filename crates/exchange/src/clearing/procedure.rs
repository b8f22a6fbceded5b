//! The default procedure: what is missing goes down the waterfall, the portfolio to the winner of an
//! auction, or else its contracts are torn up.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};

use super::Layer;
use super::auction::{Bidder, Outcome, hold};
use crate::ledger::{Margin, PerpFill};
use crate::leg::Leg;
use crate::limits::{MAX_NOTIONAL, amount, value};
use crate::liquidation::{Defaulted, ForcedClose};
use crate::state::State;
use crate::valuation::Standing;
use crate::{ClearingConfig, Effects, Exchange, Stage, VenueRecord};

impl Exchange {
    /// Closes all positions of a defaulted unit: the cheapest bidder takes them over at their marks,
    /// if the layers pay what the unit's margin does not; else they are torn up. Returns true.
    pub(crate) fn default_on(
        &mut self,
        number: u32,
        unit: Defaulted,
        standing: Standing,
        out: &mut Effects,
    ) -> bool {
        let Some(rules) = self.state.config.clearing.clone() else {
            return false;
        };
        let equity = amount(standing.equity);
        let auction = self.state.auction(&rules, unit, out);
        if let Some((winner, price)) = auction.winner {
            let plan = self
                .state
                .plan(&rules, unit, price - equity, Some(&auction));
            if plan.paid.uncovered.is_zero() {
                self.state.hand_over(number, unit, winner, standing, out);
                self.state.credit_unit(unit, -price);
                self.state.accounts[winner.index()].cash += price;
                let margin = price.min(equity).max(Usd::ZERO);
                self.state
                    .note_layer(unit.account, Layer::Margin, unit.account, margin, out);
                self.state.pay(unit, &plan, out);
                return true;
            }
        }
        self.state
            .tear_up_unit(number, &rules, unit, standing, &auction, out);
        true
    }
}

impl State {
    /// Asks all members that could carry the portfolio for a bid.
    fn auction(&mut self, rules: &ClearingConfig, unit: Defaulted, out: &mut Effects) -> Outcome {
        let lots = self.lots_of(unit);
        let worth = |&(id, qty): &(InstrumentId, Qty)| {
            let mark = self.instruments[id.index()].mark;
            i128::from(self.value(id, mark, qty.abs()))
        };
        let gross = amount(lots.iter().map(worth).sum());
        let members = self.other_members(unit.account);
        let bidders: Vec<Bidder> = members
            .into_iter()
            .filter_map(|account| self.bidder(account, &lots))
            .collect();
        let outcome = hold(&rules.auction, gross, &bidders);
        out.records.push(VenueRecord::DefaultAuction {
            account: unit.account,
            notional: gross,
            bids: outcome.bids.len() as u32,
            winner: outcome.winner.map(|(winner, _)| winner),
            price: outcome.winner.map_or(Usd::ZERO, |(_, price)| price),
        });
        outcome
    }

    fn lots_of(&self, unit: Defaulted) -> Vec<(InstrumentId, Qty)> {
        let positions = &self.accounts[unit.account.index()].positions;
        let open = self.open_positions(unit.account, unit.isolated);
        let lots = open.into_iter().map(|at| &positions[at]);
        lots.map(|p| (p.instrument, p.qty)).collect()
    }

    /// Members other than the defaulter that are not in liquidation themselves.
    fn other_members(&self, defaulter: AccountId) -> Vec<AccountId> {
        let members = self.clearing.iter().flat_map(|clearing| &clearing.members);
        let others = members
            .map(|member| member.account)
            .filter(|&id| id != defaulter && !self.accounts[id.index()].health.in_liquidation());
        others.collect()
    }

    /// What taking these positions over would mean to a member; `None` if the tiers or the ledger do
    /// not let it.
    fn bidder(&self, id: AccountId, lots: &[(InstrumentId, Qty)]) -> Option<Bidder> {
        let before = &self.accounts[id.index()];
        let mut after = before.clone();
        for &(instrument, qty) in lots {
            let rules = &self.instruments[instrument.index()];
            let key = before.key_for(instrument, Side::of(qty.0), false);
            let position = after.entry(key, rules.funding.index);
            position.qty += qty;
            let notional = value(position.worst().0, rules.mark.0, rules.unit);
            let largest = rules.tiers.largest(before.weight).min(MAX_NOTIONAL);
            if notional > largest.0 || position.cost.abs() > MAX_NOTIONAL {
                return None;
            }
        }
        Some(Bidder {
            account: id,
            free: self.free_margin(before),
            adds: amount(self.required(&after) - self.required(before)),
        })
    }

    /// Moves all positions of a unit to the winner of the auction, at their marks.
    fn hand_over(
        &mut self,
        number: u32,
        unit: Defaulted,
        winner: AccountId,
        standing: Standing,
        out: &mut Effects,
    ) {
        let closes = self.closes_of(unit, standing);
        for (instrument, close) in closes {
            let price = self.instruments[instrument.index()].mark;
            let opened = self.leg_of(winner, close.side, false);
            self.swap(
                unit.account,
                (winner, opened),
                (instrument, close.side),
                (price, close.qty),
            );
            self.note_close(number, instrument, &close, out);
        }
    }

    /// The forced closes of all positions of a unit, at their marks.
    pub(super) fn closes_of(
        &self,
        unit: Defaulted,
        standing: Standing,
    ) -> Vec<(InstrumentId, ForcedClose)> {
        let open = self.open_positions(unit.account, unit.isolated).into_iter();
        let close = |at: usize| {
            let position = &self.accounts[unit.account.index()].positions[at];
            let bankruptcy_price = self.bankruptcy_price(unit.account, unit.isolated, at, standing);
            let close = ForcedClose {
                side: Side::of(position.qty.0),
                qty: position.qty.abs(),
                price: self.instruments[position.instrument.index()].mark,
                bankruptcy_price,
                stage: Stage::Clearing,
            };
            (position.instrument, close)
        };
        open.map(close).collect()
    }

    /// A position on `side` goes, in part, from one account to a leg of another at a price; or is
    /// closed against the other's opposite one.
    pub(super) fn swap(
        &mut self,
        from: AccountId,
        (to, leg): (AccountId, Leg),
        (instrument, side): (InstrumentId, Side),
        (price, qty): (Price, Qty),
    ) {
        let fill = PerpFill {
            account: from,
            instrument,
            leg: self.leg_of(from, side.opposite(), true),
            side: side.opposite(),
            price,
            qty,
            fee: Usd::ZERO,
            margin: Margin::Stays,
        };
        self.book_perp(&fill);
        self.book_perp(&PerpFill {
            account: to,
            leg,
            side,
            margin: Margin::Returns,
            ..fill
        });
        self.digest
            .mix_all([i64::from(from.0), i64::from(to.0), price.0, qty.0]);
    }
}
