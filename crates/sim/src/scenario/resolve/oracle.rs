//! How index prices are made, and the faults that strike them.

use std::collections::BTreeMap;

use firesale_exchange::index::{Average, IndexRule, Outlier};
use firesale_types::{AssetId, Rate, SimDuration, SimTime, VenueId};

use super::{Findings, Rules, moment};
use crate::config::{Span, Spanned};
use crate::oracle::{FaultKind, OracleFault};
use crate::scenario::file::{
    AssetIndexTable, AverageName, FaultName, IndexSourceName, OracleTable, OutlierName,
    ScenarioFile, ShockKind, ShockTable,
};

/// The index prices of one venue.
#[derive(Debug, Default)]
pub(crate) struct OracleRules {
    pub(crate) period: SimDuration,
    /// The rule of assets without one of their own.
    pub(crate) rule: IndexRule,
    /// Weights of venues that differ from their markets' own.
    pub(crate) weights: BTreeMap<VenueId, u32>,
    pub(crate) assets: BTreeMap<AssetId, AssetOracle>,
    /// Faults, of one asset or of all.
    pub(crate) faults: Vec<(Option<AssetId>, OracleFault)>,
}

/// The index of an asset with a rule of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssetOracle {
    pub(crate) source: IndexSourceName,
    pub(crate) rule: IndexRule,
}

/// Weights are kept in thousandths.
const WEIGHT_UNIT: f64 = 1000.0;

/// A weight as an integer, or nothing if it makes no sense.
pub(crate) fn weight(given: f64) -> Option<u32> {
    let scaled = libm::rint(given * WEIGHT_UNIT);
    (0.0..=1e9).contains(&scaled).then_some(scaled as u32)
}

/// The rules of a venue's oracle.
pub(super) fn oracle_rules(
    venue: &str,
    table: &OracleTable,
    file: &ScenarioFile,
    rules: &Rules,
    span: Span,
    findings: &mut Findings,
) -> OracleRules {
    let rule = IndexRule {
        average: match table.average {
            AverageName::WeightedMedian => Average::WeightedMedian,
            AverageName::WeightedMean => Average::WeightedMean,
        },
        deviation: table
            .deviation
            .map(|most| (most.get(), outlier(table.outliers))),
        stale_after: table.stale_after.map(|time| time.get()),
        ..IndexRule::default()
    };
    let mut oracle = OracleRules {
        period: table.period.get(),
        rule,
        ..OracleRules::default()
    };
    if let Some((most, _)) = rule.deviation
        && !(Rate(1)..Rate::ONE).contains(&most)
    {
        let message = "oracle.deviation must lie between 0 and 100%";
        findings.add_within(span, "oracle.deviation", message);
    }
    let names: Vec<String> = file.venues.iter().map(|v| v.value.name.clone()).collect();
    for (name, given) in &table.weights {
        let at = names.iter().position(|known| known == name);
        let name = Spanned {
            span: given.span,
            value: name.clone(),
        };
        if let Some(at) = findings.find("venue", &name, at, &names) {
            match weight(given.value) {
                Some(weight) => {
                    oracle.weights.insert(VenueId(at as u16), weight);
                }
                None => findings.add(given.span, "a weight lies between 0 and a million", None),
            }
        }
    }
    for (symbol, table) in &table.assets {
        let name = Spanned {
            span: table.span,
            value: symbol.clone(),
        };
        let known = rules.asset(symbol);
        if let Some(asset) = findings.find("asset", &name, known, &rules.assets) {
            let own = asset_oracle(&table.value, rule, table.span, findings);
            oracle.assets.insert(asset, own);
        }
    }
    let mine = |shock: &&Spanned<ShockTable>| {
        let here = shock.value.venue.as_ref();
        shock.value.kind == ShockKind::OracleFault && here.is_none_or(|name| name.value == venue)
    };
    let faults = file.shocks.iter().filter(mine);
    oracle.faults = faults
        .filter_map(|shock| fault(shock, rules, findings))
        .collect();
    oracle
}

const fn outlier(name: OutlierName) -> Outlier {
    match name {
        OutlierName::Dropped => Outlier::Dropped,
        OutlierName::Clamped => Outlier::Clamped,
    }
}

fn asset_oracle(
    table: &AssetIndexTable,
    rule: IndexRule,
    span: Span,
    findings: &mut Findings,
) -> AssetOracle {
    let weight = match table.source {
        IndexSourceName::Redemption => Rate::ONE,
        _ => table.redemption_weight.get(),
    };
    let part = Rate::ZERO..=Rate::ONE;
    let floor = table.floor.map_or(Rate::ZERO, |floor| floor.get());
    for (key, rate) in [("redemption_weight", weight), ("floor", floor)] {
        if !part.contains(&rate) {
            let message = format!("{key} lies between 0 and 100%");
            findings.add_within(span, key, message);
        }
    }
    AssetOracle {
        source: table.source,
        rule: IndexRule {
            redemption_weight: weight,
            floor: table.floor.map(|floor| floor.get()),
            ..rule
        },
    }
}

fn fault(
    shock: &Spanned<ShockTable>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<(Option<AssetId>, OracleFault)> {
    let table = &shock.value;
    let from = moment(&table.at, rules, findings)?;
    let asset = match &table.asset {
        None => None,
        Some(name) => {
            let known = rules.asset(&name.value);
            Some(findings.find("asset", name, known, &rules.assets)?)
        }
    };
    let kind = match (table.fault, table.by) {
        (Some(FaultName::Frozen), _) => FaultKind::Frozen,
        (Some(FaultName::Delayed), Some(by)) if by.get() > SimDuration::ZERO => {
            FaultKind::Delayed(by.get())
        }
        (Some(FaultName::Wrong), _) if table.factor.get() > Rate::ZERO => {
            FaultKind::Wrong(table.factor.get())
        }
        _ => {
            let help = "fault = \"frozen\"; or \"delayed\" with by = \"30s\"; or \"wrong\" with factor = 0.9";
            let message = "an oracle fault needs to say what is wrong";
            findings.add(shock.span, message, Some(help.into()));
            return None;
        }
    };
    let until = table
        .duration
        .map_or(SimTime::MAX, |time| from + time.get());
    Some((asset, OracleFault { from, until, kind }))
}
