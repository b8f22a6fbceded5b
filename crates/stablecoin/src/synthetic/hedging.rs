//! Keeping the legs as large as the coins, and their margins where they belong.

use super::hedge::{share_of, targets};
use crate::effect::Effects;
use crate::units::{Money, part_up};
use crate::{HedgeEvent, IssuerEffect, LegId};
use firesale_types::SimTime;

use super::SyntheticIssuer;

impl SyntheticIssuer {
    /// Asks for the hedge that the coins need, some time after it went off.
    pub(super) fn rehedge(&mut self, now: SimTime, effects: &mut Effects) {
        let targets = targets(&self.config, &self.legs, &self.units);
        for (at, target) in targets.into_iter().enumerate() {
            let units = self.units[self.config.legs[at].asset.index()];
            let tolerated = share_of(units, self.config.hedge_tolerance);
            let leg = &mut self.legs[at];
            if leg.is_frozen || leg.units.abs_diff(target) <= tolerated {
                leg.off_since = None;
                continue;
            }
            let since = *leg.off_since.get_or_insert(now);
            let last = leg.asked.map_or(since, |asked| asked.max(since));
            if now >= last + self.config.hedge_delay && leg.asked != Some(now) {
                leg.asked = Some(now);
                let change = target as i128 - leg.units as i128;
                let leg = LegId(at as u16);
                effects.push(IssuerEffect::Hedge { leg, change });
            }
        }
    }

    /// The margin that a leg of its present size should have.
    pub(super) fn margin_needed(&self, at: usize) -> Money {
        let asset = self.config.legs[at].asset.index();
        part_up(
            self.value(asset, self.legs[at].units),
            self.config.margin_target,
        )
    }

    /// Tops up what is below half of its target, as far as there is cash.
    pub(super) fn keep_margins(&mut self, effects: &mut Effects) {
        for at in 0..self.legs.len() {
            let needed = self.margin_needed(at);
            let missing = (needed - self.legs[at].equity).min(self.cash);
            let short = self.legs[at].equity < needed / 2;
            if short && missing > 0 && !self.legs[at].is_frozen {
                self.move_margin(at, missing, effects);
            }
        }
    }

    pub(super) fn move_margin(&mut self, at: usize, usd: Money, effects: &mut Effects) {
        self.cash -= usd;
        self.legs[at].equity += usd;
        let leg = LegId(at as u16);
        effects.push(IssuerEffect::MoveMargin { leg, usd });
    }

    pub(super) fn hedge(&mut self, event: HedgeEvent) {
        match event {
            HedgeEvent::Report {
                leg,
                units,
                equity,
                funding,
            } => {
                let leg = &mut self.legs[leg.index()];
                self.result += equity - leg.equity;
                self.income += funding;
                leg.units = units;
                leg.equity = equity;
                leg.asked = None;
            }
            HedgeEvent::Frozen { leg, frozen } => {
                let leg = &mut self.legs[leg.index()];
                leg.is_frozen = frozen;
                leg.asked = None;
            }
        }
    }
}
