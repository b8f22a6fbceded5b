//! Bitstamp order events with a snapshot and published trades.
//!
//! All rows of one exchange time are one batch. New orders go to the book in order; orders that a
//! batch both creates and deletes whole are submitted as post-only (that is what most of them were:
//! the exchange refused them), and deleted again. What `changed` rows and deletions at zero say is
//! what trades have done; they are used only after the batch, to check and to repair.

mod repair;
mod trades;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use firesale_matching::RejectReason;
use firesale_types::Side;

use crate::replay::bitstamp::{Action, FORM_2026, Row};
use crate::replay::feed::Feed;
use crate::replay::matcher::{Matcher, Origin, Unpaired};
use crate::replay::session::{New, Session};
use crate::replay::{Cause, Format, ReplayError, ReplayOptions, ReplayReport, Trade, Units};

use trades::Trades;

const UNITS: Units = Format::Bitstamp2026.units();

/// How far rows may be out of order, in milliseconds of exchange time.
const PATIENCE: i64 = 2_000;

/// Deletions of orders whose creation has not been seen that are remembered.
const EARLY: usize = 4_096;

pub(super) fn replay(file: &Path, options: &ReplayOptions) -> Result<ReplayReport, ReplayError> {
    let trades = Trades::open(&trades_file(file, options)?)?;
    let mut rows = Feed::open(file, &FORM_2026.header, PATIENCE, |line| {
        FORM_2026.row(line).map(|row| (row.time, row))
    })?;
    let mut player = Player::new(file, trades);
    let mut batch: Vec<Row> = Vec::new();
    while let Some((time, row)) = rows.next()? {
        if batch.first().is_some_and(|first| first.time < time) {
            player.play(&batch)?;
            batch.clear();
        }
        batch.push(row);
    }
    player.play(&batch)?;
    player.finish(rows.rows)
}

fn trades_file(file: &Path, options: &ReplayOptions) -> Result<PathBuf, ReplayError> {
    let beside = file.with_file_name("trades.csv");
    match &options.trades {
        Some(named) => Ok(named.clone()),
        None if beside.is_file() => Ok(beside),
        None => Err(ReplayError::Missing {
            file: file.to_owned(),
            what: "there is no trades.csv beside the orders".to_owned(),
        }),
    }
}

/// The replay in progress.
struct Player {
    session: Session,
    published: Trades,
    matcher: Matcher,
    report: ReplayReport,
    /// Orders deleted before they were created.
    early: BTreeSet<u64>,
    /// Orders of the batch that were refused, or cancelled at once.
    whole: Vec<u64>,
    /// Trades of the batch.
    made: Vec<Trade>,
    /// Trades of the batch that happened.
    happened: Vec<Trade>,
    missing: Vec<Unpaired>,
    extra: Vec<Unpaired>,
}

impl Player {
    fn new(file: &Path, published: Trades) -> Self {
        Self {
            session: Session::new(),
            published,
            matcher: Matcher::new(0),
            report: ReplayReport::new(file, Format::Bitstamp2026),
            early: BTreeSet::new(),
            whole: Vec::new(),
            made: Vec::new(),
            happened: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
        }
    }

    fn play(&mut self, batch: &[Row]) -> Result<(), ReplayError> {
        let Some(first) = batch.first() else {
            return Ok(());
        };
        self.find_whole(batch);
        for (at, row) in batch.iter().enumerate() {
            match row.action {
                Action::Created => self.create(row, &batch[at + 1..]),
                Action::Changed => self.session.report(row.id, row.volume),
                Action::Deleted => self.delete(row),
            }
        }
        self.compare(first.time, first.line)?;
        self.repair(batch);
        let best = |side| self.session.book().best(side).map(|(price, _)| price);
        if let (Some(bid), Some(ask)) = (best(Side::Buy), best(Side::Sell))
            && bid >= ask
        {
            self.report.crossed += 1;
        }
        Ok(())
    }

    /// Finds the orders that the batch creates and deletes with the same volume.
    fn find_whole(&mut self, batch: &[Row]) {
        let mut rows: Vec<&Row> = batch.iter().collect();
        rows.sort_by_key(|row| (row.id, row.line));
        let whole = rows.chunk_by(|a, b| a.id == b.id).filter(|rows| {
            matches!(rows, [a, b] if a.action == Action::Created
                && b.action == Action::Deleted
                && a.volume == b.volume
                && a.volume > 0)
        });
        self.whole.clear();
        self.whole.extend(whole.map(|rows| rows[0].id));
    }

    fn create(&mut self, row: &Row, later: &[Row]) {
        if self.early.remove(&row.id) {
            self.report
                .count("orders deleted before they were created, left out");
            return;
        }
        if self.session.known(row.id).is_some() {
            let what = || format!("order {} is created twice", row.id);
            self.report.differ(row.line, Cause::Contradiction, what);
            return;
        }
        let qty = match row.volume {
            0 => self.size_from_counterparties(row, later),
            volume => volume,
        };
        let post_only = self.whole.binary_search(&row.id).is_ok();
        let new = New {
            post_only,
            ..New::limit(row.id, row.side, row.price, qty)
        };
        match self.session.submit(&new) {
            Ok(()) if post_only => {
                self.report
                    .count("orders withdrawn at once that would have rested");
            }
            Ok(()) => self.report.count("limit orders"),
            Err(RejectReason::PostOnlyWouldTrade) => {
                let what = "post-only orders refused, as the exchange refused them";
                self.report.count(what);
            }
            Err(why) => {
                let what = || format!("order {} is refused: {why}", row.id);
                self.report.differ(row.line, Cause::Refusal, what);
            }
        }
    }

    /// The size of an order whose row shows only the nothing that is left of it: what the rows of
    /// the other side say that it took, up to its own deletion.
    fn size_from_counterparties(&mut self, row: &Row, later: &[Row]) -> i64 {
        self.report
            .count("market orders sized by their counterparties");
        let until = |other: &&Row| other.id != row.id || other.action != Action::Deleted;
        let others = later.iter().take_while(until);
        others
            .filter(|other| other.side != row.side && other.action != Action::Created)
            .filter_map(|other| {
                let known = self.session.known(other.id)?;
                Some((known.reported - other.volume).max(0))
            })
            .fold(0, i64::saturating_add)
    }

    fn delete(&mut self, row: &Row) {
        let known = self.session.known(row.id).is_some();
        match (known, row.volume) {
            (true, 0) => self.session.report(row.id, 0),
            (true, _) => {
                self.session.forget(row.id);
                if self.whole.binary_search(&row.id).is_err() {
                    self.report.count("cancels");
                }
            }
            (false, _) if self.whole.binary_search(&row.id).is_ok() => {}
            (false, _) => {
                self.report
                    .count("cancels of orders that the file has not shown");
                self.early.insert(row.id);
                if self.early.len() > EARLY {
                    self.early.pop_first();
                }
            }
        }
    }

    /// Pairs the trades of the batch with those that happened at its time.
    fn compare(&mut self, time: i64, line: u64) -> Result<(), ReplayError> {
        self.happened.clear();
        while let Some((trade, line)) = self.published.until(time)? {
            self.matcher.add(Origin::Published, trade, time, line);
            self.happened.push(trade);
        }
        self.session.take_trades(&mut self.made);
        for &trade in &self.made {
            self.matcher.add(Origin::Made, trade, time, line);
        }
        self.missing.clear();
        self.extra.clear();
        self.matcher
            .give_up(i64::MAX, &mut self.missing, &mut self.extra);
        Ok(())
    }

    fn finish(mut self, rows: u64) -> Result<ReplayReport, ReplayError> {
        self.compare(i64::MAX, 0)?;
        self.explain(&[]);
        self.report.rows = rows;
        self.report.trades = self.matcher.counts();
        Ok(self.report)
    }
}
