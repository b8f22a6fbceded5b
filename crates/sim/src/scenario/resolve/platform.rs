//! The platform of a venue: from keys and shocks to a configuration.

use firesale_exchange::{
    ApiConfig, Gated, HotWallet, Interval, OverloadConfig, PlatformConfig, SolvencyConfig,
    WithdrawalConfig,
};
use firesale_types::Usd;

use super::{Findings, Rules, moment};
use crate::config::Spanned;
use crate::scenario::file::{
    ApiTable, GatedName, GatesTable, ScenarioFile, ShockKind, ShockTable, SolvencyTable, VenueTable,
};

pub(super) fn platform_rules(
    table: &VenueTable,
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> PlatformConfig {
    let mut spans = |kind| intervals(kind, &table.name, file, rules, findings);
    PlatformConfig {
        outages: spans(ShockKind::Outage),
        transfer_freezes: spans(ShockKind::TransferFreeze),
        withdrawal_freezes: spans(ShockKind::WithdrawalFreeze),
        api: table.api.as_ref().map(api_rules),
        liquidates_while_down: table.outage.as_ref().is_none_or(|outage| outage.liquidates),
        withdrawals: withdrawal_rules(&table.gates),
        solvency: table
            .platform
            .as_ref()
            .and_then(|platform| solvency_rules(platform, rules, findings)),
    }
}

/// The shocks of a kind that strike this venue.
fn intervals(
    kind: ShockKind,
    venue: &str,
    file: &ScenarioFile,
    rules: &Rules,
    findings: &mut Findings,
) -> Vec<Interval> {
    let mine = |shock: &&Spanned<ShockTable>| {
        let here = shock.value.venue.as_ref();
        shock.value.kind == kind && here.is_none_or(|name| name.value == venue)
    };
    let mut found = Vec::new();
    for shock in file.shocks.iter().filter(mine) {
        let Some(from) = moment(&shock.value.at, rules, findings) else {
            continue;
        };
        match shock.value.duration {
            Some(duration) => found.push(Interval {
                from,
                to: from + duration.get(),
            }),
            None => findings.add(
                shock.span,
                "this shock needs a duration",
                Some("for instance duration = \"20m\"".into()),
            ),
        }
    }
    found
}

/// Shocks that strike a venue must name one that exists.
pub(super) fn check_struck(file: &ScenarioFile, findings: &mut Findings) {
    let known: Vec<String> = file.venues.iter().map(|v| v.value.name.clone()).collect();
    for shock in &file.shocks {
        if let Some(name) = &shock.value.venue {
            let found = known.contains(&name.value).then_some(());
            findings.find("venue", name, found, &known);
        }
    }
}

fn api_rules(table: &ApiTable) -> ApiConfig {
    ApiConfig {
        per_second: table.per_second,
        max_delay: table.max_delay.get(),
        overload: table.overload.as_ref().map(|overload| OverloadConfig {
            delay: overload.delay.get(),
            lasting: overload.lasting.get(),
            down: overload.down.get(),
        }),
    }
}

fn withdrawal_rules(table: &GatesTable) -> WithdrawalConfig {
    WithdrawalConfig {
        daily_limit: table.daily_limit.map(|limit| limit.get()),
        hot_wallet: table.hot_wallet.as_ref().map(|wallet| HotWallet {
            size: wallet.size.get(),
            refill_per_hour: wallet.refill_per_hour.get(),
        }),
        gated: match table.gated {
            GatedName::Queue => Gated::Queue,
            GatedName::Refuse => Gated::Refuse,
        },
    }
}

fn solvency_rules(
    table: &SolvencyTable,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<SolvencyConfig> {
    let own_token = match &table.own_token {
        None => None,
        Some(name) => {
            let known = rules.asset(&name.value);
            let asset = findings.find("asset", name, known, &rules.assets)?;
            let price = rules.fundamentals[asset.index()].price;
            let units = table.own_token_value.get().to_f64() / price;
            Some((asset, Usd(rules.units[asset.index()].venue_from_f64(units))))
        }
    };
    Some(SolvencyConfig {
        affiliate_loan: table.affiliate_loan.get(),
        loan_recovery: table.loan_recovery.get(),
        own_token,
    })
}
