//! What a throttled feed of liquidations shows.

use firesale_types::{InstrumentId, SimTime};
use serde::{Deserialize, Serialize};

use crate::{Effects, Exchange, Stage, VenueRecord};

/// A feed that pushes, each second, only the last liquidation order of a symbol (Binance's stream
/// of forced orders: "the latest one within 1000 ms", P). What it has shown so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Feed {
    second: Option<i64>,
    /// The order that stands for the second, in micro-dollars.
    last: i64,
    /// All seconds so far, the present one included.
    #[serde(with = "crate::wide")]
    shown: i128,
}

impl Feed {
    /// A liquidation order was filled for so much.
    fn push(&mut self, now: SimTime, notional: i64) {
        let second = now.0.div_euclid(1_000_000_000);
        if self.second == Some(second) {
            self.shown -= i128::from(self.last);
        }
        self.second = Some(second);
        self.last = notional;
        self.shown += i128::from(notional);
    }
}

impl Exchange {
    /// Shows the feed the liquidations among the records from `first` on: all fills of one
    /// liquidation in one event are one order, of one of the accounts that its account stands for.
    /// Auto-deleveraging is not in the feed.
    pub(crate) fn watch_feed(&mut self, first: usize, now: SimTime, out: &Effects) {
        let mut order: Option<(u32, InstrumentId, i64)> = None;
        for record in &out.records[first..] {
            let VenueRecord::Liquidation {
                id,
                account,
                instrument,
                qty,
                fill_price,
                stage,
                ..
            } = *record
            else {
                continue;
            };
            if stage == Stage::Adl {
                continue;
            }
            let weight = i64::from(self.state.accounts[account.index()].weight);
            let unit = self.state.instruments[instrument.index()].unit;
            let notional = crate::limits::value(qty.0, fill_price.0, unit) / weight;
            order = match order {
                Some((same, at, sum)) if (same, at) == (id, instrument) => {
                    Some((id, instrument, sum + notional))
                }
                before => {
                    self.show(before, now);
                    Some((id, instrument, notional))
                }
            };
        }
        self.show(order, now);
    }

    fn show(&mut self, order: Option<(u32, InstrumentId, i64)>, now: SimTime) {
        if let Some((_, instrument, notional)) = order {
            self.state.platform.feeds[instrument.index()].push(now, notional);
        }
    }

    /// What a feed of one liquidation a second has shown of an instrument, in micro-dollars;
    /// beside it stands what was liquidated, in [`Self::counters`].
    #[must_use]
    pub fn liquidated_in_feed(&self, instrument: InstrumentId) -> i128 {
        self.state.platform.feeds[instrument.index()].shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_second_counts() {
        let mut feed = Feed::default();
        for (ms, notional) in [(0, 5), (999, 7), (1000, 1), (1500, 2), (5000, 4)] {
            feed.push(SimTime(ms * 1_000_000), notional);
        }
        assert_eq!(feed.shown, 7 + 2 + 4);
    }
}
