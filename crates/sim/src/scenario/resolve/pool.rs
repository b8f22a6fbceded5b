//! Pools: from keys to contracts with their first liquidity.

use firesale_amm::balancer::{VaultConfig, WeightedCurve, WeightedPool};
use firesale_amm::{
    ConcentratedLiquidity, ConfigError, ConstantProduct, FEE_TIERS, Pool, PositionKey, StableSwap,
    StableSwapConfig, U256, liquidity_for_amounts, price_to_sqrt_x96, sqrt_ratio_at_tick,
    tick_at_sqrt_ratio,
};
use firesale_chain::{Chain, chain_seconds};
use firesale_types::{AssetId, Rate, SimTime, TokenUnits};

use super::chain::{chain_of, on_chain};
use super::{Findings, Rules};
use crate::config::{Ratio, Spanned};
use crate::onchain::ChainId;
use crate::scenario::file::{LiquidityPoolTable, PoolKindName, RangeTable, ScenarioFile};

/// One pool.
#[derive(Debug)]
pub(crate) struct PoolRules {
    pub(crate) name: String,
    pub(crate) chain: ChainId,
    pub(crate) assets: Vec<AssetId>,
    pub(crate) logic: Pool,
}

/// What a pool's description refuses: a key inside its table, and why.
type Refusal = (String, String);

fn refused(key: &str, why: impl Into<String>) -> Refusal {
    (key.to_owned(), why.into())
}

impl From<ConfigErrorOf> for Refusal {
    fn from(ConfigErrorOf(error): ConfigErrorOf) -> Self {
        let key = match error.key {
            "fee_pips" => "fee",
            "sqrt_price" => "price",
            "balances" => "reserves",
            key => key,
        };
        (key.to_owned(), error.reason)
    }
}

/// A pool's own complaint, whose keys are those of its constructor.
struct ConfigErrorOf(ConfigError);

/// All pools.
pub(super) fn pool_rules(
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Vec<PoolRules> {
    let names = |p: &Spanned<LiquidityPoolTable>| (p.span, p.value.name.clone());
    let names: Vec<_> = file.pools.iter().map(names).collect();
    findings.unique(
        "pool",
        names.iter().map(|(span, name)| (*span, name.as_str())),
    );
    let one = |pool: &Spanned<LiquidityPoolTable>| one_pool(pool, rules, findings);
    file.pools.iter().filter_map(one).collect()
}

fn one_pool(
    pool: &Spanned<LiquidityPoolTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<PoolRules> {
    let table = &pool.value;
    let chain = chain_of(&table.chain, rules, findings)?;
    let mut assets = Vec::new();
    for name in &table.coins {
        assets.push(findings.find("asset", name, rules.asset(&name.value), &rules.assets)?);
    }
    for symbol in table.reserves.keys().chain(table.weights.keys()) {
        if !table.coins.iter().any(|coin| coin.value == *symbol) {
            let message = format!("`{symbol}` is none of the coins of this pool");
            findings.add(pool.span, message, None);
            return None;
        }
    }
    let units: Vec<TokenUnits> = assets.iter().map(|a| rules.units[a.index()]).collect();
    let logic = match table.kind {
        PoolKindName::ConstantProduct => constant_product(table, &units),
        PoolKindName::Concentrated => concentrated(table, &units),
        PoolKindName::StableSwap => stable_swap(table, &units, rules),
        PoolKindName::Weighted => weighted(table, &units),
    };
    match logic {
        Ok(logic) => Some(PoolRules {
            name: table.name.clone(),
            chain,
            assets,
            logic,
        }),
        Err((key, why)) => {
            findings.add_within(pool.span, &key, why);
            None
        }
    }
}

/// A fee in parts of `whole`.
fn parts(fee: Ratio, whole: i64) -> Result<u64, Refusal> {
    let rate = fee.get();
    if !(0..Rate::ONE.0).contains(&rate.0) {
        return Err(refused("fee", "a fee is at least 0% and below 100%"));
    }
    Ok((i128::from(rate.0) * i128::from(whole) / i128::from(Rate::ONE.0)) as u64)
}

const PIPS: i64 = 1_000_000;

/// The reserves in the order of the coins.
fn reserves(table: &LiquidityPoolTable, units: &[TokenUnits]) -> Result<Vec<u128>, Refusal> {
    let amounts = table.coins.iter().zip(units);
    let amounts = amounts.map(|(coin, &units)| {
        let written = table.reserves.get(&coin.value).copied();
        on_chain(written.unwrap_or(crate::config::Money::ZERO), units)
    });
    let amounts: Vec<u128> = amounts.collect();
    if amounts.contains(&0) {
        let why = "a pool without liquidity: every coin needs a reserve above zero";
        return Err(refused("reserves", why));
    }
    Ok(amounts)
}

fn two(table: &LiquidityPoolTable) -> Result<(), Refusal> {
    if table.coins.len() != 2 {
        let why = format!("this kind of pool has two coins, not {}", table.coins.len());
        return Err(refused("coins", why));
    }
    Ok(())
}

fn constant_product(table: &LiquidityPoolTable, units: &[TokenUnits]) -> Result<Pool, Refusal> {
    two(table)?;
    let fee = parts(table.fee.value, PIPS)? as u32;
    let amounts = reserves(table, units)?;
    let made = ConstantProduct::with_reserves(fee, [amounts[0], amounts[1]]);
    let (pool, _) = made.map_err(ConfigErrorOf)?;
    Ok(Pool::ConstantProduct(pool))
}

fn stable_swap(
    table: &LiquidityPoolTable,
    units: &[TokenUnits],
    rules: &Rules,
) -> Result<Pool, Refusal> {
    let Some(amplification) = &table.amplification else {
        return Err(refused("amplification", "a stable-swap pool needs one"));
    };
    let amplification = u64::try_from(amplification.value)
        .map_err(|_| refused("amplification", "must not be negative"))?;
    let rate = |units: &TokenUnits| U256::from(10_u128.pow(36 - u32::from(units.chain)));
    let admin_fee = parts(table.admin_fee, 10_000_000_000);
    let config = StableSwapConfig {
        amplification,
        a_precision: 1,
        fee: parts(table.fee.value, 10_000_000_000)?,
        admin_fee: admin_fee.map_err(|(_, why)| refused("admin_fee", why))?,
        rates: units.iter().map(rate).collect(),
    };
    let amounts = reserves(table, units)?;
    let (mut pool, _) = StableSwap::with_balances(config, &amounts).map_err(ConfigErrorOf)?;
    if let Some(ramp) = &table.ramp {
        let until = ramp.until.value.resolve(rules.start);
        let until = until.map_err(|e| refused("ramp.until", e.to_string()))?;
        let to = u64::try_from(ramp.to).map_err(|_| refused("ramp.to", "must not be negative"))?;
        pool.set_time(chain_seconds(SimTime::ZERO));
        let outcome = pool.ramp_amplification(to, chain_seconds(until));
        outcome.map_err(|e| refused("ramp", e.to_string()))?;
    }
    Ok(Pool::StableSwap(pool))
}

fn concentrated(table: &LiquidityPoolTable, units: &[TokenUnits]) -> Result<Pool, Refusal> {
    two(table)?;
    let fee = parts(table.fee.value, PIPS)? as u32;
    let tier = FEE_TIERS.iter().find(|(tier, _)| *tier == fee);
    let spacing = match (&table.tick_spacing, tier) {
        (Some(spacing), _) => spacing.value,
        (None, Some((_, spacing))) => *spacing,
        (None, None) => {
            let why = "this fee has no usual spacing: give one, or 0.01%, 0.05%, 0.3% or 1%";
            return Err(refused("tick_spacing", why));
        }
    };
    let Some(price) = &table.price else {
        return Err(refused(
            "price",
            "a concentrated pool needs the price at the start",
        ));
    };
    let root = sqrt_price(price.value, units).ok_or_else(|| refused("price", "out of range"))?;
    let mut pool = ConcentratedLiquidity::new(fee, spacing, root).map_err(ConfigErrorOf)?;
    if table.ranges.is_empty() {
        let why = "a pool without liquidity: give at least one of ranges";
        return Err(refused("ranges", why));
    }
    for (at, range) in table.ranges.iter().enumerate() {
        let laid = lay(&mut pool, &range.value, price.value, spacing, units);
        laid.map_err(|why| refused(&format!("ranges[{at}]"), why))?;
    }
    Ok(Pool::Concentrated(pool))
}

/// The square root of a price in whole tokens, as pools keep it.
pub(crate) fn sqrt_price(price: f64, units: &[TokenUnits]) -> Option<U256> {
    let places = i32::from(units[1].chain) - i32::from(units[0].chain);
    price_to_sqrt_x96(price * libm::exp10(f64::from(places)))
}

/// Lays liquidity into a range, of whatever value it asks for.
fn lay(
    pool: &mut ConcentratedLiquidity,
    range: &RangeTable,
    price: f64,
    spacing: i32,
    units: &[TokenUnits],
) -> Result<(), String> {
    let tick = |price: f64| {
        let root = sqrt_price(price, units).ok_or("a price out of range")?;
        let tick = tick_at_sqrt_ratio(root).map_err(|e| e.to_string())?;
        Ok::<i32, String>(tick.div_euclid(spacing) * spacing)
    };
    let (lower, upper) = (tick(range.lower)?, tick(range.upper)?);
    let root = |tick| sqrt_ratio_at_tick(tick).map_err(|e| e.to_string());
    let (low, high) = (root(lower)?, root(upper)?);
    // Worth of one unit of liquidity at this price, in whole units of the second coin.
    let (a, b, now) = (range.lower.sqrt(), range.upper.sqrt(), price.sqrt());
    let here = now.clamp(a, b);
    let (first, second) = (1.0 / here - 1.0 / b, here - a);
    let worth = first * price + second;
    if worth.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
        return Err("the lower price must be below the upper".to_owned());
    }
    let liquidity = range.value.get().to_f64() / worth;
    let amounts = [
        units[0].chain_from_f64(liquidity * first),
        units[1].chain_from_f64(liquidity * second),
    ];
    let liquidity = liquidity_for_amounts(pool.sqrt_price_x96(), low, high, amounts)
        .map_err(|e| e.to_string())?;
    let key = PositionKey {
        owner: Chain::FOUNDERS.0,
        tick_lower: lower,
        tick_upper: upper,
    };
    pool.mint(key, liquidity).map_err(|e| e.to_string())?;
    Ok(())
}

fn weighted(table: &LiquidityPoolTable, units: &[TokenUnits]) -> Result<Pool, Refusal> {
    let one = U256::from(10).pow(U256::from(18));
    let whole = |rate: Ratio| u64::try_from(rate.get().0).map(|r| r.saturating_mul(1_000_000_000));
    let mut weights = Vec::new();
    for coin in &table.coins {
        let Some(weight) = table.weights.get(&coin.value) else {
            let why = format!("`{}` has no weight", coin.value);
            return Err(refused("weights", why));
        };
        weights.push(whole(*weight).map_err(|_| refused("weights", "must not be negative"))?);
    }
    let curve = WeightedCurve::new(weights).map_err(ConfigErrorOf)?;
    let config = VaultConfig {
        decimals: units.iter().map(|units| units.chain).collect(),
        rates: vec![one; units.len()],
        swap_fee: parts(table.fee.value, 1_000_000_000)? * 1_000_000_000,
        protocol_fee: 0,
    };
    let amounts = reserves(table, units)?;
    let (pool, _) = WeightedPool::new(curve, config, &amounts).map_err(ConfigErrorOf)?;
    Ok(Pool::Weighted(pool))
}
