//! Where resting orders live: 32 bytes each, and a second row for the few that need more.

use firesale_types::{OrderId, Price, Qty, Side, SimTime};

use crate::{OrderRequest, Pricing, SelfTrade, TimeInForce};

/// Ends a queue or the free list. The slot of this number holds no order; its links may be written
/// and mean nothing.
pub(crate) const NONE: u32 = 0;

/// What an order is beside its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const SELL: u8 = 1;
    pub(crate) const REDUCE_ONLY: u8 = 1 << 1;
    pub(crate) const POST_ONLY: u8 = 1 << 2;
    /// The cold row holds the hidden part and the size of a display slice.
    pub(crate) const ICEBERG: u8 = 1 << 3;
    /// The cold row holds the moment of expiry.
    pub(crate) const EXPIRES: u8 = 1 << 4;
    /// It came during a halt; the cold row holds its number.
    pub(crate) const NUMBERED: u8 = 1 << 5;
    /// It has a cold row.
    pub(crate) const COLD: u8 = Self::ICEBERG | Self::EXPIRES | Self::NUMBERED;
    const SELF_TRADE_SHIFT: u32 = 6;
    /// A maker with one of these does not take the short way through a match.
    const SPECIAL: u8 = Self::REDUCE_ONLY | Self::ICEBERG | Self::EXPIRES;

    #[inline]
    pub(crate) fn of(request: &OrderRequest) -> Self {
        let bit = |yes: bool, flag: u8| if yes { flag } else { 0 };
        Self(
            request.side as u8
                | bit(request.reduce_only, Self::REDUCE_ONLY)
                | bit(request.post_only, Self::POST_ONLY)
                | bit(request.display.is_some(), Self::ICEBERG)
                | bit(matches!(request.tif, TimeInForce::Gtd(_)), Self::EXPIRES)
                | ((request.self_trade as u8) << Self::SELF_TRADE_SHIFT),
        )
    }

    /// The flags of an order that may at most be post-only.
    #[inline]
    pub(crate) const fn plain(request: &OrderRequest) -> Self {
        Self(
            request.side as u8
                | (request.post_only as u8) << Self::POST_ONLY.trailing_zeros()
                | ((request.self_trade as u8) << Self::SELF_TRADE_SHIFT),
        )
    }

    #[inline]
    pub(crate) const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    #[inline]
    pub(crate) const fn is_special(self) -> bool {
        self.has(Self::SPECIAL)
    }

    #[inline]
    pub(crate) const fn side(self) -> Side {
        if self.has(Self::SELL) {
            Side::Sell
        } else {
            Side::Buy
        }
    }

    pub(crate) const fn self_trade(self) -> SelfTrade {
        match self.0 >> Self::SELF_TRADE_SHIFT {
            0 => SelfTrade::CancelNewest,
            1 => SelfTrade::CancelOldest,
            _ => SelfTrade::Decrement,
        }
    }

    #[inline]
    pub(crate) const fn with(self, flag: u8) -> Self {
        Self(self.0 | flag)
    }
}

/// A resting order. Two of them fill a cache line and none straddles two, which is worth the
/// splitting of price and quantity: a deep sweep is bound by these loads.
///
/// A slot is live exactly if its quantity is positive.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    /// The next order of the queue, or [`NONE`]. In a free slot: the next free one.
    pub(crate) next: u32,
    /// The previous order of the queue; undefined for the first.
    pub(crate) prev: u32,
    pub(crate) tag: u32,
    /// The price less one, so that the highest fits into 40 bits.
    price_low: u32,
    qty_low: u32,
    qty_high: u16,
    price_high: u8,
    pub(crate) flags: Flags,
}

const _: () = assert!(size_of::<Order>() == 32);

impl Order {
    #[inline]
    pub(crate) fn new(id: OrderId, price: Price, visible: i64, tag: u32, flags: Flags) -> Self {
        let below = price.0 - 1;
        let mut order = Self {
            id,
            next: NONE,
            prev: NONE,
            tag,
            price_low: below as u32,
            qty_low: 0,
            qty_high: 0,
            price_high: (below >> 32) as u8,
            flags,
        };
        order.set_visible(visible);
        order
    }

    #[inline]
    pub(crate) const fn price(&self) -> Price {
        Price(((self.price_high as i64) << 32 | self.price_low as i64) + 1)
    }

    /// The visible open quantity.
    #[inline]
    pub(crate) const fn visible(&self) -> i64 {
        (self.qty_high as i64) << 32 | self.qty_low as i64
    }

    #[inline]
    pub(crate) const fn set_visible(&mut self, qty: i64) {
        self.qty_low = qty as u32;
        self.qty_high = (qty >> 32) as u16;
    }
}

/// What only some orders have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cold {
    /// The hidden part of an iceberg order.
    pub(crate) hidden: i64,
    /// The size of its visible slices.
    pub(crate) display: i64,
    /// When a good-till-date order expires.
    pub(crate) expires: SimTime,
    /// The place in the order of arrival of an order that came during a halt.
    pub(crate) arrival: u64,
}

/// All resting orders, by slot. Freed slots are used again, the last freed first.
#[derive(Clone, Debug)]
pub(crate) struct Slab {
    hot: Vec<Order>,
    /// As long as the highest slot that ever needed it.
    cold: Vec<Cold>,
    free: u32,
    len: u32,
}

impl Slab {
    pub(crate) fn new() -> Self {
        Self {
            hot: vec![Order::default()],
            cold: Vec::new(),
            free: NONE,
            len: 0,
        }
    }

    #[inline]
    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    /// How many slots there are, with the first.
    pub(crate) fn slots(&self) -> usize {
        self.hot.len()
    }

    #[inline]
    pub(crate) fn insert(&mut self, order: Order) -> u32 {
        self.len += 1;
        let slot = self.free;
        if slot != NONE {
            let place = &mut self.hot[slot as usize];
            self.free = place.next;
            *place = order;
            return slot;
        }
        self.hot.push(order);
        (self.hot.len() - 1) as u32
    }

    #[inline]
    pub(crate) fn free(&mut self, slot: u32) {
        let order = &mut self.hot[slot as usize];
        order.set_visible(0);
        order.next = self.free;
        self.free = slot;
        self.len -= 1;
    }

    /// The order in `slot` if it is the one that `id` names.
    #[inline]
    pub(crate) fn find(&self, slot: u32, id: OrderId) -> Option<&Order> {
        self.hot
            .get(slot as usize)
            .filter(|order| order.id == id && order.visible() > 0)
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> &Order {
        &self.hot[slot as usize]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> &mut Order {
        &mut self.hot[slot as usize]
    }

    /// The cold row of an order whose flags say that it has one.
    #[inline]
    pub(crate) fn cold(&self, slot: u32) -> &Cold {
        &self.cold[slot as usize]
    }

    #[inline]
    pub(crate) fn cold_mut(&mut self, slot: u32) -> &mut Cold {
        &mut self.cold[slot as usize]
    }

    pub(crate) fn set_cold(&mut self, slot: u32, cold: Cold) {
        let place = slot as usize;
        if self.cold.len() <= place {
            self.cold.resize(place + 1, Cold::default());
        }
        self.cold[place] = cold;
    }

    /// The hidden part of an order, if it is an iceberg.
    #[inline]
    pub(crate) fn hidden(&self, slot: u32) -> i64 {
        if self.get(slot).flags.has(Flags::ICEBERG) {
            self.cold(slot).hidden
        } else {
            0
        }
    }

    /// What is open of an order, hidden part included.
    #[inline]
    pub(crate) fn open(&self, slot: u32) -> i64 {
        self.get(slot).visible() + self.hidden(slot)
    }

    /// The request that would put the order into the book again, with another price and quantity.
    pub(crate) fn request(&self, slot: u32, price: Price, qty: Qty) -> OrderRequest {
        let order = self.get(slot);
        let flags = order.flags;
        let tif = if flags.has(Flags::EXPIRES) {
            TimeInForce::Gtd(self.cold(slot).expires)
        } else {
            TimeInForce::Gtc
        };
        let display = flags
            .has(Flags::ICEBERG)
            .then(|| Qty(self.cold(slot).display.min(qty.0)));
        OrderRequest {
            id: order.id,
            side: flags.side(),
            qty,
            pricing: Pricing::Limit(price),
            tif,
            post_only: flags.has(Flags::POST_ONLY),
            reduce_only: flags.has(Flags::REDUCE_ONLY),
            display,
            trigger: None,
            self_trade: flags.self_trade(),
            tag: order.tag,
        }
    }

    /// The number of an order that came during a halt, else zero.
    #[inline]
    pub(crate) fn arrival(&self, slot: u32) -> u64 {
        if self.get(slot).flags.has(Flags::NUMBERED) {
            self.cold(slot).arrival
        } else {
            0
        }
    }

    /// A slab of a given number of slots that are neither live nor free yet: each must be given to
    /// [`Self::occupy`] or [`Self::release`] once.
    pub(crate) fn with_slots(count: usize) -> Self {
        let blank = Order {
            next: u32::MAX,
            ..Order::default()
        };
        let mut hot = vec![blank; count + 1];
        hot[0] = Order::default();
        Self { hot, ..Self::new() }
    }

    /// Whether a slot exists and has not been given yet.
    fn is_blank(&self, slot: u32) -> bool {
        let order = self.hot.get(slot as usize);
        order.is_some_and(|order| order.visible() == 0 && order.next == u32::MAX)
    }

    /// Puts an order into a blank slot; `false` if it is not blank.
    pub(crate) fn occupy(&mut self, slot: u32, order: Order) -> bool {
        let blank = self.is_blank(slot);
        if blank {
            self.hot[slot as usize] = order;
            self.len += 1;
        }
        blank
    }

    /// Makes a blank slot the next to be used; `false` if it is not blank.
    pub(crate) fn release(&mut self, slot: u32) -> bool {
        let blank = self.is_blank(slot);
        if blank {
            self.len += 1;
            self.free(slot);
        }
        blank
    }

    /// The free slots in the order in which they will be used.
    pub(crate) fn free_slots(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(self.free), |&slot| Some(self.get(slot).next))
            .take_while(|&slot| slot != NONE)
    }
}
