//! Tokens lent against collateral in vaults, as DAI is.
//!
//! A vault whose collateral is worth less than the liquidation ratio times its debt is liquidated at
//! once: its debt, with a penalty, is to be raised by an auction of the collateral. What an auction
//! does not raise is uncovered debt; stability fees and penalties are a surplus that pays for it,
//! and what is left is raised by auctioning new governance tokens. A peg module swaps one for one
//! against another stable asset. In a collateral crash the token is bought back to repay debt, so
//! that it trades at a premium.
//!
//! The books, in units: debt in vaults, uncovered debt and the peg module's holdings are the tokens
//! there are and the surplus.

mod auction;
mod config;
mod desk;
mod interface;
mod liquidation;

use std::collections::{BTreeMap, BTreeSet};

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

pub use auction::{Auction, Bid};
pub use config::{
    AuctionRule, CollateralizedConfig, DebtAuctionRule, PegModule, RisingRule, VaultAtStart,
};

use auction::times;

use crate::audit::Violation;
use crate::kind::check_amount;
use crate::supply::Supply;
use crate::units::{Amount, Money, mul_div};
use crate::{AuctionId, CollateralEvent, ConfigError, HolderId, IssuerError, UnitPrice};

/// The index of debt at the start.
const INDEX_ONE: u128 = 1_000_000_000_000_000_000;
/// Nanoseconds of 365 days.
const YEAR_NS: u128 = 365 * 86_400 * 1_000_000_000;

/// One vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vault {
    /// Units of collateral.
    pub collateral: Amount,
    /// Tokens owed when it was last touched.
    pub debt: Amount,
    /// The index of debt then.
    pub index: u128,
}

/// A collateralized issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollateralizedIssuer {
    config: CollateralizedConfig,
    supply: Supply,
    price: UnitPrice,
    vaults: BTreeMap<HolderId, Vault>,
    /// Vaults with debt by collateral over debt: the order does not change with price or fees.
    order: BTreeSet<(u128, HolderId)>,
    index: u128,
    accrued: SimTime,
    debt: Amount,
    uncovered: Amount,
    surplus: Amount,
    holds: Money,
    collateral: Amount,
    auctions: BTreeMap<AuctionId, Auction>,
    next_auction: u32,
    is_suspended: bool,
}

impl CollateralizedIssuer {
    /// The issuer at the start. Vaults that are unsafe then are liquidated by the first event.
    ///
    /// # Errors
    /// As [`CollateralizedConfig::validate`].
    pub fn new(config: CollateralizedConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut issuer = Self {
            supply: Supply::new(config.supply),
            price: config.price,
            vaults: BTreeMap::new(),
            order: BTreeSet::new(),
            index: INDEX_ONE,
            accrued: SimTime::ZERO,
            debt: 0,
            uncovered: 0,
            surplus: 0,
            holds: config.peg_module.map_or(0, |module| module.holds),
            collateral: 0,
            auctions: BTreeMap::new(),
            next_auction: 0,
            is_suspended: false,
            config,
        };
        for vault in issuer.config.vaults.clone() {
            let sum = issuer.collateral.checked_add(vault.collateral);
            let many = || ConfigError::new("vaults", "hold more collateral than fits");
            issuer.collateral = sum.ok_or_else(many)?;
            issuer.debt += vault.debt;
            let index = INDEX_ONE;
            let (collateral, debt) = (vault.collateral, vault.debt);
            issuer.put(
                vault.holder,
                Vault {
                    collateral,
                    debt,
                    index,
                },
            );
        }
        Ok(issuer)
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &CollateralizedConfig {
        &self.config
    }

    /// A holder's vault, with its debt as of now.
    #[must_use]
    pub fn vault(&self, holder: HolderId) -> Option<Vault> {
        let mut vault = *self.vaults.get(&holder)?;
        vault.debt = self.debt_now(&vault);
        vault.index = self.index;
        Some(vault)
    }

    /// Auctions that are not over.
    #[must_use]
    pub const fn auctions(&self) -> &BTreeMap<AuctionId, Auction> {
        &self.auctions
    }

    /// The price at which a falling auction sells now; zero for a rising one.
    #[must_use]
    pub fn auction_price(&self, auction: AuctionId, now: SimTime) -> Option<UnitPrice> {
        let auction = self.auctions.get(&auction)?;
        Some(auction.price(&self.config.auction, now))
    }

    /// Fees and penalties that no debt has used up.
    #[must_use]
    pub const fn surplus(&self) -> Amount {
        self.surplus
    }

    /// Debt without a vault: in auctions, or left over by them.
    #[must_use]
    pub const fn uncovered(&self) -> Amount {
        self.uncovered
    }

    /// What the peg module holds.
    #[must_use]
    pub const fn holds(&self) -> Money {
        self.holds
    }

    /// Token units at par times this are collateral units times a [`UnitPrice`].
    const fn unit(&self) -> u128 {
        10_u128.pow(18 + self.config.collateral_decimals.0 as u32 - self.config.decimals.0 as u32)
    }

    fn worth(&self, collateral: Amount) -> Amount {
        let worth = mul_div(collateral, self.price.0, self.unit(), Rounding::Floor);
        worth.unwrap_or(Amount::MAX)
    }

    fn debt_now(&self, vault: &Vault) -> Amount {
        let debt = mul_div(vault.debt, self.index, vault.index, Rounding::Ceil);
        debt.unwrap_or(Amount::MAX / 16)
    }

    fn is_safe(&self, collateral: Amount, debt: Amount) -> bool {
        let needed = times(debt, self.config.liquidation_ratio, Rounding::Ceil);
        debt == 0 || needed.is_some_and(|needed| self.worth(collateral) >= needed)
    }

    /// Where a vault stands in the order of liquidation.
    fn key(vault: &Vault) -> u128 {
        let normal = mul_div(vault.debt, INDEX_ONE, vault.index, Rounding::Ceil);
        let key = mul_div(
            vault.collateral,
            INDEX_ONE,
            normal.unwrap_or(1),
            Rounding::Floor,
        );
        key.unwrap_or(u128::MAX)
    }

    fn put(&mut self, holder: HolderId, vault: Vault) {
        if vault.debt > 0 {
            self.order.insert((Self::key(&vault), holder));
        }
        if vault.debt > 0 || vault.collateral > 0 {
            self.vaults.insert(holder, vault);
        }
    }

    /// Takes a vault out and books its stability fee.
    fn take(&mut self, holder: HolderId) -> Option<Vault> {
        let mut vault = self.vaults.remove(&holder)?;
        self.order.remove(&(Self::key(&vault), holder));
        let debt = self.debt_now(&vault);
        self.debt += debt - vault.debt;
        self.surplus += debt - vault.debt;
        vault.debt = debt;
        vault.index = self.index;
        Some(vault)
    }

    fn advance(&mut self, now: SimTime) {
        let elapsed = now.since(self.accrued).0 as u128;
        let growth = self.config.stability_fee.0 as u128 * elapsed;
        let year = YEAR_NS * Rate::ONE.0 as u128;
        let step = mul_div(self.index, growth, year, Rounding::Floor);
        self.index += step.unwrap_or(0);
        self.accrued = now;
    }

    fn check_collateral(&self, event: CollateralEvent) -> Result<(), IssuerError> {
        match event {
            CollateralEvent::Deposit { units, .. } => {
                let sum = self.collateral.checked_add(units);
                sum.map(|_| ()).ok_or(IssuerError::OutOfRange("units"))
            }
            CollateralEvent::Repay { amount, .. } | CollateralEvent::Bid { amount, .. } => {
                check_amount(amount, self.supply.outstanding() - self.supply.escrow)
            }
            CollateralEvent::Withdraw { .. } | CollateralEvent::Draw { .. } => Ok(()),
        }
    }

    fn audit_vaults(&self) -> Result<(), Violation> {
        let debt = self.vaults.values().map(|vault| vault.debt).sum();
        let in_vaults: Amount = self.vaults.values().map(|vault| vault.collateral).sum();
        let secured = self
            .auctions
            .values()
            .filter(|auction| auction.owner.is_some());
        let in_auctions: Amount = secured.map(|auction| auction.lot).sum();
        let due: Amount = self.auctions.values().map(|auction| auction.due).sum();
        let totals = [
            ("debt", debt, self.debt),
            ("collateral", in_vaults + in_auctions, self.collateral),
            ("debt in auctions", due.min(self.uncovered), due),
        ];
        for (what, found, expected) in totals {
            if found != expected {
                return Err(Violation::Total {
                    what,
                    found,
                    expected,
                });
            }
        }
        for (holder, vault) in &self.vaults {
            if !self.is_safe(vault.collateral, self.debt_now(vault)) {
                return Err(Violation::Unnoticed { holder: holder.0 });
            }
        }
        Ok(())
    }
}
