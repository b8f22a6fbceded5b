//! Reports and records that say the same.

use firesale_exchange::{Report, VenueRecord};
use firesale_types::AccountId;

/// Where what a report says is told.
pub(super) enum Twin<F> {
    /// No record says the same.
    None,
    /// The other side of a trade says it.
    Told,
    /// The first of these records.
    Record(F),
}

/// Which record says the same as a report.
pub(super) fn twin(to: AccountId, report: &Report) -> Twin<impl Fn(&VenueRecord) -> bool + use<>> {
    let report = *report;
    match report {
        Report::Fill { maker: false, .. } => Twin::Told,
        Report::Fill { .. }
        | Report::MarginCall { .. }
        | Report::Liquidated { .. }
        | Report::Deleveraged { .. }
        | Report::LossShared { .. }
        | Report::Charged { .. } => Twin::Record(move |record: &VenueRecord| match *record {
            VenueRecord::Trade {
                maker, price, qty, ..
            } => matches!(report,
                Report::Fill { price: p, qty: q, .. } if (maker, price, qty) == (to, p, q)),
            VenueRecord::MarginCall { account, .. } => {
                account == to && matches!(report, Report::MarginCall { .. })
            }
            VenueRecord::Liquidation { account, stage, .. } => {
                account == to && matches!(report, Report::Liquidated { stage: s, .. } if s == stage)
            }
            VenueRecord::Adl { counterparty, .. } => {
                counterparty == to && matches!(report, Report::Deleveraged { .. })
            }
            VenueRecord::LossShared { account, .. } => {
                account == to && matches!(report, Report::LossShared { .. })
            }
            VenueRecord::Waterfall { payer, .. } => {
                payer == to && matches!(report, Report::Charged { .. })
            }
            _ => false,
        }),
        _ => Twin::None,
    }
}
