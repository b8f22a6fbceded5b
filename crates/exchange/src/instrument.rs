//! The state of one instrument beside its book.

use firesale_matching::OrderRequest;
use firesale_types::{AccountId, Price, Qty, Rate, Rounding, SimDuration, SimTime, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::attribution::ImpactLedger;
use crate::curve::Curve;
use crate::expiry::ExpiryState;
use crate::limits::{MAX_OPEN_VALUE, MAX_PRICE};
use crate::liquidation::Ranking;
use crate::mark::MarkMemory;
use crate::triggers::Triggers;
use crate::{Counters, FundingRule, InstrumentConfig, InstrumentKind, MarginTiers};

/// The funding of one perpetual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FundingState {
    /// What a long lot has paid since the start, in millionths of a micro-USD.
    pub(crate) index: i64,
    /// The last rate per interval.
    pub(crate) rate: Rate,
    /// The next payment.
    pub(crate) next: SimTime,
    /// The sum of the premiums sampled since the last payment, in billionths, and how many.
    #[serde(with = "crate::wide")]
    pub(crate) premium_sum: i128,
    pub(crate) samples: i64,
}

/// Which curve a margin unit is watched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threshold {
    /// Maintenance margin.
    Maintenance,
    /// The multiple of it at which a margin call is sent.
    MarginCall,
}

/// An instrument.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Instrument {
    pub(crate) kind: InstrumentKind,
    /// One tick times one lot, in micro-USD.
    pub(crate) unit: i64,
    /// One lot in millionths of the base asset.
    pub(crate) lot_units: i64,
    /// Where the base asset stands in the table of assets.
    pub(crate) base: usize,
    pub(crate) mark: Price,
    /// The mark before the last change.
    pub(crate) previous_mark: Price,
    /// How often the mark has changed.
    pub(crate) mark_version: u64,
    pub(crate) index: Price,
    /// The last trade, or the initial price.
    pub(crate) last: Price,
    pub(crate) other_mid: Option<Price>,
    pub(crate) memory: MarkMemory,
    pub(crate) has_funding: bool,
    pub(crate) funding: FundingState,
    pub(crate) expiry: ExpiryState,
    pub(crate) tiers: MarginTiers,
    /// How many times the margins of the tiers apply: more than once if a clearing house asks more.
    pub(crate) factor: Rate,
    /// The curve of maintenance margin.
    pub(crate) maintenance: Curve,
    /// The curve of margin calls.
    pub(crate) call_curve: Curve,
    /// Registered mark triggers by direction.
    pub(crate) mark_triggers: [Triggers; 2],
    /// Registered triggers on the cumulative funding index by direction.
    pub(crate) funding_triggers: [Triggers; 2],
    pub(crate) impact: ImpactLedger,
    /// Lots held long, which is lots held short.
    pub(crate) open_interest: Qty,
    /// How often a position was opened or enlarged.
    pub(crate) openings: u64,
    pub(crate) counters: Counters,
    /// Every account that holds, or has held, a position, in the order of the first time.
    pub(crate) holders: Vec<AccountId>,
    /// The ranking for auto-deleveraging, by the side of the ranked positions.
    pub(crate) rankings: [Ranking; 2],
    /// The link of the triggered orders that are to be released.
    pub(crate) release: Option<u32>,
    /// Whether the release of triggered orders is scheduled.
    pub(crate) release_scheduled: bool,
    /// The earliest expiry that is scheduled.
    pub(crate) expiry_scheduled: SimTime,
    /// Liquidations that wait for the book to reopen.
    pub(crate) parked: Vec<u32>,
    /// Whether the present event traded here.
    pub(crate) traded: bool,
    /// Whether it is in the list of stirred instruments.
    pub(crate) stirred: bool,
    /// Triggered orders on their way back to the book.
    #[serde(skip)]
    pub(crate) released: Vec<OrderRequest>,
}

impl Instrument {
    pub(crate) fn new(config: &InstrumentConfig, base: usize, call_ratio: Rate) -> Self {
        let price = config.initial_price;
        let mut funding = FundingState::default();
        if let FundingRule::PremiumIndex { interval, .. } = config.funding {
            funding.next = SimTime::ZERO + interval;
        }
        Self {
            kind: config.kind,
            unit: config.unit.0,
            lot_units: config.lot_units,
            base,
            mark: price,
            previous_mark: price,
            mark_version: 0,
            index: price,
            last: price,
            other_mid: None,
            memory: MarkMemory::default(),
            has_funding: config.funding != FundingRule::Off,
            funding,
            expiry: ExpiryState::default(),
            tiers: config.tiers.clone(),
            factor: Rate::ONE,
            maintenance: config.tiers.curve().clone(),
            call_curve: config.tiers.curve().scaled(call_ratio),
            mark_triggers: Default::default(),
            funding_triggers: Default::default(),
            impact: ImpactLedger::new(&config.mark, price.0),
            open_interest: Qty::ZERO,
            openings: 0,
            counters: Counters::default(),
            holders: Vec::new(),
            rankings: Default::default(),
            release: None,
            release_scheduled: false,
            expiry_scheduled: SimTime::MAX,
            parked: Vec::new(),
            traded: false,
            stirred: false,
            released: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn is_margined(&self) -> bool {
        self.kind != InstrumentKind::Spot
    }

    /// The exact value of a quantity at a price; order admission keeps it inside `i64`.
    #[inline]
    pub(crate) fn quote(&self, price: Price, qty: Qty) -> Usd {
        Usd(price.0 * self.unit * qty.0)
    }

    /// A price, held where the open positions are worth what the ledger can carry.
    #[inline]
    pub(crate) fn in_range(&self, price: Price) -> Price {
        let per_tick = self.open_interest.0.saturating_mul(self.unit).max(1);
        let highest = (MAX_OPEN_VALUE.0 / per_tick).clamp(1, MAX_PRICE.0);
        Price(price.0.clamp(1, highest))
    }

    /// Multiplies the margins of the tiers, as far as no more than the whole notional is asked for
    /// (at the threshold of calls, if that is higher).
    pub(crate) fn scale_margin(&mut self, factor: Rate, call_ratio: Rate) {
        self.factor = factor;
        self.maintenance = self.tiers.curve().raised(factor, call_ratio);
        self.call_curve = self.maintenance.scaled(call_ratio);
    }

    /// The least rate of initial margin of a notional, in billionths.
    #[inline]
    pub(crate) fn initial_rate(&self, notional: Usd, weight: u32) -> i64 {
        let rate = self.tiers.initial_rate(notional, weight);
        if self.factor == Rate::ONE {
            return rate;
        }
        let scaled = mul_div(rate, self.factor.0, Rate::ONE.0, Rounding::Ceil);
        scaled.unwrap_or(Rate::ONE.0).min(Rate::ONE.0)
    }

    #[inline]
    pub(crate) fn curve(&self, threshold: Threshold) -> &Curve {
        match threshold {
            Threshold::Maintenance => &self.maintenance,
            Threshold::MarginCall => &self.call_curve,
        }
    }

    /// The time between funding payments; zero without funding.
    pub(crate) fn funding_interval(config: &InstrumentConfig) -> SimDuration {
        match config.funding {
            FundingRule::Off => SimDuration::ZERO,
            FundingRule::PremiumIndex { interval, .. } => interval,
        }
    }
}
