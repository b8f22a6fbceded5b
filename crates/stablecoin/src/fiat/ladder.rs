//! The reserve: a till and tiers that fill it, in order.

use firesale_types::{Rate, SimTime};
use serde::{Deserialize, Serialize};

use super::config::{FiatConfig, TierKind};
use super::tier::Tier;
use crate::audit::{Violation, not_negative};
use crate::effect::Effects;
use crate::units::{MONEY_MAX, Money, part_down, ratio};
use crate::{Backing, IssuerEffect, TierId, TierView};

/// Days of a year of interest.
const YEAR: Money = 365;

/// Money from a sale that has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settlement {
    /// When it arrives.
    pub at: SimTime,
    /// From where.
    pub tier: TierId,
    /// How much.
    pub usd: Money,
}

/// All assets of a fiat issuer, and the equity side of its books.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReserveLadder {
    /// Cash on the issuer's own account at the payment rail.
    pub till: Money,
    /// In the order in which they are used.
    pub tiers: Vec<Tier>,
    /// Sales that have not settled.
    pub settling: Vec<Settlement>,
    /// Equity at the start and paid in since.
    pub paid_in: Money,
    /// Fees, interest and gains.
    pub income: Money,
    /// Losses of sales, of failures and others.
    pub losses: Money,
    /// What has come back of what was frozen.
    pub recovered: Money,
    /// The yield of short bills less that at the start, in basis points.
    pub yield_change_bps: i32,
}

impl ReserveLadder {
    pub(crate) fn new(config: &FiatConfig) -> Self {
        Self {
            till: 0,
            tiers: config.ladder.iter().map(Tier::new).collect(),
            settling: Vec::new(),
            paid_in: config.equity,
            income: 0,
            losses: 0,
            recovered: 0,
            yield_change_bps: 0,
        }
    }

    /// All assets at book value, frozen claims included.
    #[must_use]
    pub fn assets(&self) -> Money {
        let tiers = self.tiers.iter().map(|tier| tier.amount + tier.frozen);
        self.till + self.on_the_way() + tiers.sum::<Money>()
    }

    /// Money from sales that has not arrived.
    #[must_use]
    pub fn on_the_way(&self) -> Money {
        self.settling.iter().map(|settlement| settlement.usd).sum()
    }

    /// The sales that have settled fill the till.
    pub(crate) fn settle(&mut self, now: SimTime) {
        let due = |settlement: &Settlement| settlement.at <= now;
        let arrived = self.settling.iter().filter(|s| due(s));
        self.till += arrived.map(|settlement| settlement.usd).sum::<Money>();
        self.settling.retain(|settlement| !due(settlement));
    }

    /// A day has passed: interest comes in, impact fades.
    pub(crate) fn new_day(&mut self, config: &FiatConfig, effects: &mut Effects) {
        for (at, (tier, config)) in self.tiers.iter_mut().zip(&config.ladder).enumerate() {
            tier.new_day(config);
            let usd = part_down(tier.amount, config.yield_rate) / YEAR;
            if usd > 0 {
                self.till += usd;
                self.income += usd;
                let tier = TierId(at as u16);
                effects.push(IssuerEffect::Income { tier, usd });
            }
        }
    }

    /// Sells from the tiers in order until the till has `need`, counting what is on the way.
    pub(crate) fn raise(
        &mut self,
        config: &FiatConfig,
        need: Money,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let mut missing = need - self.till - self.on_the_way();
        for at in 0..self.tiers.len() {
            if missing <= 0 {
                return;
            }
            missing -= self.sell(config, at, missing, now, effects);
        }
    }

    /// Sells from one tier what brings `need`; says what it brings.
    fn sell(
        &mut self,
        config: &FiatConfig,
        at: usize,
        need: Money,
        now: SimTime,
        effects: &mut Effects,
    ) -> Money {
        let (tier, config) = (&mut self.tiers[at], &config.ladder[at]);
        if tier.amount == 0 {
            return 0;
        }
        let (face, proceeds) = tier.face_for(config, need, self.yield_change_bps);
        tier.amount -= face;
        tier.sold_today += face;
        tier.pressure = (tier.pressure + face).min(MONEY_MAX);
        self.losses += (face - proceeds).max(0);
        self.income += (proceeds - face).max(0);
        let settles = now + config.settles;
        let id = TierId(at as u16);
        if settles <= now {
            self.till += proceeds;
        } else {
            self.settling.push(Settlement {
                at: settles,
                tier: id,
                usd: proceeds,
            });
        }
        effects.push(IssuerEffect::SellReserve {
            tier: id,
            face,
            proceeds,
            price: ratio(proceeds, face).unwrap_or(Rate::ONE),
            settles,
        });
        proceeds
    }

    /// Bills that mature today fill the till at par: the share of one day in their maturity.
    pub(crate) fn mature(
        &mut self,
        config: &FiatConfig,
        need: Money,
        now: SimTime,
        effects: &mut Effects,
    ) {
        for (at, config) in config.ladder.iter().enumerate() {
            let missing = need - self.till - self.on_the_way();
            if config.kind != TierKind::Bills || missing <= 0 {
                continue;
            }
            let tier = &mut self.tiers[at];
            let face = (tier.amount / Money::from(config.maturity_days)).min(missing);
            if face == 0 {
                continue;
            }
            tier.amount -= face;
            self.till += face;
            effects.push(IssuerEffect::SellReserve {
                tier: TierId(at as u16),
                face,
                proceeds: face,
                price: Rate::ONE,
                settles: now,
            });
        }
    }

    /// Idle money goes into deposits, repo, funds and bills in the proportions of the start.
    pub(crate) fn invest(&mut self, config: &FiatConfig, effects: &mut Effects) {
        let takes = |at: usize| {
            let slow = [TierKind::Loans, TierKind::Gold, TierKind::Coins];
            let kept = !slow.contains(&config.ladder[at].kind) && self.tiers[at].frozen == 0;
            if kept { config.ladder[at].amount } else { 0 }
        };
        let weights: Vec<Money> = (0..self.tiers.len()).map(takes).collect();
        let (idle, whole) = (self.till, weights.iter().sum::<Money>());
        if idle <= 0 || whole == 0 {
            return;
        }
        for (at, weight) in weights.into_iter().enumerate() {
            let face = idle * weight / whole;
            if face > 0 {
                self.till -= face;
                self.tiers[at].amount += face;
                let tier = TierId(at as u16);
                effects.push(IssuerEffect::BuyReserve { tier, face });
            }
        }
    }

    pub(crate) fn freeze(&mut self, at: TierId, share: Rate, recovery: Rate, out: &mut Effects) {
        let tier = &mut self.tiers[at.index()];
        let usd = part_down(tier.amount, share);
        tier.amount -= usd;
        tier.frozen += usd;
        tier.recovery = recovery;
        out.push(IssuerEffect::Froze { tier: at, usd });
    }

    pub(crate) fn thaw(&mut self, at: TierId, recovered: Rate, effects: &mut Effects) {
        let tier = &mut self.tiers[at.index()];
        let frozen = std::mem::take(&mut tier.frozen);
        let back = part_down(frozen, recovered);
        tier.amount += back;
        self.recovered += back;
        self.losses += frozen - back;
        effects.push(IssuerEffect::Recovered {
            tier: at,
            usd: back,
        });
        if frozen > back {
            let usd = frozen - back;
            effects.push(IssuerEffect::Loss { tier: at, usd });
        }
    }

    /// Writes off from what can be sold, then from what is frozen.
    pub(crate) fn lose(&mut self, at: TierId, usd: Money, effects: &mut Effects) {
        let tier = &mut self.tiers[at.index()];
        let reachable = usd.min(tier.amount);
        let frozen = (usd - reachable).min(tier.frozen);
        tier.amount -= reachable;
        tier.frozen -= frozen;
        self.losses += reachable + frozen;
        let usd = reachable + frozen;
        effects.push(IssuerEffect::Loss { tier: at, usd });
    }

    pub(crate) fn backing(&self, config: &FiatConfig, liabilities: Money) -> Backing {
        let mut backing = Backing {
            liquid: self.till + self.on_the_way(),
            liabilities,
            ..Backing::default()
        };
        for (tier, config) in self.tiers.iter().zip(&config.ladder) {
            if config.kind == TierKind::Deposits && config.haircut == Rate::ZERO {
                backing.liquid += tier.amount;
            } else {
                let rate = tier.liquidation_rate(config, self.yield_change_bps);
                backing.illiquid.push((tier.amount, rate));
            }
            if tier.frozen > 0 {
                backing.frozen.push((tier.frozen, tier.recovery));
            }
        }
        backing
    }

    pub(crate) fn tier_views(&self, config: &FiatConfig) -> Vec<TierView> {
        let tiers = self.tiers.iter().zip(&config.ladder);
        let view = |(tier, config): (&Tier, &super::TierConfig)| TierView {
            name: config.name.clone(),
            usd: tier.amount,
            frozen: tier.frozen,
        };
        let till = TierView {
            name: "till".to_owned(),
            usd: self.till + self.on_the_way(),
            frozen: 0,
        };
        tiers.map(view).chain([till]).collect()
    }

    pub(crate) fn audit(&self) -> Result<(), Violation> {
        not_negative("till", 0, self.till)?;
        for (at, tier) in self.tiers.iter().enumerate() {
            not_negative("tier", at, tier.amount)?;
            not_negative("frozen tier", at, tier.frozen)?;
        }
        let mut settlements = self.settling.iter().enumerate();
        settlements.try_for_each(|(at, s)| not_negative("settlement", at, s.usd))
    }
}
