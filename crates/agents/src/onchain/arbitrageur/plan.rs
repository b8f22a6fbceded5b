//! Trades that pay: their size, their gain, their calls.

use firesale_sim::prelude::*;

use super::super::{gas, search};
use super::{Look, Sent, clip, usable};
use crate::ways::Way;

/// A trade that pays.
pub(super) struct Plan {
    pub(super) calls: SmallVec<[Call; 2]>,
    /// Before the tip is raised, after gas.
    pub(super) profit: f64,
    /// The book's leg, if there is one.
    pub(super) leg: Option<Sent>,
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
pub(super) fn buy_in_pool(turn: &Look<'_>, way: Way, market: MarketId) -> Option<Plan> {
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
pub(super) fn sell_in_pool(turn: &Look<'_>, way: Way, market: MarketId) -> Option<Plan> {
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
pub(super) fn round_trip(turn: &Look<'_>, there: Way, back: Way) -> Option<Plan> {
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
