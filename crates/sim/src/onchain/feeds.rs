//! What lending markets and venues are told about prices beyond their own books.

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_amm::lending::ReserveId;
use firesale_stablecoin::{IssuerEvent, UnitPrice};
use firesale_types::{AssetId, SimDuration, SimTime};

use super::{Chains, IssuerId, Issuers, LenderRef, PoolRef};
use crate::tick::Clock;
use crate::{Fundamentals, MarketId, MarketView};

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PriceSource {
    /// The mid of a market.
    Market(MarketId),
    /// The marginal price of a coin in a pool, in terms of another whose value is known.
    Pool {
        pool: PoolRef,
        coin: usize,
        other: usize,
        other_asset: AssetId,
    },
    /// What the issuer would pay for its coin.
    Redemption(IssuerId),
    /// The value in the world.
    Value(AssetId),
}

/// What is needed to look a price up.
#[derive(Clone, Copy)]
pub(crate) struct Prices<'a> {
    pub(crate) view: &'a MarketView,
    pub(crate) fundamentals: &'a Fundamentals,
    pub(crate) chains: &'a Chains,
    pub(crate) issuers: &'a Issuers,
}

impl PriceSource {
    /// Dollars a unit, if there is a price.
    pub(crate) fn price(&self, from: Prices<'_>) -> Option<f64> {
        let price = match *self {
            Self::Market(market) => from.view.mid(market),
            Self::Pool {
                pool,
                coin,
                other,
                other_asset,
            } => {
                let value = from.fundamentals.value(other_asset.index());
                from.chains.price(pool, coin, other)? * value
            }
            Self::Redemption(issuer) => from.issuers.get(issuer).redemption_value(),
            Self::Value(asset) => from.fundamentals.value(asset.index()),
        };
        (price.is_finite() && price > 0.0).then_some(price)
    }
}

/// One price that a lending market is told.
#[derive(Clone, Debug)]
pub(crate) struct LenderFeed {
    pub(crate) lender: LenderRef,
    pub(crate) reserve: ReserveId,
    pub(crate) source: PriceSource,
    /// It is published anew when it has moved by this part,
    pub(crate) deviation: f64,
    /// or after this time.
    pub(crate) heartbeat: SimDuration,
    pub(crate) published: f64,
    pub(crate) at: SimTime,
}

impl LenderFeed {
    /// Whether a price is to be published.
    fn is_due(&self, now: SimTime, price: f64) -> bool {
        let moved = (price / self.published - 1.0).abs() >= self.deviation;
        moved || now.since(self.at) >= self.heartbeat
    }
}

/// The price of a seigniorage token that an issuer is told, at the oracle's period.
#[derive(Clone, Debug)]
pub(crate) struct IssuerFeed {
    pub(crate) issuer: IssuerId,
    pub(crate) source: PriceSource,
    pub(crate) period: SimDuration,
    pub(crate) next: SimTime,
}

/// All prices that lending markets and issuers are told.
#[derive(Debug, Default, Resource)]
pub(crate) struct Feeds {
    pub(crate) lenders: Vec<LenderFeed>,
    pub(crate) issuers: Vec<IssuerFeed>,
}

/// Prices of lending markets have 8 decimals.
const LENDER_UNIT: f64 = 1e8;

/// Observe: lending markets are told the prices that have moved, or are old.
pub(crate) fn feed_lenders(
    clock: Res<'_, Clock>,
    view: Res<'_, MarketView>,
    fundamentals: Res<'_, Fundamentals>,
    issuers: Res<'_, Issuers>,
    mut feeds: ResMut<'_, Feeds>,
    mut chains: ResMut<'_, Chains>,
) {
    let now = clock.0.tick_start();
    if now.0 % 1_000_000_000 != 0 {
        return;
    }
    for feed in &mut feeds.lenders {
        let from = Prices {
            view: &view,
            fundamentals: &fundamentals,
            chains: &chains,
            issuers: &issuers,
        };
        let Some(price) = feed.source.price(from) else {
            continue;
        };
        if !feed.is_due(now, price) {
            continue;
        }
        let units = libm::rint(price * LENDER_UNIT).clamp(1.0, 1e18) as u128;
        let machine = &mut chains.0[usize::from(feed.lender.chain.0)];
        let lender = &mut machine.chain_mut().lenders_mut()[usize::from(feed.lender.lender.0)];
        // A price out of the market's range leaves the one before.
        if lender.logic.set_price(feed.reserve, units).is_ok() {
            (feed.published, feed.at) = (price, now);
        }
    }
}

/// Observe: issuers are told the prices of their seigniorage tokens, and what their coins are worth
/// becomes known.
pub(crate) fn feed_issuers(
    clock: Res<'_, Clock>,
    view: Res<'_, MarketView>,
    chains: Res<'_, Chains>,
    mut fundamentals: ResMut<'_, Fundamentals>,
    mut feeds: ResMut<'_, Feeds>,
    mut issuers: ResMut<'_, Issuers>,
) {
    let now = clock.0.tick_start();
    if now.0 % 1_000_000_000 != 0 {
        return;
    }
    for feed in &mut feeds.issuers {
        if now < feed.next {
            continue;
        }
        feed.next = now + feed.period;
        let from = Prices {
            view: &view,
            fundamentals: &fundamentals,
            chains: &chains,
            issuers: &issuers,
        };
        let Some(price) = feed.source.price(from) else {
            continue;
        };
        let units = libm::rint(price.min(1e9) * 1e18) as u128;
        let prices = firesale_stablecoin::Prices {
            seigniorage: Some(UnitPrice(units.max(1))),
            ..firesale_stablecoin::Prices::default()
        };
        issuers.0[usize::from(feed.issuer.0)].push(now, IssuerEvent::Prices(prices));
    }
    for (_, issuer) in issuers.iter() {
        if let Some(worth) = issuer.public_worth(now) {
            fundamentals.set_claim(issuer.coin().index(), worth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onchain::ChainId;
    use firesale_chain::LenderId;

    #[test]
    fn a_feed_speaks_when_the_price_moved_or_its_time_is_over() {
        let lender = LenderRef {
            chain: ChainId(0),
            lender: LenderId(0),
        };
        let feed = LenderFeed {
            lender,
            reserve: ReserveId(0),
            source: PriceSource::Value(AssetId(0)),
            deviation: 0.005,
            heartbeat: SimDuration::secs(3600),
            published: 1.0,
            at: SimTime(0),
        };
        let at = |seconds: i64| SimTime(seconds * 1_000_000_000);
        assert!(!feed.is_due(at(3599), 0.996));
        assert!(feed.is_due(at(1), 0.9949));
        assert!(feed.is_due(at(1), 1.0051));
        assert!(feed.is_due(at(3600), 1.0));
    }
}
