//! Rows of Bitstamp's order events, in both forms.

use firesale_matching::MAX_PRICE;
use firesale_types::{Price, Side};

use crate::replay::ReplayError;
use crate::replay::source::Line;

/// What a row says of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Created,
    Changed,
    Deleted,
}

/// One order event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) id: u64,
    /// In milliseconds.
    pub(crate) time: i64,
    /// In cents, from 1 to what a book takes at most: the feed has bids at less than a cent, rounded
    /// to nothing, and market orders with a price of nothing (sells) or a billion dollars (buys).
    pub(crate) price: Price,
    /// What is open, in satoshi.
    pub(crate) volume: i64,
    pub(crate) action: Action,
    pub(crate) side: Side,
}

/// How a form writes its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) header: [&'static str; 7],
    /// The column of the time by which events are ordered.
    time: usize,
    volume_decimals: usize,
}

/// Exchange time in milliseconds, volumes in BTC.
pub(crate) const FORM_2026: Form = Form {
    header: [
        "id",
        "timestamp",
        "exchange_timestamp",
        "price",
        "volume",
        "action",
        "direction",
    ],
    time: 2,
    volume_decimals: 8,
};

/// The exchange's time is that of the order's creation, in whole seconds: the local time counts.
pub(crate) const FORM_2015: Form = Form {
    header: [
        "id",
        "timestamp",
        "exchange.timestamp",
        "price",
        "volume",
        "action",
        "direction",
    ],
    time: 1,
    volume_decimals: 0,
};

/// Prices are in dollars with two decimals.
pub(crate) const PRICE_DECIMALS: usize = 2;

impl Form {
    pub(crate) fn row(&self, line: &Line<'_>) -> Result<Row, ReplayError> {
        line.expect_fields(self.header.len())?;
        let side = match line.text(6, "direction")? {
            "bid" => Side::Buy,
            "ask" => Side::Sell,
            other => return Err(line.error(format!("the direction {other:?} is not bid or ask"))),
        };
        let action = match line.text(5, "action")? {
            "created" => Action::Created,
            "changed" => Action::Changed,
            "deleted" => Action::Deleted,
            other => {
                let what = format!("the action {other:?} is not created, changed or deleted");
                return Err(line.error(what));
            }
        };
        let volume = line.decimal(4, "volume", self.volume_decimals)?;
        if volume < 0 {
            return Err(line.error("the volume is negative"));
        }
        Ok(Row {
            line: line.number,
            id: line.integer(0, "id")?,
            time: line.integer(self.time, self.header[self.time])?,
            price: in_range(line.decimal(3, "price", PRICE_DECIMALS)?),
            volume,
            action,
            side,
        })
    }
}

const fn in_range(cents: i64) -> Price {
    if cents < 1 {
        Price(1)
    } else if cents > MAX_PRICE.0 {
        MAX_PRICE
    } else {
        Price(cents)
    }
}
