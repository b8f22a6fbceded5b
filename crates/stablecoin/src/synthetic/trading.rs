//! Coins sold for redemptions, and bought with idle cash.

use crate::effect::Effects;
use crate::fiat::Settlement;
use crate::units::{Amount, Money, part_down, part_up};
use crate::{IssuerEffect, TierId};
use firesale_types::{Rate, Rounding, SimTime};

use super::{BackingAsset, SyntheticIssuer};

impl SyntheticIssuer {
    /// Pays the queue, finds the money for it or (at the end of a period, when all reports are in) a
    /// use for what is idle, and keeps the hedge.
    pub(super) fn work(&mut self, now: SimTime, is_over: bool, effects: &mut Effects) {
        if !self.desk.is_suspended {
            let primary = &self.config.primary;
            self.desk.serve(primary, &mut self.cash, effects);
            if self.desk.queue.is_empty() && is_over {
                self.deploy(now, effects);
            } else if !self.desk.queue.is_empty() {
                self.raise(now, effects);
                let primary = &self.config.primary;
                self.desk.serve(primary, &mut self.cash, effects);
            }
        }
        self.rehedge(now, effects);
        self.keep_margins(effects);
    }

    /// Finds what the queue needs: surplus margin, then coins in proportion.
    pub(super) fn raise(&mut self, now: SimTime, effects: &mut Effects) {
        let need = self.desk.needed(&self.config.primary);
        for at in 0..self.legs.len() {
            let missing = need - self.liquid();
            let surplus = self.legs[at].equity - self.margin_needed(at);
            if missing > 0 && surplus > 0 && !self.legs[at].is_frozen {
                self.move_margin(at, -surplus.min(missing), effects);
            }
        }
        let (missing, coins) = (need - self.liquid(), self.coins());
        if missing <= 0 || coins == 0 {
            return;
        }
        let kept = i128::from((Rate::ONE - self.config.trade_cost).0);
        let gross = missing * i128::from(Rate::ONE.0) / kept + 1;
        for at in 0..self.units.len() {
            let face = (gross * self.asset_value(at) / coins + 1).min(self.asset_value(at));
            self.sell(at, face, now, effects);
        }
    }

    /// Sells coins worth `face` at the oracle's price less the cost.
    pub(super) fn sell(&mut self, at: usize, face: Money, now: SimTime, effects: &mut Effects) {
        let before = self.asset_value(at);
        let decimals = self.config.assets[at].decimals;
        let units = decimals.bought(face, self.prices[at], Rounding::Ceil);
        let units = units.unwrap_or(Amount::MAX).min(self.units[at]);
        let usd = part_down(self.value(at, units), Rate::ONE - self.config.trade_cost);
        if units == 0 || usd == 0 {
            return;
        }
        self.units[at] -= units;
        self.result += self.asset_value(at) - before + usd;
        let asset = TierId(at as u16);
        let settles = now + self.config.settles;
        if settles <= now {
            self.cash += usd;
        } else {
            let tier = asset;
            self.settling.push(Settlement {
                at: settles,
                tier,
                usd,
            });
        }
        let units = -(units as i128);
        effects.push(IssuerEffect::TradeAsset {
            asset,
            units,
            usd,
            settles,
        });
    }

    /// Idle cash, beyond a percent of the backing, buys coins in the proportions of the start and
    /// margin for their hedges.
    pub(super) fn deploy(&mut self, now: SimTime, effects: &mut Effects) {
        let backing = self.backing_value();
        let idle = self.liquid() - part_up(backing, self.config.cash_target);
        let weights: Vec<Money> = self.initial_values();
        let whole: Money = weights.iter().sum();
        if idle.min(self.cash) <= backing / 100 || whole == 0 {
            return;
        }
        let both = Rate::ONE + self.config.margin_target;
        let spend = idle.min(self.cash) * i128::from(Rate::ONE.0) / i128::from(both.0);
        for (at, weight) in weights.into_iter().enumerate() {
            self.buy(at, spend * weight / whole, now, effects);
        }
    }

    pub(super) fn initial_values(&self) -> Vec<Money> {
        let value = |a: &BackingAsset| a.decimals.value(a.units, a.price, Rounding::Floor);
        let assets = self.config.assets.iter();
        assets.map(|asset| value(asset).unwrap_or(0)).collect()
    }

    /// Buys coins for `usd`, cost included.
    pub(super) fn buy(&mut self, at: usize, usd: Money, now: SimTime, effects: &mut Effects) {
        let decimals = self.config.assets[at].decimals;
        let net = part_down(usd, Rate::ONE - self.config.trade_cost);
        let units = decimals.bought(net, self.prices[at], Rounding::Floor);
        let after = units.and_then(|units| self.units[at].checked_add(units));
        let (Some(units @ 1..), Some(after)) = (units, after) else {
            return;
        };
        let before = self.asset_value(at);
        self.units[at] = after;
        self.cash -= usd;
        self.result += self.asset_value(at) - before - usd;
        let (asset, units) = (TierId(at as u16), units as i128);
        let (usd, settles) = (-usd, now);
        effects.push(IssuerEffect::TradeAsset {
            asset,
            units,
            usd,
            settles,
        });
    }
}
