//! A book as data: what a checkpoint stores.

use firesale_types::{Price, Qty, Side};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::check::{in_range, may_rest};
use crate::level::rank_of;
use crate::slab::{Cold, Flags, Order, Slab};
use crate::stops::{Stops, StopsImage};
use crate::{BookConfig, OrderBook, OrderHandle, OrderRequest, Pricing, TimeInForce};

/// Everything that the future of a book depends on: not the windows, which only change its speed.
#[derive(Serialize, Deserialize)]
struct BookImage {
    config: BookConfig,
    band: Option<(Price, Price)>,
    halted: bool,
    arrivals: u64,
    /// Bids, then asks, each in the order in which they would trade.
    orders: Vec<OrderImage>,
    /// The free slots in the order in which they will be used; the others hold the orders.
    free: Vec<u32>,
    stops: StopsImage,
}

/// A resting order. The request asks for what is open of it.
#[derive(Serialize, Deserialize)]
struct OrderImage {
    slot: u32,
    visible: i64,
    /// Zero for an order that did not come during a halt.
    arrival: u64,
    request: OrderRequest,
}

/// Why a book cannot be read back.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum ImageError {
    #[error("an order of the stored book breaks its limits")]
    Order,
    #[error("slots of the stored book are used twice or not at all")]
    Slots,
    #[error("a waiting order of the stored book is inconsistent")]
    Waiting,
    #[error("the stored book is crossed but not halted")]
    Crossed,
}

impl Serialize for OrderBook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BookImage::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OrderBook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let image = BookImage::deserialize(deserializer)?;
        image.restore().map_err(serde::de::Error::custom)
    }
}

impl BookImage {
    fn of(book: &OrderBook) -> Self {
        Self {
            config: book.config,
            band: book.band,
            halted: book.halted,
            arrivals: book.arrivals,
            orders: book
                .slots()
                .map(|slot| OrderImage::of(&book.orders, slot))
                .collect(),
            free: book.orders.free_slots().collect(),
            stops: book.stops.image(),
        }
    }

    fn restore(self) -> Result<OrderBook, ImageError> {
        let mut book = OrderBook::new(self.config);
        book.band = self.band;
        book.halted = self.halted;
        book.arrivals = self.arrivals;
        book.orders = Slab::with_slots(self.orders.len() + self.free.len());
        for image in &self.orders {
            image.restore(&mut book)?;
        }
        for &slot in self.free.iter().rev() {
            if !book.orders.release(slot) {
                return Err(ImageError::Slots);
            }
        }
        if !book.halted && book.is_crossed() {
            return Err(ImageError::Crossed);
        }
        book.stops = Stops::restore(self.stops).ok_or(ImageError::Waiting)?;
        for (handle, stop) in book.stops.iter() {
            if let TimeInForce::Gtd(time) = stop.request.tif {
                book.expiries.insert((time, handle));
            }
        }
        Ok(book)
    }
}

impl OrderImage {
    fn of(orders: &Slab, slot: u32) -> Self {
        let order = orders.get(slot);
        let flags = order.flags;
        let mut request = orders.request(slot, order.price(), Qty(orders.open(slot)));
        if flags.has(Flags::ICEBERG) {
            request.display = Some(Qty(orders.cold(slot).display));
        }
        Self {
            slot,
            visible: order.visible(),
            arrival: orders.arrival(slot),
            request,
        }
    }

    fn restore(&self, book: &mut OrderBook) -> Result<(), ImageError> {
        let request = &self.request;
        let Pricing::Limit(price) = request.pricing else {
            return Err(ImageError::Order);
        };
        let hidden = request.qty.0.saturating_sub(self.visible);
        let qty_ok = request.qty <= book.config.max_order_qty && self.visible > 0 && hidden >= 0;
        let display_ok = request.display.map_or(hidden == 0, |display| display.0 > 0);
        if !(may_rest(request) && in_range(price) && qty_ok && display_ok) {
            return Err(ImageError::Order);
        }
        let mut flags = Flags::of(request);
        if self.arrival > 0 {
            flags = flags.with(Flags::NUMBERED);
        }
        let order = Order::new(request.id, price, self.visible, request.tag, flags);
        if !book.orders.occupy(self.slot, order) {
            return Err(ImageError::Slots);
        }
        if flags.has(Flags::COLD) {
            let expires = match request.tif {
                TimeInForce::Gtd(time) => time,
                _ => Cold::default().expires,
            };
            let cold = Cold {
                hidden,
                display: request.display.map_or(0, |display| display.0),
                expires,
                arrival: self.arrival,
            };
            book.orders.set_cold(self.slot, cold);
        }
        if let TimeInForce::Gtd(time) = request.tif {
            book.expiries.insert((time, OrderHandle(self.slot)));
        }
        let rank = rank_of(request.side, price);
        let side = &mut book.sides[request.side.index()];
        side.push_back(&mut book.orders, rank, self.slot, self.visible);
        Ok(())
    }
}

impl OrderBook {
    /// The slots of all resting orders: bids, then asks, each in the order in which they would
    /// trade.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        [Side::Buy, Side::Sell].into_iter().flat_map(|side| {
            self.sides[side.index()]
                .levels()
                .flat_map(|(_, level)| self.queue(level))
        })
    }

    fn is_crossed(&self) -> bool {
        self.best(Side::Buy)
            .is_some_and(|(bid, _)| self.crosses(Side::Buy, bid))
    }
}
