//! Which venue rules make sense.

use firesale_types::{AssetId, Rate, SimDuration, SimTime, Usd};

use crate::config::{clearing, portfolio};
use crate::limits::{MAX_BALANCE, MAX_PRICE};
use crate::validate_parts::{
    check_backstop, check_fees, check_funding, check_haircuts, check_liquidation, check_some,
    check_unwind,
};
use crate::{
    CollateralConfig, FundingRule, InstrumentConfig, InstrumentKind, MarkRule, VenueConfig,
};

/// Why a venue cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A margin tier is wrong.
    #[error("margin tier {tier}: {why}")]
    Tiers {
        /// Which, from 1.
        tier: usize,
        /// The key of the tier at fault.
        key: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An instrument is wrong.
    #[error("instrument {symbol}: {why}")]
    Instrument {
        /// Its symbol.
        symbol: String,
        /// The key at fault, under the instrument: `funding.clamp`. May be empty.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A collateral asset is wrong.
    #[error("collateral asset {asset}: {why}")]
    Collateral {
        /// Which.
        asset: AssetId,
        /// The key at fault, under the entry of the asset: `tiers[1].above`. May be empty.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A rule of the whole venue is wrong.
    #[error("venue: {why}")]
    Venue {
        /// The key at fault, as profiles and scenarios write it: `liquidation.cooldown`. May be empty.
        key: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// The most samples a mean over a window may hold.
const MAX_SAMPLES: i64 = 100_000;

/// What is wrong, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) key: String,
    pub(crate) why: &'static str,
}

pub(crate) type Check = Result<(), Wrong>;

pub(crate) fn require(condition: bool, why: &'static str) -> Check {
    if condition {
        return Ok(());
    }
    let key = String::new();
    Err(Wrong { key, why })
}

/// Says where a check looked, from the inside out.
pub(crate) trait At {
    /// Puts a key in front of what is known of the place.
    fn at(self, key: impl AsRef<str>) -> Self;
}

impl At for Check {
    fn at(self, outer: impl AsRef<str>) -> Self {
        self.map_err(|Wrong { key, why }| {
            let outer = outer.as_ref();
            let key = match key.as_str() {
                "" => outer.to_owned(),
                part if part.starts_with('[') => format!("{outer}{part}"),
                part => format!("{outer}.{part}"),
            };
            Wrong { key, why }
        })
    }
}

pub(crate) fn is_part(rate: Rate) -> bool {
    (Rate::ZERO..=Rate::ONE).contains(&rate)
}

impl VenueConfig {
    /// Checks everything that [`crate::Exchange::new`] relies on.
    ///
    /// # Errors
    /// The first rule that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.check_venue()
            .map_err(|Wrong { key, why }| ConfigError::Venue { key, why })?;
        for (at, one) in self.collateral.iter().enumerate() {
            let asset = one.asset;
            let twice = self.collateral[..at].iter().any(|c| c.asset == asset);
            self.check_collateral(one, twice)
                .map_err(|Wrong { key, why }| ConfigError::Collateral { asset, key, why })?;
        }
        for (at, one) in self.instruments.iter().enumerate() {
            let twice = self.instruments[..at]
                .iter()
                .any(|i| i.symbol == one.symbol);
            require(!twice, "its symbol is used twice")
                .at("symbol")
                .and_then(|()| self.check_instrument(one))
                .map_err(|Wrong { key, why }| ConfigError::Instrument {
                    symbol: one.symbol.clone(),
                    key,
                    why,
                })?;
        }
        Ok(())
    }

    fn check_collateral(&self, one: &CollateralConfig, twice: bool) -> Check {
        require(!twice, "it is listed twice").at("asset")?;
        let other = one.asset != self.settlement;
        require(other, "it is the settlement asset").at("asset")?;
        require(is_part(one.haircut), "its haircut is not between 0 and 1").at("haircut")?;
        check_haircuts(one)?;
        require(one.initial_price > Usd::ZERO, "its price is not positive").at("asset")
    }

    fn check_venue(&self) -> Check {
        require(
            self.instruments.len() < usize::from(u16::MAX),
            "too many instruments",
        )?;
        check_fees(&self.fees).at("fees")?;
        require(
            (Usd::ZERO..=MAX_BALANCE).contains(&self.insurance_fund),
            "the insurance fund is negative or above the limit",
        )
        .at("insurance.capital")?;
        require(
            (Rate::ZERO..=Rate(100 * Rate::ONE.0)).contains(&self.margin_call_ratio),
            "the margin call ratio is not between 0 and 100",
        )
        .at("margin.call_ratio")?;
        require(
            is_part(self.margin_rules.transfer_floor),
            "the part of the notional that may not leave is not between 0 and 1",
        )?;
        require(
            self.mark_period >= SimDuration::ZERO,
            "the mark period is negative",
        )
        .at("mark_period")?;
        check_liquidation(&self.liquidation).at("liquidation")?;
        self.brakes.check(self.instruments.len())?;
        self.platform.check()?;
        check_some(self.fund_unwind.as_ref(), check_unwind).at("fund_unwind")?;
        self.check_loss()?;
        let grid = |rules: &_| portfolio::check(self, rules);
        check_some(self.portfolio.as_ref(), grid).at("margin.portfolio")?;
        let house = |rules: &_| clearing::check(self, rules);
        check_some(self.clearing.as_ref(), house)?;
        check_some(self.backstop.as_ref(), check_backstop).at("backstop")
    }

    fn check_instrument(&self, one: &InstrumentConfig) -> Check {
        require(
            one.unit.0 > 0,
            "tick times lot is not a positive number of micro-dollars",
        )
        .at("tick_size")?;
        require(
            one.lot_units > 0,
            "the lot is not a positive number of millionths",
        )
        .at("lot_size")?;
        require(
            one.unit.0 <= 1 << 40 && one.lot_units <= 1 << 50,
            "tick or lot is too large",
        )
        .at("tick_size")?;
        require(one.price_step > 0, "the price step is not positive").at("tick_size")?;
        require(one.qty_step > 0, "the quantity step is not positive").at("lot_size")?;
        require(one.max_order_qty.0 > 0, "the largest order is not positive").at("max_order")?;
        require(
            one.initial_price.0 > 0 && one.initial_price <= MAX_PRICE,
            "the initial price is not between 1 and 2^40 ticks",
        )
        .at("price")?;
        if let Some(band) = one.price_band {
            require(
                band > Rate::ZERO && band <= Rate(100 * Rate::ONE.0),
                "the price band is not between 0 and 100",
            )
            .at("price_band")?;
        }
        self.check_mark(&one.mark).at("mark")?;
        let dated = one.kind == InstrumentKind::Future;
        require(
            one.expiry.is_some() == dated,
            "a future needs an expiry, and nothing else has one",
        )
        .at("expiry")?;
        if let Some(expiry) = one.expiry {
            let message = "the expiry or its settlement window is not positive";
            require(expiry.at > SimTime::ZERO, message).at("expiry")?;
            require(expiry.window > SimDuration::ZERO, message).at("settlement_window")?;
            require(
                one.funding == FundingRule::Off,
                "a dated future has no funding",
            )
            .at("funding")?;
        }
        match one.kind {
            InstrumentKind::Spot => {
                require(
                    one.base != self.settlement,
                    "base and settlement are the same asset",
                )
                .at("base")?;
                require(
                    one.funding == FundingRule::Off,
                    "a spot instrument has no funding",
                )
                .at("funding")
            }
            InstrumentKind::Perp | InstrumentKind::Future => {
                require(
                    !one.tiers.tiers().is_empty(),
                    "a perpetual or a future needs margin tiers",
                )
                .at("tiers")?;
                let steepest = i128::from(one.tiers.curve().steepest().0);
                let calls = steepest * i128::from(self.margin_call_ratio.0);
                let one_squared = i128::from(Rate::ONE.0) * i128::from(Rate::ONE.0);
                require(
                    calls <= one_squared,
                    "the margin call ratio asks for more than all",
                )
                .at("tiers")?;
                check_funding(one).at("funding")
            }
        }
    }

    fn check_mark(&self, rule: &MarkRule) -> Check {
        let ticking = "this mark rule needs a mark period";
        match *rule {
            MarkRule::Last | MarkRule::Index | MarkRule::Scripted => Ok(()),
            MarkRule::MedianOfThree { window } => {
                require(self.mark_period > SimDuration::ZERO, ticking)?;
                let positive = window > SimDuration::ZERO;
                require(positive, "the mark's window is not positive").at("window")?;
                require(
                    window.0 / self.mark_period.0 <= MAX_SAMPLES,
                    "the mark's window holds too many mark periods",
                )
                .at("window")
            }
            MarkRule::MedianWithEma { ema, short_ema } => {
                require(self.mark_period > SimDuration::ZERO, ticking)?;
                for (key, time) in [("window", ema), ("short_ema", short_ema)] {
                    let positive = time > SimDuration::ZERO;
                    require(positive, "the mark's time constant is not positive").at(key)?;
                }
                require(
                    short_ema <= ema,
                    "the mark's short time constant is longer than the other",
                )
                .at("short_ema")
            }
        }
    }
}
