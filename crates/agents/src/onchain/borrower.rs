//! Borrowers: they lend a coin to borrow dollars, and look after the loan more or less well.
//!
//! *Beginning.* A member lends all of its collateral on the chain, less a part `spare` for later and `keep`
//! for gas, and borrows as much as gives the health factor that it wants: `health` times a lognormal factor
//! with standard deviation `health_sigma`, at least 1.02, and no more than the market lends. A part `keep_debt`
//! of what it has borrowed stays at hand, the rest leaves the chain for its wallet: it is spent.
//!
//! *Looking after.* A part `attentive` of members acts when the health factor has been below `trigger` (or
//! half way between what it wants and one, if that is less) for
//! `delay` times an exponential number with mean one, drawn once a member: it repays from what it has at
//! hand as much as restores the health factor it wants, and lends its spare collateral if that does not
//! suffice. Everybody else is left to keepers.
//!
//! Most borrowers never add collateral; the shares and delays are assumptions (A), the trigger too.

use firesale_sim::prelude::*;

use super::debt::{Loan, Standing};
use super::gas;

/// Parameters of a population of borrowers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BorrowerConfig {
    /// The lending market.
    pub lender: String,
    /// What is lent to it.
    pub supply: String,
    /// What is borrowed.
    pub borrow: String,
    /// The median of the health factor that members want.
    #[serde(default = "default_health")]
    pub health: f64,
    /// Standard deviation of its logarithm.
    #[serde(default = "default_sigma")]
    pub health_sigma: f64,
    /// The health factor at which attentive members begin to worry.
    #[serde(default = "default_trigger")]
    pub trigger: f64,
    /// The mean time until they act.
    #[serde(default = "default_delay")]
    pub delay: DurationText,
    /// The part of members that ever acts.
    #[serde(default = "half")]
    pub attentive: f64,
    /// The part of the collateral that is not lent at first.
    #[serde(default)]
    pub spare: f64,
    /// The part of the loan that stays at hand.
    #[serde(default = "default_keep_debt")]
    pub keep_debt: f64,
    /// Whether members enter the category in which both assets are, if there is one.
    #[serde(default = "yes")]
    pub e_mode: bool,
    /// Units of the native asset that one account keeps for gas.
    #[serde(default = "default_keep")]
    pub keep: f64,
}

const fn default_health() -> f64 {
    1.6
}
const fn default_sigma() -> f64 {
    0.25
}
const fn default_trigger() -> f64 {
    1.15
}
const fn default_delay() -> DurationText {
    DurationText::new(SimDuration::secs(1800))
}
const fn half() -> f64 {
    0.5
}
const fn default_keep_debt() -> f64 {
    0.3
}
const fn yes() -> bool {
    true
}
const fn default_keep() -> f64 {
    0.05
}

/// A borrower's character and memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct Borrower {
    /// The health factor it wants.
    wanted: f64,
    /// How long it hesitates; it never acts without.
    hesitates: Option<SimDuration>,
    has_begun: bool,
    /// Since when it is worried.
    worried: Option<SimTime>,
}

impl AgentKind for Borrower {
    const KIND: &'static str = "borrower";
    const NEEDS_VENUE: bool = false;
    type Config = BorrowerConfig;

    fn check(c: &BorrowerConfig) -> Result<(), Misfit> {
        within("health", c.health, 1.0, 100.0)?;
        within("health_sigma", c.health_sigma, 0.0, 3.0)?;
        within("trigger", c.trigger, 0.0, 100.0)?;
        within("attentive", c.attentive, 0.0, 1.0)?;
        within("spare", c.spare, 0.0, 1.0)?;
        within("keep_debt", c.keep_debt, 0.0, 1.0)?;
        within("keep", c.keep, 0.0, 1e9)
    }

    fn names(c: &BorrowerConfig) -> Vec<(&'static str, NameOf, String)> {
        vec![
            ("lender", NameOf::Lender, c.lender.clone()),
            ("supply", NameOf::Asset, c.supply.clone()),
            ("borrow", NameOf::Asset, c.borrow.clone()),
        ]
    }

    fn new(config: &BorrowerConfig, rng: &mut AgentRng) -> Self {
        let factor = lognormal(rng, 0.0, config.health_sigma);
        let acts = rng.uniform() < config.attentive;
        let wait = exponential(rng, 1.0) * config.delay.get().seconds();
        Self {
            wanted: (config.health * factor).max(1.02),
            hesitates: acts.then_some(SimDuration((wait * 1e9) as i64)),
            has_begun: false,
            worried: None,
        }
    }
}

type Look<'a> = Turn<'a, Borrower>;

pub(crate) fn decide(mut agents: Agents<'_, '_, Borrower>) {
    agents.par_decide(|me, turn| {
        let c = turn.config();
        let Some(loan) = Loan::find(turn, &c.lender, &c.supply, &c.borrow, c.e_mode) else {
            return;
        };
        if turn.waiting(loan.lender.chain) > 0 {
            return;
        }
        let stands = loan.standing(turn);
        if stands.lent > 0.0 || stands.owed > 0.0 {
            me.has_begun = true;
        }
        let calls = if me.has_begun {
            look_after(me, turn, &loan, &stands)
        } else {
            begin(me, turn, &loan, &stands)
        };
        let offer = turn.offer(loan.lender.chain);
        turn.transact(loan.lender.chain, offer, calls);
    });
}

/// Collateral at hand that may be lent, in units of the chain.
fn at_hand(turn: &Look<'_>, loan: &Loan) -> u128 {
    gas::usable(turn, loan.lender.chain, loan.asset_c, turn.config().keep)
}

fn begin(me: &Borrower, turn: &Look<'_>, loan: &Loan, stands: &Standing) -> Vec<Call> {
    let c = turn.config();
    let lent = (at_hand(turn, loan) as f64 * (1.0 - c.spare)) as u128;
    if lent == 0 || stands.price_d <= 0.0 {
        return Vec::new();
    }
    let worth = loan.units_c(turn).chain_to_f64(lent) * stands.price_c;
    let safe = worth * stands.threshold / me.wanted;
    // A thousandth less than the market lends, for interest and rounding.
    let usd = safe.min(0.999 * worth * stands.ltv);
    let units = (usd / stands.price_d).min(loan.cash(turn));
    let mut calls: Vec<Call> = loan.enter(turn).into_iter().collect();
    calls.push(loan.supply(Amount::Exact(lent)));
    calls.push(loan.borrow(turn, units));
    let spent = loan
        .units_d(turn)
        .chain_from_f64(units * (1.0 - c.keep_debt));
    let token = turn.chains().get(loan.lender.chain).token(loan.asset_d);
    if let Some(token) = token.filter(|_| spent > 0) {
        calls.push(Call::Leave {
            token,
            amount: Amount::Exact(spent),
            to: Exit::Wallet,
        });
    }
    calls
}

fn look_after(me: &mut Borrower, turn: &Look<'_>, loan: &Loan, stands: &Standing) -> Vec<Call> {
    let Some(hesitates) = me.hesitates else {
        return Vec::new();
    };
    if stands.health() >= turn.config().trigger.min(0.5 * (1.0 + me.wanted)) {
        me.worried = None;
        return Vec::new();
    }
    let since = *me.worried.get_or_insert(turn.now());
    if turn.now().since(since) < hesitates {
        return Vec::new();
    }
    let mut calls = Vec::new();
    let (units_c, units_d) = (loan.units_c(turn), loan.units_d(turn));
    let safe = stands.collateral() * stands.threshold / me.wanted;
    let too_much = stands.debt() - safe;
    let held = turn.on_chain(loan.lender.chain, loan.asset_d);
    let repaid = (too_much / stands.price_d).min(units_d.chain_to_f64(held));
    if units_d.chain_from_f64(repaid) > 0 {
        calls.push(loan.repay(Amount::Exact(units_d.chain_from_f64(repaid).min(held))));
    }
    let left = stands.debt() - repaid.max(0.0) * stands.price_d - safe;
    let lacking = left * me.wanted / (stands.threshold * stands.price_c);
    let added = units_c
        .chain_from_f64(lacking.max(0.0))
        .min(at_hand(turn, loan));
    if added > 0 {
        calls.push(loan.supply(Amount::Exact(added)));
    }
    calls
}
