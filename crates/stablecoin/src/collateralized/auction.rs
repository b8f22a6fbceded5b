//! Auctions of collateral and of debt.

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

use super::config::{AuctionRule, RisingRule};
use crate::units::{Amount, mul_div};
use crate::{HolderId, Refusal, UnitPrice};

/// An auction that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Auction {
    /// Whose collateral; `None` if debt is auctioned.
    pub owner: Option<HolderId>,
    /// Units for sale.
    pub lot: Amount,
    /// Tokens still to be raised.
    pub tab: Amount,
    /// The part of the debt in it that is not covered yet.
    pub due: Amount,
    /// Tokens raised.
    pub raised: Amount,
    /// When it began, or began again.
    pub since: SimTime,
    /// The price at which a falling one began.
    pub top: UnitPrice,
    /// The best bid of a rising one.
    pub best: Option<Bid>,
}

/// A bid in a rising auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bid {
    /// Whose.
    pub holder: HolderId,
    /// Tokens bid.
    pub amount: Amount,
    /// Units wanted for them.
    pub lot: Amount,
    /// When.
    pub at: SimTime,
}

/// What a taker gets for how much in a falling auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) lot: Amount,
    pub(crate) cost: Amount,
}

/// A rate of some units, rounded as named.
pub(crate) fn times(units: Amount, rate: Rate, rounding: Rounding) -> Option<Amount> {
    mul_div(units, rate.0 as u128, Rate::ONE.0 as u128, rounding)
}

impl Auction {
    /// The price of a falling auction now; zero at its end.
    pub(crate) fn price(&self, rule: &AuctionRule, now: SimTime) -> UnitPrice {
        let AuctionRule::Falling { duration, .. } = rule else {
            return UnitPrice(0);
        };
        let left = (duration.0 - now.since(self.since).0).max(0) as u128;
        let price = mul_div(self.top.0, left, duration.0 as u128, Rounding::Floor);
        UnitPrice(price.unwrap_or(0))
    }

    /// How much of `lot` the `amount` buys: not more than the debt needs. `unit` is how many
    /// times a token unit at a dollar is worth 10^-18 dollars times a unit of collateral.
    pub(crate) fn take(
        &self,
        amount: Amount,
        lot: Amount,
        price: UnitPrice,
        unit: u128,
    ) -> Option<Take> {
        let bought = |tokens| mul_div(tokens, unit, price.0, Rounding::Floor);
        let wanted = lot.min(self.lot);
        // All that is still needed: the rest of a unit of collateral stays with the owner.
        let enough = bought(self.tab).filter(|lot| *lot <= wanted && self.tab <= amount);
        let take = match enough {
            Some(lot) => Take {
                lot,
                cost: self.tab,
            },
            None => {
                let lot = wanted.min(bought(amount.min(self.tab)).unwrap_or(Amount::MAX));
                let cost = mul_div(lot, price.0, unit, Rounding::Ceil)?;
                Take { lot, cost }
            }
        };
        (take.lot > 0 && take.cost > 0).then_some(take)
    }

    /// Whether a bid beats the best in a rising auction: more tokens for all, until all debt is
    /// bid; then fewer units for it.
    pub(crate) fn beats(&self, bid: &Bid, rule: &RisingRule) -> Result<(), Refusal> {
        let is_reverse = self.owner.is_none() || self.best.is_some_and(|b| b.amount == self.tab);
        let step = Rate::ONE + rule.step;
        let allowed = if is_reverse {
            let lower = times(bid.lot, step, Rounding::Ceil);
            let beaten = match self.best {
                Some(best) => lower.is_some_and(|lower| lower <= best.lot),
                None => bid.lot <= self.lot,
            };
            bid.amount == self.tab && bid.lot > 0 && beaten
        } else {
            let least = self
                .best
                .and_then(|best| times(best.amount, step, Rounding::Ceil));
            let higher = bid.amount >= least.unwrap_or(1) || bid.amount == self.tab;
            bid.lot == self.lot && bid.amount <= self.tab && bid.amount > 0 && higher
        };
        if allowed {
            Ok(())
        } else {
            Err(Refusal::BidTooLow)
        }
    }

    /// When a rising auction ends.
    pub(crate) fn ends(&self, rule: &RisingRule) -> SimTime {
        let last = self.since + rule.total_time;
        self.best
            .map_or(last, |best| last.min(best.at + rule.bid_time))
    }
}
