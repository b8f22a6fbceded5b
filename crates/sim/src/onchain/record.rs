//! Chains and issuers as rows, and their figures for the summary. Nothing here feeds back into the run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_amm::Pool;
use firesale_chain::ChainRecord;
use firesale_exchange::InstrumentKind;
use firesale_record::{
    ChainRow, HealthRow, LendingRow, LiquidityRow, Moment, PegRow, PoolRow, PoolTickRow,
    PopulationId, RecordError, RedemptionRow, ReserveRow, SeizureRow, StablecoinRow,
};
use firesale_stablecoin::{IssuerEffect, IssuerKind};
use firesale_types::{AgentId, AssetId, SimDuration, SimTime};

use super::figures::Figures;
use super::{ChainMachine, Chains, IssuerMachine, Issuers};
use crate::recorder::Recorder;
use crate::tick::{Clock, Failure};
use crate::{Assets, Feed, Fundamentals, MarketView, Markets};

/// Gas and transactions of a chain since the last step.
#[derive(Clone, Copy, Debug, Default)]
struct ChainFlow {
    blocks: i64,
    gas: u64,
    agents: u64,
    included: i64,
    failed: i64,
    dropped: i64,
    waiting: i64,
}

/// What a share of a pool was worth at the start and what it would have become elsewhere.
#[derive(Clone, Debug)]
struct ShareTrack {
    start_value: f64,
    start_units: Vec<f64>,
    units: Vec<f64>,
    prices: Vec<f64>,
    rebalance: f64,
}

/// The state of the record of chains and issuers.
#[derive(Debug, Default, Resource)]
pub(crate) struct OnChainRecord {
    flows: Vec<ChainFlow>,
    /// Units in and out, by chain, pool and coin.
    volumes: BTreeMap<(usize, usize, usize), (f64, f64)>,
    shares: BTreeMap<(usize, usize), ShareTrack>,
    pub(crate) figures: Figures,
}

/// Ends of the ranges of health factors, in hundredths.
const HEALTH_EDGES: [u64; 8] = [80, 95, 100, 105, 110, 125, 150, 200];

/// Everything that rows are made of.
struct Scene<'a> {
    now: SimTime,
    assets: &'a Assets,
    markets: &'a Markets,
    view: &'a MarketView,
    fundamentals: &'a Fundamentals,
    chains: &'a Chains,
    issuers: &'a Issuers,
}

fn text(name: &str) -> Cow<'static, str> {
    Cow::Owned(name.to_owned())
}

/// Record, part 3: chains, pools, lenders and issuers.
#[expect(
    clippy::too_many_arguments,
    reason = "a system's parameters are what it touches"
)]
pub(crate) fn record_chains(
    clock: Res<'_, Clock>,
    assets: Res<'_, Assets>,
    markets: Res<'_, Markets>,
    view: Res<'_, MarketView>,
    fundamentals: Res<'_, Fundamentals>,
    failure: Res<'_, Failure>,
    mut chains: ResMut<'_, Chains>,
    mut issuers: ResMut<'_, Issuers>,
    mut record: ResMut<'_, OnChainRecord>,
    mut recorder: ResMut<'_, Recorder>,
) {
    if chains.0.is_empty() && issuers.0.is_empty() {
        return;
    }
    let now = clock.0.tick_end();
    let mut outcome = record.chain_events(&mut chains, &assets, &mut recorder);
    outcome = outcome.and(record.issuer_events(&mut issuers, &assets, &mut recorder));
    let every = recorder.rhythm.chains;
    if every > SimDuration::ZERO && now.0 % every.0 == 0 {
        let scene = Scene {
            now,
            assets: &assets,
            markets: &markets,
            view: &view,
            fundamentals: &fundamentals,
            chains: &chains,
            issuers: &issuers,
        };
        outcome = outcome.and(record.step(&scene, &mut recorder));
    }
    if let Err(e) = outcome {
        failure.set(e.into());
    }
}

impl OnChainRecord {
    /// The blocks, swaps and seizures since the last tick.
    fn chain_events(
        &mut self,
        chains: &mut Chains,
        assets: &Assets,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        self.flows.resize(chains.0.len(), ChainFlow::default());
        let mut records = Vec::new();
        for (at, machine) in chains.0.iter_mut().enumerate() {
            machine.take_records(&mut records);
            for (time, event) in records.drain(..) {
                self.chain_event((at, &*machine), time, &event, assets, recorder)?;
            }
        }
        Ok(())
    }

    fn chain_event(
        &mut self,
        (chain, machine): (usize, &ChainMachine),
        time: SimTime,
        event: &ChainRecord,
        assets: &Assets,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        match *event {
            ChainRecord::Block {
                used,
                agents,
                included,
                failed,
                waiting,
                dropped,
                ..
            } => {
                let flow = &mut self.flows[chain];
                flow.blocks += 1;
                flow.gas += used;
                flow.agents += agents;
                flow.included += i64::from(included);
                flow.failed += i64::from(failed);
                flow.dropped += i64::from(dropped);
                flow.waiting = i64::from(waiting);
                Ok(())
            }
            ChainRecord::Swap {
                pool,
                from,
                to,
                paid,
                taken,
                ..
            } => {
                let at = usize::from(pool.0);
                let contract = &machine.chain().pools()[at];
                for (coin, amount, is_in) in [(from, paid, true), (to, taken, false)] {
                    let coin = usize::from(coin);
                    let token = machine.chain().ledger().token(contract.tokens[coin]);
                    let units = token.units.chain_to_f64(amount);
                    let flow = self.volumes.entry((chain, at, coin)).or_default();
                    if is_in {
                        flow.0 += units;
                    } else {
                        flow.1 += units;
                    }
                }
                Ok(())
            }
            ChainRecord::Liquidation { .. } => self.seizure(machine, time, event, assets, recorder),
            ChainRecord::Failed { .. } => Ok(()),
        }
    }

    fn seizure(
        &mut self,
        machine: &ChainMachine,
        time: SimTime,
        event: &ChainRecord,
        assets: &Assets,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        let ChainRecord::Liquidation {
            lender,
            borrower,
            keeper,
            debt,
            repaid,
            collateral,
            seized,
            bad_debt,
        } = *event
        else {
            return Ok(());
        };
        let contract = &machine.chain().lenders()[usize::from(lender.0)];
        let asset = |at: u8| machine.asset(contract.tokens[usize::from(at)]);
        let name =
            |at: u8| asset(at).map_or(Cow::Borrowed(""), |asset| text(&assets.get(asset).symbol));
        let units = |at: u8, amount: u128| {
            asset(at).map_or(0.0, |asset| assets.get(asset).units.chain_to_f64(amount))
        };
        let (who, population, weight) = whose(recorder, machine.owner(borrower));
        self.figures.seizures += 1;
        recorder.push(SeizureRow {
            time_ns: time.0,
            lender: text(&contract.name),
            borrower: who,
            population,
            keeper: machine.owner(keeper).map(|agent| i64::from(agent.0)),
            debt: name(debt),
            repaid: units(debt, repaid),
            collateral: name(collateral),
            seized: units(collateral, seized),
            bad_debt: units(debt, bad_debt),
            weight,
        })
    }

    /// What issuers did since the last tick.
    fn issuer_events(
        &mut self,
        issuers: &mut Issuers,
        assets: &Assets,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        let mut effects = Vec::new();
        for machine in &mut issuers.0 {
            machine.take_effects(&mut effects);
            for (time, effect) in effects.drain(..) {
                self.figures.effect(machine, time, &effect);
                if let Some(row) = redemption(machine, time, &effect, assets, recorder) {
                    recorder.push(row)?;
                }
            }
        }
        Ok(())
    }

    /// The state of everything at a record step.
    fn step(&mut self, scene: &Scene<'_>, recorder: &mut Recorder) -> Result<(), RecordError> {
        self.pegs(scene, recorder)?;
        for (_, machine) in scene.issuers.iter() {
            self.figures.look(machine, scene.now, recorder.rhythm.chains);
            issuer_rows(machine, scene, recorder)?;
        }
        for (at, (_, machine)) in scene.chains.iter().enumerate() {
            self.chain_row(at, machine, scene.now, recorder)?;
            self.pool_rows(at, machine, scene, recorder)?;
            self.lender_rows(machine, scene, recorder)?;
        }
        Ok(())
    }

    /// Prices of issued coins on venues, in pools, at lenders and by issuers.
    fn pegs(&mut self, scene: &Scene<'_>, recorder: &mut Recorder) -> Result<(), RecordError> {
        for (coin, place, kind, price) in peg_prices(scene) {
            let symbol = &scene.assets.get(coin).symbol;
            self.figures.peg(scene.now, symbol, &place, kind, price);
            recorder.push(PegRow {
                time_ns: scene.now.0,
                coin: text(symbol),
                place: Cow::Owned(place),
                kind: Cow::Borrowed(kind),
                price,
            })?;
        }
        Ok(())
    }

    fn chain_row(
        &mut self,
        at: usize,
        machine: &ChainMachine,
        now: SimTime,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        let flow = std::mem::take(&mut self.flows[at]);
        self.figures.gas(machine.name(), machine.chain().base_fee());
        recorder.push(ChainRow {
            time_ns: now.0,
            chain: text(machine.name()),
            base_fee_gwei: machine.chain().base_fee() as f64 / 1e9,
            blocks: flow.blocks,
            gas_used: flow.gas as f64,
            gas_agents: flow.agents as f64,
            included: flow.included,
            failed: flow.failed,
            dropped: flow.dropped,
            waiting: machine.chain().mempool().len() as i64,
        })
    }

    fn pool_rows(
        &mut self,
        chain: usize,
        machine: &ChainMachine,
        scene: &Scene<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        for (at, contract) in machine.chain().pools().iter().enumerate() {
            let ledger = machine.chain().ledger();
            let units: Vec<f64> = contract
                .tokens
                .iter()
                .zip(contract.logic.reserves())
                .map(|(&token, held)| ledger.token(token).units.chain_to_f64(held))
                .collect();
            let all: f64 = units.iter().sum();
            let pool = super::PoolRef {
                chain: super::ChainId(chain as u16),
                pool: firesale_chain::PoolId(at as u16),
            };
            for (coin, &token) in contract.tokens.iter().enumerate() {
                let other = usize::from(coin == 0);
                let (volume_in, volume_out) =
                    self.volumes.remove(&(chain, at, coin)).unwrap_or_default();
                recorder.push(PoolRow {
                    time_ns: scene.now.0,
                    pool: text(&contract.name),
                    coin: text(&ledger.token(token).symbol),
                    reserve: units[coin],
                    share: if all > 0.0 {
                        units[coin] / all
                    } else {
                        f64::NAN
                    },
                    price: scene.chains.price(pool, coin, other).unwrap_or(f64::NAN),
                    volume_in,
                    volume_out,
                })?;
            }
            let shares = contract.share.map(|token| ledger.supply(token) as f64);
            let prices = prices_of(machine, contract, scene);
            if let Some(row) = self.share_row((chain, at), contract, &units, shares, &prices) {
                recorder.push(LiquidityRow {
                    time_ns: scene.now.0,
                    ..row
                })?;
            }
        }
        Ok(())
    }

    /// What a share bought at the start is worth, and its two alternatives.
    fn share_row(
        &mut self,
        key: (usize, usize),
        contract: &firesale_chain::Contract<Pool>,
        units: &[f64],
        shares: Option<f64>,
        prices: &[f64],
    ) -> Option<LiquidityRow> {
        let shares = shares.filter(|shares| *shares > 0.0)?;
        let mine: Vec<f64> = units.iter().map(|units| units / shares).collect();
        let worth = |units: &[f64]| units.iter().zip(prices).map(|(u, p)| u * p).sum::<f64>();
        let track = self.shares.entry(key).or_insert_with(|| ShareTrack {
            start_value: worth(&mine),
            start_units: mine.clone(),
            units: mine.clone(),
            prices: prices.to_vec(),
            rebalance: worth(&mine),
        });
        let moves = track.units.iter().zip(prices.iter().zip(&track.prices));
        track.rebalance += moves
            .map(|(units, (now, then))| units * (now - then))
            .sum::<f64>();
        let start = track.start_value;
        let row = LiquidityRow {
            time_ns: 0,
            pool: text(&contract.name),
            value_usd: worth(units),
            share: worth(&mine) / start,
            hold: worth(&track.start_units) / start,
            rebalance: track.rebalance / start,
        };
        track.units = mine;
        track.prices = prices.to_vec();
        Some(row)
    }

    fn lender_rows(
        &mut self,
        machine: &ChainMachine,
        scene: &Scene<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        for contract in machine.chain().lenders() {
            let ray = |rate: u128| rate as f64 / 1e27;
            let mut bad = 0.0;
            for (at, id) in contract.logic.reserve_ids().enumerate() {
                let Some(report) = contract.logic.reserve(id, scene.now) else {
                    continue;
                };
                let token = machine.chain().ledger().token(contract.tokens[at]);
                let price = report.price as f64 / 1e8;
                let usd = |amount: u128| token.units.chain_to_f64(amount) * price;
                bad += usd(report.bad_debt);
                recorder.push(LendingRow {
                    time_ns: scene.now.0,
                    lender: text(&contract.name),
                    asset: text(&token.symbol),
                    price,
                    supplied_usd: usd(report.supplied),
                    borrowed_usd: usd(report.borrowed),
                    available_usd: usd(report.cash),
                    utilization: ray(report.utilization),
                    borrow_rate: ray(report.rates.borrow),
                    supply_rate: ray(report.rates.supply),
                    bad_debt_usd: usd(report.bad_debt),
                })?;
            }
            self.figures.bad_debt.insert(contract.name.clone(), bad);
            health_rows(contract, scene.now, recorder)?;
        }
        Ok(())
    }

    /// Liquidity by tick of all concentrated pools.
    pub(crate) fn pool_ticks(
        chains: &Chains,
        now: SimTime,
        moment: Moment,
        recorder: &mut Recorder,
    ) -> Result<(), RecordError> {
        for (_, machine) in chains.iter() {
            for contract in machine.chain().pools() {
                let Pool::Concentrated(pool) = &contract.logic else {
                    continue;
                };
                let ledger = machine.chain().ledger();
                let places = |at: usize| i32::from(ledger.token(contract.tokens[at]).units.chain);
                let scale = libm::exp10(f64::from(places(0) - places(1)));
                let price = |tick: i32| libm::pow(1.0001, f64::from(tick)) * scale;
                for segment in pool.liquidity_by_tick() {
                    recorder.push(PoolTickRow {
                        time_ns: now.0,
                        moment,
                        pool: text(&contract.name),
                        lower: price(segment.tick_lower),
                        upper: price(segment.tick_upper),
                        liquidity: segment.liquidity as f64,
                        price: pool.price() * scale,
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// Who an agent is in the record: its number, population and weight.
fn whose(recorder: &Recorder, agent: Option<AgentId>) -> (Option<i64>, Option<PopulationId>, u32) {
    let Some(agent) = agent else {
        return (None, None, 1);
    };
    let known = recorder.population_of.get(agent.index());
    let population = known.map(|&population| PopulationId(population));
    let weight = recorder.weight_of.get(agent.index()).copied().unwrap_or(1);
    (Some(i64::from(agent.0)), population, weight)
}

/// All prices of issued coins: coin, place, kind of place, dollars.
fn peg_prices(scene: &Scene<'_>) -> Vec<(AssetId, String, &'static str, f64)> {
    let mut prices = Vec::new();
    for (_, issuer) in scene.issuers.iter() {
        let coin = issuer.coin();
        let spots = scene.markets.iter().filter(|m| m.base == coin);
        for market in spots.filter(|m| m.kind == InstrumentKind::Spot) {
            let venue = market.full_symbol.rsplit('.').next().unwrap_or("");
            let quote = scene.view.quote(market.id, Feed::Direct);
            // In a book whose sides are far apart the middle is nobody's price.
            let bid = quote.bid.map_or(0.0, |(bid, _)| market.usd(bid));
            let ask = quote.ask.map_or(f64::INFINITY, |(ask, _)| market.usd(ask));
            let price = quote.last.max(bid).min(ask);
            prices.push((coin, venue.to_owned(), "venue", price));
        }
        for (chain, machine) in scene.chains.iter() {
            for (at, contract) in machine.chain().pools().iter().enumerate() {
                let coins = contract.tokens.iter().map(|&token| machine.asset(token));
                let coins: Vec<Option<AssetId>> = coins.collect();
                let Some(mine) = coins.iter().position(|c| *c == Some(coin)) else {
                    continue;
                };
                let pool = super::PoolRef {
                    chain,
                    pool: firesale_chain::PoolId(at as u16),
                };
                // What it brings at best, whatever coin is taken for it.
                let others = (0..coins.len()).filter(|other| *other != mine);
                let brings = others.filter_map(|other| {
                    let value = coins[other].map_or(1.0, |o| scene.fundamentals.value(o.index()));
                    Some(scene.chains.price(pool, mine, other)? * value)
                });
                if let Some(price) = brings.max_by(f64::total_cmp) {
                    prices.push((coin, contract.name.clone(), "pool", price));
                }
            }
            for contract in machine.chain().lenders() {
                let mut reserves = contract.tokens.iter().zip(contract.logic.reserve_ids());
                let mine = reserves.find(|(token, _)| machine.asset(**token) == Some(coin));
                if let Some(price) = mine.and_then(|(_, id)| contract.logic.price(id)) {
                    prices.push((coin, contract.name.clone(), "lender", price as f64 / 1e8));
                }
            }
        }
        if let Some(worth) = issuer.public_worth(scene.now) {
            prices.push((coin, issuer.name().to_owned(), "issuer", worth));
        }
    }
    prices
}

/// The values of a pool's coins in the world outside: spot mids where there are markets.
fn prices_of(
    machine: &ChainMachine,
    contract: &firesale_chain::Contract<Pool>,
    scene: &Scene<'_>,
) -> Vec<f64> {
    let price = |&token: &firesale_chain::TokenId| {
        let Some(asset) = machine.asset(token) else {
            return 0.0;
        };
        let mut markets = scene.markets.iter();
        let spot = markets.find(|m| m.base == asset && m.kind == InstrumentKind::Spot);
        spot.map_or_else(
            || scene.fundamentals.value(asset.index()),
            |market| scene.view.mid(market.id),
        )
    };
    contract.tokens.iter().map(price).collect()
}

fn issuer_rows(
    machine: &IssuerMachine,
    scene: &Scene<'_>,
    recorder: &mut Recorder,
) -> Result<(), RecordError> {
    let issuer = machine.issuer();
    let public = issuer.view(scene.now);
    let units = scene.assets.get(machine.coin()).units;
    let coins = |amount: u128| units.chain_to_f64(amount);
    let backing = issuer.backing();
    let (seigniorage_supply, anchored) = match issuer.kind() {
        IssuerKind::Algorithmic(inside) => {
            let token = machine.wares.seigniorage.unwrap_or_default();
            let supply = inside.seigniorage().outstanding();
            let supply = scene.assets.get(token).units.chain_to_f64(supply);
            (supply, coins(inside.anchor().held()))
        }
        _ => (f64::NAN, f64::NAN),
    };
    recorder.push(StablecoinRow {
        time_ns: scene.now.0,
        issuer: text(machine.name()),
        coin: text(&scene.assets.get(machine.coin()).symbol),
        supply: coins(issuer.supply().outstanding()),
        minted: coins(issuer.supply().minted),
        burned: coins(issuer.supply().burned),
        redeemed_usd: machine.redeemed() as f64 / 1e6,
        queue_length: public.queue_length as i64,
        queue: coins(public.queue_amount),
        open: public.is_open && !public.is_suspended,
        reserve_ratio: backing.reserve_ratio().to_f64(),
        redemption_value: backing.redemption_value().to_f64(),
        public_worth: machine.public_worth(scene.now).unwrap_or(f64::NAN),
        seigniorage_supply,
        anchored,
    })?;
    for (rank, (tier, usd, frozen)) in machine.reserves().into_iter().enumerate() {
        recorder.push(ReserveRow {
            time_ns: scene.now.0,
            issuer: text(machine.name()),
            tier: Cow::Owned(tier),
            rank: rank as i64,
            usd: usd as f64 / 1e6,
            frozen_usd: frozen as f64 / 1e6,
        })?;
    }
    Ok(())
}

fn health_rows(
    contract: &firesale_chain::Contract<firesale_amm::lending::LendingPool>,
    now: SimTime,
    recorder: &mut Recorder,
) -> Result<(), RecordError> {
    let wad = |hundredths: u64| u128::from(hundredths) * 10_000_000_000_000_000;
    let edges: Vec<u128> = HEALTH_EDGES.iter().map(|&edge| wad(edge)).collect();
    let buckets = contract.logic.health_histogram(now, &edges);
    for (at, bucket) in buckets.iter().enumerate() {
        let edge = |at: usize| HEALTH_EDGES.get(at).map_or(f64::NAN, |&e| e as f64 / 100.0);
        recorder.push(HealthRow {
            time_ns: now.0,
            lender: text(&contract.name),
            from: if at == 0 { 0.0 } else { edge(at - 1) },
            to: edge(at),
            accounts: bucket.accounts as i64,
            debt_usd: bucket.debt as f64 / 1e8,
            collateral_usd: bucket.collateral as f64 / 1e8,
        })?;
    }
    Ok(())
}

/// An effect of an issuer as a row, if it is about somebody's coins or money or about the reserve.
fn redemption(
    machine: &IssuerMachine,
    time: SimTime,
    effect: &IssuerEffect,
    assets: &Assets,
    recorder: &Recorder,
) -> Option<RedemptionRow> {
    let none = f64::NAN;
    let coins = |amount: u128| assets.get(machine.coin()).units.chain_to_f64(amount);
    let usd = |usd: i128| usd as f64 / 1e6;
    let tier = |tier: firesale_stablecoin::TierId| machine.tier_name(tier);
    let plain = String::new;
    let (to, event, coins, usd, detail) = match *effect {
        IssuerEffect::MintTokens { to, amount } => {
            (Some(to), "minted", coins(amount), none, plain())
        }
        IssuerEffect::Pay { to, usd: paid } => (Some(to), "paid", none, usd(paid), plain()),
        IssuerEffect::ReturnTokens { to, amount } => {
            (Some(to), "returned", coins(amount), none, plain())
        }
        IssuerEffect::ReturnMoney { to, usd: back } => {
            (Some(to), "returned", none, usd(back), plain())
        }
        IssuerEffect::Queued { holder, amount } => {
            (Some(holder), "queued", coins(amount), none, plain())
        }
        IssuerEffect::Refused { holder, reason } => {
            (Some(holder), "refused", none, none, format!("{reason:?}"))
        }
        IssuerEffect::SellReserve {
            tier: t, proceeds, ..
        } => (None, "sold", none, usd(proceeds), tier(t)),
        IssuerEffect::Loss { tier: t, usd: lost } => (None, "lost", none, usd(lost), tier(t)),
        IssuerEffect::Froze {
            tier: t,
            usd: stuck,
        } => (None, "froze", none, usd(stuck), tier(t)),
        IssuerEffect::Recovered { tier: t, usd: back } => {
            (None, "recovered", none, usd(back), tier(t))
        }
        _ => return None,
    };
    let (agent, population, weight) = whose(recorder, to.map(|to| AgentId(to.0)));
    Some(RedemptionRow {
        time_ns: time.0,
        issuer: text(machine.name()),
        agent,
        population,
        event: Cow::Borrowed(event),
        coins,
        usd,
        detail: Cow::Owned(detail),
        weight,
    })
}
