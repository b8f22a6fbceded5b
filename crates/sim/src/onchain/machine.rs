//! A chain as a machine of the run: who has which address, and what leaves it in a tick.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use firesale_chain::{
    Chain, ChainRecord, Departure, Holder, LenderId, Pending, PoolId, TokenId, Transaction,
};
use firesale_types::{AgentId, AssetId, RunSeed, SimDuration, SimTime, hash64};

use crate::MarketId;
use crate::scenario::resolve::Rules;

/// A chain, by its place in the scenario.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct ChainId(pub u16);

/// A pool of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct PoolRef {
    /// Its chain.
    pub chain: ChainId,
    /// Its place there.
    pub pool: PoolId,
}

/// A lending market of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct LenderRef {
    /// Its chain.
    pub chain: ChainId,
    /// Its place there.
    pub lender: LenderId,
}

/// What makes users outside the run eager.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    /// The market they watch.
    pub(crate) market: MarketId,
    /// Its volatility per second in calm.
    pub(crate) calm: f64,
    /// The most by which demand is multiplied.
    pub(crate) most: f64,
}

/// One chain with its address book.
#[derive(Debug)]
pub struct ChainMachine {
    chain: Chain,
    /// The token of each asset that is on this chain, by asset.
    tokens: BTreeMap<AssetId, TokenId>,
    /// The asset of each token; shares of pools have none.
    assets: Vec<Option<AssetId>>,
    addresses: BTreeMap<AgentId, Holder>,
    owners: Vec<Option<AgentId>>,
    pub(crate) confirmation: SimDuration,
    pub(crate) heat: Option<Heat>,
    lottery_key: u64,
    blocks: u64,
    trail: u64,
    records: Vec<(SimTime, ChainRecord)>,
}

impl ChainMachine {
    pub(crate) fn new(chain: Chain, confirmation: SimDuration, seed: RunSeed) -> Self {
        Self {
            lottery_key: hash64(chain.config().name.as_bytes()) ^ seed.0,
            chain,
            tokens: BTreeMap::new(),
            assets: Vec::new(),
            addresses: BTreeMap::new(),
            owners: Vec::new(),
            confirmation,
            heat: None,
            blocks: 0,
            trail: 0,
            records: Vec::new(),
        }
    }

    /// The chain, to read.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) const fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.chain.config().name
    }

    /// Says which asset a token is.
    pub(crate) fn name_token(&mut self, asset: AssetId, token: TokenId) {
        self.tokens.insert(asset, token);
        self.assets.resize(usize::from(token.0) + 1, None);
        self.assets[usize::from(token.0)] = Some(asset);
    }

    /// The token of an asset, which is put on this chain if it is not there.
    pub(crate) fn token_of(&mut self, asset: AssetId, rules: &Rules) -> TokenId {
        self.token(asset).unwrap_or_else(|| {
            let (symbol, units) = (&rules.assets[asset.index()], rules.units[asset.index()]);
            let token = self.chain.ledger_mut().add_token(symbol.clone(), units);
            self.name_token(asset, token);
            token
        })
    }

    /// The token of an asset, if it is on this chain.
    #[must_use]
    pub fn token(&self, asset: AssetId) -> Option<TokenId> {
        self.tokens.get(&asset).copied()
    }

    /// The asset that a token is; shares of pools are none.
    #[must_use]
    pub fn asset(&self, token: TokenId) -> Option<AssetId> {
        self.assets.get(usize::from(token.0)).copied().flatten()
    }

    /// Assets on this chain.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, TokenId)> + '_ {
        self.tokens.iter().map(|(&asset, &token)| (asset, token))
    }

    /// Opens an address for an agent, unless it has one.
    pub(crate) fn open(&mut self, agent: AgentId) -> Holder {
        let (chain, owners) = (&mut self.chain, &mut self.owners);
        *self.addresses.entry(agent).or_insert_with(|| {
            let holder = chain.ledger_mut().open();
            owners.resize(holder.0 as usize + 1, None);
            owners[holder.0 as usize] = Some(agent);
            holder
        })
    }

    /// The address of an agent, if it has one.
    #[must_use]
    pub fn address(&self, agent: AgentId) -> Option<Holder> {
        self.addresses.get(&agent).copied()
    }

    /// The agent behind an address.
    #[must_use]
    pub fn owner(&self, holder: Holder) -> Option<AgentId> {
        self.owners.get(holder.0 as usize).copied().flatten()
    }

    /// Adds a transaction that reaches the chain at `at`.
    pub(crate) fn push(&mut self, at: SimTime, source: u32, seq: u32, transaction: Transaction) {
        let x = (at.0 as u64 ^ self.lottery_key)
            .wrapping_add(u64::from(source).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let lottery = hash64(&x.to_le_bytes()) as u32;
        self.chain.mempool_mut().push(Pending {
            arrived: at,
            lottery,
            seq,
            transaction,
        });
    }

    /// Makes the blocks that are due before `end`; departures are handed over.
    pub(crate) fn advance(&mut self, end: SimTime, departures: &mut Vec<Departure>) {
        if self.chain.next_block() >= end {
            return;
        }
        self.chain.advance(end);
        self.chain.take_departures(departures);
        let before = self.records.len();
        self.chain.take_records(&mut self.records);
        for (at, record) in &self.records[before..] {
            self.trail = fold(self.trail, *at, record);
            self.blocks += u64::from(matches!(record, ChainRecord::Block { .. }));
        }
    }

    /// Blocks made so far.
    #[must_use]
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// A rolling hash of everything that happened.
    pub(crate) const fn trail(&self) -> u64 {
        self.trail
    }

    /// A hash of all balances.
    pub(crate) fn holdings(&self) -> u64 {
        self.chain.ledger().all().fold(0, |hash: u64, balance| {
            let mut bytes = [0_u8; 24];
            bytes[..8].copy_from_slice(&hash.to_le_bytes());
            bytes[8..].copy_from_slice(&balance.to_le_bytes());
            hash64(&bytes)
        })
    }

    pub(crate) fn take_records(&mut self, into: &mut Vec<(SimTime, ChainRecord)>) {
        into.append(&mut self.records);
    }
}

/// Folds a record into a rolling hash.
fn fold(trail: u64, at: SimTime, record: &ChainRecord) -> u64 {
    let numbers: [u64; 5] = match record {
        ChainRecord::Block {
            number,
            base_fee,
            used,
            included,
            failed,
            ..
        } => [
            *number,
            *base_fee as u64,
            *used,
            u64::from(*included),
            u64::from(*failed),
        ],
        ChainRecord::Swap {
            pool,
            trader,
            paid,
            taken,
            ..
        } => [
            u64::from(pool.0),
            u64::from(trader.0),
            *paid as u64,
            *taken as u64,
            (*paid >> 64) as u64 ^ (*taken >> 64) as u64,
        ],
        ChainRecord::Liquidation {
            borrower,
            keeper,
            repaid,
            seized,
            bad_debt,
            ..
        } => [
            u64::from(borrower.0),
            u64::from(keeper.0),
            *repaid as u64,
            *seized as u64,
            *bad_debt as u64,
        ],
        ChainRecord::Failed { sender, .. } => [u64::from(sender.0), 0, 0, 0, 0],
    };
    let mut bytes = [0_u8; 56];
    let all = [trail, at.0 as u64].into_iter().chain(numbers);
    for (slot, number) in bytes.chunks_exact_mut(8).zip(all) {
        slot.copy_from_slice(&number.to_le_bytes());
    }
    hash64(&bytes)
}

/// All chains, in the order of the scenario.
#[derive(Debug, Default, Resource)]
pub struct Chains(pub(crate) Vec<ChainMachine>);

impl Chains {
    /// One chain.
    #[must_use]
    pub fn get(&self, chain: ChainId) -> &ChainMachine {
        &self.0[usize::from(chain.0)]
    }

    /// All of them with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (ChainId, &ChainMachine)> {
        let numbered = self.0.iter().enumerate();
        numbered.map(|(at, machine)| (ChainId(at as u16), machine))
    }

    /// The chain with a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ChainId> {
        let mut all = self.iter();
        all.find(|(_, machine)| machine.name() == name)
            .map(|(id, _)| id)
    }

    /// The pool with a name.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<PoolRef> {
        self.iter().find_map(|(chain, machine)| {
            let at = machine
                .chain()
                .pools()
                .iter()
                .position(|p| p.name == name)?;
            Some(PoolRef {
                chain,
                pool: PoolId(at as u16),
            })
        })
    }

    /// The lending market with a name.
    #[must_use]
    pub fn lender(&self, name: &str) -> Option<LenderRef> {
        self.iter().find_map(|(chain, machine)| {
            let lenders = machine.chain().lenders();
            let at = lenders.iter().position(|l| l.name == name)?;
            Some(LenderRef {
                chain,
                lender: LenderId(at as u16),
            })
        })
    }

    /// The marginal price of a coin in a pool, in units of another, if there is one.
    #[must_use]
    pub fn price(&self, pool: PoolRef, coin: usize, other: usize) -> Option<f64> {
        let machine = self.get(pool.chain);
        let contract = machine.chain().pools().get(usize::from(pool.pool.0))?;
        let price = contract.logic.price(coin, other).ok()?;
        let decimals = |at: usize| {
            let token = contract.tokens.get(at)?;
            Some(machine.chain().ledger().token(*token).units.chain)
        };
        let places = i32::from(decimals(coin)?) - i32::from(decimals(other)?);
        Some(price * libm::exp10(f64::from(places)))
    }

    /// When the next block is that anybody waits for.
    pub(crate) fn next_time(&self) -> Option<SimTime> {
        let waited_for = self.0.iter().map(|machine| &machine.chain);
        let waited_for = waited_for.filter(|chain| !chain.mempool().is_empty());
        waited_for.map(Chain::next_block).min()
    }
}
