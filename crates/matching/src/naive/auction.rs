//! How the twin reopens.

use std::collections::BTreeMap;

use firesale_types::{Price, Qty, Side};

use super::{NaiveBook, Resting};
use crate::{CancelReason, Fill, Host, SelfTrade};

impl NaiveBook {
    /// Tries every price next to an order's and to the reference.
    pub(super) fn clearing(&self, reference: Option<Price>) -> Option<(Price, Qty)> {
        let (high, low) = (self.best_price(Side::Buy)?, self.best_price(Side::Sell)?);
        let step = self.config.price_step;
        let mut prices = Vec::new();
        for price in self.queues.iter().flat_map(BTreeMap::keys) {
            prices.extend([price.0 - step, price.0, price.0 + step]);
        }
        if let Some(Price(reference)) = reference {
            let below = reference - reference.rem_euclid(step);
            prices.extend([below, below.saturating_add(step)]);
        }
        prices.retain(|&price| low.0 <= price && price <= high.0);
        let volume_at = |price: i64| {
            let open = |side: Side, counts: &dyn Fn(i64) -> bool| -> i64 {
                let levels = self.queues[side.index()].iter();
                let levels = levels.filter(|(price, _)| counts(price.0));
                levels.flat_map(|(_, queue)| queue).map(Resting::open).sum()
            };
            let demand = open(Side::Buy, &|limit| limit >= price);
            let supply = open(Side::Sell, &|limit| limit <= price);
            (demand.min(supply), (demand - supply).abs())
        };
        let best = prices.into_iter().min_by_key(|&price| {
            let (volume, imbalance) = volume_at(price);
            let distance = reference.map_or(0, |reference| (price - reference.0).abs());
            (-volume, imbalance, distance, price)
        })?;
        Some((Price(best), Qty(volume_at(best).0)))
    }

    /// One meeting of best bid and best ask in an auction. Returns the volume, or `None` if they
    /// do not both trade at the price.
    pub(super) fn pair(&mut self, price: Price, host: &mut impl Host) -> Option<i64> {
        let bid_price = self.best_price(Side::Buy).filter(|&bid| bid >= price)?;
        let ask_price = self.best_price(Side::Sell).filter(|&ask| ask <= price)?;
        let bid = self.queues[0][&bid_price][0].clone();
        let ask = self.queues[1][&ask_price][0].clone();
        let (maker, taker) = if bid.arrival < ask.arrival {
            (bid, ask)
        } else {
            (ask, bid)
        };
        let (may_take, may_make) = (taker.reducible(host), maker.reducible(host));
        let nothing = CancelReason::NothingToReduce;
        if may_take <= 0 {
            self.cancel_resting(taker.handle, nothing, host);
            return Some(0);
        }
        if taker.account() == maker.account() {
            let by = taker.open().min(maker.open());
            match taker.request.self_trade {
                SelfTrade::CancelNewest => {
                    self.cancel_resting(taker.handle, CancelReason::SelfTrade, host);
                }
                SelfTrade::CancelOldest => {
                    self.cancel_resting(maker.handle, CancelReason::SelfTrade, host);
                }
                SelfTrade::Decrement => {
                    self.decrement(maker.handle, by, host);
                    self.decrement(taker.handle, by, host);
                }
            }
            return Some(0);
        }
        if taker.request.post_only {
            self.cancel_resting(taker.handle, CancelReason::PostOnly, host);
            return Some(0);
        }
        if may_make <= 0 {
            self.cancel_resting(maker.handle, nothing, host);
            return Some(0);
        }
        let wanted = taker.visible.min(maker.visible);
        let qty = wanted.min(may_take).min(may_make);
        let fill = Fill {
            maker: maker.request.id,
            taker: taker.request.id,
            taker_side: taker.side(),
            price,
            qty: Qty(qty),
            maker_left: Qty(maker.open() - qty),
            taker_left: Qty(taker.open() - qty),
            taker_tag: taker.request.tag,
            maker_tag: maker.request.tag,
        };
        self.trade(fill, &[taker.handle, maker.handle], host);
        for (order, may_trade) in [(taker, may_take), (maker, may_make)] {
            if qty < wanted && qty == may_trade {
                self.cancel_resting(order.handle, nothing, host);
            }
        }
        Some(qty)
    }
}
