//! Executing a transaction: every call, or none.
//!
//! A call first takes what it pays from the sender, then asks the contract, then gives the sender what
//! comes out. If any of it fails, the ledger and every contract touched are what they were before.

use firesale_amm::PositionKey;
use firesale_amm::lending::{CategoryId, LendingPool, LiquidationCall, Receive, ReserveId};
use firesale_types::{AccountId, SimTime};
use smallvec::SmallVec;

use crate::{
    Amount, Call, Chain, ChainError, ChainRecord, Departure, Exit, Holder, LenderId, PoolId,
    TokenId, Transaction, chain_seconds, liquidity,
};

/// A holder as lending markets know it.
const fn account(holder: Holder) -> AccountId {
    AccountId(holder.0)
}

/// What must be put back if a transaction fails.
#[derive(Default)]
struct Undo {
    pools: SmallVec<[(usize, Box<firesale_amm::Pool>); 2]>,
    lenders: SmallVec<[(usize, Box<LendingPool>); 1]>,
    departures: usize,
    records: usize,
}

impl Chain {
    /// Executes a transaction.
    ///
    /// # Errors
    /// Why a call failed; nothing has happened then.
    pub(crate) fn execute(
        &mut self,
        now: SimTime,
        transaction: &Transaction,
    ) -> Result<(), ChainError> {
        let mut undo = Undo {
            departures: self.departures.len(),
            records: self.records.len(),
            ..Undo::default()
        };
        self.ledger.begin();
        let mut previous = 0;
        let mut outcome = Ok(());
        for call in &transaction.calls {
            self.keep(call, transaction.calls.len(), &mut undo);
            match self.call(now, transaction.sender, call, previous) {
                Ok(out) => previous = out,
                Err(why) => {
                    outcome = Err(why);
                    break;
                }
            }
        }
        if outcome.is_err() {
            self.put_back(undo);
        } else {
            self.ledger.commit();
        }
        outcome
    }

    /// Keeps a copy of what a call will touch, unless the call is alone and has taken all that it may
    /// take before it asks the contract: then the contract's refusal is the last that can fail.
    fn keep(&self, call: &Call, calls: usize, undo: &mut Undo) {
        let takes_after = matches!(call, Call::Add { .. } | Call::AddRange { .. });
        if calls == 1 && !takes_after {
            return;
        }
        if let Some(pool) = call.pool() {
            let at = usize::from(pool.0);
            if let Some(pool) = self.pools.get(at)
                && undo.pools.iter().all(|(kept, _)| *kept != at)
            {
                undo.pools.push((at, Box::new(pool.logic.clone())));
            }
        }
        if let Some(lender) = call.lender() {
            let at = usize::from(lender.0);
            if undo.lenders.iter().all(|(kept, _)| *kept != at)
                && let Some(lender) = self.lenders.get(at)
            {
                undo.lenders.push((at, Box::new(lender.logic.clone())));
            }
        }
    }

    fn put_back(&mut self, undo: Undo) {
        self.ledger.roll_back();
        for (at, logic) in undo.pools {
            self.pools[at].logic = *logic;
        }
        for (at, logic) in undo.lenders {
            self.lenders[at].logic = *logic;
        }
        self.departures.truncate(undo.departures);
        self.records.truncate(undo.records);
    }

    fn call(
        &mut self,
        now: SimTime,
        sender: Holder,
        call: &Call,
        previous: u128,
    ) -> Result<u128, ChainError> {
        match call {
            Call::Transfer { token, to, amount } => {
                let amount = self.amount(sender, *token, *amount, previous)?;
                self.ledger.transfer(sender, *to, *token, amount)?;
                Ok(amount)
            }
            Call::Leave { token, amount, to } => {
                let amount = self.amount(sender, *token, *amount, previous)?;
                self.leave(sender, *token, amount, *to)
            }
            _ if call.pool().is_some() => self.call_pool(now, sender, call, previous),
            _ => self.call_lender(now, sender, call, previous),
        }
    }

    /// How much an amount is, for a sender.
    fn amount(
        &self,
        sender: Holder,
        token: TokenId,
        amount: Amount,
        previous: u128,
    ) -> Result<u128, ChainError> {
        let amount = match amount {
            Amount::Exact(amount) => amount,
            Amount::All => self.ledger.balance(sender, token),
            Amount::Previous => previous,
        };
        if amount == 0 {
            return Err(ChainError::Nothing);
        }
        Ok(amount)
    }

    fn leave(
        &mut self,
        holder: Holder,
        token: TokenId,
        amount: u128,
        to: Exit,
    ) -> Result<u128, ChainError> {
        self.ledger.burn(holder, token, amount)?;
        self.departures.push(Departure {
            holder,
            token,
            amount,
            to,
        });
        Ok(amount)
    }

    fn call_pool(
        &mut self,
        now: SimTime,
        sender: Holder,
        call: &Call,
        previous: u128,
    ) -> Result<u128, ChainError> {
        let Some(id) = call.pool() else {
            return Err(ChainError::NoSuchContract);
        };
        let pool = self
            .pools
            .get(usize::from(id.0))
            .ok_or(ChainError::NoSuchContract)?;
        let (address, share) = (pool.address, pool.share);
        let coins: SmallVec<[TokenId; 4]> = pool.tokens.iter().copied().collect();
        let coin = |at: u8| {
            coins
                .get(usize::from(at))
                .copied()
                .ok_or(ChainError::NoSuchContract)
        };
        match *call {
            Call::Swap {
                from,
                to,
                amount,
                least,
                ..
            } => {
                let (token_in, token_out) = (coin(from)?, coin(to)?);
                let paid = self.amount(sender, token_in, amount, previous)?;
                self.ledger.transfer(sender, address, token_in, paid)?;
                let logic = &mut self.pools[usize::from(id.0)].logic;
                logic.set_time(chain_seconds(now));
                let swap = logic.swap(usize::from(from), usize::from(to), paid, least)?;
                // A pool may stop at the end of its liquidity and leave a rest.
                self.ledger
                    .transfer(address, sender, token_in, paid - swap.amount_in)?;
                self.ledger
                    .transfer(address, sender, token_out, swap.amount_out)?;
                self.pay_admin(id)?;
                let record = ChainRecord::Swap {
                    pool: id,
                    trader: sender,
                    from,
                    to,
                    paid: swap.amount_in,
                    taken: swap.amount_out,
                };
                self.records.push((now, record));
                Ok(swap.amount_out)
            }
            Call::Add {
                ref amounts, least, ..
            } => {
                let share = share.ok_or(ChainError::NoSuchContract)?;
                if amounts.len() != coins.len() {
                    return Err(ChainError::NoSuchContract);
                }
                let logic = &mut self.pools[usize::from(id.0)].logic;
                logic.set_time(chain_seconds(now));
                let (shares, taken) = liquidity::add(logic, amounts)?;
                if shares < least {
                    return Err(ChainError::Slippage);
                }
                for (&token, &amount) in coins.iter().zip(&taken) {
                    self.ledger.transfer(sender, address, token, amount)?;
                }
                self.ledger.mint(sender, share, shares)?;
                self.pay_admin(id)?;
                Ok(shares)
            }
            Call::Remove {
                shares, coin: one, ..
            } => {
                let share = share.ok_or(ChainError::NoSuchContract)?;
                let shares = self.amount(sender, share, shares, previous)?;
                self.ledger.burn(sender, share, shares)?;
                let logic = &mut self.pools[usize::from(id.0)].logic;
                logic.set_time(chain_seconds(now));
                let given = match one {
                    Some(at) => {
                        let mut given = vec![0; coins.len()];
                        let slot = given.get_mut(usize::from(at));
                        let slot = slot.ok_or(ChainError::NoSuchContract)?;
                        *slot = liquidity::remove_one(logic, shares, usize::from(at))?;
                        given
                    }
                    None => liquidity::remove(logic, shares)?,
                };
                self.give(address, sender, &coins, &given)?;
                self.pay_admin(id)?;
                Ok(given.into_iter().max().unwrap_or(0))
            }
            Call::AddRange {
                lower,
                upper,
                liquidity,
                ..
            } => {
                let key = PositionKey {
                    owner: sender.0,
                    tick_lower: lower,
                    tick_upper: upper,
                };
                let logic = liquidity::concentrated(&mut self.pools[usize::from(id.0)].logic);
                let taken = logic
                    .ok_or(ChainError::NoSuchContract)?
                    .mint(key, liquidity)?;
                for (&token, amount) in coins.iter().zip(taken) {
                    self.ledger.transfer(sender, address, token, amount)?;
                }
                Ok(liquidity)
            }
            Call::RemoveRange {
                lower,
                upper,
                liquidity,
                ..
            } => {
                let key = PositionKey {
                    owner: sender.0,
                    tick_lower: lower,
                    tick_upper: upper,
                };
                let logic = liquidity::concentrated(&mut self.pools[usize::from(id.0)].logic);
                let logic = logic.ok_or(ChainError::NoSuchContract)?;
                logic.burn(key, liquidity)?;
                let given = logic.collect(key, [u128::MAX; 2]);
                self.give(address, sender, &coins, &given)?;
                Ok(given[0].max(given[1]))
            }
            _ => Err(ChainError::NoSuchContract),
        }
    }

    fn give(
        &mut self,
        from: Holder,
        to: Holder,
        tokens: &[TokenId],
        amounts: &[u128],
    ) -> Result<(), ChainError> {
        let mut parts = tokens.iter().zip(amounts);
        parts.try_for_each(|(&token, &amount)| self.ledger.transfer(from, to, token, amount))
    }

    /// What a pool has earned for its administrators leaves it for nobody in the run.
    fn pay_admin(&mut self, id: PoolId) -> Result<(), ChainError> {
        let pool = &mut self.pools[usize::from(id.0)];
        let earned = liquidity::take_admin_fees(&mut pool.logic);
        let (address, tokens) = (pool.address, pool.tokens.clone());
        self.give(address, Self::FOUNDERS, &tokens, &earned)
    }

    fn call_lender(
        &mut self,
        now: SimTime,
        sender: Holder,
        call: &Call,
        previous: u128,
    ) -> Result<u128, ChainError> {
        let id = call.lender().ok_or(ChainError::NoSuchContract)?;
        let lender = self
            .lenders
            .get(usize::from(id.0))
            .ok_or(ChainError::NoSuchContract)?;
        let address = lender.address;
        let tokens: SmallVec<[TokenId; 8]> = lender.tokens.iter().copied().collect();
        let token = |at: u8| {
            tokens
                .get(usize::from(at))
                .copied()
                .ok_or(ChainError::NoSuchContract)
        };
        let who = account(sender);
        let reserve = |at: u8| ReserveId(u16::from(at));
        macro_rules! logic {
            () => {
                self.lenders[usize::from(id.0)].logic
            };
        }
        match *call {
            Call::Supply {
                reserve: at,
                amount,
                ..
            } => {
                let token = token(at)?;
                let amount = self.amount(sender, token, amount, previous)?;
                self.ledger.transfer(sender, address, token, amount)?;
                logic!().supply(now, who, reserve(at), amount)?;
                Ok(amount)
            }
            Call::Withdraw {
                reserve: at,
                amount,
                ..
            } => {
                let token = token(at)?;
                let wanted = match amount {
                    Amount::Exact(amount) => amount,
                    Amount::Previous => previous,
                    Amount::All => u128::MAX,
                };
                let given = logic!().withdraw(now, who, reserve(at), wanted)?;
                self.ledger.transfer(address, sender, token, given)?;
                Ok(given)
            }
            Call::Borrow {
                reserve: at,
                amount,
                ..
            } => {
                let token = token(at)?;
                let given = logic!().borrow(now, who, reserve(at), amount)?;
                self.ledger.transfer(address, sender, token, given)?;
                Ok(given)
            }
            Call::Repay {
                reserve: at,
                amount,
                ..
            } => {
                let token = token(at)?;
                let amount = self.amount(sender, token, amount, previous)?;
                self.ledger.transfer(sender, address, token, amount)?;
                let paid = logic!().repay(now, who, reserve(at), amount)?;
                self.ledger
                    .transfer(address, sender, token, amount - paid)?;
                Ok(paid)
            }
            Call::Category { category, .. } => {
                logic!().set_category(now, who, category.map(CategoryId))?;
                Ok(previous)
            }
            Call::Liquidate {
                borrower,
                collateral,
                debt,
                repay,
                ..
            } => {
                let (paid_in, taken_out) = (token(debt)?, token(collateral)?);
                let request = LiquidationCall {
                    liquidator: who,
                    borrower: account(borrower),
                    collateral: reserve(collateral),
                    debt: reserve(debt),
                    repay,
                    receive: Receive::Tokens,
                };
                self.ledger.transfer(sender, address, paid_in, repay)?;
                let done = logic!().liquidate(now, &request)?;
                self.ledger
                    .transfer(address, sender, paid_in, repay - done.repaid)?;
                self.ledger
                    .transfer(address, sender, taken_out, done.seized)?;
                let bad = done.bad_debt.iter();
                let bad = bad
                    .filter(|(asset, _)| *asset == reserve(debt))
                    .map(|(_, amount)| amount);
                let record = ChainRecord::Liquidation {
                    lender: id,
                    borrower,
                    keeper: sender,
                    debt,
                    repaid: done.repaid,
                    collateral,
                    seized: done.seized,
                    bad_debt: bad.sum(),
                };
                self.records.push((now, record));
                Ok(done.seized)
            }
            Call::Absorb { borrower, .. } => {
                let done = logic!().absorb(now, account(borrower))?;
                self.tell_of_absorption(now, id, (borrower, sender), &done);
                Ok(previous)
            }
            Call::BuyCollateral {
                collateral,
                base,
                pay,
                ..
            } => {
                let (paid_in, taken_out) = (token(base)?, token(collateral)?);
                let pay = self.amount(sender, paid_in, pay, previous)?;
                self.ledger.transfer(sender, address, paid_in, pay)?;
                let sale = logic!().buy_collateral(now, reserve(collateral), pay)?;
                self.ledger
                    .transfer(address, sender, paid_in, pay - sale.paid)?;
                self.ledger
                    .transfer(address, sender, taken_out, sale.bought)?;
                Ok(sale.bought)
            }
            _ => Err(ChainError::NoSuchContract),
        }
    }

    fn tell_of_absorption(
        &mut self,
        now: SimTime,
        lender: LenderId,
        (borrower, keeper): (Holder, Holder),
        done: &firesale_amm::lending::Absorption,
    ) {
        for &(collateral, seized) in &done.seized {
            let record = ChainRecord::Liquidation {
                lender,
                borrower,
                keeper,
                debt: 0,
                repaid: done.debt,
                collateral: collateral.0 as u8,
                seized,
                bad_debt: 0,
            };
            self.records.push((now, record));
        }
    }
}

impl Call {
    /// The pool it is about, if any.
    pub(crate) const fn pool(&self) -> Option<PoolId> {
        match self {
            Self::Swap { pool, .. }
            | Self::Add { pool, .. }
            | Self::Remove { pool, .. }
            | Self::AddRange { pool, .. }
            | Self::RemoveRange { pool, .. } => Some(*pool),
            _ => None,
        }
    }

    /// The lending market it is about, if any.
    pub(crate) const fn lender(&self) -> Option<LenderId> {
        match self {
            Self::Supply { lender, .. }
            | Self::Withdraw { lender, .. }
            | Self::Borrow { lender, .. }
            | Self::Repay { lender, .. }
            | Self::Category { lender, .. }
            | Self::Liquidate { lender, .. }
            | Self::Absorb { lender, .. }
            | Self::BuyCollateral { lender, .. } => Some(*lender),
            _ => None,
        }
    }
}
