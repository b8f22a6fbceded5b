//! What an account is worth, what it may owe, and how far it is from liquidation.
//!
//! Source: `GenericLogic` of Aave v3.5 (P), with its roundings: values of collateral down, of debt
//! up, the health factor half up to 18 decimals and four, then down.

use firesale_types::{AccountId, SimTime};
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::config::{CategoryId, ReserveId};
use super::math::{BPS, Round, WAD, divide, narrow_or_max, ray_mul, times, wide};
use super::pool::LendingPool;

/// Health factor of an account without debt.
pub const NO_DEBT: u128 = u128::MAX;

/// An account in the base currency (8 decimals).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What its collateral is worth.
    pub collateral: u128,
    /// What it owes.
    pub debt: u128,
    /// How much it may borrow against the collateral, in basis points (weighted mean, down).
    pub ltv_bps: u128,
    /// How much debt makes it liquidatable, in basis points (weighted mean, down).
    pub threshold_bps: u128,
    /// Threshold times collateral over debt, 18 decimals; [`NO_DEBT`] without debt. Below 10^18 the
    /// account is liquidatable.
    pub factor: u128,
}

impl Health {
    /// Whether the account may be liquidated.
    #[must_use]
    pub fn in_breach(&self) -> bool {
        self.factor < WAD
    }
}

/// Rates of an asset as collateral of one account, in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Risk {
    pub(crate) ltv: u128,
    pub(crate) threshold: u128,
    pub(crate) bonus: u128,
}

/// Sums over an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valuation {
    pub(crate) collateral: U256,
    pub(crate) debt: U256,
    /// Values times loan-to-value, in basis points.
    pub(crate) loan: U256,
    /// Values times threshold, in basis points.
    pub(crate) threshold: U256,
}

impl Valuation {
    pub(crate) fn factor(&self) -> u128 {
        if self.debt.is_zero() {
            return NO_DEBT;
        }
        let wads = times(self.threshold, wide(WAD));
        narrow_or_max(divide(wads, self.debt, Round::HalfUp) / wide(BPS))
    }

    /// A mean of rates, weighted by value.
    fn mean(&self, weighted: U256) -> u128 {
        if self.collateral.is_zero() {
            return 0;
        }
        narrow_or_max(weighted / self.collateral)
    }

    /// Whether a new loan stands: the collateral at its loan-to-value covers the debt, and the
    /// account is healthy.
    pub(crate) fn covers_loan(&self) -> bool {
        let ltv = self.mean(self.loan);
        if ltv == 0 {
            return false;
        }
        let needed = divide(times(self.debt, wide(BPS)), wide(ltv), Round::Up);
        self.factor() >= WAD && self.collateral >= needed
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            collateral: narrow_or_max(self.collateral),
            debt: narrow_or_max(self.debt),
            ltv_bps: self.mean(self.loan),
            threshold_bps: self.mean(self.threshold),
            factor: self.factor(),
        }
    }
}

impl LendingPool {
    /// Value, debt and health factor of an account at `now`; an unknown one has none.
    #[must_use]
    pub fn health(&self, id: AccountId, now: SimTime) -> Health {
        let empty = Account::default();
        let account = self.account(id).unwrap_or(&empty);
        self.value(account, now).health()
    }

    /// The health factor of an account at `now`, 18 decimals.
    #[must_use]
    pub fn health_factor(&self, id: AccountId, now: SimTime) -> u128 {
        self.account(id)
            .map_or(NO_DEBT, |account| self.value(account, now).factor())
    }

    /// The rates of a known asset as collateral of an account.
    pub(crate) fn risk(&self, id: ReserveId, category: Option<CategoryId>) -> Risk {
        let of = |ltv: u32, threshold: u32, bonus: u32| Risk {
            ltv: u128::from(ltv),
            threshold: u128::from(threshold),
            bonus: u128::from(bonus),
        };
        if let Some(category) = category {
            let config = &self.config.categories[category.index()];
            if config.collateral.contains(&id) {
                return of(
                    config.ltv_bps,
                    config.liquidation_threshold_bps,
                    config.liquidation_bonus_bps,
                );
            }
        }
        let config = &self.config.reserves[id.index()];
        of(
            config.ltv_bps,
            config.liquidation_threshold_bps,
            config.liquidation_bonus_bps,
        )
    }

    /// The sums over an account at `now`.
    pub(crate) fn value(&self, account: &Account, now: SimTime) -> Valuation {
        let mut sums = Valuation {
            collateral: U256::ZERO,
            debt: U256::ZERO,
            loan: U256::ZERO,
            threshold: U256::ZERO,
        };
        for supply in account.supplies.iter().filter(|supply| supply.collateral) {
            let risk = self.risk(supply.reserve, account.category);
            if risk.threshold == 0 {
                continue;
            }
            let index = self.reserves[supply.reserve.index()].indices(now).supply;
            let amount = ray_mul(supply.scaled, index, Round::Down);
            let worth = self.worth(supply.reserve, account.category, amount, Round::Down);
            sums.collateral += worth;
            sums.loan += times(worth, wide(risk.ltv));
            sums.threshold += times(worth, wide(risk.threshold));
        }
        for debt in &account.debts {
            let index = self.reserves[debt.reserve.index()].indices(now).borrow;
            let amount = ray_mul(debt.scaled, index, Round::Up);
            sums.debt += self.worth(debt.reserve, account.category, amount, Round::Up);
        }
        sums
    }

    /// An amount of a known asset in the base currency.
    pub(crate) fn worth(
        &self,
        id: ReserveId,
        category: Option<CategoryId>,
        amount: u128,
        round: Round,
    ) -> U256 {
        let price = self.price_for(id, category);
        let unit = self.reserves[id.index()].unit;
        divide(times(wide(amount), wide(price)), wide(unit), round)
    }

    /// The most that [`Self::borrow`] lends an account now; exact to a few smallest units, and never
    /// too much.
    #[must_use]
    pub fn max_borrow(&self, id: AccountId, reserve: ReserveId, now: SimTime) -> u128 {
        let (Some(account), Some(state)) = (self.account(id), self.reserves.get(reserve.index()))
        else {
            return 0;
        };
        let sums = self.value(account, now);
        let limit = times(sums.collateral, wide(sums.mean(sums.loan))) / wide(BPS);
        // Two units for the roundings of the debt's value.
        let room = limit.saturating_sub(sums.debt + U256::from(2));
        let price = wide(self.price_for(reserve, account.category));
        let amount = narrow_or_max(times(room, wide(state.unit)) / price);
        let index = state.indices(now).borrow;
        let cap = self.config.reserves[reserve.index()].borrow_cap;
        let headroom = cap.map_or(u128::MAX, |cap| {
            let lent = ray_mul(state.debt, index, Round::Up) + 1;
            (u128::from(cap) * state.unit).saturating_sub(lent)
        });
        amount.saturating_sub(2).min(state.cash).min(headroom)
    }

    /// The most that [`Self::withdraw`] gives an account now; exact to a few smallest units, and
    /// never too much.
    #[must_use]
    pub fn max_withdraw(&self, id: AccountId, reserve: ReserveId, now: SimTime) -> u128 {
        let (Some(account), Some(state)) = (self.account(id), self.reserves.get(reserve.index()))
        else {
            return 0;
        };
        let most = self.supply_of(id, reserve, now).min(state.cash);
        let risk = self.risk(reserve, account.category);
        let counts = account.supply(reserve).is_some_and(|it| it.collateral) && risk.threshold > 0;
        if account.debts.is_empty() || !counts {
            return most;
        }
        let sums = self.value(account, now);
        let needed = times(sums.debt, wide(BPS));
        let spare = sums.threshold.saturating_sub(needed) / wide(risk.threshold);
        let spare = spare.saturating_sub(U256::from(2));
        let price = wide(self.price_for(reserve, account.category));
        let amount = narrow_or_max(times(spare, wide(state.unit)) / price);
        amount.saturating_sub(2).min(most)
    }
}
