//! Issuers: from keys to configurations.

use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
use firesale_stablecoin::{AttestationConfig, Decimals, Issuer, IssuerConfig, RailHours};
use firesale_types::{AssetId, SimDuration};

use super::chain::on_chain;
use super::{Findings, Rules};
use crate::config::{Money, Spanned};
use crate::onchain::Wares;
use crate::scenario::file::{
    IssuerKindName, IssuerTable, RailHoursName, RailTable, ScenarioFile, TierKindName, TierRow,
};

/// One issuer.
#[derive(Debug)]
pub(crate) struct IssuerRules {
    pub(crate) name: String,
    pub(crate) wares: Wares,
    /// Who may mint and redeem is known when agents are: until then it is everybody.
    pub(crate) config: IssuerConfig,
    /// The populations whose first members, so many of each, have primary access.
    pub(crate) dealers: Vec<Spanned<String>>,
    pub(crate) most: Option<u32>,
}

/// All issuers.
pub(super) fn issuer_rules(
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Vec<IssuerRules> {
    let names = |i: &Spanned<IssuerTable>| (i.span, i.value.name.clone());
    let names: Vec<_> = file.issuers.iter().map(names).collect();
    findings.unique(
        "issuer",
        names.iter().map(|(span, name)| (*span, name.as_str())),
    );
    let coins: Vec<_> = file.issuers.iter().map(|i| &i.value.coin).collect();
    let coins = coins.iter().map(|coin| (coin.span, coin.value.as_str()));
    findings.unique("issued asset", coins);
    let one = |issuer: &Spanned<IssuerTable>| one_issuer(issuer, rules, findings);
    file.issuers.iter().filter_map(one).collect()
}

/// Dollars are counted alike on chains, on venues and by issuers.
const SIX: u8 = 6;

fn one_issuer(
    issuer: &Spanned<IssuerTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<IssuerRules> {
    let table = &issuer.value;
    let mut asset = |name: &Spanned<String>| -> Option<AssetId> {
        findings.find("asset", name, rules.asset(&name.value), &rules.assets)
    };
    let (coin, money) = (asset(&table.coin)?, asset(&table.money)?);
    let units = rules.units[money.index()];
    if (units.chain, units.venue) != (SIX, SIX) {
        let message = "the money of an issuer has 6 decimals and 6 venue_decimals";
        findings.add(table.money.span, message, None);
        return None;
    }
    let decimals = Decimals(rules.units[coin.index()].chain);
    let config = match table.kind {
        IssuerKindName::Fiat => IssuerConfig::Fiat(FiatConfig {
            decimals,
            supply: on_chain(table.supply.value, rules.units[coin.index()]),
            equity: i128::from(table.equity.get().0),
            ladder: table.ladder.iter().map(|tier| rung(&tier.value)).collect(),
            rail: rail(&table.rail, rules, findings)?,
            primary: primary(table),
            daily_limit: table.daily_limit.map(|limit| limit.get()),
            attestation: AttestationConfig {
                every: table.attestation.every.get(),
                lag: table.attestation.lag.get(),
            },
            bill_yield_bps: table.bill_yield_bps,
        }),
    };
    if let Err(error) = Issuer::new(config.clone()) {
        findings.add_within(issuer.span, &error.key, error.message);
        return None;
    }
    Some(IssuerRules {
        name: table.name.clone(),
        wares: Wares {
            coin,
            money,
            seigniorage: None,
            collateral: None,
            governance: None,
        },
        config,
        dealers: table.primary.dealers.clone(),
        most: table.primary.most,
    })
}

fn primary(table: &IssuerTable) -> PrimaryAccess {
    let terms = &table.primary;
    let usd = |money: Money| i128::from(money.get().0);
    PrimaryAccess {
        dealers: Dealers::First(if terms.dealers.is_empty() {
            0
        } else {
            u32::MAX
        }),
        capacity_daily: terms.capacity_daily.map(usd),
        minimum: usd(terms.minimum),
        mint_fee: terms.mint_fee.get(),
        redeem_fee: terms.redeem_fee.get(),
        redeems: terms.redeems,
    }
}

fn rung(row: &TierRow) -> TierConfig {
    let amount = i128::from(row.amount.get().0);
    let usual = match row.kind {
        TierKindName::Deposits => TierConfig::cash(&row.name, amount),
        TierKindName::Repo => TierConfig::repo(amount),
        TierKindName::MoneyFund => TierConfig::money_fund(amount),
        TierKindName::Bills => TierConfig::bills(amount),
        TierKindName::Loans => TierConfig::slow(TierKind::Loans, &row.name, amount),
        TierKindName::Gold => TierConfig::slow(TierKind::Gold, &row.name, amount),
        TierKindName::Coins => TierConfig::slow(TierKind::Coins, &row.name, amount),
    };
    let or = |written: Option<crate::config::Ratio>, usual| written.map_or(usual, |r| r.get());
    TierConfig {
        name: row.name.clone(),
        settles: row.settles.map_or(usual.settles, |settles| settles.get()),
        haircut: or(row.haircut, usual.haircut),
        impact_linear: or(row.impact_linear, usual.impact_linear),
        impact_convex: or(row.impact_convex, usual.impact_convex),
        impact_recovery: or(row.impact_recovery, usual.impact_recovery),
        maturity_days: row.maturity_days.unwrap_or(usual.maturity_days),
        yield_rate: row.yield_rate.get(),
        ..usual
    }
}

/// The hours of a rail; simulated time begins at a moment of the calendar.
pub(super) fn rail(table: &RailTable, rules: &Rules, findings: &mut Findings) -> Option<RailHours> {
    let start = jiff::tz::TimeZone::UTC.to_datetime(rules.start);
    let weekday = start.weekday().to_monday_zero_offset() as u8;
    let time = SimDuration::secs(
        i64::from(start.hour()) * 3600 + i64::from(start.minute()) * 60 + i64::from(start.second()),
    );
    let mut hours = match table.hours {
        RailHoursName::Always => RailHours {
            epoch_weekday: weekday,
            epoch_time: time,
            ..RailHours::always()
        },
        RailHoursName::NewYork => RailHours::new_york(weekday, time),
    };
    for holiday in &table.holidays {
        let Ok(date) = holiday.value.parse::<jiff::civil::Date>() else {
            let message = format!("`{}` is no date: write 2023-03-13", holiday.value);
            findings.add(holiday.span, message, None);
            return None;
        };
        let days = start
            .date()
            .until(date)
            .map(|span| i64::from(span.get_days()));
        hours.holidays.extend(days.ok());
    }
    Some(hours)
}
