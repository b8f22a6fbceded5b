//! Any bytes as the command stream of a venue.
//!
//! # Model
//!
//! * The first two bytes choose the rules (`venue_rules.rs`), the rest are commands (`commands.rs`).
//! * The venue has its own queue, as in a run: what it asks for later happens in the order of the
//!   total key, liquidations included.
//! * After every event the [`Auditor`] recounts the venue; effects lie in the future; a chain of
//!   effects without delay ends.
//! * At the end, orders are taken back, and everything that came from outside and did not leave is
//!   on some account: counted here from requests and reports, not by the venue's own books.

use firesale_exchange::{Auditor, Effects, Exchange, ExchangeEvent, Report, Stage, VenueRecord};
use firesale_scheduler::{EventKey, EventQueue};
use firesale_types::{AccountId, AssetId, InstrumentId, SimDuration, SimTime};

use crate::commands::{Command, Commands};
use crate::venue_rules::{INSTRUMENTS, USD, genesis, rules};

/// Links of a chain of effects at one instant.
const MOST_GENERATIONS: u16 = 1_000;
/// After so many events a stream is over, however many bytes are left.
const MOST_EVENTS: u32 = 1_000;
/// Writing a venue down costs as much as hundreds of events.
const MOST_CHECKPOINTS: u32 = 2;

/// What a stream brought about; a suite of streams that never liquidates proves nothing about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Trades.
    pub trades: u32,
    /// Forced closes by stage: book, backstop, insurance, auto-deleveraging,
    /// clearing house.
    pub closes: [u32; 5],
    /// Bad debts.
    pub bad_debts: u32,
}

/// Decodes the bytes and applies them.
///
/// # Panics
/// If firesale breaks a promise.
pub fn run(bytes: &[u8]) -> Reached {
    let Some((choice, stream)) = bytes.split_first_chunk() else {
        return Reached::default();
    };
    let mut lab = Lab::new(*choice);
    let mut commands = Commands::new(stream);
    let mut checkpoints = 0;
    while lab.events < MOST_EVENTS
        && let Some(command) = commands.next(lab.now, &lab.exchange)
    {
        match command {
            Command::Event(event) => lab.apply(0, &event),
            Command::Wait(span) => lab.wait(span),
            Command::Checkpoint if checkpoints < MOST_CHECKPOINTS => {
                checkpoints += 1;
                lab.checkpoint();
            }
            Command::Checkpoint => {}
        }
    }
    lab.finish();
    lab.reached
}

/// A venue, its queue, and a count of what came from outside.
struct Lab {
    exchange: Exchange,
    queue: EventQueue<ExchangeEvent>,
    effects: Effects,
    now: SimTime,
    seq: u32,
    events: u32,
    reached: Reached,
    /// By asset; in the settlement asset less the cost of the positions of the start.
    outside: [i128; 3],
}

impl Lab {
    fn new(choice: [u8; 2]) -> Self {
        let (exchange, outside) = genesis(rules(choice));
        let mut effects = Effects::default();
        exchange.start(&mut effects);
        let mut lab = Self {
            exchange,
            queue: EventQueue::default(),
            effects,
            now: SimTime::ZERO,
            seq: 0,
            events: 0,
            reached: Reached::default(),
            outside,
        };
        lab.schedule(0);
        lab
    }

    /// One event at the present moment, audited.
    fn apply(&mut self, generation: u16, event: &ExchangeEvent) {
        self.exchange.apply(self.now, event, &mut self.effects);
        self.events += 1;
        let violations = Auditor::check(&self.exchange);
        assert!(violations.is_empty(), "after {event:?}: {violations:?}");
        self.count(event);
        self.schedule(generation);
    }

    /// What came from outside with an event, or left; and what happened.
    fn count(&mut self, event: &ExchangeEvent) {
        if let ExchangeEvent::Deposit { asset, amount, .. } = *event {
            let refused = |report: &Report| matches!(report, Report::DepositRefused { .. });
            if !self
                .effects
                .reports
                .iter()
                .any(|(_, report)| refused(report))
            {
                self.outside[asset.index()] += i128::from(amount.0);
            }
        }
        for (_, report) in &self.effects.reports {
            if let Report::Withdrawn { asset, amount } = *report {
                self.outside[asset.index()] -= i128::from(amount.0);
            }
        }
        self.effects.reports.clear();
        self.effects.links.clear();
        for record in self.effects.records.drain(..) {
            match record {
                VenueRecord::Trade { .. } => self.reached.trades += 1,
                VenueRecord::Liquidation { stage, .. } => {
                    self.reached.closes[match stage {
                        Stage::Book => 0,
                        Stage::Backstop => 1,
                        Stage::Insurance => 2,
                        Stage::Adl => 3,
                        Stage::Clearing => 4,
                    }] += 1;
                }
                VenueRecord::BadDebt { .. } => self.reached.bad_debts += 1,
                _ => {}
            }
        }
    }

    fn schedule(&mut self, generation: u16) {
        for later in self.effects.later.drain(..) {
            assert!(later.at >= self.now, "{later:?} lies in the past");
            let generation = if later.at == self.now {
                generation + 1
            } else {
                0
            };
            assert!(generation < MOST_GENERATIONS, "an endless chain: {later:?}");
            let class = later.event.class() as u8;
            let key = EventKey::new(later.at, generation, class, 0, 0, self.seq);
            self.seq += 1;
            self.queue.push(key, later.event);
        }
    }

    /// Time passes, at most until the stream has had its events.
    fn wait(&mut self, span: SimDuration) {
        let end = self.now + span;
        while self.events < MOST_EVENTS {
            let Some((key, event)) = self.queue.pop_before(end) else {
                self.now = end;
                return;
            };
            self.now = key.time();
            self.apply(key.generation(), &event);
        }
    }

    fn checkpoint(&mut self) {
        let written = serde_json::to_vec(&self.exchange).expect("a venue can be written");
        let read: Exchange = serde_json::from_slice(&written).expect("and read");
        assert_eq!(read.digest(), self.exchange.digest());
        let again = serde_json::to_vec(&read).expect("a venue can be written");
        assert!(written == again, "a checkpoint changes when it is read");
        self.exchange = read;
    }

    fn finish(&mut self) {
        for account in (0..self.exchange.accounts()).map(AccountId) {
            self.apply(0, &ExchangeEvent::CancelAll { account });
        }
        self.check_positions();
        for asset in 1..self.outside.len() {
            let asset = AssetId(asset as u16);
            assert_eq!(self.sum(asset), self.outside[asset.index()], "{asset:?}");
        }
        // Money that a liquidation order has reserved, or a deficit on its way, is on no view.
        let mut accounts = (0..self.exchange.accounts()).map(AccountId);
        if !accounts.any(|account| self.exchange.in_liquidation(account)) {
            assert_eq!(self.sum(USD), self.outside[USD.index()], "money");
        }
    }

    /// Balances of all accounts, and of the settlement asset margins less costs of positions.
    fn sum(&self, asset: AssetId) -> i128 {
        let accounts = (0..self.exchange.accounts()).map(AccountId);
        let of = |account| {
            let positions = self.exchange.positions(account);
            let held: i128 = positions
                .filter(|_| asset == USD)
                .map(|p| i128::from(p.margin.0) - i128::from(p.cost.0))
                .sum();
            held + i128::from(self.exchange.balance(account, asset).0)
        };
        accounts.map(of).sum()
    }

    fn check_positions(&self) {
        let mut lots = [0_i128; INSTRUMENTS as usize];
        for account in (0..self.exchange.accounts()).map(AccountId) {
            for position in self.exchange.positions(account) {
                lots[position.instrument.index()] += i128::from(position.qty.0);
            }
        }
        for (at, &sum) in lots.iter().enumerate() {
            assert_eq!(sum, 0, "lots of {:?}", InstrumentId(at as u16));
        }
    }
}
