//! What callers of the issuer see of it.

use crate::audit::{Violation, balanced, not_negative, supplied};
use crate::calendar::DAY;
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, check_share, unknown, wrong};
use crate::supply::Supply;
use crate::units::part_down;
use crate::{Backing, Decimals, IssuerEffect, IssuerError, IssuerEvent, PublicView, TierId};
use firesale_types::SimTime;

use super::{Position, VaultIssuer};

impl Kind for VaultIssuer {
    const NAME: &'static str = "vault";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        let known = |tier: TierId| {
            unknown(
                tier.index() < self.positions.len(),
                "position",
                u32::from(tier.0),
            )
        };
        match *event {
            IssuerEvent::Mint { usd, .. } => check_money(usd, "usd"),
            IssuerEvent::Capital { usd } => {
                check_money(usd, "usd")?;
                check_money(self.reported() + usd, "usd")
            }
            IssuerEvent::Redeem { amount, .. } => {
                check_amount(amount, self.supply.outstanding() - self.supply.escrow)
            }
            IssuerEvent::Freeze {
                tier,
                share,
                recovery,
            } => {
                known(tier)?;
                check_share(share, "share")?;
                check_share(recovery, "recovery")
            }
            IssuerEvent::Thaw { tier, recovered } => {
                known(tier)?;
                check_share(recovered, "recovered")
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                known(tier)?;
                check_money(usd, "usd")
            }
            IssuerEvent::Prices(prices) => match prices.collateral {
                Some((tier, price)) => {
                    known(tier)?;
                    price.check("collateral")
                }
                None => Ok(()),
            },
            IssuerEvent::Cancel { .. }
            | IssuerEvent::Tick
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
            IssuerEvent::Hedge(_) | IssuerEvent::Collateral(_) | IssuerEvent::Seigniorage(_) => {
                wrong::<Self>(event)
            }
        }
    }

    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects) {
        self.advance(now, effects);
        match event {
            IssuerEvent::Mint { holder, usd } => self.mint(holder, usd, effects),
            IssuerEvent::Redeem { holder, amount } => self.redeem(holder, amount, now, effects),
            IssuerEvent::Cancel { holder } => self.cancel(holder, effects),
            IssuerEvent::Suspend(suspended) => self.suspend(suspended, effects),
            IssuerEvent::Capital { usd } => {
                self.cash += usd;
                self.paid_in += usd;
                self.reprice(effects);
            }
            IssuerEvent::Freeze {
                tier,
                share,
                recovery,
            } => {
                let position = &mut self.positions[tier.index()];
                position.frozen = share;
                position.recovery = recovery;
                let usd = part_down(position.actual, share);
                effects.push(IssuerEffect::Froze { tier, usd });
            }
            IssuerEvent::Thaw { tier, recovered } => self.thaw(tier, recovered, effects),
            IssuerEvent::ReserveLoss { tier, usd } => self.revalue(tier, -usd, effects),
            IssuerEvent::Disclose => self.disclose(now, effects),
            IssuerEvent::Prices(prices) => {
                if let Some((tier, price)) = prices.collateral {
                    self.mark(tier, price, effects);
                }
            }
            IssuerEvent::Tick
            | IssuerEvent::Hedge(_)
            | IssuerEvent::Collateral(_)
            | IssuerEvent::Seigniorage(_) => {}
        }
        self.work(now, effects);
    }

    fn audit(&self) -> Result<(), Violation> {
        self.queue.audit()?;
        supplied(&self.supply, self.queue.total())?;
        not_negative("cash", 0, self.cash)?;
        for (at, position) in self.positions.iter().enumerate() {
            not_negative("position", at, position.actual)?;
            not_negative("reported position", at, position.reported)?;
        }
        balanced(self.reported(), self.paid_in + self.result)?;
        // The shares never claim more than is reported.
        let over = self.reported() - self.worth(self.supply.outstanding());
        not_negative("reported assets less shares", 0, over)
    }

    fn backing(&self) -> Backing {
        self.backing_of(|position| position.actual)
    }

    fn view(&self, now: SimTime) -> PublicView {
        let frozen = |p: &Position| part_down(p.reported, p.frozen);
        PublicView {
            attestation: self
                .attestations
                .public(&self.config.attestation, || self.snapshot(now)),
            supply: self.supply.outstanding(),
            queue_length: self.queue.tickets().len(),
            queue_amount: self.queue.total(),
            is_open: true,
            is_suspended: self.is_suspended,
            limit_left: None,
            frozen: self.positions.iter().map(frozen).sum(),
            recovered: self.recovered,
            share_price: self.price,
            yield_rate: self.config.reported_yield,
        }
    }

    fn supply(&self) -> &Supply {
        &self.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    fn next_due(&self, now: SimTime) -> Option<SimTime> {
        let settling = self.settling.iter().map(|settlement| settlement.at);
        let notice = self
            .queue
            .front()
            .map(|first| first.since + self.config.notice);
        let attestation = self.attestations.next_due(&self.config.attestation);
        let midnight = SimTime((now.0.div_euclid(DAY.0) + 1).saturating_mul(DAY.0));
        let all = settling.chain(notice).chain(attestation).chain([midnight]);
        all.filter(|at| *at > now).min()
    }
}
