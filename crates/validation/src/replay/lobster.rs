//! LOBSTER message and order book files (Huang and Polak, "LOBSTER: Limit Order Book
//! Reconstruction System", 2011; format as documented at lobsterdata.com).
//!
//! Row n of the book file is the book after message n. Orders that were there before the first
//! message are not announced: the levels of the first row stand in for them (`level.rs`). A book
//! file has the best levels only, and the message file only what happens there: what changes
//! further away is taken over from the row in which it comes into sight (`sight.rs`).
//!
//! An execution is submitted as an order of the other side that trades at once, at the executed
//! order's price; the book decides whom it meets. During a halt the executions are those of the
//! reopening auction and are applied to the orders they name. After a halt the engine's matching
//! goes on as soon as the file's book is no longer crossed.

mod execution;
mod level;
mod message;
mod sight;

use std::path::{Path, PathBuf};

use firesale_types::{Price, Side};

use crate::replay::matcher::{Matcher, Unpaired};
use crate::replay::session::{New, Session};

use crate::replay::source::Source;
use crate::replay::{Cause, Format, ReplayError, ReplayOptions, ReplayReport, Trade, Units};

use message::{Kind, Message};
use sight::{BookRow, Sight};

/// Prices in 10^-4 dollars, quantities in shares.
const UNITS: Units = Format::Lobster.units();

pub(super) fn replay(file: &Path, options: &ReplayOptions) -> Result<ReplayReport, ReplayError> {
    let mut messages = Source::open(file, &[])?;
    let mut books = Source::open(&book_file(file, options)?, &[])?;
    let mut player = Player::new(file);
    while let Some(line) = messages.next()? {
        let message = Message::parse(&line)?;
        let Some(row) = books.next()? else {
            return Err(line.error("the book file ends before this message"));
        };
        player.play(&message, &BookRow::parse(&row)?);
    }
    if let Some(row) = books.next()? {
        return Err(row.error("the message file ends before this row"));
    }
    Ok(player.finish())
}

/// The named file, or the one beside the messages.
fn book_file(file: &Path, options: &ReplayOptions) -> Result<PathBuf, ReplayError> {
    if let Some(named) = &options.book {
        return Ok(named.clone());
    }
    let name = file.file_name().and_then(|name| name.to_str());
    let beside = name
        .filter(|name| name.contains("message"))
        .map(|name| file.with_file_name(name.replace("message", "orderbook")))
        .filter(|beside| beside.is_file());
    beside.ok_or_else(|| ReplayError::Missing {
        file: file.to_owned(),
        what: "a LOBSTER replay needs the order book file: name it with --book".to_owned(),
    })
}

/// The replay in progress.
struct Player {
    session: Session,
    sight: Sight,
    /// How many ids of our own have been given out.
    own_ids: u64,
    /// Trading has resumed, but the executions of the auction are still to come.
    reopens: bool,
    matcher: Matcher,
    report: ReplayReport,
    made: Vec<Trade>,
    missing: Vec<Unpaired>,
    extra: Vec<Unpaired>,
}

impl Player {
    fn new(file: &Path) -> Self {
        Self {
            session: Session::new(),
            sight: Sight::default(),
            own_ids: 0,
            reopens: false,
            matcher: Matcher::new(0),
            report: ReplayReport::new(file, Format::Lobster),
            made: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
        }
    }

    fn play(&mut self, message: &Message, row: &BookRow) {
        self.report.rows += 1;
        if row.is_crossed() && !self.session.book().is_halted() {
            self.report
                .count("moments at which the file's book becomes crossed");
            self.session.book_mut().halt();
            self.reopens = true;
        }
        if self.report.rows == 1 {
            self.seed(message, row);
        } else {
            self.apply(message);
        }
        self.reopen();
        self.settle_trades(message);
        self.look(message.line, row);
    }

    /// The book of the first row; of the order that the first message announces it is known what
    /// belongs to it.
    fn seed(&mut self, first: &Message, row: &BookRow) {
        let announced = first.kind == Kind::New;
        for side in [Side::Buy, Side::Sell] {
            for &(price, size) in row.levels(side) {
                let own = announced && side == first.side && price == first.price;
                self.add_seed(side, price, size - if own { first.size } else { 0 });
            }
        }
        if announced || first.kind == Kind::Halt {
            self.apply(first);
        }
    }

    fn apply(&mut self, message: &Message) {
        match message.kind {
            Kind::New => self.announce(message),
            Kind::Reduce => {
                self.report.count("partial cancels");
                self.take(message);
            }
            Kind::Delete => {
                self.report.count("deletions");
                self.delete(message);
            }
            Kind::Execution => self.execute(message),
            Kind::Hidden => self.report.count("hidden executions skipped"),
            Kind::Cross => self.report.count("crosses skipped"),
            Kind::Halt => {
                self.report.count("halts");
                self.session.book_mut().halt();
                self.reopens = false;
            }
            Kind::Quoting => self.report.count("resumptions of quoting"),
            Kind::Resume => {
                self.report.count("resumptions of trading");
                self.reopens = self.session.book().is_halted();
            }
        }
    }

    fn announce(&mut self, message: &Message) {
        let Message {
            id,
            side,
            price,
            size,
            ..
        } = *message;
        self.report.count("limit orders");
        if self.session.known(id).is_some() {
            // It may have been deleted out of sight.
            let what = || format!("order {id} is announced twice");
            self.report.differ(message.line, Cause::Attribution, what);
            self.session.forget(id);
        }
        if let Err(why) = self.session.submit(&New::limit(id, side, price, size)) {
            let what = || format!("order {id} is refused: {why}");
            self.report.differ(message.line, Cause::Refusal, what);
        }
    }

    /// All of an order goes. If more of it is open here than in the file, the rest is somebody
    /// else's.
    fn delete(&mut self, message: &Message) {
        self.take(message);
        if let Some(&rest) = self.session.known(message.id) {
            let Message { id, size, .. } = *message;
            let open = rest.open;
            let what = || format!("order {id} is deleted with {size} shares, {open} more are open");
            self.report.differ(message.line, Cause::Attribution, what);
            self.session.forget(id);
            self.add_seed(rest.side, rest.price, open);
        }
    }

    /// Ends a halt, once nothing is left that an auction of ours would trade.
    fn reopen(&mut self) {
        if self.reopens && !self.is_crossed() {
            self.reopens = false;
            let last = self.session.book().last().unwrap_or(Price(1));
            self.session.reopen(last);
        }
    }

    /// Compares our book with the file's, after taking over what has come into sight.
    fn look(&mut self, line: u64, row: &BookRow) {
        let mut adopted = 0;
        if !row.is_equal(self.session.book()) {
            adopted = self.adopt(row);
        }
        let is_equal = row.is_equal(self.session.book());
        let rows = self.report.book_rows.get_or_insert_default();
        rows.compared += 1;
        rows.adopted_levels += adopted;
        rows.equal += u64::from(is_equal);
        if !is_equal {
            let what = row.first_difference(self.session.book());
            self.report.differ(line, Cause::Level, || what);
            self.sight.lose();
            self.adopt(row);
        }
        self.sight.learn(row);
        if !self.session.book().is_halted() && self.is_crossed() {
            self.report.crossed += 1;
        }
    }

    fn is_crossed(&self) -> bool {
        let best = |side| self.session.book().best(side).map(|(price, _)| price);
        matches!((best(Side::Buy), best(Side::Sell)), (Some(bid), Some(ask)) if bid >= ask)
    }

    /// Makes the levels that were out of sight what the row says; returns how many it changed.
    fn adopt(&mut self, row: &BookRow) -> u64 {
        let changes = self.sight.hidden_changes(self.session.book(), row);
        for change in &changes {
            let (side, price) = (change.side, change.price);
            if change.by > 0 {
                self.add_seed(side, price, change.by);
            } else {
                self.take_from_level(side, price, -change.by);
            }
        }
        changes.len() as u64
    }

    fn finish(mut self) -> ReplayReport {
        self.report.trades = self.matcher.counts();
        self.report.book_rows.get_or_insert_default();
        self.report
    }
}
