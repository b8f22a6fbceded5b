//! How keepers turn collateral into money, and bring the money back.

use firesale_sim::prelude::*;

use super::{Keeper, Look};
use crate::ways::Way;

/// How seized collateral becomes money.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sale {
    /// It is what was repaid, or what the member wants anyway.
    None,
    Pool(Way),
    Venue,
}

/// Where so many units of an asset bring most, and how many dollars.
pub(super) fn best_sale(
    turn: &Look<'_>,
    (asset, into): (AssetId, AssetId),
    units: f64,
) -> (Sale, f64) {
    if asset == into {
        return (Sale::None, units * turn.dollars(into));
    }
    let mut best = (Sale::None, 0.0);
    for name in &turn.config().pools {
        let way = Way::out_of(turn, name, asset, Some(into));
        let Some((way, out)) = way.and_then(|way| Some((way, way.quote(turn, units)?))) else {
            continue;
        };
        if out * turn.dollars(into) > best.1 {
            best = (Sale::Pool(way), out * turn.dollars(into));
        }
    }
    if let Some(market) = spot(turn, asset)
        && let Some((bid, _)) = turn.quote(market).bid
    {
        let (quote, info) = (turn.quote(market), turn.info(market));
        let usd = units * info.usd(bid);
        let moved = 0.01 * usd / quote.bid_depth.max(1.0);
        let out = usd * (1.0 - turn.config().venue_fee - 0.5 * moved);
        if moved < 0.03 && out > best.1 {
            best = (Sale::Venue, out);
        }
    }
    best
}

/// The member's spot market on an asset.
fn spot(turn: &Look<'_>, asset: AssetId) -> Option<MarketId> {
    let mut mine = turn.markets().iter().copied();
    mine.find(|&m| turn.info(m).kind == InstrumentKind::Spot && turn.info(m).base == asset)
}

/// The call that sells what the call before it gave.
pub(super) fn sell(
    turn: &Look<'_>,
    chain: ChainId,
    (asset, sale): (AssetId, Sale),
    least: u128,
) -> Option<Call> {
    match sale {
        Sale::None => None,
        Sale::Pool(way) => Some(Call::Swap {
            pool: way.pool.pool,
            from: way.from as u8,
            to: way.to as u8,
            amount: Amount::Previous,
            least,
        }),
        Sale::Venue => turn
            .chains()
            .get(chain)
            .token(asset)
            .map(|token| Call::Leave {
                token,
                amount: Amount::Previous,
                to: Exit::Wallet,
            }),
    }
}

/// Collateral in the wallet goes to the venue, and what is there is sold.
pub(super) fn sell_on_venue(turn: &mut Look<'_>) {
    for market in turn.markets().to_vec() {
        let info = turn.info(market).clone();
        if info.kind != InstrumentKind::Spot {
            continue;
        }
        let arrived = turn.wallet(info.base);
        if arrived > Usd::ZERO {
            turn.submit(Intent::deposit(info.venue, info.base, arrived));
        }
        let held = turn.position_qty(market);
        if held > Qty::ZERO {
            let worst = info.price_above(0.97 * turn.quote(market).mid);
            turn.submit(Intent::sell(held).on(market).at_worst(worst));
        }
    }
}

/// Money from sales goes back to the chain when little is left there.
pub(super) fn bring_back(me: &mut Keeper, turn: &mut Look<'_>) {
    let Some(chain) = turn
        .config()
        .lenders
        .first()
        .and_then(|l| turn.chains().lender(l))
    else {
        return;
    };
    for &(asset, start) in &me.start {
        let has = turn.on_chain(chain.chain, asset);
        let in_wallet = turn.wallet(asset);
        if spot(turn, asset).is_none() && in_wallet > Usd::ZERO {
            turn.send_to_chain(chain.chain, asset, in_wallet);
        }
        let settles = |m: &&MarketId| turn.info(**m).settlement == asset;
        let Some(&market) = turn.markets().iter().find(settles) else {
            continue;
        };
        let balance = turn.balance(market, asset);
        if has < start / 2 && balance > 1000.0 && turn.now() >= me.moving_until {
            let amount = Usd(turn.assets().get(asset).units.venue_from_f64(balance));
            let venue = turn.info(market).venue;
            turn.submit(Intent::withdraw(venue, asset, amount));
            me.moving_until = turn.now() + SimDuration::secs(1800);
        }
    }
}
