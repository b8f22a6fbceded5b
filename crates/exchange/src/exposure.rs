//! Who holds how much, and where it would be liquidated: what a transparent venue shows to all.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Usd};

use crate::Exchange;
use crate::account::MarginMode;
use crate::cushion::MarkFactor;
use crate::instrument::Threshold;
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
    #[must_use]
    pub fn liquidation_price(&self, account: AccountId, instrument: InstrumentId) -> Option<Price> {
        let state = &self.state;
        let of = state.accounts.get(account.index())?;
        let position = of.position(instrument).filter(|p| !p.qty.is_zero())?;
        let isolated = (of.mode == MarginMode::Isolated).then_some(instrument);
        let cushion = state
            .standing(of, isolated, Threshold::Maintenance)
            .cushion();
        let rules = &state.instruments[instrument.index()];
        if cushion < 0 {
            return Some(rules.mark);
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

    /// The `most` largest positions in an instrument, the largest first; of equals the lower id.
    /// Those of the venue itself are not among them. Looks at every holder of the instrument.
    #[must_use]
    pub fn largest_positions(&self, instrument: InstrumentId, most: usize) -> Vec<Exposure> {
        let state = &self.state;
        let Some(rules) = state.instruments.get(instrument.index()) else {
            return Vec::new();
        };
        let held = |account: &AccountId| {
            let position = state.accounts[account.index()].position(instrument);
            position.map_or(Qty::ZERO, |p| p.qty)
        };
        let users = rules
            .holders
            .iter()
            .filter(|id| id.0 >= Self::SYSTEM_ACCOUNTS);
        let mut all: Vec<(Qty, AccountId)> = users
            .map(|&account| (held(&account), account))
            .filter(|(qty, _)| !qty.is_zero())
            .collect();
        let key = |&(qty, account): &(Qty, AccountId)| (std::cmp::Reverse(qty.abs()), account);
        if all.len() > most && most > 0 {
            all.select_nth_unstable_by_key(most - 1, key);
        }
        all.truncate(most);
        all.sort_unstable_by_key(key);
        let shown = all.into_iter().map(|(qty, account)| Exposure {
            account,
            qty,
            notional: Usd(crate::limits::value(qty.0.abs(), rules.mark.0, rules.unit)),
            liquidation_price: self.liquidation_price(account, instrument),
        });
        shown.collect()
    }
}
