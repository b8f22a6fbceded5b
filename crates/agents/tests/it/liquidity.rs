//! Liquidity providers: they come, move with the price, leave under stress and return.

use crate::town::{CHAIN, Town};

const CURVED: &str = r#"
[[pools]]
name = "curved"
chain = "ethereum"
kind = "concentrated"
coins = ["ETH", "USDC"]
fee = "0.3%"
price = 2000.0
ranges = [{ lower = 500.0, upper = 8000.0, value = "20M" }]
"#;

const RANGED: &str = r#"
[[agents]]
kind = "liquidity_provider"
name = "ranged"
count = 1
chain = "ethereum"
on_chain = { ETH = "1M", USDC = "1M" }
wake = { every = "30s" }
latency = { base = "100ms" }
pool = "curved"
width = 0.05
rungs = 2
"#;

/// 3M of ETH sold within ten minutes, from the twentieth on.
const SELLER: &str = r#"
[[agents]]
kind = "pool_seller"
name = "seller"
count = 1
chain = "ethereum"
on_chain = { ETH = "3.2M" }
wake = { every = "12s" }
latency = { base = "100ms" }
pool = "curved"
coin = "ETH"
amount = "1500"
start = "20m"
over = "10m"
"#;

/// The member's ranges: its own liquidity by tick.
fn mine(town: &Town) -> Vec<(i32, i32)> {
    let me = town.holder(0).0;
    let all = town.concentrated().positions();
    let all = all.filter(|(key, position)| key.owner == me && position.liquidity > 0);
    all.map(|(key, _)| (key.tick_lower, key.tick_upper))
        .collect()
}

#[test]
fn ranges_follow_the_price() {
    let mut town = Town::new(&[CHAIN, CURVED, RANGED, SELLER], &[]);
    town.minutes(5);
    let before = mine(&town);
    assert_eq!(before.len(), 2);
    let tick = town.concentrated().tick();
    assert!(
        before
            .iter()
            .all(|(lower, upper)| (*lower..*upper).contains(&tick))
    );
    // Both coins went in but for what is kept.
    assert!(
        town.on_chain(0, "USDC") < 0.2e6,
        "{}",
        town.on_chain(0, "USDC")
    );
    town.minutes(60);
    assert!(town.price(0) < 1_880.0, "{}", town.price(0));
    let (after, tick) = (mine(&town), town.concentrated().tick());
    assert!(!after.is_empty() && after != before, "{after:?}");
    assert!(
        after
            .iter()
            .any(|(lower, upper)| (*lower..*upper).contains(&tick))
    );
    town.ends_well();
}

#[test]
fn a_fall_drives_providers_out_until_it_is_calm() {
    let leaves = [
        "agents.ranged.exit_price=0.97",
        "agents.ranged.calm=\"10h\"",
    ];
    let mut town = Town::new(&[CHAIN, CURVED, RANGED, SELLER], &leaves);
    town.minutes(60);
    assert_eq!(mine(&town), []);
    assert!(town.on_chain(0, "ETH") > 400.0);
    // A volatility threshold drives out as well, and is over an hour after the sale.
    let nervous = [
        "agents.ranged.exit_volatility=0.0002",
        "agents.ranged.calm=\"20m\"",
    ];
    let mut town = Town::new(&[CHAIN, CURVED, RANGED, SELLER], &nervous);
    town.minutes(26);
    assert_eq!(mine(&town), []);
    town.minutes(110);
    assert!(!mine(&town).is_empty());
    town.ends_well();
}

const STABLE: &str = r#"
[[pools]]
name = "stable"
chain = "ethereum"
kind = "stable_swap"
coins = ["COIN", "USDC"]
reserves = { COIN = "10M", USDC = "10M" }
amplification = 200
fee = "4bps"

[[agents]]
kind = "liquidity_provider"
name = "shared"
count = 1
chain = "ethereum"
on_chain = { ETH = "10k", COIN = "1M", USDC = "1M" }
wake = { every = "30s" }
latency = { base = "100ms" }
pool = "stable"
exit_imbalance = 0.75
exit_one = true
calm = "10h"

[[agents]]
kind = "pool_seller"
name = "dumper"
count = 1
chain = "ethereum"
on_chain = { ETH = "10k", COIN = "8M" }
wake = { every = "12s" }
latency = { base = "100ms" }
pool = "stable"
coin = "COIN"
amount = "8M"
start = "20m"
over = "20m"
"#;

/// Shares for both coins at first; out in dollars when COIN is three quarters of the pool.
#[test]
fn an_unbalanced_pool_is_left_in_the_better_coin() {
    let mut town = Town::new(&[CHAIN, STABLE], &[]);
    town.minutes(5);
    let shares = town.on_chain(0, "stable-LP");
    // Two of twenty-two million at a virtual price of one.
    assert!((shares - 2e6).abs() < 1.0, "{shares}");
    assert_eq!(
        (town.on_chain(0, "COIN"), town.on_chain(0, "USDC").floor()),
        (0.0, 0.0)
    );
    town.minutes(60);
    assert_eq!(
        (town.on_chain(0, "stable-LP"), town.on_chain(0, "COIN")),
        (0.0, 0.0)
    );
    // It took dollars that are dear by then.
    let out = town.on_chain(0, "USDC");
    assert!((1.85e6..2e6).contains(&out), "{out}");
    town.ends_well();
}

/// 400 ETH and a million dollars go into a pool that holds them at 2,000: 800,000 of the dollars. A seller
/// moves the price by a fifth, which drives the member out with what the formula leaves it.
#[test]
fn a_constant_product_takes_both_coins_in_proportion() {
    let flat = r#"
[[pools]]
name = "curved"
chain = "ethereum"
kind = "constant_product"
coins = ["ETH", "USDC"]
reserves = { ETH = "5_000", USDC = "10M" }
fee = "0.3%"
"#;
    let member = RANGED
        .replace("ETH = \"1M\"", "ETH = \"801k\"")
        .replace("rungs = 2", "keep = 0.5\nexit_price = 0.8\ncalm = \"10h\"");
    let mut town = Town::new(&[CHAIN, flat, &member, SELLER], &[]);
    town.minutes(5);
    assert!(
        (town.on_chain(0, "USDC") - 200_000.0).abs() < 100.0,
        "{}",
        town.on_chain(0, "USDC")
    );
    assert!((town.price(0) - 2_000.0).abs() < 0.01);
    assert!(town.on_chain(0, "curved-LP") > 0.0);
    town.minutes(60);
    assert_eq!(town.on_chain(0, "curved-LP"), 0.0);
    // Out at 0.8 of the price or a little below: sqrt(0.8) of the dollars, plus fees.
    let out = town.on_chain(0, "USDC") - 200_000.0;
    assert!((680_000.0..720_000.0).contains(&out), "{out}");
    town.ends_well();
}
