//! Who loses in a step of a liquidation: nobody whom no record names, and the layers of a clearing
//! house in their order.

use std::collections::{BTreeMap, BTreeSet};

use firesale_exchange::clearing::Layer;
use firesale_exchange::{Exchange, ExchangeEvent, VenueRecord};
use firesale_types::{AccountId, InstrumentId, Price, Usd};

/// All equities and marks before a step.
pub(crate) struct Before {
    liquidated: AccountId,
    equities: Vec<Usd>,
    marks: Vec<Price>,
}

fn marks(exchange: &Exchange) -> Vec<Price> {
    let all = 0..exchange.config().instruments.len();
    all.map(|at| exchange.mark(InstrumentId(at as u16)))
        .collect()
}

/// Nothing before other events.
pub(crate) fn before(exchange: &Exchange, event: &ExchangeEvent) -> Option<Before> {
    let ExchangeEvent::Liquidate { account, .. } = *event else {
        return None;
    };
    let all = (0..exchange.accounts()).map(AccountId);
    Some(Before {
        liquidated: account,
        equities: all.map(|id| exchange.equity(id)).collect(),
        marks: marks(exchange),
    })
}

/// After the step that left these records.
pub(crate) fn check(exchange: &Exchange, before: &Before, records: &[VenueRecord]) {
    layers_in_order(records);
    // At a venue whose mark is the last trade, an order of the liquidation moves everybody's equity.
    if marks(exchange) != before.marks {
        return;
    }
    let named: BTreeSet<AccountId> = records.iter().flat_map(names).collect();
    for (at, &was) in before.equities.iter().enumerate() {
        let id = AccountId(at as u32);
        let is_user = id.0 >= Exchange::SYSTEM_ACCOUNTS && id != before.liquidated;
        if is_user && !named.contains(&id) {
            assert_eq!(exchange.equity(id), was, "{id:?} in {records:?}");
        }
    }
}

/// The accounts that a record says to have traded, paid or taken over.
fn names(record: &VenueRecord) -> Vec<AccountId> {
    match *record {
        VenueRecord::Trade { maker, taker, .. } => vec![maker, taker],
        VenueRecord::Adl { counterparty, .. } | VenueRecord::TornUp { counterparty, .. } => {
            vec![counterparty]
        }
        VenueRecord::LossShared { account, .. } => vec![account],
        VenueRecord::Waterfall { payer, .. } => vec![payer],
        VenueRecord::DefaultAuction { winner, .. } => winner.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn layers_in_order(records: &[VenueRecord]) {
    let mut reached: BTreeMap<AccountId, Layer> = BTreeMap::new();
    for record in records {
        if let VenueRecord::Waterfall { account, layer, .. } = *record {
            let last = reached.entry(account).or_insert(layer);
            assert!(*last <= layer, "{records:?}");
            *last = layer;
        }
    }
}
