//! The engines behind one interface.

use bourse_book::types::Side as BourseSide;
use firesale_matching::stream::{Message, Replay, Tape};
use firesale_matching::{BookConfig, OrderBook};
use firesale_types::Side;

/// A matching engine that can be fed.
pub trait Engine {
    /// Name and version.
    const NAME: &'static str;

    /// An empty book that will see so many orders.
    fn new(orders: usize) -> Self;

    /// Processes messages.
    fn feed(&mut self, messages: &[Message]);

    /// Starts to count anew.
    fn forget_fills(&mut self);

    /// The fills since.
    fn tape(&self) -> Tape;
}

/// firesale-matching.
pub struct Firesale {
    replay: Replay<OrderBook>,
    tape: Tape,
}

impl Engine for Firesale {
    const NAME: &'static str = "firesale-matching 0.1.0";

    fn new(orders: usize) -> Self {
        Self {
            replay: Replay::new(OrderBook::new(BookConfig::default()), orders),
            tape: Tape::default(),
        }
    }

    fn feed(&mut self, messages: &[Message]) {
        self.replay.feed(messages, &mut self.tape);
    }

    fn forget_fills(&mut self) {
        self.tape = Tape::default();
    }

    fn tape(&self) -> Tape {
        self.tape
    }
}

/// bourse-book. Its order numbers count market orders too, so those of the limit orders are kept.
pub struct Bourse {
    book: bourse_book::OrderBook,
    time: u64,
    numbers: Vec<usize>,
    counted_from: usize,
}

impl Bourse {
    fn place(&mut self, side: Side, qty: i64, price: Option<i64>) -> usize {
        let side = match side {
            Side::Buy => BourseSide::Bid,
            Side::Sell => BourseSide::Ask,
        };
        self.time += 1;
        self.book.set_time(self.time);
        self.book
            .create_and_place_order(side, qty as u32, 0, price.map(|price| price as u32))
            .expect("the tick size is one")
    }
}

impl Engine for Bourse {
    const NAME: &'static str = "bourse-book 0.4.0";

    fn new(orders: usize) -> Self {
        Self {
            book: bourse_book::OrderBook::new(0, 1, true),
            time: 0,
            numbers: Vec::with_capacity(orders),
            counted_from: 0,
        }
    }

    fn feed(&mut self, messages: &[Message]) {
        for message in messages {
            match *message {
                Message::Add { side, price, qty } => {
                    let number = self.place(side, qty.0, Some(price.0));
                    self.numbers.push(number);
                }
                Message::Cancel { order } => self.book.cancel_order(self.numbers[order as usize]),
                Message::Market { side, qty } => {
                    self.place(side, qty.0, None);
                }
            }
        }
    }

    fn forget_fills(&mut self) {
        self.counted_from = self.book.get_trades().len();
    }

    fn tape(&self) -> Tape {
        let trades = &self.book.get_trades()[self.counted_from..];
        Tape {
            fills: trades.len() as u64,
            notional: trades
                .iter()
                .map(|trade| i128::from(trade.price) * i128::from(trade.vol))
                .sum(),
        }
    }
}
