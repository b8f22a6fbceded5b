//! Continuous matching: an incoming order against the queues of the other side.

use firesale_types::{OrderId, Price, Qty, Side};

use crate::book::same_account;
use crate::level::{Level, price_of, rank_of};
use crate::slab::{Flags, NONE};
use crate::{
    BookEvent, CancelReason, Fill, Host, OrderBook, OrderRequest, SelfTrade, TriggerSource,
};

/// An order while it matches.
pub(crate) struct Taker {
    id: OrderId,
    side: Side,
    tag: u32,
    reduce_only: bool,
    self_trade: SelfTrade,
    /// The last rank of the other side at which it may trade.
    limit: i64,
    pub(crate) left: i64,
    pub(crate) filled: i64,
}

impl Taker {
    #[inline]
    pub(crate) fn new(request: &OrderRequest, limit: Price) -> Self {
        Self {
            id: request.id,
            side: request.side,
            tag: request.tag,
            reduce_only: request.reduce_only,
            self_trade: request.self_trade,
            limit: rank_of(request.side.opposite(), limit),
            left: request.qty.0,
            filled: 0,
        }
    }

    #[inline]
    fn fill(&mut self, qty: i64) {
        self.left -= qty;
        self.filled += qty;
    }
}

/// Why an incoming order stopped matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is filled, or nobody is left within its limit.
    NoCounterparty,
    /// It met an order of its account, and its rule says that it goes.
    SelfTrade,
    /// It is reduce-only and has no position any more.
    NothingToReduce,
}

/// What matching with a level came to.
enum AtLevel {
    /// The taker is filled or the level is empty.
    Done,
    /// The maker at the head needs a closer look.
    Special,
}

impl OrderBook {
    /// Matches until the order is filled, stopped, or alone.
    #[inline]
    pub(crate) fn take(&mut self, taker: &mut Taker, host: &mut impl Host) -> Ending {
        let side = taker.side.opposite();
        while taker.left > 0 {
            let rank = self.sides[side.index()].best();
            if rank > taker.limit {
                break;
            }
            let mut level = self.sides[side.index()].level(rank);
            let at_level = self.take_level(&mut level, price_of(side, rank), taker, host);
            self.sides[side.index()].update(rank, level);
            if matches!(at_level, AtLevel::Special)
                && let Some(ending) = self.meet(level.head, price_of(side, rank), taker, host)
            {
                return ending;
            }
        }
        Ending::NoCounterparty
    }

    /// Trades down the queue of one level as long as its makers are ordinary orders of others.
    #[inline]
    fn take_level(
        &mut self,
        level: &mut Level,
        price: Price,
        taker: &mut Taker,
        host: &mut impl Host,
    ) -> AtLevel {
        let (mut head, mut left) = (level.head, taker.left);
        let mut at_level = AtLevel::Done;
        while left > 0 && head != NONE {
            let slot = head;
            let maker = self.orders.get_mut(slot);
            let (id, tag, visible) = (maker.id, maker.tag, maker.visible());
            let cap = reducible(taker.reduce_only, taker.id, taker.side, host);
            if maker.flags.is_special() || same_account(id, taker.id) || cap <= 0 {
                at_level = AtLevel::Special;
                break;
            }
            let qty = visible.min(left).min(cap);
            let maker_left = visible - qty;
            left -= qty;
            if maker_left > 0 {
                maker.set_visible(maker_left);
            } else {
                head = maker.next;
                self.orders.free(slot);
            }
            host.on_event(BookEvent::Fill(Fill {
                maker: id,
                taker: taker.id,
                taker_side: taker.side,
                price,
                qty: Qty(qty),
                maker_left: Qty(maker_left),
                taker_left: Qty(left),
                taker_tag: taker.tag,
                maker_tag: tag,
            }));
            self.traded_at(price, host);
        }
        level.head = head;
        level.qty -= taker.left - left;
        taker.fill(taker.left - left);
        at_level
    }

    /// Moves the last price, and fires the triggers that watch it.
    #[inline]
    pub(crate) fn traded_at(&mut self, price: Price, host: &mut impl Host) {
        let expiries = &mut self.expiries;
        self.stops
            .set_reference(TriggerSource::Last, price, |handle, request| {
                crate::book::forget_expiry(expiries, handle, request);
                host.on_event(BookEvent::Triggered { id: request.id });
            });
    }

    /// Meets one maker with all rules: reduce-only on both sides, self-trade, hidden quantity.
    #[inline(never)]
    fn meet(
        &mut self,
        slot: u32,
        price: Price,
        taker: &mut Taker,
        host: &mut impl Host,
    ) -> Option<Ending> {
        let maker = *self.orders.get(slot);
        let taker_reducible = reducible(taker.reduce_only, taker.id, taker.side, host);
        if taker_reducible <= 0 {
            return Some(Ending::NothingToReduce);
        }
        if same_account(maker.id, taker.id) {
            return self.meet_self(slot, price, taker, host);
        }
        let maker_side = taker.side.opposite();
        let reduce_only = maker.flags.has(Flags::REDUCE_ONLY);
        let maker_reducible = reducible(reduce_only, maker.id, maker_side, host);
        if maker_reducible <= 0 {
            self.cancel_resting(slot, CancelReason::NothingToReduce, host);
            return None;
        }
        let wanted = maker.visible().min(taker.left).min(taker_reducible);
        let qty = wanted.min(maker_reducible);
        taker.fill(qty);
        let maker_left = self.consume(slot, qty);
        host.on_event(BookEvent::Fill(Fill {
            maker: maker.id,
            taker: taker.id,
            taker_side: taker.side,
            price,
            qty: Qty(qty),
            maker_left: Qty(maker_left),
            taker_left: Qty(taker.left),
            taker_tag: taker.tag,
            maker_tag: maker.tag,
        }));
        self.traded_at(price, host);
        if qty < wanted {
            self.cancel_resting(slot, CancelReason::NothingToReduce, host);
        }
        None
    }

    fn meet_self(
        &mut self,
        slot: u32,
        price: Price,
        taker: &mut Taker,
        host: &mut impl Host,
    ) -> Option<Ending> {
        match taker.self_trade {
            SelfTrade::CancelNewest => return Some(Ending::SelfTrade),
            SelfTrade::CancelOldest => {
                self.cancel_resting(slot, CancelReason::SelfTrade, host);
            }
            SelfTrade::Decrement => {
                let by = self.orders.open(slot).min(taker.left);
                self.decrement(slot, by, host);
                taker.left -= by;
                let (id, side, by) = (taker.id, taker.side, Qty(by));
                host.on_event(if taker.left == 0 {
                    BookEvent::Cancelled {
                        id,
                        side,
                        qty: by,
                        price: None,
                        reason: CancelReason::SelfTrade,
                    }
                } else {
                    BookEvent::Reduced {
                        id,
                        side,
                        price,
                        by,
                        left: Qty(taker.left),
                    }
                });
            }
        }
        None
    }
}

/// How much an order may trade for its reduce-only flag.
#[inline]
pub(crate) fn reducible(reduce_only: bool, id: OrderId, side: Side, host: &impl Host) -> i64 {
    if reduce_only {
        host.reducible(id.account(), side).0
    } else {
        i64::MAX
    }
}
