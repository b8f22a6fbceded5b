//! LOBSTER message and order book files (Huang and Polak, "LOBSTER: Limit Order Book
//! Reconstruction System", 2011; format as documented at lobsterdata.com).
//!
//! Row n of the book file is the book after message n. Messages name orders of which some were
//! there before the first message: their levels are seeded from the first row as one order each,
//! and what happens to an order that no message has announced happens to the seed of its level.
//!
//! An execution is submitted as an order of the other side that trades at once, at the executed
//! order's price; the book decides whom it meets. During a halt the executions are those of the
//! reopening auction and are applied to the orders they name.

mod execution;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use firesale_matching::{MAX_PRICE, TimeInForce};
use firesale_types::{Price, Side};

use crate::replay::matcher::{Matcher, Unpaired};
use crate::replay::session::{New, Session};
use crate::replay::sight::{BookRow, Sight};
use crate::replay::source::{Line, Source};
use crate::replay::{Cause, Format, ReplayError, ReplayOptions, ReplayReport, Trade};

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

/// What a message says, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// 1: a new limit order.
    New,
    /// 2: part of an order is cancelled.
    Reduce,
    /// 3: an order is deleted.
    Delete,
    /// 4: a visible order trades.
    Execution,
    /// 5: a hidden order trades: nothing visible changes.
    Hidden,
    /// 6: a cross, of an auction for instance: nothing visible changes.
    Cross,
    /// 7, price -1: trading stops.
    Halt,
    /// 7, price 0: quoting resumes.
    Quoting,
    /// 7, price 1: trading resumes.
    Resume,
}

/// One message.
#[derive(Clone, Copy, Debug)]
struct Message {
    line: u64,
    kind: Kind,
    id: u64,
    /// In shares.
    size: i64,
    /// In units of 10^-4 dollars.
    price: Price,
    /// The side of the order, not of the trade.
    side: Side,
}

impl Message {
    fn parse(line: &Line<'_>) -> Result<Self, ReplayError> {
        if line.len() < 6 {
            return Err(line.error(format!("{} fields where 6 are expected", line.len())));
        }
        line.decimal(0, "time", 12)?;
        let price: i64 = line.integer(4, "price")?;
        let kind = kind(line, price)?;
        let size = line.integer(3, "size")?;
        let moves_book = matches!(
            kind,
            Kind::New | Kind::Reduce | Kind::Delete | Kind::Execution
        );
        if moves_book && !(1..=MAX_PRICE.0).contains(&price) {
            return Err(line.error(format!("the price {price} is out of range")));
        }
        if moves_book && size <= 0 {
            return Err(line.error(format!("the size {size} is not positive")));
        }
        Ok(Self {
            line: line.number,
            kind,
            id: line.integer::<i64>(2, "order id")? as u64,
            size,
            price: Price(price),
            side: match line.integer(5, "direction")? {
                1 => Side::Buy,
                -1 => Side::Sell,
                other => {
                    let what = format!("the direction {other} is not 1 or -1");
                    return Err(line.error(what));
                }
            },
        })
    }
}

fn kind(line: &Line<'_>, price: i64) -> Result<Kind, ReplayError> {
    Ok(match (line.integer(1, "type")?, price) {
        (1, _) => Kind::New,
        (2, _) => Kind::Reduce,
        (3, _) => Kind::Delete,
        (4, _) => Kind::Execution,
        (5, _) => Kind::Hidden,
        (6, _) => Kind::Cross,
        (7, -1) => Kind::Halt,
        (7, 0) => Kind::Quoting,
        (7, 1) => Kind::Resume,
        (7, other) => {
            return Err(line.error(format!(
                "a halt with price {other} where -1, 0 or 1 belongs"
            )));
        }
        (other, _) => return Err(line.error(format!("the type {other} is not one of 1 to 7"))),
    })
}

/// The replay in progress.
struct Player {
    session: Session,
    sight: Sight,
    /// The seed of each level that has one.
    seeds: BTreeMap<(Side, Price), u64>,
    /// The next id of a seed or a taker, downwards.
    next_id: u64,
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
            seeds: BTreeMap::new(),
            next_id: u64::MAX,
            matcher: Matcher::new(0),
            report: ReplayReport::new(file, Format::Lobster),
            made: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
        }
    }

    fn play(&mut self, message: &Message, row: &BookRow) {
        self.report.rows += 1;
        if self.report.rows == 1 {
            self.seed(message, row);
        } else {
            self.apply(message);
        }
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
                let before = size - if own { first.size } else { 0 };
                self.add_to_seed(side, price, before.max(0));
            }
        }
        match first.kind {
            Kind::New => self.apply(first),
            Kind::Halt => self.session.book_mut().halt(),
            _ => {}
        }
    }

    fn apply(&mut self, message: &Message) {
        match message.kind {
            Kind::New => self.announce(message),
            Kind::Reduce => {
                self.report.count("partial cancels");
                self.reduce(message);
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
            }
            Kind::Quoting => self.report.count("resumptions of quoting"),
            Kind::Resume => self.resume(),
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
        if self.session.known(id).is_some() {
            let what = || format!("order {id} is announced twice");
            self.report.differ(message.line, Cause::Contradiction, what);
            return;
        }
        self.report.count("limit orders");
        if let Err(why) = self.session.submit(&New::limit(id, side, price, size)) {
            let what = || format!("order {id} is refused: {why}");
            self.report.differ(message.line, Cause::Refusal, what);
        }
    }

    /// Takes a message's size from the order it names, or from the seed of its level.
    fn reduce(&mut self, message: &Message) {
        let id = self.target(message);
        let open = id
            .and_then(|id| self.session.known(id))
            .map(|known| known.open);
        match (id, open) {
            (Some(id), Some(open)) if open > message.size => {
                // Less at the same price: nothing can refuse it.
                let _ = self.session.change(id, message.price, open - message.size);
                self.session.report(id, open - message.size);
            }
            (Some(id), Some(open)) => {
                self.forget(id, message);
                if open < message.size {
                    self.too_much(message, open);
                }
            }
            _ => self.too_much(message, 0),
        }
    }

    fn delete(&mut self, message: &Message) {
        let known = self.session.known(message.id).map(|known| known.open);
        match known {
            Some(open) => {
                self.session.forget(message.id);
                if open != message.size {
                    self.too_much(message, open);
                }
            }
            None => self.reduce(message),
        }
    }

    fn too_much(&mut self, message: &Message, open: i64) {
        let Message { id, size, .. } = *message;
        let what = || format!("{size} shares leave order {id}, of which {open} are open");
        self.report.differ(message.line, Cause::Contradiction, what);
    }

    /// The order a message is about: the one it names, or the seed of its level.
    fn target(&self, message: &Message) -> Option<u64> {
        if self.session.known(message.id).is_some() {
            return Some(message.id);
        }
        let level = (message.side, message.price);
        self.seeds.get(&level).copied()
    }

    fn forget(&mut self, id: u64, message: &Message) {
        self.session.forget(id);
        let level = (message.side, message.price);
        if self.seeds.get(&level) == Some(&id) {
            self.seeds.remove(&level);
        }
    }

    /// Adds shares of unknown orders to the end of a level.
    fn add_to_seed(&mut self, side: Side, price: Price, size: i64) {
        if size == 0 {
            return;
        }
        let old = self.seeds.remove(&(side, price));
        let open = old
            .and_then(|id| self.session.known(id))
            .map_or(0, |known| known.open);
        if let Some(old) = old {
            self.session.forget(old);
        }
        let id = self.unused_id();
        let new = New {
            post_only: true,
            ..New::limit(id, side, price, open + size)
        };
        // Refused only if the file's row is crossed; the comparison with the row then says so.
        if self.session.submit(&new).is_ok() {
            self.seeds.insert((side, price), id);
        }
    }

    fn unused_id(&mut self) -> u64 {
        self.next_id -= 1;
        self.next_id
    }

    /// The end of a halt. What is crossed then, and the file has not executed, trades in our
    /// auction and is an extra trade.
    fn resume(&mut self) {
        self.report.count("resumptions of trading");
        let last = self.session.book().last().unwrap_or(Price(1));
        self.session.reopen(last);
    }

    /// Compares our book with the file's, after taking over what has come into sight.
    fn look(&mut self, line: u64, row: &BookRow) {
        let rows = self.report.book_rows.get_or_insert_default();
        rows.compared += 1;
        let equal = |player: &Self| row.is_equal(player.session.book());
        if !equal(self) {
            let adopted = self.adopt(row);
            if let Some(rows) = &mut self.report.book_rows {
                rows.adopted_levels += adopted;
            }
        }
        if equal(self) {
            if let Some(rows) = &mut self.report.book_rows {
                rows.equal += 1;
            }
        } else {
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
                self.add_to_seed(side, price, change.by);
            } else {
                self.take_from_level(side, price, -change.by);
            }
        }
        changes.len() as u64
    }

    /// Takes shares from a level: from its seed first, then from the youngest orders.
    fn take_from_level(&mut self, side: Side, price: Price, mut size: i64) {
        let seed = self.seeds.get(&(side, price)).copied();
        let mut queue = self.session.queue(side, price);
        queue.sort_by_key(|&(id, _)| Some(id) == seed);
        while size > 0
            && let Some((id, open)) = queue.pop()
        {
            if open > size {
                let _ = self.session.change(id, price, open - size);
                self.session.report(id, open - size);
            } else {
                self.session.forget(id);
                if Some(id) == seed {
                    self.seeds.remove(&(side, price));
                }
            }
            size -= open.min(size);
        }
    }

    fn finish(mut self) -> ReplayReport {
        self.report.trades = self.matcher.counts();
        self.report.book_rows.get_or_insert_default();
        self.report
    }
}

/// The order that takes what an execution says.
fn taker(id: u64, message: &Message) -> New {
    New {
        tif: TimeInForce::Ioc,
        ..New::limit(id, message.side.opposite(), message.price, message.size)
    }
}
