//! Deposits, and the line of withdrawals.

use crate::effect::Effects;
use crate::fiat::Settlement;
use crate::units::{Amount, MONEY_MAX, Money, part_down};
use crate::{HolderId, IssuerEffect, Refusal, TierId};
use firesale_types::{Rate, Rounding, SimTime};

use super::VaultIssuer;

impl VaultIssuer {
    pub(super) fn work(&mut self, now: SimTime, effects: &mut Effects) {
        if self.is_suspended {
            return;
        }
        self.serve(now, effects);
        if !self.queue.is_empty() {
            self.recall(now, effects);
            self.serve(now, effects);
        }
    }

    pub(super) fn serve(&mut self, now: SimTime, effects: &mut Effects) {
        while let Some(first) = self.queue.front() {
            if first.since + self.config.notice > now {
                return;
            }
            let whole = self.worth(first.amount);
            let (amount, usd) = if whole <= self.cash {
                (first.amount, whole)
            } else {
                let decimals = self.config.decimals;
                let shares = decimals.bought(self.cash, self.price, Rounding::Floor);
                let part = shares.unwrap_or(0).min(first.amount);
                (part, self.worth(part))
            };
            if amount == 0 || (usd == 0 && whole > 0) {
                return;
            }
            self.cash -= usd;
            self.paid_in -= usd;
            self.queue.take(amount);
            self.supply.burn(amount);
            effects.push(IssuerEffect::BurnTokens { amount });
            let to = first.holder;
            effects.push(IssuerEffect::Pay { to, usd });
        }
    }

    /// Calls back what the queue needs, from the positions in order.
    pub(super) fn recall(&mut self, now: SimTime, effects: &mut Effects) {
        let mut missing = self.worth(self.queue.total()) - self.liquid();
        for (at, config) in self.config.positions.iter().enumerate() {
            let position = &mut self.positions[at];
            let free = part_down(position.actual, Rate::ONE - position.frozen);
            let face = missing.min(free).min(position.reported);
            if face <= 0 {
                continue;
            }
            missing -= face;
            position.actual -= face;
            position.reported -= face;
            let (tier, settles) = (TierId(at as u16), now + config.recall);
            if settles <= now {
                self.cash += face;
            } else {
                let usd = face;
                self.settling.push(Settlement {
                    at: settles,
                    tier,
                    usd,
                });
            }
            effects.push(IssuerEffect::SellReserve {
                tier,
                face,
                proceeds: face,
                price: Rate::ONE,
                settles,
            });
        }
    }

    pub(super) fn mint(&mut self, holder: HolderId, usd: Money, effects: &mut Effects) {
        let shares = self
            .config
            .decimals
            .bought(usd, self.price, Rounding::Floor);
        let room = |shares| {
            self.supply
                .has_room(shares, self.config.decimals.supply_max())
        };
        let reason = match shares {
            _ if self.is_suspended => Refusal::Suspended,
            _ if self.price.0 == 0 => Refusal::NoPrice,
            _ if usd < self.config.minimum.max(1) => Refusal::BelowMinimum,
            Some(0) => Refusal::BelowMinimum,
            Some(amount) if room(amount) && self.reported() + usd <= MONEY_MAX => {
                self.cash += usd;
                self.paid_in += usd;
                self.supply.mint(amount);
                effects.push(IssuerEffect::MintTokens { to: holder, amount });
                return;
            }
            _ => Refusal::OutOfRange,
        };
        effects.push(IssuerEffect::Refused { holder, reason });
        effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
    }

    pub(super) fn redeem(
        &mut self,
        holder: HolderId,
        amount: Amount,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let reason = if amount == 0 || self.worth(amount) < self.config.minimum {
            Refusal::BelowMinimum
        } else if self.queue.is_full() {
            Refusal::QueueFull
        } else {
            self.supply.escrow += amount;
            self.queue.push(holder, amount, now);
            effects.push(IssuerEffect::Queued { holder, amount });
            return;
        };
        effects.push(IssuerEffect::Refused { holder, reason });
        effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
    }

    pub(super) fn cancel(&mut self, holder: HolderId, effects: &mut Effects) {
        let amount = self.queue.withdraw(holder);
        if amount == 0 {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        }
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
    }
}
