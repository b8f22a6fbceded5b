//! `adl` and `insurance`: from keys to rules.

use firesale_exchange::{
    AdlPolicy, AdlPrice, AdlTerms, AdlTrigger, InstrumentConfig, InsuranceRules, LossSharing,
    PoolConfig, Surplus,
};
use firesale_types::{InstrumentId, Rate, Usd};

use super::Findings;
use crate::config::{Money, PlainOr, Problem, Ratio, Span, Spanned};
use crate::scenario::file::{
    AdlName, AdlPriceName, AdlTable, AdlWhenName, CLAWBACK_WINDOW, InsuranceTable, PoolTable,
    SharingName, SurplusName,
};

/// Who pays, when and at what price.
pub(super) fn adl_rules(
    adl: &Spanned<PlainOr<AdlName, AdlTable>>,
    findings: &mut Findings,
) -> (AdlPolicy, AdlTerms) {
    match &adl.value {
        PlainOr::Plain(name) => (policy(*name), AdlTerms::default()),
        PlainOr::Table(table) => (policy(table.rule), terms(table, adl.span, findings)),
    }
}

const fn policy(name: AdlName) -> AdlPolicy {
    match name {
        AdlName::Off => AdlPolicy::Off,
        AdlName::Queue => AdlPolicy::Queue,
        AdlName::ProRata => AdlPolicy::ProRata,
        AdlName::Quantile => AdlPolicy::Quantile,
        AdlName::CappedProRata => AdlPolicy::CappedProRata,
        AdlName::RiskAware => AdlPolicy::RiskAware,
        AdlName::Random => AdlPolicy::Random,
        AdlName::Largest => AdlPolicy::Largest,
    }
}

fn terms(table: &AdlTable, span: Span, findings: &mut Findings) -> AdlTerms {
    let drawdown = table.drawdown_start.is_some()
        || table.drawdown_stop.is_some()
        || table.drawdown_window.is_some();
    if drawdown && table.when != AdlWhenName::FundDrawdown {
        let help = "set when = \"fund_drawdown\"";
        let key = match (&table.drawdown_start, &table.drawdown_stop) {
            (Some(_), _) => "drawdown_start",
            (None, Some(_)) => "drawdown_stop",
            (None, None) => "drawdown_window",
        };
        let message = "a key of a drawdown, but it is not what starts deleveraging";
        let problem = Problem::new(span, message).within(key);
        findings.0.push(problem.help(help));
    }
    let default = AdlTerms::default();
    let rate = |ratio: &Option<Ratio>, default: Rate| ratio.map_or(default, |ratio| ratio.get());
    let money = |money: &Option<Money>, default: Usd| money.map_or(default, |money| money.get());
    AdlTerms {
        trigger: match (table.when, AdlTrigger::BYBIT) {
            (AdlWhenName::NegativeEquity, _) => AdlTrigger::NegativeEquity,
            (
                AdlWhenName::FundDrawdown,
                AdlTrigger::FundDrawdown {
                    start,
                    stop,
                    window,
                },
            ) => AdlTrigger::FundDrawdown {
                start: rate(&table.drawdown_start, start),
                stop: rate(&table.drawdown_stop, stop),
                window: table.drawdown_window.map_or(window, |text| text.get()),
            },
            _ => AdlTrigger::EmptyFund,
        },
        price: table.price.map(|price| match price {
            AdlPriceName::PreviousMark => AdlPrice::PreviousMark,
            AdlPriceName::Bankruptcy => AdlPrice::Bankruptcy,
        }),
        max_portion: rate(&table.max_portion, default.max_portion),
        max_notional: money(&table.max_notional, default.max_notional),
        max_insurance_loss: money(&table.max_insurance_loss, default.max_insurance_loss),
    }
}

/// The capital of the main pool, and the rest of the fund's rules.
pub(super) fn insurance_rules(
    insurance: &Spanned<PlainOr<Money, InsuranceTable>>,
    instruments: &[InstrumentConfig],
    findings: &mut Findings,
) -> (Usd, InsuranceRules) {
    let table = match &insurance.value {
        PlainOr::Plain(money) => return (money.get(), InsuranceRules::default()),
        PlainOr::Table(table) => table,
    };
    if table.clawback_window.is_some() && table.sharing != SharingName::Clawback {
        let message = "clawback_window without a clawback";
        let problem = Problem::new(insurance.span, message).within("clawback_window");
        findings.0.push(problem.help("set sharing = \"clawback\""));
    }
    let window = table
        .clawback_window
        .map_or(CLAWBACK_WINDOW, |text| text.get());
    let mut pooled = Vec::new();
    let pools = table.pools.iter();
    let pools = pools.map(|pool| pool_rules(&pool.value, instruments, &mut pooled, findings));
    let rules = InsuranceRules {
        pools: pools.collect(),
        surplus: match table.surplus {
            SurplusName::Account => Surplus::Account,
            SurplusName::Fund => Surplus::Fund,
        },
        sharing: match table.sharing {
            SharingName::None => LossSharing::None,
            SharingName::Socialised => LossSharing::Socialised,
            SharingName::Clawback => LossSharing::Clawback { window },
        },
    };
    (table.capital.get(), rules)
}

/// One pool; `pooled` are the instruments of those before it.
fn pool_rules(
    pool: &PoolTable,
    instruments: &[InstrumentConfig],
    pooled: &mut Vec<InstrumentId>,
    findings: &mut Findings,
) -> PoolConfig {
    let known: Vec<String> = instruments.iter().map(|i| i.symbol.clone()).collect();
    let mut mine = Vec::new();
    for name in &pool.instruments {
        let found = known.iter().position(|symbol| *symbol == name.value);
        let Some(at) = findings.find("instrument", name, found, &known) else {
            continue;
        };
        let id = InstrumentId(at as u16);
        if pooled.contains(&id) {
            let message = format!("`{}` is in two insurance pools", name.value);
            findings.add(name.span, message, None);
        } else {
            pooled.push(id);
            mine.push(id);
        }
    }
    PoolConfig {
        name: pool.name.clone(),
        capital: pool.capital.get(),
        instruments: mine,
    }
}

#[cfg(test)]
mod tests;
