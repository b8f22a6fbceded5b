//! What holders may see of an issuer, and how late.

use std::collections::VecDeque;

use firesale_types::{Rate, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::effect::Effects;
use crate::error::ensure;
use crate::units::{Amount, Money};
use crate::{Backing, ConfigError, IssuerEffect, UnitPrice};

/// Attestations that wait for their publication; an older one is dropped.
const WAITING_MAX: usize = 64;

/// When the issuer says what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttestationConfig {
    /// How often; zero is always, as for what is on a public chain.
    pub every: SimDuration,
    /// How long after the moment that it is of it is published.
    pub lag: SimDuration,
}

impl AttestationConfig {
    /// What is on a public chain is seen at once.
    pub const REAL_TIME: Self = Self {
        every: SimDuration::ZERO,
        lag: SimDuration::ZERO,
    };

    /// Month's end, published thirty days later: what the 2025 act of the United States asks for
    /// (N); the lag is remembered, unverified.
    pub const MONTHLY: Self = Self {
        every: SimDuration::secs(30 * 86_400),
        lag: SimDuration::secs(30 * 86_400),
    };

    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] for `attestation.every` or `attestation.lag`.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let never = "must not be negative";
        ensure(self.every.0 >= 0, "attestation.every", never)?;
        ensure(self.lag.0 >= 0, "attestation.lag", never)
    }
}

/// One place of the reserve as the public sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TierView {
    /// Its name.
    pub name: String,
    /// What can be reached, at its book value.
    pub usd: Money,
    /// What cannot.
    pub frozen: Money,
}

/// The reserve at one moment, as the issuer said.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attestation {
    /// The moment it is of.
    pub as_of: SimTime,
    /// The reserve by tier, in the order in which it is used.
    pub tiers: Vec<TierView>,
    /// The supply at that moment.
    pub supply: Amount,
    /// What the claim is worth by these figures.
    pub backing: Backing,
}

/// What holders may see now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicView {
    /// The last attestation; `None` before the first.
    pub attestation: Option<Attestation>,
    /// The supply now: the chain shows it to everybody.
    pub supply: Amount,
    /// Redemptions that wait.
    pub queue_length: usize,
    /// Tokens in them.
    pub queue_amount: Amount,
    /// Whether the payment rail is open.
    pub is_open: bool,
    /// Whether the issuer has suspended redemption.
    pub is_suspended: bool,
    /// Tokens that may still be redeemed today; `None` without a limit.
    pub limit_left: Option<Amount>,
    /// What the public knows to be frozen: failures make news.
    pub frozen: Money,
    /// What has come back of what was frozen, since the beginning.
    pub recovered: Money,
    /// The price of a vault's share as the manager says; a dollar for all others.
    pub share_price: UnitPrice,
    /// What a staked token earns, a year.
    pub yield_rate: Rate,
}

/// The calendar of attestations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Attestations {
    next: SimTime,
    waiting: VecDeque<Attestation>,
    published: Option<Attestation>,
}

impl Attestations {
    /// Takes snapshots that are due and publishes those whose lag is over.
    pub(crate) fn advance(
        &mut self,
        config: &AttestationConfig,
        now: SimTime,
        snapshot: impl FnOnce() -> Attestation,
        effects: &mut Effects,
    ) {
        if config.every.0 > 0 && now >= self.next {
            self.waiting.push_back(snapshot());
            self.next = SimTime(now.0 + 1).next_multiple(config.every, SimDuration::ZERO);
            if self.waiting.len() > WAITING_MAX {
                self.waiting.pop_front();
            }
        }
        while let Some(first) = self.waiting.front().filter(|a| a.as_of + config.lag <= now) {
            effects.push(IssuerEffect::Attested { as_of: first.as_of });
            self.published = self.waiting.pop_front();
        }
    }

    /// Publishes at once.
    pub(crate) fn disclose(&mut self, snapshot: Attestation, effects: &mut Effects) {
        effects.push(IssuerEffect::Attested {
            as_of: snapshot.as_of,
        });
        self.waiting.clear();
        self.published = Some(snapshot);
    }

    /// What is published; `snapshot` is the truth of now.
    pub(crate) fn public(
        &self,
        config: &AttestationConfig,
        snapshot: impl FnOnce() -> Attestation,
    ) -> Option<Attestation> {
        if config.every.0 == 0 && config.lag.0 == 0 {
            return Some(snapshot());
        }
        self.published.clone()
    }

    /// When something is due next.
    pub(crate) fn next_due(&self, config: &AttestationConfig) -> Option<SimTime> {
        let publish = self.waiting.front().map(|a| a.as_of + config.lag);
        let take = (config.every.0 > 0).then_some(self.next);
        publish.into_iter().chain(take).min()
    }
}
