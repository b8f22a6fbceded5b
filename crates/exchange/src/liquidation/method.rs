//! How much of a position the next liquidation order is for, in which manner, and how far it goes.

use firesale_matching::TimeInForce;
use firesale_types::{InstrumentId, Price, Qty, Rate, Rounding, Side, SimDuration, SimTime};

use crate::instrument::Threshold;
use crate::limits::MAX_PRICE;
use crate::state::State;
use crate::valuation::Standing;
use crate::{Exchange, LiquidationLimit, LiquidationMethod};

/// One order to the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) qty: Qty,
    /// The worst price, or `None` for any inside the band.
    pub(super) limit: Option<Price>,
    pub(super) tif: TimeInForce,
}

impl State {
    /// The next order for the position at a place, whose bankruptcy price is known.
    pub(super) fn offer(
        &mut self,
        number: u32,
        at: usize,
        (standing, bankruptcy_price): (Standing, Price),
        now: SimTime,
    ) -> Offer {
        let rules = self.config.liquidation;
        let limit = match rules.limit {
            LiquidationLimit::None => None,
            LiquidationLimit::Bankruptcy => Some(bankruptcy_price),
            LiquidationLimit::Bounded { spread, adjustment } => {
                Some(self.bounded_price(number, at, standing, (spread, adjustment)))
            }
        };
        let all = self.liquidated(number, at).abs();
        let offer = |qty, limit, tif| Offer { qty, limit, tif };
        match rules.method {
            LiquidationMethod::Orders => {
                offer(self.whole_or_part(number, at, now), limit, TimeInForce::Ioc)
            }
            LiquidationMethod::StepDown { fill_or_kill, .. } => {
                let tif = if fill_or_kill {
                    TimeInForce::Fok
                } else {
                    TimeInForce::Ioc
                };
                offer(self.step_down(number, at), limit, tif)
            }
            LiquidationMethod::Auction { duration } => {
                let case = &self.liquidations[number as usize];
                let passed = now.since(case.began).0;
                let mark = self.mark_of(number, at);
                let asked = between(mark, bankruptcy_price, (passed, duration.0));
                offer(all, Some(asked), TimeInForce::Ioc)
            }
            LiquidationMethod::Twap { parts, .. } => {
                let sent = self.liquidations[number as usize].orders;
                let left = i64::from(parts.saturating_sub(sent).max(1));
                let part = Qty((all.0 + left - 1) / left);
                offer(part, limit, TimeInForce::Ioc)
            }
        }
    }

    /// The signed quantity of the position at a place of the liquidated account.
    fn liquidated(&self, number: u32, at: usize) -> Qty {
        let case = &self.liquidations[number as usize];
        self.accounts[case.account.index()].positions[at].qty
    }

    fn instrument_of(&self, number: u32, at: usize) -> InstrumentId {
        let case = &self.liquidations[number as usize];
        self.accounts[case.account.index()].positions[at].instrument
    }

    fn mark_of(&self, number: u32, at: usize) -> Price {
        self.instruments[self.instrument_of(number, at).index()].mark
    }

    /// All of a position up to the threshold for each real account, a part of a larger one; for
    /// the cooldown after a partial order all orders of the account are whole (Hyperliquid).
    fn whole_or_part(&mut self, number: u32, at: usize, now: SimTime) -> Qty {
        let rules = self.config.liquidation;
        let case = &self.liquidations[number as usize];
        let account = &mut self.accounts[case.account.index()];
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let all = position.qty.abs();
        let notional = instrument.notional(position) / i64::from(account.weight);
        if notional <= rules.partial_above.0
            || now < account.whole_until
            || rules.partial_fraction == Rate::ONE
        {
            return all;
        }
        account.whole_until = now + rules.cooldown;
        let part = all.mul_div(rules.partial_fraction.0, Rate::ONE.0, Rounding::Ceil);
        part.unwrap_or(all)
    }

    /// What brings the notional down to the cap of the margin tier below, rounded up to a lot; all
    /// of it in the lowest tier.
    fn step_down(&self, number: u32, at: usize) -> Qty {
        let case = &self.liquidations[number as usize];
        let account = &self.accounts[case.account.index()];
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let notional = instrument.notional(position);
        let all = position.qty.abs();
        let Some(cap) = instrument.tiers.cap_below(notional, account.weight) else {
            return all;
        };
        let per_lot = i128::from(instrument.mark.0) * i128::from(instrument.unit);
        let excess = i128::from(notional) - i128::from(cap);
        Qty(((excess + per_lot - 1) / per_lot).clamp(1, i128::from(all.0)) as i64)
    }

    /// The fillable price of dYdX v4.
    fn bounded_price(
        &self,
        number: u32,
        at: usize,
        standing: Standing,
        (spread, adjustment): (Rate, Rate),
    ) -> Price {
        let case = &self.liquidations[number as usize];
        let account = &self.accounts[case.account.index()];
        let position = &account.positions[at];
        let instrument = &self.instruments[position.instrument.index()];
        let notional = instrument.notional(position).max(1);
        let curve = instrument.curve(Threshold::Maintenance);
        let maintenance = curve.at(notional, account.weight);
        let one = i128::from(Rate::ONE.0);
        let short_of = (standing.margin - standing.equity).max(0);
        let missing = i128::from(adjustment.0) * short_of / standing.margin.max(1);
        let missing = missing.clamp(0, one);
        let rate = i128::from(maintenance) * one / i128::from(notional);
        let off = rate * i128::from(spread.0) / one * missing / one;
        let mark = i128::from(instrument.mark.0);
        let distance = mark * off / one;
        let sign = i128::from(Side::of(position.qty.0).sign());
        Price((mark - sign * distance).clamp(1, i128::from(MAX_PRICE.0)) as i64)
    }

    /// Whether the venue's method has nothing more to offer to the book.
    pub(super) fn is_exhausted(&self, number: u32, now: SimTime) -> bool {
        let case = &self.liquidations[number as usize];
        let rules = &self.config.liquidation;
        match rules.method {
            LiquidationMethod::StepDown { orders, .. } if orders > 0 => case.orders >= orders,
            LiquidationMethod::Auction { duration } => {
                now.since(case.began) > duration && case.attempts > 0
            }
            _ => case.attempts >= rules.book_attempts,
        }
    }

    /// Whether orders may trade beyond the bankruptcy price at the fund's expense.
    pub(super) fn fund_pays_gap(&self) -> bool {
        let beyond = matches!(
            self.config.liquidation.limit,
            LiquidationLimit::Bounded { .. }
        );
        beyond && self.equity_of(&self.accounts[Exchange::INSURANCE.index()]) > 0
    }

    /// The pause between two orders.
    pub(super) fn pause(&self) -> SimDuration {
        let rules = &self.config.liquidation;
        match rules.method {
            LiquidationMethod::Twap { duration, parts } => {
                SimDuration(duration.0 / i64::from(parts.saturating_sub(1).max(1)))
            }
            _ => rules.latency,
        }
    }
}

/// The price that has moved `passed / duration` of the way from one price to another.
fn between(from: Price, to: Price, (passed, duration): (i64, i64)) -> Price {
    let passed = passed.clamp(0, duration);
    let way = i128::from(to.0 - from.0) * i128::from(passed) / i128::from(duration.max(1));
    Price(from.0 + way as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auction_moves_in_a_straight_line() {
        let at = |passed| between(Price(1000), Price(900), (passed, 10)).0;
        assert_eq!([at(0), at(3), at(10), at(99)], [1000, 970, 900, 900]);
    }
}
