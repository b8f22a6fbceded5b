//! Halts across venues and in the record.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::{Brake, Cause, ExchangeEvent, Told};
use firesale_record::HaltRow;
use firesale_types::{InstrumentId, Price, Rate, SimTime, VenueId};

use crate::lineage::LinkCells;
use crate::origins::origin;
use crate::tick::Clock;
use crate::venue::source;
use crate::{Market, Markets, Venues};

/// Which books halt together.
#[derive(Debug, Resource)]
pub(crate) struct Coordination {
    /// The group of each venue.
    groups: Vec<Option<String>>,
    seq: u32,
}

impl Coordination {
    pub(crate) fn new(groups: Vec<Option<String>>) -> Self {
        Self { groups, seq: 0 }
    }

    /// Whether a breaker in one market halts another one.
    fn reaches(&self, from: &Market, to: &Market) -> bool {
        let group = |market: &Market| self.groups[market.venue.index()].as_deref();
        from.venue != to.venue
            && from.base == to.base
            && group(from).is_some()
            && group(from) == group(to)
    }
}

/// Custody, part 2: breakers that have tripped in this tick halt the books of their group with the
/// next, for as long.
pub(crate) fn coordinate_halts(
    clock: Res<'_, Clock>,
    markets: Res<'_, Markets>,
    mut coordination: ResMut<'_, Coordination>,
    mut venues: ResMut<'_, Venues>,
) {
    let now = clock.0.tick_end();
    for v in 0..venues.0.len() {
        for (instrument, length, number) in venues.0[v].take_halts() {
            let from = markets.get(markets.of(VenueId(v as u16), instrument));
            for to in markets.iter() {
                if !coordination.reaches(from, to) {
                    continue;
                }
                let because = ExchangeEvent::Origin {
                    of: Told::Halt(to.instrument),
                    part: Rate::ONE,
                    origin: origin(&venues.0[v], to.venue, Cause::halt(number)),
                };
                let along = ExchangeEvent::HaltAlong {
                    instrument: to.instrument,
                    until: now + length,
                };
                for event in [because, along] {
                    let seq = coordination.seq;
                    venues.0[to.venue.index()].push(now, source::BREAKER, seq, event);
                    coordination.seq = seq.wrapping_add(1);
                }
            }
        }
    }
}

/// The halts that are under way, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Halts {
    open: BTreeMap<(VenueId, InstrumentId), HaltRow>,
    /// All so far; prolonging one does not count.
    pub(crate) count: u64,
}

impl Halts {
    /// A book was halted, or its halt prolonged.
    pub(crate) fn begin(
        &mut self,
        at: SimTime,
        (venue, instrument): (VenueId, InstrumentId),
        brake: Brake,
        lineage: LinkCells,
    ) {
        let brake = Cow::Borrowed(brake.name());
        if let Some(row) = self.open.get_mut(&(venue, instrument)) {
            row.brake = brake;
            return;
        }
        self.count += 1;
        let row = HaltRow {
            time_ns: at.0,
            id: lineage.id,
            venue,
            instrument,
            brake,
            end_ns: None,
            price: f64::NAN,
            gap_frac: f64::NAN,
            cause: lineage.cause,
            cause_id: lineage.cause_id,
            root_id: lineage.root_id,
            generation: lineage.generation,
            forced_share: lineage.forced_share,
        };
        self.open.insert((venue, instrument), row);
    }

    /// A book has reopened.
    pub(crate) fn end(
        &mut self,
        at: SimTime,
        market: &Market,
        price: Option<Price>,
        gap: Rate,
    ) -> Option<HaltRow> {
        let row = self.open.remove(&(market.venue, market.instrument))?;
        Some(HaltRow {
            end_ns: Some(at.0),
            price: price.map_or(f64::NAN, |price| market.usd(price)),
            gap_frac: gap.to_f64(),
            ..row
        })
    }

    /// The halts that the end of the run cuts off.
    pub(crate) fn rest(&mut self) -> Vec<HaltRow> {
        std::mem::take(&mut self.open).into_values().collect()
    }
}
