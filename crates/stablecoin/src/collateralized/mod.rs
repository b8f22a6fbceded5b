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

use std::collections::{BTreeMap, BTreeSet};

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

pub use auction::{Auction, Bid};
pub use config::{
    AuctionRule, CollateralizedConfig, DebtAuctionRule, PegModule, RisingRule, VaultAtStart,
};

use auction::times;

use crate::audit::{Violation, balanced, not_negative, supplied};
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, unknown, wrong};
use crate::supply::Supply;
use crate::units::{Amount, MONEY_MAX, Money, mul_div, part_up};
use crate::{
    Attestation, AuctionId, Backing, CollateralEvent, ConfigError, Decimals, Gate, HolderId,
    IssuerEffect, IssuerError, IssuerEvent, PublicView, Refusal, TierView, UnitPrice,
};

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

    /// Liquidates what is unsafe, lets auctions end, and settles uncovered debt with the surplus.
    fn work(&mut self, now: SimTime, effects: &mut Effects) {
        let mut safe: Option<u128> = None;
        let unsafe_ones: Vec<HolderId> = self
            .order
            .iter()
            .take_while(|(key, holder)| {
                let vault = &self.vaults[holder];
                if self.is_safe(vault.collateral, self.debt_now(vault)) {
                    safe = safe.or(Some(*key));
                }
                // A little beyond the first safe one: near it the order is as good as rounding.
                safe.is_none_or(|first| *key <= first.saturating_add(first >> 17).saturating_add(2))
            })
            .map(|(_, holder)| *holder)
            .collect();
        for holder in unsafe_ones {
            let vault = self.vaults[&holder];
            if !self.is_safe(vault.collateral, self.debt_now(&vault)) {
                self.liquidate(holder, now, effects);
            }
        }
        self.end_auctions(now, effects);
        let in_auctions: Amount = self.auctions.values().map(|auction| auction.due).sum();
        let healed = (self.uncovered - in_auctions).min(self.surplus);
        self.uncovered -= healed;
        self.surplus -= healed;
        let tab = self.config.debt_auction.tab;
        if self.uncovered - in_auctions >= tab {
            let lot = self.config.debt_auction.lot;
            self.start(None, lot, tab, tab, now, effects);
        }
    }

    fn liquidate(&mut self, holder: HolderId, now: SimTime, effects: &mut Effects) {
        let Some(vault) = self.take(holder) else {
            return;
        };
        let penalty = Rate::ONE + self.config.penalty;
        let tab = times(vault.debt, penalty, Rounding::Ceil).unwrap_or(vault.debt);
        self.debt -= vault.debt;
        self.uncovered += vault.debt;
        self.start(
            Some(holder),
            vault.collateral,
            tab,
            vault.debt,
            now,
            effects,
        );
    }

    fn start(
        &mut self,
        owner: Option<HolderId>,
        lot: Amount,
        tab: Amount,
        due: Amount,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let auction = AuctionId(self.next_auction);
        self.next_auction += 1;
        let top = self.top();
        let (raised, best, since) = (0, None, now);
        let opened = Auction {
            owner,
            lot,
            tab,
            due,
            raised,
            since,
            top,
            best,
        };
        self.auctions.insert(auction, opened);
        effects.push(IssuerEffect::AuctionStarted {
            auction,
            owner,
            lot,
            tab,
        });
    }

    fn top(&self) -> UnitPrice {
        let AuctionRule::Falling { start, .. } = self.config.auction else {
            return self.price;
        };
        UnitPrice(
            times(self.price.0, start, Rounding::Floor)
                .unwrap_or(self.price.0)
                .max(1),
        )
    }

    /// The rule by which an auction ends by itself, if it is a rising one.
    fn rising(&self, auction: &Auction) -> Option<RisingRule> {
        match (auction.owner, self.config.auction) {
            (None, _) => Some(self.config.debt_auction.rule),
            (Some(_), AuctionRule::Rising(rule)) => Some(rule),
            (Some(_), AuctionRule::Falling { .. }) => None,
        }
    }

    fn end_auctions(&mut self, now: SimTime, effects: &mut Effects) {
        let ids: Vec<AuctionId> = self.auctions.keys().copied().collect();
        for id in ids {
            let mut auction = self.auctions[&id];
            let over = match self.rising(&auction) {
                Some(rule) => now >= auction.ends(&rule),
                None => auction.price(&self.config.auction, now).0 == 0,
            };
            if !over {
                continue;
            }
            if let Some(best) = auction.best {
                self.settle(id, auction, best, effects);
                continue;
            }
            if auction.owner.is_none() {
                auction.lot = auction.lot.saturating_add(auction.lot / 2);
            }
            auction.since = now;
            auction.top = self.top();
            let Auction {
                owner, lot, tab, ..
            } = auction;
            self.auctions.insert(id, auction);
            let auction = id;
            effects.push(IssuerEffect::AuctionStarted {
                auction,
                owner,
                lot,
                tab,
            });
        }
    }

    /// Tokens out of escrow cover debt; what is more is surplus.
    fn cover(&mut self, auction: &mut Auction, amount: Amount, effects: &mut Effects) {
        let covered = amount.min(auction.due);
        auction.due -= covered;
        auction.tab -= amount;
        auction.raised += amount;
        self.uncovered -= covered;
        self.surplus += amount - covered;
        self.supply.burn(amount);
        effects.push(IssuerEffect::BurnTokens { amount });
    }

    /// The best bid of a rising auction wins.
    fn settle(&mut self, id: AuctionId, mut auction: Auction, best: Bid, effects: &mut Effects) {
        self.cover(&mut auction, best.amount, effects);
        match auction.owner {
            None => {
                let (to, units) = (best.holder, best.lot);
                effects.push(IssuerEffect::MintGovernance { to, units });
            }
            Some(_) => self.release(best.holder, best.lot, effects),
        }
        auction.lot -= best.lot;
        self.end(id, auction, effects);
    }

    fn end(&mut self, id: AuctionId, auction: Auction, effects: &mut Effects) {
        if let (Some(owner), 1..) = (auction.owner, auction.lot) {
            self.release(owner, auction.lot, effects);
        }
        self.auctions.remove(&id);
        effects.push(IssuerEffect::AuctionEnded {
            auction: id,
            raised: auction.raised,
            shortfall: auction.due,
        });
    }

    fn release(&mut self, to: HolderId, units: Amount, effects: &mut Effects) {
        self.collateral -= units;
        effects.push(IssuerEffect::ReleaseCollateral { to, units });
    }

    fn bid(&mut self, id: AuctionId, bid: Bid, effects: &mut Effects) -> Result<(), Refusal> {
        let mut auction = *self.auctions.get(&id).ok_or(Refusal::NoAuction)?;
        if let Some(rule) = self.rising(&auction) {
            auction.beats(&bid, &rule)?;
            if let Some(beaten) = auction.best.replace(bid) {
                self.give_back(beaten.holder, beaten.amount, effects);
            }
            self.auctions.insert(id, auction);
            return Ok(());
        }
        let price = auction.price(&self.config.auction, bid.at);
        let take = auction.take(bid.amount, bid.lot, price, self.unit());
        let take = take.ok_or(Refusal::BidTooLow)?;
        self.cover(&mut auction, take.cost, effects);
        auction.lot -= take.lot;
        self.release(bid.holder, take.lot, effects);
        if bid.amount > take.cost {
            self.give_back(bid.holder, bid.amount - take.cost, effects);
        }
        if auction.tab == 0 || auction.lot == 0 {
            self.end(id, auction, effects);
        } else {
            self.auctions.insert(id, auction);
        }
        Ok(())
    }

    fn give_back(&mut self, to: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to, amount });
    }

    fn withdraw(&mut self, holder: HolderId, units: Amount, effects: &mut Effects) {
        let Some(mut vault) = self.take(holder) else {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        };
        let left = vault.collateral.checked_sub(units);
        match left {
            Some(left) if self.is_safe(left, vault.debt) => {
                vault.collateral = left;
                self.release(holder, units, effects);
            }
            Some(_) => {
                let reason = Refusal::Undercollateralized;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
            None => {
                let reason = Refusal::Insufficient;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
        }
        self.put(holder, vault);
    }

    fn draw(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        let taken = self.take(holder);
        let mut vault = taken.unwrap_or(Vault {
            collateral: 0,
            debt: 0,
            index: self.index,
        });
        let debt = vault.debt.saturating_add(amount);
        let total = self.debt.saturating_add(amount);
        let room = self
            .supply
            .has_room(amount, self.config.decimals.supply_max());
        let reason = if total > self.config.ceiling || !room {
            Some(Refusal::OverCeiling)
        } else if debt < self.config.debt_min || amount == 0 {
            Some(Refusal::BelowMinimum)
        } else if !self.is_safe(vault.collateral, debt) {
            Some(Refusal::Undercollateralized)
        } else {
            None
        };
        match reason {
            Some(reason) => effects.push(IssuerEffect::Refused { holder, reason }),
            None => {
                vault.debt = debt;
                self.debt = total;
                self.supply.mint(amount);
                effects.push(IssuerEffect::MintTokens { to: holder, amount });
            }
        }
        self.put(holder, vault);
    }

    fn repay(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow += amount;
        let taken = self.take(holder);
        let paid = taken.map_or(0, |vault| vault.debt.min(amount));
        let left = taken.map_or(0, |vault| vault.debt - paid);
        let refusal = match left {
            _ if paid == 0 => Some(Refusal::NothingThere),
            1.. if left < self.config.debt_min => Some(Refusal::BelowMinimum),
            _ => None,
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            self.give_back(holder, amount, effects);
        } else {
            self.debt -= paid;
            self.supply.burn(paid);
            effects.push(IssuerEffect::BurnTokens { amount: paid });
            if amount > paid {
                self.give_back(holder, amount - paid, effects);
            }
        }
        if let Some(mut vault) = taken {
            vault.debt = if refusal.is_none() { left } else { vault.debt };
            self.put(holder, vault);
        }
    }

    fn collateral_event(&mut self, now: SimTime, event: CollateralEvent, effects: &mut Effects) {
        match event {
            CollateralEvent::Deposit { holder, units } => {
                let taken = self.take(holder);
                let mut vault = taken.unwrap_or(Vault {
                    collateral: 0,
                    debt: 0,
                    index: self.index,
                });
                vault.collateral += units;
                self.collateral += units;
                self.put(holder, vault);
            }
            CollateralEvent::Withdraw { holder, units } => self.withdraw(holder, units, effects),
            CollateralEvent::Draw { holder, amount } => self.draw(holder, amount, effects),
            CollateralEvent::Repay { holder, amount } => self.repay(holder, amount, effects),
            CollateralEvent::Bid {
                holder,
                auction,
                amount,
                lot,
            } => {
                self.supply.escrow += amount;
                let bid = Bid {
                    holder,
                    amount,
                    lot,
                    at: now,
                };
                if let Err(reason) = self.bid(auction, bid, effects) {
                    effects.push(IssuerEffect::Refused { holder, reason });
                    self.give_back(holder, amount, effects);
                }
            }
        }
    }

    /// One for one into the peg module.
    fn mint(&mut self, holder: HolderId, usd: Money, effects: &mut Effects) {
        let answer = match self.config.peg_module {
            None => Err(Refusal::NotOffered),
            Some(module) if self.holds + usd > module.ceiling => Err(Refusal::OverCeiling),
            Some(module) => {
                let fee = part_up(usd, module.fee_in);
                let amount = self.config.decimals.at_par(usd - fee);
                let room = self
                    .supply
                    .has_room(amount, self.config.decimals.supply_max());
                match (amount, room) {
                    (0, _) => Err(Refusal::BelowMinimum),
                    (_, false) => Err(Refusal::OutOfRange),
                    (_, true) => Ok((amount, fee)),
                }
            }
        };
        match answer {
            Ok((amount, fee)) => {
                self.holds += usd;
                self.surplus += self.config.decimals.at_par(fee);
                self.supply.mint(amount);
                effects.push(IssuerEffect::MintTokens { to: holder, amount });
            }
            Err(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
            }
        }
    }

    /// One for one out of the peg module, at once or not at all.
    fn redeem(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow += amount;
        let (gross, _) = self.config.decimals.par(amount);
        let fee = self
            .config
            .peg_module
            .map_or(Rate::ZERO, |module| module.fee_out);
        let usd = gross - part_up(gross, fee);
        let refusal = if self.config.peg_module.is_none() {
            Some(Refusal::NotOffered)
        } else if self.is_suspended {
            Some(Refusal::Suspended)
        } else if usd == 0 {
            Some(Refusal::BelowMinimum)
        } else if usd > self.holds {
            Some(Refusal::Insufficient)
        } else {
            None
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            self.give_back(holder, amount, effects);
            return;
        }
        self.holds -= usd;
        // The fee, and the rest below a micro-dollar.
        self.surplus += amount - self.config.decimals.at_par(usd);
        self.supply.burn(amount);
        effects.push(IssuerEffect::BurnTokens { amount });
        effects.push(IssuerEffect::Pay { to: holder, usd });
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

impl Kind for CollateralizedIssuer {
    const NAME: &'static str = "collateralized";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        match *event {
            IssuerEvent::Mint { usd, .. } => check_money(usd, "usd"),
            IssuerEvent::Redeem { amount, .. } => {
                check_amount(amount, self.supply.outstanding() - self.supply.escrow)
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                unknown(tier.0 == 0, "peg module", u32::from(tier.0))?;
                check_money(usd, "usd")
            }
            IssuerEvent::Prices(prices) => match prices.collateral {
                Some((tier, price)) => {
                    unknown(tier.0 == 0, "collateral", u32::from(tier.0))?;
                    price.check("collateral")
                }
                None => Ok(()),
            },
            IssuerEvent::Collateral(event) => self.check_collateral(event),
            IssuerEvent::Cancel { .. }
            | IssuerEvent::Tick
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
            IssuerEvent::Capital { .. }
            | IssuerEvent::Freeze { .. }
            | IssuerEvent::Thaw { .. }
            | IssuerEvent::Hedge(_)
            | IssuerEvent::Seigniorage(_) => wrong::<Self>(event),
        }
    }

    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects) {
        self.advance(now);
        self.end_auctions(now, effects);
        match event {
            IssuerEvent::Mint { holder, usd } => self.mint(holder, usd, effects),
            IssuerEvent::Redeem { holder, amount } => self.redeem(holder, amount, effects),
            IssuerEvent::Cancel { holder } => {
                let reason = Refusal::NothingThere;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
            IssuerEvent::Suspend(suspended) if suspended != self.is_suspended => {
                self.is_suspended = suspended;
                let gate = if suspended {
                    Gate::Suspended
                } else {
                    Gate::Resumed
                };
                effects.push(IssuerEffect::Gate(gate));
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                let usd = usd.min(self.holds);
                self.holds -= usd;
                self.uncovered += self.config.decimals.at_par(usd);
                effects.push(IssuerEffect::Loss { tier, usd });
            }
            IssuerEvent::Prices(prices) => {
                self.price = prices.collateral.map_or(self.price, |(_, price)| price);
            }
            IssuerEvent::Collateral(event) => self.collateral_event(now, event, effects),
            IssuerEvent::Disclose => effects.push(IssuerEffect::Attested { as_of: now }),
            _ => {}
        }
        self.work(now, effects);
    }

    fn audit(&self) -> Result<(), Violation> {
        let bids = self.auctions.values().filter_map(|auction| auction.best);
        supplied(&self.supply, bids.map(|bid| bid.amount).sum())?;
        not_negative("peg module", 0, self.holds)?;
        let held = self.config.decimals.at_par(self.holds);
        let assets = self.debt + self.uncovered + held;
        let owed = self.supply.outstanding() + self.surplus;
        balanced(assets as i128, owed as i128)?;
        self.audit_vaults()
    }

    fn backing(&self) -> Backing {
        let worth = self.config.decimals.par(self.worth(self.collateral)).0;
        Backing {
            liquid: self.holds,
            illiquid: vec![(worth.min(MONEY_MAX), Rate::ONE)],
            frozen: Vec::new(),
            liabilities: self.config.decimals.par(self.supply.outstanding()).0,
        }
    }

    fn view(&self, now: SimTime) -> PublicView {
        let backing = self.backing();
        let row = |name: &str, usd| TierView {
            name: name.to_owned(),
            usd,
            frozen: 0,
        };
        let tiers = vec![
            row("peg module", self.holds),
            row("collateral", backing.illiquid[0].0),
        ];
        let supply = self.supply.outstanding();
        let as_of = now;
        PublicView {
            attestation: Some(Attestation {
                as_of,
                tiers,
                supply,
                backing,
            }),
            supply,
            queue_length: 0,
            queue_amount: 0,
            is_open: true,
            is_suspended: self.is_suspended,
            limit_left: None,
            frozen: 0,
            recovered: 0,
            share_price: UnitPrice::DOLLAR,
            yield_rate: Rate::ZERO,
        }
    }

    fn supply(&self) -> &Supply {
        &self.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    fn next_due(&self, now: SimTime) -> Option<SimTime> {
        let ends = self
            .auctions
            .values()
            .map(|auction| match self.rising(auction) {
                Some(rule) => auction.ends(&rule),
                None => match self.config.auction {
                    AuctionRule::Falling { duration, .. } => auction.since + duration,
                    AuctionRule::Rising(rule) => auction.ends(&rule),
                },
            });
        ends.filter(|at| *at > now).min()
    }
}
