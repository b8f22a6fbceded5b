//! Shares of an opaque manager's vault, with a loss that nobody sees until it is disclosed.
//!
//! The manager reports what a share is worth, and deposits and withdrawals are at that price: as
//! long as a loss is hidden, whoever withdraws is paid out of what belongs to those who stay. What
//! is not cash has to be recalled and comes late; what is lost cannot be. Disclosure writes the
//! truth into the price at one blow. A position can be shares of another vault
//! ([`Prices::collateral`](crate::Prices) marks it), so that a loss runs along a chain: 93 million
//! lost by one manager took one dollar to 0.10-0.27 there and to 0.015 at a lender with 65% of its
//! backing in it (N).

mod config;
mod interface;
mod line;

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

pub use config::{PositionConfig, VaultConfig};

use crate::calendar::DAY;
use crate::effect::Effects;
use crate::fiat::Settlement;
use crate::supply::{RedemptionQueue, Supply};
use crate::units::{Amount, MONEY_MAX, Money, PRICE_MAX, mul_div, part_down};
use crate::view::Attestations;
use crate::{Attestation, Backing, ConfigError, Gate, IssuerEffect, TierId, TierView, UnitPrice};

/// Something the vault has put money into, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// What the manager says it is worth.
    pub reported: Money,
    /// What can be got out of it.
    pub actual: Money,
    /// The price at which it was last marked.
    pub mark: UnitPrice,
    /// The share that cannot be recalled.
    pub frozen: Rate,
    /// What the public believes will come back of that.
    pub recovery: Rate,
}

/// A vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultIssuer {
    config: VaultConfig,
    supply: Supply,
    price: UnitPrice,
    cash: Money,
    settling: Vec<Settlement>,
    positions: Vec<Position>,
    queue: RedemptionQueue,
    /// Deposits, the start included, less withdrawals.
    paid_in: Money,
    /// Reported gains less reported losses.
    result: Money,
    recovered: Money,
    day: i64,
    is_suspended: bool,
    attestations: Attestations,
}

impl VaultIssuer {
    /// The vault at the start.
    ///
    /// # Errors
    /// As [`VaultConfig::validate`].
    pub fn new(config: VaultConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let position = |config: &PositionConfig| Position {
            reported: config.reported,
            actual: config.reported - config.hidden_loss,
            mark: UnitPrice::DOLLAR,
            frozen: Rate::ZERO,
            recovery: Rate::ZERO,
        };
        let reported = config.positions.iter().map(|position| position.reported);
        Ok(Self {
            supply: Supply::new(config.supply),
            price: config.price,
            cash: config.cash,
            settling: Vec::new(),
            paid_in: config.cash + reported.sum::<Money>(),
            positions: config.positions.iter().map(position).collect(),
            queue: RedemptionQueue::default(),
            result: 0,
            recovered: 0,
            day: 0,
            is_suspended: false,
            attestations: Attestations::default(),
            config,
        })
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &VaultConfig {
        &self.config
    }

    /// What it has put money into.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Withdrawals that wait.
    #[must_use]
    pub const fn queue(&self) -> &RedemptionQueue {
        &self.queue
    }

    /// The price of a share as reported.
    #[must_use]
    pub const fn price(&self) -> UnitPrice {
        self.price
    }

    /// Cash, and what was recalled and is on the way.
    #[must_use]
    pub fn liquid(&self) -> Money {
        self.cash
            + self
                .settling
                .iter()
                .map(|settlement| settlement.usd)
                .sum::<Money>()
    }

    /// All assets as reported.
    #[must_use]
    pub fn reported(&self) -> Money {
        self.liquid() + self.positions.iter().map(|p| p.reported).sum::<Money>()
    }

    /// All assets in truth.
    #[must_use]
    pub fn actual(&self) -> Money {
        self.liquid() + self.positions.iter().map(|p| p.actual).sum::<Money>()
    }

    fn worth(&self, shares: Amount) -> Money {
        let value = self
            .config
            .decimals
            .value(shares, self.price, Rounding::Floor);
        // The shares are worth at most what is reported, which is bounded.
        value.unwrap_or(MONEY_MAX)
    }

    /// The price follows the reported assets, rounded down.
    fn reprice(&mut self, effects: &mut Effects) {
        let unit = 10_u128.pow(u32::from(self.config.decimals.0) + 12);
        let reported = self.reported().max(0) as u128;
        let price = mul_div(reported, unit, self.supply.outstanding(), Rounding::Floor);
        let price = UnitPrice(price.unwrap_or(self.price.0)).min(PRICE_MAX);
        if price != self.price {
            self.price = price;
            effects.push(IssuerEffect::SharePrice { price });
        }
    }

    fn advance(&mut self, now: SimTime, effects: &mut Effects) {
        let due = |settlement: &Settlement| settlement.at <= now;
        let arrived = self.settling.iter().filter(|s| due(s)).map(|s| s.usd);
        self.cash += arrived.sum::<Money>();
        self.settling.retain(|settlement| !due(settlement));
        let today = now.0.div_euclid(DAY.0);
        for _ in self.day..today {
            self.earn(effects);
        }
        if today > self.day {
            self.day = today;
            self.reprice(effects);
            if self.queue.is_empty() && !self.is_suspended {
                self.deploy(effects);
            }
        }
        let mut attestations = std::mem::take(&mut self.attestations);
        let snapshot = || self.snapshot(now);
        attestations.advance(&self.config.attestation, now, snapshot, effects);
        self.attestations = attestations;
    }

    /// A day's yield: some of it real, some of it only reported.
    fn earn(&mut self, effects: &mut Effects) {
        for (at, position) in self.positions.iter_mut().enumerate() {
            let usd = part_down(position.actual, self.config.true_yield) / 365;
            let reported = part_down(position.reported, self.config.reported_yield) / 365;
            if position.reported + reported > MONEY_MAX {
                continue;
            }
            position.actual += usd;
            position.reported += reported.max(usd);
            self.result += reported.max(usd);
            if usd > 0 {
                let tier = TierId(at as u16);
                effects.push(IssuerEffect::Income { tier, usd });
                // It stays in the position.
                effects.push(IssuerEffect::BuyReserve { tier, face: usd });
            }
        }
    }

    /// Cash beyond the buffer goes into the positions, by what they are reported to be.
    fn deploy(&mut self, effects: &mut Effects) {
        let idle = self.cash - part_down(self.reported(), self.config.buffer);
        let weights: Vec<Money> = self.positions.iter().map(|p| p.reported).collect();
        let whole: Money = weights.iter().sum();
        if idle <= 0 || whole == 0 {
            return;
        }
        for (at, weight) in weights.into_iter().enumerate() {
            let face = idle * weight / whole;
            if face > 0 {
                self.cash -= face;
                self.positions[at].reported += face;
                self.positions[at].actual += face;
                let tier = TierId(at as u16);
                effects.push(IssuerEffect::BuyReserve { tier, face });
            }
        }
    }

    fn suspend(&mut self, suspended: bool, effects: &mut Effects) {
        if self.is_suspended != suspended {
            self.is_suspended = suspended;
            let gate = if suspended {
                Gate::Suspended
            } else {
                Gate::Resumed
            };
            effects.push(IssuerEffect::Gate(gate));
        }
    }

    /// A position is worth `change` more or less; seen at once unless it is opaque.
    fn revalue(&mut self, tier: TierId, change: Money, effects: &mut Effects) {
        let position = &mut self.positions[tier.index()];
        let change = change.max(-position.actual);
        position.actual += change;
        if change < 0 {
            effects.push(IssuerEffect::Loss { tier, usd: -change });
        }
        if self.config.positions[tier.index()].is_opaque {
            return;
        }
        let seen = change.max(-position.reported);
        position.reported += seen;
        self.result += seen;
        self.reprice(effects);
    }

    /// A position of another vault's shares is marked at their new price.
    fn mark(&mut self, tier: TierId, price: UnitPrice, effects: &mut Effects) {
        let position = &mut self.positions[tier.index()];
        let old = std::mem::replace(&mut position.mark, price);
        let actual = mul_div(position.actual as u128, price.0, old.0, Rounding::Floor);
        let worth = actual
            .and_then(|usd| i128::try_from(usd).ok())
            .unwrap_or(MONEY_MAX);
        let change = worth.min(MONEY_MAX) - position.actual;
        self.revalue(tier, change, effects);
    }

    fn thaw(&mut self, tier: TierId, recovered: Rate, effects: &mut Effects) {
        let position = &mut self.positions[tier.index()];
        let frozen = part_down(position.actual, position.frozen);
        position.frozen = Rate::ZERO;
        let usd = part_down(frozen, recovered);
        self.recovered += usd;
        effects.push(IssuerEffect::Recovered { tier, usd });
        self.revalue(tier, usd - frozen, effects);
    }

    /// The truth comes out.
    fn disclose(&mut self, now: SimTime, effects: &mut Effects) {
        for position in &mut self.positions {
            self.result += position.actual - position.reported;
            position.reported = position.actual;
        }
        self.reprice(effects);
        let snapshot = self.snapshot(now);
        self.attestations.disclose(snapshot, effects);
        if self.config.freezes_at_disclosure {
            self.suspend(true, effects);
        }
    }

    /// What the manager says.
    fn snapshot(&self, now: SimTime) -> Attestation {
        let positions = self.positions.iter().zip(&self.config.positions);
        let view = |(position, config): (&Position, &PositionConfig)| {
            let frozen = part_down(position.reported, position.frozen);
            TierView {
                name: config.name.clone(),
                usd: position.reported - frozen,
                frozen,
            }
        };
        let cash = TierView {
            name: "cash".to_owned(),
            usd: self.liquid(),
            frozen: 0,
        };
        Attestation {
            as_of: now,
            tiers: [cash].into_iter().chain(positions.map(view)).collect(),
            supply: self.supply.outstanding(),
            backing: self.backing_of(|position| position.reported),
        }
    }

    fn backing_of(&self, value: impl Fn(&Position) -> Money) -> Backing {
        let mut backing = Backing {
            liquid: self.liquid(),
            liabilities: self.worth(self.supply.outstanding()),
            ..Backing::default()
        };
        for position in &self.positions {
            let worth = value(position);
            let frozen = part_down(worth, position.frozen);
            backing.illiquid.push((worth - frozen, Rate::ONE));
            if frozen > 0 {
                backing.frozen.push((frozen, position.recovery));
            }
        }
        backing
    }
}
