//! `api`, `outage`, `gates` and `platform` of a venue: how it behaves under load and in trouble.

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Money, Ratio, Spanned};

/// `api = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTable {
    /// Messages of users that are served in a second.
    pub per_second: u32,
    /// A message that would wait longer is refused.
    #[serde(default = "half_a_minute")]
    pub max_delay: DurationText,
    /// When the load brings the venue down.
    #[serde(default)]
    pub overload: Option<OverloadTable>,
}

/// `overload = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverloadTable {
    /// Messages have waited at least so long ...
    pub delay: DurationText,
    /// ... for so long,
    pub lasting: DurationText,
    /// and the venue is down for so long.
    pub down: DurationText,
}

/// `outage = { ... }`: what goes on while the venue is down; when it is, say `[[shocks]]` of the
/// kind `outage`, and `api.overload`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutageTable {
    /// Whether it liquidates and releases stops.
    #[serde(default = "yes")]
    pub liquidates: bool,
}

/// `gates = { ... }`: how withdrawals are paid.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatesTable {
    /// What one real account may withdraw in a day.
    pub daily_limit: Option<Money>,
    /// The wallet that withdrawals are paid from.
    pub hot_wallet: Option<HotWalletTable>,
    /// What happens to a withdrawal that cannot be paid now.
    pub gated: GatedName,
}

/// `hot_wallet = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HotWalletTable {
    /// What it holds at the start, and at most.
    pub size: Money,
    /// What flows in during an hour.
    pub refill_per_hour: Money,
}

/// What happens to a withdrawal that cannot be paid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatedName {
    /// It waits its turn.
    #[default]
    Queue,
    /// It is refused.
    Refuse,
}

/// `platform = { ... }`: what the customers' money has been used for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SolvencyTable {
    /// Customer money lent to an affiliate.
    #[serde(default = "nothing")]
    pub affiliate_loan: Money,
    /// The part of it that counts as an asset.
    #[serde(default = "all_of_it")]
    pub loan_recovery: Ratio,
    /// The platform's own token, an asset that the venue knows.
    #[serde(default)]
    pub own_token: Option<Spanned<String>>,
    /// How much of it the platform holds, in dollars at the starting price.
    #[serde(default = "nothing")]
    pub own_token_value: Money,
    /// Its balance sheet is published this often, from the start on.
    #[serde(default = "a_day")]
    pub published_every: DurationText,
}

const fn half_a_minute() -> DurationText {
    DurationText::new(SimDuration::secs(30))
}

const fn a_day() -> DurationText {
    DurationText::new(SimDuration::secs(24 * 3600))
}

const fn yes() -> bool {
    true
}

const fn nothing() -> Money {
    Money::new(Usd::ZERO)
}

const fn all_of_it() -> Ratio {
    Ratio::new(Rate::ONE)
}
