//! The call auction that reopens a halted book.

use firesale_types::{Price, Qty, Side, SimTime};

use crate::book::same_account;
use crate::level::{price_of, rank_of};
use crate::side::EMPTY;
use crate::slab::Flags;
use crate::take::reducible;
use crate::{BookEvent, CancelReason, Fill, Host, OrderBook, SelfTrade};

/// A step of the demand and supply curves: a price with what rests there on either side.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    price: i64,
    bid: i64,
    ask: i64,
}

/// The prices that are best so far, and how good they are.
#[derive(Clone, Copy, Debug)]
struct Clearing {
    volume: i64,
    imbalance: i64,
    low: i64,
    high: i64,
}

impl OrderBook {
    /// The price and volume at which the book as it stands would reopen, nearest to the last price.
    ///
    /// The price is the one with the largest volume, then the smallest imbalance of what could
    /// trade there, then the nearest to the reference, then the lowest. The volume counts all
    /// orders in full, hidden parts and reduce-only orders too. `None` if nothing crosses.
    #[must_use]
    pub fn indicative(&self) -> Option<(Price, Qty)> {
        self.clearing(self.last())
    }

    /// Ends a halt with a call auction: all orders that cross trade at one price, chosen as
    /// [`Self::indicative`] says with `reference` in place of the last price; then matching goes on.
    /// Orders whose time is over are expired first. Returns the price and the volume, if any.
    ///
    /// The pairs form by price, then by place in the queue; the order that came later is the taker.
    /// Its self-trade rule applies if both are of one account; it is cancelled if it is post-only;
    /// reduce-only orders trade what they may at that moment and their rest is cancelled. If such
    /// cancellations leave a crossed book, the auction is repeated for the rest: then the price
    /// returned is the last one, and the volume is that of all.
    pub fn reopen(
        &mut self,
        now: SimTime,
        reference: Price,
        host: &mut impl Host,
    ) -> Option<(Price, Qty)> {
        self.expire(now, host);
        let (mut result, mut volume) = (None, 0);
        while let Some((price, _)) = self.clearing(Some(reference)) {
            let traded = self.auction(price, host);
            volume += traded;
            if traded > 0 {
                result = Some((price, Qty(volume)));
            }
        }
        self.halted = false;
        result
    }

    /// The auction's price and volume.
    fn clearing(&self, reference: Option<Price>) -> Option<(Price, Qty)> {
        let steps = self.crossing_steps();
        let clearing = self.best_prices(&steps)?;
        let reference = reference.map_or(clearing.low, |price| price.0);
        let price = nearest(
            clearing.low,
            clearing.high,
            reference,
            self.config.price_step,
        );
        Some((Price(price), Qty(clearing.volume)))
    }

    /// The levels of both sides between best ask and best bid, by ascending price.
    fn crossing_steps(&self) -> Vec<Step> {
        let [bid, ask] = [&self.sides[0], &self.sides[1]];
        if bid.best() == EMPTY || ask.best() == EMPTY {
            return Vec::new();
        }
        let high = price_of(Side::Buy, bid.best());
        let low = price_of(Side::Sell, ask.best());
        let mut steps = Vec::new();
        for side in [Side::Buy, Side::Sell] {
            let last = rank_of(side, if side == Side::Buy { low } else { high });
            let levels = self.sides[side.index()].levels();
            for (rank, level) in levels.take_while(|&(rank, _)| rank <= last) {
                let open: i64 = self.queue(level).map(|slot| self.orders.open(slot)).sum();
                let (bid, ask) = if side == Side::Buy {
                    (open, 0)
                } else {
                    (0, open)
                };
                let price = price_of(side, rank).0;
                steps.push(Step { price, bid, ask });
            }
        }
        steps.sort_unstable_by_key(|step| step.price);
        steps
    }

    /// The range of prices with the largest volume and, among these, the smallest imbalance. Both
    /// curves are monotone, so these prices are neighbours on the grid.
    fn best_prices(&self, steps: &[Step]) -> Option<Clearing> {
        let grid = self.config.price_step;
        let mut demand: i64 = steps.iter().map(|step| step.bid).sum();
        let mut supply = 0;
        let mut best: Option<Clearing> = None;
        for at in steps.chunk_by(|a, b| a.price == b.price) {
            let price = at[0].price;
            supply += at.iter().map(|step| step.ask).sum::<i64>();
            offer(&mut best, demand, supply, price, price);
            demand -= at.iter().map(|step| step.bid).sum::<i64>();
            let above = steps.partition_point(|step| step.price <= price);
            if let Some(next) = steps.get(above)
                && next.price - price > grid
            {
                offer(&mut best, demand, supply, price + grid, next.price - grid);
            }
        }
        best.filter(|clearing| clearing.volume > 0)
    }

    /// Trades at one price until one side has nothing left at it. Returns the volume.
    fn auction(&mut self, price: Price, host: &mut impl Host) -> i64 {
        let mut volume = 0;
        loop {
            let mut pair = [0; 2];
            for side in [Side::Buy, Side::Sell] {
                let book_side = &self.sides[side.index()];
                if book_side.best() > rank_of(side, price) {
                    return volume;
                }
                pair[side.index()] = book_side.level(book_side.best()).head;
            }
            let [bid, ask] = pair;
            // Of two orders that cross, one at least came during this halt and is numbered; one
            // without a number, or with that of an earlier halt, is older.
            volume += if self.orders.arrival(bid) > self.orders.arrival(ask) {
                self.pair(ask, bid, price, host)
            } else {
                self.pair(bid, ask, price, host)
            };
        }
    }

    /// One meeting of two resting orders. Returns what they trade.
    fn pair(&mut self, maker: u32, taker: u32, price: Price, host: &mut impl Host) -> i64 {
        let may_trade = [taker, maker].map(|slot| {
            let order = self.orders.get(slot);
            let reduce_only = order.flags.has(Flags::REDUCE_ONLY);
            reducible(reduce_only, order.id, order.flags.side(), host)
        });
        let orders = [taker, maker].map(|slot| *self.orders.get(slot));
        if may_trade[0] <= 0 {
            self.cancel_resting(taker, CancelReason::NothingToReduce, host);
        } else if same_account(orders[0].id, orders[1].id) {
            self.pair_self(maker, taker, host);
        } else if orders[0].flags.has(Flags::POST_ONLY) {
            self.cancel_resting(taker, CancelReason::PostOnly, host);
        } else if may_trade[1] <= 0 {
            self.cancel_resting(maker, CancelReason::NothingToReduce, host);
        } else {
            let wanted = orders[0].visible().min(orders[1].visible());
            let qty = wanted.min(may_trade[0]).min(may_trade[1]);
            let [taker_left, maker_left] = [taker, maker].map(|slot| Qty(self.consume(slot, qty)));
            host.on_event(BookEvent::Fill(Fill {
                maker: orders[1].id,
                taker: orders[0].id,
                taker_side: orders[0].flags.side(),
                price,
                qty: Qty(qty),
                maker_left,
                taker_left,
                taker_tag: orders[0].tag,
                maker_tag: orders[1].tag,
            }));
            self.traded_at(price, host);
            for (slot, may_trade) in [(taker, may_trade[0]), (maker, may_trade[1])] {
                if may_trade < wanted && may_trade == qty {
                    self.cancel_resting(slot, CancelReason::NothingToReduce, host);
                }
            }
            return qty;
        }
        0
    }

    fn pair_self(&mut self, maker: u32, taker: u32, host: &mut impl Host) {
        match self.orders.get(taker).flags.self_trade() {
            SelfTrade::CancelNewest => {
                self.cancel_resting(taker, CancelReason::SelfTrade, host);
            }
            SelfTrade::CancelOldest => {
                self.cancel_resting(maker, CancelReason::SelfTrade, host);
            }
            SelfTrade::Decrement => {
                let by = self.orders.open(maker).min(self.orders.open(taker));
                self.decrement(maker, by, host);
                self.decrement(taker, by, host);
            }
        }
    }
}

/// Weighs a range of prices with the same demand and supply against the best so far. Ranges come
/// in ascending order.
fn offer(best: &mut Option<Clearing>, demand: i64, supply: i64, low: i64, high: i64) {
    let volume = demand.min(supply);
    let imbalance = (demand - supply).abs();
    match best {
        Some(b) if (b.volume, -b.imbalance) > (volume, -imbalance) => {}
        Some(b) if (b.volume, b.imbalance) == (volume, imbalance) => b.high = high,
        _ => {
            *best = Some(Clearing {
                volume,
                imbalance,
                low,
                high,
            });
        }
    }
}

/// The price of the grid from `low` to `high` (both on it) that is nearest to `reference`, the
/// lower of two.
fn nearest(low: i64, high: i64, reference: i64, grid: i64) -> i64 {
    let inside = reference.clamp(low, high);
    let below = inside - (inside - low) % grid;
    let above = below + grid;
    if inside - below <= above - inside {
        below
    } else {
        above
    }
}
