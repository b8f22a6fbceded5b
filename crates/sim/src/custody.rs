//! Wallets and transfers in transit: the only way in which capital moves between machines.
//!
//! **Invariant:** for each asset, wallets plus transit plus everything on venues is constant; venues
//! never net against each other.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use firesale_types::{AccountId, AgentId, AssetId, SimTime, Usd, VenueId};
use serde::{Deserialize, Serialize};

use crate::onchain::ChainId;

/// Where a transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Destination {
    /// The agent's own wallet.
    Wallet,
    /// An account on a venue.
    Venue(VenueId, AccountId),
    /// The agent's address on a chain.
    Chain(ChainId),
}

/// Money under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Transfer {
    /// When it arrives.
    pub arrives: SimTime,
    /// Its number, which breaks ties.
    pub number: u64,
    /// Whose it is.
    pub agent: AgentId,
    /// Where it goes.
    pub to: Destination,
    /// What.
    pub asset: AssetId,
    /// How much.
    pub amount: Usd,
}

/// Everybody's money outside venues.
#[derive(Clone, Debug, Default, Resource, Serialize, Deserialize)]
pub struct Custody {
    wallets: BTreeMap<(AgentId, AssetId), Usd>,
    transit: BTreeMap<(SimTime, u64), Transfer>,
    /// Paid out to explicit accounts, which have no wallet.
    outside: BTreeMap<AssetId, Usd>,
    number: u64,
}

impl Custody {
    /// Money that exists from the start.
    pub(crate) fn endow(&mut self, agent: AgentId, asset: AssetId, amount: Usd) {
        if amount > Usd::ZERO {
            *self.wallets.entry((agent, asset)).or_default() += amount;
        }
    }

    /// What an agent has in its wallet.
    #[must_use]
    pub fn wallet(&self, agent: AgentId, asset: AssetId) -> Usd {
        self.wallets
            .get(&(agent, asset))
            .copied()
            .unwrap_or_default()
    }

    /// Takes up to `amount` from a wallet and sends it on its way; returns what was sent.
    pub(crate) fn send_from_wallet(
        &mut self,
        agent: AgentId,
        to: Destination,
        asset: AssetId,
        amount: Usd,
        arrives: SimTime,
    ) -> Usd {
        let sent = self.take_from_wallet(agent, asset, amount);
        if sent > Usd::ZERO {
            self.send(agent, to, asset, sent, arrives);
        }
        sent
    }

    /// Takes up to `amount` from a wallet; returns what was taken, which the caller has now.
    pub(crate) fn take_from_wallet(&mut self, agent: AgentId, asset: AssetId, amount: Usd) -> Usd {
        let Some(balance) = self.wallets.get_mut(&(agent, asset)) else {
            return Usd::ZERO;
        };
        let taken = amount.min(*balance).max(Usd::ZERO);
        *balance -= taken;
        taken
    }

    /// Sends money that has just left a venue.
    pub(crate) fn send(
        &mut self,
        agent: AgentId,
        to: Destination,
        asset: AssetId,
        amount: Usd,
        arrives: SimTime,
    ) {
        let number = self.number;
        self.number += 1;
        let transfer = Transfer {
            arrives,
            number,
            agent,
            to,
            asset,
            amount,
        };
        self.transit.insert((arrives, number), transfer);
    }

    /// Takes money that left a venue for an owner who has no wallet.
    pub(crate) fn pay_outside(&mut self, asset: AssetId, amount: Usd) {
        *self.outside.entry(asset).or_default() += amount;
    }

    /// Money an agent has under way to a venue.
    #[must_use]
    pub fn under_way(&self, agent: AgentId) -> Usd {
        self.transit
            .values()
            .filter(|t| t.agent == agent)
            .map(|t| t.amount)
            .sum()
    }

    /// When the next transfer arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<SimTime> {
        self.transit.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the transfers that arrive before `end`: wallets are credited, the rest is returned.
    pub(crate) fn arrivals(&mut self, end: SimTime, to_machines: &mut Vec<Transfer>) {
        while let Some(entry) = self.transit.first_entry() {
            if entry.key().0 >= end {
                return;
            }
            let transfer = entry.remove();
            match transfer.to {
                Destination::Wallet => {
                    *self
                        .wallets
                        .entry((transfer.agent, transfer.asset))
                        .or_default() += transfer.amount;
                }
                Destination::Venue(..) | Destination::Chain(_) => to_machines.push(transfer),
            }
        }
    }

    /// All money of an asset in wallets, in transit and paid out, for the auditor.
    #[must_use]
    pub fn total(&self, asset: AssetId) -> i128 {
        let wallets = self
            .wallets
            .iter()
            .filter(|((_, a), _)| *a == asset)
            .map(|(_, v)| i128::from(v.0));
        let transit = self
            .transit
            .values()
            .filter(|t| t.asset == asset)
            .map(|t| i128::from(t.amount.0));
        let outside = self.outside.get(&asset).map_or(0, |v| i128::from(v.0));
        wallets.chain(transit).sum::<i128>() + outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_neither_made_nor_lost() {
        let (agent, usd) = (AgentId(3), AssetId(0));
        let mut custody = Custody::default();
        custody.endow(agent, usd, Usd::dollars(100));
        let to = Destination::Venue(VenueId(0), AccountId(9));
        let at = SimTime(60);
        assert_eq!(
            custody.send_from_wallet(agent, to, usd, Usd::dollars(130), at),
            Usd::dollars(100)
        );
        assert_eq!(
            custody.send_from_wallet(agent, to, usd, Usd::dollars(1), at),
            Usd::ZERO
        );
        assert_eq!(
            (custody.wallet(agent, usd), custody.total(usd)),
            (Usd::ZERO, 100_000_000)
        );
        let mut arrived = Vec::new();
        custody.arrivals(SimTime(60), &mut arrived);
        assert!(arrived.is_empty());
        custody.arrivals(SimTime(61), &mut arrived);
        assert_eq!(arrived.len(), 1);
        assert_eq!(custody.total(usd), 0);
        custody.send(
            agent,
            Destination::Wallet,
            usd,
            Usd::dollars(5),
            SimTime(70),
        );
        custody.arrivals(SimTime(100), &mut arrived);
        assert_eq!(custody.wallet(agent, usd), Usd::dollars(5));
    }
}
