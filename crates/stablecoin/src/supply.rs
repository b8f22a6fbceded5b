//! How many tokens there are, and which of them the issuer holds.

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

use crate::units::Amount;
use crate::{HolderId, Violation};
use std::collections::VecDeque;

/// The most redemptions that wait at once; a further one is refused.
pub(crate) const TICKETS_MAX: usize = 1 << 20;

/// The tokens of an issuer since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Supply {
    /// All that were ever minted, those of the beginning included.
    pub minted: Amount,
    /// All that were ever burned.
    pub burned: Amount,
    /// Those that holders delivered and the issuer has neither burned nor returned.
    pub escrow: Amount,
}

impl Supply {
    pub(crate) const fn new(amount: Amount) -> Self {
        Self {
            minted: amount,
            burned: 0,
            escrow: 0,
        }
    }

    /// Tokens in existence, escrow included.
    #[must_use]
    pub const fn outstanding(&self) -> Amount {
        self.minted - self.burned
    }

    /// Whether so many more stay within `limit`, and within the range of what was ever minted.
    pub(crate) fn has_room(&self, amount: Amount, limit: Amount) -> bool {
        let after = self.outstanding().checked_add(amount);
        self.minted.checked_add(amount).is_some() && after.is_some_and(|after| after <= limit)
    }

    pub(crate) fn mint(&mut self, amount: Amount) {
        self.minted += amount;
    }

    /// Burns out of escrow.
    pub(crate) fn burn(&mut self, amount: Amount) {
        self.escrow -= amount;
        self.burned += amount;
    }
}

/// One redemption that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number: lower ones came first.
    pub number: u64,
    /// Whose.
    pub holder: HolderId,
    /// What has not been paid yet.
    pub amount: Amount,
    /// When it came.
    pub since: SimTime,
}

/// Redemptions in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RedemptionQueue {
    tickets: VecDeque<Ticket>,
    total: Amount,
    next: u64,
}

impl RedemptionQueue {
    /// All that wait, the first first.
    pub fn tickets(&self) -> impl ExactSizeIterator<Item = &Ticket> {
        self.tickets.iter()
    }

    /// Tokens that wait.
    #[must_use]
    pub const fn total(&self) -> Amount {
        self.total
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.tickets.len() >= TICKETS_MAX
    }

    pub(crate) fn push(&mut self, holder: HolderId, amount: Amount, since: SimTime) {
        self.tickets.push_back(Ticket {
            number: self.next,
            holder,
            amount,
            since,
        });
        self.next += 1;
        self.total += amount;
    }

    pub(crate) fn front(&self) -> Option<Ticket> {
        self.tickets.front().copied()
    }

    /// Takes a part of the first ticket, at most all of it.
    pub(crate) fn take(&mut self, amount: Amount) {
        self.total -= amount;
        if let Some(front) = self.tickets.front_mut() {
            front.amount -= amount;
            if front.amount == 0 {
                self.tickets.pop_front();
            }
        }
    }

    /// Takes out all tickets of a holder and says how many tokens they were for.
    pub(crate) fn withdraw(&mut self, holder: HolderId) -> Amount {
        let of_holder = self.tickets.iter().filter(|ticket| ticket.holder == holder);
        let amount = of_holder.map(|ticket| ticket.amount).sum();
        self.tickets.retain(|ticket| ticket.holder != holder);
        self.total -= amount;
        amount
    }

    /// Recounts the queue.
    pub(crate) fn audit(&self) -> Result<(), Violation> {
        let found = self.tickets.iter().map(|ticket| ticket.amount).sum();
        if found != self.total {
            return Err(Violation::Escrow {
                found,
                expected: self.total,
            });
        }
        let numbers = self.tickets.iter().map(|ticket| ticket.number);
        if !numbers.is_sorted_by(|a, b| a < b) {
            return Err(Violation::QueueOrder);
        }
        Ok(())
    }
}
