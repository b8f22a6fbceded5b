//! After a batch: what differs and why, and the book brought to what the feed says.

use firesale_types::Side;

use super::{Player, UNITS};
use crate::replay::Cause;
use crate::replay::Trade;
use crate::replay::bitstamp::{Action, Row};

impl Player {
    /// Explains the differences of a batch, then brings every order that the batch or a wrong trade
    /// has touched to the state that the feed reports.
    pub(super) fn repair(&mut self, batch: &[Row]) {
        self.explain(batch);
        for row in batch {
            let created_here = row.action == Action::Created;
            self.bring_to_report(row.id, created_here);
        }
        let wrong = std::mem::take(&mut self.extra);
        for one in wrong.iter().rev() {
            self.restore(&one.trade);
        }
        self.extra = wrong;
    }

    /// Makes the open quantity of an order what the feed reports. An order of which the engine has
    /// traded too much goes back in front of its queue, or to the end if it has only come in this
    /// batch; whatever stands in its way has left the exchange without notice.
    fn bring_to_report(&mut self, id: u64, created_here: bool) {
        let Some(&known) = self.session.known(id) else {
            return;
        };
        if known.reported == 0 {
            self.session.forget(id);
        } else if known.reported < known.open {
            // Same price and less quantity: it stays in its place, and nothing can refuse it.
            let _ = self.session.change(id, known.price, known.reported);
        } else if known.reported > known.open {
            while self.session.crosses(known.side, known.price)
                && let Some(stale) = self.session.first(known.side.opposite())
            {
                self.discard(stale.id);
            }
            if created_here {
                self.session.withdraw(id);
                self.session.rest_again(id, known.reported);
            } else {
                self.session.put_first(id, known.reported);
            }
        }
    }

    /// Undoes a wrong trade for its maker: it goes back to its place, unless the exchange has
    /// traded past it, or lets orders rest beyond it.
    fn restore(&mut self, trade: &Trade) {
        let Some(&maker) = self.session.known(trade.maker) else {
            return;
        };
        if maker.reported <= maker.open {
            return;
        }
        let passed = self.happened.iter().any(|real| is_past(real, trade));
        if passed || self.session.crosses(maker.side, maker.price) {
            self.discard(trade.maker);
        } else {
            self.session.put_first(trade.maker, maker.reported);
        }
    }

    fn discard(&mut self, id: u64) {
        self.session.forget(id);
        self.report
            .count("orders withdrawn because the exchange traded past them");
    }

    /// One line for each trade that is missing or extra.
    pub(super) fn explain(&mut self, batch: &[Row]) {
        for one in &self.extra {
            let (cause, why) = self.why_extra(&one.trade, batch);
            let what = || format!("extra trade: {}; {why}", one.trade.shown(UNITS));
            self.report.differ(one.line, cause, what);
        }
        let line = batch.first().map_or(0, |row| row.line);
        for one in &self.missing {
            let (cause, why) = self.why_missing(&one.trade);
            let what = || {
                let trade = one.trade.shown(UNITS);
                format!(
                    "missing trade (line {} of the trades): {trade}; {why}",
                    one.line
                )
            };
            self.report.differ(line, cause, what);
        }
    }

    fn why_extra(&self, trade: &Trade, batch: &[Row]) -> (Cause, &'static str) {
        if self.happened.iter().any(|real| is_past(real, trade)) {
            let why = "the exchange traded past the maker in the same instant";
            (Cause::StaleOrder, why)
        } else if rests(batch, trade.taker) {
            let why = "on the exchange the taker rested at that price";
            (Cause::StaleOrder, why)
        } else {
            (Cause::Unexplained, "on the exchange neither order traded")
        }
    }

    fn why_missing(&self, trade: &Trade) -> (Cause, String) {
        let instead = self.made.iter().find(|made| made.taker == trade.taker);
        if let Some(made) = instead
            && is_past(trade, made)
        {
            let maker = made.maker;
            let why = format!("the engine took {maker} first, which stood before it");
            (Cause::StaleOrder, why)
        } else if self.session.known(trade.maker).is_none() {
            let why = "the file has not shown the maker";
            (Cause::UnknownOrder, why.to_owned())
        } else if self.session.known(trade.taker).is_none() {
            let why = "the file has not shown the taker";
            (Cause::UnknownOrder, why.to_owned())
        } else {
            (Cause::Unexplained, "the engine did not make it".to_owned())
        }
    }
}

/// Whether a real trade of the same side took an order that stood behind the maker of ours.
fn is_past(real: &Trade, ours: &Trade) -> bool {
    let behind = match ours.taker_side {
        Side::Buy => real.price >= ours.price,
        Side::Sell => real.price <= ours.price,
    };
    real.taker_side == ours.taker_side && real.maker != ours.maker && behind
}

/// Whether an order has something open at the end of a batch.
fn rests(batch: &[Row], id: u64) -> bool {
    let last = batch.iter().rev().find(|row| row.id == id);
    last.is_some_and(|row| row.action != Action::Deleted)
}
