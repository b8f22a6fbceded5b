//! Margin of a whole portfolio: the worst loss over a grid of scenarios, plus add-ons.

use firesale_types::{AssetId, Rate, Rounding, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::VenueConfig;
use crate::validate::{At, Check, is_part, require};
use crate::validate_parts::require_each;

/// How a venue margins accounts of [`crate::MarginMode::Portfolio`].
///
/// Maintenance margin is, over all bases (underlying assets), the sum of
///
/// * the loss in the worst price scenario, long and short of all instruments on one base set
///   against each other;
/// * a **basis** add-on on the part that is so set off: min(long, short) notional of the base;
/// * a **concentration** add-on on the gross notional of the base above a threshold;
///
/// the first two together at least the **minimum** rate of the gross notional. Everything is
/// computed in integers and rounded up once, against the account. Scenario grids of this kind:
/// domain facts 2.1 (portfolio margin; venue numbers remembered, unverified \[M\]).
///
/// There are no options here, so a volatility shock has no price of its own to move: it widens the
/// price shocks. All contracts are linear, so of all widths only the largest can be the worst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioMargin {
    /// The price scenarios, as relative moves of the mark. All instruments of one base move by the
    /// same entry of their lists at once. Default: ten equal steps from -15% to +15%, the range of
    /// the U.S. portfolio margin rule for single stocks (remembered, unverified \[M\]).
    pub shocks: Vec<Rate>,
    /// Instruments with other moves in the same scenarios.
    pub overrides: Vec<ShockOverride>,
    /// What volatility shocks multiply the price shocks by. Default: one and 1.33 (an assumption
    /// of ours \[A\]).
    pub volatility: Vec<Rate>,
    /// Rate on the gross notional of a base above its threshold. Default 5% \[A\].
    pub concentration: Rate,
    /// The threshold of every base that is not listed below, for one real account. Default: none.
    pub concentrated_above: Usd,
    /// Thresholds of single bases.
    pub concentrated_above_by_base: Vec<(AssetId, Usd)>,
    /// Rate on min(long, short) notional of a base. Default 1% \[A\].
    pub basis: Rate,
    /// Bases whose moves are taken to be correlated. Default: none, so the worst cases of all bases
    /// add up.
    pub offsets: Vec<BaseOffset>,
    /// The least rate on the gross notional. Default 0.5% \[A\].
    pub minimum: Rate,
    /// Initial margin over maintenance margin. Default 1.3 \[A\].
    pub initial: Rate,
}

impl Default for PortfolioMargin {
    fn default() -> Self {
        let steps = [-1500, -1200, -900, -600, -300, 300, 600, 900, 1200, 1500];
        Self {
            shocks: steps.map(Rate::bps).to_vec(),
            overrides: Vec::new(),
            volatility: vec![Rate::ONE, Rate::bps(13_300)],
            concentration: Rate::bps(500),
            concentrated_above: Usd::MAX,
            concentrated_above_by_base: Vec::new(),
            basis: Rate::bps(100),
            offsets: Vec::new(),
            minimum: Rate::bps(50),
            initial: Rate::bps(13_000),
        }
    }
}

impl PortfolioMargin {
    /// The moves of an instrument, before volatility shocks.
    #[must_use]
    pub fn shocks_of(&self, symbol: &str) -> &[Rate] {
        let own = self.overrides.iter().find(|own| own.symbol == symbol);
        own.map_or(&self.shocks, |own| &own.shocks)
    }

    /// What volatility shocks widen the moves to at most.
    #[must_use]
    pub fn widest(&self) -> Rate {
        self.volatility.iter().max().copied().unwrap_or(Rate::ONE)
    }

    /// The maintenance rate of a position in an instrument that nothing hedges, in the worse of both
    /// directions, concentration apart.
    #[must_use]
    pub fn naked_rate(&self, symbol: &str) -> Rate {
        let moves = self.shocks_of(symbol).iter().map(|shock| shock.0.abs());
        let farthest = moves.max().unwrap_or(0);
        let widened = mul_div(farthest, self.widest().0, Rate::ONE.0, Rounding::Ceil);
        Rate(widened.unwrap_or(Rate::ONE.0)).max(self.minimum)
    }
}

/// The moves of one instrument, scenario by scenario: an expiry that moves less than the perpetual,
/// a thin market that moves more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShockOverride {
    /// Its symbol.
    pub symbol: String,
    /// As many moves as there are scenarios.
    pub shocks: Vec<Rate>,
}

/// Bases that may set off each other in part.
///
/// With W the sum of their own worst losses and J the worst loss when all of them are in the same
/// scenario at once, the group needs W - rate * (W - J).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseOffset {
    /// Two or more; a base is in one group at most.
    pub bases: Vec<AssetId>,
    /// From 0 (no offset) to 1 (they are taken to move together).
    pub rate: Rate,
}

/// Checks the grid of a venue.
pub(crate) fn check(venue: &VenueConfig, rules: &PortfolioMargin) -> Check {
    require(
        (1..=MAX_SCENARIOS).contains(&rules.shocks.len()),
        "portfolio margin needs 1 to 64 price shocks",
    )
    .at("shocks")?;
    let widest = rules.widest();
    require(
        rules.volatility.iter().all(|rate| *rate > Rate::ZERO) && !rules.volatility.is_empty(),
        "portfolio margin needs positive volatility shocks",
    )
    .at("volatility")?;
    require(
        widest <= Rate(10 * Rate::ONE.0),
        "a volatility shock of portfolio margin is above 10",
    )
    .at("volatility")?;
    for own in &rules.overrides {
        require(
            own.shocks.len() == rules.shocks.len()
                && venue.instruments.iter().any(|i| i.symbol == own.symbol),
            "a shock override of portfolio margin names no instrument, or has not one shock for each \
             scenario",
        )
        .at(format!("overrides.{}", own.symbol))?;
        check_shocks(venue, rules, &own.shocks, widest).at(format!("overrides.{}", own.symbol))?;
    }
    check_shocks(venue, rules, &rules.shocks, widest).at("shocks")?;
    check_addons(rules)?;
    check_offsets(rules)
}

const MAX_SCENARIOS: usize = 64;

/// Both directions, and never more than the whole notional: margin that fell when a mark moved in
/// favour of a position would not be noticed.
fn check_shocks(
    venue: &VenueConfig,
    rules: &PortfolioMargin,
    shocks: &[Rate],
    widest: Rate,
) -> Check {
    require(
        shocks.iter().any(|one| one.0 > 0) && shocks.iter().any(|one| one.0 < 0),
        "portfolio margin needs price shocks in both directions",
    )?;
    let one = i128::from(Rate::ONE.0);
    let farthest = shocks.iter().map(|shock| i128::from(shock.0).abs()).max();
    let moves = farthest.unwrap_or(0).min(100 * one) * i128::from(widest.0) / one + 1;
    let base = (moves + i128::from(rules.basis.0)).max(i128::from(rules.minimum.0));
    let steepest = base + i128::from(rules.concentration.0);
    let calls = steepest * i128::from(venue.margin_call_ratio.0.max(Rate::ONE.0));
    require(
        calls <= one * one,
        "portfolio margin (shock times volatility, basis and concentration add-on, times the \
         margin call ratio) asks for more than all",
    )
}

fn check_addons(rules: &PortfolioMargin) -> Check {
    require_each(
        [
            ("concentration", rules.concentration),
            ("basis", rules.basis),
            ("minimum", rules.minimum),
        ],
        is_part,
        "a rate of portfolio margin is not between 0 and 1",
    )?;
    let mut thresholds = rules.concentrated_above_by_base.iter();
    require(
        rules.concentrated_above >= Usd::ZERO && thresholds.all(|(_, above)| *above >= Usd::ZERO),
        "a concentration threshold of portfolio margin is negative",
    )
    .at("concentrated_above")?;
    require(
        (Rate::ONE..=Rate(10 * Rate::ONE.0)).contains(&rules.initial),
        "initial over maintenance portfolio margin is not between 1 and 10",
    )
    .at("initial")
}

fn check_offsets(rules: &PortfolioMargin) -> Check {
    let mut seen = Vec::new();
    for (at, group) in rules.offsets.iter().enumerate() {
        let why = "an offset of portfolio margin needs two bases and a rate between 0 and 1";
        require(group.bases.len() >= 2, why).at(format!("offsets[{at}].bases"))?;
        require(is_part(group.rate), why).at(format!("offsets[{at}].rate"))?;
        for base in &group.bases {
            require(
                !seen.contains(base),
                "a base is in two offsets of portfolio margin, or twice in one",
            )
            .at(format!("offsets[{at}].bases"))?;
            seen.push(*base);
        }
    }
    Ok(())
}
