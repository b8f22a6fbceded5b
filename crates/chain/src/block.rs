//! Making a block: who is taken, who pays, and what the next one costs.

use firesale_types::SimTime;

use crate::mempool::Pending;
use crate::{Chain, ChainRecord};

/// What a block was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Gas of agents.
    pub agents: u64,
    /// Transactions of agents included.
    pub included: u32,
    /// Of those, the ones that failed.
    pub failed: u32,
    /// Left waiting.
    pub waiting: u32,
    /// Forgotten: their time was over or their sender could not pay.
    pub dropped: u32,
}

impl Chain {
    /// Makes all blocks that are due before `end`.
    pub fn advance(&mut self, end: SimTime) {
        while self.next_block < end {
            self.make_block(self.next_block);
            self.next_block += self.config.block_time;
        }
    }

    fn make_block(&mut self, now: SimTime) {
        let (offers, expired) = self.mempool.take(now, self.base_fee);
        let mut block = Block {
            dropped: expired as u32,
            ..Block::default()
        };
        for pending in offers {
            if !self.has_room(&pending, block.agents) {
                block.waiting += 1;
                self.mempool.put_back(pending);
                continue;
            }
            self.include(now, pending, &mut block);
        }
        let others = self.config.demand.at(self.base_fee, self.heat_milli);
        let used = self
            .config
            .gas
            .limit
            .min(block.agents.saturating_add(others));
        let record = ChainRecord::Block {
            number: self.number,
            base_fee: self.base_fee,
            used,
            agents: block.agents,
            included: block.included,
            failed: block.failed,
            waiting: block.waiting,
            dropped: block.dropped,
        };
        self.records.push((now, record));
        self.number += 1;
        self.base_fee = self.config.gas.next_base_fee(self.base_fee, used);
    }

    /// Gas that a transaction takes of a block. One that stands for more real ones than a block holds is
    /// spread over many in reality; here it takes a whole one.
    fn gas(&self, pending: &Pending) -> u64 {
        let gas = pending.transaction.gas_of_one();
        let all = gas.saturating_mul(u64::from(pending.transaction.weight));
        all.min(self.config.gas.target.max(gas))
    }

    /// Whether a transaction finds room behind the agents before it and the others who offer more.
    fn has_room(&self, pending: &Pending, taken: u64) -> bool {
        let Some(tip) = pending.transaction.tip_at(self.base_fee) else {
            return false;
        };
        let price = self.base_fee.saturating_add(tip);
        // Strictly more than this offer: with a tip of zero everybody else comes first.
        let ahead = self
            .config
            .demand
            .at(price.saturating_add(1), self.heat_milli);
        let room = self.config.gas.limit.saturating_sub(taken);
        room.saturating_sub(ahead) >= self.gas(pending)
    }

    fn include(&mut self, now: SimTime, pending: Pending, block: &mut Block) {
        let gas = self.gas(&pending);
        let transaction = pending.transaction;
        let tip = transaction.tip_at(self.base_fee).unwrap_or(0);
        if self.pay_for_gas(transaction.sender, gas, tip).is_err() {
            block.dropped += 1;
            return;
        }
        block.agents += gas;
        block.included += 1;
        if let Err(why) = self.execute(now, &transaction) {
            block.failed += 1;
            let sender = transaction.sender;
            self.records
                .push((now, ChainRecord::Failed { sender, why }));
        }
    }

    fn pay_for_gas(
        &mut self,
        sender: crate::Holder,
        gas: u64,
        tip: u128,
    ) -> Result<(), crate::ChainError> {
        let Some(native) = self.config.native else {
            return Ok(());
        };
        let cost = |fee: u128| fee.saturating_mul(u128::from(gas));
        let all = cost(self.base_fee).saturating_add(cost(tip));
        if self.ledger.balance(sender, native) < all {
            return Err(crate::ChainError::NotEnough);
        }
        self.ledger
            .transfer(sender, Self::BURNT, native, cost(self.base_fee))?;
        self.ledger
            .transfer(sender, Self::PRODUCERS, native, cost(tip))
    }
}

/// Seconds as contracts count them. Simulated time begins a year after theirs, so that what may not
/// change within a day of a contract's beginning may change from the start.
#[must_use]
pub const fn chain_seconds(now: SimTime) -> u64 {
    const YEAR: u64 = 365 * 86_400;
    let seconds = if now.0 < 0 { 0 } else { now.0 / 1_000_000_000 };
    seconds as u64 + YEAR
}
