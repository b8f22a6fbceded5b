//! Tokens against dollars: a reserve ladder behind a banking rail, redeemed in the order of
//! requests.
//!
//! A redemption waits in line until the rail is open, redemption is not suspended, the day's limit
//! leaves room and there is cash; cash comes from the tiers in order, and selling has a price and a
//! delay. The line is strictly first come, first served: a request that cannot be paid in full is
//! paid in part and stays first. Fees and rests of a micro-dollar are the issuer's.

mod config;
mod ladder;
mod tier;

use std::collections::BTreeMap;

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

pub use config::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
pub use ladder::{ReserveLadder, Settlement};
pub use tier::Tier;

use crate::audit::{Violation, balanced, supplied};
use crate::effect::Effects;
use crate::kind::{Kind, check_money, check_share, unknown, wrong};
use crate::supply::{RedemptionQueue, Supply};
use crate::units::{Amount, MONEY_MAX, Money, mul_div, part_up};
use crate::view::Attestations;
use crate::{
    Attestation, Backing, ConfigError, Decimals, Gate, HolderId, IssuerEffect, IssuerError,
    IssuerEvent, PublicView, Refusal, TierId, UnitPrice,
};

/// An issuer of tokens against dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiatIssuer {
    config: FiatConfig,
    /// Tokens.
    pub(crate) supply: Supply,
    ladder: ReserveLadder,
    queue: RedemptionQueue,
    /// Units burned that were too few for a micro-dollar: their backing is the issuer's.
    dust: Amount,
    day: Day,
    is_open: bool,
    is_suspended: bool,
    attestations: Attestations,
}

/// What counts from zero every day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    number: i64,
    /// Units redeemed.
    redeemed: Amount,
    /// Units that may be redeemed.
    limit: Option<Amount>,
    /// Whether the limit was announced as reached.
    is_limited: bool,
    /// What each dealer asked for, at par.
    asked: BTreeMap<HolderId, Money>,
}

impl FiatIssuer {
    /// The issuer at the start.
    ///
    /// # Errors
    /// As [`FiatConfig::validate`].
    pub fn new(config: FiatConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut issuer = Self {
            supply: Supply::new(config.supply),
            ladder: ReserveLadder::new(&config),
            queue: RedemptionQueue::default(),
            dust: 0,
            day: Day {
                number: config.rail.day(SimTime::ZERO),
                ..Day::default()
            },
            is_open: config.rail.is_open(SimTime::ZERO),
            is_suspended: false,
            attestations: Attestations::default(),
            config,
        };
        issuer.day.limit = issuer.day_limit();
        Ok(issuer)
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &FiatConfig {
        &self.config
    }

    /// The reserve.
    #[must_use]
    pub const fn ladder(&self) -> &ReserveLadder {
        &self.ladder
    }

    /// Redemptions that wait.
    #[must_use]
    pub const fn queue(&self) -> &RedemptionQueue {
        &self.queue
    }

    fn day_limit(&self) -> Option<Amount> {
        let share = self.config.daily_limit?;
        let whole = Rate::ONE.0 as u128;
        let supply = self.supply.outstanding();
        mul_div(supply, share.0 as u128, whole, Rounding::Floor)
    }

    fn limit_left(&self) -> Option<Amount> {
        let limit = self.day.limit?;
        Some(limit.saturating_sub(self.day.redeemed))
    }

    /// Lets time pass: days, sales, gates, attestations, and then the queue.
    fn advance(&mut self, now: SimTime, effects: &mut Effects) {
        let today = self.config.rail.day(now);
        for _ in self.day.number..today {
            self.ladder.new_day(&self.config, effects);
        }
        let is_new_day = today > self.day.number;
        if is_new_day {
            self.day = Day {
                number: today,
                limit: self.day_limit(),
                ..Day::default()
            };
            if self.config.rail.is_banking_day(today) {
                let need = self.needed();
                self.ladder.mature(&self.config, need, now, effects);
            }
        }
        self.ladder.settle(now);
        let is_open = self.config.rail.is_open(now);
        let was_open = std::mem::replace(&mut self.is_open, is_open);
        match (was_open, is_open) {
            (false, true) => effects.push(IssuerEffect::Gate(Gate::RailOpened)),
            (true, false) => effects.push(IssuerEffect::Gate(Gate::RailClosed)),
            _ => {}
        }
        if is_open && (is_new_day || !was_open) && self.queue.is_empty() {
            self.ladder.invest(&self.config, effects);
        }
        self.attest(now, effects);
    }

    fn attest(&mut self, now: SimTime, effects: &mut Effects) {
        let mut attestations = std::mem::take(&mut self.attestations);
        let snapshot = || self.snapshot(now);
        attestations.advance(&self.config.attestation, now, snapshot, effects);
        self.attestations = attestations;
    }

    fn snapshot(&self, now: SimTime) -> Attestation {
        Attestation {
            as_of: now,
            tiers: self.ladder.tier_views(&self.config),
            supply: self.supply.outstanding(),
            backing: self.backing(),
        }
    }

    /// What the queue, as far as a day's limit allows, would be paid.
    fn needed(&self) -> Money {
        let limit = self.day.limit.unwrap_or(Amount::MAX);
        let (gross, _) = self.config.decimals.par(self.queue.total().min(limit));
        gross - part_up(gross, self.config.primary.redeem_fee)
    }

    /// Pays, sells, and pays again with what came at once.
    fn work(&mut self, now: SimTime, effects: &mut Effects) {
        if !self.is_open || self.is_suspended {
            return;
        }
        self.serve(effects);
        if !self.queue.is_empty() {
            let need = self.needed();
            self.ladder.raise(&self.config, need, now, effects);
            self.serve(effects);
        }
    }

    fn serve(&mut self, effects: &mut Effects) {
        while let Some(first) = self.queue.front() {
            let left = self.limit_left().unwrap_or(Amount::MAX);
            let amount = self.affordable(first.amount, left);
            if amount == 0 {
                if left < self.config.decimals.per_micro() && !self.day.is_limited {
                    self.day.is_limited = true;
                    effects.push(IssuerEffect::Gate(Gate::DayLimit));
                }
                return;
            }
            self.pay(first.holder, amount, effects);
        }
    }

    /// The part of an amount that may and can be paid for now: all of it, or a whole number of
    /// micro-dollars. What is left of a ticket and too little for one is burned for nothing.
    fn affordable(&self, amount: Amount, limit: Amount) -> Amount {
        let decimals = self.config.decimals;
        let gross = decimals.par(amount.min(limit)).0;
        let fee = self.config.primary.redeem_fee;
        if gross - part_up(gross, fee) > self.ladder.till {
            let kept = i128::from((Rate::ONE - fee).0);
            let most = self.ladder.till * i128::from(Rate::ONE.0) / kept;
            let most = most.min(gross);
            // A part so small that the fee takes it all waits for more cash.
            return decimals.at_par(if most > part_up(most, fee) { most } else { 0 });
        }
        if amount <= limit {
            amount
        } else {
            decimals.at_par(gross)
        }
    }

    fn pay(&mut self, to: HolderId, amount: Amount, effects: &mut Effects) {
        let (gross, dust) = self.config.decimals.par(amount);
        let fee = part_up(gross, self.config.primary.redeem_fee);
        self.queue.take(amount);
        self.supply.burn(amount);
        self.day.redeemed += amount;
        self.dust += dust;
        self.ladder.income += fee;
        self.ladder.till -= gross - fee;
        effects.push(IssuerEffect::BurnTokens { amount });
        let usd = gross - fee;
        effects.push(IssuerEffect::Pay { to, usd });
    }

    fn mint(&mut self, holder: HolderId, usd: Money, effects: &mut Effects) {
        let primary = &self.config.primary;
        let fee = part_up(usd, primary.mint_fee);
        let amount = self.config.decimals.at_par(usd - fee);
        let refusal = if !primary.dealers.admits(holder) {
            Some(Refusal::NoAccess)
        } else if !self.is_open {
            Some(Refusal::RailClosed)
        } else if usd < primary.minimum.max(1) || usd == fee {
            Some(Refusal::BelowMinimum)
        } else if !self
            .supply
            .has_room(amount, self.config.decimals.supply_max())
            || self.ladder.assets() + usd > MONEY_MAX
        {
            Some(Refusal::OutOfRange)
        } else {
            None
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
            return;
        }
        self.ladder.till += usd;
        self.ladder.income += fee;
        self.supply.mint(amount);
        effects.push(IssuerEffect::MintTokens { to: holder, amount });
    }

    fn redeem(&mut self, holder: HolderId, amount: Amount, now: SimTime, effects: &mut Effects) {
        let (gross, _) = self.config.decimals.par(amount);
        match self.refusal(holder, gross) {
            Some(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
            }
            None => {
                *self.day.asked.entry(holder).or_default() += gross;
                self.supply.escrow += amount;
                self.queue.push(holder, amount, now);
                effects.push(IssuerEffect::Queued { holder, amount });
            }
        }
    }

    fn refusal(&self, holder: HolderId, gross: Money) -> Option<Refusal> {
        let primary = &self.config.primary;
        let asked = self.day.asked.get(&holder).copied().unwrap_or(0);
        if !primary.redeems {
            return Some(Refusal::NotOffered);
        }
        if !primary.dealers.admits(holder) {
            return Some(Refusal::NoAccess);
        }
        if gross < primary.minimum.max(1) || gross == part_up(gross, primary.redeem_fee) {
            return Some(Refusal::BelowMinimum);
        }
        if primary
            .capacity_daily
            .is_some_and(|most| asked + gross > most)
        {
            return Some(Refusal::OverCapacity);
        }
        self.queue.is_full().then_some(Refusal::QueueFull)
    }

    fn cancel(&mut self, holder: HolderId, effects: &mut Effects) {
        let amount = self.queue.withdraw(holder);
        if amount == 0 {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        }
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
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

    fn known(&self, tier: TierId) -> Result<(), IssuerError> {
        unknown(
            tier.index() < self.ladder.tiers.len(),
            "tier",
            u32::from(tier.0),
        )
    }
}

impl Kind for FiatIssuer {
    const NAME: &'static str = "fiat";

    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError> {
        match *event {
            IssuerEvent::Mint { usd, .. } => check_money(usd, "usd"),
            IssuerEvent::Redeem { amount, .. } => {
                let held = self.supply.outstanding() - self.supply.escrow;
                unknown_amount(amount <= held)
            }
            IssuerEvent::Capital { usd } => {
                check_money(usd, "usd")?;
                check_money(self.ladder.assets() + usd, "usd")
            }
            IssuerEvent::Freeze {
                tier,
                share,
                recovery,
            } => {
                self.known(tier)?;
                check_share(share, "share")?;
                check_share(recovery, "recovery")
            }
            IssuerEvent::Thaw { tier, recovered } => {
                self.known(tier)?;
                check_share(recovered, "recovered")
            }
            IssuerEvent::ReserveLoss { tier, usd } => {
                self.known(tier)?;
                check_money(usd, "usd")
            }
            IssuerEvent::Prices(prices) => match prices.bill_yield_bps {
                Some(bps) if !(-1_000..=10_000).contains(&bps) => {
                    Err(IssuerError::OutOfRange("bill_yield_bps"))
                }
                _ => Ok(()),
            },
            IssuerEvent::Hedge(_) | IssuerEvent::Collateral(_) | IssuerEvent::Seigniorage(_) => {
                wrong::<Self>(event)
            }
            IssuerEvent::Cancel { .. }
            | IssuerEvent::Tick
            | IssuerEvent::Suspend(_)
            | IssuerEvent::Disclose => Ok(()),
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
                self.ladder.till += usd;
                self.ladder.paid_in += usd;
            }
            IssuerEvent::Freeze {
                tier,
                share,
                recovery,
            } => {
                self.ladder.freeze(tier, share, recovery, effects);
            }
            IssuerEvent::Thaw { tier, recovered } => self.ladder.thaw(tier, recovered, effects),
            IssuerEvent::ReserveLoss { tier, usd } => self.ladder.lose(tier, usd, effects),
            IssuerEvent::Disclose => {
                let snapshot = self.snapshot(now);
                self.attestations.disclose(snapshot, effects);
            }
            IssuerEvent::Prices(prices) => {
                if let Some(bps) = prices.bill_yield_bps {
                    self.ladder.yield_change_bps = bps - self.config.bill_yield_bps;
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
        self.ladder.audit()?;
        // In units of the token, so that rests below a micro-dollar count.
        let scale = self.config.decimals.per_micro() as i128;
        let ladder = &self.ladder;
        let equity = ladder.paid_in + ladder.income - ladder.losses;
        let owed = self.supply.outstanding() as i128 + self.dust as i128;
        balanced(ladder.assets() * scale, owed + equity * scale)
    }

    fn backing(&self) -> Backing {
        let liabilities = self.config.decimals.par(self.supply.outstanding()).0;
        self.ladder.backing(&self.config, liabilities)
    }

    fn view(&self, now: SimTime) -> PublicView {
        let frozen = self.ladder.tiers.iter().map(|tier| tier.frozen);
        PublicView {
            attestation: self
                .attestations
                .public(&self.config.attestation, || self.snapshot(now)),
            supply: self.supply.outstanding(),
            queue_length: self.queue.tickets().len(),
            queue_amount: self.queue.total(),
            is_open: self.config.rail.is_open(now),
            is_suspended: self.is_suspended,
            limit_left: self.limit_left(),
            frozen: frozen.sum(),
            recovered: self.ladder.recovered,
            share_price: UnitPrice::DOLLAR,
            yield_rate: Rate::ZERO,
        }
    }

    fn supply(&self) -> &Supply {
        &self.supply
    }

    fn decimals(&self) -> Decimals {
        self.config.decimals
    }

    fn next_due(&self, now: SimTime) -> Option<SimTime> {
        let rail = self.config.rail.next_change(now);
        let midnight = self.config.rail.midnight(self.config.rail.day(now) + 1);
        let sales = self.ladder.settling.iter().map(|settlement| settlement.at);
        let attestation = self.attestations.next_due(&self.config.attestation);
        let all = sales.chain(rail).chain([midnight]).chain(attestation);
        all.filter(|at| *at > now).min()
    }
}

/// Refuses tokens that are more than holders have.
pub(crate) const fn unknown_amount(possible: bool) -> Result<(), IssuerError> {
    if possible {
        return Ok(());
    }
    Err(IssuerError::OutOfRange("amount"))
}
