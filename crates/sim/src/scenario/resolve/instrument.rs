//! The rules of an instrument: grid, tiers, mark, funding.

use firesale_exchange::{
    Expiry, FundingRule, InstrumentConfig, InstrumentKind, MarginTier, MarginTiers, MarkRule,
};
use firesale_types::{Price, Qty, Rate, SimDuration, UnitValue, Usd};

use super::{Findings, Rules, Units};
use crate::config::Spanned;
use crate::scenario::file::{
    FundingName, FundingTable, InstrumentKindName, InstrumentTable, MarkName, MarkTable,
    PremiumTable,
};

/// The largest leverage a scenario may state; no venue offers more than 125.
const LEVERAGE_LIMIT: f64 = 500.0;

pub(super) fn instrument_rules(
    instrument: &Spanned<InstrumentTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<(InstrumentConfig, Units)> {
    let t = &instrument.value;
    let base = findings.find("asset", &t.base, rules.asset(&t.base.value), &rules.assets)?;
    let (tick, lot) = (t.tick_size.value, t.lot_size.value);
    let Some(unit) = tick
        .checked_mul(lot)
        .and_then(|u| u.scaled(6))
        .filter(|u| *u > 0)
    else {
        let help = "tick_size * lot_size * 1,000,000 must be a whole number, so that every amount is exact";
        findings.add(
            t.tick_size.span,
            "tick times lot is no whole number of micro-dollars",
            Some(help.into()),
        );
        return None;
    };
    let Some(lot_units) = lot.scaled(6).filter(|u| *u > 0) else {
        findings.add(
            t.lot_size.span,
            "a lot must be a whole number of millionths of a unit",
            None,
        );
        return None;
    };
    let (price, span) = match &t.price {
        Some(p) => (p.value, p.span),
        None => (rules.fundamentals[base.index()].price, instrument.span),
    };
    let ticks = libm::rint(price / tick.to_f64());
    if !(1.0..=1e12).contains(&ticks) {
        findings.add(
            span,
            format!("a price of {price} is {ticks} ticks: choose another tick_size"),
            None,
        );
        return None;
    }
    let kind = match t.kind {
        InstrumentKindName::Spot => InstrumentKind::Spot,
        InstrumentKindName::Perp => InstrumentKind::Perp,
        InstrumentKindName::Future => InstrumentKind::Future,
    };
    let Some(index_weight) = super::oracle::weight(t.index_weight) else {
        findings.add(
            instrument.span,
            "index_weight lies between 0 and a million",
            None,
        );
        return None;
    };
    let max_order = t.max_order.map_or(2e9, |m| m.get().to_f64()) / (price * lot.to_f64());
    let config = InstrumentConfig {
        symbol: t.symbol.clone(),
        kind,
        base,
        unit: UnitValue(unit),
        lot_units,
        price_step: 1,
        qty_step: 1,
        max_order_qty: Qty(max_order.clamp(1.0, 1e15) as i64),
        price_band: t.price_band.map(|r| r.get()),
        tiers: tiers(instrument, kind, findings)?,
        mark: mark_rule(&t.mark),
        funding: funding_rule(&t.funding),
        expiry: expiry(instrument, rules, findings)?,
        initial_price: Price(ticks as i64),
    };
    Some((
        config,
        Units {
            tick,
            lot,
            index_weight,
        },
    ))
}

/// The end of a future; nothing for other kinds.
fn expiry(
    instrument: &Spanned<InstrumentTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<Option<Expiry>> {
    let t = &instrument.value;
    let is_future = t.kind == InstrumentKindName::Future;
    match &t.expiry {
        None if is_future => {
            let message = format!("the future `{}` needs an expiry", t.symbol);
            findings.add(instrument.span, message, None);
            None
        }
        None => Some(None),
        Some(at) if !is_future => {
            findings.add(at.span, "only a future has an expiry", None);
            None
        }
        Some(at) => match at.value.resolve(rules.start) {
            Ok(when) => Some(Some(Expiry {
                at: when,
                window: t
                    .settlement_window
                    .map_or(SimDuration::secs(1800), |window| window.get()),
            })),
            Err(e) => {
                findings.add(at.span, e.to_string(), None);
                None
            }
        },
    }
}

fn tiers(
    instrument: &Spanned<InstrumentTable>,
    kind: InstrumentKind,
    findings: &mut Findings,
) -> Option<MarginTiers> {
    let t = &instrument.value;
    if kind == InstrumentKind::Spot {
        return Some(MarginTiers::none());
    }
    if t.tiers.is_empty() {
        findings.add(
            instrument.span,
            format!("the perpetual `{}` needs tiers", t.symbol),
            Some("for instance tiers = [{ max_leverage = 20 }]".into()),
        );
        return None;
    }
    let mut list = Vec::new();
    for tier in &t.tiers {
        let leverage = tier.value.max_leverage.value;
        if !(1.0..=LEVERAGE_LIMIT).contains(&leverage) {
            let message =
                format!("a maximum leverage of {leverage} is out of range: 1 to {LEVERAGE_LIMIT}");
            findings.add(tier.value.max_leverage.span, message, None);
            return None;
        }
        list.push(MarginTier {
            up_to: tier.value.up_to.map_or(Usd::MAX, |m| m.get()),
            maintenance: tier
                .value
                .maintenance
                .map_or(Rate((5e8 / leverage) as i64), |r| r.get()),
            max_leverage: Rate((leverage * 1e9) as i64),
        });
    }
    match MarginTiers::new(list) {
        Ok(tiers) => Some(tiers),
        Err(e) => {
            findings.add(instrument.span, e.to_string(), None);
            None
        }
    }
}

fn mark_rule(table: &MarkTable) -> MarkRule {
    let (name, window) = match table {
        MarkTable::Name(name) => (*name, None),
        MarkTable::Rule(rule) => (rule.rule, rule.window.map(|w| w.get())),
    };
    match name {
        MarkName::Last => MarkRule::Last,
        MarkName::Index => MarkRule::Index,
        MarkName::Scripted => MarkRule::Scripted,
        MarkName::MedianOfThree => MarkRule::MedianOfThree {
            window: window.unwrap_or(SimDuration::secs(30)),
        },
        MarkName::MedianWithEma => MarkRule::MedianWithEma {
            ema: window.unwrap_or(SimDuration::secs(150)),
            short_ema: SimDuration::secs(30),
        },
    }
}

fn funding_rule(table: &FundingTable) -> FundingRule {
    let premium = match table {
        FundingTable::Name(FundingName::Off) => return FundingRule::Off,
        FundingTable::Name(FundingName::EightHours) => PremiumTable::default(),
        FundingTable::Name(FundingName::Hourly) => PremiumTable {
            interval: crate::config::DurationText::new(SimDuration::secs(3600)),
            ..Default::default()
        },
        FundingTable::Premium(table) => {
            return premium_rule(table);
        }
    };
    premium_rule(&premium)
}

fn premium_rule(t: &PremiumTable) -> FundingRule {
    FundingRule::PremiumIndex {
        interval: t.interval.get(),
        period: t.period.get(),
        sample: t.sample.get(),
        interest: t.interest.get(),
        clamp: t.clamp.get(),
        cap: t.cap.get(),
        impact_notional: t.impact_notional.get(),
    }
}
