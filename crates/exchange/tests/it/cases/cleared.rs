//! What a clearing house says, in words.

use firesale_exchange::VenueRecord;

use super::render::Names;
use super::words::{money, percent};

impl Names {
    pub(super) fn cleared(&self, record: &VenueRecord) -> String {
        match *record {
            VenueRecord::DefaultAuction {
                account,
                notional,
                bids,
                winner,
                price,
            } => {
                let who = self.account(account);
                let end = winner.map_or("nobody wins".to_owned(), |winner| {
                    format!("{} wins for {}", self.account(winner), money(price))
                });
                format!(
                    "default auction of {who}, {} dollars, {bids} bids, {end}",
                    money(notional)
                )
            }
            VenueRecord::Waterfall {
                account,
                layer,
                payer,
                amount,
            } => {
                let (who, payer) = (self.account(account), self.account(payer));
                format!(
                    "default of {who}: {} pays {} as {}",
                    payer,
                    money(amount),
                    layer.name()
                )
            }
            VenueRecord::TornUp {
                account,
                counterparty,
                instrument,
                qty,
                price,
                ..
            } => {
                let (who, other) = (self.account(account), self.account(counterparty));
                let name = self.instrument(instrument);
                format!(
                    "torn up {} {name} of {who} with {other} at {}",
                    qty.0, price.0
                )
            }
            VenueRecord::Settlement {
                instrument,
                price,
                paid,
                margin,
            } => {
                let name = self.instrument(instrument);
                let (paid, margin) = (money(paid), percent(margin));
                format!(
                    "settlement {name} at {}, {paid} paid, margin rate {margin}",
                    price.0
                )
            }
            VenueRecord::FundSized {
                required,
                held,
                members,
            } => {
                let (required, held) = (money(required), money(held));
                format!("default fund needs {required}, holds {held}, {members} members")
            }
            ref other => format!("{other:?}"),
        }
    }
}
