//! The hedge: which leg should be how large, and where its margin is.

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

use super::config::{LegConfig, SyntheticConfig};
use crate::units::{Amount, Money, mul_div};

/// A short on one venue, as its reports say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HedgeLeg {
    /// Its size in units of the asset.
    pub units: Amount,
    /// The equity of the account at the venue.
    pub equity: Money,
    /// Whether the venue takes no orders and lets no margin go.
    pub is_frozen: bool,
    /// Since when it has not had the size it should have.
    pub off_since: Option<SimTime>,
    /// When it was last asked to change.
    pub asked: Option<SimTime>,
}

impl HedgeLeg {
    pub(crate) fn new(config: &LegConfig, asset_units: Amount) -> Self {
        Self {
            units: share_of(asset_units, config.share),
            equity: config.margin,
            is_frozen: false,
            off_since: None,
            asked: None,
        }
    }
}

/// A share of some units, rounded down.
pub(crate) fn share_of(units: Amount, share: Rate) -> Amount {
    let whole = Rate::ONE.0 as u128;
    // The share is at most one, so it always fits.
    mul_div(units, share.0 as u128, whole, Rounding::Floor).unwrap_or(units)
}

/// The size that each leg should have: a frozen one stays as it is, the others of the same asset
/// share the rest in proportion.
pub(crate) fn targets(
    config: &SyntheticConfig,
    legs: &[HedgeLeg],
    units: &[Amount],
) -> Vec<Amount> {
    let target = |(at, leg): (usize, &HedgeLeg)| {
        if leg.is_frozen {
            return leg.units;
        }
        let asset = config.legs[at].asset;
        let of_asset = || {
            let all = config.legs.iter().zip(legs);
            all.filter(|(config, _)| config.asset == asset)
        };
        let stuck = of_asset().filter(|(_, leg)| leg.is_frozen);
        let stuck: Amount = stuck.map(|(_, leg)| leg.units).sum();
        let free = of_asset().filter(|(_, leg)| !leg.is_frozen);
        let shares: i64 = free.map(|(config, _)| config.share.0).sum();
        let rest = units[asset.index()].saturating_sub(stuck);
        let share = config.legs[at].share.0 as u128;
        mul_div(rest, share, shares as u128, Rounding::Floor).unwrap_or(0)
    };
    legs.iter().enumerate().map(target).collect()
}
