//! What one venue tells another of its genealogy: before index prices, coordinated halts and lost
//! hedges.
//!
//! Before a venue is told a price that is made of other books, it is told who moved those books in
//! that direction, as their own venues remember it, weighted like the books themselves. A hedge or an
//! arbitrage passes a move of another book on: in a spot market its part is divided among those who
//! moved the perpetuals of the same asset, one step and no further; of what hedges do in a perpetual a venue is
//! told which part of the moves elsewhere was forced. What a book does not explain (a
//! price that is the fundamental value, an oracle at fault) stays a move of the index.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::{Cause, ExchangeEvent, InstrumentKind, Link, Origin, Told};
use firesale_types::{AccountId, Rate, SimTime, VenueId};
use smallvec::SmallVec;

use crate::tick::{Clock, Directory, NOBODY};
use crate::venue::{VenueMachine, source};
use crate::{Market, MarketId, Markets, Venues};

/// The most parts that are told of one price; smaller ones than a hundredth are not.
const MOST_PARTS: usize = 8;
const SMALLEST: i128 = 100;
/// The most links that are told to be behind hedges.
const MOST_BEHIND: usize = 4;

/// A link of a venue, as another venue is told of it.
pub(crate) fn origin(from: &VenueMachine, to: VenueId, cause: Cause) -> Origin {
    let exchange = from.exchange();
    let seen = |link: Link| {
        let venue = link.venue.unwrap_or(from.id());
        Link {
            venue: (venue != to).then_some(venue),
            cause: link.cause,
        }
    };
    let mut lineage = exchange.lineage(cause);
    lineage.root = lineage.root.map(seen);
    Origin {
        link: seen(exchange.resolve(cause)),
        lineage,
    }
}

/// Amounts by the venue and the cause they have there.
type Shares = SmallVec<[((VenueId, Cause), i128); 16]>;

fn put(shares: &mut Shares, of: (VenueId, Cause), amount: i128) {
    match shares.iter_mut().find(|share| share.0 == of) {
        Some(share) => share.1 += amount,
        None => shares.push((of, amount)),
    }
}

/// Who has moved one market, in billionths of its price.
fn movers<'a>(
    venues: &'a Venues,
    market: &'a Market,
    falling: bool,
    now: SimTime,
) -> impl Iterator<Item = (Cause, i128)> + 'a {
    let exchange = venues.get(market.venue).exchange();
    let price = i128::from(exchange.last(market.instrument).0).max(1);
    let movers = exchange.movers(market.instrument, falling, now).into_iter();
    movers.map(move |(cause, amount)| (cause, i128::from(amount) * 1_000_000_000 / price))
}

/// Who has moved a price that is made of these markets, with their weights.
fn shares(
    (venues, markets): (&Venues, &Markets),
    sources: &[(MarketId, u32)],
    falling: bool,
    now: SimTime,
) -> Shares {
    let mut shares = Shares::new();
    for &(market, weight) in sources {
        let market = markets.get(market);
        let mut hedges = 0;
        for (cause, amount) in movers(venues, market, falling, now) {
            let amount = amount * i128::from(weight);
            if cause == Cause::HEDGE && market.kind == InstrumentKind::Spot {
                hedges = amount;
            } else {
                put(&mut shares, (market.venue, cause), amount);
            }
        }
        if hedges > 0 {
            pass_on(
                (venues, markets),
                market,
                (falling, now),
                hedges,
                &mut shares,
            );
        }
    }
    shares
}

/// Divides what hedges did in a market among those who moved the perpetuals of the same asset.
fn pass_on(
    (venues, markets): (&Venues, &Markets),
    market: &Market,
    (falling, now): (bool, SimTime),
    hedges: i128,
    shares: &mut Shares,
) {
    let mut behind = Shares::new();
    let perpetuals = markets
        .iter()
        .filter(|other| other.base == market.base && other.kind == InstrumentKind::Perp);
    for other in perpetuals {
        let own = movers(venues, other, falling, now);
        for (cause, amount) in own.filter(|one| one.0 != Cause::HEDGE && one.0 != Cause::INDEX) {
            put(&mut behind, (other.venue, cause), amount);
        }
    }
    let all: i128 = behind.iter().map(|share| share.1).sum();
    if all == 0 {
        return put(shares, (market.venue, Cause::HEDGE), hedges);
    }
    for (of, amount) in behind {
        put(shares, of, hedges * amount / all);
    }
}

/// The events that tell a venue who moved a price, the largest part first.
pub(crate) fn tell(
    venues: &Venues,
    markets: &Markets,
    to: VenueId,
    (of, sources): (Told, &[(MarketId, u32)]),
    falling: bool,
    now: SimTime,
) -> SmallVec<[ExchangeEvent; MOST_PARTS]> {
    let shares = shares((venues, markets), sources, falling, now);
    let all: i128 = shares.iter().map(|share| share.1).sum();
    let parts = parts(shares, all, MOST_PARTS).into_iter();
    parts
        .map(|((venue, cause), part)| ExchangeEvent::Origin {
            of,
            part,
            origin: origin(venues.get(venue), to, cause),
        })
        .collect()
}

/// The events that tell a venue which part of the moves elsewhere hedges may pass on to a market, and
/// whose links made it: only what was forced.
pub(crate) fn tell_behind(
    venues: &Venues,
    markets: &Markets,
    market: &Market,
    now: SimTime,
) -> Vec<ExchangeEvent> {
    let mut events = Vec::new();
    if market.kind != InstrumentKind::Perp {
        return events;
    }
    for falling in [true, false] {
        let mut shares = Shares::new();
        let others = markets.iter().filter(|other| {
            let same = other.base == market.base && other.venue != market.venue;
            same && other.kind == InstrumentKind::Perp
        });
        for other in others {
            let own = movers(venues, other, falling, now);
            let own = own.filter(|one| one.0 != Cause::HEDGE && one.0 != Cause::INDEX);
            for (cause, amount) in own {
                put(&mut shares, (other.venue, cause), amount);
            }
        }
        let all: i128 = shares.iter().map(|share| share.1).sum();
        shares.retain(|share| !share.0.1.is_reason());
        let of = Told::Hedges {
            instrument: market.instrument,
            falling,
        };
        let parts = parts(shares, all, MOST_BEHIND).into_iter();
        events.extend(parts.map(|((venue, cause), part)| ExchangeEvent::Origin {
            of,
            part,
            origin: origin(venues.get(venue), market.venue, cause),
        }));
    }
    events
}

/// The largest shares as parts of all.
fn parts(mut shares: Shares, all: i128, most: usize) -> Vec<((VenueId, Cause), Rate)> {
    shares.sort_by_key(|&(of, amount)| (std::cmp::Reverse(amount), of));
    let large = shares
        .into_iter()
        .filter(|share| share.1 > 0 && share.1 * SMALLEST >= all);
    let part = |amount: i128| Rate((amount * i128::from(Rate::ONE.0) / all) as i64);
    large
        .take(most)
        .map(|(of, amount)| (of, part(amount)))
        .collect()
}

/// The accounts of agents that have some on several venues.
#[derive(Debug, Resource)]
pub(crate) struct Relatives {
    accounts: BTreeMap<u32, SmallVec<[(VenueId, AccountId); 4]>>,
    seq: u32,
}

impl Relatives {
    /// From the agent of each account, by venue.
    pub(crate) fn new(owners: &[Vec<u32>]) -> Self {
        let mut accounts: BTreeMap<u32, SmallVec<[(VenueId, AccountId); 4]>> = BTreeMap::new();
        for (v, owners) in owners.iter().enumerate() {
            for (at, &agent) in owners.iter().enumerate().filter(|one| *one.1 != NOBODY) {
                let account = (VenueId(v as u16), AccountId(at as u32));
                accounts.entry(agent).or_default().push(account);
            }
        }
        accounts.retain(|_, of_agent| of_agent.iter().any(|one| one.0 != of_agent[0].0));
        Self { accounts, seq: 0 }
    }
}

/// Observe: who has lost a position to auto-deleveraging in the last tick may miss it as a hedge
/// elsewhere from now on.
pub(crate) fn tell_of_hedges(
    clock: Res<'_, Clock>,
    markets: Res<'_, Markets>,
    directory: Res<'_, Directory>,
    mut relatives: ResMut<'_, Relatives>,
    mut venues: ResMut<'_, Venues>,
) {
    let now = clock.0.tick_start();
    for v in 0..venues.0.len() {
        let venue = VenueId(v as u16);
        for hedge in venues.0[v].take_hedges() {
            let agent = directory.owner(venue, hedge.account);
            let of_agent = agent.and_then(|agent| relatives.accounts.get(&agent.0));
            let elsewhere = of_agent.into_iter().flatten().copied();
            let elsewhere: SmallVec<[(VenueId, AccountId); 4]> =
                elsewhere.filter(|one| one.0 != venue).collect();
            let base = markets.get(markets.of(venue, hedge.instrument)).base;
            let rules = &venues.0[v].exchange().config().instruments[hedge.instrument.index()];
            let amount = hedge.lots.saturating_mul(rules.lot_units);
            for (to, account) in elsewhere {
                let event = ExchangeEvent::HedgeTaken {
                    account,
                    base,
                    amount,
                    origin: origin(&venues.0[v], to, Cause::adl(hedge.liquidation)),
                };
                venues.0[to.index()].push(now, source::HEDGES, relatives.seq, event);
                relatives.seq = relatives.seq.wrapping_add(1);
            }
        }
    }
}
