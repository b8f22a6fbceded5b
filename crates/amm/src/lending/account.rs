//! What one account has and owes.

use serde::{Deserialize, Serialize};

use super::config::{CategoryId, ReserveId};

/// A supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Of which asset.
    pub reserve: ReserveId,
    /// Scaled: times the supply index it is the balance.
    pub scaled: u128,
    /// Whether its holder lets it count as collateral.
    pub collateral: bool,
}

/// A debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// Of which asset.
    pub reserve: ReserveId,
    /// Scaled: times the borrow index it is the balance.
    pub scaled: u128,
}

/// An account: few entries, sorted by asset, none of them zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it has supplied.
    pub supplies: Vec<Supply>,
    /// What it owes.
    pub debts: Vec<Debt>,
    /// Its e-mode category.
    pub category: Option<CategoryId>,
}

impl Account {
    /// What it has supplied of an asset, scaled.
    #[must_use]
    pub fn supplied(&self, reserve: ReserveId) -> u128 {
        self.supply(reserve).map_or(0, |supply| supply.scaled)
    }

    /// Its supply of an asset.
    #[must_use]
    pub fn supply(&self, reserve: ReserveId) -> Option<&Supply> {
        self.supplies.iter().find(|entry| entry.reserve == reserve)
    }

    /// What it owes of an asset, scaled.
    #[must_use]
    pub fn owed(&self, reserve: ReserveId) -> u128 {
        let debt = self.debts.iter().find(|entry| entry.reserve == reserve);
        debt.map_or(0, |debt| debt.scaled)
    }

    /// Whether it has and owes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.supplies.is_empty() && self.debts.is_empty()
    }

    /// Adds to a supply; a new one counts as collateral or not.
    pub(crate) fn add_supply(&mut self, reserve: ReserveId, scaled: u128, collateral: bool) {
        if scaled == 0 {
            return;
        }
        match self.supplies.binary_search_by_key(&reserve, |s| s.reserve) {
            Ok(at) => self.supplies[at].scaled += scaled,
            Err(at) => self.supplies.insert(
                at,
                Supply {
                    reserve,
                    scaled,
                    collateral,
                },
            ),
        }
    }

    /// Takes from a supply that is at least so large.
    pub(crate) fn take_supply(&mut self, reserve: ReserveId, scaled: u128) {
        if let Ok(at) = self.supplies.binary_search_by_key(&reserve, |s| s.reserve) {
            self.supplies[at].scaled -= scaled;
            if self.supplies[at].scaled == 0 {
                self.supplies.remove(at);
            }
        }
    }

    /// Adds to a debt.
    pub(crate) fn add_debt(&mut self, reserve: ReserveId, scaled: u128) {
        match self.debts.binary_search_by_key(&reserve, |d| d.reserve) {
            Ok(at) => self.debts[at].scaled += scaled,
            Err(at) => self.debts.insert(at, Debt { reserve, scaled }),
        }
    }

    /// Takes from a debt that is at least so large.
    pub(crate) fn take_debt(&mut self, reserve: ReserveId, scaled: u128) {
        if let Ok(at) = self.debts.binary_search_by_key(&reserve, |d| d.reserve) {
            self.debts[at].scaled -= scaled;
            if self.debts[at].scaled == 0 {
                self.debts.remove(at);
            }
        }
    }
}
