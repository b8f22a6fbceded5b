//! What a venue says, in words.
//!
//! A fact is told once: where a record tells everything that a report does, the report only says
//! when.

use firesale_exchange::{Exchange, Refusal, Report, Stage, VenueRecord};
use firesale_matching::CancelReason;
use firesale_types::{AccountId, AssetId, InstrumentId, OrderId, SimTime, Usd};

use super::twins::{Twin, twin};
use super::words::{money, percent, seconds, times};

/// Names of accounts, instruments and assets, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) accounts: Vec<(String, AccountId)>,
    pub(super) instruments: Vec<String>,
    pub(super) assets: Vec<String>,
    pub(super) pools: Vec<String>,
}

const OF_THE_VENUE: [(AccountId, &str); 6] = [
    (Exchange::FEES, "fees"),
    (Exchange::INSURANCE, "fund"),
    (Exchange::BACKSTOP, "vault"),
    (Exchange::FUNDING, "funding"),
    (Exchange::DEFAULT_FUND, "default-fund"),
    (Exchange::CLEARING_CAPITAL, "house"),
];

impl Names {
    pub(super) fn account(&self, id: AccountId) -> &str {
        let own = self.accounts.iter().find(|(_, of)| *of == id);
        let venue = OF_THE_VENUE.iter().find(|(of, _)| *of == id);
        let pool = id.0.checked_sub(Exchange::FIRST_POOL.0);
        own.map(|(name, _)| name.as_str())
            .or(venue.map(|(_, name)| *name))
            .or(pool.and_then(|at| self.pools.get(at as usize).map(String::as_str)))
            .unwrap_or("nobody")
    }

    pub(super) fn find_account(&self, name: &str) -> Option<AccountId> {
        let own = self.accounts.iter().find(|(of, _)| of == name);
        let venue = OF_THE_VENUE.iter().find(|(_, of)| *of == name);
        let pool = self.pools.iter().position(|of| of == name);
        own.map(|(_, id)| *id)
            .or(venue.map(|(id, _)| *id))
            .or(pool.map(|at| AccountId(Exchange::FIRST_POOL.0 + at as u32)))
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> &str {
        &self.instruments[id.index()]
    }

    pub(super) fn find_instrument(&self, name: &str) -> Option<InstrumentId> {
        let at = self.instruments.iter().position(|of| of == name)?;
        Some(InstrumentId(at as u16))
    }

    pub(super) fn find_asset(&self, name: &str) -> Option<AssetId> {
        let at = self.assets.iter().position(|of| of == name)?;
        Some(AssetId(at as u16))
    }

    fn sum(&self, asset: AssetId, amount: Usd) -> String {
        match asset.0 {
            0 => money(amount),
            at => format!("{} {}", money(amount), self.assets[usize::from(at)]),
        }
    }

    fn until(at: Option<SimTime>) -> String {
        at.map_or(String::new(), |at| format!(" until {}", seconds(at.0)))
    }

    /// Everything said at one moment, in order.
    pub(super) fn moment(
        &self,
        reports: &[(AccountId, Report)],
        records: &[VenueRecord],
    ) -> Vec<String> {
        let mut said = Vec::new();
        let mut told = 0;
        for (to, report) in reports {
            match twin(*to, report) {
                Twin::None => said.extend(self.report(*to, report)),
                Twin::Told => {}
                Twin::Record(is_twin) => {
                    if let Some(at) = records[told..].iter().position(is_twin) {
                        let upto = told + at + 1;
                        said.extend(records[told..upto].iter().map(|r| self.record(r)));
                        told = upto;
                    }
                }
            }
        }
        said.extend(records[told..].iter().map(|r| self.record(r)));
        said
    }

    fn report(&self, to: AccountId, report: &Report) -> Option<String> {
        let who = self.account(to);
        let line = match *report {
            Report::Refused { why, .. } | Report::Unavailable { why } => {
                format!("refused {who}: {}", reason(why))
            }
            Report::Cancelled { id, reason, .. } => {
                format!("cancelled {who} {}: {}", order(id), cancelled(reason))
            }
            Report::Delivered {
                instrument,
                qty,
                price,
            } => {
                let name = self.instrument(instrument);
                format!("delivered {who} {} {name} at {}", qty.0, price.0)
            }
            Report::FundCalled { amount } if amount.0 < 0 => {
                format!("default fund returns {} to {who}", money(-amount))
            }
            Report::FundCalled { amount } => {
                format!("{who} pays {} into the default fund", money(amount))
            }
            Report::Offset {
                instrument,
                qty,
                price,
            } => {
                let name = self.instrument(instrument);
                format!("offset {who} {} {name} at {}", qty.0, price.0)
            }
            Report::LeverageSet {
                instrument,
                leverage,
            } => format!(
                "leverage {who} {} {}",
                self.instrument(instrument),
                times(leverage)
            ),
            Report::LeverageRefused {
                instrument,
                leverage,
            } => {
                let name = self.instrument(instrument);
                format!("leverage refused {who} {name} {}", times(leverage))
            }
            Report::PositionModeSet { mode } => format!("position mode {who} {mode:?}"),
            Report::PositionModeRefused { mode } => format!("position mode refused {who} {mode:?}"),
            Report::MarginModeSet { mode } => format!("margin mode {who} {mode:?}"),
            Report::MarginModeRefused { mode } => format!("margin mode refused {who} {mode:?}"),
            Report::Withdrawn { asset, amount } => {
                format!("withdrawn {who} {}", self.sum(asset, amount))
            }
            Report::DepositRefused { asset, amount } => {
                format!("deposit refused {who} {}", self.sum(asset, amount))
            }
            Report::WithdrawalQueued { asset, amount } => {
                format!("withdrawal waits {who} {}", self.sum(asset, amount))
            }
            Report::WithdrawalRefused { asset, amount } => {
                format!("withdrawal refused {who} {}", self.sum(asset, amount))
            }
            Report::VaultDeposited { amount, shares } => {
                let shares = money(Usd(shares));
                format!("vault takes {} of {who} for {shares} shares", money(amount))
            }
            Report::VaultWithdrawn { amount, shares } => {
                let shares = money(Usd(shares));
                format!("vault pays {} to {who} for {shares} shares", money(amount))
            }
            Report::VaultRefused => format!("vault refused {who}"),
            Report::MarginRefused { instrument, amount } => {
                let name = self.instrument(instrument);
                format!("margin refused {who} {} in {name}", money(amount))
            }
            Report::Fill { .. }
            | Report::MarginCall { .. }
            | Report::Liquidated { .. }
            | Report::Deleveraged { .. }
            | Report::LossShared { .. }
            | Report::Charged { .. } => return None,
        };
        Some(line)
    }

    fn record(&self, record: &VenueRecord) -> String {
        match *record {
            VenueRecord::Trade {
                instrument,
                price,
                qty,
                taker_side,
                maker,
                taker,
                ..
            } => {
                let (does, with) = match taker_side {
                    firesale_types::Side::Buy => ("buys", "from"),
                    firesale_types::Side::Sell => ("sells", "to"),
                };
                let (taker, maker) = (self.account(taker), self.account(maker));
                let name = self.instrument(instrument);
                format!(
                    "{taker} {does} {} {name} {with} {maker} at {}",
                    qty.0, price.0
                )
            }
            VenueRecord::Liquidation {
                account,
                instrument,
                qty,
                bankruptcy_price,
                fill_price,
                stage,
                ..
            } => {
                let name = self.instrument(instrument);
                format!(
                    "{} liquidated {} {name} at {} by {}, bankruptcy price {}",
                    self.account(account),
                    qty.0,
                    fill_price.0,
                    stage_name(stage),
                    bankruptcy_price.0
                )
            }
            VenueRecord::Adl {
                account,
                counterparty,
                instrument,
                qty,
                price,
                in_profit,
                ..
            } => {
                let name = self.instrument(instrument);
                let loser = if in_profit { "" } else { ", out of profit" };
                format!(
                    "{} deleveraged {} {name} at {} for {}{loser}",
                    self.account(counterparty),
                    qty.0,
                    price.0,
                    self.account(account)
                )
            }
            VenueRecord::MarginCall {
                account,
                equity,
                maintenance,
            } => {
                let who = self.account(account);
                let (equity, needs) = (money(equity), money(maintenance));
                format!("margin call {who} equity {equity} maintenance {needs}")
            }
            VenueRecord::BadDebt { account, amount } => {
                format!("bad debt {} {}", self.account(account), money(amount))
            }
            VenueRecord::LossShared {
                account, amount, ..
            } => format!("loss shared by {} {}", self.account(account), money(amount)),
            _ => self.rarer(record),
        }
    }

    fn rarer(&self, record: &VenueRecord) -> String {
        match *record {
            VenueRecord::Funding {
                instrument,
                rate,
                paid,
            } => {
                let name = self.instrument(instrument);
                format!("funding {name} {} longs pay {}", percent(rate), money(paid))
            }
            VenueRecord::Delivery { instrument, price } => {
                format!(
                    "{} is delivered at {}",
                    self.instrument(instrument),
                    price.0
                )
            }
            VenueRecord::Halt {
                instrument,
                brake,
                until,
                ..
            } => {
                let name = self.instrument(instrument);
                format!("halt {name} by {}{}", brake.name(), Self::until(until))
            }
            VenueRecord::Reopened {
                instrument,
                price,
                gap,
                ..
            } => {
                let name = self.instrument(instrument);
                let at = price.map_or("without a trade".to_owned(), |p| format!("at {}", p.0));
                format!("reopen {name} {at}, gap {}", percent(gap))
            }
            VenueRecord::Outage { until } => format!("platform down until {}", seconds(until.0)),
            VenueRecord::Insolvent { shortfall } => {
                format!("platform insolvent, {} missing", money(shortfall))
            }
            _ => self.cleared(record),
        }
    }
}

fn order(id: OrderId) -> String {
    match id.slot() {
        u16::MAX => "liquidation order".to_owned(),
        slot => format!("order {}", slot + 1),
    }
}

fn reason(why: Refusal) -> String {
    why.to_string()
}

const fn cancelled(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Requested => "taken back by the venue",
        CancelReason::Unfilled => "unfilled",
        CancelReason::SelfTrade => "self-trade",
        CancelReason::Expired => "its time was over",
        CancelReason::NothingToReduce => "nothing to reduce",
        CancelReason::PostOnly => "post-only",
    }
}

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Book => "book",
        Stage::Backstop => "vault",
        Stage::Insurance => "fund",
        Stage::Adl => "deleveraging",
        Stage::Clearing => "clearing",
    }
}
