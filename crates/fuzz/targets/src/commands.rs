//! From bytes to events: every byte string is a stream of commands, and small changes of the bytes
//! are small changes of the commands.
//!
//! A command is an operation byte and the bytes of its arguments. Most numbers are one byte, mapped
//! to where the interesting values are; [`RAW`] announces eight bytes that are taken as they are.

use firesale_exchange::{Exchange, ExchangeEvent, Leg};
use firesale_matching::{
    OrderRequest, Pricing, SelfTrade, TimeInForce, Trigger, TriggerSource, TriggerWhen,
};
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Side, SimDuration, SimTime, Usd,
};

use crate::venue_rules::{INSTRUMENTS, SLOTS, USERS};

/// The byte that says that a whole number follows.
const RAW: u8 = 0x80;

/// One step of a stream.
pub(crate) enum Command {
    /// Something happens now.
    Event(ExchangeEvent),
    /// Time passes; the venue's own events come due.
    Wait(SimDuration),
    /// The venue is written down and read back.
    Checkpoint,
}

/// The rest of the bytes.
pub(crate) struct Commands<'a> {
    bytes: &'a [u8],
    seq: u16,
}

impl<'a> Commands<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, seq: 0 }
    }

    /// The next command; `None` at the end.
    pub(crate) fn next(&mut self, now: SimTime, venue: &Exchange) -> Option<Command> {
        let operation = *self.bytes.first()?;
        self.bytes = &self.bytes[1..];
        Some(match operation {
            0..32 => Command::Wait(self.span()),
            255 => Command::Checkpoint,
            _ => Command::Event(self.event(operation, now, venue)),
        })
    }

    fn event(&mut self, operation: u8, now: SimTime, venue: &Exchange) -> ExchangeEvent {
        match operation {
            0..128 => self.order(operation, now, venue),
            128..146 => {
                let (instrument, id) = (self.instrument(), self.open_id(venue));
                ExchangeEvent::Cancel { instrument, id }
            }
            146..164 => ExchangeEvent::Replace {
                instrument: self.instrument(),
                id: self.open_id(venue),
                price: self.price(venue),
                qty: self.qty(),
            },
            164..168 => ExchangeEvent::CancelAll {
                account: self.account(),
            },
            168..192 => self.transfer(operation),
            192..240 => self.outside(operation, venue),
            _ => self.machinery(operation),
        }
    }

    fn transfer(&mut self, operation: u8) -> ExchangeEvent {
        let (account, amount) = (self.account(), self.amount());
        let asset = AssetId(u16::from(operation >> 2) % 4);
        match operation % 4 {
            0 => ExchangeEvent::Deposit {
                account,
                asset,
                amount,
            },
            1 | 2 => ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            },
            _ => ExchangeEvent::AddMargin {
                account,
                instrument: self.instrument(),
                leg: [Leg::Net, Leg::Long, Leg::Short][usize::from(operation >> 2) % 3],
                amount,
            },
        }
    }

    /// Prices from elsewhere, relative to those of the venue.
    fn outside(&mut self, operation: u8, venue: &Exchange) -> ExchangeEvent {
        let instrument = InstrumentId(u16::from(operation >> 2) % INSTRUMENTS);
        match operation % 4 {
            0 | 1 => {
                let dollars = if instrument.0 == 1 {
                    333_333
                } else {
                    1_000_000
                };
                let index = venue.index(instrument);
                let price = self.near(index.0.saturating_mul(dollars));
                ExchangeEvent::IndexPrice {
                    asset: venue.config().instruments[instrument.index()].base,
                    price: Usd(price),
                }
            }
            2 => ExchangeEvent::SetMark {
                instrument,
                price: Price(self.near(venue.mark(instrument).0)),
            },
            _ => ExchangeEvent::OtherMid {
                instrument,
                price: Some(Price(self.near(venue.index(instrument).0))),
            },
        }
    }

    /// Halts, and events that only the venue itself should send.
    fn machinery(&mut self, operation: u8) -> ExchangeEvent {
        let instrument = self.instrument();
        match operation % 8 {
            0 => ExchangeEvent::Halt { instrument },
            1 => ExchangeEvent::Reopen { instrument },
            2 => ExchangeEvent::Expire { instrument },
            3 => ExchangeEvent::ReleaseTriggered { instrument },
            4 => ExchangeEvent::MarkTick,
            5 => ExchangeEvent::FundingSample { instrument },
            6 => ExchangeEvent::FundingPayment { instrument },
            _ => {
                let (account, which) = (self.account(), self.byte());
                ExchangeEvent::Liquidate {
                    account,
                    isolated: (which % 2 == 1).then_some(instrument.into()),
                    liquidation: u32::from(which / 2 % 16),
                }
            }
        }
    }

    fn order(&mut self, operation: u8, now: SimTime, venue: &Exchange) -> ExchangeEvent {
        let (account, slot) = self.account_and_slot();
        let instrument = self.instrument();
        self.seq = self.seq.wrapping_add(1);
        let id = OrderId::new(account, slot, self.seq);
        let side = if operation.is_multiple_of(2) {
            Side::Buy
        } else {
            Side::Sell
        };
        let limit = self.price_in(instrument, venue);
        let mut request = OrderRequest::limit(id, side, limit, self.qty());
        // Half of the orders are plain limit orders; the others spend two bytes on options.
        if operation >= 80 {
            self.options(&mut request, instrument, now, venue);
        }
        ExchangeEvent::Order {
            instrument,
            request,
        }
    }

    fn options(
        &mut self,
        request: &mut OrderRequest,
        instrument: InstrumentId,
        now: SimTime,
        venue: &Exchange,
    ) {
        let (kind, flags) = (self.byte(), self.byte());
        if kind & 1 == 1 {
            request.pricing = Pricing::Market;
        }
        request.tif = match kind >> 1 & 3 {
            0 => TimeInForce::Gtc,
            1 => TimeInForce::Ioc,
            2 => TimeInForce::Fok,
            _ => TimeInForce::Gtd(now + self.span()),
        };
        request.self_trade = [
            SelfTrade::CancelNewest,
            SelfTrade::CancelOldest,
            SelfTrade::Decrement,
        ][usize::from(kind >> 3 & 3) % 3];
        request.tag = u32::from(kind >> 5) * 3;
        request.post_only = flags & 1 == 1;
        request.reduce_only = flags & 2 == 2;
        request.display = (flags & 12 == 12).then(|| self.qty());
        if flags & 16 == 16 {
            request.trigger = Some(Trigger {
                source: [
                    TriggerSource::Last,
                    TriggerSource::Mark,
                    TriggerSource::Index,
                ][usize::from(flags >> 5 & 3) % 3],
                when: if flags & 128 == 128 {
                    TriggerWhen::AtOrAbove
                } else {
                    TriggerWhen::AtOrBelow
                },
                price: self.price_in(instrument, venue),
            });
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        first
    }

    fn whole(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// From a millisecond to eight seconds; short ones are the finer.
    fn span(&mut self) -> SimDuration {
        let byte = i64::from(self.byte());
        SimDuration::millis(1 + byte * byte / 8)
    }

    /// Users, now and then the venue's own accounts, and one that does not exist.
    fn account(&mut self) -> AccountId {
        self.account_and_slot().0
    }

    fn account_and_slot(&mut self) -> (AccountId, u16) {
        let byte = self.byte();
        let account = match byte >> 3 {
            29 => 0,
            30 => Exchange::INSURANCE.0 + u32::from(byte & 3),
            31 => 999,
            n => Exchange::SYSTEM_ACCOUNTS + u32::from(n) % USERS,
        };
        (AccountId(account), u16::from(byte) % (SLOTS + 1))
    }

    /// The instruments, and one that does not exist.
    fn instrument(&mut self) -> InstrumentId {
        match self.byte() {
            255 => InstrumentId(INSTRUMENTS),
            byte => InstrumentId(u16::from(byte) % INSTRUMENTS),
        }
    }

    /// The order in a slot if there is one, else one that never was.
    fn open_id(&mut self, venue: &Exchange) -> OrderId {
        let (account, slot) = self.account_and_slot();
        let known = account.0 < venue.accounts();
        let open = known.then(|| venue.open_order(account, slot)).flatten();
        open.map_or(OrderId::new(account, slot, self.seq), |order| order.id)
    }

    fn price(&mut self, venue: &Exchange) -> Price {
        self.price_in(InstrumentId(0), venue)
    }

    /// A price on the grid near the mark, or any number.
    fn price_in(&mut self, instrument: InstrumentId, venue: &Exchange) -> Price {
        if self.bytes.first() == Some(&RAW) {
            self.byte();
            return Price(self.whole());
        }
        let known = venue.config().instruments.get(instrument.index());
        let mark = known.map_or(1_000, |_| venue.mark(instrument).0);
        let grid = known.map_or(1, |rules| rules.price_step);
        let price = self.near(mark);
        Price(price - price % grid)
    }

    /// A value around another: within a percent in the middle of the byte's range, up to half as
    /// much again at its ends.
    fn near(&mut self, value: i64) -> i64 {
        let byte = self.byte();
        if byte == RAW {
            return self.whole();
        }
        let offset = i128::from(byte as i8);
        let part = i128::from(value) * offset * offset * offset / 4_100_000;
        (i128::from(value) + part).clamp(1, i128::from(i64::MAX)) as i64
    }

    /// Mostly a few lots on the grid of all instruments, sometimes up to 127, or any number.
    fn qty(&mut self) -> Qty {
        let byte = self.byte();
        Qty(match byte {
            RAW => self.whole(),
            0..128 => 2 * (1 + i64::from(byte) % 8),
            _ => i64::from(byte & 127),
        })
    }

    /// Up to two thousand dollars of either sign; or any number.
    fn amount(&mut self) -> Usd {
        let byte = self.byte();
        if byte == RAW {
            return Usd(self.whole());
        }
        let size = i64::from(byte as i8);
        Usd(size * size * size * 1_000 + size)
    }
}
