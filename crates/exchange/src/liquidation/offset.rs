//! Before anything else of a cross account in hedge mode is sold: its opposite legs close each other.
//!
//! Both close at the mark, so that nobody gains or loses; what they needed as margin is free. Binance
//! lets the long and the short position of one contract trade with each other as the first step after
//! the open orders are cancelled (M, remembered and unverified). Bybit goes further and never
//! liquidates more than the net position of a cross account ("A fully hedged position will not be
//! liquidated", help.bybit.com, "Liquidation Process (USDT Contract)", P): there maintenance margin
//! is netted, here it is not.

use firesale_types::{AccountId, InstrumentId, Side, Usd};

use crate::ledger::{Margin, PerpFill};
use crate::leg::PositionMode;
use crate::state::State;
use crate::{Effects, Report};

impl State {
    /// Closes the legs of an account against each other, in every instrument in which it has both.
    /// Returns whether there was any.
    pub(super) fn offset_legs(&mut self, account: AccountId, out: &mut Effects) -> bool {
        let mut any = false;
        if self.accounts[account.index()].position_mode == PositionMode::Hedge {
            for at in 0..self.instruments.len() {
                any |= self.offset_in(account, InstrumentId(at as u16), out);
            }
        }
        any
    }

    fn offset_in(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        out: &mut Effects,
    ) -> bool {
        let [long, short] = match self.accounts[account.index()].entries_in(instrument) {
            [long, short] => [long.qty.abs(), short.qty.abs()],
            _ => return false,
        };
        let qty = long.min(short);
        if qty.is_zero() {
            return false;
        }
        let price = self.instruments[instrument.index()].mark;
        for side in [Side::Sell, Side::Buy] {
            self.book_perp(&PerpFill {
                account,
                instrument,
                leg: self.leg_of(account, side, true),
                side,
                price,
                qty,
                fee: Usd::ZERO,
                margin: Margin::Stays,
            });
        }
        self.digest
            .mix_all([i64::from(account.0), i64::from(instrument.0), qty.0]);
        let report = Report::Offset {
            instrument,
            qty,
            price,
        };
        out.reports.push((account, report));
        true
    }
}
