//! Executions: what the file says, what the book makes of it, and what is done if they differ.

use super::{Message, Player, taker};
use crate::replay::matcher::Origin;
use crate::replay::{Cause, Trade};

impl Player {
    /// A visible order trades.
    pub(super) fn execute(&mut self, message: &Message) {
        if self.session.book().is_halted() {
            self.report.count("executions of an auction, applied");
            self.reduce(message);
            return;
        }
        self.report.count("executions");
        let id = self.unused_id();
        let expected = Trade {
            // An order that no message has announced is part of its level's seed.
            maker: self.target(message).unwrap_or(message.id),
            taker: id,
            taker_side: message.side.opposite(),
            price: message.price.0,
            qty: message.size,
        };
        let line = message.line;
        self.matcher
            .add(Origin::Published, expected, line as i64, line);
        if let Err(why) = self.session.submit(&taker(id, message)) {
            let what = || format!("an execution of {} is refused: {why}", message.id);
            self.report.differ(line, Cause::Refusal, what);
        }
        self.session.take_trades(&mut self.made);
        for &trade in &self.made {
            self.matcher.add(Origin::Made, trade, line as i64, line);
        }
        self.session.forget(id);
        if self.made != [expected] {
            self.undo(message, &expected);
        }
        let made = std::mem::take(&mut self.made);
        for trade in &made {
            self.note_fill(trade.maker, message);
        }
        self.made = made;
        self.made.clear();
    }

    /// The maker's report follows its fills; one that is filled is forgotten.
    fn note_fill(&mut self, maker: u64, message: &Message) {
        match self.session.known(maker).map(|known| known.open) {
            Some(0) => self.forget(maker, message),
            Some(open) => self.session.report(maker, open),
            None => {}
        }
    }

    /// Gives the orders that traded in the wrong place back what they had, and takes the shares
    /// from the order that the file names.
    fn undo(&mut self, message: &Message, expected: &Trade) {
        let same_level = self.made.iter().all(|made| made.price == expected.price);
        let cause = if same_level && !self.made.is_empty() {
            Cause::UnknownPriority
        } else {
            Cause::Unexplained
        };
        let made: Vec<String> = self.made.iter().map(ToString::to_string).collect();
        let what = || format!("execution: {expected}; made: {}", made.join(", "));
        self.report.differ(message.line, cause, what);
        let wrong = std::mem::take(&mut self.made);
        for trade in wrong.iter().rev() {
            if let Some(&maker) = self.session.known(trade.maker) {
                self.session.put_first(trade.maker, maker.reported);
            }
        }
        self.reduce(message);
    }

    /// Trades that no execution asked for: an announced order that crosses, or an auction of ours.
    pub(super) fn settle_trades(&mut self, message: &Message) {
        self.session.take_trades(&mut self.made);
        let made = std::mem::take(&mut self.made);
        let line = message.line;
        for &trade in &made {
            self.matcher.add(Origin::Made, trade, line as i64, line);
            let what = || format!("extra trade: {trade}; the file has no execution there");
            self.report.differ(line, Cause::Unexplained, what);
            for id in [trade.maker, trade.taker] {
                if self.session.known(id).is_some_and(|known| known.open == 0) {
                    self.forget(id, message);
                }
            }
        }
        self.made = made;
        self.made.clear();
        // Every difference has been told where it was made.
        let (missing, extra) = (&mut self.missing, &mut self.extra);
        self.matcher.give_up(i64::MAX, missing, extra);
        missing.clear();
        extra.clear();
    }
}
