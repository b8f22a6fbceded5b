//! Which accounts a price has brought into breach, without looking at the others.
//!
//! An account with one collateral and one debt is in breach where the price of the collateral over
//! that of the debt, both with their indices, falls below its own constant B / (C * threshold) of
//! scaled debt B and scaled collateral C. Neither prices nor interest move the constant, so the
//! accounts of a pair stay sorted by it, and those in breach are at the upper end. Accounts of any
//! other shape are looked at each time, as are debts below a cent.
//!
//! The sorting is in real numbers and the health factor in whole ones. The look-up therefore goes
//! further than the exact level, by the most that roundings can move the pair's smallest debt, and
//! decides by the health factor.

use std::collections::{BTreeMap, BTreeSet};

use firesale_types::{AccountId, SimTime};
use ruint::Uint;
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::config::{CategoryId, ReserveId};
use super::math::{BPS, RAY, Round, WAD, divide, ray_mul, times, wide};
use super::pool::LendingPool;

/// A product wider than 256 bits.
type Wider = Uint<512, 8>;

/// Bits after the point of a sorting constant.
const FRACTION: usize = 120;

/// Debts below this (a cent, in the base currency with 8 decimals) are looked at each time.
const SMALL: u64 = 1_000_000;

/// Accounts that breach in the order of one constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Pair {
    collateral: ReserveId,
    debt: ReserveId,
    category: Option<CategoryId>,
}

/// Where an account stands in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// It owes nothing.
    Nowhere,
    /// Looked at each time.
    General,
    /// Sorted.
    Sorted {
        pair: Pair,
        constant: U256,
        debt: u128,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    pair: Pair,
    by_constant: BTreeSet<(U256, AccountId)>,
    by_debt: BTreeSet<(u128, AccountId)>,
}

/// The index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Crossing {
    /// Sorted by pair; none is empty.
    groups: Vec<Group>,
    general: BTreeSet<AccountId>,
    places: BTreeMap<AccountId, Place>,
}

impl Crossing {
    /// Moves an account to its place.
    pub(crate) fn put(&mut self, id: AccountId, place: Place) {
        let old = match place {
            Place::Nowhere => self.places.remove(&id),
            _ => self.places.insert(id, place),
        };
        if old == Some(place) {
            return;
        }
        match old {
            Some(Place::General) => {
                self.general.remove(&id);
            }
            Some(Place::Sorted {
                pair,
                constant,
                debt,
            }) => self.remove(id, pair, constant, debt),
            Some(Place::Nowhere) | None => {}
        }
        match place {
            Place::Nowhere => {}
            Place::General => {
                self.general.insert(id);
            }
            Place::Sorted {
                pair,
                constant,
                debt,
            } => self.insert(id, pair, constant, debt),
        }
    }

    /// Where an account stands.
    pub(crate) fn place(&self, id: AccountId) -> Place {
        self.places.get(&id).copied().unwrap_or(Place::Nowhere)
    }

    /// How many accounts stand in it.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    fn insert(&mut self, id: AccountId, pair: Pair, constant: U256, debt: u128) {
        let at = match self.groups.binary_search_by_key(&pair, |group| group.pair) {
            Ok(at) => at,
            Err(at) => {
                let group = Group {
                    pair,
                    by_constant: BTreeSet::new(),
                    by_debt: BTreeSet::new(),
                };
                self.groups.insert(at, group);
                at
            }
        };
        self.groups[at].by_constant.insert((constant, id));
        self.groups[at].by_debt.insert((debt, id));
    }

    fn remove(&mut self, id: AccountId, pair: Pair, constant: U256, debt: u128) {
        if let Ok(at) = self.groups.binary_search_by_key(&pair, |group| group.pair) {
            self.groups[at].by_constant.remove(&(constant, id));
            self.groups[at].by_debt.remove(&(debt, id));
            if self.groups[at].by_constant.is_empty() {
                self.groups.remove(at);
            }
        }
    }
}

impl LendingPool {
    /// The accounts in breach at `now`, by number.
    #[must_use]
    pub fn liquidatable(&self, now: SimTime) -> Vec<AccountId> {
        self.breaches(now).0
    }

    /// The accounts in breach, and how many were looked at.
    pub(crate) fn breaches(&self, now: SimTime) -> (Vec<AccountId>, usize) {
        let mut found = Vec::new();
        let mut seen = 0;
        let mut look = |id: AccountId| {
            seen += 1;
            if self.health_factor(id, now) < WAD {
                found.push(id);
            }
        };
        for group in &self.crossing.groups {
            let from = (self.level(group, now), AccountId(0));
            for &(_, id) in group.by_constant.range(from..) {
                look(id);
            }
        }
        self.crossing.general.iter().copied().for_each(look);
        found.sort_unstable();
        (found, seen)
    }

    /// Where an account belongs in the index.
    pub(crate) fn place(&self, account: &Account) -> Place {
        if account.debts.is_empty() {
            return Place::Nowhere;
        }
        let category = account.category;
        let counts = |supply: &&super::account::Supply| {
            supply.collateral && self.risk(supply.reserve, category).threshold > 0
        };
        let mut collaterals = account.supplies.iter().filter(counts);
        let ([debt], Some(collateral), None) =
            (&account.debts[..], collaterals.next(), collaterals.next())
        else {
            return Place::General;
        };
        let owed = ray_mul(
            debt.scaled,
            self.reserves[debt.reserve.index()].index.borrow,
            Round::Down,
        );
        if self.worth(debt.reserve, category, owed, Round::Down) < U256::from(SMALL) {
            return Place::General;
        }
        let threshold = self.risk(collateral.reserve, category).threshold;
        let numerator = times(wide(debt.scaled), wide(BPS)) << FRACTION;
        let denominator = times(wide(collateral.scaled), wide(threshold));
        Place::Sorted {
            pair: Pair {
                collateral: collateral.reserve,
                debt: debt.reserve,
                category,
            },
            constant: numerator / denominator,
            debt: debt.scaled,
        }
    }

    /// All accounts of the group that may be in breach have at least this constant.
    ///
    /// Collateral is valued at most p/u + 1 too low and debt at most p/u + 1 too high (price p,
    /// token unit u), so with e for both and d for the smallest debt's value, in breach means
    /// threshold * collateral < debt * (1 + e / d) in real numbers.
    fn level(&self, group: &Group, now: SimTime) -> U256 {
        let pair = group.pair;
        let side = |id: ReserveId| {
            let state = &self.reserves[id.index()];
            (
                self.price_for(id, pair.category),
                state.unit,
                state.indices(now),
            )
        };
        let (price_c, unit_c, index_c) = side(pair.collateral);
        let (price_d, unit_d, index_d) = side(pair.debt);
        let smallest = group.by_debt.first().map_or(0, |(debt, _)| *debt);
        let owed = times(wide(smallest), wide(index_d.borrow)) / wide(RAY);
        // A smaller one only widens the search.
        let least = (times(owed, wide(price_d)) / wide(unit_d)).min(U256::from(1_u128 << 100));
        let unseen = divide(wide(price_c), wide(unit_c), Round::Up)
            + divide(wide(price_d), wide(unit_d), Round::Up)
            + U256::from(2);
        let above = product(&[wide(index_c.supply), wide(price_c), wide(unit_d), least]);
        let below = product(&[
            wide(index_d.borrow),
            wide(price_d),
            wide(unit_c),
            least + unseen,
        ]);
        let level = (above << FRACTION) / below;
        U256::saturating_from(level)
    }
}

/// At most 324 bits: an index has 100, a price and a unit 64 and 60, the value 100.
fn product(factors: &[U256]) -> Wider {
    let factors = factors.iter().map(|factor| Wider::from(*factor));
    factors.fold(Wider::from(1_u64), |product, factor| product * factor)
}
