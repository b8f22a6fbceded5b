//! What a participant may ask of a book.

use firesale_types::{OrderId, Price, Qty, Side, SimTime};
use serde::{Deserialize, Serialize};

/// At what price an order may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pricing {
    /// At this price or better.
    Limit(Price),
    /// At any price inside the price band; what finds no counterparty is cancelled.
    Market,
}

/// How long an order stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeInForce {
    /// Until cancelled.
    Gtc,
    /// Until the given moment.
    Gtd(SimTime),
    /// Trades at once what it can; the rest is cancelled.
    Ioc,
    /// Trades at once in full, or not at all.
    Fok,
}

/// Which price a trigger watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum TriggerSource {
    /// The last trade in this book.
    Last = 0,
    /// The mark price.
    Mark = 1,
    /// The index price.
    Index = 2,
}

/// On which side of its price a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerWhen {
    /// When the watched price is at or above the trigger price: a buy stop, a long's take-profit.
    AtOrAbove,
    /// When the watched price is at or below the trigger price: a sell stop, a short's take-profit.
    AtOrBelow,
}

/// Holds an order back until a price is reached. With [`Pricing::Market`] it is a stop-market or
/// take-profit-market order, with [`Pricing::Limit`] a stop-limit or take-profit-limit order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The watched price.
    pub source: TriggerSource,
    /// The direction.
    pub when: TriggerWhen,
    /// The price at which the order is released.
    pub price: Price,
}

/// What happens when an order meets another order of the same account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTrade {
    /// The rest of the incoming order is cancelled.
    #[default]
    CancelNewest,
    /// The resting order is cancelled and the incoming one goes on.
    CancelOldest,
    /// Both shrink by the smaller quantity, without a trade.
    Decrement,
}

/// A new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// Chosen by the sender; names the account.
    pub id: OrderId,
    /// The side.
    pub side: Side,
    /// How much, in lots; positive.
    pub qty: Qty,
    /// At what price.
    pub pricing: Pricing,
    /// For how long.
    pub tif: TimeInForce,
    /// Refused if it would trade at once.
    pub post_only: bool,
    /// Never opens or turns a position: it trades at most what [`crate::Host::reducible`] says, at
    /// the moment of each fill.
    pub reduce_only: bool,
    /// The visible part of an iceberg order, at most `qty`; when the visible part is used up the
    /// next part joins the end of the queue.
    pub display: Option<Qty>,
    /// Holds the order back until a price is reached.
    pub trigger: Option<Trigger>,
    /// Self-trade prevention; the incoming order's rule decides.
    pub self_trade: SelfTrade,
    /// The caller's mark, carried to the fills it takes: firesale puts the cause of the order here.
    pub tag: u32,
}

impl OrderRequest {
    /// A limit order that rests until cancelled.
    #[must_use]
    pub const fn limit(id: OrderId, side: Side, price: Price, qty: Qty) -> Self {
        Self {
            id,
            side,
            qty,
            pricing: Pricing::Limit(price),
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
            display: None,
            trigger: None,
            self_trade: SelfTrade::CancelNewest,
            tag: 0,
        }
    }

    /// A market order.
    #[must_use]
    pub const fn market(id: OrderId, side: Side, qty: Qty) -> Self {
        Self {
            pricing: Pricing::Market,
            tif: TimeInForce::Ioc,
            ..Self::limit(id, side, Price::ZERO, qty)
        }
    }
}

/// Where a book keeps an order, returned when it rests or waits for its trigger.
///
/// A handle may be reused after its order is gone; every use names the order's id as well, so a
/// stale handle is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderHandle(pub u32);
