//! Executions: what the file says, what the book makes of it, and what is done if they differ.

use firesale_matching::TimeInForce;

use super::level::is_seed;
use super::message::Message;
use super::{Player, UNITS};
use crate::replay::matcher::Origin;
use crate::replay::session::New;
use crate::replay::{Cause, Trade};

impl Player {
    /// A visible order trades.
    pub(super) fn execute(&mut self, message: &Message) {
        if self.session.book().is_halted() {
            self.report.count("executions of an auction, applied");
            self.take(message);
            return;
        }
        self.report.count("executions");
        let line = message.line;
        let taker = self.own_id();
        let expected = self.expected(message, taker);
        let new = New {
            tif: TimeInForce::Ioc,
            ..New::limit(taker, expected.taker_side, message.price, message.size)
        };
        if let Err(why) = self.session.submit(&new) {
            let what = || format!("an execution of order {} is refused: {why}", message.id);
            self.report.differ(line, Cause::Refusal, what);
        }
        self.session.take_trades(&mut self.made);
        self.session.forget(taker);
        self.join_seeds(&expected);
        self.matcher
            .add(Origin::Published, expected, line as i64, line);
        for &trade in &self.made {
            self.matcher.add(Origin::Made, trade, line as i64, line);
        }
        if self.made == [expected] {
            self.settle_makers();
        } else {
            self.correct(message, &expected);
        }
    }

    /// The trade that an execution tells of. The maker is the order it names or, if that is not
    /// known, the first seed of its level.
    fn expected(&mut self, message: &Message, taker: u64) -> Trade {
        let named = self.session.known(message.id).map(|known| known.id);
        let maker = named.or_else(|| {
            self.report
                .count("executions of orders that no message has announced");
            self.first_seed(message.side, message.price)
        });
        Trade {
            maker: maker.unwrap_or(message.id),
            taker,
            taker_side: message.side.opposite(),
            price: message.price.0,
            qty: message.size,
        }
    }

    /// Seeds of one level are one: which of its nameless orders are in which of them is not known.
    fn join_seeds(&mut self, expected: &Trade) {
        let at_level = |made: &Trade| is_seed(made.maker) && made.price == expected.price;
        let qty: i64 = self.made.iter().map(|made| made.qty).sum();
        if self.made.len() > 1
            && qty == expected.qty
            && is_seed(expected.maker)
            && self.made.iter().all(at_level)
        {
            self.settle_makers();
            self.made.clear();
            self.made.push(Trade { qty, ..*expected });
        }
    }

    /// Makers that are filled are forgotten; the reports of the others follow their fills.
    fn settle_makers(&mut self) {
        for at in 0..self.made.len() {
            let maker = self.made[at].maker;
            match self.session.known(maker).map(|known| known.open) {
                Some(0) => self.session.forget(maker),
                Some(open) => self.session.report(maker, open),
                None => {}
            }
        }
    }

    /// Gives the orders that traded in place of another back what they had, and takes the shares
    /// from the order that the file names.
    fn correct(&mut self, message: &Message, expected: &Trade) {
        let same_level = self.made.iter().all(|made| made.price == expected.price);
        let cause = if same_level && !self.made.is_empty() {
            Cause::UnknownPriority
        } else {
            Cause::Unexplained
        };
        let made: Vec<String> = self.made.iter().map(|made| made.shown(UNITS)).collect();
        let what = || {
            let made = if made.is_empty() {
                "nothing".to_owned()
            } else {
                made.join(", ")
            };
            format!("execution: {}; made: {made}", expected.shown(UNITS))
        };
        self.report.differ(message.line, cause, what);
        for at in (0..self.made.len()).rev() {
            let maker = self.made[at].maker;
            if let Some(&known) = self.session.known(maker) {
                self.session.put_first(maker, known.reported);
            }
        }
        self.take(message);
    }

    /// Trades that no execution asked for: an announced order that crosses, or an auction of ours.
    pub(super) fn settle_trades(&mut self, message: &Message) {
        self.session.take_trades(&mut self.made);
        let line = message.line;
        for trade in &self.made {
            self.matcher.add(Origin::Made, *trade, line as i64, line);
            let what = || {
                let trade = trade.shown(UNITS);
                format!("extra trade: {trade}; the file has no execution there")
            };
            self.report.differ(line, Cause::Unexplained, what);
        }
        for at in 0..self.made.len() {
            let taker = self.made[at].taker;
            if self
                .session
                .known(taker)
                .is_some_and(|known| known.open == 0)
            {
                self.session.forget(taker);
            }
        }
        self.settle_makers();
        // Every difference has been told where it was made.
        let (missing, extra) = (&mut self.missing, &mut self.extra);
        self.matcher.give_up(i64::MAX, missing, extra);
        missing.clear();
        extra.clear();
    }
}
