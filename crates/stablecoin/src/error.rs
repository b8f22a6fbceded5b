//! What goes wrong: a configuration that is refused, an event that makes no sense.

use firesale_types::{Rate, SimTime};

/// A configuration that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ConfigError {
    /// Which key, as a path: `ladder[2].haircut`.
    pub key: String,
    /// What is wrong with it and what is allowed.
    pub message: String,
}

impl ConfigError {
    /// Names what is wrong with a key.
    #[must_use]
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }
}

/// Refuses unless `allowed`.
pub(crate) fn ensure(allowed: bool, key: &str, message: &str) -> Result<(), ConfigError> {
    if allowed {
        return Ok(());
    }
    Err(ConfigError::new(key, message))
}

/// Refuses a share below zero or above one.
pub(crate) fn ensure_share(share: Rate, key: &str) -> Result<(), ConfigError> {
    let message = format!("{} is not a share between 0 and 1", share.to_f64());
    ensure((0..=Rate::ONE.0).contains(&share.0), key, &message)
}

/// Refuses a fee below zero, or one that takes everything.
pub(crate) fn ensure_fee(fee: Rate, key: &str) -> Result<(), ConfigError> {
    let message = format!("{} is not a fee of at least 0 and below 1", fee.to_f64());
    ensure((0..Rate::ONE.0).contains(&fee.0), key, &message)
}

/// An event that the issuer cannot take. Nothing has changed.
///
/// What a holder asks for in vain is no error but the effect
/// [`Refused`](crate::IssuerEffect::Refused).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Time went back.
    #[error("an event at {now:?} after one at {last:?}")]
    TimeWentBack {
        /// The moment of the event.
        now: SimTime,
        /// The moment of the one before.
        last: SimTime,
    },
    /// The issuer has no such tier, leg, asset, position or auction.
    #[error("no {what} {at}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Where.
        at: u32,
    },
    /// A number that no caller should send: negative, or beyond the bounds of the units.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    /// This kind of issuer has no such event.
    #[error("a {kind} issuer does not take {event}")]
    WrongKind {
        /// The kind of the issuer.
        kind: &'static str,
        /// The event.
        event: &'static str,
    },
}
