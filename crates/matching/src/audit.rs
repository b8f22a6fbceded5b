//! A second opinion on the book's structure.

use firesale_types::Side;

use crate::OrderBook;
use crate::slab::{Flags, NONE};

impl OrderBook {
    /// Checks the structure against the crate's invariants by walking all of it: for tests and
    /// debugging, in time proportional to the book.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn audit(&self) -> Result<(), String> {
        let mut resting = 0;
        for side in [Side::Buy, Side::Sell] {
            self.sides[side.index()].audit()?;
            resting += self.audit_queues(side)?;
        }
        let free = self.orders.free_slots().count();
        if resting != self.len() || resting + free + 1 != self.orders.slots() {
            return Err(format!(
                "{resting} orders in queues and {free} free slots, but {} of {}",
                self.len(),
                self.orders.slots()
            ));
        }
        let dated = |slot: &u32| self.orders.get(*slot).flags.has(Flags::EXPIRES);
        let waiting = self.stops.iter().count();
        let expected = self.slots().filter(dated).count() + self.stops.dated();
        if expected != self.expiries.len() || waiting != self.stops.len() as usize {
            return Err("the calendar or the waiting orders are miscounted".into());
        }
        let (bid, ask) = (self.best(Side::Buy), self.best(Side::Sell));
        match (bid, ask) {
            (Some((bid, _)), Some((ask, _))) if bid >= ask && !self.halted => {
                Err(format!("crossed: {bid:?} and {ask:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Walks all queues of a side. Returns the number of orders.
    fn audit_queues(&self, side: Side) -> Result<usize, String> {
        let mut count = 0;
        for (rank, level) in self.sides[side.index()].levels() {
            let (mut qty, mut before) = (0, NONE);
            for slot in self.queue(level) {
                let order = self.orders.get(slot);
                let here = crate::level::rank_of(side, order.price()) == rank;
                let linked = before == NONE || order.prev == before;
                if !here || !linked || order.flags.side() != side || order.visible() <= 0 {
                    return Err(format!(
                        "slot {slot} does not belong at {side:?} rank {rank}"
                    ));
                }
                qty += order.visible();
                before = slot;
                count += 1;
            }
            if qty != level.qty || before != level.tail {
                return Err(format!(
                    "{side:?} rank {rank} counts {} for {qty}",
                    level.qty
                ));
            }
        }
        Ok(count)
    }
}
