//! Swaps and ticks recorded from Uniswap's v3-core in an EVM.
//!
//! A file of swaps has `pools` (fee, spacing, price and positions, by `description`) and `vectors` (the
//! pool's description, a `swap`, what was `expected`); each swap starts from a fresh pool. A file of
//! ticks has `sqrt_ratio_at_tick` and `tick_at_sqrt_ratio`.

use firesale_amm::{
    AmountSpecified, ConcentratedLiquidity, PoolError, PositionKey, SwapDeltas, U256,
};
use serde_json::Value;

use super::Tally;
use super::json::{
    Read, amount, digits, field, integer, items, list, list_or_none, narrow, small, text,
};
use super::tally::Outcome;
use crate::engine::Engine;

/// Recorded prices have five digits: half a unit of the last of 1.0000.
const FIVE_DIGITS: f64 = 5.1e-5;

/// Prices of ticks and ticks of prices.
pub(super) fn ticks(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    let [up, down] = ["sqrt_ratio_at_tick", "tick_at_sqrt_ratio"];
    if value.get(up).is_none() && value.get(down).is_none() {
        return false;
    }
    let mut all = |key: &'static str, compute: &dyn Fn(&Value) -> Read<Outcome>| {
        for case in list_or_none(value, key) {
            tally.vector(&format!("{file}: {key}"), &case.to_string(), compute(case));
        }
    };
    all(up, &|case| {
        let mut outcome = Outcome::default();
        let ours = engine.sqrt_ratio(small(field(case, "tick")?)?);
        let recorded = integer(field(case, "sqrt_price_x96")?)?;
        outcome.equal("square-root price of a tick", recorded, or_error(ours));
        Ok(outcome)
    });
    all(down, &|case| {
        let mut outcome = Outcome::default();
        let ours = engine.tick_at(integer(field(case, "sqrt_price_x96")?)?);
        let recorded = small(field(case, "tick")?)?;
        outcome.equal("tick of a square-root price", recorded, or_error(ours));
        Ok(outcome)
    });
    true
}

fn or_error<T: ToString>(result: Result<T, PoolError>) -> String {
    result.map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// Swaps.
pub(super) fn swaps(engine: &Engine, file: &str, value: &Value, tally: &mut Tally) -> bool {
    let (Some(pools), Some(vectors)) = (value.get("pools"), value.get("vectors")) else {
        return false;
    };
    for (at, vector) in items(vectors).unwrap_or_default().iter().enumerate() {
        let pool = text(vector, "pool").unwrap_or("a pool without a name");
        let swap = vector.get("swap").and_then(|swap| swap.get("description"));
        let name = swap.and_then(Value::as_str).unwrap_or("swap");
        let outcome = swap_of(engine, pools, vector);
        tally.vector(
            &format!("{file}: {pool}"),
            &format!("{at}, {name}"),
            outcome,
        );
    }
    true
}

/// The pool with its positions, fresh.
fn pool(engine: &Engine, pools: &Value, name: &str) -> Read<ConcentratedLiquidity> {
    let is_it = |pool: &&Value| text(pool, "description") == Ok(name);
    let set_up = items(pools)?.iter().find(is_it);
    let set_up = set_up.ok_or("its pool is not described")?;
    let fee = narrow(field(set_up, "fee_pips")?)?;
    let spacing = small(field(set_up, "tick_spacing")?)?;
    let price = integer(field(set_up, "start_sqrt_price_x96")?)?;
    let pool = engine.concentrated(fee, spacing, price);
    let mut pool = pool.map_err(|error| error.to_string())?;
    for position in list(set_up, "positions")? {
        let [lower, upper, liquidity] = items(position)? else {
            return Err(format!("{position} is no position"));
        };
        let key = PositionKey {
            owner: 1,
            tick_lower: small(lower)?,
            tick_upper: small(upper)?,
        };
        let minted = pool.mint(key, amount(liquidity)?);
        minted.map_err(|error| format!("a position: {error}"))?;
    }
    Ok(pool)
}

/// The swap's arguments: direction, amount (negative: to be received), limit.
fn arguments(swap: &Value) -> Read<(bool, AmountSpecified, Option<U256>)> {
    let zero_for_one = field(swap, "zero_for_one")?.as_bool();
    let zero_for_one = zero_for_one.ok_or("`zero_for_one` is no truth value")?;
    let text = digits(field(swap, "amount_specified")?)?;
    let of = |digits: &str| U256::from_str_radix(digits, 10).map_err(|error| error.to_string());
    let specified = match text.strip_prefix('-') {
        Some(out) => AmountSpecified::ExactOut(of(out)?),
        None => AmountSpecified::ExactIn(of(&text)?),
    };
    let limit = swap
        .get("sqrt_price_limit_x96")
        .filter(|limit| !limit.is_null());
    Ok((zero_for_one, specified, limit.map(integer).transpose()?))
}

fn swap_of(engine: &Engine, pools: &Value, vector: &Value) -> Read<Outcome> {
    let mut pool = pool(engine, pools, text(vector, "pool")?)?;
    let expected = field(vector, "expected")?;
    let (zero_for_one, specified, limit) = arguments(field(vector, "swap")?)?;
    let mut outcome = Outcome::default();
    recorded(
        &mut outcome,
        expected,
        "tickBefore",
        "tick before",
        pool.tick(),
    );
    price(
        &mut outcome,
        expected,
        "poolPriceBefore",
        "price before",
        pool.price(),
    );
    let before = pool.clone();
    let quote = pool.quote(zero_for_one, specified, engine.limit(limit));
    let quiet = pool == before;
    let done = pool.swap(zero_for_one, specified, engine.limit(limit));
    let done = done.map(|deltas| engine.rounded_deltas(deltas));
    outcome.holds(
        "a quote is the swap and leaves no trace",
        quiet && quote == done,
        || format!("{quote:?} against {done:?}"),
    );
    if let Some(error) = expected.get("swapError") {
        refused(&mut outcome, &pool, &before, (expected, error), &done);
    } else {
        let deltas = done.map_err(|error| error.to_string())?;
        moved(
            &mut outcome,
            expected,
            (&before, &pool),
            &deltas,
            zero_for_one,
        );
    }
    Ok(outcome)
}

/// A recorded integer, if there is one.
fn recorded(
    outcome: &mut Outcome,
    expected: &Value,
    key: &str,
    quantity: &'static str,
    ours: impl std::fmt::Display,
) {
    if let Some(value) = expected.get(key) {
        let recorded = digits(value).unwrap_or_else(|error| error);
        outcome.equal(quantity, recorded, ours);
    }
}

/// A price recorded with five digits, if there is one.
fn price(outcome: &mut Outcome, expected: &Value, key: &str, quantity: &'static str, ours: f64) {
    let Some(text) = expected.get(key).and_then(Value::as_str) else {
        return;
    };
    let recorded: f64 = text.parse().unwrap_or(f64::NAN);
    let undefined = text.ends_with("NaN") && ours.is_nan();
    let apart = libm::fabs(ours - recorded);
    let close = recorded.is_finite() && apart <= FIVE_DIGITS * libm::fabs(recorded);
    outcome.holds(quantity, undefined || close || ours == recorded, || {
        format!("{text}, not {ours:e}")
    });
}

/// A swap that reverts: `SPL` is a price limit on the wrong side.
fn refused(
    outcome: &mut Outcome,
    pool: &ConcentratedLiquidity,
    before: &ConcentratedLiquidity,
    (expected, error): (&Value, &Value),
    done: &Result<SwapDeltas, PoolError>,
) {
    let limit = error.as_str().is_some_and(|error| error.ends_with("SPL"));
    let same = match done {
        Err(PoolError::PriceLimit(_)) => true,
        Err(_) => !limit,
        Ok(_) => false,
    };
    let is_as_before = pool == before;
    outcome.holds(
        "a refused swap leaves no trace",
        same && is_as_before,
        || format!("{error}, not {done:?}"),
    );
    for (key, held) in ["poolBalance0", "poolBalance1"]
        .into_iter()
        .zip(pool.balances())
    {
        recorded(outcome, expected, key, "balances", held);
    }
}

fn moved(
    outcome: &mut Outcome,
    expected: &Value,
    (before, after): (&ConcentratedLiquidity, &ConcentratedLiquidity),
    deltas: &SwapDeltas,
    zero_for_one: bool,
) {
    recorded(outcome, expected, "tickAfter", "tick after", after.tick());
    price(
        outcome,
        expected,
        "poolPriceAfter",
        "price after",
        after.price(),
    );
    let paid = (deltas.amount_in, 1.0);
    let received = (deltas.amount_out, -1.0);
    let tokens = if zero_for_one {
        [paid, received]
    } else {
        [received, paid]
    };
    // Zero has no sign here.
    let float = |(amount, sign): (u128, f64)| sign * amount as f64 + 0.0;
    let execution = -float(tokens[1]) / float(tokens[0]);
    price(
        outcome,
        expected,
        "executionPrice",
        "price of execution",
        execution,
    );
    for (i, (delta, sign)) in tokens.into_iter().enumerate() {
        let sign = if sign > 0.0 || delta == 0 { "" } else { "-" };
        let delta = format!("{sign}{delta}");
        recorded(
            outcome,
            expected,
            &format!("amount{i}Delta"),
            "amounts",
            delta,
        );
        let held = before.balances()[i];
        recorded(
            outcome,
            expected,
            &format!("amount{i}Before"),
            "balances",
            held,
        );
        let growth = after.fee_growth_global()[i].wrapping_sub(before.fee_growth_global()[i]);
        let key = format!("feeGrowthGlobal{i}X128Delta");
        recorded(outcome, expected, &key, "growth of fees", growth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn same(recorded: &str, ours: f64) -> bool {
        let mut outcome = Outcome::default();
        price(&mut outcome, &json!({ "p": recorded }), "p", "price", ours);
        outcome.matches()
    }

    #[test]
    fn prices_are_recorded_with_five_digits() {
        assert!(same("0.99600", 0.996_003) && !same("0.99600", 0.996_1));
        assert!(same("1.7014e+38", 1.701_411_835e38));
        assert!(same("NaN", f64::NAN) && !same("NaN", 1.0) && !same("1.0000", f64::NAN));
        assert!(same("-Infinity", f64::NEG_INFINITY) && !same("Infinity", 1e300));
        assert!(same("0.0000", 0.0) && !same("0.0000", 1e-9) && !same("text", 1.0));
    }
}
