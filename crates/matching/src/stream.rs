//! The order flow of the benchmarks: one instrument, integer ticks, the same messages for every
//! engine.
//!
//! * [`Stream::steady`]: a calm two-sided market. 64 % limit orders, 31 % cancels, 5 % market
//!   orders. 95 % of limit orders stand a geometric number of ticks (mean 10, at most 100) from the
//!   opposite touch, the others 100 to 5,000 ticks away. 90 % of cancels hit recent orders, the
//!   others any live one. A market order takes one to five levels, the last of them in part.
//! * [`Stream::crash`]: a fall through a deep book. Half of the messages are market orders, all of
//!   them sells, one in a hundred a liquidation of 25,000 lots; 30 % limit orders, 20 % cancels.
//!
//! No limit order crosses, so all trades come from market orders, and every order belongs to
//! another account, so that no self-trade rule applies: engines without such rules can be compared.

use firesale_types::{
    AccountId, AgentRng, Domain, OrderId, Price, Qty, RunSeed, Side, SimTime, StreamKey,
    exponential, hash64,
};

use crate::naive::Book;
use crate::{BookConfig, BookEvent, Host, OrderBook, OrderHandle, OrderRequest, Submitted};

/// One message. Orders are numbered in the order in which they are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A limit order.
    Add {
        /// Its side.
        side: Side,
        /// Its price; it does not cross.
        price: Price,
        /// Its quantity.
        qty: Qty,
    },
    /// The cancel of a live order.
    Cancel {
        /// Its number.
        order: u32,
    },
    /// A market order.
    Market {
        /// Its side.
        side: Side,
        /// Its quantity.
        qty: Qty,
    },
}

/// A stream and what an engine that does it right makes of it.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Fills the book; not timed.
    pub warm_up: Vec<Message>,
    /// What is timed.
    pub timed: Vec<Message>,
    /// The fills of the timed part, and their notional in ticks times lots.
    pub tape: Tape,
}

/// Counts fills; the host of the benchmarks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    /// How many.
    pub fills: u64,
    /// The sum of price times quantity, in ticks times lots.
    pub notional: i128,
}

impl Host for Tape {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    #[inline]
    fn on_event(&mut self, event: BookEvent) {
        if let BookEvent::Fill(fill) = event {
            self.fills += 1;
            self.notional += i128::from(fill.price.0) * i128::from(fill.qty.0);
        }
    }
}

/// A book that is fed with messages, and the table from order numbers to handles.
#[derive(Clone, Debug)]
pub struct Replay<B> {
    /// The book.
    pub book: B,
    handles: Vec<OrderHandle>,
}

impl<B: Book> Replay<B> {
    /// Starts with a book and room for the handles of `orders`.
    #[must_use]
    pub fn new(book: B, orders: usize) -> Self {
        Self {
            book,
            handles: Vec::with_capacity(orders),
        }
    }

    /// Feeds messages to the book, and its events to the host.
    #[inline]
    pub fn feed(&mut self, messages: &[Message], host: &mut impl Host) {
        for message in messages {
            self.apply(message, host);
        }
    }

    #[inline]
    fn apply(&mut self, message: &Message, host: &mut impl Host) {
        match *message {
            Message::Add { side, price, qty } => {
                let id = identity(self.handles.len() as u32);
                let request = OrderRequest::limit(id, side, price, qty);
                let answer = self.book.submit(SimTime::ZERO, &request, host);
                let resting = answer.map(|Submitted { resting, .. }| resting);
                self.handles
                    .push(resting.ok().flatten().unwrap_or(OrderHandle(0)));
            }
            Message::Cancel { order } => {
                let handle = self.handles[order as usize];
                // A refusal would show in the fills.
                let _ = self.book.cancel(handle, identity(order), host);
            }
            Message::Market { side, qty } => {
                let request = OrderRequest::market(identity(u32::MAX), side, qty);
                let _ = self.book.submit(SimTime::ZERO, &request, host);
            }
        }
    }
}

/// The id of the order of a number: each has an account of its own.
#[inline]
const fn identity(order: u32) -> OrderId {
    OrderId::new(AccountId(order), 0, 0)
}

/// The mix of a stream, in thousandths.
#[derive(Clone, Copy)]
struct Mix {
    adds: u64,
    cancels: u64,
    crash: bool,
}

const TOP: i64 = 100_000;
const NEAR_CAP: i64 = 100;
const FAR_CAP: u64 = 5_000;
const LARGEST_ORDER: u64 = 100;
const LIQUIDATION: i64 = 25_000;
/// How many recent orders are candidates for a cancel.
const RECENT: usize = 4_096;
/// The mean of the exponential whose whole part is geometric with mean 9: `1 / ln(10 / 9)`.
const NEAR_SCALE: f64 = 9.491_221_581_029_905;

impl Stream {
    /// The calm stream: 40,000 orders of warm-up and `timed` messages (the benchmark takes two
    /// million).
    #[must_use]
    pub fn steady(timed: usize) -> Self {
        let mut generator = Generator::new(b"steady");
        let mix = Mix {
            adds: 640,
            cancels: 310,
            crash: false,
        };
        let warm_up = generator.warm_up(4, 5_000, 5_000);
        generator.finish(warm_up, mix, timed)
    }

    /// The fall: 880,000 orders of warm-up, 40 a level, and `timed` messages (the benchmark takes
    /// a hundred thousand, which use up most of the 20,000 bid levels).
    #[must_use]
    pub fn crash(timed: usize) -> Self {
        let mut generator = Generator::new(b"crash");
        let mix = Mix {
            adds: 300,
            cancels: 200,
            crash: true,
        };
        let warm_up = generator.warm_up(40, 20_000, 2_000);
        generator.finish(warm_up, mix, timed)
    }
}

/// Draws messages while it keeps the book that they make.
struct Generator {
    rng: AgentRng,
    replay: Replay<OrderBook>,
    sink: Sink,
    recent: Vec<u32>,
}

/// What the generator must know of the fills.
#[derive(Default)]
struct Sink {
    tape: Tape,
    live: Live,
}

impl Host for Sink {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    fn on_event(&mut self, event: BookEvent) {
        self.tape.on_event(event);
        match event {
            BookEvent::Rested { id, .. } => self.live.insert(id.account().0),
            BookEvent::Fill(fill) if fill.maker_left.is_zero() => {
                self.live.remove(fill.maker.account().0);
            }
            BookEvent::Cancelled {
                id, price: Some(_), ..
            } => self.live.remove(id.account().0),
            _ => {}
        }
    }
}

/// The numbers of live orders, to draw from.
#[derive(Default)]
struct Live {
    members: Vec<u32>,
    /// The place of each number among the members, or `u32::MAX`.
    places: Vec<u32>,
}

impl Live {
    fn insert(&mut self, order: u32) {
        let index = order as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, u32::MAX);
        }
        self.places[index] = self.members.len() as u32;
        self.members.push(order);
    }

    fn remove(&mut self, order: u32) {
        let place = self.places[order as usize] as usize;
        self.places[order as usize] = u32::MAX;
        self.members.swap_remove(place);
        if let Some(&moved) = self.members.get(place) {
            self.places[moved as usize] = place as u32;
        }
    }

    fn contains(&self, order: u32) -> bool {
        self.places[order as usize] != u32::MAX
    }
}

impl Generator {
    fn new(name: &[u8]) -> Self {
        let key = StreamKey {
            domain: Domain::Validation,
            population: hash64(name),
            index: 0,
            time_ns: 0,
        };
        Self {
            rng: AgentRng::open(RunSeed(42), key),
            replay: Replay::new(OrderBook::new(BookConfig::default()), 0),
            sink: Sink::default(),
            recent: Vec::new(),
        }
    }

    fn qty(&mut self) -> Qty {
        Qty(1 + self.rng.below(LARGEST_ORDER) as i64)
    }

    fn send(&mut self, message: Message) -> Message {
        self.replay.feed(&[message], &mut self.sink);
        message
    }

    fn warm_up(&mut self, per_level: usize, bids: i64, asks: i64) -> Vec<Message> {
        let mut messages = Vec::new();
        for level in 0..bids.max(asks) {
            for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
                let price = Price(TOP - side.sign() * (level + 1));
                for _ in 0..if level < levels { per_level } else { 0 } {
                    let qty = self.qty();
                    messages.push(self.send(Message::Add { side, price, qty }));
                }
            }
        }
        messages
    }

    fn finish(mut self, warm_up: Vec<Message>, mix: Mix, count: usize) -> Stream {
        self.sink.tape = Tape::default();
        let timed = (0..count).map(|_| self.message(mix)).collect();
        Stream {
            warm_up,
            timed,
            tape: self.sink.tape,
        }
    }

    fn message(&mut self, mix: Mix) -> Message {
        let draw = self.rng.below(1_000);
        let message = if draw < mix.adds {
            self.add()
        } else if draw < mix.adds + mix.cancels {
            self.cancel()
        } else {
            self.market(mix.crash)
        };
        // An empty side has no touch to stand by and nothing to take.
        let message = message.unwrap_or(Message::Add {
            side: Side::Buy,
            price: Price(1),
            qty: Qty(1),
        });
        self.send(message)
    }

    fn side(&mut self) -> Side {
        if self.rng.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    fn add(&mut self) -> Option<Message> {
        let side = self.side();
        let (touch, _) = self.replay.book.best(side.opposite())?;
        let near = self.rng.chance(0.95);
        let away = if near {
            (1 + exponential(&mut self.rng, NEAR_SCALE) as i64).min(NEAR_CAP)
        } else {
            NEAR_CAP + self.rng.below(FAR_CAP - NEAR_CAP as u64 + 1) as i64
        };
        let price = Price((touch.0 - side.sign() * away).max(1));
        if near {
            let order = self.replay.handles.len();
            if self.recent.len() < RECENT {
                self.recent.push(order as u32);
            } else {
                self.recent[order % RECENT] = order as u32;
            }
        }
        let qty = self.qty();
        Some(Message::Add { side, price, qty })
    }

    fn cancel(&mut self) -> Option<Message> {
        if self.rng.chance(0.9) {
            for _ in 0..16 {
                let count = self.recent.len().max(1) as u64;
                let order = self.recent.get(self.rng.below(count) as usize);
                if let Some(&order) = order.filter(|&&order| self.sink.live.contains(order)) {
                    return Some(Message::Cancel { order });
                }
            }
        }
        let live = &self.sink.live.members;
        let order = live.get(self.rng.below(live.len().max(1) as u64) as usize);
        order.map(|&order| Message::Cancel { order })
    }

    fn market(&mut self, crash: bool) -> Option<Message> {
        if crash {
            let liquidation = self.rng.chance(0.01);
            let lots = 1 + self.rng.below(1_150) as i64;
            let qty = Qty(if liquidation { LIQUIDATION } else { lots });
            return Some(Message::Market {
                side: Side::Sell,
                qty,
            });
        }
        let side = self.side();
        let levels = 1 + self.rng.below(5) as usize;
        let depths: Vec<i64> = self
            .replay
            .book
            .levels(side.opposite())
            .take(levels)
            .map(|(_, qty)| qty.0)
            .collect();
        let (last, whole) = depths.split_last()?;
        let part = 1 + self.rng.below(*last as u64) as i64;
        Some(Message::Market {
            side,
            qty: Qty(whole.iter().sum::<i64>() + part),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::NaiveBook;

    #[test]
    fn the_twin_makes_the_same_of_them() {
        for stream in [Stream::steady(50_000), Stream::crash(2_000)] {
            let mut tape = Tape::default();
            let orders = stream.warm_up.len() + stream.timed.len();
            let mut replay = Replay::new(NaiveBook::new(BookConfig::default()), orders);
            replay.feed(&stream.warm_up, &mut tape);
            assert_eq!(tape, Tape::default(), "no order of the warm-up crosses");
            replay.feed(&stream.timed, &mut tape);
            assert_eq!(tape, stream.tape);
            assert!(tape.fills as usize > stream.timed.len() / 4);
        }
    }
}
