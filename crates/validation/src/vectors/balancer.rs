//! Balancer V3 pools: states read on a chain, and the answers of its query contract.
//!
//! A file has a `pool` and the answers to `swaps` (kind 0: exact in, 1: exact out), `adds` and
//! `removes`, each of them of the pool as it is described.

use firesale_amm::balancer::{BalancerPool, Curve, LiquidityChange, VaultConfig};
use firesale_amm::{PoolError, U256};
use serde_json::Value;

use super::Tally;
use super::json::{Read, amount, amounts, field, integers, list, list_or_none, narrow, text};
use super::tally::Outcome;
use crate::engine::Engine;

/// All answers of a file.
pub(super) fn answers(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    let Some(state) = value
        .get("pool")
        .filter(|pool| pool.get("poolType").is_some())
    else {
        return false;
    };
    if value.get("hook").or(state.get("hook")).is_some() {
        tally.left_out(format!("{file}: a pool with a hook, left out"));
        return true;
    }
    match text(state, "poolType") {
        Ok("STABLE") => {
            let curve = field(state, "amp")
                .and_then(narrow)
                .and_then(|a| engine.stable_curve(a));
            answers_of(engine, file, curve, value, tally);
        }
        Ok("WEIGHTED") => {
            let weights = integers(state, "weights").map(|all| all.into_iter().map(u64::try_from));
            let weights = weights.and_then(|all| {
                let fit: Result<Vec<u64>, _> = all.collect();
                fit.map_err(|error| error.to_string())
            });
            let curve = weights.and_then(|weights| engine.weighted_curve(weights));
            answers_of(engine, file, curve, value, tally);
        }
        other => {
            let kind = other.unwrap_or("without a name");
            tally.left_out(format!("{file}: a pool of kind {kind}, left out"));
        }
    }
    true
}

fn answers_of<C: Curve + Clone>(
    engine: &Engine,
    file: &str,
    curve: Read<C>,
    value: &Value,
    tally: &mut Tally,
) {
    let state = &value["pool"];
    let pool = match curve.and_then(|curve| pool(engine, curve, state)) {
        Ok(pool) => pool,
        Err(error) => return tally.vector(file, "the pool", Err(error)),
    };
    let tokens = list(state, "tokens").unwrap_or_default();
    let mut all = |key: &str, answer: &dyn Fn(&Value) -> Read<Outcome>| {
        for (at, case) in list_or_none(value, key).iter().enumerate() {
            tally.vector(file, &format!("{key} {at}"), answer(case));
        }
    };
    all("swaps", &|case| swap(engine, pool.clone(), tokens, case));
    all("adds", &|case| add(engine, pool.clone(), case));
    all("removes", &|case| remove(engine, pool.clone(), case));
}

/// Decimals of a scaling factor, which is 10^(18 - decimals), with 18 more digits in older files.
fn decimals(scaling: U256) -> Read<u8> {
    let ten = U256::from(10);
    let e18 = ten.pow(U256::from(18));
    let factor = if scaling >= e18 {
        scaling / e18
    } else {
        scaling
    };
    let power = |decimals: &u8| ten.pow(U256::from(18 - decimals)) == factor;
    let found = (0..=18).find(power);
    found.ok_or_else(|| format!("a scaling factor of {scaling}"))
}

/// The pool whose balances in 18 decimals are those of the file.
fn pool<C: Curve>(engine: &Engine, curve: C, state: &Value) -> Read<BalancerPool<C>> {
    let factors = integers(state, "scalingFactors")?;
    let decimals: Vec<u8> = factors.into_iter().map(decimals).collect::<Read<_>>()?;
    let rates = integers(state, "tokenRates")?;
    let live = integers(state, "balancesLiveScaled18")?;
    if rates.len() != decimals.len() || live.len() != decimals.len() {
        return Err("lists of different lengths".to_owned());
    }
    let ten = U256::from(10);
    let raw = |i: usize| {
        let unit = rates[i] * ten.pow(U256::from(18 - decimals[i]));
        let scaled = live[i].checked_mul(ten.pow(U256::from(18)));
        let scaled = scaled
            .filter(|_| !unit.is_zero())
            .ok_or("a balance too large")?;
        u128::try_from(scaled.div_ceil(unit)).map_err(|_| "a balance too large".to_owned())
    };
    let balances: Vec<u128> = (0..live.len()).map(raw).collect::<Read<_>>()?;
    let protocol_fee = state.get("aggregateSwapFee").map(narrow).transpose()?;
    let config = VaultConfig {
        decimals,
        rates,
        swap_fee: engine.fee(narrow(field(state, "swapFee")?)?),
        protocol_fee: protocol_fee.unwrap_or(0),
    };
    let supply = amount(field(state, "totalSupply")?)?;
    let say = |error: &dyn ToString| error.to_string();
    let pool = BalancerPool::from_state(curve, config, &balances, supply);
    let pool = pool.map_err(|error| say(&error))?;
    let ours = pool.live_balances().map_err(|error| say(&error))?;
    if ours == live {
        return Ok(pool);
    }
    Err(format!("balances of {live:?}, not {ours:?}"))
}

fn swap<C: Curve>(
    engine: &Engine,
    mut pool: BalancerPool<C>,
    tokens: &[Value],
    case: &Value,
) -> Read<Outcome> {
    let token = |key: &str| {
        let wanted = text(case, key)?;
        let is_it = |address: &Value| {
            let address = address.as_str();
            address.is_some_and(|address| address.eq_ignore_ascii_case(wanted))
        };
        let found = tokens.iter().position(is_it);
        found.ok_or_else(|| format!("`{key}` is no token of the pool"))
    };
    let (i, j) = (token("tokenIn")?, token("tokenOut")?);
    let given = amount(field(case, "amountRaw")?)?;
    let recorded = amount(field(case, "outputRaw")?)?;
    let kind: u8 = narrow(field(case, "swapKind")?)?;
    let (quantity, answer) = if kind == 0 {
        let out = pool.swap(i, j, given, 0).map(|swap| swap.amount_out);
        ("vault: swapped, exact in", out)
    } else {
        let paid = pool.swap_exact_out(i, j, given, u128::MAX);
        ("vault: swapped, exact out", paid.map(|swap| swap.amount_in))
    };
    // A query that reverts answers zero.
    let answer = answer.map(|amount| engine.rounded(amount));
    let same = match &answer {
        Ok(amount) => recorded != 0 && *amount == recorded,
        Err(_) => recorded == 0,
    };
    let mut outcome = Outcome::default();
    outcome.holds(quantity, same, || format!("{recorded}, not {answer:?}"));
    Ok(outcome)
}

/// The one token with an amount.
fn single(amounts: &[u128]) -> Read<usize> {
    let found = amounts.iter().position(|amount| *amount != 0);
    found.ok_or_else(|| "no token has an amount".to_owned())
}

fn changed(
    engine: &Engine,
    quantity: &'static str,
    (shares, tokens): (u128, &[u128]),
    change: Result<LiquidityChange, PoolError>,
) -> Read<Outcome> {
    let change = change.map_err(|error| error.to_string())?;
    let ours: Vec<u128> = change
        .amounts
        .into_iter()
        .map(|a| engine.rounded(a))
        .collect();
    let same = change.shares == shares && ours == tokens;
    let mut outcome = Outcome::default();
    outcome.holds(quantity, same, || {
        format!(
            "{shares} for {tokens:?}, not {} for {ours:?}",
            change.shares
        )
    });
    Ok(outcome)
}

fn add<C: Curve>(engine: &Engine, mut pool: BalancerPool<C>, case: &Value) -> Read<Outcome> {
    let tokens = amounts(case, "inputAmountsRaw")?;
    let shares = amount(field(case, "bptOutRaw")?)?;
    let (quantity, change) = match text(case, "kind")? {
        "Proportional" => ("vault: added in proportion", pool.add_proportional(shares)),
        "Unbalanced" => ("vault: added unbalanced", pool.add_unbalanced(&tokens, 0)),
        "SingleToken" => {
            let change = pool.add_single_token(single(&tokens)?, shares);
            ("vault: added in one token", change)
        }
        other => return Err(format!("a kind {other} is not known")),
    };
    changed(engine, quantity, (shares, &tokens), change)
}

fn remove<C: Curve>(engine: &Engine, mut pool: BalancerPool<C>, case: &Value) -> Read<Outcome> {
    let tokens = amounts(case, "amountsOutRaw")?;
    let shares = amount(field(case, "bptInRaw")?)?;
    let (quantity, change) = match text(case, "kind")? {
        "Proportional" => (
            "vault: removed in proportion",
            pool.remove_proportional(shares),
        ),
        "SingleTokenExactIn" => {
            let change = pool.remove_single_token(single(&tokens)?, shares, 0);
            ("vault: removed for shares", change)
        }
        "SingleTokenExactOut" => {
            let token = single(&tokens)?;
            let change = pool.remove_exact_token(token, tokens[token], u128::MAX);
            ("vault: removed for tokens", change)
        }
        other => return Err(format!("a kind {other} is not known")),
    };
    changed(engine, quantity, (shares, &tokens), change)
}
