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

use firesale_sim::prelude::*;

use super::{gas, search};
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

/// A trade that pays.
struct Plan {
    calls: SmallVec<[Call; 2]>,
    /// Before the tip is raised, after gas.
    profit: f64,
    /// The book's leg, if there is one.
    leg: Option<Sent>,
}

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

/// Units of the base that the member can trade on a book's touch, and the price there.
fn on_book(turn: &Look<'_>, market: MarketId, side: Side) -> Option<(f64, f64)> {
    let (quote, info) = (turn.quote(market), turn.info(market));
    let (price, qty) = match side {
        Side::Buy => quote.ask?,
        Side::Sell => quote.bid?,
    };
    let price = info.usd(price);
    let room = match info.kind {
        InstrumentKind::Spot if side == Side::Buy => turn.buying_power(market) / price,
        InstrumentKind::Spot => turn.balance(market, info.base),
        InstrumentKind::Perp | InstrumentKind::Future => {
            let held = turn.position_qty(market).0 as f64 * info.lot_base * side.sign() as f64;
            let limit = turn.config().leverage * turn.equity(market).max(0.0) / price;
            (limit - held).max(0.0)
        }
    };
    let size = qty.0 as f64 * info.lot_base * turn.config().reach;
    let units = size.min(room).min(clip(turn) / price);
    (units > 0.0).then_some((units, price))
}

/// Whether what is left after gas pays for a trade of so many dollars.
fn pays(turn: &Look<'_>, profit: f64, usd: f64) -> bool {
    let c = turn.config();
    profit > (c.edge * usd).max(c.least_profit.get().to_f64())
}

fn gas_of(turn: &Look<'_>, chain: ChainId, calls: &[Call]) -> f64 {
    gas::cost(turn, chain, turn.offer(chain), calls)
}

fn swap(way: Way, amount: Amount, least: u128) -> Call {
    Call::Swap {
        pool: way.pool.pool,
        from: way.from as u8,
        to: way.to as u8,
        amount,
        least,
    }
}

/// Buys the base in the pool for a sale on the book. `way` leads from the other coin to the base.
fn buy_in_pool(turn: &Look<'_>, way: Way, market: MarketId) -> Option<Plan> {
    let (room, bid) = on_book(turn, market, Side::Sell)?;
    let net = bid * (1.0 - turn.config().venue_fee);
    let money = turn.dollars(way.asset_in);
    if way.price(turn)? * net <= money {
        return None;
    }
    let (paid, taken) = (
        turn.assets().get(way.asset_in).units,
        turn.assets().get(way.asset_out).units,
    );
    let logic = &turn.pool(way.pool).logic;
    let got = |x| Some(taken.chain_to_f64(logic.quote(way.from, way.to, x).ok()?.amount_out));
    let gain = |x| Some(got(x)?.min(room) * net - paid.chain_to_f64(x) * money);
    let most = usable(turn, way).min(paid.chain_from_f64(clip(turn) / money));
    let (amount, gain) = search::best(most, gain)?;
    let cost = paid.chain_to_f64(amount) * money;
    let one = [swap(way, Amount::Exact(amount), 0)];
    let gas = gas_of(turn, way.pool.chain, &one);
    let least = taken.chain_from_f64((cost + gas) / net);
    pays(turn, gain - gas, cost).then(|| Plan {
        calls: SmallVec::from_iter([swap(way, Amount::Exact(amount), least)]),
        profit: gain - gas,
        leg: Some(Sent {
            market,
            side: Side::Sell,
            before: turn.on_chain(way.pool.chain, way.asset_in),
            paid: amount,
            units: got(amount).unwrap_or(0.0).min(room),
        }),
    })
}

/// Sells the base in the pool for a purchase on the book. `way` leads from the base to the other coin.
fn sell_in_pool(turn: &Look<'_>, way: Way, market: MarketId) -> Option<Plan> {
    let (room, ask) = on_book(turn, market, Side::Buy)?;
    let gross = ask * (1.0 + turn.config().venue_fee);
    let money = turn.dollars(way.asset_out);
    if way.price(turn)? * money <= gross {
        return None;
    }
    let (paid, taken) = (
        turn.assets().get(way.asset_in).units,
        turn.assets().get(way.asset_out).units,
    );
    let logic = &turn.pool(way.pool).logic;
    let got = |x| Some(taken.chain_to_f64(logic.quote(way.from, way.to, x).ok()?.amount_out));
    let gain = |x| Some(got(x)? * money - paid.chain_to_f64(x) * gross);
    let most = usable(turn, way).min(paid.chain_from_f64(room));
    let (amount, gain) = search::best(most, gain)?;
    let units = paid.chain_to_f64(amount);
    let one = [swap(way, Amount::Exact(amount), 0)];
    let gas = gas_of(turn, way.pool.chain, &one);
    let least = taken.chain_from_f64((units * gross + gas) / money);
    pays(turn, gain - gas, units * gross).then(|| Plan {
        calls: SmallVec::from_iter([swap(way, Amount::Exact(amount), least)]),
        profit: gain - gas,
        leg: Some(Sent {
            market,
            side: Side::Buy,
            before: turn.on_chain(way.pool.chain, way.asset_in),
            paid: amount,
            units,
        }),
    })
}

/// There through one pool and back through another, in one transaction.
fn round_trip(turn: &Look<'_>, there: Way, back: Way) -> Option<Plan> {
    if there.price(turn)? * back.price(turn)? <= 1.0 {
        return None;
    }
    let units = turn.assets().get(there.asset_in).units;
    let money = turn.dollars(there.asset_in);
    let (first, second) = (&turn.pool(there.pool).logic, &turn.pool(back.pool).logic);
    let got = |x| {
        let middle = first.quote(there.from, there.to, x).ok()?.amount_out;
        Some(second.quote(back.from, back.to, middle).ok()?.amount_out)
    };
    let gain = |x| Some((units.chain_to_f64(got(x)?) - units.chain_to_f64(x)) * money);
    let most = usable(turn, there).min(units.chain_from_f64(clip(turn) / money));
    let (amount, gain) = search::best(most, gain)?;
    let calls = |least| {
        let first = swap(there, Amount::Exact(amount), 0);
        SmallVec::from_iter([first, swap(back, Amount::Previous, least)])
    };
    let gas = gas_of(turn, there.pool.chain, &calls(0));
    let least = amount.saturating_add(units.chain_from_f64(gas / money));
    pays(turn, gain - gas, units.chain_to_f64(amount) * money).then(|| Plan {
        calls: calls(least),
        profit: gain - gas,
        leg: None,
    })
}

/// Trades the book's leg of a transaction that was included and did not fail.
fn hedge(turn: &mut Look<'_>, out: Way, sent: &Sent) {
    let paid_in = match sent.side {
        Side::Sell => out.asset_out,
        Side::Buy => out.asset_in,
    };
    let now = turn.on_chain(out.pool.chain, paid_in);
    if sent.before.saturating_sub(now) < sent.paid / 2 {
        return;
    }
    let (quote, info) = (turn.quote(sent.market), turn.info(sent.market));
    let lots = Qty(libm::rint(sent.units / info.lot_base) as i64);
    let tolerance = turn.config().tolerance;
    let worst = match sent.side {
        Side::Sell => info.price_above((1.0 - tolerance) * quote.mid),
        Side::Buy => info.price_below((1.0 + tolerance) * quote.mid),
    };
    let order = Intent::order(sent.side, lots)
        .on(sent.market)
        .at_worst(worst);
    turn.submit(order.because(Cause::HEDGE));
}

/// What is in the wallet, and what one place has too much of, goes where there is too little.
fn rebalance(me: &mut PoolArbitrageur, turn: &mut Look<'_>, out: Way) {
    let spots = markets(turn, out);
    let Some(&market) = spots
        .iter()
        .find(|&&m| turn.info(m).kind == InstrumentKind::Spot)
    else {
        return;
    };
    let below = turn.config().rebalance_below;
    let (chain, venue) = (out.pool.chain, turn.info(market).venue);
    let assets = [out.asset_in, out.asset_out];
    let held = |asset: AssetId| {
        let there = turn
            .assets()
            .get(asset)
            .units
            .chain_to_f64(turn.on_chain(chain, asset));
        (there, turn.balance(market, asset))
    };
    let now = assets.map(held);
    let start = *me.start.get_or_insert(now);
    for ((asset, now), start) in assets.into_iter().zip(now).zip(start) {
        let wanted = |start: f64| below * start;
        let chain_is_poor = now.0 < wanted(start.0);
        let arrived = turn.wallet(asset);
        if arrived > Usd::ZERO {
            if chain_is_poor || now.1 >= start.1 {
                turn.send_to_chain(chain, asset, arrived);
            } else {
                turn.submit(Intent::deposit(venue, asset, arrived));
            }
        }
        if turn.now() < me.moving_until {
            continue;
        }
        let units = turn.assets().get(asset).units;
        if chain_is_poor && now.1 > start.1 {
            let amount = Usd(units.venue_from_f64(0.5 * (now.1 - start.1)));
            turn.submit(Intent::withdraw(venue, asset, amount));
            me.moving_until = turn.now() + SimDuration::secs(1800);
        } else if now.1 < wanted(start.1)
            && now.0 > start.0
            && let Some(token) = turn.chains().get(chain).token(asset)
        {
            let leave = Call::Leave {
                token,
                amount: Amount::Exact(units.chain_from_f64(0.5 * (now.0 - start.0))),
                to: Exit::Wallet,
            };
            let offer = turn.offer(chain);
            turn.transact(chain, offer, [leave]);
            me.moving_until = turn.now() + SimDuration::secs(1800);
        }
    }
}
