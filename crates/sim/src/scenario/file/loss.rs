//! `adl` and `insurance` of a venue: who bears what the margin of a bankrupt account does not cover.

use firesale_types::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Money, Ratio, Spanned};

/// Who pays for a position that nobody takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlName {
    /// Nobody: the insurance fund, even below zero.
    Off,
    /// The highest score of profit and leverage first (Hyperliquid).
    #[default]
    Queue,
    /// In proportion to size.
    ProRata,
    /// By profit on collateral and margin ratio, shown as lights (Binance).
    Quantile,
    /// In proportion to profit, nobody more than its profit.
    CappedProRata,
    /// In proportion to profit and leverage, nobody more than its profit.
    RiskAware,
    /// By lot (dYdX).
    Random,
    /// The largest position first.
    Largest,
}

/// `adl = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdlTable {
    /// Who pays.
    pub rule: AdlName,
    /// When.
    pub when: AdlWhenName,
    /// At what price; default: the previous mark with a vault and the rule `queue`, else the
    /// bankruptcy price.
    pub price: Option<AdlPriceName>,
    /// The drawdown of the fund at which it starts, for `when = "fund_drawdown"`; default 30%.
    pub drawdown_start: Option<Ratio>,
    /// The drawdown at which it stops; default 25%.
    pub drawdown_stop: Option<Ratio>,
    /// How far back the fund's highest balance is looked for; default 8 hours.
    pub drawdown_window: Option<DurationText>,
    /// The part of a position that one step may close; default all of it.
    pub max_portion: Option<Ratio>,
    /// The notional that one step may close; default any.
    pub max_notional: Option<Money>,
    /// The loss that the fund may take on in one step; default any.
    pub max_insurance_loss: Option<Money>,
}

/// When winners are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlWhenName {
    /// As soon as equity is gone (Hyperliquid).
    NegativeEquity,
    /// When the fund cannot carry the position (Binance).
    #[default]
    EmptyFund,
    /// While the fund is in drawdown (Bybit).
    FundDrawdown,
}

/// The price at which winners are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlPriceName {
    /// The mark before the last one, where it leaves no deficit.
    PreviousMark,
    /// The bankruptcy price.
    Bankruptcy,
}

/// `insurance = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InsuranceTable {
    /// Money in the main pool.
    pub capital: Money,
    /// Further pools.
    pub pools: Vec<Spanned<PoolTable>>,
    /// Who gets what a liquidation order fetches beyond the bankruptcy price.
    pub surplus: SurplusName,
    /// Who bears what the fund cannot.
    pub sharing: SharingName,
    /// The time between settlements, for `sharing = "clawback"`; default 7 days.
    pub clawback_window: Option<DurationText>,
}

/// One of `insurance.pools`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolTable {
    /// Its name.
    pub name: String,
    /// Money in it.
    #[serde(default)]
    pub capital: Money,
    /// The perpetuals of this venue whose deficits it bears.
    pub instruments: Vec<Spanned<String>>,
}

/// Who gets what a liquidation order fetches beyond the bankruptcy price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurplusName {
    /// The account that is liquidated.
    #[default]
    Account,
    /// The insurance pool of the instrument.
    Fund,
}

/// Who bears a deficit that the fund cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharingName {
    /// The fund, below zero.
    #[default]
    None,
    /// All with an open profit in the instrument.
    Socialised,
    /// All with a profit realised there since the last settlement.
    Clawback,
}

/// What a clawback reaches back to without a key: a week.
pub(crate) const CLAWBACK_WINDOW: SimDuration = SimDuration::secs(7 * 24 * 3600);
