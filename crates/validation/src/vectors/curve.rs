//! Curve pools: states of mainnet, and sequences that curvesim (which is tested against the contract)
//! went through.
//!
//! * A virtual price: `A`, `rates`, `balances`, `lp_total_supply`, `expected_virtual_price`.
//! * Pool states: a list of `version`, `params`, `coins`, `reserves`, `basepool`.
//! * Sequences: a list of `state`, `start` and `ops`, each with its result and the pool after it.

use firesale_amm::{PoolError, StableSwap, StableSwapConfig, U256};
use serde_json::Value;

use super::Tally;
use super::json::{Read, amount, amounts, field, integer, integers, list, narrow, text};
use super::tally::Outcome;
use crate::engine::Engine;

fn e(exponent: u8) -> U256 {
    U256::from(10).pow(U256::from(exponent))
}

/// An answer, or what the pool says instead.
fn or_error<T: ToString>(result: Result<T, PoolError>) -> String {
    result.map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// A pool's virtual price.
pub(super) fn virtual_price(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    if value.get("expected_virtual_price").is_none() {
        return false;
    }
    let outcome = || {
        let config = StableSwapConfig {
            amplification: narrow(field(value, "A")?)?,
            a_precision: 1,
            fee: 0,
            admin_fee: 0,
            rates: integers(value, "rates")?,
        };
        let supply = amount(field(value, "lp_total_supply")?)?;
        let pool = engine.stable_swap(config, &amounts(value, "balances")?, supply)?;
        let mut outcome = Outcome::default();
        let recorded = integer(field(value, "expected_virtual_price")?)?;
        outcome.equal("virtual price", recorded, or_error(pool.virtual_price()));
        Ok(outcome)
    };
    tally.vector(file, "virtual price", outcome());
    true
}

/// Pools of Curve's first kind; the second is another invariant.
pub(super) fn states(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_state = |state: &Value| state.get("params").is_some() && state.get("reserves").is_some();
    if all.is_empty() || !all.iter().all(is_state) {
        return false;
    }
    for state in all {
        let name = text(state, "name").unwrap_or("a pool without a name");
        if state["version"] != 1 {
            let version = &state["version"];
            tally.left_out(format!(
                "{file}: {name}: version {version}, another invariant, left out"
            ));
            continue;
        }
        tally.vector(file, name, state_of(engine, state));
        if let Some(base) = state.get("basepool").filter(|base| !base.is_null()) {
            tally.vector(file, &format!("{name}, its base"), state_of(engine, base));
        }
    }
    true
}

/// The supply is not in the file, but the virtual price bounds it to a few units: one of them gives
/// the price to the last unit.
fn state_of(engine: &Engine, state: &Value) -> Read<Outcome> {
    let (params, reserves) = (field(state, "params")?, field(state, "reserves")?);
    let base = state.get("basepool").filter(|base| !base.is_null());
    let config = StableSwapConfig {
        amplification: narrow(field(params, "A")?)?,
        a_precision: 1,
        fee: narrow(field(params, "fee")?)?,
        admin_fee: narrow(field(params, "admin_fee")?)?,
        rates: rates(state, base)?,
    };
    let balances = amounts(reserves, "unnormalized_by_coin")?;
    let scaled = balances.iter().zip(&config.rates);
    let scaled: Vec<f64> = scaled
        .map(|(balance, rate)| *balance as f64 * f64::from(*rate) / 1e18)
        .collect();
    let amplification = config.amplification as f64;
    let recorded = integer(field(reserves, "virtual_price")?)?;
    let real = StableSwap::with_balances(config.clone(), &balances);
    let (real, _) = real.map_err(|error| error.to_string())?;
    let d = real.invariant().map_err(|error| error.to_string())?;
    let supply = U256::checked_div(d * e(18), recorded).ok_or("a virtual price of zero")?;
    let supply = u128::try_from(supply).map_err(|_| "a supply beyond 128 bits")?;
    let pool = engine.stable_swap(config, &balances, supply)?;
    let mut outcome = Outcome::default();
    outcome.equal("virtual price", recorded, or_error(pool.virtual_price()));
    let ours = pool.invariant().unwrap_or_default();
    let solved = solution(&scaled, amplification);
    let near = libm::fabs(f64::from(ours) / solved - 1.0) < 1e-9;
    outcome.holds("D of the invariant in floats", near, || {
        format!("{solved}, not {ours}")
    });
    Ok(outcome)
}

/// D by bisection of `Ann S + D = Ann D + D^(n+1) / (n^n prod x)`, Ann = A n.
fn solution(x: &[f64], amplification: f64) -> f64 {
    let n = x.len() as f64;
    let (ann, sum) = (amplification * n, x.iter().sum::<f64>());
    let (mut low, mut high) = (0.0, sum);
    for _ in 0..200 {
        let d = f64::midpoint(low, high);
        let product: f64 = x.iter().map(|x| d / (n * x)).product();
        if ann * sum + d > ann * d + d * product {
            low = d;
        } else {
            high = d;
        }
    }
    low
}

/// 10^(36 - decimals); the last coin of a pool on another is the other's share.
fn rates(state: &Value, base: Option<&Value>) -> Read<Vec<U256>> {
    let decimals = list(field(state, "coins")?, "decimals")?;
    let rate = |decimals: &Value| {
        let decimals: u8 = narrow(decimals)?;
        let exponent = 36_u8.checked_sub(decimals);
        exponent
            .map(e)
            .ok_or_else(|| format!("{decimals} decimals"))
    };
    let mut rates: Vec<U256> = decimals.iter().map(rate).collect::<Read<_>>()?;
    if let (Some(base), Some(last)) = (base, rates.last_mut()) {
        *last = integer(field(field(base, "reserves")?, "virtual_price")?)?;
    }
    Ok(rates)
}

/// Operations one after another.
pub(super) fn sequences(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    let all = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let is_sequence = |one: &Value| one.get("start").is_some() && one.get("ops").is_some();
    if all.is_empty() || !all.iter().all(is_sequence) {
        return false;
    }
    for (at, sequence) in all.iter().enumerate() {
        let state = text(sequence, "state").unwrap_or("a pool");
        let group = format!("{file}: {at}, {state}");
        if let Err(error) = sequence_of(engine, &group, sequence, tally) {
            tally.vector(&group, "start", Err(error));
        }
    }
    true
}

/// Every operation begins at the pool that is recorded after the one before it.
fn sequence_of(engine: &Engine, group: &str, sequence: &Value, tally: &mut Tally) -> Read<()> {
    let start = field(sequence, "start")?;
    let config = StableSwapConfig {
        amplification: narrow(field(start, "A")?)?,
        a_precision: 1,
        fee: narrow(field(start, "fee_1e10")?)?,
        admin_fee: narrow(field(start, "admin_fee_1e10")?)?,
        rates: integers(start, "rates")?,
    };
    let open = |balances: &[u128], supply| engine.stable_swap(config.clone(), balances, supply);
    let supply = amount(field(start, "lp_total_supply")?)?;
    let mut pool = open(&amounts(start, "balances")?, supply)?;
    let mut outcome = Outcome::default();
    prices(&mut outcome, &pool, start, ["D", "virtual_price"])?;
    tally.vector(group, "start", Ok(outcome));
    for (at, op) in list(sequence, "ops")?.iter().enumerate() {
        let kind = text(op, "op").unwrap_or("an operation without a name");
        let outcome = operation(engine, &mut pool, op);
        let same = outcome.as_ref().is_ok_and(Outcome::matches);
        tally.vector(group, &format!("{at}, {kind}"), outcome);
        if !same {
            let supply = amount(field(op, "lp_after")?)?;
            pool = open(&amounts(op, "balances_after")?, supply)?;
        }
    }
    Ok(())
}

fn prices(outcome: &mut Outcome, pool: &StableSwap, at: &Value, keys: [&str; 2]) -> Read<()> {
    let [d, price] = keys;
    outcome.equal("D", integer(field(at, d)?)?, or_error(pool.invariant()));
    let recorded = integer(field(at, price)?)?;
    outcome.equal("virtual price", recorded, or_error(pool.virtual_price()));
    Ok(())
}

fn operation(engine: &Engine, pool: &mut StableSwap, op: &Value) -> Read<Outcome> {
    let mut outcome = Outcome::default();
    results(engine, pool, op, &mut outcome)?;
    let balances = format!("{:?}", pool.balances());
    let recorded = amounts(op, "balances_after")?;
    outcome.equal("balances after", format!("{recorded:?}"), balances);
    outcome.equal(
        "shares after",
        amount(field(op, "lp_after")?)?,
        pool.supply(),
    );
    prices(&mut outcome, pool, op, ["D_after", "virtual_price_after"])?;
    Ok(outcome)
}

/// What comes out, by the kind of operation.
fn results(engine: &Engine, pool: &mut StableSwap, op: &Value, outcome: &mut Outcome) -> Read<()> {
    let of = |key: &str| amount(field(op, key)?);
    let coin = |key: &str| narrow::<usize>(field(op, key)?);
    let say = |error: PoolError| error.to_string();
    match text(op, "op")? {
        "exchange" => {
            let done = pool
                .exchange(coin("i")?, coin("j")?, of("dx")?, 0)
                .map_err(say)?;
            outcome.equal("exchanged", of("dy")?, engine.rounded(done.amount_out));
            outcome.equal("fee of an exchange", of("fee")?, engine.rounded(done.fee));
        }
        "add_liquidity" => {
            let shares = pool
                .add_liquidity(&amounts(op, "amounts")?, 0)
                .map_err(say)?;
            outcome.equal("shares minted", of("lp_minted")?, engine.rounded(shares));
        }
        "remove_liquidity" => {
            let before = pool.balances().to_vec();
            let paid = pool.remove_liquidity(of("lp_burned")?).map_err(say)?;
            let after = amounts(op, "balances_after")?;
            let pairs = before.iter().zip(&after);
            let recorded: Vec<u128> = pairs.map(|(b, a)| b.saturating_sub(*a)).collect();
            let paid: Vec<u128> = paid.into_iter().map(|paid| engine.rounded(paid)).collect();
            let recorded = format!("{recorded:?}");
            outcome.equal("removed in proportion", recorded, format!("{paid:?}"));
        }
        "remove_liquidity_imbalance" => {
            let coins = amounts(op, "amounts")?;
            let shares = pool
                .remove_liquidity_imbalance(&coins, u128::MAX)
                .map_err(say)?;
            outcome.equal("shares burned", of("lp_burned")?, engine.rounded(shares));
        }
        "remove_liquidity_one_coin" => {
            let (shares, i) = (of("lp_burned")?, coin("i")?);
            let out = pool.remove_liquidity_one_coin(shares, i, 0).map_err(say)?;
            outcome.equal(
                "removed in one coin",
                of("dy")?,
                engine.rounded(out.amount_out),
            );
        }
        other => return Err(format!("an operation {other} is not known")),
    }
    Ok(())
}
