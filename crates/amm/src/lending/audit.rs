//! The market's books against its accounts and the tokens that moved.

use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use super::config::ReserveId;
use super::crossing::Place;
use super::math::{RAY, times, wide};
use super::pool::LendingPool;
use super::reserve::{Dust, Flows, Reserve};

/// What does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// What lies in the reserve is not what came in less what went out.
    #[error("asset {}: cash differs from the flows", .0.0)]
    Cash(ReserveId),
    /// The accounts' supplies do not sum to the reserve's.
    #[error("asset {}: supplies differ from their total", .0.0)]
    Supply(ReserveId),
    /// The accounts' debts do not sum to the reserve's.
    #[error("asset {}: debts differ from their total", .0.0)]
    Debt(ReserveId),
    /// What the reserve has and is owed is not what it owes and the dust.
    #[error("asset {}: assets differ from claims and dust", .0.0)]
    Balance(ReserveId),
    /// An index is below its start, or a supply entry is zero.
    #[error("asset {}: an index or an entry is out of bounds", .0.0)]
    Bounds(ReserveId),
    /// An account is not where the index of breaches has it.
    #[error("the index of breaches differs from the accounts")]
    Crossing,
}

/// The books of one asset that add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Of which asset.
    pub reserve: ReserveId,
    /// All tokens that ever moved.
    pub flows: Flows,
    /// Tokens that lie there.
    pub cash: u128,
    /// Tokens set aside for deficits.
    pub insurance: u128,
    /// What the reserve has beyond what it owes; never falls.
    pub dust: Dust,
}

impl LendingPool {
    /// Proves, for each asset, to the last unit of the 27th decimal:
    ///
    /// * cash = supplied + repaid + liquidated + covered - withdrawn - borrowed - seized - collected;
    /// * scaled supplies and debts of the accounts sum to the totals;
    /// * cash + debt + deficit + absorbed debt = claims of suppliers, treasury and absorbed
    ///   collateral + dust, the dust being what roundings and compounding have left, and not below
    ///   zero;
    /// * each account stands in the index of breaches where it belongs.
    ///
    /// The caller adds: tokens that the market holds = cash + insurance.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn audit(&self) -> Result<Vec<Books>, AuditError> {
        let mut supplies = vec![0_u128; self.reserves.len()];
        let mut debts = vec![0_u128; self.reserves.len()];
        for account in self.accounts.values() {
            for supply in &account.supplies {
                supplies[supply.reserve.index()] += supply.scaled;
                ensure(supply.scaled > 0, AuditError::Bounds(supply.reserve))?;
            }
            for debt in &account.debts {
                debts[debt.reserve.index()] += debt.scaled;
                ensure(debt.scaled > 0, AuditError::Bounds(debt.reserve))?;
            }
        }
        self.audit_crossing()?;
        let mut books = Vec::with_capacity(self.reserves.len());
        for (id, reserve) in self.reserve_ids().zip(&self.reserves) {
            let at = id.index();
            ensure(reserve.supply == supplies[at], AuditError::Supply(id))?;
            ensure(reserve.debt == debts[at], AuditError::Debt(id))?;
            books.push(reserve.audit(id)?);
        }
        Ok(books)
    }

    /// The order within the index depends on nothing but balances; whether a debt was small when it
    /// was entered depends on the price of that moment, so both places are right for it.
    fn audit_crossing(&self) -> Result<(), AuditError> {
        let mut entered = 0;
        for (id, account) in &self.accounts {
            let fits = match (self.crossing.place(*id), self.place(account)) {
                (Place::General, Place::Sorted { .. }) => true,
                (Place::Sorted { .. }, Place::General) => account.debts.len() == 1,
                (held, fresh) => held == fresh,
            };
            ensure(fits, AuditError::Crossing)?;
            entered += usize::from(!account.debts.is_empty());
        }
        ensure(entered == self.crossing.len(), AuditError::Crossing)
    }
}

impl Reserve {
    fn audit(&self, id: ReserveId) -> Result<Books, AuditError> {
        let flows = &self.flows;
        let came = flows.supplied + flows.repaid + flows.liquidated + flows.covered;
        let went = flows.withdrawn + flows.borrowed + flows.seized + flows.collected;
        ensure(came == went + wide(self.cash), AuditError::Cash(id))?;
        let backed = wide(self.cash) + wide(self.deficit) + wide(self.absorbed);
        let assets = times(backed, wide(RAY)) + times(wide(self.debt), wide(self.index.borrow));
        let claims = times(wide(self.claims()), wide(self.index.supply));
        let dust: U256 = self.dust.rounding + self.dust.interest;
        ensure(assets == claims + dust, AuditError::Balance(id))?;
        let grown = self.index.borrow >= RAY;
        ensure(grown && self.index.supply > 0, AuditError::Bounds(id))?;
        Ok(Books {
            reserve: id,
            flows: self.flows,
            cash: self.cash,
            insurance: self.insurance,
            dust: self.dust,
        })
    }
}

fn ensure(ok: bool, error: AuditError) -> Result<(), AuditError> {
    if ok { Ok(()) } else { Err(error) }
}
