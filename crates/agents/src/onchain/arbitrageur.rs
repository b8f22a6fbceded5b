//! Arbitrageurs of pools: the same asset at two prices, of which one is a pool's.
//!
//! *Against a book.* A member knows spot or perpetual markets on one coin of the pool, the base. With the
//! exact quote q(x) of the pool, the touch of a book, its fee f, and the dollar price m of the pool's other
//! coin, it looks for the whole amount x with the largest
//!
//! buying the base in the pool: min(q(x), Q) bid (1 - f) - x m
//! selling it there: q(x) m - x ask (1 + f), x at most Q
//!
//! where Q is what it can trade on the book: `reach` times the size of the touch, what its inventory there
//! allows, and `clip`; x is at most what it has on the chain, too. The best over all its markets and both
//! directions is sent if it is above gas, `edge` times its size, and `least_profit`; it fails on the chain
//! where it would not break even. The other leg is traded at the first look after the transaction was
//! included, at no worse than `tolerance` beyond the touch: a transaction that fails leaves no naked leg.
//!
//! *Against a pool.* With `against`, both swaps are one transaction that fails if it does not pay for itself.
//!
//! *Gas.* It counts what the population usually offers, and gives `bid_share` of what is left to the producer
//! on top; then it waits for the outcome.
//!
//! *Inventory.* When an asset on the chain or the venue has fallen below `rebalance_below` of its part at the
//! first look, half of the other place's surplus goes there through the wallet; as long as that takes.
//!
//! Against an unbounded book the pool is left where its price is off by its own fee, the book's, gas and
//! edge. Fees, shares and limits are assumptions (A).

mod inventory;
mod plan;

use firesale_sim::prelude::*;

use self::inventory::{hedge, rebalance};
use self::plan::{Plan, buy_in_pool, round_trip, sell_in_pool};
use super::gas;
use crate::ways::Way;

/// Parameters of a population of arbitrageurs of a pool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolArbitrageurConfig {
    /// The pool.
    pub pool: String,
    /// The coin that they know elsewhere, too.
    pub coin: String,
    /// The coin of the pool they pay with; default: the first other one.
    #[serde(default)]
    pub into: Option<String>,
    /// Another pool of the same chain with both coins.
    #[serde(default)]
    pub against: Option<String>,
    /// The profit that pays, as a part of the trade.
    #[serde(default = "default_edge")]
    pub edge: f64,
    /// The least profit in dollars.
    #[serde(default = "default_least")]
    pub least_profit: Money,
    /// What the book's venue takes of a trade.
    #[serde(default = "default_venue_fee")]
    pub venue_fee: f64,
    /// How many times the touch's size they count on.
    #[serde(default = "default_reach")]
    pub reach: f64,
    /// How far beyond the touch the book's leg may trade.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// Most dollars in one trade, for one member.
    pub clip: Money,
    /// Most notional over equity on a perpetual.
    #[serde(default = "default_leverage")]
    pub leverage: f64,
    /// The part of the profit that they offer to producers.
    #[serde(default = "default_bid")]
    pub bid_share: f64,
    /// The part of an asset's amount at the start below which a place gets some of the other's.
    #[serde(default = "default_low")]
    pub rebalance_below: f64,
    /// Units of the native asset that one account keeps for gas.
    #[serde(default = "default_keep")]
    pub keep: f64,
}

const fn default_edge() -> f64 {
    0.0002
}
const fn default_least() -> Money {
    Money::new(Usd::dollars(5))
}
const fn default_venue_fee() -> f64 {
    0.0003
}
const fn default_reach() -> f64 {
    3.0
}
const fn default_tolerance() -> f64 {
    0.005
}
const fn default_leverage() -> f64 {
    3.0
}
const fn default_bid() -> f64 {
    0.3
}
const fn default_low() -> f64 {
    0.4
}
const fn default_keep() -> f64 {
    0.5
}

/// A transaction whose outcome is not known yet.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Sent {
    market: MarketId,
    /// The side of the book's leg.
    side: Side,
    /// What was on the chain of the coin paid in, and what was paid.
    before: u128,
    paid: u128,
    /// The book's leg, in units of the base.
    units: f64,
}

/// A pool arbitrageur's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct PoolArbitrageur {
    sent: Option<Sent>,
    /// Units at the first look on the chain and on venues, of base and other coin.
    start: Option<[(f64, f64); 2]>,
    moving_until: SimTime,
}

impl AgentKind for PoolArbitrageur {
    const KIND: &'static str = "pool_arbitrageur";
    const NEEDS_VENUE: bool = false;
    type Config = PoolArbitrageurConfig;

    fn check(c: &PoolArbitrageurConfig) -> Result<(), Misfit> {
        within("edge", c.edge, 0.0, 1.0)?;
        within("least_profit", c.least_profit.get().to_f64(), 0.0, 1e12)?;
        within("venue_fee", c.venue_fee, 0.0, 1.0)?;
        within("reach", c.reach, 0.0, 1e6)?;
        within("tolerance", c.tolerance, 0.0, 1.0)?;
        within("clip", c.clip.get().to_f64(), 0.0, 1e12)?;
        within("leverage", c.leverage, 0.0, MOST_LEVERAGE)?;
        within("bid_share", c.bid_share, 0.0, 1.0)?;
        within("rebalance_below", c.rebalance_below, 0.0, 1.0)?;
        within("keep", c.keep, 0.0, 1e9)
    }

    fn names(c: &PoolArbitrageurConfig) -> Vec<(&'static str, NameOf, String)> {
        let own = [
            ("pool", NameOf::Pool, c.pool.clone()),
            ("coin", NameOf::Asset, c.coin.clone()),
        ];
        let into = c
            .into
            .iter()
            .map(|name| ("into", NameOf::Asset, name.clone()));
        let against = c
            .against
            .iter()
            .map(|name| ("against", NameOf::Pool, name.clone()));
        own.into_iter().chain(into).chain(against).collect()
    }

    fn new(_config: &PoolArbitrageurConfig, _rng: &mut AgentRng) -> Self {
        Self {
            sent: None,
            start: None,
            moving_until: SimTime::ZERO,
        }
    }
}

type Look<'a> = Turn<'a, PoolArbitrageur>;

pub(crate) fn decide(mut agents: Agents<'_, '_, PoolArbitrageur>) {
    agents.par_decide(|me, turn| {
        let c = turn.config();
        let into = c.into.as_ref().and_then(|name| turn.assets().find(name));
        let base = turn.assets().find(&c.coin);
        let Some(out) = base.and_then(|base| Way::out_of(turn, &c.pool, base, into)) else {
            return;
        };
        if turn.waiting(out.pool.chain) > 0 {
            return;
        }
        if let Some(sent) = me.sent.take() {
            hedge(turn, out, &sent);
        }
        rebalance(me, turn, out);
        let mut best: Option<Plan> = None;
        let mut consider = |plan: Option<Plan>| {
            if let Some(plan) = plan
                && plan.profit > best.as_ref().map_or(0.0, |best| best.profit)
            {
                best = Some(plan);
            }
        };
        for market in markets(turn, out) {
            consider(buy_in_pool(turn, out.back(), market));
            consider(sell_in_pool(turn, out, market));
        }
        let other = turn.config().against.as_ref();
        let other =
            other.and_then(|name| Way::out_of(turn, name, out.asset_in, Some(out.asset_out)));
        if let Some(other) = other.filter(|other| other.pool.chain == out.pool.chain) {
            consider(round_trip(turn, out.back(), other));
            consider(round_trip(turn, other.back(), out));
        }
        if let Some(plan) = best {
            me.sent = plan.leg;
            let chain = out.pool.chain;
            let share = turn.config().bid_share * plan.profit;
            let offer = gas::raise(turn, chain, turn.offer(chain), &plan.calls, share);
            turn.transact(chain, offer, plan.calls);
        }
    });
}

/// The member's markets on the base.
fn markets(turn: &Look<'_>, out: Way) -> SmallVec<[MarketId; 4]> {
    let mine = turn.markets().iter().copied();
    mine.filter(|&m| turn.info(m).base == out.asset_in)
        .collect()
}

fn clip(turn: &Look<'_>) -> f64 {
    turn.config().clip.get().to_f64() * f64::from(turn.weight())
}

fn usable(turn: &Look<'_>, way: Way) -> u128 {
    gas::usable(turn, way.pool.chain, way.asset_in, turn.config().keep)
}
