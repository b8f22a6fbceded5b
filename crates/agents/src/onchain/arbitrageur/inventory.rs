//! The leg on the book, and what lies where.

use firesale_sim::prelude::*;

use super::{Look, PoolArbitrageur, Sent, markets};
use crate::ways::Way;

/// Trades the book's leg of a transaction that was included and did not fail.
pub(super) fn hedge(turn: &mut Look<'_>, out: Way, sent: &Sent) {
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
pub(super) fn rebalance(me: &mut PoolArbitrageur, turn: &mut Look<'_>, out: Way) {
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
