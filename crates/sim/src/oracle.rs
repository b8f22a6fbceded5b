//! Where the index prices of venues come from, how often, and what goes wrong with them.

use std::collections::VecDeque;

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::index::{IndexRule, SourcePrice};
use firesale_exchange::{ExchangeEvent, Told};
use firesale_types::{AssetId, Rate, SimDuration, SimTime, Usd, VenueId};

use crate::origins::{tell, tell_behind};
use crate::tick::Clock;
use crate::venue::source;
use crate::{Fundamentals, MarketId, MarketView, Markets, Venues};

/// One index of one venue.
#[derive(Clone, Debug)]
pub(crate) struct AssetIndex {
    pub(crate) asset: AssetId,
    pub(crate) rule: IndexRule,
    /// The spot markets it is made of, with their weights; without any it is the fundamental value.
    pub(crate) sources: Vec<(MarketId, u32)>,
    /// What is wrong with it, and when.
    pub(crate) faults: Vec<OracleFault>,
    /// What it should have been, as far back as a delay needs.
    past: VecDeque<(SimTime, Usd)>,
}

/// A time in which an index is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OracleFault {
    pub(crate) from: SimTime,
    pub(crate) until: SimTime,
    pub(crate) kind: FaultKind,
}

/// What is wrong with an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FaultKind {
    /// It stays at its last value.
    Frozen,
    /// It is what it should have been so long ago.
    Delayed(SimDuration),
    /// It is this multiple of what it should be.
    Wrong(Rate),
}

impl AssetIndex {
    pub(crate) fn new(asset: AssetId, rule: IndexRule, sources: Vec<(MarketId, u32)>) -> Self {
        Self {
            asset,
            rule,
            sources,
            faults: Vec::new(),
            past: VecDeque::new(),
        }
    }

    /// Whether something is wrong with it.
    fn is_at_fault(&self, now: SimTime) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|fault| (fault.from..fault.until).contains(&now))
    }

    /// What is published now, if anything.
    fn publish(&mut self, now: SimTime, truth: Option<Usd>) -> Option<Usd> {
        let active = self
            .faults
            .iter()
            .find(|f| (f.from..f.until).contains(&now));
        let published = match active.map(|fault| fault.kind) {
            None => truth,
            Some(FaultKind::Frozen) => None,
            Some(FaultKind::Delayed(by)) => {
                let then = self.past.iter().rev().find(|(at, _)| *at + by <= now);
                then.map(|(_, price)| *price)
            }
            Some(FaultKind::Wrong(factor)) => truth.map(|price| {
                let product = i128::from(price.0) * i128::from(factor.0);
                let wrong = product / i128::from(Rate::ONE.0);
                Usd(wrong.clamp(1, i128::from(i64::MAX / 4)) as i64)
            }),
        };
        self.remember(now, truth);
        published
    }

    fn remember(&mut self, now: SimTime, truth: Option<Usd>) {
        let delay = |fault: &OracleFault| match fault.kind {
            FaultKind::Delayed(by) => Some(by),
            _ => None,
        };
        let Some(longest) = self.faults.iter().filter_map(delay).max() else {
            return;
        };
        self.past.extend(truth.map(|price| (now, price)));
        while self.past.get(1).is_some_and(|(at, _)| *at + longest <= now) {
            self.past.pop_front();
        }
    }
}

/// The indices of one venue.
#[derive(Clone, Debug)]
pub(crate) struct VenueOracle {
    pub(crate) period: SimDuration,
    next: SimTime,
    pub(crate) indices: Vec<AssetIndex>,
}

impl VenueOracle {
    pub(crate) fn new(period: SimDuration, indices: Vec<AssetIndex>) -> Self {
        Self {
            period,
            next: SimTime::ZERO,
            indices,
        }
    }
}

/// All index prices.
#[derive(Debug, Resource)]
pub(crate) struct Oracle {
    /// By venue.
    pub(crate) venues: Vec<VenueOracle>,
    /// Perpetuals of the same underlying on other venues with their weights, by market.
    pub(crate) others: Vec<Vec<(MarketId, u32)>>,
    /// When each market last had a bid and an ask.
    quoted: Vec<SimTime>,
    seq: u32,
}

impl Oracle {
    pub(crate) fn new(venues: Vec<VenueOracle>, others: Vec<Vec<(MarketId, u32)>>) -> Self {
        Self {
            venues,
            quoted: vec![SimTime::ZERO; others.len()],
            others,
            seq: 0,
        }
    }

    /// When the next index is published; never if a script sets all prices.
    pub(crate) fn next(&self) -> Option<SimTime> {
        let publishing = self.venues.iter().filter(|v| v.period.0 > 0);
        publishing.map(|v| v.next).min()
    }

    fn note_quotes(&mut self, view: &MarketView, now: SimTime) {
        for (market, quoted) in self.quoted.iter_mut().enumerate() {
            let quote = view.quote(MarketId(market as u16), crate::Feed::Direct);
            if quote.bid.is_some() && quote.ask.is_some() {
                *quoted = now;
            }
        }
    }

    /// What a list of markets says now.
    fn prices(
        &self,
        markets: &[(MarketId, u32)],
        view: &MarketView,
        now: SimTime,
    ) -> smallvec::SmallVec<[SourcePrice; 16]> {
        let quote = |&(market, weight): &(MarketId, u32)| {
            Some(SourcePrice {
                price: Usd::from_f64(view.mid(market)).ok()?,
                weight,
                age: now.since(self.quoted[market.index()]),
            })
        };
        markets.iter().filter_map(quote).collect()
    }
}

/// Observe, part 2: the oracles publish index prices, and the mids of other venues.
pub(crate) fn publish_index(
    clock: Res<'_, Clock>,
    markets: Res<'_, Markets>,
    view: Res<'_, MarketView>,
    fundamentals: Res<'_, Fundamentals>,
    mut oracle: ResMut<'_, Oracle>,
    mut venues: ResMut<'_, Venues>,
) {
    let now = clock.0.tick_start();
    if oracle.next().is_none_or(|next| now < next) {
        return;
    }
    oracle.note_quotes(&view, now);
    for at in 0..oracle.venues.len() {
        if oracle.venues[at].period.0 <= 0 || now < oracle.venues[at].next {
            continue;
        }
        let venue = &mut oracle.venues[at];
        venue.next += venue.period;
        let mut indices = std::mem::take(&mut venue.indices);
        for index in &mut indices {
            let value = Usd::from_f64(fundamentals.value(index.asset.index())).ok();
            let truth = if index.sources.is_empty() {
                value
            } else {
                let prices = oracle.prices(&index.sources, &view, now);
                index.rule.index(&prices, value)
            };
            let at_fault = index.is_at_fault(now);
            if let Some(price) = index.publish(now, truth) {
                let asset = index.asset;
                let before = venues.0[at].exchange().asset_price(asset);
                if let Some(before) = before.filter(|before| *before != price && !at_fault) {
                    let told = (Told::Index(asset), &index.sources[..]);
                    let to = VenueId(at as u16);
                    let falling = price < before;
                    for event in tell(&venues, &markets, to, told, falling, now) {
                        venues.0[at].push(now, source::ORACLE, oracle.seq, event);
                        oracle.seq = oracle.seq.wrapping_add(1);
                    }
                }
                let event = ExchangeEvent::IndexPrice { asset, price };
                venues.0[at].push(now, source::ORACLE, oracle.seq, event);
                oracle.seq = oracle.seq.wrapping_add(1);
            }
        }
        oracle.venues[at].indices = indices;
        for market in markets.iter().filter(|m| m.venue.index() == at) {
            for event in tell_behind(&venues, &markets, market, now) {
                venues.0[at].push(now, source::ORACLE, oracle.seq, event);
                oracle.seq = oracle.seq.wrapping_add(1);
            }
            let others = &oracle.others[market.id.index()];
            if others.is_empty() {
                continue;
            }
            let mids = oracle.prices(others, &view, now);
            let rule = IndexRule::default();
            let price = rule
                .index(&mids, None)
                .map(|usd| market.price(usd.to_f64()));
            let event = ExchangeEvent::OtherMid {
                instrument: market.instrument,
                price,
            };
            let before = venues.0[at].exchange().other_mid_of(market.instrument);
            let changed = before.zip(price).filter(|(before, now)| before != now);
            let told = (Told::OtherMid(market.instrument), &others[..]);
            let because = changed.map(|(before, price)| {
                tell(&venues, &markets, market.venue, told, price < before, now)
            });
            for event in because.into_iter().flatten().chain([event]) {
                venues.0[at].push(now, source::ORACLE, oracle.seq, event);
                oracle.seq = oracle.seq.wrapping_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(kind: FaultKind) -> AssetIndex {
        let mut index = AssetIndex::new(AssetId(0), IndexRule::default(), Vec::new());
        index.faults.push(OracleFault {
            from: SimTime(10),
            until: SimTime(20),
            kind,
        });
        index
    }

    fn published(kind: FaultKind) -> Vec<Option<i64>> {
        let mut index = index(kind);
        (0..30)
            .step_by(5)
            .map(|now| index.publish(SimTime(now), Some(Usd(1000 + now))))
            .map(|price| price.map(|price| price.0))
            .collect()
    }

    #[test]
    fn faults_begin_and_end() {
        let (first, last) = ([Some(1000), Some(1005)], [Some(1020), Some(1025)]);
        let during = |kind| {
            let all = published(kind);
            assert_eq!((&all[..2], &all[4..]), (&first[..], &last[..]));
            [all[2], all[3]]
        };
        assert_eq!(during(FaultKind::Frozen), [None, None]);
        let delayed = FaultKind::Delayed(SimDuration(7));
        assert_eq!(during(delayed), [Some(1000), Some(1005)]);
        let wrong = FaultKind::Wrong(Rate::bps(5_000));
        assert_eq!(during(wrong), [Some(505), Some(507)]);
    }
}
