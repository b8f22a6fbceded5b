//! What a transaction costs, in dollars, and how much more to offer for it.

use firesale_sim::prelude::*;

/// Gas of a transaction with these calls, for all accounts that the member stands for.
pub(super) fn units<K: AgentKind>(turn: &Turn<'_, K>, calls: &[Call]) -> f64 {
    let one = 21_000 + calls.iter().map(Call::gas).sum::<u64>();
    one as f64 * f64::from(turn.weight())
}

/// Dollars for one gas at a price in the smallest unit of the native asset; zero on a chain without one.
fn dollars_for_one<K: AgentKind>(turn: &Turn<'_, K>, chain: ChainId, price: u128) -> f64 {
    let machine = turn.chains().get(chain);
    let native = machine.chain().config().native;
    let native = native.and_then(|token| machine.asset(token));
    native.map_or(0.0, |asset| {
        turn.assets().get(asset).units.chain_to_f64(price) * turn.dollars(asset)
    })
}

/// What these calls cost in dollars at an offer: base fee and tip, at most what is offered.
pub(super) fn cost<K: AgentKind>(
    turn: &Turn<'_, K>,
    chain: ChainId,
    offer: Offer,
    calls: &[Call],
) -> f64 {
    let base = turn.chains().get(chain).chain().base_fee();
    let price = base.saturating_add(offer.tip).min(offer.max_fee.max(base));
    units(turn, calls) * dollars_for_one(turn, chain, price)
}

/// The most times that a tip is raised.
const MOST_TIMES: f64 = 1e6;
/// The part of what a member has for gas that one transaction may offer.
const MOST_OF_PURSE: f64 = 0.25;

/// The offer with a tip raised so far that it gives up to `dollars` more to the producer, and all that is
/// offered is at most a quarter of what the member has for gas.
pub(super) fn raise<K: AgentKind>(
    turn: &Turn<'_, K>,
    chain: ChainId,
    offer: Offer,
    calls: &[Call],
    dollars: f64,
) -> Offer {
    let gas = units(turn, calls);
    let tip = gas * dollars_for_one(turn, chain, offer.tip);
    let machine = turn.chains().get(chain);
    let native = machine.chain().config().native;
    let purse = native.and_then(|token| machine.asset(token));
    let purse = purse.map_or(0, |asset| turn.on_chain(chain, asset));
    let purse = MOST_OF_PURSE * dollars_for_one(turn, chain, purse);
    let offered = gas * dollars_for_one(turn, chain, offer.max_fee);
    let dollars = dollars.min(purse - offered).max(0.0);
    let times = if tip > 0.0 { 1.0 + dollars / tip } else { 1.0 };
    offer.raised(times.min(MOST_TIMES) as u128)
}

/// What the member may use of an asset on a chain, in units of the chain: what it has, less what it keeps
/// for gas if the asset pays for that. `keep` is for one account, in units of the asset.
pub(super) fn usable<K: AgentKind>(
    turn: &Turn<'_, K>,
    chain: ChainId,
    asset: AssetId,
    keep: f64,
) -> u128 {
    let machine = turn.chains().get(chain);
    let held = turn.on_chain(chain, asset);
    if machine.token(asset) != machine.chain().config().native {
        return held;
    }
    let units = turn.assets().get(asset).units;
    held.saturating_sub(units.chain_from_f64(keep * f64::from(turn.weight())))
}
