//! The state of a chain, and its audit.

use firesale_amm::Pool;
use firesale_amm::lending::{LendingPool, ReserveId};
use firesale_types::{SimDuration, SimTime, TokenUnits};
use serde::{Deserialize, Serialize};

use crate::record::Timed;
use crate::{ChainError, Demand, Departure, GasRule, Holder, Ledger, Mempool, TokenId, liquidity};

/// What never changes about a chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChainConfig {
    /// Its name.
    pub name: String,
    /// Time between blocks.
    pub block_time: SimDuration,
    /// What room costs.
    pub gas: GasRule,
    /// Who else wants room.
    pub demand: Demand,
    /// The token that pays for gas; without one nobody pays.
    pub native: Option<TokenId>,
}

/// A pool or lender with its address and the tokens of its coins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contract<T> {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Holder,
    /// The tokens of its coins or reserves, in its own order.
    pub tokens: Vec<TokenId>,
    /// The token of its shares, if shares are alike.
    pub share: Option<TokenId>,
    /// What it does.
    pub logic: T,
}

/// A blockchain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) ledger: Ledger,
    pub(crate) mempool: Mempool,
    pub(crate) pools: Vec<Contract<Pool>>,
    pub(crate) lenders: Vec<Contract<LendingPool>>,
    pub(crate) base_fee: u128,
    pub(crate) heat_milli: u32,
    pub(crate) number: u64,
    pub(crate) next_block: SimTime,
    #[serde(skip)]
    pub(crate) departures: Vec<Departure>,
    #[serde(skip)]
    pub(crate) records: Vec<Timed>,
}

impl Chain {
    /// Whoever pays base fees pays them here; nobody can spend them again.
    pub const BURNT: Holder = Holder(0);
    /// The producers of blocks, who get the tips.
    pub const PRODUCERS: Holder = Holder(1);
    /// Liquidity of the start that belongs to nobody in the run.
    pub const FOUNDERS: Holder = Holder(2);

    /// A chain whose first block comes one block time after the start.
    #[must_use]
    pub fn new(config: ChainConfig) -> Self {
        let mut ledger = Ledger::default();
        for _ in [Self::BURNT, Self::PRODUCERS, Self::FOUNDERS] {
            ledger.open();
        }
        Self {
            base_fee: config.gas.base_fee,
            next_block: SimTime::ZERO + config.block_time,
            config,
            ledger,
            mempool: Mempool::default(),
            pools: Vec::new(),
            lenders: Vec::new(),
            heat_milli: 1000,
            number: 0,
            departures: Vec::new(),
            records: Vec::new(),
        }
    }

    /// What never changes.
    #[must_use]
    pub const fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// Names the token that pays for gas.
    pub const fn set_native(&mut self, token: TokenId) {
        self.config.native = Some(token);
    }

    /// Adds a pool with what is in it; its shares belong to the founders.
    ///
    /// # Errors
    /// [`ChainError::TooMuch`] if more of a token would exist than can be counted.
    pub fn add_pool(
        &mut self,
        name: String,
        tokens: Vec<TokenId>,
        logic: Pool,
    ) -> Result<(), ChainError> {
        let address = self.ledger.open();
        for (&token, held) in tokens.iter().zip(logic.reserves()) {
            self.ledger.mint(address, token, held)?;
        }
        let share = match liquidity::shares(&logic) {
            None => None,
            Some(shares) => {
                let units = TokenUnits {
                    chain: 18,
                    venue: 6,
                };
                let token = self.ledger.add_token(format!("{name}-LP"), units);
                self.ledger.mint(Self::FOUNDERS, token, shares)?;
                Some(token)
            }
        };
        self.pools.push(Contract {
            name,
            address,
            tokens,
            share,
            logic,
        });
        Ok(())
    }

    /// Adds a lending market with what is in it.
    ///
    /// # Errors
    /// [`ChainError::TooMuch`] if more of a token would exist than can be counted.
    pub fn add_lender(
        &mut self,
        name: String,
        tokens: Vec<TokenId>,
        logic: LendingPool,
    ) -> Result<(), ChainError> {
        let address = self.ledger.open();
        for (at, &token) in tokens.iter().enumerate() {
            self.ledger.mint(address, token, held(&logic, at))?;
        }
        self.lenders.push(Contract {
            name,
            address,
            tokens,
            share: None,
            logic,
        });
        Ok(())
    }

    /// Balances, to read.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Balances, to open addresses, add tokens, and let tokens arrive from outside.
    pub const fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// What waits.
    #[must_use]
    pub const fn mempool(&self) -> &Mempool {
        &self.mempool
    }

    /// What waits, to add to.
    pub const fn mempool_mut(&mut self) -> &mut Mempool {
        &mut self.mempool
    }

    /// All pools.
    #[must_use]
    pub fn pools(&self) -> &[Contract<Pool>] {
        &self.pools
    }

    /// All lenders.
    #[must_use]
    pub fn lenders(&self) -> &[Contract<LendingPool>] {
        &self.lenders
    }

    /// The lenders, to tell them prices.
    pub fn lenders_mut(&mut self) -> &mut [Contract<LendingPool>] {
        &mut self.lenders
    }

    /// The base fee of the next block.
    #[must_use]
    pub const fn base_fee(&self) -> u128 {
        self.base_fee
    }

    /// When the next block is.
    #[must_use]
    pub const fn next_block(&self) -> SimTime {
        self.next_block
    }

    /// Says how eager users outside the run are; 1000 is calm.
    pub const fn set_heat(&mut self, milli: u32) {
        self.heat_milli = milli;
    }

    /// Hands over what has left the chain since the last call.
    pub fn take_departures(&mut self, into: &mut Vec<Departure>) {
        into.append(&mut self.departures);
    }

    /// Hands over what happened since the last call.
    pub fn take_records(&mut self, into: &mut Vec<Timed>) {
        into.append(&mut self.records);
    }

    /// What does not add up: a supply that is not the sum of its balances, a contract that believes to
    /// have what the ledger does not say.
    #[must_use]
    pub fn audit(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.ledger.adds_up() {
            wrong.push(format!("{}: balances are not the supply", self.config.name));
        }
        for pool in &self.pools {
            for (at, (&token, held)) in pool.tokens.iter().zip(pool.logic.reserves()).enumerate() {
                let balance = self.ledger.balance(pool.address, token);
                if balance != held {
                    let name = &pool.name;
                    wrong.push(format!("{name}: coin {at} should be {held}, is {balance}"));
                }
            }
            if let (Some(share), Some(issued)) = (pool.share, liquidity::shares(&pool.logic)) {
                let supply = self.ledger.supply(share);
                if supply != issued {
                    let name = &pool.name;
                    wrong.push(format!("{name}: {issued} shares, {supply} in the ledger"));
                }
            }
        }
        for lender in &self.lenders {
            wrong.extend(
                lender
                    .logic
                    .audit()
                    .err()
                    .map(|w| format!("{}: {w}", lender.name)),
            );
            for (at, &token) in lender.tokens.iter().enumerate() {
                let (held, balance) = (
                    held(&lender.logic, at),
                    self.ledger.balance(lender.address, token),
                );
                if held != balance {
                    let name = &lender.name;
                    wrong.push(format!(
                        "{name}: reserve {at} should be {held}, is {balance}"
                    ));
                }
            }
        }
        wrong
    }
}

/// Tokens that a lending market believes to hold of a reserve.
fn held(logic: &LendingPool, at: usize) -> u128 {
    let id = ReserveId(at as u16);
    logic
        .reserve(id, SimTime::ZERO)
        .map_or(0, |reserve| reserve.cash + reserve.insurance)
}
