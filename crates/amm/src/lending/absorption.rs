//! Absorption: the market itself takes an account in breach, whole, and sells its collateral.
//!
//! Model of Compound III (M: remembered, unverified; its public description agrees): the debt is
//! struck out at once; the borrower keeps what the collateral is worth less the bonus less the debt, as a
//! supply of the base asset; anybody may buy the collateral at a discount that is a part of the
//! bonus. Until it is sold the debt stands in the market's books against it; what the sale does not
//! bring is a deficit. Left out: the target of reserves above which the original stops selling.

use firesale_types::{AccountId, SimTime};
use ruint::aliases::U256;

use super::account::Account;
use super::config::{LiquidationRule, ReserveId};
use super::error::LendingError;
use super::math::{BPS, Round, WAD, divide, narrow, narrow_or_max, ray_mul, times, wide};
use super::pool::LendingPool;

/// What an absorption did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorption {
    /// Collateral that is for sale now, by asset.
    pub seized: Vec<(ReserveId, u128)>,
    /// Debt struck out.
    pub debt: u128,
    /// What the borrower keeps, supplied in the base asset.
    pub refund: u128,
}

/// A sale of absorbed collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Paid by the buyer, in the base asset.
    pub paid: u128,
    /// Taken by the buyer.
    pub bought: u128,
}

impl LendingPool {
    /// Takes an account in breach.
    ///
    /// # Errors
    /// [`LendingError::Healthy`], [`LendingError::OtherRule`], [`LendingError::UnknownAccount`],
    /// [`LendingError::Paused`], [`LendingError::TooLarge`].
    pub fn absorb(&mut self, now: SimTime, id: AccountId) -> Result<Absorption, LendingError> {
        let (base, _) = self.absorbs()?;
        self.open(now, base, false)?;
        let mut account = self.known(id)?;
        let sums = self.value(&account, now);
        if sums.factor() >= WAD {
            return Err(LendingError::Healthy);
        }
        let mut left = U256::ZERO;
        let mut seized = Vec::new();
        for supply in account.supplies.clone() {
            let risk = self.risk(supply.reserve, None);
            if !supply.collateral || risk.threshold == 0 {
                continue;
            }
            self.accrue_one(supply.reserve, now);
            let state = &mut self.reserves[supply.reserve.index()];
            let amount = ray_mul(supply.scaled, state.index.supply, Round::Down);
            state.supply -= supply.scaled;
            state.seized += supply.scaled;
            account.take_supply(supply.reserve, supply.scaled);
            let worth = self.worth(supply.reserve, None, amount, Round::Down);
            left += times(worth, wide(BPS.saturating_sub(risk.bonus))) / wide(BPS);
            seized.push((supply.reserve, amount));
        }
        let price = wide(self.price_for(base, None));
        let state = &mut self.reserves[base.index()];
        let excess = times(left.saturating_sub(sums.debt), wide(state.unit)) / price;
        let refund = narrow_or_max(excess).min(state.limit().saturating_sub(state.claims()));
        let debt = self.strike_out(base, &mut account, refund);
        self.refresh(base);
        self.put(id, account);
        self.counters.absorptions += 1;
        self.counters.repaid = self
            .counters
            .repaid
            .saturating_add(narrow_or_max(sums.debt));
        let taken = narrow_or_max(sums.collateral);
        self.counters.seized = self.counters.seized.saturating_add(taken);
        self.settle_absorbed(base);
        Ok(Absorption {
            seized,
            debt,
            refund,
        })
    }

    /// Buys absorbed collateral for so many base tokens, or all that is left of it for fewer.
    ///
    /// # Errors
    /// [`LendingError::Nothing`] if nothing is for sale or the payment buys nothing,
    /// [`LendingError::NoLiquidity`], [`LendingError::OtherRule`], [`LendingError::Paused`],
    /// [`LendingError::UnknownReserve`], [`LendingError::TooLarge`].
    pub fn buy_collateral(
        &mut self,
        now: SimTime,
        collateral: ReserveId,
        pay: u128,
    ) -> Result<Sale, LendingError> {
        let (base, _) = self.absorbs()?;
        self.open(now, collateral, false)?;
        self.open(now, base, false)?;
        let sale = self.quote(collateral, pay)?;
        if sale.bought == 0 || sale.paid == 0 {
            return Err(LendingError::Nothing);
        }
        self.reserves[base.index()].admit(sale.paid, 0)?;
        let state = &mut self.reserves[collateral.index()];
        if sale.bought > state.cash {
            let available = state.cash;
            return Err(LendingError::NoLiquidity { available });
        }
        let scaled = state.scale_withdrawal(sale.bought, state.seized);
        state.pay(sale.bought, |flows| &mut flows.seized);
        state.seized -= scaled;
        state.note_burned(sale.bought, scaled);
        self.take_proceeds(base, sale.paid);
        self.refresh(collateral);
        self.settle_absorbed(base);
        Ok(sale)
    }

    /// What so many base tokens buy of an absorbed collateral, at the discount.
    ///
    /// # Errors
    /// As [`Self::buy_collateral`], before anything moves.
    pub fn quote(&self, collateral: ReserveId, pay: u128) -> Result<Sale, LendingError> {
        let (base, store_front) = self.absorbs()?;
        self.reserve_config(collateral)?;
        if pay > self.reserves[base.index()].limit() {
            return Err(LendingError::TooLarge);
        }
        let state = &self.reserves[collateral.index()];
        let held = ray_mul(state.seized, state.index.supply, Round::Down);
        let bonus = self.risk(collateral, None).bonus;
        let discount = (store_front * bonus).min(BPS * BPS - 1);
        let price = times(
            wide(self.price_for(collateral, None)),
            wide(BPS * BPS - discount),
        );
        let price = divide(price, wide(BPS * BPS), Round::Up);
        let base_price = wide(self.price_for(base, None));
        let base_unit = wide(self.reserves[base.index()].unit);
        let unit = wide(state.unit);
        let bought = times(times(base_price, wide(pay)), unit) / times(price, base_unit);
        if bought <= wide(held) {
            let bought = narrow(bought);
            return Ok(Sale { paid: pay, bought });
        }
        let cost = times(times(price, wide(held)), base_unit);
        let paid = narrow(divide(cost, times(base_price, unit), Round::Up)).min(pay);
        Ok(Sale { paid, bought: held })
    }

    /// Absorbed collateral that is for sale.
    #[must_use]
    pub fn for_sale(&self, collateral: ReserveId, now: SimTime) -> u128 {
        let found = self.reserves.get(collateral.index());
        found.map_or(0, |state| {
            ray_mul(state.seized, state.indices(now).supply, Round::Down)
        })
    }

    fn absorbs(&self) -> Result<(ReserveId, u128), LendingError> {
        match self.config.liquidation {
            LiquidationRule::Absorb {
                base,
                store_front_bps,
            } => Ok((base, u128::from(store_front_bps))),
            LiquidationRule::CloseFactor { .. } => Err(LendingError::OtherRule),
        }
    }

    /// Moves an account's debt to the market's books and credits the refund.
    fn strike_out(&mut self, base: ReserveId, account: &mut Account, refund: u128) -> u128 {
        let owed = account.owed(base);
        let state = &mut self.reserves[base.index()];
        let debt = ray_mul(owed, state.index.borrow, Round::Up);
        state.settle(debt, owed);
        let scaled = state.scale_supply(refund);
        state.supply += scaled;
        state.note_minted(refund, scaled);
        state.absorbed += debt + refund;
        account.take_debt(base, owed);
        account.add_supply(base, scaled, false);
        debt
    }

    /// Proceeds fill what absorptions have cost, then deficits; the rest is the treasury's.
    fn take_proceeds(&mut self, base: ReserveId, paid: u128) {
        let state = &mut self.reserves[base.index()];
        state.receive(paid, |flows| &mut flows.liquidated);
        let filled = paid.min(state.absorbed);
        state.absorbed -= filled;
        let healed = (paid - filled).min(state.deficit);
        state.deficit -= healed;
        let rest = paid - filled - healed;
        let scaled = state.scale_supply(rest);
        state.treasury += scaled;
        state.note_minted(rest, scaled);
        self.refresh(base);
    }

    /// Once nothing is left to sell, what absorptions have cost and sales have not brought is lost.
    fn settle_absorbed(&mut self, base: ReserveId) {
        let sold_out = self.reserves.iter().all(|state| state.seized == 0);
        let lost = self.reserves[base.index()].absorbed;
        if sold_out && lost > 0 {
            self.reserves[base.index()].absorbed = 0;
            self.lose(base, &Account::default(), lost);
        }
    }
}
