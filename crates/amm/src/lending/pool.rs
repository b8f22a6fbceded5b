//! The market: its assets, accounts and prices.

use std::collections::BTreeMap;

use firesale_types::{AccountId, SimTime};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::config::{
    CategoryConfig, CategoryId, LendingConfig, PriceSource, ReserveConfig, ReserveId,
};
use super::crossing::Crossing;
use super::error::LendingError;
use super::math::{BASE_UNIT, MAX_PRICE, Round, mul_div};
use super::report::Counters;
use super::reserve::{Indices, Reserve};
use super::validate::ConfigError;

/// A lending market as a pure state machine: see the [module](super).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LendingPool {
    pub(crate) config: LendingConfig,
    pub(crate) reserves: Vec<Reserve>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    /// The price of each category that has one.
    pub(crate) category_prices: Vec<Option<u128>>,
    pub(crate) crossing: Crossing,
    pub(crate) counters: Counters,
}

impl LendingPool {
    /// Opens a market.
    ///
    /// # Errors
    /// What [`LendingConfig::validate`] finds.
    pub fn new(config: LendingConfig, now: SimTime) -> Result<Self, ConfigError> {
        config.validate()?;
        let reserves = config.reserves.iter();
        Ok(Self {
            reserves: reserves.map(|reserve| Reserve::new(reserve, now)).collect(),
            accounts: BTreeMap::new(),
            category_prices: vec![None; config.categories.len()],
            crossing: Crossing::default(),
            counters: Counters::default(),
            config,
        })
    }

    /// What the market is made of.
    #[must_use]
    pub fn config(&self) -> &LendingConfig {
        &self.config
    }

    /// The asset of that name.
    #[must_use]
    pub fn reserve_of(&self, symbol: &str) -> Option<ReserveId> {
        let mut symbols = self.config.reserves.iter();
        let at = symbols.position(|reserve| reserve.symbol == symbol)?;
        u16::try_from(at).ok().map(ReserveId)
    }

    /// All assets.
    pub fn reserve_ids(&self) -> impl Iterator<Item = ReserveId> + use<> {
        (0..self.reserves.len()).map(|at| ReserveId(at as u16))
    }

    /// An account; none if it has and owes nothing.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// All accounts that have or owe something, by number.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &Account)> {
        self.accounts.iter().map(|(id, account)| (*id, account))
    }

    /// What a supply is worth at `now`, rounded down.
    #[must_use]
    pub fn supply_of(&self, id: AccountId, reserve: ReserveId, now: SimTime) -> u128 {
        let scaled = self.account(id).map_or(0, |it| it.supplied(reserve));
        let index = self.indices(reserve, now);
        index.map_or(0, |index| {
            super::math::ray_mul(scaled, index.supply, Round::Down)
        })
    }

    /// What is owed at `now`, rounded up.
    #[must_use]
    pub fn debt_of(&self, id: AccountId, reserve: ReserveId, now: SimTime) -> u128 {
        let scaled = self.account(id).map_or(0, |it| it.owed(reserve));
        let index = self.indices(reserve, now);
        index.map_or(0, |index| {
            super::math::ray_mul(scaled, index.borrow, Round::Up)
        })
    }

    /// The indices of an asset at `now`.
    #[must_use]
    pub fn indices(&self, reserve: ReserveId, now: SimTime) -> Option<Indices> {
        let found = self.reserves.get(reserve.index());
        found.map(|reserve| reserve.indices(now))
    }

    /// The price of a whole token in the base currency with 8 decimals, as accounts outside any
    /// category see it.
    #[must_use]
    pub fn price(&self, reserve: ReserveId) -> Option<u128> {
        (reserve.index() < self.reserves.len()).then(|| self.price_for(reserve, None))
    }

    /// Feeds a price. Whether anything changed: a pegged asset ignores it.
    ///
    /// # Errors
    /// [`LendingError::BadPrice`], [`LendingError::UnknownReserve`].
    pub fn set_price(&mut self, reserve: ReserveId, price: u128) -> Result<bool, LendingError> {
        let config = self.reserve_config(reserve)?;
        let pegged = matches!(config.source, PriceSource::Pegged { .. });
        check_price(price)?;
        let held = &mut self.reserves[reserve.index()].price;
        let changes = !pegged && *held != price;
        if changes {
            *held = price;
        }
        Ok(changes)
    }

    /// Feeds the price of a category. Whether anything changed: a category without a source, or with
    /// a pegged one, ignores it.
    ///
    /// # Errors
    /// [`LendingError::BadPrice`], [`LendingError::UnknownCategory`].
    pub fn set_category_price(
        &mut self,
        category: CategoryId,
        price: u128,
    ) -> Result<bool, LendingError> {
        let config = self.category_config(category)?;
        let ignores = matches!(config.source, None | Some(PriceSource::Pegged { .. }));
        check_price(price)?;
        let held = &mut self.category_prices[category.index()];
        let changes = !ignores && *held != Some(price);
        if changes {
            *held = Some(price);
        }
        Ok(changes)
    }

    /// Freezes an asset or thaws it: no supply, no borrowing.
    ///
    /// # Errors
    /// [`LendingError::UnknownReserve`].
    pub fn set_frozen(&mut self, reserve: ReserveId, frozen: bool) -> Result<(), LendingError> {
        self.reserve_config(reserve)?;
        self.reserves[reserve.index()].frozen = frozen;
        Ok(())
    }

    /// Pauses an asset or resumes it: nothing happens in it but interest.
    ///
    /// # Errors
    /// [`LendingError::UnknownReserve`].
    pub fn set_paused(&mut self, reserve: ReserveId, paused: bool) -> Result<(), LendingError> {
        self.reserve_config(reserve)?;
        self.reserves[reserve.index()].paused = paused;
        Ok(())
    }

    /// Brings the interest of all assets to `now`. Operations do so for the assets they touch.
    pub fn accrue(&mut self, now: SimTime) {
        for (reserve, config) in self.reserves.iter_mut().zip(&self.config.reserves) {
            reserve.accrue(config, now);
            reserve.refresh_rates(config);
        }
    }

    /// The rules of an asset.
    pub(crate) fn reserve_config(&self, id: ReserveId) -> Result<&ReserveConfig, LendingError> {
        let found = self.config.reserves.get(id.index());
        found.ok_or(LendingError::UnknownReserve(id))
    }

    /// The rules of a category.
    pub(crate) fn category_config(&self, id: CategoryId) -> Result<&CategoryConfig, LendingError> {
        let found = self.config.categories.get(id.index());
        found.ok_or(LendingError::UnknownCategory(id))
    }

    /// Brings one known asset to `now`.
    pub(crate) fn accrue_one(&mut self, id: ReserveId, now: SimTime) {
        let at = id.index();
        self.reserves[at].accrue(&self.config.reserves[at], now);
    }

    /// Recomputes the rates of one known asset.
    pub(crate) fn refresh(&mut self, id: ReserveId) {
        let at = id.index();
        self.reserves[at].refresh_rates(&self.config.reserves[at]);
    }

    /// The price of a known asset for an account of a category.
    pub(crate) fn price_for(&self, id: ReserveId, category: Option<CategoryId>) -> u128 {
        if let Some(category) = category {
            let config = &self.config.categories[category.index()];
            if config.collateral.contains(&id) || config.borrowable.contains(&id) {
                let own = match config.source {
                    Some(PriceSource::Pegged { to, value }) => Some(self.pegged(to, value)),
                    _ => self.category_prices[category.index()],
                };
                if let Some(price) = own {
                    return price;
                }
            }
        }
        match self.config.reserves[id.index()].source {
            PriceSource::Pegged { to, value } => self.pegged(to, value),
            _ => self.reserves[id.index()].price,
        }
    }

    /// So many times another price; no peg leads to a peg.
    fn pegged(&self, to: Option<ReserveId>, value: u64) -> u128 {
        let Some(to) = to else {
            return u128::from(value);
        };
        let other = match self.config.reserves[to.index()].source {
            PriceSource::Pegged { value, .. } => u128::from(value),
            _ => self.reserves[to.index()].price,
        };
        mul_div(other, u128::from(value), BASE_UNIT, Round::Down).clamp(1, MAX_PRICE)
    }

    /// Changes an account, drops it if nothing is left, and keeps the index of breaches.
    pub(crate) fn put(&mut self, id: AccountId, account: Account) {
        let place = self.place(&account);
        self.crossing.put(id, place);
        if account.is_empty() && account.category.is_none() {
            self.accounts.remove(&id);
        } else {
            self.accounts.insert(id, account);
        }
    }
}

fn check_price(price: u128) -> Result<(), LendingError> {
    if price == 0 || price > MAX_PRICE {
        return Err(LendingError::BadPrice);
    }
    Ok(())
}
