//! Whether everything that exists is somewhere: on venues, in custody, on chains, at issuers.

use bevy_ecs::prelude::Res;
use bevy_ecs::system::SystemParam;
use firesale_exchange::Auditor;
use firesale_types::AssetId;

use crate::onchain::{Chains, Issuers};
use crate::{Assets, Custody, Venues};

/// Everywhere that assets can be.
#[derive(Clone, Copy)]
pub(crate) struct Everywhere<'a> {
    pub(crate) assets: &'a Assets,
    pub(crate) venues: &'a Venues,
    pub(crate) custody: &'a Custody,
    pub(crate) chains: &'a Chains,
    pub(crate) issuers: &'a Issuers,
}

/// Where assets can be beside venues, for a system.
#[derive(SystemParam)]
pub(crate) struct Places<'w> {
    pub(crate) assets: Res<'w, Assets>,
    pub(crate) custody: Res<'w, Custody>,
    pub(crate) chains: Res<'w, Chains>,
    pub(crate) issuers: Res<'w, Issuers>,
}

impl Places<'_> {
    /// The same with the venues.
    pub(crate) fn everywhere<'a>(&'a self, venues: &'a Venues) -> Everywhere<'a> {
        Everywhere {
            assets: &self.assets,
            venues,
            custody: &self.custody,
            chains: &self.chains,
            issuers: &self.issuers,
        }
    }
}

impl Everywhere<'_> {
    /// All of an asset, in the finer of the units of its chain and of venues, less what issuers have
    /// made of it: constant.
    pub(crate) fn total(&self, asset: AssetId) -> i128 {
        let units = self.assets.get(asset).units;
        let on_venues: i128 = self
            .venues
            .iter()
            .map(|v| v.exchange().external(asset) + v.queued_deposits(asset))
            .sum();
        let off_chain = on_venues + self.custody.total(asset);
        let on_chains: i128 = self
            .chains
            .iter()
            .filter_map(|(_, machine)| Some((machine, machine.token(asset)?)))
            .map(|(machine, token)| machine.chain().ledger().supply(token) as i128)
            .sum();
        let at_issuers: i128 = self
            .issuers
            .iter()
            .map(|(_, issuer)| issuer.inside(asset) - issuer.created(asset))
            .sum();
        off_chain * units.common_per_venue() + (on_chains + at_issuers) * units.common_per_chain()
    }

    /// What does not hold that must; `start` is what there was of each asset.
    pub(crate) fn audit(&self, start: &[i128]) -> Vec<String> {
        let mut wrong: Vec<String> = Vec::new();
        for venue in self.venues.iter() {
            let found = Auditor::check(venue.exchange());
            wrong.extend(found.into_iter().map(|x| format!("{}: {x}", venue.name())));
        }
        for (_, machine) in self.chains.iter() {
            wrong.extend(machine.chain().audit());
        }
        for (_, issuer) in self.issuers.iter() {
            wrong.extend(issuer.audit());
        }
        for ((asset, of), &expected) in self.assets.iter().zip(start) {
            let found = self.total(asset);
            if found != expected {
                let symbol = &of.symbol;
                wrong.push(format!("{symbol}: {expected} units became {found}"));
            }
        }
        wrong
    }
}
