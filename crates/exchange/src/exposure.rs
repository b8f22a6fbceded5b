//! Who holds how much, and where it would be liquidated: what a transparent venue shows to all.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Rate, Usd};

use crate::Exchange;
use crate::account::{Account, MarginMode, Position};
use crate::cushion::MarkFactor;
use crate::instrument::Threshold;
use crate::leg::PositionKey;
use crate::limits::{MAX_PRICE, value};
use crate::triggers::Direction;

/// A position with its liquidation price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Whose.
    pub account: AccountId,
    /// Lots; long positive.
    pub qty: Qty,
    /// Value at the mark.
    pub notional: Usd,
    /// The first mark at which its unit is in breach, all else equal; `None` if there is none.
    pub liquidation_price: Option<Price>,
}

impl Exchange {
    /// The first mark of an instrument at which the account is in breach while all other prices
    /// stay (for a cross account with one maintenance rate l, the published form
    /// mark - side * (E - M) / size / (1 - l * side): Hyperliquid, P), to the tick, through all
    /// margin tiers. Of a portfolio account it is the first at which it could be, by the steepest
    /// slope of its margin. `None` without a position, or if no mark leads there.
    ///
    /// Two legs that share their equity have one: the nearer of the marks below and above the present
    /// one.
    #[must_use]
    pub fn liquidation_price(
        &self,
        account: AccountId,
        position: impl Into<PositionKey>,
    ) -> Option<Price> {
        self.liquidation_price_of(account, position.into())
    }

    fn liquidation_price_of(&self, account: AccountId, key: PositionKey) -> Option<Price> {
        let instrument = key.instrument;
        let state = &self.state;
        let of = state.accounts.get(account.index())?;
        let position = of.position(key).filter(|p| !p.qty.is_zero())?;
        let isolated = (of.mode == MarginMode::Isolated).then_some(key);
        let cushion = state
            .standing(of, isolated, Threshold::Maintenance)
            .cushion();
        let rules = &state.instruments[instrument.index()];
        if cushion < 0 {
            return Some(rules.mark);
        }
        let legs = of.entries_in(instrument);
        if isolated.is_none() && legs.iter().filter(|p| !p.qty.is_zero()).count() > 1 {
            return self.first_breach(of, legs, cushion);
        }
        let factor = MarkFactor {
            lots: position.qty.0.abs(),
            unit: rules.unit,
            mark: rules.mark.0,
            curve: rules.curve(Threshold::Maintenance),
            weight: of.weight,
            steepest: (of.mode == MarginMode::Portfolio)
                .then(|| {
                    state
                        .grid
                        .as_ref()
                        .map(|grid| grid.steepest(instrument.index()).0)
                })
                .flatten(),
            harm: Direction::harmful_to(position.qty.0),
        };
        let budget = i64::try_from(cushion).unwrap_or(i64::MAX / 8);
        factor.trigger(budget.min(i64::MAX / 8)).map(Price)
    }

    /// The mark nearest to the present one at which two legs together use up a cushion. What is left
    /// of it is concave in the mark, so it is used up for good beyond the first such mark either way.
    fn first_breach(&self, of: &Account, legs: &[Position], cushion: i128) -> Option<Price> {
        let rules = &self.state.instruments[legs.first()?.instrument.index()];
        let steepest = self
            .state
            .grid
            .as_ref()
            .filter(|_| of.mode == MarginMode::Portfolio);
        let steepest = steepest.map(|grid| grid.steepest(legs[0].instrument.index()).0);
        let curve = rules.curve(Threshold::Maintenance);
        let left = |mark: i64| {
            let (mut lost, mut margin) = (0_i128, 0_i128);
            for leg in legs {
                let worth = |mark: i64| value(leg.qty.0, mark, rules.unit);
                let (now, then) = (worth(rules.mark.0), worth(mark));
                lost += i128::from(now - then);
                let needs = |worth: i64| i128::from(curve.at(worth.abs(), of.weight));
                margin += needs(then) - needs(now);
            }
            let margin = steepest.map_or(margin, |rate| {
                lost.abs() * i128::from(rate) / i128::from(Rate::ONE.0) + 1
            });
            cushion - lost - margin
        };
        let first = |last: i64| {
            if left(last) >= 0 {
                return None;
            }
            let (mut held, mut broken) = (rules.mark.0, last);
            while (broken - held).abs() > 1 {
                let middle = held.midpoint(broken);
                if left(middle) >= 0 {
                    held = middle;
                } else {
                    broken = middle;
                }
            }
            Some(broken)
        };
        let either = [first(1), first(MAX_PRICE.0)];
        let nearest = either.into_iter().flatten();
        nearest
            .min_by_key(|mark| (mark - rules.mark.0).abs())
            .map(Price)
    }

    /// The `most` largest positions in an instrument, each leg by itself, the largest first; of equals
    /// the lower id. Those of the venue itself are not among them. Looks at every holder of the
    /// instrument.
    #[must_use]
    pub fn largest_positions(&self, instrument: InstrumentId, most: usize) -> Vec<Exposure> {
        let state = &self.state;
        let Some(rules) = state.instruments.get(instrument.index()) else {
            return Vec::new();
        };
        let held = |&account: &AccountId| {
            let entries = state.accounts[account.index()].entries_in(instrument);
            entries.iter().map(move |p| (p.qty, account, p.key()))
        };
        let users = rules
            .holders
            .iter()
            .filter(|id| id.0 >= Self::SYSTEM_ACCOUNTS);
        let mut all: Vec<(Qty, AccountId, PositionKey)> = users
            .flat_map(held)
            .filter(|(qty, ..)| !qty.is_zero())
            .collect();
        let key = |&(qty, account, leg): &(Qty, AccountId, PositionKey)| {
            (std::cmp::Reverse(qty.abs()), account, leg)
        };
        if all.len() > most && most > 0 {
            all.select_nth_unstable_by_key(most - 1, key);
        }
        all.truncate(most);
        all.sort_unstable_by_key(key);
        let shown = all.into_iter().map(|(qty, account, key)| Exposure {
            account,
            qty,
            notional: Usd(value(qty.0.abs(), rules.mark.0, rules.unit)),
            liquidation_price: self.liquidation_price_of(account, key),
        });
        shown.collect()
    }
}
