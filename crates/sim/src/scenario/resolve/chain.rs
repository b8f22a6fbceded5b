//! Chains, pools and lending markets: from keys to contracts.

use firesale_amm::lending::{
    BadDebtRule, CategoryConfig, LendingConfig, LendingPool, LiquidationRule, PriceSource as Fed,
    RateConfig, ReserveConfig, ReserveId,
};
use firesale_chain::{ChainConfig, Demand, GasRule};
use firesale_types::{AssetId, Rate, SimDuration, SimTime, TokenUnits};

use super::{Findings, Rules};
use crate::config::{Money, Ratio, Spanned};
use crate::genesis::gwei;
use crate::onchain::ChainId;
use crate::scenario::file::{
    ChainTable, LenderLiquidationName, LenderTable, PriceSourceName, ReserveTable, ScenarioFile,
};

/// One chain.
#[derive(Debug)]
pub(crate) struct ChainRules {
    pub(crate) name: String,
    pub(crate) config: ChainConfig,
    pub(crate) native: Option<AssetId>,
    pub(crate) confirmation: SimDuration,
    /// The market whose swings make others eager, its calm volatility, and the most it multiplies.
    pub(crate) heat: Option<(Spanned<String>, f64, f64)>,
}

/// One lending market.
#[derive(Debug)]
pub(crate) struct LenderRules {
    pub(crate) name: String,
    pub(crate) chain: ChainId,
    pub(crate) assets: Vec<AssetId>,
    pub(crate) logic: LendingPool,
    /// Lent at the start by nobody in the run, by reserve, in units of the chain.
    pub(crate) supplied: Vec<u128>,
    pub(crate) feeds: Vec<FeedRules>,
}

/// Where the price of a reserve comes from.
#[derive(Clone, Debug)]
pub(crate) struct FeedRules {
    pub(crate) reserve: ReserveId,
    pub(crate) source: PriceSourceName,
    pub(crate) of: Option<Spanned<String>>,
    pub(crate) asset: AssetId,
    pub(crate) price: f64,
    pub(crate) deviation: f64,
    pub(crate) heartbeat: SimDuration,
}

/// All chains.
pub(super) fn chain_rules(
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Vec<ChainRules> {
    let names = |c: &Spanned<ChainTable>| (c.span, c.value.name.clone());
    let names: Vec<_> = file.chains.iter().map(names).collect();
    findings.unique(
        "chain",
        names.iter().map(|(span, name)| (*span, name.as_str())),
    );
    let one = |chain: &Spanned<ChainTable>| one_chain(chain, rules, findings);
    file.chains.iter().filter_map(one).collect()
}

fn one_chain(
    chain: &Spanned<ChainTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<ChainRules> {
    let table = &chain.value;
    let native = match &table.native {
        None => None,
        Some(name) => {
            Some(findings.find("asset", name, rules.asset(&name.value), &rules.assets)?)
        }
    };
    if table.block_time.get() <= SimDuration::ZERO {
        findings.add_within(chain.span, "block_time", "blocks need time between them");
        return None;
    }
    if table.gas.target == 0 || table.gas.limit < table.gas.target {
        let message = "a block holds at least its target, and the target is above 0";
        findings.add_within(chain.span, "gas.limit", message);
        return None;
    }
    // Without a native token nobody pays, so fees decide nothing but the order.
    let fee = native.map_or(0, |_| gwei(table.gas.base_fee_gwei));
    let demand = table.demand.as_ref();
    let others = demand.map_or(Demand::NONE, |demand| Demand {
        gas: demand.gas,
        price: demand.price_gwei.map_or(fee, gwei).max(1),
        elasticity_milli: libm::rint(demand.elasticity.clamp(0.0, 100.0) * 1000.0) as u32,
    });
    let heat = demand.and_then(|demand| {
        let market = demand.follows.clone()?;
        Some((market, demand.calm_volatility, demand.most.max(1.0)))
    });
    if let Some((_, calm, _)) = &heat
        && calm.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater)
    {
        findings.add_within(chain.span, "demand.calm_volatility", "must be above 0");
        return None;
    }
    Some(ChainRules {
        name: table.name.clone(),
        config: ChainConfig {
            name: table.name.clone(),
            block_time: table.block_time.get(),
            gas: GasRule {
                target: table.gas.target,
                limit: table.gas.limit,
                base_fee: fee,
                floor: gwei(table.gas.floor_gwei),
            },
            demand: others,
            native: None,
        },
        native,
        confirmation: table.confirmation.get(),
        heat,
    })
}

/// Looks the chain of a pool or lender up.
pub(super) fn chain_of(
    name: &Spanned<String>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<ChainId> {
    let known: Vec<String> = rules
        .chains
        .iter()
        .map(|chain| chain.name.clone())
        .collect();
    findings.find("chain", name, rules.chain(&name.value), &known)
}

/// An amount of tokens as the chain counts it.
pub(super) fn on_chain(amount: Money, units: TokenUnits) -> u128 {
    // Money is counted in millionths.
    let micro = amount.get().0.max(0) as u128;
    match u32::from(units.chain).checked_sub(6) {
        Some(places) => micro * 10_u128.pow(places),
        None => micro / 10_u128.pow(6 - u32::from(units.chain)),
    }
}

/// All lending markets.
pub(super) fn lender_rules(
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Vec<LenderRules> {
    let names = |l: &Spanned<LenderTable>| (l.span, l.value.name.clone());
    let names: Vec<_> = file.lenders.iter().map(names).collect();
    findings.unique(
        "lender",
        names.iter().map(|(span, name)| (*span, name.as_str())),
    );
    let one = |lender: &Spanned<LenderTable>| one_lender(lender, rules, findings);
    file.lenders.iter().filter_map(one).collect()
}

fn one_lender(
    lender: &Spanned<LenderTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<LenderRules> {
    let table = &lender.value;
    let chain = chain_of(&table.chain, rules, findings)?;
    let (mut reserves, mut assets, mut supplied, mut feeds) = (vec![], vec![], vec![], vec![]);
    for (at, entry) in table.reserves.iter().enumerate() {
        let name = &entry.value.asset;
        let asset = findings.find("asset", name, rules.asset(&name.value), &rules.assets)?;
        let units = rules.units[asset.index()];
        let price = start_price(&entry.value, asset, rules);
        reserves.push(reserve(&entry.value, units, price));
        supplied.push(on_chain(entry.value.supplied, units));
        assets.push(asset);
        let oracle = &entry.value.oracle.value;
        if oracle.of.is_none() && needs_name(oracle.source) {
            let message = "this source needs the name of a market, pool or issuer: of = \"...\"";
            findings.add(entry.value.oracle.span, message, None);
            return None;
        }
        feeds.push(FeedRules {
            reserve: ReserveId(at as u16),
            source: oracle.source,
            of: oracle.of.clone(),
            asset,
            price,
            deviation: oracle.deviation.to_f64(),
            heartbeat: oracle.heartbeat.get(),
        });
    }
    let config = LendingConfig {
        reserves,
        categories: categories(table, findings),
        liquidation: liquidation(table),
        bad_debt: BadDebtRule::default(),
    };
    match LendingPool::new(config, SimTime::ZERO) {
        Ok(logic) => Some(LenderRules {
            name: table.name.clone(),
            chain,
            assets,
            logic,
            supplied,
            feeds,
        }),
        Err(error) => {
            findings.add_within(lender.span, &key_of(&error.key), error.message);
            None
        }
    }
}

/// The key of a scenario that a lending market's key comes from.
fn key_of(key: &str) -> String {
    [
        ("liquidation_threshold_bps", "threshold"),
        ("liquidation_bonus_bps", "bonus"),
        ("ltv_bps", "ltv"),
        ("protocol_fee_bps", "protocol_fee"),
        ("reserve_factor_bps", "reserve_factor"),
        ("rate.optimal_bps", "optimal"),
        ("rate.base_bps", "base_rate"),
        ("rate.slope1_bps", "slope_1"),
        ("rate.slope2_bps", "slope_2"),
        ("liquidation.close_factor_bps", "close_factor"),
        ("liquidation.full_close_factor_at", "full_close_below"),
        ("liquidation.small_position", "small_position"),
        ("categories", "e_modes"),
        ("label", "name"),
    ]
    .iter()
    .fold(key.to_owned(), |key, (from, to)| key.replace(from, to))
}

const fn needs_name(source: PriceSourceName) -> bool {
    matches!(
        source,
        PriceSourceName::Venue | PriceSourceName::Pool | PriceSourceName::Redemption
    )
}

fn start_price(table: &ReserveTable, asset: AssetId, rules: &Rules) -> f64 {
    match table.oracle.value.source {
        PriceSourceName::Pegged => table.oracle.value.value,
        _ => rules.fundamentals[asset.index()].price,
    }
}

/// A rate in basis points, to the nearest.
fn bps(ratio: Ratio) -> u32 {
    let per = Rate::bps(1).0;
    u32::try_from((ratio.get().0.max(0) + per / 2) / per).unwrap_or(u32::MAX)
}

/// Dollars with the 8 decimals of lending markets.
fn base_units(dollars: f64) -> u64 {
    libm::rint((dollars * 1e8).clamp(0.0, 1e18)) as u64
}

fn reserve(table: &ReserveTable, units: TokenUnits, price: f64) -> ReserveConfig {
    let whole = |cap: Money| u64::try_from(cap.get().0 / 1_000_000).unwrap_or(0);
    ReserveConfig {
        symbol: table.asset.value.clone(),
        decimals: units.chain,
        ltv_bps: bps(table.ltv),
        liquidation_threshold_bps: bps(table.threshold.value),
        liquidation_bonus_bps: bps(table.bonus),
        protocol_fee_bps: bps(table.protocol_fee),
        reserve_factor_bps: bps(table.reserve_factor),
        supply_cap: table.supply_cap.map(whole),
        borrow_cap: table.borrow_cap.map(whole),
        rate: RateConfig {
            base_bps: bps(table.base_rate),
            slope1_bps: bps(table.slope_1),
            slope2_bps: bps(table.slope_2),
            optimal_bps: bps(table.optimal),
        },
        borrowable: table.borrowable,
        collateral: bps(table.threshold.value) > 0,
        frozen: false,
        paused: false,
        price: base_units(price),
        source: match table.oracle.value.source {
            PriceSourceName::Pool => Fed::Pool,
            PriceSourceName::Redemption => Fed::Redemption,
            PriceSourceName::Venue | PriceSourceName::Value => Fed::Venue,
            PriceSourceName::Pegged => Fed::Pegged {
                to: None,
                value: base_units(table.oracle.value.value),
            },
        },
    }
}

fn categories(table: &LenderTable, findings: &mut Findings) -> Vec<CategoryConfig> {
    let known: Vec<String> = table
        .e_modes
        .iter()
        .map(|mode| mode.value.name.clone())
        .collect();
    for entry in &table.reserves {
        if let Some(name) = &entry.value.e_mode {
            let found = known.contains(&name.value).then_some(());
            findings.find("e-mode category", name, found, &known);
        }
    }
    let one = |mode: &Spanned<crate::scenario::file::EModeTable>| {
        let mode = &mode.value;
        let within = |entry: &Spanned<ReserveTable>| {
            let category = entry.value.e_mode.as_ref();
            category.is_some_and(|name| name.value == mode.name)
        };
        let members = || {
            let numbered = table.reserves.iter().enumerate();
            let members = numbered.filter(|(_, entry)| within(entry));
            members.map(|(at, entry)| (ReserveId(at as u16), &entry.value))
        };
        let collateral = members().filter(|(_, reserve)| bps(reserve.threshold.value) > 0);
        let borrowable = members().filter(|(_, reserve)| reserve.borrowable);
        CategoryConfig {
            label: mode.name.clone(),
            ltv_bps: bps(mode.ltv),
            liquidation_threshold_bps: bps(mode.threshold),
            liquidation_bonus_bps: bps(mode.bonus),
            collateral: collateral.map(|(id, _)| id).collect(),
            borrowable: borrowable.map(|(id, _)| id).collect(),
            source: None,
        }
    };
    table.e_modes.iter().map(one).collect()
}

fn liquidation(table: &LenderTable) -> LiquidationRule {
    match table.liquidation {
        LenderLiquidationName::Bonus => LiquidationRule::CloseFactor {
            close_factor_bps: bps(table.close_factor),
            full_close_factor_at: u64::from(bps(table.full_close_below)) * 100_000_000_000_000,
            small_position: base_units(table.small_position.get().to_f64()),
            min_leftover: base_units(table.small_position.get().to_f64() / 2.0),
        },
        LenderLiquidationName::Absorb => {
            // What is borrowed is the first reserve that can be.
            let base = table
                .reserves
                .iter()
                .position(|entry| entry.value.borrowable);
            LiquidationRule::Absorb {
                base: ReserveId(base.unwrap_or(0) as u16),
                store_front_bps: 5_000,
            }
        }
    }
}
