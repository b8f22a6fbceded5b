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

use firesale_types::{Rate, SimTime};
use serde::{Deserialize, Serialize};

pub use config::{FiatConfig, TierConfig, TierKind};
pub use ladder::{ReserveLadder, Settlement};
pub use tier::Tier;

pub use crate::desk::{Dealers, PrimaryAccess};

use crate::audit::{Violation, balanced};
use crate::desk::Desk;
use crate::effect::Effects;
use crate::kind::{Kind, check_amount, check_money, check_share, unknown, wrong};
use crate::supply::{RedemptionQueue, Supply};
use crate::units::{MONEY_MAX, Money};
use crate::view::Attestations;
use crate::{
    Attestation, Backing, ConfigError, Decimals, Gate, HolderId, IssuerEffect, IssuerError,
    IssuerEvent, PublicView, Refusal, TierId, UnitPrice,
};

/// An issuer of tokens against dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiatIssuer {
    config: FiatConfig,
    desk: Desk,
    ladder: ReserveLadder,
    day: i64,
    is_open: bool,
    attestations: Attestations,
}

impl FiatIssuer {
    /// Closes the desk when the reserve has become worth less than the tokens, and opens it when it is
    /// whole again, if that is this issuer's rule.
    fn suspend_if_short(&mut self, effects: &mut Effects) {
        if self.config.suspends_when_short {
            let backing = self.ladder.backing(&self.config, self.desk.liabilities());
            let short = backing.redemption_value() < Rate::ONE;
            self.desk.suspend(short, effects);
        }
    }

    /// The issuer at the start.
    ///
    /// # Errors
    /// As [`FiatConfig::validate`].
    pub fn new(config: FiatConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut issuer = Self {
            desk: Desk::new(config.decimals, config.supply),
            ladder: ReserveLadder::new(&config),
            day: config.rail.day(SimTime::ZERO),
            is_open: config.rail.is_open(SimTime::ZERO),
            attestations: Attestations::default(),
            config,
        };
        issuer.desk.new_day(issuer.config.daily_limit);
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
        &self.desk.queue
    }

    /// Lets time pass: days, sales, gates, attestations, and then the queue.
    fn advance(&mut self, now: SimTime, effects: &mut Effects) {
        let today = self.config.rail.day(now);
        for _ in self.day..today {
            self.ladder.new_day(&self.config, effects);
        }
        let is_new_day = today > self.day;
        if is_new_day {
            self.day = today;
            self.desk.new_day(self.config.daily_limit);
            if self.config.rail.is_banking_day(today) {
                let need = self.desk.needed(&self.config.primary);
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
        if is_open && (is_new_day || !was_open) && self.desk.queue.is_empty() {
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
            supply: self.desk.supply.outstanding(),
            backing: self.backing(),
        }
    }

    /// Pays, sells, and pays again with what came at once.
    fn work(&mut self, now: SimTime, effects: &mut Effects) {
        if !self.is_open || self.desk.is_suspended {
            return;
        }
        let primary = &self.config.primary;
        self.desk.serve(primary, &mut self.ladder.till, effects);
        if !self.desk.queue.is_empty() {
            let need = self.desk.needed(primary);
            self.ladder.raise(&self.config, need, now, effects);
            self.desk.serve(primary, &mut self.ladder.till, effects);
        }
    }

    fn mint(&mut self, holder: HolderId, usd: Money, effects: &mut Effects) {
        let full = self.ladder.assets() + usd > MONEY_MAX;
        let refusal = match (self.is_open, full) {
            (false, _) => Some(Refusal::RailClosed),
            (true, true) => Some(Refusal::OutOfRange),
            (true, false) => None,
        };
        let primary = &self.config.primary;
        self.ladder.till += self.desk.mint(primary, holder, usd, refusal, effects);
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
                let held = self.desk.supply.outstanding() - self.desk.supply.escrow;
                check_amount(amount, held)
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
            IssuerEvent::Redeem { holder, amount } => {
                let primary = &self.config.primary;
                self.desk.redeem(primary, holder, amount, now, effects);
            }
            IssuerEvent::Cancel { holder } => self.desk.cancel(holder, effects),
            IssuerEvent::Suspend(suspended) => self.desk.suspend(suspended, effects),
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
                self.suspend_if_short(effects);
            }
            IssuerEvent::Thaw { tier, recovered } => {
                self.ladder.thaw(tier, recovered, effects);
                self.suspend_if_short(effects);
            }
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
        let owed = self.desk.audit()?;
        self.ladder.audit()?;
        // In units of the token, so that rests below a micro-dollar count.
        let scale = self.config.decimals.per_micro() as i128;
        let ladder = &self.ladder;
        let equity = ladder.paid_in + ladder.income + self.desk.fees - ladder.losses;
        balanced(ladder.assets() * scale, owed + equity * scale)
    }

    fn backing(&self) -> Backing {
        self.ladder.backing(&self.config, self.desk.liabilities())
    }

    fn view(&self, now: SimTime) -> PublicView {
        let frozen = self.ladder.tiers.iter().map(|tier| tier.frozen);
        PublicView {
            attestation: self
                .attestations
                .public(&self.config.attestation, || self.snapshot(now)),
            supply: self.desk.supply.outstanding(),
            queue_length: self.desk.queue.tickets().len(),
            queue_amount: self.desk.queue.total(),
            is_open: self.config.rail.is_open(now),
            is_suspended: self.desk.is_suspended,
            limit_left: self.desk.limit_left(),
            frozen: frozen.sum(),
            recovered: self.ladder.recovered,
            share_price: UnitPrice::DOLLAR,
            yield_rate: Rate::ZERO,
        }
    }

    fn supply(&self) -> &Supply {
        &self.desk.supply
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
