//! Holders of a stable coin, who leave it when they believe that it fails.
//!
//! A member sees what the public sees of the issuer, of the market and of the news, and adds its own
//! error: its estimate of the coin's strength is the public worth of the claim (for a coin without a
//! reserve: one) - `discount` x (1 - price) - `queue` x (waiting redemptions / supply) - `closed` while
//! nothing is redeemed and something is frozen - `news` x exp(-age of the latest news / `memory`) +
//! `noise` x error. It leaves when its belief in failure is above `cost`, as in the game of
//! [`RunGame`](firesale_stablecoin::RunGame); the price that others have made is what makes a run feed on
//! itself.
//!
//! Who leaves redeems, if it has access and the issuer pays; else it sells, part by part, in the pool or on
//! the venue, wherever the price is better, and not below `haste` under its own estimate. Coins in a yield
//! anchor are taken out first.
//!
//! The weights are assumptions (A). That large and informed accounts leave first is in the data of Terra
//! (R): here it follows from how often and how exactly a population looks.

use firesale_sim::prelude::*;
use firesale_stablecoin::{IssuerEvent, IssuerKind, RunGame, SeigniorageEvent};

use super::spiral::Exits;
use crate::ways::Way;

/// Parameters of a population of holders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoinHolderConfig {
    /// The coin.
    pub coin: String,
    /// The pool in which members sell, if they have an address on its chain.
    #[serde(default)]
    pub pool: Option<String>,
    /// The coin of that pool that they want; default: whatever is worth the most.
    #[serde(default)]
    pub into: Option<String>,
    /// For a coin without a reserve: the pool in which they sell what a redemption gives.
    #[serde(default)]
    pub token_pool: Option<String>,
    /// Whether members have primary access: the issuer must list the population as well.
    #[serde(default)]
    pub primary: bool,
    /// What leaving in vain costs, as a part of what is at stake.
    #[serde(default = "default_cost")]
    pub cost: f64,
    /// Half of the width of private noise about the strength.
    #[serde(default = "default_noise")]
    pub noise: f64,
    /// What a price of zero would take off.
    #[serde(default = "default_discount")]
    pub discount: f64,
    /// What a queue as long as the supply takes off.
    #[serde(default = "default_queue")]
    pub queue: f64,
    /// What it takes off that nothing is redeemed while a part of the reserve is stuck.
    #[serde(default = "default_closed")]
    pub closed: f64,
    /// What fresh news takes off.
    #[serde(default)]
    pub news: f64,
    /// How long news is remembered.
    #[serde(default = "default_memory")]
    pub memory: DurationText,
    /// The part of its coins that a member sells at one look.
    #[serde(default = "default_part")]
    pub part: f64,
    /// How far below its own estimate a member sells.
    #[serde(default = "default_haste")]
    pub haste: f64,
    /// The strength from which on who has left comes back, in the pool where it left; nobody does if it
    /// is far above one.
    #[serde(default = "default_return")]
    pub comes_back_at: f64,
}

const fn default_cost() -> f64 {
    0.07
}
const fn default_noise() -> f64 {
    0.02
}
const fn default_discount() -> f64 {
    0.5
}
const fn default_queue() -> f64 {
    0.2
}
const fn default_closed() -> f64 {
    0.01
}
const fn default_memory() -> DurationText {
    DurationText::new(SimDuration::secs(6 * 3600))
}
const fn default_part() -> f64 {
    0.25
}
const fn default_haste() -> f64 {
    0.05
}
const fn default_return() -> f64 {
    0.98
}

/// A holder's character and memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct CoinHolder {
    /// Its own error, between -1 and 1, which stays.
    error: f64,
    /// Whether it has decided to leave.
    leaves: bool,
    /// When it first decided so.
    left_at: Option<SimTime>,
}

impl AgentKind for CoinHolder {
    const KIND: &'static str = "coin_holder";
    const NEEDS_VENUE: bool = false;
    type Config = CoinHolderConfig;

    fn check(c: &CoinHolderConfig) -> Result<(), Misfit> {
        within("cost", c.cost, 0.0, 1.0)?;
        within("noise", c.noise, 0.0, 1.0)?;
        within("discount", c.discount, 0.0, 10.0)?;
        within("queue", c.queue, 0.0, 10.0)?;
        within("closed", c.closed, 0.0, 1.0)?;
        within("news", c.news, 0.0, 1.0)?;
        within("part", c.part, 0.0, 1.0)?;
        within("haste", c.haste, 0.0, 1.0)
    }

    fn names(c: &CoinHolderConfig) -> Vec<(&'static str, NameOf, String)> {
        let coin = ("coin", NameOf::Coin, c.coin.clone());
        let pool = c
            .pool
            .iter()
            .map(|pool| ("pool", NameOf::Pool, pool.clone()));
        let into = c
            .into
            .iter()
            .map(|into| ("into", NameOf::Asset, into.clone()));
        std::iter::once(coin).chain(pool).chain(into).collect()
    }

    fn new(_config: &CoinHolderConfig, rng: &mut AgentRng) -> Self {
        Self {
            error: rng.range(-1.0, 1.0),
            leaves: false,
            left_at: None,
        }
    }
}

type Look<'a> = Turn<'a, CoinHolder>;

pub(crate) fn decide(mut agents: Agents<'_, '_, CoinHolder>) {
    agents.par_decide(|me, turn| {
        let Some(asset) = turn.assets().find(&turn.config().coin) else {
            return;
        };
        let Some(strength) = strength(me, turn, asset) else {
            return;
        };
        let c = turn.config();
        let game = RunGame {
            cost: c.cost,
            noise: c.noise,
        };
        if game.leaves(strength) {
            me.leaves = true;
            me.left_at.get_or_insert(turn.now());
        } else if strength >= game.switching_signal() {
            me.leaves = false;
        }
        if me.leaves {
            leave(turn, asset, strength);
        } else if me.left_at.is_some() && strength >= turn.config().comes_back_at {
            come_back(turn, asset, strength);
        }
    });
}

/// The coin's strength as this member sees it.
fn strength(me: &CoinHolder, turn: &Look<'_>, asset: AssetId) -> Option<f64> {
    let c = turn.config();
    let (_, issuer) = turn.issuers().of(asset)?;
    let public = issuer.issuer().view(turn.now());
    let worth = issuer.public_worth(turn.now()).unwrap_or(1.0);
    let waiting = public.queue_amount as f64 / (public.supply as f64).max(1.0);
    let stuck = public.frozen > 0 && (!public.is_open || public.is_suspended);
    let closed = if stuck { c.closed } else { 0.0 };
    let fresh = turn
        .since_news()
        .map_or(0.0, |age| libm::exp(-age / c.memory.get().seconds()));
    let discount = (1.0 - best_price(turn, asset).unwrap_or(1.0)).clamp(0.0, 1.0);
    let doubts = c.discount * discount + c.queue * waiting + closed + c.news * fresh;
    Some(worth - doubts + c.noise * me.error)
}

/// The venue market of the coin among the member's own.
fn market(turn: &Look<'_>, asset: AssetId) -> Option<MarketId> {
    let mine = turn.markets().iter().copied();
    let mut spots = mine.filter(|&m| turn.info(m).kind == InstrumentKind::Spot);
    spots.find(|&m| turn.info(m).base == asset)
}

fn way(turn: &Look<'_>, asset: AssetId) -> Option<Way> {
    let c = turn.config();
    let into = c.into.as_ref().and_then(|name| turn.assets().find(name));
    Way::out_of(turn, c.pool.as_ref()?, asset, into)
}

/// The better of the prices at which the member could sell on its venue and in its pool.
fn best_price(turn: &Look<'_>, asset: AssetId) -> Option<f64> {
    let on_venue = market(turn, asset).map(|m| {
        let quote = turn.quote(m);
        let bid = quote.bid.map(|(bid, _)| turn.info(m).usd(bid));
        bid.unwrap_or(quote.last)
    });
    let in_pool = way(turn, asset).and_then(|way| way.price(turn));
    on_venue.into_iter().chain(in_pool).max_by(f64::total_cmp)
}

/// Takes the next step out of the coin.
fn leave(turn: &mut Look<'_>, asset: AssetId, strength: f64) {
    leave_anchor(turn, asset);
    if turn.config().primary && redeem(turn, asset) {
        return;
    }
    if leave_by_redemption(turn, asset) {
        return;
    }
    let worst = (strength.min(1.0) * (1.0 - turn.config().haste)).max(0.0);
    sell_in_pool(turn, asset, worst);
    sell_on_venue(turn, asset, worst);
}

/// Redeems a part of a coin without a reserve where that brings more than the pool, and sells what it
/// gave; whether it did something.
fn leave_by_redemption(turn: &mut Look<'_>, asset: AssetId) -> bool {
    let c = turn.config();
    let (Some(pool), Some(token_pool)) = (c.pool.clone(), c.token_pool.clone()) else {
        return false;
    };
    let into = c.into.as_ref().and_then(|name| turn.assets().find(name));
    let Some(exits) = Exits::of(turn, asset, (pool.as_str(), token_pool.as_str()), into) else {
        return false;
    };
    if turn.waiting(exits.coin.pool.chain) > 0 {
        return true;
    }
    if exits.sell_tokens(turn) {
        return true;
    }
    let held = exits.coin.held(turn);
    let units = if held < 100.0 {
        held
    } else {
        held * turn.config().part
    };
    let sold = exits.coin.quote(turn, units).map_or(0.0, |out| out / units);
    match exits.redeemed(turn, units) {
        Some(redeemed) if units > 0.0 && redeemed > sold => {
            exits.give(turn, asset, units);
            true
        }
        _ => false,
    }
}

/// Coins in the issuer's yield anchor come to the address on the pool's chain, or to the wallet.
fn leave_anchor(turn: &mut Look<'_>, asset: AssetId) {
    let Some((id, issuer)) = turn.issuers().of(asset) else {
        return;
    };
    let IssuerKind::Algorithmic(inside) = issuer.issuer().kind() else {
        return;
    };
    let holder = turn.holder_id();
    let amount = inside.anchor().deposit_of(holder);
    if amount == 0 {
        return;
    }
    let answer = way(turn, asset).map_or(Place::Wallet, |way| Place::Chain(way.pool.chain));
    let withdraw = SeigniorageEvent::Withdraw { holder, amount };
    turn.tell_issuer(id, answer, IssuerEvent::Seigniorage(withdraw));
}

/// Redeems what is in the wallet and on the chain, if the issuer pays; whether it does.
fn redeem(turn: &mut Look<'_>, asset: AssetId) -> bool {
    let Some((id, issuer)) = turn.issuers().of(asset) else {
        return false;
    };
    let public = issuer.issuer().view(turn.now());
    if !public.is_open || public.is_suspended {
        return false;
    }
    let in_wallet = turn.wallet(asset);
    turn.redeem(id, in_wallet);
    if let Some(way) = way(turn, asset)
        && way.held(turn) > 0.0
        && turn.waiting(way.pool.chain) == 0
        && let Some(token) = turn.chains().get(way.pool.chain).token(asset)
    {
        let offer = turn.offer(way.pool.chain);
        let call = Call::Leave {
            token,
            amount: Amount::All,
            to: Exit::Issuer(id.0),
        };
        turn.transact(way.pool.chain, offer, [call]);
    }
    true
}

fn sell_in_pool(turn: &mut Look<'_>, asset: AssetId, worst: f64) {
    let Some(way) = way(turn, asset) else {
        return;
    };
    let held = way.held(turn);
    if held <= 0.0 || turn.waiting(way.pool.chain) > 0 {
        return;
    }
    // The last coins go in one piece.
    let wanted = if held < 100.0 {
        held
    } else {
        held * turn.config().part
    };
    if let Some(units) = way.most(turn, wanted, worst) {
        let call = way.call(turn, units, worst);
        let offer = turn.offer(way.pool.chain);
        turn.transact(way.pool.chain, offer, [call]);
    }
}

/// Buys the coin back in the pool with what it was left for, no dearer than the member's own estimate.
fn come_back(turn: &mut Look<'_>, asset: AssetId, strength: f64) {
    let Some(out) = way(turn, asset) else {
        return;
    };
    let machine = turn.chains().get(out.pool.chain);
    let coins: SmallVec<[AssetId; 4]> = turn
        .pool(out.pool)
        .tokens
        .iter()
        .filter_map(|&token| machine.asset(token))
        .filter(|&coin| coin != asset)
        .collect();
    let name = turn.config().pool.clone().unwrap_or_default();
    for coin in coins {
        let Some(way) = Way::out_of(turn, &name, coin, Some(asset)) else {
            continue;
        };
        let held = way.held(turn);
        if held <= 0.0 || turn.waiting(way.pool.chain) > 0 {
            continue;
        }
        let wanted = if held < 100.0 {
            held
        } else {
            held * turn.config().part
        };
        let worst = 1.0 / strength.clamp(1e-6, 1.0);
        if let Some(units) = way.most(turn, wanted, worst) {
            let (call, offer) = (way.call(turn, units, worst), turn.offer(way.pool.chain));
            turn.transact(way.pool.chain, offer, [call]);
        }
    }
}

fn sell_on_venue(turn: &mut Look<'_>, asset: AssetId, worst: f64) {
    let Some(market) = market(turn, asset) else {
        return;
    };
    let held = turn.position_qty(market).0;
    let part = (held as f64 * turn.config().part) as i64;
    let qty = Qty(part.max(held.min(100)));
    if qty > Qty::ZERO {
        let info = turn.info(market);
        let limit = info.price_above(worst);
        turn.submit(Intent::sell(qty).on(market).at_worst(limit));
    }
}
