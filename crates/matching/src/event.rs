//! What a book tells its owner, and what it asks of it.

use firesale_types::{AccountId, OrderId, Price, Qty, Side};
use serde::{Deserialize, Serialize};

use crate::OrderHandle;

/// One trade between a resting and an incoming order. In an auction the later order is the taker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The resting order.
    pub maker: OrderId,
    /// The incoming order.
    pub taker: OrderId,
    /// The side of the incoming order.
    pub taker_side: Side,
    /// The price: the maker's, or the auction's.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// What is left of the maker, hidden part included; at zero it is gone.
    pub maker_left: Qty,
    /// What is left of the taker.
    pub taker_left: Qty,
    /// The tag of the incoming order.
    pub taker_tag: u32,
    /// The tag of the resting order.
    pub maker_tag: u32,
}

/// Why an order left the book without trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its owner asked.
    Requested,
    /// The unfilled rest of a market, IOC or FOK order.
    Unfilled,
    /// It met an order of the same account.
    SelfTrade,
    /// Its time was over.
    Expired,
    /// It was reduce-only and the position was gone.
    NothingToReduce,
    /// It was post-only and would have taken in the reopening auction.
    PostOnly,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookEvent {
    /// A trade.
    Fill(Fill),
    /// The order, or its rest, stands in the book.
    Rested {
        /// The order.
        id: OrderId,
        /// Its handle from now on.
        handle: OrderHandle,
        /// Its side.
        side: Side,
        /// Its price.
        price: Price,
        /// What stands, hidden part included.
        qty: Qty,
    },
    /// The order waits for its trigger.
    Waiting {
        /// The order.
        id: OrderId,
        /// Its handle until it is triggered.
        handle: OrderHandle,
    },
    /// A trigger fired; the order is in the queue that [`crate::OrderBook::take_triggered`] empties.
    /// Told when a trade or the submission itself fires it; [`crate::OrderBook::set_reference`] has
    /// no host to tell.
    Triggered {
        /// The order.
        id: OrderId,
    },
    /// The order, or its rest, is gone.
    Cancelled {
        /// The order.
        id: OrderId,
        /// Its side.
        side: Side,
        /// What was left of it.
        qty: Qty,
        /// Its price if it rested in the book.
        price: Option<Price>,
        /// Why.
        reason: CancelReason,
    },
    /// The order shrank in place by self-trade prevention or by a replace that keeps priority.
    Reduced {
        /// The order.
        id: OrderId,
        /// Its side.
        side: Side,
        /// Its price; for an incoming order that of the order it met.
        price: Price,
        /// By how much.
        by: Qty,
        /// What is left.
        left: Qty,
    },
}

/// Why a request was refused. A refused request changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// The quantity is not positive.
    #[error("the quantity is not positive")]
    QtyNotPositive,
    /// The quantity is above the instrument's limit.
    #[error("the quantity is above the limit")]
    QtyTooLarge,
    /// The quantity is not a multiple of the instrument's quantity step.
    #[error("the quantity is off the lot grid")]
    OffLotGrid,
    /// The price is not positive, or above the limit of a book.
    #[error("the price is out of range")]
    PriceOutOfRange,
    /// The price is not a multiple of the instrument's price step.
    #[error("the price is off the tick grid")]
    OffTickGrid,
    /// The price is outside the price band in force.
    #[error("the price is outside the band")]
    OutsideBand,
    /// A post-only order would have traded.
    #[error("a post-only order would trade at once")]
    PostOnlyWouldTrade,
    /// A fill-or-kill order could not be filled in full.
    #[error("a fill-or-kill order cannot be filled in full")]
    FokUnfilled,
    /// A reduce-only order has no position to reduce.
    #[error("there is no position to reduce")]
    NothingToReduce,
    /// A market, IOC or FOK order while the book is halted.
    #[error("the book is halted")]
    Halted,
    /// The combination of options makes no sense (post-only market order, iceberg larger than the
    /// order, expiry in the past, ...).
    #[error("the options contradict each other")]
    InvalidCombination,
    /// No such order: never seen, filled, or cancelled.
    #[error("no such order")]
    UnknownOrder,
    /// The book holds as many orders as it may.
    #[error("the book is full")]
    BookFull,
}

/// What a book asks of its owner while it matches: positions for reduce-only orders, and an ear.
///
/// Fills arrive one by one, in order, while matching goes on, so the owner may settle each at once.
pub trait Host {
    /// How much an order of `account` on `side` may trade without opening or turning a position.
    fn reducible(&self, account: AccountId, side: Side) -> Qty;

    /// Something happened.
    fn on_event(&mut self, event: BookEvent);
}

/// Keeps the events; without positions nothing is reducible.
impl Host for Vec<BookEvent> {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    #[inline]
    fn on_event(&mut self, event: BookEvent) {
        self.push(event);
    }
}
