//! What callers of the issuer see of it.

use crate::audit::{Violation, balanced, not_negative};
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, unknown, wrong};
use crate::supply::Supply;
use crate::units::MONEY_MAX;
use crate::{Backing, Decimals, IssuerError, IssuerEvent, PublicView, Refusal, TierId, UnitPrice};
use firesale_types::{Rate, Rounding, SimTime};

use super::SyntheticIssuer;

impl Kind for SyntheticIssuer {
    const NAME: &'static str = "synthetic";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        let known =
            |tier: TierId| unknown(tier.index() < self.units.len(), "asset", u32::from(tier.0));
        match *event {
            IssuerEvent::Mint { usd, .. } | IssuerEvent::Capital { usd } => check_money(usd, "usd"),
            IssuerEvent::Redeem { amount, .. } => {
                let supply = &self.desk.supply;
                check_amount(amount, supply.outstanding() - supply.escrow)
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                known(tier)?;
                check_money(usd, "usd")
            }
            IssuerEvent::Prices(prices) => {
                let Some((tier, price)) = prices.collateral else {
                    return Ok(());
                };
                known(tier)?;
                price.check("collateral")?;
                let decimals = self.config.assets[tier.index()].decimals;
                let value = decimals.value(self.units[tier.index()], price, Rounding::Floor);
                value
                    .map(|_| ())
                    .ok_or(IssuerError::OutOfRange("collateral"))
            }
            IssuerEvent::Hedge(event) => self.check_hedge(event),
            IssuerEvent::Cancel { .. }
            | IssuerEvent::Tick
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
            IssuerEvent::Freeze { .. }
            | IssuerEvent::Thaw { .. }
            | IssuerEvent::Collateral(_)
            | IssuerEvent::Seigniorage(_) => wrong::<Self>(event),
        }
    }

    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects) {
        let is_over = self.advance(now, effects);
        match event {
            IssuerEvent::Mint { holder, usd } => {
                let full = self.backing_value() + usd > MONEY_MAX;
                let refusal = full.then_some(Refusal::OutOfRange);
                let primary = &self.config.primary;
                self.cash += self.desk.mint(primary, holder, usd, refusal, effects);
            }
            IssuerEvent::Redeem { holder, amount } => {
                let primary = &self.config.primary;
                self.desk.redeem(primary, holder, amount, now, effects);
            }
            IssuerEvent::Cancel { holder } => self.desk.cancel(holder, effects),
            IssuerEvent::Suspend(suspended) => self.desk.suspend(suspended, effects),
            IssuerEvent::Capital { usd } => {
                self.reserve_fund += usd;
                self.paid_in += usd;
            }
            IssuerEvent::ReserveLoss { tier, usd } => self.lose(tier, usd, effects),
            IssuerEvent::Disclose => {
                let snapshot = self.snapshot(now);
                self.attestations.disclose(snapshot, effects);
            }
            IssuerEvent::Prices(prices) => {
                if let Some((asset, price)) = prices.collateral {
                    self.set_price(asset, price);
                }
            }
            IssuerEvent::Hedge(event) => self.hedge(event),
            IssuerEvent::Tick
            | IssuerEvent::Freeze { .. }
            | IssuerEvent::Thaw { .. }
            | IssuerEvent::Collateral(_)
            | IssuerEvent::Seigniorage(_) => {}
        }
        self.work(now, is_over, effects);
    }

    fn audit(&self) -> Result<(), Violation> {
        let owed = self.desk.audit()?;
        not_negative("cash", 0, self.cash)?;
        not_negative("reserve fund", 0, self.reserve_fund)?;
        let scale = self.config.decimals.per_micro() as i128;
        let assets = self.backing_value() + self.reserve_fund;
        let equity = self.paid_in + self.result + self.desk.fees;
        balanced(assets * scale, owed + equity * scale)
    }

    fn backing(&self) -> Backing {
        let kept = Rate::ONE - self.config.trade_cost;
        let mut backing = Backing {
            liquid: self.liquid() + self.reserve_fund,
            liabilities: self.desk.liabilities(),
            ..Backing::default()
        };
        for at in 0..self.units.len() {
            backing.illiquid.push((self.asset_value(at), kept));
        }
        for leg in &self.legs {
            match leg.is_frozen && leg.equity > 0 {
                true => backing.frozen.push((leg.equity, Rate::ONE)),
                false => backing.illiquid.push((leg.equity, Rate::ONE)),
            }
        }
        backing
    }

    fn view(&self, now: SimTime) -> PublicView {
        let frozen = self.legs.iter().filter(|leg| leg.is_frozen);
        PublicView {
            attestation: self
                .attestations
                .public(&self.config.attestation, || self.snapshot(now)),
            supply: self.desk.supply.outstanding(),
            queue_length: self.desk.queue.tickets().len(),
            queue_amount: self.desk.queue.total(),
            is_open: true,
            is_suspended: self.desk.is_suspended,
            limit_left: None,
            frozen: frozen.map(|leg| leg.equity.max(0)).sum(),
            recovered: 0,
            share_price: UnitPrice::DOLLAR,
            yield_rate: self.yield_rate,
        }
    }

    fn supply(&self) -> &Supply {
        &self.desk.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    fn next_due(&self, now: SimTime) -> Option<SimTime> {
        let settling = self.settling.iter().map(|settlement| settlement.at);
        let hedges = self.legs.iter().filter_map(|leg| {
            let since = leg.off_since?;
            Some(leg.asked.map_or(since, |asked| asked.max(since)) + self.config.hedge_delay)
        });
        let attestation = self.attestations.next_due(&self.config.attestation);
        let period = self.config.payout_period;
        let payout = SimTime((self.payouts + 1).saturating_mul(period.0));
        let all = settling.chain(hedges).chain(attestation).chain([payout]);
        all.filter(|at| *at > now).min()
    }
}
