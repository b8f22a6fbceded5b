//! Five kinds of issuer behind one interface.

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

use crate::algorithmic::{AlgorithmicConfig, AlgorithmicIssuer};
use crate::collateralized::{CollateralizedConfig, CollateralizedIssuer};
use crate::fiat::{FiatConfig, FiatIssuer};
use crate::kind::Kind;
use crate::synthetic::{SyntheticConfig, SyntheticIssuer};
use crate::vault::{VaultConfig, VaultIssuer};
use crate::{
    Backing, ConfigError, Decimals, IssuerEffect, IssuerError, IssuerEvent, PublicView, Supply,
    Violation,
};

/// What an issuer is at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerConfig {
    /// Tokens against dollars.
    Fiat(FiatConfig),
    /// Tokens against new seigniorage tokens.
    Algorithmic(AlgorithmicConfig),
    /// Shares of an opaque manager's vault.
    Vault(VaultConfig),
    /// Dollars of coins and equal shorts.
    Synthetic(SyntheticConfig),
    /// Tokens lent against collateral.
    Collateralized(CollateralizedConfig),
}

/// The issuer of a stable asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    last: SimTime,
    kind: IssuerKind,
}

/// The state of an issuer, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerKind {
    /// Tokens against dollars.
    Fiat(Box<FiatIssuer>),
    /// Tokens against new seigniorage tokens.
    Algorithmic(Box<AlgorithmicIssuer>),
    /// Shares of an opaque manager's vault.
    Vault(Box<VaultIssuer>),
    /// Dollars of coins and equal shorts.
    Synthetic(Box<SyntheticIssuer>),
    /// Tokens lent against collateral.
    Collateralized(Box<CollateralizedIssuer>),
}

macro_rules! of_kind {
    ($kind:expr, $issuer:ident => $do:expr) => {
        match $kind {
            IssuerKind::Fiat($issuer) => $do,
            IssuerKind::Algorithmic($issuer) => $do,
            IssuerKind::Vault($issuer) => $do,
            IssuerKind::Synthetic($issuer) => $do,
            IssuerKind::Collateralized($issuer) => $do,
        }
    };
}

impl Issuer {
    /// The issuer at the start.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn new(config: IssuerConfig) -> Result<Self, ConfigError> {
        let kind = match config {
            IssuerConfig::Fiat(config) => IssuerKind::Fiat(Box::new(FiatIssuer::new(config)?)),
            IssuerConfig::Algorithmic(config) => {
                IssuerKind::Algorithmic(Box::new(AlgorithmicIssuer::new(config)?))
            }
            IssuerConfig::Synthetic(config) => {
                IssuerKind::Synthetic(Box::new(SyntheticIssuer::new(config)?))
            }
            IssuerConfig::Collateralized(config) => {
                IssuerKind::Collateralized(Box::new(CollateralizedIssuer::new(config)?))
            }
            IssuerConfig::Vault(config) => IssuerKind::Vault(Box::new(VaultIssuer::new(config)?)),
        };
        Ok(Self {
            last: SimTime::ZERO,
            kind,
        })
    }

    /// Takes one event at one moment, and adds what follows to `effects`.
    ///
    /// # Errors
    /// An [`IssuerError`] if the event makes no sense; then nothing has changed.
    pub fn apply(
        &mut self,
        now: SimTime,
        event: IssuerEvent,
        effects: &mut Vec<IssuerEffect>,
    ) -> Result<(), IssuerError> {
        let last = self.last;
        if now < last {
            return Err(IssuerError::TimeWentBack { now, last });
        }
        of_kind!(&mut self.kind, issuer => {
            issuer.check(&event)?;
            issuer.apply(now, event, effects);
        });
        self.last = now;
        Ok(())
    }

    /// Its state, by kind.
    #[must_use]
    pub const fn kind(&self) -> &IssuerKind {
        &self.kind
    }

    /// The name of its kind.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        fn name<K: Kind>(_: &K) -> &'static str {
            K::NAME
        }
        of_kind!(&self.kind, issuer => name(&**issuer))
    }

    /// The tokens.
    #[must_use]
    pub fn supply(&self) -> &Supply {
        of_kind!(&self.kind, issuer => issuer.supply())
    }

    /// The decimals of the token.
    #[must_use]
    pub fn decimals(&self) -> Decimals {
        of_kind!(&self.kind, issuer => issuer.decimals())
    }

    /// What stands behind the tokens, in truth; the public sees
    /// [`PublicView::attestation`].
    #[must_use]
    pub fn backing(&self) -> Backing {
        of_kind!(&self.kind, issuer => issuer.backing())
    }

    /// What holders may see.
    #[must_use]
    pub fn view(&self, now: SimTime) -> PublicView {
        of_kind!(&self.kind, issuer => issuer.view(now))
    }

    /// The first moment after `now` at which a [`IssuerEvent::Tick`] would do something, unless
    /// something else happens first.
    #[must_use]
    pub fn next_due(&self, now: SimTime) -> Option<SimTime> {
        of_kind!(&self.kind, issuer => issuer.next_due(now))
    }
}

/// Recounts an issuer: tokens, books, the queue, and that nothing is below zero.
///
/// # Errors
/// The first [`Violation`] found.
pub fn audit(issuer: &Issuer) -> Result<(), Violation> {
    of_kind!(&issuer.kind, issuer => issuer.audit())
}
