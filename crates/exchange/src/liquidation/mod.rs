//! What is done with a margin unit in breach, step by step.
//!
//! A step looks at the unit exactly. If it is safe again the liquidation is over. If not, its open
//! orders go first, then what it holds against itself (`offset.rs`), then one stage acts, and the next step follows after the venue's latency:
//!
//! 1. **Book** (`book.rs`): an order for part or all of the position with the largest margin.
//! 2. **Backstop** (`takeover.rs`): a vault takes all positions and what is left of the margin.
//! 3. **Insurance** (`takeover.rs`): the fund takes the positions at their bankruptcy prices.
//! 4. **Auto-deleveraging** (`adl/`): winners are closed against it.
//!
//! At a cleared venue one stage takes the place of 2 to 4: the default procedure of
//! [`crate::clearing`].
//!
//! A unit that has nothing left to close and is below zero is a bad debt (`deficit.rs`), which
//! winners may have to share (`sharing.rs`). The fund has pools (`pools.rs`). The rule
//! that picks the stage is [`Exchange::stage`].

mod adl;
mod bankruptcy;
mod book;
mod deficit;
mod engine;
mod halted;
mod method;
mod offset;
mod pools;
mod sharing;
mod takeover;
mod unwind;

use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

pub(crate) use adl::Ranking;
pub use adl::{AdlCandidate, AdlNeed, adl_lights};
pub(crate) use pools::Pools;
pub use pools::{PoolFlows, PoolView};
pub(crate) use sharing::Realised;

use crate::account::NO_LIQUIDATION;
use crate::instrument::Threshold;
use crate::leg::PositionKey;
use crate::state::State;
use crate::valuation::Standing;
use crate::{
    AdlPolicy, AdlTrigger, Cause, Effects, Exchange, ExchangeEvent, Later, Report, Stage,
    VenueRecord, WhileHalted,
};

/// One liquidation: from the breach of a margin unit until it is safe or gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Liquidation {
    /// Whose.
    pub account: AccountId,
    /// The one isolated position, or `None` for all cross positions.
    pub isolated: Option<PositionKey>,
    /// When the breach was found.
    pub began: SimTime,
    /// The largest cause of the moves that led to it.
    pub cause: Cause,
    /// The first liquidation of the chain of causes; its own number if that is itself.
    pub root: u32,
    /// That first liquidation if it is another venue's; `root` is the own number then.
    pub abroad: Option<crate::Link>,
    /// Links from the root.
    pub generation: u16,
    /// The part of the loss that was brought about by force: by liquidation orders, or by what they
    /// set off.
    pub forced_share: f32,
    /// Whether it is over.
    pub is_over: bool,
    /// Orders to the book in a row that were not filled whole.
    pub(crate) attempts: u16,
    /// Orders to the book.
    pub(crate) orders: u16,
    /// The next step; earlier ones are ignored.
    pub(crate) next: SimTime,
    /// Whether it stands in the list of those that wait for a book to reopen.
    pub(crate) is_parked: bool,
    /// The bankruptcy price of the position that is being closed.
    pub(crate) bankruptcy_price: Price,
    /// What such closes fetched beyond the bankruptcy price, not yet taken.
    pub(crate) surplus: Usd,
    /// Where something was closed last.
    pub(crate) last_closed: Option<InstrumentId>,
    /// Value closed in the book on which no fee has been taken yet.
    pub(crate) fee_base: Usd,
}

impl Liquidation {
    pub(crate) fn new(account: AccountId, isolated: Option<PositionKey>, now: SimTime) -> Self {
        Self {
            account,
            isolated,
            began: now,
            cause: Cause::SCRIPT,
            root: 0,
            abroad: None,
            generation: 0,
            forced_share: 0.0,
            is_over: false,
            attempts: 0,
            orders: 0,
            next: now,
            is_parked: false,
            bankruptcy_price: Price::ZERO,
            surplus: Usd::ZERO,
            last_closed: None,
            fee_base: Usd::ZERO,
        }
    }
}

/// A margin unit whose loss goes to the clearing house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Defaulted {
    pub(crate) account: AccountId,
    /// The one isolated position, or `None` for the account.
    pub(crate) isolated: Option<PositionKey>,
}

/// The pause after a step that closed nothing, at a venue without latency.
const PAUSE: SimDuration = SimDuration::millis(1);

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Nothing more: the unit is safe, or has nothing to close.
    End,
    /// Waits for a halted book to reopen.
    Wait,
    /// Sends an order for the position at this place.
    Order(usize),
    /// Hands everything to the vault.
    Backstop,
    /// Hands everything to the insurance fund.
    Insurance,
    /// Closes everything against the other side.
    Deleverage,
    /// Hands everything to the clearing house's default procedure.
    Default,
}

impl Exchange {
    /// One step of a liquidation. A step that is not due, or of another unit, is ignored.
    pub(crate) fn liquidate(
        &mut self,
        account: AccountId,
        isolated: Option<PositionKey>,
        number: u32,
        now: SimTime,
        out: &mut Effects,
    ) {
        let Some(case) = self.state.liquidations.get(number as usize) else {
            return;
        };
        let meant = case.account == account && case.isolated == isolated;
        if case.is_over || !meant || now < case.next {
            return;
        }
        self.cancel_first(account, isolated, out);
        self.state.settle_unit(account, isolated);
        self.state.watch_pools(now);
        let mut standing = self.standing(account, isolated);
        let breach = isolated.is_none() && standing.cushion() < 0;
        if breach && self.state.offset_legs(account, out) {
            standing = self.standing(account, isolated);
        }
        let action = self.stage(number, standing, now);
        let closed = match action {
            Action::End => true,
            Action::Wait => return self.park(number, now, out),
            Action::Order(at) => self.send_orders(number, at, now, out),
            Action::Backstop => self.take_over(number, Self::BACKSTOP, standing, out),
            Action::Insurance => self.take_over(number, Self::INSURANCE, standing, out),
            Action::Deleverage => self.deleverage(number, standing, out),
            Action::Default => {
                let unit = Defaulted { account, isolated };
                if isolated.is_none() {
                    self.state.sell_collateral(account, Self::CLEARING_CAPITAL);
                }
                self.default_on(number, unit, standing, out)
            }
        };
        self.go_on(number, closed, now, out);
    }

    /// Which stage is due.
    ///
    /// * The vault takes over below its threshold of maintenance margin, or when the book has
    ///   failed often enough, as long as equity is positive and it has capacity.
    /// * Where the limit of orders may lie beyond the bankruptcy price, the book is tried even with
    ///   equity gone, as long as the fund has money for the gap.
    /// * With equity gone, or at a venue without a vault when the book has failed often enough,
    ///   the fund takes over if it can carry the positions; else the other side is deleveraged, or
    ///   the fund must, as the policy says. The terms of deleveraging may leave the fund out, or
    ///   only while it is in drawdown.
    /// * At a cleared venue the default procedure takes the place of all of these.
    /// * Otherwise the book. While any of its books is halted nothing but the book is tried, unless
    ///   the venue lets vault, or fund and deleveraging, act during halts.
    fn stage(&self, number: u32, standing: Standing, now: SimTime) -> Action {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        if standing.cushion() >= 0 || self.state.open_positions(account, isolated).is_empty() {
            return Action::End;
        }
        let largest = self.largest_open(account, isolated);
        let halted = self.any_halted(account, isolated);
        let acts = |during| !halted || during == WhileHalted::Act;
        let during = self.state.config.brakes.during_halt;
        let failed = self.state.is_exhausted(number, now);
        let bankrupt = standing.equity <= 0;
        if bankrupt && !failed && self.state.fund_pays_gap() {
            return largest.map_or(Action::Wait, Action::Order);
        }
        if self.state.clearing.is_some() {
            if bankrupt || failed {
                return Action::Default;
            }
            return largest.map_or(Action::Wait, Action::Order);
        }
        if let Some(vault) = self.state.config.backstop.filter(|_| acts(during.backstop)) {
            let threshold = standing.margin * i128::from(vault.threshold.0);
            let below = standing.equity * i128::from(firesale_types::Rate::ONE.0) < threshold;
            if !bankrupt && (below || failed) && self.state.vault_can_take(account, isolated) {
                return Action::Backstop;
            }
        }
        let trigger = self.state.config.adl_terms.trigger;
        let early = trigger != AdlTrigger::NegativeEquity && self.state.config.backstop.is_none();
        if (bankrupt || (failed && early)) && acts(during.adl) {
            let must = self.state.config.adl == AdlPolicy::Off;
            let may = match trigger {
                AdlTrigger::NegativeEquity => false,
                AdlTrigger::EmptyFund => true,
                AdlTrigger::FundDrawdown { .. } => !self.state.in_drawdown(account, isolated),
            };
            return if must || (may && self.state.fund_can_take(account, isolated, standing)) {
                Action::Insurance
            } else {
                Action::Deleverage
            };
        }
        largest.map_or(Action::Wait, Action::Order)
    }

    /// After a step: ends the liquidation if the unit is safe or empty, else schedules the next.
    fn go_on(&mut self, number: u32, closed: bool, now: SimTime, out: &mut Effects) {
        let case = &self.state.liquidations[number as usize];
        let (account, isolated) = (case.account, case.isolated);
        let standing = self.standing(account, isolated);
        let empty = self.state.open_positions(account, isolated).is_empty();
        if empty || standing.cushion() >= 0 {
            self.end(number, empty, out);
            return;
        }
        let pause = match self.state.pause() {
            SimDuration::ZERO if !closed => PAUSE,
            pause => pause,
        };
        let at = self.state.turn_of_engine(now + pause);
        self.state.liquidations[number as usize].next = at;
        out.later.push(step_at(at, account, isolated, number));
    }

    /// The unit is safe again, or has nothing left to close.
    fn end(&mut self, number: u32, empty: bool, out: &mut Effects) {
        let case = &mut self.state.liquidations[number as usize];
        case.is_over = true;
        let (account, isolated) = (case.account, case.isolated);
        if empty {
            self.state.settle_deficit(number, out);
            self.state.return_margin(account, isolated);
        }
        if let Some(health) = self.state.health_of(account, isolated) {
            health.liquidation = NO_LIQUIDATION;
        }
        self.state
            .digest
            .mix_all([i64::from(account.0), i64::from(number)]);
        self.state.touch(account, true);
    }

    fn standing(&self, account: AccountId, isolated: Option<PositionKey>) -> Standing {
        let account = &self.state.accounts[account.index()];
        self.state
            .standing(account, isolated, Threshold::Maintenance)
    }

    fn any_halted(&self, account: AccountId, isolated: Option<PositionKey>) -> bool {
        let open = self.state.open_positions(account, isolated);
        open.iter().any(|at| self.is_halted_at(account, *at))
    }

    fn is_halted_at(&self, account: AccountId, at: usize) -> bool {
        let instrument = self.state.accounts[account.index()].positions[at].instrument;
        self.books[instrument.index()].is_halted()
    }

    /// The places of the open positions whose books are not halted.
    fn tradable(&self, account: AccountId, isolated: Option<PositionKey>) -> Places {
        let mut open = self.state.open_positions(account, isolated);
        open.retain(|at| !self.is_halted_at(account, *at));
        open
    }

    /// The open position with the largest maintenance margin whose book is not halted; the first
    /// of equals. A portfolio is closed in this order. Of a portfolio account it is the one without
    /// which margin would fall most (a hedge adds less than nothing and comes last).
    fn largest_open(&self, account: AccountId, isolated: Option<PositionKey>) -> Option<usize> {
        let state = &self.state;
        let of = &state.accounts[account.index()];
        let portfolio = of.mode == crate::MarginMode::Portfolio;
        let margin = |at: usize| {
            if portfolio {
                return state.portfolio_contribution(of, at);
            }
            let position = &of.positions[at];
            let instrument = &state.instruments[position.instrument.index()];
            let curve = instrument.curve(Threshold::Maintenance);
            i128::from(curve.at(instrument.notional(position), of.weight))
        };
        let tradable = self.tradable(account, isolated).into_iter();
        tradable.min_by_key(|&at| (std::cmp::Reverse(margin(at)), at))
    }
}

/// The event of the next step.
fn step_at(at: SimTime, account: AccountId, isolated: Option<PositionKey>, number: u32) -> Later {
    Later {
        at,
        event: ExchangeEvent::Liquidate {
            account,
            isolated,
            liquidation: number,
        },
    }
}

/// Places of the open positions of a margin unit.
pub(crate) type Places = smallvec::SmallVec<[usize; 8]>;

impl State {
    /// The places of the open positions of a margin unit.
    pub(crate) fn open_positions(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
    ) -> Places {
        let positions = self.accounts[account.index()].positions.iter().enumerate();
        positions
            .filter(|(_, p)| !p.qty.is_zero() && isolated.is_none_or(|only| only == p.key()))
            .map(|(at, _)| at)
            .collect()
    }

    /// Settles the funding of all positions of a margin unit.
    fn settle_unit(&mut self, account: AccountId, isolated: Option<PositionKey>) {
        for at in self.open_positions(account, isolated) {
            self.settle(account, at);
        }
    }

    /// What is left of the margin of a closed isolated position returns to the cash.
    fn return_margin(&mut self, account: AccountId, isolated: Option<PositionKey>) {
        let Some(key) = isolated else { return };
        let account = &mut self.accounts[account.index()];
        if let Ok(at) = account.find(key) {
            let left = std::mem::take(&mut account.positions[at].set_aside);
            account.cash += left;
        }
    }

    /// Books a forced close: counters, record, report.
    pub(crate) fn note_close(
        &mut self,
        number: u32,
        instrument: InstrumentId,
        close: &ForcedClose,
        out: &mut Effects,
    ) {
        self.liquidations[number as usize].last_closed = Some(instrument);
        let case = &self.liquidations[number as usize];
        let state = &mut self.instruments[instrument.index()];
        let value = crate::limits::value(close.qty.0, close.price.0, state.unit);
        state
            .counters
            .liquidated(close.side, Usd(value), close.stage);
        out.records.push(VenueRecord::Liquidation {
            id: number,
            account: case.account,
            instrument,
            side: close.side,
            qty: close.qty,
            mark: state.mark,
            bankruptcy_price: close.bankruptcy_price,
            fill_price: close.price,
            stage: close.stage,
            cause: case.cause,
            root: case.root,
            generation: case.generation,
            forced_share: case.forced_share,
        });
        let report = Report::Liquidated {
            instrument,
            qty: close.qty,
            price: close.price,
            stage: close.stage,
        };
        out.reports.push((case.account, report));
    }
}

/// One forced close, as it is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForcedClose {
    /// The side of the position.
    pub(crate) side: Side,
    /// Positive.
    pub(crate) qty: Qty,
    pub(crate) price: Price,
    pub(crate) bankruptcy_price: Price,
    pub(crate) stage: Stage,
}
