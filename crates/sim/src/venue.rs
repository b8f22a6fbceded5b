//! A venue as a machine of the run: an exchange, its event queue, and what leaves it in a tick.

use bevy_ecs::prelude::Resource;
use firesale_exchange::{
    Brake, Effects, Exchange, ExchangeEvent, GenealogyRecord, Report, VenueRecord,
};
use firesale_scheduler::{EventKey, EventQueue, RunLimits};
use firesale_types::{
    AccountId, AssetId, InstrumentId, RunSeed, SimDuration, SimTime, VenueId, hash64,
};

use crate::SimError;

/// Sources of keys that are not agents.
pub(crate) mod source {
    /// Effects of the venue itself.
    pub(crate) const VENUE: u32 = u32::MAX;
    /// The oracle.
    pub(crate) const ORACLE: u32 = u32::MAX - 1;
    /// The scenario's script.
    pub(crate) const SCRIPT: u32 = u32::MAX - 2;
    /// Custody.
    pub(crate) const CUSTODY: u32 = u32::MAX - 3;
    /// Breakers of other venues.
    pub(crate) const BREAKER: u32 = u32::MAX - 4;
    /// What other venues' deleveraging has taken.
    pub(crate) const HEDGES: u32 = u32::MAX - 5;
}

/// A position that auto-deleveraging has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakenHedge {
    /// Whose.
    pub(crate) account: AccountId,
    pub(crate) instrument: InstrumentId,
    /// Long positive.
    pub(crate) lots: i64,
    /// The liquidation that was covered.
    pub(crate) liquidation: u32,
}

impl TakenHedge {
    fn of(record: &VenueRecord) -> Option<Self> {
        let VenueRecord::Adl {
            id,
            counterparty,
            instrument,
            qty,
            side,
            ..
        } = *record
        else {
            return None;
        };
        Some(Self {
            account: counterparty,
            instrument,
            lots: side.sign() * qty.0,
            liquidation: id,
        })
    }
}

/// One venue with its queue.
#[derive(Debug)]
pub struct VenueMachine {
    id: VenueId,
    name: String,
    exchange: Exchange,
    queue: EventQueue<ExchangeEvent>,
    effects: Effects,
    reports: Vec<(AccountId, Report)>,
    records: Vec<(SimTime, VenueRecord)>,
    links: Vec<(SimTime, GenealogyRecord)>,
    /// Books that breakers of this venue have halted, for how long, and the halts' numbers.
    halts: Vec<(InstrumentId, SimDuration, u32)>,
    /// Positions that auto-deleveraging has taken.
    hedges: Vec<TakenHedge>,
    lottery_key: u64,
    own_seq: u32,
    events: u64,
    trail: u64,
}

impl VenueMachine {
    pub(crate) fn new(id: VenueId, name: String, exchange: Exchange, seed: RunSeed) -> Self {
        Self {
            id,
            lottery_key: hash64(name.as_bytes()) ^ seed.0,
            name,
            exchange,
            queue: EventQueue::default(),
            effects: Effects::default(),
            reports: Vec::new(),
            records: Vec::new(),
            links: Vec::new(),
            halts: Vec::new(),
            hedges: Vec::new(),
            own_seq: 0,
            events: 0,
            trail: 0,
        }
    }

    /// Schedules the venue's recurring events; called once, after the accounts are there.
    pub(crate) fn start(&mut self) {
        let mut effects = std::mem::take(&mut self.effects);
        self.exchange.start(&mut effects);
        self.schedule_effects(SimTime::ZERO, 0, &mut effects);
        self.effects = effects;
    }

    /// Deposits of an asset that are on their way in the queue, in millionths.
    pub(crate) fn queued_deposits(&self, asset: AssetId) -> i128 {
        let amount = |event: &ExchangeEvent| match event {
            ExchangeEvent::Deposit {
                asset: a, amount, ..
            } if *a == asset => i128::from(amount.0),
            _ => 0,
        };
        self.queue.iter().map(amount).sum()
    }

    /// The venue's id.
    #[must_use]
    pub const fn id(&self) -> VenueId {
        self.id
    }

    /// The venue's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The exchange, to read.
    #[must_use]
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The exchange before the first event.
    pub(crate) const fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// Events processed so far.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// When the next event is.
    #[must_use]
    pub fn next_time(&self) -> Option<SimTime> {
        self.queue.next_time()
    }

    /// Adds a message that arrives at `at`; messages of one source keep the order of `seq`.
    pub(crate) fn push(&mut self, at: SimTime, source: u32, seq: u32, event: ExchangeEvent) {
        let key = EventKey::new(
            at,
            0,
            event.class() as u8,
            self.lottery(at, source),
            source,
            seq,
        );
        self.queue.push(key, event);
    }

    /// A keyed hash of time and source: equal arrival times favour nobody.
    fn lottery(&self, at: SimTime, source: u32) -> u32 {
        let x = (at.0 as u64 ^ self.lottery_key)
            .wrapping_add(u64::from(source).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((x ^ (x >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32) as u32
    }

    fn schedule_effects(&mut self, now: SimTime, generation: u16, effects: &mut Effects) {
        for later in effects.later.drain(..) {
            let generation = if later.at <= now {
                generation.saturating_add(1)
            } else {
                0
            };
            let class = later.event.class() as u8;
            let key = EventKey::new(
                later.at.max(now),
                generation,
                class,
                0,
                source::VENUE,
                self.own_seq,
            );
            self.own_seq = self.own_seq.wrapping_add(1);
            self.queue.push(key, later.event);
        }
    }

    /// How many messages wait, those of later ticks included.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Processes every event before `end`, one by one, effects included.
    pub(crate) fn clear(&mut self, end: SimTime, limits: &RunLimits) -> Result<(), SimError> {
        let mut in_tick = 0;
        let mut effects = std::mem::take(&mut self.effects);
        let mut outcome = Ok(());
        while let Some((key, event)) = self.queue.pop_before(end) {
            in_tick += 1;
            self.events += 1;
            if let Err(limit) = limits.check(key.time(), key.generation(), in_tick, self.events) {
                outcome = Err(SimError::Limit {
                    venue: self.name.clone(),
                    source: limit,
                });
                break;
            }
            self.exchange.apply(key.time(), &event, &mut effects);
            self.trail = fold(self.trail, key.time().0 as u64 ^ u64::from(key.source()));
            self.schedule_effects(key.time(), key.generation(), &mut effects);
            self.reports.append(&mut effects.reports);
            for record in effects.records.drain(..) {
                if let VenueRecord::Trade {
                    price,
                    qty,
                    maker,
                    taker,
                    ..
                } = record
                {
                    let who = (u64::from(maker.0) << 32) | u64::from(taker.0);
                    self.trail = fold(
                        fold(self.trail, who),
                        (price.0 as u64).rotate_left(32) ^ qty.0 as u64,
                    );
                }
                if let VenueRecord::Halt {
                    instrument,
                    brake,
                    until: Some(until),
                    id,
                    ..
                } = record
                    && brake != Brake::Coordinated
                {
                    let length = until.since(key.time());
                    self.halts.push((instrument, length, id));
                }
                self.hedges.extend(TakenHedge::of(&record));
                self.records.push((key.time(), record));
            }
            let links = effects.links.drain(..);
            self.links.extend(links.map(|link| (key.time(), link)));
        }
        self.effects = effects;
        outcome
    }

    /// What the accounts are told since the last call.
    pub(crate) fn take_reports(&mut self, into: &mut Vec<(AccountId, Report)>) {
        into.append(&mut self.reports);
    }

    /// The books that breakers of this venue have halted since the last call, for how long, and
    /// the halts' numbers.
    pub(crate) fn take_halts(&mut self) -> Vec<(InstrumentId, SimDuration, u32)> {
        std::mem::take(&mut self.halts)
    }

    /// The positions that auto-deleveraging has taken since the last call.
    pub(crate) fn take_hedges(&mut self) -> Vec<TakenHedge> {
        std::mem::take(&mut self.hedges)
    }

    /// What was told of the genealogy since the last call.
    pub(crate) fn take_links(&mut self, into: &mut Vec<(SimTime, GenealogyRecord)>) {
        into.append(&mut self.links);
    }

    /// What was left for the record since the last call.
    pub(crate) fn take_records(&mut self, into: &mut Vec<(SimTime, VenueRecord)>) {
        into.append(&mut self.records);
    }

    /// A rolling hash of every event and trade so far.
    #[must_use]
    pub const fn trail(&self) -> u64 {
        self.trail
    }
}

/// One step of the rolling hash (a multiply-rotate mix).
const fn fold(hash: u64, word: u64) -> u64 {
    (hash ^ word)
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
        .rotate_left(29)
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
}

/// All venues, in the order of the scenario.
#[derive(Debug, Resource)]
pub struct Venues(pub(crate) Vec<VenueMachine>);

impl Venues {
    /// One venue.
    #[inline]
    #[must_use]
    pub fn get(&self, id: VenueId) -> &VenueMachine {
        &self.0[id.index()]
    }

    /// All venues in order.
    pub fn iter(&self) -> impl Iterator<Item = &VenueMachine> {
        self.0.iter()
    }

    /// The venue of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<VenueId> {
        self.0.iter().find(|v| v.name == name).map(|v| v.id)
    }
}
