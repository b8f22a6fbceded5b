//! Stage 4: auto-deleveraging, the close of a bankrupt unit against the other side of the market.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};
use serde::{Deserialize, Serialize};

use super::ForcedClose;
use crate::account::{MarginMode, Position};
use crate::instrument::Threshold;
use crate::ledger::{Margin, PerpFill};
use crate::state::State;
use crate::valuation::Standing;
use crate::{AdlPolicy, Effects, Exchange, Report, Stage, VenueRecord};

/// The order in which one side of an instrument is deleveraged, made once for each mark: a burst of
/// bankruptcies at one mark goes down the same list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranking {
    /// The mark's version it was made for, plus one; zero is none.
    made_for: u64,
    pub(super) order: Vec<AccountId>,
    /// How many of the first are in profit; the queue does not use it.
    pub(super) in_profit: usize,
    /// Where the queue goes on.
    pub(super) next: usize,
}

/// A close that others must take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bankrupt {
    pub(super) number: u32,
    pub(super) account: AccountId,
    pub(super) instrument: InstrumentId,
    /// The side of its position.
    pub(super) side: Side,
    pub(super) price: Price,
}

impl Exchange {
    /// Closes all positions of a unit against the other side. Returns whether all are closed.
    ///
    /// At a venue with a vault that ranks by queue (Hyperliquid) the price is the previous mark,
    /// or the bankruptcy price if the previous mark would leave a deficit; elsewhere it is the
    /// bankruptcy price (Binance).
    pub(super) fn deleverage(
        &mut self,
        number: u32,
        standing: Standing,
        out: &mut Effects,
    ) -> bool {
        let state = &mut self.state;
        let case = &state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let by_queue = state.config.adl == AdlPolicy::Queue;
        let at_previous_mark = by_queue && state.config.backstop.is_some();
        let mut closes = smallvec::SmallVec::<[(Bankrupt, Qty, Price); 8]>::new();
        for at in state.open_positions(account, isolated) {
            let bankruptcy_price = state.bankruptcy_price(account, isolated, at, standing);
            let position = &state.accounts[account.index()].positions[at];
            let (instrument, held) = (position.instrument, position.qty);
            let side = Side::of(held.0);
            let previous = state.instruments[instrument.index()].previous_mark;
            let price = if at_previous_mark {
                better_for(side, previous, bankruptcy_price)
            } else {
                bankruptcy_price
            };
            let bankrupt = Bankrupt {
                number,
                account,
                instrument,
                side,
                price,
            };
            closes.push((bankrupt, held.abs(), bankruptcy_price));
        }
        let mut all = true;
        for (bankrupt, qty, bankruptcy_price) in closes {
            let closed = if by_queue {
                state.deleverage_by_queue(&bankrupt, qty, out)
            } else {
                state.deleverage_pro_rata(&bankrupt, qty, out)
            };
            all &= closed == qty;
            let close = ForcedClose {
                side: bankrupt.side,
                qty: closed,
                price: bankrupt.price,
                bankruptcy_price,
                stage: Stage::Adl,
            };
            if closed > Qty::ZERO {
                state.note_close(number, bankrupt.instrument, &close, out);
            }
        }
        all
    }
}

/// The higher price for one that sells, the lower for one that buys back.
fn better_for(side: Side, a: Price, b: Price) -> Price {
    match side {
        Side::Buy => a.max(b),
        Side::Sell => a.min(b),
    }
}

impl State {
    /// Makes the ranking of the side opposite to the bankrupt one anew, unless it was made for the
    /// present mark. `by` orders the positions; those first are taken first.
    pub(super) fn refresh_ranking(&mut self, bankrupt: &Bankrupt, by: fn(&mut Self, &Bankrupt)) {
        let instrument = &self.instruments[bankrupt.instrument.index()];
        let ranking = &instrument.rankings[bankrupt.side.opposite().index()];
        if ranking.made_for != instrument.mark_version + 1 {
            self.make_ranking(bankrupt, by);
        }
    }

    /// Makes it anew in any case: positions may have been opened since.
    pub(super) fn make_ranking(&mut self, bankrupt: &Bankrupt, by: fn(&mut Self, &Bankrupt)) {
        let side = bankrupt.side.opposite();
        self.drop_former_holders(bankrupt.instrument);
        let instrument = &mut self.instruments[bankrupt.instrument.index()];
        let ranking = &mut instrument.rankings[side.index()];
        ranking.made_for = instrument.mark_version + 1;
        ranking.next = 0;
        ranking.order.clear();
        let accounts = &self.accounts;
        let is_held = |id: &&AccountId| {
            let position = accounts[id.index()].position(bankrupt.instrument);
            position.is_some_and(|p| Side::of(p.qty.0) == side)
        };
        ranking
            .order
            .extend(instrument.holders.iter().filter(is_held));
        ranking.order.sort_unstable();
        by(self, bankrupt);
    }

    /// Takes accounts that have closed their positions off the list of holders.
    fn drop_former_holders(&mut self, id: InstrumentId) {
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

    /// The position that may be deleveraged, if the account still has one on that side.
    pub(super) fn opposite_qty(&self, bankrupt: &Bankrupt, account: AccountId) -> Qty {
        if account == bankrupt.account {
            return Qty::ZERO;
        }
        let position = self.accounts[account.index()].position(bankrupt.instrument);
        position.map_or(Qty::ZERO, |p| p.reducible(bankrupt.side))
    }

    /// What a position is part of: the equity of its margin unit.
    pub(super) fn unit_equity(&self, account: AccountId, position: &Position) -> i128 {
        let state = &self.accounts[account.index()];
        let isolated = (state.mode == MarginMode::Isolated).then_some(position.instrument);
        self.standing(state, isolated, Threshold::Maintenance)
            .equity
    }

    /// Whether a position is in profit at the mark, funding apart.
    pub(super) fn is_in_profit(&self, position: &Position) -> bool {
        let instrument = &self.instruments[position.instrument.index()];
        self.value(position.instrument, instrument.mark, position.qty) > position.cost.0
    }

    /// Closes part of the bankrupt position against a winner's.
    pub(super) fn deleverage_one(
        &mut self,
        bankrupt: &Bankrupt,
        counterparty: AccountId,
        qty: Qty,
        out: &mut Effects,
    ) {
        let position = self.accounts[counterparty.index()].position(bankrupt.instrument);
        let in_profit = position.is_some_and(|position| self.is_in_profit(position));
        let (instrument, price) = (bankrupt.instrument, bankrupt.price);
        let fill = PerpFill {
            account: bankrupt.account,
            instrument,
            side: bankrupt.side.opposite(),
            price,
            qty,
            fee: Usd::ZERO,
            margin: Margin::Stays,
        };
        self.book_perp(&fill);
        self.book_perp(&PerpFill {
            account: counterparty,
            side: bankrupt.side,
            margin: Margin::Returns,
            ..fill
        });
        let words = [
            i64::from(bankrupt.account.0),
            i64::from(counterparty.0),
            price.0,
            qty.0,
        ];
        self.digest.mix_all(words);
        let report = Report::Deleveraged {
            instrument,
            qty,
            price,
        };
        out.reports.push((counterparty, report));
        out.records.push(VenueRecord::Adl {
            id: bankrupt.number,
            account: bankrupt.account,
            counterparty,
            instrument,
            qty,
            price,
            mark: self.instruments[instrument.index()].mark,
            in_profit,
        });
    }
}
