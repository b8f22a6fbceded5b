//! How a loss will go down the layers: what stands in each of them, before anybody pays.

use std::collections::BTreeSet;

use firesale_types::{AccountId, Rate, Usd};

use super::auction::Outcome;
use super::{Allocation, FundShare, Resources, allocate};
use crate::ClearingConfig;
use crate::account::Position;
use crate::instrument::Threshold;
use crate::leg::PositionKey;
use crate::limits::amount;
use crate::liquidation::Defaulted;
use crate::state::State;

/// A loss sent down the waterfall, and who stands in its layers.
pub(super) struct Plan {
    /// The members beside the defaulter, in the order of the allocation.
    pub(super) members: Vec<AccountId>,
    /// Units with gains: an account, or one of its isolated positions.
    pub(super) gainers: Vec<(AccountId, Option<PositionKey>)>,
    pub(super) paid: Allocation,
}

impl State {
    /// Sends a loss down the layers below the defaulter's margin. Gains are looked for only if
    /// everything before them is used up: that walks the holders of all instruments.
    pub(super) fn plan(
        &self,
        rules: &ClearingConfig,
        unit: Defaulted,
        loss: Usd,
        auction: Option<&Outcome>,
    ) -> Plan {
        let junior = |id: AccountId| {
            // Bids are in the order of the accounts.
            let bid = |auction: &Outcome| auction.bids.binary_search_by_key(&id, |(id, _)| *id);
            auction.is_some_and(|auction| bid(auction).is_err())
        };
        let [own_capital, second_capital] = self.own_capital();
        let mut resources = Resources {
            own_capital,
            second_capital,
            ..Resources::default()
        };
        let mut members = Vec::new();
        for member in self.clearing.iter().flat_map(|clearing| &clearing.members) {
            if member.account == unit.account {
                resources.contribution = member.held;
                continue;
            }
            members.push(member.account);
            resources.fund.push(FundShare {
                amount: member.held,
                junior: junior(member.account),
            });
            resources.assessments.push(self.assessable(member.account));
        }
        let mut gainers = Vec::new();
        let mut paid = allocate(loss, &resources);
        if !paid.uncovered.is_zero() && rules.gains_haircut > Rate::ZERO {
            for (gainer, gain) in self.gains(unit) {
                gainers.push(gainer);
                resources.gains.push(times(gain, rules.gains_haircut));
            }
            paid = allocate(loss, &resources);
        }
        Plan {
            members,
            gainers,
            paid,
        }
    }

    /// What is left of both tranches of own capital.
    fn own_capital(&self) -> [Usd; 2] {
        self.clearing
            .as_ref()
            .map_or([Usd::ZERO; 2], |clearing| clearing.own)
    }

    /// What can be taken from a unit without leaving it bankrupt; nothing of one in liquidation.
    pub(super) fn can_pay(&self, id: AccountId, isolated: Option<PositionKey>) -> Usd {
        let account = &self.accounts[id.index()];
        let equity = match isolated {
            Some(_) => {
                self.standing(account, isolated, Threshold::Maintenance)
                    .equity
            }
            None if account.mode.is_isolated() => i128::from(account.cash.0),
            None => self.equity_of(account),
        };
        let health = match isolated.and_then(|key| account.position(key)) {
            Some(position) => position.health,
            None => account.health,
        };
        if health.in_liquidation() {
            return Usd::ZERO;
        }
        amount(equity.max(0))
    }

    /// All units with a gain since the last settlement, after what their members will have been
    /// assessed for.
    fn gains(&self, unit: Defaulted) -> Vec<((AccountId, Option<PositionKey>), Usd)> {
        let holders = self.instruments.iter().flat_map(|one| &one.holders);
        let holders: BTreeSet<AccountId> = holders.copied().collect();
        let mut gains = Vec::new();
        for id in holders.into_iter().filter(|&id| id != unit.account) {
            let account = &self.accounts[id.index()];
            let of =
                |p: &Position| i128::from(self.instruments[p.instrument.index()].unrealised(p));
            let open = account.positions.iter().filter(|p| !p.qty.is_zero());
            if account.mode.is_isolated() {
                gains.extend(open.map(|p| ((id, Some(p.key())), of(p))));
            } else {
                gains.push(((id, None), open.map(of).sum()));
            }
        }
        let bounded = gains.into_iter().map(|((id, isolated), gain)| {
            let assessable = self.assessable(id);
            let able = self.can_pay(id, isolated) - assessable;
            ((id, isolated), amount(gain).min(able))
        });
        bounded.filter(|(_, gain)| *gain > Usd::ZERO).collect()
    }

    /// What a member may still be assessed for.
    fn assessable(&self, id: AccountId) -> Usd {
        let (Some(clearing), Some(rules)) = (&self.clearing, &self.config.clearing) else {
            return Usd::ZERO;
        };
        match clearing.members.binary_search_by_key(&id, |m| m.account) {
            Ok(at) => {
                let member = &clearing.members[at];
                let cap = times(member.sized, rules.assessment) - member.assessed;
                cap.min(self.can_pay(id, None)).max(Usd::ZERO)
            }
            Err(_) => Usd::ZERO,
        }
    }
}

/// A multiple of an amount, rounded down.
fn times(amount: Usd, rate: Rate) -> Usd {
    let product = i128::from(amount.0) * i128::from(rate.0) / i128::from(Rate::ONE.0);
    crate::limits::amount(product)
}
