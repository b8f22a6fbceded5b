//! Curve pools: states of mainnet, and sequences that curvesim (which is tested against the
//! contract) went through.

use super::{amount, files, integer, list};
use firesale_amm::{StableSwap, StableSwapConfig, U256};
use serde_json::Value;

fn amounts(value: &Value) -> Vec<u128> {
    list(value).iter().map(amount).collect()
}

fn small(value: &Value) -> u64 {
    integer(value).try_into().unwrap()
}

fn index(value: &Value) -> usize {
    integer(value).try_into().unwrap()
}

#[test]
fn virtual_prices_are_those_of_mainnet() {
    for (name, file) in files("stableswap-vectors", "curve_3pool") {
        let config = StableSwapConfig {
            amplification: small(&file["A"]),
            a_precision: 1,
            fee: 0,
            admin_fee: 0,
            rates: list(&file["rates"]).iter().map(integer).collect(),
        };
        let supply = amount(&file["lp_total_supply"]);
        let pool = StableSwap::from_state(config, &amounts(&file["balances"]), supply).unwrap();
        let expected = integer(&file["expected_virtual_price"]);
        assert_eq!(pool.virtual_price(), Ok(expected), "{name}");
    }
}

/// Pools of Curve's first kind; the second is another invariant. The supply is not in the file, but
/// the virtual price bounds it to a few units: one of them gives the price to the last unit.
#[test]
fn states_of_mainnet_have_a_supply_that_gives_their_virtual_price() {
    for (_, file) in files("stableswap-vectors", "curve_pool_states") {
        let first_kind: Vec<_> = list(&file)
            .iter()
            .filter(|state| state["version"] == 1)
            .collect();
        for state in &first_kind {
            check_state(state);
        }
        println!(
            "{} of {} states are StableSwap",
            first_kind.len(),
            list(&file).len()
        );
    }
}

fn check_state(state: &Value) {
    let base_price = match &state["basepool"] {
        Value::Null => None,
        base => {
            check_state(base);
            Some(integer(&base["reserves"]["virtual_price"]))
        }
    };
    let decimals = list(&state["coins"]["decimals"]);
    let mut rates: Vec<U256> = decimals
        .iter()
        .map(|decimals| U256::from(10).pow(U256::from(36) - integer(decimals)))
        .collect();
    if let Some(price) = base_price {
        // The last coin is the base pool's share.
        *rates.last_mut().unwrap() = price;
    }
    let params = &state["params"];
    let config = StableSwapConfig {
        amplification: small(&params["A"]),
        a_precision: 1,
        fee: small(&params["fee"]),
        admin_fee: small(&params["admin_fee"]),
        rates,
    };
    let balances = amounts(&state["reserves"]["unnormalized_by_coin"]);
    let expected = integer(&state["reserves"]["virtual_price"]);
    let d = StableSwap::with_balances(config.clone(), &balances)
        .unwrap()
        .0
        .invariant()
        .unwrap();
    let normalized: U256 = list(&state["reserves"]["by_coin"])
        .iter()
        .map(integer)
        .sum();
    // At these amplifications D is within a percent of the sum and below it.
    let sum = if base_price.is_some() { d } else { normalized };
    assert!(d <= sum && d > sum * U256::from(99) / U256::from(100));
    let e18 = U256::from(10).pow(U256::from(18));
    let supply: u128 = (d * e18 / expected).try_into().unwrap();
    let pool = StableSwap::from_state(config, &balances, supply).unwrap();
    assert_eq!(pool.virtual_price(), Ok(expected), "{}", state["name"]);
}

#[test]
fn sequences_are_those_of_the_contract() {
    for (name, file) in files("stableswap-vectors", "curvesim_sequences") {
        let mut count = 0;
        for sequence in list(&file) {
            let mut pool = start(&sequence["start"]);
            for op in list(&sequence["ops"]) {
                run(&mut pool, op);
                count += 1;
            }
        }
        println!("{name}: {count} operations");
    }
}

fn start(start: &Value) -> StableSwap {
    let config = StableSwapConfig {
        amplification: small(&start["A"]),
        a_precision: 1,
        fee: small(&start["fee_1e10"]),
        admin_fee: small(&start["admin_fee_1e10"]),
        rates: list(&start["rates"]).iter().map(integer).collect(),
    };
    assert_eq!(start["n"], config.rates.len());
    let supply = amount(&start["lp_total_supply"]);
    let pool = StableSwap::from_state(config, &amounts(&start["balances"]), supply).unwrap();
    assert_eq!(pool.invariant(), Ok(integer(&start["D"])));
    assert_eq!(pool.virtual_price(), Ok(integer(&start["virtual_price"])));
    pool
}

fn run(pool: &mut StableSwap, op: &Value) {
    match op["op"].as_str().unwrap() {
        "exchange" => {
            let (i, j) = (index(&op["i"]), index(&op["j"]));
            let done = pool.exchange(i, j, amount(&op["dx"]), 0).unwrap();
            assert_eq!(done.amount_out, amount(&op["dy"]), "{op}");
            assert_eq!(done.fee, amount(&op["fee"]), "{op}");
        }
        "add_liquidity" => {
            let shares = pool.add_liquidity(&amounts(&op["amounts"]), 0);
            assert_eq!(shares, Ok(amount(&op["lp_minted"])), "{op}");
        }
        "remove_liquidity" => {
            let before = pool.balances().to_vec();
            let paid = pool.remove_liquidity(amount(&op["lp_burned"])).unwrap();
            let after = amounts(&op["balances_after"]);
            let expected: Vec<u128> = before.iter().zip(&after).map(|(b, a)| b - a).collect();
            assert_eq!(paid, expected, "{op}");
        }
        "remove_liquidity_imbalance" => {
            let shares = pool.remove_liquidity_imbalance(&amounts(&op["amounts"]), u128::MAX);
            assert_eq!(shares, Ok(amount(&op["lp_burned"])), "{op}");
        }
        "remove_liquidity_one_coin" => {
            let shares = amount(&op["lp_burned"]);
            let out = pool.remove_liquidity_one_coin(shares, index(&op["i"]), 0);
            assert_eq!(out.unwrap().amount_out, amount(&op["dy"]), "{op}");
        }
        other => panic!("an unknown operation {other}"),
    }
    assert_eq!(pool.balances(), amounts(&op["balances_after"]), "{op}");
    assert_eq!(pool.supply(), amount(&op["lp_after"]), "{op}");
    assert_eq!(pool.invariant(), Ok(integer(&op["D_after"])), "{op}");
    let price = pool.virtual_price();
    assert_eq!(price, Ok(integer(&op["virtual_price_after"])), "{op}");
}
