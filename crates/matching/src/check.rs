//! What can be said against a request.

use firesale_types::{Price, Qty, Side, SimTime};

use crate::level::rank_of;
use crate::take::reducible;
use crate::{Host, MAX_PRICE, OrderBook, OrderRequest, Pricing, RejectReason, TimeInForce};

impl OrderBook {
    /// What can be said against a request without looking at the book.
    #[inline]
    pub(crate) fn check(&self, now: SimTime, request: &OrderRequest) -> Result<(), RejectReason> {
        self.check_qty(request.qty)?;
        if let Pricing::Limit(price) = request.pricing {
            self.check_price(price)?;
        }
        if let TimeInForce::Gtd(expires) = request.tif
            && expires <= now
        {
            return Err(RejectReason::InvalidCombination);
        }
        if request.post_only && !may_rest(request) {
            return Err(RejectReason::InvalidCombination);
        }
        if let Some(display) = request.display {
            self.check_display(request, display)?;
        }
        match request.trigger {
            Some(trigger) if !in_range(trigger.price) => Err(RejectReason::PriceOutOfRange),
            _ => Ok(()),
        }
    }

    #[inline]
    pub(crate) fn check_qty(&self, qty: Qty) -> Result<(), RejectReason> {
        if qty.0 <= 0 {
            Err(RejectReason::QtyNotPositive)
        } else if qty > self.config.max_order_qty {
            Err(RejectReason::QtyTooLarge)
        } else if is_off_grid(qty.0, self.config.qty_step) {
            Err(RejectReason::OffLotGrid)
        } else {
            Ok(())
        }
    }

    #[inline]
    pub(crate) fn check_price(&self, price: Price) -> Result<(), RejectReason> {
        if !in_range(price) {
            Err(RejectReason::PriceOutOfRange)
        } else if is_off_grid(price.0, self.config.price_step) {
            Err(RejectReason::OffTickGrid)
        } else {
            Ok(())
        }
    }

    fn check_display(&self, request: &OrderRequest, display: Qty) -> Result<(), RejectReason> {
        if !may_rest(request) || display.0 <= 0 || display > request.qty {
            Err(RejectReason::InvalidCombination)
        } else if is_off_grid(display.0, self.config.qty_step) {
            Err(RejectReason::OffLotGrid)
        } else {
            Ok(())
        }
    }

    /// The worst price at which the order may trade.
    #[inline]
    pub(crate) fn limit(&self, request: &OrderRequest) -> Result<Price, RejectReason> {
        let (low, high) = self.band.unwrap_or((Price(1), MAX_PRICE));
        match request.pricing {
            Pricing::Limit(price) if price < low || price > high => Err(RejectReason::OutsideBand),
            Pricing::Limit(price) => Ok(price),
            Pricing::Market if request.side == Side::Buy => Ok(high),
            Pricing::Market => Ok(low),
        }
    }

    /// Whether there is an order that one at this price would trade with.
    #[inline]
    pub(crate) fn crosses(&self, side: Side, limit: Price) -> bool {
        let other = side.opposite();
        self.sides[other.index()].best() <= rank_of(other, limit)
    }

    /// What the state of the book and of the account says against an order.
    #[inline]
    pub(crate) fn admit(
        &self,
        request: &OrderRequest,
        limit: Price,
        host: &impl Host,
    ) -> Result<(), RejectReason> {
        if self.halted && !may_rest(request) {
            return Err(RejectReason::Halted);
        }
        if reducible(request.reduce_only, request.id, request.side, host) <= 0 {
            return Err(RejectReason::NothingToReduce);
        }
        if request.post_only && !self.halted && self.crosses(request.side, limit) {
            return Err(RejectReason::PostOnlyWouldTrade);
        }
        if request.tif == TimeInForce::Fok && !self.can_fill(request, limit, host) {
            return Err(RejectReason::FokUnfilled);
        }
        Ok(())
    }
}

/// Whether the order may stay in the book: a limit order that is good till cancelled or a date.
#[inline]
pub(crate) const fn may_rest(request: &OrderRequest) -> bool {
    matches!(request.pricing, Pricing::Limit(_))
        && matches!(request.tif, TimeInForce::Gtc | TimeInForce::Gtd(_))
}

/// Whether a book takes the price at all.
#[inline]
pub(crate) fn in_range(price: Price) -> bool {
    price.0 >= 1 && price <= MAX_PRICE
}

/// A division only where there is a grid: most books have a step of one.
#[inline]
const fn is_off_grid(value: i64, step: i64) -> bool {
    step != 1 && value % step != 0
}
