//! Whose positions vault and fund hold: the cause of what they sell.

use firesale_types::{AccountId, InstrumentId, Qty};
use serde::{Deserialize, Serialize};

use crate::Cause;
use crate::state::State;

/// The largest part of what an account of the venue has taken over in an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holding {
    account: AccountId,
    instrument: InstrumentId,
    /// The liquidation it came from.
    liquidation: u32,
    lots: Qty,
}

impl State {
    /// An account of the venue has taken over lots (long positive) of a liquidation.
    pub(crate) fn note_holding(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        liquidation: u32,
        lots: Qty,
    ) {
        let position = self.accounts[account.index()].position(instrument.into());
        let before = position.map_or(0, |position| position.qty.0) - lots.0;
        let fresh = before == 0 || (before < 0) != (lots.0 < 0);
        let new = Holding {
            account,
            instrument,
            liquidation,
            lots: lots.abs(),
        };
        let mut known = self.genealogy.holdings.iter_mut();
        match known.find(|one| one.account == account && one.instrument == instrument) {
            Some(known) if fresh || new.lots > known.lots => *known = new,
            Some(_) => {}
            None => self.genealogy.holdings.push(new),
        }
    }

    /// The cause of a sale of what an account of the venue holds.
    pub(crate) fn cause_of_unwinding(&self, account: AccountId, instrument: InstrumentId) -> Cause {
        let mut known = self.genealogy.holdings.iter();
        let known = known.find(|one| one.account == account && one.instrument == instrument);
        known.map_or(Cause::UNWIND, |one| Cause::unwind(one.liquidation))
    }
}
