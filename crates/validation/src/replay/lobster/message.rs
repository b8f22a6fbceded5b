//! Lines of a message file.

use firesale_matching::MAX_PRICE;
use firesale_types::{Price, Side};

use crate::replay::ReplayError;
use crate::replay::source::Line;

/// No order and no level is larger than this.
pub(super) const MAX_SIZE: i64 = 1 << 40;

/// What a message says, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 1: a new limit order.
    New,
    /// 2: part of an order is cancelled.
    Reduce,
    /// 3: an order is deleted.
    Delete,
    /// 4: a visible order trades.
    Execution,
    /// 5: a hidden order trades: nothing visible changes.
    Hidden,
    /// 6: a cross, of an auction for instance: nothing visible changes.
    Cross,
    /// 7, price -1: trading stops.
    Halt,
    /// 7, price 0: quoting resumes.
    Quoting,
    /// 7, price 1: trading resumes.
    Resume,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) line: u64,
    pub(super) kind: Kind,
    pub(super) id: u64,
    /// In shares.
    pub(super) size: i64,
    /// In units of 10^-4 dollars.
    pub(super) price: Price,
    /// The side of the order, not of the trade.
    pub(super) side: Side,
}

impl Message {
    /// Time, type, order id, size, price, direction; further fields are ignored. What a message
    /// that does not touch the book says of id and size is ignored as well.
    pub(super) fn parse(line: &Line<'_>) -> Result<Self, ReplayError> {
        if line.len() < 6 {
            return Err(line.error(format!("{} fields where 6 are expected", line.len())));
        }
        line.expect_number(0, "time")?;
        let price: i64 = line.integer(4, "price")?;
        let kind = kind(line, price)?;
        let size: i64 = line.integer(3, "size")?;
        let id: i64 = line.integer(2, "order id")?;
        let touches_book = matches!(
            kind,
            Kind::New | Kind::Reduce | Kind::Delete | Kind::Execution
        );
        if touches_book && !(1..=MAX_PRICE.0).contains(&price) {
            return Err(line.error(format!("the price {price} is out of range")));
        }
        if touches_book && size <= 0 {
            return Err(line.error(format!("the size {size} is not positive")));
        }
        if touches_book && size > MAX_SIZE {
            return Err(line.error(format!("the size {size} is more than a book takes")));
        }
        if touches_book && id < 0 {
            return Err(line.error(format!("the order id {id} is negative")));
        }
        let side = match line.integer(5, "direction")? {
            1 => Side::Buy,
            -1 => Side::Sell,
            other => return Err(line.error(format!("the direction {other} is not 1 or -1"))),
        };
        Ok(Self {
            line: line.number,
            kind,
            id: id.max(0).cast_unsigned(),
            size,
            price: Price(price),
            side,
        })
    }
}

fn kind(line: &Line<'_>, price: i64) -> Result<Kind, ReplayError> {
    Ok(match (line.integer(1, "type")?, price) {
        (1, _) => Kind::New,
        (2, _) => Kind::Reduce,
        (3, _) => Kind::Delete,
        (4, _) => Kind::Execution,
        (5, _) => Kind::Hidden,
        (6, _) => Kind::Cross,
        (7, -1) => Kind::Halt,
        (7, 0) => Kind::Quoting,
        (7, 1) => Kind::Resume,
        (7, other) => {
            return Err(line.error(format!(
                "a halt with price {other} where -1, 0 or 1 belongs"
            )));
        }
        (other, _) => return Err(line.error(format!("the type {other} is not one of 1 to 7"))),
    })
}
