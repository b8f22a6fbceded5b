//! One asset of a market: what lies in it, what is owed to it and by it.

use firesale_types::SimTime;
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use super::config::ReserveConfig;
use super::error::LendingError;
use super::math::{
    BPS, MAX_INDEX, MAX_TOKENS, RAY, Round, narrow, percent, ray_div, ray_mul, times, wide,
};
use super::rates::{Balance, Rates, compound_growth, linear_growth};

/// What a scaled unit is worth, with 27 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indices {
    /// Of supply; falls only where a loss is shared by the suppliers.
    pub supply: u128,
    /// Of debt; never falls.
    pub borrow: u128,
}

/// All tokens that ever moved, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// Brought by suppliers.
    pub supplied: U256,
    /// Taken by suppliers.
    pub withdrawn: U256,
    /// Taken by borrowers.
    pub borrowed: U256,
    /// Brought by borrowers.
    pub repaid: U256,
    /// Brought by liquidators and by buyers of absorbed collateral.
    pub liquidated: U256,
    /// Taken by them.
    pub seized: U256,
    /// Brought to cover a deficit, through the insurance or at once.
    pub covered: U256,
    /// Taken by the treasury.
    pub collected: U256,
}

/// What roundings and compounding have left in the reserve, in units of 10^-27 of the smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dust {
    /// Roundings of scaled balances.
    pub rounding: U256,
    /// Interest charged and not credited: debt compounds, supply does not, and roundings of indices.
    pub interest: U256,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reserve {
    pub(crate) unit: u128,
    pub(crate) cash: u128,
    pub(crate) index: Indices,
    pub(crate) rates: Rates,
    pub(crate) updated: SimTime,
    /// Supply of the accounts, scaled.
    pub(crate) supply: u128,
    /// Debt of the accounts, scaled.
    pub(crate) debt: u128,
    /// Supply of the treasury, scaled.
    pub(crate) treasury: u128,
    /// Supply that was absorbed and is for sale, scaled.
    pub(crate) seized: u128,
    /// Debt written off and covered by nobody.
    pub(crate) deficit: u128,
    /// Debt of absorbed accounts, until their collateral is sold.
    pub(crate) absorbed: u128,
    /// Set aside for deficits; not part of the cash.
    pub(crate) insurance: u128,
    /// All debt ever written off.
    pub(crate) bad_debt: u128,
    /// All deficit ever taken from the suppliers.
    pub(crate) socialized: u128,
    pub(crate) price: u128,
    pub(crate) frozen: bool,
    pub(crate) paused: bool,
    pub(crate) flows: Flows,
    pub(crate) dust: Dust,
}

/// One side of [`Flows`].
pub(crate) type Flow = fn(&mut Flows) -> &mut U256;

impl Reserve {
    pub(crate) fn new(config: &ReserveConfig, now: SimTime) -> Self {
        let mut reserve = Self {
            unit: super::math::unit(config.decimals),
            cash: 0,
            index: Indices {
                supply: RAY,
                borrow: RAY,
            },
            rates: Rates::default(),
            updated: now,
            supply: 0,
            debt: 0,
            treasury: 0,
            seized: 0,
            deficit: 0,
            absorbed: 0,
            insurance: 0,
            bad_debt: 0,
            socialized: 0,
            price: u128::from(config.price),
            frozen: config.frozen,
            paused: config.paused,
            flows: Flows::default(),
            dust: Dust::default(),
        };
        reserve.refresh_rates(config);
        reserve
    }

    /// All supply, scaled.
    pub(crate) fn claims(&self) -> u128 {
        self.supply + self.treasury + self.seized
    }

    /// The indices at a moment that is not before the last accrual.
    pub(crate) fn indices(&self, now: SimTime) -> Indices {
        let span = now.since(self.updated);
        if span.0 <= 0 || (self.debt == 0 && self.rates.supply == 0) {
            return self.index;
        }
        let supply = ray_mul(
            self.index.supply,
            linear_growth(self.rates.supply, span),
            Round::Down,
        );
        let growth = compound_growth(self.rates.borrow, span);
        let borrow = super::math::divide(
            times(wide(self.index.borrow), wide(growth)),
            wide(RAY),
            Round::Up,
        );
        if borrow > wide(MAX_INDEX) || supply > MAX_INDEX {
            return self.index;
        }
        Indices {
            supply,
            borrow: narrow(borrow),
        }
    }

    /// Brings the indices to `now` and credits the treasury.
    pub(crate) fn accrue(&mut self, config: &ReserveConfig, now: SimTime) {
        if now <= self.updated {
            return;
        }
        let next = self.indices(now);
        let charged = times(wide(self.debt), wide(next.borrow - self.index.borrow));
        let credited = times(wide(self.claims()), wide(next.supply - self.index.supply));
        let interest = narrow(charged / wide(RAY));
        let share = u128::from(config.reserve_factor_bps);
        let treasury = percent(interest, share, Round::Down);
        let minted = ray_div(treasury, next.supply, Round::Down);
        self.index = next;
        self.updated = now;
        self.treasury += minted;
        let owed = credited + times(wide(minted), wide(next.supply));
        self.dust.interest += gain(charged, owed);
    }

    pub(crate) fn balance(&self) -> Balance {
        Balance {
            cash: self.cash,
            debt_floor: ray_mul(self.debt, self.index.borrow, Round::Down),
            debt: ray_mul(self.debt, self.index.borrow, Round::Up),
            unbacked: self.deficit + self.absorbed,
        }
    }

    /// To be called after everything that changes cash, debt or deficit.
    pub(crate) fn refresh_rates(&mut self, config: &ReserveConfig) {
        self.rates = config
            .rate
            .rates(&self.balance(), config.reserve_factor_bps);
    }

    /// Tokens come in.
    pub(crate) fn receive(&mut self, amount: u128, flow: Flow) {
        self.cash += amount;
        *flow(&mut self.flows) += wide(amount);
    }

    /// Tokens go out; there are enough.
    pub(crate) fn pay(&mut self, amount: u128, flow: Flow) {
        self.cash -= amount;
        *flow(&mut self.flows) += wide(amount);
    }

    /// The scaled supply for an amount, rounded down; the caller books it.
    pub(crate) fn scale_supply(&self, amount: u128) -> u128 {
        ray_div(amount, self.index.supply, Round::Down)
    }

    /// The claims that an amount destroys, rounded up but no more than there are.
    pub(crate) fn scale_withdrawal(&self, amount: u128, held: u128) -> u128 {
        if amount == ray_mul(held, self.index.supply, Round::Down) {
            return held;
        }
        ray_div(amount, self.index.supply, Round::Up).min(held)
    }

    /// A claim of so many scaled units has arisen from an amount.
    pub(crate) fn note_minted(&mut self, amount: u128, scaled: u128) {
        self.dust.rounding += gain(ray(amount), times(wide(scaled), wide(self.index.supply)));
    }

    /// A claim of so many scaled units has been satisfied by an amount.
    pub(crate) fn note_burned(&mut self, amount: u128, scaled: u128) {
        self.dust.rounding += gain(times(wide(scaled), wide(self.index.supply)), ray(amount));
    }

    /// A debt of so many scaled units arises from an amount.
    pub(crate) fn lend(&mut self, amount: u128, scaled: u128) {
        self.debt += scaled;
        self.dust.rounding += gain(times(wide(scaled), wide(self.index.borrow)), ray(amount));
    }

    /// A debt of so many scaled units is settled by an amount, in tokens or as a deficit.
    pub(crate) fn settle(&mut self, amount: u128, scaled: u128) {
        self.debt -= scaled;
        self.dust.rounding += gain(ray(amount), times(wide(scaled), wide(self.index.borrow)));
    }

    /// The largest amount and the largest sum of scaled balances.
    pub(crate) fn limit(&self) -> u128 {
        self.unit * MAX_TOKENS
    }

    /// Refuses what would pass the limits.
    pub(crate) fn admit(&self, amount: u128, scaled_supply: u128) -> Result<(), LendingError> {
        let most = |held: u128, more: u128| {
            held.checked_add(more)
                .is_some_and(|sum| sum <= self.limit())
        };
        if most(self.cash, amount) && most(self.claims(), scaled_supply) {
            Ok(())
        } else {
            Err(LendingError::TooLarge)
        }
    }

    /// The part of the bonus that goes to the treasury.
    pub(crate) fn protocol_fee(config: &ReserveConfig, seized: u128, bonus_bps: u128) -> u128 {
        // LiquidationLogic: collateral less collateral / (1 + bonus), both rounded half up.
        let without = super::math::percent_div(seized, BPS + bonus_bps, Round::HalfUp);
        let fee = u128::from(config.protocol_fee_bps);
        percent(seized - without.min(seized), fee, Round::HalfUp)
    }
}

fn ray(amount: u128) -> U256 {
    times(wide(amount), wide(RAY))
}

/// What a rounding leaves to the reserve.
fn gain(more: U256, less: U256) -> U256 {
    more.checked_sub(less)
        .expect("roundings favour the reserve")
}
