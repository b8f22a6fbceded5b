//! The venue: its books and its state, and the one function that moves them.

use firesale_matching::{BookConfig, OrderBook, TriggerSource};
use firesale_types::{AccountId, InstrumentId, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::state::State;
use crate::{
    ConfigError, Effects, ExchangeEvent, FundingRule, InstrumentConfig, Later, PositionKey,
    VenueConfig,
};

/// One venue.
///
/// It changes only through [`Exchange::apply`] and, before the first event, through the genesis
/// functions. It can be serialized; the copy that is read back behaves identically.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exchange {
    pub(crate) books: Vec<OrderBook>,
    pub(crate) state: State,
}

impl Exchange {
    /// Receives trading fees and pays rebates.
    pub const FEES: AccountId = AccountId(0);
    /// The insurance fund, with the positions it has taken over. It may trade like any account.
    pub const INSURANCE: AccountId = AccountId(1);
    /// The backstop vault, likewise.
    pub const BACKSTOP: AccountId = AccountId(2);
    /// Funding on its way from payers to receivers, and the dust of its rounding.
    pub const FUNDING: AccountId = AccountId(3);
    /// The default fund of a cleared market: what its members have paid in.
    pub const DEFAULT_FUND: AccountId = AccountId(4);
    /// The own capital of the clearing house that is at stake before its members'.
    pub const CLEARING_CAPITAL: AccountId = AccountId(5);
    /// The first of the further insurance pools, [`Self::INSURANCE`] being pool 0.
    pub const FIRST_POOL: AccountId = AccountId(8);
    /// How many accounts belong to the venue. They are never called or liquidated.
    pub const SYSTEM_ACCOUNTS: u32 = 16;

    /// A venue with these rules and empty books.
    ///
    /// # Errors
    /// The first rule that makes no sense.
    pub fn new(config: VenueConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let books = config.instruments.iter().map(book_of).collect();
        let mut new = Self {
            books,
            state: State::new(config),
        };
        for at in 0..new.books.len() {
            new.apply_band(at);
        }
        Ok(new)
    }

    /// Pushes the first of each recurring event: marks, funding samples, funding payments,
    /// settlements, the sizing of a default fund.
    pub fn start(&self, out: &mut Effects) {
        let mut first = |after, event| {
            let at = SimTime::ZERO + after;
            out.later.push(Later { at, event });
        };
        if self.state.config.mark_period.0 > 0 {
            first(self.state.config.mark_period, ExchangeEvent::MarkTick);
        }
        let pools = (Self::FIRST_POOL.0..Self::SYSTEM_ACCOUNTS).map(AccountId);
        for account in [Self::INSURANCE, Self::BACKSTOP].into_iter().chain(pools) {
            if let Some(policy) = self.unwind_policy(account) {
                first(policy.period, ExchangeEvent::Unwind { account });
            }
        }
        for (at, instrument) in self.state.config.instruments.iter().enumerate() {
            let id = InstrumentId(at as u16);
            if let FundingRule::PremiumIndex {
                interval, sample, ..
            } = instrument.funding
            {
                first(sample, ExchangeEvent::FundingSample { instrument: id });
                first(interval, ExchangeEvent::FundingPayment { instrument: id });
            }
            if let Some(expiry) = instrument.expiry {
                let after = expiry.at.since(SimTime::ZERO);
                first(after, ExchangeEvent::Deliver { instrument: id });
            }
            if let Some(clearing) = &self.state.config.clearing {
                let settle = ExchangeEvent::Settle { instrument: id };
                first(clearing.settlement_period, settle);
            }
        }
        if self.state.config.clearing.is_some() {
            first(SimDuration::ZERO, ExchangeEvent::SizeFund);
        }
    }

    /// What happens at `now`. Everything that follows goes to `out`: later events for the venue's
    /// own queue, reports to accounts, records. Times must not go backwards.
    ///
    /// An event that names an unknown instrument, asset or liquidation, or one that is not due, is
    /// answered by a refusal if it came from an account, and ignored otherwise.
    pub fn apply(&mut self, now: SimTime, event: &ExchangeEvent, out: &mut Effects) {
        if event.only_tells() {
            return self.dispatch(now, event, out);
        }
        self.state.settle_realised(now);
        let first = out.records.len();
        if self.passes(event, now, out) {
            self.dispatch(now, event, out);
            self.settle_stirred(now, out);
        }
        self.watch_feed(first, now, out);
        self.watch_brakes(event, first, now, out);
        self.state.review(now, out);
    }

    pub(crate) fn dispatch(&mut self, now: SimTime, event: &ExchangeEvent, out: &mut Effects) {
        match *event {
            ExchangeEvent::Order {
                instrument,
                ref request,
            } => self.order(instrument, request, now, out),
            ExchangeEvent::Cancel { instrument, id } => self.cancel(instrument, id, out),
            ExchangeEvent::Replace {
                instrument,
                id,
                price,
                qty,
            } => self.replace(instrument, id, (price, qty), now, out),
            ExchangeEvent::CancelAll { account } => self.cancel_all(account, None, false, out),
            ExchangeEvent::Deposit {
                account,
                asset,
                amount,
            } => self.state.deposit(account, asset, amount, out),
            ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            } => self.ask_withdrawal(account, asset, amount, now, out),
            ExchangeEvent::AddMargin {
                account,
                instrument,
                leg,
                amount,
            } => {
                let key = PositionKey::new(instrument, leg);
                self.move_margin(account, key, amount, now, out);
            }
            ExchangeEvent::SetLeverage {
                account,
                instrument,
                leverage,
            } => self.state.set_leverage(account, instrument, leverage, out),
            ExchangeEvent::SetPositionMode { account, mode } => {
                self.state.set_position_mode(account, mode, out);
            }
            ExchangeEvent::SetMarginMode { account, mode } => {
                self.state.set_margin_mode(account, mode, out);
            }
            ExchangeEvent::VaultDeposit { account, amount } => {
                self.state.vault_deposit(account, amount, now, out);
            }
            ExchangeEvent::VaultWithdraw { account, shares } => {
                self.state.vault_withdraw(account, shares, now, out);
            }
            ExchangeEvent::Unwind { account } => self.unwind(account, now, out),
            ExchangeEvent::IndexPrice { asset, price } => self.index_price(asset, price, now),
            ExchangeEvent::OtherMid { instrument, price } => self.other_mid(instrument, price, now),
            ExchangeEvent::Origin { of, part, origin } => self.state.hear(of, part, origin, now),
            ExchangeEvent::HedgeTaken {
                account,
                base,
                amount,
                origin,
            } => self
                .state
                .hear_of_hedge(account, (base, amount), origin, now),
            ExchangeEvent::MarkTick => self.mark_tick(now, out),
            ExchangeEvent::SetMark { instrument, price } => {
                self.script_mark(instrument, price, now);
            }
            ExchangeEvent::FundingSample { instrument } => {
                self.funding_sample(instrument, now, out);
            }
            ExchangeEvent::FundingPayment { instrument } => {
                self.funding_payment(instrument, now, out);
            }
            ExchangeEvent::Deliver { instrument } => self.deliver(instrument, now, out),
            ExchangeEvent::Settle { instrument } => self.settle_instrument(instrument, now, out),
            ExchangeEvent::SizeFund => self.size_fund(now, out),
            ExchangeEvent::Liquidate {
                account,
                isolated,
                liquidation,
            } => self.liquidate(account, isolated, liquidation, now, out),
            ExchangeEvent::ReleaseTriggered { instrument } => {
                self.release_triggered(instrument, now, out);
            }
            ExchangeEvent::Expire { instrument } => self.expire(instrument, now, out),
            ExchangeEvent::Halt { instrument } => self.halt(instrument, now, out),
            ExchangeEvent::HaltAlong { instrument, until } => {
                self.halt_along(instrument, until, now, out);
            }
            ExchangeEvent::Serve => self.serve(now, out),
            ExchangeEvent::PayWithdrawals => self.pay_withdrawals(now, out),
            ExchangeEvent::Brake { instrument } => self.brake_event(instrument, now, out),
            ExchangeEvent::Reopen { instrument } => self.reopen(instrument, now, out),
        }
    }
}

/// The empty book of an instrument.
fn book_of(config: &InstrumentConfig) -> OrderBook {
    let mut book = OrderBook::new(BookConfig {
        price_step: config.price_step,
        qty_step: config.qty_step,
        max_order_qty: config.max_order_qty,
        ..BookConfig::default()
    });
    for source in [
        TriggerSource::Last,
        TriggerSource::Mark,
        TriggerSource::Index,
    ] {
        book.set_reference(source, config.initial_price);
    }
    book
}
