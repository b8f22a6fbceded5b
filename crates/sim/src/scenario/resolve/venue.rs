//! The rules of a venue: from keys to a configuration.

use firesale_exchange::{
    BackstopConfig, CancelFirst, CollateralConfig, ConfigError, FeeSchedule, HaircutTier,
    LiquidationConfig, LiquidationLimit, LiquidationMethod, MarginRules, UnwindPolicy, VenueConfig,
};
use firesale_types::{SimDuration, Usd};

use super::brakes::{brake_rules, check_group};
use super::instrument::instrument_rules;
use super::loss::{adl_rules, insurance_rules};
use super::margin::{clearing_rules, portfolio_rules};
use super::oracle::oracle_rules;
use super::platform::platform_rules;
use super::{Findings, Rules, Units, VenueRules};
use crate::config::{Problem, Spanned};
use crate::scenario::file::{
    CancelName, HaircutTierTable, InstrumentTable, LimitName, LiquidationTable, MethodName,
    ScenarioFile, UnwindTable, VenueTable,
};

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
    if rules.units[settlement.index()].venue != MONEY_DECIMALS {
        findings.add(table.settlement.span, UNEVEN, None);
    }
    let mut collateral = Vec::new();
    for c in &table.margin.collateral {
        let name = &c.value.asset;
        let asset = findings.find("asset", name, rules.asset(&name.value), &rules.assets)?;
        if rules.units[asset.index()].venue != MONEY_DECIMALS {
            findings.add(name.span, UNEVEN, None);
            return None;
        }
        let price = rules.fundamentals[asset.index()].price;
        let price = Usd::from_f64(price).unwrap_or(Usd(1));
        let tier = |tier: &HaircutTierTable| HaircutTier {
            above: tier.above.get(),
            haircut: tier.haircut.get(),
        };
        collateral.push(CollateralConfig {
            tiers: c.value.tiers.iter().map(tier).collect(),
            ..CollateralConfig::new(asset, c.value.haircut.get(), price)
        });
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
    let mut instruments = Vec::new();
    let mut units: Vec<Units> = Vec::new();
    let brakes = brake_rules(table, &mine, rules, findings);
    check_group(table, file, findings);
    for instrument in &mine {
        let (config, grid) = instrument_rules(instrument, rules, findings)?;
        instruments.push(config);
        units.push(grid);
    }
    let series = super::habits::series(&mine, &instruments, findings);
    for (units, next) in units.iter_mut().zip(series) {
        units.next = next;
    }
    let (adl, adl_terms) = adl_rules(&table.adl, findings);
    let (insurance_fund, insurance) = insurance_rules(&table.insurance, &instruments, findings);
    let portfolio = match &table.margin.portfolio {
        Some(grid) => Some(portfolio_rules(grid, &instruments, rules, findings)?),
        None => None,
    };
    let l = &table.liquidation;
    let config = VenueConfig {
        name: table.name.clone(),
        settlement,
        collateral,
        instruments,
        brakes,
        platform: platform_rules(table, file, rules, findings),
        fees: FeeSchedule {
            maker: table.fees.maker.get(),
            taker: table.fees.taker.get(),
            liquidation: table.fees.liquidation.get(),
        },
        margin_call_ratio: table.margin.call_ratio.get(),
        margin_rules: MarginRules {
            transfer_floor: table.margin.transfer_floor.get(),
            isolated_leverage: table.margin.isolated_leverage.rule(),
        },
        liquidation: liquidation(l, file.scenario.forced_selling),
        insurance_fund,
        insurance,
        fund_unwind: table.fund_unwind.as_ref().map(unwind),
        portfolio,
        backstop: table.backstop.as_ref().map(|b| BackstopConfig {
            capital: b.value.capital.get(),
            threshold: b.value.threshold.get(),
            max_leverage: b.value.max_leverage.get(),
            max_leverage_per_instrument: b.value.max_leverage_per_instrument.get(),
            unwind: b.value.unwind.as_ref().map(unwind),
            lockup: b.value.lockup.map_or(SimDuration::ZERO, |time| time.get()),
        }),
        adl,
        adl_terms,
        transparent: table.transparent,
        clearing: table.clearing.as_ref().map(clearing_rules),
        mark_period: table.mark_period.get(),
    };
    if let Err(error) = config.validate() {
        findings.0.push(misfit(&error, venue, &mine, rules));
    }
    Some(VenueRules {
        config,
        oracle: oracle_rules(
            &table.name,
            &table.oracle,
            file,
            rules,
            venue.span,
            findings,
        ),
        units,
    })
}

/// What is money on a venue is counted in millionths there.
const MONEY_DECIMALS: u8 = 6;
const UNEVEN: &str = "what a venue settles in or takes as collateral has 6 venue_decimals";

/// What the venue refuses, at the key that it names.
fn misfit(
    error: &ConfigError,
    venue: &Spanned<VenueTable>,
    mine: &[&Spanned<InstrumentTable>],
    rules: &Rules,
) -> Problem {
    let (span, key) = match error {
        ConfigError::Venue { key, .. } => (venue.span, key.as_str()),
        ConfigError::Instrument { symbol, key, .. } => {
            let named = mine.iter().find(|i| i.value.symbol == *symbol);
            (named.map_or(venue.span, |i| i.span), key.as_str())
        }
        ConfigError::Collateral { asset, key, .. } => {
            let symbol = &rules.assets[asset.index()];
            let mut list = venue.value.margin.collateral.iter();
            let named = list.find(|c| c.value.asset.value == *symbol);
            (named.map_or(venue.span, |c| c.span), key.as_str())
        }
        ConfigError::Tiers { key, .. } => (venue.span, *key),
    };
    Problem::new(span, error.to_string()).within(key)
}

fn unwind(table: &UnwindTable) -> UnwindPolicy {
    UnwindPolicy {
        period: table.period.get(),
        fraction: table.fraction.get(),
        slippage: table.slippage.get(),
    }
}

fn liquidation(l: &LiquidationTable, enabled: bool) -> LiquidationConfig {
    LiquidationConfig {
        enabled,
        latency: l.latency.get(),
        partial_above: l.partial_above.get(),
        partial_fraction: l.partial_fraction.get(),
        cooldown: l.cooldown.get(),
        limit: match l.limit {
            LimitName::None => LiquidationLimit::None,
            LimitName::Bankruptcy => LiquidationLimit::Bankruptcy,
            LimitName::Bounded => LiquidationLimit::Bounded {
                spread: l.spread.get(),
                adjustment: l.adjustment.get(),
            },
        },
        book_attempts: l.book_attempts,
        method: match l.method {
            MethodName::Orders => LiquidationMethod::Orders,
            MethodName::StepDown => LiquidationMethod::StepDown {
                fill_or_kill: l.fill_or_kill,
                orders: l.orders,
            },
            MethodName::Auction => LiquidationMethod::Auction {
                duration: l.duration.get(),
            },
            MethodName::Twap => LiquidationMethod::Twap {
                duration: l.duration.get(),
                parts: l.parts,
            },
        },
        cancel: match l.cancel {
            CancelName::All => CancelFirst::All,
            CancelName::Increasing => CancelFirst::Increasing,
            CancelName::None => CancelFirst::None,
        },
        scan_period: l.scan_period.get(),
        steps_per_second: l.steps_per_second,
    }
}
