//! What the twin refuses.

use std::collections::BTreeMap;

use firesale_types::{AccountId, Price, Qty, Side, SimTime};

use super::NaiveBook;
use super::trade::Incoming;
use crate::{
    BookEvent, Host, MAX_PRICE, OrderHandle, OrderRequest, Pricing, RejectReason, TimeInForce,
};

impl NaiveBook {
    pub(super) fn check_qty(&self, qty: Qty) -> Result<(), RejectReason> {
        if qty.0 <= 0 {
            return Err(RejectReason::QtyNotPositive);
        }
        if qty > self.config.max_order_qty {
            return Err(RejectReason::QtyTooLarge);
        }
        if qty.0 % self.config.qty_step != 0 {
            return Err(RejectReason::OffLotGrid);
        }
        Ok(())
    }

    pub(super) fn check(&self, now: SimTime, request: &OrderRequest) -> Result<(), RejectReason> {
        self.check_qty(request.qty)?;
        let possible = |price: Price| price >= Price(1) && price <= MAX_PRICE;
        if let Pricing::Limit(price) = request.pricing {
            if !possible(price) {
                return Err(RejectReason::PriceOutOfRange);
            }
            if price.0 % self.config.price_step != 0 {
                return Err(RejectReason::OffTickGrid);
            }
        }
        if matches!(request.tif, TimeInForce::Gtd(time) if time <= now) {
            return Err(RejectReason::InvalidCombination);
        }
        if request.post_only && !rests(request) {
            return Err(RejectReason::InvalidCombination);
        }
        if let Some(display) = request.display {
            if !rests(request) || display.0 <= 0 || display > request.qty {
                return Err(RejectReason::InvalidCombination);
            }
            if display.0 % self.config.qty_step != 0 {
                return Err(RejectReason::OffLotGrid);
            }
        }
        if request
            .trigger
            .is_some_and(|trigger| !possible(trigger.price))
        {
            return Err(RejectReason::PriceOutOfRange);
        }
        Ok(())
    }

    pub(super) fn limit(&self, request: &OrderRequest) -> Result<Price, RejectReason> {
        let (low, high) = self.band.unwrap_or((Price(1), MAX_PRICE));
        match (request.pricing, request.side) {
            (Pricing::Limit(price), _) => {
                if low <= price && price <= high {
                    Ok(price)
                } else {
                    Err(RejectReason::OutsideBand)
                }
            }
            (Pricing::Market, Side::Buy) => Ok(high),
            (Pricing::Market, Side::Sell) => Ok(low),
        }
    }

    /// The best price of the other side, if an order may trade there.
    pub(super) fn counter_price(&self, side: Side, limit: Price) -> Option<Price> {
        self.best_price(side.opposite())
            .filter(|&price| match side {
                Side::Buy => price <= limit,
                Side::Sell => price >= limit,
            })
    }

    pub(super) fn admit(
        &self,
        request: &OrderRequest,
        limit: Price,
        host: &impl Host,
    ) -> Result<(), RejectReason> {
        if self.halted && !rests(request) {
            return Err(RejectReason::Halted);
        }
        if reducible(request, host) <= 0 {
            return Err(RejectReason::NothingToReduce);
        }
        let crosses = self.counter_price(request.side, limit).is_some();
        if request.post_only && crosses && !self.halted {
            return Err(RejectReason::PostOnlyWouldTrade);
        }
        if request.tif == TimeInForce::Fok && !self.would_fill(request, limit, host) {
            return Err(RejectReason::FokUnfilled);
        }
        Ok(())
    }

    /// Tries it out on a copy of the book without the reduce-only orders of others.
    pub(super) fn would_fill(
        &self,
        request: &OrderRequest,
        limit: Price,
        host: &impl Host,
    ) -> bool {
        if reducible(request, host) < request.qty.0 {
            return false;
        }
        let mut copy = self.clone();
        let unreliable: Vec<OrderHandle> = copy
            .queues
            .iter()
            .flat_map(BTreeMap::values)
            .flatten()
            .filter(|order| order.request.reduce_only && order.account() != request.id.account())
            .map(|order| order.handle)
            .collect();
        for handle in unreliable {
            copy.remove(handle);
        }
        let mut incoming = Incoming::new(*request, limit);
        copy.match_incoming(&mut incoming, &mut AllReducible);
        incoming.filled == request.qty.0
    }
}

/// For the trial of a fill-or-kill order.
struct AllReducible;

impl Host for AllReducible {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::MAX
    }

    fn on_event(&mut self, _event: BookEvent) {}
}

pub(super) fn rests(request: &OrderRequest) -> bool {
    match request.pricing {
        Pricing::Market => false,
        Pricing::Limit(_) => !matches!(request.tif, TimeInForce::Ioc | TimeInForce::Fok),
    }
}

pub(super) fn reducible(request: &OrderRequest, host: &impl Host) -> i64 {
    if request.reduce_only {
        host.reducible(request.id.account(), request.side).0
    } else {
        i64::MAX
    }
}
