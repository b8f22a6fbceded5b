//! The rules of an instrument: grid, tiers, mark, funding.

use firesale_exchange::{
    ConfigError, Expiry, FundingCap, FundingRule, InstrumentConfig, InstrumentKind, MarginTier,
    MarginTiers, MarkRule,
};
use firesale_types::{Price, Qty, Rate, SimDuration, UnitValue, Usd};

use super::{Findings, Rules, Units};
use crate::config::{DurationText, PlainOr, Spanned};
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
    let decimals = rules.units[base.index()].venue;
    let Some(lot_units) = lot.scaled(i32::from(decimals)).filter(|u| *u > 0) else {
        let message = format!("a lot must be a whole number of units of 10^-{decimals}");
        findings.add(t.lot_size.span, message, None);
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
        let message = "index_weight lies between 0 and a million";
        findings.add_within(instrument.span, "index_weight", message);
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
        mark: mark_rule(&t.mark, findings)?,
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
            next: None,
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
        Err(error) => {
            let mut place = (instrument.span, "tiers");
            if let ConfigError::Tiers { tier, key, .. } = &error {
                place = (t.tiers[tier - 1].span, *key);
            }
            findings.add_within(place.0, place.1, error.to_string());
            None
        }
    }
}

/// Windows are those that the venues publish (30 s and 150 s with 30 s), unless the table says
/// otherwise.
fn mark_rule(table: &MarkTable, findings: &mut Findings) -> Option<MarkRule> {
    let (name, window, short) = match table {
        PlainOr::Plain(name) => (*name, None, None),
        PlainOr::Table(rule) => (rule.rule, rule.window, rule.short_ema),
    };
    let windowed = matches!(name, MarkName::MedianOfThree | MarkName::MedianWithEma);
    let averaged = name == MarkName::MedianWithEma;
    let mut sound = true;
    let mut check = |key: &str, belongs: bool, time: Option<Spanned<DurationText>>| {
        let Some(time) = time else { return };
        let message = if !belongs {
            format!("this mark rule has no `{key}`")
        } else if time.value.get() <= SimDuration::ZERO {
            format!("`{key}` must be positive")
        } else {
            return;
        };
        let help = "`window` belongs to median_of_three and median_with_ema, `short_ema` to median_with_ema";
        findings.add(time.span, message, Some(help.into()));
        sound = false;
    };
    check("window", windowed, window);
    check("short_ema", averaged, short);
    let or = |time: Option<Spanned<DurationText>>, published| {
        time.map_or(SimDuration::secs(published), |time| time.value.get())
    };
    let ema = or(window, 150);
    let short_ema = short.map_or(ema.min(SimDuration::secs(30)), |time| time.value.get());
    if let Some(short) = short.filter(|_| averaged && short_ema > ema) {
        let (short_ema, ema) = (DurationText::new(short_ema), DurationText::new(ema));
        let message = format!("`short_ema` ({short_ema}) is longer than `window` ({ema})");
        let help = "it stands in for a missing source and is the quicker one: 30s beside 150s";
        findings.add(short.span, message, Some(help.into()));
        sound = false;
    }
    sound.then_some(match name {
        MarkName::Last => MarkRule::Last,
        MarkName::Index => MarkRule::Index,
        MarkName::Scripted => MarkRule::Scripted,
        MarkName::MedianOfThree => MarkRule::MedianOfThree {
            window: or(window, 30),
        },
        MarkName::MedianWithEma => MarkRule::MedianWithEma { ema, short_ema },
    })
}

fn funding_rule(table: &FundingTable) -> FundingRule {
    let premium = match table {
        PlainOr::Plain(FundingName::Off) => return FundingRule::Off,
        PlainOr::Plain(FundingName::EightHours) => PremiumTable::default(),
        PlainOr::Plain(FundingName::Hourly) => PremiumTable {
            interval: DurationText::new(SimDuration::secs(3600)),
            ..Default::default()
        },
        PlainOr::Table(table) => return premium_rule(table),
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
        cap: match t.cap {
            PlainOr::Plain(rate) => FundingCap::Rate(rate.get()),
            PlainOr::Table(table) => FundingCap::Maintenance(table.maintenance.get()),
        },
        impact_notional: t.impact_notional.get(),
    }
}
