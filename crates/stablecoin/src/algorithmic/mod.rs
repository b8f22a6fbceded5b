//! A stable token that is redeemed in new seigniorage tokens at the oracle's price, as Terra's was.
//!
//! Redeeming burns a stable token and mints a dollar's worth of the seigniorage token, less the
//! spread of the market module ([`VirtualPools`]); expanding burns the latter for the former. A
//! fall of the seigniorage token's price makes every redemption mint more of it, without end: the
//! supply went from 0.35 to 6,500 billion in a week (N). All of it is exact here, and what would
//! leave 128 bits is refused. A [`YieldAnchor`] holds most of the stable tokens (about 70% (N)).

mod anchor;
mod interface;
mod market;

use firesale_types::{Rate, Rounding, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

pub use anchor::{AnchorConfig, YieldAnchor};
pub use market::{Swap, VirtualPools};

use crate::effect::Effects;
use crate::error::{ensure, ensure_fee, ensure_share};
use crate::kind::{check_amount, check_money, unknown};
use crate::supply::Supply;
use crate::units::{Amount, MONEY_MAX, Money};
use crate::{
    ConfigError, Decimals, HolderId, IssuerEffect, IssuerError, Refusal, SeigniorageEvent,
    UnitPrice,
};

/// What an algorithmic issuer is at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AlgorithmicConfig {
    /// Decimals of the stable token; 6 on Terra (P).
    pub decimals: Decimals,
    /// Stable tokens at the start, those in the anchor included.
    pub supply: Amount,
    /// Decimals of the seigniorage token.
    pub seigniorage_decimals: Decimals,
    /// Seigniorage tokens at the start.
    pub seigniorage_supply: Amount,
    /// The virtual pools at balance; 50 million special drawing rights (N, governance forum, May
    /// 2022), raised to 100 million in the crisis.
    pub base_pool: Money,
    /// Their recovery; 36 blocks, lowered to 18 (N).
    pub recovery_blocks: u32,
    /// Between two blocks; 4,656,810 a year make 6.77 seconds (N).
    pub block: SimDuration,
    /// The least spread; 0.5% (remembered, unverified).
    pub spread_min: Rate,
    /// How old the oracle's price may be for a swap.
    pub price_age_max: SimDuration,
    /// The yield anchor, if there is one.
    pub anchor: Option<AnchorConfig>,
}

impl AlgorithmicConfig {
    /// Terra's, with a special drawing right at 1.34 dollars (remembered, unverified), for a supply
    /// of both tokens in whole tokens.
    #[must_use]
    pub fn terra(supply: Amount, seigniorage_supply: Amount, anchor: Option<AnchorConfig>) -> Self {
        Self {
            decimals: Decimals(6),
            supply: supply * Decimals(6).one(),
            seigniorage_decimals: Decimals(6),
            seigniorage_supply: seigniorage_supply * Decimals(6).one(),
            base_pool: 67_000_000 * 1_000_000,
            recovery_blocks: 36,
            block: SimDuration::millis(6_770),
            spread_min: Rate::bps(50),
            price_age_max: SimDuration::secs(60),
            anchor,
        }
    }

    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decimals.check("decimals")?;
        self.seigniorage_decimals.check("seigniorage_decimals")?;
        let supply = "must be worth at most a quadrillion dollars at par";
        ensure(self.supply <= self.decimals.supply_max(), "supply", supply)?;
        let base = "must be above 0 and at most a quadrillion dollars";
        let possible = (1..=MONEY_MAX).contains(&self.base_pool);
        ensure(possible, "base_pool", base)?;
        let positive = "must be above 0";
        ensure(self.recovery_blocks > 0, "recovery_blocks", positive)?;
        ensure(self.block.0 > 0, "block", positive)?;
        ensure(self.price_age_max.0 > 0, "price_age_max", positive)?;
        ensure_fee(self.spread_min, "spread_min")?;
        let Some(anchor) = &self.anchor else {
            return Ok(());
        };
        ensure_share(anchor.rate, "anchor.rate")?;
        let sum =
            |held: Option<Amount>, (_, amount): &(HolderId, Amount)| held?.checked_add(*amount);
        let held = anchor.deposits.iter().fold(Some(anchor.reserve), sum);
        let all = "deposits and reserve are more than the supply";
        ensure(
            held.is_some_and(|held| held <= self.supply),
            "anchor.deposits",
            all,
        )
    }
}

/// An algorithmic issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlgorithmicIssuer {
    config: AlgorithmicConfig,
    supply: Supply,
    seigniorage: Supply,
    pools: VirtualPools,
    anchor: YieldAnchor,
    price: Option<(SimTime, UnitPrice)>,
    blocks: i64,
    accrued: SimTime,
    is_suspended: bool,
}

impl AlgorithmicIssuer {
    /// The issuer at the start.
    ///
    /// # Errors
    /// As [`AlgorithmicConfig::validate`].
    pub fn new(config: AlgorithmicConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let anchor = config.anchor.as_ref();
        let anchor = anchor.map(YieldAnchor::new).unwrap_or_default();
        let supply = Supply {
            escrow: anchor.held(),
            ..Supply::new(config.supply)
        };
        Ok(Self {
            supply,
            seigniorage: Supply::new(config.seigniorage_supply),
            pools: VirtualPools {
                base: config.base_pool,
                delta: 0,
                recovery_blocks: config.recovery_blocks,
                spread_min: config.spread_min,
            },
            anchor,
            price: None,
            blocks: 0,
            accrued: SimTime::ZERO,
            is_suspended: false,
            config,
        })
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &AlgorithmicConfig {
        &self.config
    }

    /// The seigniorage tokens.
    #[must_use]
    pub const fn seigniorage(&self) -> &Supply {
        &self.seigniorage
    }

    /// The virtual pools.
    #[must_use]
    pub const fn pools(&self) -> &VirtualPools {
        &self.pools
    }

    /// The yield anchor; empty if there is none.
    #[must_use]
    pub const fn anchor(&self) -> &YieldAnchor {
        &self.anchor
    }

    /// The oracle's last price of a seigniorage token, if there was one.
    #[must_use]
    pub fn token_price(&self) -> Option<UnitPrice> {
        self.price.map(|(_, price)| price)
    }

    /// What a redemption would give now, a dollar, at the oracle's price.
    #[must_use]
    pub fn quote(&self, amount: Amount) -> Option<Rate> {
        let offer = self.config.decimals.par(amount).0;
        crate::units::ratio(self.pools.contract(offer)?.gives, offer)
    }

    fn advance(&mut self, now: SimTime) {
        let blocks = now.0 / self.config.block.0;
        self.pools.recover(blocks - self.blocks);
        self.blocks = blocks;
        if let Some(anchor) = &self.config.anchor {
            self.anchor.accrue(anchor.rate, now.since(self.accrued));
        }
        self.accrued = now;
    }

    fn price(&self, now: SimTime) -> Result<UnitPrice, Refusal> {
        let fresh = |(at, _): &(SimTime, UnitPrice)| now.since(*at) <= self.config.price_age_max;
        let price = self.price.filter(fresh).map(|(_, price)| price);
        if self.is_suspended {
            return Err(Refusal::Suspended);
        }
        price.ok_or(Refusal::NoPrice)
    }

    /// How many seigniorage tokens a redemption mints, and the pools after it.
    fn contraction(&self, amount: Amount, now: SimTime) -> Result<(Amount, Money), Refusal> {
        let price = self.price(now)?;
        let offer = self.config.decimals.par(amount).0;
        let swap = self.pools.contract(offer).ok_or(Refusal::OutOfRange)?;
        if swap.gives == 0 {
            return Err(Refusal::BelowMinimum);
        }
        let decimals = self.config.seigniorage_decimals;
        let minted = decimals.bought(swap.gives, price, Rounding::Floor);
        let minted = minted.ok_or(Refusal::OutOfRange)?;
        if minted == 0 {
            return Err(Refusal::BelowMinimum);
        }
        if !self.seigniorage.has_room(minted, Amount::MAX) {
            return Err(Refusal::OutOfRange);
        }
        Ok((minted, swap.delta))
    }

    fn redeem(&mut self, holder: HolderId, amount: Amount, now: SimTime, effects: &mut Effects) {
        self.supply.escrow += amount;
        match self.contraction(amount, now) {
            Ok((minted, delta)) => {
                self.pools.delta = delta;
                self.supply.burn(amount);
                self.seigniorage.mint(minted);
                effects.push(IssuerEffect::BurnTokens { amount });
                let (to, amount) = (holder, minted);
                effects.push(IssuerEffect::MintSeigniorage { to, amount });
            }
            Err(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                self.give_back(holder, amount, effects);
            }
        }
    }

    fn give_back(&mut self, to: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to, amount });
    }

    /// How many stable tokens an expansion mints, and the pools after it.
    fn expansion(&self, amount: Amount, now: SimTime) -> Result<(Amount, Money), Refusal> {
        let price = self.price(now)?;
        let decimals = self.config.seigniorage_decimals;
        let offer = decimals.value(amount, price, Rounding::Floor);
        let swap = offer.and_then(|offer| self.pools.expand(offer));
        let swap = swap.ok_or(Refusal::OutOfRange)?;
        let minted = self.config.decimals.at_par(swap.gives);
        if minted == 0 {
            return Err(Refusal::BelowMinimum);
        }
        if !self
            .supply
            .has_room(minted, self.config.decimals.supply_max())
        {
            return Err(Refusal::OutOfRange);
        }
        Ok((minted, swap.delta))
    }

    fn expand(&mut self, holder: HolderId, amount: Amount, now: SimTime, effects: &mut Effects) {
        match self.expansion(amount, now) {
            Ok((minted, delta)) => {
                self.pools.delta = delta;
                self.seigniorage.burned += amount;
                self.supply.mint(minted);
                effects.push(IssuerEffect::BurnSeigniorage { amount });
                let (to, amount) = (holder, minted);
                effects.push(IssuerEffect::MintTokens { to, amount });
            }
            Err(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnSeigniorage { to: holder, amount });
            }
        }
    }

    fn deposit(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow += amount;
        let answer = match self.config.anchor {
            Some(_) => self.anchor.deposit(holder, amount),
            None => Err(Refusal::NotOffered),
        };
        if let Err(reason) = answer {
            effects.push(IssuerEffect::Refused { holder, reason });
            self.give_back(holder, amount, effects);
        }
    }

    fn withdraw(&mut self, holder: HolderId, amount: Amount, effects: &mut Effects) {
        let paid = self.anchor.withdraw(holder, amount);
        if paid == 0 {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        }
        self.give_back(holder, paid, effects);
    }

    fn seigniorage_event(&mut self, now: SimTime, event: SeigniorageEvent, effects: &mut Effects) {
        match event {
            SeigniorageEvent::Expand { holder, amount } => {
                self.expand(holder, amount, now, effects);
            }
            SeigniorageEvent::Deposit { holder, amount } => self.deposit(holder, amount, effects),
            SeigniorageEvent::Withdraw { holder, amount } => self.withdraw(holder, amount, effects),
            SeigniorageEvent::Fund { amount } => {
                self.supply.escrow += amount;
                self.anchor.reserve += amount;
            }
            SeigniorageEvent::Parameters {
                base_pool,
                recovery_blocks,
            } => {
                // As on the chain, the imbalance stays; it may not empty the smaller pool.
                self.pools.base = base_pool;
                self.pools.delta = self.pools.delta.max(1 - base_pool);
                self.pools.recovery_blocks = recovery_blocks;
            }
        }
    }

    fn check_seigniorage(&self, event: SeigniorageEvent) -> Result<(), IssuerError> {
        let free = self.supply.outstanding() - self.supply.escrow;
        match event {
            SeigniorageEvent::Expand { amount, .. } => {
                check_amount(amount, self.seigniorage.outstanding())
            }
            SeigniorageEvent::Deposit { amount, .. } => check_amount(amount, free),
            SeigniorageEvent::Fund { amount } => {
                unknown(self.config.anchor.is_some(), "anchor", 0)?;
                check_amount(amount, free)
            }
            SeigniorageEvent::Withdraw { .. } => Ok(()),
            SeigniorageEvent::Parameters {
                base_pool,
                recovery_blocks,
            } => {
                check_money(base_pool, "base_pool")?;
                let positive = base_pool > 0 && recovery_blocks > 0;
                positive
                    .then_some(())
                    .ok_or(IssuerError::OutOfRange("parameters"))
            }
        }
    }
}
