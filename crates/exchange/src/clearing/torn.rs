//! Tear-up: the contracts of a defaulter are closed against the other side.

use std::collections::BTreeMap;

use firesale_types::{AccountId, InstrumentId, Qty, Usd};

use super::auction::Outcome;
use super::{Layer, tear_up};
use crate::limits::amount;
use crate::liquidation::{Defaulted, ForcedClose};
use crate::proportion::pro_rata;
use crate::state::State;
use crate::valuation::Standing;
use crate::{ClearingConfig, Effects, Report, VenueRecord};

impl State {
    /// Tears up all contracts of a unit. The layers first pay its deficit; what they do not is borne
    /// by those whose contracts are torn up, and what these cannot pay by the house.
    ///
    /// Contracts are closed at the mark: positions are revalued at every mark, so it is the price of
    /// the last variation, and the deficit is exactly what is missing at it.
    pub(super) fn tear_up_unit(
        &mut self,
        number: u32,
        rules: &ClearingConfig,
        unit: Defaulted,
        standing: Standing,
        auction: &Outcome,
        out: &mut Effects,
    ) {
        let deficit = amount((-standing.equity).max(0));
        let plan = self.plan(rules, unit, deficit, Some(auction));
        self.pay(unit, &plan, out);
        let mut closed: BTreeMap<AccountId, Usd> = Default::default();
        for (instrument, close) in self.closes_of(unit, standing) {
            for (other, qty) in self.opposite_shares(instrument, &close) {
                let price = close.price;
                let worth = Usd(self.value(instrument, price, qty));
                *closed.entry(other).or_default() += worth;
                let closed = self.leg_of(other, close.side, true);
                self.swap(
                    unit.account,
                    (other, closed),
                    (instrument, close.side),
                    (price, qty),
                );
                let report = Report::Deleveraged {
                    instrument,
                    qty,
                    price,
                };
                out.reports.push((other, report));
                out.records.push(VenueRecord::TornUp {
                    id: number,
                    account: unit.account,
                    counterparty: other,
                    instrument,
                    qty,
                    price,
                });
            }
            self.note_close(number, instrument, &close, out);
        }
        let bearers: Vec<AccountId> = closed.keys().copied().collect();
        let claims = closed
            .iter()
            .map(|(&id, &worth)| (worth, self.can_pay(id, None)));
        let claims: Vec<(Usd, Usd)> = claims.collect();
        let mut left = plan.paid.uncovered;
        for (id, part) in bearers.into_iter().zip(tear_up(left, &claims)) {
            self.take(unit.account, (id, None), Layer::TearUp, part, out);
            self.credit_unit(unit, part);
            left -= part;
        }
        self.fall_to_the_house(unit, left, out);
    }

    /// Who holds how much against a position that is torn up: all on the other side, in proportion;
    /// of an isolated leg also the owner's other one.
    fn opposite_shares(
        &self,
        instrument: InstrumentId,
        close: &ForcedClose,
    ) -> Vec<(AccountId, Qty)> {
        let holders = self.instruments[instrument.index()].holders.iter();
        let held = |&id: &AccountId| {
            let account = &self.accounts[id.index()];
            let position = account.position(account.key_for(instrument, close.side, true));
            (id, position.map_or(0, |p| p.reducible(close.side).0))
        };
        let mut others: Vec<(AccountId, i64)> =
            holders.map(held).filter(|&(_, qty)| qty > 0).collect();
        others.sort_unstable();
        let sizes: Vec<i64> = others.iter().map(|(_, qty)| *qty).collect();
        let shares = pro_rata(&sizes, close.qty.0);
        let shares = others.into_iter().zip(shares).filter(|(_, qty)| *qty > 0);
        shares.map(|((id, _), qty)| (id, Qty(qty))).collect()
    }
}
