//! What callers of the issuer see of it.

use crate::audit::{Violation, balanced, not_negative, supplied};
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, unknown, wrong};
use crate::supply::Supply;
use crate::units::MONEY_MAX;
use crate::{
    Attestation, Backing, Decimals, Gate, IssuerEffect, IssuerError, IssuerEvent, PublicView,
    Refusal, TierView, UnitPrice,
};
use firesale_types::{Rate, SimTime};

use super::{AuctionRule, CollateralizedIssuer};

impl Kind for CollateralizedIssuer {
    const NAME: &'static str = "collateralized";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        match *event {
            IssuerEvent::Mint { usd, .. } => check_money(usd, "usd"),
            IssuerEvent::Redeem { amount, .. } => {
                check_amount(amount, self.supply.outstanding() - self.supply.escrow)
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                unknown(tier.0 == 0, "peg module", u32::from(tier.0))?;
                check_money(usd, "usd")
            }
            IssuerEvent::Prices(prices) => match prices.collateral {
                Some((tier, price)) => {
                    unknown(tier.0 == 0, "collateral", u32::from(tier.0))?;
                    price.check("collateral")
                }
                None => Ok(()),
            },
            IssuerEvent::Collateral(event) => self.check_collateral(event),
            IssuerEvent::Cancel { .. }
            | IssuerEvent::Tick
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
            IssuerEvent::Capital { .. }
            | IssuerEvent::Freeze { .. }
            | IssuerEvent::Thaw { .. }
            | IssuerEvent::Hedge(_)
            | IssuerEvent::Seigniorage(_) => wrong::<Self>(event),
        }
    }

    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects) {
        self.advance(now);
        self.end_auctions(now, effects);
        match event {
            IssuerEvent::Mint { holder, usd } => self.mint(holder, usd, effects),
            IssuerEvent::Redeem { holder, amount } => self.redeem(holder, amount, effects),
            IssuerEvent::Cancel { holder } => {
                let reason = Refusal::NothingThere;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
            IssuerEvent::Suspend(suspended) if suspended != self.is_suspended => {
                self.is_suspended = suspended;
                let gate = if suspended {
                    Gate::Suspended
                } else {
                    Gate::Resumed
                };
                effects.push(IssuerEffect::Gate(gate));
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                let usd = usd.min(self.holds);
                self.holds -= usd;
                self.uncovered += self.config.decimals.at_par(usd);
                effects.push(IssuerEffect::Loss { tier, usd });
            }
            IssuerEvent::Prices(prices) => {
                self.price = prices.collateral.map_or(self.price, |(_, price)| price);
            }
            IssuerEvent::Collateral(event) => self.collateral_event(now, event, effects),
            IssuerEvent::Disclose => effects.push(IssuerEffect::Attested { as_of: now }),
            _ => {}
        }
        self.work(now, effects);
    }

    fn audit(&self) -> Result<(), Violation> {
        let bids = self.auctions.values().filter_map(|auction| auction.best);
        supplied(&self.supply, bids.map(|bid| bid.amount).sum())?;
        not_negative("peg module", 0, self.holds)?;
        let held = self.config.decimals.at_par(self.holds);
        let assets = self.debt + self.uncovered + held;
        let owed = self.supply.outstanding() + self.surplus;
        balanced(assets as i128, owed as i128)?;
        self.audit_vaults()
    }

    fn backing(&self) -> Backing {
        let worth = self.config.decimals.par(self.worth(self.collateral)).0;
        Backing {
            liquid: self.holds,
            illiquid: vec![(worth.min(MONEY_MAX), Rate::ONE)],
            frozen: Vec::new(),
            liabilities: self.config.decimals.par(self.supply.outstanding()).0,
        }
    }

    fn view(&self, now: SimTime) -> PublicView {
        let backing = self.backing();
        let row = |name: &str, usd| TierView {
            name: name.to_owned(),
            usd,
            frozen: 0,
        };
        let tiers = vec![
            row("peg module", self.holds),
            row("collateral", backing.illiquid[0].0),
        ];
        let supply = self.supply.outstanding();
        let as_of = now;
        PublicView {
            attestation: Some(Attestation {
                as_of,
                tiers,
                supply,
                backing,
            }),
            supply,
            queue_length: 0,
            queue_amount: 0,
            is_open: true,
            is_suspended: self.is_suspended,
            limit_left: None,
            frozen: 0,
            recovered: 0,
            share_price: UnitPrice::DOLLAR,
            yield_rate: Rate::ZERO,
        }
    }

    fn supply(&self) -> &Supply {
        &self.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    fn next_due(&self, now: SimTime) -> Option<SimTime> {
        let ends = self
            .auctions
            .values()
            .map(|auction| match self.rising(auction) {
                Some(rule) => auction.ends(&rule),
                None => match self.config.auction {
                    AuctionRule::Falling { duration, .. } => auction.since + duration,
                    AuctionRule::Rising(rule) => auction.ends(&rule),
                },
            });
        ends.filter(|at| *at > now).min()
    }
}
