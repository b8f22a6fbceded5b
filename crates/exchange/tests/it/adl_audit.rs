//! What deleveraging must never do, checked around every step of a liquidation.

use firesale_exchange::{AdlPolicy, Exchange, ExchangeEvent, VenueRecord};
use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};

/// The equities of all accounts before a step of a liquidation; nothing before other events.
pub(crate) fn before(exchange: &Exchange, event: &ExchangeEvent) -> Option<Vec<Usd>> {
    let all = (0..exchange.accounts()).map(AccountId);
    matches!(event, ExchangeEvent::Liquidate { .. })
        .then(|| all.map(|id| exchange.equity(id)).collect())
}

/// One winner's side of a close.
#[derive(Clone, Copy)]
struct Given {
    to: AccountId,
    by: AccountId,
    instrument: InstrumentId,
    qty: Qty,
    price: Price,
    mark: Price,
    in_profit: bool,
    /// The side of the bankrupt position.
    side: Side,
}

fn given(records: &[VenueRecord]) -> Vec<Given> {
    let of = records
        .iter()
        .enumerate()
        .filter_map(|(at, record)| match *record {
            VenueRecord::Adl {
                account: to,
                counterparty: by,
                instrument,
                qty,
                price,
                mark,
                in_profit,
                ..
            } => Some(Given {
                to,
                by,
                instrument,
                qty,
                price,
                mark,
                in_profit,
                side: bankrupt_side(&records[at..], to, instrument),
            }),
            _ => None,
        });
    of.collect()
}

/// After the step that left these records.
pub(crate) fn check(exchange: &Exchange, before: &[Usd], records: &[VenueRecord]) {
    let all = given(records);
    if all.is_empty() {
        return;
    }
    closed_is_given(records, &all);
    let others = records.iter().any(|record| {
        matches!(
            record,
            VenueRecord::LossShared { .. } | VenueRecord::BadDebt { .. }
        )
    });
    for one in &all {
        let mine = all.iter().filter(|other| other.by == one.by);
        let cost: i64 = mine.map(|given| cost(exchange, given)).sum();
        let after = exchange.equity(one.by);
        let is_fund = exchange
            .insurance_pools()
            .any(|pool| pool.account == one.by);
        if !others && !is_fund {
            assert_eq!(before[one.by.index()] - after, Usd(cost), "{:?}", one.by);
        }
        assert!(cost <= 0 || is_fund || after >= Usd::ZERO, "{:?}", one.by);
        assert_ne!(one.to, one.by);
    }
    let parts = matches!(
        exchange.config().adl,
        AdlPolicy::ProRata | AdlPolicy::Quantile | AdlPolicy::CappedProRata | AdlPolicy::RiskAware
    );
    for one in all.iter().filter(|one| parts && !one.in_profit) {
        no_winner_stands(exchange, one);
    }
}

/// The bankrupt side and the winners' side are the same quantity.
fn closed_is_given(records: &[VenueRecord], all: &[Given]) {
    for one in all {
        let same = all.iter().filter(|g| g.instrument == one.instrument);
        let given: i64 = same.map(|g| g.qty.0).sum();
        let closed = records.iter().filter_map(|record| match *record {
            VenueRecord::Liquidation {
                instrument,
                qty,
                stage: firesale_exchange::Stage::Adl,
                ..
            } if instrument == one.instrument => Some(qty.0),
            _ => None,
        });
        assert_eq!(closed.sum::<i64>(), given);
    }
}

/// The side of the bankrupt position: it is recorded after those that give for it.
fn bankrupt_side(records: &[VenueRecord], to: AccountId, of: InstrumentId) -> Side {
    let side = records.iter().find_map(|record| match *record {
        VenueRecord::Liquidation {
            account,
            instrument,
            side,
            ..
        } if (account, instrument) == (to, of) => Some(side),
        _ => None,
    });
    side.unwrap()
}

fn cost(exchange: &Exchange, given: &Given) -> i64 {
    let unit = exchange.config().instruments[given.instrument.index()].unit;
    let distance = (given.price - given.mark).0 * given.side.sign();
    distance * given.qty.0 * unit.0
}

/// No position in profit on the winners' side could give one more lot at this price.
fn no_winner_stands(exchange: &Exchange, one: &Given) {
    let side = one.side.opposite();
    let lot = Given {
        qty: Qty(1),
        ..*one
    };
    let loss = cost(exchange, &lot).max(0);
    // Nobody gives for its own other leg.
    let candidates = exchange.adl_candidates(one.instrument, side);
    for candidate in candidates.iter().filter(|c| c.account != one.to) {
        // A cost basis is split to the micro-dollar: what is left of a losing position may be in
        // profit by one.
        let stands = candidate.profit().0 > 1 && candidate.equity.0 >= loss;
        assert!(!stands, "{candidate:?} while {:?} gave", one.by);
    }
}
