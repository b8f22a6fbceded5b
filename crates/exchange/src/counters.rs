//! What has happened in an instrument since the start.

use firesale_types::{Qty, Side, Usd};
use serde::{Deserialize, Serialize};

use crate::Stage;

/// Cumulative totals of one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Trades in the book.
    pub trades: u64,
    /// Lots traded in the book.
    #[serde(with = "crate::wide")]
    pub traded_qty: i128,
    /// Value traded in the book, in micro-USD, each trade once.
    #[serde(with = "crate::wide")]
    pub traded: i128,
    /// Value of long positions closed by force at their closing price, in micro-USD, all stages.
    #[serde(with = "crate::wide")]
    pub liquidated_long: i128,
    /// The same of short positions.
    #[serde(with = "crate::wide")]
    pub liquidated_short: i128,
    /// The part of both that went through each stage, by [`Stage`].
    #[serde(with = "crate::wide::list")]
    pub liquidated_by_stage: [i128; 5],
    /// Fees of all trades, rebates subtracted, in micro-USD.
    #[serde(with = "crate::wide")]
    pub fees: i128,
    /// What longs paid to shorts as funding, in micro-USD.
    #[serde(with = "crate::wide")]
    pub funding_paid: i128,
}

impl Counters {
    /// Value closed by auto-deleveraging, in micro-USD.
    #[must_use]
    pub const fn adl(&self) -> i128 {
        self.liquidated_by_stage[Stage::Adl as usize]
    }

    pub(crate) fn trade(&mut self, qty: Qty, value: Usd, fees: Usd) {
        self.trades += 1;
        self.traded_qty += i128::from(qty.0);
        self.traded += i128::from(value.0);
        self.fees += i128::from(fees.0);
    }

    /// A forced close of a position that was on `side`.
    pub(crate) fn liquidated(&mut self, side: Side, value: Usd, stage: Stage) {
        let total = match side {
            Side::Buy => &mut self.liquidated_long,
            Side::Sell => &mut self.liquidated_short,
        };
        *total += i128::from(value.0);
        self.liquidated_by_stage[stage as usize] += i128::from(value.0);
    }
}
