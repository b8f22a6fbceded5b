//! Liquidity providers: they earn the fees of a pool, and leave it when its price turns against them.
//!
//! *Coming.* At its first look, and whenever it is outside and calm, a member provides its coins on the
//! chain, less `keep` for gas. To pools with shares it adds in proportion to their reserves; if it lacks a
//! coin altogether, in what it has where the curve allows that. In a concentrated pool it lays `rungs`
//! nested ranges around the price, the widest a factor 1 + `width` to either side, with equal parts of its
//! coins; before that it swaps what is more than 60% of its worth in one coin down to a half.
//!
//! *Moving.* A position in a concentrated pool is taken out, and laid again at the next look, when the
//! price has left the widest range, or it is older than `recentre_every`.
//!
//! *Leaving.* A member takes all liquidity out when, since its first look, (a) the pool's most plentiful
//! coin, counted at the prices of the first look, has become more than `exit_imbalance` of it; (b) a coin's
//! price against another has fallen below `exit_price` of what it was; (c) the volatility of the pool's
//! price, over the last ten minutes or so, is above `exit_volatility` per second; (d) what the public
//! believes a claim on the issuer of one of its coins to be worth is below `exit_worth`. With `exit_one` it
//! wants all in the coin that has fallen least, where the curve allows it. It comes back when none of that
//! was true for `calm`.
//!
//! Widths, thresholds and times are assumptions (A): who provides how wide is not in the facts at hand.
//! What a range earns and loses is the contracts' own arithmetic.

use firesale_amm::{ConcentratedLiquidity, Pool, PositionKey};
use firesale_sim::prelude::*;

use super::gas;
use super::ranges::{Range, around};
use super::stress::{Memory, Signs};
use crate::ways::Way;

/// Parameters of a population of liquidity providers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidityProviderConfig {
    /// The pool.
    pub pool: String,
    /// How far the widest range reaches, as a part of the price.
    #[serde(default = "default_width")]
    pub width: f64,
    /// Ranges in a concentrated pool.
    #[serde(default = "default_rungs")]
    pub rungs: u32,
    /// The age at which ranges are laid anew; absent: only when the price has left them.
    #[serde(default)]
    pub recentre_every: Option<DurationText>,
    /// The part of the pool in one coin above which members leave; 1: never.
    #[serde(default = "one")]
    pub exit_imbalance: f64,
    /// The part of its price at the first look below which a coin drives members out; 0: never.
    #[serde(default)]
    pub exit_price: f64,
    /// The volatility per second above which they leave.
    #[serde(default = "default_volatility")]
    pub exit_volatility: f64,
    /// The worth of a claim on an issuer below which they leave; 0: never.
    #[serde(default)]
    pub exit_worth: f64,
    /// Whether they leave in the best coin.
    #[serde(default)]
    pub exit_one: bool,
    /// How long it must have been calm before they return.
    #[serde(default = "default_calm")]
    pub calm: DurationText,
    /// Units of the native asset that one account keeps for gas.
    #[serde(default = "default_keep")]
    pub keep: f64,
}

const fn default_width() -> f64 {
    0.1
}
const fn default_rungs() -> u32 {
    1
}
const fn one() -> f64 {
    1.0
}
const fn default_volatility() -> f64 {
    1.0
}
const fn default_calm() -> DurationText {
    DurationText::new(SimDuration::secs(6 * 3600))
}
const fn default_keep() -> f64 {
    0.05
}

/// A liquidity provider's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct LiquidityProvider {
    memory: Memory,
    /// Ranges in which it has, or has asked for, positions.
    ranges: Vec<Range>,
    laid_at: SimTime,
    /// When it last saw stress.
    stressed_at: Option<SimTime>,
}

impl AgentKind for LiquidityProvider {
    const KIND: &'static str = "liquidity_provider";
    const NEEDS_VENUE: bool = false;
    type Config = LiquidityProviderConfig;

    fn check(c: &LiquidityProviderConfig) -> Result<(), Misfit> {
        within("width", c.width, 1e-4, 100.0)?;
        within("rungs", f64::from(c.rungs), 1.0, 20.0)?;
        within("exit_imbalance", c.exit_imbalance, 0.0, 1.0)?;
        within("exit_price", c.exit_price, 0.0, 1.0)?;
        within("exit_volatility", c.exit_volatility, 0.0, 1.0)?;
        within("exit_worth", c.exit_worth, 0.0, 1.0)?;
        within("keep", c.keep, 0.0, 1e9)
    }

    fn names(c: &LiquidityProviderConfig) -> Vec<(&'static str, NameOf, String)> {
        vec![("pool", NameOf::Pool, c.pool.clone())]
    }

    fn new(_config: &LiquidityProviderConfig, _rng: &mut AgentRng) -> Self {
        Self {
            memory: Memory::default(),
            ranges: Vec::new(),
            laid_at: SimTime::ZERO,
            stressed_at: None,
        }
    }
}

type Look<'a> = Turn<'a, LiquidityProvider>;

pub(crate) fn decide(mut agents: Agents<'_, '_, LiquidityProvider>) {
    agents.par_decide(|me, turn| {
        let Some(pool) = turn.chains().pool(&turn.config().pool) else {
            return;
        };
        let Some(signs) = me.memory.look(turn, pool) else {
            return;
        };
        let stressed = is_stressed(turn, pool, &signs);
        if stressed {
            me.stressed_at = Some(turn.now());
        }
        if turn.waiting(pool.chain) > 0 {
            return;
        }
        let calm = turn.config().calm.get();
        let since = me.stressed_at.map(|at| turn.now().since(at));
        let comes = since.is_none_or(|span| span >= calm);
        match &turn.pool(pool).logic {
            Pool::Concentrated(logic) => {
                let calls = in_ranges(me, turn, pool, logic, (stressed, comes));
                send(turn, pool, calls);
            }
            _ => {
                let call = in_shares(turn, pool, &signs, (stressed, comes));
                send(turn, pool, call.into_iter().collect());
            }
        }
    });
}

fn send(turn: &mut Look<'_>, pool: PoolRef, calls: Vec<Call>) {
    let offer = turn.offer(pool.chain);
    turn.transact(pool.chain, offer, calls);
}

fn is_stressed(turn: &Look<'_>, pool: PoolRef, signs: &Signs) -> bool {
    let c = turn.config();
    let machine = turn.chains().get(pool.chain);
    let coins = turn.pool(pool).tokens.iter();
    let coins = coins.filter_map(|&token| machine.asset(token));
    let doubted = |coin: AssetId| {
        let issuer = turn.issuers().of(coin);
        let worth = issuer.and_then(|(_, issuer)| issuer.public_worth(turn.now()));
        worth.is_some_and(|worth| worth < c.exit_worth)
    };
    (c.exit_imbalance < 1.0 && signs.imbalance > c.exit_imbalance)
        || signs.price < c.exit_price
        || signs.volatility > c.exit_volatility
        || (c.exit_worth > 0.0 && coins.into_iter().any(doubted))
}

/// What the member may use of every coin, in units of the chain.
fn usable(turn: &Look<'_>, pool: PoolRef) -> Vec<u128> {
    let machine = turn.chains().get(pool.chain);
    let coins = turn.pool(pool).tokens.iter();
    coins
        .map(|&token| {
            let asset = machine.asset(token);
            asset.map_or(0, |a| gas::usable(turn, pool.chain, a, turn.config().keep))
        })
        .collect()
}

/// The next step in a pool with shares.
fn in_shares(
    turn: &Look<'_>,
    pool: PoolRef,
    signs: &Signs,
    (stressed, comes): (bool, bool),
) -> Option<Call> {
    let shares = turn.shares(pool);
    let logic = &turn.pool(pool).logic;
    let pays_one = !matches!(logic, Pool::ConstantProduct(_));
    if stressed {
        return (shares > 0).then_some(Call::Remove {
            pool: pool.pool,
            shares: Amount::All,
            coin: (turn.config().exit_one && pays_one).then_some(signs.best as u8),
        });
    }
    if shares > 0 || !comes {
        return None;
    }
    let (held, reserves) = (usable(turn, pool), logic.reserves());
    let parts = held.iter().zip(&reserves);
    let part = parts.fold(f64::INFINITY, |least, (held, reserve)| {
        least.min(*held as f64 / (*reserve).max(1) as f64)
    });
    let amounts: SmallVec<[u128; 4]> = if part > 0.0 {
        let in_proportion = reserves
            .iter()
            .map(|reserve| (*reserve as f64 * part) as u128);
        in_proportion
            .zip(&held)
            .map(|(amount, held)| amount.min(*held))
            .collect()
    } else if pays_one {
        held.into_iter().collect()
    } else {
        return None;
    };
    amounts
        .iter()
        .any(|amount| *amount > 0)
        .then_some(Call::Add {
            pool: pool.pool,
            amounts,
            least: 0,
        })
}

/// The next step in a concentrated pool.
fn in_ranges(
    me: &mut LiquidityProvider,
    turn: &Look<'_>,
    pool: PoolRef,
    logic: &ConcentratedLiquidity,
    (stressed, comes): (bool, bool),
) -> Vec<Call> {
    let held = positions(me, turn, pool, logic);
    if !held.is_empty() {
        let age = turn.now().since(me.laid_at);
        let old = turn
            .config()
            .recentre_every
            .is_some_and(|most| age >= most.get());
        let outside = held.iter().all(|(range, _)| !range.holds(logic));
        if !(stressed || old || outside) {
            return Vec::new();
        }
        let take = |&(range, liquidity): &(Range, u128)| Call::RemoveRange {
            pool: pool.pool,
            lower: range.lower,
            upper: range.upper,
            liquidity,
        };
        return held.iter().map(take).collect();
    }
    if !comes {
        return Vec::new();
    }
    if let Some(call) = balance(turn, pool) {
        return vec![call];
    }
    lay(me, turn, pool, logic)
}

/// The positions that the member has, with their liquidity.
fn positions(
    me: &LiquidityProvider,
    turn: &Look<'_>,
    pool: PoolRef,
    logic: &ConcentratedLiquidity,
) -> Vec<(Range, u128)> {
    let Some(holder) = turn.address(pool.chain) else {
        return Vec::new();
    };
    let liquidity = |range: &Range| {
        let key = PositionKey {
            owner: holder.0,
            tick_lower: range.lower,
            tick_upper: range.upper,
        };
        logic.position(key).map_or(0, |position| position.liquidity)
    };
    let all = me.ranges.iter().map(|range| (*range, liquidity(range)));
    all.filter(|(_, liquidity)| *liquidity > 0).collect()
}

/// The swap that brings the member's coins to equal worth, if one is more than 60% of it.
fn balance(turn: &Look<'_>, pool: PoolRef) -> Option<Call> {
    let held = usable(turn, pool);
    let machine = turn.chains().get(pool.chain);
    let first = machine.asset(*turn.pool(pool).tokens.first()?)?;
    let way = Way::out_of(turn, &turn.config().pool, first, None)?;
    let price = turn.chains().price(pool, 0, 1)?;
    let units = |asset: AssetId, amount: u128| turn.assets().get(asset).units.chain_to_f64(amount);
    let worth = [
        units(way.asset_in, held[0]) * price,
        units(way.asset_out, held[1]),
    ];
    let all = worth[0] + worth[1];
    let too_much = (0..2).find(|&coin| worth[coin] > 0.6 * all)?;
    let surplus = worth[too_much] - 0.5 * all;
    let (way, wanted) = match too_much {
        0 => (way, surplus / price),
        _ => (way.back(), surplus),
    };
    // What moves the price by more than 2% waits for the next look.
    let worst = 0.98 * way.price(turn)?;
    let amount = way.most(turn, wanted, worst)?;
    Some(way.call(turn, amount, worst))
}

/// Lays ranges around the price with equal parts of the member's coins.
fn lay(
    me: &mut LiquidityProvider,
    turn: &Look<'_>,
    pool: PoolRef,
    logic: &ConcentratedLiquidity,
) -> Vec<Call> {
    let held = usable(turn, pool);
    let ranges = around(logic, turn.config().width, turn.config().rungs);
    // The price may move until the block comes, and a range then takes more of one coin.
    let part = |amount: u128| (0.97 * amount as f64 / ranges.len() as f64) as u128;
    let amounts = [part(held[0]), part(held[1])];
    let add = |range: &Range| {
        let liquidity = range.liquidity(logic, amounts)?;
        (liquidity > 0).then_some(Call::AddRange {
            pool: pool.pool,
            lower: range.lower,
            upper: range.upper,
            liquidity,
        })
    };
    let calls: Vec<Call> = ranges.iter().filter_map(add).collect();
    (me.ranges, me.laid_at) = (ranges, turn.now());
    calls
}
