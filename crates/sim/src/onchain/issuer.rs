//! An issuer as a machine of the run: requests that wait, what it holds of others, and where what it
//! gives goes.
//!
//! Holders are agents. What an agent gets goes to where its latest request came from: its wallet, or an
//! address on a chain.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use firesale_stablecoin::fiat::TierKind;
use firesale_stablecoin::{
    CollateralEvent, Decimals, HolderId, Issuer, IssuerEffect, IssuerEvent, IssuerKind, SeigniorageEvent,
    TierId, UnitPrice,
};
use firesale_types::{AgentId, AssetId, Rate, SimTime, hash64};

use super::ChainId;
use crate::Assets;

/// An issuer, by its place in the scenario.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct IssuerId(pub u16);

/// Where an agent keeps something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Place {
    /// In its wallet.
    Wallet,
    /// At its address on a chain.
    Chain(ChainId),
}

/// What an issuer deals in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wares {
    /// Its tokens.
    pub(crate) coin: AssetId,
    /// What it takes and pays for them.
    pub(crate) money: AssetId,
    /// The token that absorbs its swings, if it has one.
    pub(crate) seigniorage: Option<AssetId>,
    /// What its vaults hold, if it has vaults.
    pub(crate) collateral: Option<AssetId>,
    /// What recapitalizes it, if that exists.
    pub(crate) governance: Option<AssetId>,
}

/// One issuer with its queue.
#[derive(Debug)]
pub struct IssuerMachine {
    name: String,
    symbol: String,
    redeemed: i128,
    issuer: Issuer,
    pub(crate) wares: Wares,
    /// Events by arrival and number.
    queue: BTreeMap<(SimTime, u64), IssuerEvent>,
    number: u64,
    /// When it last did something.
    last: SimTime,
    /// Where each agent gets what it is given.
    places: BTreeMap<AgentId, Place>,
    /// What came in and has not gone out again, by asset, in the units of issuers: money in
    /// micro-dollars, tokens in units of their chain.
    pub(crate) inside: BTreeMap<AssetId, i128>,
    /// What came into being here, less what ended here, by asset.
    pub(crate) created: BTreeMap<AssetId, i128>,
    effects: Vec<(SimTime, IssuerEffect)>,
    events: u64,
    supply_start: u128,
    trail: u64,
}

impl IssuerMachine {
    pub(crate) fn new(name: String, symbol: String, issuer: Issuer, wares: Wares) -> Self {
        Self {
            name,
            symbol,
            redeemed: 0,
            supply_start: issuer.supply().outstanding(),
            issuer,
            wares,
            queue: BTreeMap::new(),
            number: 0,
            last: SimTime::ZERO,
            places: BTreeMap::new(),
            inside: BTreeMap::new(),
            created: BTreeMap::new(),
            effects: Vec::new(),
            events: 0,
            trail: 0,
        }
    }

    /// The symbol of its coin.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// Paid for redemptions so far, in micro-dollars.
    #[must_use]
    pub const fn redeemed(&self) -> i128 {
        self.redeemed
    }

    /// The symbols and supplies of its tokens.
    pub(crate) fn supplies(&self, assets: &Assets) -> Vec<(String, f64)> {
        let units = |asset: AssetId, amount| assets.get(asset).units.chain_to_f64(amount);
        let supply = self.issuer.supply().outstanding();
        let mut list = vec![(self.symbol.clone(), units(self.wares.coin, supply))];
        if let (IssuerKind::Algorithmic(inside), Some(token)) =
            (self.issuer.kind(), self.wares.seigniorage)
        {
            let supply = inside.seigniorage().outstanding();
            list.push((assets.get(token).symbol.clone(), units(token, supply)));
        }
        list
    }

    /// The change of the yield of short bills that its sales have brought, in basis points.
    pub(crate) fn bill_yield_change(&self) -> Option<f64> {
        let IssuerKind::Fiat(fiat) = self.issuer.kind() else {
            return None;
        };
        let tiers = fiat.config().ladder.iter().zip(&fiat.ladder().tiers);
        let bills = tiers.filter(|(config, _)| config.kind == TierKind::Bills);
        // A rate a billion dollars.
        let impact = bills.map(|(config, tier)| {
            tier.pressure as f64 / 1e15 * config.impact_linear.to_f64() * 1e4
        });
        Some(impact.sum())
    }

    /// The parts of its reserve with what can be reached and what cannot, in truth, in micro-dollars.
    pub(crate) fn reserves(&self) -> Vec<(String, i128, i128)> {
        match self.issuer.kind() {
            IssuerKind::Fiat(fiat) => {
                let ladder = fiat.ladder();
                let till = ("till".to_owned(), ladder.till + ladder.on_the_way(), 0);
                let tiers = fiat.config().ladder.iter().zip(&ladder.tiers);
                let tiers =
                    tiers.map(|(config, tier)| (config.name.clone(), tier.amount, tier.frozen));
                std::iter::once(till).chain(tiers).collect()
            }
            IssuerKind::Vault(vault) => {
                let names = vault.config().positions.iter().zip(vault.positions());
                let positions = names.map(|(config, position)| {
                    let stuck =
                        i128::from(position.frozen.0) * position.actual / i128::from(Rate::ONE.0);
                    (config.name.clone(), position.actual - stuck, stuck)
                });
                let cash = ("cash".to_owned(), vault.liquid(), 0);
                std::iter::once(cash).chain(positions).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The name of a part of the reserve.
    pub(crate) fn tier_name(&self, tier: TierId) -> String {
        let name = match self.issuer.kind() {
            IssuerKind::Fiat(fiat) => fiat.config().ladder.get(tier.index()).map(|t| &t.name),
            IssuerKind::Vault(vault) => vault.config().positions.get(tier.index()).map(|p| &p.name),
            _ => None,
        };
        name.cloned().unwrap_or_default()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The issuer, to read.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Its tokens.
    #[must_use]
    pub const fn coin(&self) -> AssetId {
        self.wares.coin
    }

    /// What it takes and pays for them.
    #[must_use]
    pub const fn money(&self) -> AssetId {
        self.wares.money
    }

    /// What the public may believe one of its tokens to be worth, in dollars: the redemption value by
    /// the last attestation, for a vault what its manager says, for an algorithmic issuer the market
    /// value of its other token over its coins. Never above a dollar, but for a vault.
    #[must_use]
    pub fn public_worth(&self, now: SimTime) -> Option<f64> {
        match self.issuer.kind() {
            // What would have to absorb the coins, over the coins: below one the claims on it cannot
            // all be met (D).
            IssuerKind::Algorithmic(inside) => {
                let price = inside.token_price()?.0 as f64 / 1e18;
                let one = |decimals: Decimals| decimals.one() as f64;
                let config = inside.config();
                let tokens = inside.seigniorage().outstanding() as f64;
                let value = tokens / one(config.seigniorage_decimals) * price;
                let coins = self.issuer.supply().outstanding() as f64 / one(config.decimals);
                Some((value / coins.max(1.0)).min(1.0))
            }
            IssuerKind::Vault(_) => {
                let price = self.issuer.view(now).share_price;
                Some(price.0 as f64 / UnitPrice::DOLLAR.0 as f64)
            }
            IssuerKind::Fiat(_) | IssuerKind::Synthetic(_) | IssuerKind::Collateralized(_) => {
                let attestation = self.issuer.view(now).attestation?;
                Some(attestation.backing.redemption_value().to_f64())
            }
        }
    }

    /// What a redemption costs, as a part of it.
    #[must_use]
    pub fn redeem_fee(&self) -> f64 {
        match self.issuer.kind() {
            IssuerKind::Fiat(fiat) => fiat.config().primary.redeem_fee.to_f64(),
            IssuerKind::Synthetic(synthetic) => synthetic.config().primary.redeem_fee.to_f64(),
            IssuerKind::Algorithmic(_) | IssuerKind::Vault(_) | IssuerKind::Collateralized(_) => {
                0.0
            }
        }
    }

    /// What one of its tokens is worth to whoever waits for everything, in dollars.
    #[must_use]
    pub fn redemption_value(&self) -> f64 {
        self.issuer.backing().redemption_value().to_f64()
    }

    /// The token that absorbs its swings, if it has one.
    #[must_use]
    pub const fn seigniorage(&self) -> Option<AssetId> {
        self.wares.seigniorage
    }

    /// Events processed so far.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Adds an event that reaches the issuer at `at`.
    pub(crate) fn push(&mut self, at: SimTime, event: IssuerEvent) {
        self.queue.insert((at, self.number), event);
        self.number += 1;
    }

    /// What tokens that reach the issuer from a chain are for: its coins are to be redeemed, its
    /// seigniorage token is to become coins, collateral is to be locked, money is to become coins.
    /// Nothing, if it does not deal in them.
    pub(crate) fn request_for(
        &self,
        asset: AssetId,
        agent: AgentId,
        amount: u128,
    ) -> Option<IssuerEvent> {
        let (holder, wares) = (HolderId(agent.0), self.wares);
        if asset == wares.coin {
            Some(IssuerEvent::Redeem { holder, amount })
        } else if Some(asset) == wares.seigniorage {
            let expand = SeigniorageEvent::Expand { holder, amount };
            Some(IssuerEvent::Seigniorage(expand))
        } else if Some(asset) == wares.collateral {
            let units = amount;
            let deposit = CollateralEvent::Deposit { holder, units };
            Some(IssuerEvent::Collateral(deposit))
        } else if asset == wares.money {
            let usd = i128::try_from(amount).ok()?;
            Some(IssuerEvent::Mint { holder, usd })
        } else {
            None
        }
    }

    /// What it has of others', in its units.
    pub(crate) fn inside(&self, asset: AssetId) -> i128 {
        self.inside.get(&asset).copied().unwrap_or(0)
    }

    /// What came into being here, less what ended here.
    pub(crate) fn created(&self, asset: AssetId) -> i128 {
        self.created.get(&asset).copied().unwrap_or(0)
    }

    /// What does not add up: its own books, or tokens that exist otherwise than it believes.
    pub(crate) fn audit(&self) -> Vec<String> {
        let own = firesale_stablecoin::audit(&self.issuer).err();
        let mut wrong: Vec<String> = own
            .map(|v| format!("{}: {v}", self.name))
            .into_iter()
            .collect();
        let exists = self.issuer.supply().outstanding() as i128;
        let known = self.supply_start as i128 + self.created(self.wares.coin);
        if exists != known {
            let name = &self.name;
            wrong.push(format!(
                "{name}: {exists} tokens issued, {known} in the world"
            ));
        }
        wrong
    }

    /// Notes what the issuer has been given: no more than there is of anything.
    pub(crate) fn take_in(&mut self, asset: AssetId, amount: u128) {
        *self.inside.entry(asset).or_default() += amount.min(i128::MAX as u128) as i128;
    }

    /// A rolling hash of everything the issuer did.
    pub(crate) const fn trail(&self) -> u64 {
        self.trail
    }

    /// Notes an effect for the record.
    pub(crate) fn tell(&mut self, at: SimTime, effect: IssuerEffect) {
        if let IssuerEffect::Pay { usd, .. } = effect {
            self.redeemed += usd;
        }
        // The text of an effect is as exact as its numbers.
        let text = format!("{}{}{effect:?}", self.trail, at.0);
        self.trail = hash64(text.as_bytes());
        self.effects.push((at, effect));
    }

    pub(crate) fn take_effects(&mut self, into: &mut Vec<(SimTime, IssuerEffect)>) {
        into.append(&mut self.effects);
    }

    /// Adds a request of an agent, who wants its answer at a place.
    pub(crate) fn request(
        &mut self,
        at: SimTime,
        agent: AgentId,
        place: Place,
        event: IssuerEvent,
    ) {
        self.places.insert(agent, place);
        self.push(at, event);
    }

    /// Where an agent gets what it is given.
    pub(crate) fn place(&self, agent: AgentId) -> Place {
        self.places.get(&agent).copied().unwrap_or(Place::Wallet)
    }

    /// When the next event is, or the next moment at which time alone changes something.
    pub(crate) fn next_time(&self) -> Option<SimTime> {
        let queued = self.queue.first_key_value().map(|((at, _), _)| *at);
        let due = self.issuer.next_due(self.last);
        queued.into_iter().chain(due).min()
    }

    /// Processes what is due before `end`; effects are appended with their times.
    ///
    /// # Errors
    /// What the issuer cannot make sense of and nobody can be given back.
    pub(crate) fn advance(
        &mut self,
        end: SimTime,
        effects: &mut Vec<(SimTime, IssuerEffect)>,
    ) -> Result<(), String> {
        let mut fresh = Vec::new();
        for _ in 0..MOST_EVENTS {
            let Some(at) = self.next_time().filter(|at| *at < end) else {
                return Ok(());
            };
            let at = at.max(self.last);
            let event = match self.queue.first_entry() {
                Some(entry) if entry.key().0 <= at => entry.remove(),
                _ => IssuerEvent::Tick,
            };
            self.events += 1;
            self.last = at;
            if let Err(error) = self.issuer.apply(at, event, &mut fresh) {
                let back = given_back(&event);
                fresh.push(back.ok_or_else(|| format!("{}: {error}", self.name))?);
            }
            effects.extend(fresh.drain(..).map(|effect| (at, effect)));
        }
        Err(format!(
            "{}: more than {MOST_EVENTS} events in a tick",
            self.name
        ))
    }
}

/// The most events of an issuer in one tick.
const MOST_EVENTS: u32 = 1_000_000;

/// What a request that makes no sense gives back.
fn given_back(event: &IssuerEvent) -> Option<IssuerEffect> {
    Some(match *event {
        IssuerEvent::Mint { holder: to, usd } => IssuerEffect::ReturnMoney { to, usd },
        IssuerEvent::Redeem { holder: to, amount } => IssuerEffect::ReturnTokens { to, amount },
        _ => return None,
    })
}

/// All issuers, in the order of the scenario.
#[derive(Debug, Default, Resource)]
pub struct Issuers(pub(crate) Vec<IssuerMachine>);

impl Issuers {
    /// One issuer.
    #[must_use]
    pub fn get(&self, issuer: IssuerId) -> &IssuerMachine {
        &self.0[usize::from(issuer.0)]
    }

    /// All of them with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (IssuerId, &IssuerMachine)> {
        let numbered = self.0.iter().enumerate();
        numbered.map(|(at, machine)| (IssuerId(at as u16), machine))
    }

    /// The issuer of a coin.
    #[must_use]
    pub fn of(&self, coin: AssetId) -> Option<(IssuerId, &IssuerMachine)> {
        let mut all = self.iter();
        all.find(|(_, machine)| machine.coin() == coin)
    }

    /// The issuer with a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<IssuerId> {
        let mut all = self.iter();
        all.find(|(_, machine)| machine.name() == name)
            .map(|(id, _)| id)
    }
}
