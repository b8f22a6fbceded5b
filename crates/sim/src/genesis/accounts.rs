//! Accounts of members: opened, credited, pledged to, and given their positions.

use bevy_ecs::prelude::World;
use firesale_exchange::{AccountSpec, GenesisError, InstrumentKind, MarginMode};
use firesale_types::{
    AccountId, AgentId, AgentRng, AssetId, Domain, Price, Qty, Rate, StreamKey, Usd, VenueId,
};
use smallvec::SmallVec;

use super::draft::{Draft, Leg};
use super::{Census, Genesis, HABITS, PopulationPlan};
use crate::app::Kind;
use crate::habits::{Habits, ROLL_SLOTS};
use crate::scenario::file::AgentsTable;
use crate::tick::NOBODY;
use crate::venue::VenueMachine;
use crate::{Custody, MarketId};

impl Genesis<'_> {
    /// Opens a member's accounts, credits its money and books its positions.
    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where all parts of the start meet"
    )]
    pub(super) fn open_accounts(
        &self,
        plan: &PopulationPlan<'_>,
        population: u16,
        kind: &Kind,
        draft: &Draft,
        agent: AgentId,
        venues: &mut [VenueMachine],
        custody: &mut Custody,
        world: &World,
        census: &mut Census,
    ) -> Result<SmallVec<[(VenueId, AccountId); 1]>, String> {
        let mut accounts = SmallVec::new();
        let members = plan.members as f64;
        for &venue in &plan.venues {
            let own = self.own_slots(plan, venue, (kind, population), world);
            let exchange = venues[venue.index()].exchange_mut();
            let margin_mode = plan.table.margin.mode();
            let account = exchange.open_account(AccountSpec {
                weight: draft.weight,
                margin_mode,
                position_mode: plan.table.position_mode.mode(),
                max_slots: own + self.roll_slots(plan),
            });
            let owners = &mut census.owners[venue.index()];
            owners.resize(account.index() + 1, NOBODY);
            owners[account.index()] = agent.0;
            let settlement = self.rules.venues[venue.index()].config.settlement;
            if draft.legs.is_empty() {
                let money = Usd::from_f64(draft.equity).unwrap_or(Usd::ZERO);
                exchange
                    .credit(account, settlement, money)
                    .map_err(|e| e.to_string())?;
            } else {
                let parts = self.pledged_parts(plan.table);
                let part = parts.iter().map(|(_, part)| part).sum();
                self.book(draft, account, part, exchange)
                    .and_then(|money| self.pledge(&parts, money, account, exchange))
                    .map_err(|e| e.to_string())?;
            }
            for (symbol, money) in &plan.table.inventory {
                let asset = self.rules.asset(symbol).expect("checked when planned");
                let spot = |m: &&crate::Market| {
                    m.venue == venue && m.base == asset && m.kind == InstrumentKind::Spot
                };
                if self.markets.iter().find(spot).is_some() {
                    let units = money.get().to_f64()
                        / self.rules.fundamentals[asset.index()].price
                        / members;
                    let units = self.rules.units[asset.index()].venue_from_f64(units);
                    exchange
                        .credit(account, asset, Usd(units))
                        .map_err(|e| e.to_string())?;
                }
            }
            accounts.push((venue, account));
        }
        if let Some(venue) = plan.venues.first() {
            let settlement = self.rules.venues[venue.index()].config.settlement;
            self.endow_wallet(plan, draft, agent, settlement, custody);
        }
        Ok(accounts)
    }

    /// Order slots of a member's kind on a venue.
    pub(super) fn own_slots(
        &self,
        plan: &PopulationPlan<'_>,
        venue: VenueId,
        (kind, population): (&Kind, u16),
        world: &World,
    ) -> u16 {
        let here = |m: &&MarketId| self.markets.get(**m).venue == venue;
        let markets = plan.known.iter().filter(here).count();
        (kind.slots)(world, population, markets)
    }

    /// Order slots for rolling: on every venue for every market that ends.
    pub(super) fn roll_slots(&self, plan: &PopulationPlan<'_>) -> u16 {
        let ends = |m: &&MarketId| self.markets.get(**m).next.is_some();
        let ends = plan.known.iter().filter(ends).count() as u16;
        plan.customs.roll.map_or(0, |_| ROLL_SLOTS * ends)
    }

    pub(super) fn habits(
        &self,
        plan: &PopulationPlan<'_>,
        (kind, population): (&Kind, u16),
        (hash, index): (u64, u64),
        world: &World,
    ) -> Habits {
        let key = StreamKey {
            domain: Domain::Genesis,
            population: hash,
            index,
            time_ns: HABITS,
        };
        let markets = plan.known.iter().map(|m| {
            let market = self.markets.get(*m);
            let slot = self.own_slots(plan, market.venue, (kind, population), world);
            (market, slot)
        });
        let rng = &mut AgentRng::open(self.seed, key);
        Habits::new(&plan.customs, markets, rng)
    }

    pub(super) fn endow_wallet(
        &self,
        plan: &PopulationPlan<'_>,
        draft: &Draft,
        agent: AgentId,
        settlement: AssetId,
        custody: &mut Custody,
    ) {
        let outside = draft.equity * plan.table.wallet.to_f64();
        custody.endow(
            agent,
            settlement,
            Usd::from_f64(outside).unwrap_or(Usd::ZERO),
        );
    }

    /// Credits money in collateral assets that count as much, in the population's proportions.
    pub(super) fn pledge(
        &self,
        parts: &[(AssetId, f64)],
        money: f64,
        account: AccountId,
        exchange: &mut firesale_exchange::Exchange,
    ) -> Result<(), GenesisError> {
        let all: f64 = parts.iter().map(|(_, part)| part).sum();
        for &(asset, part) in parts {
            let rules = &exchange.config().collateral;
            let rules = rules.iter().find(|c| c.asset == asset);
            let counts = rules.map_or(1.0, |rules| {
                (Rate::ONE - rules.haircut).to_f64() * rules.initial_price.to_f64()
            });
            let units = Usd::from_f64(money * part / all / counts).unwrap_or(Usd::ZERO);
            if units > Usd::ZERO {
                exchange.credit(account, asset, units)?;
            }
        }
        Ok(())
    }

    /// The parts of a population's equity that are held in collateral assets.
    pub(super) fn pledged_parts(&self, table: &AgentsTable) -> Vec<(AssetId, f64)> {
        let parts = table.collateral.iter();
        parts
            .filter_map(|(symbol, part)| Some((self.rules.asset(symbol)?, part.to_f64())))
            .collect()
    }

    /// Books starting positions so that equity at the starting mark is what was drafted. Returns
    /// how much of the money paid in, the part `pledged`, is still to come as collateral, in dollars.
    pub(super) fn book(
        &self,
        draft: &Draft,
        account: AccountId,
        pledged: f64,
        exchange: &mut firesale_exchange::Exchange,
    ) -> Result<f64, GenesisError> {
        let settlement = exchange.config().settlement;
        let mode = exchange.margin_mode(account);
        let mut left = 0.0;
        let value = |leg: &Leg| {
            let market = self.markets.get(leg.market);
            market.notional(Qty(leg.notional as i64), self.price(leg.market))
        };
        let gross_value: f64 = draft.legs.iter().map(|l| value(l).abs()).sum();
        for leg in &draft.legs {
            let market = self.markets.get(leg.market);
            let qty = Qty(leg.notional as i64);
            if qty == Qty::ZERO {
                continue;
            }
            let mark = self.price(leg.market);
            let share = if gross_value > 0.0 {
                value(leg).abs() / gross_value
            } else {
                0.0
            };
            let equity = Usd::from_f64(draft.equity * share).unwrap_or(Usd::ZERO);
            let unrealised = |entry: Price| {
                market.unit.notional(market.price(mark), qty) - market.unit.notional(entry, qty)
            };
            // A profit is taken out, a loss is paid in: what remains is the drafted equity. A profit
            // larger than the equity would leave a debt: such a position was opened at today's price.
            let drafted: Price = market.price(mark * draft.entry);
            let entry = if unrealised(drafted) < equity {
                drafted
            } else {
                market.price(mark)
            };
            let margin = equity - unrealised(entry);
            if mode == MarginMode::Isolated {
                exchange.seed_position(account, market.instrument, qty, entry, Some(margin))?;
            } else {
                let collateral = Usd::from_f64(margin.to_f64() * pledged).unwrap_or(Usd::ZERO);
                let collateral = collateral.min(margin);
                if margin > collateral {
                    exchange.credit(account, settlement, margin - collateral)?;
                }
                left += collateral.to_f64();
                exchange.seed_position(account, market.instrument, qty, entry, None)?;
            }
        }
        Ok(left)
    }
}
