//! Liquidation by anybody: repay part of a debt, take collateral with a bonus.
//!
//! Source: `LiquidationLogic` of Aave v3.5 (P), roundings included.

use firesale_types::{AccountId, SimTime};
use ruint::aliases::U256;

use super::account::Account;
use super::config::{LiquidationRule, ReserveId};
use super::error::LendingError;
use super::health::Valuation;
use super::math::{BPS, Round, WAD, divide, narrow, narrow_or_max, ray_div, ray_mul, times, wide};
use super::pool::LendingPool;
use super::reserve::Reserve;

/// How a liquidator takes the collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receive {
    /// As tokens, which must lie in the reserve.
    Tokens,
    /// As a supply in the market: possible at full utilisation too.
    Supply,
}

/// What a liquidator wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationCall {
    /// Who repays.
    pub liquidator: AccountId,
    /// Whose debt.
    pub borrower: AccountId,
    /// What is taken.
    pub collateral: ReserveId,
    /// What is repaid.
    pub debt: ReserveId,
    /// At most so much of it.
    pub repay: u128,
    /// How the collateral is taken.
    pub receive: Receive,
}

/// What a liquidation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// Repaid by the liquidator.
    pub repaid: u128,
    /// Taken by the liquidator.
    pub seized: u128,
    /// Taken by the treasury, which keeps it in the market.
    pub fee: u128,
    /// Debt that nobody will pay, by asset: the account has no collateral left.
    pub bad_debt: Vec<(ReserveId, u128)>,
}

/// A liquidation that has been worked out and not yet booked.
#[derive(Clone, Copy, Debug)]
struct Terms {
    repaid: u128,
    /// All that is taken, the fee included.
    taken: u128,
    fee: u128,
    /// All collateral of the account is gone.
    last: bool,
    /// Values in the base currency, for the counters.
    worth: [u128; 2],
}

impl LendingPool {
    /// Repays debt of an account in breach and takes collateral.
    ///
    /// # Errors
    /// [`LendingError::Healthy`], [`LendingError::NoDebt`], [`LendingError::NoCollateral`],
    /// [`LendingError::NoLiquidity`] if tokens are wanted that are lent out,
    /// [`LendingError::Dust`], [`LendingError::SelfLiquidation`], [`LendingError::Paused`],
    /// [`LendingError::OtherRule`], [`LendingError::UnknownAccount`].
    pub fn liquidate(
        &mut self,
        now: SimTime,
        call: &LiquidationCall,
    ) -> Result<Liquidation, LendingError> {
        self.reserve_config(call.debt)?;
        self.open(now, call.collateral, false)?;
        self.open(now, call.debt, false)?;
        let mut borrower = self.known(call.borrower)?;
        let terms = self.terms(now, call, &borrower)?;
        self.reserves[call.debt.index()].admit(terms.repaid, 0)?;
        let tokens = terms.taken - terms.fee;
        let available = self.reserves[call.collateral.index()].cash;
        let same = call.collateral == call.debt;
        let reach = if same {
            available + terms.repaid
        } else {
            available
        };
        if call.receive == Receive::Tokens && tokens > reach {
            return Err(LendingError::NoLiquidity { available });
        }
        self.repay_for(call.debt, &mut borrower, terms.repaid);
        self.take_collateral(call, &mut borrower, &terms);
        let bad_debt = if terms.last {
            self.write_off(now, &mut borrower)
        } else {
            Vec::new()
        };
        self.refresh(call.debt);
        self.refresh(call.collateral);
        self.put(call.borrower, borrower);
        let [repaid, seized] = terms.worth;
        self.counters.liquidations += 1;
        self.counters.repaid = self.counters.repaid.saturating_add(repaid);
        self.counters.seized = self.counters.seized.saturating_add(seized);
        Ok(Liquidation {
            repaid: terms.repaid,
            seized: tokens,
            fee: terms.fee,
            bad_debt,
        })
    }

    /// The most that may be repaid at once for an account, in tokens of the debt; 0 for a healthy
    /// one.
    #[must_use]
    pub fn max_repay(
        &self,
        id: AccountId,
        debt: ReserveId,
        collateral: ReserveId,
        now: SimTime,
    ) -> u128 {
        let known = [debt, collateral]
            .iter()
            .all(|id| id.index() < self.reserves.len());
        let (Some(account), true) = (self.account(id), known) else {
            return 0;
        };
        let sums = self.value(account, now);
        if sums.factor() >= WAD {
            return 0;
        }
        self.closable(&sums, account, debt, collateral, now)
    }

    /// Works a liquidation out.
    fn terms(
        &self,
        now: SimTime,
        call: &LiquidationCall,
        borrower: &Account,
    ) -> Result<Terms, LendingError> {
        let LiquidationRule::CloseFactor { min_leftover, .. } = self.config.liquidation else {
            return Err(LendingError::OtherRule);
        };
        if call.liquidator == call.borrower {
            return Err(LendingError::SelfLiquidation);
        }
        if call.repay == 0 {
            return Err(LendingError::Nothing);
        }
        let sums = self.value(borrower, now);
        if sums.factor() >= WAD {
            return Err(LendingError::Healthy);
        }
        let risk = self.risk(call.collateral, borrower.category);
        let chosen = borrower.supply(call.collateral);
        if risk.threshold == 0 || !chosen.is_some_and(|supply| supply.collateral) {
            return Err(LendingError::NoCollateral);
        }
        let debt = self.debt_of(call.borrower, call.debt, now);
        if debt == 0 {
            return Err(LendingError::NoDebt);
        }
        let balance = self.supply_of(call.borrower, call.collateral, now);
        let wanted =
            call.repay
                .min(self.closable(&sums, borrower, call.debt, call.collateral, now));
        let terms = self.exchange(&sums, borrower, call, wanted, balance);
        if terms.repaid < debt && terms.taken < balance {
            let least = U256::from(min_leftover);
            let category = borrower.category;
            let owed = self.worth(call.debt, category, debt - terms.repaid, Round::Up);
            let left = self.worth(
                call.collateral,
                category,
                balance - terms.taken,
                Round::Down,
            );
            if owed < least || left < least {
                return Err(LendingError::Dust);
            }
        }
        Ok(terms)
    }

    /// The most of a debt that the close factor lets anybody repay.
    fn closable(
        &self,
        sums: &Valuation,
        account: &Account,
        debt: ReserveId,
        collateral: ReserveId,
        now: SimTime,
    ) -> u128 {
        let LiquidationRule::CloseFactor {
            close_factor_bps,
            full_close_factor_at,
            small_position,
            ..
        } = self.config.liquidation
        else {
            return 0;
        };
        let state = &self.reserves[debt.index()];
        let all = ray_mul(account.owed(debt), state.indices(now).borrow, Round::Up);
        let index = self.reserves[collateral.index()].indices(now).supply;
        let balance = ray_mul(account.supplied(collateral), index, Round::Down);
        let owed = self.worth(debt, account.category, all, Round::Up);
        let held = self.worth(collateral, account.category, balance, Round::Down);
        let small = U256::from(small_position);
        if held < small || owed < small || sums.factor() <= u128::from(full_close_factor_at) {
            return all;
        }
        let bps = wide(u128::from(close_factor_bps));
        let part = divide(times(sums.debt, bps), wide(BPS), Round::HalfUp);
        if owed <= part {
            return all;
        }
        let price = wide(self.price_for(debt, account.category));
        narrow(times(part, wide(state.unit)) / price).min(all)
    }

    /// What is taken for a repayment, and what is repaid where the collateral does not suffice.
    fn exchange(
        &self,
        sums: &Valuation,
        borrower: &Account,
        call: &LiquidationCall,
        wanted: u128,
        balance: u128,
    ) -> Terms {
        let category = borrower.category;
        let (price_d, price_c) = (
            wide(self.price_for(call.debt, category)),
            wide(self.price_for(call.collateral, category)),
        );
        let unit_d = wide(self.reserves[call.debt.index()].unit);
        let unit_c = wide(self.reserves[call.collateral.index()].unit);
        let bonus = BPS + self.risk(call.collateral, category).bonus;
        let value = times(times(price_d, wide(wanted)), unit_c);
        let plain = value / times(price_c, unit_d);
        let with_bonus = divide(times(plain, wide(bonus)), wide(BPS), Round::HalfUp);
        let (taken, repaid) = if with_bonus > wide(balance) {
            let covered = times(times(price_c, wide(balance)), unit_d) / times(price_d, unit_c);
            let needed = divide(times(covered, wide(BPS)), wide(bonus), Round::Up);
            (balance, narrow(needed).min(wanted))
        } else {
            (narrow(with_bonus), wanted)
        };
        let config = &self.config.reserves[call.collateral.index()];
        let fee = Reserve::protocol_fee(config, taken, bonus - BPS);
        let worth = self.worth(call.collateral, category, taken, Round::Down);
        let paid = self.worth(call.debt, category, repaid, Round::Up);
        Terms {
            repaid,
            taken,
            fee,
            last: worth == sums.collateral,
            worth: [narrow_or_max(paid), narrow_or_max(worth)],
        }
    }

    /// The liquidator's tokens settle part of the debt.
    fn repay_for(&mut self, debt: ReserveId, borrower: &mut Account, repaid: u128) {
        let state = &mut self.reserves[debt.index()];
        let scaled = ray_div(repaid, state.index.borrow, Round::Down).min(borrower.owed(debt));
        state.receive(repaid, |flows| &mut flows.liquidated);
        state.settle(repaid, scaled);
        borrower.take_debt(debt, scaled);
    }

    /// The borrower's claims go to the liquidator and the treasury.
    fn take_collateral(&mut self, call: &LiquidationCall, borrower: &mut Account, terms: &Terms) {
        let id = call.collateral;
        let state = &mut self.reserves[id.index()];
        let held = borrower.supplied(id);
        let all = state.scale_withdrawal(terms.taken, held);
        let tokens = terms.taken - terms.fee;
        let scaled = if terms.fee == 0 {
            all
        } else {
            state.scale_withdrawal(tokens, held).min(all)
        };
        borrower.take_supply(id, all);
        // What the roundings leave between the two is the treasury's.
        state.treasury += all - scaled;
        state.supply -= all - scaled;
        match call.receive {
            Receive::Tokens => {
                state.pay(tokens, |flows| &mut flows.seized);
                state.supply -= scaled;
                state.note_burned(tokens, scaled);
            }
            Receive::Supply => {
                let collateral = self.config.reserves[id.index()].collateral;
                let mut liquidator = self
                    .accounts
                    .get(&call.liquidator)
                    .cloned()
                    .unwrap_or_default();
                liquidator.add_supply(id, scaled, collateral);
                self.put(call.liquidator, liquidator);
            }
        }
    }

    /// What a liquidator gains at the market's prices by repaying so much, in the base currency with
    /// 8 decimals: the bonus less the treasury's part, before slippage and gas. None where no
    /// liquidation would be accepted.
    #[must_use]
    pub fn liquidation_profit(&self, now: SimTime, call: &LiquidationCall) -> Option<u128> {
        let known = [call.collateral, call.debt];
        let open = |id: &ReserveId| {
            let state = self.reserves.get(id.index());
            state.is_some_and(|state| !state.paused)
        };
        if !known.iter().all(open) {
            return None;
        }
        let borrower = self.account(call.borrower)?;
        let terms = self.terms(now, call, borrower).ok()?;
        let tokens = terms.taken - terms.fee;
        let gained = self.worth(call.collateral, borrower.category, tokens, Round::Down);
        let paid = self.worth(call.debt, borrower.category, terms.repaid, Round::Up);
        Some(narrow_or_max(gained.saturating_sub(paid)))
    }
}
