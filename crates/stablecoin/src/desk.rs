//! The desk at which primary dealers mint and redeem at par, and the line in front of it.

use std::collections::BTreeMap;

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

use crate::audit::{Violation, supplied};
use crate::effect::Effects;
use crate::error::{ensure, ensure_fee};
use crate::supply::{RedemptionQueue, Supply};
use crate::units::{Amount, MONEY_MAX, Money, mul_div, part_up};
use crate::{ConfigError, Decimals, Gate, HolderId, IssuerEffect, Refusal};

/// Who may mint and redeem.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PrimaryAccess {
    /// The primary dealers.
    pub dealers: Dealers,
    /// What each may redeem a day, in dollars at par; `None` without a limit.
    pub capacity_daily: Option<Money>,
    /// The smallest mint or redemption.
    pub minimum: Money,
    /// What a mint costs.
    pub mint_fee: Rate,
    /// What a redemption costs.
    pub redeem_fee: Rate,
    /// Whether redemption is offered at all.
    pub redeems: bool,
}

/// A set of primary dealers. About 6 redeem tokens of one large issuer in a month, over 500 those
/// of the other (R).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Dealers {
    /// The holders with numbers below this.
    First(u32),
    /// These.
    Listed(Vec<HolderId>),
}

impl Dealers {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::First(n) => *n as usize,
            Self::Listed(list) => list.len(),
        }
    }

    /// Whether a holder is one.
    #[must_use]
    pub fn admits(&self, holder: HolderId) -> bool {
        match self {
            Self::First(n) => holder.0 < *n,
            Self::Listed(list) => list.contains(&holder),
        }
    }
}

impl PrimaryAccess {
    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] whose key begins with `primary`.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let nobody = "redemption is offered, but to nobody";
        let somebody = !self.redeems || self.dealers.count() > 0;
        ensure(somebody, "primary.dealers", nobody)?;
        let positive = self.capacity_daily.is_none_or(|usd| usd > 0);
        ensure(positive, "primary.capacity_daily", "must be above 0")?;
        let minimum = (0..=MONEY_MAX).contains(&self.minimum);
        ensure(minimum, "primary.minimum", "must not be negative")?;
        ensure_fee(self.mint_fee, "primary.mint_fee")?;
        ensure_fee(self.redeem_fee, "primary.redeem_fee")
    }
}

/// Tokens, the line, and what counts from zero every day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Desk {
    pub(crate) decimals: Decimals,
    pub(crate) supply: Supply,
    pub(crate) queue: RedemptionQueue,
    /// Units burned that were too few for a micro-dollar: their backing is the issuer's.
    pub(crate) dust: Amount,
    /// Fees since the beginning.
    pub(crate) fees: Money,
    /// Whether the issuer has suspended redemption.
    pub(crate) is_suspended: bool,
    /// Units redeemed today.
    redeemed: Amount,
    /// Units that may be redeemed today.
    limit: Option<Amount>,
    /// Whether the limit was announced as reached.
    is_limited: bool,
    /// What each dealer asked for today, at par.
    asked: BTreeMap<HolderId, Money>,
}

impl Desk {
    pub(crate) fn new(decimals: Decimals, supply: Amount) -> Self {
        Self {
            decimals,
            supply: Supply::new(supply),
            queue: RedemptionQueue::default(),
            dust: 0,
            fees: 0,
            is_suspended: false,
            redeemed: 0,
            limit: None,
            is_limited: false,
            asked: BTreeMap::new(),
        }
    }

    /// A new day, on which so much of the supply may be redeemed.
    pub(crate) fn new_day(&mut self, limit: Option<Rate>) {
        self.asked.clear();
        self.redeemed = 0;
        self.is_limited = false;
        self.limit = limit.and_then(|share| {
            let whole = Rate::ONE.0 as u128;
            mul_div(
                self.supply.outstanding(),
                share.0 as u128,
                whole,
                Rounding::Floor,
            )
        });
    }

    pub(crate) fn limit_left(&self) -> Option<Amount> {
        Some(self.limit?.saturating_sub(self.redeemed))
    }

    /// The supply at par.
    pub(crate) const fn liabilities(&self) -> Money {
        self.decimals.par(self.supply.outstanding()).0
    }

    /// What the queue, as far as a day's limit allows, would be paid.
    pub(crate) fn needed(&self, primary: &PrimaryAccess) -> Money {
        let limit = self.limit.unwrap_or(Amount::MAX);
        let (gross, _) = self.decimals.par(self.queue.total().min(limit));
        gross - part_up(gross, primary.redeem_fee)
    }

    /// Pays the line in order, out of `cash` and as far as it goes.
    pub(crate) fn serve(&mut self, primary: &PrimaryAccess, cash: &mut Money, out: &mut Effects) {
        while let Some(first) = self.queue.front() {
            let left = self.limit_left().unwrap_or(Amount::MAX);
            let amount = self.affordable(primary.redeem_fee, *cash, first.amount, left);
            if amount == 0 {
                if left < self.decimals.per_micro() && !self.is_limited {
                    self.is_limited = true;
                    out.push(IssuerEffect::Gate(Gate::DayLimit));
                }
                return;
            }
            let (gross, dust) = self.decimals.par(amount);
            let fee = part_up(gross, primary.redeem_fee);
            let usd = gross - fee;
            self.queue.take(amount);
            self.supply.burn(amount);
            self.redeemed += amount;
            self.dust += dust;
            self.fees += fee;
            *cash -= usd;
            out.push(IssuerEffect::BurnTokens { amount });
            let to = first.holder;
            out.push(IssuerEffect::Pay { to, usd });
        }
    }

    /// The part of an amount that may and can be paid for now: all of it, or a whole number of
    /// micro-dollars. What is left of a ticket and too little for one is burned for nothing.
    fn affordable(&self, fee: Rate, cash: Money, amount: Amount, limit: Amount) -> Amount {
        let gross = self.decimals.par(amount.min(limit)).0;
        if gross - part_up(gross, fee) > cash {
            let kept = i128::from((Rate::ONE - fee).0);
            let most = (cash * i128::from(Rate::ONE.0) / kept).clamp(0, gross);
            // A part so small that the fee takes it all waits for more cash.
            return self
                .decimals
                .at_par(if most > part_up(most, fee) { most } else { 0 });
        }
        if amount <= limit {
            amount
        } else {
            self.decimals.at_par(gross)
        }
    }

    /// Mints, unless there is a reason not to; says what money was taken in.
    pub(crate) fn mint(
        &mut self,
        primary: &PrimaryAccess,
        holder: HolderId,
        usd: Money,
        refusal: Option<Refusal>,
        effects: &mut Effects,
    ) -> Money {
        let fee = part_up(usd, primary.mint_fee);
        let amount = self.decimals.at_par(usd - fee);
        let refusal = if !primary.dealers.admits(holder) {
            Some(Refusal::NoAccess)
        } else if refusal.is_some() {
            refusal
        } else if usd < primary.minimum.max(1) || usd == fee {
            Some(Refusal::BelowMinimum)
        } else if !self.supply.has_room(amount, self.decimals.supply_max()) {
            Some(Refusal::OutOfRange)
        } else {
            None
        };
        if let Some(reason) = refusal {
            effects.push(IssuerEffect::Refused { holder, reason });
            effects.push(IssuerEffect::ReturnMoney { to: holder, usd });
            return 0;
        }
        self.fees += fee;
        self.supply.mint(amount);
        effects.push(IssuerEffect::MintTokens { to: holder, amount });
        usd
    }

    /// Puts a redemption in line, or refuses it.
    pub(crate) fn redeem(
        &mut self,
        primary: &PrimaryAccess,
        holder: HolderId,
        amount: Amount,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let (gross, _) = self.decimals.par(amount);
        match self.refusal(primary, holder, gross) {
            Some(reason) => {
                effects.push(IssuerEffect::Refused { holder, reason });
                effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
            }
            None => {
                *self.asked.entry(holder).or_default() += gross;
                self.supply.escrow += amount;
                self.queue.push(holder, amount, now);
                effects.push(IssuerEffect::Queued { holder, amount });
            }
        }
    }

    fn refusal(&self, primary: &PrimaryAccess, holder: HolderId, gross: Money) -> Option<Refusal> {
        let asked = self.asked.get(&holder).copied().unwrap_or(0);
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

    pub(crate) fn cancel(&mut self, holder: HolderId, effects: &mut Effects) {
        let amount = self.queue.withdraw(holder);
        if amount == 0 {
            let reason = Refusal::NothingThere;
            effects.push(IssuerEffect::Refused { holder, reason });
            return;
        }
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to: holder, amount });
    }

    pub(crate) fn suspend(&mut self, suspended: bool, effects: &mut Effects) {
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

    /// The queue, the tokens; and what is owed in units, rests below a micro-dollar included.
    pub(crate) fn audit(&self) -> Result<i128, Violation> {
        self.queue.audit()?;
        supplied(&self.supply, self.queue.total())?;
        Ok(self.supply.outstanding() as i128 + self.dust as i128)
    }
}
