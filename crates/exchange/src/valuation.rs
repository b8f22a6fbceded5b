//! Equity and margin of an account, at the present marks.

use firesale_types::{Qty, Usd};

use crate::account::{Account, MarginMode, Position, worst};
use crate::instrument::{Instrument, Threshold};
use crate::ledger::funding_due;
use crate::leg::PositionKey;
use crate::limits::{amount, value};
use crate::state::State;
use crate::tiers::part_up;

/// What a margin unit is worth and what it must be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Equity, in micro-USD.
    pub(crate) equity: i128,
    /// Margin at the threshold asked for.
    pub(crate) margin: i128,
}

impl Standing {
    /// Equity over margin; negative is a breach.
    pub(crate) fn cushion(self) -> i128 {
        self.equity - self.margin
    }
}

impl Instrument {
    /// Open profit of a position at the mark, funding not yet settled included.
    #[inline]
    pub(crate) fn unrealised(&self, position: &Position) -> i64 {
        value(position.qty.0, self.mark.0, self.unit) - position.cost.0
            + funding_due(position, self.funding.index).0
    }

    /// The notional of a position at the mark.
    #[inline]
    pub(crate) fn notional(&self, position: &Position) -> i64 {
        value(position.qty.0.abs(), self.mark.0, self.unit)
    }

    /// Initial margin of a quantity at the mark, at the leverage the account chose for it.
    #[inline]
    pub(crate) fn initial(&self, qty: Qty, weight: u32, chosen: u32) -> i64 {
        let notional = value(qty.0.abs(), self.mark.0, self.unit);
        let least = self.initial_rate(Usd(notional), weight);
        part_up(notional, least.max(i64::from(chosen)))
    }
}

impl State {
    fn of<'a>(&self, account: &'a Account) -> impl Iterator<Item = (&'a Position, &Instrument)> {
        let positions = account.positions.iter();
        positions.map(|position| (position, &self.instruments[position.instrument.index()]))
    }

    /// Haircut value of the collateral of an account.
    pub(crate) fn collateral(&self, account: &Account) -> i128 {
        account
            .balances
            .iter()
            .filter_map(|held| {
                let asset = self.assets.iter().find(|asset| asset.id == held.asset)?;
                Some(i128::from(asset.collateral_value(
                    held.amount,
                    asset.price,
                    account.weight,
                )))
            })
            .sum()
    }

    /// Where a cross or portfolio account stands: what it owns against the sum of the margins of
    /// its positions, or against the worst scenario for all of them together.
    pub(crate) fn cross_standing(&self, account: &Account, threshold: Threshold) -> Standing {
        let margin = if account.mode == MarginMode::Portfolio {
            self.portfolio_margin(account, threshold)
        } else {
            let open = self
                .of(account)
                .filter(|(position, _)| !position.qty.is_zero());
            let margin = open.map(|(position, instrument)| {
                let curve = instrument.curve(threshold);
                i128::from(curve.at(instrument.notional(position), account.weight))
            });
            margin.sum()
        };
        Standing {
            equity: self.equity_of(account),
            margin,
        }
    }

    /// Where an isolated position stands: its own margin and open profit.
    pub(crate) fn isolated_standing(
        &self,
        position: &Position,
        weight: u32,
        threshold: Threshold,
    ) -> Standing {
        let instrument = &self.instruments[position.instrument.index()];
        if !instrument.is_margined() {
            return Standing {
                equity: 0,
                margin: 0,
            };
        }
        let equity = i128::from(position.set_aside.0) + i128::from(instrument.unrealised(position));
        let margin = instrument
            .curve(threshold)
            .at(instrument.notional(position), weight);
        Standing {
            equity,
            margin: i128::from(margin),
        }
    }

    /// Where a margin unit stands: the cross account, or one isolated position.
    pub(crate) fn standing(
        &self,
        account: &Account,
        isolated: Option<PositionKey>,
        threshold: Threshold,
    ) -> Standing {
        match isolated {
            None => self.cross_standing(account, threshold),
            Some(key) => account.position(key).map_or(
                Standing {
                    equity: 0,
                    margin: 0,
                },
                |position| self.isolated_standing(position, account.weight, threshold),
            ),
        }
    }

    /// All an account owns at the venue: cash, collateral after haircuts, margins, open profits.
    /// Assets that are no collateral do not count.
    pub(crate) fn equity_of(&self, account: &Account) -> i128 {
        let mut equity = i128::from(account.cash.0);
        if !account.balances.is_empty() {
            equity += self.collateral(account);
        }
        for (position, instrument) in self.of(account) {
            equity += i128::from(position.set_aside.0);
            if !position.qty.is_zero() {
                equity += i128::from(instrument.unrealised(position));
            }
        }
        equity
    }

    /// What is left for new risk. Cross: equity less the initial margin of the worst case of every
    /// position and less what spot orders reserve. Portfolio: the same with the initial margin of
    /// all positions together in the worst case of all open orders. Isolated: cash less the margin
    /// that open orders would set aside.
    ///
    /// `change` replaces the open orders of one entry, by its place among the positions.
    pub(crate) fn free_margin_of(
        &self,
        account: &Account,
        change: Option<(usize, [Qty; 2])>,
    ) -> i128 {
        let open = |at: usize, position: &Position| match change {
            Some((changed, open)) if changed == at => open,
            _ => position.open,
        };
        let entries = self.of(account).enumerate();
        let weight = account.weight;
        match account.mode {
            MarginMode::Cross => {
                let used = entries.map(|(at, (position, instrument))| {
                    if instrument.is_margined() {
                        let worst = worst(position.qty, open(at, position));
                        instrument.initial(worst, weight, position.chosen_initial)
                    } else {
                        position.set_aside.0
                    }
                });
                self.equity_of(account) - used.map(i128::from).sum::<i128>()
            }
            MarginMode::Portfolio => {
                let reserved = entries.filter(|(_, (_, instrument))| !instrument.is_margined());
                let reserved = reserved.map(|(_, (position, _))| i128::from(position.set_aside.0));
                let reserved = reserved.sum::<i128>();
                self.equity_of(account) - self.portfolio_initial(account, open) - reserved
            }
            MarginMode::Isolated => {
                let used = entries.filter(|(_, (_, instrument))| instrument.is_margined());
                let used = used.map(|(at, (position, instrument))| {
                    let worst = worst(position.qty, open(at, position));
                    let more = (worst.0 - position.qty.0.abs()).max(0);
                    let chosen = position.chosen_initial;
                    order_margin(instrument, Qty(more), worst, weight, chosen)
                });
                i128::from(account.cash.0) - used.map(i128::from).sum::<i128>()
            }
        }
    }

    /// Free margin as an amount.
    pub(crate) fn free_margin(&self, account: &Account) -> Usd {
        amount(self.free_margin_of(account, None))
    }
}

/// What opening `more` lots on the way to `worst` sets aside at the mark.
fn order_margin(instrument: &Instrument, more: Qty, worst: Qty, weight: u32, chosen: u32) -> i64 {
    if more.is_zero() {
        return 0;
    }
    let notional = |qty: Qty| value(qty.0, instrument.mark.0, instrument.unit);
    let least = instrument.initial_rate(Usd(notional(worst)), weight);
    part_up(notional(more), least.max(i64::from(chosen)))
}
