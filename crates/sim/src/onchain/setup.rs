//! Chains, contracts and issuers at the start.

use firesale_amm::Pool;
use firesale_chain::{Chain, ChainError};
use firesale_stablecoin::fiat::Dealers;
use firesale_stablecoin::{HolderId, Issuer, IssuerConfig};
use firesale_types::{AccountId, RunSeed, SimTime, Usd};

use super::machine::Heat;
use super::{
    ChainMachine, Chains, Feeds, IssuerFeed, IssuerId, IssuerMachine, Issuers, LenderFeed,
    LenderRef, PriceSource,
};
use crate::audit::Everywhere;
use crate::genesis::Census;
use crate::scenario::file::PriceSourceName;
use crate::scenario::resolve::{FeedRules, IssuerRules, LenderRules, PoolRules, Rules};
use crate::{Custody, Markets};

/// The chains of a scenario with their pools and lending markets.
///
/// # Errors
/// More of a token than can be counted.
pub(crate) fn chains(rules: &Rules, markets: &Markets, seed: RunSeed) -> Result<Chains, String> {
    let one = |chain: &crate::scenario::resolve::ChainRules| {
        let logic = Chain::new(chain.config.clone());
        let mut machine = ChainMachine::new(logic, chain.confirmation, seed);
        if let Some(native) = chain.native {
            let token = machine.token_of(native, rules);
            machine.chain_mut().set_native(token);
        }
        machine.heat = chain.heat.as_ref().and_then(|(name, calm, most)| {
            let mut all = markets.iter();
            let market = all.find(|market| market.full_symbol == name.value)?.id;
            Some(Heat {
                market,
                calm: *calm,
                most: *most,
            })
        });
        machine
    };
    let mut chains = Chains(rules.chains.iter().map(one).collect());
    for pool in &rules.pools {
        let machine = &mut chains.0[usize::from(pool.chain.0)];
        add_pool(machine, pool, rules).map_err(|e| format!("{}: {e}", pool.name))?;
    }
    for lender in &rules.lenders {
        let machine = &mut chains.0[usize::from(lender.chain.0)];
        add_lender(machine, lender, rules).map_err(|e| format!("{}: {e}", lender.name))?;
    }
    Ok(chains)
}

fn add_pool(machine: &mut ChainMachine, pool: &PoolRules, rules: &Rules) -> Result<(), ChainError> {
    let tokens: Vec<_> = pool
        .assets
        .iter()
        .map(|&asset| machine.token_of(asset, rules))
        .collect();
    let logic: Pool = pool.logic.clone();
    machine
        .chain_mut()
        .add_pool(pool.name.clone(), tokens, logic)
}

fn add_lender(
    machine: &mut ChainMachine,
    lender: &LenderRules,
    rules: &Rules,
) -> Result<(), ChainError> {
    let tokens: Vec<_> = lender
        .assets
        .iter()
        .map(|&asset| machine.token_of(asset, rules))
        .collect();
    let mut logic = lender.logic.clone();
    let mut ids = logic.reserve_ids().collect::<Vec<_>>().into_iter();
    for &amount in lender.supplied.iter() {
        if let Some(reserve) = ids.next().filter(|_| amount > 0) {
            let founders = AccountId(Chain::FOUNDERS.0);
            logic.supply(SimTime::ZERO, founders, reserve, amount)?;
        }
    }
    machine
        .chain_mut()
        .add_lender(lender.name.clone(), tokens, logic)
}

/// The issuers of a scenario. What agents do not hold of a coin is held outside.
///
/// # Errors
/// If agents hold more of a coin than there is.
pub(crate) fn issuers(
    rules: &Rules,
    census: &Census,
    custody: &mut Custody,
    held: impl Fn(&Custody, firesale_types::AssetId) -> i128,
) -> Result<Issuers, String> {
    let mut issuers = Issuers::default();
    for of in &rules.issuers {
        let config = with_dealers(of, census);
        let issuer = Issuer::new(config).map_err(|e| format!("{}: {}", of.name, e.message))?;
        let symbol = rules.assets[of.wares.coin.index()].clone();
        let mut machine = IssuerMachine::new(of.name.clone(), symbol, issuer, of.wares);
        let coin = of.wares.coin;
        let units = rules.units[coin.index()];
        let supply = machine.issuer().supply().outstanding() as i128 * units.common_per_chain();
        // What lies in the anchor is inside the issuer.
        let anchored: u128 = machine.issuer().supply().escrow;
        machine.take_in(coin, anchored);
        let rest = supply - held(custody, coin) - anchored as i128 * units.common_per_chain();
        if rest < 0 {
            let symbol = &rules.assets[coin.index()];
            let more = -rest as f64 / units.common_per_chain() as f64;
            return Err(format!(
                "agents, pools and venues hold {:.2} {symbol} more than its issuer's supply",
                units.chain_to_f64(more as u128),
            ));
        }
        let per_venue = units.common_per_venue();
        let whole = i64::try_from(rest / per_venue).map_err(|e| e.to_string())?;
        custody.pay_outside(coin, Usd(whole));
        *machine.inside.entry(coin).or_default() += rest % per_venue / units.common_per_chain();
        for &(at, event) in &of.events {
            machine.push(at, event);
        }
        issuers.0.push(machine);
    }
    Ok(issuers)
}

fn with_dealers(of: &IssuerRules, census: &Census) -> IssuerConfig {
    let mut listed: Vec<HolderId> = Vec::new();
    for name in &of.dealers {
        let named = |p: &crate::Population| p.name == name.value;
        let Some(population) = census.populations.iter().position(named) else {
            continue;
        };
        let members = census.agent_population.iter().enumerate();
        let members = members.filter(|(_, p)| usize::from(**p) == population);
        let most = of.most.map_or(usize::MAX, |most| most as usize);
        listed.extend(members.take(most).map(|(agent, _)| HolderId(agent as u32)));
    }
    let mut config = of.config.clone();
    match &mut config {
        IssuerConfig::Fiat(fiat) => fiat.primary.dealers = Dealers::Listed(listed),
        IssuerConfig::Algorithmic(algorithmic) => {
            if let Some(anchor) = algorithmic.anchor.as_mut() {
                let agents = census.anchored.get(&of.wares.coin);
                anchor.deposits.extend(agents.into_iter().flatten());
            }
        }
        IssuerConfig::Synthetic(synthetic) => {
            synthetic.primary.dealers = Dealers::Listed(listed);
        }
        IssuerConfig::Vault(_) | IssuerConfig::Collateralized(_) => {}
    }
    config
}

/// What lending markets are told.
pub(crate) fn feeds(rules: &Rules, markets: &Markets, chains: &Chains, issuers: &Issuers) -> Feeds {
    let of_issuer = |of: &IssuerRules| {
        let feed = of.oracle.as_ref()?;
        Some(IssuerFeed {
            issuer: issuers.find(&of.name)?,
            source: source(feed, rules, markets, chains, issuers)?,
            period: feed.heartbeat,
            next: SimTime::ZERO,
        })
    };
    let of_lender = |lender: &LenderRules| {
        let reference = chains.lender(&lender.name);
        let feeds = lender.feeds.clone().into_iter().filter_map(move |feed| {
            let source = source(&feed, rules, markets, chains, issuers)?;
            Some(one_feed(feed, source, reference?))
        });
        feeds.collect::<Vec<_>>()
    };
    Feeds {
        lenders: rules.lenders.iter().flat_map(of_lender).collect(),
        issuers: rules.issuers.iter().filter_map(of_issuer).collect(),
    }
}

fn one_feed(feed: FeedRules, source: PriceSource, lender: LenderRef) -> LenderFeed {
    LenderFeed {
        lender,
        reserve: feed.reserve,
        source,
        deviation: feed.deviation,
        heartbeat: feed.heartbeat,
        published: feed.price,
        at: SimTime::ZERO,
    }
}

fn source(
    feed: &FeedRules,
    rules: &Rules,
    markets: &Markets,
    chains: &Chains,
    issuers: &Issuers,
) -> Option<PriceSource> {
    let name = feed.of.as_ref().map_or("", |name| name.value.as_str());
    match feed.source {
        PriceSourceName::Pegged => None,
        PriceSourceName::Value => Some(PriceSource::Value(feed.asset)),
        PriceSourceName::Venue => {
            let mut all = markets.iter();
            let market = all.find(|market| market.full_symbol == name)?;
            Some(PriceSource::Market(market.id))
        }
        PriceSourceName::Redemption => {
            let issuer: IssuerId = issuers.find(name)?;
            Some(PriceSource::Redemption(issuer))
        }
        PriceSourceName::Pool => {
            let of = rules.pools.iter().find(|pool| pool.name == name)?;
            let coin = of.assets.iter().position(|asset| *asset == feed.asset)?;
            let other = of.assets.iter().position(|asset| *asset != feed.asset)?;
            Some(PriceSource::Pool {
                pool: chains.pool(name)?,
                coin,
                other,
                other_asset: of.assets[other],
            })
        }
    }
}

/// What there is of every asset.
pub(crate) fn count(everywhere: Everywhere<'_>) -> Vec<i128> {
    let assets = everywhere.assets.iter().map(|(asset, _)| asset);
    assets.map(|asset| everywhere.total(asset)).collect()
}
