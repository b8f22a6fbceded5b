//! What a synthetic dollar is at the start.

use firesale_types::{Rate, Rounding, SimDuration};
use serde::{Deserialize, Serialize};

use crate::error::{ensure, ensure_fee, ensure_share};
use crate::units::{Amount, MONEY_MAX, Money, PRICE_MAX};
use crate::{AttestationConfig, ConfigError, Decimals, HolderId, PrimaryAccess, TierId, UnitPrice};

/// An issuer of dollars backed by coins and equal shorts, at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyntheticConfig {
    /// Decimals of the token; 18 on its chain (P).
    pub decimals: Decimals,
    /// Tokens at the start, a whole number of micro-dollars at par.
    pub supply: Amount,
    /// Money set aside for negative funding and losses, beyond the backing.
    pub reserve_fund: Money,
    /// Liquid stable assets in the backing. Cash, assets at their prices and margins sum to the
    /// supply at par.
    pub cash: Money,
    /// Spot coins and staked coins.
    pub assets: Vec<BackingAsset>,
    /// The shorts, sized by share of their asset.
    pub legs: Vec<LegConfig>,
    /// Who may mint and redeem at par, and for what fee.
    pub primary: PrimaryAccess,
    /// What a trade of an asset and its hedge costs.
    pub trade_cost: Rate,
    /// How long a sale of an asset takes until the money is there.
    pub settles: SimDuration,
    /// The share of the backing that is kept in liquid stables.
    pub cash_target: Rate,
    /// Margin over the size of a leg; topped up below half of it, drawn on above.
    pub margin_target: Rate,
    /// How far hedge and asset may be apart, of the asset, before the hedge is changed.
    pub hedge_tolerance: Rate,
    /// How long the issuer takes to notice, and how long it waits for a venue's answer.
    pub hedge_delay: SimDuration,
    /// How often income is paid out.
    pub payout_period: SimDuration,
    /// The share of income that goes to the reserve fund.
    pub reserve_share: Rate,
    /// Who gets the rest, in new tokens: the staked token.
    pub stakers: Option<HolderId>,
    /// What the public sees.
    pub attestation: AttestationConfig,
}

/// A coin in the backing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackingAsset {
    /// Its name.
    pub name: String,
    /// Decimals of its units.
    pub decimals: Decimals,
    /// Units at the start.
    pub units: Amount,
    /// Its price at the start.
    pub price: UnitPrice,
    /// What staking it earns a year.
    pub yield_rate: Rate,
}

/// A short on one venue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegConfig {
    /// The venue's name.
    pub venue: String,
    /// The asset it hedges.
    pub asset: TierId,
    /// Its share of that asset's hedge; those of an asset sum to one.
    pub share: Rate,
    /// Margin on the venue at the start.
    pub margin: Money,
}

impl SyntheticConfig {
    /// What the assets are worth at their prices at the start.
    #[must_use]
    pub fn assets_value(&self) -> Option<Money> {
        let value = |a: &BackingAsset| a.decimals.value(a.units, a.price, Rounding::Floor);
        self.assets.iter().map(value).sum()
    }

    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decimals.check("decimals")?;
        let (par, rest) = self.decimals.par(self.supply);
        let whole = "must be a whole number of micro-dollars at par, at most a quadrillion dollars";
        ensure(rest == 0 && par <= MONEY_MAX, "supply", whole)?;
        let money = "must be at least 0 and at most a quadrillion dollars";
        let possible = |usd: Money| (0..=MONEY_MAX).contains(&usd);
        ensure(possible(self.reserve_fund), "reserve_fund", money)?;
        ensure(possible(self.cash), "cash", money)?;
        self.validate_assets()?;
        self.validate_legs()?;
        self.validate_sum(par)?;
        self.primary.validate()?;
        ensure_fee(self.trade_cost, "trade_cost")?;
        ensure(self.settles.0 >= 0, "settles", "must not be negative")?;
        ensure_share(self.cash_target, "cash_target")?;
        ensure_share(self.margin_target, "margin_target")?;
        ensure_share(self.hedge_tolerance, "hedge_tolerance")?;
        ensure(
            self.hedge_delay.0 >= 0,
            "hedge_delay",
            "must not be negative",
        )?;
        ensure(self.payout_period.0 > 0, "payout_period", "must be above 0")?;
        ensure_share(self.reserve_share, "reserve_share")?;
        self.attestation.validate()
    }

    fn validate_assets(&self) -> Result<(), ConfigError> {
        ensure(self.assets.len() < 1_000, "assets", "has 1000 or more")?;
        for (at, asset) in self.assets.iter().enumerate() {
            let key = |field: &str| format!("assets[{at}].{field}");
            asset.decimals.check(&key("decimals"))?;
            let price = "must be above 0 and at most a billion dollars";
            let possible = asset.price.0 > 0 && asset.price <= PRICE_MAX;
            ensure(possible, &key("price"), price)?;
            let value = asset
                .decimals
                .value(asset.units, asset.price, Rounding::Floor);
            let most = "are worth more than a quadrillion dollars";
            ensure(value.is_some(), &key("units"), most)?;
            ensure_share(asset.yield_rate, &key("yield_rate"))?;
        }
        Ok(())
    }

    fn validate_legs(&self) -> Result<(), ConfigError> {
        ensure(self.legs.len() < 1_000, "legs", "has 1000 or more")?;
        for (at, leg) in self.legs.iter().enumerate() {
            let key = |field: &str| format!("legs[{at}].{field}");
            let known = leg.asset.index() < self.assets.len();
            ensure(known, &key("asset"), "is no asset of the backing")?;
            ensure_share(leg.share, &key("share"))?;
            let money = "must be at least 0 and at most a quadrillion dollars";
            let possible = (0..=MONEY_MAX).contains(&leg.margin);
            ensure(possible, &key("margin"), money)?;
        }
        for (at, asset) in self.assets.iter().enumerate() {
            let of_asset = self.legs.iter().filter(|leg| leg.asset.index() == at);
            let sum: i64 = of_asset.map(|leg| leg.share.0).sum();
            let message = format!(
                "the legs of {} hedge {} of it, not 1",
                asset.name,
                Rate(sum).to_f64()
            );
            ensure(sum == Rate::ONE.0, "legs", &message)?;
        }
        Ok(())
    }

    fn validate_sum(&self, supply: Money) -> Result<(), ConfigError> {
        let margins: Money = self.legs.iter().map(|leg| leg.margin).sum();
        let sum = self.cash + margins + self.assets_value().unwrap_or(0);
        let message = format!(
            "cash, assets and margins sum to {sum} micro-dollars, the supply to {supply}: {} too {}",
            (sum - supply).abs(),
            if sum < supply { "little" } else { "much" },
        );
        ensure(sum == supply, "cash", &message)
    }
}
