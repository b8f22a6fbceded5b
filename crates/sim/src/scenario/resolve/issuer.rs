//! Issuers: from keys to configurations.

use firesale_amm::lending::ReserveId;
use firesale_stablecoin::algorithmic::{AlgorithmicConfig, AnchorConfig};
use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
use firesale_stablecoin::vault::{PositionConfig, VaultConfig};
use firesale_stablecoin::{
    AttestationConfig, Decimals, HolderId, Issuer, IssuerConfig, IssuerEvent, RailHours, TierId,
    UnitPrice,
};
use firesale_types::{AssetId, SimDuration, SimTime};

use super::chain::{FeedRules, on_chain};
use super::{Findings, Rules, moment};
use crate::config::{Money, Spanned};
use crate::onchain::Wares;
use crate::scenario::file::{
    IssuerKindName, IssuerTable, RailHoursName, RailTable, ScenarioFile, SeigniorageTable,
    ShockKind, ShockTable, TierKindName, TierRow, VaultPositionTable,
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
    /// What happens to it, and when.
    pub(crate) events: Vec<(SimTime, IssuerEvent)>,
    /// What of that has a name, for charts.
    pub(crate) marks: Vec<(SimTime, String)>,
    /// Where the price of its seigniorage token comes from.
    pub(crate) oracle: Option<FeedRules>,
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
    let known: Vec<String> = file.issuers.iter().map(|i| i.value.name.clone()).collect();
    for shock in &file.shocks {
        match &shock.value.issuer {
            Some(name) => {
                let found = known.contains(&name.value).then_some(());
                findings.find("issuer", name, found, &known);
            }
            None if shock.value.kind.strikes_issuer() => {
                let help = Some(format!("known: {}", known.join(", ")));
                findings.add(shock.span, "which issuer: issuer = \"...\"", help);
            }
            None => {}
        }
    }
    let one = |issuer: &Spanned<IssuerTable>| one_issuer(issuer, file, rules, findings);
    file.issuers.iter().filter_map(one).collect()
}

/// Dollars are counted alike on chains, on venues and by issuers.
const SIX: u8 = 6;

fn one_issuer(
    issuer: &Spanned<IssuerTable>,
    file: &ScenarioFile,
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
    let mut wares = Wares {
        coin,
        money,
        seigniorage: None,
        collateral: None,
        governance: None,
    };
    let mut oracle = None;
    let config = match table.kind {
        IssuerKindName::Fiat => IssuerConfig::Fiat(fiat(table, coin, rules, findings)?),
        IssuerKindName::Vault => IssuerConfig::Vault(vault(table, coin, rules)),
        IssuerKindName::Algorithmic => {
            let Some(with) = &table.seigniorage else {
                let message = "an algorithmic issuer needs its other token: seigniorage = { ... }";
                findings.add(issuer.span, message, None);
                return None;
            };
            let name = &with.value.token;
            let token = findings.find("asset", name, rules.asset(&name.value), &rules.assets)?;
            wares.seigniorage = Some(token);
            oracle = Some(seigniorage_feed(&with.value, token, rules));
            let units = rules.units[coin.index()];
            let anchor = table.anchor.as_ref().map(|anchor| {
                let others = (HolderId(u32::MAX), on_chain(anchor.value.deposits, units));
                AnchorConfig {
                    rate: anchor.value.rate.get(),
                    deposits: [others]
                        .into_iter()
                        .filter(|(_, amount)| *amount > 0)
                        .collect(),
                    reserve: on_chain(anchor.value.reserve, units),
                }
            });
            let config = algorithmic(table, &with.value, (coin, token), anchor, rules);
            IssuerConfig::Algorithmic(config)
        }
    };
    let made = Issuer::new(config.clone());
    if let Err(error) = made {
        findings.add_within(issuer.span, &key_of(&error.key), error.message);
        return None;
    }
    let shocks = file.shocks.iter().filter(|shock| {
        let named = shock.value.issuer.as_ref();
        named.is_some_and(|name| name.value == table.name)
    });
    let (mut events, mut marks) = (Vec::new(), Vec::new());
    for shock in shocks {
        let strikes = struck(shock, table, rules, findings)?;
        if let (Some((at, _)), false) = (strikes.first(), shock.value.label.is_empty()) {
            marks.push((*at, shock.value.label.clone()));
        }
        events.extend(strikes);
    }
    Some(IssuerRules {
        name: table.name.clone(),
        wares,
        config,
        dealers: table.primary.dealers.clone(),
        most: table.primary.most,
        events,
        marks,
        oracle,
    })
}

/// The key of a scenario that an issuer's key comes from.
fn key_of(key: &str) -> String {
    match key {
        "seigniorage_supply" => "seigniorage.supply".to_owned(),
        "base_pool" | "recovery_blocks" | "block" | "spread_min" | "price_age_max" => {
            format!("seigniorage.{key}")
        }
        "decimals" | "seigniorage_decimals" => "coin".to_owned(),
        "minimum" => "primary.minimum".to_owned(),
        key => key.replace("is_opaque", "opaque"),
    }
}

fn fiat(
    table: &IssuerTable,
    coin: AssetId,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<FiatConfig> {
    let units = rules.units[coin.index()];
    Some(FiatConfig {
        decimals: Decimals(units.chain),
        supply: on_chain(table.supply.value, units),
        equity: i128::from(table.equity.get().0),
        ladder: table.ladder.iter().map(|tier| rung(&tier.value)).collect(),
        rail: rail(&table.rail, rules, findings)?,
        primary: primary(table),
        daily_limit: table.daily_limit.map(|limit| limit.get()),
        suspends_when_short: table.suspends_when_short,
        attestation: attestation(table),
        bill_yield_bps: table.bill_yield_bps,
    })
}

const fn attestation(table: &IssuerTable) -> AttestationConfig {
    AttestationConfig {
        every: table.attestation.every.get(),
        lag: table.attestation.lag.get(),
    }
}

fn algorithmic(
    table: &IssuerTable,
    with: &SeigniorageTable,
    (coin, token): (AssetId, AssetId),
    anchor: Option<AnchorConfig>,
    rules: &Rules,
) -> AlgorithmicConfig {
    let (units, other) = (rules.units[coin.index()], rules.units[token.index()]);
    AlgorithmicConfig {
        decimals: Decimals(units.chain),
        supply: on_chain(table.supply.value, units),
        seigniorage_decimals: Decimals(other.chain),
        seigniorage_supply: on_chain(with.supply, other),
        base_pool: i128::from(with.base_pool.get().0),
        recovery_blocks: with.recovery_blocks,
        block: with.block.get(),
        spread_min: with.spread_min.get(),
        price_age_max: with.price_age_max.get(),
        anchor,
    }
}

fn vault(table: &IssuerTable, coin: AssetId, rules: &Rules) -> VaultConfig {
    let units = rules.units[coin.index()];
    let position = |entry: &Spanned<VaultPositionTable>| {
        let entry = &entry.value;
        PositionConfig {
            name: entry.name.clone(),
            reported: i128::from(entry.reported.get().0),
            hidden_loss: i128::from(entry.hidden_loss.get().0),
            recall: entry.recall.get(),
            is_opaque: entry.opaque,
        }
    };
    VaultConfig {
        decimals: Decimals(units.chain),
        supply: on_chain(table.supply.value, units),
        price: UnitPrice::micro_usd(libm::rint(table.price.clamp(0.0, 1e12) * 1e6) as u128),
        cash: i128::from(table.cash.get().0),
        positions: table.positions.iter().map(position).collect(),
        buffer: table.buffer.get(),
        notice: table.notice.get(),
        minimum: i128::from(table.primary.minimum.get().0),
        reported_yield: table.reported_yield.get(),
        true_yield: table.true_yield.get(),
        freezes_at_disclosure: table.freezes_at_disclosure,
        attestation: attestation(table),
    }
}

fn seigniorage_feed(with: &SeigniorageTable, token: AssetId, rules: &Rules) -> FeedRules {
    let oracle = &with.oracle.value;
    FeedRules {
        reserve: ReserveId(0),
        source: oracle.source,
        of: oracle.of.clone(),
        asset: token,
        price: rules.fundamentals[token.index()].price,
        deviation: oracle.deviation.to_f64(),
        heartbeat: oracle.heartbeat.get(),
    }
}

/// What a shock does to an issuer.
fn struck(
    shock: &Spanned<ShockTable>,
    table: &IssuerTable,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<Vec<(SimTime, IssuerEvent)>> {
    let of = &shock.value;
    let at = moment(&of.at, rules, findings)?;
    let known: Vec<String> = match table.kind {
        IssuerKindName::Vault => table
            .positions
            .iter()
            .map(|p| p.value.name.clone())
            .collect(),
        _ => table.ladder.iter().map(|t| t.value.name.clone()).collect(),
    };
    let mut tier = || {
        let Some(name) = &of.tier else {
            let help = Some(format!("known: {}", known.join(", ")));
            findings.add(
                shock.span,
                "which part of the reserve: tier = \"...\"",
                help,
            );
            return None;
        };
        let found = known.iter().position(|tier| *tier == name.value);
        let at = findings.find("part of the reserve", name, found, &known)?;
        Some(TierId(at as u16))
    };
    Some(match of.kind {
        ShockKind::BankFailure => {
            let (tier, share, recovery) = (tier()?, of.share.get(), of.recovery.get());
            vec![(
                at,
                IssuerEvent::Freeze {
                    tier,
                    share,
                    recovery,
                },
            )]
        }
        ShockKind::Backstop => {
            let (tier, recovered) = (tier()?, of.recovery.get());
            vec![(at, IssuerEvent::Thaw { tier, recovered })]
        }
        ShockKind::ReserveLoss => {
            let (tier, usd) = (tier()?, i128::from(of.loss.get().0));
            vec![(at, IssuerEvent::ReserveLoss { tier, usd })]
        }
        ShockKind::Disclosure => vec![(at, IssuerEvent::Disclose)],
        ShockKind::RedemptionFreeze => {
            let until = of.duration.map(|span| at + span.get());
            let resumed = until.map(|until| (until, IssuerEvent::Suspend(false)));
            let frozen = (at, IssuerEvent::Suspend(true));
            [frozen].into_iter().chain(resumed).collect()
        }
        _ => Vec::new(),
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
