//! A venue with a fixed book, a chain, and whatever pools, lenders and people a test adds.

use firesale_amm::lending::{LendingPool, ReserveId};
use firesale_amm::{ConcentratedLiquidity, Pool};
use firesale_chain::{Chain, Holder};
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::onchain::ChainId;
use firesale_sim::{RunOptions, Scenario, Simulation};
use firesale_types::{AccountId, AgentId, SimDuration};

/// ETH at 2,000 on a book with 10,000 ETH on either side, 1,999 to 2,001.
const TOWN: &str = r#"
[scenario]
name = "town"
question = "Who moves what?"

[clock]
start = "2025-01-01T13:00:00Z"
duration = "2h"

[[assets]]
symbol = "USDC"
kind = "dollar"

[[assets]]
symbol = "ETH"
kind = "crypto"
fundamental = { price = 2000.0 }

[[assets]]
symbol = "COIN"
kind = "stablecoin"
decimals = 18

[[venues]]
name = "cex"
settlement = "USDC"
fees = { maker = "0", taker = "3bps" }

[[instruments]]
symbol = "ETH-USDC"
venue = "cex"
kind = "spot"
base = "ETH"
tick_size = "0.01"
lot_size = "0.001"

[[accounts]]
id = "book"
venue = "cex"
collateral = { USDC = "100M", ETH = "50_000" }

[[orders]]
id = "bid"
instrument = "ETH-USDC"
side = "buy"
price = 1999
qty = 10000
account = "book"

[[orders]]
id = "ask"
instrument = "ETH-USDC"
side = "sell"
price = 2001
qty = 10000
account = "book"
"#;

/// A chain whose gas costs something.
pub(crate) const CHAIN: &str = r#"
[[chains]]
name = "ethereum"
native = "ETH"
gas = { base_fee_gwei = 2.0 }
"#;

/// A scenario with these parts added to the town.
pub(crate) fn load(parts: &[&str], overrides: &[&str]) -> Result<Scenario, String> {
    let text = std::iter::once(TOWN)
        .chain(parts.iter().copied())
        .collect::<String>();
    let loader = Loader::new(|name| (name == "town").then(|| (name.to_owned(), text.clone())));
    let overrides: Vec<String> = overrides.iter().map(|one| (*one).to_owned()).collect();
    let app = firesale_agents::app();
    Scenario::load("town", &loader, &overrides, &app).map_err(|error| error.render(false))
}

/// A running town.
pub(crate) struct Town(pub(crate) Simulation);

impl Town {
    pub(crate) fn new(parts: &[&str], overrides: &[&str]) -> Self {
        Self::with_threads(parts, overrides, 1)
    }

    pub(crate) fn with_threads(parts: &[&str], overrides: &[&str], threads: usize) -> Self {
        let scenario = load(parts, overrides).unwrap_or_else(|error| panic!("{error}"));
        let options = RunOptions {
            threads,
            limits: RunLimits::default(),
        };
        Self(Simulation::new(&scenario, firesale_agents::app(), &options, None).unwrap())
    }

    /// Goes on until something is so, at most until a time after the start; when that was.
    pub(crate) fn until(&mut self, end: SimDuration, so: impl Fn(&Self) -> bool) -> f64 {
        while self.0.now().0 < end.0 && !so(self) && self.0.step().unwrap() {}
        self.0.now().0 as f64 / 1e9
    }

    /// Goes on until so many minutes after the start.
    pub(crate) fn minutes(&mut self, minutes: i64) -> &mut Self {
        self.until(SimDuration::secs(60 * minutes), |_| false);
        self
    }

    pub(crate) fn chain(&self) -> &Chain {
        self.0.chains().get(ChainId(0)).chain()
    }

    pub(crate) fn pool(&self, at: usize) -> &Pool {
        &self.chain().pools()[at].logic
    }

    pub(crate) fn concentrated(&self) -> &ConcentratedLiquidity {
        match self.pool(0) {
            Pool::Concentrated(pool) => pool,
            _ => panic!("another kind of pool"),
        }
    }

    /// The price of the first coin of a pool in whole units of the second.
    pub(crate) fn price(&self, at: usize) -> f64 {
        let chains = self.0.chains();
        let pool = chains.pool(&self.chain().pools()[at].name).unwrap();
        chains.price(pool, 0, 1).unwrap()
    }

    pub(crate) fn lender(&self) -> &LendingPool {
        &self.chain().lenders()[0].logic
    }

    pub(crate) fn holder(&self, agent: u32) -> Holder {
        self.0
            .chains()
            .get(ChainId(0))
            .address(AgentId(agent))
            .unwrap()
    }

    /// What an agent has on the chain of the token with a symbol, in units.
    pub(crate) fn on_chain(&self, agent: u32, symbol: &str) -> f64 {
        let ledger = self.chain().ledger();
        let mut tokens = (0_u16..).zip(ledger.tokens());
        let (id, token) = tokens.find(|(_, token)| token.symbol == symbol).unwrap();
        let held = ledger.balance(self.holder(agent), firesale_chain::TokenId(id));
        token.units.chain_to_f64(held)
    }

    /// What an agent has lent and owes, in units of two reserves with 18 and 6 decimals.
    pub(crate) fn loan(&self, agent: u32, collateral: &str, debt: &str) -> (f64, f64) {
        let (lender, me) = (self.lender(), AccountId(self.holder(agent).0));
        let id = |symbol: &str| -> ReserveId { lender.reserve_of(symbol).unwrap() };
        let lent = lender.supply_of(me, id(collateral), self.0.now());
        let owed = lender.debt_of(me, id(debt), self.0.now());
        (lent as f64 / 1e18, owed as f64 / 1e6)
    }

    /// Ends the run; every asset must be where it can be.
    pub(crate) fn ends_well(self) -> String {
        let outcome = self.0.run(|_| true);
        assert!(outcome.error.is_none(), "{:?}", outcome.error);
        outcome.digest
    }
}
