//! The book: its parts, and its state beside the orders.

use std::collections::BTreeSet;

use firesale_types::{OrderId, Price, Qty, SimTime};

use crate::side::BookSide;
use crate::slab::Slab;
use crate::stops::Stops;
use crate::{BookConfig, MAX_PRICE, OrderHandle, OrderRequest, TriggerSource};

/// The order book of one instrument and the matching engine over it.
///
/// See the crate's documentation for the rules. A book can be serialized; the copy that is read
/// back behaves identically, handles included.
#[derive(Clone, Debug)]
pub struct OrderBook {
    pub(crate) config: BookConfig,
    /// By [`firesale_types::Side::index`].
    pub(crate) sides: [BookSide; 2],
    pub(crate) orders: Slab,
    pub(crate) stops: Stops,
    /// Good-till-date orders, resting or waiting.
    pub(crate) expiries: BTreeSet<(SimTime, OrderHandle)>,
    pub(crate) band: Option<(Price, Price)>,
    pub(crate) halted: bool,
    /// How many orders were numbered on arrival during halts.
    pub(crate) arrivals: u64,
}

/// What became of an accepted request at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// How much it traded.
    pub filled: Qty,
    /// Where it, or its rest, stands: in the book or waiting for its trigger. `None` if it is gone,
    /// or triggered at once.
    pub resting: Option<OrderHandle>,
}

impl OrderBook {
    /// An empty book with [`BookConfig::within_limits`] of `config`.
    #[must_use]
    pub fn new(config: BookConfig) -> Self {
        let config = config.within_limits();
        Self {
            config,
            sides: [BookSide::new(config.window), BookSide::new(config.window)],
            orders: Slab::new(),
            stops: Stops::new(),
            expiries: BTreeSet::new(),
            band: None,
            halted: false,
            arrivals: 0,
        }
    }

    /// The configuration in force.
    #[must_use]
    pub const fn config(&self) -> &BookConfig {
        &self.config
    }

    /// Limits prices to a band, both ends included; `None` lifts it. Limit prices outside are
    /// refused, and a market order trades no further than the end of the band that is bad for it.
    ///
    /// Resting orders that a moved band leaves outside stay, and trade at their own price when an
    /// order meets them.
    pub fn set_band(&mut self, band: Option<(Price, Price)>) {
        let possible = |price: Price| Price(price.0.clamp(0, MAX_PRICE.0 + 1));
        self.band = band.map(|(low, high)| (possible(low), possible(high)));
    }

    /// The price band in force.
    #[must_use]
    pub const fn band(&self) -> Option<(Price, Price)> {
        self.band
    }

    /// Stops matching: from now on limit orders rest unmatched, post-only ones too, and the book
    /// may be crossed; market, IOC and FOK orders are refused; cancels and replaces work.
    pub const fn halt(&mut self) {
        self.halted = true;
    }

    /// Whether matching has stopped.
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// A watched price moved: orders whose trigger it reaches go, in the order of their trigger
    /// prices and then of their arrival, to the queue that [`Self::take_triggered`] empties.
    ///
    /// Trades move [`TriggerSource::Last`] by themselves (and then tell the host of what they
    /// trigger); setting it here is for the price at the start. A price outside `1..=`[`MAX_PRICE`]
    /// is ignored.
    pub fn set_reference(&mut self, source: TriggerSource, price: Price) {
        if !(1..=MAX_PRICE.0).contains(&price.0) {
            return;
        }
        let expiries = &mut self.expiries;
        self.stops.set_reference(source, price, |handle, request| {
            forget_expiry(expiries, handle, request);
        });
    }

    /// The watched price, if it has been set.
    #[must_use]
    pub const fn reference(&self, source: TriggerSource) -> Option<Price> {
        self.stops.reference(source)
    }

    /// Whether triggered requests are waiting to be taken.
    #[must_use]
    pub fn has_triggered(&self) -> bool {
        !self.stops.triggered().is_empty()
    }

    /// The triggered requests that wait to be taken, the first to be triggered first.
    pub fn triggered(&self) -> impl Iterator<Item = &OrderRequest> {
        self.stops.triggered().iter()
    }

    /// Appends the triggered requests to `out`, the first to be triggered first, without their
    /// triggers: the owner submits them when it is their turn.
    pub fn take_triggered(&mut self, out: &mut Vec<OrderRequest>) {
        self.stops.take_triggered(out);
    }

    /// When the next order expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<SimTime> {
        self.expiries.first().map(|&(time, _)| time)
    }

    /// Whether the book holds as many orders as it may.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        let triggered = self.stops.triggered().len() as u32;
        self.orders.len() + self.stops.len() + triggered >= self.config.max_orders
    }
}

/// Removes a waiting order from the calendar when it leaves the waiting ones.
pub(crate) fn forget_expiry(
    expiries: &mut BTreeSet<(SimTime, OrderHandle)>,
    handle: OrderHandle,
    request: &OrderRequest,
) {
    if let crate::TimeInForce::Gtd(time) = request.tif {
        expiries.remove(&(time, handle));
    }
}

/// Whether two orders belong to one account.
#[inline]
pub(crate) fn same_account(a: OrderId, b: OrderId) -> bool {
    a.account() == b.account()
}
