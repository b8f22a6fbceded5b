//! `margin.portfolio = { ... }`: the scenario grid of portfolio accounts.

use std::collections::BTreeMap;

use firesale_exchange::PortfolioMargin;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Money, Ratio, Spanned};

/// `margin.portfolio = { ... }`; defaults are those of the engine, assumptions all but the range.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortfolioTable {
    /// Moves of all marks, one for each scenario.
    pub shocks: Vec<Ratio>,
    /// Other moves of single instruments in the same scenarios, by symbol.
    pub overrides: BTreeMap<String, Vec<Ratio>>,
    /// What volatility shocks multiply the moves by.
    pub volatility: Vec<Ratio>,
    /// Rate on the gross notional of a base above its threshold.
    pub concentration: Ratio,
    /// That threshold; default: none.
    pub concentrated_above: Option<Money>,
    /// Thresholds of single bases.
    pub concentrated_above_by_base: BTreeMap<String, Money>,
    /// Rate on what longs and shorts of one base set off.
    pub basis: Ratio,
    /// Bases that set off each other in part.
    pub offsets: Vec<Spanned<OffsetTable>>,
    /// The least rate on the gross notional.
    pub minimum: Ratio,
    /// Initial margin over maintenance margin.
    pub initial: Ratio,
}

/// One of `margin.portfolio.offsets`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OffsetTable {
    /// Two or more assets.
    pub bases: Vec<Spanned<String>>,
    /// 0 is no offset, 1 takes them to move together.
    pub rate: Ratio,
}

impl Default for PortfolioTable {
    fn default() -> Self {
        let rules = PortfolioMargin::default();
        let ratios = |list: &[firesale_types::Rate]| list.iter().copied().map(Ratio::new).collect();
        Self {
            shocks: ratios(&rules.shocks),
            overrides: BTreeMap::new(),
            volatility: ratios(&rules.volatility),
            concentration: Ratio::new(rules.concentration),
            concentrated_above: None,
            concentrated_above_by_base: BTreeMap::new(),
            basis: Ratio::new(rules.basis),
            offsets: Vec::new(),
            minimum: Ratio::new(rules.minimum),
            initial: Ratio::new(rules.initial),
        }
    }
}
