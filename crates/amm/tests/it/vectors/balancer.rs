//! Balancer V3 pools: states read on a chain, and the answers of its query contract.

use super::{amount, files, integer, list};
use firesale_amm::balancer::{BalancerPool, Curve, StableCurve, VaultConfig, WeightedCurve};
use firesale_amm::{PoolError, U256};
use serde_json::Value;

#[test]
fn answers_are_those_of_the_query_contract() {
    for (name, file) in files("stableswap-vectors", "balancer_") {
        let pool = &file["pool"];
        if file.get("hook").is_some() || pool.get("hook").is_some() {
            println!("skipped: {name} has a hook");
            continue;
        }
        let count = match pool["poolType"].as_str().unwrap() {
            "STABLE" => {
                let amp: u64 = integer(&pool["amp"]).try_into().unwrap();
                check(StableCurve::new(amp).unwrap(), &file)
            }
            "WEIGHTED" => {
                let weights = list(&pool["weights"]).iter();
                let weights = weights.map(|w| integer(w).try_into().unwrap()).collect();
                check(WeightedCurve::new(weights).unwrap(), &file)
            }
            other => {
                println!("skipped: {name} is a pool of kind {other}");
                continue;
            }
        };
        println!("{name}: {count} answers");
    }
}

/// Decimals of a scaling factor, which is 10^(18 - decimals), or 36 decimals of it in older files.
fn decimals(scaling: &Value) -> u8 {
    let mut factor = integer(scaling);
    let ten = U256::from(10);
    let e18 = ten.pow(U256::from(18));
    if factor >= e18 {
        factor /= e18;
    }
    let mut decimals = 18;
    while factor > U256::ONE {
        factor /= ten;
        decimals -= 1;
    }
    decimals
}

/// The pool whose balances in 18 decimals are those of the file.
fn pool<C: Curve>(curve: C, state: &Value) -> BalancerPool<C> {
    let decimals: Vec<u8> = list(&state["scalingFactors"])
        .iter()
        .map(decimals)
        .collect();
    let rates: Vec<U256> = list(&state["tokenRates"]).iter().map(integer).collect();
    let live: Vec<U256> = list(&state["balancesLiveScaled18"])
        .iter()
        .map(integer)
        .collect();
    let e18 = U256::from(10).pow(U256::from(18));
    let balances: Vec<u128> = (0..live.len())
        .map(|i| {
            let unit = rates[i] * U256::from(10).pow(U256::from(18 - decimals[i]));
            (live[i] * e18).div_ceil(unit).try_into().unwrap()
        })
        .collect();
    let protocol = state.get("aggregateSwapFee").map_or(U256::ZERO, integer);
    let config = VaultConfig {
        decimals,
        rates,
        swap_fee: integer(&state["swapFee"]).try_into().unwrap(),
        protocol_fee: protocol.try_into().unwrap(),
    };
    let supply = amount(&state["totalSupply"]);
    let pool = BalancerPool::from_state(curve, config, &balances, supply).unwrap();
    assert_eq!(pool.live_balances(), Ok(live));
    pool
}

fn amounts(value: &Value) -> Vec<u128> {
    list(value).iter().map(amount).collect()
}

/// The one token with an amount.
fn single(amounts: &[u128]) -> usize {
    amounts.iter().position(|amount| *amount != 0).unwrap()
}

fn check<C: Curve + Clone>(curve: C, file: &Value) -> usize {
    let pool = pool(curve, &file["pool"]);
    let empty = Vec::new();
    let of = |key: &str| file[key].as_array().unwrap_or(&empty).clone();
    let (swaps, adds, removes) = (of("swaps"), of("adds"), of("removes"));
    let tokens = list(&file["pool"]["tokens"]);
    for swap in &swaps {
        check_swap(&pool, tokens, swap);
    }
    for add in &adds {
        check_add(&pool, add);
    }
    for remove in &removes {
        check_remove(&pool, remove);
    }
    swaps.len() + adds.len() + removes.len()
}

fn check_swap<C: Curve + Clone>(pool: &BalancerPool<C>, tokens: &[Value], swap: &Value) {
    let lower = |address: &Value| address.as_str().unwrap().to_lowercase();
    let token = |key: &str| {
        let wanted = lower(&swap[key]);
        tokens
            .iter()
            .position(|address| lower(address) == wanted)
            .unwrap()
    };
    let (i, j) = (token("tokenIn"), token("tokenOut"));
    let given = amount(&swap["amountRaw"]);
    let expected = amount(&swap["outputRaw"]);
    let mut pool = pool.clone();
    let answer = if swap["swapKind"] == 0 {
        pool.swap(i, j, given, 0).map(|swap| swap.amount_out)
    } else {
        pool.swap_exact_out(i, j, given, u128::MAX)
            .map(|swap| swap.amount_in)
    };
    // A query that reverts answers zero.
    if expected == 0 {
        assert!(answer.is_err(), "{swap}");
    } else {
        assert_eq!(answer, Ok(expected), "{swap}");
    }
}

fn check_add<C: Curve + Clone>(pool: &BalancerPool<C>, add: &Value) {
    let mut pool = pool.clone();
    let expected = amounts(&add["inputAmountsRaw"]);
    let shares = amount(&add["bptOutRaw"]);
    let change = match add["kind"].as_str().unwrap() {
        "Proportional" => pool.add_proportional(shares),
        "Unbalanced" => pool.add_unbalanced(&expected, 0),
        "SingleToken" => pool.add_single_token(single(&expected), shares),
        other => panic!("an unknown kind {other}"),
    };
    let change = change.unwrap();
    assert_eq!((change.shares, change.amounts), (shares, expected), "{add}");
}

fn check_remove<C: Curve + Clone>(pool: &BalancerPool<C>, remove: &Value) {
    let mut pool = pool.clone();
    let expected = amounts(&remove["amountsOutRaw"]);
    let shares = amount(&remove["bptInRaw"]);
    let change = match remove["kind"].as_str().unwrap() {
        "Proportional" => pool.remove_proportional(shares),
        "SingleTokenExactIn" => pool.remove_single_token(single(&expected), shares, 0),
        "SingleTokenExactOut" => {
            let token = single(&expected);
            pool.remove_exact_token(token, expected[token], u128::MAX)
        }
        other => panic!("an unknown kind {other}"),
    };
    let change = change.unwrap();
    assert_eq!(
        (change.shares, change.amounts),
        (shares, expected),
        "{remove}"
    );
}

#[test]
fn a_weighted_pool_moves_at_most_30_percent_at_once() {
    let half = 500_000_000_000_000_000;
    let e18 = 1_000_000_000_000_000_000;
    let config = VaultConfig {
        decimals: vec![18, 18],
        rates: vec![U256::from(e18); 2],
        swap_fee: 0,
        protocol_fee: 0,
    };
    let curve = WeightedCurve::new(vec![half; 2]).unwrap();
    let (pool, _) = BalancerPool::new(curve, config, &[100 * e18; 2]).unwrap();
    assert!(pool.quote(0, 1, 30 * e18).is_ok());
    assert_eq!(pool.quote(0, 1, 30 * e18 + 1), Err(PoolError::SwapTooLarge));
}
