//! What can be seen of a venue from outside, cheaply and without changing it.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use firesale_matching::OrderBook;
use firesale_types::{AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, Usd};

use crate::account::{Account, MarginMode, Position};
use crate::instrument::Threshold;
use crate::limits::amount;
use crate::{
    AdlCandidate, Counters, Exchange, Leg, Liquidation, PositionKey, PositionMode, VenueConfig,
};

/// A position, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Where.
    pub instrument: InstrumentId,
    /// Which of the positions there.
    pub leg: Leg,
    /// Lots; long positive.
    pub qty: Qty,
    /// The average entry price to the nearest tick.
    pub entry: Price,
    /// What the position cost, exactly; signed as the quantity.
    pub cost: Usd,
    /// The margin of an isolated position; zero in a cross account.
    pub margin: Usd,
    /// Open profit at the mark, funding not yet settled included.
    pub unrealised: Usd,
    /// Value at the mark, positive.
    pub notional: Usd,
    /// Maintenance margin by the tiers: what the position needs by itself, also where a portfolio
    /// account needs less.
    pub maintenance: Usd,
}

/// An open order, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Where.
    pub instrument: InstrumentId,
    /// Which.
    pub id: OrderId,
    /// Its side.
    pub side: Side,
    /// Its price while it rests in the book; `None` while it waits for its trigger.
    pub price: Option<Price>,
    /// What is open.
    pub qty: Qty,
}

impl Exchange {
    /// The rules.
    #[must_use]
    pub fn config(&self) -> &VenueConfig {
        &self.state.config
    }

    /// How many accounts there are, those of the venue included.
    #[must_use]
    pub fn accounts(&self) -> u32 {
        self.state.accounts.len() as u32
    }

    /// The account's weight: how many equal real accounts it stands for.
    ///
    /// # Panics
    /// Like all that take an account: if it does not exist.
    #[must_use]
    pub fn weight(&self, account: AccountId) -> u32 {
        self.account(account).weight
    }

    /// The account's margin mode.
    #[must_use]
    pub fn margin_mode(&self, account: AccountId) -> MarginMode {
        self.account(account).mode
    }

    /// All it owns: cash, money set aside, collateral after haircuts, open profit at the marks,
    /// funding not yet settled. Assets that are no collateral do not count.
    #[must_use]
    pub fn equity(&self, account: AccountId) -> Usd {
        amount(self.state.equity_of(self.account(account)))
    }

    /// The sum of the maintenance margins of its positions; of a portfolio account the worst
    /// scenario for all of them.
    #[must_use]
    pub fn maintenance(&self, account: AccountId) -> Usd {
        let standing = self
            .state
            .cross_standing(self.account(account), Threshold::Maintenance);
        amount(standing.margin)
    }

    /// What it has for new risk; negative if prices went against it. Cross: equity less the initial
    /// margin of the worst case of every position and less what spot orders reserve. Isolated:
    /// cash less the margin that open orders would set aside.
    #[must_use]
    pub fn free_margin(&self, account: AccountId) -> Usd {
        self.state.free_margin(self.account(account))
    }

    /// The account's position mode.
    #[must_use]
    pub fn position_mode(&self, account: AccountId) -> PositionMode {
        self.account(account).position_mode
    }

    /// Its position in an instrument, if there is one; in hedge mode the larger leg, of equal ones
    /// the long one.
    #[must_use]
    pub fn position(&self, account: AccountId, instrument: InstrumentId) -> Option<PositionView> {
        let account = self.account(account);
        let legs = account.entries_in(instrument).iter();
        let open = legs.filter(|p| !p.qty.is_zero());
        let largest = open.min_by_key(|p| Reverse(p.qty.abs()))?;
        Some(self.view(account, largest))
    }

    /// One of its positions by name, if it is open.
    #[must_use]
    pub fn leg(
        &self,
        account: AccountId,
        position: impl Into<PositionKey>,
    ) -> Option<PositionView> {
        let account = self.account(account);
        let position = account.position(position.into())?;
        (!position.qty.is_zero()).then(|| self.view(account, position))
    }

    /// The signed size of its position in an instrument; in hedge mode of both legs together.
    #[must_use]
    pub fn position_qty(&self, account: AccountId, instrument: InstrumentId) -> Qty {
        let legs = self.account(account).entries_in(instrument).iter();
        legs.map(|p| p.qty).sum()
    }

    /// Its positions, by instrument and leg.
    pub fn positions(&self, account: AccountId) -> impl Iterator<Item = PositionView> {
        let account = self.account(account);
        let open = account.positions.iter().filter(|p| !p.qty.is_zero());
        open.map(|position| self.view(account, position))
    }

    fn view(&self, account: &Account, position: &Position) -> PositionView {
        let instrument = &self.state.instruments[position.instrument.index()];
        let per_tick = i128::from(position.qty.0.abs()) * i128::from(instrument.unit);
        let cost = i128::from(position.cost.0.abs());
        let entry = (2 * cost + per_tick).div_euclid(2 * per_tick);
        let notional = instrument.notional(position);
        let curve = instrument.curve(Threshold::Maintenance);
        PositionView {
            instrument: position.instrument,
            leg: position.leg,
            qty: position.qty,
            entry: Price(amount(entry).0),
            cost: position.cost,
            margin: position.set_aside,
            unrealised: Usd(instrument.unrealised(position)),
            notional: Usd(notional),
            maintenance: Usd(curve.at(notional, account.weight)),
        }
    }

    /// Its balance of an asset: of the settlement asset the cash without what is set aside, of any
    /// other the whole balance in millionths.
    #[must_use]
    pub fn balance(&self, account: AccountId, asset: AssetId) -> Usd {
        let account = self.account(account);
        if asset == self.state.config.settlement {
            account.cash
        } else {
            account.balance(asset)
        }
    }

    /// The order in one of its slots. A triggered order on its way to the book is not shown.
    #[must_use]
    pub fn open_order(&self, account: AccountId, slot: u16) -> Option<OpenOrder> {
        let used = self.account(account).slots.get(usize::from(slot));
        let used = used.filter(|slot| slot.used)?;
        let id = OrderId::new(account, slot, used.seq);
        let book = &self.books[used.instrument.index()];
        let instrument = used.instrument;
        if let Some(resting) = book.order(used.handle, id) {
            return Some(OpenOrder {
                instrument,
                id,
                side: resting.side,
                price: Some(resting.price),
                qty: resting.qty,
            });
        }
        let waiting = book.waiting_order(used.handle, id)?;
        Some(OpenOrder {
            instrument,
            id,
            side: waiting.side,
            price: None,
            qty: waiting.qty,
        })
    }

    /// Whether the account, or one of its isolated positions, is being liquidated.
    #[must_use]
    pub fn in_liquidation(&self, account: AccountId) -> bool {
        let account = self.account(account);
        let positions = account.positions.iter();
        let mut units = positions.map(|p| p.health).chain([account.health]);
        units.any(|health| health.in_liquidation())
    }

    /// All liquidations since the start, by their numbers.
    #[must_use]
    pub fn liquidations(&self) -> &[Liquidation] {
        &self.state.liquidations
    }

    /// All margin units in breach that are not being liquidated, found by looking at every
    /// account: the slow oracle of the liquidation index. Empty after every event of a venue that
    /// liquidates.
    #[must_use]
    pub fn sweep_breaches(&self) -> Vec<(AccountId, Option<PositionKey>)> {
        self.state.sweep(Threshold::Maintenance)
    }

    /// All margin units below the margin call ratio that have not been called, likewise.
    #[must_use]
    pub fn sweep_calls(&self) -> Vec<(AccountId, Option<PositionKey>)> {
        self.state.sweep(Threshold::MarginCall)
    }

    /// The book of an instrument.
    ///
    /// # Panics
    /// Like all that take an instrument: if it does not exist.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> &OrderBook {
        &self.books[instrument.index()]
    }

    /// The mark price.
    #[must_use]
    pub fn mark(&self, instrument: InstrumentId) -> Price {
        self.state.instruments[instrument.index()].mark
    }

    /// The index price in ticks.
    #[must_use]
    pub fn index(&self, instrument: InstrumentId) -> Price {
        self.state.instruments[instrument.index()].index
    }

    /// The last trade, or the initial price.
    #[must_use]
    pub fn last(&self, instrument: InstrumentId) -> Price {
        self.state.instruments[instrument.index()].last
    }

    /// The best bid.
    #[must_use]
    pub fn best_bid(&self, instrument: InstrumentId) -> Option<Price> {
        self.books[instrument.index()]
            .best(Side::Buy)
            .map(|(price, _)| price)
    }

    /// The best ask.
    #[must_use]
    pub fn best_ask(&self, instrument: InstrumentId) -> Option<Price> {
        self.books[instrument.index()]
            .best(Side::Sell)
            .map(|(price, _)| price)
    }

    /// The last funding rate, per interval.
    #[must_use]
    pub fn funding_rate(&self, instrument: InstrumentId) -> Rate {
        self.state.instruments[instrument.index()].funding.rate
    }

    /// Lots held long, which is lots held short.
    #[must_use]
    pub fn open_interest(&self, instrument: InstrumentId) -> Qty {
        self.state.instruments[instrument.index()].open_interest
    }

    /// Cumulative totals of an instrument.
    #[must_use]
    pub fn counters(&self, instrument: InstrumentId) -> &Counters {
        &self.state.instruments[instrument.index()].counters
    }

    /// Equity of the insurance fund, all its pools together, positions it has taken over at their
    /// marks.
    #[must_use]
    pub fn insurance_balance(&self) -> Usd {
        self.insurance_pools().map(|pool| pool.balance).sum()
    }

    /// All positions on a side of an instrument as auto-deleveraging sees them, by account.
    #[must_use]
    pub fn adl_candidates(&self, instrument: InstrumentId, side: Side) -> Vec<AdlCandidate> {
        self.state.adl_candidates(instrument, side)
    }

    /// Equity of the backstop vault, likewise.
    #[must_use]
    pub fn backstop_equity(&self) -> Usd {
        self.equity(Self::BACKSTOP)
    }

    /// Deficits booked since the start, in micro-USD.
    #[must_use]
    pub fn bad_debt(&self) -> i128 {
        self.state.bad_debt
    }

    /// A rolling hash of all that has happened: equal for equal histories.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.state.digest.0
    }

    /// Feeds what defines the venue's present to a hasher, in a fixed order: marks, indices, every
    /// account with its positions and open orders, every order in every book.
    pub fn hash_state(&self, hasher: &mut impl Hasher) {
        for (instrument, book) in self.state.instruments.iter().zip(&self.books) {
            let prices = (instrument.mark, instrument.index, instrument.last);
            (prices, instrument.funding.index, instrument.open_interest).hash(hasher);
            for order in book.orders() {
                (order.id, order.price, order.qty).hash(hasher);
            }
            for (_, waiting) in book.waiting_orders() {
                (waiting.id, waiting.qty).hash(hasher);
            }
        }
        for account in &self.state.accounts {
            account.cash.hash(hasher);
            for p in &account.positions {
                (p.instrument, p.qty, p.cost, p.set_aside, p.funding, p.open).hash(hasher);
                if p.leg != Leg::Net {
                    p.leg.hash(hasher);
                }
            }
            for held in &account.balances {
                (held.asset, held.amount).hash(hasher);
            }
        }
        self.state.digest.0.hash(hasher);
    }

    fn account(&self, account: AccountId) -> &Account {
        &self.state.accounts[account.index()]
    }
}
