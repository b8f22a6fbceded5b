//! An independent recount of a venue.
//!
//! It shares no arithmetic with the ledger: it adds up balances, positions and books from scratch
//! and compares. It looks at every account, so it is for tests and for the moments of recording.

use std::collections::BTreeMap;

use firesale_types::{AccountId, AssetId, InstrumentId, OrderId, Side};

use crate::account::{Account, LIQUIDATION_SLOT, MarginMode};
use crate::leg::{Leg, PositionKey};
use crate::{Exchange, InstrumentKind, PositionMode};

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Cash plus margins less cost bases is not what came from outside.
    #[error("settlement money: {found} micro-USD accounted for, {expected} came from outside")]
    Money {
        /// The sum over all accounts.
        found: i128,
        /// Deposits less withdrawals, genesis included.
        expected: i128,
    },
    /// The balances of an asset do not add up to what came from outside.
    #[error("asset {asset}: {found} millionths held, {expected} came from outside")]
    Asset {
        /// Which.
        asset: AssetId,
        /// The sum over all accounts.
        found: i128,
        /// Deposits less withdrawals.
        expected: i128,
    },
    /// Longs, shorts and the counter of open interest differ.
    #[error("instrument {instrument}: {long} lots long, {short} short, counted {counted}")]
    OpenInterest {
        /// Which.
        instrument: InstrumentId,
        /// Lots held long.
        long: i128,
        /// Lots held short.
        short: i128,
        /// What the venue counts.
        counted: i128,
    },
    /// A leg is on the wrong side of zero, or belongs to the other position mode.
    #[error("account {account} in instrument {instrument}: {qty} lots in its {leg:?} leg")]
    Leg {
        /// Whose.
        account: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// Which.
        leg: Leg,
        /// Lots; long positive.
        qty: i64,
    },
    /// The open orders of an account as its margin counts them are not those in the book.
    #[error(
        "account {account} in instrument {instrument}: counts {counted:?}, book has {resting:?}"
    )]
    Exposure {
        /// Whose.
        account: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// Bids and asks in lots as the account counts them.
        counted: [i64; 2],
        /// As they rest in the book.
        resting: [i64; 2],
    },
    /// A spot account has reserved another amount than its open orders need.
    #[error("account {account} in instrument {instrument}: reserves {reserved}, needs {needed}")]
    Reserve {
        /// Whose.
        account: AccountId,
        /// Where.
        instrument: InstrumentId,
        /// Set aside.
        reserved: i128,
        /// What its bids need.
        needed: i128,
    },
    /// An order in a book has no slot with its owner.
    #[error("order {id:?} in instrument {instrument} has no slot")]
    Orphan {
        /// Which.
        id: OrderId,
        /// Where.
        instrument: InstrumentId,
    },
    /// A slot says it is used, but no book has its order.
    #[error("account {account}: slot {slot} is used by no order")]
    Ghost {
        /// Whose.
        account: AccountId,
        /// Which.
        slot: u16,
    },
    /// An account owes money or assets, holds no position, and no bad debt was booked.
    #[error("account {account} is at {equity} micro-USD without a bad debt")]
    Debt {
        /// Whose.
        account: AccountId,
        /// Its equity, or its balance of an asset.
        equity: i128,
    },
    /// The contributions of the clearing members are not what the default fund holds, or one is
    /// negative.
    #[error("the default fund holds {held} micro-USD, its members paid in {paid_in}")]
    DefaultFund {
        /// Its money.
        held: i128,
        /// The sum of the contributions.
        paid_in: i128,
    },
    /// The funding pool owes more than it holds.
    #[error("the funding pool is {dust} micro-USD short")]
    FundingPool {
        /// What it holds less what it owes.
        dust: i128,
    },
    /// A margin unit in breach is not being liquidated.
    #[error("account {account} ({isolated:?}) is in breach unnoticed")]
    Unnoticed {
        /// Whose.
        account: AccountId,
        /// The one isolated position, or `None` for the account.
        isolated: Option<PositionKey>,
    },
}

/// Recounts venues.
#[derive(Clone, Copy, Debug, Default)]
pub struct Auditor;

impl Auditor {
    /// Everything that is wrong. Costs a look at every account and every order.
    #[must_use]
    pub fn check(exchange: &Exchange) -> Vec<Violation> {
        let mut found = Vec::new();
        check_money(exchange, &mut found);
        check_assets(exchange, &mut found);
        check_open_interest(exchange, &mut found);
        check_legs(exchange, &mut found);
        check_orders(exchange, &mut found);
        check_debts(exchange, &mut found);
        check_default_fund(exchange, &mut found);
        let dust = exchange.state.funding_dust();
        if dust < 0 {
            found.push(Violation::FundingPool { dust });
        }
        if exchange.state.config.liquidation.enabled && exchange.state.touched.is_empty() {
            for (account, isolated) in exchange.sweep_breaches() {
                found.push(Violation::Unnoticed { account, isolated });
            }
        }
        found
    }
}

fn accounts(exchange: &Exchange) -> impl Iterator<Item = (AccountId, &Account)> {
    let accounts = exchange.state.accounts.iter().enumerate();
    accounts.map(|(at, account)| (AccountId(at as u32), account))
}

/// Every fill adds as much to one side's cost less cash as it takes from the other's.
fn check_money(exchange: &Exchange, found: &mut Vec<Violation>) {
    let mut sum = 0_i128;
    for (_, account) in accounts(exchange) {
        sum += i128::from(account.cash.0);
        for position in &account.positions {
            sum += i128::from(position.set_aside.0) - i128::from(position.cost.0);
        }
    }
    let expected = exchange.state.external;
    if sum != expected {
        found.push(Violation::Money {
            found: sum,
            expected,
        });
    }
}

fn check_default_fund(exchange: &Exchange, found: &mut Vec<Violation>) {
    let fund = &exchange.state.accounts[Exchange::DEFAULT_FUND.index()];
    let clearing = exchange.state.clearing.iter();
    let parts = clearing.flat_map(|clearing| &clearing.members);
    let parts: Vec<i128> = parts.map(|member| i128::from(member.held.0)).collect();
    let (held, paid_in) = (fund.money(), parts.iter().sum());
    if held != paid_in || parts.iter().any(|part| *part < 0) {
        found.push(Violation::DefaultFund { held, paid_in });
    }
}

fn check_assets(exchange: &Exchange, found: &mut Vec<Violation>) {
    let mut sums: BTreeMap<AssetId, i128> = BTreeMap::new();
    for (account, state) in accounts(exchange) {
        for held in &state.balances {
            *sums.entry(held.asset).or_default() += i128::from(held.amount.0);
            if held.amount.0 < 0 {
                let equity = i128::from(held.amount.0);
                found.push(Violation::Debt { account, equity });
            }
        }
    }
    for asset in &exchange.state.assets {
        let sum = sums.get(&asset.id).copied().unwrap_or(0);
        if sum != asset.external {
            found.push(Violation::Asset {
                asset: asset.id,
                found: sum,
                expected: asset.external,
            });
        }
    }
}

fn check_open_interest(exchange: &Exchange, found: &mut Vec<Violation>) {
    let mut sums = vec![(0_i128, 0_i128); exchange.books.len()];
    for (_, account) in accounts(exchange) {
        for position in &account.positions {
            let (long, short) = &mut sums[position.instrument.index()];
            *long += i128::from(position.qty.0.max(0));
            *short -= i128::from(position.qty.0.min(0));
        }
    }
    for (at, &(long, short)) in sums.iter().enumerate() {
        let counted = i128::from(exchange.state.instruments[at].open_interest.0);
        if long != short || long != counted {
            found.push(Violation::OpenInterest {
                instrument: InstrumentId(at as u16),
                long,
                short,
                counted,
            });
        }
    }
}

/// Long legs are not short, short legs not long, and no account mixes the position modes.
fn check_legs(exchange: &Exchange, found: &mut Vec<Violation>) {
    for (account, state) in accounts(exchange) {
        for position in &state.positions {
            let kind = exchange.state.instruments[position.instrument.index()].kind;
            let hedge = state.position_mode == PositionMode::Hedge && kind != InstrumentKind::Spot;
            let right = match position.leg {
                Leg::Net => !hedge,
                Leg::Long => hedge && position.qty.0 >= 0,
                Leg::Short => hedge && position.qty.0 <= 0,
            };
            if !right {
                found.push(Violation::Leg {
                    account,
                    instrument: position.instrument,
                    leg: position.leg,
                    qty: position.qty.0,
                });
            }
        }
    }
}

/// Bids and asks of one account in one book, and what its bids reserve there if it is a spot book.
#[derive(Clone, Copy, Default)]
struct Resting {
    qty: [i64; 2],
    reserve: i128,
}

fn check_orders(exchange: &Exchange, found: &mut Vec<Violation>) {
    let mut resting: BTreeMap<(AccountId, PositionKey), Resting> = BTreeMap::new();
    let mut orders = BTreeMap::new();
    for (at, book) in exchange.books.iter().enumerate() {
        let instrument = InstrumentId(at as u16);
        let is_spot = exchange.state.instruments[at].kind == InstrumentKind::Spot;
        for order in book
            .orders()
            .filter(|order| order.id.slot() != LIQUIDATION_SLOT)
        {
            orders.insert(order.id, instrument);
            if order.reduce_only {
                continue;
            }
            let owner = order.id.account();
            let of = exchange.state.accounts.get(owner.index());
            let hedge = of.is_some_and(|of| of.position_mode == PositionMode::Hedge);
            let leg = match order.side {
                _ if is_spot || !hedge => Leg::Net,
                Side::Buy => Leg::Long,
                Side::Sell => Leg::Short,
            };
            let key = PositionKey::new(instrument, leg);
            let of = resting.entry((owner, key)).or_default();
            of.qty[order.side.index()] += order.qty.0;
            if is_spot && order.side == Side::Buy {
                let reserve = exchange
                    .state
                    .spot_reserve(instrument, order.price, order.qty);
                of.reserve += i128::from(reserve.0);
            }
        }
        orders.extend(
            book.waiting_orders()
                .map(|(_, waiting)| (waiting.id, instrument)),
        );
    }
    for (&id, &instrument) in &orders {
        let owner = exchange.state.accounts.get(id.account().index());
        if owner.is_none_or(|owner| owner.slot(id, instrument).is_none()) {
            found.push(Violation::Orphan { id, instrument });
        }
    }
    for (account, state) in accounts(exchange) {
        check_exposures(exchange, account, state, &resting, found);
        for (id, slot) in state.open_orders(account) {
            let released = exchange.books[slot.instrument.index()].has_triggered();
            if !orders.contains_key(&id) && !released {
                let slot = id.slot();
                found.push(Violation::Ghost { account, slot });
            }
        }
    }
}

fn check_exposures(
    exchange: &Exchange,
    account: AccountId,
    state: &Account,
    resting: &BTreeMap<(AccountId, PositionKey), Resting>,
    found: &mut Vec<Violation>,
) {
    for position in &state.positions {
        let instrument = position.instrument;
        let actual = resting
            .get(&(account, position.key()))
            .copied()
            .unwrap_or_default();
        let counted = position.open.map(|qty| qty.0);
        if counted != actual.qty {
            found.push(Violation::Exposure {
                account,
                instrument,
                counted,
                resting: actual.qty,
            });
        }
        let is_spot = exchange.state.instruments[instrument.index()].kind == InstrumentKind::Spot;
        let reserved = i128::from(position.set_aside.0);
        if is_spot && reserved != actual.reserve {
            found.push(Violation::Reserve {
                account,
                instrument,
                reserved,
                needed: actual.reserve,
            });
        }
    }
}

/// Accounts without positions may not be below zero, unless they are in the hands of the
/// liquidation, or the venue has none. The accounts of the venue itself may.
fn check_debts(exchange: &Exchange, found: &mut Vec<Violation>) {
    if !exchange.state.config.liquidation.enabled || !exchange.state.touched.is_empty() {
        return;
    }
    for (account, state) in accounts(exchange).skip(Exchange::SYSTEM_ACCOUNTS as usize) {
        match state.mode {
            MarginMode::Cross | MarginMode::Portfolio => {
                let flat = state.positions.iter().all(|p| p.qty.is_zero());
                let equity = state.money() + exchange.state.collateral(state);
                if flat && equity < 0 && !state.health.in_liquidation() {
                    found.push(Violation::Debt { account, equity });
                }
            }
            MarginMode::Isolated => {
                let flat = state.positions.iter().filter(|p| p.qty.is_zero());
                let owing = flat.filter(|p| p.set_aside.0 < 0 && !p.health.in_liquidation());
                for position in owing {
                    let equity = i128::from(position.set_aside.0);
                    found.push(Violation::Debt { account, equity });
                }
            }
        }
    }
}
