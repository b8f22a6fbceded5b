//! What charts and agents see of a market.

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

use super::config::ReserveId;
use super::math::{Round, narrow_or_max, ray_mul};
use super::pool::LendingPool;
use super::rates::Rates;

/// What has happened since the market opened; values in the base currency with 8 decimals, at the
/// prices of the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Liquidations by keepers.
    pub liquidations: u64,
    /// Accounts absorbed.
    pub absorptions: u64,
    /// Debt repaid by keepers or struck out by absorption.
    pub repaid: u128,
    /// Collateral taken for it.
    pub seized: u128,
    /// Debt written off.
    pub bad_debt: u128,
}

/// One asset at a moment, in smallest units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveReport {
    /// Tokens that lie in it: what can be withdrawn or borrowed.
    pub cash: u128,
    /// What suppliers are owed, the treasury and absorbed collateral included.
    pub supplied: u128,
    /// What borrowers owe.
    pub borrowed: u128,
    /// Borrowed over borrowed and cash, with 27 decimals.
    pub utilization: u128,
    /// Rates a year, with 27 decimals.
    pub rates: Rates,
    /// Debt written off and covered by nobody.
    pub deficit: u128,
    /// Debt of absorbed accounts whose collateral is not sold yet.
    pub absorbed: u128,
    /// All debt ever written off.
    pub bad_debt: u128,
    /// All deficit ever taken from the suppliers.
    pub socialized: u128,
    /// Set aside for deficits.
    pub insurance: u128,
    /// What the treasury has earned and not collected.
    pub treasury: u128,
    /// The price of a token in the base currency with 8 decimals.
    pub price: u128,
    /// No supply, no borrowing.
    pub frozen: bool,
    /// Nothing at all.
    pub paused: bool,
}

/// The whole market in the base currency with 8 decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketReport {
    /// What is supplied.
    pub supplied: u128,
    /// What is owed.
    pub borrowed: u128,
    /// What lies in the reserves.
    pub cash: u128,
    /// Debt written off and covered by nobody.
    pub deficit: u128,
}

/// Accounts whose health factor lies in one range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthBucket {
    /// How many.
    pub accounts: u64,
    /// What they owe, in the base currency with 8 decimals.
    pub debt: u128,
    /// What their collateral is worth.
    pub collateral: u128,
}

impl LendingPool {
    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// One asset at `now`; none if the market does not have it.
    #[must_use]
    pub fn reserve(&self, id: ReserveId, now: SimTime) -> Option<ReserveReport> {
        let config = self.config.reserves.get(id.index())?;
        let mut state = self.reserves.get(id.index())?.clone();
        state.accrue(config, now);
        let balance = state.balance();
        let supplied = |scaled: u128| ray_mul(scaled, state.index.supply, Round::Down);
        Some(ReserveReport {
            cash: state.cash,
            supplied: supplied(state.claims()),
            borrowed: balance.debt,
            utilization: balance.usage(),
            rates: config.rate.rates(&balance, config.reserve_factor_bps),
            deficit: state.deficit,
            absorbed: state.absorbed,
            bad_debt: state.bad_debt,
            socialized: state.socialized,
            insurance: state.insurance,
            treasury: supplied(state.treasury),
            price: self.price_for(id, None),
            frozen: state.frozen,
            paused: state.paused,
        })
    }

    /// The whole market at `now`.
    #[must_use]
    pub fn totals(&self, now: SimTime) -> MarketReport {
        let mut sums = MarketReport::default();
        for id in self.reserve_ids() {
            let Some(report) = self.reserve(id, now) else {
                continue;
            };
            let worth = |amount: u128| narrow_or_max(self.worth(id, None, amount, Round::Down));
            for (sum, amount) in [
                (&mut sums.supplied, report.supplied),
                (&mut sums.borrowed, report.borrowed),
                (&mut sums.cash, report.cash),
                (&mut sums.deficit, report.deficit),
            ] {
                *sum = sum.saturating_add(worth(amount));
            }
        }
        sums
    }

    /// How many accounts with debt have a health factor below each edge (18 decimals, ascending),
    /// and not below the one before; one bucket more for those above. Looks at all accounts.
    #[must_use]
    pub fn health_histogram(&self, now: SimTime, edges: &[u128]) -> Vec<HealthBucket> {
        let mut buckets = vec![HealthBucket::default(); edges.len() + 1];
        for account in self.accounts.values().filter(|it| !it.debts.is_empty()) {
            let health = self.value(account, now).health();
            let bucket = &mut buckets[edges.partition_point(|edge| *edge <= health.factor)];
            bucket.accounts += 1;
            bucket.debt = bucket.debt.saturating_add(health.debt);
            bucket.collateral = bucket.collateral.saturating_add(health.collateral);
        }
        buckets
    }
}
