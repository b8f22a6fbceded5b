//! Loopers: they lend a coin that yields something, borrow another against it, buy more of the first, and
//! again, until what they own works several times over.
//!
//! *Looping.* While the carry (`yield_rate` plus what the lender pays on the coin, less what it asks for the
//! loan) is above `enter_above`, nothing below speaks against it, and leverage (lent over lent less owed, at
//! the lender's prices) is below the target, a member sends one transaction: lend all it has of the coin,
//! then up to `loops` times borrow, swap, lend. A round borrows what the market allows, up to the target;
//! the target is `leverage`, at most 0.995 of 1/(1 - LTV). Rounds stop where the pool gives `slippage` less
//! than the lender's prices say. k rounds from nothing make (1 - LTV^(k+1)) / (1 - LTV): with eight a block
//! and 12 seconds to a block, 95% of the way to a limit of 10 takes 28 rounds, four blocks or about a minute
//! of looks; a population that is to be levered at the start is better given `in_lender`.
//!
//! *Unwinding.* A member gets out when the carry is below `leave_below`, its health factor below
//! `unwind_below`, or the pool's price of the coin below `exit_price` of what it was at its first look: one
//! transaction of up to `loops` rounds of withdraw, swap, repay, each withdrawing what leaves the account
//! healthy, at no less than 1 - `haste` of the lender's price. Where the lender has no tokens left it can
//! only wait. It begins again after none of that was true for `calm`.
//!
//! That a coin yields is not simulated for its holders here: `yield_rate` is what they believe (A), like all
//! thresholds. Loops were 60% of the supply of one synthetic dollar in August 2025 (R).

use firesale_sim::prelude::*;

use super::debt::{Loan, Standing};
use super::gas;
use crate::ways::Way;

/// Parameters of a population of loopers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LooperConfig {
    /// The lending market.
    pub lender: String,
    /// The coin that is lent.
    pub supply: String,
    /// The coin that is borrowed.
    pub borrow: String,
    /// The pool in which one is swapped for the other.
    pub pool: String,
    /// Lent over lent less owed.
    #[serde(default = "default_leverage")]
    pub leverage: f64,
    /// Rounds in one transaction.
    #[serde(default = "default_loops")]
    pub loops: u32,
    /// What the coin yields a year, beside what the lender pays.
    #[serde(default = "default_yield")]
    pub yield_rate: f64,
    /// The carry a year above which it is worth the effort.
    #[serde(default)]
    pub enter_above: f64,
    /// The carry below which members leave.
    #[serde(default = "default_leave")]
    pub leave_below: f64,
    /// The health factor below which they leave.
    #[serde(default = "default_unwind")]
    pub unwind_below: f64,
    /// The part of its price at the first look below which the coin drives them out; 0: never.
    #[serde(default = "default_exit")]
    pub exit_price: f64,
    /// What a swap may lose against the lender's prices on the way in,
    #[serde(default = "default_slippage")]
    pub slippage: f64,
    /// and on the way out.
    #[serde(default = "default_haste")]
    pub haste: f64,
    /// How long it must have been good before they begin again.
    #[serde(default = "default_calm")]
    pub calm: DurationText,
    /// Whether members enter the category in which both assets are, if there is one.
    #[serde(default = "yes")]
    pub e_mode: bool,
    /// Units of the native asset that one account keeps for gas.
    #[serde(default = "default_keep")]
    pub keep: f64,
}

const fn default_leverage() -> f64 {
    5.0
}
const fn default_loops() -> u32 {
    8
}
const fn default_yield() -> f64 {
    0.08
}
const fn default_leave() -> f64 {
    -0.02
}
const fn default_unwind() -> f64 {
    1.01
}
const fn default_exit() -> f64 {
    0.97
}
const fn default_slippage() -> f64 {
    0.003
}
const fn default_haste() -> f64 {
    0.03
}
const fn default_calm() -> DurationText {
    DurationText::new(SimDuration::secs(86_400))
}
const fn yes() -> bool {
    true
}
const fn default_keep() -> f64 {
    0.05
}

/// A looper's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct Looper {
    /// The pool's price of the coin at the first look.
    start: Option<f64>,
    /// When something last spoke against it.
    warned_at: Option<SimTime>,
    /// Whether it is on its way out.
    leaves: bool,
}

impl AgentKind for Looper {
    const KIND: &'static str = "looper";
    const NEEDS_VENUE: bool = false;
    type Config = LooperConfig;

    fn check(c: &LooperConfig) -> Result<(), Misfit> {
        within("leverage", c.leverage, 1.0, 1000.0)?;
        within("loops", f64::from(c.loops), 1.0, 20.0)?;
        within("yield_rate", c.yield_rate, -1.0, 10.0)?;
        within("enter_above", c.enter_above, -1.0, 10.0)?;
        within("leave_below", c.leave_below, -10.0, 10.0)?;
        within("unwind_below", c.unwind_below, 0.0, 100.0)?;
        within("exit_price", c.exit_price, 0.0, 1.0)?;
        within("slippage", c.slippage, 0.0, 1.0)?;
        within("haste", c.haste, 0.0, 1.0)?;
        within("keep", c.keep, 0.0, 1e9)
    }

    fn names(c: &LooperConfig) -> Vec<(&'static str, NameOf, String)> {
        vec![
            ("lender", NameOf::Lender, c.lender.clone()),
            ("supply", NameOf::Asset, c.supply.clone()),
            ("borrow", NameOf::Asset, c.borrow.clone()),
            ("pool", NameOf::Pool, c.pool.clone()),
        ]
    }

    fn new(_config: &LooperConfig, _rng: &mut AgentRng) -> Self {
        Self {
            start: None,
            warned_at: None,
            leaves: false,
        }
    }
}

type Look<'a> = Turn<'a, Looper>;

pub(crate) fn decide(mut agents: Agents<'_, '_, Looper>) {
    agents.par_decide(|me, turn| {
        let c = turn.config();
        let Some(loan) = Loan::find(turn, &c.lender, &c.supply, &c.borrow, c.e_mode) else {
            return;
        };
        let Some(out) = Way::out_of(turn, &c.pool, loan.asset_c, Some(loan.asset_d)) else {
            return;
        };
        let Some(price) = turn.chains().price(out.pool, out.from, out.to) else {
            return;
        };
        let stands = loan.standing(turn);
        warn(me, turn, &loan, &stands, price);
        if turn.waiting(loan.lender.chain) > 0 {
            return;
        }
        let calls = if me.leaves {
            unwind(turn, &loan, &stands, out)
        } else if me.warned_at.is_none() && carry(turn, &loan) > turn.config().enter_above {
            wind(turn, &loan, &stands, out.back())
        } else {
            Vec::new()
        };
        let offer = turn.offer(loan.lender.chain);
        turn.transact(loan.lender.chain, offer, calls);
    });
}

/// What one unit more of the coin, borrowed for, earns a year.
fn carry(turn: &Look<'_>, loan: &Loan) -> f64 {
    let (asked, paid) = loan.rates(turn);
    turn.config().yield_rate + paid - asked
}

/// Notes whether something speaks against the position.
fn warn(me: &mut Looper, turn: &Look<'_>, loan: &Loan, stands: &Standing, price: f64) {
    let c = turn.config();
    let start = *me.start.get_or_insert(price);
    let bad = carry(turn, loan) < c.leave_below
        || stands.health() < c.unwind_below
        || price < c.exit_price * start;
    if bad {
        (me.warned_at, me.leaves) = (Some(turn.now()), true);
    } else if me
        .warned_at
        .is_some_and(|at| turn.now().since(at) >= c.calm.get())
    {
        (me.warned_at, me.leaves) = (None, false);
    }
}

/// More leverage: lend what is there, then borrow, swap and lend.
fn wind(turn: &Look<'_>, loan: &Loan, stands: &Standing, buy: Way) -> Vec<Call> {
    let c = turn.config();
    let held = gas::usable(turn, loan.lender.chain, loan.asset_c, c.keep);
    let mut then = *stands;
    let mut calls: Vec<Call> = Vec::new();
    // What is too small to matter stays: interest and rounding always leave something.
    let held_units = loan.units_c(turn).chain_to_f64(held);
    if held_units > 1e-3 * then.lent {
        calls.extend(loan.enter(turn));
        calls.push(loan.supply(Amount::Exact(held)));
        then.lent += held_units;
    }
    let target = c.leverage.min(0.995 / (1.0 - then.ltv).max(1e-3));
    let worst = then.price_d / then.price_c * (1.0 - c.slippage);
    let (mut cash, mut paid, mut taken) = (loan.cash(turn), 0.0, 0.0);
    for _ in 0..c.loops {
        if then.leverage() >= 0.99 * target {
            break;
        }
        let wanted = (target - 1.0) * (then.collateral() - then.debt()) - then.debt();
        let room = 0.9995 * then.collateral() * then.ltv - then.debt();
        let borrowed = (wanted.min(room) / then.price_d).min(0.999 * cash);
        if borrowed * then.price_d < 1e-4 * then.collateral() || borrowed <= 0.0 {
            break;
        }
        // Rounds of one transaction meet the pool one after the other.
        let Some(all) = buy.quote(turn, paid + borrowed) else {
            break;
        };
        let got = all - taken;
        if got < borrowed * worst {
            break;
        }
        calls.push(loan.borrow(turn, borrowed));
        calls.push(buy.call(turn, borrowed, worst));
        calls.push(loan.supply(Amount::Previous));
        (cash, paid, taken) = (cash - borrowed, paid + borrowed, all);
        then.owed += borrowed;
        then.lent += 0.9999 * got;
    }
    calls
}

/// Less leverage: withdraw, swap and repay.
fn unwind(turn: &Look<'_>, loan: &Loan, stands: &Standing, sell: Way) -> Vec<Call> {
    let c = turn.config();
    let chain = loan.lender.chain;
    let mut calls: Vec<Call> = Vec::new();
    let mut then = *stands;
    let held = turn.on_chain(chain, loan.asset_d);
    let units = loan.units_d(turn).chain_to_f64(held);
    if then.owed > 0.0 && units > 1e-4 * then.owed {
        calls.push(loan.repay(Amount::All));
        then.owed = (then.owed - units).max(0.0);
    }
    let worst = then.price_c / then.price_d * (1.0 - c.haste);
    let reserve = loan.logic(turn).reserve(loan.collateral, turn.now());
    let mut cash = loan
        .units_c(turn)
        .chain_to_f64(reserve.map_or(0, |r| r.cash));
    let (mut paid, mut taken) = (0.0, 0.0);
    for _ in 0..c.loops {
        if then.owed <= 0.0 {
            break;
        }
        let spare = then.collateral() - 1.0005 * then.debt() / then.threshold.max(1e-9);
        // A little more than the debt, because interest runs until the block.
        let enough = 1.0005 * then.debt() / (1.0 - c.haste).max(0.1);
        let units = (0.999 * spare.min(enough) / then.price_c).min(0.999 * cash);
        let Some(all) = sell.quote(turn, paid + units.max(0.0)) else {
            break;
        };
        let got = all - taken;
        if units <= 1e-9 * then.lent || got < units * worst {
            break;
        }
        let exact = loan.units_c(turn).chain_from_f64(units);
        calls.push(loan.withdraw(Amount::Exact(exact)));
        calls.push(sell.call(turn, units, worst));
        calls.push(loan.repay(Amount::Previous));
        (cash, paid, taken) = (cash - units, paid + units, all);
        then.lent -= units;
        then.owed -= got.min(then.owed);
    }
    if calls.is_empty() && then.owed <= 0.0 && then.lent > 0.0 {
        calls.push(loan.withdraw(Amount::All));
    }
    calls
}
