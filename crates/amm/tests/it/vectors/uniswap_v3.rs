//! Swaps and ticks recorded from v3-core in an EVM.

use super::{amount, files, integer, list, small};
use firesale_amm::{
    AmountSpecified, ConcentratedLiquidity, PoolError, PositionKey, SwapDeltas, U256,
    sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
use serde_json::Value;

#[test]
fn prices_of_ticks_are_those_of_the_contract() {
    for (_, file) in files("uniswap-v3-vectors", "tick_math") {
        let (up, down) = (&file["sqrt_ratio_at_tick"], &file["tick_at_sqrt_ratio"]);
        for case in list(up) {
            let price = sqrt_ratio_at_tick(small(&case["tick"]));
            assert_eq!(price, Ok(integer(&case["sqrt_price_x96"])), "{case}");
        }
        for case in list(down) {
            let tick = tick_at_sqrt_ratio(integer(&case["sqrt_price_x96"]));
            assert_eq!(tick, Ok(small(&case["tick"])), "{case}");
        }
        println!("{} prices, {} ticks", list(up).len(), list(down).len());
    }
}

#[test]
fn swaps_are_those_of_the_contract() {
    for (name, file) in files("uniswap-v3-vectors", "pool_swaps") {
        let vectors = list(&file["vectors"]);
        for vector in vectors {
            let pools = list(&file["pools"]);
            let set_up = pools
                .iter()
                .find(|pool| pool["description"] == vector["pool"])
                .unwrap();
            check_swap(&mut pool(set_up), vector);
        }
        println!("{name}: {} swaps", vectors.len());
    }
}

/// The pool with its positions.
fn pool(set_up: &Value) -> ConcentratedLiquidity {
    let fee = u32::try_from(small(&set_up["fee_pips"])).unwrap();
    let spacing = small(&set_up["tick_spacing"]);
    let price = integer(&set_up["start_sqrt_price_x96"]);
    let mut pool = ConcentratedLiquidity::new(fee, spacing, price).unwrap();
    for position in list(&set_up["positions"]) {
        let key = PositionKey {
            owner: 1,
            tick_lower: small(&position[0]),
            tick_upper: small(&position[1]),
        };
        pool.mint(key, amount(&position[2])).unwrap();
    }
    pool
}

/// The swap's arguments: direction, amount, limit.
fn arguments(swap: &Value) -> (bool, AmountSpecified, Option<U256>) {
    let zero_for_one = swap["zero_for_one"].as_bool().unwrap();
    let text = match &swap["amount_specified"] {
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    let specified = match text.strip_prefix('-') {
        Some(out) => AmountSpecified::ExactOut(U256::from_str_radix(out, 10).unwrap()),
        None => AmountSpecified::ExactIn(U256::from_str_radix(&text, 10).unwrap()),
    };
    let limit = swap.get("sqrt_price_limit_x96").map(integer);
    (zero_for_one, specified, limit)
}

fn check_swap(pool: &mut ConcentratedLiquidity, vector: &Value) {
    let expected = &vector["expected"];
    let (zero_for_one, specified, limit) = arguments(&vector["swap"]);
    assert_eq!(pool.tick(), small(&expected["tickBefore"]), "{vector}");
    let before = pool.clone();
    let quote = pool.quote(zero_for_one, specified, limit);
    assert_eq!(*pool, before, "a quote changes nothing: {vector}");
    let done = pool.swap(zero_for_one, specified, limit);
    assert_eq!(quote, done, "{vector}");
    if let Some(error) = expected.get("swapError") {
        assert!(error.as_str().unwrap().ends_with("SPL"), "{vector}");
        assert!(matches!(done, Err(PoolError::PriceLimit(_))), "{vector}");
        assert_eq!(*pool, before, "{vector}");
        let balances = [0, 1].map(|i| amount(&expected[format!("poolBalance{i}")]));
        assert_eq!(pool.balances(), balances, "{vector}");
        return;
    }
    check_deltas(pool, &before, &done.unwrap(), zero_for_one, vector);
}

fn check_deltas(
    pool: &ConcentratedLiquidity,
    before: &ConcentratedLiquidity,
    deltas: &SwapDeltas,
    zero_for_one: bool,
    vector: &Value,
) {
    let expected = &vector["expected"];
    assert_eq!(pool.tick(), small(&expected["tickAfter"]), "{vector}");
    // Recorded with five digits.
    let price: f64 = expected["poolPriceAfter"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((pool.price() / price - 1.0).abs() < 6e-5, "{vector}");
    let signed = if zero_for_one {
        [(deltas.amount_in, true), (deltas.amount_out, false)]
    } else {
        [(deltas.amount_out, false), (deltas.amount_in, true)]
    };
    for (i, (delta, paid_in)) in signed.into_iter().enumerate() {
        let sign = if paid_in || delta == 0 { "" } else { "-" };
        let text = format!("{sign}{delta}");
        assert_eq!(expected[format!("amount{i}Delta")], text, "{vector}");
        let held = amount(&expected[format!("amount{i}Before")]);
        assert_eq!(before.balances()[i], held, "{vector}");
        let growth = pool.fee_growth_global()[i].wrapping_sub(before.fee_growth_global()[i]);
        let key = format!("feeGrowthGlobal{i}X128Delta");
        assert_eq!(growth, integer(&expected[key]), "{vector}");
    }
}
