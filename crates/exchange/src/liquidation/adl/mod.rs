//! Stage 4: auto-deleveraging, the close of a bankrupt unit against the other side of the market.
//!
//! Who gives how much is a function of a frozen list of candidates (`policy.rs`, scores in
//! `candidate.rs`, sharing under caps in `crate::proportion`). A venue goes through the list it froze at the
//! present mark (`ranking.rs`). What nobody can give goes to the insurance fund.

mod candidate;
mod policy;
mod ranking;

use firesale_types::{AccountId, InstrumentId, Price, Qty, Rate, Rounding, Side, Usd, hash64};

pub use candidate::{AdlCandidate, adl_lights};
pub use policy::AdlNeed;
pub(crate) use ranking::Ranking;

use super::ForcedClose;
use crate::ledger::{Margin, PerpFill};
use crate::leg::PositionKey;
use crate::state::State;
use crate::valuation::Standing;
use crate::{AdlPolicy, AdlPrice, Effects, Exchange, Report, Stage, VenueRecord};

/// A close that others must take.
#[derive(Clone, Copy, Debug)]
struct Bankrupt {
    number: u32,
    account: AccountId,
    instrument: InstrumentId,
    /// The side of its position.
    side: Side,
    price: Price,
    /// The key of random draws.
    key: u64,
}

/// A bankrupt position and what a step of its liquidation may close of it.
#[derive(Clone, Copy, Debug)]
struct Due {
    bankrupt: Bankrupt,
    bankruptcy_price: Price,
    asked: Qty,
    held: Qty,
}

type AllDue = smallvec::SmallVec<[Due; 4]>;

impl Exchange {
    /// Closes the positions of a unit against the other side, as far as one step may. Returns
    /// whether the next step may follow at once.
    ///
    /// At the price that the venue's terms name. What nobody can take there without losing more
    /// than its equity is offered at the bankruptcy price, unless the rule lets nobody lose more
    /// than its profit either. What is left then goes to the insurance fund, which may go below
    /// zero by it.
    pub(super) fn deleverage(
        &mut self,
        number: u32,
        standing: Standing,
        out: &mut Effects,
    ) -> bool {
        let (mut all, mut limited) = (true, false);
        for due in self.state.due(number, standing) {
            let mut left = due.asked;
            for price in [due.bankrupt.price, due.bankruptcy_price] {
                let bankrupt = Bankrupt {
                    price,
                    ..due.bankrupt
                };
                left -= self.state.close_part(&bankrupt, left, &due, out);
                if price == due.bankruptcy_price || self.state.config.adl.spares_principal() {
                    break;
                }
            }
            all &= left.is_zero();
            limited |= due.asked < due.held;
        }
        if all {
            return !limited;
        }
        let case = &self.state.liquidations[number as usize];
        let standing = self.standing(case.account, case.isolated);
        standing.cushion() >= 0 || self.take_over(number, Self::INSURANCE, standing, out)
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
    /// The price at which winners are closed here.
    fn adl_price(&self) -> AdlPrice {
        let hyperliquid = self.config.adl == AdlPolicy::Queue && self.config.backstop.is_some();
        self.config.adl_terms.price.unwrap_or(if hyperliquid {
            AdlPrice::PreviousMark
        } else {
            AdlPrice::Bankruptcy
        })
    }

    /// The positions of a unit that are to be closed, with prices and limits of this moment.
    fn due(&self, number: u32, standing: Standing) -> AllDue {
        let case = &self.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let by = self.adl_price();
        let due = |at: usize| {
            let bankruptcy_price = self.bankruptcy_price(account, isolated, at, standing);
            let position = &self.accounts[account.index()].positions[at];
            let (instrument, held) = (position.instrument, position.qty);
            let side = Side::of(held.0);
            let previous = self.instruments[instrument.index()].previous_mark;
            let price = match by {
                AdlPrice::PreviousMark => better_for(side, previous, bankruptcy_price),
                AdlPrice::Bankruptcy => bankruptcy_price,
            };
            let bankrupt = Bankrupt {
                number,
                account,
                instrument,
                side,
                price,
                key: self.draw_key(number),
            };
            Due {
                bankrupt,
                bankruptcy_price,
                asked: self.asked(instrument, held.abs()),
                held: held.abs(),
            }
        };
        let open = self.open_positions(account, isolated);
        open.into_iter().map(due).collect()
    }

    /// A key that depends on all that has happened and on the liquidation.
    fn draw_key(&self, number: u32) -> u64 {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.digest.0.to_le_bytes());
        bytes[8..].copy_from_slice(&number.to_le_bytes());
        hash64(&bytes)
    }

    /// How much of a position one step may close, at least a lot.
    fn asked(&self, instrument: InstrumentId, held: Qty) -> Qty {
        let terms = &self.config.adl_terms;
        if terms.max_portion == Rate::ONE && terms.max_notional == Usd::MAX {
            return held;
        }
        let portion = held.mul_div(terms.max_portion.0, Rate::ONE.0, Rounding::Ceil);
        let lot = self.value(
            instrument,
            self.instruments[instrument.index()].mark,
            Qty(1),
        );
        let lots = Qty((terms.max_notional.0 / lot.max(1)).max(1));
        portion.unwrap_or(held).min(lots).min(held)
    }

    /// What a lot costs the one who gives it: the distance from the mark to the closing price, as
    /// far as that price is worse for it.
    fn loss_per_lot(&self, bankrupt: &Bankrupt) -> Usd {
        let mark = self.instruments[bankrupt.instrument.index()].mark;
        let distance = Price(bankrupt.side.sign() * (bankrupt.price - mark).0);
        let loss = self.value(bankrupt.instrument, distance, Qty(1));
        Usd(loss.max(0))
    }

    /// Closes a quantity against others at the price of the bankruptcy, and notes it. Returns how
    /// much was closed.
    fn close_part(&mut self, bankrupt: &Bankrupt, qty: Qty, due: &Due, out: &mut Effects) -> Qty {
        if qty.is_zero() {
            return qty;
        }
        let closed = self.close_against_others(bankrupt, qty, out);
        let close = ForcedClose {
            side: bankrupt.side,
            qty: closed,
            price: bankrupt.price,
            bankruptcy_price: due.bankruptcy_price,
            stage: Stage::Adl,
        };
        if closed > Qty::ZERO {
            self.note_close(bankrupt.number, bankrupt.instrument, &close, out);
        }
        closed
    }

    /// Whether a position is in profit at the mark, funding apart.
    fn is_in_profit(&self, position: &crate::account::Position) -> bool {
        let instrument = &self.instruments[position.instrument.index()];
        self.value(position.instrument, instrument.mark, position.qty) > position.cost.0
    }

    /// Closes part of the bankrupt position against a winner's.
    fn deleverage_one(
        &mut self,
        bankrupt: &Bankrupt,
        counterparty: AccountId,
        qty: Qty,
        out: &mut Effects,
    ) {
        let (instrument, price) = (bankrupt.instrument, bankrupt.price);
        let giving = self.leg_of(counterparty, bankrupt.side, true);
        let position =
            self.accounts[counterparty.index()].position(PositionKey::new(instrument, giving));
        let in_profit = position.is_some_and(|position| self.is_in_profit(position));
        let fill = PerpFill {
            account: bankrupt.account,
            instrument,
            leg: self.leg_of(bankrupt.account, bankrupt.side.opposite(), true),
            side: bankrupt.side.opposite(),
            price,
            qty,
            fee: Usd::ZERO,
            margin: Margin::Stays,
        };
        self.book_perp(&fill);
        self.book_perp(&PerpFill {
            account: counterparty,
            leg: giving,
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
        let side = bankrupt.side.opposite();
        let taken = Qty(side.sign() * qty.0);
        self.note_deleveraged(bankrupt.number, counterparty, instrument, taken);
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
            side,
            mark: self.instruments[instrument.index()].mark,
            in_profit,
        });
    }
}
