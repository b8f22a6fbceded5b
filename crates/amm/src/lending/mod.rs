//! Lending markets: supply, debt, health factor, liquidation, bad debt.
//!
//! # Model
//!
//! * Suppliers bring tokens into a reserve and borrowers take them against other tokens. Balances
//!   are stored scaled; two indices turn them into amounts. Debt compounds at a rate that is kinked
//!   in the utilisation; supply earns what the borrowers of the reserve pay, less the treasury's
//!   part. At full utilisation nobody can withdraw: the market is frozen in fact.
//! * An account's health factor is the value of its collateral, each times its liquidation
//!   threshold, over the value of its debt. Below 1 anybody may repay up to the close factor and
//!   take collateral with a bonus; or, as an option of the market, the market absorbs the account
//!   and sells its collateral at a discount.
//! * When the collateral is gone, what is left of the debt is written off: insurance first, then a
//!   deficit that stands in the reserve or is shared by its suppliers.
//! * Prices are fed from outside; each asset names its source. A pegged one ignores what it is fed,
//!   and so does not see a depeg. Categories (e-mode) replace rates, and prices if so configured.
//! * Accounts in breach are found without a scan of all accounts (an index sorted by the price at
//!   which each crosses).
//!
//! Values are in the market's base currency with 8 decimals, amounts in smallest units, rates and
//! indices with 27 decimals, health factors with 18, shares in basis points.
//!
//! # Invariants
//!
//! * All integers; the same calls give the same state. Time is an argument and never goes back: a
//!   call with an earlier time accrues nothing.
//! * Roundings favour the reserve; what they leave is named ([`Dust`]), and [`LendingPool::audit`]
//!   proves the books to the last unit.
//! * A healthy account is not liquidated; nobody is taken more collateral than he has.
//!
//! Source of rules and roundings: the contracts of Aave v3.5 as published; Compound III for
//! absorption. Grades behind figures: P primary, R research, M remembered and unverified.
//!
//! # Absent
//!
//! Isolation and siloed borrowing, flash loans, delegation, transfers of claims, the oracle sentinel
//! and grace periods; changes of risk parameters while the market runs; target reserves of Compound.
//!
//! ```
//! use firesale_amm::lending::{LendingConfig, LendingPool, ReserveConfig, ReserveId};
//! use firesale_types::{AccountId, SimTime};
//!
//! let coin = ReserveConfig {
//!     ltv_bps: 7_500,
//!     liquidation_threshold_bps: 8_000,
//!     liquidation_bonus_bps: 500,
//!     collateral: true,
//!     price: 2_000 * 100_000_000,
//!     ..ReserveConfig::plain("COIN", 18)
//! };
//! let dollar = ReserveConfig { borrowable: true, ..ReserveConfig::plain("USD", 6) };
//! let config = LendingConfig { reserves: vec![coin, dollar], ..LendingConfig::default() };
//! let mut pool = LendingPool::new(config, SimTime::ZERO)?;
//! let (coin, dollar) = (ReserveId(0), ReserveId(1));
//! let (saver, borrower) = (AccountId(1), AccountId(2));
//! let now = SimTime::ZERO;
//! pool.supply(now, saver, dollar, 1_000_000_000_000)?;
//! pool.supply(now, borrower, coin, 1_000_000_000_000_000_000)?;
//! pool.borrow(now, borrower, dollar, 1_500_000_000)?;
//! assert!(pool.liquidatable(now).is_empty());
//! // 1,800 * 0.8 / 1,500 = 0.96.
//! pool.set_price(coin, 1_800 * 100_000_000)?;
//! assert_eq!(pool.health_factor(borrower, now), 960_000_000_000_000_000);
//! assert_eq!(pool.liquidatable(now), [borrower]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod absorption;
mod account;
mod actions;
mod audit;
mod config;
mod crossing;
mod deficit;
mod error;
mod health;
mod liquidation;
mod math;
mod pool;
mod rates;
mod report;
mod reserve;
mod validate;

#[cfg(test)]
mod tests;

pub use absorption::{Absorption, Sale};
pub use account::{Account, Debt, Supply};
pub use actions::ALL;
pub use audit::{AuditError, Books};
pub use config::{
    BadDebtRule, CategoryConfig, CategoryId, LendingConfig, LiquidationRule, PriceSource,
    RateConfig, ReserveConfig, ReserveId,
};
pub use error::LendingError;
pub use health::{Health, NO_DEBT};
pub use liquidation::{Liquidation, LiquidationCall, Receive};
pub use math::{BASE_UNIT, BPS, MAX_INDEX, MAX_PRICE, MAX_TOKENS, RAY, WAD};
pub use pool::LendingPool;
pub use rates::{Balance, Rates, compound_growth, linear_growth};
pub use report::{Counters, HealthBucket, MarketReport, ReserveReport};
pub use reserve::{Dust, Flows, Indices};
pub use validate::ConfigError;
