//! What a vault is at the start.

use firesale_types::{Rate, Rounding, SimDuration};
use serde::{Deserialize, Serialize};

use crate::error::{ensure, ensure_share};
use crate::units::{Amount, MONEY_MAX, Money, PRICE_MAX};
use crate::{AttestationConfig, ConfigError, Decimals, UnitPrice};

/// An opaque manager's vault at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VaultConfig {
    /// Decimals of the share.
    pub decimals: Decimals,
    /// Shares at the start.
    pub supply: Amount,
    /// What the manager says a share is worth.
    pub price: UnitPrice,
    /// Cash at the start.
    pub cash: Money,
    /// What is with the manager or lent elsewhere, in the order in which it is recalled. As
    /// reported it sums with the cash to what the shares are said to be worth.
    pub positions: Vec<PositionConfig>,
    /// The share of the assets that is kept in cash.
    pub buffer: Rate,
    /// How long a withdrawal waits at least.
    pub notice: SimDuration,
    /// The smallest deposit or withdrawal.
    pub minimum: Money,
    /// What the manager says the assets earn a year.
    pub reported_yield: Rate,
    /// What they earn.
    pub true_yield: Rate,
    /// Whether withdrawals are suspended when the truth comes out.
    pub freezes_at_disclosure: bool,
    /// What the public sees: the manager's figures.
    pub attestation: AttestationConfig,
}

/// Something the vault has put money into.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PositionConfig {
    /// Its name.
    pub name: String,
    /// What the manager says it is worth.
    pub reported: Money,
    /// What is missing already.
    pub hidden_loss: Money,
    /// How long it takes to get money back.
    pub recall: SimDuration,
    /// Whether losses stay hidden until the manager discloses them.
    pub is_opaque: bool,
}

impl VaultConfig {
    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decimals.check("decimals")?;
        let supply = "must be above 0 and at most a quadrillion whole shares";
        let possible = self.supply > 0 && self.supply <= self.decimals.supply_max();
        ensure(possible, "supply", supply)?;
        let price = "must be above 0 and at most a billion dollars";
        let possible = self.price.0 > 0 && self.price <= PRICE_MAX;
        ensure(possible, "price", price)?;
        let money = "must be at least 0 and at most a quadrillion dollars";
        let possible = |usd: Money| (0..=MONEY_MAX).contains(&usd);
        ensure(possible(self.cash), "cash", money)?;
        ensure(possible(self.minimum), "minimum", money)?;
        ensure(
            self.positions.len() < 1_000,
            "positions",
            "has 1000 or more",
        )?;
        for (at, position) in self.positions.iter().enumerate() {
            let key = |field: &str| format!("positions[{at}].{field}");
            ensure(possible(position.reported), &key("reported"), money)?;
            let lost = (0..=position.reported).contains(&position.hidden_loss);
            let most = "must be at least 0 and at most what is reported";
            ensure(lost, &key("hidden_loss"), most)?;
            ensure(
                position.recall.0 >= 0,
                &key("recall"),
                "must not be negative",
            )?;
        }
        self.validate_sum()?;
        ensure_share(self.buffer, "buffer")?;
        ensure(self.notice.0 >= 0, "notice", "must not be negative")?;
        ensure_share(self.reported_yield, "reported_yield")?;
        ensure_share(self.true_yield, "true_yield")?;
        let lie = "must be at most the reported yield";
        ensure(self.true_yield <= self.reported_yield, "true_yield", lie)?;
        self.attestation.validate()
    }

    fn validate_sum(&self) -> Result<(), ConfigError> {
        let reported = self.positions.iter().map(|position| position.reported);
        let sum = self.cash + reported.sum::<Money>();
        let shares = self
            .decimals
            .value(self.supply, self.price, Rounding::Floor);
        let message = format!(
            "cash and positions sum to {sum} micro-dollars, the shares are said to be worth {}",
            shares.unwrap_or(MONEY_MAX),
        );
        ensure(shares == Some(sum), "positions", &message)
    }
}
