//! The genealogy as rows: breaches, their causes, released stops.

use std::borrow::Cow;

use firesale_exchange::{Cause, CauseKind, GenealogyRecord, Via};
use firesale_record::{
    BreachRow, CauseRow, Factor, Reason, RecordError, StopRow, link_key, liquidation_key,
};
use firesale_types::{Price, SimTime, Usd};

use crate::recorder::{Recorder, reason};
use crate::tick::Directory;
use crate::{Markets, VenueMachine};

/// The identity across venues of the link that a cause of a venue names: a liquidation, also that
/// behind a sale of the vault or a lost hedge, a release of stops, a halt. `None` for a reason.
pub(crate) fn key_of(machine: &VenueMachine, cause: Cause) -> Option<i64> {
    let link = machine.exchange().resolve(cause);
    let venue = link.venue.unwrap_or(machine.id());
    match link.cause.kind() {
        CauseKind::Liquidation(id) | CauseKind::Adl(id) | CauseKind::Unwind(id) => {
            Some(liquidation_key(venue, id))
        }
        CauseKind::Stops(_) | CauseKind::Halt(_) => Some(link_key(venue, link.cause.0)),
        CauseKind::Reason | CauseKind::Elsewhere(_) | CauseKind::Pooled => None,
    }
}

/// The identity of the root of a cause's chain.
fn root_key(machine: &VenueMachine, cause: Cause) -> Option<i64> {
    let root = machine.exchange().lineage(cause).root?;
    let id = root.cause.as_liquidation()?;
    Some(liquidation_key(root.venue.unwrap_or(machine.id()), id))
}

/// The identity of the root of a liquidation.
pub(crate) fn root_of(machine: &VenueMachine, id: u32) -> i64 {
    let own = liquidation_key(machine.id(), id);
    root_key(machine, Cause::liquidation(id)).unwrap_or(own)
}

/// What the rows of links that are no liquidations have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkCells {
    pub(crate) id: i64,
    pub(crate) cause: Reason,
    pub(crate) cause_id: Option<i64>,
    pub(crate) root_id: Option<i64>,
    pub(crate) generation: u16,
    pub(crate) forced_share: f64,
}

impl LinkCells {
    /// Of a release of stops or a halt of a venue.
    pub(crate) fn of(machine: &VenueMachine, link: Cause) -> Self {
        let exchange = machine.exchange();
        let parent = exchange.parent(link).unwrap_or_default();
        let lineage = exchange.lineage(link);
        Self {
            id: link_key(machine.id(), link.0),
            cause: reason(exchange.resolve(parent).cause),
            cause_id: key_of(machine, parent),
            root_id: root_key(machine, link),
            generation: lineage.generation,
            forced_share: lineage.forced.to_f64(),
        }
    }
}

impl Recorder {
    /// Something a venue tells of its genealogy.
    pub(crate) fn link(
        &mut self,
        machine: &VenueMachine,
        at: SimTime,
        record: &GenealogyRecord,
        markets: &Markets,
        directory: &Directory,
    ) -> Result<(), RecordError> {
        match *record {
            GenealogyRecord::Breach { .. } => self.breach(machine, at, record, markets, directory),
            GenealogyRecord::Part { of, cause, part } => {
                let exchange = machine.exchange();
                let id = key_of(machine, of).unwrap_or_default();
                let cause_id = key_of(machine, cause);
                let forced = part.to_f64() * exchange.lineage(cause).forced.to_f64();
                self.cascades.part(id, cause_id, forced, at);
                self.push(CauseRow {
                    time_ns: at.0,
                    id,
                    cause: reason(exchange.resolve(cause).cause),
                    cause_id,
                    share: part.to_f64(),
                })
            }
            GenealogyRecord::Stop {
                release,
                instrument,
                account,
                side,
                qty,
                reason: given,
            } => {
                let venue = machine.id();
                let market = markets.get(markets.of(venue, instrument));
                let cells = LinkCells::of(machine, Cause::stops(release));
                let (weight, population) = self.who(directory, venue, account);
                self.cascades.stops += u64::from(weight);
                self.push(StopRow {
                    time_ns: at.0,
                    id: cells.id,
                    venue,
                    instrument,
                    account,
                    population,
                    side,
                    qty: qty.0 as f64 * market.lot_base,
                    reason: reason(given),
                    cause: cells.cause,
                    cause_id: cells.cause_id,
                    root_id: cells.root_id,
                    generation: cells.generation,
                    forced_share: cells.forced_share,
                    weight,
                })
            }
        }
    }

    fn breach(
        &mut self,
        machine: &VenueMachine,
        at: SimTime,
        record: &GenealogyRecord,
        markets: &Markets,
        directory: &Directory,
    ) -> Result<(), RecordError> {
        let GenealogyRecord::Breach {
            id,
            account,
            isolated,
            equity,
            maintenance,
            notional,
            via,
            via_part,
            prices: (before, now),
            abroad,
        } = *record
        else {
            return Ok(());
        };
        let venue = machine.id();
        let case = &machine.exchange().liquidations()[id as usize];
        let key = liquidation_key(venue, id);
        let (weight, population) = self.who(directory, venue, account);
        let forced = f64::from(case.forced_share);
        self.cascades
            .breach(key, at, (weight, forced, abroad.to_f64()), via);
        let price = |raw: i64| match via {
            Via::Mark(instrument) => {
                let market = markets.get(markets.of(venue, instrument));
                market.usd(Price(raw))
            }
            Via::Collateral(_) => Usd(raw).to_f64(),
            Via::Funding(_) | Via::Charge => f64::NAN,
        };
        self.push(BreachRow {
            time_ns: at.0,
            id: key,
            venue,
            account,
            population,
            isolated: isolated.is_some(),
            equity,
            maintenance,
            notional,
            factor: match via {
                Via::Mark(_) => Factor::Mark,
                Via::Collateral(_) => Factor::Collateral,
                Via::Funding(_) => Factor::Funding,
                Via::Charge => Factor::Charge,
            },
            via: self.symbol(machine, via, markets),
            via_share: via_part.to_f64(),
            price_before: price(before),
            price: price(now),
            index_source: match via {
                Via::Collateral(asset) => {
                    let source = self.sources.get(&(venue, asset));
                    Cow::Borrowed(source.copied().unwrap_or("all_venues"))
                }
                _ => Cow::Borrowed("none"),
            },
            cause: reason(machine.exchange().resolve(case.cause).cause),
            cause_id: key_of(machine, case.cause),
            root_id: root_of(machine, id),
            generation: case.generation,
            forced_share: forced,
            abroad_share: abroad.to_f64(),
            weight,
        })
    }

    /// The factor that brought the most of the loss into a liquidation.
    pub(crate) fn via(
        &self,
        machine: &VenueMachine,
        id: u32,
        markets: &Markets,
    ) -> Cow<'static, str> {
        let via = self.cascades.via(liquidation_key(machine.id(), id));
        self.symbol(machine, via, markets)
    }

    fn symbol(&self, machine: &VenueMachine, via: Via, markets: &Markets) -> Cow<'static, str> {
        match via {
            Via::Mark(instrument) | Via::Funding(instrument) => {
                let market = markets.get(markets.of(machine.id(), instrument));
                Cow::Owned(market.symbol.clone())
            }
            Via::Collateral(asset) => Cow::Owned(self.assets[asset.index()].clone()),
            Via::Charge => Cow::Borrowed("charge"),
        }
    }
}
