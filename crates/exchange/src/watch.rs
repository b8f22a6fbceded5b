//! The liquidation index: when must which account be looked at again?
//!
//! A margin unit (a cross account, or one isolated position) has a cushion: equity less margin. It
//! depends on several factors at once: the mark of every perpetual held, the price of every
//! collateral asset, the cumulative funding of every perpetual. The cushion is split into budgets,
//! one for each factor, and a trigger is registered where the factor alone would use up its
//! budget. While no trigger is reached, the losses of all factors together are below the cushion,
//! so the unit cannot have breached, whatever moved together. When one is reached the account is
//! looked at exactly, and bounded anew.
//!
//! In a portfolio account the margin is no sum over the marks. But a mark that moves changes it by
//! no more than a known part of the change of that position's notional, whatever the other marks do
//! ([`crate::portfolio::Grid::steepest`]), so the loss of each mark alone is bounded by a straight
//! line, and a mark that moves in favour of its position never makes the cushion smaller.
//!
//! Registered triggers stay while their losses together still fit into the cushion, and are only
//! ever replaced by nearer ones until they fire: an account in calm costs nothing, and one that
//! trades all day costs a few multiplications a fill.

use firesale_types::{AccountId, Rate, Rounding, mul_div};

use crate::account::{Balance, MarginMode, Position, UNWATCHED};
use crate::cushion::{MarkFactor, funding_loss, funding_room, price_room, share};
use crate::instrument::{Instrument, Threshold};
use crate::ledger::FUNDING_BOUND;
use crate::leg::PositionKey;
use crate::limits::MAX_PRICE;
use crate::portfolio::Grid;
use crate::state::{Asset, State};
use crate::triggers::{Direction, Triggers};

/// The funding of a position is given this part of the budget that its mark is given.
const FUNDING_PART: f64 = 1.0 / 16.0;

/// A cross account keeps back this part of its cushion, so that its next fills need not register
/// new triggers each time.
const KEPT_BACK: i64 = 8;

/// The factors of one margin unit.
struct Unit<'a> {
    account: AccountId,
    positions: &'a mut [Position],
    balances: &'a mut [Balance],
    weight: u32,
    threshold: Threshold,
    /// Of a portfolio account: the grid, and the multiple of its margin that is watched.
    grid: Option<(&'a Grid, Rate)>,
}

impl State {
    /// Makes sure that a margin unit (the position at a place, or the whole cross account) is
    /// looked at before its cushion is used up.
    pub(crate) fn watch(
        &mut self,
        id: AccountId,
        isolated: Option<usize>,
        threshold: Threshold,
        cushion: i128,
    ) {
        let account = &mut self.accounts[id.index()];
        let cushion = cushion.min(i128::from(i64::MAX / 8)) as i64;
        let budget = match account.mode {
            MarginMode::Cross | MarginMode::Portfolio => cushion - cushion / KEPT_BACK,
            MarginMode::Isolated => cushion,
        };
        let (positions, balances): (&mut [Position], &mut [Balance]) = match isolated {
            Some(at) => (&mut account.positions[at..=at], &mut []),
            None => (&mut account.positions, &mut account.balances),
        };
        let times = match threshold {
            Threshold::Maintenance => Rate::ONE,
            Threshold::MarginCall => self.config.margin_call_ratio,
        };
        let mut unit = Unit {
            account: id,
            positions,
            balances,
            weight: account.weight,
            threshold,
            grid: self.grid.as_ref().map(|grid| (grid, times)),
        };
        unit.grid = unit.grid.filter(|_| account.mode == MarginMode::Portfolio);
        if !unit.is_covered(&self.instruments, &self.assets, cushion) {
            self.crowded |= unit.register(&mut self.instruments, &mut self.assets, budget);
        }
    }

    /// Drops stale triggers where they have become many.
    pub(crate) fn drop_stale_triggers(&mut self) {
        let accounts = &self.accounts;
        for (at, instrument) in self.instruments.iter_mut().enumerate() {
            let id = firesale_types::InstrumentId(at as u16);
            let position = |account: AccountId, harm: Direction| {
                let account = &accounts[account.index()];
                let leg = account.position_mode.harmed_by(harm);
                account.position(PositionKey::new(id, leg))
            };
            for direction in Direction::BOTH {
                let marks = &mut instrument.mark_triggers[direction.index()];
                if marks.is_crowded() {
                    let key = |p: &Position| p.mark_watch[direction.index()];
                    marks.compact(|account| position(account, direction).map_or(UNWATCHED, key));
                }
                let funding = &mut instrument.funding_triggers[direction.index()];
                if funding.is_crowded() {
                    let key = |p: &Position| p.funding_watch[direction.index()];
                    let harm = direction.opposite();
                    funding.compact(|account| position(account, harm).map_or(UNWATCHED, key));
                }
            }
        }
        for asset in &mut self.assets {
            if asset.triggers.is_crowded() {
                let id = asset.id;
                asset.triggers.compact(|account| {
                    let mut held = accounts[account.index()].balances.iter();
                    held.find(|held| held.asset == id)
                        .map_or(UNWATCHED, |held| held.watch)
                });
            }
        }
        self.crowded = false;
    }
}

impl Unit<'_> {
    /// Whether the losses up to the registered triggers fit into the cushion together.
    fn is_covered(&self, instruments: &[Instrument], assets: &[Asset], cushion: i64) -> bool {
        let mut loss = 0_i128;
        for position in self.positions.iter().filter(|p| !p.qty.is_zero()) {
            let instrument = &instruments[position.instrument.index()];
            let factor = self.mark_factor(position, instrument);
            loss += i128::from(factor.loss(last_safe_mark(position, factor.harm)));
            if instrument.has_funding {
                let left = funding_left(position, instrument);
                loss += i128::from(funding_loss(factor.lots, left));
            }
            if loss > i128::from(cushion) {
                return false;
            }
        }
        for held in self.balances.iter() {
            if let Some(asset) = asset_of(held, assets) {
                let last_safe = if held.watch == UNWATCHED {
                    0
                } else {
                    held.watch + 1
                };
                let value = |price| asset.collateral_value(held.amount, price, self.weight);
                loss += i128::from(value(asset.price) - value(firesale_types::Usd(last_safe)));
            }
        }
        loss <= i128::from(cushion)
    }

    /// Splits a budget over all factors and registers the triggers that are nearer than the known
    /// ones. Returns whether stale triggers should be dropped.
    fn register(
        &mut self,
        instruments: &mut [Instrument],
        assets: &mut [Asset],
        budget: i64,
    ) -> bool {
        let all = self.weigh(instruments, assets);
        let mut crowded = false;
        for at in 0..self.positions.len() {
            let instrument = &mut instruments[self.positions[at].instrument.index()];
            if !self.positions[at].qty.is_zero() {
                crowded |= self.register_position(at, instrument, budget, all);
            }
        }
        for held in self.balances.iter_mut() {
            let Some(asset) = assets.iter_mut().find(|asset| counts(held, asset)) else {
                continue;
            };
            let value = asset.collateral_value(held.amount, asset.price, self.weight);
            let room = price_room(asset, held.amount, share(budget, value as f64, all));
            let key = asset.price.0 - room - 1;
            if key >= 1 && key > held.watch {
                held.watch = key;
                crowded |= push(&mut asset.triggers, key, self.account);
            }
        }
        crowded
    }

    /// The sum of the weights of all factors: each one's value at risk.
    fn weigh(&self, instruments: &[Instrument], assets: &[Asset]) -> f64 {
        let positions = self.positions.iter().map(|position| {
            let instrument = &instruments[position.instrument.index()];
            let notional = instrument.notional(position) as f64;
            if instrument.has_funding {
                notional + notional * FUNDING_PART
            } else {
                notional
            }
        });
        let balances = self.balances.iter().filter_map(|held| {
            let asset = asset_of(held, assets)?;
            Some(asset.collateral_value(held.amount, asset.price, self.weight) as f64)
        });
        positions.sum::<f64>() + balances.sum::<f64>()
    }

    fn register_position(
        &mut self,
        at: usize,
        instrument: &mut Instrument,
        budget: i64,
        all: f64,
    ) -> bool {
        let notional = instrument.notional(&self.positions[at]) as f64;
        let factor = self.mark_factor(&self.positions[at], instrument);
        let (lots, harm) = (factor.lots, factor.harm);
        let mark = factor.trigger(share(budget, notional, all));
        let mut crowded = false;
        let position = &mut self.positions[at];
        if let Some(mark) = mark {
            let (key, registered) = (harm.key(mark), &mut position.mark_watch[harm.index()]);
            if key > *registered {
                *registered = key;
                crowded |= push(
                    &mut instrument.mark_triggers[harm.index()],
                    key,
                    self.account,
                );
            }
        }
        if instrument.has_funding {
            let harm = harm.opposite();
            let room = funding_room(lots, share(budget, notional * FUNDING_PART, all));
            let outward = -harm.key(1);
            let reach = room.min(2 * FUNDING_BOUND) + 1;
            let level = instrument.funding.index + outward * reach;
            let (key, registered) = (harm.key(level), &mut position.funding_watch[harm.index()]);
            if key > *registered {
                *registered = key;
                crowded |= push(
                    &mut instrument.funding_triggers[harm.index()],
                    key,
                    self.account,
                );
            }
        }
        crowded
    }

    fn mark_factor<'i>(&self, position: &Position, instrument: &'i Instrument) -> MarkFactor<'i> {
        MarkFactor {
            lots: position.qty.0.abs(),
            unit: instrument.unit,
            mark: instrument.mark.0,
            curve: instrument.curve(self.threshold),
            weight: self.weight,
            steepest: self
                .grid
                .map(|(grid, times)| steepest(grid.steepest(position.instrument.index()), times)),
            harm: Direction::harmful_to(position.qty.0),
        }
    }
}

/// A slope of maintenance margin times the multiple that is watched, rounded up.
fn steepest(slope: Rate, times: Rate) -> i64 {
    mul_div(slope.0, times.0, Rate::ONE.0, Rounding::Ceil).unwrap_or(Rate::ONE.0)
}

#[inline]
fn push(triggers: &mut Triggers, key: i64, account: AccountId) -> bool {
    triggers.push(key, account);
    triggers.is_crowded()
}

/// The last mark before the registered trigger; the end of all prices if there is none.
#[inline]
fn last_safe_mark(position: &Position, harm: Direction) -> i64 {
    match (position.mark_watch[harm.index()], harm) {
        (UNWATCHED, Direction::Falling) => 1,
        (UNWATCHED, Direction::Rising) => MAX_PRICE.0,
        (key, Direction::Falling) => key + 1,
        (key, Direction::Rising) => -key - 1,
    }
}

/// How far the cumulative funding index may still move against the position before its trigger, or
/// to its end if there is none.
#[inline]
fn funding_left(position: &Position, instrument: &Instrument) -> i64 {
    let harm = Direction::harmful_to(position.qty.0).opposite();
    let now = harm.key(instrument.funding.index);
    match position.funding_watch[harm.index()] {
        UNWATCHED => now + FUNDING_BOUND,
        key => now - key - 1,
    }
}

fn counts(held: &Balance, asset: &Asset) -> bool {
    asset.id == held.asset && asset.counts.is_some_and(|counts| counts.0 > 0) && held.amount.0 > 0
}

fn asset_of<'a>(held: &Balance, assets: &'a [Asset]) -> Option<&'a Asset> {
    assets.iter().find(|asset| counts(held, asset))
}
