//! Levels of which some orders have no name.
//!
//! Shares whose orders no message has announced (they were there before the file, or changed out of
//! sight) stand in the book as seeds: orders of our own, one for each time that such shares turned
//! up. A message about an order that is not known is about a seed of its level.

use firesale_types::{Price, Side};

use super::{Message, Player, UNITS};
use crate::replay::session::New;
use crate::replay::{Cause, FIRST_NAMELESS, decimal, name};

pub(super) const fn is_seed(id: u64) -> bool {
    id >= FIRST_NAMELESS
}

impl Player {
    /// An id that no order of the file has.
    pub(super) fn own_id(&mut self) -> u64 {
        self.own_ids += 1;
        FIRST_NAMELESS + self.own_ids
    }

    /// Adds nameless shares to the end of a level.
    pub(super) fn add_seed(&mut self, side: Side, price: Price, size: i64) {
        if size <= 0 {
            return;
        }
        let last = self.session.queue(side, price).pop();
        let joined = match last {
            Some((id, open)) if is_seed(id) => {
                self.session.forget(id);
                open + size
            }
            _ => size,
        };
        let id = self.own_id();
        let new = New {
            post_only: !self.session.book().is_halted(),
            ..New::limit(id, side, price, joined)
        };
        // Refused only if it crosses what the file shows elsewhere; the row then differs.
        let _ = self.session.submit(&new);
    }

    /// The seed of a level that would trade first.
    pub(super) fn first_seed(&self, side: Side, price: Price) -> Option<u64> {
        let queue = self.session.queue(side, price);
        queue.into_iter().map(|(id, _)| id).find(|&id| is_seed(id))
    }

    /// Takes a message's size from the order that it names, what is missing from the seeds of the
    /// level, and what is still missing from its other orders, the first in the queue first: the
    /// level as a whole comes out right as long as it has enough.
    pub(super) fn take(&mut self, message: &Message) {
        let Message {
            id,
            side,
            price,
            size,
            ..
        } = *message;
        let mut left = size;
        if let Some(&known) = self.session.known(id) {
            left -= self.shrink(id, left);
            if known.price != price || known.side != side {
                let what = || {
                    let [at, there] =
                        [known.price, price].map(|price| decimal(price.0, UNITS.price_decimals));
                    format!("order {id} stands at {at}, not at {there}")
                };
                self.report.differ(message.line, Cause::Contradiction, what);
            }
        }
        if left == 0 {
            return;
        }
        let mut queue = self.session.queue(side, price);
        queue.sort_by_key(|&(other, _)| !is_seed(other));
        for (other, _) in queue {
            if left > 0 && is_seed(other) {
                left -= self.shrink(other, left);
            } else if left > 0 {
                let taken = self.shrink(other, left);
                left -= taken;
                let what = || {
                    format!(
                        "{taken} shares of order {id} are taken from {}",
                        name(other)
                    )
                };
                self.report.differ(message.line, Cause::Attribution, what);
            }
        }
        if left > 0 {
            let what = || format!("order {id} has {left} shares more in the file than here");
            self.report.differ(message.line, Cause::Contradiction, what);
        }
    }

    /// Takes up to so many shares from an order in its place; returns how many. An order without
    /// shares is forgotten.
    pub(super) fn shrink(&mut self, id: u64, by: i64) -> i64 {
        let Some(&known) = self.session.known(id) else {
            return 0;
        };
        if known.open > by {
            // Less at the same price: nothing can refuse it.
            let _ = self.session.change(id, known.price, known.open - by);
            self.session.report(id, known.open - by);
            by
        } else {
            self.session.forget(id);
            known.open
        }
    }

    /// Takes shares from a level that has shrunk out of sight: an order of just that size, or else
    /// from its seeds first, then from its other orders, the youngest first.
    pub(super) fn take_from_level(&mut self, side: Side, price: Price, mut size: i64) {
        let mut queue = self.session.queue(side, price);
        if let Some(&(id, _)) = queue.iter().rev().find(|&&(_, open)| open == size) {
            self.session.forget(id);
            return;
        }
        queue.sort_by_key(|&(id, _)| is_seed(id));
        while size > 0
            && let Some((id, _)) = queue.pop()
        {
            size -= self.shrink(id, size);
        }
    }
}
