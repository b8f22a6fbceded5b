//! The links of a run, read once.

use std::collections::BTreeMap;

use firesale_record::{
    AdlRow, BreachRow, CauseRow, HaltRow, LiquidationRow, PositionSide, Reason, RecordError,
    RunReader, Stage, StopRow,
};
use firesale_types::{InstrumentId, VenueId};

/// What was closed of one instrument in one liquidation.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) instrument: InstrumentId,
    pub(super) side: PositionSide,
    pub(super) notional: f64,
    pub(super) parts: usize,
    pub(super) first_price: f64,
    pub(super) last_price: f64,
    pub(super) bankruptcy_price: f64,
    pub(super) stages: Vec<Stage>,
    pub(super) crossed: bool,
    /// When the last part was closed.
    pub(super) until: i64,
}

impl Closed {
    fn new(row: &LiquidationRow) -> Self {
        Self {
            instrument: row.instrument,
            side: row.side,
            notional: 0.0,
            parts: 0,
            first_price: row.fill_price,
            last_price: row.fill_price,
            bankruptcy_price: row.bankruptcy_price,
            stages: Vec::new(),
            crossed: row.crossed_instrument,
            until: row.time_ns,
        }
    }

    fn add(&mut self, row: &LiquidationRow) {
        self.notional += row.notional.to_f64();
        self.parts += 1;
        self.last_price = row.fill_price;
        self.until = row.time_ns;
        if !self.stages.contains(&row.stage) {
            self.stages.push(row.stage);
        }
    }
}

/// All links of a run.
#[derive(Debug, Default)]
pub(super) struct Family {
    pub(super) breaches: BTreeMap<i64, BreachRow>,
    pub(super) closed: BTreeMap<i64, Vec<Closed>>,
    pub(super) causes: BTreeMap<i64, Vec<CauseRow>>,
    pub(super) stops: BTreeMap<i64, Vec<StopRow>>,
    pub(super) halts: BTreeMap<i64, HaltRow>,
    pub(super) adl: BTreeMap<i64, Vec<AdlRow>>,
}

impl Family {
    pub(super) fn read(reader: &RunReader) -> Result<Self, RecordError> {
        let mut family = Self::default();
        reader.scan::<BreachRow>(|row| {
            family.breaches.insert(row.id, row);
        })?;
        reader.scan::<LiquidationRow>(|row| {
            let closed = family.closed.entry(row.id).or_default();
            let same = |one: &&mut Closed| one.instrument == row.instrument && one.side == row.side;
            match closed.iter_mut().find(same) {
                Some(known) => known.add(&row),
                None => {
                    let mut new = Closed::new(&row);
                    new.add(&row);
                    closed.push(new);
                }
            }
        })?;
        reader.scan::<CauseRow>(|row| family.causes.entry(row.id).or_default().push(row))?;
        reader.scan::<StopRow>(|row| family.stops.entry(row.id).or_default().push(row))?;
        reader.scan::<HaltRow>(|row| {
            family.halts.insert(row.id, row);
        })?;
        reader.scan::<AdlRow>(|row| family.adl.entry(row.id).or_default().push(row))?;
        Ok(family)
    }

    /// Whether there is a link of that id.
    pub(super) fn has(&self, id: i64) -> bool {
        self.breaches.contains_key(&id)
            || self.stops.contains_key(&id)
            || self.halts.contains_key(&id)
    }

    /// The first and the last id of a liquidation.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        let first = self.breaches.keys().next()?;
        let last = self.breaches.keys().next_back()?;
        Some((*first, *last))
    }

    /// When a link was made, its cause, and which link that was.
    pub(super) fn parent(&self, id: i64) -> Option<(i64, Reason, Option<i64>)> {
        if let Some(row) = self.breaches.get(&id) {
            return Some((row.time_ns, row.cause, row.cause_id));
        }
        if let Some(row) = self.stops.get(&id).and_then(|rows| rows.first()) {
            return Some((row.time_ns, row.cause, row.cause_id));
        }
        let row = self.halts.get(&id)?;
        Some((row.time_ns, row.cause, row.cause_id))
    }

    /// The halts of a book that overlap a span of time.
    pub(super) fn halts_during(
        &self,
        (venue, instrument): (VenueId, InstrumentId),
        from: i64,
        until: i64,
    ) -> impl Iterator<Item = &HaltRow> {
        self.halts.values().filter(move |halt| {
            halt.venue == venue
                && halt.instrument == instrument
                && halt.time_ns <= until
                && halt.end_ns.is_none_or(|end| end >= from)
        })
    }
}
