//! What a collateralized issuer is at the start.

use firesale_types::{Rate, SimDuration};
use serde::{Deserialize, Serialize};

use crate::error::{ensure, ensure_fee, ensure_share};
use crate::units::{Amount, MONEY_MAX, Money, PRICE_MAX};
use crate::{ConfigError, Decimals, HolderId, UnitPrice};

/// An issuer of tokens against debt in vaults, at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CollateralizedConfig {
    /// Decimals of the token.
    pub decimals: Decimals,
    /// Decimals of the collateral.
    pub collateral_decimals: Decimals,
    /// The price of the collateral at the start.
    pub price: UnitPrice,
    /// Tokens at the start: what the vaults owe and what the peg module holds, at par.
    pub supply: Amount,
    /// The vaults at the start.
    pub vaults: Vec<VaultAtStart>,
    /// What debt costs a year.
    pub stability_fee: Rate,
    /// Collateral over debt below which a vault is liquidated; 1.5 on the large one (remembered,
    /// unverified).
    pub liquidation_ratio: Rate,
    /// What a liquidated vault owes beyond its debt; 13% (remembered, unverified).
    pub penalty: Rate,
    /// The least debt of a vault, at least a million units.
    pub debt_min: Amount,
    /// The most debt of all vaults.
    pub ceiling: Amount,
    /// How collateral is sold.
    pub auction: AuctionRule,
    /// How uncovered debt is.
    pub debt_auction: DebtAuctionRule,
    /// One for one against another stable asset, if that is offered.
    pub peg_module: Option<PegModule>,
}

/// A vault at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VaultAtStart {
    /// Whose.
    pub holder: HolderId,
    /// Units of collateral.
    pub collateral: Amount,
    /// Tokens owed.
    pub debt: Amount,
}

/// How the collateral of a liquidated vault is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuctionRule {
    /// The price falls to zero in a straight line; whoever takes, takes at once. An auction at its
    /// end begins again at the oracle's price of then. (The contract offers this line beside the
    /// steps that were in use, 0.99 every 90 seconds from 1.3 times the oracle's price (P).)
    Falling {
        /// The first price over the oracle's.
        start: Rate,
        /// How long it falls.
        duration: SimDuration,
    },
    /// Bids rise until all debt is bid, then the lot falls, as until 2021. Nothing stops a bid of
    /// almost nothing if it stays alone; in March 2020 8 million dollars of collateral went so (R).
    Rising(RisingRule),
}

/// The rule of a rising auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RisingRule {
    /// By how much a bid must beat the one before; 3% (remembered, unverified).
    pub step: Rate,
    /// How long a bid must stand; 10 minutes in March 2020 (remembered, unverified).
    pub bid_time: SimDuration,
    /// How long it lasts at most; without a bid it begins again. 6 hours (remembered, unverified).
    pub total_time: SimDuration,
}

/// How debt that no collateral covers is paid: governance tokens for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DebtAuctionRule {
    /// Tokens raised by one auction.
    pub tab: Amount,
    /// Governance tokens offered for them at first; half as many more each time nobody bids
    /// (remembered, unverified).
    pub lot: Amount,
    /// When it ends.
    pub rule: RisingRule,
}

/// A peg-stability module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PegModule {
    /// What it holds of the other stable asset at the start, at a dollar each.
    pub holds: Money,
    /// The most it takes in.
    pub ceiling: Money,
    /// What minting costs.
    pub fee_in: Rate,
    /// What redeeming costs.
    pub fee_out: Rate,
}

impl RisingRule {
    fn validate(&self, key: &str) -> Result<(), ConfigError> {
        ensure_share(self.step, &format!("{key}.step"))?;
        let positive = "must be above 0";
        ensure(self.bid_time.0 > 0, &format!("{key}.bid_time"), positive)?;
        ensure(
            self.total_time.0 > 0,
            &format!("{key}.total_time"),
            positive,
        )
    }
}

impl CollateralizedConfig {
    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decimals.check("decimals")?;
        self.collateral_decimals.check("collateral_decimals")?;
        let price = "must be above 0 and at most a billion dollars";
        let possible = self.price.0 > 0 && self.price <= PRICE_MAX;
        ensure(possible, "price", price)?;
        ensure_share(self.stability_fee, "stability_fee")?;
        let ratio = "must be above 1 and at most 10";
        let possible =
            Rate::ONE < self.liquidation_ratio && self.liquidation_ratio.0 <= 10 * Rate::ONE.0;
        ensure(possible, "liquidation_ratio", ratio)?;
        ensure_share(self.penalty, "penalty")?;
        let least = "must be at least a million units";
        ensure(self.debt_min >= 1_000_000, "debt_min", least)?;
        let most = "must be worth at most a quadrillion dollars at par";
        ensure(self.ceiling <= self.decimals.supply_max(), "ceiling", most)?;
        self.validate_auctions()?;
        if let Some(module) = &self.peg_module {
            let money = "must be at least 0 and at most the ceiling";
            let possible = (0..=module.ceiling).contains(&module.holds);
            ensure(possible, "peg_module.holds", money)?;
            let bounded = module.ceiling <= MONEY_MAX;
            ensure(
                bounded,
                "peg_module.ceiling",
                "must be at most a quadrillion dollars",
            )?;
            ensure_fee(module.fee_in, "peg_module.fee_in")?;
            ensure_fee(module.fee_out, "peg_module.fee_out")?;
        }
        self.validate_sum()
    }

    fn validate_auctions(&self) -> Result<(), ConfigError> {
        match &self.auction {
            AuctionRule::Falling { start, duration } => {
                let range = "must be above 0 and at most 10";
                let possible = 0 < start.0 && start.0 <= 10 * Rate::ONE.0;
                ensure(possible, "auction.start", range)?;
                ensure(duration.0 > 0, "auction.duration", "must be above 0")?;
            }
            AuctionRule::Rising(rule) => rule.validate("auction")?,
        }
        let positive = "must be above 0 and at most the ceiling";
        let tab = 0 < self.debt_auction.tab && self.debt_auction.tab <= self.ceiling;
        ensure(tab, "debt_auction.tab", positive)?;
        ensure(
            self.debt_auction.lot > 0,
            "debt_auction.lot",
            "must be above 0",
        )?;
        self.debt_auction.rule.validate("debt_auction")
    }

    fn validate_sum(&self) -> Result<(), ConfigError> {
        let mut sum = Some(0);
        for (at, vault) in self.vaults.iter().enumerate() {
            let least = "must be 0 or at least debt_min";
            let possible = vault.debt == 0 || vault.debt >= self.debt_min;
            ensure(possible, &format!("vaults[{at}].debt"), least)?;
            let first = self.vaults[..at].iter().all(|v| v.holder != vault.holder);
            ensure(
                first,
                &format!("vaults[{at}].holder"),
                "has a vault already",
            )?;
            sum = sum.and_then(|sum: Amount| sum.checked_add(vault.debt));
        }
        let debt = sum.filter(|debt| *debt <= self.ceiling);
        let Some(debt) = debt else {
            return Err(ConfigError::new("vaults", "owe more than the ceiling"));
        };
        let held = self.peg_module.map_or(0, |module| module.holds);
        let sum = debt + self.decimals.at_par(held);
        let message = format!(
            "vaults and peg module account for {sum} units, the supply is {}",
            self.supply
        );
        ensure(sum == self.supply, "vaults", &message)
    }
}
