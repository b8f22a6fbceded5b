//! Borrowers, loopers and keepers on a lending market.

use crate::town::{CHAIN, Town, load};
use firesale_types::SimDuration;

const MARKET: &str = r#"
[[pools]]
name = "pair"
chain = "ethereum"
kind = "constant_product"
coins = ["ETH", "USDC"]
reserves = { ETH = "50_000", USDC = "100M" }
fee = "5bps"

[[pools]]
name = "stable"
chain = "ethereum"
kind = "stable_swap"
coins = ["COIN", "USDC"]
reserves = { COIN = "100M", USDC = "100M" }
amplification = 400
fee = "1bps"

[[lenders]]
name = "bank"
chain = "ethereum"
[[lenders.reserves]]
asset = "ETH"
ltv = "80%"
threshold = "82.5%"
bonus = "5%"
borrowable = false
oracle = { source = "value" }
[[lenders.reserves]]
asset = "USDC"
slope_1 = "4%"
slope_2 = "300%"
optimal = "90%"
supplied = "50M"
oracle = { source = "pegged" }
[[lenders.reserves]]
asset = "COIN"
ltv = "90%"
threshold = "93%"
bonus = "2%"
borrowable = false
oracle = { source = "pegged" }
"#;

const LOOPER: &str = r#"
[[agents]]
kind = "looper"
name = "looper"
count = 1
chain = "ethereum"
on_chain = { ETH = "20k", COIN = "1M" }
wake = { every = "30s" }
latency = { base = "100ms" }
lender = "bank"
supply = "COIN"
borrow = "USDC"
pool = "stable"
leverage = 1000.0
yield_rate = 0.1
"#;

/// LTV 90%: at most ten times the equity; eight rounds a transaction, one transaction a look.
#[test]
fn a_looper_reaches_the_limit() {
    let mut town = Town::new(&[CHAIN, MARKET, LOOPER], &[]);
    town.minutes(30);
    let (lent, owed) = town.loan(0, "COIN", "USDC");
    let leverage = lent / (lent - owed);
    assert!((9.7..10.0).contains(&leverage), "{leverage}");
    // What it lost on the way are fees: 8.9M dollars at a basis point, and some slippage.
    assert!((0.99e6..1e6).contains(&(lent - owed)), "{}", lent - owed);
    // Eight rounds from nothing: (1 - 0.9^9) / 0.1 = 6.126 at most.
    let mut first = Town::new(&[CHAIN, MARKET, LOOPER], &[]);
    first.until(SimDuration::secs(120), |town| {
        town.loan(0, "COIN", "USDC").1 > 0.0
    });
    let (lent, owed) = first.loan(0, "COIN", "USDC");
    assert!(
        (6.0..6.127).contains(&(lent / (lent - owed))),
        "{lent} and {owed}"
    );
    town.ends_well();
}

#[test]
fn nobody_loops_at_a_loss() {
    let mut town = Town::new(
        &[CHAIN, MARKET, LOOPER],
        &["agents.looper.yield_rate=-0.01"],
    );
    town.minutes(30);
    assert_eq!(town.loan(0, "COIN", "USDC"), (0.0, 0.0));
}

/// From some time on somebody borrows nearly all dollars there are: the rate jumps to more than a hundred
/// percent, above the coin's ten.
const HUNGRY: &str = r#"
[[agents]]
kind = "borrower"
name = "hungry"
count = 1
chain = "ethereum"
on_chain = { ETH = "200M" }
wake = { mean = "25m" }
latency = { base = "100ms" }
lender = "bank"
supply = "ETH"
borrow = "USDC"
health = 2.0
health_sigma = 0.0
attentive = 0.0
"#;

#[test]
fn a_jump_of_the_rate_unwinds_loops() {
    let parts = [CHAIN, MARKET, LOOPER, HUNGRY];
    let mut town = Town::new(&parts, &["agents.looper.leverage=5"]);
    let looped = town.until(SimDuration::secs(7000), |town| {
        let (lent, owed) = town.loan(0, "COIN", "USDC");
        lent > 4.8 * (lent - owed)
    });
    let hungry = town.until(SimDuration::secs(7000), |town| {
        town.loan(1, "ETH", "USDC").1 > 0.0
    });
    assert!(looped < hungry && hungry < 6000.0, "{looped}, {hungry}");
    let out = town.until(SimDuration::secs(7000), |town| {
        town.loan(0, "COIN", "USDC").0 == 0.0
    });
    assert!(out < hungry + 600.0, "{hungry}, {out}");
    assert_eq!(town.loan(0, "COIN", "USDC"), (0.0, 0.0));
    let left = town.on_chain(0, "COIN") + town.on_chain(0, "USDC");
    assert!((0.98e6..1e6).contains(&left), "{left}");
    town.ends_well();
}

/// Somebody sells coins in the pool until they are worth 0.9 or so; the lender's oracle does not see it.
const DUMPER: &str = r#"
[[agents]]
kind = "pool_seller"
name = "dumper"
count = 1
chain = "ethereum"
on_chain = { ETH = "10k", COIN = "99M" }
wake = { every = "12s" }
latency = { base = "100ms" }
pool = "stable"
coin = "COIN"
amount = "99M"
start = "40m"
over = "10m"
"#;

#[test]
fn a_fall_of_the_coin_unwinds_loops_that_sell_at_any_price() {
    let parts = [CHAIN, MARKET, LOOPER, DUMPER];
    let patient = ["agents.looper.leverage=5"];
    let mut stuck = Town::new(&parts, &patient);
    stuck.minutes(110);
    assert!(stuck.price(1) < 0.95, "{}", stuck.price(1));
    let hasty = ["agents.looper.leverage=5", "agents.looper.haste=0.5"];
    let mut gone = Town::new(&parts, &hasty);
    gone.minutes(110);
    assert_eq!(gone.loan(0, "COIN", "USDC"), (0.0, 0.0));
    gone.ends_well();
}

/// Ten loans of 100,000 dollars each at a health factor of 1.1, and nobody who looks after them.
const BORROWERS: &str = r#"
[[agents]]
kind = "borrower"
name = "borrower"
count = 10
chain = "ethereum"
on_chain = { ETH = "1.4M" }
wake = { every = "60s" }
latency = { base = "100ms" }
lender = "bank"
supply = "ETH"
borrow = "USDC"
health = 1.1
health_sigma = 0.0
attentive = 0.0
"#;

const KEEPER: &str = r#"
[[agents]]
kind = "keeper"
name = "keeper"
count = 1
chain = "ethereum"
on_chain = { ETH = "100k", USDC = "2M" }
wake = { every = "4s" }
latency = { base = "100ms" }
lenders = ["bank"]
pools = ["pair"]
"#;

fn fall(by: &str) -> String {
    format!(
        "[[shocks]]\nat = \"10m\"\nkind = \"news\"\nlabel = \"it falls\"\nramp = \"10m\"\njump = {{ ETH = \"{by}\" }}\n"
    )
}

/// 12% down: every loan is at 0.97, and half of it is repaid for 5% more in ETH, which the pool takes at
/// 2,000: keepers earn.
#[test]
fn keepers_liquidate_what_pays() {
    let mut town = Town::new(&[CHAIN, MARKET, BORROWERS, KEEPER, &fall("-12%")], &[]);
    town.minutes(9);
    let (lent, owed) = town.loan(0, "ETH", "USDC");
    // 140,000 dollars less a little gas x 0.825 / 1.1 = 105,000.
    assert!(
        (lent - 69.95).abs() < 0.01 && (owed - 104_925.0).abs() < 20.0,
        "{lent}, {owed}"
    );
    assert!(town.lender().liquidatable(town.0.now()).is_empty());
    let before = town.on_chain(10, "USDC");
    town.minutes(60);
    let counters = *town.lender().counters();
    assert_eq!((counters.liquidations >= 10, counters.bad_debt), (true, 0));
    assert!(town.lender().liquidatable(town.0.now()).is_empty());
    assert!(town.on_chain(10, "USDC") > before + 10_000.0);
    town.ends_well();
}

#[test]
fn keepers_leave_alone_what_gas_or_slippage_eats() {
    let market = MARKET.replace("\"50_000\", USDC = \"100M\"", "\"5\", USDC = \"10_000\"");
    for (market, sets) in [
        // 671,000 gas at 20,000 gwei are 13.4 ETH, the bonus on half a loan 1.3.
        (
            MARKET,
            vec![
                "chains.ethereum.gas.base_fee_gwei=20_000",
                "chains.ethereum.gas.floor_gwei=20_000",
                "agents.keeper.gas.most_gwei=90_000",
                "agents.borrower.gas.most_gwei=90_000",
                "agents.borrower.on_chain.ETH=3M",
                "agents.borrower.keep=50",
            ],
        ),
        // A pool of five ETH cannot take four for less than the bonus.
        (&market, vec![]),
    ] {
        let mut town = Town::new(&[CHAIN, market, BORROWERS, KEEPER, &fall("-12%")], &sets);
        town.minutes(60);
        assert_eq!(town.lender().counters().liquidations, 0);
        assert_eq!(town.lender().liquidatable(town.0.now()).len(), 10);
        town.ends_well();
    }
}

/// 50% down before anybody can act: 70,000 dollars of ETH behind debts of 105,000. Keepers take all of
/// the collateral, 105% of what they repay; the rest is lost.
#[test]
fn a_gap_leaves_bad_debt() {
    let gap = fall("-50%").replace("ramp = \"10m\"\n", "");
    let mut town = Town::new(
        &[CHAIN, MARKET, BORROWERS, KEEPER, &gap],
        &["agents.keeper.bid_share=0.01"],
    );
    town.minutes(90);
    let lost = town.lender().counters().bad_debt as f64 / 1e8;
    let each = 104_925.0 - 69_950.0 / 1.05;
    assert!(
        (lost - 10.0 * each).abs() < 0.01 * lost,
        "{lost} instead of {}",
        10.0 * each
    );
    town.ends_well();
}

/// A pool that is too small, and a venue that is not: the collateral goes there by way of the wallet, is
/// sold at the bid, and the dollars come back to the chain.
#[test]
fn keepers_sell_where_it_is_better() {
    let market = MARKET.replace("\"50_000\", USDC = \"100M\"", "\"5\", USDC = \"10_000\"");
    let keeper = KEEPER.replace(
        "count = 1\n",
        "count = 1\nvenue = \"cex\"\nequity = \"1\"\ninstruments = [\"ETH-USDC\"]\ntransfer = { base = \"60s\" }\n",
    );
    let small = ["agents.keeper.on_chain.USDC=\"300k\""];
    let mut town = Town::new(&[CHAIN, &market, BORROWERS, &keeper, &fall("-12%")], &small);
    town.minutes(110);
    assert!(town.lender().counters().liquidations >= 10);
    assert!(town.lender().liquidatable(town.0.now()).is_empty());
    let exchange = town.0.venues().iter().next().unwrap().exchange();
    let book = exchange.book(firesale_types::InstrumentId(0));
    let (_, left) = book.best(firesale_types::Side::Buy).unwrap();
    // About ten times 52,500 dollars x 1.05 at 1,760.
    let sold = 10_000.0 - left.0 as f64 * 0.001;
    assert!((250.0..350.0).contains(&sold), "{sold}");
    assert!(town.on_chain(10, "USDC") > 100_000.0);
    town.ends_well();
}

/// Where the lender absorbs accounts it sells their ETH at half of the 5% off: 1,716 instead of 1,760, while
/// the pool pays 2,000.
#[test]
fn keepers_absorb_and_buy() {
    let market = MARKET.replace(
        "name = \"bank\"\n",
        "name = \"bank\"\nliquidation = \"absorb\"\n",
    );
    let mut town = Town::new(&[CHAIN, &market, BORROWERS, KEEPER, &fall("-12%")], &[]);
    town.minutes(9);
    let before = town.on_chain(10, "USDC");
    town.minutes(110);
    let counters = town.lender().counters();
    assert_eq!((counters.absorptions, counters.bad_debt), (10, 0));
    let ether = town.lender().reserve_of("ETH").unwrap();
    assert_eq!(town.lender().for_sale(ether, town.0.now()), 0);
    assert!(town.on_chain(10, "USDC") > before + 50_000.0);
    town.ends_well();
}

/// Who looks after a loan repays before keepers come.
#[test]
fn attentive_borrowers_repay() {
    let attentive = [
        "agents.borrower.attentive=1",
        "agents.borrower.delay=\"1s\"",
        "agents.borrower.trigger=1.05",
        "agents.borrower.spare=0.3",
    ];
    let mut town = Town::new(
        &[CHAIN, MARKET, BORROWERS, KEEPER, &fall("-12%")],
        &attentive,
    );
    town.minutes(60);
    assert_eq!(town.lender().counters().liquidations, 0);
    let (lent, owed) = town.loan(0, "ETH", "USDC");
    let health = lent * 1_760.0 * 0.825 / owed;
    assert!((1.0..1.11).contains(&health), "{health}");
}

/// Loops that exist from the start: 5M dollars lent against 4M of debt.
const LEVERED: &str = r#"
[[agents]]
kind = "looper"
name = "levered"
count = 20
chain = "ethereum"
on_chain = { ETH = "20k" }
wake = { every = "60s" }
latency = { base = "100ms" }
lender = "bank"
supply = "COIN"
borrow = "USDC"
pool = "stable"
yield_rate = 0.1
leverage = 5.0

[agents.in_lender]
lender = "bank"
supplied = { COIN = "5M" }
borrowed = { USDC = "4M" }
spread = "5%"
"#;

#[test]
fn loans_can_exist_from_the_start() {
    let town = Town::new(&[CHAIN, MARKET, LEVERED], &[]);
    let loans: Vec<(f64, f64)> = (0..20)
        .map(|agent| town.loan(agent, "COIN", "USDC"))
        .collect();
    let lent: f64 = loans.iter().map(|loan| loan.0).sum();
    let owed: f64 = loans.iter().map(|loan| loan.1).sum();
    assert!(
        (lent - 5e6).abs() < 1.0 && (owed - 4e6).abs() < 0.05 * 4e6,
        "{lent}, {owed}"
    );
    assert!(loans.iter().any(|l| l.1 > 0.82 * l.0) && loans.iter().any(|l| l.1 < 0.78 * l.0));
    town.ends_well();
    let said = load(
        &[CHAIN, MARKET, LEVERED],
        &["agents.levered.in_lender.lender=\"banc\""],
    );
    assert!(said.unwrap_err().contains("bank"));
    let said = load(
        &[CHAIN, MARKET, LEVERED],
        &["agents.levered.in_lender.supplied={ DOGE = 5 }"],
    );
    assert!(said.unwrap_err().contains("DOGE"));
}

/// Everybody at once, on one, two and eight threads.
#[test]
fn any_number_of_threads_comes_to_the_same_end() {
    let parts = [
        CHAIN,
        MARKET,
        BORROWERS,
        LOOPER,
        DUMPER,
        KEEPER,
        LEVERED,
        &fall("-12%"),
    ];
    let short = ["clock.until=\"50m\"", "agents.keeper.count=3"];
    let digest = |threads| Town::with_threads(&parts, &short, threads).ends_well();
    let one = digest(1);
    assert_eq!(one, digest(2));
    assert_eq!(one, digest(8));
}
