//! How a platform behaves under load and in trouble. Everything is off unless it is named.
//!
//! Venues publish little of this: the mechanisms are those of the reports on 10 and 11 October 2025
//! (lag, failed orders, frozen transfers) and of November 2022 (a run on withdrawals), grade N; the
//! numbers of a scenario are its own.

use firesale_types::{AssetId, Rate, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

/// The platform of a venue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlatformConfig {
    /// The gate that the users' messages pass.
    pub api: Option<ApiConfig>,
    /// When the platform is down.
    pub outages: Vec<Interval>,
    /// Whether it liquidates and releases stops while it is down.
    pub liquidates_while_down: bool,
    /// When no money moves on the platform: deposits are credited afterwards, and no margin is
    /// moved into or out of isolated positions.
    pub transfer_freezes: Vec<Interval>,
    /// When nothing is paid out.
    pub withdrawal_freezes: Vec<Interval>,
    /// How withdrawals are paid.
    pub withdrawals: WithdrawalConfig,
    /// What the customers' money has been used for.
    pub solvency: Option<SolvencyConfig>,
}

impl Default for PlatformConfig {
    fn default() -> Self {
        Self {
            api: None,
            outages: Vec::new(),
            liquidates_while_down: true,
            transfer_freezes: Vec::new(),
            withdrawal_freezes: Vec::new(),
            withdrawals: WithdrawalConfig::default(),
            solvency: None,
        }
    }
}

/// A span of time, from its begin (included) to its end (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The first moment in it.
    pub from: SimTime,
    /// The first moment after it.
    pub to: SimTime,
}

impl Interval {
    /// The end of the interval that a moment lies in; the latest, if there are several.
    pub(crate) fn end_at(list: &[Self], now: SimTime) -> Option<SimTime> {
        let around = list.iter().filter(|one| one.from <= now && now < one.to);
        around.map(|one| one.to).max()
    }
}

/// Messages are served one after another at a fixed rate; they wait behind the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiConfig {
    /// Messages served in a second.
    pub per_second: u32,
    /// A message that would wait longer is refused.
    pub max_delay: SimDuration,
    /// When the load brings the platform down.
    pub overload: Option<OverloadConfig>,
}

/// An outage by load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverloadConfig {
    /// It comes when messages have waited at least so long ...
    pub delay: SimDuration,
    /// ... for so long without a break,
    pub lasting: SimDuration,
    /// and lasts so long.
    pub down: SimDuration,
}

/// How withdrawals are paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalConfig {
    /// What one real account may withdraw in 24 hours of the run.
    pub daily_limit: Option<Usd>,
    /// The wallet that withdrawals are paid from at once.
    pub hot_wallet: Option<HotWallet>,
    /// What happens to a withdrawal that cannot be paid now.
    pub gated: Gated,
}

/// A wallet that is refilled at a rate. It starts full; one withdrawal larger than it is paid when
/// it is full, and leaves it below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotWallet {
    /// What it holds when it is full.
    pub size: Usd,
    /// What flows in during an hour.
    pub refill_per_hour: Usd,
}

/// What happens to a withdrawal that cannot be paid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gated {
    /// It waits its turn.
    #[default]
    Queue,
    /// It is refused.
    Refuse,
}

/// Customer money that is not there (the pattern of November 2022, N).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolvencyConfig {
    /// Customer money lent to an affiliate, in the settlement asset: it is owed to customers and
    /// cannot be paid out.
    pub affiliate_loan: Usd,
    /// The part of the loan that counts as an asset of the platform.
    pub loan_recovery: Rate,
    /// The platform's holdings of its own token, in millionths; nobody buys them in a hurry.
    pub own_token: Option<(AssetId, Usd)>,
}
