//! What borrowing costs, what supplying earns, and how both add up over time.
//!
//! Source: interest rate strategy, `MathUtils` and `ReserveLogic` of Aave v3 (P). Two things differ
//! from the contract, each by less than one unit of the 27th decimal or of the token: what suppliers
//! are credited is rounded down and what borrowers are charged is rounded up (the contract rounds
//! both to the nearest), and the utilisation that suppliers are paid for counts whole units of debt.
//! With it the reserve never owes more than it is owed, at any amount and any pace of accrual.

use firesale_types::SimDuration;

use super::config::RateConfig;
use super::math::{
    BPS, RAY, Round, divide, mul_div, narrow, percent, ray_div, ray_mul, times, wide,
};

/// Nanoseconds of the contract's year of 365 days.
const YEAR_NS: u128 = 365 * 86_400 * 1_000_000_000;

/// What a reserve holds and is owed, in smallest units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Tokens that lie in it.
    pub cash: u128,
    /// What is lent out, interest included, rounded down.
    pub debt_floor: u128,
    /// The same, rounded up.
    pub debt: u128,
    /// What suppliers are owed and nobody owes.
    pub unbacked: u128,
}

/// Rates a year, with 27 decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rates {
    /// What borrowers pay.
    pub borrow: u128,
    /// What suppliers are paid.
    pub supply: u128,
}

impl RateConfig {
    /// The rates at a utilisation: base + slope1 u / u*, or base + slope1 + slope2 (u - u*) /
    /// (1 - u*) beyond the optimal u*; suppliers are paid borrowing rate times utilisation (counting
    /// what is unbacked) times 1 - reserve factor.
    #[must_use]
    pub fn rates(&self, balance: &Balance, reserve_factor_bps: u32) -> Rates {
        let ray = |bps: u32| u128::from(bps) * (RAY / BPS);
        let (base, slope1, slope2) = (
            ray(self.base_bps),
            ray(self.slope1_bps),
            ray(self.slope2_bps),
        );
        if balance.debt == 0 {
            return Rates {
                borrow: base,
                supply: 0,
            };
        }
        let optimal = ray(self.optimal_bps);
        let usage = balance.usage();
        let borrow = if usage > optimal {
            let excess = ray_div(usage - optimal, RAY - optimal, Round::HalfUp);
            base + slope1 + ray_mul(slope2, excess, Round::HalfUp)
        } else {
            let part = ray_mul(slope1, usage, Round::HalfUp);
            base + ray_div(part, optimal, Round::HalfUp)
        };
        let owed = balance.cash + balance.debt_floor + balance.unbacked;
        let paid_for = mul_div(balance.debt_floor, RAY, owed.max(1), Round::Down);
        let gross = ray_mul(borrow, paid_for, Round::Down);
        Rates {
            borrow,
            supply: percent(gross, BPS - u128::from(reserve_factor_bps), Round::Down),
        }
    }
}

impl Balance {
    /// Debt over debt and cash, with 27 decimals; 0 for an empty reserve.
    #[must_use]
    pub fn usage(&self) -> u128 {
        if self.debt == 0 {
            return 0;
        }
        ray_div(self.debt, self.cash + self.debt, Round::HalfUp)
    }
}

/// 1 + rate * time, with 27 decimals: what suppliers are credited.
#[must_use]
pub fn linear_growth(rate: u128, span: SimDuration) -> u128 {
    RAY + earned(rate, span, Round::Down)
}

/// 1 + x + x^2/2 + x^3/6 with x = rate * time: what borrowers are charged, the contract's binomial
/// approximation of compounding.
#[must_use]
pub fn compound_growth(rate: u128, span: SimDuration) -> u128 {
    let x = earned(rate, span, Round::Up);
    let third = ray_mul(x, x / 6, Round::HalfUp);
    RAY + x + ray_mul(x, x / 2 + third, Round::HalfUp)
}

/// rate * time; a span below zero is none.
fn earned(rate: u128, span: SimDuration, round: Round) -> u128 {
    let span = u128::try_from(span.0).unwrap_or(0);
    narrow(divide(times(wide(rate), wide(span)), wide(YEAR_NS), round))
}
