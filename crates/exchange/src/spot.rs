//! Booking spot trades, and what open spot orders reserve. Nothing is borrowed.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};

use crate::Exchange;
use crate::account::Account;
use crate::instrument::Instrument;
use crate::ledger::fee_on;
use crate::state::State;

/// One side of a spot trade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpotFill {
    pub(crate) account: AccountId,
    pub(crate) instrument: InstrumentId,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) qty: Qty,
    /// Positive if paid.
    pub(crate) fee: Usd,
}

impl State {
    /// Books one side of a spot trade. Returns the fee that was paid: a buyer pays no more than it
    /// has left, which matters only for the micro-dollars by which the fees of many small fills
    /// exceed the fee of the whole order.
    pub(crate) fn book_spot(&mut self, fill: &SpotFill) -> Usd {
        let instrument = &self.instruments[fill.instrument.index()];
        let quote = instrument.quote(fill.price, fill.qty);
        let base = base_amount(instrument, fill.qty);
        let asset = self.assets[instrument.base].id;
        let account = &mut self.accounts[fill.account.index()];
        let fee = match fill.side {
            Side::Buy => {
                account.cash -= quote;
                *account.balance_mut(asset) += base;
                Usd(fill.fee.0.min(account.cash.0.max(0)))
            }
            Side::Sell => {
                account.cash += quote;
                *account.balance_mut(asset) -= base;
                fill.fee
            }
        };
        account.cash -= fee;
        self.accounts[Exchange::FEES.index()].cash += fee;
        self.touch(fill.account, true);
        fee
    }

    /// What a spot buy of `qty` at its limit price reserves: its value and the higher fee.
    pub(crate) fn spot_reserve(&self, instrument: InstrumentId, price: Price, qty: Qty) -> Usd {
        let fees = &self.config.fees;
        let value = self.instruments[instrument.index()].quote(price, qty);
        let rate = fees.taker.max(fees.maker).max(firesale_types::Rate::ZERO);
        value + fee_on(value, rate)
    }

    /// Base asset of an account that no open sell order has reserved.
    pub(crate) fn free_base(&self, account: &Account, base: usize) -> Usd {
        let reserved: i64 = account
            .positions
            .iter()
            .map(|position| (position, &self.instruments[position.instrument.index()]))
            .filter(|(_, instrument)| !instrument.is_margined() && instrument.base == base)
            .map(|(position, i)| base_amount(i, position.open[Side::Sell.index()]).0)
            .sum();
        account.balance(self.assets[base].id) - Usd(reserved)
    }
}

/// A quantity of a spot instrument in millionths of its base asset.
#[inline]
pub(crate) fn base_amount(instrument: &Instrument, qty: Qty) -> Usd {
    Usd(qty.0 * instrument.lot_units)
}
