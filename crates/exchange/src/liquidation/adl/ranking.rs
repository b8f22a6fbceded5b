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
///
/// It is made anew within a mark only when it is used up and may be out of date: positions have
/// been opened since, or someone could not give at an earlier price.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranking {
    /// The mark's version it was made for, plus one; zero is none.
    made_for: u64,
    /// How many positions had been opened by then.
    openings: u64,
    order: Vec<AccountId>,
    /// How many of the first are in profit, under rules that part winners from losers; else all.
    winners: usize,
    /// Where a queue goes on.
    next: usize,
    /// Whether someone was passed over who still holds a position.
    passed_over: bool,
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
        if method == Method::Share {
            self.refresh_ranking(bankrupt, true);
            return qty - self.share_out(bankrupt, qty, out);
        }
        self.refresh_ranking(bankrupt, false);
        let winners = self.ranking(bankrupt).winners;
        let mut left = self.go_through(bankrupt, (qty, winners), out);
        if left > Qty::ZERO {
            if self.is_stale(bankrupt) || self.ranking(bankrupt).passed_over {
                self.make_ranking(bankrupt);
            }
            left = self.go_through(bankrupt, (left, usize::MAX), out);
        }
        qty - left
    }

    /// Returns what is left when the ranking is used up to a place.
    fn go_through(
        &mut self,
        bankrupt: &Bankrupt,
        (qty, end): (Qty, usize),
        out: &mut Effects,
    ) -> Qty {
        if self.config.adl.method() == Some(Method::Draw) {
            self.draw_lots(bankrupt, qty, out)
        } else {
            self.go_down_queue(bankrupt, (qty, end), out)
        }
    }

    fn ranking(&mut self, bankrupt: &Bankrupt) -> &mut Ranking {
        let instrument = &mut self.instruments[bankrupt.instrument.index()];
        &mut instrument.rankings[bankrupt.side.opposite().index()]
    }

    fn go_down_queue(
        &mut self,
        bankrupt: &Bankrupt,
        (qty, end): (Qty, usize),
        out: &mut Effects,
    ) -> Qty {
        let mut left = qty;
        loop {
            let ranking = self.ranking(bankrupt);
            let candidate = ranking.order.get(ranking.next);
            let Some(&candidate) = candidate.filter(|_| ranking.next < end) else {
                return left;
            };
            // A winner may have enlarged its position since, at a worse price.
            if end < usize::MAX && self.has_ceased_to_win(bankrupt, candidate) {
                self.ranking(bankrupt).passed_over = true;
            } else {
                left -= self.take_from(bankrupt, candidate, left, out);
            }
            if left.is_zero() {
                return left;
            }
            self.ranking(bankrupt).next += 1;
        }
    }

    /// Whether a rule that parts winners from losers must pass over an account that it ranked among
    /// the winners.
    fn has_ceased_to_win(&self, bankrupt: &Bankrupt, account: AccountId) -> bool {
        let state = &self.accounts[account.index()];
        let position = state.position(state.key_for(bankrupt.instrument, bankrupt.side, true));
        let loses = position.is_some_and(|p| !p.qty.is_zero() && !self.is_in_profit(p));
        loses && self.config.adl.parts_winners()
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
        let (winners, others) = ranking.order.split_at(ranking.winners);
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
        let (held, affordable) = self.can_give(bankrupt, candidate);
        let take = affordable.min(left);
        if take > Qty::ZERO {
            self.deleverage_one(bankrupt, candidate, take, out);
        }
        self.ranking(bankrupt).passed_over |= take < held.min(left);
        take
    }

    /// Makes the ranking of the side opposite to the bankrupt one anew, unless it was made for the
    /// present mark, and, if asked, for the present positions.
    fn refresh_ranking(&mut self, bankrupt: &Bankrupt, exactly: bool) {
        let version = self.instruments[bankrupt.instrument.index()].mark_version;
        let other_mark = self.ranking(bankrupt).made_for != version + 1;
        if other_mark || (exactly && self.is_stale(bankrupt)) {
            self.make_ranking(bankrupt);
        }
    }

    /// Whether positions have been opened since the ranking was made.
    fn is_stale(&mut self, bankrupt: &Bankrupt) -> bool {
        let openings = self.instruments[bankrupt.instrument.index()].openings;
        self.ranking(bankrupt).openings != openings
    }

    /// Makes it anew in any case: positions may have been opened since.
    fn make_ranking(&mut self, bankrupt: &Bankrupt) {
        self.drop_former_holders(bankrupt);
        let candidates = self.candidates(bankrupt);
        let order = self.config.adl.rank(&candidates);
        let winners = if self.config.adl.parts_winners() {
            order.partition_point(|&at| candidates[at].is_in_profit())
        } else {
            order.len()
        };
        let instrument = &self.instruments[bankrupt.instrument.index()];
        let (made_for, openings) = (instrument.mark_version + 1, instrument.openings);
        *self.ranking(bankrupt) = Ranking {
            made_for,
            openings,
            winners,
            order: order.into_iter().map(|at| candidates[at].account).collect(),
            next: 0,
            passed_over: false,
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
            let entries = accounts[account.index()].entries_in_mut(id);
            let holds = entries.iter().any(|p| !p.qty.is_zero());
            entries.iter_mut().for_each(|p| p.listed = holds);
            holds
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
