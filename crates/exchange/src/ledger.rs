//! Booking trades in perpetuals: quantity, cost basis, realised profit, margin, fees, funding.
//!
//! A fill's value is computed once and booked on both sides: the buyer's cost grows by it, the
//! seller's falls by it. Closing moves the realised part from cost to cash, so that over all
//! accounts the sum of (cash - cost) never changes but by deposits and withdrawals.

use firesale_types::{AccountId, InstrumentId, Price, Qty, Rate, Rounding, Side, Usd, mul_div};

use crate::Exchange;
use crate::account::{Account, MarginMode, Position};
use crate::instrument::Instrument;
use crate::leg::{Leg, PositionKey};
use crate::state::State;
use crate::tiers::part_up;

/// What becomes of the margin of an isolated position that shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Margin {
    /// Its proportional part returns to the cash, with the profit.
    Returns,
    /// It stays until the position is closed, profit included: liquidation must not drain it.
    Stays,
}

/// One side of a trade in a perpetual.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerpFill {
    pub(crate) account: AccountId,
    pub(crate) instrument: InstrumentId,
    /// Which of the account's positions there.
    pub(crate) leg: Leg,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) qty: Qty,
    /// Positive if paid.
    pub(crate) fee: Usd,
    pub(crate) margin: Margin,
}

impl State {
    /// Books one side of a trade.
    pub(crate) fn book_perp(&mut self, fill: &PerpFill) {
        let instrument = &mut self.instruments[fill.instrument.index()];
        let account = &mut self.accounts[fill.account.index()];
        let key = PositionKey::new(fill.instrument, fill.leg);
        let at = match account.find(key) {
            Ok(at) => at,
            Err(at) => {
                let new = Position::new(key, instrument.funding.index);
                account.positions.insert(at, new);
                at
            }
        };
        let funding = settle_funding(account, at, instrument.funding.index);
        let before = account.positions[at].qty;
        let signed = Qty(fill.side.sign() * fill.qty.0);
        let closing = fill.qty.0.min(account.positions[at].reducible(fill.side).0);
        if closing > 0 {
            let profit = close(
                account,
                at,
                instrument.quote(fill.price, Qty(closing)),
                Qty(closing),
                fill.margin,
            );
            if let Some(realised) = &mut self.realised {
                realised.add(fill.account, fill.instrument, profit);
            }
        }
        if closing < fill.qty.0 {
            let opening = Qty(fill.side.sign() * (fill.qty.0 - closing));
            open(account, at, instrument, fill.price, opening);
            instrument.openings += 1;
        }
        pay_fee(account, at, fill.fee);
        instrument.open_interest += Qty((before + signed).0.max(0) - before.0.max(0));
        if !account.positions[at].listed {
            account.list(at, fill.account, &mut instrument.holders);
        }
        self.accounts[Exchange::FUNDING.index()].cash -= funding;
        self.accounts[Exchange::FEES.index()].cash += fill.fee;
        self.touch(fill.account, true);
    }

    /// Settles the funding of one position of an account.
    pub(crate) fn settle(&mut self, account: AccountId, at: usize) {
        let state = &mut self.accounts[account.index()];
        let instrument = state.positions[at].instrument;
        let index = self.instruments[instrument.index()].funding.index;
        let received = settle_funding(state, at, index);
        self.accounts[Exchange::FUNDING.index()].cash -= received;
    }
}

/// What a position receives (or pays, if negative) for the funding since it was last settled:
/// quantity times the change of the cumulative index, rounded down. The dust stays in the pool.
#[inline]
pub(crate) fn funding_due(position: &Position, index: i64) -> Usd {
    let change = index - position.funding;
    if change == 0 {
        return Usd::ZERO;
    }
    let scaled = -i128::from(position.qty.0) * i128::from(change);
    let due = match i64::try_from(scaled) {
        Ok(small) => i128::from(small.div_euclid(FUNDING_SCALE)),
        Err(_) => scaled.div_euclid(i128::from(FUNDING_SCALE)),
    };
    const BOUND: i128 = (i64::MAX / 4) as i128;
    Usd(due.clamp(-BOUND, BOUND) as i64)
}

/// The cumulative funding index stays inside plus and minus this.
pub(crate) const FUNDING_BOUND: i64 = i64::MAX / 4;

/// Units of the cumulative funding index in one micro-USD per lot.
pub(crate) const FUNDING_SCALE: i64 = 1_000_000;

/// Pays funding into cash, or into the margin of an isolated position. Returns what was received.
#[inline]
fn settle_funding(account: &mut Account, at: usize, index: i64) -> Usd {
    let position = &mut account.positions[at];
    let received = funding_due(position, index);
    position.funding = index;
    if received.is_zero() {
        return received;
    }
    match account.mode {
        MarginMode::Cross | MarginMode::Portfolio => account.cash += received,
        MarginMode::Isolated => position.set_aside += received,
    }
    received
}

/// Adds to a position on its own side. An isolated one sets its initial margin aside, as far as
/// the cash reaches: a price that ran away between order and fill leaves it with more leverage.
fn open(account: &mut Account, at: usize, instrument: &Instrument, price: Price, qty: Qty) {
    let weight = account.weight;
    let position = &mut account.positions[at];
    let quote = instrument.quote(price, qty);
    position.qty += qty;
    position.cost += quote;
    if account.mode == MarginMode::Isolated {
        let rate = initial_rate_of(position, instrument, price, weight);
        let margin = Usd(part_up(quote.abs().0, rate).min(account.cash.0).max(0));
        account.cash -= margin;
        position.set_aside += margin;
    }
}

/// The initial margin rate that the whole position needs at a price.
fn initial_rate_of(position: &Position, instrument: &Instrument, price: Price, weight: u32) -> i64 {
    let notional = Usd(crate::limits::value(
        position.qty.0.abs(),
        price.0,
        instrument.unit,
    ));
    instrument
        .initial_rate(notional, weight)
        .max(i64::from(position.chosen_initial))
}

/// Takes part of a position off: `quote` is what the closed quantity is worth at the fill's price.
/// The cost basis is split in proportion, a half to the even micro-dollar. Returns the profit.
fn close(account: &mut Account, at: usize, quote: Usd, closing: Qty, margin: Margin) -> Usd {
    let position = &mut account.positions[at];
    let held = position.qty.abs();
    let sign = position.qty.0.signum();
    let part = |whole: Usd, rounding| {
        if closing == held {
            whole
        } else {
            // Not above the whole, so it fits.
            mul_div(whole.0, closing.0, held.0, rounding).map_or(whole, Usd)
        }
    };
    let cost = part(position.cost, Rounding::HalfEven);
    let profit = Usd(sign * quote.0) - cost;
    position.qty -= Qty(sign * closing.0);
    position.cost -= cost;
    if !account.mode.is_isolated() {
        account.cash += profit;
        return profit;
    }
    match margin {
        Margin::Stays => position.set_aside += profit,
        Margin::Returns => {
            // A loss beyond the released part is borne by the margin that stays, not by the cash.
            let released = part(position.set_aside, Rounding::Floor) + profit;
            let to_cash = Usd(released.0.max(0));
            position.set_aside += profit - to_cash;
            account.cash += to_cash;
        }
    }
    profit
}

/// Takes a fee from the cash; what the cash of an isolated account cannot pay comes from the
/// position's margin.
fn pay_fee(account: &mut Account, at: usize, fee: Usd) {
    let from_cash = match account.mode {
        MarginMode::Cross | MarginMode::Portfolio => fee,
        MarginMode::Isolated => Usd(fee.0.min(account.cash.0.max(0))),
    };
    account.cash -= from_cash;
    account.positions[at].set_aside -= fee - from_cash;
}

/// A fee or rebate on a value, rounded up: the dust is the venue's.
#[inline]
pub(crate) fn fee_on(value: Usd, rate: Rate) -> Usd {
    if rate.0 >= 0 {
        Usd(part_up(value.0, rate.0))
    } else {
        let magnitude = -rate.0;
        let rest = value.0 % Rate::ONE.0 * magnitude / Rate::ONE.0;
        Usd(-(value.0 / Rate::ONE.0 * magnitude + rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountSpec;

    fn position(qty: i64, cost: i64) -> Position {
        Position {
            qty: Qty(qty),
            cost: Usd(cost),
            ..Position::new(InstrumentId(0), 0)
        }
    }

    fn account(mode: MarginMode, position: Position) -> Account {
        let mut account = Account::new(&AccountSpec {
            margin_mode: mode,
            ..AccountSpec::default()
        });
        account.positions.push(position);
        account
    }

    #[test]
    fn fees_round_up_and_rebates_towards_zero() {
        assert_eq!(fee_on(Usd(1_000_000), Rate::bps(5)), Usd(500));
        assert_eq!(fee_on(Usd(1_000_001), Rate::bps(5)), Usd(501));
        assert_eq!(fee_on(Usd(1_000_001), Rate::bps(-5)), Usd(-500));
        assert_eq!(fee_on(Usd(19_999), Rate::bps(-1)), Usd(-1));
        assert_eq!(fee_on(Usd(12_000_019_999), Rate::bps(-1)), Usd(-1_200_001));
    }

    #[test]
    fn closing_splits_the_cost_exactly() {
        let mut account = account(MarginMode::Cross, position(-3, -100));
        close(&mut account, 0, Usd(30), Qty(1), Margin::Returns);
        // A third of the cost is 33: profit 33 - 30.
        assert_eq!(
            (account.cash, account.positions[0].cost),
            (Usd(3), Usd(-67))
        );
        close(&mut account, 0, Usd(80), Qty(2), Margin::Returns);
        assert_eq!(
            (account.cash, account.positions[0].cost),
            (Usd(-10), Usd(0))
        );
    }

    #[test]
    fn isolated_margin_returns_in_proportion() {
        let with = Position {
            set_aside: Usd(50),
            ..position(10, 1000)
        };
        let mut account = account(MarginMode::Isolated, with);
        // Half sold at 90: loss 50, released 25: the margin that stays pays the other 25.
        close(&mut account, 0, Usd(450), Qty(5), Margin::Returns);
        assert_eq!(
            (account.cash, account.positions[0].set_aside),
            (Usd(0), Usd(0))
        );
        let with = Position {
            set_aside: Usd(50),
            ..position(10, 1000)
        };
        let mut account = self::account(MarginMode::Isolated, with);
        close(&mut account, 0, Usd(490), Qty(5), Margin::Returns);
        assert_eq!(
            (account.cash, account.positions[0].set_aside),
            (Usd(15), Usd(25))
        );
        close(&mut account, 0, Usd(510), Qty(5), Margin::Stays);
        assert_eq!(
            (account.cash, account.positions[0].set_aside),
            (Usd(15), Usd(35))
        );
    }

    #[test]
    fn funding_rounds_down_for_either_side() {
        let due = |qty| funding_due(&position(qty, 0), 1_500_000).0;
        assert_eq!([due(1), due(-1), due(3), due(0)], [-2, 1, -5, 0]);
        assert_eq!(due(i64::MAX / 8), -(i64::MAX / 8) / 2 * 3 - 2);
    }
}
