//! Bitstamp order events without a snapshot and without trades.
//!
//! The file is read twice. The first reading finds the orders that stood in the book at the
//! beginning, as far as they ever appear; the second feeds the book. The trades that happened
//! follow from pairs of rows (`pairing.rs`).
//!
//! The exchange of that time announced an order first and matched it up to two seconds later, one
//! counterparty at a time; the engine matches at once. A row that says that more of an order is
//! open than in our book is therefore old news; only one that says less is acted upon. Market
//! orders show as orders whose price is moved to the next level before each fill.

use std::collections::BTreeSet;
use std::path::Path;

use firesale_types::Side;

use crate::replay::bitstamp::{Action, FORM_2015, Row};
use crate::replay::feed::Feed;
use crate::replay::matcher::{Matcher, Origin, Unpaired};
use crate::replay::pairing::{Pairing, ROUNDING};
use crate::replay::session::{New, Session};
use crate::replay::{Cause, Format, ReplayError, ReplayReport, Trade, Units};

const UNITS: Units = Format::Bitstamp2015.units();

/// For how long the two sides of a comparison wait for each other, in milliseconds.
const HORIZON: i64 = 30_000;

/// Deletions of orders whose creation has not been seen that are remembered.
const EARLY: usize = 4_096;

pub(super) fn replay(file: &Path) -> Result<ReplayReport, ReplayError> {
    let mut player = Player::new(file);
    player.place_opening_book(first_reading(file)?);
    let mut rows = open(file)?;
    let mut pairing = Pairing::default();
    while let Some((time, row)) = rows.next()? {
        player.feed(&row);
        player.take_trades(&row);
        if let Some((trade, line)) = pairing.see(&row) {
            player.matcher.add(Origin::Published, trade, time, line);
        }
        player.explain(time.saturating_sub(HORIZON));
    }
    player.explain(i64::MAX);
    Ok(player.finish(rows.rows, &pairing))
}

/// The rows in file order: the local time never falls, so nothing has to be held back.
fn open(file: &Path) -> Result<Feed<Row>, ReplayError> {
    Feed::open(file, &FORM_2015.header, 0, |line| {
        FORM_2015.row(line).map(|row| (row.time, row))
    })
}

fn first_reading(file: &Path) -> Result<Pairing, ReplayError> {
    let mut rows = open(file)?;
    let mut pairing = Pairing::default();
    while let Some((_, row)) = rows.next()? {
        pairing.see(&row);
    }
    Ok(pairing)
}

/// The replay in progress.
struct Player {
    session: Session,
    matcher: Matcher,
    report: ReplayReport,
    /// Orders deleted before they were created.
    early: BTreeSet<u64>,
    made: Vec<Trade>,
    missing: Vec<Unpaired>,
    extra: Vec<Unpaired>,
}

impl Player {
    fn new(file: &Path) -> Self {
        Self {
            session: Session::new(),
            matcher: Matcher::new(ROUNDING),
            report: ReplayReport::new(file, Format::Bitstamp2015),
            early: BTreeSet::new(),
            made: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// The orders from before the file, the oldest first.
    fn place_opening_book(&mut self, first: Pairing) {
        for (id, order) in first.openings {
            if order.volume == 0 || self.session.crosses(order.side, order.price) {
                self.report.count("orders from before the file, left out");
            } else {
                self.report.count("orders from before the file");
                self.submit(0, &New::limit(id, order.side, order.price, order.volume));
            }
        }
    }

    fn submit(&mut self, line: u64, new: &New) {
        if let Err(why) = self.session.submit(new) {
            let what = || format!("order {} is refused: {why}", new.id);
            self.report.differ(line, Cause::Refusal, what);
        }
    }

    fn feed(&mut self, row: &Row) {
        match row.action {
            Action::Created => self.create(row),
            Action::Changed => self.change(row),
            Action::Deleted => self.delete(row),
        }
        let best = |side| self.session.book().best(side).map(|(price, _)| price);
        if let (Some(bid), Some(ask)) = (best(Side::Buy), best(Side::Sell))
            && bid >= ask
        {
            self.report.crossed += 1;
        }
    }

    fn create(&mut self, row: &Row) {
        if self.early.remove(&row.id) {
            self.report
                .count("orders deleted before they were created, left out");
        } else if self.session.known(row.id).is_some() {
            let what = || format!("order {} is created twice", row.id);
            self.report.differ(row.line, Cause::Contradiction, what);
        } else if row.volume > 0 {
            self.report.count("limit orders");
            self.submit(
                row.line,
                &New::limit(row.id, row.side, row.price, row.volume),
            );
        }
    }

    fn change(&mut self, row: &Row) {
        let Some(&known) = self.session.known(row.id) else {
            self.report
                .count("changes of orders that the file has not shown");
            return;
        };
        self.session.report(row.id, row.volume);
        let qty = known.open.min(row.volume);
        if qty == 0 || (qty == known.open && row.price == known.price) {
            return;
        }
        self.report.count(if row.price == known.price {
            "orders shrunk to what the file says"
        } else {
            "orders moved to another price"
        });
        if let Err(why) = self.session.change(row.id, row.price, qty) {
            let what = || format!("a change of order {} is refused: {why}", row.id);
            self.report.differ(row.line, Cause::Refusal, what);
        }
    }

    fn delete(&mut self, row: &Row) {
        if let Some(&known) = self.session.known(row.id) {
            if row.volume > 0 {
                self.report.count("cancels");
            } else if known.open > ROUNDING {
                self.report
                    .count("orders filled on the exchange and open in the engine, withdrawn");
            }
            self.session.forget(row.id);
        } else {
            self.report
                .count("cancels of orders that the file has not shown");
            self.early.insert(row.id);
            if self.early.len() > EARLY {
                self.early.pop_first();
            }
        }
    }

    fn take_trades(&mut self, row: &Row) {
        self.session.take_trades(&mut self.made);
        for &trade in &self.made {
            self.matcher.add(Origin::Made, trade, row.time, row.line);
        }
    }

    /// One line for each trade from before a moment that has no counterpart.
    fn explain(&mut self, before: i64) {
        self.missing.clear();
        self.extra.clear();
        self.matcher
            .give_up(before, &mut self.missing, &mut self.extra);
        for (which, list) in [("missing", &self.missing), ("extra", &self.extra)] {
            for one in list {
                let what = || format!("{which} trade: {}", one.trade.shown(UNITS));
                self.report.differ(one.line, Cause::LateMatching, what);
            }
        }
    }

    fn finish(mut self, rows: u64, pairing: &Pairing) -> ReplayReport {
        self.report.rows = rows;
        self.report.trades = self.matcher.counts();
        for (what, n) in [
            (
                "fills of which the file shows one side only",
                pairing.unpaired,
            ),
            ("rows by which a volume grew", pairing.grown),
        ] {
            if n > 0 {
                self.report.counts.insert(what.to_owned(), n);
            }
        }
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::Price;

    /// A row of an order at 100 cents, or at another price.
    fn row(id: u64, side: Side, price: i64, volume: i64, action: Action) -> Row {
        Row {
            line: id,
            id,
            time: 0,
            price: Price(price),
            volume,
            action,
            side,
        }
    }

    #[test]
    fn old_news_is_ignored_and_moves_trade() {
        let mut player = Player::new(Path::new("none"));
        player.feed(&row(1, Side::Sell, 100, 10, Action::Created));
        player.feed(&row(2, Side::Sell, 103, 10, Action::Created));
        player.feed(&row(3, Side::Buy, 100, 15, Action::Created));
        // The engine has traded 10; the exchange reports 4 of them so far.
        player.feed(&row(3, Side::Buy, 100, 11, Action::Changed));
        assert_eq!(player.session.known(3).map(|known| known.open), Some(5));
        // A market order goes on to the next level.
        player.feed(&row(3, Side::Buy, 103, 5, Action::Changed));
        player.session.take_trades(&mut player.made);
        let trades: Vec<_> = player
            .made
            .iter()
            .map(|t| (t.maker, t.price, t.qty))
            .collect();
        assert_eq!(trades, [(1, 100, 10), (2, 103, 5)]);
        // Less than in the engine: it shrinks.
        player.feed(&row(2, Side::Sell, 103, 3, Action::Changed));
        assert_eq!(player.session.known(2).map(|known| known.open), Some(3));
    }
}
