//! What a book sees of its venue: it asks for positions, and each event is booked at once.

use firesale_matching::{BookEvent, CancelReason, Fill, Host, OrderHandle};
use firesale_types::{AccountId, InstrumentId, OrderId, Price, Qty, Side, Usd};

use crate::account::LIQUIDATION_SLOT;
use crate::ledger::{Margin, PerpFill, fee_on};
use crate::leg::{Leg, PositionKey, PositionMode};
use crate::spot::SpotFill;
use crate::state::State;
use crate::{Cause, Effects, Report, VenueRecord};

/// The host of one book during one call.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) out: &'a mut Effects,
    pub(crate) instrument: InstrumentId,
    /// The order on its way in, which rests nowhere yet.
    pub(crate) incoming: Option<OrderId>,
    /// The order that a replace takes out and puts in again, and its new limit price.
    pub(crate) replaced: Option<(OrderId, Price)>,
    /// Whether the incoming order was triggered at once: it keeps its slot until it is released.
    pub(crate) triggered: bool,
    /// Whether cancellations are the venue's decision and must be reported.
    pub(crate) by_venue: bool,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        state: &'a mut State,
        out: &'a mut Effects,
        instrument: InstrumentId,
    ) -> Self {
        Self {
            state,
            out,
            instrument,
            incoming: None,
            replaced: None,
            triggered: false,
            by_venue: false,
        }
    }

    fn is_incoming(&self, id: OrderId) -> bool {
        self.incoming == Some(id)
    }

    fn trade(&mut self, fill: &Fill) {
        let sides = [fill.taker_side.opposite(), fill.taker_side];
        self.exposure(fill.maker, sides[0], -fill.qty, fill.maker_left);
        let taker_rested = !self.is_incoming(fill.taker);
        if taker_rested {
            self.exposure(fill.taker, sides[1], -fill.qty, fill.taker_left);
        }
        let value = self.state.instruments[self.instrument.index()].quote(fill.price, fill.qty);
        let fees = self.settle(fill, value);
        let instrument = &mut self.state.instruments[self.instrument.index()];
        instrument.counters.trade(fill.qty, value, fees);
        instrument.traded = true;
        self.state.stir(self.instrument);
        self.free_if_filled(fill.maker, fill.maker_left);
        self.free_if_filled(fill.taker, fill.taker_left);
        let words = [
            fill.maker.0 as i64,
            fill.taker.0 as i64,
            fill.price.0,
            fill.qty.0,
        ];
        self.state.digest.mix_all(words);
        self.tell(fill);
    }

    /// Books both sides. Returns the fees.
    fn settle(&mut self, fill: &Fill, value: Usd) -> Usd {
        let rates = self.state.config.fees;
        let maker = Side::opposite(fill.taker_side);
        let sides = [
            (
                fill.maker,
                maker,
                self.state.maker_rate(fill.maker.account()),
            ),
            (fill.taker, fill.taker_side, rates.taker),
        ];
        let mut fees = Usd::ZERO;
        for (order, side, rate) in sides {
            fees += if self.state.instruments[self.instrument.index()].is_margined() {
                self.settle_perp(fill, order, side, fee_on(value, rate))
            } else {
                self.settle_spot(fill, order, side, fee_on(value, rate))
            };
        }
        fees
    }

    /// A liquidation order pays no trading fee, and the margin stays with what it leaves open.
    #[inline]
    fn settle_perp(&mut self, fill: &Fill, order: OrderId, side: Side, fee: Usd) -> Usd {
        let (fee, margin) = if is_forced(order) {
            (Usd::ZERO, Margin::Stays)
        } else {
            (fee, Margin::Returns)
        };
        self.state.book_perp(&PerpFill {
            account: order.account(),
            instrument: self.instrument,
            leg: self.leg_of(order, side),
            side,
            price: fill.price,
            qty: fill.qty,
            fee,
            margin,
        });
        fee
    }

    /// The leg that an order trades in: its slot knows it, and a liquidation order only reduces.
    #[inline]
    fn leg_of(&self, order: OrderId, side: Side) -> Leg {
        let account = &self.state.accounts[order.account().index()];
        match account.position_mode {
            PositionMode::OneWay => Leg::Net,
            mode if is_forced(order) => mode.leg(side, true),
            _ => account
                .slot(order, self.instrument)
                .map_or(Leg::Net, |slot| slot.leg),
        }
    }

    fn settle_spot(&mut self, fill: &Fill, order: OrderId, side: Side, fee: Usd) -> Usd {
        self.state.book_spot(&SpotFill {
            account: order.account(),
            instrument: self.instrument,
            side,
            price: fill.price,
            qty: fill.qty,
            fee,
        })
    }

    /// Reports and records of a fill.
    fn tell(&mut self, fill: &Fill) {
        let side = fill.taker_side;
        self.out.records.push(VenueRecord::Trade {
            instrument: self.instrument,
            price: fill.price,
            qty: fill.qty,
            taker_side: side,
            maker: fill.maker.account(),
            taker: fill.taker.account(),
            cause: Cause(fill.taker_tag),
        });
        self.tell_side(
            fill,
            fill.maker,
            (side.opposite(), fill.maker_left, fill.maker_tag),
            true,
        );
        self.tell_side(
            fill,
            fill.taker,
            (side, fill.taker_left, fill.taker_tag),
            false,
        );
    }

    #[inline]
    fn tell_side(
        &mut self,
        fill: &Fill,
        id: OrderId,
        (side, left, tag): (Side, Qty, u32),
        maker: bool,
    ) {
        let instrument = self.instrument;
        if is_forced(id) {
            if let Some(number) = Cause(tag).as_liquidation() {
                let traded = (side, fill.price, fill.qty);
                self.state
                    .note_forced_fill(number, instrument, traded, self.out);
            }
            return;
        }
        let report = Report::Fill {
            instrument,
            id,
            side,
            price: fill.price,
            qty: fill.qty,
            left,
            maker,
        };
        self.out.reports.push((id.account(), report));
    }

    /// The resting quantity of an order changed by `change` to `left`.
    fn exposure(&mut self, id: OrderId, side: Side, change: Qty, left: Qty) {
        let account = &mut self.state.accounts[id.account().index()];
        let Some((limit, leg)) = account.slot_mut(id).map(|slot| (slot.limit, slot.leg)) else {
            return;
        };
        if limit == Price::ZERO {
            return;
        }
        let instrument = &self.state.instruments[self.instrument.index()];
        let key = PositionKey::new(self.instrument, leg);
        let entry = account.entry(key, instrument.funding.index);
        entry.open[side.index()] += change;
        if side == Side::Buy && !instrument.is_margined() {
            self.reserve(id.account(), limit, left - change, left);
        }
    }

    /// A spot buy's open quantity went from one value to another: so does what it reserves.
    fn reserve(&mut self, account: AccountId, limit: Price, from: Qty, to: Qty) {
        let instrument = self.instrument;
        let of = |qty| self.state.spot_reserve(instrument, limit, qty);
        let more = of(to) - of(from);
        let account = &mut self.state.accounts[account.index()];
        account.cash -= more;
        account.entry(instrument.into(), 0).set_aside += more;
    }

    fn free_if_filled(&mut self, id: OrderId, left: Qty) {
        if left.is_zero() {
            self.state.accounts[id.account().index()].release(id);
        }
    }

    fn rested(&mut self, id: OrderId, handle: OrderHandle, side: Side, qty: Qty) {
        self.placed(id, handle);
        self.exposure(id, side, qty, qty);
    }

    fn placed(&mut self, id: OrderId, handle: OrderHandle) {
        if let Some(slot) = self.state.accounts[id.account().index()].slot_mut(id) {
            slot.handle = handle;
        }
        self.state
            .digest
            .mix_all([id.0 as i64, i64::from(handle.0)]);
    }

    fn cancelled(&mut self, id: OrderId, side: Side, qty: Qty, rested: bool, reason: CancelReason) {
        if rested {
            self.exposure(id, side, -qty, Qty::ZERO);
        }
        self.state.digest.mix_all([id.0 as i64, -qty.0]);
        if let Some((replaced, limit)) = self.replaced
            && replaced == id
            && !self.is_incoming(id)
        {
            // From here on it is an incoming order, and keeps its slot.
            self.incoming = Some(id);
            if let Some(slot) = self.state.accounts[id.account().index()].slot_mut(id) {
                slot.limit = if slot.limit == Price::ZERO {
                    Price::ZERO
                } else {
                    limit
                };
            }
            return;
        }
        self.state.accounts[id.account().index()].release(id);
        let asked = reason == CancelReason::Requested && !self.by_venue;
        if !asked && !is_forced(id) {
            let report = Report::Cancelled {
                instrument: self.instrument,
                id,
                reason,
            };
            self.out.reports.push((id.account(), report));
        }
    }
}

/// Whether an order is the venue's own, sent to liquidate its account: users cannot have its slot.
#[inline]
fn is_forced(id: OrderId) -> bool {
    id.slot() == LIQUIDATION_SLOT
}

impl Host for Desk<'_> {
    #[inline]
    fn reducible(&self, account: AccountId, side: Side) -> Qty {
        let account = &self.state.accounts[account.index()];
        account
            .position(account.key_for(self.instrument, side, true))
            .map_or(Qty::ZERO, |position| position.reducible(side))
    }

    #[inline]
    fn on_event(&mut self, event: BookEvent) {
        match event {
            BookEvent::Fill(fill) => self.trade(&fill),
            BookEvent::Rested {
                id,
                handle,
                side,
                qty,
                ..
            } => self.rested(id, handle, side, qty),
            BookEvent::Waiting { id, handle } => self.placed(id, handle),
            BookEvent::Triggered { id } => {
                self.triggered |= self.is_incoming(id);
                self.state.stir(self.instrument);
                self.state.digest.mix(id.0);
            }
            BookEvent::Cancelled {
                id,
                side,
                qty,
                price,
                reason,
            } => self.cancelled(id, side, qty, price.is_some(), reason),
            BookEvent::Reduced {
                id, side, by, left, ..
            } => {
                if !self.is_incoming(id) {
                    self.exposure(id, side, -by, left);
                }
            }
        }
    }
}
