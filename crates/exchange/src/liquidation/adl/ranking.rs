//! The order in which one side of an instrument is deleveraged, and going through it.

use firesale_types::{AccountId, Qty, Side};
use serde::{Deserialize, Serialize};

use super::Bankrupt;
use super::candidate::AdlCandidate;
use super::policy::{AdlNeed, Method, draw};
use crate::Effects;
use crate::state::State;

/// The order in which one side of an instrument is deleveraged, made once for each mark: a burst of
/// bankruptcies at one mark goes down the same list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranking {
    /// The mark's version it was made for, plus one; zero is none.
    made_for: u64,
    order: Vec<AccountId>,
    /// How many of the first are in profit; only rules that share use it.
    in_profit: usize,
    /// Where a queue goes on.
    next: usize,
}

impl State {
    /// Closes against the other side as the venue's rule says. Returns how much was closed.
    pub(super) fn close_against_others(
        &mut self,
        bankrupt: &Bankrupt,
        qty: Qty,
        out: &mut Effects,
    ) -> Qty {
        let Some(method) = self.config.adl.method() else {
            return Qty::ZERO;
        };
        self.refresh_ranking(bankrupt);
        let left = self.go_through(method, bankrupt, qty, out);
        if left.is_zero() {
            return qty;
        }
        // Positions opened since the ranking was made are the only ones left, and those that could
        // not give at the price of an earlier bankruptcy.
        self.make_ranking(bankrupt);
        qty - self.go_through(method, bankrupt, left, out)
    }

    /// Returns what is left when the ranking is used up.
    fn go_through(
        &mut self,
        method: Method,
        bankrupt: &Bankrupt,
        qty: Qty,
        out: &mut Effects,
    ) -> Qty {
        match method {
            Method::Queue => self.go_down_queue(bankrupt, qty, out),
            Method::Draw => self.draw_lots(bankrupt, qty, out),
            Method::Share => self.share_out(bankrupt, qty, out),
        }
    }

    fn ranking(&mut self, bankrupt: &Bankrupt) -> &mut Ranking {
        let instrument = &mut self.instruments[bankrupt.instrument.index()];
        &mut instrument.rankings[bankrupt.side.opposite().index()]
    }

    fn go_down_queue(&mut self, bankrupt: &Bankrupt, qty: Qty, out: &mut Effects) -> Qty {
        let mut left = qty;
        loop {
            let ranking = self.ranking(bankrupt);
            let Some(&candidate) = ranking.order.get(ranking.next) else {
                return left;
            };
            left -= self.take_from(bankrupt, candidate, left, out);
            if left.is_zero() {
                return left;
            }
            self.ranking(bankrupt).next += 1;
        }
    }

    /// Draws one after another out of the list, which those who have given all they can leave.
    fn draw_lots(&mut self, bankrupt: &Bankrupt, qty: Qty, out: &mut Effects) -> Qty {
        let mut left = qty;
        for drawn in 0.. {
            let order = &self.ranking(bankrupt).order;
            let Some(at) = draw(bankrupt.key, drawn, order.len()) else {
                break;
            };
            let candidate = order[at];
            left -= self.take_from(bankrupt, candidate, left, out);
            if left.is_zero() {
                break;
            }
            self.ranking(bankrupt).order.swap_remove(at);
        }
        left
    }

    fn share_out(&mut self, bankrupt: &Bankrupt, qty: Qty, out: &mut Effects) -> Qty {
        let ranking = std::mem::take(self.ranking(bankrupt));
        let (winners, others) = ranking.order.split_at(ranking.in_profit);
        let mut left = qty;
        for group in [winners, others] {
            if left.is_zero() {
                break;
            }
            let of = group.iter().filter(|&&id| id != bankrupt.account);
            let of = of.filter_map(|&id| self.candidate(id, bankrupt.instrument, bankrupt.side));
            let of: Vec<AdlCandidate> = of.collect();
            let need = AdlNeed {
                qty: left,
                loss_per_lot: self.loss_per_lot(bankrupt),
                key: bankrupt.key,
            };
            let lots = self.config.adl.share(&of, &need);
            for (candidate, lots) in of.iter().zip(lots) {
                if lots > 0 {
                    self.deleverage_one(bankrupt, candidate.account, Qty(lots), out);
                    left -= Qty(lots);
                }
            }
        }
        *self.ranking(bankrupt) = ranking;
        left
    }

    /// Closes against one position as far as is needed and it can give. Returns how much.
    fn take_from(
        &mut self,
        bankrupt: &Bankrupt,
        candidate: AccountId,
        left: Qty,
        out: &mut Effects,
    ) -> Qty {
        let take = self.can_give(bankrupt, candidate).min(left);
        if take > Qty::ZERO {
            self.deleverage_one(bankrupt, candidate, take, out);
        }
        take
    }

    /// Makes the ranking of the side opposite to the bankrupt one anew, unless it was made for the
    /// present mark.
    fn refresh_ranking(&mut self, bankrupt: &Bankrupt) {
        let version = self.instruments[bankrupt.instrument.index()].mark_version;
        if self.ranking(bankrupt).made_for != version + 1 {
            self.make_ranking(bankrupt);
        }
    }

    /// Makes it anew in any case: positions may have been opened since.
    fn make_ranking(&mut self, bankrupt: &Bankrupt) {
        self.drop_former_holders(bankrupt);
        let candidates = self.candidates(bankrupt);
        let order = self.config.adl.rank(&candidates);
        let version = self.instruments[bankrupt.instrument.index()].mark_version;
        *self.ranking(bankrupt) = Ranking {
            made_for: version + 1,
            in_profit: order.partition_point(|&at| candidates[at].is_in_profit()),
            order: order.into_iter().map(|at| candidates[at].account).collect(),
            next: 0,
        };
    }

    /// All positions on the side opposite to the bankrupt one, by account.
    fn candidates(&self, bankrupt: &Bankrupt) -> Vec<AdlCandidate> {
        self.adl_candidates(bankrupt.instrument, bankrupt.side.opposite())
    }

    /// Takes accounts that have closed their positions off the list of holders.
    fn drop_former_holders(&mut self, bankrupt: &Bankrupt) {
        let id = bankrupt.instrument;
        let accounts = &mut self.accounts;
        self.instruments[id.index()].holders.retain(|account| {
            let account = &mut accounts[account.index()];
            let Ok(at) = account.find(id) else {
                return false;
            };
            let position = &mut account.positions[at];
            position.listed = !position.qty.is_zero();
            position.listed
        });
    }

    /// All positions on a side of an instrument, by account.
    pub(crate) fn adl_candidates(
        &self,
        instrument: firesale_types::InstrumentId,
        side: Side,
    ) -> Vec<AdlCandidate> {
        let holders = &self.instruments[instrument.index()].holders;
        let of = holders
            .iter()
            .filter_map(|&id| self.candidate(id, instrument, side.opposite()));
        let mut of: Vec<AdlCandidate> = of.collect();
        of.sort_unstable_by_key(|candidate| candidate.account);
        of
    }
}
