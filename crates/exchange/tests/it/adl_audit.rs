//! What deleveraging must never do, checked around every step of a liquidation.

use firesale_exchange::{AdlPolicy, Exchange, ExchangeEvent, VenueRecord};
use firesale_types::{AccountId, InstrumentId, Price, Qty, Side, Usd};

/// The equities of an account and, if it is isolated, of each of its positions.
pub(crate) struct Equity {
    account: Usd,
    positions: Vec<(InstrumentId, Side, Usd)>,
}

impl Equity {
    fn of(exchange: &Exchange, id: AccountId) -> Self {
        let isolated = exchange.margin_mode(id).is_isolated();
        let positions = exchange.positions(id).filter(|_| isolated);
        Self {
            account: exchange.equity(id),
            positions: positions
                .map(|one| {
                    (
                        one.instrument,
                        Side::of(one.qty.0),
                        one.margin + one.unrealised,
                    )
                })
                .collect(),
        }
    }

    /// What stands behind a position: its own margin, or the account.
    fn behind(&self, given: &Given) -> Usd {
        let is_it = |one: &&(InstrumentId, Side, Usd)| {
            (one.0, one.1) == (given.instrument, given.side.opposite())
        };
        self.positions
            .iter()
            .find(is_it)
            .map_or(self.account, |one| one.2)
    }
}

/// The equities of all accounts before a step of a liquidation; nothing before other events.
pub(crate) fn before(exchange: &Exchange, event: &ExchangeEvent) -> Option<Vec<Equity>> {
    let all = (0..exchange.accounts()).map(AccountId);
    matches!(event, ExchangeEvent::Liquidate { .. })
        .then(|| all.map(|id| Equity::of(exchange, id)).collect())
}

/// One winner's side of a close.
#[derive(Clone, Copy, Debug)]
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
pub(crate) fn check(exchange: &Exchange, before: &[Equity], records: &[VenueRecord]) {
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
        costs_its_price(exchange, before, one, &all, others);
    }
    let parts = matches!(
        exchange.config().adl,
        AdlPolicy::ProRata | AdlPolicy::Quantile | AdlPolicy::CappedProRata | AdlPolicy::RiskAware
    );
    for one in all.iter().filter(|one| parts && !one.in_profit) {
        no_winner_stands(exchange, one);
    }
}

/// A winner loses exactly what its quantity was closed below the mark, and no more than what stood
/// behind its positions. A fund that is taken from may lose anything.
fn costs_its_price(
    exchange: &Exchange,
    before: &[Equity],
    one: &Given,
    all: &[Given],
    others: bool,
) {
    let mine = || all.iter().filter(|other| other.by == one.by);
    let sum = |of: &mut dyn Iterator<Item = &Given>| -> i64 {
        of.map(|given| cost(exchange, given)).sum()
    };
    let is_fund = exchange
        .insurance_pools()
        .any(|pool| pool.account == one.by);
    let was = &before[one.by.index()];
    if !others && !is_fund {
        let lost = was.account - exchange.equity(one.by);
        assert_eq!(lost, Usd(sum(&mut mine())), "{one:?}");
    }
    let cost = if was.positions.is_empty() {
        sum(&mut mine())
    } else {
        sum(&mut mine()
            .filter(|other| (other.instrument, other.side) == (one.instrument, one.side)))
    };
    let most = was.behind(one).max(Usd::ZERO);
    assert!(cost <= most.0 || is_fund, "{cost} of {most:?}: {one:?}");
    assert_ne!(one.to, one.by);
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
