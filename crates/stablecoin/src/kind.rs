//! What every kind of issuer does.

use firesale_types::{Rate, SimTime};

use crate::audit::Violation;
use crate::effect::Effects;
use crate::supply::Supply;
use crate::units::{Amount, MONEY_MAX, Money};
use crate::{Backing, Decimals, IssuerError, IssuerEvent, PublicView};

/// One kind of issuer. `apply` follows a successful `check` of the same event, and cannot fail.
pub(crate) trait Kind {
    /// For errors.
    const NAME: &'static str;

    /// Whether the event makes sense; nothing changes.
    fn check(&self, event: &IssuerEvent) -> Result<(), IssuerError>;

    /// Lets time pass until `now`, then does what the event asks for.
    fn apply(&mut self, now: SimTime, event: IssuerEvent, effects: &mut Effects);

    /// Recounts everything.
    fn audit(&self) -> Result<(), Violation>;

    /// What stands behind the tokens, in truth.
    fn backing(&self) -> Backing;

    /// What the public sees.
    fn view(&self, now: SimTime) -> PublicView;

    /// The tokens.
    fn supply(&self) -> &Supply;

    /// Of the token.
    fn decimals(&self) -> Decimals;

    /// When a tick would do something, unless something else happens first.
    fn next_due(&self, now: SimTime) -> Option<SimTime>;
}

/// An event of another kind.
pub(crate) const fn wrong<K: Kind>(event: &IssuerEvent) -> Result<(), IssuerError> {
    Err(IssuerError::WrongKind {
        kind: K::NAME,
        event: event.name(),
    })
}

/// Refuses a number that names nothing.
pub(crate) const fn unknown(known: bool, what: &'static str, at: u32) -> Result<(), IssuerError> {
    if known {
        return Ok(());
    }
    Err(IssuerError::Unknown { what, at })
}

/// Refuses a negative amount of money, and one beyond [`MONEY_MAX`].
pub(crate) const fn check_money(usd: Money, what: &'static str) -> Result<(), IssuerError> {
    if 0 <= usd && usd <= MONEY_MAX {
        return Ok(());
    }
    Err(IssuerError::OutOfRange(what))
}

/// Refuses what is not a share.
pub(crate) const fn check_share(share: Rate, what: &'static str) -> Result<(), IssuerError> {
    if 0 <= share.0 && share.0 <= Rate::ONE.0 {
        return Ok(());
    }
    Err(IssuerError::OutOfRange(what))
}

/// Refuses tokens that are more than there are to be delivered.
pub(crate) const fn check_amount(amount: Amount, most: Amount) -> Result<(), IssuerError> {
    if amount <= most {
        return Ok(());
    }
    Err(IssuerError::OutOfRange("amount"))
}
