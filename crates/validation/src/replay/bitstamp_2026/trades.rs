//! The published trades of a `bitstamp-2026` file.

use std::path::Path;

use firesale_types::Side;

use crate::replay::bitstamp::PRICE_DECIMALS;
use crate::replay::feed::Feed;
use crate::replay::source::Line;
use crate::replay::{ReplayError, Trade};

const HEADER: [&str; 8] = [
    "trade_id",
    "timestamp",
    "exchange_timestamp",
    "price",
    "amount",
    "buy_order_id",
    "sell_order_id",
    "side",
];

/// A trade and its line.
type Numbered = (Trade, u64);

/// Trades in the order of their exchange time.
pub(super) struct Trades {
    feed: Feed<Numbered>,
    next: Option<(i64, Numbered)>,
}

impl Trades {
    pub(super) fn open(file: &Path) -> Result<Self, ReplayError> {
        let mut feed = Feed::open(file, &HEADER, super::PATIENCE, parse)?;
        let next = feed.next()?;
        Ok(Self { feed, next })
    }

    /// The next trade up to a moment.
    pub(super) fn until(&mut self, time: i64) -> Result<Option<Numbered>, ReplayError> {
        match self.next {
            Some((at, numbered)) if at <= time => {
                self.next = self.feed.next()?;
                Ok(Some(numbered))
            }
            _ => Ok(None),
        }
    }
}

fn parse(line: &Line<'_>) -> Result<(i64, Numbered), ReplayError> {
    line.expect_fields(HEADER.len())?;
    let buyer = line.integer(5, "buy_order_id")?;
    let seller = line.integer(6, "sell_order_id")?;
    let (taker_side, taker, maker) = match line.text(7, "side")? {
        "buy" => (Side::Buy, buyer, seller),
        "sell" => (Side::Sell, seller, buyer),
        other => return Err(line.error(format!("the side {other:?} is not buy or sell"))),
    };
    let trade = Trade {
        maker,
        taker,
        taker_side,
        price: line.decimal(3, "price", PRICE_DECIMALS)?,
        qty: line.decimal(4, "amount", 8)?,
    };
    if trade.price <= 0 || trade.qty <= 0 {
        return Err(line.error("the price and the amount of a trade are above zero"));
    }
    Ok((line.integer(2, "exchange_timestamp")?, (trade, line.number)))
}
