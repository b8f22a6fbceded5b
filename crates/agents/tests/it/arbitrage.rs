//! Arbitrageurs of pools: gaps close down to fee and gas, later where blocks are full.

use crate::town::{CHAIN, Town, load};
use firesale_types::SimDuration;

const PAIR: &str = r#"
[[pools]]
name = "pair"
chain = "ethereum"
kind = "constant_product"
coins = ["ETH", "USDC"]
reserves = { ETH = "10_000", USDC = "21M" }
fee = "0.3%"
"#;

const FIRM: &str = r#"
[[agents]]
kind = "pool_arbitrageur"
name = "firm"
count = 1
venue = "cex"
instruments = ["ETH-USDC"]
equity = "5M"
inventory = { ETH = "5M" }
chain = "ethereum"
on_chain = { ETH = "5M", USDC = "5M" }
wake = { every = "1s" }
latency = { base = "50ms" }
pool = "pair"
coin = "ETH"
clip = "10M"
edge = 0.0
"#;

fn first_swap(parts: &[&str], overrides: &[&str]) -> Option<f64> {
    let mut town = Town::new(parts, overrides);
    let before = town.pool(0).reserves();
    let limit = SimDuration::secs(1800);
    let at = town.until(limit, |town| town.pool(0).reserves() != before);
    (at < 1800.0).then_some(at)
}

/// The pool stands at 2,100, the book asks 2,001. With c = 2,001 x 1.0003 and g = 0.997 the last ETH sold
/// brings c where x + g dx = sqrt(x y g / c): dx = 228.18 ETH, after which the pool, with its fee, stands at
/// 2,007.49.
#[test]
fn a_gap_to_the_book_closes_down_to_the_fees() {
    let mut town = Town::new(&[CHAIN, PAIR, FIRM], &[]);
    town.minutes(3);
    let price = town.price(0);
    assert!((price - 2_007.49).abs() < 0.02, "{price}");
    // The other leg: what was sold in the pool was bought on the book.
    let sold = town.pool(0).reserves()[0] as f64 / 1e18 - 10_000.0;
    let exchange = town.0.venues().iter().next().unwrap().exchange();
    let bought = 10_000.0 - exchange_asks(exchange);
    assert!(
        (sold - 228.18).abs() < 0.3 && (sold - bought).abs() < 0.01,
        "{sold} against {bought}"
    );
    town.ends_well();
}

/// ETH on the asks of the only book.
fn exchange_asks(exchange: &firesale_exchange::Exchange) -> f64 {
    let book = exchange.book(firesale_types::InstrumentId(0));
    book.best(firesale_types::Side::Sell)
        .map_or(0.0, |(_, qty)| qty.0 as f64 * 0.001)
}

/// At 2,006 fees are more than the gap; at 2,100 gas is, when it costs 161,000 x 0.2 ETH.
#[test]
fn what_does_not_pay_is_left_alone() {
    let near = "pools.pair.reserves.USDC=20_060_000";
    assert_eq!(first_swap(&[CHAIN, PAIR, FIRM], &[near]), None);
    assert!(first_swap(&[CHAIN, PAIR, FIRM], &[]).is_some());
    let dear = [
        "chains.ethereum.gas.base_fee_gwei=200_000",
        "chains.ethereum.gas.floor_gwei=200_000",
        "agents.firm.gas.most_gwei=900_000",
    ];
    assert_eq!(first_swap(&[CHAIN, PAIR, FIRM], &dear), None);
}

/// Others want 60m gas at 2 gwei: more than the limit leaves for an offer of 3 gwei until the base fee has
/// risen. Who gives a part of the profit to the producer does not wait.
#[test]
fn full_blocks_delay_who_does_not_pay() {
    let crowd = [
        "chains.ethereum.demand={ gas = 60_000_000, elasticity = 0.5 }",
        "agents.firm.bid_share=0",
    ];
    let calm = first_swap(&[CHAIN, PAIR, FIRM], &crowd[1..]).unwrap();
    let late = first_swap(&[CHAIN, PAIR, FIRM], &crowd).unwrap();
    let eager = first_swap(&[CHAIN, PAIR, FIRM], &crowd[..1]).unwrap();
    assert!(late >= calm + 60.0, "{late} after {calm}");
    assert!(eager < calm + 13.0, "{eager} after {calm}");
}

const OTHER: &str = r#"
[[pools]]
name = "other"
chain = "ethereum"
kind = "constant_product"
coins = ["USDC", "ETH"]
reserves = { ETH = "10_000", USDC = "20M" }
fee = "0.3%"
"#;

/// 2,100 in one pool, 2,000 in the other: both move until they are two fees apart, 0.6%, without any book.
/// By the formula of two constant products: 2,055.79 and 2,043.61.
#[test]
fn two_pools_come_together_in_one_transaction() {
    let alone = FIRM
        .replace("venue = \"cex\"\n", "")
        .replace("instruments = [\"ETH-USDC\"]\n", "")
        .replace("equity = \"5M\"\n", "")
        .replace("inventory = { ETH = \"5M\" }\n", "against = \"other\"\n");
    let mut town = Town::new(&[CHAIN, PAIR, OTHER, &alone], &[]);
    let (eth, usd) = (town.on_chain(0, "ETH"), town.on_chain(0, "USDC"));
    town.minutes(5);
    let (high, low) = (town.price(0), 1.0 / town.price(1));
    assert!(
        (high - 2_055.79).abs() < 0.05 && (low - 2_043.61).abs() < 0.05,
        "{high} and {low}"
    );
    assert!(
        (town.on_chain(0, "ETH") - eth).abs() < 1.0,
        "only gas is paid in ETH"
    );
    assert!(town.on_chain(0, "USDC") > usd + 1_000.0);
    town.ends_well();
}

/// With 50 ETH on the chain the gap cannot be closed at once; ETH bought on the book comes after it.
#[test]
fn inventory_limits_and_follows() {
    let small = ["agents.firm.on_chain.ETH=100_000"];
    let mut town = Town::new(&[CHAIN, PAIR, FIRM], &small);
    town.minutes(3);
    assert!(town.price(0) > 2_060.0, "{}", town.price(0));
    town.minutes(110);
    assert!(town.price(0) < 2_060.0, "{}", town.price(0));
    town.ends_well();
}

#[test]
fn unknown_names_are_refused() {
    let said = load(&[CHAIN, PAIR, FIRM], &["agents.firm.pool=\"paire\""]).unwrap_err();
    assert!(said.contains("pair"), "{said}");
    let said = load(&[CHAIN, PAIR, FIRM], &["agents.firm.bid_share=2"]).unwrap_err();
    assert!(said.contains("out of range"), "{said}");
}
