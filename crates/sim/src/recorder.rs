//! Turning what happens into rows, step by step. Nothing here feeds back into the run.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::clearing::Layer;
use firesale_exchange::{Cause, GenealogyRecord, InstrumentKind, Stage, VenueRecord};
use firesale_record::{
    AdlRow, BadDebtRow, DeliveryRow, DepthRow, FundingRow, LiquidationRow, MarginCallRow,
    PopulationId, PositionSide, Reason, RecordError, RunWriter, TickRow, TradeRow, WaterfallRow,
    liquidation_key,
};
use firesale_types::{AccountId, AssetId, Price, SimDuration, SimTime, VenueId};

use crate::audit::Places;
use crate::cascade::{Cascades, Close};
use crate::census::{CensusTaker, Crowding};
use crate::halts::Halts;
use crate::lineage::{LinkCells, key_of, root_of};
use crate::measure::Measures;
use crate::tick::{Clock, Directory, Failure};
use crate::{Feed, Market, MarketId, MarketView, Markets, SimError, VenueMachine, Venues};

/// What happened on one market since the last step, in dollars.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    /// Lowest and highest price traded, in ticks, if there was a trade.
    range: Option<(Price, Price)>,
    pub(crate) volume: f64,
    pub(crate) liquidated_long: f64,
    pub(crate) liquidated_short: f64,
    pub(crate) adl: f64,
}

/// How often things are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    pub(crate) ticks: SimDuration,
    pub(crate) depth: SimDuration,
    pub(crate) populations: SimDuration,
    pub(crate) audit: SimDuration,
    pub(crate) chains: SimDuration,
}

/// The recorder's own state.
#[derive(Resource)]
pub(crate) struct Recorder {
    pub(crate) writer: Option<RunWriter>,
    pub(crate) rhythm: Rhythm,
    pub(crate) trades: bool,
    pub(crate) flows: Vec<Flow>,
    pub(crate) cascades: Cascades,
    pub(crate) measures: Measures,
    pub(crate) census: CensusTaker,
    pub(crate) halts: Halts,
    /// The population and weight of each agent.
    pub(crate) population_of: Vec<u16>,
    pub(crate) weight_of: Vec<u32>,
    /// All money of each asset at the start, on venues and in custody.
    pub(crate) money: Vec<i128>,
    pub(crate) audits: u64,
    records: Vec<(SimTime, VenueRecord)>,
    links: Vec<(SimTime, GenealogyRecord)>,
    /// The symbols of the assets.
    pub(crate) assets: Vec<String>,
    /// What the index of an asset is made of, where a venue says so.
    pub(crate) sources: BTreeMap<(VenueId, AssetId), &'static str>,
}

/// Width of the price bands of the depth table, in basis points from the mid.
const DEPTH_BANDS: [f64; 8] = [10.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1500.0, 3000.0];

impl Recorder {
    #[expect(clippy::too_many_arguments, reason = "a plain constructor")]
    pub(crate) fn new(
        writer: Option<RunWriter>,
        rhythm: Rhythm,
        trades: bool,
        markets: usize,
        measures: Measures,
        census: CensusTaker,
        population_of: Vec<u16>,
        weight_of: Vec<u32>,
        money: Vec<i128>,
    ) -> Self {
        Self {
            writer,
            rhythm,
            trades,
            flows: vec![Flow::default(); markets],
            cascades: Cascades::default(),
            measures,
            census,
            halts: Halts::default(),
            population_of,
            weight_of,
            money,
            audits: 0,
            records: Vec::new(),
            links: Vec::new(),
            assets: Vec::new(),
            sources: BTreeMap::new(),
        }
    }

    pub(crate) fn push<R: firesale_record::Row>(&mut self, row: R) -> Result<(), RecordError> {
        self.writer.as_mut().map_or(Ok(()), |w| w.push(row))
    }

    /// The weight and population of an account.
    pub(crate) fn who(
        &self,
        directory: &Directory,
        venue: VenueId,
        account: AccountId,
    ) -> (u32, Option<PopulationId>) {
        directory.owner(venue, account).map_or((1, None), |agent| {
            (
                self.weight_of[agent.index()],
                Some(PopulationId(self.population_of[agent.index()])),
            )
        })
    }
}

/// The reason that a cause which no other venue has named states, or the kind of its link.
pub(crate) fn reason(cause: Cause) -> Reason {
    match cause.name() {
        "news" => Reason::News,
        "signal" => Reason::Signal,
        "stop" => Reason::Stop,
        "margin" => Reason::Margin,
        "hedge" => Reason::Hedge,
        "inventory" => Reason::Inventory,
        "index" => Reason::Index,
        "liquidation" => Reason::Liquidation,
        "adl" => Reason::Adl,
        "unwind" => Reason::Unwind,
        "halt" => Reason::Halt,
        "funding" => Reason::Funding,
        _ => Reason::Script,
    }
}

fn stage(stage: Stage) -> firesale_record::Stage {
    match stage {
        Stage::Book => firesale_record::Stage::Book,
        Stage::Backstop => firesale_record::Stage::Backstop,
        Stage::Insurance => firesale_record::Stage::Insurance,
        Stage::Adl => firesale_record::Stage::Adl,
        Stage::Clearing => firesale_record::Stage::Clearing,
    }
}

fn layer(layer: Layer) -> firesale_record::Layer {
    match layer {
        Layer::Margin => firesale_record::Layer::Margin,
        Layer::Contribution => firesale_record::Layer::Contribution,
        Layer::OwnCapital => firesale_record::Layer::OwnCapital,
        Layer::MutualFund => firesale_record::Layer::MutualFund,
        Layer::SecondCapital => firesale_record::Layer::SecondCapital,
        Layer::Assessment => firesale_record::Layer::Assessment,
        Layer::GainsHaircut => firesale_record::Layer::GainsHaircut,
        Layer::TearUp => firesale_record::Layer::TearUp,
    }
}

/// Record, part 1: the venues' records become rows, flows and trees.
pub(crate) fn record_events(
    markets: Res<'_, Markets>,
    directory: Res<'_, Directory>,
    failure: Res<'_, Failure>,
    mut venues: ResMut<'_, Venues>,
    mut recorder: ResMut<'_, Recorder>,
) {
    let mut records = std::mem::take(&mut recorder.records);
    let mut links = std::mem::take(&mut recorder.links);
    for venue in &mut venues.0 {
        venue.take_links(&mut links);
        venue.take_records(&mut records);
        let venue = &*venue;
        for (at, link) in links.drain(..) {
            if let Err(e) = recorder.link(venue, at, &link, &markets, &directory) {
                failure.set(e.into());
            }
        }
        recorder.cascades.settle();
        for (at, record) in records.drain(..) {
            if let Err(e) = recorder.event(venue, at, &record, &markets, &directory) {
                failure.set(e.into());
            }
        }
    }
    recorder.records = records;
    recorder.links = links;
}

impl Recorder {
    fn event(
        &mut self,
        machine: &VenueMachine,
        at: SimTime,
        record: &VenueRecord,
        markets: &Markets,
        directory: &Directory,
    ) -> Result<(), RecordError> {
        let venue = machine.id();
        match *record {
            VenueRecord::Trade {
                instrument,
                price,
                qty,
                taker_side,
                maker,
                taker,
                cause,
            } => {
                let market = markets.get(markets.of(venue, instrument));
                let notional = market.unit.notional(price, qty);
                let flow = &mut self.flows[market.id.index()];
                flow.volume += notional.to_f64();
                let (low, high) = flow.range.unwrap_or((price, price));
                flow.range = Some((low.min(price), high.max(price)));
                if !self.trades {
                    return Ok(());
                }
                let (weight, _) = self.who(directory, venue, taker);
                self.push(TradeRow {
                    time_ns: at.0,
                    venue,
                    instrument,
                    price: market.usd(price),
                    qty: qty.0 as f64 * market.lot_base,
                    notional,
                    taker_side,
                    maker,
                    taker,
                    cause: reason(cause),
                    liquidation_id: cause.as_liquidation().map(|id| liquidation_key(venue, id)),
                    cause_id: key_of(machine, cause),
                    weight,
                })
            }
            VenueRecord::Liquidation { .. } => {
                self.liquidation(machine, at, record, markets, directory)
            }
            VenueRecord::Adl {
                id,
                account,
                counterparty,
                instrument,
                qty,
                price,
                mark,
                in_profit,
                ..
            } => {
                let market = markets.get(markets.of(venue, instrument));
                let notional = market.unit.notional(price, qty).to_f64();
                let haircut =
                    (market.unit.notional(mark, qty) - market.unit.notional(price, qty)).abs();
                let (weight, _) = self.who(directory, venue, counterparty);
                self.flows[market.id.index()].adl += notional;
                self.measures
                    .adl(at, venue, counterparty, notional, in_profit, weight);
                self.push(AdlRow {
                    time_ns: at.0,
                    id: liquidation_key(venue, id),
                    venue,
                    instrument,
                    account,
                    counterparty,
                    qty: qty.0 as f64 * market.lot_base,
                    price: market.usd(price),
                    mark: market.usd(mark),
                    haircut,
                    in_profit,
                    root_id: root_of(machine, id),
                    generation: machine.exchange().lineage(Cause::adl(id)).generation,
                    weight,
                })
            }
            VenueRecord::MarginCall {
                account,
                equity,
                maintenance,
            } => {
                let (weight, population) = self.who(directory, venue, account);
                self.measures.calls.call(at, venue, account, weight);
                self.push(MarginCallRow {
                    time_ns: at.0,
                    venue,
                    account,
                    population,
                    equity,
                    maintenance,
                    weight,
                })
            }
            VenueRecord::Funding {
                instrument,
                rate,
                paid,
            } => {
                let market = markets.get(markets.of(venue, instrument));
                self.measures.funding(market, rate.to_f64());
                self.push(FundingRow {
                    time_ns: at.0,
                    venue,
                    instrument,
                    rate: rate.to_f64(),
                    paid,
                })
            }
            VenueRecord::LossShared { amount, .. } => {
                self.measures.loss_shared(amount);
                Ok(())
            }
            VenueRecord::Delivery { instrument, price } => {
                let market = markets.get(markets.of(venue, instrument));
                self.push(DeliveryRow {
                    time_ns: at.0,
                    venue,
                    instrument,
                    price: market.usd(price),
                })
            }
            VenueRecord::Halt {
                instrument,
                brake,
                id,
                ..
            } => {
                let cells = LinkCells::of(machine, Cause::halt(id));
                self.halts.begin(at, (venue, instrument), brake, cells);
                Ok(())
            }
            VenueRecord::Reopened {
                instrument,
                price,
                gap,
                ..
            } => {
                let market = markets.get(markets.of(venue, instrument));
                let row = self.halts.end(at, market, price, gap);
                row.map_or(Ok(()), |row| self.push(row))
            }
            VenueRecord::Outage { .. } | VenueRecord::Insolvent { .. } => Ok(()),
            VenueRecord::Waterfall {
                account,
                layer: by,
                payer,
                amount,
            } => {
                let (weight, population) = self.who(directory, venue, account);
                self.push(WaterfallRow {
                    time_ns: at.0,
                    venue,
                    account,
                    population,
                    layer: layer(by),
                    payer,
                    amount,
                    weight,
                })
            }
            // Who took a defaulter's contracts is in the liquidations, who paid in the waterfall.
            VenueRecord::DefaultAuction { .. }
            | VenueRecord::TornUp { .. }
            | VenueRecord::Settlement { .. }
            | VenueRecord::FundSized { .. } => Ok(()),
            VenueRecord::BadDebt { account, amount } => {
                let (weight, population) = self.who(directory, venue, account);
                self.measures.bad_debt(venue, account, amount, weight);
                self.push(BadDebtRow {
                    time_ns: at.0,
                    venue,
                    account,
                    population,
                    amount,
                    weight,
                })
            }
        }
    }

    fn liquidation(
        &mut self,
        machine: &VenueMachine,
        at: SimTime,
        record: &VenueRecord,
        markets: &Markets,
        directory: &Directory,
    ) -> Result<(), RecordError> {
        let VenueRecord::Liquidation {
            id,
            account,
            instrument,
            side,
            qty,
            mark,
            bankruptcy_price,
            fill_price,
            stage: by,
            cause,
            root: _,
            generation,
            forced_share,
        } = *record
        else {
            return Ok(());
        };
        let venue = machine.id();
        let root_id = root_of(machine, id);
        let market = markets.get(markets.of(venue, instrument));
        let notional = market.unit.notional(fill_price, qty);
        let (weight, population) = self.who(directory, venue, account);
        let flow = &mut self.flows[market.id.index()];
        match side {
            firesale_types::Side::Buy => flow.liquidated_long += notional.to_f64(),
            firesale_types::Side::Sell => flow.liquidated_short += notional.to_f64(),
        }
        let close = Close {
            id: liquidation_key(venue, id),
            root: root_id,
            venue,
            generation,
            at,
            notional: notional.to_f64(),
            weight,
            crossed_venue: machine.exchange().resolve(cause).venue.is_some(),
        };
        let crossed = self.cascades.add(&close, instrument, market.base);
        let crossed_venue = close.crossed_venue;
        self.measures.calls.liquidated(venue, account);
        self.measures.liquidation(
            at,
            venue,
            account,
            side,
            notional.to_f64(),
            weight,
            &self.cascades,
        );
        self.push(LiquidationRow {
            time_ns: at.0,
            id: liquidation_key(venue, id),
            venue,
            instrument,
            account,
            population,
            side: PositionSide::from(side),
            qty: qty.0 as f64 * market.lot_base,
            notional,
            mark: market.usd(mark),
            bankruptcy_price: market.usd(bankruptcy_price),
            fill_price: market.usd(fill_price),
            stage: stage(by),
            cause_id: key_of(machine, cause),
            cause: reason(machine.exchange().resolve(cause).cause),
            root_id,
            generation,
            forced_share: f64::from(forced_share),
            crossed_instrument: crossed,
            via: self.via(machine, id, markets),
            crossed_venue,
            weight,
        })
    }
}

/// Record, part 2: at record steps the state of markets, books and populations; the audit.
#[expect(
    clippy::too_many_arguments,
    reason = "a system's parameters are what it touches"
)]
pub(crate) fn record_state(
    clock: Res<'_, Clock>,
    markets: Res<'_, Markets>,
    venues: Res<'_, Venues>,
    view: Res<'_, MarketView>,
    directory: Res<'_, Directory>,
    failure: Res<'_, Failure>,
    places: Places<'_>,
    mut recorder: ResMut<'_, Recorder>,
) {
    let now = clock.0.tick_end();
    let every = |period: SimDuration| period > SimDuration::ZERO && now.0 % period.0 == 0;
    let rhythm = recorder.rhythm;
    let mut outcome = Ok(());
    recorder.measures.calls.look(now, &venues);
    if every(rhythm.populations) {
        outcome = outcome.and_then(|()| recorder.populations(now, &markets, &venues, &directory));
    }
    if every(rhythm.ticks) {
        outcome = outcome.and_then(|()| recorder.ticks(now, &markets, &venues, &view));
    }
    if every(rhythm.depth) {
        outcome = outcome.and_then(|()| recorder.depth(now, &markets, &venues));
    }
    if let Err(e) = outcome {
        failure.set(e.into());
    }
    if every(rhythm.audit) {
        recorder.audits += 1;
        let violations = places.everywhere(&venues).audit(&recorder.money);
        if !violations.is_empty() {
            failure.set(SimError::Audit {
                at: now,
                violations,
            });
        }
    }
}

impl Recorder {
    pub(crate) fn populations(
        &mut self,
        now: SimTime,
        markets: &Markets,
        venues: &Venues,
        directory: &Directory,
    ) -> Result<(), RecordError> {
        let mut census = std::mem::take(&mut self.census);
        let rows = census.take(
            now,
            markets,
            venues,
            directory,
            &self.population_of,
            &self.weight_of,
        );
        self.census = census;
        rows.into_iter().try_for_each(|row| self.push(row))
    }

    fn ticks(
        &mut self,
        now: SimTime,
        markets: &Markets,
        venues: &Venues,
        view: &MarketView,
    ) -> Result<(), RecordError> {
        for market in markets.iter() {
            let row = self.tick_row(now, market, venues, view);
            self.measures
                .tick(now, market, &row, self.flows[market.id.index()]);
            self.flows[market.id.index()] = Flow::default();
            self.push(row)?;
        }
        Ok(())
    }

    fn tick_row(
        &self,
        now: SimTime,
        market: &Market,
        venues: &Venues,
        view: &MarketView,
    ) -> TickRow {
        let venue = venues.get(market.venue);
        let exchange = venue.exchange();
        let quote = crate::tick::read_quote(venue, market, view.quote(market.id, Feed::Direct));
        let (bid, ask) = (
            quote.bid.map(|b| market.usd(b.0)),
            quote.ask.map(|a| market.usd(a.0)),
        );
        let both = bid.zip(ask);
        let mid = both.map_or(f64::NAN, |(b, a)| 0.5 * (a + b));
        let flow = self.flows[market.id.index()];
        let perp = market.kind == InstrumentKind::Perp;
        let open_interest = if perp {
            market.notional(exchange.open_interest(market.instrument), quote.mark)
        } else {
            0.0
        };
        TickRow {
            time_ns: now.0,
            venue: market.venue,
            instrument: market.instrument,
            last: quote.last,
            low: flow.range.map_or(quote.last, |(low, _)| market.usd(low)),
            high: flow.range.map_or(quote.last, |(_, high)| market.usd(high)),
            mid,
            mark: if perp { quote.mark } else { f64::NAN },
            index: quote.index,
            spread_bps: both.map_or(f64::NAN, |(b, a)| 1e4 * (a - b) / mid),
            bid_depth_1pct_usd: quote.bid_depth,
            ask_depth_1pct_usd: quote.ask_depth,
            open_interest_usd: open_interest,
            funding_rate: quote.funding,
            volume_usd: flow.volume,
            liquidated_long_usd: flow.liquidated_long,
            liquidated_short_usd: flow.liquidated_short,
            adl_usd: flow.adl,
            insurance_usd: exchange.insurance_balance().to_f64(),
            cascade_number: cascade_number(&self.census.crowding, market.id, quote.bid_depth),
        }
    }

    fn depth(
        &mut self,
        now: SimTime,
        markets: &Markets,
        venues: &Venues,
    ) -> Result<(), RecordError> {
        use firesale_types::Side::{Buy, Sell};
        for market in markets.iter() {
            let book = venues.get(market.venue).exchange().book(market.instrument);
            let (Some((bid, _)), Some((ask, _))) = (book.best(Buy), book.best(Sell)) else {
                continue;
            };
            let mid = 0.5 * (market.usd(bid) + market.usd(ask));
            for side in [Buy, Sell] {
                let (mut inner, mut before) = (0.0, 0.0);
                for outer in DEPTH_BANDS {
                    let edge = mid * (1.0 - side.sign() as f64 * outer / 1e4);
                    let edge = if side == Buy {
                        market.price_above(edge)
                    } else {
                        market.price_below(edge)
                    };
                    let upto = book.depth_to(side, edge).1 as f64 * market.unit.0 as f64 / 1e6;
                    self.push(DepthRow {
                        time_ns: now.0,
                        venue: market.venue,
                        instrument: market.instrument,
                        side,
                        from_bps: inner,
                        to_bps: outer,
                        notional_usd: upto - before,
                    })?;
                    (inner, before) = (outer, upto);
                }
            }
        }
        Ok(())
    }
}

/// Cascade number: forced selling per further percent of fall, over the bids that a percent of fall
/// consumes. Below one a shock dies out, above one it feeds itself (cf. the impact times density
/// product in the literature on fire sales).
fn cascade_number(crowding: &Crowding, market: MarketId, bid_depth: f64) -> f64 {
    let next_percent = crowding.next_percent(market);
    if bid_depth > 0.0 {
        next_percent / bid_depth
    } else if next_percent > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}
