//! The random commands must reach every answer and every event: a suite that never halts, or never
//! fills an iceberg, proves nothing about them.

use std::collections::BTreeMap;

use firesale_matching::{BookEvent, CancelReason, RejectReason};

use crate::command::{Command, Generator};
use crate::drive::{Observer, drive_observed};
use firesale_matching::naive::NaiveBook;

/// Counts by name.
#[derive(Default)]
struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn count(&mut self, name: &str) {
        *self.0.entry(name.into()).or_default() += 1;
    }
}

impl Observer for Tally {
    fn command(&mut self, command: &Command, events: &[BookEvent], traded: bool) {
        if traded && matches!(command, Command::Reopen(_)) {
            self.count("auction");
        }
        if traded && matches!(command, Command::Replace { .. }) {
            self.count("replace that trades");
        }
        for event in events {
            self.count(match event {
                BookEvent::Fill(fill) if fill.maker_left.0 > 0 && fill.taker_left.0 > 0 => {
                    "fill that leaves both"
                }
                BookEvent::Fill(_) => "fill",
                BookEvent::Rested { .. } => "rested",
                BookEvent::Waiting { .. } => "waiting",
                BookEvent::Triggered { .. } => "triggered",
                BookEvent::Reduced { .. } => "reduced",
                BookEvent::Cancelled { reason, .. } => match reason {
                    CancelReason::Requested => "cancelled",
                    CancelReason::Unfilled => "unfilled",
                    CancelReason::SelfTrade => "self-trade",
                    CancelReason::Expired => "expired",
                    CancelReason::NothingToReduce => "nothing left to reduce",
                    CancelReason::PostOnly => "post-only in auction",
                },
            });
        }
    }

    fn rejection(&mut self, reason: RejectReason) {
        self.count(&reason.to_string());
    }
}

#[test]
fn every_answer_and_event_is_reached() {
    let mut tally = Tally::default();
    for seed in 0..60 {
        let case = Generator::new(seed).case(5_000);
        let twin = NaiveBook::new(case.config);
        drive_observed(&case, twin, usize::MAX, &mut tally).expect("the twin suite passes");
    }
    for (name, count) in &tally.0 {
        println!("{count:>8} {name}");
    }
    let rare: Vec<_> = tally.0.iter().filter(|&(_, &count)| count < 50).collect();
    assert!(rare.is_empty(), "hardly reached: {rare:?}");
    assert_eq!(tally.0.len(), 27, "something is never reached");
}
