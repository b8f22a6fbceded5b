//! Drives two books with the same commands and compares everything they say.

use std::panic::{AssertUnwindSafe, catch_unwind};

use firesale_matching::naive::Book;
use firesale_matching::{
    BookEvent, Host, OrderBook, OrderHandle, OrderRequest, RejectReason, Submitted,
};
use firesale_types::{AccountId, OrderId, Price, Qty, Side, SimTime};

use crate::command::{Amount, Case, Command};

/// Where two books differ first.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Which command.
    pub index: usize,
    /// In what.
    pub what: String,
}

/// Sees what happens, for counting.
pub(crate) trait Observer {
    fn command(&mut self, command: &Command, events: &[BookEvent], traded: bool);
    fn rejection(&mut self, reason: RejectReason);
}

/// Looks away.
struct Nobody;

impl Observer for Nobody {
    fn command(&mut self, _command: &Command, _events: &[BookEvent], _traded: bool) {}
    fn rejection(&mut self, _reason: RejectReason) {}
}

/// Accounts with positions, or with arbitrary numbers in their place.
struct Accounts {
    arbitrary: bool,
    positions: Vec<i64>,
    fills: u64,
    events: Vec<BookEvent>,
}

impl Accounts {
    fn new(arbitrary: bool) -> Self {
        Self {
            arbitrary,
            positions: vec![0; 64],
            fills: 0,
            events: Vec::new(),
        }
    }
}

impl Host for Accounts {
    fn reducible(&self, account: AccountId, side: Side) -> Qty {
        if self.arbitrary {
            let mixed = (self.fills + u64::from(account.0) * 7 + side as u64)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            return Qty((mixed >> 58) as i64 - 12);
        }
        Qty((-side.sign() * self.positions[account.index()]).max(0))
    }

    fn on_event(&mut self, event: BookEvent) {
        if let BookEvent::Fill(fill) = event {
            self.fills += 1;
            let signed = fill.taker_side.sign() * fill.qty.0;
            self.positions[fill.taker.account().index()] += signed;
            self.positions[fill.maker.account().index()] -= signed;
        }
        self.events.push(event);
    }
}

/// The two books, their owners, and the orders that can be named.
struct Pair<'a, B, O> {
    observer: &'a mut O,
    fast: OrderBook,
    slow: B,
    hosts: [Accounts; 2],
    known: Vec<(OrderHandle, OrderId)>,
    now: SimTime,
}

/// Compares a value that both books have.
macro_rules! same {
    ($what:literal, $fast:expr, $slow:expr) => {{
        let (fast, slow) = ($fast, $slow);
        if fast != slow {
            return Err(format!("{}: {fast:?}, twin {slow:?}", $what));
        }
        fast
    }};
}

impl<B: Book, O: Observer> Pair<'_, B, O> {
    fn apply(&mut self, command: &Command) -> Result<(), String> {
        match *command {
            Command::Submit(request) => self.submit(&request)?,
            Command::Cancel { pick, wrong_id } => self.cancel(pick, wrong_id)?,
            Command::Replace { pick, price, qty } => self.replace(pick, price, qty)?,
            Command::Reference(source, price) => {
                self.fast.set_reference(source, price);
                self.slow.set_reference(source, price);
            }
            Command::Band(band) => {
                self.fast.set_band(band);
                self.slow.set_band(band);
            }
            Command::Halt => {
                self.fast.halt();
                self.slow.halt();
            }
            Command::Reopen(reference) => {
                let now = self.now;
                let [fast, slow] = &mut self.hosts;
                same!(
                    "reopening",
                    self.fast.reopen(now, reference, fast),
                    self.slow.reopen(now, reference, slow)
                );
            }
            Command::Release => self.release()?,
            Command::Expire => {
                self.fast.expire(self.now, &mut self.hosts[0]);
                self.slow.expire(self.now, &mut self.hosts[1]);
            }
            Command::Wait(span) => self.now = SimTime(self.now.0 + span),
            Command::Probe { price, value } => self.probe(price, i128::from(value))?,
            Command::Checkpoint => self.checkpoint()?,
        }
        self.compare_events(command)?;
        self.compare_surface()
    }

    fn submit(&mut self, request: &OrderRequest) -> Result<(), String> {
        let [fast, slow] = &mut self.hosts;
        let answer: Result<Submitted, RejectReason> = same!(
            "answer to an order",
            self.fast.submit(self.now, request, fast),
            self.slow.submit(self.now, request, slow)
        );
        self.remember(answer, request.id);
        Ok(())
    }

    fn remember(&mut self, answer: Result<Submitted, RejectReason>, id: OrderId) {
        match answer {
            Ok(Submitted { resting, .. }) => {
                self.known.extend(resting.map(|handle| (handle, id)));
            }
            Err(reason) => self.observer.rejection(reason),
        }
    }

    /// A known order and its place; it may be gone.
    fn named(&self, pick: u32) -> Option<(usize, OrderHandle, OrderId)> {
        let place = (pick as usize).checked_rem(self.known.len())?;
        let (handle, id) = self.known[place];
        Some((place, handle, id))
    }

    fn cancel(&mut self, pick: u32, wrong_id: bool) -> Result<(), String> {
        let Some((place, handle, id)) = self.named(pick) else {
            return Ok(());
        };
        let asked = if wrong_id { OrderId(id.0 ^ 1) } else { id };
        let [fast, slow] = &mut self.hosts;
        let answer = same!(
            "answer to a cancel",
            self.fast.cancel(handle, asked, fast),
            self.slow.cancel(handle, asked, slow)
        );
        // A stale handle is tried now and then, not for ever.
        if !wrong_id && (answer.is_err() || !pick.is_multiple_of(8)) {
            self.known.swap_remove(place);
        }
        Ok(())
    }

    fn replace(&mut self, pick: u32, price: Option<Price>, qty: Amount) -> Result<(), String> {
        let Some((place, handle, id)) = self.named(pick) else {
            return Ok(());
        };
        let order = same!(
            "order of a handle",
            self.fast.order(handle, id),
            self.slow.order(handle, id)
        );
        let open = order.map_or(Qty(1), |order| order.qty);
        let price = price.or(order.map(|order| order.price)).unwrap_or(Price(1));
        let qty = match qty {
            Amount::Lots(qty) => qty,
            Amount::Thousandths(part) => {
                let grid = self.fast.config().qty_step;
                Qty((open.0 * part / 1_000 / grid * grid).max(grid))
            }
        };
        let [fast, slow] = &mut self.hosts;
        let answer = same!(
            "answer to a replace",
            self.fast.replace(self.now, handle, id, price, qty, fast),
            self.slow.replace(self.now, handle, id, price, qty, slow)
        );
        if matches!(answer, Ok(_) | Err(RejectReason::UnknownOrder)) {
            self.known.swap_remove(place);
        }
        self.remember(answer, id);
        Ok(())
    }

    fn release(&mut self) -> Result<(), String> {
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        self.fast.take_triggered(&mut fast);
        self.slow.take_triggered(&mut slow);
        for request in same!("triggered orders", fast, slow) {
            self.submit(&request)?;
        }
        Ok(())
    }

    fn probe(&self, price: Price, value: i128) -> Result<(), String> {
        same!(
            "clearing price",
            self.fast.indicative(),
            self.slow.indicative()
        );
        for side in [Side::Buy, Side::Sell] {
            same!(
                "depth",
                self.fast.depth_to(side, price),
                self.slow.depth_to(side, price)
            );
            same!(
                "impact",
                self.fast.price_for_value(side, value),
                self.slow.price_for_value(side, value)
            );
            same!(
                "queue",
                self.fast.orders_at(side, price).collect::<Vec<_>>(),
                self.slow.orders_at(side, price)
            );
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), String> {
        let stored = serde_json::to_vec(&self.fast).map_err(|error| error.to_string())?;
        self.fast = serde_json::from_slice(&stored).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn compare_events(&mut self, command: &Command) -> Result<(), String> {
        let [fast, slow] = &mut self.hosts;
        if fast.events != slow.events {
            return Err(format!(
                "events:\n  {:#?}\ntwin:\n  {:#?}",
                fast.events, slow.events
            ));
        }
        let traded = fast.events.iter().any(|e| matches!(e, BookEvent::Fill(_)));
        self.observer.command(command, &fast.events, traded);
        fast.events.clear();
        slow.events.clear();
        Ok(())
    }

    /// What is cheap to compare after every command.
    fn compare_surface(&self) -> Result<(), String> {
        for side in [Side::Buy, Side::Sell] {
            same!("best price", self.fast.best(side), self.slow.best(side));
        }
        same!("last price", self.fast.last(), self.slow.last());
        same!("size", self.fast.len(), self.slow.len());
        same!(
            "triggered",
            self.fast.has_triggered(),
            self.slow.has_triggered()
        );
        same!("halt", self.fast.is_halted(), self.slow.is_halted());
        Ok(())
    }

    fn compare_all(&self) -> Result<(), String> {
        for side in [Side::Buy, Side::Sell] {
            same!(
                "levels",
                self.fast.levels(side).collect::<Vec<_>>(),
                self.slow.levels(side)
            );
        }
        same!(
            "orders",
            self.fast.orders().collect::<Vec<_>>(),
            self.slow.orders()
        );
        same!(
            "waiting orders",
            Book::waiting_orders(&self.fast),
            self.slow.waiting_orders()
        );
        same!("expiry", self.fast.next_expiry(), self.slow.next_expiry());
        same!("clearing", self.fast.indicative(), self.slow.indicative());
        self.fast.audit()
    }
}

/// Runs a case on a fresh book and on a twin. The whole books are compared every so many commands
/// and at the end.
pub(crate) fn drive<B: Book>(case: &Case, twin: B, full_every: usize) -> Result<(), Difference> {
    drive_observed(case, twin, full_every, &mut Nobody)
}

/// As [`drive`], with somebody who counts.
pub(crate) fn drive_observed<B: Book, O: Observer>(
    case: &Case,
    twin: B,
    full_every: usize,
    observer: &mut O,
) -> Result<(), Difference> {
    let mut pair = Pair {
        observer,
        fast: OrderBook::new(case.config),
        slow: twin,
        hosts: [(); 2].map(|()| Accounts::new(case.arbitrary_host)),
        known: Vec::new(),
        now: SimTime::ZERO,
    };
    for (index, command) in case.commands.iter().enumerate() {
        let last = index + 1 == case.commands.len();
        let step = || {
            pair.apply(command)?;
            if last || (index + 1).is_multiple_of(full_every) {
                pair.compare_all()?;
            }
            Ok(())
        };
        let outcome = catch_unwind(AssertUnwindSafe(step))
            .unwrap_or_else(|_| Err("a panic, told above".into()));
        outcome.map_err(|what| Difference { index, what })?;
    }
    Ok(())
}
