//! What holders do with their vaults and with the peg module.

use crate::effect::Effects;
use crate::units::{Amount, Money, part_up};
use crate::{CollateralEvent, HolderId, IssuerEffect, Refusal};
use firesale_types::{Rate, SimTime};

use super::{Bid, CollateralizedIssuer, Vault};

impl CollateralizedIssuer {
    pub(super) fn withdraw(&mut self, holder: HolderId, units: Amount, effects: &mut Effects) {
        let Some(mut vault) = self.take(holder) else {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        };
        let left = vault.collateral.checked_sub(units);
        match left {
            Some(left) if self.is_safe(left, vault.debt) => {
                vault.collateral = left;
                self.release(holder, units, effects);
            }
            Some(_) => {
                let reason = Refusal::Undercollateralized;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
            None => {
                let reason = Refusal::Insufficient;
                effects.push(IssuerEffect::Refused { holder, reason });
            }
        }
        self.put(holder, vault);
    }

    pub(super) fn draw(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        let taken = self.take(holder);
        let mut vault = taken.unwrap_or(Vault {
            collateral: 0,
            debt: 0,
            index: self.index,
        });
        let debt = vault.debt.saturating_add(amount);
        let total = self.debt.saturating_add(amount);
        let room = self
            .supply
            .has_room(amount, self.config.decimals.supply_max());
        let reason = if total > self.config.ceiling || !room {
            Some(Refusal::OverCeiling)
        } else if debt < self.config.debt_min || amount == 0 {
            Some(Refusal::BelowMinimum)
        } else if !self.is_safe(vault.collateral, debt) {
            Some(Refusal::Undercollateralized)
        } else {
            None
        };
        match reason {
            Some(reason) => effects.push(IssuerEffect::Refused { holder, reason }),
            None => {
                vault.debt = debt;
                self.debt = total;
                self.supply.mint(amount);
                effects.push(IssuerEffect::MintTokens { to: holder, amount });
            }
        }
        self.put(holder, vault);
    }

    pub(super) fn repay(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow += amount;
        let taken = self.take(holder);
        let paid = taken.map_or(0, |vault| vault.debt.min(amount));
        let left = taken.map_or(0, |vault| vault.debt - paid);
        let refusal = match left {
            _ if paid == 0 => Some(Refusal::NothingThere),
            1.. if left < self.config.debt_min => Some(Refusal::BelowMinimum),
            _ => None,
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            self.give_back(holder, amount, effects);
        } else {
            self.debt -= paid;
            self.supply.burn(paid);
            effects.push(IssuerEffect::BurnTokens { amount: paid });
            if amount > paid {
                self.give_back(holder, amount - paid, effects);
            }
        }
        if let Some(mut vault) = taken {
            vault.debt = if refusal.is_none() { left } else { vault.debt };
            self.put(holder, vault);
        }
    }

    pub(super) fn collateral_event(
        &mut self,
        now: SimTime,
        event: CollateralEvent,
        effects: &mut Effects,
    ) {
        match event {
            CollateralEvent::Deposit { holder, units } => {
                let taken = self.take(holder);
                let mut vault = taken.unwrap_or(Vault {
                    collateral: 0,
                    debt: 0,
                    index: self.index,
                });
                vault.collateral += units;
                self.collateral += units;
                self.put(holder, vault);
            }
            CollateralEvent::Withdraw { holder, units } => self.withdraw(holder, units, effects),
            CollateralEvent::Draw { holder, amount } => self.draw(holder, amount, effects),
            CollateralEvent::Repay { holder, amount } => self.repay(holder, amount, effects),
            CollateralEvent::Bid {
                holder,
                auction,
                amount,
                lot,
            } => {
                self.supply.escrow += amount;
                let bid = Bid {
                    holder,
                    amount,
                    lot,
                    at: now,
                };
                if let Err(reason) = self.bid(auction, bid, effects) {
                    effects.push(IssuerEffect::Refused { holder, reason });
                    self.give_back(holder, amount, effects);
                }
            }
        }
    }

    /// One for one into the peg module.
    pub(super) fn mint(&mut self, holder: HolderId, usd: Money, effects: &mut Effects) {
        let answer = match self.config.peg_module {
            None => Err(Refusal::NotOffered),
            Some(module) if self.holds + usd > module.ceiling => Err(Refusal::OverCeiling),
            Some(module) => {
                let fee = part_up(usd, module.fee_in);
                let amount = self.config.decimals.at_par(usd - fee);
                let room = self
                    .supply
                    .has_room(amount, self.config.decimals.supply_max());
                match (amount, room) {
                    (0, _) => Err(Refusal::BelowMinimum),
                    (_, false) => Err(Refusal::OutOfRange),
                    (_, true) => Ok((amount, fee)),
                }
            }
        };
        match answer {
            Ok((amount, fee)) => {
                self.holds += usd;
                self.surplus += self.config.decimals.at_par(fee);
                self.supply.mint(amount);
                effects.push(IssuerEffect::MintTokens { to: holder, amount });
            }
            Err(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
            }
        }
    }

    /// One for one out of the peg module, at once or not at all.
    pub(super) fn redeem(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow += amount;
        let (gross, _) = self.config.decimals.par(amount);
        let fee = self
            .config
            .peg_module
            .map_or(Rate::ZERO, |module| module.fee_out);
        let usd = gross - part_up(gross, fee);
        let refusal = if self.config.peg_module.is_none() {
            Some(Refusal::NotOffered)
        } else if self.is_suspended {
            Some(Refusal::Suspended)
        } else if usd == 0 {
            Some(Refusal::BelowMinimum)
        } else if usd > self.holds {
            Some(Refusal::Insufficient)
        } else {
            None
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            self.give_back(holder, amount, effects);
            return;
        }
        self.holds -= usd;
        // The fee, and the rest below a micro-dollar.
        self.surplus += amount - self.config.decimals.at_par(usd);
        self.supply.burn(amount);
        effects.push(IssuerEffect::BurnTokens { amount });
        effects.push(IssuerEffect::Pay { to: holder, usd });
    }
}
