//! The rules of a venue: from keys to a configuration.

use firesale_exchange::{
    AdlPolicy, BackstopConfig, CollateralConfig, FeeSchedule, LiquidationConfig, LiquidationLimit,
    VenueConfig,
};
use firesale_types::Usd;

use super::instrument::instrument_rules;
use super::margin::{clearing_rules, portfolio_rules};
use super::{Findings, Rules, VenueRules};
use crate::config::Spanned;
use crate::scenario::file::{AdlName, InstrumentTable, LimitName, ScenarioFile, VenueTable};

pub(super) fn venue_rules(
    venue: &Spanned<VenueTable>,
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<VenueRules> {
    let table = &venue.value;
    let settlement = findings.find(
        "asset",
        &table.settlement,
        rules.asset(&table.settlement.value),
        &rules.assets,
    )?;
    let mut collateral = Vec::new();
    for c in &table.margin.collateral {
        let name = &c.value.asset;
        let asset = findings.find("asset", name, rules.asset(&name.value), &rules.assets)?;
        let price = rules.fundamentals[asset.index()].price;
        collateral.push(CollateralConfig::new(
            asset,
            c.value.haircut.get(),
            Usd::from_f64(price).unwrap_or(Usd(1)),
        ));
    }
    let mine: Vec<&Spanned<InstrumentTable>> = file
        .instruments
        .iter()
        .filter(|i| i.value.venue.value == table.name)
        .collect();
    findings.unique(
        "instrument",
        mine.iter().map(|i| (i.span, i.value.symbol.as_str())),
    );
    let (mut instruments, mut units) = (Vec::new(), Vec::new());
    for instrument in mine {
        let (config, grid) = instrument_rules(instrument, rules, findings)?;
        instruments.push(config);
        units.push(grid);
    }
    let portfolio = match &table.margin.portfolio {
        Some(grid) => Some(portfolio_rules(grid, rules, findings)?),
        None => None,
    };
    let l = &table.liquidation;
    let config = VenueConfig {
        name: table.name.clone(),
        settlement,
        collateral,
        instruments,
        fees: FeeSchedule {
            maker: table.fees.maker.get(),
            taker: table.fees.taker.get(),
            liquidation: table.fees.liquidation.get(),
        },
        margin_call_ratio: table.margin.call_ratio.get(),
        portfolio,
        liquidation: LiquidationConfig {
            enabled: file.scenario.forced_selling,
            latency: l.latency.get(),
            partial_above: l.partial_above.get(),
            partial_fraction: l.partial_fraction.get(),
            cooldown: l.cooldown.get(),
            limit: match l.limit {
                LimitName::None => LiquidationLimit::None,
                LimitName::Bankruptcy => LiquidationLimit::Bankruptcy,
            },
            book_attempts: l.book_attempts,
        },
        insurance_fund: table.insurance.get(),
        backstop: table.backstop.as_ref().map(|b| BackstopConfig {
            capital: b.value.capital.get(),
            threshold: b.value.threshold.get(),
            max_leverage: b.value.max_leverage.get(),
            max_leverage_per_instrument: b.value.max_leverage_per_instrument.get(),
        }),
        adl: match table.adl {
            AdlName::Off => AdlPolicy::Off,
            AdlName::Queue => AdlPolicy::Queue,
            AdlName::ProRata => AdlPolicy::ProRata,
        },
        clearing: table.clearing.as_ref().map(clearing_rules),
        mark_period: table.mark_period.get(),
    };
    if let Err(e) = config.validate() {
        findings.add(venue.span, e.to_string(), None);
    }
    Some(VenueRules {
        config,
        oracle_period: table.oracle.period.get(),
        units,
    })
}
