//! What callers of the issuer see of it.

use crate::audit::{Violation, supplied};
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, wrong};
use crate::supply::Supply;
use crate::units::MONEY_MAX;
use crate::{
    Attestation, Backing, Decimals, Gate, IssuerEffect, IssuerError, IssuerEvent, PublicView,
    Refusal, TierView, UnitPrice,
};
use firesale_types::{Rate, Rounding, SimTime};

use super::{AlgorithmicIssuer, AnchorConfig};

impl Kind for AlgorithmicIssuer {
    const NAME: &'static str = "algorithmic";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        match *event {
            IssuerEvent::Redeem { amount, .. } => {
                check_amount(amount, self.supply.outstanding() - self.supply.escrow)
            }
            IssuerEvent::Mint { usd, .. } => check_money(usd, "usd"),
            IssuerEvent::Seigniorage(event) => self.check_seigniorage(event),
            IssuerEvent::Prices(prices) => match prices.seigniorage {
                Some(price) => price.check("seigniorage"),
                None => Ok(()),
            },
            IssuerEvent::Tick
            | IssuerEvent::Cancel { .. }
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
            IssuerEvent::Capital { .. }
            | IssuerEvent::Freeze { .. }
            | IssuerEvent::Thaw { .. }
            | IssuerEvent::ReserveLoss { .. }
            | IssuerEvent::Hedge(_)
            | IssuerEvent::Collateral(_) => wrong::<Self>(event),
        }
    }

    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects) {
        self.advance(now);
        match event {
            IssuerEvent::Redeem { holder, amount } => self.redeem(holder, amount, now, effects),
            IssuerEvent::Mint { holder, usd } => {
                let reason = Refusal::NotOffered;
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
            }
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
            IssuerEvent::Prices(prices) => {
                self.price = prices.seigniorage.map(|price| (now, price)).or(self.price);
            }
            IssuerEvent::Seigniorage(event) => self.seigniorage_event(now, event, effects),
            IssuerEvent::Disclose => effects.push(IssuerEffect::Attested { as_of: now }),
            _ => {}
        }
    }

    fn audit(&self) -> Result<(), Violation> {
        self.anchor.audit()?;
        supplied(&self.supply, self.anchor.held())?;
        supplied(&self.seigniorage, 0)?;
        crate::audit::not_negative("stable pool", 0, self.pools.base + self.pools.delta - 1)
    }

    /// All there is behind the tokens is what the seigniorage tokens are said to be worth.
    fn backing(&self) -> Backing {
        let decimals = self.config.seigniorage_decimals;
        let worth = |(_, price)| {
            let supply = self.seigniorage.outstanding();
            decimals
                .value(supply, price, Rounding::Floor)
                .unwrap_or(MONEY_MAX)
        };
        Backing {
            illiquid: vec![(self.price.map_or(0, worth), Rate::ONE)],
            liabilities: self.config.decimals.par(self.supply.outstanding()).0,
            ..Backing::default()
        }
    }

    fn view(&self, now: SimTime) -> PublicView {
        let backing = self.backing();
        let tier = TierView {
            name: "seigniorage tokens".to_owned(),
            usd: backing.illiquid[0].0,
            frozen: 0,
        };
        let supply = self.supply.outstanding();
        let paying = |anchor: &AnchorConfig| match self.anchor.reserve {
            0 => Rate::ZERO,
            _ => anchor.rate,
        };
        PublicView {
            attestation: Some(Attestation {
                as_of: now,
                tiers: vec![tier],
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
            yield_rate: self.config.anchor.as_ref().map_or(Rate::ZERO, paying),
        }
    }

    fn supply(&self) -> &Supply {
        &self.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    /// The pools and the anchor are brought up to date by whatever happens next.
    fn next_due(&self, _: SimTime) -> Option<SimTime> {
        None
    }
}
