//! `[[venues]]`: fees, margin, liquidation, funds, index.

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ClearingTable, PortfolioTable};
use crate::config::{DurationText, Money, Ratio, Spanned};

/// One of `[[venues]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueTable {
    /// Its name.
    pub name: String,
    /// The asset in which profit and loss are settled.
    pub settlement: Spanned<String>,
    /// Trading fees.
    #[serde(default)]
    pub fees: FeesTable,
    /// Margin calls and collateral.
    #[serde(default)]
    pub margin: MarginTable,
    /// What happens below maintenance margin.
    #[serde(default)]
    pub liquidation: LiquidationTable,
    /// Money in the insurance fund.
    #[serde(default)]
    pub insurance: Money,
    /// The backstop vault.
    #[serde(default)]
    pub backstop: Option<Spanned<BackstopTable>>,
    /// Who pays when fund and vault cannot.
    #[serde(default)]
    pub adl: AdlName,
    /// The clearing house, in place of insurance fund, backstop and ADL.
    #[serde(default)]
    pub clearing: Option<ClearingTable>,
    /// Index prices.
    #[serde(default)]
    pub oracle: OracleTable,
    /// How often marks are recomputed.
    #[serde(default = "default_second")]
    pub mark_period: DurationText,
}

/// `fees = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeesTable {
    /// Paid by the resting order; negative is a rebate.
    pub maker: Ratio,
    /// Paid by the incoming order.
    pub taker: Ratio,
    /// Paid on liquidated notional.
    pub liquidation: Ratio,
}

/// `margin = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarginTable {
    /// Margin calls below this multiple of maintenance margin; 0 switches them off.
    pub call_ratio: Ratio,
    /// Assets that count as collateral beside the settlement asset.
    pub collateral: Vec<Spanned<CollateralTable>>,
    /// The scenario grid of portfolio accounts; without it there are none.
    pub portfolio: Option<Spanned<PortfolioTable>>,
}

/// One of `margin.collateral`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollateralTable {
    /// The asset.
    pub asset: Spanned<String>,
    /// The part that does not count.
    pub haircut: Ratio,
}

/// `liquidation = { ... }`; defaults are Hyperliquid's published rules.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidationTable {
    /// From the breach to the order, and from order to order.
    pub latency: DurationText,
    /// Positions above this notional are closed in part first.
    pub partial_above: Money,
    /// That part.
    pub partial_fraction: Ratio,
    /// After a partial step every order is whole for this long.
    pub cooldown: DurationText,
    /// The worst price.
    pub limit: LimitName,
    /// Orders that may stay unfilled before the next stage.
    pub book_attempts: u16,
}

impl Default for LiquidationTable {
    fn default() -> Self {
        Self {
            latency: DurationText::new(SimDuration::secs(3)),
            partial_above: Money::new(Usd::dollars(100_000)),
            partial_fraction: Ratio::new(Rate::bps(100 * 20)),
            cooldown: DurationText::new(SimDuration::secs(30)),
            limit: LimitName::Bankruptcy,
            book_attempts: 3,
        }
    }
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// Any price inside the band.
    None,
    /// The bankruptcy price.
    #[default]
    Bankruptcy,
}

/// `backstop = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackstopTable {
    /// Its capital.
    pub capital: Money,
    /// It takes over below this part of maintenance margin.
    #[serde(default = "two_thirds")]
    pub threshold: Ratio,
    /// Largest notional over capital.
    #[serde(default = "three_times")]
    pub max_leverage: Ratio,
    /// Largest notional in one instrument over capital.
    #[serde(default = "three_times")]
    pub max_leverage_per_instrument: Ratio,
}

/// Who pays for a position that nobody takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlName {
    /// Nobody: the insurance fund, even below zero.
    Off,
    /// The highest score first.
    #[default]
    Queue,
    /// In proportion to size.
    ProRata,
}

/// `oracle = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OracleTable {
    /// How often index prices are published.
    pub period: DurationText,
}

impl Default for OracleTable {
    fn default() -> Self {
        Self {
            period: DurationText::new(SimDuration::secs(3)),
        }
    }
}

const fn two_thirds() -> Ratio {
    Ratio::new(Rate(666_666_667))
}

const fn three_times() -> Ratio {
    Ratio::new(Rate::bps(100 * 300))
}

const fn default_second() -> DurationText {
    DurationText::new(SimDuration::secs(1))
}
